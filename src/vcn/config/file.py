"""A configuration in TOML: read, and written with the meaning of every choice."""

from __future__ import annotations

import json
import textwrap
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vcn.config.choices import choices, parse, sections
from vcn.errors import DataError, UsageError

_WIDTH = 96


def read_file(path: Path) -> dict[str, Any]:
    """The choices of a TOML file, by full name.

    Raises:
        DataError: It cannot be read or is not TOML.
        UsageError: A name or a value in it is not known.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:  # a TOMLDecodeError is a ValueError
        raise DataError(
            f"{path} is not a configuration in TOML: {error}", "See: vcn config show"
        ) from error
    try:
        return {name: parse(name, value) for name, value in _flat(tables, "")}
    except UsageError as error:
        raise UsageError(f"{path}: {error.what}", error.hint) from error


def as_toml(values: Mapping[str, Any], sources: Mapping[str, str]) -> str:
    """All choices as TOML, each with its meaning and where its value comes from.

    Args:
        values: By full name, in order.
        sources: Where a value was chosen; one that is missing is a default.
    """
    lines: list[str] = []
    section = ""
    for name, value in values.items():
        choice = choices()[name]
        if choice.section != section:
            section = choice.section
            lines += ["", f"# {sections()[section]}", f"[{section}]"]
        key = name.rpartition(".")[2]
        lines += textwrap.wrap(choice.why, _WIDTH, initial_indent="# ", subsequent_indent="# ")
        # TOML has no word for nothing: the line then stands there as a remark.
        text = f"# {key} = none" if value is None else f"{key} = {toml_value(value)}"
        source = sources.get(name)
        if source is not None:
            text += f"  # {source}; default: {toml_value(choice.default)}"
        lines.append(text)
    return "\n".join(lines).strip() + "\n"


def toml_value(value: Any) -> str:
    """A value as TOML writes it; "none", which it cannot write, for None."""
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    if isinstance(value, str | bool):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)


def _flat(tables: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in tables.items():
        name = f"{prefix}.{key}" if prefix else key
        if isinstance(value, dict):
            yield from _flat(value, name)
        else:
            yield name, value
