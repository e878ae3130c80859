"""One file of weights: where it lies, the sha256 that it must have, and whether it has it.

The hash is what the pack states, or what was pinned when the file first came.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from vcn.errors import PackError

SHA256 = re.compile(r"[0-9a-f]{64}")
_verified: set[tuple[str, int, int, str]] = set()
"""Files that were hashed in this process: path, size, mtime in ns, sha256."""


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


def models_dir() -> Path:
    """The folder for downloaded weights: ``VCN_MODELS_DIR``, else the user's data folder."""
    chosen = os.environ.get("VCN_MODELS_DIR")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("vcn", appauthor=False)) / "models"


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
    if value is not None and not (isinstance(value, str) and SHA256.fullmatch(value)):
        raise PackError(f"the pinned hashes {pins} are damaged", hint)
    return value


def sha256_of(path: Path) -> str:
    """Lower-case hex sha256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def verify_file(pack_name: str, file: PackFile) -> None:
    """Check that a file is there, with the size and the sha256 it must have.

    It is hashed once in a process, and again when its size or time changed.

    Raises:
        PackError: It is missing, cannot be read, or is not the right one.
    """
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
