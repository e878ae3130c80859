"""A colour for each person, the same in every format and in the rendered film."""

from __future__ import annotations

from typing import NamedTuple

from vcn.types import UNKNOWN


class Colour(NamedTuple):
    """One colour by the names that programs have for it."""

    rgb: tuple[int, int, int]
    resolve: str
    """Of DaVinci Resolve's markers, after "ResolveColor"."""
    otio: str
    """opentimelineio.schema.MarkerColor."""
    avid: str
    """Of Media Composer's markers."""


PEOPLE = (
    Colour((0x4C, 0x9B, 0xE8), "Blue", "BLUE", "blue"),
    Colour((0xE8, 0x5D, 0x4C), "Red", "RED", "red"),
    Colour((0x5C, 0xC4, 0x6C), "Green", "GREEN", "green"),
    Colour((0xF0, 0xC8, 0x3C), "Yellow", "YELLOW", "yellow"),
    Colour((0x4C, 0xD0, 0xD8), "Cyan", "CYAN", "cyan"),
    Colour((0xC4, 0x6C, 0xE0), "Purple", "PURPLE", "magenta"),
    Colour((0xF0, 0x90, 0x3C), "Sand", "ORANGE", "yellow"),
    Colour((0xF0, 0x8C, 0xB8), "Pink", "PINK", "magenta"),
    Colour((0xD8, 0x3C, 0xA0), "Fuchsia", "MAGENTA", "magenta"),
    Colour((0xB4, 0xD8, 0x4C), "Lemon", "YELLOW", "yellow"),
    Colour((0x8C, 0x8C, 0xF0), "Lavender", "PURPLE", "blue"),
    Colour((0x7C, 0xE0, 0xB4), "Mint", "GREEN", "green"),
)
NOBODY = Colour((0xA0, 0xA0, 0xA0), "Cream", "WHITE", "white")


def colour_of(person: int) -> Colour:
    """The colour of a person by id; -1 is the unknown. After twelve they come again."""
    return NOBODY if person == UNKNOWN else PEOPLE[person % len(PEOPLE)]
