"""Mutated films: a clear error or frames, never a crash, a hang or a traceback.

`python tests/fuzz_video.py --count 5000 --seed 1` runs as many mutations as asked for;
tests/test_video_fuzz.py runs a few hundred.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import fuzz_driver
from media import Film

from vcn.errors import InputError
from vcn.types import Timeline
from vcn.video import content_hash, open_video

MEMORY = 4 * 2**30
"""Bytes of address space beyond which the child fails."""

FAST = {"movflags": "faststart"}
SEEDS = [
    Film("a.mp4", container=FAST, options={"bf": "2"}),
    Film("b.mov", "mpeg4", container=FAST, audio="pcm_s16le"),
    Film("c.mkv", "libx264", turn=(90, False, False)),
    Film("d.webm", "libvpx-vp9", options={"cpu-used": "8"}),
    Film("e.avi", "mjpeg", "yuvj420p", colour=(2, 2, 2, 2)),
    Film("f.ts", "mpeg2video", fields="tff", options={"flags": "+ildct+ilme"}),
    Film("g.mxf", "mpeg2video", "yuv422p"),
    Film("h.mp4", "libx265", "yuv420p10le", container=FAST, colour=(9, 16, 9, 1)),
    Film("i.mov", "prores_ks", "yuva444p10le", container=FAST, size=(96, 64)),
    Film("j.mp4", "libsvtav1", options={"preset": "12"}, container=FAST),
    Film("k.mkv", "ffv1", "yuv444p", size=(64, 48)),
    Film("l.gif", "gif", "rgb8"),
    Film("m.mp4", container={"movflags": "frag_keyframe+empty_moov"}, cover=False, hidden=3),
    Film("n.flv", n_frames=6),
]


def seeds() -> list[tuple[str, bytes]]:
    """Whole small films."""
    with tempfile.TemporaryDirectory() as folder:
        films = [replace(film, n_frames=6).write(Path(folder)) for film in SEEDS]
        return [(film.suffix, film.read_bytes()) for film in films]


def read(path: Path) -> str:
    """Read a film as the pipeline does; what came of it, in a word or two."""
    try:
        with open_video(path) as video:
            for frame in video.frames():
                frame.small(64)
                if frame.time.index % 4 == 0:
                    assert frame.image.shape == (video.info.height, video.info.width, 3)
                if frame.time.index > 500:
                    return "many frames"
            assert isinstance(video.timeline, Timeline)
            return "frames"
    except InputError as caught:
        error = caught
    assert "\n" not in str(error)
    assert error.hint
    return "error"


@contextmanager
def reading() -> Iterator[fuzz_driver.Reader]:
    """Whole films, and what reads a mutation of them."""
    films = seeds()
    with tempfile.TemporaryDirectory() as folder:

        def read_one(number: int) -> str:
            suffix, data = fuzz_driver.mutate(films, number)
            path = Path(folder) / f"film{suffix}"
            path.write_bytes(data)
            content_hash(path)
            return read(path)

        yield read_one


if __name__ == "__main__":
    sys.exit(fuzz_driver.main(__file__, __doc__, MEMORY, reading))
