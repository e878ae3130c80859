"""The configuration of an earlier run, from the manifest of its result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vcn.config.choices import changed, choices, parse
from vcn.config.run import RunConfig


def config_of(manifest: Mapping[str, Any]) -> RunConfig:
    """The configuration of a run; choices that this version does not know are left out.

    Raises:
        UsageError: A value is none that a choice can have.
    """
    known = choices()
    values: dict[str, Any] = {}

    def walk(part: Mapping[str, Any], prefix: str) -> None:
        for key, value in part.items():
            name = f"{prefix}{key}"
            if isinstance(value, Mapping):
                walk(value, f"{name}.")
            elif name in known and _plain(known[name].default) != value:
                values[name] = parse(name, value)

    walk(manifest.get("config", {}), "")
    return changed(RunConfig(), values)


def _plain(value: Any) -> Any:
    """A default as JSON has it."""
    return list(value) if isinstance(value, tuple) else value
