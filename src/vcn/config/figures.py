"""People without a visible face, where the pack brings a detector of people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FigureConfig:
    """Bodies that are seen and whose face is not. All are our choice."""

    rate: float = 2.0
    """Pictures a second of film that are searched for people, beside the first of each shot."""
    min_score: float = 0.5
    """Of the detector, from which a box is a person."""
    suppress: float = 0.5
    """Overlap from which the weaker of two boxes is the same person; YOLO's own is .45 to .7."""
    overlap: float = 0.3
    """Overlap of two boxes, one search apart, of one person."""
    near_seconds: float = 20.0
    """So near to each other two people are compared by their bodies also where no set-up says
    that it is one scene."""
    min_probability: float = 0.5
    """Under which a body without a face is nobody's: even odds."""
