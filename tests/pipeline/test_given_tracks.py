"""Tracks of somebody else through the whole chain: the same boxes, with their ids."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from exports import exported

from vcn.report.boxes import Boxes, read_boxes
from vcn.report.read import FilmFile, read_result

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("given")


def cluster(run: Run, film: Path, work: Path, *words: str | Path) -> FilmFile:
    out = work / "found.clusters.json"
    code, _, err = run(
        *("cluster", film, "-o", out, "--adapt", "off", "--device", "cpu", "--no-report", "-q"),
        *("--work-dir", work / "cache", *words),
    )
    assert (code, err) == (0, "")
    return read_result(out)


def mot(boxes: Boxes, track: np.ndarray) -> bytes:
    """Boxes as MOT text, with ids of their own."""
    rows = zip(boxes.frame, track, boxes.xyxy.astype(float), strict=True)
    return "".join(
        f"{f + 1},{t},{a + 1:.3f},{b + 1:.3f},{c - a:.3f},{d - b:.3f},1,-1,-1,-1\n"
        for f, t, (a, b, c, d) in rows
    ).encode()


def test_they_come_back(short_film: Path, work: Path, run: Run) -> None:
    own = cluster(run, short_film, work)
    before = read_boxes(own.boxes_path)
    assert len(own.tracks) >= 4
    for form in ("mot", "cvat"):
        content = (
            mot(before, 1000 + before.track)
            if form == "mot"
            else exported(own, form, unknown=bool(own.unknown))
        )
        path = work / f"tracks.{form}"
        path.write_bytes(content)
        found = cluster(run, short_film, work, "--tracks", path)
        shift = 1000 if form == "mot" else 0
        assert [t.given_id for t in found.tracks] == [str(t.id + shift) for t in own.tracks]
        spans = [(t.shot, t.start_frame, t.stop_frame) for t in found.tracks]
        assert spans == [(t.shot, t.start_frame, t.stop_frame) for t in own.tracks]
        after = read_boxes(found.boxes_path)
        assert np.array_equal(after.frame, before.frame)
        assert np.abs(after.xyxy - before.xyxy).max() < 0.02
        # As good as our own: the same faces, in the same places.
        assert [t.person for t in found.tracks] == [t.person for t in own.tracks]
        assert found.manifest["config"]["tracks"] == str(path)


def test_nobody_else_is_found_and_a_track_over_a_cut_stays_one(
    short_film: Path, work: Path, run: Run
) -> None:
    own = cluster(run, short_film, work)
    first = own.tracks[0]
    n = own.video.n_frames
    path = work / "one.txt"
    box = first.boxes[0].xyxy
    size = (box[2] - box[0], box[3] - box[1])
    path.write_text(
        "".join(f"{f + 1} 5 {box[0] + 1} {box[1] + 1} {size[0]} {size[1]}\n" for f in range(n))
    )
    found = cluster(run, short_film, work, "--tracks", path)
    (track,) = found.tracks
    assert (track.given_id, track.start_frame, track.stop_frame) == ("5", 0, n)
    assert len(found.shots) == 1


def test_tracks_of_another_film_are_refused(short_film: Path, work: Path, run: Run) -> None:
    path = work / "long.txt"
    path.write_text("1,1,10,10,50,50\n5000,1,10,10,50,50\n")
    words = ("--tracks", path, "--device", "cpu", "--work-dir", work / "cache", "-q")
    code, _, err = run("cluster", short_film, "-o", work / "x.json", *words)
    assert code == 7
    assert "has tracks up to frame 4999, and the film has" in err
    code, out, _ = run("cluster", short_film, *words, "--dry-run")
    assert code == 0
    assert "2 tracks of 1 ids, none of our own" in out
