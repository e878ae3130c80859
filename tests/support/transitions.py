"""A film of 200 transitions of every kind between shots of real clips, with its truth."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from vcn.video import open_video

SIZE = (320, 180)
RATE = 25
LENGTHS = (4, 6, 8, 12, 16, 24, 32, 48)
"""Frames of dissolves, wipes and fades."""
KINDS = {
    "cut": 30,
    "cut in flicker": 10,
    "cut out of fast motion": 10,
    "5-frame shots": 20,
    "dissolve": 40,
    "wipe": 20,
    "fade through black": 20,
    "fade through white": 15,
    "flash": 15,
    "strobe": 10,
    "whip pan": 10,
}
"""How many of each; a run of three 5-frame shots has four cuts."""
NO_CUT = ("flash", "strobe", "whip pan")

Frames = list[np.ndarray]
Random = np.random.Generator


@dataclass(frozen=True)
class Event:
    """One transition: a cut is right from the first frame of it to the first after it."""

    kind: str
    start: int
    stop: int


class Shot:
    """A shot that goes on for as long as it is asked, to and fro."""

    def __init__(self, frames: Frames, start: int) -> None:
        self._frames = [*frames, *frames[-2:0:-1]]
        self._next = start

    def take(self, n: int) -> Frames:
        first, self._next = self._next, self._next + n
        return [self._frames[i % len(self._frames)] for i in range(first, first + n)]


def sources(clips: Path) -> list[Frames]:
    """Shots without a cut of their own, by the truth of the joined clips."""
    found: list[Frames] = []
    for clip in ("office", "signers", "gallery"):
        frames = _read(clips / f"{clip}.mp4")
        with (clips / f"{clip}.shots.csv").open(newline="") as file:
            for row in csv.DictReader(file):
                found.append(frames[int(row["first_frame"]) + 1 : int(row["last_frame"])])
    for clip in ("cyclists", "hikers"):
        frames = _read(clips / f"{clip}.mp4")
        found += [frames[i : i + 120] for i in range(0, len(frames) - 120, 120)]
    # office.mp4 begins and ends in black.
    return [shot for shot in found if len(shot) >= 20 and min(f.std() for f in shot) > 20]


def _read(path: Path) -> Frames:
    with open_video(path) as video:
        return [cv2.resize(frame.small(SIZE[0]), SIZE) for frame in video.frames()]


def make(shots: Sequence[Frames], rng: Random) -> tuple[Frames, list[Event]]:
    """The frames of the film and its events, in order."""
    film: Frames = []
    events: list[Event] = []
    latest = -1

    def other() -> Shot:
        nonlocal latest
        latest = int(rng.choice([i for i in range(len(shots)) if i != latest]))
        return Shot(shots[latest], int(rng.integers(len(shots[latest]))))

    def add(kind: str, frames: Frames) -> None:
        events.append(Event(kind, len(film), len(film) + len(frames)))
        film.extend(frames)

    kinds = [kind for kind, n in KINDS.items() for _ in range(n // (4 if "5" in kind else 1))]
    rng.shuffle(kinds)
    shot = other()
    for kind in kinds:
        film += shot.take(int(rng.integers(30, 60)))
        if kind in NO_CUT:
            add(kind, _interrupted(kind, shot, rng))
            film += shot.take(20)
            continue
        after = other()
        if kind == "dissolve":
            n = int(rng.choice(LENGTHS))
            add(kind, _mixed(shot.take(n), after.take(n), lambda share: share))
        elif kind == "wipe":
            n = int(rng.choice(LENGTHS[2:]))
            add(kind, _mixed(shot.take(n), after.take(n), _wipe(rng)))
        elif kind.startswith("fade"):
            n = int(rng.choice(LENGTHS)) // 2
            blank = [np.full_like(shots[0][0], 0 if "black" in kind else 255)]
            out = _mixed(shot.take(n), blank * n, lambda share: share)
            hold = blank * int(rng.integers(1, 12))
            add(kind, [*out, *hold, *_mixed(blank * n, after.take(n), lambda share: share)])
        elif kind == "5-frame shots":
            for _ in range(3):
                add(kind, [])
                film += other().take(5)
            add(kind, [])
        elif kind == "cut in flicker":
            film += [_lit(frame, rng.uniform(0.6, 1.3)) for frame in shot.take(12)]
            add(kind, [])
            film += [_lit(frame, rng.uniform(0.6, 1.3)) for frame in after.take(12)]
        elif kind == "cut out of fast motion":
            film += _pan(shot.take(1)[0], np.arange(1, 11) * int(rng.integers(20, 60)))
            add(kind, [])
        else:
            add(kind, [])
        shot = after
    return film + shot.take(30), events


def _interrupted(kind: str, shot: Shot, rng: Random) -> Frames:
    if kind == "flash":
        gain, add = rng.uniform(1, 2), rng.uniform(80, 255)
        return [_lit(frame, gain, add) for frame in shot.take(int(rng.integers(1, 5)))]
    if kind == "strobe":
        period, low = int(rng.integers(1, 4)), rng.uniform(0, 0.4)
        return [_lit(f, 1 if i // period % 2 else low) for i, f in enumerate(shot.take(24))]
    share = np.linspace(0, 1, int(rng.integers(6, 14)) + 2)[1:-1]
    places = np.round(share * share * (3 - 2 * share) * 2 * SIZE[0])  # starts and stops softly
    return _pan(shot.take(1)[0], places)


def _mixed(a: Frames, b: Frames, mask: Callable[[float], float | np.ndarray]) -> Frames:
    shares = [mask((i + 1) / (len(a) + 1)) for i in range(len(a))]
    return [
        np.round((1 - share) * p + share * q).astype(np.uint8)
        for p, q, share in zip(a, b, shares, strict=True)
    ]


def _wipe(rng: Random) -> Callable[[float], np.ndarray]:
    across = np.broadcast_to(np.linspace(0, 1, SIZE[0])[None], SIZE[::-1])
    down = np.broadcast_to(np.linspace(0, 1, SIZE[1])[:, None], SIZE[::-1])
    along = across if rng.random() < 0.5 else down
    along = 1 - along if rng.random() < 0.5 else along
    return lambda share: np.clip((share - along) / 0.05 + 0.5, 0, 1)[..., None]


def _lit(frame: np.ndarray, gain: float, add: float = 0) -> np.ndarray:
    return np.clip(frame * gain + add, 0, 255).astype(np.uint8)


def _pan(frame: np.ndarray, places: np.ndarray) -> Frames:
    """The camera thrown round: the picture and its mirror image by turns, blurred as it moves."""
    width = frame.shape[1]
    wide = np.concatenate([frame, frame[:, ::-1], frame, frame[:, ::-1]], axis=1)
    speeds = np.maximum(np.abs(np.gradient(places)), 1).astype(int)
    starts = places.astype(int) % (2 * width)
    return [
        cv2.blur(wide[:, x : x + width], (int(v), 1)) for x, v in zip(starts, speeds, strict=True)
    ]


def write_film(path: Path, clips: Path, seed: int) -> list[Event]:
    """Write the film as H.264 and tell its truth."""
    film, events = make(sources(clips), np.random.default_rng(seed))
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=RATE, width=SIZE[0], height=SIZE[1])
        stream.pix_fmt, stream.options = "yuv420p", {"crf": "23", "preset": "veryfast"}
        stream.codec_context.time_base = Fraction(1, RATE)
        for i, image in enumerate(film):
            frame = av.VideoFrame.from_ndarray(image).reformat(format="yuv420p")
            frame.pts, frame.time_base = i, Fraction(1, RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return events


@dataclass(frozen=True)
class Row:
    """What was found of one kind."""

    kind: str
    n: int
    found: int
    false: int
    """Cuts that are too many, in the transition or next to it."""


def compared(cuts: Sequence[int], events: Sequence[Event]) -> list[Row]:
    """Count found and false cuts by kind; the last row has those beside all transitions."""
    left = set(cuts)
    found: dict[str, int] = dict.fromkeys(KINDS, 0)
    false: dict[str, int] = dict.fromkeys([*KINDS, "elsewhere"], 0)
    for event in events:
        if event.kind in NO_CUT:
            continue
        hits = [cut for cut in left if event.start - 1 <= cut <= event.stop + 1]
        if hits:
            found[event.kind] += 1
            middle = (event.start + event.stop) / 2
            left.remove(min(hits, key=lambda cut: abs(cut - middle)))
    for cut in left:
        near = [e.kind for e in events if e.start - 12 <= cut <= e.stop + 12]
        false[near[0] if near else "elsewhere"] += 1
    rows = [
        Row(kind, 0 if kind in NO_CUT else n, found[kind], false[kind]) for kind, n in KINDS.items()
    ]
    return [*rows, Row("elsewhere", 0, 0, false["elsewhere"])]
