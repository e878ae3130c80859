"""Measures what each cue adds to the face on labelled clips: every face of truth counts.

    python tests/support/measure_cues.py CLIPS [--pack PACK] > benchmarks/cues.md

CLIPS is a folder of films with NAME.labels.csv beside them; PACK has a [body].
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from measure_evidence import Labelled, load

from vcn.config import AdaptConfig, EvidenceConfig, RunConfig
from vcn.methods.vcn import VideoClusterNet

_ALL = EvidenceConfig()
_FACE = replace(_ALL, clothes=False, hair=False, threads=False, voice=False, body=False)
_LOOKS = replace(_ALL, voice=False, body=False)
STEPS = {
    "face": _FACE,
    "+ clothes, set-ups": _LOOKS,
    "+ voice": replace(_ALL, body=False),
    "+ body in place of clothes": _ALL,
    "face + body": replace(_FACE, body=True),
}
METHOD = VideoClusterNet(adapt=replace(AdaptConfig(), mode="off"))


def rows(clip: Labelled) -> list[tuple[float, float]]:
    """B-cubed F, and people found over true ones, of each step."""
    found = []
    for step in STEPS.values():
        labels = replace(METHOD, evidence=step).run(clip.film, 0).clustering.labels
        found.append((clip.f(labels), clip.people(labels)))
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("clips", type=Path)
    parser.add_argument("--pack", default="open")
    asked = parser.parse_args()
    config = RunConfig(device="cpu", pack=asked.pack)
    print(f"| clip | tracks | heard | bodies | {' | '.join(STEPS)} |")
    print("|---|---|---|---|" + "---|" * len(STEPS))
    scores = []
    for label in sorted(asked.clips.glob("*.labels.csv")):
        name = label.name.removesuffix(".labels.csv")
        clip = load(next(p for p in asked.clips.glob(f"{name}.m*")), config)
        found = rows(clip)
        scores.append([f for f, _ in found])
        seen = [
            0 if table is None else int(table.any(axis=1).sum())
            for table in (clip.film.voices, clip.film.bodies)
        ]
        cells = " | ".join(f"{f:.3f} ({people:.2f})" for f, people in found)
        print(f"| {name} | {clip.film.n_tracks} | {seen[0]} | {seen[1]} | {cells} |", flush=True)
    print("| mean | | | | " + " | ".join(f"{f:.3f}" for f in np.mean(scores, axis=0)) + " |")


if __name__ == "__main__":
    main()
