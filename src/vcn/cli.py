"""The command line: registers the commands and turns errors into one line and a code.

Nothing heavy is imported here; each command imports what it needs when it runs.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from typing import Annotated

import typer

from vcn.commands.benchmark import benchmark
from vcn.commands.cache import cache_app
from vcn.commands.cluster import cluster
from vcn.commands.compare import compare
from vcn.commands.config import config_app
from vcn.commands.doctor import doctor
from vcn.commands.evaluate import evaluate
from vcn.commands.explain import explain
from vcn.commands.export import export
from vcn.commands.find import find
from vcn.commands.finetune import finetune
from vcn.commands.harvest import harvest
from vcn.commands.man import man
from vcn.commands.methods import methods
from vcn.commands.models import models_app
from vcn.commands.people import people_app
from vcn.commands.persons import persons
from vcn.commands.render import render
from vcn.commands.reproduce import reproduce
from vcn.commands.review import review
from vcn.commands.season import season
from vcn.commands.train import train
from vcn.errors import Interrupted, OutOfMemory, OutputError, VcnError
from vcn.runtime.interrupt import stoppable
from vcn.runtime.memory import is_out_of_memory

# Before torch is loaded: threads that wait must not spin. On a machine with other work a
# run of many small products takes ten times as long when they do (measured).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}

EXIT_BUG = 70
"""An error that vcn did not foresee (EX_SOFTWARE of sysexits.h)."""

app = typer.Typer(
    name="vcn",
    help="Find every face in a film and say which are the same person.",
    no_args_is_help=True,
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
app.command()(season)
app.command()(find)
app.command()(compare)
app.command()(benchmark)
app.command()(methods)
app.command()(harvest)
app.command()(train)
app.command()(reproduce)
app.command()(persons)
app.command()(doctor)
app.command(hidden=True)(man)
app.add_typer(people_app, name="people")
app.add_typer(models_app, name="models")
app.add_typer(config_app, name="config")
app.add_typer(cache_app, name="cache")


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version; with -v what a fault report needs."),
    ] = False,
    verbose: Annotated[bool, typer.Option("-v", help="With --version: all of it.")] = False,
) -> None:
    """Find every face in a film and say which are the same person."""
    if version:
        from vcn.commands.version import version_lines

        for line in version_lines(verbose):
            typer.echo(line)
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


def main() -> None:
    """Run the command line; the only place where an error becomes an exit code."""
    try:
        with stoppable("interrupted"):
            try:
                app()  # bad usage is its own affair: exit code 2
            finally:
                sys.stdout.flush()  # what was printed must have arrived
    except Interrupted as error:
        _say(str(error))
        sys.stdout.flush()
        # Not sys.exit: to take torch and its threads apart can take a second of the two.
        os._exit(error.exit_code)
    except Exception as error:
        if is_out_of_memory(error):
            error = OutOfMemory(
                "there was not enough memory",
                "Close other programs, or try a smaller --set detect.max_side",
            )
        elif isinstance(error, OSError) and error.errno in _NO_ROOM and error.filename is None:
            _give_up_stdout()
            error = OutputError(
                f"cannot write to standard output: {error.strerror}", "Make room for it"
            )
        elif isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
            error = OutputError(
                f"{error.filename} is too long for the name of a file",
                "Choose a shorter name with -o.",
            )
        if isinstance(error, VcnError):
            _fail(str(error), error.exit_code)
        if os.environ.get("VCN_DEBUG"):
            raise
        _fail(
            f"unexpected {type(error).__name__}: {error}. This is a bug in vcn; set VCN_DEBUG=1 "
            "for the traceback",
            EXIT_BUG,
        )


def _give_up_stdout() -> None:
    """What could not be written is not tried again when the process ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str, code: int) -> None:
    _say(message)
    sys.exit(code)


def _say(message: str) -> None:
    line = "".join(c if c.isprintable() else " " for c in message)
    typer.echo(f"vcn: {line}", err=True)


if __name__ == "__main__":
    main()
