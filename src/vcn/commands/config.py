"""``vcn config``: every choice that can be made, and where its value comes from."""

from __future__ import annotations

import typer

from vcn.commands import options

config_app = typer.Typer(help="Every choice of a run.", no_args_is_help=True)


@config_app.callback()
def root() -> None:
    """Every choice that can be made with --set and --config."""


@config_app.command()
def show(settings: options.Settings = None, config_file: options.ConfigFile = None) -> None:
    """Print every choice with its meaning and source, as TOML that --config reads."""
    from vcn.commands.settings import chosen
    from vcn.config.choices import choices
    from vcn.config.file import as_toml

    values, sources = chosen(settings, config_file, {})
    defaults = {name: choice.default for name, choice in choices().items()}
    typer.echo(as_toml(defaults | values, sources), nl=False)
