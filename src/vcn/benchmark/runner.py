"""Run methods on films and score what they say."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vcn.benchmark.entries import Blind, Entry, Informed, grid
from vcn.benchmark.journal import Answer, Journal
from vcn.benchmark.sources import LabelledFilm, Simulated, Source, as_singletons
from vcn.benchmark.table import Row, Table
from vcn.config import BenchmarkConfig
from vcn.errors import DataError
from vcn.methods import Method
from vcn.methods.cuts import Cuts, Cutter
from vcn.methods.registry import BY_THRESHOLD
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
    journal: Journal | None = None,
    as_of: str = "",
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
        journal: Keeps what the methods say, for a second run; None: nothing is kept.
        as_of: What each row says of when it was measured.

    Raises:
        DataError: A film has no track with a known person, or two films have one name.
    """
    names = [film.name for film in films]
    if len(set(names)) < len(names):
        raise DataError("two films of the benchmark have one name")
    tell = progress or (lambda _: None)
    rows: list[Row] = []
    sweeps: list[_Sweep] = []
    with_crops = any(entry.needs_crops for entry in entries)
    for source in films:
        for seed in _seeds(source, config):
            tell(f"{source.name}, seed {seed}")
            labelled = source.load(seed, with_crops=with_crops)
            if not (labelled.truth != UNKNOWN).any():
                raise DataError(f"no track of {source.name} has a known person")
            asked = _Asked(labelled, config, journal or Journal(None))
            for entry in entries:
                if not _takes(entry, source, seed, config):
                    continue
                swept = entry.k in BY_THRESHOLD
                for repeat in range(1 if swept else repeats):
                    tell(f"{source.name}, seed {seed}: {entry.name}")
                    own = seed + 1000 * repeat
                    answer = asked.answer(entry, own)
                    if not swept or (entry.k == "transfer" and config.fixed is not None):
                        rows.append(_row(source, entry, seed, own, labelled, answer))
                        continue
                    sweep = _Sweep(
                        entry, source, seed, labelled, answer, _curve(labelled.truth, answer)
                    )
                    if entry.k == "hindsight":
                        rows.append(sweep.row(_middle_best(sweep.curve)))
                    else:
                        sweeps.append(sweep)
    rows += _from_other_films([sweep for sweep in sweeps if sweep.entry.k == "transfer"])
    rows += _from_all_films([sweep for sweep in sweeps if sweep.entry.k != "transfer"])
    order = {entry.name: number for number, entry in enumerate(entries)}
    rows.sort(key=lambda row: (names.index(row.film), order[row.method], row.film_seed, row.seed))
    return Table(tuple(replace(row, as_of=as_of) for row in rows), dict(protocol or {}))


def _seeds(source: Source, config: BenchmarkConfig) -> tuple[int, ...]:
    return config.seeds[: config.large_seeds] if _is_large(source, config) else config.seeds


def _is_large(source: Source, config: BenchmarkConfig) -> bool:
    return isinstance(source, Simulated) and source.n_tracks >= config.large


def _takes(entry: Entry, source: Source, seed: int, config: BenchmarkConfig) -> bool:
    if entry.name.partition(":")[0] not in config.slow:
        return True
    return seed in config.seeds[: config.slow_seeds] and not _is_large(source, config)


class _Asked:
    """One film, and what its methods said: a system trains once for all of its modes."""

    def __init__(self, labelled: LabelledFilm, config: BenchmarkConfig, journal: Journal) -> None:
        self._labelled, self._config, self._journal = labelled, config, journal
        self._compared: dict[tuple[str, int], tuple[Cuts, float]] = {}
        self._answers: dict[str, Answer] = {}

    def answer(self, entry: Entry, seed: int) -> Answer:
        """What `entry` says; from the journal where it has said so before."""
        who: Method | Cutter = entry.method if isinstance(entry, Blind) else entry.cutter
        what, thresholds = "people", np.empty(0)
        if isinstance(entry, Informed):
            if entry.k == "known_k":
                what = "known_k"
            elif entry.k == "transfer" and self._config.fixed is not None:
                what, thresholds = "fixed", np.array([self._config.fixed])
            else:
                what, thresholds = "sweep", grid(entry, self._config)
        memory = f"{who.name}:{what} {seed}"
        if memory not in self._answers:
            key = self._journal.key(self._labelled, who, what, seed, thresholds.tolist())
            found = self._journal.find(key)
            if found is None:
                found = self._ask(entry, seed, thresholds)
                self._journal.keep(key, found)
            self._answers[memory] = found
        return self._answers[memory]

    def _ask(self, entry: Entry, seed: int, thresholds: Float64Array) -> Answer:
        film = self._labelled.film
        start = time.process_time()
        if isinstance(entry, Blind):
            found = [entry.method(film, seed)]
            return Answer(_labels(found), thresholds, time.process_time() - start)
        key = entry.cutter.name, seed
        if key not in self._compared:
            cuts = entry.cutter.compare(film, seed)
            self._compared[key] = cuts, time.process_time() - start
        cuts, seconds = self._compared[key]
        start = time.process_time()
        if entry.k == "known_k":
            found = [cuts.into(_n_people(self._labelled))]
        else:
            found = [cuts.at(float(value)) for value in thresholds]
        # A user cuts once.
        return Answer(
            _labels(found), thresholds, seconds + (time.process_time() - start) / len(found)
        )


def _labels(found: Sequence[Clustering]) -> IntArray:
    return np.stack([clustering.labels for clustering in found])


@dataclass(frozen=True, slots=True)
class _Sweep:
    """One film under all thresholds of one system."""

    entry: Entry
    source: Source
    seed: int
    labelled: LabelledFilm
    answer: Answer
    curve: Float64Array
    """(G,) B-cubed F."""

    def row(self, index: int) -> Row:
        return _row(
            self.source, self.entry, self.seed, self.seed, self.labelled, self.answer, index
        )


def _curve(truth: IntArray, answer: Answer) -> Float64Array:
    known = truth != UNKNOWN
    return np.array(
        [bcubed(truth[known], as_singletons(labels)[known]).f for labels in answer.labels]
    )


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


def _from_all_films(sweeps: Sequence[_Sweep]) -> list[Row]:
    """Every film at the one threshold that is best over all of them: each weighs the same."""
    rows = []
    for name in dict.fromkeys(sweep.entry.name for sweep in sweeps):
        own = [sweep for sweep in sweeps if sweep.entry.name == name]
        films = dict.fromkeys(sweep.source.name for sweep in own)
        curves = [
            np.mean([sweep.curve for sweep in own if sweep.source.name == film], axis=0)
            for film in films
        ]
        best = _middle_best(np.mean(curves, axis=0))
        rows += [sweep.row(best) for sweep in own]
    return rows


def _middle_best(curve: Float64Array) -> int:
    """Position of the maximum; of equal ones the middle, as a careful user would."""
    best = np.flatnonzero(curve >= curve.max() - 1e-12)
    return int(best[len(best) // 2])


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
    labelled: LabelledFilm,
    answer: Answer,
    index: int = 0,
) -> Row:
    truth, faces = labelled.truth, labelled.faces
    scored = truth != UNKNOWN
    labels = answer.labels[index][scored]
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
        threshold=float(answer.thresholds[index]) if len(answer.thresholds) else None,
        seconds=answer.seconds,
        b3_f_faces=None if faces is None else faces.b3_f(answer.labels[index]),
    )
