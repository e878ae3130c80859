"""Model files of the user's own, in place of a part of a pack."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from vcn.errors import PackError
from vcn.weights.pack import ARCFACE_TEMPLATE, DetectorSpec, FaceModelSpec, Licence, Pack
from vcn.weights.packfile import PackFile, sha256_of
from vcn.weights.packtoml import built_in_dir, pack_names, read_pack


def _own_file(path: Path) -> PackFile:
    """A model file of the user's own; its hash is what it is now."""
    path = path.expanduser()
    if not path.is_file():
        raise PackError(f"there is no model file {path}", "check the path")
    try:
        return PackFile(path.name, path, sha256_of(path), path.stat().st_size)
    except OSError as error:
        raise PackError(f"cannot read the model file {path}: {error}") from error


def _replaced(pack: Pack, part: str, file: PackFile, keep: Path | None) -> Pack:
    """`pack` with one part's file and licence replaced by the user's own."""
    licences = (
        *(licence for licence in pack.licences if licence.covers != part),
        Licence(part, "own file", None, f"{file.name}: its licence is not known to vcn"),
    )
    kept = tuple(f for f in pack.files if keep is not None and f.path == keep)
    return replace(pack, files=(*kept, file), licences=licences)


def with_detector(pack: Pack, path: Path) -> Pack:
    """`pack` with an ONNX file of the user's own as its detector, recognised by its outputs.

    Raises:
        PackError: It is not a model that vcn can use.
    """
    from vcn.weights.onnxfile import read_signature

    file = _own_file(path)
    kind = read_signature(file.path).detector_kind()
    keep = None if pack.face_model is None else pack.face_model.path
    pack = _replaced(pack, "detector", file, keep)
    return replace(pack, detector=DetectorSpec(kind, file.path))


def with_face_model(pack: Pack, path: Path) -> Pack:
    """`pack` with a file of the user's own as its face model.

    Raises:
        PackError: It is not a model that vcn can use.
    """
    file = _own_file(path)
    spec = _onnx_spec(file.path) if path.suffix.lower() == ".onnx" else _torch_spec(file.path)
    keep = None if pack.detector is None else pack.detector.path
    return replace(_replaced(pack, "face model", file, keep), face_model=spec)


def _onnx_spec(path: Path) -> FaceModelSpec:
    """How to run an ONNX face model: ArcFace-style."""
    from vcn.weights.onnxfile import read_signature

    signature = read_signature(path)
    size, width = signature.face_model_shape()
    scale = size / 112
    return FaceModelSpec(
        kind="onnx",
        path=path,
        input_size=size,
        mean=(0.0,) * 3 if signature.normalises else (127.5,) * 3,
        std=(1.0,) * 3 if signature.normalises else (127.5,) * 3,
        channels="RGB",
        template=tuple((x * scale, y * scale) for x, y in ARCFACE_TEMPLATE),
        embedding_dim=width,
    )


def _torch_spec(path: Path) -> FaceModelSpec:
    """How to run a checkpoint in a published layout: as the pack that publishes it."""
    from vcn.weights.torchfile import face_model_kind

    kind, width = face_model_kind(path)
    if kind == "iresnet":  # arcface_torch: no pack of its own, the crops of ArcFace
        return FaceModelSpec(
            kind,
            path,
            input_size=112,
            mean=(127.5,) * 3,
            std=(127.5,) * 3,
            channels="RGB",
            template=ARCFACE_TEMPLATE,
            embedding_dim=width or 512,
            impostor_cosine=0.0,
        )
    for name in pack_names():
        spec = read_pack(built_in_dir() / name).face_model
        if spec is not None and spec.kind == kind:
            return replace(spec, path=path, embedding_dim=width or spec.embedding_dim)
    raise PackError(f"{path} has the layout {kind}, whose pack is missing from this installation")
