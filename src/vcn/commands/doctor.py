"""``vcn doctor``: what works on this machine, and how to mend what does not."""

from __future__ import annotations

from typing import Annotated

import typer

from vcn.errors import CheckFailed


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Write the findings as JSON.")] = False,
) -> None:
    """Check this machine: packages, FFmpeg, devices, packs, disk. Exit code 1 if one is red."""
    from vcn.doctor import Level, Report, examine

    found = []
    for finding in examine():
        found.append(finding)
        if as_json:
            continue
        colour = typer.style(f"{finding.level.name:6}", fg=finding.level.name, bold=True)
        typer.echo(f"{colour} {finding.name}: {finding.text}")
        if finding.mend:
            typer.echo(f"       -> {finding.mend}")
    report = Report(tuple(found))
    if as_json:
        import json

        typer.echo(json.dumps(report.as_dict(), indent=1))
    if report.level == Level.red:
        red = ", ".join(finding.name for finding in found if finding.level == Level.red)
        raise CheckFailed(f"doctor: red: {red}", "Mend it as shown above")
