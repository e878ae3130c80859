"""One film under review: the ledger, the state, and one operation at a time."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vcn.config import ReviewConfig
from vcn.corrections import Entry, Ledger, Why, of_film
from vcn.errors import VcnError
from vcn.review.evidence import Evidence, Finished, together
from vcn.review.film import ReviewFilm
from vcn.review.operations import entries_of
from vcn.review.state import State

_NONE = np.empty((0, 2), np.int64)


class Conflict(Exception):
    """An operation contradicts earlier corrections; nothing was written."""

    def __init__(self, text: str, entries: tuple[str, ...]) -> None:
        super().__init__(text)
        self.text = text
        self.entries = entries
        """Ids of those that would have to be taken back."""


class Session:
    """A film that is corrected, by one or several pages at once.

    Args:
        film: The result.
        ledger: Path of its corrections.
        finished: The finished stages of the run, where they are still there.
        author: Who corrects; free text.
        remap: The ledger may be of another encoding of the same cut.
        co_occurrence: Two faces in one frame are two people.
        config: Limits.

    Raises:
        DataError: The ledger cannot be read, or is about another film.
    """

    def __init__(
        self,
        film: ReviewFilm,
        ledger: Path,
        finished: Finished | None,
        author: str = "",
        *,
        remap: bool = False,
        co_occurrence: bool = True,
        config: ReviewConfig | None = None,
    ) -> None:
        self.film = film
        self.config = config or ReviewConfig()
        self._finished = finished
        self._author = author
        self._remap = remap
        self._lock = threading.Lock()
        self._ledger = Ledger(ledger)
        self._together = together(film.tracks) if co_occurrence else _NONE
        dense = self.config.dense_tracks
        self._evidence = Evidence.of(finished, film.labels, self._together, dense)
        self._state = self._made(tuple(self._ledger.entries))

    @property
    def state(self) -> State:
        """The present state; never changed, only replaced."""
        return self._state

    @property
    def finished(self) -> Finished | None:
        """The finished stages of the run."""
        return self._finished

    def refresh(self) -> bool:
        """Take over what another process wrote; True where it wrote anything."""
        with self._lock:
            if not self._ledger.refresh():
                return False
            self._state = self._made(tuple(self._ledger.entries))
            return True

    def apply(self, asked: Mapping[str, Any]) -> State:
        """Carry out an operation: when this returns, its entries are on the disk.

        Raises:
            Conflict: It contradicts earlier corrections.
            UsageError: It makes no sense.
            OutputError: It could not be written; nothing changed.
        """
        with self._lock:
            if self._ledger.refresh():
                self._state = self._made(tuple(self._ledger.entries))
            before = self._state
            action = secrets.token_hex(8)
            new = [e.stamped(action, self._author) for e in entries_of(before, asked)]
            if not new:
                return before
            after = self._made((*before.entries, *new))
            if asked.get("op") not in ("undo", "redo"):
                _check(before, after, new, cut=asked.get("op") == "cut")
            self._ledger.append(new)
            if len(self._ledger.entries) != len(after.entries):  # somebody else wrote as well
                after = self._made(tuple(self._ledger.entries))
            self._state = after
            return after

    def _made(self, entries: tuple[Entry, ...]) -> State:
        film = self.film
        known = of_film(
            entries, film.content, film.picture, remap=self._remap, path=self._ledger.path
        )
        before = getattr(self, "_state", None)
        return State.of(
            *(film, self._evidence, known, self._together, self.config, before),
            self._ledger.problems,
        )


def _check(before: State, after: State, new: list[Entry], *, cut: bool) -> None:
    mine = {entry.id for entry in new}
    against = [
        problem
        for problem in after.placed.problems
        if problem.why == Why.contradictory and problem.entry in mine
    ]
    if against:
        others = {p.other for p in against if p.other is not None and p.other not in mine}
        raise Conflict(against[0].text, tuple(sorted(others)))
    if not cut and len(after.placed.splits) > len(before.placed.splits):
        # Two places on one track that cannot be one person: it would be split unasked.
        track = next(s[0] for s in after.placed.splits if s not in before.placed.splits)
        parts = {i for i, p in enumerate(after.placed.parent.tolist()) if p == track}
        touching = {c.entry for c in after.placed.claims if c.a in parts or c.b in parts}
        raise Conflict(
            "this says that one face is two people, as earlier corrections have it",
            tuple(sorted(touching - mine)),
        )


def failed(error: VcnError) -> dict[str, str]:
    """An error for the page."""
    return {"error": error.what, "hint": error.hint}
