"""Corrections in words, for messages that name them."""

from __future__ import annotations

from vcn.corrections.entries import Entry, Kind, Place

_SHORT = 40


def clock(seconds: float) -> str:
    """Seconds as h:mm:ss.t."""
    sign, tenths = ("-" if seconds < 0 else ""), round(abs(seconds) * 10)
    whole, tenth = divmod(tenths, 10)
    return f"{sign}{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}.{tenth}"


def described(entry: Entry) -> str:
    """One short phrase: what was said, about where."""
    first = _at(entry.places)
    match entry.kind:
        case Kind.same:
            text = f"{first} and {_at(entry.places[1:])} are one person"
        case Kind.different:
            text = f"{first} is not {_at(entry.others)}"
        case Kind.move if entry.to:
            text = f"{first} is the person at {_at(entry.to)}"
        case Kind.move:
            text = f"{first} is not the person at {_at(entry.origin)}"
        case Kind.name:
            name = entry.name or ""
            name = name if len(name) <= _SHORT else name[:_SHORT] + "..."
            text = f'{first} is called "{name}"'
        case Kind.not_a_face:
            text = f"{first} is no face"
        case Kind.ignore:
            text = f"{first} is ignored"
        case Kind.unsure:
            text = f"nobody can tell whether {first} is {_at(entry.others)}"
        case _:
            text = f"{entry.of} is undone"
    return text


def _at(places: tuple[Place, ...]) -> str:
    if not places:
        return "nobody"
    more = len(places) - 1
    return clock(places[0].seconds) + (f" (and {more} more)" if more else "")
