"""What is exported: a selection applied to a result, with names and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path

import numpy as np

from vcn.errors import DataError, UsageError
from vcn.export.selection import Selection, chosen_people, find_person, names_of
from vcn.export.spans import (
    Frames,
    FrameTimes,
    Span,
    intersection,
    merged,
    presence,
    split,
    widened,
    with_handles,
)
from vcn.report.boxes import Boxes, read_boxes
from vcn.report.read import FilmFile, FilmTrack
from vcn.types import UNKNOWN

UNKNOWN_NAME = "Unknown"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose appearances are exported: a person, two together, or the unknown."""

    sides: tuple[tuple[int, ...], ...]
    """Ids of people, -1 for the unknown. The subject is on screen where somebody of each
    side is: a person has one side, `--together` two."""
    name: str

    @property
    def people(self) -> tuple[int, ...]:
        """All ids."""
        return tuple(person for side in self.sides for person in side)

    @property
    def key(self) -> str:
        """The ids as text: "3", "0+3", or empty for the unknown."""
        return "+".join(str(person) for person in self.people if person != UNKNOWN)


@dataclass(frozen=True, slots=True)
class Style:
    """How it is to be written, where a format leaves a choice."""

    clips: bool = False
    """Editors' formats: the appearances cut out one after the other, not markers."""
    start_timecode: str | None = None
    """Of the film's first frame; the film's own where None."""
    rate: str | None = None
    """Frames a second of the editor's timeline; the film's where None."""
    bom: bool = False
    """csv: begin with the byte order mark by which Excel knows UTF-8."""
    film: Path | None = None
    """Where the film is, if it was moved."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The content of an exported file."""

    content: bytes
    notes: tuple[str, ...] = ()
    """What the format could not hold, and what was written instead; a line each."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The part of a result that is exported."""

    film: FilmFile
    subjects: tuple[Subject, ...]
    spans: tuple[Span, ...]
    """By time, then by subject."""
    names: Mapping[int, str]
    """Of every person of the film, by id."""
    times: FrameTimes
    notes: tuple[str, ...] = ()
    """What the selection could not do as it was asked."""
    style: Style = field(default_factory=Style)

    def of(self, subject: int) -> list[Span]:
        """The spans of one subject, by time."""
        return [span for span in self.spans if span.subject == subject]

    def name(self, span: Span) -> str:
        """Who is on screen."""
        return self.subjects[span.subject].name

    def person_name(self, person: int) -> str:
        """The name of a person by id, or of the unknown."""
        return UNKNOWN_NAME if person == UNKNOWN else self.names[person]

    def tracks(self) -> list[FilmTrack]:
        """The tracks of the subjects that are on screen in their spans, in order."""
        found: dict[int, FilmTrack] = {}
        for index, subject in enumerate(self.subjects):
            spans = self.of(index)
            for track in self.film.tracks:
                person = UNKNOWN if track.person is None else track.person
                if person in subject.people and any(
                    span.start_frame < track.stop_frame and track.start_frame < span.stop_frame
                    for span in spans
                ):
                    found[track.id] = track
        return [found[track] for track in sorted(found)]

    def boxes(self) -> Boxes:
        """The boxes of the subjects inside their spans, every frame; ordered by track.

        Raises:
            DataError: The table of boxes is missing or is not that of this result.
        """
        boxes = read_boxes(self.film.boxes_path)
        n_frames, n_tracks = self.film.video.n_frames, len(self.film.tracks)
        people = np.array([-1 if t.person is None else t.person for t in self.film.tracks])
        if len(boxes) and (
            boxes.frame.max() >= n_frames
            or boxes.track.max() >= n_tracks
            or (people[boxes.track] != boxes.person).any()
        ):
            raise DataError(
                f"{self.film.boxes_path} is not the table of boxes of {self.film.path}",
                "Make both again with `vcn cluster`.",
            )
        keep = np.zeros(len(boxes), np.bool_)
        for index, subject in enumerate(self.subjects):
            shown = np.zeros(n_frames + 1, np.bool_)
            for span in self.of(index):
                shown[span.start_frame : span.stop_frame] = True
            keep |= np.isin(boxes.person, subject.people) & shown[boxes.frame]
        return boxes.rows(keep)


def excerpt(
    film: FilmFile,
    selection: Selection | None = None,
    *,
    names: Mapping[int, str] | None = None,
    style: Style | None = None,
) -> Excerpt:
    """Apply a selection to a result.

    Args:
        film: What `read_result` gave.
        selection: Everything where None.
        names: Names of people by id; they go before those in clusters.json.
        style: Choices that formats leave.

    Raises:
        UsageError: Nobody is called so, or nothing is left of the film.
    """
    selection = selection or Selection()
    called = names_of(film, names or {})
    times, notes = FrameTimes(film), []
    subjects = _subjects(film, selection, called)
    scenes: Sequence[Frames] = ()
    if selection.scenes:
        scenes = scenes_of(film)
        if film.scenes is None:
            notes.append("this result knows no scenes: whole shots are taken instead")
    spans = [
        times.span(index, frames)
        for index, subject in enumerate(subjects)
        for frames in _chosen(film, subject, selection, scenes, times)
    ]
    if not spans and selection.narrows:
        raise UsageError(f"nothing of {film.path} is selected", _why_nothing(selection))
    spans.sort(key=lambda span: (span.start_frame, span.subject))
    return Excerpt(
        film, tuple(subjects), tuple(spans), called, times, tuple(notes), style or Style()
    )


def scenes_of(film: FilmFile) -> list[Frames]:
    """The frames of each scene; of each shot where the result knows no scenes."""
    shots = film.shots
    if film.scenes is None:
        return [(shot.start_frame, shot.stop_frame) for shot in shots]
    return [
        (shots[scene.first_shot].start_frame, shots[scene.last_shot].stop_frame)
        for scene in film.scenes
    ]


def _subjects(film: FilmFile, selection: Selection, names: Mapping[int, str]) -> list[Subject]:
    if selection.together is not None:
        sides = tuple(tuple(find_person(film, names, one)) for one in selection.together)
        if set(sides[0]) & set(sides[1]):
            raise UsageError(
                f"--together {' '.join(selection.together)} is one person", "Name two people."
            )
        return [Subject(sides, " + ".join(names[side[0]] for side in sides))]
    people = chosen_people(film, names, selection.people)
    found = [Subject(((person,),), names[person]) for person in people]
    if selection.unknown:
        found.append(Subject(((UNKNOWN,),), UNKNOWN_NAME))
    return found


def _chosen(
    film: FilmFile,
    subject: Subject,
    selection: Selection,
    scenes: Sequence[Frames],
    times: FrameTimes,
) -> list[Frames]:
    """The ranges of frames of one subject, step by step as `Selection` lists them."""
    ranges = reduce(intersection, (_present(film, side) for side in subject.sides))
    ranges = split(ranges, times.holes)
    if selection.scenes:
        ranges = widened(ranges, scenes)
    if selection.merge_gap:
        ranges = merged(ranges, selection.merge_gap, times)
    ranges = [(a, b) for a, b in ranges if times.end(b) - times(a) >= selection.min_seconds]
    return with_handles(ranges, selection.handles, film.video.n_frames)


def _present(film: FilmFile, people: Sequence[int]) -> list[Frames]:
    """Where somebody of these is on screen."""
    if people == (UNKNOWN,):
        return presence(film.unknown)
    return presence(film.tracks[t] for person in people for t in film.people[person].tracks)


def _why_nothing(selection: Selection) -> str:
    asked = {
        "--together": selection.together is not None,
        "--min-seconds": selection.min_seconds > 0,
        "--person": bool(selection.people),
        "--unknown": selection.unknown,
    }
    given = " and ".join(option for option, is_given in asked.items() if is_given)
    return f"Nobody is on screen so ({given}): choose others, or less of them."
