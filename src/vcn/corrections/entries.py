"""What a person said about a film: one entry a line, pointing to places in the film.

A place is a moment and a box, never the number of a track or of a person: it means the
same under another model pack, detector, seed or version of vcn. The format is described in
docs/corrections.md and by corrections.schema.json.
"""

from __future__ import annotations

import json
import math
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from vcn.config import CORRECTIONS_VERSION, NAME_CHARACTERS
from vcn.errors import DataError

Box = tuple[float, float, float, float]

_MAX_PLACES = 50_000
_MAX_TEXT = 200


class Kind(StrEnum):
    """What is said."""

    same = "same"
    """`places` all show one person."""
    different = "different"
    """Whoever is at `places` is nobody who is at `others`."""
    move = "move"
    """`places` show the person at `to` (without `to`: a person of their own), and not the
    one at `from`."""
    name = "name"
    """The person at the first of `places` where a face is found is called `name`."""
    not_a_face = "not_a_face"
    """There is no face at `places`."""
    ignore = "ignore"
    """Nobody needs the person at the first of `places` where a face is found."""
    unsure = "unsure"
    """Who was asked about `places` and `others` could not tell."""
    undo = "undo"
    """The entry `of` does not count (of an undo: it counts again)."""


@dataclass(frozen=True, slots=True)
class Place:
    """A moment of a film and a box in its picture."""

    seconds: float
    """In the stream's own clock."""
    xyxy: Box
    """Displayed pixels."""

    def as_dict(self) -> dict[str, Any]:
        """As it is written."""
        return {"seconds": self.seconds, "xyxy": list(self.xyxy)}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger."""

    kind: Kind
    film: str
    """Content hash of the film."""
    picture: tuple[int, int]
    """Displayed width and height, the units of the boxes."""
    places: tuple[Place, ...] = ()
    others: tuple[Place, ...] = ()
    to: tuple[Place, ...] = ()
    origin: tuple[Place, ...] = ()
    """Written as `from`."""
    name: str | None = None
    of: str | None = None
    """Id of the entry that an undo takes back."""
    id: str = ""
    action: str = ""
    """Entries of one click have one action: they are undone together."""
    time: str = ""
    """UTC, ISO 8601."""
    author: str = ""
    version: str = field(default=CORRECTIONS_VERSION)

    def stamped(self, action: str, author: str) -> Entry:
        """With an id of its own and the present time."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return replace(self, id=secrets.token_hex(8), action=action, time=now, author=author)

    def scaled(self, picture: tuple[int, int]) -> Entry:
        """With its boxes in a picture of another size."""
        if picture == self.picture:
            return self
        x, y = picture[0] / self.picture[0], picture[1] / self.picture[1]

        def moved(places: tuple[Place, ...]) -> tuple[Place, ...]:
            return tuple(
                Place(p.seconds, (p.xyxy[0] * x, p.xyxy[1] * y, p.xyxy[2] * x, p.xyxy[3] * y))
                for p in places
            )

        return replace(
            self,
            picture=picture,
            places=moved(self.places),
            others=moved(self.others),
            to=moved(self.to),
            origin=moved(self.origin),
        )

    def line(self) -> bytes:
        """The whole line with its end."""
        value: dict[str, Any] = {
            "schema_version": self.version,
            "id": self.id,
            "action": self.action,
            "time": self.time,
            "author": self.author,
            "kind": str(self.kind),
            "film": self.film,
            "picture": list(self.picture),
        }
        for key, places in (
            ("places", self.places),
            ("others", self.others),
            ("to", self.to),
            ("from", self.origin),
        ):
            if places:
                value[key] = [place.as_dict() for place in places]
        if self.name is not None:
            value["name"] = self.name
        if self.of is not None:
            value["of"] = self.of
        return json.dumps(value, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def clean_name(text: str) -> str:
    """A name as it is kept: composed (NFC), one line, no control characters.

    Right-to-left text and emoji stay as they are; marks that turn the direction of what
    follows a name (Unicode's embeddings, overrides and isolates) are left out.

    Raises:
        DataError: It is too long.
    """
    if len(text) > 4 * _MAX_TEXT:
        raise DataError(f"a name has {len(text)} characters", f"At most {_MAX_TEXT} are kept")
    kept = (c for c in text if c not in _DIRECTIONS)
    name = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in kept)
    name = unicodedata.normalize("NFC", " ".join(name.split()))
    if len(name) > NAME_CHARACTERS:
        raise DataError(f"a name has {len(name)} characters", f"At most {NAME_CHARACTERS} are kept")
    return name


_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def folded(name: str) -> str:
    """What two ways of writing one name have in common: letter case and width aside."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def parse(value: Mapping[str, Any]) -> Entry:
    """An entry from its JSON object; keys that are not known are left alone.

    Raises:
        DataError: It is no entry. The message says what is wrong, without the place.
    """
    kind = value.get("kind")
    if not isinstance(kind, str) or kind not in set(Kind):
        raise DataError(f"the kind {_short(kind)} is not known")
    picture = value.get("picture")
    if (
        not isinstance(picture, list)
        or len(picture) != 2
        or not all(type(side) is int and 0 < side < 1 << 20 for side in picture)
    ):
        raise DataError("picture must be two whole numbers")
    entry = Entry(
        kind=Kind(kind),
        film=_text(value, "film"),
        picture=(picture[0], picture[1]),
        places=_places(value, "places"),
        others=_places(value, "others"),
        to=_places(value, "to"),
        origin=_places(value, "from"),
        name=clean_name(_text(value, "name", None)) if "name" in value else None,
        of=_text(value, "of") if "of" in value else None,
        id=_text(value, "id"),
        action=_text(value, "action") if "action" in value else _text(value, "id"),
        time=_text(value, "time"),
        author=_text(value, "author") if "author" in value else "",
        version=_text(value, "schema_version"),
    )
    _check(entry)
    return entry


def _check(entry: Entry) -> None:
    kind = entry.kind
    if not entry.id:
        raise DataError("id must not be empty")
    if kind == Kind.undo:
        if not entry.of:
            raise DataError("an undo says which entry it is `of`")
        return
    if len(entry.places) < (2 if kind == Kind.same else 1):
        raise DataError(f"{kind} has too few places")
    if kind in (Kind.different, Kind.unsure) and not entry.others:
        raise DataError(f"{kind} needs others")
    if kind == Kind.move and not (entry.to or entry.origin):
        raise DataError("move needs `to` or `from`")
    if kind == Kind.name and not entry.name:
        raise DataError("name needs a name")


def _text(value: Mapping[str, Any], key: str, limit: int | None = _MAX_TEXT) -> str:
    text = value.get(key)
    if not isinstance(text, str) or (limit is not None and len(text) > limit):
        raise DataError(f"{key} must be text" + (f" of at most {limit} characters" * bool(limit)))
    return text


def _places(value: Mapping[str, Any], key: str) -> tuple[Place, ...]:
    items = value.get(key, [])
    if not isinstance(items, list) or len(items) > _MAX_PLACES:
        raise DataError(f"{key} must be a list of places")
    return tuple(_place(item, key) for item in items)


def _place(item: object, key: str) -> Place:
    box = item.get("xyxy") if isinstance(item, dict) else None
    if not isinstance(item, dict) or not isinstance(box, list) or len(box) != 4:
        raise DataError(f"{key} must hold objects with seconds and xyxy")
    numbers = [item.get("seconds"), *box]
    if not all(_is_number(number) for number in numbers):
        raise DataError(f"{key} holds a value that is no number")
    seconds, x1, y1, x2, y2 = (float(number) for number in numbers)
    if x2 <= x1 or y2 <= y1:
        raise DataError(f"{key} holds a box without an inside")
    return Place(seconds, (x1, y1, x2, y2))


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and abs(value) < 1e9  # type: ignore[arg-type]


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:40] + "..."
