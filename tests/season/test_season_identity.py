"""Ids and names that last."""

from __future__ import annotations

import numpy as np

from vcn.report.read import FilmPerson
from vcn.season.gather import Appearance, shared, union
from vcn.season.identity import Known, keep_ids, named
from vcn.season.shelf import FilmRecord


def seen(film: str, start: float, end: float, name: str | None = None) -> Appearance:
    record = FilmRecord(film, f"/{film}.mp4", 1, 1, f"hash-{film}", "", "open", "", None)
    person = FilmPerson(0, name, (0,), end - start, start, end, ())
    return Appearance(record, person, (0,), ((start, end),))


def test_spans() -> None:
    assert union([(3, 4), (0, 1), (1, 2)]) == ((0, 2), (3, 4))
    assert shared(((0, 2), (3, 4)), ((1, 3.5),)) == 1.5


def test_people_keep_their_ids_and_new_ones_get_new_ones() -> None:
    before = [
        Known(4, "Anna", (("hash-a", ((0.0, 5.0),)),)),
        Known(7, None, (("hash-a", ((4.0, 9.0),)),)),
    ]
    now = [seen("a", 4.1, 9), seen("a", 0, 5), seen("b", 0, 1)]
    ids, next_id = keep_ids(np.array([0, 1, 2]), now, before, 8)
    assert ids == {0: 7, 1: 4, 2: 8}
    assert next_id == 9


def test_two_who_become_one_take_the_id_of_the_longer() -> None:
    before = [
        Known(1, None, (("hash-a", ((0.0, 1.0),)),)),
        Known(2, None, (("hash-b", ((0.0, 9.0),)),)),
    ]
    ids, next_id = keep_ids(np.array([0, 0]), [seen("a", 0, 1), seen("b", 0, 9)], before, 3)
    assert (ids, next_id) == ({0: 2}, 3)


def test_an_id_is_not_used_again() -> None:
    ids, _ = keep_ids(np.array([0]), [seen("c", 0, 1)], [], 12)
    assert ids == {0: 12}


def test_names_come_from_films_or_stay() -> None:
    members = [seen("a", 0, 1, "Bo"), seen("b", 0, 5, "Anna")]
    assert named(members, "Cy") == "Anna"
    assert named([seen("a", 0, 1)], "Cy") == "Cy"
