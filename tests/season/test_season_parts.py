"""A person of a film whom the season takes apart."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from vcn.report.read import FilmPerson
from vcn.season.document import ids_by_film
from vcn.season.gather import Gathered
from vcn.season.link import Linked
from vcn.season.parts import parts_of
from vcn.season.shelf import FilmRecord

A = FilmPerson(0, None, (0, 1, 2, 3), 7.5, 0.0, 9.0, ())
B = FilmPerson(1, None, (4,), 1.0, 5.0, 6.0, ())
NO_FACE = FilmPerson(2, None, (5,), 1.0, 8.0, 9.0, ())
TIMES = [(0, 1), (2, 4), (4, 6), (8, 9), (5, 6), (8, 9)]


def film() -> Gathered:
    """Looks: A with tracks 0, 1 and with 2; track 3 has no usable face; B with track 4."""
    tracks = [SimpleNamespace(start_seconds=a, end_seconds=b) for a, b in TIMES]
    file = cast(Any, SimpleNamespace(tracks=tracks, people=(A, B, NO_FACE)))
    record = FilmRecord("a", "/a.mp4", 1, 1, "hash-a", "", "open", "", None)
    none = cast(Any, None)
    return Gathered(((record, file),), none, ((0, A), (0, A), (0, B)), ((0, 1), (2,), (4,)))


def linked(*labels: int) -> Linked:
    none = cast(Any, None)
    odds = np.array([0.9, 0.8, 0.7])
    return Linked(np.array(labels), odds, none, 0.0, 0.0, none, none, None)


def test_looks_of_one_person_are_one_appearance() -> None:
    parts = parts_of(film(), linked(0, 0, 1))
    assert [seen.tracks for seen in parts.seen] == [(0, 1, 2, 3), (4,), (5,)]
    assert parts.labels.tolist() == [0, 1, 2]
    assert parts.seen[0].whole
    assert parts.seen[0].seconds == 7.5
    assert parts.probability[:2].tolist() == [0.8, 0.7]
    assert math.isnan(parts.probability[2])


def test_a_person_in_parts_has_times_of_each_and_shares_the_label_of_another() -> None:
    parts = parts_of(film(), linked(0, 1, 1))
    assert [seen.tracks for seen in parts.seen] == [(0, 1, 3), (2,), (4,), (5,)]
    assert parts.labels.tolist() == [0, 1, 1, 2]
    assert [seen.whole for seen in parts.seen] == [False, False, True, True]
    assert parts.seen[0].times == ((0, 1), (2, 4), (8, 9))
    assert parts.seen[0].seconds == 4


def test_the_id_of_a_person_in_parts_is_that_of_the_longest() -> None:
    def person(identity: int, seconds: float) -> dict[str, Any]:
        return {
            "id": identity,
            "films": [{"film": "a", "person": 0, "screen_time_seconds": seconds}],
        }

    document = {"films": [{"id": "a"}], "people": [person(3, 1.0), person(5, 4.0), person(9, 2.0)]}
    assert ids_by_film(document) == {"a": {0: 5}}
