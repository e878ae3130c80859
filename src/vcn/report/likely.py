"""What a person is likely to be called, as clusters.json has it."""

from __future__ import annotations

from dataclasses import dataclass

from vcn.report.checked import CheckedObject


@dataclass(frozen=True, slots=True)
class FilmLikely:
    """What a person is likely to be called."""

    name: str
    probability: float
    sure: bool
    """True: it is the name, unless a correction gives another."""
    same_as: int | None
    """The person who has that name already."""


def likely_of(item: CheckedObject) -> FilmLikely:
    """Read and check it.

    Raises:
        DataError: It says something that cannot be.
    """
    probability = item.number("probability")
    if not 0 <= probability <= 1:
        item.fail("probability must be from 0 to 1")
    name, same_as = item.text("name"), item.integer_or_none("same_as")
    return FilmLikely(name, probability, item.flag("sure"), same_as)
