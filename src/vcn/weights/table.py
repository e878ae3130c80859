"""A TOML table that is read key by key, so that no key of a pack is overlooked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vcn.errors import PackError
from vcn.weights.packfile import PackFile


class Table:
    """A TOML table that is read key by key; whatever is left at `done` is an error."""

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self._values = dict(values)
        self._where = where

    def error(self, what: str) -> PackError:
        """An error at this table."""
        return PackError(f"{self._where}: {what}", "see models/open/pack.toml for the format")

    def done(self) -> None:
        """Fail where a key was not read."""
        if self._values:
            raise self.error(f"unknown key '{sorted(self._values)[0]}'")

    def text(
        self, key: str, *, default: str | None = None, pattern: re.Pattern[str] | None = None
    ) -> str:
        """A string; `default` where it is missing, an error where there is none."""
        value = self._values.pop(key, default)
        if not isinstance(value, str) or (not value and default is None):
            raise self.error(f"'{key}' must be a non-empty string")
        if pattern is not None and not pattern.fullmatch(value):
            raise self.error(f"'{key}' has characters that are not allowed: '{value}'")
        return value

    def choice(self, key: str, allowed: tuple[str, ...]) -> str:
        """One of the allowed words."""
        value = self.text(key)
        if value not in allowed:
            raise self.error(f"'{key}' must be one of {', '.join(allowed)}, got '{value}'")
        return value

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """True or false; required where there is no default."""
        value = self._values.pop(key, default)
        if not isinstance(value, bool):
            raise self.error(f"'{key}' must be true or false")
        return value

    def integer(self, key: str, *, required: bool = True) -> int | None:
        """A positive whole number."""
        value = self._values.pop(key, None)
        if value is None and not required:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            raise self.error(f"'{key}' must be a positive whole number")
        return value

    def number(self, key: str) -> float | None:
        """None where the key is missing."""
        value = self._values.pop(key, None)
        if value is None:
            return None
        if type(value) not in (int, float):
            raise self.error(f"'{key}' must be a number")
        return float(value)

    def numbers(self, key: str, n: int) -> tuple[float, ...]:
        """`n` numbers."""
        return self._numbers(key, self._values.pop(key, None), n)

    def some_numbers(self, key: str) -> tuple[float, ...] | None:
        """Any number of numbers; None where the key is missing."""
        values = self._values.pop(key, None)
        if values is None:
            return None
        return self._numbers(key, values, len(values) if isinstance(values, list) else 0)

    def points(self, key: str) -> tuple[tuple[float, float], ...]:
        """Five points."""
        rows = self._values.pop(key, None)
        if not isinstance(rows, list) or len(rows) != 5:
            raise self.error(f"'{key}' must be 5 points [x, y]")
        points = [self._numbers(key, row, 2) for row in rows]
        return tuple((point[0], point[1]) for point in points)

    def _numbers(self, key: str, values: object, n: int) -> tuple[float, ...]:
        ok = isinstance(values, list) and len(values) == n
        if not ok or not all(type(v) in (int, float) and abs(v) < 1e6 for v in values):  # type: ignore[attr-defined]
            raise self.error(f"'{key}' must be {n} numbers")
        return tuple(float(value) for value in values)  # type: ignore[attr-defined]

    def table(self, key: str) -> Table | None:
        """A table below this one; None where it is missing."""
        value = self._values.pop(key, None)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.error(f"'{key}' must be a table")
        return Table(value, f"{self._where} [{key}]")

    def tables(self, key: str) -> list[Table]:
        """At least one table [[key]] below this one."""
        values = self._values.pop(key, None)
        if not isinstance(values, list) or not values:
            raise self.error(f"at least one [[{key}]] is needed")
        if not all(isinstance(value, dict) for value in values):
            raise self.error(f"'{key}' must be tables [[{key}]]")
        return [Table(v, f"{self._where} [[{key}]] {i + 1}") for i, v in enumerate(values)]

    def file(self, key: str, files: Mapping[str, PackFile]) -> Path:
        """Where the file lies whose name is given."""
        name = self.text(key)
        if name not in files:
            raise self.error(f"'{key}' names '{name}', which is not in [[files]]")
        return files[name].path
