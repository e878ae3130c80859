"""RAD-Net's equations, worked by hand and by the letter."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vcn.equations.distribution import (
    bce,
    blended,
    initial_distribution,
    relations,
    similarity,
)


def by_the_letter(
    similar: np.ndarray, track: list[int], modality: list[int], unknown: float
) -> np.ndarray:
    """Eq. 3 to 5 as loops; the sum over bridges normalised by their number."""
    n = len(track)
    p = np.zeros((n, n))

    def over(i: int, j: int) -> list[float]:
        return [
            similar[i, k] for k in range(n) if modality[k] == modality[i] and track[k] == track[j]
        ]

    for i in range(n):
        for j in range(n):
            bridges = over(i, j) or over(j, i)  # where there is none, those of the other side
            if modality[i] == modality[j]:
                p[i, j] = similar[i, j]
            elif track[i] == track[j]:
                p[i, j] = 1
            else:
                p[i, j] = np.mean(bridges) if bridges else unknown
    return p


@pytest.mark.parametrize("seed", range(4))
def test_relations_are_those_of_the_paper(seed: int) -> None:
    rng = np.random.default_rng(seed)
    track, modality = rng.integers(0, 4, (2, 9))
    similar = rng.random((9, 9))
    there = torch.ones(1, 9, dtype=torch.bool)
    got = relations(
        torch.from_numpy(similar)[None],
        torch.from_numpy(track)[None],
        torch.from_numpy(modality)[None],
        there,
        0.3,
    )[0]
    np.testing.assert_allclose(got, by_the_letter(similar, track.tolist(), modality.tolist(), 0.3))


def test_permuted_clues_have_permuted_distributions() -> None:
    rng = np.random.default_rng(5)
    track, modality = (torch.from_numpy(x)[None] for x in rng.integers(0, 3, (2, 8)))
    there = torch.from_numpy(rng.random((1, 8)) > 0.2)
    similar = similarity(torch.from_numpy(rng.standard_normal((1, 8, 4))))
    order = torch.from_numpy(rng.permutation(8))
    plain = relations(similar, track, modality, there, 0.3)
    shuffled = relations(
        similar[:, order][:, :, order], track[:, order], modality[:, order], there[:, order], 0.3
    )
    torch.testing.assert_close(shuffled, plain[:, order][:, :, order])


def test_two_tracks_by_hand() -> None:
    """Faces of tracks 0 and 1, and the voice of track 1: the face of 0 reaches it by 1's face."""
    track, modality = torch.tensor([[0, 1, 1]]), torch.tensor([[0, 0, 1]])
    there = torch.ones(1, 3, dtype=torch.bool)
    similar = torch.tensor([[[1, 0.8, 9], [0.8, 1, 9], [9, 9, 1]]])
    p = relations(similar, track, modality, there, 0.3)
    # The first track has nothing of the modality of clue 2: the bridge is that of the way back.
    want = torch.tensor([[[1, 0.8, 0.8], [0.8, 1, 1], [0.8, 1, 1]]])
    torch.testing.assert_close(p, want)
    first = initial_distribution(track, there, 0.7)
    torch.testing.assert_close(first[0, 0], torch.tensor([0.7, 0.3, 0.3]))
    torch.testing.assert_close(blended(first, p, 0.5)[0, 0], torch.tensor([0.85, 0.55, 0.55]))


def test_clues_that_are_not_there_say_nothing() -> None:
    track, modality = torch.tensor([[0, 1, 1]]), torch.tensor([[0, 0, 1]])
    there = torch.tensor([[True, False, True]])
    p = relations(torch.rand(1, 3, 3), track, modality, there, 0.3)
    assert p[0, 1].tolist() == p[0, :, 1].tolist() == [0, 0, 0]
    assert p[0, 0, 2] == pytest.approx(0.3)  # its bridge is not there
    assert initial_distribution(track, there, 0.7)[0, 1].tolist() == [0, 0, 0]


def test_similarity_is_half_of_one_plus_cosine() -> None:
    rows = torch.tensor([[[1.0, 0], [0, 2], [-3, 0]]])
    want = torch.tensor([[[1, 0.5, 0], [0.5, 1, 0.5], [0, 0.5, 1]]])
    torch.testing.assert_close(similarity(rows), want)


def test_the_loss_is_torchs_over_the_pairs_that_count() -> None:
    torch.manual_seed(0)
    p, same, counted = torch.rand(2, 5, 5), torch.rand(2, 5, 5) > 0.5, torch.rand(2, 5, 5) > 0.3
    rows = [(b, i, j) for b in range(2) for i in range(5) for j in range(i + 1, 5)]
    rows = [row for row in rows if counted[row]]
    want = torch.nn.functional.binary_cross_entropy(
        torch.stack([p[row] for row in rows]), torch.stack([same[row].float() for row in rows])
    )
    torch.testing.assert_close(bce(p, same, counted), want)
    assert bce(p, same, torch.zeros_like(counted)).item() == 0
    assert torch.isfinite(
        bce(torch.tensor([[[0.0, 0], [0, 0]]]), ~same[:1, :2, :2], counted[:1, :2, :2] | True)
    )
