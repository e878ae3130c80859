"""A folder for each person with pictures of their face, cut from the film."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from vcn.export.excerpt import UNKNOWN_NAME, Excerpt
from vcn.export.text import one_line
from vcn.report.film import film_of
from vcn.report.read import FilmBox
from vcn.report.thumbnails import jpeg, square
from vcn.video import open_video

_QUALITY = 92
"""Of the JPEG files."""
_MAX_NAME = 60
"""Bytes of a name in the name of a folder."""


def write_folder(excerpt: Excerpt, folder: Path) -> tuple[str, ...]:
    """Write the sampled faces of each track: NNN NAME/FRAME_TRACK.jpg.

    Raises:
        InputError: The film is not there or is another.
    """
    wanted: dict[int, list[FilmBox]] = defaultdict(list)
    places: dict[int, Path] = {}
    for track in excerpt.tracks():
        who = "unknown" if track.person is None else f"{track.person:03d}"
        name = UNKNOWN_NAME if track.person is None else excerpt.names[track.person]
        places[track.id] = folder / f"{who} {file_name(name)}".strip()
        places[track.id].mkdir(exist_ok=True)
        for box in track.boxes:
            wanted[box.frame].append(box)
    path = film_of(excerpt.film, excerpt.style.film)
    written = 0
    with open_video(path) as video:
        for frame in video.frames():
            for box in wanted.pop(frame.time.index, ()):
                face = square(frame.image, box.xyxy)
                if face.size:
                    name = f"{box.frame:06d}_{box.track}.jpg"
                    (places[box.track] / name).write_bytes(jpeg(face, None, _QUALITY))
                    written += 1
            if not wanted:
                break
    return (f"{written} faces of {len(places)} tracks",)


def file_name(name: str) -> str:
    """A name as every file system takes it."""
    plain = re.sub(r'[<>:"/\\|?*]', "_", one_line(name)).rstrip(". ")
    return plain.encode()[:_MAX_NAME].decode(errors="ignore").strip()
