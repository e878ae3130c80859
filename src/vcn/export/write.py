"""Where an export goes: a file, a folder, or standard output."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vcn.errors import OutputError, UsageError
from vcn.export.excerpt import Excerpt
from vcn.export.registry import Format
from vcn.runtime.store import owner
from vcn.runtime.whole import replace_file

STANDARD_OUTPUT = Path("-")


def write_export(form: Format, excerpt: Excerpt, out: Path | None) -> tuple[str, ...]:
    """Write one format whole, or nothing; returns what the reader should know.

    Args:
        form: The format.
        excerpt: What to write.
        out: A file, a pipe, a new folder, or None or "-" for standard output.

    Raises:
        OutputError: It cannot be written.
        UsageError: Standard output is no place for this format.
    """
    if form.is_folder:
        if out is None or out == STANDARD_OUTPUT:
            raise UsageError(f"{form.name} is a folder of files", "Name one with -o.")
        return (*excerpt.notes, *_write_folder(form, excerpt, out))
    if out is None or out == STANDARD_OUTPUT:
        if form.binary and sys.stdout.isatty():
            raise UsageError(f"{form.name} is not text", "Name a file with -o.")
        rendered = form.render(excerpt)
        with _told("to standard output"):
            sys.stdout.buffer.write(rendered.content)
            sys.stdout.buffer.flush()
    elif _is_stream(out):
        rendered = form.render(excerpt)
        with _told(str(out)), out.open("wb") as stream:
            stream.write(rendered.content)
    else:
        rendered = form.render(excerpt)
        replace_file(out, rendered.content)
    return (*excerpt.notes, *rendered.notes)


def _is_stream(out: Path) -> bool:
    """Whether a name stands for a pipe or a device: /dev/stdout, what a shell calls >(...)."""
    try:
        mode = out.stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


@contextmanager
def _told(where: str) -> Iterator[None]:
    """What goes wrong in writing there is an `OutputError`."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"cannot write {where}: {error.strerror or error}",
            "Make room, or name a file with -o.",
        ) from error


def _write_folder(form: Format, excerpt: Excerpt, out: Path) -> tuple[str, ...]:
    """Into a new folder beside `out`, which takes its place when it is complete."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputError(f"{out} is there already", "Name a new folder with -o, or empty it.")
    draft = out.parent / f".vcn-{owner()}-{secrets.token_hex(6)}.tmp"
    try:
        draft.mkdir()
        notes = form.write_folder(excerpt, draft)
        draft.replace(out)
    except OSError as error:
        raise OutputError(
            f"cannot write {out}: {error.strerror or error}",
            "Make room or choose another place with -o.",
        ) from error
    finally:
        if os.path.lexists(draft):
            shutil.rmtree(draft, ignore_errors=True)
    return notes
