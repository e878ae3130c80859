"""A workbook for Excel and LibreOffice: people, appearances, who is with whom."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from vcn.export.excerpt import Excerpt, Rendered
from vcn.export.people import pair_rows, people_rows
from vcn.export.text import changed, xml_text

_MAX_TEXT = 32_767
"""Characters that a cell holds."""

Row = Sequence[str | float]


def render(excerpt: Excerpt) -> Rendered:
    """Three sheets with a heading each; text is always text, never a formula."""
    import xlsxwriter

    file = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        bold = book.add_format({"bold": True})
        for name, heading, rows in _sheets(excerpt):
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for column, title in enumerate(heading):
                sheet.write_string(0, column, title, bold)
            for number, row in enumerate(rows, start=1):
                for column, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(number, column, cell(value))
                    else:
                        sheet.write_number(number, column, value)
            sheet.autofit()
    return Rendered(file.getvalue(), changed((s.name for s in excerpt.subjects), cell))


def cell(text: str) -> str:
    """What a cell holds of a text."""
    return xml_text(text)[:_MAX_TEXT]


def _sheets(excerpt: Excerpt) -> Iterable[tuple[str, Sequence[str], Iterable[Row]]]:
    yield (
        "People",
        ("person", "name", "appearances", "frames", "seconds", "share", "first", "last"),
        (
            (p.subject.key, p.subject.name, p.appearances, p.frames, p.seconds, p.share,
             p.first_seconds, p.last_seconds)
            for p in people_rows(excerpt)
        ),
    )  # fmt: skip
    yield (
        "Appearances",
        ("person", "name", "start_seconds", "end_seconds", "start_frame", "stop_frame"),
        (
            (excerpt.subjects[s.subject].key, excerpt.name(s), s.start_seconds, s.end_seconds,
             s.start_frame, s.stop_frame)
            for s in excerpt.spans
        ),
    )  # fmt: skip
    yield (
        "Together",
        ("person", "name", "with_person", "with_name", "frames", "seconds"),
        (
            (p.first.key, p.first.name, p.second.key, p.second.name, p.frames, p.seconds)
            for p in pair_rows(excerpt)
        ),
    )
