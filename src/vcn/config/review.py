"""Corrections of a person, and the page on which they are made."""

from __future__ import annotations

from dataclasses import dataclass

CORRECTIONS_VERSION = "1.0"
"""Version of corrections.jsonl: a larger second number only adds, a larger first one breaks."""
NAME_CHARACTERS = 200
"""Longest name of a person, on the page and in corrections.jsonl. Our choice."""


@dataclass(frozen=True, slots=True)
class CorrectionsConfig:
    """How a correction finds its face in another run. All values are our choice."""

    reach_seconds: float = 0.5
    """A face that is tracked only so long before or after the place, within the same shot,
    is the one that was meant: another detector or stride begins a track a little later."""
    least_overlap: float = 0.2
    """Least intersection over union with the box of the place. The boxes of detectors
    differ by a half in width (CenterFace beside RetinaFace), which leaves .4."""


@dataclass(frozen=True, slots=True)
class ReviewConfig:
    """The server behind ``vcn review`` and its questions. All values are our choice."""

    body_bytes: int = 1 << 20
    """Largest request."""
    linger_seconds: float = 20.0
    """The server stops so long after the last page was closed: a page that is loaded again
    is back in one or two."""
    face_side: int = 160
    """Pixels of a face on the page: sharp at 80 CSS pixels on a dense screen."""
    faces_kept: int = 4096
    """Faces kept in memory, some 6 KB each."""
    proxy_seconds: float = 20.0
    """Longest stretch that is made for a browser that cannot decode the film."""
    proxy_height: int = 360
    dense_tracks: int = 4096
    """Tracks up to which all pairs are held in memory, and each answer clusters anew."""
    boxes_shown: int = 1000
    """Boxes of a track that are drawn over the film while it plays."""
    n_questions: int = 20
    """Questions that are ranked ahead."""
    doubt: float = 3.0
    """Natural-log odds (20 to 1) under which a track or a person is shown as doubtful."""
    doubtful_shown: int = 6
    """Pairs of people, and as many tracks, that the report shows as doubtful."""
