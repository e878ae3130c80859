"""What a person corrected, kept in the film's own terms, and its place in every later run."""

from __future__ import annotations

from vcn.corrections.enforce import enforce
from vcn.corrections.entries import Entry, Kind, Place
from vcn.corrections.history import active
from vcn.corrections.ledger import Ledger, ledger_path, of_film, read_ledger
from vcn.corrections.place import place
from vcn.corrections.placed import Placed, no_corrections
from vcn.corrections.problems import Problem, Why

__all__ = [
    "Entry",
    "Kind",
    "Ledger",
    "Place",
    "Placed",
    "Problem",
    "Why",
    "active",
    "enforce",
    "ledger_path",
    "no_corrections",
    "of_film",
    "place",
    "read_ledger",
]
