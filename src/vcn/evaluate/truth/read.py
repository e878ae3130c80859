"""Which format a file of truth has, by its first line."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from vcn.errors import DataError
from vcn.evaluate.truth.boxes import read_boxes
from vcn.evaluate.truth.model import Truth, bad_row
from vcn.evaluate.truth.mot import read_mot
from vcn.evaluate.truth.rows import (
    DECIMAL,
    FORMATS_HINT,
    IDS_HEADER,
    Rows,
    delimiter_of,
    folded,
    lines_of,
)
from vcn.evaluate.truth.rttm import is_rttm, read_rttm
from vcn.evaluate.truth.spans import read_spans
from vcn.evaluate.truth.tracks import read_ids, read_labels, read_tracks

_ELAN_TIME = re.compile(r"\d+:\d\d:\d\d\.\d{3}")
_READERS: Mapping[frozenset[str], Callable[[Rows, Sequence[str]], Truth]] = {
    frozenset(("frame", "x1", "y1", "x2", "y2", "identity")): read_boxes,
    frozenset(("time", "x1", "y1", "x2", "y2", "identity")): read_boxes,
    frozenset(("track_id", "identity")): read_tracks,
    frozenset(("identity", "start", "end")): read_spans,
}


def read_truth(path: Path, leave_out: Sequence[str]) -> Truth:
    """Read a file of truth in any of the formats of this module.

    Args:
        path: The file.
        leave_out: Names that mean "do not score this row"; whole words, any case.

    Raises:
        DataError: The file cannot be read, is empty or not UTF-8, or a row is not as its
            format wants it; the message names the row.
    """
    lines = lines_of(path)
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        raise DataError(f"{path} is empty", FORMATS_HINT)
    words = {folded(word) for word in leave_out}
    rows = Rows(path, lines, delimiter_of(first), words)
    if first.strip() == IDS_HEADER:
        return read_ids(rows)
    if is_rttm(first):
        return read_rttm(rows)
    if _is_mot(first.split()):  # blanks between the columns
        return read_mot(Rows(path, [",".join(line.split()) for line in lines], ",", words))
    header = [cell.strip().lower() for cell in next(csv.reader([first], delimiter=rows.delimiter))]
    if _is_mot(header):
        return read_mot(rows)
    if len(header) == 1:
        return read_labels(rows)
    reader = _READERS.get(frozenset(header)) if len(set(header)) == len(header) else None
    if reader is None:
        _unknown_header(path, header)
    return reader(rows, header)


def _is_mot(cells: Sequence[str]) -> bool:
    return len(cells) >= 6 and all(DECIMAL.fullmatch(cell) for cell in cells)


def _unknown_header(path: Path, header: Sequence[str]) -> NoReturn:
    shown = ",".join(header)[:80]
    if "frame" in header and "time" in header:
        raise bad_row(path, 1, "it has both frame and time", "Keep one of the two columns.")
    if sum(_ELAN_TIME.fullmatch(cell) is not None for cell in header) >= 2:
        raise bad_row(
            path,
            1,
            f"{shown!r} looks like a table that ELAN exports, whose columns have no names",
            "Put a first line of identity,start,end over those columns, and delete the others.",
        )
    twice = [name for name, n in Counter(header).items() if n > 1]
    if twice:
        raise bad_row(path, 1, f"the column {twice[0]!r} is there twice in {shown!r}", FORMATS_HINT)
    # Say what the nearest format lacks and has too much of.
    nearest = max(_READERS, key=lambda names: len(names & set(header)) - len(names) / 10)
    if len(nearest & set(header)) >= 2:
        parts = []
        missing = sorted(nearest - set(header))
        extra = [name for name in header if name not in nearest]
        if missing:
            parts.append(f"no column {', '.join(missing)}")
        if extra:
            parts.append(f"a column {', '.join(extra)} that no format has")
        raise bad_row(path, 1, f"the header {shown!r} has {' and '.join(parts)}", FORMATS_HINT)
    raise bad_row(path, 1, f"{shown!r} is no header of a known format", FORMATS_HINT)
