"""`make bench`: where the time of `vcn cluster` goes, written to benchmarks/speed.*."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest
from measure_speed import FLOOR, OVERHEAD, PARTS
from paths import BENCHMARKS, SUPPORT

FOLDER = BENCHMARKS
LIMIT = 0.15
"""Of issue 6: reading, tracking, storing and reporting over decode + detection + embedding."""


def overhead(seconds: dict[str, float]) -> float:
    """What is neither floor, adaptation nor start, over the floor."""
    return sum(seconds[part] for part in OVERHEAD) / sum(seconds[part] for part in FLOOR)


def table(found: dict) -> str:
    """The measurement as Markdown."""
    cpu, wall = found["cpu_seconds"], found["wall_seconds"]
    film = found["film_seconds"]
    rows = [
        f"| {part} | {cpu[part]:.1f} | {cpu[part] / sum(cpu.values()):.0%} | {wall[part]:.1f} |"
        for part in PARTS
    ]
    return f"""# Time of `vcn cluster`

{found["film"]}, {film:.0f} s of film, {found["frames"]} frames, {found["searched_frames"]}
of them searched for faces, {found["tracks"]} tracks, {found["crops"]} crops; the pack `open`,
a new cache, report included. One run, made by `make bench` (tests/measure_speed.py).

{found["processor"]}, {found["cores"]} cores. The load of the machine at the end was
{found["load"]:.1f}: with other programs running the wall time says little, processor time much.
Everything that computes had one thread; the decoder had its own.

| part | processor time, s | share | wall time, s |
|---|---|---|---|
{chr(10).join(rows)}
| total | {sum(cpu.values()):.1f} | | {sum(wall.values()):.1f} |

`start` is imports and loading models; `adaptation` includes quality and clustering;
`rest` is hashing, storing and reporting. Decoding runs beside the rest, so that its wall
time is only the waiting for it.

Floor = decode + detection + embedding: {sum(cpu[part] for part in FLOOR):.1f} s.
Shots, tracking, crops and rest cost **{overhead(cpu):.1%}** over it (limit {LIMIT:.0%}).
Total / length of the film: {sum(cpu.values()) / film:.2f} in processor time on one thread,
{sum(wall.values()) / film:.2f} in wall time under that load.
"""


def processor() -> str:
    """The processor's name, where the system says it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


@pytest.mark.bench
def test_overhead_is_small(shared_data: Path, tmp_path: Path) -> None:
    script = SUPPORT / "measure_speed.py"
    film = shared_data / "clips" / "office.mp4"
    done = subprocess.run(
        [sys.executable, script, film, tmp_path], check=True, capture_output=True, text=True
    )
    found = json.loads(done.stdout) | {"processor": processor()}
    found["overhead"] = overhead(found["cpu_seconds"])
    found["limit"] = LIMIT
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "speed.json").write_text(json.dumps(found, indent=1) + "\n")
    text = table(found)
    (FOLDER / "speed.md").write_text(text)
    sys.stdout.write(text)
    assert found["overhead"] <= LIMIT
