"""One film as other runs see it: another pack, detector, threshold or stride.

The film is known: at each of four seats somebody sits in each shot. A run has tracks of it as
its detector, threshold and stride draw and cut them, and embeddings as its face model does.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from vcn.corrections import Place
from vcn.types import Embeddings, FloatArray, IntArray, Shot, Timeline, Track, TrackFilm

RATE = Fraction(25)
N_FRAMES, SHOT = 400, 100
SEATS = 4
REACH = 12
"""Frames in half a second: as far as a face may be from where it was corrected."""
TIMELINE = Timeline(np.arange(N_FRAMES) * 1000 + 7, 1 / (RATE * 1000), N_FRAMES * 1000 + 7)
SITTINGS = N_FRAMES // SHOT * SEATS
"""Somebody sits at one seat in one shot: number of shot * SEATS + seat."""
PEOPLE = np.random.default_rng(7).integers(0, 5, SITTINGS)


def box(seat: int, frame: int) -> tuple[float, float, float, float]:
    """The face at a seat, as the detector of the first run draws it."""
    left = 100.0 + 250 * seat + 0.4 * (frame % SHOT)
    return left, 200.0, left + 80, 300.0


def spot(sitting: int, share: float) -> Place:
    """A face of the film: a place as `vcn review` writes it."""
    frame = sitting // SEATS * SHOT + round(share * (SHOT - 1))
    return Place(TIMELINE.seconds(frame), box(sitting % SEATS, frame))


def frame_of(place: Place) -> int:
    """Its frame."""
    return round((place.seconds - TIMELINE.seconds(0)) * float(RATE))


def seat_of(place: Place) -> int:
    """Its seat."""
    return int((place.xyxy[0] - 100) // 250)


@dataclass(frozen=True)
class OtherRun:
    """The tracks of one run, and what its face model makes of them."""

    shots: tuple[Shot, ...]
    tracks: tuple[Track, ...]
    seat: tuple[int, ...]
    """Of each track; SEATS: it is no face."""
    seed: int
    width: int
    noise: float

    def track_at(self, tracks: tuple[Track, ...], seat: tuple[int, ...], place: Place) -> int:
        """The track that shows the face at a place, from the film alone; -1: there is none."""
        frame = frame_of(place)
        shot = next(s.index for s in self.shots if s.start <= frame < s.stop)
        away = {
            t: max(int(one.frame[0]) - frame, frame - int(one.frame[-1]), 0)
            for t, one in enumerate(tracks)
            if seat[t] == seat_of(place) and one.shot == shot
        }
        near = [t for t, n in away.items() if n <= REACH]
        return min(near, key=lambda t: away[t]) if near else -1

    def film(self, tracks: tuple[Track, ...], seat: tuple[int, ...]) -> TrackFilm:
        """Embeddings of tracks under this run's face model."""
        rng = np.random.default_rng(self.seed)
        looks = rng.normal(size=(int(PEOPLE.max()) + 2, self.width))
        rows, index = [], []
        for number, (one, at) in enumerate(zip(tracks, seat, strict=True)):
            middle = int(one.frame[len(one) // 2])
            who = PEOPLE[middle // SHOT * SEATS + at] if at < SEATS else len(looks) - 1
            for _ in range(int(rng.integers(0, 5))):  # of some tracks no crop can be used
                row = looks[who] + self.noise * rng.normal(size=self.width)
                rows.append(row / np.linalg.norm(row))
                index.append(number)
        values: FloatArray = np.array(rows, np.float32).reshape(-1, self.width)
        return TrackFilm(
            Embeddings(values, np.array(index, np.int64), normalised=True),
            len(tracks),
            cannot_link=_together(tracks),
            impostor_cosine=0.0,
        )


def other_run(seed: int) -> OtherRun:
    """A run with a detector, a threshold, a stride, cuts and a pack of its own; 0: the first.

    Boxes are shifted and of another size, tracks begin later, end earlier and are cut
    elsewhere, faces are missing, what is no face is found, and a cut may be overlooked: then a
    track goes on from one person to another.
    """
    if seed == 0:
        return _run(np.random.default_rng(0), 0, 0.0, 0.0, 0.0, 1, 0.0, 32, 0.6)
    rng = np.random.default_rng(seed)
    missing, cut = rng.uniform(0, 0.35, 2)
    overlooked = 0.3 * (rng.random() < 0.3)
    width, noise = int(rng.choice([8, 24, 64])), float(rng.uniform(0.3, 1.5))
    stride = int(rng.choice([1, 2, 3, 6]))
    return _run(rng, seed, missing, cut, overlooked, stride, 1.0, width, noise)


def _run(
    rng: np.random.Generator,
    seed: int,
    missing: float,
    cut: float,
    overlooked: float,
    stride: int,
    drawn: float,
    width: int,
    noise: float,
) -> OtherRun:
    starts = [0, *(s for s in range(SHOT, N_FRAMES, SHOT) if rng.random() >= overlooked)]
    shots = tuple(Shot(i, a, b) for i, (a, b) in enumerate(pairwise([*starts, N_FRAMES])))
    scale = np.exp(drawn * rng.uniform(-0.35, 0.35, 2))
    shift = drawn * rng.uniform(-0.12, 0.12, 2)
    tracks: list[Track] = []
    seats: list[int] = []
    for shot in shots:
        for seat in range(SEATS + 1):
            nobody = seat == SEATS  # a face-like thing between the seats
            if rng.random() < missing or (nobody and (seed == 0 or rng.random() < 0.5)):
                continue
            late, early = (int(n) for n in rng.integers(0, 24, 2) * (seed > 0))
            first, last = (int(f) // stride * stride for f in (shot.start + late, shot.stop - 1))
            first, last = max(first, shot.start), last - early // stride * stride
            edges = [first, last + 1]
            if rng.random() < cut:
                edges.insert(1, int(rng.integers(first + 20, last - 20)))
            for a, b in pairwise(edges):
                frames = np.arange(a, b)
                seen = (frames - a) % stride == 0
                seen[-1] = True
                where = np.array([_drawn(seat, f, scale, shift) for f in frames.tolist()])
                score = np.where(seen, 0.9, 0)
                tracks.append(Track(len(tracks), shot.index, frames, where, score, seen))
                seats.append(seat)
    return OtherRun(shots, tuple(tracks), tuple(seats), seed, width, noise)


def _drawn(seat: int, frame: int, scale: FloatArray, shift: FloatArray) -> FloatArray:
    if seat == SEATS:
        return np.array([600.0, 560.0, 660.0, 640.0])
    x1, y1, x2, y2 = box(seat, frame)
    size = np.array([x2 - x1, y2 - y1])
    middle = np.array([x1 + x2, y1 + y2]) / 2 + shift * size
    return np.concatenate([middle - scale * size / 2, middle + scale * size / 2])


def _together(tracks: tuple[Track, ...]) -> IntArray:
    ends = [(int(t.frame[0]), int(t.frame[-1])) for t in tracks]
    pairs = [
        (i, j)
        for i, (a, b) in enumerate(ends)
        for j, (c, d) in enumerate(ends[i + 1 :], i + 1)
        if max(a, c) <= min(b, d)
    ]
    return np.array(pairs, np.int64).reshape(-1, 2)
