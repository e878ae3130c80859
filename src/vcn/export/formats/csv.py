"""A table of appearances: comma-separated values."""

from __future__ import annotations

import csv
import io
from codecs import BOM_UTF8

from vcn.export.excerpt import Excerpt, Rendered
from vcn.export.text import changed


def render(excerpt: Excerpt) -> Rendered:
    """One line an appearance, by time.

    Columns: person (id), name, start_seconds, end_seconds, start, end (h:mm:ss.mmm),
    start_frame, stop_frame. A name that a spreadsheet would take for a formula gets an
    apostrophe before it (OWASP, CSV injection).
    """
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(
        ["person", "name", "start_seconds", "end_seconds", "start", "end", "start_frame",
         "stop_frame"]
    )  # fmt: skip
    for span in excerpt.spans:
        table.writerow(
            [excerpt.subjects[span.subject].key, as_text(excerpt.name(span)), span.start_seconds,
             span.end_seconds, clock(span.start_seconds), clock(span.end_seconds),
             span.start_frame, span.stop_frame]
        )  # fmt: skip
    content = text.getvalue().encode("utf-8", "replace")
    notes = changed((s.name for s in excerpt.subjects), as_text)
    return Rendered(BOM_UTF8 + content if excerpt.style.bom else content, notes)


def as_text(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{name}" if name.lstrip()[:1] in set("=+-@") or name[:1] in set("\t\r") else name


def clock(seconds: float) -> str:
    """Seconds as h:mm:ss.mmm, to the nearest millisecond."""
    ms = round(abs(seconds) * 1000)
    sign = "-" if seconds < 0 and ms else ""
    return f"{sign}{ms // 3_600_000}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"
