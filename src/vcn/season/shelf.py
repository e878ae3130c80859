"""The folder of a season: a folder a film, season.json and the page over all of them.

    season/season.json
    season/season.report.html
    season/archive/                         tables for the search, see archive.py
    season/films/NAME/film.json             what the film was when it was done
    season/films/NAME/NAME.clusters.json    as of vcn cluster, with ids of the season
    season/films/NAME/looks.parquet         the looks of its people
    season/films/NAME/faces/PERSON.jpg      a face of each

film.json is written last: a film without one is not done.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from vcn.errors import DataError, OutputError
from vcn.report.checked import load_object
from vcn.runtime.whole import replace_file

FILMS = "films"


@dataclass(frozen=True, slots=True)
class FilmRecord:
    """A film that is done."""

    id: str
    """Name of its folder."""
    path: str
    size: int
    modified: int
    """Nanoseconds since the epoch."""
    content_hash: str
    key: str
    """Fingerprint of the content, the choices and the corrections that made the result."""
    pack: str
    face_model: str
    """SHA-256 of its file."""
    impostor_cosine: float | None
    """As of `FaceModelSpec`."""

    def untouched(self) -> bool:
        """Whether the file looks as it did: then it is not read again."""
        try:
            state = Path(self.path).stat()
        except OSError:
            return False
        return (state.st_size, state.st_mtime_ns) == (self.size, self.modified)


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder of a season."""

    root: Path

    def check(self) -> None:
        """See that it can be a folder, before anything is done for it.

        Raises:
            OutputError: Something else is in its place.
        """
        for place in (self.root, *self.root.parents):
            if place.exists() and not place.is_dir():
                raise OutputError(f"{place} is a file, no folder", "Choose another with -o")

    @property
    def document(self) -> Path:
        """season.json."""
        return self.root / "season.json"

    @property
    def page(self) -> Path:
        """The report."""
        return self.root / "season.report.html"

    @property
    def archive(self) -> Path:
        """Folder of the tables for the search."""
        return self.root / "archive"

    def folder(self, film: str) -> Path:
        """Of a film, by its id."""
        return self.root / FILMS / film

    def clusters(self, film: str) -> Path:
        """clusters.json of a film."""
        return self.folder(film) / f"{film}.clusters.json"

    def looks(self, film: str) -> Path:
        """Its looks."""
        return self.folder(film) / "looks.parquet"

    def face(self, film: str, person: int) -> Path:
        """A face of one of its people."""
        return self.folder(film) / "faces" / f"{person}.jpg"

    def records(self) -> dict[str, FilmRecord]:
        """The films that are done, by id.

        Raises:
            DataError: A record is damaged.
        """
        found = sorted((self.root / FILMS).glob("*/film.json"))
        return {path.parent.name: _record(path) for path in found}

    def any_record(self) -> FilmRecord:
        """The first film: all have one face model.

        Raises:
            DataError: There is none.
        """
        for path in sorted((self.root / FILMS).glob("*/film.json")):
            return _record(path)
        raise DataError(f"there is no film in {self.root}", "Make the season with vcn season")

    def put(self, record: FilmRecord) -> None:
        """Say that a film is done."""
        content = json.dumps(asdict(record), indent=1, ensure_ascii=False) + "\n"
        replace_file(self.folder(record.id) / "film.json", content.encode())

    def whole(self, film: str) -> bool:
        """Whether all that a season needs of a film is there."""
        return self.clusters(film).is_file() and self.looks(film).is_file()

    def forget(self, film: str) -> None:
        """Say that a film is not done (any more)."""
        (self.folder(film) / "film.json").unlink(missing_ok=True)

    def make(self, film: str) -> None:
        """Make the folder of a film.

        Raises:
            OutputError: It cannot be made.
        """
        try:
            (self.folder(film) / "faces").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"the folder {self.folder(film)} cannot be made: {error.strerror}",
                "Choose another with -o",
            ) from error


def _record(path: Path) -> FilmRecord:
    values: Mapping[str, object] = load_object(path)
    known = {field.name for field in fields(FilmRecord)}
    if not known <= set(values):
        raise DataError(f"{path} is damaged", "Remove it: its film is then done again")
    return FilmRecord(**{name: values[name] for name in known})  # type: ignore[arg-type]
