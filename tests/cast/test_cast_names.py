"""Who of the known people is in a film: on embeddings whose truth is known; the file of people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vcn.cast.known import Known, people_path, read_known, write_known
from vcn.cast.naming import names_of, probabilities
from vcn.cast.photographs import find_photographs
from vcn.config import CastConfig, EvidenceConfig
from vcn.errors import DataError, InputError, PackError
from vcn.season.looks import Looks
from vcn.types import Float64Array, FloatArray

IMPOSTOR = 0.1
CONFIG, EVIDENCE = CastConfig(), EvidenceConfig()


def looks(people: FloatArray, per: int, noise: float, seed: int, length: float) -> Looks:
    """`per` looks of each of some directions."""
    rng = np.random.default_rng(seed)
    means = np.repeat(people, per, axis=0) + noise * rng.normal(size=(len(people) * per, 128))
    means = length * means / np.linalg.norm(means, axis=1, keepdims=True)
    n = len(means)
    owner = np.repeat(np.arange(len(people)), per)
    return Looks(means.astype(np.float32), owner, np.full(n, 4), np.full(n, 100.0))


def known(people: FloatArray, names: tuple[str, ...], seed: int = 1, noise: float = 0.5) -> Known:
    found = looks(people, 2, noise, seed, 1.0)
    n = len(found)
    pictures = tuple((b"\xff\xd8" + bytes([i]),) for i in range(len(names)))
    return Known(names, found, np.ones(n, np.bool_), pictures, "open", "0" * 64, "cast")


def chances(film: Looks, n: int, cast: Known) -> Float64Array:
    return probabilities(film, n, cast, IMPOSTOR, CONFIG, EVIDENCE)


def test_the_known_are_found_and_strangers_are_not() -> None:
    for seed in range(5):
        people = np.random.default_rng(seed).normal(size=(9, 128))
        film = looks(people[:7], 3, 0.5, seed + 50, 0.9)  # 0 to 4 are known, 5 and 6 are not
        cast = known(people[[4, 2, 0, 1, 3, 7, 8]], tuple("eacbdxy"))
        chance = chances(film, 8, cast)  # person 7 has no face that can be used
        assert (chance.sum(axis=1) <= 1 + 1e-9).all()
        found = names_of(chance, cast.names, {}, CONFIG)
        sure = {p: one.name for p, one in found.items() if one.sure}
        assert sure == {0: "c", 1: "b", 2: "a", 3: "d", 4: "e"}
        assert all(found[p].probability < CONFIG.sure for p in (5, 6) if p in found)
        assert 7 not in found


def test_the_order_of_the_known_does_not_matter() -> None:
    people = np.random.default_rng(0).normal(size=(5, 128))
    film = looks(people, 2, 0.5, 9, 0.9)
    one, two = known(people, tuple("abcde")), known(people[::-1].copy(), tuple("edcba"))
    two = Known(
        two.names,
        Looks(one.looks.means[::-1].copy(), two.looks.person, one.looks.count, one.looks.size),
        one.photograph,
        two.pictures,
        *("open", "0" * 64, "cast"),
    )
    assert np.allclose(chances(film, 5, one), chances(film, 5, two)[:, ::-1])


def test_nobody_known_or_nobody_seen() -> None:
    people = np.random.default_rng(0).normal(size=(2, 128))
    film = looks(people, 2, 0.5, 9, 0.9)
    nobody = Looks(np.zeros((0, 128), np.float32), *(np.zeros(0, np.int64),) * 2, np.zeros(0))
    assert chances(nobody, 3, known(people, ("a", "b"))).tolist() == [[0, 0]] * 3
    assert names_of(np.zeros((3, 0)), (), {}, CONFIG) == {}
    assert chances(film, 2, known(people, ("a", "b"))).shape == (2, 2)


def test_of_two_with_one_name_the_likelier_has_it() -> None:
    chance = np.array([[0.9, 0.01], [0.97, 0.0], [0.6, 0.3], [0.01, 0.02]])
    found = names_of(chance, ("Ann", "Bob"), {}, CONFIG)
    assert {p: (one.name, one.sure, one.same_as) for p, one in found.items()} == {
        0: ("Ann", False, 1),
        1: ("Ann", True, None),
        2: ("Ann", False, 1),
    }


def test_a_name_that_a_person_gave_always_wins() -> None:
    chance = np.array([[0.99, 0.0], [0.98, 0.0], [0.0, 0.99]])
    found = names_of(chance, ("ANN", "Bob"), {0: "Zoë", 2: "ann"}, CONFIG)
    assert set(found) == {1}
    assert (found[1].sure, found[1].same_as) == (False, 2)


def test_an_unlikely_name_is_a_suggestion() -> None:
    found = names_of(np.array([[0.5], [0.04]]), ("Ann",), {}, CONFIG)
    assert {p: one.sure for p, one in found.items()} == {0: False}


def test_the_file_of_people(tmp_path: Path) -> None:
    people = np.random.default_rng(0).normal(size=(3, 128))
    made = known(people, ("Zoë 👩‍🚀", "שרה", "<b>x"))
    path = tmp_path / "cast.people"
    write_known(made, path)
    assert [one.name for one in tmp_path.iterdir()] == ["cast.people"]
    again = read_known(path)
    assert again.names == made.names
    assert again.pictures == made.pictures
    assert np.array_equal(again.looks.means, made.looks.means)
    again.check_model("open", "0" * 64, path, "film.mp4")
    with pytest.raises(PackError, match=r"Run vcn cluster film.mp4 --pack open --cast .*cast.peo"):
        again.check_model("buffalo_l", "1" * 64, path, "film.mp4")
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match="is damaged"):
        read_known(path)
    path.write_bytes(b"{}")
    with pytest.raises(DataError, match="is no file of people"):
        read_known(path)
    with pytest.raises(DataError, match="there is no file of people"):
        read_known(tmp_path / "nobody.people")


def test_a_file_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    people = np.random.default_rng(0).normal(size=(2, 128))
    for names in (("Ann", "ann"), ("Ann", "Bob", "Cy")):
        path = tmp_path / "cast.people"
        write_known(known(people, names), path)
        with pytest.raises(DataError, match="contradicts itself"):
            read_known(path)


def test_where_the_people_of_a_result_lie() -> None:
    assert people_path(Path("a/film.clusters.json")) == Path("a/film.cast.people")
    assert people_path(Path("film.json")) == Path("film.cast.people")


def test_photographs_by_name(tmp_path: Path) -> None:
    for name in (
        "Tom Hanks/1.jpg",
        "Tom Hanks/b.PNG",
        "Tom Hanks/notes.txt",
        "Ann.jpeg",
        "ann.png",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / ".DS_Store.jpg").touch()
    (tmp_path / "nobody").mkdir()
    found = find_photographs(tmp_path, CONFIG)
    assert {name: [p.name for p in files] for name, files in found.items()} == {
        "Ann": ["Ann.jpeg", "ann.png"],
        "Tom Hanks": ["1.jpg", "b.PNG"],
    }
    with pytest.raises(InputError, match="there is no photograph in"):
        find_photographs(tmp_path / "nobody", CONFIG)
    with pytest.raises(InputError, match="is no folder"):
        find_photographs(tmp_path / "Ann.jpeg", CONFIG)
    (tmp_path / ("n" * 240 + ".jpg")).touch()
    with pytest.raises(InputError, match="a name has 240 characters"):
        find_photographs(tmp_path, CONFIG)
