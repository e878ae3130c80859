"""One of the people there, or somebody new.

The odds of two tracks say whether they are one person as if nobody else were there. The partition
of all tracks knows more: whoever is none of the others is this one or new, and the more tracks a
film has, the fewer of them show somebody who was not seen before. In the Chinese restaurant
process (Aldous 1985, "Exchangeability and Related Topics", 11; Pitman 2006, "Combinatorial
Stochastic Processes", 3.1) the next of N tracks shows a person of n tracks with n / (N + alpha),
and a new one with alpha / (N + alpha). Two tracks are then one person with 1 / (1 + alpha): the
prior odds of a pair are 1 / alpha, so that no number is left to choose.
"""

from __future__ import annotations

import numpy as np

from vcn.types import BoolArray, Float64Array

_LARGEST = 50.0
"""Log-odds that are as good as certain."""


def membership(log_odds: Float64Array, size: Float64Array, apart: BoolArray) -> Float64Array:
    """How likely a track is one of the people there; what is left is that it is nobody of them.

    Args:
        log_odds: (T, P) that a track is a person, against somebody new, with the prior odds of a
            pair.
        size: (T, P) tracks that the person has beside this one; 0: none, and then it is not him.
        apart: (T, P) people that a track certainly is not.

    Returns:
        (T, P) probabilities; a row adds up to less than 1.
    """
    there = (size > 0) & ~apart
    logs = np.where(there, log_odds + np.log(np.maximum(size, 1)), -np.inf)
    weight = np.exp(np.minimum(logs, _LARGEST))
    return np.asarray(weight / (1 + weight.sum(axis=1, keepdims=True)))
