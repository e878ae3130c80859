"""Systems that learn from other films: Ball Cluster Learning and Multi-Face.

[C] is the authors' code or checkpoint; "our choice" is ours, where the source is silent.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BallConfig:
    """Ball Cluster Learning (ICCV 2019) and the losses that it is compared with."""

    hidden: tuple[int, ...] = (256, 128, 64)
    """BCL 4: widths between input and embedding."""
    width: int = 64
    """BCL 4: D of the embedding."""
    alpha: float = 4.0
    """BCL 4: weight of L_sim."""
    epsilon: float = 0.05
    """Of gamma = 9b + epsilon [C]."""
    h: float = 0.1
    """Where h starts [C]: b = .744."""
    frozen_epochs: int = 5
    """BCL 4: epochs before h moves. (A remark in the code has 0.)"""
    loss_rate: float = 0.01
    """Share of the learning rate that h gets. The paper says 0.1; the optimiser inside the
    released checkpoint has exactly 0.01 [C], and that made the published numbers."""
    learning_rate: float = 0.003
    """BCL 4."""
    decay: float = 0.9
    """BCL 4: factor of the learning rate, every `decay_epochs`."""
    decay_epochs: int = 10
    momentum: float = 0.9
    """BCL 4. No weight decay [C]."""
    batch: int = 2000
    """BCL 4: tracks a step, drawn uniformly."""
    epochs: int = 150
    """The best by validation is kept; the authors' was epoch 127 [C]."""
    min_steps: int = 31
    """Steps of an epoch where the data has fewer: as many as the authors' 61,774 tracks
    make, so that frozen epochs and decay mean the same. Our choice."""
    validation_share: float = 0.05
    """BCL 5.1: people who are held out to choose the epoch, and the threshold of the
    comparators."""
    validation_people: int = 2
    """At least so many. Our choice: with one, every threshold is right."""
    triplet_margin: float = 0.5
    """[C]"""
    contrastive_h: float = 1.0
    """Where the margin's h starts [C]; trained like b."""
    ldml_beta: float = 0.5
    """Where beta starts [C]."""
    prototypical_scale: float = 0.1
    """Factor of the squared distances in the exponent [C]."""
    finetune_rate: float = 3e-4
    """Fine-tuning on a film: a tenth of the learning rate, like the next two our choice;
    the paper's details are in a supplement that was not at hand."""
    finetune_epochs: int = 10
    finetune_batch: int = 32
    """Tracks a step, each with a positive pair and, where it has one, a negative."""
    save_epochs: int = 5
    """`vcn train` saves so often. Our choice."""


@dataclass(frozen=True, slots=True)
class MultiFaceConfig:
    """Multi-Face (2020): MvCorr and ImpTriplet."""

    min_crops: int = 6
    """Crops that a track needs to be mined: two a tracklet. Our choice; the paper takes
    tracks of 24 frames and every frame."""
    mvcorr_widths: tuple[int, int] = (512, 256)
    """MF 4.3, C1."""
    mvcorr_small: int = 64
    """Output where there are fewer than 4 x 256 tracks, which are then one batch: R_W
    would be singular but for its shrinkage. Our choice."""
    small_factor: int = 4
    imp_triplet_widths: tuple[int, int] = (1024, 512)
    """MF 4.3, C2."""
    dropout: float = 0.2
    """MF 4.3."""
    shrinkage: float = 0.2
    """Of R_W [C]."""
    margin: float = 0.3
    """ImpTriplet: this, `most` and `weight` our choice; the paper refers to another whose
    constants were not at hand."""
    most: float = 0.1
    weight: float = 0.02
    mvcorr_rate: float = 0.01
    """MF 4.3."""
    imp_triplet_rate: float = 0.001
    """MF 4.3."""
    momentum: float = 0.9
    """MF 4.3; Nesterov's for MvCorr [C]."""
    decay: float = 1e-6
    """MF 4.3: the rate of step t is rate / (1 + decay t), as in Keras."""
    batch: int = 1024
    """MF 4.3."""
    patience: int = 5
    """MF 4.3: stop when the validation loss was not lower by `least_gain` for so long."""
    least_gain: float = 1e-3
    epochs: int = 300
    """At most. Our choice."""
    validation_share: float = 0.25
    """MF 4.3: 60 of 240 films; of a single film, this share of its tracks."""
    ap_damping: float = 0.5
    """Of affinity propagation: scikit-learn's. Our choice: the paper names none."""
    ap_rounds: int = 1000
    """More than scikit-learn's 200: some films need them at this damping. Our choice."""
    save_epochs: int = 5


@dataclass(frozen=True, slots=True)
class HarvestConfig:
    """``vcn harvest``: tracks to learn from."""

    min_seconds: float = 1.0
    """MF 3.1: 24 frames."""


@dataclass(frozen=True, slots=True)
class RetrainConfig:
    """The benchmark of BCL trained on simulated films (`vcn.benchmark.retrained`)."""

    level: str = "degraded"
    min_size: float = 32.0
    """Pixels of a face of a clip that may serve as a photograph: as small as the looks of
    `degraded` make them."""
    min_photos: int = 8
    """Of a person: those of one track."""
    train_seeds: tuple[int, ...] = (100, 101, 102, 103)
    """One film each."""
    train_tracks: int = 200
    """Some ten of a person in all films."""
    seeds: tuple[int, ...] = (0, 1)
    """Of training."""
    validation_people: int = 12
    """As many as the photographs have: a threshold that is right for a handful is right for
    nearly every number."""
    made_up_people: int = 600
    """Learned from in place of the real ones, of whom there are too few (`benchmark.made_up`);
    0: the real ones alone, of whom the networks learn each by heart."""
    made_up_tracks: int = 10
    """Of each."""
    epochs: int = 40
    """The best one by the people held out was the eighth."""
    loss_rate: float = 0.1
    """Of the radius, as the paper prints it. At the 0.01 of the released checkpoint the radius
    is still on its way from where it starts when the network has learned so few people: best
    epoch 33 of 40, with b falling from the first to the last."""
    batch: int = 1000
    """A person has some 1.7 tracks in it, as in the authors' 2000 tracks of 1,214 people."""
