"""What a run is made with, checked before the long work begins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vcn.config import AdaptConfig, AdaptMode, EvidenceConfig, RunConfig
from vcn.given import GivenTracks, read_given
from vcn.methods.registry import make_method
from vcn.pipeline.ears import Ears, ears_of
from vcn.runtime.devices import (
    BOTH_ONNXRUNTIMES,
    Device,
    onnxruntime_distributions,
    resolve_device,
)
from vcn.runtime.progress import Progress
from vcn.runtime.store import default_root
from vcn.stages.detect import search_rate
from vcn.stages.shots import cut_detector
from vcn.types import VideoInfo
from vcn.video import content_hash, open_sound, open_video
from vcn.weights.checkpoint import Checkpoint, load_checkpoint
from vcn.weights.packs import (
    BodySpec,
    DetectorSpec,
    FaceModelSpec,
    Pack,
    PersonSpec,
    load_parts,
    sha256_of,
)


@dataclass(frozen=True, slots=True)
class Setup:
    """One film, and all that was chosen and loaded for it."""

    film: Path
    info: VideoInfo
    config: RunConfig
    device: Device
    pack: Pack
    detector: DetectorSpec
    face_model: FaceModelSpec
    content: str
    """Content hash of the film."""
    size: int
    """Of the film in bytes."""
    checkpoint: Checkpoint | None
    """In place of adaptation."""
    ears: Ears | None = None
    """None: nothing is heard."""
    given: GivenTracks | None = None
    """In place of our own tracks."""

    @classmethod
    def prepare(cls, film: Path, config: RunConfig, progress: Progress) -> Setup:
        """Check all that can be checked.

        Raises:
            VcnError: As `vcn.cluster`.
        """
        make_method(config)  # it exists, and knows what it must
        with open_video(film) as video:  # it is a film, before its content is hashed
            info = video.info
        cut_detector(config.shots, info)  # a list of cuts can be read, and is of this film
        device = resolve_device(config.device)
        progress.note(device.note)
        if len(both := onnxruntime_distributions()) > 1:
            names = " and ".join(both)
            progress.note(f"{names} overwrite each other's files: {BOTH_ONNXRUNTIMES}")
        pack, detector, face_model = load_parts(config)
        config = replace(config, evidence=begun_by(config.evidence, face_model))
        pack.verify()
        if not pack.commercial:
            progress.note(f"pack {pack.name}: {pack.licence}")
        ears = ears_of(str(film), config, pack, progress)
        content = content_hash(film)
        checkpoint = None
        if config.checkpoint is not None and config.method.name == "vcn":
            checkpoint = load_checkpoint(Path(config.checkpoint))
            checkpoint.check_model(sha256_of(face_model.path), Path(config.checkpoint))
            if checkpoint.origin.film != content:
                progress.note(f"the checkpoint was adapted to {checkpoint.origin.film_name}")
        size = film.stat().st_size
        return cls(
            *(film, info, config, device, pack, detector, face_model, content, size),
            *(checkpoint, ears),
            load_given(config, info),
        )

    @property
    def body(self) -> BodySpec | None:
        """The model of bodies; None: the pack has none, or nobody wants it."""
        return self.pack.body if self.config.evidence.body else None

    @property
    def person(self) -> PersonSpec | None:
        """The detector of people; None: the pack has none, or nobody wants bodies."""
        return None if self.body is None else self.pack.person

    @property
    def rate(self) -> float | None:
        """Searches a second of film; None = every frame."""
        return search_rate(self.config.detect, self.on_gpu, float(self.info.frame_rate))

    @property
    def on_gpu(self) -> bool:
        """Whether faces are searched for on a GPU."""
        return self.device.onnx != "cpu"

    @property
    def adapt_mode(self) -> AdaptMode:
        """How the model is adapted; with a checkpoint, how it was."""
        if self.checkpoint is not None:
            return "full" if self.checkpoint.snapshot.metric.mode == "full" else "head"
        return adapt_mode(self.config.adapt, self.device)


def load_given(config: RunConfig, info: VideoInfo) -> GivenTracks | None:
    """The tracks that the user gave, if any.

    Raises:
        DataError: They cannot be read.
    """
    if config.tracks is None:
        return None
    gap = round(config.track.max_gap_seconds * float(info.frame_rate))
    return read_given(Path(config.tracks), max(gap, 1))


def adapt_mode(config: AdaptConfig, device: Device) -> AdaptMode:
    """What `auto` stands for on a device: the full model on a GPU, the heads on a CPU.

    Raises:
        UsageError: It is the full model, and no iteration would train it.
    """
    mode = config.mode
    if mode == "auto":
        mode = "head" if device.torch == "cpu" else "full"
    if mode == "full":
        config.check_full()
    return mode


def begun_by(evidence: EvidenceConfig, model: FaceModelSpec) -> EvidenceConfig:
    """Choices that begin where the pack says what its distances mean.

    What the user chose goes before the pack, and the pack before our defaults.

    Args:
        evidence: What was chosen.
        model: Of the pack.
    """
    usual = EvidenceConfig()
    said: dict[str, Any] = {}
    for name in ("nearer", "strangers_nearer", "same_sd", "stranger_scale"):
        value = getattr(model, name)
        if value is not None and getattr(evidence, name) == getattr(usual, name):
            said[name] = value
    classes = len(evidence.size_edges) + 1
    if len(said.get("nearer", evidence.nearer)) != classes:
        said.pop("nearer", None)  # measured for other sizes
    pairs = classes * (classes + 1) // 2
    if len(said.get("strangers_nearer", evidence.strangers_nearer)) != pairs:
        said.pop("strangers_nearer", None)
    return replace(evidence, **said)


def plan(
    film: str | Path, config: RunConfig | None = None, *, work_dir: Path | None = None
) -> list[str]:
    """What `cluster` would do, in lines for people; nothing is written.

    Raises:
        VcnError: What `cluster` would raise before it begins.
    """
    config = config or RunConfig()
    make_method(config)
    with open_video(Path(film)) as video:
        info = video.info
    cut_detector(config.shots, info)
    device = resolve_device(config.device)
    pack, *_ = load_parts(config)
    pack.verify()
    rate = search_rate(config.detect, device.onnx != "cpu", float(info.frame_rate))
    length = "unknown length" if info.duration is None else f"{info.duration:.1f} s"
    return [
        f"film:       {film}: {info.codec} {info.width}x{info.height}, {length}",
        f"device:     {device.note}",
        f"pack:       {pack.name} ({pack.licence})",
        *_given(load_given(config, info)),
        f"shots:      {config.shots.cuts or config.shots.method}",
        f"search:     {'every frame' if rate is None else f'{rate:g} frames a second'}",
        _who(config, device),
        f"sound:      {_sound(film, config)}",
        f"work:       {work_dir or default_root()}",
    ]


def _sound(film: str | Path, config: RunConfig) -> str:
    if not config.voice.enabled:
        return "not listened to"
    sound = open_sound(film, config.voice.stream)
    return "none" if sound is None else str(sound.info)


def _given(given: GivenTracks | None) -> list[str]:
    if given is None:
        return []
    n = len({run.id for run in given.runs})
    return [f"tracks:     {given.path}: {len(given.runs)} tracks of {n} ids, none of our own"]


def _who(config: RunConfig, device: Device) -> str:
    if config.method.name != "vcn":
        return f"method:     {config.method.name}, seed {config.seed}"
    return (
        f"adaptation: {config.checkpoint or adapt_mode(config.adapt, device)}, seed {config.seed}"
    )
