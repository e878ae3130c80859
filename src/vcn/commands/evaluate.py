"""``vcn evaluate``: scores of results against ground truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vcn.commands import options
from vcn.config import EvaluateConfig

_DEFAULTS = EvaluateConfig()


def evaluate(
    results: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[RESULT]...",
            help="clusters.json of a film, or several. [the one beside each --gt]",
        ),
    ] = None,
    *,
    gt: Annotated[
        list[Path],
        typer.Option(
            "--gt",
            help="Its ground truth: boxes, tracks, spans, .ids, MOT, RTTM or one label a line. "
            "Once for each result, in the same order.",
        ),
    ],
    iou: Annotated[
        float | None,
        typer.Option(
            help=f"Overlap from which a true and a found box are one face. [{_DEFAULTS.iou}]"
        ),
    ] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option(
            help=f"Identity that is not scored, beside {', '.join(_DEFAULTS.leave_out)}; may be "
            "repeated."
        ),
    ] = None,
    leave_out_only: Annotated[
        bool, typer.Option("--leave-out-only", help="Leave out what --leave-out names alone.")
    ] = False,
    resamples: Annotated[
        int | None,
        typer.Option(
            help=f"Draws of the bootstrap; 0: no intervals. [{_DEFAULTS.resamples}]",
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the bootstrap. [0]")] = None,
    features: Annotated[
        list[Path] | None,
        typer.Option(
            help="Its tracks by vcn harvest --all: adds verification (TPR at fixed FPR, ROC). "
            "Once for each result."
        ),
    ] = None,
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
    settings: options.Settings = None,
    config_file: options.ConfigFile = None,
) -> None:
    """Score results against ground truth: how good is this clustering, and where is it wrong?"""
    from dataclasses import replace

    from vcn.commands.settings import with_settings
    from vcn.evaluate import as_json, check
    from vcn.evaluate import evaluate as run
    from vcn.evaluate.beside import result_beside
    from vcn.evaluate.check import parse_limits

    limits = fail_under or []
    parse_limits(limits)  # a typing error must not cost the whole evaluation
    base = with_settings(_DEFAULTS, "evaluate", settings, config_file)
    kept = () if leave_out_only else base.leave_out
    config = replace(
        base,
        iou=base.iou if iou is None else iou,
        leave_out=tuple(dict.fromkeys((*kept, *(leave_out or ())))),
        resamples=base.resamples if resamples is None else resamples,
        seed=base.seed if seed is None else seed,
    )
    if not results:
        results = [result_beside(truth) for truth in gt]
        for result, truth in zip(results, gt, strict=True):
            typer.echo(f"{truth} is taken for the truth of {result}", err=True)
    evaluation = run(results, gt, config, features or ())
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
