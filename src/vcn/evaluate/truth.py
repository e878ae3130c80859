"""Files of truth: who is where in a film, in six formats told apart by their first line.

Frames count from 0 (MOT: from 1), boxes are left, top, right, bottom in displayed
pixels, times are seconds in the film's own clock, as in clusters.json, or
`[hours:]minutes:seconds`. The separator is a comma, a semicolon or a tab; the order of
the columns is free; the file is UTF-8.

**boxes** - faces on some frames, by frame or by time::

    frame,x1,y1,x2,y2,identity          time,x1,y1,x2,y2,identity
    0,159.0,80.2,334.5,293.4,anna       0:01.5,159.0,80.2,334.5,293.4,anna
    0,410.5,90.0,501.0,205.5,ben        72.25,410.5,90.0,501.0,205.5,not_a_face

**tracks** - the person of tracks of the result, by their id::

    track_id,identity
    0,anna
    3,ben

**spans** - when somebody is on screen; enough for screen time, and only for that::

    identity,start,end
    anna,0,12.5
    ben,1:02,1:07.25

**ids** - the labels of the BBT and Buffy sets: track and person::

    CVHCI_TRACKLABELS_V1
    7 sheldon
    11 leonard

**mot** - MOTChallenge text, 1-based: frame, person, left, top, width, height, and maybe
confidence (0: leave this box out) and three more numbers, which are ignored::

    1,1,159.0,80.2,175.5,213.2,1,-1,-1,-1

**labels** - the person of every track of the result, one a line, in order::

    anna
    anna
    ben
"""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, NoReturn

import numpy as np

from vcn.errors import DataError
from vcn.types import BoolArray, Float64Array, IntArray

Format = Literal["boxes", "tracks", "spans", "ids", "mot", "labels"]

IDS_HEADER = "CVHCI_TRACKLABELS_V1"
_MAX_BYTES = 1 << 29
_FORMATS_HINT = (
    "The first line must be frame,x1,y1,x2,y2,identity or time,x1,y1,x2,y2,identity or "
    f"track_id,identity or identity,start,end or {IDS_HEADER}, or a row of MOT numbers; "
    "or the file holds one label a line."
)
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d*)?)")
_WHOLE = re.compile(r"[+-]?\d{1,15}")
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")


@dataclass(frozen=True, slots=True)
class BoxTruth:
    """Labelled faces; N rows in the order of the file."""

    path: Path
    format: Format
    row: IntArray
    """(N,) line in the file, from 1."""
    frame: IntArray | None
    """(N,) from 0; None where the file gives times."""
    seconds: Float64Array | None
    """(N,) in the film's own clock; None where the file gives frames."""
    xyxy: Float64Array
    """(N, 4) displayed pixels."""
    identity: tuple[str, ...]
    """N names."""
    left_out: BoolArray
    """(N,) rows that are not to be scored."""

    def __len__(self) -> int:
        return len(self.identity)


@dataclass(frozen=True, slots=True)
class TrackTruth:
    """Labelled tracks; N rows in the order of the file."""

    path: Path
    format: Format
    row: IntArray
    """(N,) line in the file, from 1."""
    track: IntArray
    """(N,) distinct ids."""
    identity: tuple[str, ...]
    left_out: BoolArray

    def __len__(self) -> int:
        return len(self.identity)


@dataclass(frozen=True, slots=True)
class SpanTruth:
    """Times at which somebody is on screen; N rows in the order of the file."""

    path: Path
    format: Format
    row: IntArray
    """(N,) line in the file, from 1."""
    start: Float64Array
    """(N,) seconds."""
    end: Float64Array
    """(N,) seconds, after start."""
    identity: tuple[str, ...]
    left_out: BoolArray

    def __len__(self) -> int:
        return len(self.identity)


Truth = BoxTruth | TrackTruth | SpanTruth


def people_of(truth: Truth) -> list[str]:
    """The distinct names that are to be scored, sorted."""
    return sorted({truth.identity[i] for i in np.flatnonzero(~truth.left_out)})


def left_out_of(truth: Truth) -> dict[str, int]:
    """How many rows are left out, by the name they carry."""
    words = Counter(truth.identity[i] for i in np.flatnonzero(truth.left_out))
    # MOT names people by numbers and marks by confidence what is not to be scored.
    return {"confidence 0": words.total()} if truth.format == "mot" and words else dict(words)


def bad_row(truth: Truth | Path, row: int, what: str, hint: str = "") -> DataError:
    """The error of one row of a file of truth."""
    path = truth if isinstance(truth, Path) else truth.path
    return DataError(f"{path}, row {row}: {what}", hint)


def read_truth(path: Path, leave_out: Sequence[str]) -> Truth:
    """Read a file of truth in any of the formats of this module.

    Args:
        path: The file.
        leave_out: Names that mean "do not score this row"; whole words, any case.

    Raises:
        DataError: The file cannot be read, is empty or not UTF-8, or a row is not as its
            format wants it; the message names the row.
    """
    lines = _lines(path)
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        raise DataError(f"{path} is empty", _FORMATS_HINT)
    rows = _Rows(path, lines, _delimiter(first), {_word(word) for word in leave_out})
    if first.strip() == IDS_HEADER:
        return _read_ids(rows)
    header = [cell.strip().lower() for cell in next(csv.reader([first], delimiter=rows.delimiter))]
    if len(header) >= 6 and all(_DECIMAL.fullmatch(cell) for cell in header):
        return _read_mot(rows)
    if len(header) == 1:
        return _read_labels(rows)
    reader = _READERS.get(frozenset(header)) if len(set(header)) == len(header) else None
    if reader is None:
        _unknown_header(path, header)
    return reader(rows, header)


class _Cells(NamedTuple):
    row: int
    cells: list[str]


class _Rows:
    """The rows of a file and what its readers share."""

    def __init__(self, path: Path, lines: list[str], delimiter: str, leave_out: set[str]) -> None:
        self.path = path
        self.lines = lines
        self.delimiter = delimiter
        self._leave_out = leave_out

    def fields(self, n: int | None, *, header: bool) -> Iterator[_Cells]:
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
                yield _Cells(reader.line_num, [cell.strip() for cell in cells])
        except csv.Error as error:
            self.fail(reader.line_num, f"it cannot be split into columns: {error}")

    def fail(self, row: int, what: str, hint: str = "") -> NoReturn:
        raise bad_row(self.path, row, what, hint)

    def name(self, row: int, text: str) -> str:
        # One spelling of a name, whatever the editor made of its accents.
        name = unicodedata.normalize("NFC", text.strip())
        if not name:
            self.fail(row, "the identity is empty", 'Write "unsure" where nobody can tell.')
        return name

    def whole(self, row: int, column: str, text: str, least: int = 0) -> int:
        if not _WHOLE.fullmatch(text):
            self.fail(row, f"{column} must be a whole number, got {text[:40]!r}")
        value = int(text)
        if value < least:
            self.fail(row, f"{column} must be {least} or more, got {value}")
        return value

    def number(self, row: int, column: str, text: str) -> float:
        if not _DECIMAL.fullmatch(text) or not math.isfinite(float(text)):
            self.fail(row, f"{column} must be a number, got {text[:40]!r}")
        return float(text)

    def time(self, row: int, column: str, text: str) -> float:
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
        return np.array([_word(name) in self._leave_out for name in identity], dtype=np.bool_)

    def require(self, n: int) -> None:
        if n == 0:
            raise DataError(f"{self.path} has a header but no rows", _FORMATS_HINT)


def _read_boxes(rows: _Rows, header: Sequence[str]) -> BoxTruth:
    at = {name: i for i, name in enumerate(header)}
    by_time = "time" in at
    row: list[int] = []
    when: list[float] = []
    xyxy: list[list[float]] = []
    identity: list[str] = []
    for number, cells in rows.fields(len(header), header=True):
        if [cell.lower() for cell in cells] == list(header):
            rows.fail(number, "the header is there a second time")
        if by_time:
            when.append(rows.time(number, "time", cells[at["time"]]))
        else:
            when.append(rows.whole(number, "frame", cells[at["frame"]]))
        box = [rows.number(number, side, cells[at[side]]) for side in ("x1", "y1", "x2", "y2")]
        _check_box(rows, number, box)
        row.append(number)
        xyxy.append(box)
        identity.append(rows.name(number, cells[at["identity"]]))
    rows.require(len(row))
    truth = BoxTruth(
        path=rows.path,
        format="boxes",
        row=np.array(row, np.int64),
        frame=None if by_time else np.array(when, np.int64),
        seconds=np.array(when, np.float64) if by_time else None,
        xyxy=np.array(xyxy, np.float64),
        identity=tuple(identity),
        left_out=rows.left_out(identity),
    )
    _check_duplicates(truth, when)
    return truth


def _read_mot(rows: _Rows) -> BoxTruth:
    row: list[int] = []
    frame: list[int] = []
    xyxy: list[list[float]] = []
    identity: list[str] = []
    ignored: list[bool] = []
    for number, cells in rows.fields(None, header=False):
        if len(cells) > 10:
            rows.fail(number, f"MOT has 6 to 10 columns, got {len(cells)}")
        frame.append(rows.whole(number, "frame", cells[0], least=1) - 1)
        left, top, width, height = (
            rows.number(number, name, cell)
            for name, cell in zip(("left", "top", "width", "height"), cells[2:6], strict=True)
        )
        # The first pixel of a picture is 1, 1 in this format.
        box = [left - 1, top - 1, left - 1 + width, top - 1 + height]
        _check_box(rows, number, box)
        for i, cell in enumerate(cells[6:], start=7):
            rows.number(number, f"column {i}", cell)
        row.append(number)
        xyxy.append(box)
        identity.append(str(rows.whole(number, "id", cells[1], least=-1)))
        ignored.append(len(cells) > 6 and float(cells[6]) == 0)
    truth = BoxTruth(
        path=rows.path,
        format="mot",
        row=np.array(row, np.int64),
        frame=np.array(frame, np.int64),
        seconds=None,
        xyxy=np.array(xyxy, np.float64),
        identity=tuple(identity),
        left_out=rows.left_out(identity) | np.array(ignored, np.bool_),
    )
    _check_duplicates(truth, frame)
    return truth


def _read_tracks(rows: _Rows, header: Sequence[str]) -> TrackTruth:
    id_at, name_at = header.index("track_id"), header.index("identity")
    pairs = [
        (number, rows.whole(number, "track_id", cells[id_at]), rows.name(number, cells[name_at]))
        for number, cells in rows.fields(2, header=True)
    ]
    rows.require(len(pairs))
    return _track_truth(rows, "tracks", pairs)


def _read_ids(rows: _Rows) -> TrackTruth:
    pairs: list[tuple[int, int, str]] = []
    seen_header = False
    for number, line in enumerate(rows.lines, start=1):
        if not line.strip():
            continue
        if not seen_header:
            seen_header = True
            continue
        cells = line.split(maxsplit=1)
        if len(cells) != 2:
            rows.fail(number, f"a track and a name are wanted, got {line.strip()[:40]!r}")
        pairs.append(
            (number, rows.whole(number, "the track", cells[0]), rows.name(number, cells[1]))
        )
    rows.require(len(pairs))
    return _track_truth(rows, "ids", pairs)


def _read_labels(rows: _Rows) -> TrackTruth:
    pairs: list[tuple[int, int, str]] = []
    blank: int | None = None
    for number, line in enumerate(rows.lines, start=1):
        if not line.strip():
            blank = blank or number
            continue
        if blank is not None:
            # A blank line in between would shift every label after it.
            rows.fail(blank, "a label is missing", 'Write "unsure" where nobody can tell.')
        if "," in line or ";" in line or "\t" in line.strip():
            rows.fail(number, "one label is wanted, got columns", "One file holds one format.")
        if number == 1 and line.strip().lower() == "identity":
            continue
        pairs.append((number, len(pairs), rows.name(number, line)))
    rows.require(len(pairs))
    return _track_truth(rows, "labels", pairs)


def _track_truth(rows: _Rows, kind: Format, pairs: Sequence[tuple[int, int, str]]) -> TrackTruth:
    seen: dict[int, int] = {}
    for number, track, _ in pairs:
        if track in seen:
            rows.fail(number, f"track {track} has a label already, in row {seen[track]}")
        seen[track] = number
    identity = tuple(name for *_, name in pairs)
    return TrackTruth(
        path=rows.path,
        format=kind,
        row=np.array([number for number, *_ in pairs], np.int64),
        track=np.array([track for _, track, _ in pairs], np.int64),
        identity=identity,
        left_out=rows.left_out(identity),
    )


def _read_spans(rows: _Rows, header: Sequence[str]) -> SpanTruth:
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
    rows.require(len(row))
    times = np.array(spans, np.float64)
    return SpanTruth(
        path=rows.path,
        format="spans",
        row=np.array(row, np.int64),
        start=times[:, 0],
        end=times[:, 1],
        identity=tuple(identity),
        left_out=rows.left_out(identity),
    )


_READERS: Mapping[frozenset[str], Callable[[_Rows, Sequence[str]], Truth]] = {
    frozenset(("frame", "x1", "y1", "x2", "y2", "identity")): _read_boxes,
    frozenset(("time", "x1", "y1", "x2", "y2", "identity")): _read_boxes,
    frozenset(("track_id", "identity")): _read_tracks,
    frozenset(("identity", "start", "end")): _read_spans,
}


def _check_box(rows: _Rows, number: int, box: Sequence[float]) -> None:
    x1, y1, x2, y2 = box
    if not (x2 > x1 and y2 > y1):
        rows.fail(
            number,
            f"a box needs x2 > x1 and y2 > y1, got {x1:g},{y1:g},{x2:g},{y2:g}",
            "Boxes are corners, not widths and heights." if x2 > 0 and y2 > 0 else "",
        )


def _check_duplicates(truth: BoxTruth, when: Sequence[float]) -> None:
    """One box may be there once: a second one would count a face twice."""
    first_row: dict[tuple[float, ...], int] = {}
    for number, moment, box in zip(truth.row.tolist(), when, truth.xyxy.tolist(), strict=True):
        key = (moment, *box)
        if key in first_row:
            raise bad_row(truth, number, f"the same box as in row {first_row[key]}")
        first_row[key] = number


def _lines(path: Path) -> list[str]:
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


def _delimiter(line: str) -> str:
    return max(",;\t", key=line.count)


def _word(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip()).casefold()


def _unknown_header(path: Path, header: Sequence[str]) -> NoReturn:
    shown = ",".join(header)[:80]
    if "frame" in header and "time" in header:
        raise bad_row(path, 1, "it has both frame and time", "Keep one of the two columns.")
    twice = [name for name, n in Counter(header).items() if n > 1]
    if twice:
        raise bad_row(path, 1, f"the column {twice[0]!r} is there twice")
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
        raise bad_row(path, 1, f"the header {shown!r} has {' and '.join(parts)}", _FORMATS_HINT)
    raise bad_row(path, 1, f"{shown!r} is no header of a known format", _FORMATS_HINT)
