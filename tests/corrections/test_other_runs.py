"""Corrections in runs with another pack, detector threshold, stride and seed.

Whether a correction holds is looked up in the film, not in what was placed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from correction_series import entry, series_of
from hypothesis import given, settings
from hypothesis import strategies as st
from other_runs import SHOT, SITTINGS, TIMELINE, OtherRun, frame_of, other_run, spot

from vcn.config import AdaptConfig
from vcn.corrections import Entry, Kind, Place, Placed, Why, active, enforce, place
from vcn.corrections.entries import folded
from vcn.methods.vcn import VideoClusterNet
from vcn.pipeline.corrected import told, track_directions
from vcn.types import UNKNOWN, IntArray

OFF = VideoClusterNet(adapt=replace(AdaptConfig(), mode="off"))

sittings = st.integers(0, SITTINGS - 1)
places = st.builds(spot, sittings, st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]))
series = series_of(places)


def clustered(run: OtherRun, entries: Sequence[Entry]) -> tuple[Placed, IntArray]:
    """The run with its corrections, as the chain does it: placed, told, held."""
    placed = place(entries, run.tracks, TIMELINE, run.shots)
    film = told(run.film(placed.tracks, seats(run, placed)), placed)
    found = OFF(film, run.seed)
    return placed, enforce(found, placed, track_directions(film)).labels


def seats(run: OtherRun, placed: Placed) -> tuple[int, ...]:
    return tuple(run.seat[parent] for parent in placed.parent.tolist())


class Look:
    """Who is where in a result, by the film alone."""

    def __init__(self, run: OtherRun, placed: Placed, labels: IntArray) -> None:
        self.run, self.placed, self.labels = run, placed, labels
        self.seats = seats(run, placed)

    def there(self, place: Place) -> bool:
        return self.run.track_at(self.placed.tracks, self.seats, place) >= 0

    def who(self, place: Place) -> int:
        return int(self.labels[self.run.track_at(self.placed.tracks, self.seats, place)])

    def people(self, found: Sequence[Place]) -> list[int]:
        return [self.who(place) for place in found if self.there(place)]

    def first(self, found: Sequence[Place]) -> list[int]:
        return self.people(found)[:1]

    def name(self, person: int) -> str | None:
        called = {int(self.labels[t]): name for t, name in sorted(self.placed.names.items())}
        return called.get(person)

    def holds(self, one: Entry, later: Sequence[Entry]) -> bool:
        """Whether a correction holds of the faces that are there."""
        match one.kind:
            case Kind.same:
                people = self.people(one.places)
                return UNKNOWN not in people and len(set(people)) <= 1
            case Kind.different:
                others = set(self.people(one.others)) - {UNKNOWN}
                return not others & set(self.people(one.places))
            case Kind.move:
                people, target = self.people(one.places), self.first(one.to)
                source = set(self.first(one.origin)) - {UNKNOWN}
                joined = not target or set(people) <= set(target) - {UNKNOWN}
                return joined and not source & set(people)
            case Kind.name:
                who = self.first(one.places)
                names = {
                    folded(other.name or "")
                    for other in (one, *later)
                    if other.kind == Kind.name and self.first(other.places) == who
                }
                return not who or folded(self.name(who[0]) or "") in names
            case Kind.not_a_face:
                return set(self.people(one.places)) <= {UNKNOWN}
            case Kind.ignore:
                ignored = {int(self.labels[track]) for track in self.placed.ignored}
                return set(self.first(one.places)) <= ignored - {UNKNOWN}
            case _:
                return True


def check_run(entries: tuple[Entry, ...], seed: int) -> None:
    run, counted = other_run(seed), active(entries)
    placed, labels = clustered(run, counted)
    look = Look(run, placed, labels)
    assert not placed.violated(labels)
    against = {p.entry for p in placed.problems if p.why == Why.contradictory}
    gone = {p.entry for p in placed.problems if p.why == Why.impossible}
    for number, one in enumerate(counted):
        said = (*one.places, *one.others, *one.to, *one.origin)
        if one.id not in against:
            assert look.holds(one, counted[number + 1 :]), one
        if one.id in gone:
            assert not all(look.there(at) for at in said), one
        elif one.kind in (Kind.same, Kind.different):
            assert all(look.there(at) for at in said), one
    again, same = clustered(run, counted)
    assert np.array_equal(same, labels)
    assert again.problems == placed.problems
    for p in placed.problems:
        assert p.other is None or p.other in {e.id for e in counted}


@settings(max_examples=25)
@given(series, st.integers(0, 10_000))
def test_every_correction_holds_in_another_run_or_is_reported(
    entries: tuple[Entry, ...], seed: int
) -> None:
    check_run(entries, seed)


@pytest.mark.slow
@settings(max_examples=400)
@given(series, st.integers(0, 10_000))
def test_every_correction_of_four_hundred_series_holds_in_another_run(
    entries: tuple[Entry, ...], seed: int
) -> None:
    check_run(entries, seed)


@st.composite
def independent(draw: st.DrawFn) -> tuple[Entry, ...]:
    """Entries of which no two are about the same faces."""
    left = list(draw(st.permutations(range(SITTINGS))))
    made: list[Entry] = []
    for number in range(draw(st.integers(2, 6))):
        kind = draw(st.sampled_from([k for k in Kind if k not in (Kind.undo, Kind.unsure)]))
        most = 3 if kind == Kind.move else 2
        if len(left) < most:
            break
        some = [spot(left.pop(), draw(st.sampled_from([0.25, 0.5, 0.75]))) for _ in range(most)]
        values: dict[str, object] = {"places": tuple(some[:1])}
        if kind == Kind.same:
            values["places"] = tuple(some)
        elif kind == Kind.different:
            values["others"] = tuple(some[1:])
        elif kind == Kind.move:
            values["to"], values["origin"] = tuple(some[1:2]), tuple(some[2:])
        elif kind == Kind.name:
            values["name"] = f"Person {number}"
        made.append(entry(kind, number, **values))
    return tuple(made)


@settings(max_examples=25)
@given(independent(), st.randoms(use_true_random=False), st.integers(0, 10_000))
def test_the_order_of_independent_entries_changes_nothing_in_another_run(
    entries: tuple[Entry, ...], random: object, seed: int
) -> None:
    run = other_run(seed)
    shuffled = list(entries)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    (placed, labels), (other, same) = clustered(run, entries), clustered(run, shuffled)
    if any(p.why == Why.contradictory for p in placed.problems):
        return  # one track of two sittings: then they are about one face after all
    assert placed.splits == other.splits
    assert np.array_equal(labels, same)
    assert placed.names == other.names
    assert placed.ignored == other.ignored
    assert sorted(p.text for p in placed.problems) == sorted(p.text for p in other.problems)


def test_the_runs_are_as_different_as_they_should_be() -> None:
    """The series above mean something: faces go, tracks are cut, cuts are overlooked."""
    first = other_run(0)
    assert len(first.tracks) == SITTINGS
    runs = [other_run(seed) for seed in range(1, 101)]
    faces = [spot(s, share) for s in range(SITTINGS) for share in (0.0, 0.5, 1.0)]
    lost = [sum(run.track_at(run.tracks, run.seat, f) < 0 for f in faces) for run in runs]
    assert min(lost) < 10 < 20 < max(lost)
    assert any(len(run.shots) < len(first.shots) for run in runs)
    assert any(len(run.tracks) > SITTINGS for run in runs)
    assert {run.width for run in runs} == {8, 24, 64}
    assert all(frame_of(f) // SHOT == i // (3 * 4) for i, f in enumerate(faces))
