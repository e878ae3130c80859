"""Mutated films: a clear error or frames, never a crash, a hang or a traceback.

`python tests/fuzz_video.py --count 5000 --seed 1` runs as many mutations as asked for;
tests/test_video_fuzz.py runs a few hundred. Films are read in a child process, so that
a crash of a library is seen and told with the number of the mutation.
"""

from __future__ import annotations

import argparse
import queue
import random
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, replace
from pathlib import Path

from media import Film

from vcn.errors import InputError
from vcn.types import Timeline
from vcn.video import content_hash, open_video

PATIENCE = 60.0
"""Seconds for one film of a few kilobytes, on a busy machine."""
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


def mutate(films: list[tuple[str, bytes]], number: int) -> tuple[str, bytes]:
    """Film number `number`: always the same one."""
    rng = random.Random(number)
    suffix, film = films[number % len(films)]
    data = bytearray(film)
    for _ in range(rng.choice([1, 1, 2, 4, 16])):
        n = len(data)
        # Heads and tails hold the structure: they get half of the changes.
        at = rng.choice([rng.randrange(n), rng.randrange(min(n, 1500)), n - 1 - rng.randrange(n)])
        kind = rng.randrange(8)
        if kind == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at] = rng.choice([0, 1, 0x7F, 0x80, 0xFF])
        elif kind == 2:
            value = rng.choice([0, 1, 2**31 - 1, 2**31, 2**32 - 1, rng.randrange(2**32)])
            data[at : at + 4] = value.to_bytes(4, rng.choice(["big", "little"]))
        elif kind == 3:
            data[at : at + rng.randrange(1, 200)] = rng.randbytes(rng.randrange(1, 200))
        elif kind == 4:
            del data[at : at + rng.randrange(1, 400)]
        elif kind == 5:
            data[at:at] = data[at : at + rng.randrange(1, 400)]
        elif kind == 6:
            del data[max(at, 16) :]
        else:
            _, other = films[rng.randrange(len(films))]
            data[at : at + 300] = other[:300] if rng.random() < 0.5 else other[-300:]
        if not data:
            data = bytearray(b"\0")
    return suffix, bytes(data)


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


def _child(start: int, stop: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    films = seeds()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(start, stop):
            suffix, data = mutate(films, number)
            path = Path(folder) / f"film{suffix}"
            path.write_bytes(data)
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()
            content_hash(path)
            sys.stdout.write(f"{read(path)}\n")
            sys.stdout.flush()


@dataclass
class Outcome:
    """What the mutations came to."""

    counts: dict[str, int]
    failures: list[str]


def run(start: int, stop: int, script: str = __file__) -> Outcome:
    """Read mutations `start` to `stop` (half-open); go on after a failure.

    `script --child start stop` writes two lines for each: its number, what came of it.
    """
    outcome = Outcome({}, [])
    while start < stop:
        command = [sys.executable, script, "--child", str(start), str(stop)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as child:
            lines: queue.Queue[str | None] = queue.Queue()
            assert child.stdout is not None
            reader = threading.Thread(target=_forward, args=(child.stdout, lines), daemon=True)
            reader.start()
            current, why = start, ""
            while True:
                try:
                    line = lines.get(timeout=PATIENCE)
                except queue.Empty:
                    child.kill()
                    why = f"no answer within {PATIENCE:.0f} s"
                    break
                if line is None:
                    break
                if line.isdigit():
                    current = int(line)
                else:
                    outcome.counts[line] = outcome.counts.get(line, 0) + 1
            _, noise = child.communicate()
            if child.returncode == 0:
                return outcome
            why = why or f"exit code {child.returncode}"
            tail = noise.strip().splitlines()[-1:] or [""]
            outcome.failures.append(f"mutation {current}: {why}: {tail[0]}")
            start = current + 1
    return outcome


def _forward(stream, lines: queue.Queue[str | None]) -> None:
    for line in stream:
        lines.put(line.strip())
    lines.put(None)


def main() -> int:
    """Run from the command line; exit code 1 when something failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0, help="number of the first mutation")
    parser.add_argument("--child", type=int, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        _child(*options.child)
        return 0
    outcome = run(options.seed, options.seed + options.count)
    sys.stdout.write(f"{outcome.counts}\n" + "".join(f"{line}\n" for line in outcome.failures))
    return 1 if outcome.failures else 0


if __name__ == "__main__":
    sys.exit(main())
