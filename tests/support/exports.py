"""Exports of made-up results, for the tests of formats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vcn.export.excerpt import Excerpt, Style, excerpt
from vcn.export.registry import format_named
from vcn.export.selection import Selection
from vcn.report.read import FilmFile, read_result
from vcn.report.write import write_result
from vcn.types import FilmResult


def film_file(folder: Path, result: FilmResult) -> FilmFile:
    """A result as it is read back from its files."""
    return read_result(write_result(result, folder / "clusters.json", report=False).clusters)


def part(found: FilmFile, names: dict[int, str] | None = None, **choices: Any) -> Excerpt:
    """An excerpt; choices are fields of Selection and Style."""
    style = {name: choices.pop(name) for name in Style.__dataclass_fields__ if name in choices}
    return excerpt(found, Selection(**choices), names=names, style=Style(**style))


def exported(
    found: FilmFile, form: str, names: dict[int, str] | None = None, **choices: Any
) -> bytes:
    """The content of an exported file."""
    return format_named(form).render(part(found, names, **choices)).content


HOSTILE_NAMES = (
    "\u0641\u0627\u062a\u0646 \u062d\u0645\u0627\u0645\u0629",
    "\u738b\u5bb6\u536b",
    "\u7406\u5b50 \U0001f469\u200d\U0001f3a4",
    "\"Quote\" & 'apostrophe' <b>;,=%",
    "=HYPERLINK(1)",
    "Zo\u00eb O\u2019Brien",
    "N" * 300,
)
"""Arabic, Chinese, emoji with a joiner, quotes and marks of formats, 300 characters."""
