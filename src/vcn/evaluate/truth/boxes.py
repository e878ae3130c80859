"""Faces on some frames: `frame,x1,y1,x2,y2,identity`, or by time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vcn.evaluate.truth.model import BoxTruth, bad_row
from vcn.evaluate.truth.rows import Rows


def read_boxes(rows: Rows, header: Sequence[str]) -> BoxTruth:
    """Faces by frame or by time."""
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
        check_box(rows, number, box)
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
    check_duplicates(truth, when)
    return truth


def check_box(rows: Rows, number: int, box: Sequence[float]) -> None:
    """Refuse a box without an area."""
    x1, y1, x2, y2 = box
    if not (x2 > x1 and y2 > y1):
        rows.fail(
            number,
            f"a box needs x2 > x1 and y2 > y1, got {x1:g},{y1:g},{x2:g},{y2:g}",
            "Boxes are corners, not widths and heights." if x2 > 0 and y2 > 0 else "",
        )


def check_duplicates(truth: BoxTruth, when: Sequence[float]) -> None:
    """One box may be there once: a second one would count a face twice."""
    first_row: dict[tuple[float, ...], int] = {}
    for number, moment, box in zip(truth.row.tolist(), when, truth.xyxy.tolist(), strict=True):
        key = (moment, *box)
        if key in first_row:
            raise bad_row(truth, number, f"the same box as in row {first_row[key]}")
        first_row[key] = number
