"""Who is in an excerpt for how long, and with whom: what tables hold beside appearances."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vcn.export.excerpt import Excerpt, Subject
from vcn.export.spans import Span
from vcn.types import UNKNOWN


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One subject of an excerpt."""

    subject: Subject
    appearances: int
    frames: int
    """Frames of the appearances; those of two that overlap count once."""
    seconds: float
    share: float
    """Of the film's length."""
    first_seconds: float
    last_seconds: float


@dataclass(frozen=True, slots=True)
class PairRow:
    """Two subjects on screen together."""

    first: Subject
    second: Subject
    frames: int
    seconds: float


def people_rows(excerpt: Excerpt) -> Iterator[PersonRow]:
    """Each subject that has an appearance, in order."""
    length = excerpt.film.video.duration_seconds
    for index, subject in enumerate(excerpt.subjects):
        spans = excerpt.of(index)
        if not spans:
            continue
        seconds = sum(span.seconds for span in spans)
        yield PersonRow(
            subject=subject,
            appearances=len(spans),
            frames=sum(span.stop_frame - span.start_frame for span in spans),
            seconds=seconds,
            share=seconds / length if length > 0 else 0.0,
            first_seconds=min(span.start_seconds for span in spans),
            last_seconds=max(span.end_seconds for span in spans),
        )


def pair_rows(excerpt: Excerpt) -> list[PairRow]:
    """Each pair of people whose appearances overlap; the unknown are nobody's company."""
    frames: dict[tuple[int, int], int] = {}
    seconds: dict[tuple[int, int], float] = {}
    active: list[Span] = []
    for span in excerpt.spans:  # by time: whoever is active began before
        if UNKNOWN in excerpt.subjects[span.subject].people:
            continue
        active = [other for other in active if other.stop_frame > span.start_frame]
        for other in active:
            pair = (min(span.subject, other.subject), max(span.subject, other.subject))
            last = min(span, other, key=lambda one: one.stop_frame)
            frames[pair] = frames.get(pair, 0) + last.stop_frame - span.start_frame
            seconds[pair] = seconds.get(pair, 0) + last.end_seconds - span.start_seconds
        active.append(span)
    subjects = excerpt.subjects
    return [
        PairRow(subjects[a], subjects[b], frames[a, b], seconds[a, b]) for a, b in sorted(frames)
    ]
