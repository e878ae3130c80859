"""Arrays of the shared types: read-only, of one dtype and shape."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from vcn.errors import DataError

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float32]
Float64Array = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
ImageArray = NDArray[np.uint8]

UNKNOWN = -1
"""The label of a track whose person is not known (paper Eq. 1: d = -1)."""


def frozen(
    values: ArrayLike, name: str, shape: tuple[int | None, ...], dtype: DTypeLike
) -> NDArray[Any]:
    """A read-only array of `dtype` whose shape matches (None = any length)."""
    array = np.asarray(values, dtype=dtype)
    if array.ndim != len(shape) or any(
        want is not None and want != got for want, got in zip(shape, array.shape, strict=True)
    ):
        wanted = tuple("any" if n is None else n for n in shape)
        raise DataError(f"{name} must have shape {wanted}, got {array.shape}")
    if array.dtype.kind == "f" and not bool(np.isfinite(array).all()):
        raise DataError(f"{name} must be finite")
    if array.flags.writeable:
        array = array.view()
        array.flags.writeable = False
    return array


def set_fields(owner: object, **values: object) -> None:
    """Set fields of a frozen dataclass, in its `__post_init__`."""
    for name, value in values.items():
        object.__setattr__(owner, name, value)
