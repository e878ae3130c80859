"""Which people and which stretches of a film are exported: the same choice for all formats."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vcn.errors import UsageError
from vcn.report.document import person_label
from vcn.report.read import FilmFile


@dataclass(frozen=True, slots=True)
class Selection:
    """What to export. The steps are taken in the order of the fields."""

    people: tuple[str, ...] = ()
    """Ids or names; all people where empty."""
    unknown: bool = False
    """Faces of nobody in particular too."""
    together: tuple[str, str] | None = None
    """Only where both of these people are on screen."""
    scenes: bool = False
    """Each appearance becomes the whole scene that it lies in."""
    merge_gap: float = 0.0
    """Seconds: two appearances with a shorter gap between them are one."""
    min_seconds: float = 0.0
    """Shorter appearances are left out."""
    handles: int = 0
    """Frames added before and after each appearance, inside the film."""

    @property
    def narrows(self) -> bool:
        """True where something asked for may be missing, so that nothing is an error."""
        return bool(self.people or self.unknown or self.together or self.min_seconds)

    def __post_init__(self) -> None:
        for name, value in (
            ("--merge-gap", self.merge_gap),
            ("--min-seconds", self.min_seconds),
            ("--handles", self.handles),
        ):
            if not 0 <= value < 1e9:
                raise UsageError(f"{name} {value:g} is not possible", "Give 0 or more.")
        if self.together is not None and (self.people or self.unknown):
            raise UsageError(
                "--together names its two people itself", "Leave out --person and --unknown."
            )


def names_of(film: FilmFile, given: Mapping[int, str]) -> dict[int, str]:
    """What each person is called: as given, as clusters.json says, or "Person 3"."""
    return {p.id: given.get(p.id) or p.name or person_label(p.id) for p in film.people}


def find_person(film: FilmFile, names: Mapping[int, str], asked: str) -> list[int]:
    """The people that an id or a name means; several where a name was given twice.

    Raises:
        UsageError: Nobody is called so.
    """
    wanted = _folded(asked)
    found = [person for person, name in names.items() if _folded(name) == wanted]
    if not found and asked.isascii() and asked.isdigit() and int(asked) in names:
        found = [int(asked)]
    if not found:
        near = difflib.get_close_matches(asked, list(names.values()), n=3, cutoff=0.5)
        count = len(names)
        raise UsageError(
            f"{film.path} has no person {asked[:80]!r}",
            f"Near to it: {', '.join(near)}."
            if near
            else f"It has {count} people, with ids from 0 to {count - 1}."
            if count
            else "It has no people at all.",
        )
    return found


def chosen_people(film: FilmFile, names: Mapping[int, str], asked: Sequence[str]) -> list[int]:
    """Ids of the people asked for, in order; all where none is named.

    Raises:
        UsageError: Nobody is called so.
    """
    if not asked:
        return sorted(names)
    return sorted({person for one in asked for person in find_person(film, names, one)})


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
