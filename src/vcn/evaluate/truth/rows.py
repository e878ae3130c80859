"""The rows of a file of truth, and what the readers of all formats share."""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

import numpy as np

from vcn.errors import DataError
from vcn.evaluate.truth.model import bad_row
from vcn.types import BoolArray

IDS_HEADER = "CVHCI_TRACKLABELS_V1"
_MAX_BYTES = 1 << 29
FORMATS_HINT = (
    "The first line must be frame,x1,y1,x2,y2,identity or time,x1,y1,x2,y2,identity or "
    f"track_id,identity or identity,start,end or {IDS_HEADER}, or a row of MOT numbers or of RTTM; "
    "or the file holds one label a line."
)
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d*)?)")
_WHOLE = re.compile(r"[+-]?\d{1,15}")
DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")


class Cells(NamedTuple):
    """One row, and its line in the file."""

    row: int
    cells: list[str]


class Rows:
    """The rows of a file and what its readers share."""

    def __init__(self, path: Path, lines: list[str], delimiter: str, leave_out: set[str]) -> None:
        self.path = path
        self.lines = lines
        self.delimiter = delimiter
        self._leave_out = leave_out

    def fields(self, n: int | None, *, header: bool) -> Iterator[Cells]:
        """Rows that are not blank, each of `n` cells (None: as many as the first)."""
        reader = csv.reader(self.lines, delimiter=self.delimiter, strict=True)
        seen_header = not header
        try:
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                if not seen_header:
                    seen_header = True
                    n = len(cells) if n is None else n
                    continue
                n = len(cells) if n is None else n
                if len(cells) != n:
                    self.fail(
                        reader.line_num,
                        f"it has {len(cells)} column{'s' * (len(cells) != 1)}, "
                        f"the rows before have {n}",
                        "One file holds one format.",
                    )
                yield Cells(reader.line_num, [cell.strip() for cell in cells])
        except csv.Error as error:
            self.fail(reader.line_num, f"it cannot be split into columns: {error}")

    def fail(self, row: int, what: str, hint: str = "") -> NoReturn:
        """Refuse one row."""
        raise bad_row(self.path, row, what, hint)

    def name(self, row: int, text: str) -> str:
        """A name that is not empty, in one spelling."""
        # One spelling of a name, whatever the editor made of its accents.
        name = unicodedata.normalize("NFC", text.strip())
        if not name:
            self.fail(row, "the identity is empty", 'Write "unsure" where nobody can tell.')
        return name

    def whole(self, row: int, column: str, text: str, least: int = 0) -> int:
        """A whole number of at least `least`."""
        if not _WHOLE.fullmatch(text):
            self.fail(row, f"{column} must be a whole number, got {text[:40]!r}")
        value = int(text)
        if value < least:
            self.fail(row, f"{column} must be {least} or more, got {value}")
        return value

    def number(self, row: int, column: str, text: str) -> float:
        """A finite number."""
        if not DECIMAL.fullmatch(text) or not math.isfinite(float(text)):
            self.fail(row, f"{column} must be a number, got {text[:40]!r}")
        return float(text)

    def time(self, row: int, column: str, text: str) -> float:
        """Seconds, or [hours:]minutes:seconds."""
        clock = _CLOCK.fullmatch(text)
        if clock is None:
            if ":" in text:
                self.fail(
                    row,
                    f"{column} must be seconds or [hours:]minutes:seconds, got {text[:40]!r}",
                    "Frames of a time code go into a decimal fraction of a second.",
                )
            return self.number(row, column, text)
        hours, minutes, seconds = clock.groups()
        if float(seconds) >= 60 or (hours is not None and int(minutes) >= 60):
            self.fail(row, f"{column} has more than 59 seconds or minutes: {text[:40]!r}")
        return 3600 * int(hours or 0) + 60 * int(minutes) + float(seconds)

    def left_out(self, identity: Sequence[str]) -> BoolArray:
        """(N,) whether each name means that its row is not to be scored."""
        return np.array([folded(name) in self._leave_out for name in identity], dtype=np.bool_)

    def require(self, n: int) -> None:
        """Refuse a file without rows."""
        if n == 0:
            raise DataError(f"{self.path} has a header but no rows", FORMATS_HINT)


def lines_of(path: Path) -> list[str]:
    """The lines of a text file.

    Raises:
        DataError: It cannot be read, is not UTF-8 or too large.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise DataError(f"{path} is larger than {_MAX_BYTES >> 20} MB: not a file of labels")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"there is no file {path}", "Check the name given to --gt.") from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    if b"\0" in data:
        row = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise bad_row(path, row, "it is not text", "Save the labels as UTF-8 text.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise bad_row(path, row, "it is not UTF-8", "Save the labels as UTF-8 text.") from error
    return list(io.StringIO(text, newline=None))


def delimiter_of(line: str) -> str:
    """What separates the columns of a line."""
    return max(",;\t", key=line.count)


def folded(text: str) -> str:
    """A word as it is compared: in any case, with accents however they are written."""
    return unicodedata.normalize("NFC", text.strip()).casefold()


def is_number(text: str) -> bool:
    """Whether a cell is a number."""
    return DECIMAL.fullmatch(text) is not None
