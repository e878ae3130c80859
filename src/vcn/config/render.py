"""``vcn render``. All values are our choice unless they say otherwise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RenderConfig:
    """The picture and sound of a rendered film. Not part of RunConfig."""

    crf: int = 20
    """Quality of x264: 18 is taken to look like the original, 23 is its default."""
    preset: str = "veryfast"
    """Of x264: 720p is faster than the film on two cores (docs/render.md)."""
    sound_bit_rate: int = 192_000
    """Of AAC, where sound cannot be copied."""
    line_share: float = 1 / 300
    """Width of a box's line, of the picture's height."""
    label_share: float = 1 / 32
    """Height of a name, of the picture's height."""
    blur_cells: int = 5
    """A blurred face keeps so many values a side: too few for any face model."""
    blur_margin: float = 0.25
    """Of the box on each side: hair and chin can be known too."""
    blur_hold_seconds: float = 0.5
    """So long before and after a track, in its shot, its place is blurred as well: a face
    is there before it is found and after it is lost."""
