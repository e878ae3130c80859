"""Which number is meant by `b3_f`, `faces.wcp` or `mean.known.nmi`.

A name is that of a score of `vcn.scores` that is better when higher, or
`detection_recall`. Before it may stand, in this order and with a point after each:
`mean` (several films: the mean over them, not pooled), `known` (without the unknown
group) and `faces` (over faces, not over tracks).
"""

from __future__ import annotations

from dataclasses import dataclass

from vcn.errors import UsageError
from vcn.scores import DEFINITIONS

HIGHER = tuple(name for name, what in DEFINITIONS.items() if what.better == "higher")
"""Scores that are better when higher."""
RECALL = "detection_recall"


@dataclass(frozen=True, slots=True)
class Key:
    """Which number is meant."""

    text: str
    score: str
    mean: bool
    known: bool
    faces: bool


def parse_key(text: str) -> Key:
    """Read the name of a score.

    Raises:
        UsageError: There is no such score, or it is not better when higher.
    """
    *prefixes, score = text.strip().split(".")
    allowed = [word for word in ("mean", "known", "faces") if word in prefixes]
    wrong = score not in (*HIGHER, RECALL) or (score == RECALL and set(prefixes) - {"mean"})
    if wrong or prefixes != allowed:
        raise UsageError(
            f"there is no score {text!r} to check",
            f"Use one of {', '.join((*HIGHER, RECALL))}, with mean., known. or faces. before it.",
        )
    return Key(text.strip(), score, *(word in prefixes for word in ("mean", "known", "faces")))
