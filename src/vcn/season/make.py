"""A season from its films: link, number, write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vcn.config import RunConfig, SeasonConfig
from vcn.errors import UsageError
from vcn.report.checked import load_object
from vcn.report.document import Json
from vcn.report.write import as_json
from vcn.runtime.whole import replace_file
from vcn.season.archived import write_archive
from vcn.season.document import ids_by_film, read_season, season_document
from vcn.season.gather import gather
from vcn.season.link import link_cast
from vcn.season.page import render_page
from vcn.season.parts import parts_of
from vcn.season.shelf import FilmRecord, Shelf


def make_season(
    records: Sequence[FilmRecord],
    missing: Sequence[FilmRecord],
    shelf: Shelf,
    config: RunConfig,
    season: SeasonConfig,
    names: Mapping[int, str],
) -> Json:
    """Link the people of the films that are done and write what came out.

    Args:
        records: The films.
        missing: Films that are not there any more.
        shelf: The folder.
        config: Priors of distances; size of pictures.
        season: How people are linked.
        names: Given to people of the season, by id.

    Returns:
        The content of season.json.

    Raises:
        DataError: What a film left is damaged.
        OutputError: Something cannot be written.
    """
    before = read_season(shelf) if shelf.document.exists() else None
    gathered = gather(records, shelf, co_occurrence=config.cluster.co_occurrence)
    cosine = records[0].impostor_cosine if records else None
    linked = link_cast(gathered.cast, cosine, season, config.evidence)
    parts = parts_of(gathered, linked)
    named = _named(before, names)
    document, ids_of = season_document(gathered, parts, linked, named, missing, shelf)
    write_archive(shelf, document, gathered.cast.looks, ids_of, linked)
    for film, ids in ids_by_film(document).items():
        _mark(shelf.clusters(film), ids)
    replace_file(shelf.page, render_page(document, shelf, season, config.report))
    replace_file(shelf.document, as_json(document))
    return document


def check_names(shelf: Shelf, names: Mapping[int, str]) -> None:
    """See that all who are to be named are in the season as it was.

    Raises:
        UsageError: Somebody is not.
        DataError: season.json cannot be read.
    """
    before = read_season(shelf) if names and shelf.document.exists() else None
    known = {person["id"] for person in before["people"]} if before else set()
    if unknown := sorted(set(names) - known):
        raise UsageError(
            f"nobody in {shelf.root} has the id {unknown[0]}",
            "Give --name the id of a person that is in season.json, when the season is made",
        )


def _named(before: Json | None, names: Mapping[int, str]) -> Json | None:
    if before is None:
        return None
    people = [{**p, "name": names.get(p["id"], p["name"])} for p in before["people"]]
    return {**before, "people": people}


def _mark(clusters: Path, ids: Mapping[int, int]) -> None:
    """Write the ids of the season into a film's result, where they are other ones."""
    document: dict[str, Any] = load_object(clusters)
    people = [{**person, "season_id": ids[person["id"]]} for person in document["people"]]
    if people != document["people"]:
        replace_file(clusters, as_json({**document, "people": people}))
