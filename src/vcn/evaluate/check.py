"""`--fail-under b3_f=0.9`: a score by its name (`key.py`), and the least that it must reach."""

from __future__ import annotations

import math
from collections.abc import Sequence

from vcn.errors import CheckFailed, UsageError
from vcn.evaluate.evaluation import Evaluation
from vcn.evaluate.key import Key, parse_key


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
