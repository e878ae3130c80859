"""Measures the evidence on labelled clips: every face of truth counts, in a track or in none.

    python tests/support/measure_evidence.py CLIPS [--seeds N] > benchmarks/evidence.md

CLIPS is a folder of films with NAME.labels.csv beside them.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vcn.config import AdaptConfig, EvaluateConfig, EvidenceConfig, RunConfig
from vcn.equations.closed_form import cosine_profiles, root_excess
from vcn.equations.linkage import average_linkage
from vcn.evaluate.matching import match_boxes
from vcn.evaluate.result import read_outcome
from vcn.evaluate.truth import BoxTruth, read_truth
from vcn.methods.vcn import VcnRun, VideoClusterNet
from vcn.pipeline import People, Run
from vcn.report.write import write_result
from vcn.scores import bcubed
from vcn.types import UNKNOWN, Clustering, IntArray, Quality, TrackFilm

ABLATIONS: dict[str, Callable[[EvidenceConfig], EvidenceConfig]] = {
    "face alone": lambda c: replace(c, clothes=False, hair=False, threads=False),
    "no threads": lambda c: replace(c, threads=False),
    "no clothes": lambda c: replace(c, clothes=False),
    "no hair": lambda c: replace(c, hair=False),
    "not refined": lambda c: replace(c, refine=0),
}


@dataclass(frozen=True)
class Clip:
    """A film's tracks and the faces of truth: N of them."""

    name: str
    film: TrackFilm
    identity: IntArray
    """(N,)."""
    track: IntArray
    """(N,) -1 = in none."""
    left_out: IntArray | None = None
    """(M,) the same of the rows that no score counts."""

    def f(self, labels: IntArray) -> float:
        """B-cubed F over all faces; one that is in no track is a cluster of its own."""
        alone = labels.max(initial=-1) + 1 + np.arange(len(labels))
        named = np.where(labels < 0, alone, labels)
        lost = 10_000_000 + np.arange(len(self.track))
        found = named[np.maximum(self.track, 0)] if len(named) else lost
        return float(bcubed(self.identity, np.where(self.track >= 0, found, lost)).f)

    def matched(self, labels: IntArray) -> float:
        """The same over faces in a track alone."""
        part = replace(
            self, identity=self.identity[self.track >= 0], track=self.track[self.track >= 0]
        )
        return part.f(labels)

    def people(self, labels: IntArray) -> float:
        """People found over true ones, both among labelled faces in a track."""
        seen = self.track >= 0
        found = labels[self.track[seen]]
        return len(np.unique(found[found >= 0])) / len(np.unique(self.identity[seen]))


def load(path: Path, config: RunConfig | None = None) -> Clip:
    """Scan a film, or its artefacts of an earlier run, and match its labels."""
    run = Run.prepare(path, config or RunConfig(device="cpu"), None, None)
    scan = run.scan()
    scan, embeddings = run.split(scan, run.embed(scan))
    n = len(scan.tracks)
    nobody = People(
        Quality(np.zeros(len(scan.crops), np.bool_), np.zeros(n, np.float32), (None,) * n),
        Clustering(np.full(n, UNKNOWN)), "off", {},
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "clusters.json"
        write_result(run.result(scan, nobody), out, report=False)
        config = EvaluateConfig()
        outcome = read_outcome(out)
        truth = read_truth(path.with_suffix(".labels.csv"), config.leave_out)
        assert isinstance(truth, BoxTruth)
        match = match_boxes(outcome, truth, config.iou)
    counted = ~truth.left_out
    identity = np.unique(np.array(truth.identity)[counted], return_inverse=True)[1]
    film = run.track_film(scan, embeddings)
    return Clip(path.stem, film, identity, match.track[counted], match.track[~counted])


def global_hac(clips: Sequence[Clip]) -> tuple[list[float], list[float], float]:
    """Average linkage of base distances with co-occurrence: at the one threshold that is best
    for all clips in hindsight, and at each clip's own best one.
    """
    grid = np.arange(0.1, 0.6, 0.01)
    curves = []
    for clip in clips:
        film = clip.film
        profiles = cosine_profiles(
            film.embeddings.values, film.embeddings.track_index, film.n_tracks
        )
        forbidden = np.zeros((film.n_tracks, film.n_tracks), np.bool_)
        if film.cannot_link is not None:
            a, b = film.cannot_link.T
            forbidden[a, b] = forbidden[b, a] = True
        tree = average_linkage(root_excess(profiles.loss()), forbidden)
        curves.append([clip.f(tree.labels(int((tree.loss <= t).sum()))) for t in grid])
    table = np.array(curves)
    best = int(table.mean(axis=0).argmax())
    return table[:, best].tolist(), table.max(axis=1).tolist(), float(grid[best])


def calibration(clips: Sequence[Clip], runs: Sequence[VcnRun]) -> tuple[list[str], float]:
    """Lines of a reliability table of pair probabilities, and the expected calibration error."""
    said, true = [], []
    for clip, run in zip(clips, runs, strict=True):
        if run.evidence is None:
            continue
        known = dict(zip(clip.track.tolist(), clip.identity.tolist(), strict=True))
        known.pop(-1, None)
        tracks = np.array(sorted(known))
        who = np.array([known[t] for t in tracks.tolist()])
        a, b = np.triu_indices(len(tracks), 1)
        odds = run.evidence.log_odds[tracks[a], tracks[b]].astype(np.float64)
        said.append(1 / (1 + np.exp(-np.clip(odds, -30, 30))))
        true.append(who[a] == who[b])
    p, y = np.concatenate(said), np.concatenate(true)
    lines, error = [], 0.0
    edges = (0, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 1.0001)
    for low, high in itertools.pairwise(edges):
        part = (p >= low) & (p < high)
        if part.any():
            gap = abs(p[part].mean() - y[part].mean())
            error += gap * part.mean()
            row = f"{low:g} to {min(high, 1):g}", part.sum(), p[part].mean(), y[part].mean()
            lines.append("| {} | {} | {:.3f} | {:.3f} |".format(*row))
    return lines, float(error)


def main() -> None:
    """Print the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("clips", type=Path)
    parser.add_argument("--seeds", type=int, default=2)
    asked = parser.parse_args()
    labels = sorted(asked.clips.glob("*.labels.csv"))
    films = [
        next(p for p in asked.clips.glob(f"{label.name.removesuffix('.labels.csv')}.m*"))
        for label in labels
    ]
    clips = [load(film) for film in films]
    one, own, threshold = global_hac(clips)
    off = VideoClusterNet(adapt=replace(AdaptConfig(), mode="off"))
    base = [off.run(clip.film, 0) for clip in clips]
    head = [
        [VideoClusterNet().run(clip.film, seed) for seed in range(asked.seeds)] for clip in clips
    ]
    print("# What speaks for one person: the labelled clips\n")
    print("Made by `python tests/support/measure_evidence.py CLIPS`; pack `open`, CPU, defaults.")
    print("B-cubed F over **all** faces of truth: one in no track is a cluster of its own.")
    print(f"`hac-global`: average linkage of base distances, co-occurrence, at {threshold:.2f},")
    print(
        "the one threshold that is best for these clips in hindsight; `hindsight`: each clip's own."
    )
    print(f"`head`: mean of {asked.seeds} seeds (range); `matched`: over faces in a track alone.\n")
    print("| clip | in a track | hac-global | hindsight | off | people | head | people | matched |")
    print("|---|---|---|---|---|---|---|---|---|")
    rows = []
    for n, clip in enumerate(clips):
        scores = [clip.f(run.clustering.labels) for run in head[n]]
        people = np.mean([clip.people(run.clustering.labels) for run in head[n]])
        matched = np.mean([clip.matched(run.clustering.labels) for run in head[n]])
        labels_off = base[n].clustering.labels
        rows.append((one[n], own[n], clip.f(labels_off), np.mean(scores)))
        print(
            f"| {clip.name} | {(clip.track >= 0).mean():.3f} | {one[n]:.3f} | {own[n]:.3f} "
            f"| {rows[-1][2]:.3f} | {clip.people(labels_off):.2f} | {np.mean(scores):.3f} "
            f"({max(scores) - min(scores):.3f}) | {people:.2f} | {matched:.3f} |"
        )
    mean = np.mean(rows, axis=0)
    print(f"| mean | | {mean[0]:.3f} | {mean[1]:.3f} | {mean[2]:.3f} | | {mean[3]:.3f} | | |\n")
    print("## Each cue left out, mode off\n")
    print("| | mean B-cubed F | " + " | ".join(clip.name for clip in clips) + " |")
    print("|---|" + "---|" * (len(clips) + 1))
    for name, change in {"all": lambda c: c, **ABLATIONS}.items():
        method = replace(off, evidence=change(EvidenceConfig()))
        scores = [clip.f(method.run(clip.film, 0).clustering.labels) for clip in clips]
        print(
            f"| {name} | {np.mean(scores):.3f} | " + " | ".join(f"{s:.3f}" for s in scores) + " |"
        )
    lines, error = calibration(clips, base)
    print("\n## Are the odds what they say? Pairs of labelled tracks, mode off\n")
    print("| said | pairs | mean said | one person |\n|---|---|---|---|")
    print("\n".join(lines))
    print(f"\nExpected calibration error over these bins: {error:.3f}.")


if __name__ == "__main__":
    main()
