"""Measures whom a face model mixes: by person of a folder of photographs, and by clip.

    python tests/support/measure_people.py FACES CLIPS OTHER.onnx > benchmarks/people.md

FACES has a folder of 112x112 pictures a person, CLIPS films with NAME.labels.csv beside
them, OTHER.onnx is the face model that stands beside that of the pack `open`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from vcn.benchmark import suite
from vcn.benchmark.clips import Clip
from vcn.benchmark.degrade import from_template, to_template
from vcn.benchmark.entries import Entry
from vcn.benchmark.photos import Photos, load_photos
from vcn.benchmark.runner import run
from vcn.benchmark.sources import Fixed, LabelledFilm
from vcn.config import BenchmarkConfig, RunConfig
from vcn.methods import TrackFilm
from vcn.scores.verification import roc
from vcn.types import UNKNOWN, Embeddings, IntArray

METHODS = ("vcn-off", "hac-oracle")
INTRO = """# Whom the face models mix

Made by `python tests/support/measure_people.py FACES CLIPS mfn_photo_analyze.onnx`; CPU, nothing
adapted. `open`: dlib's ResNet; `other`: MobileFaceNet, as `--face-model` takes it. The photographs
and clips are not sorted into groups of people, so the table is by person and by clip: it shows how
far a model is from being equally good for everybody, and on whom."""


def unit(values: Any) -> Any:
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)


def eer(distance: Any, same: Any) -> tuple[float, float, float]:
    """AUC, the equal error rate, and the distance where both errors are equal."""
    curve = roc(distance, same)
    thresholds = np.unique(distance)
    order = np.sort(distance[same]), np.sort(distance[~same])
    missed = 1 - np.searchsorted(order[0], thresholds, "right") / len(order[0])
    taken = np.searchsorted(order[1], thresholds, "right") / len(order[1])
    best = int(np.argmin(np.abs(missed - taken)))
    return curve.auc, float((missed[best] + taken[best]) / 2), float(thresholds[best])


def photographs(photos: Photos, config: RunConfig) -> list[tuple[float, float, str, float]]:
    """Of each person: AUC and EER against all others, who is nearest, how often taken for it."""
    embed = suite.embedder(config)
    values = unit(
        embed(np.stack([to_template(p, embed.template, embed.size) for p in photos.images]))
    )
    distance = 1 - values @ values.T
    person = photos.person
    upper = np.triu(np.ones(distance.shape, bool), 1)
    same = person[:, None] == person[None, :]
    *whole, cut = eer(distance[upper], same[upper])
    out = [(whole[0], whole[1], "", float((distance[upper & ~same] <= cut).mean()))]
    for number in range(len(photos.names)):
        own = person == number
        inside = distance[np.ix_(own, own)][np.triu_indices(int(own.sum()), 1)]
        outside = distance[np.ix_(own, ~own)].ravel()
        both = np.concatenate([inside, outside])
        auc, error, _ = eer(both, np.arange(len(both)) < len(inside))
        taken = [
            -1.0
            if other == number
            else float((distance[np.ix_(own, person == other)] <= cut).mean())
            for other in range(len(photos.names))
        ]
        nearest = int(np.argmax(taken))
        out.append((auc, error, photos.names[nearest], taken[nearest]))
    return out


def clip_rows(paths: list[Path], configs: tuple[RunConfig, RunConfig]) -> Iterator[list[str]]:
    """Of each clip and model: AUC and EER over pairs of labelled tracks, people, F.

    Tracks and crops are those of the first configuration.
    """
    first = configs[0]
    embedders = [suite.embedder(config) for config in configs]
    methods = [suite.entries(METHODS, None, config) for config in configs]
    for path in paths:
        clip = Clip(path, path.with_name(f"{path.stem}.labels.csv"), first)
        film, truth, _ = clip.load(0, with_crops=True)
        assert film.crops is not None
        cells = []
        for number, (embed, entries) in enumerate(zip(embedders, methods, strict=True)):
            if number:
                images = [from_template(i, embedders[0].template) for i in film.crops.images]
                values = embed(
                    np.stack([to_template(i, embed.template, embed.size) for i in images])
                )
                film = replace(
                    film,
                    embeddings=Embeddings(values, film.crops.track_index, normalised=False),
                    impostor_cosine=embed.impostor_cosine,
                )
            cells.append(measured(film, truth, entries))
        yield [path.stem, *cells]


def measured(film: TrackFilm, truth: IntArray, entries: tuple[Entry, ...]) -> str:
    tracks = np.unique(film.embeddings.track_index)
    known = tracks[truth[tracks] != UNKNOWN]
    rows = unit(film.embeddings.values)
    means = unit(np.stack([rows[film.embeddings.track_index == t].mean(axis=0) for t in known]))
    upper = np.triu_indices(len(known), 1)
    same = truth[known][:, None] == truth[known]
    auc, error, _ = eer((1 - means @ means.T)[upper], same[upper])
    source = Fixed(LabelledFilm(film, truth))
    table = run([source], entries, replace(BenchmarkConfig(), seeds=(0,)))
    found = {row.method: row for row in table.rows}
    off, best = (found[name] for name in METHODS)
    return (
        f"{auc:.3f} | {error:.1%} | {off.n_clusters}/{off.n_people} | {off.b3_f:.3f} | "
        f"{best.b3_f:.3f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faces", type=Path)
    parser.add_argument("clips", type=Path)
    parser.add_argument("other", type=Path)
    given = parser.parse_args()
    own = RunConfig(device="cpu")
    other = replace(own, face_model=str(given.other))
    photos = load_photos(given.faces)
    print(INTRO, "\n\n## Photographs, by person\n")
    print(
        f"{len(photos.images)} photographs. AUC and EER: pairs of one person's photographs against "
        "its pairs with everybody else; mixed with: the one for whom it is taken most often, and "
        "the share of the pairs of the two that are closer than the distance at which the model's "
        "two errors are equal over all pairs.\n"
    )
    print("| person | photographs | open AUC | EER | mixed with | other AUC | EER | mixed with |")
    print("|---|---|---|---|---|---|---|---|")
    first, second = photographs(photos, own), photographs(photos, other)
    for name, number, a, b in zip(
        ["all", *photos.names],
        [len(photos.images), *np.bincount(photos.person).tolist()],
        first,
        second,
        strict=True,
    ):
        cells = " | ".join(
            f"{auc:.3f} | {e:.1%} | {who} {share:.1%}" for auc, e, who, share in (a, b)
        )
        print(f"| {name} | {number} | {cells} |", flush=True)
    paths = sorted(
        p
        for p in given.clips.iterdir()
        if p.with_name(f"{p.stem}.labels.csv").is_file() and p.suffix != ".csv"
    )
    print("\n## Clips\n")
    print(
        "AUC and EER: pairs of labelled tracks, by their means. people: found / true, `vcn-off`, "
        "on labelled tracks. F: B-cubed of `vcn-off`; best: average linkage at the threshold that "
        "is best in hindsight. Both models see the tracks and crops of `open`.\n"
    )
    print("| clip | open AUC | EER | people | F | best | other AUC | EER | people | F | best |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for cells in clip_rows(paths, (own, other)):
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
