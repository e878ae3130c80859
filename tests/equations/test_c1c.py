"""C1C: the check values, the cut by brute force, and no constraint ever broken."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcn.equations.c1c import fixed_number, join_by_body, partitions, separate
from vcn.equations.finch import Links, first_neighbours, links
from vcn.equations.finch import partitions as finch_partitions
from vcn.types import IntArray

POINTS = np.array(
    [
        *((0, 0), (0, 1), (0, 2.1), (0, 3.3)),
        *((8, 0), (8, 1), (8, 2.1)),
        *((20, 0), (20, 1.2)),
        *((0, 10), (0, 11)),
    ],
    float,
)


def pairs(*given: tuple[int, int]) -> IntArray:
    return np.array(given, np.int64).reshape(-1, 2)


@pytest.mark.parametrize(
    ("cannot_link", "expected"),
    [
        (pairs(), "00001112233"),
        (pairs((1, 2)), "00112223344"),
        (pairs((0, 3)), "00012223344"),
        (pairs((0, 1)), "01112223344"),
        (pairs((4, 5), (0, 3)), "00012334455"),
    ],
)
def test_check_values(cannot_link: IntArray, expected: str) -> None:
    found = partitions(POINTS, cannot_link, "euclidean")
    assert "".join(map(str, found[0])) == expected


def test_the_longest_link_of_the_check_values() -> None:
    for forbidden, expected in (((), 2.1), (((0, 1),), 3.3)):
        mask = np.zeros((11, 11), bool)
        for a, b in forbidden:
            mask[a, b] = mask[b, a] = True
        found = links(POINTS, first_neighbours(POINTS, "euclidean", mask), "euclidean")
        allowed = found.of(~mask[found.pairs[:, 0], found.pairs[:, 1]])
        assert allowed.distance.max() == pytest.approx(expected)


def test_without_constraints_it_is_finch() -> None:
    points = np.random.default_rng(0).normal(size=(120, 4))
    ours, finch = partitions(points, pairs(), "cosine"), finch_partitions(points, "cosine")
    assert [a.tolist() for a in ours] == [b.tolist() for b in finch]


def broken(labels: IntArray, cannot_link: IntArray) -> int:
    return int((labels[cannot_link[:, 0]] == labels[cannot_link[:, 1]]).sum())


@given(st.integers(0, 10_000))
def test_no_partition_breaks_a_constraint(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(rng.integers(2, 30), 3))
    cannot_link = rng.integers(0, len(points), (rng.integers(0, 60), 2))
    cannot_link = cannot_link[cannot_link[:, 0] != cannot_link[:, 1]]
    for labels in partitions(points, cannot_link, "euclidean"):
        assert broken(labels, cannot_link) == 0


def test_separate_by_brute_force() -> None:
    """The cheapest of all ways to part two nodes of six."""
    rng = np.random.default_rng(5)
    for _ in range(20):
        edges = np.array([(i, j) for i in range(6) for j in range(i + 1, 6)])
        edges = edges[rng.random(len(edges)) < 0.6]
        edges = edges[~((edges[:, 0] == 0) & (edges[:, 1] == 5))]
        found = Links(edges, rng.uniform(0.1, 2, len(edges)))
        forbidden = np.zeros((6, 6), bool)
        forbidden[0, 5] = forbidden[5, 0] = True
        labels = separate(6, found, forbidden)
        assert labels[0] != labels[5]
        inside = _component(edges, 0)
        if 5 not in inside:
            continue
        kept = np.isin(edges, list(inside)).all(axis=1)
        longest = found.distance[kept].max()

        def cost(side: np.ndarray, found: Links = found, longest: float = longest) -> float:
            apart = side[found.pairs[:, 0]] != side[found.pairs[:, 1]]
            return float((1.01 * longest - found.distance[apart]).sum())

        members = sorted(inside - {0, 5})
        best = np.inf
        for choice in product((0, 1), repeat=len(members)):
            side = np.zeros(6, int)
            side[5] = 1
            side[members] = choice
            outside = [i for i in range(6) if i not in inside]
            side[outside] = 0
            if outside:
                kept_side = found.of(kept)
                best = min(best, cost(side, kept_side))
            else:
                best = min(best, cost(side))
        ours = labels[found.pairs[:, 0]] != labels[found.pairs[:, 1]]
        assert (1.01 * longest - found.distance[ours & kept]).sum() == pytest.approx(best)


def _component(edges: np.ndarray, start: int) -> set[int]:
    seen = {start}
    while True:
        more = {int(j) for i, j in edges if i in seen} | {int(i) for i, j in edges if j in seen}
        if more <= seen:
            return seen
        seen |= more


def test_fixed_number() -> None:
    apart = pairs((0, 1), (0, 4))
    for n in (2, 3, 4):
        labels = fixed_number(POINTS, apart, n, "euclidean")
        assert labels.max() + 1 == n
        assert broken(labels, apart) == 0
    # Where all that is left is forbidden, the constraints go.
    assert fixed_number(POINTS, apart, 1, "euclidean").max() == 0


def test_certain_pairs_are_one_row_from_the_start() -> None:
    labels = partitions(POINTS, pairs((0, 3)), "euclidean", must_link=pairs((7, 9)))[-1]
    assert labels[7] == labels[9]
    assert labels[0] != labels[3]


def test_join_by_body() -> None:
    bodies = np.array([[1, 0], [0, 1], [0.9, 0.1], [0.2, 1.0], [0, 0], [1.0, 0.05]])
    labels = np.array([0, 1, -1, -1, -1, -1])
    found = join_by_body(labels, bodies, pairs((5, 0)))
    assert found.tolist() == [0, 1, 0, 1, -1, 1]
    nobody = np.full(6, -1)
    assert join_by_body(nobody, bodies, pairs()).tolist() == nobody.tolist()
