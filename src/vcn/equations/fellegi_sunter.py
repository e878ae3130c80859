"""Record linkage (Fellegi and Sunter 1969): how much a cue's agreement says.

The agreement of two tracks falls into one of L levels. m_l is the probability of level l if
they are one person, u_l if they are two; the weight of level l is log(m_l / u_l), and the
weights of independent cues add up to the log-odds (their equation 3; Winkler 1988 has the
estimate from posteriors). Both probabilities have a Dirichlet prior.
"""

from __future__ import annotations

import numpy as np

from vcn.types import Float64Array, IntArray


def level_weights(
    level: IntArray,
    posterior: Float64Array,
    counts: Float64Array,
    prior_same: Float64Array,
    prior_pairs: float,
) -> Float64Array:
    """Weights of levels, from pairs whose match is known or nearly so.

    Args:
        level: (P,) level of each pair, 0 = most alike.
        posterior: (P,) probability that the pair is one person.
        counts: (P,) what each pair counts for; 0 = not at all.
        prior_same: (L,) m before anything is seen; u before is what all pairs show.
        prior_pairs: How many pairs each prior counts as.

    Returns:
        (L,) log(m / u), not increasing: less alike never speaks more for one person.
    """
    from scipy.optimize import isotonic_regression

    n_levels = len(prior_same)
    shown = np.bincount(level, minlength=n_levels) + 1.0
    m = np.bincount(level, posterior * counts, n_levels) + prior_pairs * prior_same
    u = np.bincount(level, (1 - posterior) * counts, n_levels)
    u = u + prior_pairs * shown / shown.sum()
    m, u = m / m.sum(), u / u.sum()
    # Levels that are pooled have the sum of m over that of u: a cue that says nothing, or the
    # contrary, ends with 0.
    fit = isotonic_regression(m / u, weights=u, increasing=False)
    return np.asarray(np.log(fit.x), np.float64)


def em_binary(
    agree: IntArray, m: Float64Array, u: Float64Array, base_rate: float, rounds: int
) -> tuple[Float64Array, Float64Array, float]:
    """EM of the two-class model on binary comparisons (Winkler 1988).

    Args:
        agree: (P, C) 0 or 1: whether cue c agrees on pair p.
        m: (C,) P(agree | one person) to begin from.
        u: (C,) P(agree | two people) to begin from.
        base_rate: Share of the pairs that are one person to begin from.
        rounds: Steps.

    Returns:
        m, u and the base rate.
    """
    x = agree.astype(np.float64)
    for _ in range(rounds):
        one = np.log(base_rate) + x @ np.log(m) + (1 - x) @ np.log1p(-m)
        two = np.log1p(-base_rate) + x @ np.log(u) + (1 - x) @ np.log1p(-u)
        g = 1 / (1 + np.exp(two - one))
        m = np.clip(g @ x / g.sum(), 1e-9, 1 - 1e-9)
        u = np.clip((1 - g) @ x / (1 - g).sum(), 1e-9, 1 - 1e-9)
        base_rate = float(g.mean())
    return m, u, base_rate
