"""The people of a film at one moment of a review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from vcn.config import ReviewConfig
from vcn.corrections import Entry, Kind, Placed, Problem, active, enforce, place
from vcn.corrections.history import History, history
from vcn.report.document import person_label
from vcn.report.likely import FilmLikely
from vcn.review.clusters import Linked, certain_odds, closed, link_again
from vcn.review.evidence import Evidence, doubt_of
from vcn.review.film import ReviewFilm
from vcn.review.questions import Question, Said, rank
from vcn.types import UNKNOWN, Clustering, Float64Array, FloatArray, IntArray, Reason


@dataclass(frozen=True)
class State:
    """What the page shows. Made anew after every entry; never changed."""

    film: ReviewFilm
    evidence: Evidence
    """Of the tracks after splitting."""
    entries: tuple[Entry, ...]
    """The whole ledger."""
    counted: tuple[Entry, ...]
    placed: Placed
    labels: IntArray
    """(T,) of the tracks after splitting."""
    together: IntArray
    """(M, 2) pairs of tracks that share a frame, where that means two people."""
    config: ReviewConfig
    linked: Linked | None = None
    """People by the odds; None: answers do not cluster anew."""
    unread: tuple[Problem, ...] = ()
    """Lines of the ledger that are no entries, or of a later version."""

    @classmethod
    def of(
        cls,
        film: ReviewFilm,
        evidence: Evidence,
        entries: Sequence[Entry],
        together: IntArray,
        config: ReviewConfig,
        before: State | None = None,
        unread: Sequence[Problem] = (),
    ) -> State:
        """The result with a ledger applied to it.

        Args:
            film: The result.
            evidence: What its finished stages say.
            entries: Of the ledger.
            together: (M, 2) pairs of tracks that share a frame, where that means two people.
            config: Limits.
            before: The state with almost the same entries.
            unread: Lines of the ledger that could not be read.
        """
        counted = active(entries)
        placed = place(counted, film.tracks, film.timeline, film.shots, film.finding)
        after = evidence.parts(placed.parent)
        base = film.labels[placed.parent] if len(placed.parent) else film.labels
        shared = _of_parts(together, placed)
        linked = None
        if after.own and after.log_odds is not None:
            odds = certain_odds(
                after.log_odds, placed.certain_same, placed.certain_different, shared
            )
            linked = link_again(
                odds,
                base != UNKNOWN,
                after.shaping,
                after.joint,
                None if before is None else before.linked,
            )
            base = linked.labels
        found = enforce(Clustering.from_labels(base), placed, after.directions)
        return cls(
            *(film, after, tuple(entries), counted, placed, found.labels, shared, config, linked),
            tuple(unread),
        )

    @cached_property
    def keys(self) -> list[str]:
        """A name of each track that outlives splits of others: "12", or "12@340"."""
        parent = self.placed.parent.tolist()
        return [
            str(p) if i == 0 or parent[i - 1] != p else f"{p}@{int(self.placed.tracks[i].frame[0])}"
            for i, p in enumerate(parent)
        ]

    @cached_property
    def by_key(self) -> Mapping[str, int]:
        """Track of each key."""
        return {key: track for track, key in enumerate(self.keys)}

    @cached_property
    def seconds(self) -> FloatArray:
        """(T,) length of each track."""
        start, end = self.ends
        return (end - start).astype(np.float32)

    @cached_property
    def ends(self) -> tuple[Float64Array, Float64Array]:
        """(T,) when each track begins and ends."""
        ends = [(int(t.frame[0]), int(t.frame[-1])) for t in self.placed.tracks]
        first, last = np.array(ends, np.int64).reshape(-1, 2).T
        line = self.film.timeline
        unit = np.float64(line.time_base)
        return (line.pts[first] * unit).astype(np.float64), (line.stop_pts[last] * unit).astype(
            np.float64
        )

    @cached_property
    def history(self) -> History:
        """What undo and redo would do."""
        return history(self.entries)

    @cached_property
    def names(self) -> dict[int, str]:
        """Name of each person that has one."""
        names = {int(self.labels[t]): name for t, name in sorted(self.placed.names.items())}
        return {person: name for person, name in names.items() if person != UNKNOWN}

    @cached_property
    def likely(self) -> dict[int, FilmLikely]:
        """What people are likely to be called whom nobody named here, by the result."""
        first = np.searchsorted(self.placed.parent, np.arange(len(self.film.labels)))
        found: dict[int, FilmLikely] = {}
        for person, tracks in zip(self.film.file.people, self.film.exemplars, strict=True):
            now = int(self.labels[first[tracks[0]]]) if tracks else UNKNOWN
            if person.likely is not None and now != UNKNOWN and now not in self.names:
                found.setdefault(now, person.likely)
        return found

    @cached_property
    def ignored(self) -> frozenset[int]:
        """People whom nobody needs."""
        return frozenset(int(self.labels[t]) for t in self.placed.ignored)

    @cached_property
    def confirmed(self) -> frozenset[int]:
        """People all of whose tracks were said to be one person."""
        n = len(self.labels)
        group = closed(n, self.placed.certain_same) if n else np.empty(0, np.int64)
        known = np.zeros(n, np.bool_)
        known[self.placed.known] = True
        said = {e.id for e in self.counted if e.kind in (Kind.same, Kind.move)}
        held = np.zeros(n, np.bool_)
        for claim in self.placed.claims:
            if claim.entry in said:
                held[claim.a] = True
                if claim.b is not None:
                    held[claim.b] = True
        out = set()
        for person in range(int(self.labels.max(initial=UNKNOWN)) + 1):
            members = np.flatnonzero(self.labels == person)
            whole = (group[members] == group[members[0]]).all() and known[members].all()
            if whole and held[members].all():
                out.add(person)
        return frozenset(out)

    def tracks_of(self, person: int) -> list[int]:
        """Tracks of a person."""
        found: list[int] = np.flatnonzero(self.labels == person).tolist()
        return found

    @cached_property
    def _faces(self) -> dict[int, int]:
        """The track that shows each person best: the result's exemplar where it is still one."""
        best: dict[int, int] = {}
        first = {int(p): i for i, p in reversed(list(enumerate(self.placed.parent.tolist())))}
        for tracks in self.film.exemplars:
            for track in tracks:
                person = int(self.labels[first[track]])
                if person != UNKNOWN:
                    best.setdefault(person, first[track])
        order = np.argsort(-self.seconds, kind="stable")
        for track in order.tolist():
            person = int(self.labels[track])
            if person != UNKNOWN:
                best.setdefault(person, track)
        return best

    def face_of(self, person: int) -> int:
        """The track that shows a person best."""
        return self._faces[person]

    @cached_property
    def labels_shown(self) -> list[str]:
        """What people without a name are called: by their number in the result.

        Numbers of the present state would change under the eyes of who corrects.
        """
        used: dict[int, int] = {}
        shown = []
        for person in range(int(self.labels.max(initial=UNKNOWN)) + 1):
            number = int(self.film.labels[self.placed.parent[self.face_of(person)]])
            again = used[number] = used.get(number, -1) + 1
            if number == UNKNOWN:
                shown.append("New person" + (f" {again + 1}" if again else ""))
            else:
                shown.append(person_label(number) + (f", part {again + 1}" if again else ""))
        return shown

    @cached_property
    def doubt(self) -> FloatArray:
        """(T,) how surely each track is its person's, log-odds; NaN: not known."""
        return doubt_of(self.evidence.log_odds, self.labels)

    @cached_property
    def questions(self) -> list[Question]:
        """The best questions, best first."""
        odds = self.evidence.log_odds
        if odds is None:
            return []
        labels = self.labels
        usable = np.ones(len(labels), np.bool_)
        usable[self.placed.not_faces] = False
        for person in self.ignored:
            usable &= labels != person
        if self.evidence.directions is not None:
            usable &= (self.evidence.directions != 0).any(axis=1) | (labels != UNKNOWN)
        kept = np.flatnonzero(usable)
        among = odds if len(kept) == len(odds) else odds[np.ix_(kept, kept)]
        new = np.full(len(labels), -1)
        new[kept] = np.arange(len(kept))
        found = rank(
            among,
            labels[kept],
            self.seconds[kept].astype(np.float64),
            Said(
                _within(new, self.placed.certain_same),
                _within(new, self.placed.certain_different),
                _within(new, self.together),
                _within(new, self._unsure()),
            ),
            self.config.n_questions,
            self.evidence.joint,
        )
        return [
            Question(int(kept[q.first]), int(kept[q.second]), q.log_odds, q.gain, q.inside)
            for q in found
        ]

    def _unsure(self) -> IntArray:
        """Pairs of tracks that nobody could tell."""
        from vcn.corrections.find import Finder

        asked = [entry for entry in self.counted if entry.kind == Kind.unsure]
        if not asked:
            return np.empty((0, 2), np.int64)
        film = self.film
        finder = Finder(self.placed.tracks, film.timeline, film.shots, film.finding)
        pairs = []
        for entry in asked:
            a, b = finder.find(entry.places[0]), finder.find(entry.others[0])
            if a is not None and b is not None:
                pairs.append((a[0], b[0]))
        return np.array(pairs, np.int64).reshape(-1, 2)

    def _likely_dict(self, person: int) -> dict[str, Any] | None:
        likely = self.likely.get(person)
        if likely is None:
            return None
        chance = round(likely.probability, 4)
        return {"name": likely.name, "chance": chance, "sure": likely.sure}

    def boxes_of(self, track: int, most: int) -> dict[str, Any]:
        """Times and boxes of a track, at most so many, evenly."""
        one, line = self.placed.tracks[track], self.film.timeline
        rows = np.unique(np.linspace(0, len(one) - 1, min(most, len(one))).astype(np.int64))
        return {
            "seconds": [round(line.seconds(int(one.frame[row])), 4) for row in rows],
            "xyxy": [[round(float(v), 1) for v in one.xyxy[row]] for row in rows],
        }

    def as_dict(self) -> dict[str, Any]:
        """For the page."""
        tracks = self.placed.tracks
        doubt = self.doubt
        nobody = set(self.placed.not_faces.tolist())
        parent = self.placed.parent.tolist()
        reasons = [
            None
            if label != UNKNOWN
            else str(
                Reason.not_a_face
                if track in nobody
                else self.film.reasons[parent[track]] or Reason.uncertain
            )
            for track, label in enumerate(self.labels.tolist())
        ]
        return {
            "version": len(self.entries),
            "tracks": {
                "key": self.keys,
                "start": self.ends[0].round(3).tolist(),
                "end": self.ends[1].round(3).tolist(),
                "shot": [t.shot for t in tracks],
                "person": self.labels.tolist(),
                "reason": reasons,
                "sure": [None if np.isnan(v) else round(float(v), 2) for v in doubt],
            },
            "people": [
                {
                    "name": self.names.get(person),
                    "label": self.labels_shown[person],
                    "likely": self._likely_dict(person),
                    "face": self.face_of(person),
                    "ignored": person in self.ignored,
                    "confirmed": person in self.confirmed,
                }
                for person in range(int(self.labels.max(initial=UNKNOWN)) + 1)
            ],
            "questions": [
                {
                    "a": q.first,
                    "b": q.second,
                    "chance": round(1 / (1 + float(np.exp(-np.clip(q.log_odds, -50, 50)))), 4),
                    "inside": q.inside,
                }
                for q in self.questions
            ],
            "can_ask": self.evidence.log_odds is not None,
            "undo": len(self.history.done),
            "redo": len(self.history.undone),
            "corrections": len(self.counted),
            "problems": [
                {"why": str(p.why), "entry": p.entry, "text": p.text}
                for p in (*self.unread, *self.placed.problems)
            ],
        }


def _of_parts(pairs: IntArray, placed: Placed) -> IntArray:
    """Pairs of tracks that share a frame, by the parts of those that were split."""
    if not placed.splits:
        return pairs
    out = []
    first = np.searchsorted(placed.parent, np.arange(int(placed.parent[-1]) + 2))
    for a, b in pairs.tolist():
        for x in range(first[a], first[a + 1]):
            for y in range(first[b], first[b + 1]):
                one, two = placed.tracks[x].frame, placed.tracks[y].frame
                if max(one[0], two[0]) <= min(one[-1], two[-1]):
                    out.append((x, y))
    return np.array(out, np.int64).reshape(-1, 2)


def _within(new: IntArray, pairs: IntArray) -> IntArray:
    """Pairs by their new numbers; those with a track that is left out are dropped."""
    moved = new[pairs]
    return moved[(moved >= 0).all(axis=1)]
