"""Views of crops: a part, a turn, a mirror and a tint, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vcn.nets.views import make_views


def chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def ramp(side: int = 64) -> torch.Tensor:
    """(1, S, S, 3) whose red is the column and green the row, from 0 to 255."""
    line = torch.linspace(0, 255, side)
    red, green = line.expand(side, side), line[:, None].expand(side, side)
    image = torch.stack((red, green, torch.full((side, side), 100.0)), dim=-1)
    return image[None].round().to(torch.uint8)


def test_the_whole_crop_is_itself_or_its_mirror() -> None:
    image = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (5, 9, 9, 3), np.uint8))
    views = make_views(image, 4, (1.0, 1.0), 0.0, 0.0, chance())
    assert views.shape == (20, 9, 9, 3)
    assert views.dtype == torch.uint8
    kinds = set()
    for number, view in enumerate(views):
        original = image[number // 4]  # the views of a crop lie together
        mirrored = bool((view == original.flip(1)).all())
        assert mirrored or bool((view == original).all())
        kinds.add(mirrored)
    assert kinds == {True, False}


@pytest.mark.parametrize(("low", "high"), [(0.7, 1.0), (0.4, 0.6)])
def test_a_view_shows_its_share_of_the_area_and_stays_inside(low: float, high: float) -> None:
    views = make_views(ramp(), 300, (low, high), 0.0, 0.0, chance()).float()
    width = views[:, :, :, 0].amax((1, 2)) - views[:, :, :, 0].amin((1, 2))
    height = views[:, :, :, 1].amax((1, 2)) - views[:, :, :, 1].amin((1, 2))
    share = width * height / 255**2
    assert low - 0.05 < share.min() < low + 0.05
    assert high - 0.05 < share.max() < high + 0.05
    assert views[:, :, :, 0].amin((1, 2)).max() > 255 * (1 - high**0.5) * 0.8  # they move about


def test_a_turn_is_as_large_as_asked_for() -> None:
    views = make_views(ramp(), 200, (0.5, 0.5), 10.0, 0.0, chance()).float()
    inner = views[:, 16:48, 16:48]  # away from the edge
    down = (inner[:, -1, :, 0] - inner[:, 0, :, 0]).mean(1)  # red along a column
    across = (inner[:, :, -1, 0] - inner[:, :, 0, 0]).mean(1)
    angle = torch.rad2deg(torch.atan(down / across)).abs()
    assert 9 < angle.max() < 11
    assert angle.min() < 1


def test_the_tint_moves_red_against_blue() -> None:
    grey = torch.full((1, 8, 8, 3), 100, dtype=torch.uint8)
    views = make_views(grey, 200, (1.0, 1.0), 0.0, 0.2, chance()).float()[:, 0, 0]
    assert (views[:, 1] == 100).all()
    assert torch.allclose(views[:, 0] * views[:, 2], torch.tensor(1e4), rtol=0.02)
    assert 119 < views[:, 0].max() < 123
    assert 81 < views[:, 0].min() < 84


def test_the_same_chance_gives_the_same_views() -> None:
    first, again, other = (
        make_views(ramp(), 3, (0.4, 0.6), 10.0, 0.2, chance(seed)) for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()
