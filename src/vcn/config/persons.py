"""Systems that cluster people by face, body and voice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RadNetConfig:
    """RAD-Net (Liu et al. 2023); "O": our choice, because the paper does not say it."""

    modalities: tuple[str, ...] = ("face", "body", "voice")
    """What it may know of a track; fewer are the paper's ablation."""
    tracks: int = 8
    """p of the paper: tracks of a graph, the pivot among them."""
    clues: int = 8
    """q: features of a track for each modality; of a voice one."""
    density: float = 0.5
    """tau of Algorithm 1: similarity from which a feature counts as near. O."""
    eta: float = 0.7
    """Eq. 1; table V."""
    cycles: int = 2
    """L; table V."""
    momentum: float = 0.5
    """alpha: weight of the distribution before. O."""
    hidden: int = 64
    """Width between the two layers of Eq. 6. O."""
    feature_weight: float = 0.2
    """lambda_f over lambda_d; table V. (The implementation section says the reverse.)"""
    early_weight: float = 0.2
    """mu of all cycles but the last, whose is 1; V-C4."""
    learning_rate: float = 1e-3
    """Adam; V-A4."""
    decay: float = 0.1
    """Of the learning rate, once, after `decay_at` of the epochs. O."""
    decay_at: float = 2 / 3
    epochs: int = 30
    """O."""
    batch: int = 16
    """Graphs a step. O."""
    thresholds: int = 99
    """Thresholds tried between 0 and 1 on the films of training. O."""


@dataclass(frozen=True, slots=True)
class MuHpcConfig:
    """MuHPC (Brown et al. 2021), constants for its own face and body features."""

    tight: float = 0.48
    """Cosine distance of faces up to which first neighbours are one person."""
    delta: float = 0.025
    """What voices may add to it."""
    ratio: float = 0.9
    """rho: a body must be so much nearer than the second."""
    back: float = 0.4
    """tau_back: largest distance of a body."""
    window: int = 2
    """Shots before and after in which a body is looked for. Our choice: reverse shots."""
    body_tight: float = 0.4
    """B-ReID: cosine distance of bodies. Our choice: tau_back, which is of bodies."""
