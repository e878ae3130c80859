"""Tracks of other tools: read as their formats say, or refused in one line."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from vcn.errors import DataError
from vcn.given import Run, read_given


def write(folder: Path, content: str) -> Path:
    path = folder / "tracks.txt"
    path.write_text(content, encoding="utf-8")
    return path


def seen(runs: tuple[Run, ...]) -> list[tuple[str, list[int], list[float]]]:
    return [(run.id, run.frame.tolist(), run.xyxy[0].tolist()) for run in runs]


def test_mot_counts_from_one_and_an_id_that_was_away_is_another_track(tmp_path: Path) -> None:
    rows = ["1,7,11,21,30,40,1,-1,-1,-1", "3,7,12,21,30,40,1,-1,-1,-1", "2,8,1,1,5,5,1,-1,-1,-1",
            "40,7,100,21,30,40,1,-1,-1,-1"]  # fmt: skip
    for separator in (",", " ", ";", "\t"):
        text = "\n".join(row.replace(",", separator) for row in rows)
        given = read_given(write(tmp_path, text), max_gap=25)
        assert seen(given.runs) == [
            ("7", [0, 2], [10, 20, 40, 60]),
            ("8", [1], [0, 0, 5, 5]),
            ("7", [39], [99, 20, 129, 60]),
        ]
    assert given.n_frames == 40
    assert given.runs[0].at(1).tolist() == [10.5, 20, 40.5, 60]
    assert list(given.on(1)) == [0, 1]
    assert given.goes_over(1)
    assert not given.goes_over(0)
    assert not given.goes_over(39)
    assert [frame for frame in range(40) if given.wants(frame)] == [0, 1, 2, 39]


def test_cvat_says_itself_where_a_track_is_away(tmp_path: Path) -> None:
    def box(frame: int, left: int, outside: int = 0) -> str:
        return (
            f'<box frame="{frame}" xtl="{left}" ytl="2" xbr="{left + 9}" ybr="20" '
            f'outside="{outside}" occluded="0" keyframe="1"></box>'
        )

    boxes = box(5, 0) + box(400, 10) + box(401, 10, 1) + box(402, 50)
    text = f'<annotations><track id="3" label="face">{boxes}</track></annotations>'
    given = read_given(write(tmp_path, text), max_gap=25)
    assert seen(given.runs) == [("3", [5, 400], [0, 2, 9, 20]), ("3", [402], [50, 2, 59, 20])]


def test_coco_takes_the_frame_of_the_image(tmp_path: Path) -> None:
    document = {
        "images": [{"id": 9, "frame_index": 4, "video_id": 1}, {"id": 2, "video_id": 1}],
        "annotations": [
            {"id": 1, "image_id": 9, "track_id": 5, "bbox": [1, 2, 3, 4]},
            {"id": 2, "image_id": 2, "instance_id": "x", "bbox": [1, 2, 3, 4]},
        ],
    }
    given = read_given(write(tmp_path, json.dumps(document)), max_gap=5)
    assert seen(given.runs) == [("x", [1], [1, 2, 4, 6]), ("5", [4], [1, 2, 4, 6])]


def test_bbt_and_buffy_as_text_and_as_matlab(tmp_path: Path) -> None:
    """Two headers, then frame, seconds, number of faces, and five numbers a face."""
    rows = [
        "CVHCI_TRACKS_V1", "1024 576 25", "0 0.000 0", "4 0.160 2 7 10 20 30 40 11 1.5 2 8 9",
        "5 0.200 1 7 11 20 30 40", "900 36.000 1 7 50 20 30 40",
    ]  # fmt: skip
    expected = [
        ("7", [4, 5, 900], [10, 20, 40, 60]),  # one track, however long it was away
        ("11", [4], [1.5, 2, 9.5, 11]),
    ]
    found = read_given(write(tmp_path, "\n".join(rows)), max_gap=25)
    assert sorted(seen(found.runs)) == sorted(expected)
    tracks = np.array(
        [
            ([10, 11, 50], [20] * 3, [30] * 3, [40] * 3, [4, 5, 900], 7, "sheldon"),
            ([1.5], [2], [8], [9], [4], 11, "leonard"),
        ],
        dtype=[(name, object) for name in ("x", "y", "w", "h", "frames", "trackerId",
                                           "groundTruthIdentity")],
    )  # fmt: skip
    path = tmp_path / "bbt_facetracks.mat"
    for shape in ((1, -1), (-1, 1)):
        savemat(path, {"FaceTracks": tracks.reshape(shape)})
        assert sorted(seen(read_given(path, max_gap=25).runs)) == sorted(expected)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(DataError, match="cannot be read as MATLAB"):
        read_given(path, max_gap=25)
    savemat(path, {"a": 1})
    with pytest.raises(DataError, match="holds no tracks with x y w h"):
        read_given(path, max_gap=25)
    tracks["w"][1] = [8, 8]
    savemat(path, {"FaceTracks": tracks})
    with pytest.raises(DataError, match="track 2: ValueError"):
        read_given(path, max_gap=25)


COCO = '{"images": [{"id": 1}], "annotations": [{"image_id": %s, "track_id": 1, "bbox": %s}]}'


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "holds no track"),
        ("1,2,3\n", "row 1: no row of MOT"),
        ("0,1,1,1,5,5\n", "frames of MOT count from 1"),
        ("1,1,1,1,5,5\n1,1,2,2,5,5\n", "id 1 is on frame 0 twice"),
        ("1,1,1,1,0,5\n", "no possible box on frame 0"),
        ("1,1,nan,1,5,5\n", "no possible box"),
        ("1e30,1,1,1,5,5\n", r"is on frame 1e\+30"),
        ("frame,x1,y1,x2,y2,identity\n", "no row of MOT"),
        ("CVHCI_TRACKS_V1\n", "holds no track"),
        ("CVHCI_TRACKLABELS_V1\n7 sheldon\n", "says whose tracks they are"),
        ("CVHCI_TRACKS_V1\nx\n0 0.0 2 7 1 1 5 5\n", "row 3: no row of BBT/Buffy"),
        ("CVHCI_TRACKS_V1\nx\n0 0.0 1 7 1 1 5 nan\n", "no possible box"),
        ("CVHCI_TRACKS_V1\nx\n0 0.0 1 7.5 1 1 5 5\n", "7.5 is no number of a track"),
        ("<annotations>", "is not XML"),
        ("<annotations></annotations>", "no export of CVAT for video"),
        ('<annotations><track><box frame="1"/></track></annotations>', "a box has no xtl"),
        ("{", "is no COCO file"),
        ('{"images": []}', "is no COCO file"),
        (COCO % (1, "[1, 2]"), "annotation 0"),
        (COCO % (7, "[1, 2, 3, 4]"), "annotation 0"),
        ('{"images": [{"id": 1, "video_id": 1}, {"id": 2, "video_id": 2}], "annotations": []}',
         "several films"),
    ],
)  # fmt: skip
def test_what_is_no_track_is_refused(tmp_path: Path, content: str, what: str) -> None:
    with pytest.raises(DataError, match=what):
        read_given(write(tmp_path, content), max_gap=5)


def test_bytes_and_missing_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="is not text"):
        read_given(tmp_path / "a", 5)
    with pytest.raises(DataError, match="cannot read"):
        read_given(tmp_path / "none", 5)


def test_random_text_never_breaks_it(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    letters = list('0123456789,.;-<>{}[]"= \nab')
    for _ in range(300):
        path = write(tmp_path, "".join(random.choice(letters, random.integers(0, 60))))
        with contextlib.suppress(DataError):
            assert read_given(path, 5).runs
