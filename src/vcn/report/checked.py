"""JSON that may come from anywhere: each getter checks what it gives."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

from vcn.errors import DataError

_MAX_BYTES = 256 << 20
"""A 2-hour film with 3,000 tracks makes about 5 MB."""
_MAX_INTEGER = (1 << 53) - 1
HINT = "Make it again with `vcn cluster`."


def load_object(path: Path) -> dict[str, Any]:
    """The object that a file holds.

    Raises:
        DataError: It is missing, too large, or no JSON object.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}", HINT) from error
    if len(content) > _MAX_BYTES:
        raise DataError(f"{path} is larger than {_MAX_BYTES >> 20} MB", HINT)
    try:
        value = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        what = "too deeply nested" if isinstance(error, RecursionError) else str(error)
        raise DataError(f"{path} is not JSON: {what}", HINT) from error
    if not isinstance(value, dict):
        raise DataError(f"{path} is not a clusters.json: it holds no object", HINT)
    return value


class CheckedObject:
    """A JSON object and where it was found; each getter checks what it gives."""

    def __init__(self, values: dict[str, Any], where: str) -> None:
        self.values = values
        self._where = where

    def fail(self, what: str) -> NoReturn:
        """Raise DataError: where, and what."""
        raise DataError(f"{self._where}{what}", HINT)

    def _get(self, key: str) -> Any:
        if key not in self.values:
            self.fail(f"{key} is missing")
        return self.values[key]

    def integer_or_none(self, key: str) -> int | None:
        """A whole number from 0, or null."""
        return None if self._get(key) is None else self.integer(key)

    def integer(self, key: str, minimum: int = 0) -> int:
        """A whole number from `minimum`."""
        value = self._get(key)
        if type(value) is not int or not minimum <= value <= _MAX_INTEGER:
            self.fail(f"{key} must be a whole number from {minimum}")
        return value

    def number(self, key: str) -> float:
        """A finite number."""
        value = self._get(key)
        if type(value) not in (int, float) or abs(value) > 1e15 or not math.isfinite(value):
            self.fail(f"{key} must be a number")
        return float(value)

    def later_number(self, key: str, low: float, high: float = math.inf) -> float | None:
        """A number from `low` to `high` that results of 1.0 lack; None where it is missing."""
        if key not in self.values:
            return None
        value = self.number(key)
        if not low <= value <= high:
            self.fail(f"{key} must be from {low:g} to {high:g}")
        return value

    def text(self, key: str) -> str:
        """Text."""
        value = self._get(key)
        if not isinstance(value, str):
            self.fail(f"{key} must be text")
        return value

    def text_or_none(self, key: str) -> str | None:
        """Text, or null."""
        return None if self._get(key) is None else self.text(key)

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self._get(key)
        if not isinstance(value, bool):
            self.fail(f"{key} must be true or false")
        return value

    def fraction(self, key: str, *, zero: bool) -> Fraction:
        """A fraction like "25/1"; `zero`: 0 is one."""
        above, _, below = self.text(key).partition("/")
        if not all(0 < len(p) <= 19 and p.isascii() and p.isdigit() for p in (above, below)):
            self.fail(f'{key} must be a fraction like "25/1"')
        if int(below) == 0 or (int(above) == 0 and not zero):
            self.fail(f"{key} must not be zero")
        return Fraction(int(above), int(below))

    def array(self, key: str) -> list[Any]:
        """A list of anything."""
        value = self._get(key)
        if not isinstance(value, list):
            self.fail(f"{key} must be a list")
        return value

    def object(self, key: str) -> CheckedObject:
        """An object."""
        return self._child(self._get(key), key)

    def objects(self, key: str) -> Iterator[CheckedObject]:
        """A list of objects."""
        for i, value in enumerate(self.array(key)):
            yield self._child(value, f"{key}[{i}]")

    def _child(self, value: Any, name: str) -> CheckedObject:
        if not isinstance(value, dict):
            self.fail(f"{name} must be an object")
        return CheckedObject(value, f"{self._where}{name}.")

    def xyxy(self, key: str) -> tuple[float, float, float, float]:
        """A box: four numbers."""
        values = self.array(key)
        if len(values) != 4 or not all(type(v) in (int, float) and abs(v) < 1e9 for v in values):
            self.fail(f"{key} must be four numbers")
        x1, y1, x2, y2 = (float(v) for v in values)
        return (x1, y1, x2, y2)
