"""Pickles of plain data: dictionaries, lists, strings, numbers and arrays; nothing else runs.

A pickle can run any code. This reader makes what is listed here itself, and refuses a file
that wants more. It serves the weights that VGGFace2's converters published, and data sets
that come as pickles.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import numpy as np
from numpy.typing import NDArray

from vcn.errors import DataError

_NUMBERS = frozenset({"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"})
_TEXT = re.compile(r"[US]\d{1,5}")
_MAX_BYTES = 1 << 33
"""No published pickle of features is larger."""


def load_pickle(path: Path) -> Any:
    """What a pickle of plain data holds.

    Raises:
        DataError: It cannot be read, or wants to be more than plain data.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise DataError(f"{path} is larger than any file of plain data should be")
        with path.open("rb") as stream:
            return plain(read_pickle(stream))
    except DataError:
        raise
    except (OSError, EOFError) as error:
        raise DataError(f"cannot read {path}: {error}") from error
    except Exception as error:
        # pickle does not promise which exceptions a damaged file raises.
        why = (str(error) or type(error).__name__).splitlines()[0]
        raise DataError(
            f"{path} is not a pickle of plain data: {why}",
            "vcn opens no pickle that could run code",
        ) from error


def read_pickle(stream: BinaryIO) -> Any:
    """The content of a pickle; arrays are `PickledArray` still.

    Raises:
        pickle.UnpicklingError: It wants something that is not plain data.
    """
    return _PlainUnpickler(stream, encoding="latin1").load()


def plain(value: Any) -> Any:
    """The same with real arrays and numbers, however deep.

    Raises:
        ValueError: An array holds something else than numbers, or fewer than it says.
    """
    if isinstance(value, PickledArray):
        return value.array()
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return type(value)(plain(item) for item in value)
    return value


class _Dtype:
    """Stands for numpy.dtype, whose own state could declare floats to be pointers."""

    __slots__ = ("code", "order")

    def __init__(self, code: str, *_: object) -> None:
        self.code = code
        self.order = "="

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.order = state[1]

    def checked(self) -> np.dtype[Any]:
        """The dtype, of numbers or of text."""
        known = self.code in _NUMBERS or _TEXT.fullmatch(self.code)
        if not known or self.order not in ("<", ">", "=", "|"):
            raise ValueError("an array of something else than numbers")
        return np.dtype(self.order + self.code)


class PickledArray:
    """Stands for numpy.ndarray: keeps what the pickle says, and makes the array itself."""

    __slots__ = ("state",)

    def __init__(self, *_: object) -> None:
        self.state: tuple[Any, ...] = ()

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.state = state

    def array(self) -> NDArray[Any]:
        """The array, in memory of its own and this machine's order.

        Raises:
            ValueError: It holds something else than numbers, or fewer than it says.
        """
        if len(self.state) != 5:
            raise ValueError("an array without content")
        _, shape, dtype, fortran, raw = self.state
        if not isinstance(dtype, _Dtype):
            raise ValueError("an array of something else than numbers")
        if dtype.code.startswith("O") and isinstance(raw, list):
            # An array of objects is a list of them: plain ones, or it would not be here.
            objects = np.empty(len(raw), object)
            objects[:] = [plain(item) for item in raw]
            return objects.reshape(shape, order="F" if fortran else "C")
        # Python 3 reads the byte strings of Python 2 as text.
        data = raw.encode("latin1") if isinstance(raw, str) else raw
        values = np.frombuffer(data, dtype.checked())
        values = values.reshape(shape, order="F" if fortran else "C")
        return values.astype(dtype.code)


def _scalar(dtype: object, raw: bytes | str = b"") -> object:
    """Stands for numpy's numbers."""
    if not isinstance(dtype, _Dtype):
        raise pickle.UnpicklingError("a number of an unknown kind")
    data = raw.encode("latin1") if isinstance(raw, str) else raw
    return np.frombuffer(data, dtype.checked(), count=1)[0].item()


def _frombuffer(raw: object, dtype: object, shape: object, order: object, *_: object) -> object:
    """Stands for how numpy writes arrays in protocol 5."""
    array = PickledArray()
    if order not in ("C", "F"):
        raise pickle.UnpicklingError(f"an array in the order {order}")
    array.state = (1, shape, dtype, order == "F", raw)
    return array


def _encode(text: str, encoding: str) -> bytes:
    """How Python 3 writes bytes in an old protocol."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"it wants the encoding {encoding}")
    return text.encode("latin1")


class _Call:
    """A function that a pickle may call, and can neither look into nor change."""

    __slots__ = ("_function",)
    _function: Any

    def __init__(self, function: Any) -> None:
        object.__setattr__(self, "_function", function)

    def __call__(self, *arguments: Any) -> Any:
        return self._function(*arguments)

    def __setattr__(self, name: str, value: object) -> None:
        raise pickle.UnpicklingError(f"it wants to change {name}")


def _empty(*_: object) -> dict[Any, Any]:
    """Stands for a dictionary with a default: the default is not kept."""
    return {}


class _PlainUnpickler(pickle.Unpickler):
    """An unpickler that calls nothing but the above."""

    _STANDS_FOR: ClassVar[Mapping[tuple[str, str], Any]] = {
        ("numpy", "dtype"): _Call(_Dtype),
        ("numpy", "ndarray"): _Call(PickledArray),
        **{
            (f"numpy.{core}.multiarray", name): _Call(made)
            for core in ("core", "_core")
            for name, made in (("_reconstruct", PickledArray), ("scalar", _scalar))
        },
        **{
            (f"numpy.{core}.numeric", "_frombuffer"): _Call(_frombuffer)
            for core in ("core", "_core")
        },
        ("_codecs", "encode"): _Call(_encode),
        ("collections", "OrderedDict"): _Call(dict),
        ("collections", "defaultdict"): _Call(_empty),
        **{
            (module, name): _Call(made)
            for module in ("builtins", "__builtin__")
            for name, made in (("dict", dict), ("list", list), ("set", set), ("bytes", bytes))
        },
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._STANDS_FOR:
            raise pickle.UnpicklingError(f"it wants {module}.{name}")
        return self._STANDS_FOR[module, name]
