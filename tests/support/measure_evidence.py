"""Measures the evidence on labelled clips: every face of truth counts, in a track or in none.

    python tests/support/measure_evidence.py CLIPS [--seeds N] > benchmarks/evidence.md

CLIPS is a folder of films with NAME.labels.csv beside them; of smaller pictures of the same
films, where faces are those of wide shots, `smaller_films.py` makes one.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vcn.benchmark.clips import Clip
from vcn.benchmark.sources import LabelledFaces
from vcn.config import AdaptConfig, EvidenceConfig, RunConfig
from vcn.equations.closed_form import cosine_profiles, root_excess
from vcn.equations.linkage import average_linkage
from vcn.methods.vcn import VcnRun, VideoClusterNet
from vcn.methods.vcn import link as linking
from vcn.methods.vcn.why import why
from vcn.types import BoolArray, FloatArray, IntArray, TrackFilm

ABLATIONS: dict[str, Callable[[EvidenceConfig], EvidenceConfig]] = {
    "face alone": lambda c: replace(c, clothes=False, hair=False, threads=False),
    "no threads": lambda c: replace(c, threads=False),
    "no clothes": lambda c: replace(c, clothes=False),
    "hair too": lambda c: replace(c, hair=True),
    "not refined": lambda c: replace(c, refine=0),
}


@dataclass(frozen=True)
class Labelled:
    """A film's tracks and the faces of truth: N of them."""

    name: str
    film: TrackFilm
    faces: LabelledFaces

    def f(self, labels: IntArray) -> float:
        """B-cubed F over all faces."""
        return self.faces.b3_f(labels)

    def matched(self, labels: IntArray) -> float:
        """The same over faces in a track alone."""
        seen = self.faces.track >= 0
        part = self.faces._replace(person=self.faces.person[seen], track=self.faces.track[seen])
        return part.b3_f(labels)

    def known(self) -> tuple[IntArray, IntArray]:
        """Labelled tracks, and who they are."""
        person = dict(zip(self.faces.track.tolist(), self.faces.person.tolist(), strict=True))
        person.pop(-1, None)
        tracks = sorted(person)
        return np.array(tracks), np.array([person[track] for track in tracks])

    def people(self, labels: IntArray) -> float:
        """People found over true ones, both among labelled faces in a track."""
        seen = self.faces.track >= 0
        found = labels[self.faces.track[seen]]
        return len(np.unique(found[found >= 0])) / len(np.unique(self.faces.person[seen]))


def load(path: Path, config: RunConfig | None = None) -> Labelled:
    """Scan a film, or its artefacts of an earlier run, and match its labels."""
    config = config or RunConfig(device="cpu")
    clip = Clip(path, path.with_suffix(".labels.csv"), config)
    film, _, faces = clip.load(0, with_crops=True)
    assert faces is not None
    return Labelled(path.stem, film, faces)


def global_hac(clips: Sequence[Labelled]) -> tuple[list[float], list[float], float]:
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


def calibration(clips: Sequence[Labelled], runs: Sequence[VcnRun]) -> tuple[list[str], float]:
    """Lines of a reliability table of pair probabilities, and the expected calibration error."""
    said, true = [], []
    for clip, run in zip(clips, runs, strict=True):
        if run.evidence is None:
            continue
        tracks, who = clip.known()
        a, b = np.triu_indices(len(tracks), 1)
        odds = run.evidence.log_odds[tracks[a], tracks[b]].astype(np.float64)
        said.append(1 / (1 + np.exp(-np.clip(odds, -30, 30))))
        true.append(who[a] == who[b])
    edges = (0, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 1.0001)
    return reliability(np.concatenate(said), np.concatenate(true), edges)


def tracks_sure(clips: Sequence[Labelled], runs: Sequence[VcnRun]) -> tuple[list[str], float]:
    """The same for labelled tracks: the probability that each belongs to its person.

    Right is a track of the person whom most other labelled tracks of its cluster show; a track
    alone, if no track elsewhere shows the same person.
    """
    said, true = [], []
    for clip, run in zip(clips, runs, strict=True):
        if run.evidence is None:
            continue
        labels = run.clustering.labels
        sure = why(run.evidence, labels).probability
        tracks, who = clip.known()
        tracks, who = tracks[labels[tracks] >= 0], who[labels[tracks] >= 0]
        for track, person in zip(tracks.tolist(), who.tolist(), strict=True):
            others = who[(labels[tracks] == labels[track]) & (tracks != track)]
            if len(others):
                true.append(np.bincount(others).argmax() == person)
            elif (labels == labels[track]).sum() == 1:
                true.append((who == person).sum() == 1)
            else:  # with nobody whose name is known
                continue
            said.append(sure[track])
    return reliability(np.array(said), np.array(true), (0, 0.2, 0.5, 0.8, 0.95, 0.99, 1.0001))


def reliability(p: FloatArray, y: BoolArray, edges: Sequence[float]) -> tuple[list[str], float]:
    """Lines of a table of what was said and what is true, and the expected calibration error."""
    lines, error = [], 0.0
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
            f"| {clip.name} | {(clip.faces.track >= 0).mean():.3f} | {one[n]:.3f} | {own[n]:.3f} "
            f"| {rows[-1][2]:.3f} | {clip.people(labels_off):.2f} | {np.mean(scores):.3f} "
            f"({max(scores) - min(scores):.3f}) | {people:.2f} | {matched:.3f} |"
        )
    mean = np.mean(rows, axis=0)
    print(f"| mean | | {mean[0]:.3f} | {mean[1]:.3f} | {mean[2]:.3f} | | {mean[3]:.3f} | | |\n")
    print("## Each cue left out, or added, mode off\n")
    print("| | mean B-cubed F | " + " | ".join(clip.name for clip in clips) + " |")
    print("|---|" + "---|" * (len(clips) + 1))
    for name, change in {"all": lambda c: c, **ABLATIONS}.items():
        method = replace(off, evidence=change(EvidenceConfig()))
        scores = [clip.f(method.run(clip.film, 0).clustering.labels) for clip in clips]
        print(
            f"| {name} | {np.mean(scores):.3f} | " + " | ".join(f"{s:.3f}" for s in scores) + " |"
        )
    for mode, runs in (("off", base), ("head, seed 0", [of_clip[0] for of_clip in head])):
        for title, of, true, (lines, error) in (
            (
                "Are the odds what they say? Pairs of labelled tracks",
                *("pairs", "one person", calibration(clips, runs)),
            ),
            (
                "Is each track as sure as it says? Labelled tracks",
                *("tracks", "right", tracks_sure(clips, runs)),
            ),
        ):
            print(f"\n## {title}, mode {mode}\n")
            print(f"| said | {of} | mean said | {true} |\n|---|---|---|---|")
            print("\n".join(lines))
            print(f"\nExpected calibration error over these bins: {error:.3f}.")
    print("\n## People where the odds are even, or elsewhere: log-odds of the cut, mode off\n")
    cuts = (-4.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 4.0)
    by_cut = np.array([at_cut(clips, off, cut) for cut in cuts])
    print("| " + " | ".join(f"{cut:g}" for cut in cuts) + " | each clip's best |")
    print("|" + "---|" * (len(cuts) + 1))
    best = f"{by_cut.max(axis=0).mean():.3f}"
    print("| " + " | ".join(f"{f:.3f}" for f in by_cut.mean(axis=1)) + f" | {best} |")


def at_cut(clips: Sequence[Labelled], method: VideoClusterNet, cut: float) -> list[float]:
    """The score of each clip if people were cut at other odds than even ones."""
    even, linking.EVEN = linking.EVEN, cut
    try:
        return [clip.f(method.run(clip.film, 0).clustering.labels) for clip in clips]
    finally:
        linking.EVEN = even


if __name__ == "__main__":
    main()
