"""Faces cut from the film."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import pytest
from exports import film_file, part
from film_results import film
from media import Film, write_long

from vcn.errors import InputError, OutputError
from vcn.export.registry import format_named
from vcn.export.write import write_export
from vcn.report.read import FilmFile
from vcn.types import Reason
from vcn.video import content_hash


@pytest.fixture
def found(tmp_path: Path) -> FilmFile:
    """A bright square goes over a dark film; the track follows nobody in particular."""
    path = Film("a.mp4", n_frames=15).write(tmp_path)
    result = film(n_frames=15, tracks=[(0, 15, 0), (2, 6, Reason.blurred)], path=str(path))
    manifest = replace(
        result.manifest, video={**result.manifest.video, "content_hash": content_hash(path)}
    )
    return film_file(tmp_path, replace(result, manifest=manifest))


def test_a_folder_a_person(found: FilmFile, tmp_path: Path) -> None:
    out = tmp_path / "faces"
    notes = write_export(
        format_named("crops"), part(found, {0: 'A/B: "x"' + "\u738b" * 50}, unknown=True), out
    )
    folders = sorted(folder.name for folder in out.iterdir())
    assert folders == ["000 A_B_ _x_" + "\u738b" * 17, "unknown Unknown"]
    pictures = sorted(out.rglob("*.jpg"))
    boxes = sum(len(track.boxes) for track in found.tracks)
    assert len(pictures) == boxes
    assert notes == (f"{boxes} faces of 2 tracks",)
    first = cv2.imread(str(pictures[0]))
    assert first.shape[0] == first.shape[1] == 76  # 51 pixels and a margin of a quarter


def test_a_folder_that_is_not_empty_is_left_alone(found: FilmFile, tmp_path: Path) -> None:
    (tmp_path / "faces").mkdir()
    (tmp_path / "faces" / "mine.txt").write_text("keep")
    with pytest.raises(OutputError, match="is there already"):
        write_export(format_named("crops"), part(found), tmp_path / "faces")
    assert [p.name for p in (tmp_path / "faces").iterdir()] == ["mine.txt"]


def test_another_film_is_refused_and_nothing_is_left(found: FilmFile, tmp_path: Path) -> None:
    path = Path(found.video.path)
    write_long(path.with_suffix(".avi"), 1)
    path.with_suffix(".avi").replace(path)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(InputError, match="is not the film that"):
        write_export(format_named("crops"), part(found), tmp_path / "faces")
    path.unlink()
    with pytest.raises(InputError, match=r"is not there\. Say where it is with --film"):
        write_export(format_named("crops"), part(found), tmp_path / "faces")
    assert sorted(tmp_path.iterdir()) == [p for p in before if p != path]


def test_a_film_that_was_moved_is_found_beside_the_result_or_named(
    found: FilmFile, tmp_path: Path
) -> None:
    path = Path(found.video.path)
    moved = path.rename(tmp_path / "b.mp4")
    write_export(format_named("crops"), part(found, film=moved), tmp_path / "faces")
    assert list((tmp_path / "faces").rglob("*.jpg"))
    assert found.video.frame_rate == Fraction(25)
