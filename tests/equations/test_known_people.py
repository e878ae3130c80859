import itertools

import numpy as np
import pytest

from vcn.equations.known_people import membership
from vcn.types import Float64Array

ALPHA = 9.0


def among(ratios: Float64Array, size: Float64Array, *apart: int) -> Float64Array:
    """(P,) a track before people of these sizes, to whom it is so many times likelier."""
    mask = np.isin(np.arange(len(size)), apart)[None]
    found: Float64Array = membership(np.log(ratios / ALPHA)[None], size[None], mask)[0]
    return found


def test_alike_to_all_it_is_the_restaurant() -> None:
    size = np.array([12.0, 5, 1])
    assert among(np.ones(3), size) == pytest.approx(size / (size.sum() + ALPHA))


def test_by_all_partitions() -> None:
    """Prior of the restaurant times likelihood, for each seat that the track may take."""
    size, ratios = np.array([3.0, 8]), np.array([4.0, 0.5])
    tables = [[0] * 3, [1] * 8]

    def prior(seats: list[int]) -> float:
        p, taken = 1.0, list[int]()
        for seat in seats:
            p *= (taken.count(seat) or ALPHA) / (len(taken) + ALPHA)
            taken.append(seat)
        return p

    likelihood = [*ratios, 1.0]
    posterior = np.array([prior([*itertools.chain(*tables), k]) * likelihood[k] for k in range(3)])
    assert among(ratios, size) == pytest.approx((posterior / posterior.sum())[:2])


def test_whom_it_is_not_takes_nothing() -> None:
    ratios, size = np.array([3.0, 30, 2]), np.array([4.0, 6, 0])
    found = among(ratios, size, 1)
    assert found.tolist() == pytest.approx([12 / (12 + ALPHA), 0, 0])


def test_what_is_certain_is_certain() -> None:
    found = among(np.array([np.inf, 1.0]), np.array([2.0, 7]))
    assert found[0] == pytest.approx(1)
    assert np.isfinite(found).all()
