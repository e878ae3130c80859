"""Stage artefacts: fingerprinted, atomic, resumable.

An artefact is a folder that holds one stage's output. Its name is the stage and the
fingerprint of everything that the stage depends on: the film's content, the stage's
configuration, weights, and the version of the code. It is written beside its final
place and renamed, so that it is whole or absent, and two runs at once do not harm
each other. A stale artefact has another name and is never found.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import time
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcn.errors import DataError, OutputError

FORMAT = "vcn-artefact/2"
"""Changes with every change of what the artefacts hold: old ones are then not found."""

_DONE = "done.json"
_WEEK = 7 * 24 * 3600.0


def fingerprint(*parts: object) -> str:
    """A short digest of plain values; equal values give equal digests.

    Args:
        *parts: What JSON can hold; the keys of mappings are sorted.
    """
    text = json.dumps([FORMAT, *parts], sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


@cache
def code_version(*parts: str) -> str:
    """Digest of some of vcn's own sources.

    So that who changes a stage, even between two releases, never gets artefacts of the
    code before. It takes milliseconds, once in a process.

    Args:
        *parts: Folders ("video/") and files ("scan.py") inside the package.
    """
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        name = file.relative_to(package).as_posix()
        if name.startswith(parts):
            digest.update(f"{name}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:24]


def default_root() -> Path:
    """The user's cache folder (`VCN_CACHE_DIR` replaces it)."""
    from platformdirs import user_cache_path

    return Path(os.environ.get("VCN_CACHE_DIR") or user_cache_path("vcn"))


@dataclass(frozen=True, slots=True)
class Artefact:
    """One finished stage on disk."""

    path: Path

    def array(self, name: str, *, mapped: bool = False) -> NDArray[Any]:
        """Load `name`.npy; as a read-only memory map if asked.

        Raises:
            DataError: The file is missing or not an array.
        """
        file = self.path / f"{name}.npy"
        try:
            loaded: NDArray[Any] = np.load(
                file, mmap_mode="r" if mapped else None, allow_pickle=False
            )
        except (OSError, ValueError, EOFError) as error:
            raise DataError(f"the cached file {file} cannot be read: {error}") from error
        return loaded

    def record(self, name: str) -> Any:
        """Load `name`.json.

        Raises:
            DataError: The file is missing or not JSON.
        """
        file = self.path / f"{name}.json"
        try:
            return json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(f"the cached file {file} cannot be read: {error}") from error


@dataclass(frozen=True, slots=True)
class Draft:
    """An artefact that is being written."""

    path: Path

    def put_array(self, name: str, values: NDArray[Any]) -> None:
        """Write `name`.npy."""
        np.save(self.path / f"{name}.npy", values, allow_pickle=False)

    def put_record(self, name: str, value: object) -> None:
        """Write `name`.json."""
        (self.path / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")


class Store:
    """The work folder of one film.

    Args:
        root: The cache folder.
        film: Content hash of the film.
    """

    def __init__(self, root: Path, film: str) -> None:
        self.path = root / film
        with _disk_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            self._sweep()

    def _sweep(self) -> None:
        """Remove the drafts of runs that were killed."""
        for draft in self.path.glob(".*"):
            *_, owner, _ = draft.name.split(".")
            if is_left_behind(draft, owner):
                shutil.rmtree(draft, ignore_errors=True)

    def find(self, stage: str, key: str) -> Artefact | None:
        """The finished artefact of a stage, or None. A damaged one is removed."""
        path = self.path / f"{stage}-{key}"
        if not path.is_dir():
            return None
        if _is_whole(path):
            return Artefact(path)
        shutil.rmtree(path, ignore_errors=True)
        return None

    def drop(self, artefacts: Iterable[Artefact]) -> None:
        """Remove artefacts that have become part of another one."""
        for artefact in artefacts:
            shutil.rmtree(artefact.path, ignore_errors=True)

    @contextmanager
    def draft(self, stage: str, key: str) -> Iterator[Draft]:
        """Write an artefact; it appears under its name only when the block succeeds.

        Raises:
            OutputError: The disk is full, or the folder cannot be written.
        """
        draft = self.path / f".{stage}-{key}.{owner()}.{uuid.uuid4().hex[:8]}"
        try:
            with _disk_errors(self.path):
                draft.mkdir()
                yield Draft(draft)
                self._finish(draft, self.path / f"{stage}-{key}")
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _finish(self, draft: Path, final: Path) -> None:
        sums = {file.name: _checksum(file) for file in sorted(draft.iterdir())}
        for name in sums:
            _sync(draft / name)
        done = draft / _DONE
        done.write_text(json.dumps({"format": FORMAT, "files": sums}), encoding="utf-8")
        _sync(done)
        try:
            draft.rename(final)
        except OSError:
            # Another run finished the same stage first: its artefact equals ours.
            if not (final.is_dir() and _is_whole(final)):
                raise


def _is_whole(path: Path) -> bool:
    try:
        done = json.loads((path / _DONE).read_text(encoding="utf-8"))
        files: Mapping[str, list[int]] = done["files"]
        return done["format"] == FORMAT and all(
            _checksum(path / name) == expected for name, expected in files.items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _checksum(file: Path) -> list[int]:
    """Size and CRC-32: a disk that lost or changed something is noticed."""
    size = crc = 0
    with file.open("rb") as handle:
        while block := handle.read(1 << 20):
            size += len(block)
            crc = zlib.crc32(block, crc)
    return [size, crc]


def owner() -> str:
    """Names this process in the names of files that it has not finished."""
    return f"{_machine()}-{os.getpid()}"


def is_left_behind(path: Path, owner: str) -> bool:
    """Whether an unfinished file or folder is that of a run that was killed.

    The processes of another machine cannot be seen from here (a cache may lie on a
    shared disk): what is theirs is given a week.
    """
    machine, _, pid = owner.rpartition("-")
    if machine == _machine() and pid.isdigit():
        return not _is_alive(int(pid))
    try:
        return time.time() - path.stat().st_mtime > _WEEK
    except OSError:  # gone already
        return False


def _machine() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's process
        return True
    return True


def _sync(file: Path) -> None:
    with file.open("rb") as handle:
        os.fsync(handle.fileno())


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"the work folder {path} cannot be written: {error.strerror or error}",
            "Free some space or choose another folder with --work-dir",
        ) from error


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """What the cache holds of one film."""

    film: str
    stages: tuple[str, ...]
    size: int
    """Bytes."""
    modified: float
    """Seconds since the epoch."""


def entries(root: Path) -> list[CacheEntry]:
    """The films in a cache folder, latest first."""
    found = []
    for folder in root.iterdir() if root.is_dir() else ():
        if not folder.is_dir():
            continue
        files = [file for file in folder.rglob("*") if file.is_file()]
        stages = tuple(sorted(p.name for p in folder.iterdir() if (p / _DONE).is_file()))
        found.append(
            CacheEntry(
                folder.name,
                stages,
                sum(file.stat().st_size for file in files),
                folder.stat().st_mtime,
            )
        )
    return sorted(found, key=lambda entry: entry.modified, reverse=True)


def remove(root: Path, film: str) -> None:
    """Delete what the cache holds of one film.

    Raises:
        DataError: There is no such film in the cache.
    """
    known = {entry.film for entry in entries(root)}
    if film not in known:
        raise DataError(f"the cache {root} holds no film {film!r}", "See: vcn cache ls")
    shutil.rmtree(root / film)
