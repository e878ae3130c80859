"""Reading ``pack.toml``; finding a file never imports the package that holds it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from vcn.errors import PackError
from vcn.weights.pack import (
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
from vcn.weights.packfile import SHA256, PackFile, models_dir
from vcn.weights.table import Table

FIRST_USE = "first-use"
"""In place of a sha256: the hash could not be looked up and is pinned at the first pull."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def built_in_dir() -> Path:
    """The folder of the packs that come with vcn: in the wheel, else the repository's."""
    inside = Path(__file__).parents[1] / "models"
    return inside if inside.is_dir() else Path(__file__).parents[3] / "models"


def pack_names() -> tuple[str, ...]:
    """Names of the packs that come with vcn, sorted."""
    return tuple(sorted(path.parent.name for path in built_in_dir().glob("*/pack.toml")))


def find_pack(name_or_dir: str | Path) -> Path:
    """The folder of a pack, by its name or as it is.

    Raises:
        PackError: There is none.
    """
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


def read_pack(folder: Path) -> Pack:
    """Read the pack.toml of a folder; weights are not opened.

    Raises:
        PackError: It cannot be read or is not valid.
    """
    where = folder / "pack.toml"
    try:
        table = tomllib.loads(where.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # a TOMLDecodeError is a ValueError
        raise PackError(f"cannot read {where}: {error}") from error
    root = Table(table, str(where))
    name = root.text("name", pattern=_NAME)
    if folder.parent == built_in_dir() and name != folder.name:
        raise PackError(f"{where}: name is '{name}' but the folder is '{folder.name}'")
    files = tuple(_read_file(item, name, folder) for item in root.tables("files"))
    by_name = {file.name: file for file in files}
    if len(by_name) != len(files):
        raise PackError(f"{where}: two files have the same name")
    detector, face_model = root.table("detector"), root.table("face_model")
    speech, speaker, body = root.table("speech"), root.table("speaker"), root.table("body")
    person = root.table("person_detector")
    pack = Pack(
        name=name,
        title=root.text("title"),
        licences=tuple(_read_licence(item) for item in root.tables("licences")),
        files=files,
        detector=None if detector is None else _read_detector(detector, by_name),
        face_model=None if face_model is None else _read_face_model(face_model, by_name),
        speech=None if speech is None else _read_speech(speech, by_name),
        speaker=None if speaker is None else _read_speaker(speaker, by_name),
        body=None if body is None else _read_body(body, by_name),
        person=None if person is None else _read_person(person, by_name),
        note=root.text("note", default=""),
    )
    root.done()
    if person is not None and body is None:
        raise PackError(f"{where}: a [person_detector] is of use only beside a [body]")
    if not any((pack.detector, pack.face_model, pack.speech, pack.speaker, pack.body)):
        raise PackError(f"{where}: a pack needs a [detector] or a [face_model]")
    return pack


def _read_licence(table: Table) -> Licence:
    licence = Licence(
        covers=table.text("covers"),
        id=table.text("id"),
        commercial_use=table.flag("commercial_use"),
        note=table.text("note", default=""),
    )
    table.done()
    return licence


def _read_file(table: Table, pack_name: str, folder: Path) -> PackFile:
    name = table.text("name", pattern=_NAME)
    sha256 = table.text("sha256")
    if sha256 != FIRST_USE and not SHA256.fullmatch(sha256):
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


def _check_relative(value: str, table: Table) -> None:
    """Refuse whatever could lead out of the pack's folder on any system."""
    parts = re.split(r"[/\\]", value)
    if value and (".." in parts or "" in parts or ":" in value or "\0" in value):
        raise table.error(f"'{value}' must be a relative path without '..'")


def _package_dir(package: str, table: Table) -> Path:
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


def _read_detector(table: Table, files: Mapping[str, PackFile]) -> DetectorSpec:
    spec = DetectorSpec(kind=table.choice("kind", DETECTOR_KINDS), path=table.file("file", files))
    table.done()
    return spec


def _read_face_model(table: Table, files: Mapping[str, PackFile]) -> FaceModelSpec:
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
    nearer = table.some_numbers("nearer")
    strangers_nearer = table.some_numbers("strangers_nearer")
    if any(value < 0 for value in strangers_nearer or ()):
        raise table.error("strangers_nearer must not be negative")
    same_sd, stranger_scale = table.number("same_sd"), table.number("stranger_scale")
    if any(
        value is not None and value <= 0 for value in (*(nearer or ()), same_sd, stranger_scale)
    ):
        raise table.error("nearer, same_sd and stranger_scale must be positive")
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
        margin_loss=table.flag("margin_loss", default=True),
        nearer=nearer,
        strangers_nearer=strangers_nearer,
        same_sd=same_sd,
        stranger_scale=stranger_scale,
    )
    table.done()
    return spec


def _read_speech(table: Table, files: Mapping[str, PackFile]) -> SpeechSpec:
    spec = SpeechSpec(table.file("file", files))
    table.done()
    return spec


def _read_speaker(table: Table, files: Mapping[str, PackFile]) -> SpeakerSpec:
    kind, width = table.choice("kind", SPEAKER_KINDS), table.integer("embedding_dim")
    assert width is not None  # for mypy: integer() is required by default
    spec = SpeakerSpec(kind, table.file("file", files), width)
    table.done()
    return spec


def _read_body(table: Table, files: Mapping[str, PackFile]) -> BodySpec:
    mean, std = table.numbers("mean", 3), table.numbers("std", 3)
    width, height = table.integer("width"), table.integer("height")
    dim = table.integer("embedding_dim")
    assert width is not None  # for mypy, as above
    assert height is not None
    assert dim is not None
    if min(std) <= 0:
        raise table.error("std must be positive")
    spec = BodySpec(
        table.file("file", files),
        (width, height),
        (mean[0], mean[1], mean[2]),
        (std[0], std[1], std[2]),
        dim,
    )
    table.done()
    return spec


def _read_person(table: Table, files: Mapping[str, PackFile]) -> PersonSpec:
    spec = PersonSpec(table.file("file", files))
    table.done()
    return spec
