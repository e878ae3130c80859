"""MOTChallenge text: `frame,id,left,top,width,height`, and maybe more."""

from __future__ import annotations

import numpy as np

from vcn.evaluate.truth.boxes import check_box, check_duplicates
from vcn.evaluate.truth.model import BoxTruth
from vcn.evaluate.truth.rows import Rows


def read_mot(rows: Rows) -> BoxTruth:
    """People and frames count from 1."""
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
        check_box(rows, number, box)
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
    check_duplicates(truth, frame)
    return truth
