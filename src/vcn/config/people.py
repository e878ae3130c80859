"""Who is who: quality, adaptation, clustering."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vcn.errors import UsageError

AdaptMode = Literal["auto", "head", "full", "off"]
Precision = Literal["auto", "float32", "bfloat16"]


@dataclass(frozen=True, slots=True)
class QualityConfig:
    """Gates on crops and tracks (VCN 3.2, 3.6, supp. 3)."""

    min_size: float = 20.0
    """Side in source pixels under which a crop is too small. Our choice."""
    min_sharpness: float = 0.1
    """Measure of focus (stages/crops.py) under which a crop is blurred: a sharp face 6 pixels
    wide has as much. Our choice: with .15 chemist.mp4 loses .015 of its B-cubed F."""
    soft_sharpness: float = 0.46
    """Under it a face that nobody knows is unknown because it is blurred: 19 of 20 sharp
    photographs have more when they are 20 pixels small."""
    min_clearness: float = 0.6
    """Log-odds of `equations.face_quality.clearness`: a person needs one crop that is so clear,
    otherwise its tracks are unknown. Measured: of 38 people without a labelled face 8 are left
    in ten clips, and no clip loses B-cubed F; at 1.0 one does (benchmarks/quality.md)."""
    measure: Literal["auto", "ser_fiq", "face"] = "auto"
    """By what outliers among the film's tracks are left out of learning: SER-FIQ (VCN 3.6), or
    `equations.face_quality`. `auto`: SER-FIQ where the pack says that its face model was trained
    with a margin loss. Measured: benchmarks/quality.md."""
    weigh_crops: bool = True
    """A crop counts for its track by how well it shows the face, where that is known."""
    passes: int = 100
    """Stochastic passes of SER-FIQ (its paper, 4.1), shared out among the heads."""
    dropout: float = 0.5
    """Dropout before the last layer (SER-FIQ, 4.1)."""
    mad_factor: float = 2.7
    """VCN supp. Eq. 1."""


@dataclass(frozen=True, slots=True)
class AdaptConfig:
    """Student/teacher adaptation (VCN 3.4, supp. 1.1-1.3)."""

    mode: AdaptMode = "auto"
    """auto: full on a GPU, head on a CPU."""
    iterations: int = 5
    """VCN supp. 8."""
    first_epochs: int = 30
    """VCN supp. 1.3."""
    head_epochs: int = 10
    """VCN supp. 1.3: of the first iteration, heads only; where `head_iterations` is 0."""
    head_iterations: int = 4
    """In full mode so many iterations train the heads alone, as head mode does, on the crops as
    they are; 0 in the paper. Our choice: heads that begin at random teach the model nothing for
    some 500 steps, and cost it what it knew (equations/METHOD.md)."""
    epochs: int = 10
    """VCN supp. 1.3: each later iteration."""
    warmup_epochs: int = 5
    learning_rate: float = 1e-4
    final_learning_rate: float = 1e-5
    warmup_learning_rate: float = 5e-6
    global_views: int = 2
    global_scale: tuple[float, float] = (0.7, 1.0)
    local_views: int = 4
    local_scale: tuple[float, float] = (0.4, 0.6)
    n_heads: int = 8
    """Independent heads whose losses are averaged; 1 in the paper. Our choice: a single
    random head spreads over seeds (equations/METHOD.md)."""
    standardise: bool = True
    """Head inputs get mean 0 and deviation 1 over the film's crops. Our choice: without
    it everything collapses into one or two clusters (DESIGN 3)."""
    match_space: Literal["clusters", "base", "student"] = "clusters"
    """Where matches come from: `clusters` that the clusterer finds with the base model;
    Gaussians in the space of the `base` model; Gaussians in that of the `student` (the
    paper's). Our choice, measured on hard simulated films: precision .96 against .79 to
    .88 of `base` (equations/METHOD.md)."""
    match_covariance: Literal["shrunk", "full"] = "shrunk"
    """Of the Gaussians: diagonal and shrunk by `match_shrinkage`, or each track's own full
    one (VCN 3.5)."""
    match_shrinkage: float = 0.8
    """Weight of the pooled within-track variance in a track's own. Our choice: about 10
    crops cannot give a covariance in 128 dimensions."""
    teacher_temperature: float = 0.07
    """`temp` of Eq. 2; the paper refers to iBOT, which ends its warm-up there."""
    student_temperature: float = 0.1
    """Eq. 2 has none (1); iBOT's value, as the paper refers to iBOT for the details of
    its loss. Measured: equations/METHOD.md."""
    centre_momentum: float = 0.9
    """Of the rolling mean c, a batch at a time; iBOT's value."""
    teacher_momentum: float = 0.5
    """Of the teacher's moving average, an epoch at a time. Our choice: with iBOT's .996
    70 epochs would leave the teacher where it began."""
    weight_decay: float = 0.01
    """AdamW's own default."""
    batch: int = 128
    """Crops a step in head mode; smaller where an epoch would have under 8 steps."""
    full_batch: int = 32
    """Crops a step in full mode, each with all its views."""
    base_rate: float = 0.01
    """Share of the learning rate that the base model gets in full mode; 1 in the paper.
    Our choice, out of caution: at .1 the base model's own distances lost what they knew (degraded
    film of 30 tracks, MobileFaceNet: AUC of same against different people .996 to .950 in 64
    steps, at .01 .995), and a film of usual length has thousands (benchmarks/full.md)."""
    precision: Precision = "auto"
    """Of passes through the base model in full mode. `auto`: bfloat16 on a GPU and on a CPU that
    has instructions for it. Measured there: half the time of float32 (benchmarks/full.md)."""
    rotation: float = 10.0
    """Largest turn of a view in degrees. Our choice: the paper turns by an amount that it
    does not say; tracks hold larger ones themselves."""
    colour_temperature: float = 0.2
    """Largest tint of a view: red times exp(t), blue times exp(-t). Our choice: about the
    step from daylight to a cloudy sky."""
    save_epochs: int = 5
    """`vcn finetune` saves so often within an iteration. Our choice."""
    epoch_crops: int = 2048
    """Most crops an epoch visits, drawn anew each epoch: the time of adaptation is
    bounded however long the film is. Our choice."""
    full_crops: int = 2048
    """The same while the whole model is trained: a crop costs a CPU some .2 s there."""

    def epochs_of(self, iterations: int) -> int:
        """Epochs of the first so many iterations, of which there is at least one."""
        return self.first_epochs + (iterations - 1) * self.epochs

    def check_full(self) -> None:
        """Check that full mode comes to train the whole model.

        Raises:
            UsageError: All iterations are of heads alone.
        """
        if self.iterations <= self.head_iterations:
            raise UsageError(
                f"in {self.iterations} iterations full mode would train the heads alone",
                "Choose more iterations, a smaller adapt.head_iterations, or head mode",
            )

    @property
    def total_epochs(self) -> int:
        """Epochs of all iterations."""
        return self.epochs_of(self.iterations)


@dataclass(frozen=True, slots=True)
class ClusterConfig:
    """From the losses of tracks to people (VCN 3.7)."""

    algorithm: Literal["evidence", "linkage", "paper"] = "evidence"
    """`evidence`: the odds of all cues, average linkage, cut where they are even; `linkage`:
    of distances, cut by silhouette and the distance of strangers; `paper`: Algorithm 1. Our
    choice (equations/METHOD.md)."""
    thresholds: Literal["either", "both"] = "either"
    """Algorithm 1 alone: a pair matches below either threshold (VCN 3.7) or below both."""
    metric: Literal["loss", "cosine", "euclidean"] = "loss"
    """What the adapted heads are compared by: Eq. 2, or a generic distance of the
    student's outputs (VCN table 5)."""
    co_occurrence: bool = True
    """Two faces in one frame are two people. Our choice; can be turned off."""
    same_share: float = 0.7
    """Tracks nearer than this share of the distance of strangers are taken for one person
    while that distance is looked for: half the excess loss, which is its square. Our
    choice, like the next two: equations/METHOD.md, 4."""
    sure_shares: tuple[float, float] = (0.6, 0.85)
    """Nearer than the first share of the distance of strangers two clusters are always
    merged, farther than the second never; between them the silhouette decides."""
    within_share: float = 0.55
    """Share at which the tracks of one person usually are: what a track alone is given as
    its distance to its own person."""
    stranger_share: float = 0.7
    """Tracks of strangers are nowhere nearer than this share of the distance of two
    photographs of strangers. Our choice: .72 to .85 in films of two face models, .30 to
    .57 between tracks of one person."""
    min_silhouette: float = 0.25
    """Where strangers are never nearer than the pack says and all tracks might be one
    person, they are, if no level has a better silhouette: "no substantial structure"
    (Kaufman and Rousseeuw 1990, table 4)."""
    one_person_silhouette: float = 0.15
    """With a pack that does not say how far strangers are: a film whose clusters have a
    smaller mean silhouette is one person. Our choice (equations/METHOD.md, 5)."""
    dense_tracks: int = 4096
    """Tracks up to which all pairs are held in memory (128 MB a matrix). In larger films
    the nearest neighbours are merged first until so many groups are left. Our choice."""
    exact_tracks: int = 32768
    """Up to so many, nearest neighbours are exact; of more, a graph of them tells."""
