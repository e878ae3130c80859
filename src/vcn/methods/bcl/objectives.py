"""What each of the systems of Ball Cluster Learning minimises, on a batch.

The choice of pairs and triplets is that of the authors' code: all ordered positive pairs
of the batch, as many negative pairs drawn at random, and one random negative for each
positive pair of the triplet loss.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from vcn.config.learned import BallConfig
from vcn.equations.ball_cluster import ball_loss, cut, squared_distances, squared_radius
from vcn.equations.verification_losses import (
    contrastive_loss,
    ldml_loss,
    prototypical_loss,
    triplet_loss,
)


def _unit(f: Tensor) -> Tensor:
    return nn.functional.normalize(f, dim=1)


class Ball(nn.Module):
    """Ball Cluster Learning itself."""

    def __init__(self, config: BallConfig) -> None:
        super().__init__()
        self._config = config
        self.h = nn.Parameter(torch.tensor(config.h))

    def forward(self, f: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:  # noqa: ARG002
        """Eq. 5."""
        return ball_loss(_unit(f), y, self.h, self._config.alpha, self._config.epsilon)

    def cut(self) -> float:
        """4b."""
        return cut(float(squared_radius(self.h.detach())))


class Triplet(nn.Module):
    """Triplet loss; its margin is fixed."""

    def __init__(self, config: BallConfig) -> None:
        super().__init__()
        self._margin = config.triplet_margin

    def forward(self, f: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
        """Each positive pair with a random negative of its anchor."""
        distance = _within(_unit(f))
        anchor, positive = positive_pairs(y)
        negative = other_people(y, anchor, generator)
        return triplet_loss(distance[anchor, positive], distance[anchor, negative], self._margin)

    def cut(self) -> None:
        """Has none."""


class Contrastive(nn.Module):
    """Contrastive loss; its margin is learned as b is."""

    def __init__(self, config: BallConfig) -> None:
        super().__init__()
        self.h = nn.Parameter(torch.tensor(config.contrastive_h))

    def forward(self, f: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
        """Positive pairs, and as many negative ones."""
        return contrastive_loss(*_pairs(f, y, generator), squared_radius(self.h))

    def cut(self) -> None:
        """The paper's authors found a threshold of validation better than the margin."""


class Ldml(nn.Module):
    """Logistic discriminant metric learning; its threshold is learned."""

    def __init__(self, config: BallConfig) -> None:
        super().__init__()
        self.beta = nn.Parameter(torch.tensor(config.ldml_beta))

    def forward(self, f: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
        """Positive pairs, and as many negative ones."""
        return ldml_loss(*_pairs(f, y, generator), self.beta)

    def cut(self) -> None:
        """The paper's authors found a threshold of validation better than beta."""


class Prototypical(nn.Module):
    """Prototypical networks, b = gamma = 0, embeddings as they are (BCL 3.4, 5.3)."""

    def __init__(self, config: BallConfig) -> None:
        super().__init__()
        self._scale = config.prototypical_scale

    def forward(self, f: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:  # noqa: ARG002
        """Eq. 9."""
        return prototypical_loss(f, y, self._scale)

    def cut(self) -> None:
        """Has none."""


class CrossEntropy(nn.Module):
    """A classifier of the training people on top of the embedding (BCL 5.3).

    The embedding is as it is in the loss, and of length 1 when films are clustered: our
    choice, the paper does not say.
    """

    def __init__(self, config: BallConfig, n_people: int) -> None:
        super().__init__()
        # Not one of `parameters()`: it learns at the rate of the network.
        self.classifier = nn.Linear(config.width, n_people)

    def forward(self, f: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:  # noqa: ARG002
        """Cross-entropy of the batch."""
        loss: Tensor = nn.functional.cross_entropy(self.classifier(f), y)
        return loss

    def cut(self) -> None:
        """Has none."""


# Each takes a batch, (N, W) outputs of the network and (N,) people from 0, and gives the loss;
# `cut()` is the threshold that it has learned. None: validation chooses one.
Loss = Ball | Triplet | Contrastive | Ldml | Prototypical | CrossEntropy

SYSTEMS: tuple[str, ...] = (
    "bcl",
    "bcl-triplet",
    "bcl-contrastive",
    "bcl-ldml",
    "bcl-prototypical",
    "bcl-cross-entropy",
)
"""Names of the systems: BCL first, then what it is compared with."""

NOT_UNIT = frozenset({"bcl-prototypical"})
"""Systems whose embeddings are clustered as they are."""


def objective(system: str, config: BallConfig, n_people: int) -> Loss:
    """The loss of a system of `SYSTEMS`; the classifier has `n_people` outputs."""
    if system == "bcl-cross-entropy":
        return CrossEntropy(config, n_people)
    losses: dict[str, Callable[[BallConfig], Loss]] = dict(
        zip(SYSTEMS, (Ball, Triplet, Contrastive, Ldml, Prototypical), strict=False)
    )
    return losses[system](config)


def positive_pairs(y: Tensor) -> tuple[Tensor, Tensor]:
    """All ordered pairs of two samples of one person: (P,) first, (P,) second."""
    same = y[:, None] == y[None]
    same.fill_diagonal_(False)
    first, second = same.nonzero(as_tuple=True)
    return first, second


def other_people(y: Tensor, anchor: Tensor, generator: torch.Generator) -> Tensor:
    """(P,) for each anchor a sample of another person, all equally likely."""
    order = torch.argsort(y, stable=True)
    size = torch.bincount(y)
    begin = torch.cumsum(size, 0) - size
    of = y[anchor]
    drawn = torch.rand(len(anchor), generator=generator, dtype=torch.float64)
    place = (drawn * (len(y) - size[of])).long()
    # In the order by person, the anchor's own person is stepped over.
    return order[place + (place >= begin[of]) * size[of]]


def _pairs(f: Tensor, y: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Squared distances of all positive pairs, and of as many random negative ones."""
    distance = _within(_unit(f))
    first, second = positive_pairs(y)
    # A pair of two people, all equally likely: the anchor by how many others it has.
    others = len(y) - torch.bincount(y)[y]
    anchor = torch.multinomial(
        others.to(torch.float64), len(first), replacement=True, generator=generator
    )
    return distance[first, second], distance[anchor, other_people(y, anchor, generator)]


def _within(f: Tensor) -> Tensor:
    return squared_distances(f, f)
