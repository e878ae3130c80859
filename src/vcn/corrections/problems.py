"""Why a correction does not hold: each one that does not is named."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """Why a correction does not hold."""

    impossible = "impossible"
    """No face is found at a place any more."""
    contradictory = "contradictory"
    """It cannot hold together with another one."""
    newer = "newer"
    """It is written in a later schema."""
    damaged = "damaged"
    """It is no entry."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One correction that does not hold, or not wholly."""

    why: Why
    entry: str
    """Its id; of a line that is no entry: "line 7"."""
    text: str
    """For people, one line."""
    other: str | None = None
    """Id of the correction that it contradicts."""
