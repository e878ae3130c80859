"""What a click does, and that it stays done."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
from reviews import SIX, Stages, session, write_film

from vcn.corrections import Kind, read_ledger
from vcn.equations.design_effect import effective_pairs
from vcn.errors import UsageError, VcnError
from vcn.review.clusters import link_again
from vcn.review.film import load_film
from vcn.review.session import Conflict, Session
from vcn.review.state import State
from vcn.types import UNKNOWN, Float64Array


@pytest.fixture
def one(tmp_path: Path) -> Session:
    return session(write_film(tmp_path))


def people(one: Session) -> list[int]:
    labels: list[int] = one.state.labels.tolist()
    return labels


def test_a_result_is_read_as_it_was_written(tmp_path: Path) -> None:
    loaded = load_film(write_film(tmp_path))
    assert [(int(t.frame[0]), int(t.frame[-1]) + 1) for t in loaded.tracks] == [
        (a, b) for a, b, _ in SIX
    ]
    assert loaded.labels.tolist() == [0, 1, 0, 2, 1, 3]
    for frame in (0, 3, 54, 55, 120):
        assert loaded.timeline.seconds(frame) == pytest.approx(frame / 25)


def test_merge_name_undo_redo(one: Session) -> None:
    one.apply({"op": "merge", "tracks": ["0", "3"]})
    assert people(one) == [0, 1, 0, 0, 1, 2]
    one.apply({"op": "name", "track": "3", "name": " Zoë <b>\u202e "})
    assert one.state.names == {0: "Zoë <b>"}
    one.apply({"op": "name", "track": "0", "name": "Ann"})
    assert one.state.names == {0: "Ann"}
    one.apply({"op": "undo"})
    assert one.state.names == {0: "Zoë <b>"}
    one.apply({"op": "undo"})
    one.apply({"op": "undo"})
    assert people(one) == [0, 1, 0, 2, 1, 3]
    assert not one.state.names
    one.apply({"op": "undo"})
    for _ in range(4):
        one.apply({"op": "redo"})
    assert one.state.names == {0: "Ann"}
    assert people(one) == [0, 1, 0, 0, 1, 2]
    again = Session(one.film, one._ledger.path, None)
    assert again.state.labels.tolist() == people(one)
    assert again.state.names == one.state.names
    one.apply({"op": "name", "track": "0", "name": ""})
    assert not one.state.names


def test_split_move_and_not_a_face(one: Session) -> None:
    one.apply({"op": "move", "tracks": ["2"]})
    assert people(one) == [0, 1, 2, 3, 1, 4]
    one.apply({"op": "move", "tracks": ["4"], "to": "5"})
    assert people(one) == [0, 1, 2, 3, 4, 4]
    one.apply({"op": "not_a_face", "tracks": ["1"]})
    assert people(one)[1] == UNKNOWN
    assert one.state.as_dict()["tracks"]["reason"][1] == "not_a_face"
    one.apply({"op": "ignore", "tracks": ["0"]})
    assert one.state.ignored == {0}
    one.apply({"op": "ignore", "tracks": ["0"], "value": False})
    assert not one.state.ignored


def test_a_track_is_cut_in_two(one: Session) -> None:
    one.apply({"op": "cut", "track": "0", "seconds": 1.0})
    assert one.state.keys[:2] == ["0", "0@25"]
    assert people(one)[0] != people(one)[1]
    one.apply({"op": "name", "track": "0@25", "name": "Bob"})
    one.apply({"op": "undo"})
    one.apply({"op": "undo"})
    assert people(one) == [0, 1, 0, 2, 1, 3]
    with pytest.raises(UsageError):
        one.apply({"op": "cut", "track": "0", "seconds": 50})


def test_confirmed_people(one: Session) -> None:
    one.apply({"op": "confirm", "tracks": ["1", "5"]})
    assert one.state.confirmed == {1, 3}
    one.apply({"op": "move", "tracks": ["2"], "to": "1"})
    assert 1 not in one.state.confirmed or 2 in one.state.tracks_of(1)


def test_a_contradiction_is_found_when_it_is_made(one: Session) -> None:
    one.apply({"op": "merge", "tracks": ["3", "5"]})
    before = one._ledger.path.read_bytes()
    with pytest.raises(Conflict) as found:
        one.apply({"op": "answer", "a": "3", "b": "5", "answer": "no"})
    assert one._ledger.path.read_bytes() == before
    assert found.value.entries == (one.state.counted[0].id,)
    one.apply(
        {"op": "answer", "a": "3", "b": "5", "answer": "no", "replace": list(found.value.entries)}
    )
    assert people(one)[3] != people(one)[5]
    one.apply({"op": "undo"})
    assert people(one)[3] == people(one)[5]


def test_merging_people_of_two_names_keeps_the_chosen_one(one: Session) -> None:
    one.apply({"op": "name", "track": "0", "name": "Ann"})
    one.apply({"op": "name", "track": "1", "name": "Bob"})
    one.apply({"op": "merge", "tracks": ["0", "1"], "name": "Bob"})
    assert one.state.names == {0: "Bob"}
    assert not one.state.placed.problems
    one.apply({"op": "undo"})
    assert one.state.names == {0: "Ann", 1: "Bob"}


def test_answers(one: Session) -> None:
    one.apply({"op": "answer", "a": "3", "b": "5", "answer": "yes"})
    assert people(one)[3] == people(one)[5]
    one.apply({"op": "answer", "a": "1", "b": "5", "answer": "no"})
    one.apply({"op": "answer", "a": "4", "b": "5", "answer": "unsure"})
    kinds = [entry.kind for entry in one.state.counted]
    assert kinds == [Kind.same, Kind.different, Kind.unsure]


def test_questions_are_not_asked_again(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(6, 4)).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    one = session(write_film(tmp_path), Stages(directions))
    seen = set()
    for answer in ("no", "unsure", "yes", "no", "no", "unsure", "no", "no", "no", "no", "no"):
        if not one.state.questions:
            break
        question = one.state.questions[0]
        pair = frozenset((one.state.keys[question.first], one.state.keys[question.second]))
        assert pair not in seen
        assert pair != {"0", "1"}  # they share frames
        seen.add(pair)
        a, b = one.state.keys[question.first], one.state.keys[question.second]
        try:
            one.apply({"op": "answer", "a": a, "b": b, "answer": answer})
        except Conflict:
            one.apply({"op": "answer", "a": a, "b": b, "answer": "unsure"})
    assert not one.state.questions or len(seen) == 11


def test_own_odds_cluster_anew(tmp_path: Path) -> None:
    """With the clusterer's own odds an answer teaches: a third track follows the second."""
    odds = np.full((6, 6), -6.0)
    for a, b, value in ((0, 2, 5), (1, 4, 5), (3, 5, -1)):
        odds[a, b] = odds[b, a] = value
    odds[3, :3:2] = odds[:3:2, 3] = 0.5
    stages = Stages(np.eye(6, dtype=np.float32), odds)
    found = [(a, b, {3: 0, 5: 2}.get(i, p)) for i, (a, b, p) in enumerate(SIX)]
    one = session(write_film(tmp_path, found), stages)
    assert one.state.evidence.own
    assert people(one)[3] == people(one)[0]
    one.apply({"op": "answer", "a": "3", "b": "2", "answer": "no"})
    assert people(one)[3] != people(one)[0] == people(one)[2]


def random_film(folder: Path, n: int, seed: int, *, late: bool = False) -> Session:
    """Tracks of some people, one after the other, with the clusterer's own odds."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, max(2, 3 * n // 20), n)
    found = np.where(truth[:, None] == truth, 3.0, -5.0) + 3 * rng.normal(size=(n, n))
    odds = (found + found.T) / 2
    shaping = rng.random(n) < 0.8 if late else None
    labels = link_again(odds, None, shaping, at_once).labels
    times = [(60 + 10 * i, 68 + 10 * i, int(person)) for i, person in enumerate(labels)]
    directions = rng.normal(size=(n, 4)).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    stages = Stages(directions, odds, at_once, shaping)
    return session(write_film(folder, times), stages)


def at_once(odds: Float64Array, pairs: Float64Array) -> Float64Array:
    return -3 + (odds + 3) * effective_pairs(pairs, 0.2)


@pytest.mark.parametrize("late", [False, True], ids=["all shape people", "some join late"])
def test_linking_again_is_linking_from_the_beginning(tmp_path: Path, late: bool) -> None:
    one = random_film(tmp_path, 60, 3, late=late)
    assert one.state.evidence.own
    rng = np.random.default_rng(4)
    moved = 0
    for _ in range(25):
        if rng.random() < 0.2 and one.state.history.done:
            one.apply({"op": "undo"})
        else:
            a, b = (one.state.keys[t] for t in rng.choice(60, 2, replace=False))
            answer = str(rng.choice(["yes", "no"]))
            try:
                one.apply({"op": "answer", "a": a, "b": b, "answer": answer})
            except Conflict:
                continue
        now = one.state
        parts = (one.film, one._evidence, now.entries, now.together, one.config)
        assert np.array_equal(State.of(*parts).labels, now.labels)
        moved += not np.array_equal(now.labels, one.film.labels)
    assert moved > 10


@pytest.mark.slow
def test_an_answer_takes_less_than_linking_2000_tracks(tmp_path: Path) -> None:
    """From the click to what the page is sent: 190 ms where linking alone took 360."""
    one = random_film(tmp_path, 2000, 1)
    assert one.state.evidence.own
    odds = one.state.evidence.log_odds
    assert odds is not None
    spent, linking = [], []
    for what in ("no", "yes", "no", "yes"):
        asked, keys = one.state.questions[0], one.state.keys
        begin = time.process_time()
        answer = {"op": "answer", "a": keys[asked.first], "b": keys[asked.second], "answer": what}
        json.dumps(one.apply(answer).as_dict())
        spent.append(time.process_time() - begin)
        begin = time.process_time()
        link_again(odds, joint=at_once)
        linking.append(time.process_time() - begin)
    assert min(spent) < min(linking), (spent, linking)
    assert min(spent) < 1, spent


def test_lines_that_cannot_be_read_are_told(one: Session, tmp_path: Path) -> None:
    one.apply({"op": "name", "track": "0", "name": "Ann"})
    ledger = one._ledger.path
    line = json.loads(ledger.read_text())
    newer = json.dumps({**line, "schema_version": "9.0", "kind": "teleport", "id": "later"})
    ledger.write_text(f"{ledger.read_text()}{newer}\nno entry\n")
    again = session(tmp_path / "film.clusters.json")
    told = again.state.as_dict()["problems"]
    assert [p["why"] for p in told] == ["newer", "damaged"]
    assert again.state.names == {0: "Ann"}


def test_two_servers_on_one_film(tmp_path: Path) -> None:
    path = write_film(tmp_path)
    first, second = session(path), session(path)
    first.apply({"op": "merge", "tracks": ["0", "3"]})
    second.apply({"op": "name", "track": "0", "name": "Ann"})
    assert second.state.names == {0: "Ann"}
    assert first.refresh()
    assert first.state.labels.tolist() == people(second) == [0, 1, 0, 0, 1, 2]
    assert len(read_ledger(first._ledger.path).entries) == 2


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"op": "merge"},
        {"op": "merge", "tracks": ["0", "99"]},
        {"op": "merge", "tracks": ["0"]},
        {"op": "name", "track": "0", "name": "n" * 10_000_000},
        {"op": "name", "track": "0", "name": 3},
        {"op": "name", "track": ["0"], "name": "x"},
        {"op": "answer", "a": "0", "b": "1", "answer": "maybe"},
        {"op": "cut", "track": "0", "seconds": "x"},
        {"op": "undo", "replace": ["nothing"]},
    ],
)
def test_nonsense_changes_nothing(one: Session, asked: dict[str, object]) -> None:
    with pytest.raises(VcnError):
        one.apply(asked)
    assert not one._ledger.path.exists()
