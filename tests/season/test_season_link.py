"""People of films linked to people of a season, on embeddings whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vcn.benchmark.archive import ArchiveRecipe, link_archive, make_archive
from vcn.config import EvidenceConfig, SeasonConfig
from vcn.scores import bcubed
from vcn.season.cast import Cast, FilmCast, cast_of
from vcn.season.link import Linked, link_cast
from vcn.season.looks import Looks, looks_and_tracks, looks_of
from vcn.season.odds import Scale
from vcn.types import Crops, Embeddings, FloatArray, IntArray

IMPOSTOR = 0.1
EVIDENCE = EvidenceConfig()


def cast(
    n_films: int = 6, n_people: int = 5, n_looks: int = 3, seed: int = 0, own: int = 2
) -> tuple[Cast, IntArray]:
    """The same `n_people` in every film and `own` who are in one only; the truth of each."""
    rng = np.random.default_rng(seed)
    people = rng.normal(size=(n_people + own * n_films, 128))
    means, person, film, truth = [], [], [], []
    for f in range(n_films):
        guests = range(n_people + own * f, n_people + own * (f + 1))
        for who in [*range(n_people), *guests]:
            for _ in range(n_looks):
                look = people[who] + rng.normal(size=128) * 0.7
                means.append(0.9 * look / np.linalg.norm(look))
                person.append(len(film))
            film.append(f)
            truth.append(who)
    return firm(means, person, film), np.array(truth)


def firm(means: list[FloatArray], person: list[int], film: list[int]) -> Cast:
    """Films in which people are as they are, each with some looks."""
    films = []
    for number in range(max(film) + 1):
        own = [p for p, f in enumerate(film) if f == number]
        rows = [row for row, p in enumerate(person) if film[p] == number]
        owner = np.array([person[row] - own[0] for row in rows])
        looks = looks_with(np.array([means[row] for row in rows], np.float32), owner)
        films.append(FilmCast(looks, (None,) * len(own), np.zeros((0, 2), np.int64), firm=True))
    return cast_of(films)


def looks_with(means: FloatArray, person: IntArray) -> Looks:
    n = len(means)
    return Looks(means, person, np.full(n, 5), np.full(n, 100.0), np.zeros(n), person)


def linked(
    found: Cast, season: SeasonConfig | None = None, evidence: EvidenceConfig = EVIDENCE
) -> Linked:
    return link_cast(found, IMPOSTOR, season or SeasonConfig(), evidence)


def same(labels: IntArray, truth: IntArray) -> bool:
    return bool(np.array_equal(labels[:, None] == labels[None], truth[:, None] == truth[None]))


def test_people_are_found_across_films_and_guests_stay_alone() -> None:
    found, truth = cast()
    got = linked(found)
    assert same(got.labels, truth)
    alone = np.bincount(truth)[truth] == 1
    assert np.array_equal(np.isnan(got.probability), alone)
    assert got.probability[~alone].min() > 0.9


def test_two_people_of_one_film_are_never_one() -> None:
    found, _ = cast(n_films=2, n_people=2, own=0)
    means = found.looks.means.copy()
    means[found.looks.person == 1] = means[found.looks.person == 0]
    twins = replace(found, looks=replace(found.looks, means=means))
    labels = linked(twins).labels
    assert labels[0] != labels[1]


def test_a_name_joins_and_two_names_part() -> None:
    found, truth = cast(n_films=2, n_people=2, own=1)
    guests = np.flatnonzero(np.bincount(truth)[truth] == 1)
    names: list[str | None] = [None] * len(truth)
    for p in guests:
        names[p] = "Anna"
    first = np.flatnonzero(truth == 0)
    names[first[0]], names[first[1]] = "Bo", "Cy"
    got = linked(replace(found, name=tuple(names)))
    assert got.labels[guests[0]] == got.labels[guests[1]]
    assert got.probability[guests[0]] == 1
    assert got.labels[first[0]] != got.labels[first[1]]


def test_candidates_find_what_all_pairs_find() -> None:
    found, truth = cast(n_films=8, n_people=6)
    few = replace(SeasonConfig(), dense_looks=40, fit_looks=60, fit_least=60)
    assert same(linked(found, few).labels, truth)


def test_growing_from_nearest_looks_makes_the_groups_of_average_linkage() -> None:
    """Of faces that are hard to tell apart, with names, people seen together, corrected films."""
    rng = np.random.default_rng(3)
    people, films, name = rng.normal(size=(40, 24)), [], ("Anna", "Bo", None)
    for film in range(24):
        who = rng.choice(40, 9, replace=False)
        person = np.repeat(np.arange(9), 3)
        means = people[who][person] + 0.7 * rng.normal(size=(27, 24)) + 0.3 * rng.normal(size=24)
        means = (0.9 * means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)
        apart = np.unique(np.sort(rng.integers(0, 9, (6, 2)), axis=1) * 3, axis=0)
        names = [name[n] if n < 2 and rng.random() < 0.2 else None for n in who]
        films.append(
            FilmCast(
                looks_with(means, person),
                tuple(names),
                apart[apart[:, 0] != apart[:, 1]],
                firm=film % 5 == 0,
            )
        )
    found, growing = cast_of(films), replace(SeasonConfig(), dense_looks=1, drawn_looks=999)
    # Where all pairs of two people are worth one, they are the same; else the order may differ.
    of_means = replace(EVIDENCE, least_correlation=1.0)
    whole, grown = linked(found, None, of_means), linked(found, growing, of_means)
    assert 20 < len(set(whole.labels.tolist())) < 300
    assert np.array_equal(grown.labels, whole.labels)
    assert np.array_equal(grown.probability, whole.probability, equal_nan=True)
    whole, grown = linked(found), linked(found, growing)
    assert bcubed(whole.labels, grown.labels).f > 0.97


def test_no_people_and_one_person() -> None:
    assert len(linked(cast_of([])).labels) == 0
    nobody = looks_with(np.zeros((0, 1), np.float32), np.zeros(0, np.int64))
    empty = np.zeros((0, 2), np.int64)
    faceless = cast_of([FilmCast(nobody, (None,), empty, firm=True)] * 2)
    assert linked(faceless).labels.tolist() == [0, 1]


def test_a_film_that_took_two_for_one_is_set_right_unless_a_person_corrected_it() -> None:
    found, truth = cast(n_films=5, n_people=4, own=0)
    looks = found.looks
    films = []
    for film in range(5):
        rows = np.flatnonzero(found.film[looks.person] == film)
        person = looks.person[rows] - looks.person[rows[0]]
        own = looks_with(looks.means[rows], np.where((person == 1) & (film == 0), 0, person))
        together = np.array([[6, 9]])  # of the third and of the fourth
        films.append(FilmCast(own, (None,) * 4, together, firm=False))
    labels = linked(cast_of(films)).labels
    wanted = truth[looks.person]
    assert same(labels, wanted)
    corrected = cast_of([replace(films[0], firm=True), *films[1:]])
    assert len(set(linked(corrected).labels[:3])) == 3  # four people, the second has no look


def test_what_a_film_knew_beside_faces_counts_within_it() -> None:
    found, _ = cast(n_films=4, n_people=3, own=0, n_looks=2)
    rows = found.looks.take(np.arange(2 * 3))
    strange = rows.means.copy()
    strange[1] = np.random.default_rng(5).normal(size=strange.shape[1]) / np.sqrt(128)
    empty = np.zeros((0, 2), np.int64)

    def first(beside: float) -> IntArray:
        knew = np.where(rows.person == 0, beside, 0.0)
        looks = replace(rows, means=strange, beside=knew)
        rest = [
            FilmCast(
                looks_with(found.looks.means[6 * f : 6 * f + 6], rows.person),
                (None,) * 3,
                empty,
                firm=False,
            )
            for f in (1, 2, 3)
        ]
        return linked(cast_of([FilmCast(looks, (None,) * 3, empty, firm=False), *rest])).labels

    assert first(0.0)[0] != first(0.0)[1]
    assert first(60.0)[0] == first(60.0)[1]


def test_looks_of_a_person_are_few_and_hold_every_usable_crop() -> None:
    rng = np.random.default_rng(0)
    index = np.repeat(np.arange(7), 3)
    values = rng.normal(size=(21, 16)).astype(np.float32)
    side = np.linspace(20, 40, 21).astype(np.float32)
    crops = Crops(
        np.zeros((21, 4, 4, 3), np.uint8), index, np.arange(21), side, side, np.ones_like(side)
    )
    usable = np.ones(21, np.bool_)
    usable[index == 6] = False
    labels = np.array([0, 0, 0, 1, -1, 0, 2])
    embeddings = Embeddings(values, index, normalised=False)
    beside = np.arange(7.0)
    looks, of_track = looks_and_tracks(labels, embeddings, crops, usable, 2, beside)
    assert (of_track[[3, 4, 6]] == [2, -1, -1]).all()
    assert looks.beside[2] == 3
    assert looks.person.tolist() == [0, 0, 1]  # 2 has no usable crop
    assert looks.count.sum() == 15


def test_a_crop_counts_for_its_look_by_its_weight() -> None:
    index, one = np.array([0, 0, 1]), np.ones(3, np.float32)
    values = np.eye(3, dtype=np.float32)
    crops = Crops(np.zeros((3, 4, 4, 3), np.uint8), index, np.arange(3), one, one, one)
    embeddings = Embeddings(values, index, normalised=False)
    people, usable = np.array([0, 0]), np.ones(3, np.bool_)
    looks = looks_of(people, embeddings, crops, usable, 1, np.array([0.9, 0.3, 0.3]))
    np.testing.assert_allclose(looks.means, [[0.6, 0.2, 0.2]], rtol=1e-6)
    usable[0] = False
    looks = looks_of(people, embeddings, crops, usable, 1, np.array([0.9, 0.3, 0.1]))
    np.testing.assert_allclose(looks.means, [[0, 0.75, 0.25]], rtol=1e-6)


@pytest.mark.parametrize("prior", [-4.0, 0.5])
def test_several_pairs_say_more_than_one_and_what_is_too_little_stays_so(prior: float) -> None:
    found, _ = cast(n_films=2, n_people=2, own=0)
    none = np.zeros(0)
    mixture = replace(linked(found).mixture, track=none)
    scale = Scale(found.looks, mixture, prior, 1e-4, EVIDENCE, 0.5)
    mean = np.array([-1.0, 0.5, 3.0])
    assert np.array_equal(scale.joint(mean, np.ones(3)), mean)
    for_four = prior + (mean - prior) * 4 / 2.5
    np.testing.assert_allclose(scale.joint(mean, np.full(3, 4)), for_four)
    many = np.array([1, 2, 10, 10**9])
    assert (scale.joint(np.full(4, scale.least), many) <= 1e-9).all()
    assert scale.joint(np.full(4, scale.least + 0.1), many).max() > 0


def test_people_who_are_rare_are_linked_within_their_film_and_across(tmp_path: Path) -> None:
    """One pair of looks in some 600 is one person: a single pair cannot say enough."""
    recipe = ArchiveRecipe(
        *(12, 40, 3), pool=40, zipf=0.0, dimensions=40, noise=0.6, light=0.3, together=200
    )
    make_archive(recipe, 0, tmp_path)
    got = link_archive(tmp_path, recipe, 0)
    assert got.precision > 0.97
    assert got.recall > 0.9  # with the tails of few strangers and one prior for all pairs: .28
    alone = replace(recipe, together=1)  # hardly anybody is seen together: no tails are learnt
    within = link_archive(tmp_path, alone, 0)
    assert within.precision > 0.97
    assert within.recall > 0.8


def test_pairs_of_strangers_are_looks_of_people_seen_together() -> None:
    looks = looks_with(np.eye(6, dtype=np.float32), np.array([0, 0, 0, 1, 1, 2]))
    seen = np.array([[0, 3], [0, 4], [1, 3], [3, 5]])
    films = [FilmCast(looks, (None,) * 3, seen, firm=False)]
    corrected = looks_with(np.eye(6, dtype=np.float32)[:3], np.array([0, 0, 2]))
    none = np.zeros((0, 2), np.int64)
    films.append(FilmCast(corrected, (None,) * 3, none, firm=True))  # the second has no look
    pairs, weight = cast_of(films).strangers(99)
    assert pairs.T.tolist() == [[0, 3], [0, 4], [1, 3], [3, 5], [6, 8]]
    np.testing.assert_allclose(weight, [1 / 3, 1 / 3, 1 / 3, 1, 1])
    assert len(cast_of(films).strangers(2)[1]) == 2
    assert len(cast_of([]).strangers(2)[1]) == 0


def test_what_a_film_took_for_one_person_is_as_likely_one_however_many_films_there_are() -> None:
    looks = looks_with(np.eye(4, dtype=np.float32), np.array([0, 0, 1, 1]))
    film = FilmCast(looks, (None,) * 2, np.zeros((0, 2), np.int64), firm=False)
    few, many = cast_of([film] * 2), cast_of([film] * 50)
    assert few.share_within_films() == pytest.approx(1 / 3, abs=0.02)
    assert many.share_within_films() == pytest.approx(1 / 3, abs=0.01)
