"""The configuration that a command line asks for: --config, then --set, then its own options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import typer

from vcn.errors import UsageError

NAMES = {
    **{name: name for name in ("pack", "detector", "face_model", "checkpoint", "device", "seed")},
    "tracks": "tracks",
    "adapt": "adapt.mode",
    "iterations": "adapt.iterations",
    "first_epochs": "adapt.first_epochs",
    "epochs": "adapt.epochs",
    "co_occurrence": "cluster.co_occurrence",
    "method": "method.name",
    "n_people": "method.n_people",
    "threshold": "method.threshold",
    "voice": "voice.enabled",
    "body": "evidence.body",
    "audio_stream": "voice.stream",
    "shots": "shots.method",
    "shot_threshold": "shots.threshold",
    "cuts": "shots.cuts",
}
"""Options of commands that are choices of a run: the parameter, and the choice."""

Config = TypeVar("Config")


_context: ContextVar[typer.Context | None] = ContextVar("context", default=None)
"""Of the command that runs: it knows which options were typed."""


def with_context(context: typer.Context, given: list[str] | None) -> list[str] | None:
    """The callback of --set, called whether it is given or not: keeps the command's context."""
    _context.set(context)
    context.call_on_close(lambda: _context.set(None))
    return given


def with_settings(
    config: Config,
    root: str,
    settings: Sequence[str] | None,
    config_file: Path | None,
    *,
    alone: bool = False,
) -> Config:
    """A configuration after --config and --set, for the parts that no run depends on.

    Args:
        config: The defaults.
        root: What the names of its choices begin with (`vcn.config.choices.ROOTS`).
        settings: NAME=VALUE.
        config_file: TOML; what it says of other parts is for other commands.
        alone: The command has no other choices: one that --set names is refused.

    Raises:
        UsageError: A name or a value is not known, or means nothing to the command.
        DataError: The file cannot be read.
    """
    from vcn.config.choices import changed

    values, sources = chosen(settings, config_file, {})
    for name, source in sources.items():
        if alone and source == "--set" and not name.startswith(f"{root}."):
            raise UsageError(
                f"{name} means nothing to this command",
                f"Its choices begin with {root}. (see: vcn config show)",
            )
    return changed(config, values, root)


def chosen(
    settings: Sequence[str] | None, config_file: Path | None, options: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Every value that was chosen, by full name, and where.

    Args:
        settings: NAME=VALUE, of --set.
        config_file: TOML, of --config.
        options: Other options by the name of their parameter; those left alone choose nothing.

    Raises:
        UsageError: A name or a value is not known, or one is given twice.
        DataError: The file cannot be read.
    """
    from vcn.config.choices import choices, parse
    from vcn.config.file import read_file

    values: dict[str, Any] = {} if config_file is None else read_file(config_file)
    sources = dict.fromkeys(values, f"--config {config_file}")
    here: dict[str, str] = {}
    for setting in settings or ():
        name, equals, text = (part.strip() for part in setting.partition("="))
        if not equals:
            raise UsageError(f"--set {setting} has no value", "Write --set NAME=VALUE")
        values[name] = parse(name, text)
        here[name] = "--set"
    for parameter, value in options.items():
        name = NAMES[parameter]
        plain = value.value if isinstance(value, Enum) else value
        plain = str(plain) if isinstance(plain, Path) else plain
        if plain in (None, choices()[name].default) and not _typed(parameter):
            continue
        option = f"--{parameter.replace('_', '-')}"
        if name in here:
            raise UsageError(f"{name} is chosen twice, by {option} and by --set", "Keep one")
        values[name], here[name] = plain, option
    return values, sources | here


def _typed(parameter: str) -> bool:
    """Whether an option was typed, though it may have the value that it has anyway."""
    context = _context.get()
    source = None if context is None else context.get_parameter_source(parameter)
    return source is not None and source.name == "COMMANDLINE"
