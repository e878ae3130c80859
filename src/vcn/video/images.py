"""Numbered pictures as a film: packed into one file, bit by bit as they are.

A result is about one file whose content its hash covers, and reports, exports and rendering
read it again: so the pictures become one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from vcn.errors import InputError, UsageError

_CODECS = {".png": "png", ".jpg": "mjpeg", ".jpeg": "mjpeg"}
"""FFmpeg's codecs of pictures, by the ending of the file."""
_PATTERN = re.compile(r"%(0?\d*)d")
_NUMBERED = re.compile(r"(?P<before>.*?)(?P<number>\d+)(?P<after>\D*)", re.S)
_CONVERT = f"Convert them to {', '.join(sorted(_CODECS))}, or make a film of them."


@dataclass(frozen=True, slots=True)
class Pictures:
    """Numbered pictures of one film."""

    source: Path
    """The folder or pattern that was given."""
    files: dict[int, Path]
    """By number, in order."""

    @property
    def missing(self) -> int:
        """Numbers without a file between the first and the last."""
        numbers = list(self.files)
        return numbers[-1] - numbers[0] + 1 - len(numbers)

    @property
    def stem(self) -> str:
        """A name for what is made of them."""
        name = self.source.name if self.source.is_dir() else _PATTERN.sub("", self.source.stem)
        return name.strip("._- ") or "pictures"


def are_pictures(path: Path) -> bool:
    """True for a folder, and for a printf pattern like frame_%04d.png."""
    return path.is_dir() or (_PATTERN.search(path.name) is not None and not path.exists())


def find_pictures(path: Path) -> Pictures:
    """The pictures of a folder or a pattern.

    Raises:
        InputError: There are none, or those of several films.
    """
    folder = path if path.is_dir() else path.parent
    try:
        names = sorted(one for one in folder.iterdir() if one.is_file())
    except OSError as error:
        raise InputError(f"cannot read {folder}: {error.strerror or error}", "Check it.") from error
    groups: dict[tuple[str, str], dict[int, Path]] = defaultdict(dict)
    if path.is_dir():
        for one in names:
            parts = _NUMBERED.fullmatch(one.stem)
            if parts and one.suffix.lower() in _CODECS:
                key = (parts["before"], parts["after"] + one.suffix)
                groups[key][int(parts["number"])] = one
    else:
        before, after = _PATTERN.split(path.name)[0], _PATTERN.split(path.name)[-1]
        wanted = re.compile(rf"{re.escape(before)}(\d+){re.escape(after)}")
        for one in names:
            found = wanted.fullmatch(one.name)
            if found and one.suffix.lower() in _CODECS:
                groups[before, after][int(found[1])] = one
    if not groups:
        raise InputError(f"{path} has no numbered pictures that are read", _CONVERT)
    if len(groups) > 1:
        (a, b), (c, d) = sorted(groups)[:2]
        raise InputError(
            f"{path} has the pictures of several films: {a}...{b} and {c}...{d}",
            "Give a pattern: frame_%04d.png.",
        )
    ((_, files),) = groups.items()
    return Pictures(path, dict(sorted(files.items())))


def parse_fps(text: str) -> Fraction:
    """Pictures a second.

    Raises:
        UsageError: It is no rate.
    """
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not Fraction(1, 1000) <= rate <= 1000:
        raise UsageError(f"--fps {text[:40]!r} is no rate", "Write it as 25, 23.976 or 24000/1001.")
    return rate


def pack(pictures: Pictures, fps: Fraction, out: Path, on_frame: Callable[[], None]) -> None:
    """Write the pictures as a film (QuickTime); equal pictures make equal files.

    A missing number leaves the picture before it on screen.

    Raises:
        InputError: A picture cannot be read or has another size than the first.
    """
    first = next(iter(pictures.files))
    codec = _CODECS[pictures.files[first].suffix.lower()]
    size = _size(pictures.files[first])
    base = 1 / fps
    with av.open(str(out), "w", format="mov", options={"fflags": "+bitexact"}) as container:
        stream = container.add_mux_stream(codec, rate=fps, width=size[0], height=size[1])
        stream.time_base = base
        for number, path in pictures.files.items():
            if _size(path) != size:
                raise InputError(
                    f"{path} is not as large as the first picture ({size[0]}x{size[1]})",
                    "A film has pictures of one size.",
                )
            packet = av.Packet(path.read_bytes())
            packet.stream, packet.time_base = stream, base
            packet.pts = packet.dts = number - first
            packet.duration, packet.is_keyframe = 1, True
            container.mux_one(packet)
            on_frame()


def _size(path: Path) -> tuple[int, int]:
    """Width and height, without decoding the picture."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            return picture.size
    except (OSError, ValueError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise InputError(f"{path} is no picture that can be read", _CONVERT) from error
