"""What a run leaves."""

from __future__ import annotations

from dataclasses import dataclass

SCHEMA_VERSION = "1.1"
"""Version of clusters.json: a larger second number only adds, a larger first one breaks."""


@dataclass(frozen=True, slots=True)
class ReportConfig:
    """What clusters.json and the report show. All values are our choice."""

    boxes_per_second: float = 2.0
    """Boxes of a track in clusters.json; the Parquet file has every frame."""
    exemplars: int = 6
    """Faces shown of each person. 60 people then stay below 3 MB of pictures."""
    unknown_thumbnails: int = 24
    """Faces shown for each reason in the unknown group; the rest are counted."""
    thumbnail_side: int = 144
    """Pixels of a person's main face: about 5 KB as JPEG, sharp at 72 CSS pixels."""
    small_side: int = 80
    """Pixels of the other faces: about 2 KB, sharp at 40 CSS pixels."""
    jpeg_quality: int = 82


@dataclass(frozen=True, slots=True)
class CompareConfig:
    """The page of `vcn compare`. All values are our choice."""

    faces: int = 8
    """Faces shown of a person or a group; the rest are counted."""
    groups: int = 40
    """Groups of tracks shown for two systems that disagree; the rest are counted."""
    face_side: int = 80
    """Pixels: sharp at 40 CSS pixels, and good at 56."""
    jpeg_quality: int = 80
