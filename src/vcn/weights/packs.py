"""Model packs: a detector, a face-ID model, their preprocessing, licences and hashes.

A pack is a folder with a ``pack.toml``; the weights come from an installed package,
lie beside the file, or were downloaded because the user asked (``vcn models pull``).
Nothing here downloads. Other packages take what they need of packs from this file.
"""

from __future__ import annotations

from pathlib import Path

from vcn.config import RunConfig
from vcn.errors import PackError
from vcn.weights.installed import FAMILIES, with_installed_detector
from vcn.weights.ownfile import with_detector, with_face_model
from vcn.weights.pack import (
    ARCFACE_TEMPLATE,
    DETECTOR_KINDS,
    FACE_MODEL_KINDS,
    SPEAKER_KINDS,
    BodySpec,
    DetectorSpec,
    FaceModelSpec,
    Licence,
    Pack,
    PersonSpec,
    SpeakerSpec,
    SpeechSpec,
)
from vcn.weights.packfile import PackFile, expected_sha256, models_dir, pins_file, sha256_of
from vcn.weights.packtoml import FIRST_USE, built_in_dir, find_pack, pack_names, read_pack

__all__ = [
    "ARCFACE_TEMPLATE",
    "DETECTOR_KINDS",
    "FACE_MODEL_KINDS",
    "FIRST_USE",
    "SPEAKER_KINDS",
    "BodySpec",
    "DetectorSpec",
    "FaceModelSpec",
    "Licence",
    "Pack",
    "PackFile",
    "PersonSpec",
    "SpeakerSpec",
    "SpeechSpec",
    "built_in_dir",
    "expected_sha256",
    "load_pack",
    "load_parts",
    "models_dir",
    "pack_names",
    "pins_file",
    "sha256_of",
]


def load_pack(
    name_or_dir: str | Path, *, detector: str | Path | None = None, face_model: Path | None = None
) -> Pack:
    """Find a pack and read its ``pack.toml``; weights are not opened (see `Pack.verify`).

    Args:
        name_or_dir: A name in `pack_names()`, or a folder that holds a ``pack.toml``.
        detector: An ONNX file of the user's own in place of the pack's detector; its
            layout is recognised from its outputs. Or one that is installed, by name
            (`vcn.weights.installed.FAMILIES`).
        face_model: A file of the user's own in place of the pack's face model. An ONNX
            file is taken as ArcFace-style: crops aligned to ArcFace's template, RGB,
            (x - 127.5) / 127.5 unless the model does that itself. A torch state dict is
            recognised by its published names (`vcn.weights.torchfile`).

    Raises:
        PackError: There is no such pack, its pack.toml is not valid, or a given file is
            not a model that vcn can use.
    """
    pack = read_pack(find_pack(name_or_dir))
    if detector is not None and str(detector) in FAMILIES and not Path(detector).exists():
        pack = with_installed_detector(pack, str(detector))
    elif detector is not None and not Path(detector).expanduser().is_file():
        names = ", ".join(FAMILIES)
        raise PackError(f"there is no detector {detector}", f"Give an ONNX file, or one of {names}")
    elif detector is not None:
        pack = with_detector(pack, Path(detector))
    if face_model is not None:
        pack = with_face_model(pack, Path(face_model))
    return pack


def load_parts(config: RunConfig) -> tuple[Pack, DetectorSpec, FaceModelSpec]:
    """The pack with the user's own files in it.

    Raises:
        PackError: It is unknown, or lacks one of its two halves.
    """
    pack = load_pack(
        config.pack,
        detector=config.detector,
        face_model=Path(config.face_model) if config.face_model else None,
    )
    if pack.detector is None:
        raise PackError(f"the pack {pack.name} has no detector", "Give one with --detector")
    if pack.face_model is None:
        raise PackError(f"the pack {pack.name} has no face model", "Give one with --face-model")
    return pack, pack.detector, pack.face_model
