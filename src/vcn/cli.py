"""The command line: registers the commands and turns errors into one line and a code.

Nothing heavy is imported here; each command imports what it needs when it runs.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from vcn import __version__
from vcn.commands.benchmark import benchmark
from vcn.commands.cache import cache_app
from vcn.commands.cluster import cluster
from vcn.commands.compare import compare
from vcn.commands.config import config_app
from vcn.commands.doctor import doctor
from vcn.commands.evaluate import evaluate
from vcn.commands.explain import explain
from vcn.commands.export import export
from vcn.commands.finetune import finetune
from vcn.commands.harvest import harvest
from vcn.commands.methods import methods
from vcn.commands.models import models_app
from vcn.commands.persons import persons
from vcn.commands.render import render
from vcn.commands.reproduce import reproduce
from vcn.commands.review import review
from vcn.commands.train import train
from vcn.errors import Interrupted, VcnError
from vcn.runtime.interrupt import stoppable

# Before torch is loaded: threads that wait must not spin. On a machine with other work a
# run of many small products takes ten times as long when they do (measured).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

EXIT_BUG = 70
"""An error that vcn did not foresee (EX_SOFTWARE of sysexits.h)."""

app = typer.Typer(
    name="vcn",
    help="Find every face in a film and say which are the same person.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(cluster)
app.command()(finetune)
app.command()(evaluate)
app.command()(export)
app.command()(render)
app.command()(review)
app.command()(explain)
app.command()(compare)
app.command()(benchmark)
app.command()(methods)
app.command()(harvest)
app.command()(train)
app.command()(reproduce)
app.command()(persons)
app.command()(doctor)
app.add_typer(models_app, name="models")
app.add_typer(config_app, name="config")
app.add_typer(cache_app, name="cache")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"vcn {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Find every face in a film and say which are the same person."""


def main() -> None:
    """Run the command line; the only place where an error becomes an exit code."""
    try:
        with stoppable("interrupted"):
            app()  # bad usage is its own affair: exit code 2
    except Interrupted as error:
        _say(str(error))
        sys.stdout.flush()
        # Not sys.exit: to take torch and its threads apart can take a second of the two.
        os._exit(error.exit_code)
    except VcnError as error:
        _fail(str(error), error.exit_code)
    except Exception as error:
        if os.environ.get("VCN_DEBUG"):
            raise
        _fail(
            f"unexpected {type(error).__name__}: {error}. This is a bug in vcn; set VCN_DEBUG=1 "
            "for the traceback",
            EXIT_BUG,
        )


def _fail(message: str, code: int) -> None:
    _say(message)
    sys.exit(code)


def _say(message: str) -> None:
    line = "".join(c if c.isprintable() else " " for c in message)
    typer.echo(f"vcn: {line}", err=True)


if __name__ == "__main__":
    main()
