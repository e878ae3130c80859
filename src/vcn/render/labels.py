"""Names as pictures, in any script that a font of this machine has."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vcn.types import ImageArray

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_FONTS = (
    *("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial Unicode.ttf", "LiberationSans-Regular.ttf"),
    *("NotoSansCJK-Regular.ttc", "NotoSansArabic-Regular.ttf", "NotoNaskhArabic-Regular.ttf"),
    *("wqy-microhei.ttc", "DroidSansFallbackFull.ttf", "PingFang.ttc", "Hiragino Sans GB.ttc"),
    *("msyh.ttc", "arial.ttf", "unifont.otf"),
)
"""Preferred ones, by the files they come in."""
_FOLDERS = {
    "darwin": ("/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts"),
    "win32": ("C:/Windows/Fonts",),
}
_LINUX = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
_MISSING = "\U0010fffd"
"""A private character that no font has: its picture is that of what is missing."""
_PADDING = 0.25
"""Around the letters, of their height."""


def label(text: str, height: int, rgb: tuple[int, int, int]) -> ImageArray | None:
    """(h, w, 3) RGB of a name on its colour; None: no font here has all its letters."""
    font = font_for(text, height)
    if font is None:
        return None
    from PIL import Image, ImageDraw

    left, top, right, bottom = font.getbbox(text)
    pad = round(height * _PADDING)
    size = (max(int(right - left), 1) + 2 * pad, max(int(bottom - top), 1) + 2 * pad)
    picture = Image.new("RGB", size, rgb)
    dark = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] < 140
    ink = (255, 255, 255) if dark else (0, 0, 0)
    ImageDraw.Draw(picture).text((pad - left, pad - top), text, fill=ink, font=font)
    return np.asarray(picture)


def font_for(text: str, height: int) -> FreeTypeFont | None:
    """The first font that has every letter of a text."""
    from PIL import ImageFont

    default = ImageFont.load_default(height)
    assert isinstance(default, ImageFont.FreeTypeFont)
    files = (ImageFont.truetype(path, height) for path in _files())
    return next((font for font in (default, *files) if _has(font, text)), None)


def _has(font: FreeTypeFont, text: str) -> bool:
    missing = bytes(font.getmask(_MISSING))
    return all(c.isspace() or bytes(font.getmask(c)) != missing for c in set(text))


@lru_cache(maxsize=1)
def _files() -> tuple[str, ...]:
    found = {path.name: str(path) for path in _installed()}
    return tuple(found[name] for name in _FONTS if name in found)


def _installed() -> Iterator[Path]:
    for folder in _FOLDERS.get(sys.platform, _LINUX):
        yield from (p for p in Path(folder).expanduser().rglob("*") if p.name in _FONTS)
