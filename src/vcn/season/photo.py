"""The face in a photograph, as the face model of a season sees it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vcn.config import DetectConfig, RunConfig
from vcn.detectors import Detections, Detector, load_detector
from vcn.errors import InputError
from vcn.nets.quick import QUICK, embed_quickly
from vcn.runtime.devices import Device, resolve_device
from vcn.stages.crops import similarity, warp
from vcn.types import Crops, FloatArray, ImageArray
from vcn.weights.packs import FaceModelSpec, load_parts, sha256_of

_ROOM = 0.5
"""Border around a picture in which no face was found, of its side: a crop may be too close."""


@dataclass(frozen=True, slots=True)
class PhotoFace:
    """The largest face of a photograph."""

    embedding: FloatArray
    """(D,) of length 1."""
    size: float
    """Side in pixels."""
    n_faces: int
    """In the photograph."""
    face_model: str
    """SHA-256 of the model's file."""


def read_photo(path: Path) -> ImageArray:
    """(H, W, 3) RGB, upright.

    Raises:
        InputError: It cannot be read.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            return np.array(ImageOps.exif_transpose(picture).convert("RGB"))
    except (OSError, ValueError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise InputError(
            f"{path} is no picture that can be read: {error}", "Give a JPEG or a PNG"
        ) from error


class Faces(NamedTuple):
    """The faces of a photograph."""

    image: ImageArray
    """(H, W, 3) RGB in which they are: the photograph, or it with a border."""
    found: Detections
    """Those that are faces for sure."""
    sides: FloatArray
    """(N,) of each in pixels."""


def faces_in(image: ImageArray, detector: Detector, detect: DetectConfig, room: float) -> Faces:
    """The faces of a photograph; where there is none, also of it with a border.

    Args:
        image: (H, W, 3) RGB.
        detector: Finds faces.
        detect: From which score a face is one.
        room: The border, of the longer side: a crop may be too close for a detector.
    """
    found = _sure(image, detector, detect)
    if len(found.score) == 0:
        side = max(1, round(room * max(image.shape[:2])))
        image = np.pad(image, ((side, side), (side, side), (0, 0)))
        found = _sure(image, detector, detect)
    return Faces(image, found, np.sqrt((found.xyxy[:, 2:] - found.xyxy[:, :2]).prod(axis=1)))


def _sure(image: ImageArray, detector: Detector, detect: DetectConfig) -> Detections:
    found = detector.detect([image])[0]
    sure = found.score >= detect.threshold
    return Detections(*(column[sure] for column in found))


def face_of(path: Path, config: RunConfig) -> PhotoFace:
    """Find and embed the largest face of a photograph; without torch, where that can be.

    Raises:
        InputError: It cannot be read, or there is no face in it.
        PackError: The pack is not there.
        DeviceError: The device did not load.
    """
    picture = read_photo(path)
    pack, spec, model_spec = load_parts(config)
    pack.verify()
    # For one picture a GPU is no help, and to ask for one takes seconds.
    quick = model_spec.kind in QUICK and config.device in ("auto", "cpu")
    device = Device("cpu", "cpu", "") if quick else resolve_device(config.device)
    detector = load_detector(spec, config.detect, device.onnx)
    image, found, sides = faces_in(picture, detector, config.detect, _ROOM)
    if len(sides) == 0:
        raise InputError(f"no face was found in {path}", "Give a photograph with a larger face")
    largest = int(sides.argmax())
    template = np.array(model_spec.template, np.float32)
    crop = warp(image, similarity(found.landmarks[largest], template), model_spec.input_size)
    values: FloatArray = _embed(crop, model_spec, None if quick else device)
    length = max(float(np.linalg.norm(values)), float(np.finfo(np.float32).tiny))
    return PhotoFace(
        (values / length).astype(np.float32),
        float(sides[largest]),
        len(found.score),
        sha256_of(model_spec.path),
    )


def _embed(crop: ImageArray, spec: FaceModelSpec, device: Device | None) -> FloatArray:
    """(D,); None: without torch."""
    if device is None:
        return np.asarray(embed_quickly(crop[None], spec)[0])
    from vcn.nets import load_face_model
    from vcn.stages.embed import embed

    none, one = np.zeros(1, np.int64), np.ones(1, np.float32)
    crops = Crops(crop[None], none, none, one, one, one)
    return np.asarray(embed(crops, load_face_model(spec, device.torch), lambda _: None).values[0])
