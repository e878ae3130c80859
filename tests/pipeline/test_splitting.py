"""Tracks that hold several people, through the pipeline."""

from __future__ import annotations

import csv
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import vcn
from vcn.config import RunConfig
from vcn.pipeline import splitting
from vcn.pipeline.scanned import Scan
from vcn.runtime.store import Store
from vcn.stages.mouths import MouthMotion
from vcn.types import Crops, Embeddings, FilmResult, SetUps, Shot, Timeline, Track


def one_track(cut_since: int) -> tuple[Scan, Embeddings]:
    """A track of frames 0 to 20, seen on every fifth; crops on 0, 5, 15, 20, and 10 beside."""
    seen = np.zeros(21, np.bool_)
    seen[::5] = True
    xyxy = np.array([[f, 0, f + 10, 10] for f in range(21)], np.float32)
    track = Track(0, 0, np.arange(21), xyxy, seen.astype(np.float32), seen)
    change, since = np.zeros(21, np.float32), np.arange(21)
    change[10], change[15], since[10] = 0.9, 0.1, cut_since
    one = np.ones(5, np.float32)
    crops = Crops(
        np.arange(5, dtype=np.uint8)[:, None, None, None] + np.ones((1, 8, 8, 3), np.uint8),
        np.zeros(5),
        np.array([0, 5, 10, 15, 20]),
        one,
        one,
        np.array([0.8, 0.8, 0.8, 0.8, 0.9], np.float32),
        np.tile(np.array([[1, 1], [6, 1], [4, 4], [2, 6], [6, 6]], np.float32), (5, 1, 1)),
        np.zeros((5, 4, 4, 3), np.uint8),
        np.tile(np.array([0, 0, 1, 1], np.float32), (5, 1)),
    )
    scan = Scan(
        Timeline(np.arange(21), Fraction(1, 25), 21),
        0,
        0,
        0,
        5,
        (Shot(0, 0, 21),),
        (track,),
        crops,
        np.full((1, 4, 4, 3), 99, np.uint8),
        np.array([5]),
        MouthMotion(np.empty(0, np.int64), np.empty((0, 4)), np.empty((0, 2))),
        np.array([True, True, False, True, True]),
        change,
        since,
        SetUps(
            np.zeros(3, np.int64),
            np.zeros((0, 2), np.float32),
            np.zeros((0, 32), np.uint8),
            np.zeros((2, 4, 8, 3), np.uint8),
        ),
    )
    return scan, Embeddings(np.arange(5)[:, None], np.zeros(5), normalised=False)


def split(
    scan: Scan, embeddings: Embeddings, changes: list[int], folder: Path, min_crops: int = 2
) -> tuple[Scan, Embeddings]:
    store = Store(folder, "film")
    with store.draft("split", "key") as draft:
        splitting.save(scan, np.array(changes, np.int64), min_crops, draft)
    found = store.find("split", "key")
    assert found is not None
    return splitting.load(found, scan, embeddings, min_crops)


@pytest.mark.parametrize("since", [6, 8, 10])
def test_both_halves_keep_their_exact_frames(since: int, tmp_path: Path) -> None:
    scan, _ = split(*one_track(since), [2], tmp_path)
    first, second = scan.tracks
    assert first.frame.tolist() == list(range(since))
    assert second.frame.tolist() == list(range(since, 21))
    # Up to the last detection boxes move; then nothing is known of the first face any more.
    np.testing.assert_array_equal(first.xyxy[:, 0], [*range(6), *[5] * (since - 6)])
    np.testing.assert_array_equal(second.xyxy[:, 0], [*[10] * (10 - since), *range(10, 21)])
    assert [track.id for track in scan.tracks] == [0, 1]
    assert scan.change.argmax() == 10
    assert scan.since[10] == since


def test_crops_embeddings_and_thumbnails_go_along(tmp_path: Path) -> None:
    scan, embeddings = split(*one_track(8), [2], tmp_path)
    assert scan.crops.track_index.tolist() == embeddings.track_index.tolist() == [0, 0, 1, 1]
    assert scan.crops.frame.tolist() == [0, 5, 15, 20]  # the regular ones are enough
    assert embeddings.values[:, 0].tolist() == [0, 1, 3, 4]
    assert scan.crops.images[:, 0, 0, 0].tolist() == [1, 2, 4, 5]
    assert scan.thumbnail_frame.tolist() == [5, 20]
    assert scan.thumbnails[:, 0, 0, 0].tolist() == [99, 5]


def test_a_piece_with_few_crops_keeps_those_beside_the_change(tmp_path: Path) -> None:
    scan, _ = split(*one_track(8), [2], tmp_path, min_crops=3)
    assert scan.crops.frame.tolist() == [0, 5, 10, 15, 20]
    assert scan.crops.track_index.tolist() == [0, 0, 1, 1, 1]


def test_a_track_that_is_one_person_keeps_all_but_the_crops_for_the_check(tmp_path: Path) -> None:
    before, embeddings = one_track(8)
    scan, kept = split(before, embeddings, [], tmp_path)
    assert scan.tracks[0].frame.tolist() == before.tracks[0].frame.tolist()
    np.testing.assert_array_equal(scan.tracks[0].xyxy, before.tracks[0].xyxy)
    assert kept.values[:, 0].tolist() == [0, 1, 3, 4]
    assert scan.thumbnails[0, 0, 0, 0] == 99


def people_of(result: FilmResult, truth: Path) -> tuple[list[Counter[str]], int]:
    """How often each person is in each track; and labelled faces in no track."""
    with truth.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    found = [Counter[str]() for _ in result.tracks]
    missed = 0
    for row in rows:
        x, y, hit = float(row["x"]), float(row["y"]), False
        for track in result.tracks:
            at = int(row["frame"]) - int(track.frame[0])
            if 0 <= at < len(track):
                box = track.xyxy[at]
                if box[0] <= x <= box[2] and box[1] <= y <= box[3]:
                    found[track.id][row["identity"]] += 1
                    hit = True
        missed += not hit
    return found, missed


@pytest.mark.slow
@pytest.mark.parametrize("case", ["dissolve", "cuts5", "slides1fps", "tileswap"])
def test_every_track_of_the_cases_is_one_person(
    case: str, shared_data: Path, tmp_path: Path
) -> None:
    film = shared_data / "cases" / f"demo_{case}.mp4"
    if not film.exists():
        pytest.skip(f"no {film}")
    result = vcn.cluster(film, RunConfig(device="cpu"), work_dir=tmp_path)
    found, missed = people_of(result, film.parent / f"{film.stem}.truth.csv")
    assert [dict(people) for people in found if len(people) > 1] == []
    assert len({person for people in found for person in people}) == 9
    assert missed <= 2
    if case == "slides1fps":
        assert len(result.shots) == 36
    if case == "tileswap":  # at 4 s, frame 96
        assert [int(track.frame[-1]) for track in result.tracks].count(95) == 2
        assert [int(track.frame[0]) for track in result.tracks].count(96) == 2
    if case == "dissolve":  # nine tracks, one of each person: vcn makes five people of them
        return
    labels = result.clustering.labels
    mixed = [Counter[str]() for _ in range(result.clustering.n_clusters)]
    for track, people in enumerate(found):
        if labels[track] >= 0:
            mixed[labels[track]] += people
    assert [dict(people) for people in mixed if len(people) > 1] == []
    assert result.clustering.n_clusters == 9
