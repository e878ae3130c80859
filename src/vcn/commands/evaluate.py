"""``vcn evaluate``: scores of results against ground truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vcn.config import EvaluateConfig

_DEFAULTS = EvaluateConfig()


def evaluate(
    results: Annotated[
        list[Path], typer.Argument(metavar="RESULT...", help="clusters.json of a film, or several.")
    ],
    gt: Annotated[
        list[Path],
        typer.Option(
            "--gt",
            help="Its ground truth: boxes, tracks, spans, .ids, MOT or one label a line. "
            "Once for each result, in the same order.",
        ),
    ],
    iou: Annotated[
        float, typer.Option(help="Overlap from which a true and a found box are one face.")
    ] = _DEFAULTS.iou,
    leave_out: Annotated[
        list[str],
        typer.Option(help="Identity that is not scored; may be repeated."),
    ] = list(_DEFAULTS.leave_out),  # noqa: B006 - typer copies it
    resamples: Annotated[
        int, typer.Option(help="Draws of the bootstrap; 0: no intervals.")
    ] = _DEFAULTS.resamples,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.")] = _DEFAULTS.seed,
    json: Annotated[bool, typer.Option("--json", help="Print JSON in place of tables.")] = False,
    html: Annotated[
        Path | None, typer.Option(help="Write this page: scores, and errors with their faces.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Add the evaluation to this report.html of vcn cluster.")
    ] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(help="Exit with 1 where a score is lower, e.g. b3_f=0.9; may be repeated."),
    ] = None,
) -> None:
    """Score results against ground truth: how good is this clustering, and where is it wrong?"""
    from dataclasses import replace

    from vcn.evaluate import as_json, check
    from vcn.evaluate import evaluate as run
    from vcn.evaluate.check import parse_limits

    limits = fail_under or []
    parse_limits(limits)  # a typing error must not cost the whole evaluation
    config = replace(_DEFAULTS, iou=iou, leave_out=tuple(leave_out), resamples=resamples, seed=seed)
    evaluation = run(results, gt, config)
    if html is not None:
        from vcn.evaluate.pages import write_page

        write_page(evaluation, html)
    if report is not None:
        from vcn.evaluate.pages import add_to_report

        add_to_report(evaluation, report)
    if json:
        typer.echo(as_json(evaluation))
    else:
        from rich.console import Console

        from vcn.evaluate.terminal import print_evaluation

        print_evaluation(evaluation, Console())
    check(evaluation, limits)
