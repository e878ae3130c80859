"""The table of boxes beside clusters.json: one row a frame of each track, as Parquet.

Columns: frame int64, seconds float64, track int64, person int64 (-1 = unknown), x1, y1,
x2, y2 float32 (displayed pixels), score float32, observed bool. Ordered by track, then
by frame. pyarrow is imported in this file only, when a table is written or read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from vcn.config import SCHEMA_VERSION
from vcn.errors import DataError
from vcn.types import BoolArray, FilmResult, Float64Array, FloatArray, IntArray

_COLUMNS = {
    "frame": "int64",
    "seconds": "float64",
    "track": "int64",
    "person": "int64",
    "x1": "float32",
    "y1": "float32",
    "x2": "float32",
    "y2": "float32",
    "score": "float32",
    "observed": "bool",
}
_ROWS_A_GROUP = 1 << 17
_MAX_ROWS = 20_000_000
"""About 0.9 GB in memory: 2 hours at 24 frames a second with 100 faces in every frame."""


@dataclass(frozen=True, slots=True)
class Boxes:
    """Every box of a film, ordered by track, then by frame; M rows."""

    frame: IntArray
    """(M,)"""
    seconds: Float64Array
    """(M,) start of the frame in the stream's own clock."""
    track: IntArray
    """(M,)"""
    person: IntArray
    """(M,) -1 = unknown."""
    xyxy: FloatArray
    """(M, 4) displayed pixels."""
    score: FloatArray
    """(M,) detector confidence; 0 where interpolated."""
    observed: BoolArray
    """(M,) False where the box was interpolated."""

    def __len__(self) -> int:
        return len(self.frame)

    def rows(self, keep: BoolArray | IntArray) -> Boxes:
        """Some of the rows, by a mask or by their numbers."""
        return Boxes(*(getattr(self, field.name)[keep] for field in fields(self)))


def write_boxes(result: FilmResult, file: BinaryIO) -> None:
    """Write the table; equal results give equal bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [pa.field(name, _arrow_type(pa, kind), nullable=False) for name, kind in _COLUMNS.items()],
        metadata={"vcn.schema_version": SCHEMA_VERSION},
    )
    # Format options are spelled out so that a new pyarrow's defaults change nothing.
    with pq.ParquetWriter(
        file, schema, version="2.6", data_page_version="1.0", compression="zstd"
    ) as writer:
        for columns in _groups(result):
            arrays = [_arrow_array(pa, columns[field.name], field.type) for field in schema]
            table = pa.Table.from_arrays(arrays, schema=schema)
            writer.write_table(table, row_group_size=_ROWS_A_GROUP)


def read_boxes(path: Path) -> Boxes:
    """Read and check a table that `write_boxes` wrote.

    Raises:
        DataError: The file is missing, not Parquet, too large, or breaks the format.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    hint = "Make it again with `vcn cluster`."
    try:
        with pq.ParquetFile(path) as file:
            found = {
                field.name: str(field.type).replace("double", "float64")
                for field in file.schema_arrow
            }
            found = {
                name: kind.replace("float", "float32") if kind == "float" else kind
                for name, kind in found.items()
            }
            if found != _COLUMNS:
                raise DataError(f"{path} does not have the columns of a table of boxes", hint)
            if file.metadata.num_rows > _MAX_ROWS:
                raise DataError(f"{path} has {file.metadata.num_rows} rows, too many", hint)
            table = file.read(use_threads=False)
        if any(column.null_count for column in table.columns):
            raise DataError(f"{path} has empty cells", hint)
        column = {name: _values(table[name], kind) for name, kind in _COLUMNS.items()}
    except (OSError, pa.ArrowException, ValueError) as error:
        raise DataError(
            f"cannot read the table of boxes {path}: {_first_line(error)}", hint
        ) from error
    return _checked(path, column)


def _values(column: Any, kind: str) -> NDArray[Any]:
    """A column without a null; its own `to_numpy` would import all of pandas."""
    parts = [np.zeros(0, kind)]
    for chunk in column.chunks:
        if len(chunk):
            data, first = np.frombuffer(chunk.buffers()[1], np.uint8), chunk.offset
            whole = np.unpackbits(data, bitorder="little") if kind == "bool" else data
            parts.append(whole.view(kind)[first : first + len(chunk)])
    return np.concatenate(parts)


def _arrow_type(pa: Any, kind: str) -> Any:
    return pa.bool_() if kind == "bool" else getattr(pa, kind)()


def _arrow_array(pa: Any, values: NDArray[Any], kind: Any) -> Any:
    """A column without a copy; `pa.array` would import all of pandas to look at it."""
    packed = np.packbits(values, bitorder="little") if values.dtype == np.bool_ else values
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(packed)])


def _groups(result: FilmResult) -> Iterator[dict[str, Any]]:
    """Columns of whole tracks, at least a row group at a time, so that memory is bounded."""
    pending: list[dict[str, Any]] = []
    rows = 0
    for track in result.tracks:
        n = len(track)
        pending.append(
            {
                "frame": track.frame,
                "seconds": result.timeline.pts[track.frame] * float(result.timeline.time_base),
                "track": np.full(n, track.id, np.int64),
                "person": np.full(n, result.clustering.labels[track.id], np.int64),
                **{name: track.xyxy[:, i] for i, name in enumerate(("x1", "y1", "x2", "y2"))},
                "score": track.score,
                "observed": track.observed,
            }
        )
        rows += n
        if rows >= _ROWS_A_GROUP:
            yield _joined(pending)
            pending, rows = [], 0
    if pending:
        yield _joined(pending)


def _joined(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: np.concatenate([part[name] for part in parts]) for name in _COLUMNS}


def _checked(path: Path, column: dict[str, Any]) -> Boxes:
    xyxy = np.stack([column[name] for name in ("x1", "y1", "x2", "y2")], axis=1)
    frame, track = column["frame"], column["track"]
    step = np.diff(track)
    if len(frame) and (
        frame.min() < 0
        or track.min() < 0
        or column["person"].min() < -1
        or (step < 0).any()
        or (np.diff(frame)[step == 0] <= 0).any()
        or not np.isfinite(xyxy).all()
        or not np.isfinite(column["seconds"]).all()
        or not np.isfinite(column["score"]).all()
    ):
        raise DataError(
            f"{path} holds values that a table of boxes cannot", "Make it again with `vcn cluster`."
        )
    return Boxes(
        frame, column["seconds"], track, column["person"], xyxy, column["score"], column["observed"]
    )


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
