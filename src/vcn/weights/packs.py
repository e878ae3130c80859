"""Model packs: a detector, a face-ID model, their preprocessing, licences and hashes.

A pack is a folder with a ``pack.toml``; the weights come from an installed package,
lie beside the file, or were downloaded because the user asked (``vcn models pull``).
Nothing here downloads, and finding a file never imports the package that holds it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from vcn.errors import PackError

DETECTOR_KINDS = ("centerface", "retinaface-insightface", "scrfd", "retinaface-pytorch", "yunet")
"""Output layouts of detectors that vcn reads; one file in detectors/ for each."""

FACE_MODEL_KINDS = ("dlib-resnet", "onnx", "iresnet", "ir101", "resnet50", "farl")
"""Weight formats of face-ID models that vcn reads; one file in nets/ for each."""

ARCFACE_TEMPLATE = (
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
)
"""ArcFace's 5 landmarks in a 112x112 crop (insightface, ``utils/face_align.py``)."""

FIRST_USE = "first-use"
"""In place of a sha256: the hash could not be looked up and is pinned at the first pull."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_verified: set[tuple[str, int, int, str]] = set()
"""Files that were hashed in this process: path, size, mtime in ns, sha256."""


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
class PackFile:
    """One file of weights: where it is, and what it must be."""

    name: str
    path: Path
    """Where it lies once it is there; it need not exist."""
    sha256: str | None
    """Lower-case hex; None: pinned at the first pull (see `pins_file`)."""
    size: int | None
    """Bytes; None where it is not known before the first pull."""
    package: str = ""
    """The Python package that carries it, or empty."""
    url: str = ""
    """Where ``vcn models pull`` gets it, or empty."""
    member: str = ""
    """The name inside the archive at `url`, or empty when `url` is the file itself."""


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


@dataclass(frozen=True, slots=True)
class Pack:
    """A detector and a face-ID model that are used together."""

    name: str
    title: str
    licences: tuple[Licence, ...]
    files: tuple[PackFile, ...]
    detector: DetectorSpec | None
    """None: the pack carries a face model only."""
    face_model: FaceModelSpec | None
    """None: the pack carries a detector only."""

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
            _verify(self.name, file)

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


def models_dir() -> Path:
    """The folder for downloaded weights: ``VCN_MODELS_DIR``, else the user's data folder."""
    chosen = os.environ.get("VCN_MODELS_DIR")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("vcn", appauthor=False)) / "models"


def built_in_dir() -> Path:
    """The folder of the packs that come with vcn: in the wheel, else the repository's."""
    inside = Path(__file__).parents[1] / "models"
    return inside if inside.is_dir() else Path(__file__).parents[3] / "models"


def pack_names() -> tuple[str, ...]:
    """Names of the packs that come with vcn, sorted."""
    return tuple(sorted(path.parent.name for path in built_in_dir().glob("*/pack.toml")))


def pins_file(pack_name: str) -> Path:
    """The JSON file {file name: sha256} of hashes pinned at the first pull."""
    return models_dir() / pack_name / "pins.json"


def expected_sha256(pack_name: str, file: PackFile) -> str | None:
    """The hash `file` must have: as the pack states it, else as pinned, else None.

    Raises:
        PackError: The file of pins cannot be read.
    """
    if file.sha256 is not None:
        return file.sha256
    pins = pins_file(pack_name)
    if not pins.is_file():
        return None
    hint = "delete it and pull the pack again"
    try:
        pinned = json.loads(pins.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PackError(f"cannot read the pinned hashes {pins}: {error}", hint) from error
    value = pinned.get(file.name) if isinstance(pinned, dict) else None
    if value is not None and not (isinstance(value, str) and _SHA256.fullmatch(value)):
        raise PackError(f"the pinned hashes {pins} are damaged", hint)
    return value


def sha256_of(path: Path) -> str:
    """Lower-case hex sha256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def load_pack(
    name_or_dir: str | Path, *, detector: Path | None = None, face_model: Path | None = None
) -> Pack:
    """Find a pack and read its ``pack.toml``; weights are not opened (see `Pack.verify`).

    Args:
        name_or_dir: A name in `pack_names()`, or a folder that holds a ``pack.toml``.
        detector: An ONNX file of the user's own in place of the pack's detector; its
            layout is recognised from its outputs.
        face_model: A file of the user's own in place of the pack's face model. An ONNX
            file is taken as ArcFace-style: crops aligned to ArcFace's template, RGB,
            (x - 127.5) / 127.5 unless the model does that itself. A torch state dict is
            recognised by its published names (`vcn.weights.torchfile`).

    Raises:
        PackError: There is no such pack, its pack.toml is not valid, or a given file is
            not a model that vcn can use.
    """
    pack = _read_pack(_find_pack(name_or_dir))
    if detector is not None:
        pack = _with_detector(pack, Path(detector))
    if face_model is not None:
        pack = _with_face_model(pack, Path(face_model))
    return pack


def _find_pack(name_or_dir: str | Path) -> Path:
    """The folder of a pack."""
    name = str(name_or_dir)
    if name in pack_names():
        return built_in_dir() / name
    folder = Path(name).expanduser()
    if name and (folder / "pack.toml").is_file():
        return folder
    if name and folder.is_dir():
        raise PackError(f"the folder {folder} has no pack.toml", "see models/open/pack.toml")
    known = ", ".join(pack_names())
    raise PackError(f"there is no model pack '{name}'", f"known: {known}; or a folder of your own")


def _read_pack(folder: Path) -> Pack:
    where = folder / "pack.toml"
    try:
        table = tomllib.loads(where.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # a TOMLDecodeError is a ValueError
        raise PackError(f"cannot read {where}: {error}") from error
    root = _Table(table, str(where))
    name = root.text("name", pattern=_NAME)
    if folder.parent == built_in_dir() and name != folder.name:
        raise PackError(f"{where}: name is '{name}' but the folder is '{folder.name}'")
    files = tuple(_read_file(item, name, folder) for item in root.tables("files"))
    by_name = {file.name: file for file in files}
    if len(by_name) != len(files):
        raise PackError(f"{where}: two files have the same name")
    detector, face_model = root.table("detector"), root.table("face_model")
    pack = Pack(
        name=name,
        title=root.text("title"),
        licences=tuple(_read_licence(item) for item in root.tables("licences")),
        files=files,
        detector=None if detector is None else _read_detector(detector, by_name),
        face_model=None if face_model is None else _read_face_model(face_model, by_name),
    )
    root.done()
    if pack.detector is None and pack.face_model is None:
        raise PackError(f"{where}: a pack needs a [detector] or a [face_model]")
    return pack


def _read_licence(table: _Table) -> Licence:
    licence = Licence(
        covers=table.text("covers"),
        id=table.text("id"),
        commercial_use=table.flag("commercial_use"),
        note=table.text("note", default=""),
    )
    table.done()
    return licence


def _read_file(table: _Table, pack_name: str, folder: Path) -> PackFile:
    name = table.text("name", pattern=_NAME)
    sha256 = table.text("sha256")
    if sha256 != FIRST_USE and not _SHA256.fullmatch(sha256):
        raise table.error(f"sha256 must be 64 lower-case hex digits or '{FIRST_USE}'")
    size = table.integer("size", required=sha256 != FIRST_USE)
    package, path = table.text("package", default=""), table.text("path", default="")
    url, member = table.text("url", default=""), table.text("member", default="")
    table.done()
    for value in (path, member):
        _check_relative(value, table)
    if bool(path) == bool(url) or (package and not path) or (member and not url):
        raise table.error("a file needs either 'path' (with or without 'package') or 'url'")
    if url and not url.startswith("https://"):
        raise table.error("url must start with https://")
    if sha256 == FIRST_USE and not url:
        raise table.error(f"sha256 may be '{FIRST_USE}' only for a file with a url")
    if url:
        where = models_dir() / pack_name / name
    elif package:
        where = _package_dir(package, table) / path
    else:
        where = folder / path
    return PackFile(
        name=name,
        path=where,
        sha256=None if sha256 == FIRST_USE else sha256,
        size=size,
        package=package,
        url=url,
        member=member,
    )


def _check_relative(value: str, table: _Table) -> None:
    """Refuse whatever could lead out of the pack's folder on any system."""
    parts = re.split(r"[/\\]", value)
    if value and (".." in parts or "" in parts or ":" in value or "\0" in value):
        raise table.error(f"'{value}' must be a relative path without '..'")


def _package_dir(package: str, table: _Table) -> Path:
    """The folder of an installed package, found without importing it."""
    if not package.isidentifier():  # a dotted name would import its parent
        raise table.error(f"package '{package}' must be the name of a top-level package")
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        spec = None
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    # A pack whose package is absent can still be listed; verify() says what to install.
    return Path(places[0]) if places else Path("not-installed") / package


def _read_detector(table: _Table, files: Mapping[str, PackFile]) -> DetectorSpec:
    spec = DetectorSpec(kind=table.choice("kind", DETECTOR_KINDS), path=table.file("file", files))
    table.done()
    return spec


def _read_face_model(table: _Table, files: Mapping[str, PackFile]) -> FaceModelSpec:
    mean, std = table.numbers("mean", 3), table.numbers("std", 3)
    if min(std) <= 0:
        raise table.error("std must be positive")
    points = table.points("template")
    input_size = table.integer("input_size")
    embedding_dim = table.integer("embedding_dim")
    assert input_size is not None  # for mypy: integer() is required by default
    assert embedding_dim is not None
    if input_size > 4096 or embedding_dim > 65536:
        raise table.error("input_size must be at most 4096 and embedding_dim at most 65536")
    if any(not 0 <= value < input_size for point in points for value in point):
        raise table.error("each point of template must lie inside the crop")
    impostor_cosine = table.number("impostor_cosine")
    if impostor_cosine is not None and not -1 < impostor_cosine < 1:
        raise table.error("impostor_cosine must lie between -1 and 1")
    spec = FaceModelSpec(
        kind=table.choice("kind", FACE_MODEL_KINDS),
        path=table.file("file", files),
        input_size=input_size,
        mean=(mean[0], mean[1], mean[2]),
        std=(std[0], std[1], std[2]),
        channels=table.choice("channels", ("RGB", "BGR")),
        template=points,
        embedding_dim=embedding_dim,
        impostor_cosine=impostor_cosine,
    )
    table.done()
    return spec


class _Table:
    """A TOML table that is read key by key; whatever is left at `done` is an error."""

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self._values = dict(values)
        self._where = where

    def error(self, what: str) -> PackError:
        return PackError(f"{self._where}: {what}", "see models/open/pack.toml for the format")

    def done(self) -> None:
        if self._values:
            raise self.error(f"unknown key '{sorted(self._values)[0]}'")

    def text(
        self, key: str, *, default: str | None = None, pattern: re.Pattern[str] | None = None
    ) -> str:
        value = self._values.pop(key, default)
        if not isinstance(value, str) or (not value and default is None):
            raise self.error(f"'{key}' must be a non-empty string")
        if pattern is not None and not pattern.fullmatch(value):
            raise self.error(f"'{key}' has characters that are not allowed: '{value}'")
        return value

    def choice(self, key: str, allowed: tuple[str, ...]) -> str:
        value = self.text(key)
        if value not in allowed:
            raise self.error(f"'{key}' must be one of {', '.join(allowed)}, got '{value}'")
        return value

    def flag(self, key: str) -> bool:
        value = self._values.pop(key, None)
        if not isinstance(value, bool):
            raise self.error(f"'{key}' must be true or false")
        return value

    def integer(self, key: str, *, required: bool = True) -> int | None:
        value = self._values.pop(key, None)
        if value is None and not required:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            raise self.error(f"'{key}' must be a positive whole number")
        return value

    def number(self, key: str) -> float | None:
        """None where the key is missing."""
        value = self._values.pop(key, None)
        if value is None:
            return None
        if type(value) not in (int, float):
            raise self.error(f"'{key}' must be a number")
        return float(value)

    def numbers(self, key: str, n: int) -> tuple[float, ...]:
        return self._numbers(key, self._values.pop(key, None), n)

    def points(self, key: str) -> tuple[tuple[float, float], ...]:
        rows = self._values.pop(key, None)
        if not isinstance(rows, list) or len(rows) != 5:
            raise self.error(f"'{key}' must be 5 points [x, y]")
        points = [self._numbers(key, row, 2) for row in rows]
        return tuple((point[0], point[1]) for point in points)

    def _numbers(self, key: str, values: object, n: int) -> tuple[float, ...]:
        ok = isinstance(values, list) and len(values) == n
        if not ok or not all(type(v) in (int, float) and abs(v) < 1e6 for v in values):  # type: ignore[attr-defined]
            raise self.error(f"'{key}' must be {n} numbers")
        return tuple(float(value) for value in values)  # type: ignore[attr-defined]

    def table(self, key: str) -> _Table | None:
        value = self._values.pop(key, None)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.error(f"'{key}' must be a table")
        return _Table(value, f"{self._where} [{key}]")

    def tables(self, key: str) -> list[_Table]:
        values = self._values.pop(key, None)
        if not isinstance(values, list) or not values:
            raise self.error(f"at least one [[{key}]] is needed")
        if not all(isinstance(value, dict) for value in values):
            raise self.error(f"'{key}' must be tables [[{key}]]")
        return [_Table(v, f"{self._where} [[{key}]] {i + 1}") for i, v in enumerate(values)]

    def file(self, key: str, files: Mapping[str, PackFile]) -> Path:
        name = self.text(key)
        if name not in files:
            raise self.error(f"'{key}' names '{name}', which is not in [[files]]")
        return files[name].path


def _verify(pack_name: str, file: PackFile) -> None:
    what = f"pack {pack_name}: {file.name}"
    if file.package:
        mend = f"install the Python package {file.package} again"
    elif file.url:
        mend = f"run: vcn models pull {pack_name}"
    else:
        mend = "put the right file there"
    try:
        stat = file.path.stat()
        if not file.path.is_file():
            raise PackError(f"{what} is not a file: {file.path}", mend)
        if file.size is not None and stat.st_size != file.size:
            raise PackError(f"{what} has {stat.st_size} bytes, not {file.size}: {file.path}", mend)
        expected = expected_sha256(pack_name, file)
        if expected is None:
            raise PackError(f"{what} was never pinned to a hash: {file.path}", mend)
        key = (str(file.path.resolve()), stat.st_size, stat.st_mtime_ns, expected)
        if key in _verified:
            return
        if sha256_of(file.path) != expected:
            raise PackError(f"{what} is not the file it should be (sha256): {file.path}", mend)
        _verified.add(key)
    except FileNotFoundError as error:
        raise PackError(f"{what} is missing: {file.path}", mend) from error
    except OSError as error:
        raise PackError(f"{what} cannot be read: {error}", mend) from error


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


def _with_detector(pack: Pack, path: Path) -> Pack:
    from vcn.weights.onnxfile import read_signature

    file = _own_file(path)
    kind = read_signature(file.path).detector_kind()
    keep = None if pack.face_model is None else pack.face_model.path
    pack = _replaced(pack, "detector", file, keep)
    return replace(pack, detector=DetectorSpec(kind, file.path))


def _with_face_model(pack: Pack, path: Path) -> Pack:
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
        spec = load_pack(name).face_model
        if spec is not None and spec.kind == kind:
            return replace(spec, path=path, embedding_dim=width or spec.embedding_dim)
    raise PackError(f"{path} has the layout {kind}, whose pack is missing from this installation")
