"""Series of corrections, replayed on other runs of the same film."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from correction_series import entry, series_of
from hypothesis import given, settings
from hypothesis import strategies as st

from vcn.corrections import Entry, Kind, Place, Why, active, enforce, place
from vcn.types import UNKNOWN, Clustering, Shot, Timeline, Track

RATE = Fraction(25)
N_FRAMES, SHOT = 400, 100
TIMELINE = Timeline(np.arange(N_FRAMES) * 1000 + 7, 1 / (RATE * 1000), N_FRAMES * 1000 + 7)
SHOTS = tuple(Shot(i, a, a + SHOT) for i, a in enumerate(range(0, N_FRAMES, SHOT)))
SEATS = 4
"""Places on screen; in each shot somebody may sit at each."""


def track(number: int, start: int, stop: int, seat: int, grow: float = 0.0) -> Track:
    frames = np.arange(start, stop)
    left = 100 + 250 * seat + 0.1 * (frames - start)
    box = np.stack([left - grow, 200 - grow + 0 * left, left + 80 + grow, 300 + grow + 0 * left], 1)
    n = len(frames)
    return Track(number, start // SHOT, frames, box, np.full(n, 0.9), np.ones(n, bool))


def run(seed: int) -> tuple[Track, ...]:
    """The tracks of one detector: others lose some, cut some in two, and draw larger boxes."""
    rng = np.random.default_rng(seed)
    found = []
    for shot in SHOTS:
        for seat in range(SEATS):
            if seed and rng.random() < 0.15:
                continue
            late, early = (int(n) for n in rng.integers(0, 8, 2)) if seed else (0, 0)
            edges = [shot.start + late, shot.stop - early]
            if seed and rng.random() < 0.3:
                edges.insert(1, int(rng.integers(edges[0] + 20, edges[1] - 20)))
            for a, b in pairwise(edges):
                found.append((a, b, seat, 8 * rng.random() if seed else 0.0))
    return tuple(track(i, *values) for i, values in enumerate(found))


MADE_ON = run(0)


def spot(number: int, at: float = 0.5) -> Place:
    one = MADE_ON[number]
    row = int(at * (len(one) - 1))
    return Place(TIMELINE.seconds(int(one.frame[row])), tuple(map(float, one.xyxy[row])))


tracks = st.integers(0, len(MADE_ON) - 1)
places = st.builds(spot, tracks, st.sampled_from([0.25, 0.5, 0.75]))
series = series_of(places)


@settings(max_examples=40)
@given(series, st.integers(0, 20), st.integers(0, 1000))
def test_every_correction_holds_or_is_reported(
    entries: tuple[Entry, ...], detector: int, seed: int
) -> None:
    check_series(entries, detector, seed)


@pytest.mark.slow
@settings(max_examples=1000)
@given(series, st.integers(0, 1000), st.integers(0, 1000))
def test_every_correction_of_a_thousand_series_holds_or_is_reported(
    entries: tuple[Entry, ...], detector: int, seed: int
) -> None:
    check_series(entries, detector, seed)


def check_series(entries: tuple[Entry, ...], detector: int, seed: int) -> None:
    counted = active(entries)
    placed = place(counted, run(detector), TIMELINE, SHOTS)
    rng = np.random.default_rng(seed)
    n = len(placed.tracks)
    before = Clustering.from_labels(rng.integers(-1, 5, n))
    affinity = rng.normal(size=(n, 4)).astype(np.float32)
    after = enforce(before, placed, affinity)

    assert not placed.violated(after.labels)
    said = {claim.entry for claim in placed.claims} | {p.entry for p in placed.problems}
    ids = {e.id for e in counted}
    assert said <= ids
    # Where there is nothing, nothing is no face: that alone holds without a word.
    assert {e.id for e in counted if e.kind not in (Kind.unsure, Kind.not_a_face)} <= said
    for p in placed.problems:
        assert p.why in (Why.impossible, Why.contradictory)
        assert p.why == Why.impossible or p.other in ids
    again = enforce(after, placed, affinity)
    assert np.array_equal(again.labels, after.labels)
    # The pairs that clusterers are given say the same as the claims.
    labels = after.labels
    assert all(labels[a] == labels[b] != UNKNOWN for a, b in placed.certain_same)
    assert all(labels[a] != labels[b] or labels[a] < 0 for a, b in placed.certain_different)
    assert (labels[placed.not_faces] == UNKNOWN).all()
    by_person: dict[int, set[str]] = {}
    for t, name in placed.names.items():
        by_person.setdefault(int(labels[t]), set()).add(name.casefold())
    assert all(len(names) == 1 for names in by_person.values())


@settings(max_examples=20)
@given(series, st.randoms(use_true_random=False), st.integers(0, 5))
def test_the_order_of_independent_entries_does_not_matter(
    entries: tuple[Entry, ...], random: object, detector: int
) -> None:
    counted = [e for e in active(entries) if e.kind != Kind.name]
    placed = place(counted, run(detector), TIMELINE, SHOTS)
    if any(p.why == Why.contradictory for p in placed.problems):
        return  # of two that contradict each other the earlier one holds
    random.shuffle(counted)  # type: ignore[attr-defined]
    other = place(counted, run(detector), TIMELINE, SHOTS)
    for name in ("certain_same", "certain_different", "not_faces", "known"):
        assert np.array_equal(getattr(placed, name), getattr(other, name))
    assert placed.splits == other.splits
    assert placed.ignored == other.ignored


@settings(max_examples=20)
@given(series, st.integers(0, 1000))
def test_what_holds_already_is_left_as_it_is(entries: tuple[Entry, ...], seed: int) -> None:
    placed = place(active(entries), MADE_ON, TIMELINE, SHOTS)
    rng = np.random.default_rng(seed)
    found = Clustering.from_labels(rng.integers(-1, 5, len(placed.tracks)))
    if not placed.violated(found.labels):
        pairs = placed.certain_different
        if all(found.labels[a] != found.labels[b] for a, b in pairs):
            assert np.array_equal(enforce(found, placed).labels, found.labels)


def test_a_track_of_two_people_is_split_between_them() -> None:
    said = (entry(Kind.different, 0, places=(spot(0, 0.25),), others=(spot(0, 0.75),)),)
    placed = place(said, MADE_ON, TIMELINE, SHOTS)
    assert placed.splits == ((0, 49),)
    first, second = placed.tracks[:2]
    assert len(first) + len(second) == len(MADE_ON[0])
    assert placed.parent.tolist()[:3] == [0, 0, 1]
    assert placed.certain_different.tolist() == [[0, 1]]
    labels = enforce(Clustering.from_labels(np.zeros(len(placed.tracks))), placed).labels
    assert labels[0] != labels[1]
    assert not placed.problems


def test_contradictions_name_both_entries() -> None:
    said = (
        entry(Kind.same, 0, places=(spot(0), spot(4))),
        entry(Kind.same, 1, places=(spot(4), spot(8))),
        entry(Kind.different, 2, places=(spot(0),), others=(spot(8),)),
        entry(Kind.not_a_face, 3, places=(spot(4),)),
    )
    placed = place(said, MADE_ON, TIMELINE, SHOTS)
    assert [(p.why, p.entry, p.other) for p in placed.problems] == [
        (Why.contradictory, "e2", "e1"),
        (Why.contradictory, "e3", "e0"),
    ]
    assert "one person" in placed.problems[0].text


def test_a_face_that_is_gone_is_reported() -> None:
    gone = Place(spot(5).seconds, (900.0, 600.0, 950.0, 660.0))
    said = (
        entry(Kind.same, 0, places=(spot(0), gone)),
        entry(Kind.name, 1, places=(gone,), name="Ann"),
        entry(Kind.not_a_face, 2, places=(gone,)),
    )
    placed = place(said, MADE_ON, TIMELINE, SHOTS)
    assert [(p.why, p.entry) for p in placed.problems] == [
        (Why.impossible, "e0"),
        (Why.impossible, "e1"),
    ]
    assert "0:00:06" in placed.problems[0].text


def test_a_face_in_the_next_shot_is_not_meant() -> None:
    """Shot and reverse shot put two people at one place, one after the other."""
    alone = (track(0, 100, 200, 0),)
    before_cut = Place(TIMELINE.seconds(99), tuple(map(float, alone[0].xyxy[0])))
    said = (entry(Kind.name, 0, places=(before_cut,), name="Ann"),)
    assert place(said, alone, TIMELINE, SHOTS).problems
    just_before = (track(0, 108, 200, 0),)
    inside = Place(TIMELINE.seconds(101), tuple(map(float, alone[0].xyxy[0])))
    found = place((entry(Kind.name, 0, places=(inside,), name="A"),), just_before, TIMELINE, SHOTS)
    assert found.names == {0: "A"}


def test_merging_two_people_merges_all_their_tracks() -> None:
    said = (entry(Kind.same, 0, places=(spot(0), spot(1))),)
    placed = place(said, MADE_ON, TIMELINE, SHOTS)
    labels = np.array([0, 1] * 8)
    assert enforce(Clustering.from_labels(labels), placed).n_clusters == 1


def test_undecided_tracks_of_a_divided_person_go_to_whom_they_resemble() -> None:
    said = (entry(Kind.different, 0, places=(spot(0),), others=(spot(1),)),)
    placed = place(said, MADE_ON, TIMELINE, SHOTS)
    affinity = np.zeros((16, 2), np.float32)
    affinity[::2, 0] = affinity[1::2, 1] = 1
    labels = enforce(Clustering.from_labels(np.zeros(16)), placed, affinity).labels
    assert labels.tolist() == [0, 1] * 8


@pytest.mark.slow
def test_a_hundred_thousand_entries() -> None:
    rng = np.random.default_rng(0)
    said = [
        entry(Kind.same, i, places=(spot(int(a)), spot(int(b))))
        for i, (a, b) in enumerate(rng.integers(0, len(MADE_ON), (100_000, 2)))
    ]
    placed = place(said, MADE_ON, TIMELINE, SHOTS)
    assert len(placed.certain_same) == len(MADE_ON) - 1
