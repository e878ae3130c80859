"""Files are written whole, or everything stays as it was.

Each file is first written in full to a temporary file in the same folder and synced;
only when all of them are there are they moved into place, the last one last.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from vcn.errors import OutputError
from vcn.runtime.store import is_left_behind, owner

Writer = tuple[Path, Callable[[BinaryIO], object]]
"""A file and what writes it."""

_STANDARD_OUTPUT = Path("-")
"""What a user means by it; never a file of that name."""


def check_writable(*paths: Path) -> None:
    """Check before a long run that its files can be written.

    What a run left there that was killed while it wrote is removed.

    Raises:
        OutputError: A folder is missing or read-only, or something that is not a file
            is in the way.
    """
    for path in paths:
        with _temporary(path) as temporary:
            for other in temporary.parent.glob(".vcn-*.tmp"):
                if is_left_behind(other, other.name.removeprefix(".vcn-").rpartition("-")[0]):
                    other.unlink(missing_ok=True)


def replace_file(path: Path, content: bytes) -> None:
    """Write one file whole, or leave the earlier one.

    Raises:
        OutputError: It cannot be written.
    """
    replace_all([(path, lambda file: file.write(content))])


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file beside `path` to be written by name; it takes its place if all went well.

    Raises:
        OutputError: It cannot be written.
    """
    with _temporary(path) as temporary, _os_errors(path):
        yield temporary
        temporary.replace(_target(path))


def replace_all(writers: Sequence[Writer]) -> None:
    """Write every file beside its place, then move all of them.

    Raises:
        OutputError: One could not be written; the earlier ones are untouched.
    """
    with ExitStack() as stack:
        finished: list[tuple[Path, Path]] = []
        for path, write in writers:
            temporary = stack.enter_context(_temporary(path))
            with _os_errors(path), temporary.open("wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            finished.append((temporary, path))
        for temporary, path in finished:
            with _os_errors(path):
                temporary.replace(_target(path))
    for folder in {path.parent for path, _ in writers}:
        _sync_folder(folder)


@contextmanager
def _temporary(path: Path) -> Iterator[Path]:
    """A new empty file beside `path`, which is gone at the end unless it was moved."""
    target = _target(path)
    folder = target.parent
    if path == _STANDARD_OUTPUT:
        raise OutputError("this does not go to standard output", "Name a file.")
    with _os_errors(path):
        if not folder.is_dir():
            raise OutputError(
                f"cannot write {path}: there is no folder {folder}",
                "Create it, or choose another place.",
            )
        if target.exists() and not target.is_file():
            kind = "a folder" if target.is_dir() else "not a regular file"
            raise OutputError(f"cannot write {path}: it is {kind}", "Choose another name.")
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(13, "it is write-protected")
        # Not mkstemp: the finished file gets the permissions that the user's umask gives.
        temporary = folder / f".vcn-{owner()}-{secrets.token_hex(6)}.tmp"
        temporary.open("xb").close()
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _target(path: Path) -> Path:
    """The file itself: through a link the file it points to is replaced, not the link."""
    try:
        path.name.encode("utf-8")
        return path.resolve()
    except UnicodeEncodeError as error:  # it could not be named inside clusters.json
        raise OutputError(
            f"cannot write {path.name!a}: the name is not UTF-8",
            "Choose another name.",
        ) from error
    except RuntimeError as error:  # how Python 3.11 and 3.12 report a loop of links
        raise OutputError(
            f"cannot write {path}: its links lead in a circle", "Choose another name."
        ) from error


@contextmanager
def _os_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        long = error.errno == errno.ENAMETOOLONG
        raise OutputError(
            f"cannot write {path}: {error.strerror or error}",
            "Choose a shorter name with -o." if long else "Make room or choose another place.",
        ) from error


def _sync_folder(folder: Path) -> None:
    """Make the moves survive a power cut, where the system can."""
    # Some network file systems refuse to sync a folder; the files themselves are synced.
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
