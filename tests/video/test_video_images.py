"""Numbered pictures as a film."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from media import draw, find, stored_centre
from PIL import Image

from vcn.errors import InputError
from vcn.report.read import read_result
from vcn.video import content_hash, open_video
from vcn.video.images import Pictures, are_pictures, find_pictures, pack

Run = Callable[..., tuple[int, str, str]]
SIZE = (160, 96)


def pictures(folder: Path, name: str, numbers: range | list[int]) -> Path:
    folder.mkdir(exist_ok=True)
    for i in numbers:
        Image.fromarray(draw(SIZE, i % 15)).save(folder / name.format(i))
    return folder


@pytest.mark.parametrize("name", ["f_{:04d}.png", "f{}.jpg", "a1.{:06d}.JPEG", "{}.png"])
def test_each_picture_is_a_frame_in_the_order_of_numbers(tmp_path: Path, name: str) -> None:
    folder = pictures(tmp_path / "in", name, range(95, 107))  # 100 comes after 99
    found = find_pictures(folder)
    out = tmp_path / "a.mov"
    rate = Fraction(24_000, 1001)
    pack(found, rate, out, lambda: None)
    with open_video(out) as video:
        assert (video.info.width, video.info.height) == SIZE
        frames = [(frame.time.seconds, find(frame.image)) for frame in video.frames()]
    assert np.allclose([t for t, _ in frames], np.arange(12) / float(rate), atol=0.0011)
    assert np.allclose([at for _, at in frames], [stored_centre(SIZE, n) for n in range(95, 107)],
                       atol=2)  # fmt: skip
    again = tmp_path / "b.mov"
    pack(found, rate, again, lambda: None)
    assert content_hash(out) == content_hash(again)


def test_png_is_packed_without_loss(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    noise = np.random.default_rng(0).integers(0, 255, (2, 96, 160, 3), np.uint8)
    for i, image in enumerate(noise):
        Image.fromarray(image).save(folder / f"{i}.png")
    pack(find_pictures(folder), Fraction(25), tmp_path / "a.mov", lambda: None)
    with open_video(tmp_path / "a.mov") as video:
        assert all(np.array_equal(f.image, n) for f, n in zip(video.frames(), noise, strict=True))


def test_a_missing_number_leaves_the_one_before(tmp_path: Path) -> None:
    found = find_pictures(pictures(tmp_path / "in", "{:03d}.png", [7, 8, 11]))
    assert found.missing == 2
    pack(found, Fraction(25), tmp_path / "a.mov", lambda: None)
    with open_video(tmp_path / "a.mov") as video:
        assert [f.time.seconds for f in video.frames()] == pytest.approx([0, 0.04, 0.16])


def test_patterns_and_folders(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "in", "f_{:04d}.png", range(3))
    pictures(folder, "g_{:04d}.png", range(2))
    (folder / "notes.txt").write_text("x")
    assert are_pictures(folder)
    assert are_pictures(folder / "f_%04d.png")
    assert not are_pictures(folder / "f_0001.png")
    assert len(find_pictures(folder / "f_%04d.png").files) == 3
    assert len(find_pictures(folder / "g_%d.png").files) == 2
    assert Pictures(folder / "f_%04d.png", {}).stem == "f"
    with pytest.raises(InputError, match="the pictures of several films"):
        find_pictures(folder)
    with pytest.raises(InputError, match="has no numbered pictures"):
        find_pictures(folder / "h_%04d.png")
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match="has no numbered pictures"):
        find_pictures(tmp_path / "none")


def test_pictures_that_cannot_be_a_film(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "in", "{}.png", range(2))
    Image.new("RGB", (50, 50)).save(folder / "2.png")
    with pytest.raises(InputError, match="is not as large as the first picture"):
        pack(find_pictures(folder), Fraction(25), tmp_path / "a.mov", lambda: None)
    (folder / "2.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match="is no picture that can be read"):
        pack(find_pictures(folder), Fraction(25), tmp_path / "a.mov", lambda: None)


def test_the_whole_command(tmp_path: Path, run: Run) -> None:
    folder = pictures(tmp_path / "shot", "f_{:04d}.png", range(1, 13))
    out = tmp_path / "shot.clusters.json"
    words = ("-o", out, "--device", "cpu", "--adapt", "off", "--no-report", "-q")
    assert run("cluster", folder, "--fps", "24", *words, "--dry-run")[1] == (
        f"pictures:   12 of {folder} at 24 a second: {tmp_path / 'shot.film.mov'}\n"
    )
    code, _, err = run("cluster", folder, "--fps", "24", *words, "--work-dir", tmp_path / "work")
    assert (code, err) == (0, "")
    video = read_result(out).video
    assert video.path == str(tmp_path / "shot.film.mov")
    assert (video.n_frames, video.nominal_rate) == (12, 24)


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (["in"], 2, "is no film but 2 pictures. Say how many a second: --fps 24"),
        (["empty"], 3, "has no numbered pictures"),
        (["in", "--fps", "x"], 2, "is no rate"),
        (["a.mp4", "--fps", "24"], 2, "--fps is for pictures"),
        (["a.mp4", "in"], 2, "some are pictures"),
        (["-"], 3, "standard input is no film"),
        (["https://example.org/film.mp4"], 3, "Download it to a file first"),
    ],
)
def test_one_line_says_what_to_do(
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    code: int,
    what: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    pictures(tmp_path / "in", "{}.png", range(2))
    (tmp_path / "empty").mkdir()
    given, out, err = run("cluster", *words, "--device", "cpu", "-q")
    assert (given, out) == (code, "")
    assert what in err
    assert err.count("\n") == 1
