"""The learning rate of one iteration (VideoClusterNet supplement 1.3)."""

from __future__ import annotations

import math


def cosine_schedule(
    step: int, n_steps: int, n_warmup: int, start: float, peak: float, final: float
) -> float:
    """Linear warm-up from `start` to `peak`, then cosine decay to `final`.

    Args:
        step: from 0; beyond the end the rate stays `final`.
        n_steps: steps of the iteration.
        n_warmup: steps of warm-up, fewer than n_steps.
        start: rate at step 0 when there is a warm-up.
        peak: rate at step n_warmup.
        final: rate at the last step.

    Returns:
        The learning rate.
    """
    if step < n_warmup:
        return start + (peak - start) * step / n_warmup
    span = max(1, n_steps - 1 - n_warmup)
    progress = min(1.0, (step - n_warmup) / span)
    return final + 0.5 * (peak - final) * (1 + math.cos(math.pi * progress))
