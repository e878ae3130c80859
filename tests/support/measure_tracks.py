"""Measures tracks on labelled clips: recall by size of face, and what splitting them changes.

    python tests/support/measure_tracks.py CLIPS [--seeds N] [--missed OUT]

CLIPS is a folder of films with NAME.labels.csv beside them. With OUT, pictures of all faces of
truth that are in no track are written there.
"""

from __future__ import annotations

import argparse
import itertools
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from measure_evidence import load

from vcn.benchmark.clips import tracks_alone
from vcn.config import AdaptConfig, EvaluateConfig, RunConfig
from vcn.evaluate.matching import BoxMatch, match_boxes
from vcn.evaluate.truth import BoxTruth, read_truth
from vcn.methods.vcn import VideoClusterNet
from vcn.pipeline import Run
from vcn.types import BoolArray, FloatArray, IntArray
from vcn.video import open_video

EDGES = (0, 20, 30, 40, 60, 100, np.inf)
"""Sides of faces in pixels of the film."""


@dataclass(frozen=True)
class Measured:
    """N faces of truth of one clip."""

    name: str
    frame: IntArray
    xyxy: FloatArray
    identity: tuple[str, ...]
    found: BoolArray
    tracks: int
    mixed: int
    """Tracks that fit labels of several people."""
    without: int
    """Tracks on a labelled frame that fit no label, of those who are left out neither."""

    def recall(self, low: float, high: float) -> tuple[int, int]:
        """Faces in a track, and all, of some size."""
        side = np.sqrt((self.xyxy[:, 2:] - self.xyxy[:, :2]).prod(axis=1))
        here = (side >= low) & (side < high)
        return int(self.found[here].sum()), int(here.sum())


def measure(film: Path, config: RunConfig) -> Measured:
    """Scan a film, or its artefacts of an earlier run, and look for its labels."""
    run = Run.prepare(film, config, None, None)
    scan = run.scan()
    scan, _ = run.split(scan, run.embed(scan))
    asked = EvaluateConfig()
    truth = read_truth(film.with_suffix(".labels.csv"), asked.leave_out)
    assert isinstance(truth, BoxTruth)
    match: BoxMatch = match_boxes(tracks_alone(run, scan), truth, asked.iou)
    kept = ~truth.left_out
    return Measured(
        film.stem,
        match.frame[kept],
        truth.xyxy[kept].astype(np.float32),
        tuple(np.array(truth.identity)[kept].tolist()),
        match.track[kept] >= 0,
        len(scan.tracks),
        match.n_mixed,
        int((match.on_labelled_frame & (match.row_of_track < 0)).sum()),
    )


def show_missed(film: Path, clip: Measured, out: Path) -> None:
    """Write the frames of faces that are in no track, each with all boxes of truth."""
    out.mkdir(parents=True, exist_ok=True)
    wanted = set(clip.frame[~clip.found].tolist())
    with open_video(film) as video:
        for frame in video.frames():
            if frame.time.index not in wanted:
                continue
            picture = cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR)
            for row in np.flatnonzero(clip.frame == frame.time.index):
                a, b = clip.xyxy[row, :2].astype(int), clip.xyxy[row, 2:].astype(int)
                colour = (0, 200, 0) if clip.found[row] else (0, 0, 255)
                cv2.rectangle(picture, a.tolist(), b.tolist(), colour, 1)
            cv2.imwrite(str(out / f"{clip.name}_{frame.time.index:05d}.png"), picture)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("clips", type=Path)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--missed", type=Path)
    asked = parser.parse_args()
    labels = sorted(asked.clips.glob("*.labels.csv"))
    films = [
        next(asked.clips.glob(f"{label.name.removesuffix('.labels.csv')}.m*")) for label in labels
    ]
    config = RunConfig(device="cpu")
    print_recall(films, config, asked.missed)
    print_splits(films, config, asked.seeds)


def print_recall(films: list[Path], config: RunConfig, missed: Path | None) -> None:
    """Faces of truth in a track, by size."""
    names = [f"{low:g}-{high:g}" for low, high in itertools.pairwise(EDGES[1:-1])]
    sizes = " | ".join([f"under {EDGES[1]:g}", *names, f"from {EDGES[-2]:g}"])
    print(f"| clip | recall | {sizes} | tracks | mixed | fit no truth |")
    print("|---|---|" + "---|" * (len(EDGES) + 2))
    for film in films:
        clip = measure(film, config)
        parts = [clip.recall(low, high) for low, high in itertools.pairwise(EDGES)]
        cells = " | ".join(f"{found} of {n}" if n else "" for found, n in parts)
        print(
            f"| {clip.name} | {clip.found.mean():.3f} | {cells} "
            f"| {clip.tracks} | {clip.mixed} | {clip.without} |",
            flush=True,
        )
        if missed is not None:
            show_missed(film, clip, missed)


def print_splits(films: list[Path], config: RunConfig, seeds: int) -> None:
    """B-cubed F over all faces of truth with tracks split, and without."""
    whole = replace(config, split=replace(config.split, enabled=False))
    off = VideoClusterNet(adapt=replace(AdaptConfig(), mode="off"))
    head = VideoClusterNet(adapt=replace(AdaptConfig(), mode="head"))
    print(f"\nhead: mean of {seeds} seeds\n")
    print("| clip | tracks whole | split | off, whole | split | head, whole | split |")
    print("|---|---|---|---|---|---|---|")
    for film in films:
        pair = [load(film, setting) for setting in (whole, config)]
        tracks = [clip.film.n_tracks for clip in pair]
        cells = [clip.f(off.run(clip.film, 0).clustering.labels) for clip in pair]
        if tracks[0] == tracks[1]:
            print(f"| {film.stem} | {tracks[0]} | the same | {cells[0]:.4f} | | | |", flush=True)
            continue
        for clip in pair:
            runs = [head.run(clip.film, seed).clustering.labels for seed in range(seeds)]
            cells.append(float(np.mean([clip.f(labels) for labels in runs])))
        row = " | ".join(f"{cell:.4f}" for cell in cells)
        print(f"| {film.stem} | {tracks[0]} | {tracks[1]} | {row} |", flush=True)


if __name__ == "__main__":
    main()
