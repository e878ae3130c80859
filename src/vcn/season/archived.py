"""Writes the tables that `archive.py` searches."""

from __future__ import annotations

import numpy as np

from vcn.errors import OutputError
from vcn.report.document import Json
from vcn.season.document import ids_by_film
from vcn.season.gather import Gathered
from vcn.season.link import Linked
from vcn.season.looks import COLUMNS
from vcn.season.shelf import Shelf
from vcn.season.tables import write_table


def write_archive(shelf: Shelf, document: Json, gathered: Gathered, linked: Linked) -> None:
    """Write what the search reads.

    Raises:
        OutputError: It cannot be written.
    """
    try:
        shelf.archive.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{shelf.archive} cannot be made: {error.strerror}") from error
    paths = {film["id"]: film["path"] for film in document["films"]}
    rows = [(person, seen) for person in document["people"] for seen in person["films"]]
    write_table(
        shelf.archive / "people.parquet",
        {
            "id": np.array([person["id"] for person, _ in rows], np.int64),
            "name": [person["name"] for person, _ in rows],
            "film": [seen["film"] for _, seen in rows],
            "path": [paths[seen["film"]] for _, seen in rows],
            "person": np.array([seen["person"] for _, seen in rows], np.int64),
            "probability": np.array(
                [np.nan if s["probability"] is None else s["probability"] for _, s in rows],
                np.float64,
            ),
            "screen_time": np.array([s["screen_time_seconds"] for _, s in rows], np.float64),
            "times": [[edge for span in seen["times"] for edge in span] for _, seen in rows],
        },
        {},
    )
    looks = gathered.cast.looks
    ids = ids_by_film(document)
    identity = [ids[seen.film.id][seen.person.id] for seen in gathered.appearances]
    anchor = np.zeros(len(looks), np.bool_)
    anchor[linked.anchors] = True
    write_table(
        shelf.archive / "looks.parquet",
        {
            **{name: getattr(looks, name) for name in COLUMNS},
            "id": np.array(identity, np.int64)[looks.person],
            "effect": linked.effect,
            "anchor": anchor,
        },
        {"calibration": document["calibration"]},
    )
    graph = shelf.archive / "looks.usearch"
    if linked.index is not None:
        linked.index.save(graph)
    else:
        graph.unlink(missing_ok=True)
