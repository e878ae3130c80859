"""Measures the quality of faces on labelled clips: error against rejected share, and nobodies.

    python tests/support/measure_quality.py CLIPS [--seeds N] > benchmarks/quality.md

CLIPS is a folder of films with NAME.labels.csv beside them.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from measure_evidence import Labelled, load

from vcn.config import AdaptConfig, QualityConfig, RunConfig
from vcn.equations.face_quality import face_quality
from vcn.methods.vcn import VideoClusterNet
from vcn.nets import load_face_model
from vcn.stages.quality import ser_fiq
from vcn.types import BoolArray, Float64Array, FloatArray, IntArray
from vcn.weights.packs import load_parts

CROPS = 6
"""Of a track, evenly spread: so that long tracks do not count for more."""
SHARES = (0.0, 0.1, 0.2, 0.3, 0.5)
AREA = np.arange(0, 0.51, 0.05)
MEASURES = ("face quality", "SER-FIQ", "size", "detector score", "focus", "flip agreement")


@dataclass(frozen=True)
class Sample:
    """N crops of labelled people."""

    unit: Float64Array
    """(N, D) embeddings of length 1."""
    track: IntArray
    person: IntArray
    measures: Mapping[str, FloatArray]
    """(N,) each."""


def sample(clip: Labelled) -> Sample:
    """Crops of the labelled tracks of a clip, and what each measure says of them."""
    crops, index = clip.film.crops, clip.film.embeddings.track_index
    assert crops is not None
    assert crops.landmarks is not None
    person = dict(zip(clip.faces.track.tolist(), clip.faces.person.tolist(), strict=True))
    person.pop(-1, None)
    rows = np.concatenate([_spread(np.flatnonzero(index == track)) for track in sorted(person)])
    model = load_face_model(load_parts(RunConfig())[2], "cpu")
    with torch.inference_mode():
        images = np.array(crops.images[rows])
        features = _features(model, images)
        base = model.last(features).numpy().astype(np.float64)
        mirrored = model.last(_features(model, images[:, :, ::-1])).numpy().astype(np.float64)
    last = [layer for layer in model.modules() if isinstance(layer, torch.nn.Linear)][-1]
    unit, other = _unit(base), _unit(mirrored)
    part = crops.landmarks[rows], np.ones(len(rows), np.float32)
    return Sample(
        unit,
        index[rows],
        np.array([person[track] for track in index[rows].tolist()]),
        dict(
            zip(
                MEASURES,
                (
                    face_quality(crops.score[rows], crops.sharpness[rows], *part),
                    ser_fiq(features, last.weight, last.bias, QualityConfig(), 0),
                    crops.size[rows],
                    crops.score[rows],
                    crops.sharpness[rows],
                    (unit * other).sum(axis=1),
                ),
                strict=True,
            )
        ),
    )


def _spread(rows: IntArray) -> IntArray:
    places = np.linspace(0, len(rows) - 1, min(CROPS, len(rows))).round().astype(int)
    return rows[np.unique(places)]


def _features(model: torch.nn.Module, images: np.ndarray) -> torch.Tensor:
    parts = torch.split(torch.from_numpy(np.ascontiguousarray(images)), 32)
    return torch.cat([model.features(model.preprocess(part)) for part in parts])  # type: ignore[operator]


def _unit(values: Float64Array) -> Float64Array:
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)


def errors(found: Sample, measure: FloatArray, shares: Sequence[float]) -> list[float]:
    """Error after the worst crops are left out, at the threshold of equal errors of all.

    Pairs of one track are no test. The error is the mean of the share of pairs of one person
    below the threshold and of pairs of two people above it.
    """
    cosine = found.unit @ found.unit.T
    i, j = np.triu_indices(len(found.unit), 1)
    other = found.track[i] != found.track[j]
    i, j = i[other], j[other]
    likeness, same = cosine[i, j], found.person[i] == found.person[j]
    own, strangers = np.sort(likeness[same]), np.sort(likeness[~same])
    steps = np.quantile(likeness, np.linspace(0, 1, 2001))
    missed = np.searchsorted(own, steps) / len(own)
    mixed = 1 - np.searchsorted(strangers, steps) / len(strangers)
    threshold = steps[int(np.abs(missed - mixed).argmin())]
    rank = np.argsort(np.argsort(measure, kind="stable")) / len(measure)
    out = []
    for share in shares:
        kept = (rank[i] >= share) & (rank[j] >= share)
        miss = _share(likeness < threshold, kept & same)
        mix = _share(likeness >= threshold, kept & ~same)
        out.append((miss + mix) / 2)
    return out


def _share(wrong: BoolArray, among: BoolArray) -> float:
    return float((wrong & among).sum()) / max(int(among.sum()), 1)


def nobodies(clip: Labelled, labels: IntArray, unsure: IntArray) -> tuple[int, int]:
    """People of whom no track is of a labelled person: of `unsure` tracks alone; of any."""
    named = set(clip.faces.track[clip.faces.track >= 0].tolist())
    people = [set(np.flatnonzero(labels == person).tolist()) for person in range(labels.max() + 1)]
    without = [tracks for tracks in people if not tracks & named]
    return sum(tracks <= set(unsure.tolist()) for tracks in without), len(without)


def main() -> None:
    """Print the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("clips", type=Path)
    parser.add_argument("--seeds", type=int, default=2)
    asked = parser.parse_args()
    labels = sorted(asked.clips.glob("*.labels.csv"))
    films = [
        next(asked.clips.glob(f"{label.name.removesuffix('.labels.csv')}.m*")) for label in labels
    ]
    clips = [load(film) for film in films]
    print("# Quality of faces\n")
    print("Made by `python tests/support/measure_quality.py CLIPS`; pack `open`, CPU, defaults.\n")
    print_errors([clip for clip in clips if len(np.unique(clip.faces.person)) > 6])
    print_nobodies(clips, asked.seeds)


def print_errors(clips: Sequence[Labelled]) -> None:
    """Error against rejected share."""
    print("## Error against rejected share\n")
    print("Of pairs of crops of different tracks of labelled people (at most six a track), the")
    print("mean of the share of pairs of one person below, and of pairs of two people above, the")
    print("one threshold at which the two are equal when nothing is rejected; after the worst")
    print("crops are left out. Area: under the curve to 50 %, over the error when nothing is.\n")
    print("| clip | measure | " + " | ".join(f"{share:.0%}" for share in SHARES) + " | area |")
    print("|---|---|" + "---|" * (len(SHARES) + 1))
    areas: dict[str, list[float]] = {name: [] for name in MEASURES}
    for clip in clips:
        found = sample(clip)
        for name, measure in found.measures.items():
            curve = errors(found, measure, AREA.tolist())
            areas[name].append(float(np.trapezoid(curve, AREA)) / (AREA[-1] * max(curve[0], 1e-9)))
            row = errors(found, measure, SHARES)
            cells = " | ".join(f"{error:.3f}" for error in row)
            print(f"| {clip.name} | {name} | {cells} | {areas[name][-1]:.3f} |", flush=True)
    table = np.array([areas[name] for name in MEASURES])  # (M, C)
    print("\n| measure | mean area | clips on which face quality is better |\n|---|---|---|")
    for name, row in zip(MEASURES, table, strict=True):
        print(f"| {name} | {row.mean():.3f} | {(table[0] < row).sum()} of {len(row)} |")


def print_nobodies(clips: Sequence[Labelled], seeds: int) -> None:
    """What gates and the rule of the clear face change."""
    new = QualityConfig()
    old = replace(new, min_sharpness=0.0, min_clearness=-math.inf, measure="ser_fiq")
    variants = {
        "before": old,
        "blur gate": replace(old, min_sharpness=new.min_sharpness),
        "face quality": replace(old, measure="auto"),
        "clear faces": replace(old, min_clearness=new.min_clearness),
        "all (default)": new,
    }
    print("\n## People who are none\n")
    print("B-cubed F over all faces of truth (one in no person is a cluster of its own), mean of")
    print(f"{seeds} seeds, mode head; people found / true ones; people made only of tracks that")
    print("are labelled `unsure` or `not_a_face`; people without any labelled person's track;")
    print("tracks of labelled people that are unknown. `before`: no blur gate, SER-FIQ, and no")
    print("clear face needed.\n")
    print("| clip | | B-cubed F | people | of unsure | without a label | unknown, labelled |")
    print("|---|---|---|---|---|---|---|")
    sums: dict[str, list[tuple[float, ...]]] = {name: [] for name in variants}
    for clip in clips:
        unsure = _left_out(clip)
        for name, config in variants.items():
            method = VideoClusterNet(quality=config, adapt=replace(AdaptConfig(), mode="head"))
            runs = [method.run(clip.film, seed) for seed in range(seeds)]
            f = float(np.mean([clip.f(run.clustering.labels) for run in runs]))
            first = runs[0].clustering.labels
            none = nobodies(clip, first, unsure)
            named = np.unique(clip.faces.track[clip.faces.track >= 0])
            lost = int((first[named] < 0).sum())
            sums[name].append((f, *none, lost))
            row = f"{f:.3f} | {clip.people(first):.2f} | {none[0]} | {none[1]} | {lost}"
            print(f"| {clip.name} | {name} | {row} |", flush=True)
    print("\n| | mean B-cubed F | of unsure | without a label | unknown, labelled |")
    print("|---|---|---|---|---|")
    for name, rows in sums.items():
        table = np.array(rows)
        total = " | ".join(str(int(n)) for n in table[:, 1:].sum(axis=0))
        print(f"| {name} | {table[:, 0].mean():.4f} | {total} |")


def _left_out(clip: Labelled) -> IntArray:
    """Tracks that show more rows that are left out than rows of a person."""
    out, named = Counter(clip.faces.left_out.tolist()), Counter(clip.faces.track.tolist())
    return np.array([t for t in out if t >= 0 and out[t] > named[t]], np.int64)


if __name__ == "__main__":
    main()
