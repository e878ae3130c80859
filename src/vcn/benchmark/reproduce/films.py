"""The films of a published table, by its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from vcn.benchmark.clips import people_of_tracks
from vcn.benchmark.layouts import NamedFilm, read_bcl_folder, read_vpcd
from vcn.benchmark.reproduce.published import DATA, EPISODES, PublishedTable
from vcn.benchmark.training_data import read_training_film
from vcn.config import RunConfig
from vcn.errors import DataError
from vcn.methods import TrackFilm
from vcn.pipeline import Run
from vcn.types import Embeddings

Films = Mapping[str, Sequence[NamedFilm]]
"""Of each column the films whose scores are averaged; columns without any are missing."""

_FIRST = {"bbt": "ids/{}.ids", "multi-face": "aln.npz", "vpcd": "{}.pkl"}
"""What the first film of a layout is called; of others NAME.npz."""

_VIDEO = (".mp4", ".mkv", ".mov", ".avi")


def films_of(table: PublishedTable, data: Path, run_config: RunConfig) -> Films:
    """Read what is there of a table's films.

    Raises:
        DataError: None of them is there, or one is not valid.
    """
    if not data.is_dir():
        raise DataError(f"there is no folder {data}", f"The data: {DATA[table.layout]}")
    readers: dict[str, Callable[[], Films]] = {
        "bbt": lambda: _episodes(table, data),
        "movies": lambda: _named(table.columns, data, run_config),
        "multi-face": lambda: _with_mean(
            _named(("aln", "bff", "dd2", "hf", "mt", "nh"), data, run_config), table
        ),
        "vpcd": lambda: {
            path.stem: read_vpcd(path)
            for path in sorted((*data.rglob("*.pkl"), *data.rglob("*.pickle")))
            if path.stem in table.columns
        },
    }
    found = readers[table.layout]()
    if not found:
        name = _FIRST.get(table.layout, "{}.npz").format(table.columns[0])
        if table.layout == "bbt" and table.columns[0] not in EPISODES:
            name = "the six of ids/bbt_s01e01.ids"
        raise DataError(
            f"none of the films of {table.name} is in {data}, such as {name}",
            f"The data: {DATA[table.layout]}",
        )
    return found


def _episodes(table: PublishedTable, data: Path) -> Films:
    episodes = {each.film.name: each for each in read_bcl_folder(data, required=True)}
    if table.named_only:
        episodes = {name: _named_people(each) for name, each in episodes.items()}
    out: dict[str, list[NamedFilm]] = {name: [each] for name, each in episodes.items()}
    # Background people of two series may have one name.
    series = {
        show: [_prefixed(each, show) for name, each in episodes.items() if name.startswith(show)]
        for show in ("bbt", "buffy")
    }
    for show, films in series.items():
        if len(films) == len([name for name in EPISODES if name.startswith(show)]):
            out[show] = [joined(show, films)]
    if {"bbt", "buffy"} <= out.keys():
        out["both"] = [joined("both", [*series["bbt"], *series["buffy"]])]
    return {column: out[column] for column in table.columns if column in out}


def _named_people(each: NamedFilm) -> NamedFilm:
    kept = np.array([not name.lower().startswith("unknown") for name in each.people])
    tracks = np.flatnonzero(kept)
    position = np.full(each.film.n_tracks, -1, np.int64)
    position[tracks] = np.arange(len(tracks))
    rows = kept[each.film.embeddings.track_index]
    links = each.film.cannot_link
    if links is not None:
        links = position[links]
        links = links[(links >= 0).all(axis=1)]
    film = TrackFilm(
        Embeddings(
            each.film.embeddings.values[rows],
            position[each.film.embeddings.track_index[rows]],
            normalised=False,
        ),
        len(tracks),
        cannot_link=links,
        name=each.film.name,
    )
    return NamedFilm(film, tuple(each.people[track] for track in tracks.tolist()))


def _prefixed(each: NamedFilm, show: str) -> NamedFilm:
    return NamedFilm(each.film, tuple(f"{show} {name}" for name in each.people))


def joined(name: str, films: Iterable[NamedFilm]) -> NamedFilm:
    """Several films as one: all tracks beside each other, people by name."""
    parts = list(films)
    offset = np.cumsum([0, *(each.film.n_tracks for each in parts)])
    links = [
        each.film.cannot_link + start
        for each, start in zip(parts, offset, strict=False)
        if each.film.cannot_link is not None
    ]
    film = TrackFilm(
        Embeddings(
            np.concatenate([each.film.embeddings.values for each in parts]),
            np.concatenate(
                [
                    each.film.embeddings.track_index + start
                    for each, start in zip(parts, offset, strict=False)
                ]
            ),
            normalised=False,
        ),
        int(offset[-1]),
        cannot_link=np.concatenate(links) if links else None,
        name=name,
    )
    return NamedFilm(film, tuple(person for each in parts for person in each.people))


def _named(names: Sequence[str], data: Path, run_config: RunConfig) -> Films:
    """NAME.npz of features, or a film with its labels."""
    out = {}
    for name in names:
        features = data / f"{name}.npz"
        videos = [data / f"{name}{ending}" for ending in _VIDEO]
        video = next((path for path in videos if path.is_file()), None)
        if features.is_file():
            film, people = read_training_film(features)
            out[name] = [_known(NamedFilm(film, people or ()))]
        elif video is not None:
            labels = data / f"{name}.labels.csv"
            if not labels.is_file():
                raise DataError(f"there is no {labels}", "It says who is who in the film")
            run = Run.prepare(video, run_config, None, None)
            scan = run.scan()
            tracks = run.track_film(scan, run.embed(scan))
            people = tuple(people_of_tracks(run, scan, labels))
            out[name] = [NamedFilm(tracks, people)]
    return out


def _known(each: NamedFilm) -> NamedFilm:
    if not any(each.people):
        raise DataError(f"no track of {each.film.name} has a known person")
    return each


def _with_mean(films: Films, table: PublishedTable) -> Films:
    """The columns of a table whose `mean` is that of all films."""
    out = {column: films[column] for column in table.columns if column in films}
    if "mean" in table.columns and films:
        out["mean"] = [film for each in films.values() for film in each]
    return out
