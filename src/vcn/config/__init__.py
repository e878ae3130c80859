"""Every default of vcn, and where it comes from.

A default cites the section of the paper ("VCN 3.4", "VCN supp. 1.2") or says "our
choice" and the measurement behind it. No other package defines a default.
"""

from __future__ import annotations

from vcn.config.cast import CastConfig
from vcn.config.evidence import EvidenceConfig, ThreadConfig
from vcn.config.figures import FigureConfig
from vcn.config.measure import (
    BenchmarkConfig,
    CalibrateConfig,
    DownloadConfig,
    EvaluateConfig,
)
from vcn.config.people import AdaptConfig, AdaptMode, ClusterConfig, Precision, QualityConfig
from vcn.config.persons import MuHpcConfig, RadNetConfig
from vcn.config.report import SCHEMA_VERSION, CompareConfig, ReportConfig
from vcn.config.review import CORRECTIONS_VERSION, NAME_CHARACTERS, CorrectionsConfig, ReviewConfig
from vcn.config.run import RunConfig
from vcn.config.scan import (
    CropConfig,
    DetectConfig,
    ShotConfig,
    ShotMethod,
    SplitConfig,
    TrackConfig,
)
from vcn.config.season import SEASON_VERSION, SeasonConfig
from vcn.config.systems import MethodConfig, SystemsConfig
from vcn.config.voice import VoiceConfig

__all__ = [
    "CORRECTIONS_VERSION",
    "NAME_CHARACTERS",
    "SCHEMA_VERSION",
    "SEASON_VERSION",
    "AdaptConfig",
    "AdaptMode",
    "BenchmarkConfig",
    "CalibrateConfig",
    "CastConfig",
    "ClusterConfig",
    "CompareConfig",
    "CorrectionsConfig",
    "CropConfig",
    "DetectConfig",
    "DownloadConfig",
    "EvaluateConfig",
    "EvidenceConfig",
    "FigureConfig",
    "MethodConfig",
    "MuHpcConfig",
    "Precision",
    "QualityConfig",
    "RadNetConfig",
    "ReportConfig",
    "ReviewConfig",
    "RunConfig",
    "SeasonConfig",
    "ShotConfig",
    "ShotMethod",
    "SplitConfig",
    "SystemsConfig",
    "ThreadConfig",
    "TrackConfig",
    "VoiceConfig",
]
