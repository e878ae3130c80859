"""Measures systems that cluster people by face, body and voice on synthetic films.

    python tests/support/measure_persons.py [--seeds N] [--epochs N] [--swapped SHARE]
    python tests/support/measure_persons.py --noise

The second prints by what the noise of each modality was set.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from person_films import NOISE, person_film

from vcn.benchmark.persons import exchanged
from vcn.config import RadNetConfig
from vcn.equations.linkage import average_linkage
from vcn.methods.muhpc import first_neighbours
from vcn.methods.radnet import Labelled, RadNet, train
from vcn.scores import nmi, wcp

LEARN, TEST = 100, 12
"""Films."""
SIZE = {"n_people": 8, "n_tracks": 60}
VPCD = {"n_people": 20, "n_tracks": 1000}
"""About a film of VPCD, for what its published numbers say of one modality."""
CONFIG = replace(RadNetConfig(), clues=2, batch=4, epochs=3)
SETS = (("face",), ("face", "voice"), ("face", "body"), ("face", "body", "voice"))


def single(films: Sequence[Labelled], modality: str, purity: float) -> float:
    """Mean NMI of first neighbours by one modality, at the threshold with a mean WCP of `purity`.

    Over the tracks that have it.
    """
    points = []
    for near in np.arange(0.03, 1.0, 0.03):
        found = []
        for one in films:
            mean, has = one.film.means(modality)
            labels = first_neighbours(mean, has, one.film.cannot_link, near)[has]
            found.append((wcp(one.person[has], labels), nmi(one.person[has], labels)))
        points.append(np.mean(found, axis=0))
    by_purity = np.array(sorted(map(tuple, points)))
    return float(np.interp(purity, by_purity[:, 0], by_purity[:, 1]))


def eer(films: Sequence[Labelled], modality: str) -> float:
    """Equal error rate over pairs of tracks."""
    said, true = [], []
    for one in films:
        mean, has = one.film.means(modality)
        mean, who = mean[has], one.person[has]
        a, b = np.triu_indices(len(who), 1)
        said.append((mean[a] * mean[b]).sum(axis=1))
        true.append(who[a] == who[b])
    value, same = np.concatenate(said), np.concatenate(true)
    cut = np.unique(value)
    missed = np.searchsorted(np.sort(value[same]), cut) / same.sum()
    taken = 1 - np.searchsorted(np.sort(value[~same]), cut) / (~same).sum()
    best = int(np.abs(missed - taken).argmin())
    return float(missed[best] + taken[best]) / 2


def noises() -> Iterator[str]:
    """What each noise makes of one modality."""
    for modality, purity, grid in (
        ("face", 0.952, (0.20, 0.24, 0.25, 0.28, 0.32)),
        ("body", 0.620, (0.15, 0.20, 0.22, 0.25, 0.30)),
        ("voice", 0.0, (0.12, 0.16, 0.20)),
    ):
        for noise in grid:
            NOISE[modality] = noise
            films = [person_film(700 + seed, **VPCD) for seed in range(2)]
            at = f"{single(films, modality, purity):.3f}" if purity else ""
            yield f"| {modality} | {noise:.2f} | {at} | {eer(films, modality):.1%} |"


def fused(films: Sequence[Labelled], modalities: Sequence[str]) -> float:
    """Mean NMI of the best that mean similarities of tracks give with hindsight.

    Logistic regression on the pairs of these same films, average linkage of its odds, cut at the
    one threshold that is best for them.
    """
    table, true = zip(*(pairs(one, modalities) for one in films), strict=True)
    x, y = np.concatenate(table), np.concatenate(true)
    w = np.zeros(x.shape[1])
    for _ in range(25):  # Newton's steps
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        slope = x * (p * (1 - p))[:, None]
        w += np.linalg.solve(x.T @ slope + 1e-6 * np.eye(len(w)), x.T @ (y - p))
    grid = np.linspace(-4, 4, 33)
    scores = []
    for one, values in zip(films, table, strict=True):
        n = one.film.n_tracks
        odds = np.zeros((n, n))
        odds[np.triu_indices(n, 1)] = np.clip(values @ w, -30, 30)
        tree = average_linkage(30 - odds - odds.T, np.zeros((n, n), np.bool_))
        scores.append(
            [nmi(one.person, tree.labels(int((tree.loss <= 30 - t).sum()))) for t in grid]
        )
    return float(np.mean(scores, axis=0).max())


def pairs(one: Labelled, modalities: Sequence[str]) -> tuple[Any, Any]:
    """Similarity by each modality and whether there is one, for each pair of tracks."""
    a, b = np.triu_indices(one.film.n_tracks, 1)
    columns = [np.ones(len(a))]
    for modality in modalities:
        mean, has = one.film.means(modality)
        both = has[a] & has[b]
        columns += [both, both * (mean[a] * mean[b]).sum(axis=1)]
    return np.stack(columns, axis=1).astype(np.float64), one.person[a] == one.person[b]


def scored(net: RadNet, films: Sequence[Labelled], swapped: float = 0.0) -> float:
    """Mean NMI, with a share of the bodies exchanged."""
    found = [
        nmi(one.person, net(exchanged(one.film, swapped, n), 0).labels)
        for n, one in enumerate(films)
    ]
    return float(np.mean(found))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--noise", action="store_true")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=CONFIG.epochs)
    parser.add_argument("--swapped", type=float, default=0.0, help="in all films")
    asked = parser.parse_args()
    if asked.noise:
        print("| modality | noise | NMI at VPCD's WCP | EER |\n|---|---|---|---|")
        for line in noises():
            print(line, flush=True)
        return
    torch.set_num_threads(1)
    config = replace(CONFIG, epochs=asked.epochs)
    learn, test = (
        [
            replace(one, film=exchanged(one.film, asked.swapped, first + n))
            for n, one in enumerate(person_film(first + seed, **SIZE) for seed in range(count))
        ]
        for first, count in ((0, LEARN), (1000, TEST))
    )
    print("| modalities | seed | best in hindsight | learnt from | others | .3 swapped | .5 |")
    print("|---|---|---|---|---|---|---|")
    for modalities in SETS:
        best = fused(test, modalities)
        for seed in range(asked.seeds):
            net = train(learn, replace(config, modalities=modalities), seed)
            found = scored(net, learn), *(scored(net, test, swapped) for swapped in (0, 0.3, 0.5))
            cells = " | ".join(f"{value:.3f}" for value in (best, *found))
            print(f"| {' + '.join(modalities)} | {seed} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
