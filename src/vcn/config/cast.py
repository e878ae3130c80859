"""Names from photographs and from other films."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CastConfig:
    """How people get names. All values but `sure` are our choice."""

    looks: int = 4
    """Looks of a person in the film, and of somebody known: what stays apart when tracks, or
    photographs, are merged to so many."""
    sure: float = 0.8
    """Probability from which a name is a fact; below it is a suggestion for the review. On
    simulated films 522 of 523 names so sure were right, and two of three between even odds and this
    (benchmarks/cast.md)."""
    suggested: float = 0.05
    """Probability below which a name is not even suggested."""
    floor: float = 1e-3
    """Least distance of two faces: copies of one picture."""
    dominant: float = 2.0
    """A photograph of several faces is of the largest one where it is so much larger."""
    room: float = 0.5
    """Border around a photograph in which no face was found, of its side: it may be cut close to
    the face, and detectors were taught on faces with something around them."""
    exemplars: int = 4
    """Pictures of a person that are kept with the names."""
    side: int = 112
    """Pixels of such a picture."""
    jpeg_quality: int = 85
    suffixes: tuple[str, ...] = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif")
    """What the name of a photograph ends with; other files of a folder are left alone."""
