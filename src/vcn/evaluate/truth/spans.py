"""When somebody is on screen: `identity,start,end`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vcn.evaluate.truth.model import Format, SpanTruth
from vcn.evaluate.truth.rows import Rows


def read_spans(rows: Rows, header: Sequence[str]) -> SpanTruth:
    """Times in seconds, or [hours:]minutes:seconds."""
    at = {name: i for i, name in enumerate(header)}
    row: list[int] = []
    spans: list[tuple[float, float]] = []
    identity: list[str] = []
    first_row: dict[tuple[str, float, float], int] = {}
    for number, cells in rows.fields(3, header=True):
        start = rows.time(number, "start", cells[at["start"]])
        end = rows.time(number, "end", cells[at["end"]])
        name = rows.name(number, cells[at["identity"]])
        if end <= start:
            rows.fail(number, f"end must lie after start, got {start:g} to {end:g}")
        if (name, start, end) in first_row:
            rows.fail(number, f"the same span as in row {first_row[name, start, end]}")
        first_row[name, start, end] = number
        row.append(number)
        spans.append((start, end))
        identity.append(name)
    return span_truth(rows, "spans", row, spans, identity)


def span_truth(
    rows: Rows,
    written: Format,
    row: Sequence[int],
    spans: Sequence[tuple[float, float]],
    identity: Sequence[str],
) -> SpanTruth:
    """The spans of a file, at least one.

    Args:
        rows: Of the file.
        written: Its format.
        row: Line of each span.
        spans: Start and end, seconds.
        identity: Who is on screen.

    Raises:
        DataError: There is none.
    """
    rows.require(len(row))
    times = np.array(spans, np.float64)
    return SpanTruth(
        path=rows.path,
        format=written,
        row=np.array(row, np.int64),
        start=times[:, 0],
        end=times[:, 1],
        identity=tuple(identity),
        left_out=rows.left_out(identity),
    )
