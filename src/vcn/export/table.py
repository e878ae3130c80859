"""A table of spans: comma-separated values."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from vcn.export.spans import Span


def as_csv(spans: Sequence[Span], names: Mapping[int, str]) -> str:
    """One line a span, by time."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(
        ["person", "name", "start_seconds", "end_seconds", "start", "end", "start_frame",
         "stop_frame"]
    )  # fmt: skip
    for span in spans:
        table.writerow(
            [span.person, names[span.person], span.start_seconds, span.end_seconds,
             _clock(span.start_seconds), _clock(span.end_seconds), span.start_frame,
             span.stop_frame]
        )  # fmt: skip
    return text.getvalue()


def _clock(seconds: float) -> str:
    """Seconds as h:mm:ss.mmm, to the nearest millisecond."""
    ms = round(abs(seconds) * 1000)
    sign = "-" if seconds < 0 and ms else ""
    return f"{sign}{ms // 3_600_000}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"
