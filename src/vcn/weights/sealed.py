"""Arrays and their description in one safetensors file, sealed: damage to it shows.

What was learned goes on over days and between machines: a file is written whole or not at
all, and read only if all of it is what was written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from vcn.errors import DataError
from vcn.runtime.whole import replace_file


class Kind(NamedTuple):
    """A kind of such files, and what is said of one that is not."""

    form: str
    """`format` in its description."""
    missing: str
    """There is no ... PATH."""
    unreadable: str
    """PATH ...: why."""
    foreign: str
    """PATH ..."""
    hint: str


def digest(*arrays: NDArray[Any]) -> str:
    """A digest of the values, shapes and types of arrays."""
    total = hashlib.sha256()
    for array in arrays:
        total.update(f"{array.dtype.str}{array.shape}".encode())
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


def seal(text: str, arrays: Mapping[str, NDArray[Any]]) -> str:
    """The digest of a whole file, by which damage to it shows.

    Args:
        text: The description in its header.
        arrays: Name -> values.
    """
    names = sorted(arrays)
    content = "\n".join([text, *names, digest(*(arrays[name] for name in names))])
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def write_sealed(
    path: Path,
    record: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    *,
    beside: bool = True,
) -> None:
    """Write NAME.safetensors, whole or not at all, then NAME.json for people.

    Args:
        path: Of the safetensors file; an older one is replaced.
        record: The description, plain values.
        arrays: Name -> values.
        beside: Whether NAME.json is written.

    Raises:
        OutputError: It cannot be written; an older file is untouched.
    """
    text = json.dumps(record, indent=1, allow_nan=False)
    ordered = {name: np.array(value, order="C") for name, value in arrays.items()}
    replace_file(path, save(ordered, {"vcn": f"{seal(text, ordered)}\n{text}"}))
    if beside:
        replace_file(path.with_suffix(".json"), (text + "\n").encode())


def read_sealed(path: Path, kind: Kind) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The description and the arrays of a file of one kind.

    Raises:
        DataError: It is missing, damaged, or of another kind.
    """
    if not path.is_file():
        raise DataError(f"there is no {kind.missing} {path}", "Check the path")
    try:
        with safe_open(path, framework="numpy") as file:
            header = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        # One entry of the header: safetensors writes several in an order of chance.
        sha256, _, text = header.get("vcn", "\n{}").partition("\n")
        record = json.loads(text)
    except (SafetensorError, OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(f"{path} {kind.unreadable}: {why}", kind.hint) from error
    if not isinstance(record, dict) or record.get("format") != kind.form:
        raise DataError(f"{path} {kind.foreign}", kind.hint)
    if sha256 != seal(text, arrays):
        raise DataError(f"{path} is damaged: its sha256 is another", kind.hint)
    return record, arrays
