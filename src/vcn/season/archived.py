"""Writes the tables that `archive.py` searches."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vcn.errors import OutputError
from vcn.report.document import Json
from vcn.season.link import Linked
from vcn.season.looks import COLUMNS, Looks
from vcn.season.shelf import Shelf
from vcn.season.tables import write_table


def write_archive(
    shelf: Shelf, document: Json, looks: Looks, ids: Mapping[int, int], linked: Linked
) -> None:
    """Write what the search reads.

    Args:
        shelf: Of the season.
        document: Content of season.json.
        looks: Of all films.
        ids: Id of each label.
        linked: Who is who.

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
    identity = np.array([ids[label] for label in linked.labels.tolist()], np.int64)
    anchor = np.zeros(len(looks), np.bool_)
    anchor[linked.anchors] = True
    write_table(
        shelf.archive / "looks.parquet",
        {
            **{name: getattr(looks, name) for name in COLUMNS},
            "id": identity[looks.person],
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
