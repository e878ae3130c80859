"""Write a result: all files complete, or everything as it was before; clusters.json last."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from vcn.config import ReportConfig
from vcn.report.boxes import write_boxes
from vcn.report.document import Json, film_document
from vcn.report.html import render_report
from vcn.runtime import whole
from vcn.runtime.whole import Writer, replace_all
from vcn.types import FilmResult


@dataclass(frozen=True, slots=True)
class Written:
    """The files of one result."""

    clusters: Path
    boxes: Path
    report: Path | None
    """None where no report was asked for."""


def output_paths(out: Path, *, report: bool) -> Written:
    """The files that belong to `out`: NAME.json, NAME.boxes.parquet, NAME.report.html."""
    return Written(
        clusters=out,
        boxes=out.with_suffix(".boxes.parquet"),
        report=out.with_suffix(".report.html") if report else None,
    )


def check_writable(out: Path, *, report: bool = True) -> None:
    """Check before a long run that its result can be written.

    What a run left there that was killed while it wrote is removed.

    Raises:
        OutputError: A folder is missing or read-only, or something that is not a file
            is in the way.
    """
    whole.check_writable(*_paths(output_paths(out, report=report)))


def write_result(
    result: FilmResult, out: Path, *, report: bool = True, config: ReportConfig | None = None
) -> Written:
    """Write clusters.json, the table of boxes and, where asked for, the report.

    Args:
        result: What the run found.
        out: The path of clusters.json; the other names follow from it.
        report: Write the HTML report too.
        config: How much to list; the defaults where None.

    Raises:
        OutputError: Something could not be written; earlier files are untouched.
        DataError: The manifest holds a value that JSON cannot.
    """
    config = config or ReportConfig()
    paths = output_paths(out, report=report)
    document = film_document(result, paths.boxes.name, config)
    writers: list[Writer] = [
        (paths.boxes, lambda file: write_boxes(result, file)),
    ]
    if paths.report is not None:
        page = render_report(result, document, config)
        writers.append((paths.report, lambda file: file.write(page)))
    writers.append((paths.clusters, lambda file: file.write(as_json(document))))
    replace_all(writers)
    return paths


def as_json(document: Json) -> bytes:
    """JSON with one person, track or shot a line: it can be read, compared and grepped."""
    parts = []
    for key, value in document.items():
        if isinstance(value, list) and value:
            body = "[\n  " + ",\n  ".join(_compact(item) for item in value) + "\n ]"
        else:
            body = _compact(value)
        parts.append(f" {json.dumps(key)}: {body}")
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _paths(written: Written) -> list[Path]:
    return [path for path in (written.boxes, written.report, written.clusters) if path is not None]
