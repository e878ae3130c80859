"""Faces with names, as truth for any run: what a film says that was reviewed to the end."""

from __future__ import annotations

import csv
import io
from collections import Counter

from vcn.export.excerpt import Excerpt, Rendered
from vcn.export.text import changed, one_line
from vcn.types import Reason

_UNSURE = "unsure"
"""What evaluation, benchmark and training leave out."""


def render(excerpt: Excerpt) -> Rendered:
    """`frame,x1,y1,x2,y2,identity`, some faces of each track, in displayed pixels.

    Faces of nobody in particular are `unsure`, and so are those of people whom a
    correction ignores; what a person said is no face is `not_a_face`.
    """
    film = excerpt.film
    shown = {track.id for track in excerpt.tracks()}
    names = {person: one_line(name) for person, name in excerpt.names.items()}
    given = Counter(names.values())
    seen: Counter[str] = Counter()
    identity: dict[int, str] = {}
    for person in film.people:
        name = names[person.id]
        seen[name] += 1
        # Two people who were given one name and were not merged are two people.
        identity[person.id] = f"{name} ({seen[name]})" if given[name] > 1 else name
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(["frame", "x1", "y1", "x2", "y2", "identity"])
    rows: list[tuple[int, float, float, float, float, str]] = []
    for track in film.tracks:
        if track.person is None:
            who = "not_a_face" if track.reason == Reason.not_a_face else _UNSURE
        elif film.people[track.person].ignored:
            who = _UNSURE
        elif track.id in shown:
            who = identity[track.person]
        else:
            continue
        rows += [(box.frame, *box.xyxy, who) for box in track.boxes if box.observed]
    table.writerows(sorted(rows))
    notes = changed((s.name for s in excerpt.subjects), one_line)
    return Rendered(text.getvalue().encode("utf-8", "replace"), notes)
