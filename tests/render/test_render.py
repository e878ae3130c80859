"""The rendered film: decoded again, frame by frame."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from film_results import result_of
from media import COLUMNS, ROWS, Film, find, stored_centre

from vcn.config.render import RenderConfig
from vcn.errors import OutputError
from vcn.report.read import read_result
from vcn.types import Reason
from vcn.video import open_video
from vcn.video.encode import FilmWriter

N = 15
Run = Callable[..., tuple[int, str, str]]


def numbers(path: Path) -> list[int]:
    """Which frame of the film each frame of the new one shows, by the place of its square."""
    found = []
    with open_video(path) as video:
        size = (video.info.width, video.info.height)
        cells = np.array([stored_centre(size, i) for i in range(COLUMNS * ROWS)])
        for frame in video.frames():
            away = np.abs(cells - find(frame.image)).sum(axis=1)
            assert away.min() < 4
            found.append(int(away.argmin()))
    return found


def times(path: Path) -> list[float]:
    with open_video(path) as video:
        return [frame.time.seconds for frame in video.frames()]


VARIABLE = tuple(
    Fraction(t, 100) for t in (0, 4, 8, 20, 24, 28, 32, 50, 54, 58, 62, 66, 70, 90, 94)
)


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(24_000, 1001), Fraction(60_000, 1001)])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_every_frame_is_there_at_its_time(
    tmp_path: Path, run: Run, name: str, rate: Fraction
) -> None:
    path = Film(name, n_frames=N, rate=rate, audio="aac").write(tmp_path)
    clusters = result_of(path, [(0, N, 0)])
    out = tmp_path / "out.mp4"
    assert run("render", clusters, "-o", out, "--no-boxes", "-q") == (0, "", "")
    assert numbers(out) == list(range(N))
    shift = np.array(times(out)) - times(path)
    assert np.abs(shift - shift[0]).max() < 0.0011  # Matroska counts milliseconds


def test_a_variable_rate_stays_variable(tmp_path: Path, run: Run) -> None:
    path = Film("a.mp4", n_frames=N, times=VARIABLE, time_base=Fraction(1, 9000)).write(tmp_path)
    out = tmp_path / "out.mkv"
    assert run("render", result_of(path, [(0, N, 0)]), "-o", out, "--no-boxes", "-q")[0] == 0
    assert numbers(out) == list(range(N))
    assert np.allclose(np.diff(times(out)), np.diff(times(path)), atol=0.0011)


def test_a_film_on_its_side_is_written_upright(tmp_path: Path, run: Run) -> None:
    path = Film("a.mp4", n_frames=5, turn=(90, False, False)).write(tmp_path)
    out = tmp_path / "out.mp4"
    assert run("render", result_of(path, [(0, 5, 0)]), "-o", out, "--no-boxes", "-q")[0] == 0
    with open_video(path) as before, open_video(out) as after:
        assert (after.info.width, after.info.height) == (96, 160)
        assert after.info.rotation == 0
        for a, b in zip(before.frames(), after.frames(), strict=True):
            assert np.allclose(find(a.image), find(b.image), atol=1.5)


def test_wide_pixels_are_written_square(tmp_path: Path, run: Run) -> None:
    path = Film("a.mp4", n_frames=5, sample_aspect=Fraction(2)).write(tmp_path)
    out = tmp_path / "out.mp4"
    assert run("render", result_of(path, [(0, 5, 0)]), "-o", out, "--no-boxes", "-q")[0] == 0
    with open_video(out) as after:
        assert (after.info.width, after.info.height) == (320, 96)


@pytest.mark.parametrize("times_of", [None, VARIABLE], ids=["constant", "variable"])
def test_a_reel_has_the_very_frames(
    tmp_path: Path, run: Run, times_of: tuple[Fraction, ...] | None
) -> None:
    path = Film(
        "a.mp4", n_frames=N, times=times_of, time_base=Fraction(1, 9000), audio="aac"
    ).write(tmp_path)
    clusters = result_of(path, [(2, 5, 0), (3, 9, 1), (7, 8, 0), (11, N, 0)])
    out = tmp_path / "reel.mp4"
    assert run("render", clusters, "-o", out, "--reel", "Person 1", "-q")[0] == 0
    frames = [2, 3, 4, 7, 11, 12, 13, 14]
    assert numbers(out) == frames
    before = times(path)
    lengths = [before[i + 1] - before[i] for i in frames[:-1]]
    assert np.allclose(np.diff(times(out)), lengths, atol=0.0011)
    assert run("render", clusters, "-o", out, "--reel", "1", "--handles", "2", "-q")[0] == 0
    assert numbers(out) == list(range(1, 11))


def tones(path: Path, seconds: int, audio: str) -> Path:
    """A film whose sound in second k is a tone of 400 + 200 k Hz."""
    rate = 48_000
    with av.open(str(path), "w") as out:
        sound = out.add_stream(audio, rate=rate, layout="mono")
        video = out.add_stream("libx264", rate=25, width=160, height=96)
        video.pix_fmt = "yuv420p"
        for k in range(seconds):
            for i in range(25):
                image = np.full((96, 160, 3), 16 * k, np.uint8)
                frame = av.VideoFrame.from_ndarray(image).reformat(format="yuv420p")
                frame.pts, frame.time_base = 25 * k + i, Fraction(1, 25)
                out.mux(video.encode(frame))
            wave = 0.5 * np.sin(2 * np.pi * (400 + 200 * k) * np.arange(rate) / rate)
            block = av.AudioFrame.from_ndarray(
                (wave[None] * 32767).astype(np.int16), format="s16", layout="mono"
            )
            block.sample_rate, block.pts, block.time_base = rate, k * rate, Fraction(1, rate)
            out.mux(sound.encode(block))
        out.mux(sound.encode(None))
        out.mux(video.encode(None))
    return path


def heard(path: Path) -> list[float]:
    """The tone in each half second, Hz."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("fltp", "mono", 48_000)
        parts = [
            part.to_ndarray()[0]
            for frame in container.decode(audio=0)
            if frame.pts is not None and frame.pts >= 0
            for part in resampler.resample(frame)
        ]
    wave = np.concatenate(parts)
    steps = [wave[i : i + 12_000] for i in range(6_000, len(wave) - 12_000, 24_000)]
    return [float(np.abs(np.fft.rfft(step)).argmax() * 4) for step in steps]


@pytest.mark.parametrize(("name", "audio"), [("a.mp4", "aac"), ("a.mkv", "pcm_s16le")])
def test_sound_is_kept(tmp_path: Path, run: Run, name: str, audio: str) -> None:
    path = tones(tmp_path / name, 4, audio)
    out = tmp_path / "out.mp4"
    assert run("render", result_of(path, [(0, 100, 0)]), "-o", out, "-q")[0] == 0
    assert heard(out) == pytest.approx([400, 400, 600, 600, 800, 800, 1000, 1000], abs=5)


def test_the_sound_of_a_reel_is_that_of_its_pictures(tmp_path: Path, run: Run) -> None:
    path = tones(tmp_path / "a.mp4", 6, "aac")
    clusters = result_of(path, [(25, 50, 0), (100, 150, 0)])
    out = tmp_path / "out.mp4"
    assert run("render", clusters, "-o", out, "--reel", "0", "-q")[0] == 0
    assert heard(out) == pytest.approx([600, 600, 1200, 1200, 1400, 1400], abs=5)


def test_boxes_names_and_colours(tmp_path: Path, run: Run) -> None:
    path = Film("a.mp4", n_frames=N, size=(1280, 720), options={"crf": "4"}).write(tmp_path)
    clusters = result_of(path, [(0, N, 0), (5, N, 1), (5, N, Reason.blurred)])
    out = tmp_path / "out.mp4"
    assert run("render", clusters, "-o", out, "--person", "0", "-q")[0] == 0
    (box,) = [b for t in read_result(clusters).tracks if t.id == 0 for b in t.boxes[:1]]
    with open_video(out) as video:
        image = next(iter(video.frames())).image.astype(int)
    x1, y1, x2, y2 = (round(v) for v in box.xyxy)
    for x, y in ((x1, (y1 + y2) // 2), ((x1 + x2) // 2, y2 - 1), (x2 - 1, (y1 + y2) // 2)):
        assert np.abs(image[y, x] - (0x4C, 0x9B, 0xE8)).max() < 60, (x, y)
    assert np.abs(image[(y1 + y2) // 2, x2 + 8] - 40).max() < 25


def test_a_full_disk_is_said() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (96, 160, 3), np.uint8)

    def write() -> None:
        with FilmWriter(
            Path("/dev/full"), (160, 96), Fraction(25), Fraction(1, 25), RenderConfig(),
            form="matroska", encoder="libx264", sound=None, cut=False, start=0,
        ) as out:  # fmt: skip
            for i in range(200):
                out.picture(picture, i)
            out.finish(8)

    with pytest.raises(OutputError, match="cannot write the film: No space left"):
        write()


def test_blurred_faces_and_the_others(tmp_path: Path, run: Run) -> None:
    """Stripes under each track; where they are gone, the face is."""
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, width=320, height=160, options={"crf": "1"})
        stream.pix_fmt = "yuv420p"
        for i in range(20):
            image = np.repeat((np.arange(320) // 4 % 2 * 200)[None, :, None], 160, 0)
            image = np.repeat(image, 3, 2).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(image).reformat(format="yuv420p")
            frame.pts, frame.time_base = i, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    clusters = result_of(path, [(0, 20, 0), (8, 12, Reason.uncertain)])
    first, second = read_result(clusters).tracks[:2]

    def contrast(out: Path, frame: int, left: float) -> float:
        with open_video(out) as video:
            image = [f.image for f in video.frames()][frame]
        return float(image[30:60, int(left) : int(left) + 6].std())

    assert first.boxes[0].xyxy[0] == 10
    assert second.boxes[0].xyxy[0] == 17
    out = tmp_path / "out.mp4"
    assert run("render", clusters, "-o", out, "--blur", "unknown", "-q")[0] == 0
    assert contrast(out, 10, 30) < 25  # under the unknown face
    assert contrast(out, 2, 30) < 25  # held before it, for half a second
    assert contrast(out, 10, 100) > 80
    for words in (["--blur", "all-but", "Person 1"], ["--blur", "all-but Person 1"]):
        assert run("render", clusters, *words, "-o", out, "-q")[0] == 0
        assert contrast(out, 10, 30) < 25
    clusters = result_of(path, [(0, 20, 0)])
    assert run("render", clusters, "--blur", "all-but", "Person 1", "-o", out, "-q")[0] == 0
    assert contrast(out, 10, 30) > 80
    assert run("render", clusters, "--blur", "all", "-o", out, "-q")[0] == 0
    assert contrast(out, 10, 30) < 25


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (["-o", "out.avi"], 2, "is no film that can be written"),
        (["-o", "a.mp4"], 2, "is the film itself"),
        (["-o", "out.mp4", "--reel", "Zoe"], 2, "has no person 'Zoe'"),
        (["-o", "out.mp4", "--blur", "some"], 2, "is not known"),
        (["-o", "out.mp4", "--blur", "all-but"], 2, "says not whom to keep"),
        (["-o", "out.mp4", "--blur", "all-but", "Zoe"], 2, "has no person 'Zoe'"),
        (["-o", "out.mp4", "--handles", "3"], 2, "are for --reel"),
        (["-o", "out.mp4", "--set", "render.crv=3"], 2, "Did you mean render.crf"),
        (["-o", "no/where/out.mp4"], 4, "there is no folder"),
        (["-o", "out.mp4", "--encoder", "h265_dreams"], 2, "no encoder 'h265_dreams'"),
        (["-o", "out.mp4", "--film", "b.mp4"], 3, "is not the film that"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    code: int,
    what: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Film("a.mp4", n_frames=5).write(tmp_path)
    Film("b.mp4", n_frames=6).write(tmp_path)
    clusters = result_of(path, [(0, 5, 0)])
    before = sorted(tmp_path.iterdir())
    given, out, err = run("render", clusters, *words)
    assert (given, out) == (code, "")
    assert what in err.splitlines()[-1]
    assert sorted(tmp_path.iterdir()) == before
