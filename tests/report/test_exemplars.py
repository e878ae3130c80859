"""The faces of a person show everyone who is in it by mistake."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from film_results import film

from vcn.report.exemplars import exemplars_of, groups_of
from vcn.types import Clustering, FilmResult, Merge


def merges(*pairs: tuple[int, int]) -> tuple[Merge, ...]:
    return tuple(Merge(1, a, b, float(n), 99.0) for n, (a, b) in enumerate(pairs))


def mixed(history: tuple[Merge, ...]) -> FilmResult:
    """One person of ten tracks in ten shots, the later the better; another of one track."""
    made = film(
        n_frames=110,
        cuts=range(10, 110, 10),
        tracks=[*((10 * i, 10 * i + 8, 0) for i in range(10)), (100, 108, 1)],
    )
    return replace(made, clustering=Clustering(made.clustering.labels, history))


# Tracks 0 and 1 are one true person, 2 to 4 another, 5 to 9 a third.
HISTORY = merges((0, 1), (2, 3), (5, 6), (7, 8), (7, 9), (5, 7), (2, 4), (2, 5), (0, 2))


def test_every_group_that_was_merged_late_shows_its_best_face() -> None:
    assert exemplars_of(mixed(HISTORY), 0, 3) == [9, 4, 1]
    assert exemplars_of(mixed(HISTORY), 0, 4) == [9, 4, 3, 1]


def test_without_known_merges_the_best_are_shown() -> None:
    assert exemplars_of(mixed(()), 0, 3) == [9, 8, 7]
    assert exemplars_of(mixed(HISTORY), 1, 3) == [10]
    assert exemplars_of(mixed(HISTORY), 0, 1) == [9]


def test_all_are_shown_where_there_is_room() -> None:
    assert sorted(exemplars_of(mixed(HISTORY), 0, 20)) == list(range(10))


def test_groups() -> None:
    members = np.arange(10)
    assert len(np.unique(groups_of(members, HISTORY, 3))) == 3
    assert len(np.unique(groups_of(members, HISTORY, 1))) == 1
    # A track that a correction added was never merged: a group of its own at any number.
    assert len(np.unique(groups_of(np.arange(11), HISTORY, 1))) == 2
    # Said twice, merged once.
    assert len(np.unique(groups_of(members, (*HISTORY[:1], *HISTORY), 9))) == 9


def test_a_face_that_shows_who_it_is_goes_first_whatever_the_model_thinks_of_it() -> None:
    shown = np.linspace(3, 0, 11, dtype=np.float32)
    assert exemplars_of(replace(mixed(()), shown=shown), 0, 3) == [0, 1, 2]
