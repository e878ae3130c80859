"""FilmResults made up for the tests of everything that comes after the pipeline."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from paths import PACKAGE

from vcn.config import SCHEMA_VERSION, RunConfig
from vcn.report.write import write_result
from vcn.types import (
    Clustering,
    FilmResult,
    Quality,
    Reason,
    RunManifest,
    Shot,
    Timeline,
    Track,
    VideoInfo,
)
from vcn.video import content_hash, open_video


def film(
    *,
    n_frames: int,
    cuts: Sequence[int] = (),
    tracks: Sequence[tuple[int, int, int | Reason]] = (),
    path: str = "film.mp4",
    rate: Fraction = Fraction(25),
    start_pts: int = 0,
    pts: Sequence[int] | None = None,
    end_pts: int | None = None,
    thumbnails: np.ndarray | None = None,
    commercial: bool = True,
    notes: tuple[str, ...] = (),
    counts: dict[str, int] | None = None,
    max_gap_seconds: float | None = None,
    step: int = 7,
) -> FilmResult:
    """A film with the given tracks: (first frame, one past the last, person or reason).

    The boxes of a track lie `step` pixels beside those of the one before.
    """
    time_base = 1 / rate if pts is None else Fraction(1, 90_000)
    times = np.arange(n_frames) + start_pts if pts is None else np.asarray(pts)
    after = int(times[-1]) + 1 if n_frames else 0
    edges = [0, *cuts, n_frames]
    shots = tuple(Shot(i, a, b) for i, (a, b) in enumerate(pairwise(edges)) if b > a)
    made = []
    for i, (start, stop, _) in enumerate(tracks):
        n = stop - start
        left = 10 + step * (i % (280 // step)) + np.arange(n) * 0.25
        xyxy = np.stack([left, np.full(n, 20), left + 40.125, np.full(n, 71)], axis=1)
        observed = np.arange(n) % 4 == 0
        shot = next(s.index for s in shots if s.start <= start < s.stop)
        made.append(
            Track(i, shot, np.arange(start, stop), xyxy, np.where(observed, 0.75, 0), observed)
        )
    who = [person for *_, person in tracks]
    labels = Clustering.from_labels([-1 if isinstance(p, Reason) else p for p in who])
    score = [0.0 if isinstance(p, Reason) else 0.5 + 0.01 * (i % 40) for i, p in enumerate(who)]
    # An uncertain track passed the gates on quality: it carries no reason there.
    rejected = [p if isinstance(p, Reason) and p != Reason.uncertain else None for p in who]
    if thumbnails is None:
        thumbnails = np.full((len(made), 16, 16, 3), 128, np.uint8)
    return FilmResult(
        video=VideoInfo(
            path, 1280, 720, "h264", "yuv420p", rate, time_base, n_frames, None, notes=notes
        ),
        timeline=Timeline(times, time_base, after if end_pts is None else end_pts, max_gap_seconds),
        shots=shots,
        tracks=tuple(made),
        quality=Quality(np.ones(len(made), np.bool_), score, tuple(rejected)),
        clustering=labels,
        thumbnails=thumbnails,
        thumbnail_frame=np.array([start for start, *_ in tracks], np.int64),
        manifest=manifest(path, commercial=commercial, counts=counts),
    )


def manifest(
    path: str, *, commercial: bool = True, counts: dict[str, int] | None = None
) -> RunManifest:
    """A manifest like that of a real run."""
    packs: dict[str, Any] = {
        "name": "open" if commercial else "buffalo_l",
        "title": "CenterFace + dlib ResNet" if commercial else "RetinaFace + ArcFace R50",
        "commercial": commercial,
        "research_only": not commercial,
        "licences": [
            {
                "covers": "face model",
                "id": "CC0-1.0" if commercial else "non-commercial research only",
                "commercial_use": commercial,
                "note": "",
            }
        ],
        "files": {"face.dat": "ab" * 32},
    }
    return RunManifest(
        schema_version=SCHEMA_VERSION,
        vcn_version="0.1.0",
        config=RunConfig().as_dict(),
        seed=0,
        video={"path": path, "content_hash": "5f" * 32, "size": 123_456},
        packs=(packs,),
        versions={"python": "3.11.7", "torch": "2.12.1"},
        device={"asked": "auto", "torch": "cpu"},
        adapt_mode="head",
        counts=counts or {"co_occurring_pairs": 3},
        timings={"detect": 12.5, "track": 3.25},
    )


def result_of(path: Path, tracks: list[tuple[int, int, int | Reason]]) -> Path:
    """A clusters.json for a film, with made-up tracks and the film's own times."""
    with open_video(path) as video:
        for _ in video.frames():
            pass
        made = film(n_frames=len(video.timeline), tracks=tracks, path=str(path))
        manifest = replace(
            made.manifest, video={**made.manifest.video, "content_hash": content_hash(path)}
        )
        made = replace(made, video=video.info, timeline=video.timeline, manifest=manifest)
    return write_result(made, path.with_suffix(".clusters.json"), report=False).clusters


@st.composite
def films(draw: st.DrawFn) -> FilmResult:
    """Any valid FilmResult, small."""
    n_frames = draw(st.integers(0, 60))
    cuts = sorted(draw(st.sets(st.integers(1, max(n_frames - 1, 1)), max_size=5)))
    edges = [0, *[cut for cut in cuts if cut < n_frames], n_frames]
    gaps = draw(st.lists(st.integers(1, 9_000), min_size=n_frames, max_size=n_frames))
    pts = draw(st.integers(-10_000, 10_000)) + np.cumsum([0, *gaps])
    tracks = []
    for _ in range(draw(st.integers(0, 8)) if n_frames else 0):
        shot = draw(st.integers(0, len(edges) - 2))
        start = draw(st.integers(edges[shot], edges[shot + 1] - 1))
        stop = draw(st.integers(start + 1, edges[shot + 1]))
        tracks.append((start, stop, draw(st.integers(0, 3) | st.sampled_from(list(Reason)))))
    return film(
        n_frames=n_frames,
        cuts=edges[1:-1],
        tracks=tracks,
        path=draw(st.text(max_size=20).filter(lambda s: "\x00" not in s)),
        rate=draw(st.sampled_from([Fraction(25), Fraction(30_000, 1001), Fraction(1, 3)])),
        pts=pts[:-1].tolist(),
        end_pts=int(pts[-1]),
        commercial=draw(st.booleans()),
        notes=tuple(draw(st.lists(st.text(max_size=10), max_size=2))),
    )


TWO_PEOPLE = film(
    n_frames=100,
    cuts=[40, 70],
    tracks=[
        (0, 30, 0),
        (10, 40, 1),
        (40, 50, 0),
        (45, 60, 0),
        (60, 61, Reason.too_small),
        (70, 100, Reason.uncertain),
    ],
)

SCHEMA = json.loads((PACKAGE / "report" / "clusters.schema.json").read_text(encoding="utf-8"))
"""Of clusters.json."""
