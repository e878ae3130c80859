"""Run methods on films and score what they say."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from vcn.benchmark.entries import Blind, Entry, Informed, grid
from vcn.benchmark.sources import LabelledFilm, Simulated, Source
from vcn.benchmark.table import Row, Table
from vcn.config import BenchmarkConfig
from vcn.errors import DataError
from vcn.methods.cuts import Cuts
from vcn.scores import bcubed, score
from vcn.types import UNKNOWN, Clustering, Float64Array, IntArray

Progress = Callable[[str], None]
"""Is told what is being done."""


def run(
    films: Sequence[Source],
    entries: Sequence[Entry],
    config: BenchmarkConfig,
    *,
    repeats: int = 1,
    protocol: Mapping[str, object] | None = None,
    progress: Progress | None = None,
) -> Table:
    """Run every entry on every film with every seed of `config`.

    Args:
        films: Where the films come from.
        entries: What competes.
        config: Seeds, and the grid of thresholds.
        repeats: Seeds of the method for each film and seed of the film: with more than
            one, the table tells a method's own spread from that of the films.
        protocol: What the table says about data and models.
        progress: Is told each step.

    Raises:
        DataError: A film has no track with a known person, or two films have one name.
    """
    names = [film.name for film in films]
    if len(set(names)) < len(names):
        raise DataError("two films of the benchmark have one name")
    tell = progress or (lambda _: None)
    thresholds = grid(config)
    rows: list[Row] = []
    sweeps: list[_Sweep] = []
    with_crops = any(entry.needs_crops for entry in entries)
    for source in films:
        for seed in _seeds(source, config):
            tell(f"{source.name}, seed {seed}")
            labelled = source.load(seed, with_crops=with_crops)
            if not (labelled.truth != UNKNOWN).any():
                raise DataError(f"no track of {source.name} has a known person")
            compared: dict[tuple[str, int], tuple[Cuts, float]] = {}
            for entry in entries:
                told = isinstance(entry, Informed)
                for repeat in range(1 if told and entry.k != "known_k" else repeats):
                    tell(f"{source.name}, seed {seed}: {entry.name}")
                    own = seed + 1000 * repeat
                    if isinstance(entry, Blind):
                        start = time.perf_counter()
                        clustering = entry.method(labelled.film, own)
                        seconds = time.perf_counter() - start
                    else:
                        key = entry.cutter.name, own
                        if key not in compared:  # once for all modes of a system
                            compared[key] = _compare(entry, labelled, own)
                        cuts, seconds = compared[key]
                        if entry.k != "known_k":
                            sweep = _sweep(entry, source, seed, labelled, thresholds, cuts, seconds)
                            if entry.k == "hindsight":
                                rows.append(sweep.row(_middle_best(sweep.curve)))
                            else:
                                sweeps.append(sweep)
                            continue
                        clustering = cuts.into(_n_people(labelled))
                    rows.append(_row(source, entry, seed, own, labelled.truth, clustering, seconds))
    rows += _from_other_films(sweeps)
    order = {entry.name: number for number, entry in enumerate(entries)}
    rows.sort(key=lambda row: (names.index(row.film), order[row.method], row.film_seed, row.seed))
    return Table(tuple(rows), dict(protocol or {}))


def _seeds(source: Source, config: BenchmarkConfig) -> tuple[int, ...]:
    if isinstance(source, Simulated) and source.n_tracks >= config.large:
        return config.seeds[: config.large_seeds]
    return config.seeds


@dataclass(frozen=True, slots=True)
class _Sweep:
    """One film under all thresholds of one family."""

    entry: Informed
    source: Source
    seed: int
    truth: IntArray
    clusterings: tuple[Clustering, ...]
    curve: Float64Array
    """(G,) B-cubed F."""
    seconds: float
    thresholds: Float64Array = field(repr=False)

    def row(self, index: int) -> Row:
        return _row(
            self.source,
            self.entry,
            self.seed,
            self.seed,
            self.truth,
            self.clusterings[index],
            self.seconds,
            threshold=float(self.thresholds[index]),
        )


def _compare(entry: Informed, labelled: LabelledFilm, seed: int) -> tuple[Cuts, float]:
    start = time.perf_counter()
    cuts = entry.cutter.compare(labelled.film, seed)
    return cuts, time.perf_counter() - start


def _sweep(
    entry: Informed,
    source: Source,
    seed: int,
    labelled: LabelledFilm,
    thresholds: Float64Array,
    cuts: Cuts,
    seconds: float,
) -> _Sweep:
    clusterings = tuple(cuts.at(float(value)) for value in thresholds)
    known = labelled.truth != UNKNOWN
    curve = np.array(
        [
            bcubed(labelled.truth[known], as_singletons(clustering.labels)[known]).f
            for clustering in clusterings
        ]
    )
    return _Sweep(entry, source, seed, labelled.truth, clusterings, curve, seconds, thresholds)


def _from_other_films(sweeps: Sequence[_Sweep]) -> list[Row]:
    """Each film at the threshold that was best on all films of another name."""
    rows = []
    for sweep in sweeps:
        others = [
            other.curve
            for other in sweeps
            if other.entry.name == sweep.entry.name and other.source.name != sweep.source.name
        ]
        if others:  # a single film leaves nothing to choose a threshold on
            rows.append(sweep.row(_middle_best(np.mean(others, axis=0))))
    return rows


def _middle_best(curve: Float64Array) -> int:
    """Position of the maximum; of equal ones the middle, as a careful user would."""
    best = np.flatnonzero(curve >= curve.max() - 1e-12)
    return int(best[len(best) // 2])


def as_singletons(labels: IntArray) -> IntArray:
    """Labels in which each unknown track is a cluster of its own."""
    out = labels.copy()
    unknown = np.flatnonzero(out == UNKNOWN)
    out[unknown] = out.max(initial=-1) + 1 + np.arange(len(unknown))
    return out


def _n_people(labelled: LabelledFilm) -> int:
    """The true number of people, as far as there are tracks to be found in."""
    truth = labelled.truth
    n_people = len(np.unique(truth[truth != UNKNOWN]))
    return max(1, min(n_people, len(np.unique(labelled.film.embeddings.track_index))))


def _row(
    source: Source,
    entry: Entry,
    film_seed: int,
    seed: int,
    truth: IntArray,
    clustering: Clustering,
    seconds: float,
    threshold: float | None = None,
) -> Row:
    scored = truth != UNKNOWN
    labels = clustering.labels[scored]
    whole = score(truth[scored], as_singletons(labels))
    known = labels != UNKNOWN
    part = score(truth[scored][known], labels[known]) if known.any() else None
    return Row(
        film=source.name,
        level=source.level,
        method=entry.name,
        k=entry.k,
        film_seed=film_seed,
        seed=seed,
        n_tracks=int(scored.sum()),
        n_people=whole.n_true,
        n_clusters=len(np.unique(labels[known])),
        unknown=float(1 - known.mean()),
        b3_f=whole.b3_f,
        nmi=whole.nmi,
        wcp=whole.wcp,
        pairwise_f=whole.pairwise_f,
        b3_f_known=None if part is None else part.b3_f,
        wcp_known=None if part is None else part.wcp,
        threshold=threshold,
        seconds=seconds,
    )
