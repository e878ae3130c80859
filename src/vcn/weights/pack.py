"""What a model pack is: a detector, a face-ID model, their preprocessing and licences."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vcn.weights.packfile import PackFile, expected_sha256, verify_file

DETECTOR_KINDS = ("centerface", "retinaface-insightface", "scrfd", "retinaface-pytorch", "yunet")
"""Output layouts of detectors that vcn reads; one file in detectors/ for each."""

FACE_MODEL_KINDS = ("dlib-resnet", "onnx", "iresnet", "ir101", "resnet50", "farl")
"""Weight formats of face-ID models that vcn reads; one file in nets/ for each."""

SPEAKER_KINDS = ("ge2e", "onnx-wave")
"""Voice models that vcn reads: Resemblyzer's, and any ONNX file that takes sound itself."""

ARCFACE_TEMPLATE = (
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
)
"""ArcFace's 5 landmarks in a 112x112 crop (insightface, ``utils/face_align.py``)."""


@dataclass(frozen=True, slots=True)
class Licence:
    """What may be done with one part of a pack."""

    covers: str
    """Which part: "detector", "face model", or a file name."""
    id: str
    """SPDX identifier where there is one."""
    commercial_use: bool | None
    """None: not known, because the file is the user's own."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class DetectorSpec:
    """How to run a detector."""

    kind: str
    """One of `DETECTOR_KINDS`."""
    path: Path


@dataclass(frozen=True, slots=True)
class FaceModelSpec:
    """How to run a face-ID model."""

    kind: str
    """One of `FACE_MODEL_KINDS`."""
    path: Path
    input_size: int
    """Side of the square crop in pixels."""
    mean: tuple[float, float, float]
    """Subtracted from each channel (0..255), in the order of `channels`."""
    std: tuple[float, float, float]
    """The difference is divided by it."""
    channels: str
    """"RGB" or "BGR": the order in which the model takes its input."""
    template: tuple[tuple[float, float], ...]
    """(5, 2) landmarks of an aligned crop in pixels, in the order of `vcn.detectors`."""
    embedding_dim: int
    impostor_cosine: float | None = None
    """Mean cosine of the embeddings of two photographs of different people; None: not
    known. It tells a film of one person from a film of many."""
    margin_loss: bool = True
    """Whether it was trained with a margin loss (ArcFace, AdaFace): then SER-FIQ measures
    quality."""
    nearer: tuple[float, ...] | None = None
    """What its distances mean, measured: see `EvidenceConfig`, as for the next three; None: not
    known."""
    strangers_nearer: tuple[float, ...] | None = None
    same_sd: float | None = None
    stranger_scale: float | None = None


@dataclass(frozen=True, slots=True)
class SpeechSpec:
    """How to find speech: silero's model that takes many windows at once."""

    path: Path


@dataclass(frozen=True, slots=True)
class SpeakerSpec:
    """How to tell voices apart."""

    kind: str
    """One of `SPEAKER_KINDS`."""
    path: Path
    embedding_dim: int


@dataclass(frozen=True, slots=True)
class BodySpec:
    """How to tell bodies apart: an ONNX re-identification model, pictures in RGB."""

    path: Path
    input_size: tuple[int, int]
    """Width and height of the picture of a person in pixels."""
    mean: tuple[float, float, float]
    """Subtracted from each channel (0..255)."""
    std: tuple[float, float, float]
    """The difference is divided by it."""
    embedding_dim: int


@dataclass(frozen=True, slots=True)
class PersonSpec:
    """How to find people, face or not: an ONNX model in the layout of YOLOv8's exports."""

    path: Path


@dataclass(frozen=True, slots=True)
class Pack:
    """A detector and a face-ID model that are used together, or models beside them."""

    name: str
    title: str
    licences: tuple[Licence, ...]
    files: tuple[PackFile, ...]
    detector: DetectorSpec | None
    """None: the pack carries a face model only."""
    face_model: FaceModelSpec | None
    """None: the pack carries a detector only."""
    speech: SpeechSpec | None = None
    speaker: SpeakerSpec | None = None
    body: BodySpec | None = None
    person: PersonSpec | None = None
    note: str = ""
    """What its user should know before trusting it."""

    @property
    def licence(self) -> str:
        """All licences in one line."""
        return "; ".join(f"{licence.covers}: {licence.id}" for licence in self.licences)

    @property
    def commercial(self) -> bool:
        """True when every part is known to allow commercial use."""
        return all(licence.commercial_use is True for licence in self.licences)

    @property
    def research_only(self) -> bool:
        """True when some part is known not to allow commercial use."""
        return any(licence.commercial_use is False for licence in self.licences)

    def missing(self) -> tuple[PackFile, ...]:
        """The files that are not on this machine."""
        return tuple(file for file in self.files if not file.path.is_file())

    def verify(self) -> None:
        """Check that each file is there, with the size and the sha256 it must have.

        A file is hashed once in a process, and again when its size or time changed.

        Raises:
            PackError: A file is missing, cannot be read, or is not the right one.
        """
        for file in self.files:
            verify_file(self.name, file)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for the run manifest: licences, and the sha256 of each file."""
        return {
            "name": self.name,
            "title": self.title,
            "commercial": self.commercial,
            "research_only": self.research_only,
            "licences": [
                {
                    "covers": licence.covers,
                    "id": licence.id,
                    "commercial_use": licence.commercial_use,
                    "note": licence.note,
                }
                for licence in self.licences
            ],
            "files": {file.name: expected_sha256(self.name, file) for file in self.files},
        }
