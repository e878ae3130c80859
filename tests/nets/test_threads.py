"""Threads are not used for many small products, and are given back."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vcn.config import AdaptConfig
from vcn.nets.threads import one_thread
from vcn.stages.adapt import HeadAdapter
from vcn.types import Embeddings


def test_threads_are_given_back_whatever_happens() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with one_thread():
            assert torch.get_num_threads() == 1
        with pytest.raises(ZeroDivisionError), one_thread():
            1 / 0  # noqa: B018
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_heads_are_trained_on_one_thread() -> None:
    values = np.random.default_rng(0).normal(size=(16, 8)).astype(np.float32)
    adapter = HeadAdapter(
        Embeddings(values, np.repeat(np.arange(4), 4), normalised=False), 4, AdaptConfig(), 0
    )
    seen: list[int] = []
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        adapter.fit(
            2,
            np.ones(16, np.bool_),
            np.zeros((0, 2), np.int64),
            lambda *_: seen.append(torch.get_num_threads()),
        )
    finally:
        torch.set_num_threads(before)
    assert seen == [1, 1]
