"""Face tracks that somebody else made: read from their file, in place of our own."""

from __future__ import annotations

from vcn.given.model import GivenTracks, Run
from vcn.given.read import read_given

__all__ = ["GivenTracks", "Run", "read_given"]
