"""Evaluation of results: matching, counts, screen time, several films, the command."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film_results import film, films
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from vcn.config import EvaluateConfig
from vcn.equations.boxes import iou_table
from vcn.errors import CheckFailed, DataError, UsageError
from vcn.evaluate import Evaluation, FilmEvaluation, as_json, check, evaluate
from vcn.evaluate.evaluation import _pooled_level
from vcn.evaluate.key import parse_key
from vcn.evaluate.matrix import confusion_matrix
from vcn.evaluate.pages import write_page
from vcn.evaluate.result import read_outcome
from vcn.evaluate.samples import Samples
from vcn.evaluate.terminal import print_evaluation
from vcn.evaluate.truth import TrackTruth, read_truth
from vcn.report.write import write_result
from vcn.types import FilmResult, Reason

QUICK = EvaluateConfig(resamples=20)

# Seven tracks at different places of a film of 200 frames with a cut at 100. Anna is split
# (people 0 and 2) and merged with Ben (0); one track of Carl is unknown.
TRACKS: tuple[tuple[int, int, int | Reason], ...] = (
    (0, 40, 0),  # anna
    (10, 50, 1),  # carl
    (50, 90, 0),  # ben
    (100, 140, 2),  # anna
    (100, 140, 1),  # carl
    (150, 190, Reason.blurred),  # carl
    (150, 199, 0),  # anna
)
WHO = ("anna", "carl", "ben", "anna", "carl", "carl", "anna")


def result_of(tracks: Sequence[tuple[int, int, int | Reason]] = TRACKS, **more: Any) -> FilmResult:
    return film(n_frames=200, cuts=[100], tracks=tracks, **more)


def written(folder: Path, result: FilmResult, name: str = "film") -> Path:
    folder.mkdir(exist_ok=True)
    return write_result(result, folder / f"{name}.json", report=False).clusters


def box_rows(
    result: FilmResult, who: Sequence[str], step: int = 10, shift: float = 0.0
) -> list[str]:
    """Labels of every `step`-th frame of the film, on the boxes of the tracks."""
    rows = []
    for track, name in zip(result.tracks, who, strict=True):
        for frame, box in zip(track.frame.tolist(), track.xyxy.tolist(), strict=True):
            if frame % step == 0:
                x1, y1, x2, y2 = box
                rows.append(f"{frame},{x1 + shift},{y1},{x2 + shift},{y2},{name}")
    return rows


def labels(path: Path, rows: Sequence[str], header: str = "frame,x1,y1,x2,y2,identity") -> Path:
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def one(result: Path, truth: Path, config: EvaluateConfig = QUICK) -> FilmEvaluation:
    return evaluate([result], [truth], config).films[0]


@pytest.fixture
def case(tmp_path: Path) -> tuple[Path, Path, FilmResult]:
    result = result_of()
    return written(tmp_path, result), labels(tmp_path / "gt.csv", box_rows(result, WHO)), result


def scored(film: FilmEvaluation, *, known: bool = False) -> dict[str, Any]:
    assert film.tracks is not None
    table = film.tracks.known if known else film.tracks.everything
    assert table.scores is not None
    return table.scores.as_dict()


def test_a_known_film(case: tuple[Path, Path, FilmResult]) -> None:
    done = one(case[0], case[1])
    assert done.identities == ("anna", "ben", "carl")
    assert (done.n_people, done.pcr) == (3, 1.0)
    assert done.detection_recall == 1.0
    assert done.unknown_share == pytest.approx(1 / 7)
    everything, known = scored(done), scored(done, known=True)
    assert (everything["n_samples"], everything["n_predicted"]) == (7, 4)
    assert (known["n_samples"], known["n_predicted"]) == (6, 3)
    # Person 0 holds 2 tracks of Anna and 1 of Ben; all others are pure.
    assert everything["wcp"] == pytest.approx(6 / 7)
    assert known["wcp"] == pytest.approx(5 / 6)
    assert everything["operator_clicks"] == 4 + 1
    assert known["operator_clicks"] == 3 + 1
    assert [(merge.person, merge.wrong) for merge in done.merges] == [(0, 1)]
    assert [(split.identity, split.apart) for split in done.splits] == [("anna", 1), ("carl", 1)]
    assert done.splits[1].parts[-1].person == -1


def test_faces_weigh_tracks_by_their_labels(tmp_path: Path) -> None:
    """Nine labels of anna and one of ben in one cluster: purity 1/2 of tracks, 9/10 of faces."""
    result = result_of([(0, 90, 0), (100, 110, 0)])
    path = written(tmp_path, result)
    done = one(path, labels(tmp_path / "gt.csv", box_rows(result, ("anna", "ben"))))
    assert scored(done)["wcp"] == 0.5
    assert done.faces is not None
    assert done.faces.everything.value("wcp") == pytest.approx(0.9)
    by_track = labels(tmp_path / "tracks.csv", ["0,anna", "1,ben"], "track_id,identity")
    assert one(path, by_track).faces.everything.value("wcp") == pytest.approx(0.9)  # type: ignore[union-attr]


def test_time_in_place_of_frames(tmp_path: Path) -> None:
    """Times are found to the frame, also when rounded to thousandths."""
    result = result_of(rate=Fraction(30_000, 1001), start_pts=77)
    path = written(tmp_path / "rate", result)
    rows = box_rows(result, WHO, step=7)
    by_frame = one(path, labels(tmp_path / "frames.csv", rows))
    timed = []
    for row in rows:
        frame, rest = row.split(",", 1)
        timed.append(f"{result.timeline.seconds(int(frame)):.3f},{rest}")
    by_time = one(path, labels(tmp_path / "times.csv", timed, "time,x1,y1,x2,y2,identity"))
    assert by_time.to_json()["scores"] == by_frame.to_json()["scores"]
    assert by_time.detection_recall == 1.0
    seconds = np.array([result.timeline.seconds(f) for f in range(200)])
    outcome = read_outcome(path)
    assert outcome.frame_at(seconds).tolist() == list(range(200))
    assert outcome.frame_at(np.round(seconds, 3)).tolist() == list(range(200))
    assert outcome.seconds_at(np.arange(200)) == pytest.approx(seconds, abs=1e-9)


def test_variable_frame_rate(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    pts = np.cumsum(random.integers(500, 9000, size=201)).tolist()
    result = result_of(pts=pts[:-1], end_pts=pts[-1])
    path = written(tmp_path, result)
    outcome = read_outcome(path)
    on_screen = np.unique(np.concatenate([track.frame for track in result.tracks]))
    seconds = np.array([result.timeline.seconds(int(f)) for f in on_screen])
    assert outcome.frame_at(seconds).tolist() == on_screen.tolist()


def test_without_the_table_of_boxes(case: tuple[Path, Path, FilmResult]) -> None:
    """The tracks of this film move evenly, so the line between sampled boxes is exact."""
    path, truth, _ = case
    whole = one(path, truth)
    path.with_suffix(".boxes.parquet").unlink()
    less = one(path, truth)
    assert any("not beside the result" in note for note in less.notes)
    assert less.to_json()["scores"] == whole.to_json()["scores"]
    assert [row.error_seconds for row in less.screen_time] == pytest.approx(
        [row.error_seconds for row in whole.screen_time]
    )


def test_the_table_of_boxes_of_another_result(tmp_path: Path) -> None:
    first = written(tmp_path / "a", result_of())
    other = written(tmp_path / "b", result_of(TRACKS[:3]))
    other.with_suffix(".boxes.parquet").replace(first.with_suffix(".boxes.parquet"))
    truth = labels(tmp_path / "gt.csv", ["0,10,20,50,71,anna"])
    with pytest.raises(DataError, match="does not belong to"):
        one(first, truth)


def test_faces_missed_and_tracks_without_truth(tmp_path: Path) -> None:
    result = result_of()
    path = written(tmp_path, result)
    rows = [row for row in box_rows(result, WHO) if not row.endswith("ben")]
    rows += [
        "0,600,300,640,340,dora",  # nobody found her
        "60,600,300,640,340,dora",
        *(f"{frame},10,20,50,71,not_a_face" for frame in ()),
    ]
    done = one(path, labels(tmp_path / "gt.csv", rows))
    counts = done.counts
    assert (counts.faces, counts.faces_missed) == (len(rows), 2)
    assert counts.tracks_scored == 6
    assert counts.tracks_without_truth == 1  # Ben's, on screen at frame 60
    assert counts.tracks_not_sampled == 0
    assert done.recall_of["dora"] == 0
    assert done.detection_recall == pytest.approx(1 - 2 / len(rows))
    assert done.pcr == pytest.approx(3 / 3)


def test_tracks_between_labelled_frames_are_counted_apart(tmp_path: Path) -> None:
    result = result_of()
    rows = [row for row in box_rows(result, WHO) if int(row.split(",")[0]) < 100]
    done = one(written(tmp_path, result), labels(tmp_path / "gt.csv", rows))
    assert done.counts.tracks_not_sampled == 4
    assert done.counts.tracks_without_truth == 0


def test_left_out_labels_take_their_tracks_out(tmp_path: Path) -> None:
    result = result_of()
    who = list(WHO)
    who[5] = "not_a_face"
    done = one(written(tmp_path, result), labels(tmp_path / "gt.csv", box_rows(result, who)))
    assert done.counts.tracks_left_out == 1
    assert done.counts.tracks_scored == 6
    assert done.counts.truth_left_out == {"not_a_face": 4}
    assert "not_a_face" not in done.identities
    assert any("4 not_a_face" in note for note in done.notes)


def test_a_track_takes_the_identity_of_most_of_its_faces(tmp_path: Path) -> None:
    result = result_of([(0, 50, 0)])
    rows = box_rows(result, ["anna"])
    rows[0] = rows[0].replace("anna", "ben")
    rows[1] = rows[1].replace("anna", "ben")
    done = one(written(tmp_path, result), labels(tmp_path / "gt.csv", rows))
    assert done.samples is not None
    assert done.samples.identity.tolist() == ["anna"]
    assert done.counts.tracks_mixed == 1
    assert done.faces is not None
    assert done.faces.everything.value("wcp") == pytest.approx(3 / 5)


def test_matching_is_one_to_one_and_best_in_sum(tmp_path: Path) -> None:
    """Two overlapping faces: greedy choice by the largest overlap would lose one."""
    result = result_of([(0, 10, 0), (0, 10, 1)])  # boxes 10..50 and 17..57
    rows = ["0,14,20,54,71,anna", "0,22,20,62,71,ben"]
    done = one(written(tmp_path, result), labels(tmp_path / "gt.csv", rows))
    assert done.samples is not None
    assert dict(zip(done.samples.track.tolist(), done.samples.identity.tolist(), strict=True)) == {
        0: "anna",
        1: "ben",
    }


@pytest.mark.parametrize(("iou", "found"), [(0.5, 1.0), (0.8, 0.0)])
def test_the_overlap_is_an_option(tmp_path: Path, iou: float, found: float) -> None:
    result = result_of([(0, 10, 0)])
    rows = box_rows(result, ["anna"], shift=8)  # IoU 32 / 48
    done = one(
        written(tmp_path, result),
        labels(tmp_path / "gt.csv", rows),
        replace(QUICK, iou=iou),
    )
    assert done.detection_recall == found


def test_iou_by_hand() -> None:
    table = iou_table(
        np.array([[0, 0, 10, 10.0]]), np.array([[5, 0, 15, 10.0], [20, 20, 30, 30], [0, 0, 10, 10]])
    )
    assert table.tolist() == [[pytest.approx(50 / 150), 0, 1]]


def test_labels_tracks_ids_and_boxes_agree(case: tuple[Path, Path, FilmResult]) -> None:
    path, truth, _ = case
    folder = path.parent
    expected = one(path, truth).to_json()["scores"]["tracks"]
    pairs = list(enumerate(WHO))
    files = [
        labels(folder / "t.csv", [f"{i},{name}" for i, name in pairs], "track_id,identity"),
        labels(folder / "t.ids", [f"{i} {name}" for i, name in pairs], "CVHCI_TRACKLABELS_V1"),
        labels(folder / "t.txt", WHO[1:], WHO[0]),
    ]
    for file in files:
        done = one(path, file)
        assert done.to_json()["scores"]["tracks"] == expected
        assert done.detection_recall is None
        assert [row.error_seconds for row in done.screen_time if row.identity == "carl"] == [
            pytest.approx(-40 / 25)
        ]


def test_ids_name_given_tracks_as_their_file_does(case: tuple[Path, Path, FilmResult]) -> None:
    path, truth, result = case
    expected = one(path, truth).to_json()["scores"]["tracks"]
    tracks = tuple(replace(track, given=str(100 + track.id)) for track in result.tracks)
    other = written(path.parent / "given", replace(result, tracks=tracks))
    rows = [f"{100 + i} {name}" for i, name in enumerate(WHO)]
    ids = labels(path.parent / "t.ids", rows, "CVHCI_TRACKLABELS_V1")
    assert one(other, ids).to_json()["scores"]["tracks"] == expected
    with pytest.raises(DataError, match="there is no given track 3 among"):
        one(other, labels(path.parent / "own.ids", ["3 anna"], "CVHCI_TRACKLABELS_V1"))


def test_mot_agrees_with_boxes(case: tuple[Path, Path, FilmResult]) -> None:
    path, truth, _ = case
    people = {"anna": 1, "ben": 2, "carl": 3}
    rows = []
    for line in truth.read_text().splitlines()[1:]:
        frame, *box, name = line.split(",")
        x1, y1, x2, y2 = (float(value) for value in box)
        rows.append(f"{int(frame) + 1},{people[name]},{x1 + 1},{y1 + 1},{x2 - x1},{y2 - y1},1")
    mot = labels(path.parent / "gt.txt", rows[1:], rows[0])
    expected = one(path, truth).to_json()
    got = one(path, mot).to_json()
    assert got["truth"]["format"] == "mot"
    assert got["scores"] == expected["scores"]


def test_screen_time_of_boxes_by_hand(case: tuple[Path, Path, FilmResult]) -> None:
    """Labels every 10 frames at 25 a second: each stands for 0.4 s.

    Anna has 4 + 4 + 5 labels; person 0 is assigned to her: 4 with her, 4 with Ben, 5 with
    her. Ben has nobody left. Carl has 4 + 4 + 4, person 1 has 4 + 4 of them.
    """
    rows = {row.identity: row for row in one(case[0], case[1]).screen_time}
    assert rows["anna"].true_seconds == pytest.approx(13 * 0.4)
    assert rows["anna"].predicted_seconds == pytest.approx(13 * 0.4)
    assert (rows["ben"].person, rows["ben"].predicted_seconds) == (None, 0.0)
    assert rows["ben"].error_percent == pytest.approx(-100)
    assert rows["carl"].error_seconds == pytest.approx(-4 * 0.4)
    assert rows["carl"].error_percent == pytest.approx(-100 / 3)


def test_screen_time_of_spans_by_hand(case: tuple[Path, Path, FilmResult]) -> None:
    """Person 0 is on screen at 0-1.6, 2-3.6 and 6-7.96 s, person 1 at 0.4-2 and 4-5.6 s.

    Carl's span is all of person 2 and half of person 1.
    """
    path = case[0]
    spans = labels(
        path.parent / "spans.csv",
        ["anna,0,1.6", "anna,1,2", "anna,0:06,0:07.6", "carl,4,5.6", "unsure,5,6", "eve,7.9,8"],
        "identity,start,end",
    )
    done = one(path, spans)
    rows = {row.identity: row for row in done.screen_time}
    assert (rows["anna"].person, rows["carl"].person, rows["eve"].person) == (0, 2, None)
    assert rows["anna"].true_seconds == pytest.approx(3.6)
    assert rows["anna"].predicted_seconds == pytest.approx(5.16)
    assert rows["carl"].error_seconds == pytest.approx(0)
    assert done.tracks is None
    assert done.to_json()["scores"] == {"tracks": None, "faces": None}
    assert any("only screen time" in note for note in done.notes)


def test_a_result_without_faces(tmp_path: Path) -> None:
    result = result_of([])
    done = one(written(tmp_path, result), labels(tmp_path / "gt.csv", ["3,1,1,20,20,anna"]))
    assert (done.n_people, done.pcr, done.detection_recall, done.unknown_share) == (0, 0, 0, None)
    assert done.tracks is not None
    assert done.tracks.to_json() == {
        "with_unknown": {"undefined": "no track has a true name"},
        "without_unknown": {"undefined": "no track with a true name is in a cluster"},
    }
    assert done.screen_time[0].error_percent == pytest.approx(-100)
    show(Evaluation((done,), evaluate([done.film.path], [done.truth_path], QUICK).pooled, QUICK))


def test_everybody_unknown(tmp_path: Path) -> None:
    result = result_of([(0, 40, Reason.blurred), (100, 140, Reason.too_small)])
    truth = labels(tmp_path / "gt.csv", box_rows(result, ("anna", "ben")))
    evaluation = evaluate([written(tmp_path, result)], [truth], QUICK)
    done = evaluation.films[0]
    assert done.unknown_share == 1
    assert scored(done)["n_predicted"] == 1
    assert done.tracks is not None
    assert done.tracks.known.scores is None
    assert evaluation.value(parse_key("known.b3_f")) is None
    assert "undefined" in show(evaluation)


def test_only_left_out_labels(tmp_path: Path) -> None:
    result = result_of([(0, 40, 0)])
    truth = labels(tmp_path / "gt.csv", box_rows(result, ["unsure"]))
    done = one(written(tmp_path, result), truth)
    assert (done.identities, done.pcr, done.detection_recall) == ((), None, None)
    json.dumps(done.to_json(), allow_nan=False)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            ["0,1,1,9,9,a", "200,1,1,9,9,a"],
            "row 3: frame 200 is beyond the end of the film, which has 200",
        ),
        (
            ["0,1,1,9,9,a", "0,1900,1,1990,90,a"],
            "row 3: the box .* lies outside the picture, 1280x720",
        ),
        (["0,-90,1,20,90,a"], "row 2: the box -90,1,20,90 lies outside"),
    ],
)
def test_labels_of_another_film(
    case: tuple[Path, Path, FilmResult], rows: list[str], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        one(case[0], labels(case[0].parent / "other.csv", rows))


@pytest.mark.parametrize(
    ("header", "rows", "message"),
    [
        (
            "time,x1,y1,x2,y2,identity",
            ["8.0,1,1,9,9,a"],
            "row 2: 8 s is outside the film, 0.00 to 8.00",
        ),
        ("identity,start,end", ["a,1,2", "a,3,99"], "row 3: 3 to 99 s lies outside the film"),
        ("track_id,identity", ["0,a", "7,b"], "row 3: there is no track 7 among the 7"),
        ("CVHCI_TRACKLABELS_V1", ["99 b"], "row 2: there is no track 99"),
        ("a", ["b"], "row 2: 2 labels for 7 tracks"),
        ("a", ["b"] * 9, "row 8: 10 labels for 7 tracks"),
        ("201,1,9,9,9,9", [], "row 1: frame 201 is beyond"),
    ],
)
def test_other_truth_of_another_film(
    case: tuple[Path, Path, FilmResult], header: str, rows: list[str], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        one(case[0], labels(case[0].parent / "other.csv", rows, header))


def test_a_face_at_the_edge_is_clipped(tmp_path: Path) -> None:
    result = result_of([(0, 10, 0)])
    done = one(
        written(tmp_path, result),
        labels(tmp_path / "gt.csv", ["0,-4,20,50,71,anna"]),
    )
    assert done.detection_recall == 1


def test_several_films(tmp_path: Path) -> None:
    """Anna is one person in both films; the clusters are four, not two."""
    first, second = result_of([(0, 40, 0), (50, 90, 1)]), result_of([(0, 40, 0), (100, 130, 0)])
    paths = [written(tmp_path, first, "one"), written(tmp_path, second, "two")]
    truths = [
        labels(tmp_path / "1.csv", box_rows(first, ("anna", "ben"))),
        labels(tmp_path / "2.csv", box_rows(second, ("anna", "carl"))),
    ]
    evaluation = evaluate(paths, truths, QUICK)
    pooled = evaluation.pooled
    assert (pooled.n_true, pooled.n_predicted) == (3, 3)
    assert pooled.tracks is not None
    scores = pooled.tracks.everything.scores
    assert scores is not None
    assert (scores.n_samples, scores.n_true, scores.n_predicted) == (4, 3, 3)
    # Two tracks of Anna in two clusters, one of them shared with Carl.
    assert scores.b3_p == pytest.approx((1 + 1 + 0.5 + 0.5) / 4)
    assert scores.b3_r == pytest.approx((0.5 + 1 + 0.5 + 1) / 4)
    assert evaluation.value(parse_key("mean.wcp")) == pytest.approx((1 + 0.5) / 2)
    assert evaluation.value(parse_key("wcp")) == pytest.approx(0.75)
    document = json.loads(as_json(evaluation))
    assert document["mean"]["tracks"]["with_unknown"]["wcp"] == {"value": 0.75, "films": 2}
    assert document["pooled"]["people"] == {"true": 3, "predicted": 3, "pcr": 1.0}
    text = show(evaluation)
    assert "2 films together: 3 clusters, 3 people by name" in text


def test_unknown_groups_of_films_stay_apart() -> None:
    part = Samples(np.array(["a", "b"]), np.array([-1, 0]), np.array([0, 1]))
    level = _pooled_level([part, part], QUICK, "track")
    assert level is not None
    assert level.everything.value("n_predicted") == 4
    assert level.known.value("n_samples") == 2


@pytest.mark.parametrize(
    ("series", "people", "tracks"), [("bbt_s01", 103, 3908), ("buffy_s05", 109, 5832)]
)
def test_pooled_as_published(series: str, people: int, tracks: int, shared_data: Path) -> None:
    """Six episodes, each clustered without an error: the published pooled numbers."""
    parts = []
    for path in sorted((shared_data / "bcl").glob(f"{series}*.ids")):
        truth = read_truth(path, QUICK.leave_out)
        assert isinstance(truth, TrackTruth)
        names = np.array(truth.identity)
        _, cluster = np.unique(names, return_inverse=True)
        parts.append(Samples(names, cluster, truth.track))
    level = _pooled_level(parts, replace(QUICK, resamples=0), "track")
    assert level is not None
    assert level.everything.value("n_true") == people
    assert level.everything.value("n_samples") == tracks
    assert level.everything.value("wcp") == 1


def test_json_is_complete_and_holds_no_nan(case: tuple[Path, Path, FilmResult]) -> None:
    document = json.loads(as_json(evaluate([case[0]], [case[1]], QUICK)))
    assert document["schema_version"] == "1.0"
    assert document["mean"] is None
    film = document["films"][0]
    b3 = film["scores"]["tracks"]["with_unknown"]["b3_f"]
    assert b3["low"] <= b3["value"] <= b3["high"]
    assert document["definitions"]["nmi"]["variant"] == "2 I / (H + H), arithmetic mean"
    assert sum(len(cell["tracks"]) for cell in film["confusion"]) == 7

    def numbers(value: Any) -> list[float]:
        if isinstance(value, dict):
            return [n for item in value.values() for n in numbers(item)]
        if isinstance(value, list):
            return [n for item in value for n in numbers(item)]
        return [value] if isinstance(value, float) else []

    assert all(math.isfinite(number) for number in numbers(document))


def test_no_bootstrap(case: tuple[Path, Path, FilmResult]) -> None:
    done = one(case[0], case[1], replace(QUICK, resamples=0))
    assert done.tracks is not None
    assert done.tracks.everything.intervals == {}


@pytest.mark.parametrize(
    ("config", "message"),
    [({"iou": 0.0}, "overlap"), ({"iou": 1.5}, "overlap"), ({"resamples": -1}, "draws")],
)
def test_options_out_of_range(
    case: tuple[Path, Path, FilmResult], config: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        one(case[0], case[1], replace(QUICK, **config))


def test_one_truth_for_each_result(case: tuple[Path, Path, FilmResult]) -> None:
    with pytest.raises(UsageError, match="2 results and 1 files of truth"):
        evaluate([case[0], case[0]], [case[1]], QUICK)
    with pytest.raises(UsageError, match="0 results"):
        evaluate([], [], QUICK)


@pytest.mark.parametrize(
    ("limit", "failed"),
    [
        ("wcp=0.85", None),
        ("wcp=0.9", r"wcp is 0.8571, below 0.9"),
        ("known.wcp=0.84", "known.wcp is 0.8333, below 0.84"),
        ("faces.b3_f=0.1", None),
        ("known.faces.b3_f=2", "known.faces.b3_f is"),
        ("mean.detection_recall=1", None),
    ],
)
def test_fail_under(case: tuple[Path, Path, FilmResult], limit: str, failed: str | None) -> None:
    evaluation = evaluate([case[0]], [case[1]], QUICK)
    if failed is None:
        check(evaluation, [limit])
    else:
        with pytest.raises(CheckFailed, match=failed):
            check(evaluation, [limit])


def test_fail_under_an_undefined_score(tmp_path: Path) -> None:
    result = result_of([(0, 40, 0)])
    truth = labels(tmp_path / "gt.csv", box_rows(result, ["anna"]))
    evaluation = evaluate([written(tmp_path, result)], [truth], QUICK)
    with pytest.raises(CheckFailed, match=r"pairwise_f is undefined, 0\.5 was wanted"):
        check(evaluation, ["pairwise_f=0.5", "b3_f=0.5"])


@pytest.mark.parametrize(
    "limit",
    [
        "b3_f",
        "b3_f=",
        "b3_f=nan",
        "b3_f=x",
        "operator_clicks=3",
        "pcr=1",
        "bogus=1",
        "faces.known.b3_f=1",
        "faces.detection_recall=1",
        "other.b3_f=1",
    ],
)
def test_limits_that_make_no_sense(limit: str, case: tuple[Path, Path, FilmResult]) -> None:
    with pytest.raises(UsageError):
        check(evaluate([case[0]], [case[1]], replace(QUICK, resamples=0)), [limit])


def show(evaluation: Evaluation, width: int = 80) -> str:
    """What the terminal shows, and nothing is cut off."""
    with Path(os.devnull).open("w") as nowhere:
        console = Console(file=nowhere, width=width, record=True)
        print_evaluation(evaluation, console)
        text = console.export_text()
    assert "\u2026" not in text
    return text


def test_the_terminal_says_everything(case: tuple[Path, Path, FilmResult]) -> None:
    text = show(evaluate([case[0]], [case[1]], QUICK))
    for words in (
        "3 people found, 3 in the truth (ratio 1.00)",
        "of which 29 are in a track (100.0 %)",
        "purity, WCP (4 clusters)",
        "unknown         1 track (14.3 %)",
        "merged   Person 1: anna 2, ben 1",
        "split    anna: Person 1 2, Person 3 1",
        "nobody",
        "known: without the unknown group",
    ):
        assert words in text, text


def test_names_cannot_steer_the_terminal(tmp_path: Path) -> None:
    result = result_of([(0, 40, 0), (100, 140, 1)])
    truth = labels(tmp_path / "gt.csv", box_rows(result, ("[bold]x[/bold]", "\x1b[31mred")))
    text = show(evaluate([written(tmp_path, result)], [truth], QUICK))
    assert "\x1b" not in text
    assert "[bold]x[/bold]" in text


def test_the_table_of_confusion(case: tuple[Path, Path, FilmResult]) -> None:
    done = one(case[0], case[1])
    names = {**done.film.names, -1: "unknown"}
    matrix = confusion_matrix(done.cells, names, limit=40)
    assert matrix is not None
    assert matrix.columns == ("Person 1", "Person 3", "Person 2", "unknown")
    rows = {name: [entry.count for entry in entries] for name, _, entries in matrix.rows}
    assert rows == {"anna": [2, 1, 0, 0], "carl": [0, 0, 2, 1], "ben": [1, 0, 0, 0]}
    small = confusion_matrix(done.cells, names, limit=1)
    assert small is not None
    assert small.columns == ("Person 1", "3 more clusters")
    assert [(name, total) for name, total, _ in small.rows] == [("anna", 3), ("2 more people", 4)]
    assert confusion_matrix((), names, limit=1) is None


def vcn(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vcn", "evaluate", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command(case: tuple[Path, Path, FilmResult], tmp_path: Path) -> None:
    path, truth, _ = case
    page = tmp_path / "evaluation.html"
    good = vcn(path, "--gt", truth, "--json", "--resamples", 10, "--html", page)
    assert good.returncode == 0, good.stderr
    assert json.loads(good.stdout)["options"]["resamples"] == 10
    assert page.stat().st_size > 1000
    bad = vcn(path, "--gt", truth, "--resamples", 0, "--fail-under", "b3_f=0.99")
    assert bad.returncode == CheckFailed.exit_code
    assert bad.stderr.startswith("vcn: b3_f is 0.")
    assert len(bad.stderr.splitlines()) == 1
    assert "purity" in bad.stdout


def test_the_command_says_what_is_wrong(case: tuple[Path, Path, FilmResult]) -> None:
    path, truth, _ = case
    truth.write_text(truth.read_text() + "500,1,1,9,9,anna\n")
    wrong = vcn(path, "--gt", truth)
    assert wrong.returncode == DataError.exit_code
    assert len(wrong.stderr.splitlines()) == 1
    assert "row 31" in wrong.stderr
    assert vcn(path, "--gt", truth, "--fail-under", "x").returncode == UsageError.exit_code


@pytest.mark.parametrize("clip", ["office", "signers", "cyclists", "stage"])
def test_truth_of_the_clips_against_itself(clip: str, shared_data: Path, tmp_path: Path) -> None:
    """Tracks made of the labels themselves, one a person and labelled frame: all is 1."""
    truth_path = shared_data / "clips" / f"{clip}.labels.csv"
    truth = read_truth(truth_path, QUICK.leave_out)
    n_frames = {"office": 3057, "signers": 1589, "cyclists": 510, "stage": 300}[clip]
    rows = [line.split(",") for line in truth_path.read_text().splitlines()[1:]]
    n_frames = max(n_frames, *(int(row[0]) + 1 for row in rows))
    names = sorted({row[5] for row in rows})
    base = film(
        n_frames=n_frames,
        tracks=[(int(row[0]), int(row[0]) + 1, names.index(row[5])) for row in rows],
    )
    tracks = tuple(
        replace(track, xyxy=np.array([[float(v) for v in row[1:5]]]))
        for track, row in zip(base.tracks, rows, strict=True)
    )
    done = one(
        written(tmp_path, replace(base, tracks=tracks)), truth_path, replace(QUICK, resamples=0)
    )
    assert done.detection_recall == 1
    assert done.counts.tracks_scored == int((~truth.left_out).sum())
    values = scored(done)
    assert values["b3_f"] == values["cf"] == 1
    assert values["nmi"] == pytest.approx(1)
    assert done.screen_time_error == 0


@given(data=st.data(), result=films())
@settings(max_examples=25)
def test_any_result_and_labels_have_an_evaluation(data: st.DataObject, result: FilmResult) -> None:
    """Odd films, partial labels, people in several clusters: values, a page, no NaN."""
    rows = []
    for track in result.tracks:
        name = data.draw(st.sampled_from(["a", "b", "unsure", "<i>"]))
        for frame in data.draw(st.sets(st.sampled_from(track.frame.tolist()))):
            box = track.xyxy[frame - int(track.frame[0])]
            rows.append(f"{frame},{','.join(str(float(v)) for v in box)},{name}")
    rows = list({row.rsplit(",", 1)[0]: row for row in rows}.values())
    if len(result.timeline):
        rows.append(f"{len(result.timeline) - 1},900,500,950,550,nobody saw her")
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), result)
        truth = labels(Path(folder) / "gt.csv", rows)
        config = replace(QUICK, resamples=3)
        if not rows:
            with pytest.raises(DataError, match="has a header but no rows"):
                one(path, truth, config)
            return
        evaluation = evaluate([path], [truth], config)
        done = evaluation.films[0]
        assert done.detection_recall is None or 0 <= done.detection_recall <= 1
        counts = done.counts
        assert counts.tracks == (
            counts.tracks_scored
            + counts.tracks_left_out
            + counts.tracks_without_truth
            + counts.tracks_not_sampled
        )
        as_json(evaluation)
        show(evaluation)
        write_page(evaluation, Path(folder) / "evaluation.html")
