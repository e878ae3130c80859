"""Makes smaller pictures of labelled films: the same people in wide shots.

    python tests/support/smaller_films.py CLIPS OUT

CLIPS is a folder of films with NAME.labels.csv beside them; OUT gets the films below at the height
given, with their labels.
"""

from __future__ import annotations

import argparse
import csv
import shutil
from pathlib import Path

import av

HEIGHTS = {
    "cafe": 200,
    "chemist": 150,
    "cricket": 220,
    "gallery": 240,
    "medley": 140,
    "office": 216,
    "signers": 200,
    "soap": 140,
}
"""A third to a half: faces of 12 to 60 pixels."""


def shrink(film: Path, out: Path, height: int) -> tuple[float, float]:
    """Write a film anew, with the same time stamps.

    Returns:
        By how much it is narrower and lower.
    """
    with av.open(str(film)) as source, av.open(str(out), "w") as target:
        video = source.streams.video[0]
        width = round(video.width * height / video.height / 2) * 2
        made = target.add_stream("libx264", rate=video.average_rate)
        made.width, made.height, made.pix_fmt = width, height, "yuv420p"
        made.options = {"preset": "fast", "crf": "23"}
        made.time_base = made.codec_context.time_base = video.time_base
        for frame in source.decode(video):
            small = frame.reformat(width, height, format="yuv420p", interpolation="AREA")
            small.pts, small.time_base = frame.pts, frame.time_base
            target.mux(made.encode(small))
        target.mux(made.encode(None))
        return width / video.width, height / video.height


def main() -> None:
    """Make all that are there."""
    parser = argparse.ArgumentParser()
    parser.add_argument("clips", type=Path)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    for name, height in HEIGHTS.items():
        film = asked.clips / f"{name}.mp4"
        if not film.is_file():
            continue
        narrower, lower = shrink(film, asked.out / film.name, height)
        with (asked.clips / f"{name}.labels.csv").open() as source:
            rows = list(csv.DictReader(source))
        with (asked.out / f"{name}.labels.csv").open("w", newline="") as target:
            writer = csv.DictWriter(target, rows[0])
            writer.writeheader()
            for row in rows:
                for key in ("x1", "x2"):
                    row[key] = f"{float(row[key]) * narrower:.2f}"
                for key in ("y1", "y2"):
                    row[key] = f"{float(row[key]) * lower:.2f}"
                writer.writerow(row)
        shots = asked.clips / f"{name}.shots.csv"
        if shots.is_file():
            shutil.copy(shots, asked.out)


if __name__ == "__main__":
    main()
