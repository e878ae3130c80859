"""The face in a photograph, as the face model of a season sees it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from vcn.config import RunConfig
from vcn.detectors import Detections, load_detector
from vcn.errors import InputError
from vcn.nets import load_face_model
from vcn.pipeline.setup import load_parts
from vcn.runtime.devices import resolve_device
from vcn.stages.crops import similarity, warp
from vcn.stages.embed import embed
from vcn.types import Crops, FloatArray, ImageArray
from vcn.weights.packs import sha256_of

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


def face_of(path: Path, config: RunConfig) -> PhotoFace:
    """Find and embed the largest face of a photograph.

    Raises:
        InputError: It cannot be read, or there is no face in it.
        PackError: The pack is not there.
        DeviceError: The device did not load.
    """
    image = read_photo(path)
    device = resolve_device(config.device)
    pack, spec, model_spec = load_parts(config)
    pack.verify()
    detector = load_detector(spec, config.detect, device.onnx)

    def look(picture: ImageArray) -> Detections:
        found = detector.detect([picture])[0]
        sure = found.score >= config.detect.threshold
        return Detections(*(column[sure] for column in found))

    found = look(image)
    if len(found.score) == 0:
        room = round(_ROOM * max(image.shape[:2]))
        image = cv2.copyMakeBorder(image, room, room, room, room, cv2.BORDER_CONSTANT)
        found = look(image)
    if len(found.score) == 0:
        raise InputError(f"no face was found in {path}", "Give a photograph with a larger face")
    sides = np.sqrt((found.xyxy[:, 2:] - found.xyxy[:, :2]).prod(axis=1))
    largest = int(sides.argmax())
    model = load_face_model(model_spec, device.torch)
    template = np.array(model_spec.template, np.float32)
    crop = warp(image, similarity(found.landmarks[largest], template), model_spec.input_size)
    one = np.ones(1, np.float32)
    crops = Crops(crop[None], np.zeros(1, np.int64), np.zeros(1, np.int64), one, one, one)
    values = embed(crops, model, lambda _: None).values[0]
    length = max(float(np.linalg.norm(values)), np.finfo(np.float32).tiny)
    return PhotoFace(
        (values / length).astype(np.float32),
        float(sides[largest]),
        len(found.score),
        sha256_of(model_spec.path),
    )
