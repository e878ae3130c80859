"""The formats of ``vcn export``. To add one: a line here and a file in `formats`.

The file's name is that of the format with underscores, and it has one function:
`render(excerpt) -> Rendered`, or `write_folder(excerpt, folder) -> notes` for a format
that is a folder of files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from vcn.errors import UsageError

if TYPE_CHECKING:
    from vcn.export.excerpt import Excerpt, Rendered


@dataclass(frozen=True, slots=True)
class Format:
    """One format and what a user must know to choose it."""

    name: str
    about: str
    """For whom it is, a few words."""
    suffix: str
    """What its files are usually called; empty: a folder."""
    binary: bool = False
    """Not to be shown on a terminal."""

    @property
    def is_folder(self) -> bool:
        """True where it is written as a folder of files."""
        return not self.suffix

    def render(self, excerpt: Excerpt) -> Rendered:
        """The content of the file.

        Raises:
            VcnError: The format cannot hold this, or a file that it needs is missing.
        """
        module = import_module(f"vcn.export.formats.{self.name.replace('-', '_')}")
        return cast("Rendered", module.render(excerpt))

    def write_folder(self, excerpt: Excerpt, folder: Path) -> tuple[str, ...]:
        """Write a format that is a folder; the folder is there and is empty."""
        module = import_module(f"vcn.export.formats.{self.name.replace('-', '_')}")
        return cast("tuple[str, ...]", module.write_folder(excerpt, folder))


FORMATS = (
    Format("csv", "a table of appearances", ".csv"),
    Format("edl", "markers for DaVinci Resolve (CMX3600)", ".edl"),
    Format("json-lines", "one appearance a line, for programs", ".jsonl"),
)


def format_named(name: str) -> Format:
    """The format of that name.

    Raises:
        UsageError: There is none.
    """
    for form in FORMATS:
        if form.name == name:
            return form
    raise UsageError(
        f"no format {name!r}", f"Use one of {', '.join(form.name for form in FORMATS)}."
    )


def format_of_file(path: Path) -> Format | None:
    """The format whose files are called like this one; None: no one or several."""
    found = [form for form in FORMATS if form.suffix and form.suffix == path.suffix.lower()]
    return found[0] if len(found) == 1 else None


def described() -> Iterator[str]:
    """A line for each format, for help."""
    return (f"{form.name}: {form.about}" for form in FORMATS)
