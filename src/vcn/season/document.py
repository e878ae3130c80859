"""season.json: who is in which films, when, and how surely (season.schema.json)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any

import vcn
from vcn.config import SEASON_VERSION
from vcn.errors import DataError
from vcn.report.checked import load_object
from vcn.report.document import Json, plain
from vcn.season.gather import Appearance, Gathered, shared
from vcn.season.identity import Known, keep_ids, named
from vcn.season.link import Linked
from vcn.season.parts import Parts
from vcn.season.shelf import FilmRecord, Shelf


def read_season(shelf: Shelf) -> Json:
    """season.json of a folder.

    Raises:
        DataError: It is missing, damaged, or of a later version.
    """
    if not shelf.document.is_file():
        raise DataError(f"there is no season in {shelf.root}", "Make it with vcn season")
    values = load_object(shelf.document)
    version = str(values.get("schema_version"))
    if version.split(".")[0] != SEASON_VERSION.split(".")[0]:
        raise DataError(
            f"{shelf.document} has the version {version[:20]!r}; this vcn reads {SEASON_VERSION}",
            "Use the vcn that wrote it, or remove it: names and ids are then lost",
        )
    return values


def known_people(document: Mapping[str, Any] | None) -> tuple[list[Known], int]:
    """The people of a season as it was, and the first id that nobody has had.

    Raises:
        DataError: The document is damaged.
    """
    if document is None:
        return [], 1
    try:
        content = {film["id"]: film["content_hash"] for film in document["films"]}
        people = [
            Known(
                person["id"],
                person["name"],
                tuple(
                    (content[seen["film"]], tuple((a, b) for a, b in seen["times"]))
                    for seen in person["films"]
                ),
            )
            for person in document["people"]
        ]
        return people, int(document["next_id"])
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"season.json is damaged: {error!r}", "Make it again") from error


def season_document(
    gathered: Gathered,
    parts: Parts,
    linked: Linked,
    before: Mapping[str, Any] | None,
    missing: Sequence[FilmRecord],
    shelf: Shelf,
) -> tuple[Json, dict[int, int]]:
    """The content of season.json: plain values, in a fixed order; and the id of each label.

    Args:
        gathered: The films.
        parts: Who is in them.
        linked: Who is who.
        before: season.json as it was.
        missing: Films that are not there any more.
        shelf: The folder.
    """
    known, next_id = known_people(before)
    ids, next_id = keep_ids(parts.labels, parts.seen, known, next_id)
    names = {person.id: person.name for person in known}
    members: dict[int, list[int]] = defaultdict(list)
    for p, label in enumerate(parts.labels.tolist()):
        members[ids[label]].append(p)
    seen = parts.seen
    films = sorted(gathered.films, key=lambda film: (film[0].path, film[0].id))
    place = {record.id: n for n, (record, _) in enumerate(films)}
    people = []
    for identity in sorted(members):
        own = sorted(members[identity], key=lambda p: place[seen[p].film.id])
        people.append(
            {
                "id": identity,
                "name": named([seen[p] for p in own], names.get(identity)),
                "screen_time_seconds": _seconds(sum(seen[p].seconds for p in own)),
                "films": [_appearance(seen[p], float(parts.probability[p])) for p in own],
            }
        )
    document: Json = {
        "schema_version": SEASON_VERSION,
        "vcn_version": vcn.__version__,
        "pack": films[0][0].pack if films else None,
        "next_id": next_id,
        "films": [
            {
                "id": record.id,
                "path": record.path,
                "content_hash": record.content_hash,
                "clusters": shelf.clusters(record.id).relative_to(shelf.root).as_posix(),
                "duration_seconds": file.video.duration_seconds,
                "people": len(file.people),
            }
            for record, file in films
        ],
        "missing": [{"id": record.id, "path": record.path} for record in missing],
        "people": people,
        "together": _together(seen, {p: i for i, own in members.items() for p in own}),
        "calibration": _calibration(linked),
    }
    written: Json = plain(document)
    return written, ids


def ids_by_film(document: Json) -> dict[str, dict[int, int]]:
    """Id in the season of each person of each film; of one in parts, that of the longest."""
    out: dict[str, dict[int, int]] = {film["id"]: {} for film in document["films"]}
    longest: dict[tuple[str, int], float] = {}
    for person in document["people"]:
        for seen in person["films"]:
            key, seconds = (seen["film"], seen["person"]), seen["screen_time_seconds"]
            if seconds > longest.get(key, -1.0):
                longest[key] = seconds
                out[seen["film"]][seen["person"]] = person["id"]
    return out


def _appearance(seen: Appearance, probability: float) -> Json:
    person = seen.person
    return {
        "film": seen.film.id,
        "person": person.id,
        "probability": None if math.isnan(probability) else round(probability, 4),
        "screen_time_seconds": _seconds(seen.seconds),
        "first_seconds": person.first_seconds if seen.whole else seen.times[0][0],
        "last_seconds": person.last_seconds if seen.whole else seen.times[-1][1],
        **({} if seen.whole else {"tracks": list(seen.tracks)}),
        **({"ignored": True} if person.ignored else {}),
        "times": [[_seconds(a), _seconds(b)] for a, b in seen.times],
    }


def _together(seen: Sequence[Appearance], identity: Mapping[int, int]) -> list[Json]:
    """Who is on screen with whom, and how long."""
    films: dict[str, list[int]] = defaultdict(list)
    for p, appearance in enumerate(seen):
        films[appearance.film.id].append(p)
    seconds: dict[tuple[int, int], float] = defaultdict(float)
    count: dict[tuple[int, int], int] = defaultdict(int)
    for people in films.values():
        for a, b in combinations(people, 2):
            if identity[a] == identity[b]:
                continue
            common = shared(seen[a].times, seen[b].times)
            if common > 0:
                first, second = sorted((identity[a], identity[b]))
                seconds[first, second] += common
                count[first, second] += 1
    return [
        {"first": a, "second": b, "seconds": _seconds(seconds[a, b]), "films": count[a, b]}
        for a, b in sorted(seconds)
    ]


def _calibration(linked: Linked) -> Json:
    values = asdict(linked.mixture)
    del values["track"], values["likelihood"], values["start_rate"]
    return {**values, "prior": linked.prior, "floor": linked.floor}


def _seconds(value: float) -> float:
    return round(value, 3)
