"""How sure each track is of its person."""

from __future__ import annotations

import numpy as np
import pytest

from vcn.methods.vcn.evidence import Evidence
from vcn.methods.vcn.why import why
from vcn.types import FloatArray, IntArray

EACH = 12


def film(first: float, second: float, third: float) -> tuple[FloatArray, IntArray]:
    """Three people, and a last track with these log-odds to each of their tracks."""
    person = np.repeat(np.arange(3), EACH)
    odds = np.where(person[:, None] == person, 4.0, -6.0)
    row = np.array([first, second, third])[person]
    odds = np.block([[odds, row[:, None]], [row[None, :], np.zeros((1, 1))]])
    return odds.astype(np.float32), np.append(person, 3)


def evidence(odds: FloatArray, *together: tuple[int, int]) -> Evidence:
    np.fill_diagonal(odds, 0)
    different = np.zeros(odds.shape, np.bool_)
    for a, b in together:
        different[a, b] = different[b, a] = True
    parts = {"face": odds}
    return Evidence(odds, 0.0, parts, (), correlation=1.0, different=different)


def test_a_track_is_as_sure_as_the_others_are_unlikely() -> None:
    odds, labels = film(-1.5, -6, -6)
    labels[-1] = 0
    sure = why(evidence(odds), labels)
    weight = EACH * np.exp([-1.5, -6, -6])
    assert sure.probability[-1] == pytest.approx(weight[0] / (1 + weight.sum()), abs=1e-4)
    assert sure.because["face"][-1] == pytest.approx(-1.5)
    odds, labels = film(2, 2, -6)
    labels[-1] = 0
    assert why(evidence(odds), labels).probability[-1] < 0.5
    sure = why(evidence(odds, (15, 36)), labels)  # it shares a frame with the second one
    weight = EACH * np.exp([2, -6])
    assert sure.probability[-1] == pytest.approx(weight[0] / (1 + weight.sum()), abs=1e-4)


def test_a_track_alone_is_as_sure_as_nobody_is_near() -> None:
    odds, labels = film(-3, -3.5, -6)
    weight = EACH * np.exp([-3, -3.5, -6])
    alone = why(evidence(odds), labels)
    assert alone.probability[-1] == pytest.approx(1 / (1 + weight.sum()), abs=1e-4)
    assert alone.nearest[3] == 0
    apart = why(evidence(odds, (0, 36), (15, 36)), labels)
    assert apart.probability[-1] == pytest.approx(1 / (1 + weight[2]), abs=1e-4)


def test_what_a_person_said_goes_before_a_shared_frame() -> None:
    odds, labels = film(3, -6, -6)
    labels[-1] = 0
    assert why(evidence(odds, (0, 36)), labels).probability[-1] > 0.9


def test_the_only_person_has_no_other() -> None:
    one = why(evidence(np.full((2, 2), 3, np.float32)), np.array([0, 0]))
    assert one.nearest.tolist() == [-1]
    assert (one.probability > 0.9).all()
    assert why(evidence(np.zeros((1, 1), np.float32)), np.array([0])).probability.tolist() == [1]
    none = why(evidence(np.zeros((2, 2), np.float32)), np.array([-1, -1]))
    assert none.probability.tolist() == [0, 0]
    assert len(none.nearest) == 0
