"""Random series of corrections, for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from vcn.corrections import Entry, Kind, Place

NAMES = ("Ann", "ann", "Bob", "\u202bשרה", "👩\u200d🚀", "<b>x")


def entry(kind: Kind, number: int, **values: object) -> Entry:
    """An entry about a made up film, an action of its own."""
    film, picture = "xxh3:" + "0" * 32, (1280, 720)
    told = {"id": f"e{number}", "action": f"a{number}", "time": "", **values}
    return Entry(kind, film, picture, **told)  # type: ignore[arg-type]


@st.composite
def series_of(draw: st.DrawFn, places: st.SearchStrategy[Place]) -> tuple[Entry, ...]:
    """Up to 12 entries of any kind.

    Args:
        draw: Of hypothesis.
        places: Where they may be about.
    """
    some = st.lists(places, min_size=1, max_size=3).map(tuple)
    made: list[Entry] = []
    for number in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from(list(Kind)))
        values: dict[str, object] = {"places": draw(some)}
        if kind == Kind.same:
            values["places"] = draw(st.lists(places, min_size=2, max_size=4).map(tuple))
        elif kind in (Kind.different, Kind.unsure):
            values["others"] = draw(some)
        elif kind == Kind.move:
            values["to"], values["origin"] = draw(some), draw(some)
        elif kind == Kind.name:
            values["name"] = draw(st.sampled_from(NAMES))
        elif kind == Kind.undo:
            values = {"of": f"e{draw(st.integers(0, max(number - 1, 0)))}"}
        made.append(entry(kind, number, **values))
    return tuple(made)
