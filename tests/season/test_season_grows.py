"""A season as films come, move, change and go."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from short_film import write_short_film

from vcn.season.shelf import Shelf

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two films with one person in both, and a third."""
    folder = tmp_path_factory.mktemp("films")
    for name, shots in (("one", (1, 3)), ("two", (10,)), ("three", (3, 2))):
        write_short_film(folder / f"{name}.mp4", 0.4, shots)
    return folder


class Season:
    """A folder of films and its season."""

    def __init__(self, root: Path, films: Path, run: Run) -> None:
        self.films, self._source, self._run = root / "films", films, run
        self.shelf, self._work = Shelf(root / "season"), films / "work"
        self.films.mkdir(parents=True)

    def put(self, name: str, content: str = "") -> Path:
        to = self.films / f"{name}.mp4"
        shutil.copy(self._source / f"{content or name}.mp4", to)
        return to

    def make(self, *more: str) -> tuple[str, str]:
        """What was said, and noted."""
        where = "-o", self.shelf.root, "--work-dir", self._work
        code, out, err = self._run("season", self.films, *where, "--adapt", "off", *more)
        assert code == 0, err
        return out, err

    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.shelf.document.read_text())
        return found

    def people(self) -> dict[int, set[tuple[str, int]]]:
        """Films and people in them, by id."""
        return {
            one["id"]: {(Path(seen["film"]).stem, seen["person"]) for seen in one["films"]}
            for one in self.document()["people"]
        }


@pytest.fixture
def season(tmp_path: Path, films: Path, run: Run) -> Callable[[str], Season]:
    return lambda name: Season(tmp_path / name, films, run)


def test_people_do_not_depend_on_the_order_in_which_films_came(
    season: Callable[[str], Season],
) -> None:
    found = []
    for order in (("one", "two", "three"), ("three", "two", "one")):
        grown = season(order[0])
        for n, name in enumerate(order):
            grown.put(name)
            before = grown.people() if n else {}
            out, _ = grown.make()
            assert f"1 films done, {n} kept from before" in out
            after = grown.people()
            for identity, parts in before.items():  # ids stay with whom they were given
                assert parts <= after.get(identity, set())
        found.append(sorted(map(sorted, grown.people().values())))
    assert found[0] == found[1]
    assert any(len(parts) > 1 for parts in found[0])
    whole = season("whole")
    for name in ("one", "two", "three"):
        whole.put(name)
    whole.make()
    assert sorted(map(sorted, whole.people().values())) == found[0]


def test_a_film_that_moves_changes_or_goes_is_noticed(season: Callable[[str], Season]) -> None:
    season_ = season("one")
    one, two = season_.put("one"), season_.put("two")
    season_.make()
    both = next(i for i, parts in season_.people().items() if len(parts) == 2)
    season_.make("--name", f"{both}=Anna")
    moved = one.rename(one.with_name("uno.mp4"))
    out, err = season_.make()
    assert "0 films done, 2 kept from before" in out
    assert f"{one} is now {moved}" in err
    season_.put("two", "three")
    out, err = season_.make()
    assert "1 films done, 1 kept from before" in out
    assert f"{two} changed: it is done again" in err
    two.unlink()
    out, err = season_.make()
    assert "0 films done, 1 kept from before, 0 failed, 1 missing" in out
    assert f"{two} is not there any more: left out" in err
    document = season_.document()
    assert [film["path"] for film in document["films"]] == [str(moved)]
    assert [film["path"] for film in document["missing"]] == [str(two)]
    assert "Anna" in [person["name"] for person in document["people"]]
