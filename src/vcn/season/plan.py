"""Which films there are, which are done, and which are to be done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vcn.config import RunConfig, SeasonConfig
from vcn.errors import InputError, UsageError, VcnError
from vcn.season.shelf import FilmRecord, Shelf
from vcn.season.work import FilmTask, film_key
from vcn.video import content_hash
from vcn.video.container import readable
from vcn.weights.packs import load_parts, sha256_of


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done."""

    kept: tuple[FilmRecord, ...]
    """Films that are done."""
    tasks: tuple[FilmTask, ...]
    missing: tuple[FilmRecord, ...]
    """Films that were done and are not there any more: they leave the season."""
    unreadable: tuple[tuple[Path, str], ...]
    """Files that look like films and cannot be read, and why."""
    notes: tuple[str, ...]
    """What a reader should know: files that were skipped, films that changed."""


def find_films(
    sources: Sequence[Path], shelf: Shelf, config: SeasonConfig
) -> tuple[list[Path], list[str]]:
    """The films that were given, or are in folders that were; what was skipped, in words.

    Raises:
        InputError: There is none, or one is not there.
    """
    films: dict[Path, None] = {}
    skipped = 0
    root = shelf.root.absolute()
    for source in sources:
        if not source.is_dir():
            films[readable(source)] = None
            continue
        for path in sorted(source.absolute().rglob("*")):
            if not path.is_file() or path.is_relative_to(root):
                continue
            if path.suffix.lower() in config.suffixes and not path.name.startswith("."):
                films[path] = None
            else:
                skipped += 1
    notes = [f"{skipped} other files skipped"] if skipped else []
    if not films and not shelf.records():
        where = ", ".join(map(str, sources))
        raise InputError(f"there is no film in {where}", "Give films, or a folder of films")
    return list(films), notes


def make_plan(
    sources: Sequence[Path],
    shelf: Shelf,
    config: RunConfig,
    season: SeasonConfig,
    work_dir: Path | None,
    *,
    redo: bool,
) -> Plan:
    """Compare what is there with what is done.

    Raises:
        UsageError: The season was made with another face model.
        InputError: There is no film.
        PackError: The pack is not there.
    """
    films, notes = find_films(sources, shelf, season)
    records = shelf.records()
    pack, _, face_model = load_parts(config)
    pack.verify()
    wanted = sha256_of(face_model.path)
    for record in records.values():
        if record.face_model != wanted and not redo:
            raise UsageError(
                f"{shelf.root} was made with the pack {record.pack}: faces of two models cannot "
                "be compared",
                f"Use --pack {record.pack}, or do all films again with --redo",
            )
    known = {record.path: record for record in records.values()}
    films += [Path(p) for p in known if Path(p).is_file() and Path(p) not in set(films)]
    kept: list[FilmRecord] = []
    tasks: list[FilmTask] = []
    unreadable: list[tuple[Path, str]] = []
    seen: dict[str, Path] = {}
    names = _Names(records)
    by_content = {record.content_hash: record for record in records.values()}
    for film in films:
        before = known.get(str(film))
        try:
            content = before.content_hash if before and before.untouched() else content_hash(film)
        except VcnError as error:
            unreadable.append((film, str(error)))
            continue
        if content in seen:
            notes.append(f"{film} is the same film as {seen[content]}: skipped")
            continue
        seen[content] = film
        if before is not None and content != before.content_hash:
            notes.append(f"{film} changed: it is done again")
        moved = by_content.get(content)
        if moved is not None and moved is not before and not Path(moved.path).is_file():
            notes.append(f"{moved.path} is now {film}")
            before = moved
        identity = before.id if before is not None else names.of(film)
        key = film_key(content, config, season, shelf.clusters(identity))
        if before is not None and before.key == key and shelf.whole(identity) and not redo:
            state = film.stat()
            now = replace(before, path=str(film), size=state.st_size, modified=state.st_mtime_ns)
            if now != before:
                shelf.put(now)
            kept.append(now)
        else:
            tasks.append(FilmTask(film, identity, shelf.root, config, season, work_dir))
    there = {record.id for record in kept} | {task.id for task in tasks}
    gone = tuple(record for record in records.values() if record.id not in there)
    bad = {str(film) for film, _ in unreadable}
    notes += [f"{r.path} is not there any more: left out" for r in gone if r.path not in bad]
    return Plan(tuple(kept), tuple(tasks), gone, tuple(unreadable), tuple(notes))


class _Names:
    """Names of folders, one for each film."""

    def __init__(self, taken: Mapping[str, object] | Iterable[str]) -> None:
        self._taken = set(taken)

    def of(self, film: Path) -> str:
        """The film's name, or with a number after it."""
        stem = film.stem.encode("utf-8", "replace").decode()
        name, number = stem, 1
        while name in self._taken:
            number += 1
            name = f"{stem}-{number}"
        self._taken.add(name)
        return name
