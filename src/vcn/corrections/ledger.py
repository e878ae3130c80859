"""The file of corrections: append-only, whole lines only, on the disk before it is said.

An entry counts when `append` returns: its line and all lines before it are synced. A crash
leaves at most a part of a last line, which the next append keeps aside
(NAME.damaged beside the file) and every reader passes over. Processes that append at once
take turns by a lock on the file.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vcn.config import CORRECTIONS_VERSION
from vcn.corrections.entries import Entry, parse
from vcn.corrections.problems import Problem, Why
from vcn.errors import DataError, OutputError

_MAX_LINE = 8 << 20
_MAX_FILE = 1 << 30
_CLUSTERS = ".clusters.json"


def ledger_path(clusters: Path) -> Path:
    """The corrections that belong to a result: film.clusters.json, film.corrections.jsonl."""
    if clusters.name.endswith(_CLUSTERS) and clusters.name != _CLUSTERS:
        return clusters.with_name(clusters.name.removesuffix(_CLUSTERS) + ".corrections.jsonl")
    return clusters.with_suffix(".corrections.jsonl")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a ledger says."""

    entries: tuple[Entry, ...]
    """In the order of the file, those that were undone too."""
    problems: tuple[Problem, ...]
    """Lines that could not be read."""


def read_ledger(path: Path) -> Contents:
    """Read all entries; nothing in the file is changed. A file that is not there is empty.

    Raises:
        DataError: The file cannot be read at all.
    """
    content = _read_from(path, 0)
    if content is None:
        return Contents((), ())
    entries: list[Entry] = []
    problems: list[Problem] = []
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.strip():
            _read_line(line, number, entries, problems)
    return Contents(tuple(entries), tuple(problems))


def _read_line(line: bytes, number: int, entries: list[Entry], problems: list[Problem]) -> None:
    try:
        entries.append(parse_line(line))
    except DataError as error:
        newer = "newer" in error.what
        problems.append(
            Problem(Why.newer if newer else Why.damaged, f"line {number}", f"{error.what}")
        )


def parse_line(line: bytes) -> Entry:
    """The entry of one line.

    Raises:
        DataError: It is none.
    """
    if len(line) > _MAX_LINE:
        raise DataError(f"it is {len(line) >> 20} MB long, which no entry is")
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DataError("it is not JSON: the end of a line may be missing") from error
    if not isinstance(value, dict):
        raise DataError("it is no JSON object")
    version = value.get("schema_version")
    if not isinstance(version, str):
        raise DataError("schema_version is missing")
    mine = CORRECTIONS_VERSION.split(".")
    major, _, minor = version.partition(".")
    if major != mine[0]:
        raise DataError(f"its schema {version[:20]!r} is newer than this vcn ({mine[0]})")
    try:
        return parse(value)
    except DataError:
        if minor.isdigit() and int(minor) > int(mine[1]):
            raise DataError(f"its schema {version[:20]!r} is newer than this vcn") from None
        raise


class Ledger:
    """A ledger that is appended to.

    Args:
        path: The file; it is made by the first entry.

    Raises:
        DataError: It cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._end = 0
        self.entries: list[Entry] = []
        self.problems: list[Problem] = []
        self._lines = 0
        self.refresh()

    def refresh(self) -> bool:
        """Read what others appended since; True where there was anything."""
        content = _read_from(self.path, self._end)
        if content is None:
            return False
        whole, newline, rest = content.rpartition(b"\n")
        if rest and _is_entry(rest):  # an editor left out the last line's end
            whole, newline, rest = content, b"", b""
        if not whole and not newline:
            return False
        for line in whole.split(b"\n"):
            self._lines += 1
            if line.strip():
                _read_line(line, self._lines, self.entries, self.problems)
        self._end += len(whole) + len(newline)
        return True

    def append(self, entries: Sequence[Entry]) -> None:
        """Write entries; when this returns they are on the disk, all of them.

        Raises:
            OutputError: They could not be written. None of them counts then.
        """
        data = b"".join(entry.line() for entry in entries)
        with self._locked() as handle:
            self.refresh()
            size = self._keep_aside(handle)
            try:
                _write_all(handle, data)
                os.fsync(handle)
            except OSError:
                os.ftruncate(handle, size)  # no half of what was not said to be there
                raise
            if size == 0:
                _sync_folder(self.path.parent)
        self.refresh()

    @contextmanager
    def _locked(self) -> Iterator[int]:
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                yield handle
            finally:
                os.close(handle)  # gives the lock back
        except OSError as error:
            raise OutputError(
                f"a correction could not be kept in {self.path}: {error.strerror or error}",
                "Make room on the disk, and say it again",
            ) from error

    def _keep_aside(self, handle: int) -> int:
        """Take a damaged last line out of the file; the size that is left."""
        size = os.fstat(handle).st_size
        if size == self._end:
            if size and os.pread(handle, 1, size - 1) != b"\n":  # whole, but without its end
                _write_all(handle, b"\n")
                self._end += 1
                return size + 1
            return size
        rest = os.pread(handle, size - self._end, self._end)
        aside = self.path.with_name(self.path.name + ".damaged")
        with aside.open("ab") as file:
            file.write(rest + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.ftruncate(handle, self._end)
        os.fsync(handle)
        return self._end


def _read_from(path: Path, start: int) -> bytes | None:
    """The content of a ledger from a place on; None: there is no file.

    Raises:
        DataError: It cannot be read, or lost what was read of it before.
    """
    try:
        if path.exists() and not path.is_file():
            raise DataError(f"cannot read {path}: it is not a regular file")
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(start)
            content = file.read(_MAX_FILE + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    if len(content) > _MAX_FILE:
        raise DataError(f"{path} is larger than {_MAX_FILE >> 20} MB")
    if size < start:
        raise DataError(f"{path} was cut short by somebody", "Stop the review and start it again")
    return content


def _is_entry(line: bytes) -> bool:
    try:
        parse_line(line)
    except DataError:
        return False
    return True


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:  # some network file systems refuse to sync a folder
        pass
    finally:
        os.close(handle)


def of_film(
    entries: Iterable[Entry], film: str, picture: tuple[int, int], *, remap: bool, path: Path
) -> tuple[Entry, ...]:
    """The entries, known to be about this film, with boxes in its picture.

    Args:
        entries: From one ledger.
        film: Content hash of the film at hand.
        picture: Its displayed width and height.
        remap: Take entries of another file of the same cut (a copy that was encoded
            again): times are kept, boxes are scaled.
        path: The ledger, for the message.

    Raises:
        DataError: They are about another film, and `remap` is not asked for.
    """
    out = []
    for entry in entries:
        if entry.film != film and not remap:
            raise DataError(
                f"{path} is about another film ({entry.film[:17]}..., this one is {film[:17]}...)",
                "--remap takes it by time and place: for another encoding of the same cut",
            )
        out.append(entry.scaled(picture))
    return tuple(out)
