"""Stretches of a film on which a person is present without a break."""

from __future__ import annotations

from dataclasses import dataclass

from vcn.report.read import FilmFile, FilmTrack


@dataclass(frozen=True, slots=True)
class Span:
    """One person, on screen without a break."""

    person: int
    start_frame: int
    stop_frame: int
    """One past the last frame."""
    start_seconds: float
    end_seconds: float


def spans_of(film: FilmFile, person: int) -> list[Span]:
    """The union of a person's tracks, in order."""
    tracks = sorted((film.tracks[t] for t in film.people[person].tracks), key=_start)
    spans: list[Span] = []
    for track in tracks:
        if spans and track.start_frame <= spans[-1].stop_frame:
            before = spans.pop()
            last = track if track.stop_frame > before.stop_frame else before
            spans.append(
                Span(person, before.start_frame, last.stop_frame, before.start_seconds,
                     last.end_seconds)
            )  # fmt: skip
        else:
            spans.append(
                Span(person, track.start_frame, track.stop_frame, track.start_seconds,
                     track.end_seconds)
            )  # fmt: skip
    return spans


def _start(track: FilmTrack) -> tuple[int, int]:
    return track.start_frame, track.id
