"""``vcn man``: the manual page, made from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer


def man(context: typer.Context) -> None:
    """Print the manual page: vcn man > vcn.1; man ./vcn.1."""
    typer.echo("\n".join(_page(context.find_root().command)))


def _page(app: Any) -> Iterator[str]:
    from vcn import __version__

    yield f'.TH VCN 1 "" "vcn {__version__}" "User commands"'
    yield from (".SH NAME", rf"vcn \- {_text(app.help)}")
    yield from (".SH SYNOPSIS", r".B vcn", "COMMAND [OPTION]... [ARGUMENT]...", ".SH COMMANDS")
    yield from _commands(app, "vcn")
    yield from (".SH EXIT STATUS", "0 where all went well; README.md lists the others.")


def _commands(group: Any, name: str) -> Iterator[str]:
    for word, command in sorted(group.commands.items()):
        full = f"{name} {word}"
        if hasattr(command, "commands"):
            yield from _commands(command, full)
            continue
        arguments = [p.metavar or p.name.upper() for p in command.params if _is_argument(p)]
        yield from (f".SS {_text(' '.join((full, *arguments)))}", _text(command.help or ""))
        for option in command.params:
            if _is_argument(option):
                continue
            names = ", ".join((*option.opts, *option.secondary_opts))
            yield from (".TP", rf"\fB{_text(names)}\fR", _text(option.help or ""))


def _is_argument(parameter: Any) -> bool:
    return str(parameter.param_type_name) == "argument"


def _text(text: str) -> str:
    """One line that roff does not take for something else."""
    line = " ".join(text.split()).replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{line}" if line[:1] in {".", "'"} else line
