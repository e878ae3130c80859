"""From what was clicked to entries of the ledger.

The page names tracks, and people by any of their tracks: what was meant is the face that
was seen, so a page that is a moment behind says nothing wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from vcn.corrections import Entry, Kind, Place
from vcn.corrections.entries import clean_name, folded
from vcn.corrections.history import to_redo, to_undo
from vcn.errors import UsageError
from vcn.review.state import State
from vcn.types import UNKNOWN


def entries_of(state: State, asked: Mapping[str, Any]) -> list[Entry]:
    """The entries that an operation makes; none where it changes nothing.

    Args:
        state: What it is about.
        asked: `op` and what the operation needs; `replace` lists ids of entries that it
            takes back.

    Raises:
        UsageError: There is no such operation, or it lacks something.
        DataError: A name is too long.
    """
    make = _OPERATIONS.get(str(asked.get("op")))
    if make is None:
        raise UsageError("there is no such operation")
    made = make(_Asked(state, asked))
    taken = asked.get("replace", [])
    known = {entry.id for entry in state.counted}
    if not isinstance(taken, list) or not all(isinstance(i, str) and i in known for i in taken):
        raise UsageError("replace must list corrections that count")
    return [*(_undo(state, entry) for entry in taken), *made]


class _Asked:
    def __init__(self, state: State, values: Mapping[str, Any]) -> None:
        self.state = state
        self.values = values

    def tracks(self, key: str, least: int = 1) -> list[int]:
        """The tracks of a list of keys."""
        keys = self.values.get(key)
        known = self.state.by_key
        if not isinstance(keys, list) or not all(isinstance(k, str) and k in known for k in keys):
            raise UsageError(f"{key} must list tracks that are there")
        if len(set(keys)) < least:
            raise UsageError(f"{key} must list at least {least}")
        return [known[k] for k in dict.fromkeys(keys)]

    def track(self, key: str) -> int:
        """One track."""
        value = self.values.get(key)
        if not isinstance(value, str) or value not in self.state.by_key:
            raise UsageError(f"{key} must be a track that is there")
        return self.state.by_key[value]

    def places(self, tracks: Sequence[int]) -> tuple[Place, ...]:
        """Where to find tracks."""
        film = self.state.film
        return tuple(film.place(self.state.placed.tracks[t]) for t in tracks)

    def entry(self, kind: Kind, **values: Any) -> Entry:
        """An entry about this film."""
        film = self.state.film
        return Entry(kind, film.content, film.picture, **values)

    def people(self, tracks: Sequence[int]) -> list[int]:
        """The people of tracks, each once."""
        found = dict.fromkeys(int(self.state.labels[t]) for t in tracks)
        return [person for person in found if person != UNKNOWN]

    def face(self, track: int) -> int:
        """The track that stands for the person of a track."""
        person = int(self.state.labels[track])
        return track if person == UNKNOWN else self.state.face_of(person)


def _undo(state: State, entry: str) -> Entry:
    return Entry(Kind.undo, state.film.content, state.film.picture, of=entry)


def _merge(asked: _Asked) -> list[Entry]:
    """`tracks`: one of each person; `name`: which one to keep where they have several."""
    state = asked.state
    tracks = asked.tracks("tracks", 2)
    faces = list(dict.fromkeys(asked.face(track) for track in tracks))
    if len(faces) < 2:
        return []
    people = asked.people(faces)
    names = [state.names[person] for person in people if person in state.names]
    kept = asked.values.get("name") or (names[0] if names else None)
    made: list[Entry] = []
    if len({folded(name) for name in names}) > 1:
        made += _without_names(asked, [t for p in people for t in state.tracks_of(p)])
        made.append(asked.entry(Kind.same, places=asked.places(faces)))
        made.append(
            asked.entry(Kind.name, places=asked.places(faces[:1]), name=clean_name(str(kept)))
        )
        return made
    return [asked.entry(Kind.same, places=asked.places(faces))]


def _answer(asked: _Asked) -> list[Entry]:
    a, b = asked.track("a"), asked.track("b")
    one, two = asked.places([a]), asked.places([b])
    match asked.values.get("answer"):
        case "yes":
            if asked.state.labels[a] == asked.state.labels[b] != UNKNOWN:
                return [asked.entry(Kind.same, places=one + two)]
            keys = asked.state.keys
            merged = _asking(asked, {"tracks": [keys[a], keys[b]]})
            made = _merge(merged)
            same = asked.entry(Kind.same, places=one + two)
            return [*made, *([] if any(e.places == same.places for e in made) else [same])]
        case "no":
            return [asked.entry(Kind.different, places=one, others=two)]
        case "unsure":
            return [asked.entry(Kind.unsure, places=one, others=two)]
    raise UsageError("answer must be yes, no or unsure")


def _asking(asked: _Asked, values: Mapping[str, Any]) -> _Asked:
    """The same state, asked for something else."""
    return _Asked(asked.state, {**asked.values, **values})


def _move(asked: _Asked) -> list[Entry]:
    """`tracks` to the person of the track `to`; without `to`: to a person of their own."""
    state = asked.state
    tracks = asked.tracks("tracks")
    target: tuple[Place, ...] = ()
    goal = UNKNOWN
    if asked.values.get("to") is not None:
        to = asked.face(asked.track("to"))
        goal = int(state.labels[to])
        target = asked.places([to])
        tracks = [t for t in tracks if t != to and (goal == UNKNOWN or state.labels[t] != goal)]
    made = []
    for person in dict.fromkeys(int(state.labels[t]) for t in tracks):
        own = [t for t in tracks if state.labels[t] == person]
        rest = [t for t in state.tracks_of(person) if t not in own] if person != UNKNOWN else []
        origin = asked.places([_stays(state, person, rest)] if rest else [])
        if target or origin:
            made.append(asked.entry(Kind.move, places=asked.places(own), to=target, origin=origin))
        elif person == UNKNOWN:
            made.append(asked.entry(Kind.same, places=asked.places([*own, own[-1]])))
    return made


def _stays(state: State, person: int, rest: Sequence[int]) -> int:
    """The track that stands for those of a person who stay."""
    face = state.face_of(person)
    return face if face in rest else max(rest, key=lambda t: float(state.seconds[t]))


def _name(asked: _Asked) -> list[Entry]:
    """Call the person of `track` `name`; empty: no name any more."""
    state, track = asked.state, asked.track("track")
    text = asked.values.get("name")
    if not isinstance(text, str):
        raise UsageError("name must be text")
    name = clean_name(text)
    person = int(state.labels[track])
    members = [track] if person == UNKNOWN else state.tracks_of(person)
    if person != UNKNOWN and state.names.get(person) == (name or None):
        return []
    made = _without_names(asked, members)
    if name:
        made.append(asked.entry(Kind.name, places=asked.places([asked.face(track)]), name=name))
    return made


def _without_names(asked: _Asked, tracks: Sequence[int]) -> list[Entry]:
    """Take back the names that tracks were given."""
    members = set(tracks)
    named = {e.id for e in asked.state.counted if e.kind == Kind.name}
    ids = [c.entry for c in asked.state.placed.claims if c.entry in named and c.a in members]
    return [_undo(asked.state, entry) for entry in dict.fromkeys(ids)]


def _not_a_face(asked: _Asked) -> list[Entry]:
    return [asked.entry(Kind.not_a_face, places=asked.places(asked.tracks("tracks")))]


def _ignore(asked: _Asked) -> list[Entry]:
    """Nobody needs the people of `tracks`; `value` false: somebody does."""
    state = asked.state
    people = asked.people(asked.tracks("tracks"))
    if asked.values.get("value", True):
        faces = [state.face_of(person) for person in people if person not in state.ignored]
        return [asked.entry(Kind.ignore, places=asked.places([face])) for face in faces]
    ignores = [entry for entry in state.counted if entry.kind == Kind.ignore]
    at = {t: None for person in people for t in state.tracks_of(person)}
    claims = {c.entry: c.a for c in state.placed.claims}
    return [_undo(state, e.id) for e in ignores if claims.get(e.id, -1) in at]


def _confirm(asked: _Asked) -> list[Entry]:
    """All tracks of the people of `tracks` are theirs."""
    state = asked.state
    made = []
    for person in asked.people(asked.tracks("tracks")):
        if person not in state.confirmed:
            face = state.face_of(person)
            rest = [t for t in state.tracks_of(person) if t != face]
            made.append(asked.entry(Kind.same, places=asked.places([face, *(rest or [face])])))
    return made


def _cut(asked: _Asked) -> list[Entry]:
    """Split `track` in two people at `seconds`."""
    state = asked.state
    track = state.placed.tracks[asked.track("track")]
    seconds = asked.values.get("seconds")
    if type(seconds) not in (int, float):
        raise UsageError("seconds must be a number")
    line = state.film.timeline
    times = line.pts[track.frame] * float(line.time_base)
    row = int(np.searchsorted(times, float(seconds or 0) - 1e-4))
    if not 0 < row < len(track):
        raise UsageError("the track is not on screen before and after that moment")
    film = state.film
    before, after = film.place_at(track, row - 1), film.place_at(track, row)
    return [asked.entry(Kind.different, places=(before,), others=(after,))]


def _undone(asked: _Asked) -> list[Entry]:
    state = asked.state
    if not state.history.done:
        return []
    return [_undo(state, e.id) for e in to_undo(state.entries, state.history.done[-1])]


def _redone(asked: _Asked) -> list[Entry]:
    state = asked.state
    if not state.history.undone:
        return []
    return [_undo(state, e.id) for e in to_redo(state.entries, state.history.undone[-1])]


_OPERATIONS: Mapping[str, Callable[[_Asked], list[Entry]]] = {
    "merge": _merge,
    "answer": _answer,
    "move": _move,
    "name": _name,
    "not_a_face": _not_a_face,
    "ignore": _ignore,
    "confirm": _confirm,
    "cut": _cut,
    "undo": _undone,
    "redo": _redone,
}
