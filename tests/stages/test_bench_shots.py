"""How many transitions of each kind are found; writes benchmarks/shots.md (make bench)."""

from __future__ import annotations

import csv
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from paths import ROOT
from transitions import NO_CUT, Row, compared, write_film

from vcn.config import ShotConfig
from vcn.cuts.base import with_cuts
from vcn.stages.shots import cut_detector
from vcn.video import open_video

METHODS = ("auto", "adaptive", "content", "hash", "histogram", "threshold")
SEEDS = (0, 1)
CLIPS = ("office", "signers", "gallery", "cyclists")
"""With true cuts; none in cyclists.mp4. The pieces of medley.mp4 hold cuts of their own."""

pytestmark = pytest.mark.bench


def cuts(path: Path, method: str) -> tuple[list[int], float]:
    """The cuts, and milliseconds of processor time for each frame, the small picture included."""
    with open_video(path) as video:
        detector = cut_detector(ShotConfig(method=method), video.info)  # type: ignore[arg-type]
        frames = list(video.frames()) if video.info.width <= 320 else video.frames()
        begin, found, n = time.thread_time(), [], 0
        for frame, is_start in with_cuts(frames, detector, 1.0):
            n += 1
            if is_start:
                found.append(frame.time.index)
    return found[1:], 1000 * (time.thread_time() - begin) / n


def added(tables: Sequence[Sequence[Row]]) -> list[Row]:
    """The sums over films."""
    return [
        Row(
            rows[0].kind,
            *(sum(getattr(row, name) for row in rows) for name in ("n", "found", "false")),
        )
        for rows in zip(*tables, strict=True)
    ]


def test_transitions(shared_data: Path, tmp_path: Path) -> None:
    clips = shared_data / "clips"
    films = [(tmp_path / f"{seed}.mp4", seed) for seed in SEEDS]
    events = [write_film(path, clips, seed) for path, seed in films]
    found: dict[str, list[Row]] = {}
    cost: dict[str, float] = {}
    for method in METHODS:
        tables = []
        for (path, _), truth in zip(films, events, strict=True):
            told, cost[method] = cuts(path, method)
            tables.append(compared(told, truth))
        found[method] = added(tables)

    real = {}
    for clip in CLIPS:
        true: set[int] = set()
        if clip != "cyclists":
            with (clips / f"{clip}.shots.csv").open(newline="") as file:
                true = {int(row["first_frame"]) for row in csv.DictReader(file)} - {0}
        for method in METHODS[:3]:
            told = set(cuts(clips / f"{clip}.mp4", method)[0])
            real[clip, method] = (len(true), len(true - told), len(told - true))

    (ROOT / "benchmarks" / "shots.md").write_text(report(found, cost, real), encoding="utf-8")
    rows = {row.kind: row for row in found["auto"]}
    missed = sum(row.n - row.found for row in rows.values())
    assert missed <= 0.08 * sum(row.n for row in rows.values())
    assert sum(row.false for row in rows.values()) <= 20
    assert all(not rows[kind].false for kind in ("flash", "strobe"))
    assert real["office", "auto"] == (36, 0, 0)
    assert real["signers", "auto"] == (25, 1, 0)


def report(
    found: dict[str, list[Row]],
    cost: dict[str, float],
    real: dict[tuple[str, str], tuple[int, int, int]],
) -> str:
    """The page."""
    lines = [
        "# Shots",
        "",
        f"{len(SEEDS)} generated films of 200 transitions each, seeds {SEEDS[0]} and {SEEDS[-1]}",
        "(tests/support/transitions.py): shots of office, signers, gallery, cyclists and hikers,",
        "320x180, 25 frames a second, H.264. Dissolves, wipes and fades of 4 to 48 frames;",
        "flashes of 1 to 4; strobes of 24; whip pans of 6 to 13. A cut is right from one frame",
        "before the transition to one after it, once. Made by `make bench`.",
        "",
        "Found of the true cuts + false ones, in a transition or within half a second of it:",
        "",
        "| kind | " + " | ".join(METHODS) + " |",
        "|---|" + "---|" * len(METHODS),
    ]
    for place, row in enumerate(found["auto"]):
        cells = [cell(found[method][place]) for method in METHODS]
        lines.append(f"| {row.kind} | " + " | ".join(cells) + " |")
    total = [sums(found[method]) for method in METHODS]
    lines += [
        "| **missed + false** | "
        + " | ".join(f"{missed} + {false}" for missed, false in total)
        + " |",
        "| ms a frame | " + " | ".join(f"{cost[method]:.2f}" for method in METHODS) + " |",
        "",
        "`auto` is vcn's default; the others are PySceneDetect's detectors, with its thresholds",
        "and a shortest shot of 0.25 s. The time is that of one processor, with the small picture",
        "that each looks at.",
        "",
        "Clips whose true cuts are known (missed of all + false):",
        "",
        "| clip | " + " | ".join(METHODS[:3]) + " |",
        "|---|" + "---|" * 3,
    ]
    for clip in CLIPS:
        cells = ["{1} of {0} + {2}".format(*real[clip, method]) for method in METHODS[:3]]
        lines.append(f"| {clip}.mp4 | " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def cell(row: Row) -> str:
    if row.kind in (*NO_CUT, "elsewhere"):
        return f"+ {row.false}"
    return f"{row.found} of {row.n} + {row.false}"


def sums(rows: Sequence[Row]) -> tuple[int, int]:
    return sum(row.n - row.found for row in rows), sum(row.false for row in rows)
