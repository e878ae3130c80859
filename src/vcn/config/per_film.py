"""Constants of the systems that train on the film itself, without labels.

[C] stands in the authors' code, [V] in what VideoClusterNet says of its re-implementation;
all others are our choice, because no source at hand states them.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SiameseConfig:
    """The network and optimiser of TSiam and SSiam (Sharma et al. 2019)."""

    hidden: int = 256
    """Width of the feature; 512 in the released demo [C]."""
    margin: float = 1.0
    """[C]"""
    learning_rate: float = 1e-2
    """Of plain gradient descent, for the mean over pairs. The code has 1e-3 for their sum
    [C], up to .128 of the mean. Measured: 1e-2 learns a planted shift, 1e-3 does not."""
    momentum: float = 0.9
    weight_decay: float = 5e-4
    far_tracks: int = 25
    """A track without a co-occurring one takes its negatives from so many of the farthest."""
    tsiam_pairs: int = 2
    """Positive pairs a track and epoch, and as many negative ones."""
    tsiam_batch: int = 32
    """Pairs a step [V]."""
    tsiam_epochs: int = 100
    """[V]"""
    ssiam_subset: int = 3000
    """Crops among which a step mines [C]."""
    ssiam_batch: int = 128
    """Pairs a step, half of them negative [C]."""
    ssiam_epochs: int = 20
    """Default of the code [C]; 15 in its demo, 100 in VideoClusterNet's [V]."""


@dataclass(frozen=True, slots=True)
class CclConfig:
    """CCL (Sharma et al. 2020); the network is that of `SiameseConfig`."""

    partition: int = 1
    """Of FINCH: the paper takes the second, VideoClusterNet found the first purer [V]."""
    anchors: int = 100
    """Crops a step."""
    pairs: int = 2
    """Positive pairs an anchor, and as many negative ones."""
    learning_rate: float = 1e-4
    """Of Adam."""
    epochs: int = 50


@dataclass(frozen=True, slots=True)
class TransformerConfig:
    """VCTRSF and CT-TRSF (Wang et al. 2023)."""

    layers: int = 4
    """[V], like heads, width and output."""
    heads: int = 16
    width: int = 512
    output: int = 256
    mlp_ratio: int = 4
    dropout: float = 0.1
    clip: int = 16
    """Most crops of a clip."""
    margin: float = 1.0
    negatives: int = 8
    """Tracks whose centres push a clip away."""
    far_tracks: int = 25
    centre_clips: int = 4
    """Clips whose mean embedding is a centre's start."""
    centre_rate: float = 1.0
    """p: learning rate of the centres as a multiple of the network's [V]."""
    learning_rate: float = 1e-4
    """Of AdamW; cosine after warming up."""
    weight_decay: float = 0.05
    batch: int = 32
    """Tracks a step."""
    epochs: int = 20
    """No source states them. 100, a usual number, takes five times as long."""
    warmup_epochs: int = 2


@dataclass(frozen=True, slots=True)
class JfracConfig:
    """JFRAC-like: a random field and a Siamese network in turn (after Zhang et al. 2016)."""

    rounds: int = 5
    unchanged: float = 0.01
    """Rounds end where fewer tracks than this share change their cluster."""
    apart: float = 10.0
    """alpha: the energy of a cannot-linked pair in one cluster."""
    together: float = 1.0
    """beta: the energy of a pair of mutual neighbours in two."""
    neighbours: int = 5
    damping: float = 0.5
    sweeps: int = 50
    tolerance: float = 1e-4
    """Largest change of a posterior that ends the sweeps."""
    em_rounds: int = 20
    sure: float = 0.9
    """Posterior from which a track's cluster makes pairs."""
    batch: int = 128
    """Pairs a step, half of them negative."""
    epochs: int = 10
    """A round."""
    learning_rate: float = 1e-4
    """Of Adam."""
    thresholds: tuple[float, float, float] = (0.6, 1.1, 0.1)
    """From, to and step of the benchmark's grid: each is a run of its own."""


@dataclass(frozen=True, slots=True)
class PerFilmConfig:
    """All of them."""

    siamese: SiameseConfig = field(default_factory=SiameseConfig)
    ccl: CclConfig = field(default_factory=CclConfig)
    transformer: TransformerConfig = field(default_factory=TransformerConfig)
    jfrac: JfracConfig = field(default_factory=JfracConfig)
