"""From places in the film to the tracks of one run.

Each place lies on a face of the run or on none. Two places that cannot be one person may
lie on one track: it then holds two people, and is split between them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from vcn.config import CorrectionsConfig
from vcn.corrections.certain import Certain
from vcn.corrections.entries import Entry, Kind, Place, folded
from vcn.corrections.find import Finder
from vcn.corrections.placed import Claim, Placed
from vcn.corrections.problems import Problem, Why
from vcn.corrections.split import Splits
from vcn.corrections.words import clock, described
from vcn.types import Shot, Timeline, Track

_Face = tuple[int, int]
"""Track and frame."""


def place(
    entries: Sequence[Entry],
    tracks: Sequence[Track],
    timeline: Timeline,
    shots: Sequence[Shot],
    config: CorrectionsConfig | None = None,
) -> Placed:
    """Place entries on the tracks of a run.

    Args:
        entries: Those that count (`history.active`), in the order of the ledger. Of two
            that contradict each other the earlier one holds.
        tracks: Of the run.
        timeline: Of the film.
        shots: Of the run.
        config: How near a face must be; the defaults where None.
    """
    finder = Finder(tracks, timeline, shots, config or CorrectionsConfig())
    reading = _Reading(finder, tuple(entries))
    for number, entry in enumerate(entries):
        reading.read(number, entry)
    splits = reading.join_tracks()
    return reading.placed(Splits(tuple(tracks), splits))


@dataclass(slots=True)
class _Reading:
    finder: Finder
    entries: tuple[Entry, ...]
    certain: Certain = field(default_factory=Certain)
    problems: list[Problem] = field(default_factory=list)
    faces: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Frames of each track at which something was said."""
    claims: list[tuple[int, Kind, _Face, _Face | None]] = field(default_factory=list)
    someone: set[_Face] = field(default_factory=set)
    ignored: dict[_Face, int] = field(default_factory=dict)
    named: dict[_Face, tuple[int, str]] = field(default_factory=dict)

    def read(self, number: int, entry: Entry) -> None:
        match entry.kind:
            case Kind.same:
                self._all_same(number, self._found(number, entry.places))
            case Kind.different:
                first = self._found(number, entry.places)
                second = self._found(number, entry.others)
                for a in first:
                    for b in second:
                        self._different(number, a, b)
            case Kind.move:
                moved = self._found(number, entry.places)
                target = self._first(number, entry.to)
                source = self._first(number, entry.origin)
                for face in moved:
                    if target is not None and self._person(number, face):
                        self._same(number, target, face)
                    if source is not None:
                        self._different(number, source, face)
                if not entry.to:
                    self._all_same(number, moved)
            case Kind.name:
                who = self._first(number, entry.places)
                if who is not None and entry.name and self._person(number, who):
                    self.certain.name(who, entry.name, number)
                    self.named[who] = (number, entry.name)
            case Kind.ignore:
                who = self._first(number, entry.places)
                if who is not None and self._person(number, who):
                    self.ignored[who] = number
            case Kind.not_a_face:
                for at in entry.places:
                    found = self._face(at)  # where there is none: so much the better
                    if found and self._take(number, self.certain.face(found, False, number)):
                        self.claims.append((number, Kind.not_a_face, found, None))

    def _face(self, at: Place) -> _Face | None:
        face = self.finder.find(at)
        if face is not None:
            self.faces[face[0]].add(face[1])
        return face

    def _found(self, number: int, places: Iterable[Place]) -> list[_Face]:
        """The faces at places; each place without one is told."""
        found = []
        for at in places:
            face = self._face(at)
            if face is None:
                self._impossible(number, at)
            elif face not in found:
                found.append(face)
        return found

    def _first(self, number: int, places: Sequence[Place]) -> _Face | None:
        """The face at the first place where there is one."""
        for at in places:
            face = self._face(at)
            if face is not None:
                return face
        if places:
            self._impossible(number, places[0])
        return None

    def _all_same(self, number: int, faces: Sequence[_Face]) -> None:
        known = [face for face in faces if self._person(number, face)]
        for face in known[1:]:
            self._same(number, known[0], face)

    def _same(self, number: int, a: _Face, b: _Face) -> None:
        if not (self._person(number, a) and self._person(number, b)):
            return
        if self._take(number, self.certain.same(a, b, number)):
            self.claims.append((number, Kind.same, a, b))

    def _different(self, number: int, a: _Face, b: _Face) -> None:
        if self._take(number, self.certain.different(a, b, number)):
            self.claims.append((number, Kind.different, a, b))

    def _person(self, number: int, face: _Face) -> bool:
        """Say that a face is somebody's; False where it was said to be none."""
        if face not in self.someone and not self._take(
            number, self.certain.face(face, True, number)
        ):
            return False
        self.someone.add(face)
        self.claims.append((number, Kind.name, face, None))
        return True

    def _take(self, number: int, against: int | None) -> bool:
        if against is None:
            return True
        mine = self.entries[number]
        other = self.entries[against] if 0 <= against < len(self.entries) else mine
        text = f"{described(mine)} contradicts: {described(other)}"
        problem = Problem(Why.contradictory, mine.id, text, other.id)
        if problem not in self.problems[-8:]:
            self.problems.append(problem)
        return False

    def _impossible(self, number: int, at: Place) -> None:
        entry = self.entries[number]
        text = f"{described(entry)}: no face is found at {clock(at.seconds)} any more"
        self.problems.append(Problem(Why.impossible, entry.id, text))

    def join_tracks(self) -> list[tuple[int, int]]:
        """One track is one person, or is split: (track, first frame of the later part)."""
        splits = []
        for track in sorted(self.faces):
            frames = sorted(self.faces[track])
            for before, after in pairwise(frames):
                a, b = (track, before), (track, after)
                if self.certain.same(a, b, -1) is not None:
                    splits.append((track, before + (after - before + 1) // 2))
        return splits

    def placed(self, splits: Splits) -> Placed:
        certain = self.certain
        groups: dict[object, list[int]] = defaultdict(list)
        for track in sorted(self.faces):
            for frame in sorted(self.faces[track]):
                part = splits.part(track, frame)
                members = groups[certain.group((track, frame))]
                if part not in members:
                    members.append(part)
        nobody = [group for group in groups if certain.is_no_face(group)]
        not_faces = sorted({part for group in nobody for part in groups.pop(group)})
        names = {
            part: text
            for group, (text, _) in certain.names().items()
            for part in groups.get(group, ())
        }
        same = [(min(m), p) for m in groups.values() for p in sorted(m) if p != min(m)]
        different = [
            (min(groups[a]), min(groups[b]))
            for a, b in certain.apart()
            if a in groups and b in groups
        ]
        called = sorted((min(groups[g]), text) for g, (text, _) in certain.names().items())
        different += _named_apart(called)
        claims = [
            Claim(
                self.entries[number].id,
                kind,
                splits.part(*a),
                None if b is None else splits.part(*b),
            )
            for number, kind, a, b in self.claims
        ]
        for face, (number, text) in self.named.items():
            if certain.name_entry(face) == number:
                claims.append(
                    Claim(self.entries[number].id, Kind.name, splits.part(*face), None, text)
                )
        return Placed(
            tracks=splits.tracks,
            parent=splits.parent,
            splits=splits.at,
            certain_same=_pairs(same),
            certain_different=_pairs(different),
            not_faces=np.array(not_faces, np.int64),
            known=np.array(sorted({splits.part(*face) for face in self.someone}), np.int64),
            names=names,
            ignored=tuple(sorted({splits.part(*face) for face in self.ignored})),
            claims=tuple(claims),
            problems=tuple(self.problems),
        )


def _named_apart(called: Sequence[tuple[int, str]]) -> list[tuple[int, int]]:
    """People with different names are different people."""
    keys = [(track, folded(text)) for track, text in called]
    return [(a, b) for i, (a, one) in enumerate(keys) for b, two in keys[i + 1 :] if one != two]


def _pairs(pairs: Iterable[tuple[int, int]]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    ordered = sorted({(min(pair), max(pair)) for pair in pairs})
    return np.array(ordered, np.int64).reshape(-1, 2)
