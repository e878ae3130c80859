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
    Format("json-lines", "one appearance a line, for programs", ".jsonl"),
    Format("edl", "DaVinci Resolve markers, or a cut list (CMX3600)", ".edl"),
    Format("otio", "OpenTimelineIO", ".otio"),
    Format("fcpxml", "Final Cut Pro: markers and keywords", ".fcpxml"),
    Format("fcp7xml", "Premiere Pro", ".xml"),
    Format("avid", "markers for Avid Media Composer", ".avid.txt"),
    Format("aaf", "a sequence of clips for Avid", ".aaf", binary=True),
    Format("ale", "Avid Log Exchange", ".ale"),
    Format("xlsx", "a workbook: people, appearances, who is with whom", ".xlsx", binary=True),
    Format("webvtt", "who is on screen, as metadata cues of a player", ".vtt"),
    Format("chapters", "appearances as WebVTT chapters", ".chapters.vtt"),
    Format("eaf", "ELAN: a tier a person", ".eaf"),
    Format("cvat", "CVAT for video 1.1: boxes, to be corrected", ".cvat.xml"),
    Format("mot", "MOTChallenge: boxes", ".mot.txt"),
    Format("coco", "COCO video: boxes with tracks and people", ".coco.json"),
    Format("rttm", "who speaks when, as people who study speech have it", ".rttm"),
    Format("labels", "a label for each track, for vcn evaluate", ".labels.csv"),
    Format("truth", "faces with names, for vcn evaluate on any run", ".truth.csv"),
    Format("crops", "a folder of faces for each person", ""),
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
    """The format whose files are called like this one; None: none is."""
    name = path.name.lower()
    found = [form for form in FORMATS if form.suffix and name.endswith(form.suffix)]
    return max(found, key=lambda form: len(form.suffix), default=None)


def described() -> Iterator[str]:
    """A line for each format, for help."""
    return (f"{form.name}: {form.about}" for form in FORMATS)
