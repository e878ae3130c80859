"""The whole configuration of one run."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from vcn.config.evidence import EvidenceConfig, ThreadConfig
from vcn.config.figures import FigureConfig
from vcn.config.people import AdaptConfig, ClusterConfig, QualityConfig
from vcn.config.report import ReportConfig
from vcn.config.review import CorrectionsConfig
from vcn.config.scan import CropConfig, DetectConfig, ShotConfig, SplitConfig, TrackConfig
from vcn.config.systems import MethodConfig, SystemsConfig
from vcn.config.voice import VoiceConfig


@dataclass(frozen=True, slots=True)
class RunConfig:
    """The whole configuration of one run."""

    pack: str = "open"
    detector: str | None = None
    """An ONNX file in place of the pack's detector."""
    face_model: str | None = None
    """A file in place of the pack's face model."""
    checkpoint: str | None = None
    """A file of ``vcn finetune`` in place of adaptation; for another method what it was
    trained to."""
    tracks: str | None = None
    """A file of face tracks in place of detection and tracking."""
    device: str = "auto"
    seed: int = 0
    shots: ShotConfig = field(default_factory=ShotConfig)
    detect: DetectConfig = field(default_factory=DetectConfig)
    track: TrackConfig = field(default_factory=TrackConfig)
    crops: CropConfig = field(default_factory=CropConfig)
    split: SplitConfig = field(default_factory=SplitConfig)
    quality: QualityConfig = field(default_factory=QualityConfig)
    adapt: AdaptConfig = field(default_factory=AdaptConfig)
    cluster: ClusterConfig = field(default_factory=ClusterConfig)
    threads: ThreadConfig = field(default_factory=ThreadConfig)
    evidence: EvidenceConfig = field(default_factory=EvidenceConfig)
    method: MethodConfig = field(default_factory=MethodConfig)
    systems: SystemsConfig = field(default_factory=SystemsConfig)
    voice: VoiceConfig = field(default_factory=VoiceConfig)
    figures: FigureConfig = field(default_factory=FigureConfig)
    corrections: CorrectionsConfig = field(default_factory=CorrectionsConfig)
    report: ReportConfig = field(default_factory=ReportConfig)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for manifests; the constants of systems that did not run left out."""
        values = asdict(self)
        if self.method.name == "vcn":
            del values["systems"]
        return values
