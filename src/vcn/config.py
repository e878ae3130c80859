"""Every default of vcn, and where it comes from.

A default cites the section of the paper ("VCN 3.4", "VCN supp. 1.2") or says "our
choice" and the measurement behind it. No other file defines a default.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

AdaptMode = Literal["auto", "head", "full", "off"]

SCHEMA_VERSION = "1.0"
"""Version of clusters.json: a larger second number only adds, a larger first one breaks."""


@dataclass(frozen=True, slots=True)
class ShotConfig:
    """Shot boundaries (VCN 3.2: PySceneDetect).

    The rule and its three numbers are the defaults of PySceneDetect's
    AdaptiveDetector, with all neighbours before the frame. Measured (missed of the
    true cuts + false ones): office.mp4 0 of 36 + 1 (in a fade from black),
    signers.mp4 1 of 25 (one person, one place) + 0, cyclists.mp4 0 false, stage.mp4
    0 of 3 + 1; the original rule gives the same. PySceneDetect's ContentDetector at
    its threshold of 27: 0 + 1, 8 + 0, 8 false, 0 + 0; no other threshold does better.
    """

    ratio: float = 3.0
    """A cut changes the picture this many times as much as the frames before it."""
    min_change: float = 15.0
    """Mean change of hue, saturation and value (0-255) that a cut needs."""
    window: int = 4
    """Number of frames before."""
    min_seconds: float = 0.25
    """Shortest shot. Our choice: flashes and strobes are not cuts."""
    width: int = 128
    """Width to which frames are reduced. Our choice: the cuts on all seven clips are
    those at PySceneDetect's 256, for a quarter of the work."""


@dataclass(frozen=True, slots=True)
class DetectConfig:
    """Face detection."""

    threshold: float = 0.5
    """Confidence under which a detection is dropped."""
    low_threshold: float = 0.3
    """Detections from here up may continue a track but not start one (BoT-SORT)."""
    max_side: int = 640
    """Longest side of the picture given to the detector."""
    rate: float | None = None
    """Searches a second of film; None: every frame on a GPU, `cpu_rate` on a CPU."""
    cpu_rate: float = 10.0
    """Our choice: at 5 a second 4 to 10 of the 27 labelled faces of cyclists.mp4 come to
    lie in a track of somebody else, at 10 none; more finds nothing more."""
    batch: int = 8
    """Frames a batch on a GPU; a CPU takes them one by one."""


@dataclass(frozen=True, slots=True)
class TrackConfig:
    """BoT-SORT (VCN 3.2), one tracker for each shot."""

    max_gap_seconds: float = 1.0
    """How long a face may be unseen and still continue its track."""
    match_threshold: float = 0.8
    """BoT-SORT's own default, first association."""
    new_track_threshold: float = 0.5
    """Confidence that starts a track. Our choice: with BoT-SORT's 0.6, and its cost
    multiplied by the confidence, 3 of 129 labelled faces of signers.mp4 are lost; with
    0.5 and the plain overlap none, and as many on the other clips."""
    camera_motion: bool = True
    """Camera-motion compensation by sparse optical flow."""


@dataclass(frozen=True, slots=True)
class CropConfig:
    """Crops of a track."""

    interval_seconds: float = 0.5
    """VCN 3.2: every 12th frame at 24 fps."""
    min_crops: int = 4
    """Short tracks are sampled more densely up to this. Our choice (DESIGN 3)."""
    max_crops: int = 64
    """A longer track is sampled more sparsely: memory stays bounded. Our choice."""


@dataclass(frozen=True, slots=True)
class QualityConfig:
    """Gates on crops and tracks (VCN 3.2, 3.6, supp. 3)."""

    min_size: float = 20.0
    """Side in source pixels under which a crop is too small. Our choice."""
    min_sharpness: float = 0.0
    """Measure of focus under which a crop is blurred. Our choice."""
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
    """VCN supp. 1.3: of the first iteration, heads only."""
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
    base_rate: float = 0.1
    """Share of the learning rate that the base model gets in full mode; 1 in the paper.
    Our choice, out of caution: some 40 steps at 1 move the dlib ResNet as far as it needs
    to go (cyclists.mp4, signers.mp4: AUC of same against different people by the loss 1.00
    and .994, the heads alone .985 and .981), and a film of usual length has thousands. At
    0.1 the AUC on cyclists.mp4 reaches 1.00 as soon, and stayed there."""
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

    @property
    def total_epochs(self) -> int:
        """Epochs of all iterations."""
        return self.first_epochs + (self.iterations - 1) * self.epochs


@dataclass(frozen=True, slots=True)
class ClusterConfig:
    """From the losses of tracks to people (VCN 3.7)."""

    algorithm: Literal["linkage", "paper"] = "linkage"
    """`linkage`: average linkage, cut by silhouette and the distance of strangers;
    `paper`: Algorithm 1. Our choice (equations/METHOD.md)."""
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


@dataclass(frozen=True, slots=True)
class ReportConfig:
    """What clusters.json and the report show. All values are our choice."""

    boxes_per_second: float = 2.0
    """Boxes of a track in clusters.json; the Parquet file has every frame."""
    exemplars: int = 6
    """Faces shown of each person. 60 people then stay below 3 MB of pictures."""
    unknown_thumbnails: int = 24
    """Faces shown for each reason in the unknown group; the rest are counted."""
    thumbnail_side: int = 144
    """Pixels of a person's main face: about 5 KB as JPEG, sharp at 72 CSS pixels."""
    small_side: int = 80
    """Pixels of the other faces: about 2 KB, sharp at 40 CSS pixels."""
    jpeg_quality: int = 82


@dataclass(frozen=True, slots=True)
class EvaluateConfig:
    """Scores against ground truth. Not part of RunConfig: no run may depend on it."""

    iou: float = 0.5
    """Overlap from which a box of truth and a face of the result may be the same face;
    the usual one of PASCAL VOC and MOT."""
    leave_out: tuple[str, ...] = ("not_a_face", "unsure", "unknown")
    """Identities that mean "do not score this"; whole words, upper and lower case alike.
    `unknown_e03_10` of the BBT labels is a person."""
    resamples: int = 1000
    """Draws of the bootstrap: the edges of a 95 % interval are then stable to about a
    tenth of its width. 0: no intervals."""
    level: float = 0.95
    """Share of the draws inside an interval."""
    seed: int = 0
    worst: int = 8
    """Merges and splits shown. Our choice: as many as one reads."""
    faces_a_group: int = 8
    """Faces shown of each side of a merge or split. Our choice."""
    face_side: int = 96
    """Pixels of a face in evaluation.html; sharp at 64 CSS pixels. Our choice."""
    jpeg_quality: int = 82
    confusion: int = 40
    """People and clusters in the printed table of confusion; the rest are summed up."""


@dataclass(frozen=True, slots=True)
class DownloadConfig:
    """``vcn models pull``. Not part of RunConfig: no run downloads anything."""

    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    """Longest silence of a server."""
    attempts: int = 5
    """How often in a row a transfer may break without any progress. Our choice."""
    backoff_seconds: float = 0.5
    """Pause after a broken transfer; it doubles each time."""
    block_bytes: int = 1 << 18
    max_bytes: int = 8 << 30
    """No model file is larger; anything larger is refused. Our choice."""


@dataclass(frozen=True, slots=True)
class BenchmarkConfig:
    """``vcn benchmark``. Not part of RunConfig: no run may depend on it."""

    levels: tuple[str, ...] = ("clean", "degraded", "hard", "singletons")
    n_tracks: tuple[int, ...] = (30, 150, 600)
    """A clip, a short film, a long one: of 30 tracks most people have one or two."""
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    """Each makes another film, and is the seed of the methods on it."""
    large: int = 600
    """Simulated films of so many tracks or more take only the first `large_seeds`: one
    costs as much as five of 150."""
    large_seeds: int = 2
    thresholds: tuple[float, float, float] = (0.05, 1.4, 0.01)
    """From, to and step of the grid for methods that need a threshold (Euclidean,
    normalised means): fine enough that hindsight misses nothing."""
    affinity_damping: float = 0.9
    """At scikit-learn's 0.5 some films do not converge; at 0.9 all do."""
    affinity_rounds: int = 1000
    dbscan_min_tracks: int = 2
    """Two tracks that are alike make a person."""
    finch_partitions: tuple[int, ...] = (1, 2)
    """CCL, by the authors of FINCH, takes the second; VCN supp. 1.4 found the first
    better."""
    tolerance: float = 0.02
    """Fall of a mean B-cubed F or NMI that the regression gate lets pass: the largest
    spread over seeds that the method may have (issue 4)."""


@dataclass(frozen=True, slots=True)
class RunConfig:
    """The whole configuration of one run."""

    pack: str = "open"
    detector: str | None = None
    """An ONNX file in place of the pack's detector."""
    face_model: str | None = None
    """A file in place of the pack's face model."""
    checkpoint: str | None = None
    """A file of ``vcn finetune`` in place of adaptation."""
    device: str = "auto"
    seed: int = 0
    shots: ShotConfig = field(default_factory=ShotConfig)
    detect: DetectConfig = field(default_factory=DetectConfig)
    track: TrackConfig = field(default_factory=TrackConfig)
    crops: CropConfig = field(default_factory=CropConfig)
    quality: QualityConfig = field(default_factory=QualityConfig)
    adapt: AdaptConfig = field(default_factory=AdaptConfig)
    cluster: ClusterConfig = field(default_factory=ClusterConfig)
    report: ReportConfig = field(default_factory=ReportConfig)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for manifests and fingerprints."""
        return asdict(self)
