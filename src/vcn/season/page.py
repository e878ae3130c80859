"""The page over a season: people by films, how long, and who with whom; no network."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from vcn.config import ReportConfig, SeasonConfig
from vcn.report.document import Json
from vcn.report.page import policy, templates
from vcn.report.words import span_text
from vcn.season.shelf import Shelf

_TEMPLATE = Path(__file__).parent / "template"
_FACES = 400
"""Faces on the page; people beyond have none."""


@dataclass(frozen=True, slots=True)
class Row:
    """One person: a line of the table."""

    id: int
    label: str
    face: str
    """As a data URI; may be empty."""
    shown: str
    n_films: int
    cells: tuple[str, ...]
    """How long in each film; empty where absent."""
    doubts: tuple[str, ...]
    """Of each cell, how surely it is this person."""
    company: tuple[tuple[str, str], ...]
    """With whom, and how long."""


def label_of(person: Json) -> str:
    """The name, or what a person is called until there is one."""
    return str(person["name"] or f"Person {person['id']}")


def render_page(document: Json, shelf: Shelf, season: SeasonConfig, report: ReportConfig) -> bytes:
    """The page as UTF-8; equal seasons give equal bytes.

    Args:
        document: Content of season.json.
        shelf: The folder; links are relative to it.
        season: What is too short to be shown.
        report: How many others are listed of each person.
    """
    from markupsafe import Markup

    style = (_TEMPLATE / "season.css").read_text(encoding="utf-8")
    shown = [
        person
        for person in document["people"]
        if person["screen_time_seconds"] >= season.least_seconds
    ]
    shown.sort(key=lambda person: (-person["screen_time_seconds"], person["id"]))
    films = [
        {
            "name": film["id"],
            "link": quote(film["clusters"].removesuffix(".json") + ".report.html"),
            "people": film["people"],
            "duration": span_text(film["duration_seconds"]),
        }
        for film in document["films"]
    ]
    page = (
        templates(_TEMPLATE)
        .get_template("season.html.j2")
        .render(
            style=Markup(style),  # our own file, not text from outside
            policy=Markup(policy(style)),
            version=document["vcn_version"],
            films=films,
            missing=document["missing"],
            rows=_rows(document, shown, shelf, report),
            n_people=len(document["people"]),
            several=sum(len({f["film"] for f in p["films"]}) > 1 for p in document["people"]),
        )
    )
    return page.encode("utf-8", "replace")


def _rows(
    document: Json, people: list[dict[str, Any]], shelf: Shelf, report: ReportConfig
) -> list[Row]:
    place = {film["id"]: n for n, film in enumerate(document["films"])}
    label = {person["id"]: label_of(person) for person in document["people"]}
    company: dict[int, list[tuple[float, int]]] = {}
    for pair in document["together"]:
        for a, b in ((pair["first"], pair["second"]), (pair["second"], pair["first"])):
            company.setdefault(a, []).append((-pair["seconds"], b))
    rows = []
    for number, person in enumerate(people):
        seconds, doubts = [0.0] * len(place), [""] * len(place)
        for seen in person["films"]:
            at = place[seen["film"]]
            seconds[at] += seen["screen_time_seconds"]
            if seen["probability"] is not None:
                doubts[at] = f"{seen['probability']:.0%}"
        longest = max(person["films"], key=lambda seen: (seen["screen_time_seconds"], seen["film"]))
        face = shelf.face(longest["film"], longest["person"])
        rows.append(
            Row(
                person["id"],
                label[person["id"]],
                _uri(face) if number < _FACES else "",
                span_text(person["screen_time_seconds"]),
                sum(s > 0 for s in seconds),
                tuple(span_text(s) if s else "" for s in seconds),
                tuple(doubts),
                tuple(
                    (label[other], span_text(-time))
                    for time, other in sorted(company.get(person["id"], []))[: report.exemplars]
                ),
            )
        )
    return rows


def _uri(path: Path) -> str:
    if not path.is_file():
        return ""
    return "data:image/jpeg;base64," + base64.b64encode(path.read_bytes()).decode()
