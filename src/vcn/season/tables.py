"""Tables of a season as Parquet files: what an archive has of each look, each person.

pyarrow is imported here only, when a table is written or read. A column is an array of one
axis, an array of two (a list of fixed length in each row), texts, or lists of numbers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcn.errors import DataError
from vcn.runtime.whole import replacing

Column = NDArray[Any] | Sequence[str | None] | Sequence[Sequence[float]]

_ROWS_A_GROUP = 1 << 13
_KINDS = {"double": "float64", "float": "float32"}
"""What numpy calls the types that Arrow calls otherwise."""
_FACTS = b"vcn.season"
"""Key of what a table says of itself."""


def write_table(path: Path, columns: Mapping[str, Column], facts: Mapping[str, Any]) -> None:
    """Write a table whole, or leave the earlier one; equal content gives equal bytes.

    Args:
        path: Where to.
        columns: Of equal length.
        facts: Of the table as a whole, plain values.

    Raises:
        OutputError: It cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = {name: _arrow(pa, values) for name, values in columns.items()}
    table = pa.table(arrays).replace_schema_metadata({_FACTS: json.dumps(facts)})
    with replacing(path) as temporary:
        pq.write_table(
            table,
            temporary,
            row_group_size=_ROWS_A_GROUP,
            version="2.6",
            data_page_version="1.0",
            compression="zstd",
        )


class Table:
    """A table that was written by `write_table`; columns are read when they are asked for.

    Raises:
        DataError: The file is missing or damaged.
    """

    def __init__(self, path: Path, hint: str) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._path, self._hint = path, hint
        self._errors = (OSError, ValueError, KeyError, TypeError, pa.ArrowException)
        try:
            # Not mapped: a season may be written anew while it is searched.
            self._file = pq.ParquetFile(path, memory_map=False)
            self.facts: dict[str, Any] = json.loads(self._file.schema_arrow.metadata[_FACTS])
        except self._errors as error:
            raise self._damaged(error) from error

    def __len__(self) -> int:
        return int(self._file.metadata.num_rows)

    def array(self, name: str) -> NDArray[Any]:
        """(n,) or (n, D) a column of numbers."""
        try:
            column = self._file.read([name]).column(0)
            parts = [_plain(chunk) for chunk in column.chunks or [column.combine_chunks()]]
            return np.concatenate(parts) if len(parts) > 1 else parts[0]
        except self._errors as error:
            raise self._damaged(error) from error

    def texts(self, name: str) -> list[str | None]:
        """(n,) a column of texts."""
        try:
            values: list[str | None] = self._file.read([name]).column(0).to_pylist()
        except self._errors as error:
            raise self._damaged(error) from error
        return values

    def cells(self, name: str, rows: NDArray[np.int64]) -> list[Any]:
        """Texts or lists of some rows; of the others no more is read than their group needs."""
        values: list[Any] = [None] * len(rows)
        begin = 0
        try:
            for group in range(self._file.num_row_groups):
                n = self._file.metadata.row_group(group).num_rows
                own = np.flatnonzero((rows >= begin) & (rows < begin + n))
                if len(own):
                    column = self._file.read_row_group(group, [name]).column(0)
                    # Not `take`: it would import all of pyarrow.compute.
                    for place in own.tolist():
                        values[place] = column[int(rows[place]) - begin].as_py()
                begin += n
        except self._errors as error:
            raise self._damaged(error) from error
        return values

    def _damaged(self, error: BaseException) -> DataError:
        line = (str(error).splitlines() or [type(error).__name__])[0]
        return DataError(f"{self._path} cannot be read: {line}", self._hint)


def _arrow(pa: Any, values: Column) -> Any:
    if not isinstance(values, np.ndarray):
        if values and isinstance(values[0], list):
            return pa.array(values, type=pa.list_(pa.float64()))
        return pa.array(values, type=pa.string())
    flat = _numbers(pa, np.ascontiguousarray(values).reshape(-1))
    if values.ndim == 1:
        return flat
    return pa.FixedSizeListArray.from_arrays(flat, values.shape[1])


def _numbers(pa: Any, values: NDArray[Any]) -> Any:
    """Without a copy; `pa.array` would import all of pandas to look at it."""
    kind = pa.from_numpy_dtype(values.dtype)
    packed = np.packbits(values, bitorder="little") if values.dtype == np.bool_ else values
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(packed)])


def _plain(chunk: Any) -> NDArray[Any]:
    """Its numbers without a copy; pyarrow's `to_numpy` would import all of pandas."""
    if hasattr(chunk.type, "list_size"):
        # Not `flatten`: it would import all of pyarrow.compute.
        side, begin = chunk.type.list_size, chunk.offset
        flat = chunk.values[begin * side : (begin + len(chunk)) * side]
        return _plain(flat).reshape(len(chunk), side)
    if chunk.null_count:
        raise ValueError("there are empty cells")
    if str(chunk.type) == "bool":
        bits = np.frombuffer(chunk.buffers()[1], np.uint8)
        flags = np.unpackbits(bits, bitorder="little")[chunk.offset : chunk.offset + len(chunk)]
        return flags.astype(np.bool_)
    name = str(chunk.type)
    kind = np.dtype(_KINDS.get(name, name))
    start = chunk.offset * kind.itemsize
    return np.frombuffer(chunk.buffers()[1], kind, len(chunk), start)
