"""The person of tracks of the result: by their ids, in BBT and Buffy's file, or one a line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vcn.evaluate.truth.model import Format, TrackTruth
from vcn.evaluate.truth.rows import FORMATS_HINT, Rows, is_number


def read_tracks(rows: Rows, header: Sequence[str]) -> TrackTruth:
    """The person of tracks by their id."""
    id_at, name_at = header.index("track_id"), header.index("identity")
    pairs = [
        (number, rows.whole(number, "track_id", cells[id_at]), rows.name(number, cells[name_at]))
        for number, cells in rows.fields(2, header=True)
    ]
    rows.require(len(pairs))
    return _track_truth(rows, "tracks", pairs)


def read_ids(rows: Rows) -> TrackTruth:
    """The labels of the BBT and Buffy sets."""
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


def read_labels(rows: Rows) -> TrackTruth:
    """One label a line, of every track in order."""
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
        if len(line.split()) > 2 and sum(is_number(word) for word in line.split()) > 1:
            rows.fail(
                number,
                f"{line.strip()[:40]!r} looks like columns with blanks between, not like a label",
                FORMATS_HINT,
            )
        if number == 1 and line.strip().lower() == "identity":
            continue
        pairs.append((number, len(pairs), rows.name(number, line)))
    rows.require(len(pairs))
    return _track_truth(rows, "labels", pairs)


def _track_truth(rows: Rows, kind: Format, pairs: Sequence[tuple[int, int, str]]) -> TrackTruth:
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
