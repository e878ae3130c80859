"""`--fail-under b3_f=0.9`: a score by its name, and the least that it must reach.

A name is that of a score of `vcn.scores` that is better when higher, or
`detection_recall`. Before it may stand, in this order and with a point after each:
`mean` (several films: the mean over them, not pooled), `known` (without the unknown
group) and `faces` (over faces, not over tracks): `b3_f`, `faces.wcp`, `mean.known.nmi`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vcn.errors import CheckFailed, UsageError
from vcn.scores import DEFINITIONS

if TYPE_CHECKING:
    from vcn.evaluate.evaluation import Evaluation

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


def parse_limits(limits: Sequence[str]) -> list[tuple[Key, float]]:
    """Read limits of the form NAME=NUMBER.

    Raises:
        UsageError: One is not of that form.
    """
    out = []
    for limit in limits:
        name, equals, number = limit.partition("=")
        key = parse_key(name)
        try:
            least = float(number) if equals else math.nan
        except ValueError:
            least = math.nan
        if not math.isfinite(least):
            raise UsageError(
                f"--fail-under {limit!r} needs a score and a number", "For example b3_f=0.9."
            )
        out.append((key, least))
    return out


def check(evaluation: Evaluation, limits: Sequence[str]) -> None:
    """Compare scores with their limits.

    Raises:
        UsageError: A limit is not of the form NAME=NUMBER.
        CheckFailed: A score is below its limit, or has no value.
    """
    failed = []
    for key, least in parse_limits(limits):
        value = evaluation.value(key)
        if value is None:
            failed.append(f"{key.text} is undefined, {least:g} was wanted")
        elif value < least:
            failed.append(f"{key.text} is {value:.4f}, below {least:g}")
    if failed:
        raise CheckFailed("; ".join(failed))
