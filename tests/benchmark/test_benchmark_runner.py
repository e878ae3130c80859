"""The benchmark's own arithmetic: who is told what, scores, spread, table and gate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from pack_toml import TOML

from vcn.benchmark.ablations import ABLATIONS, METHODS, Variant, ablation
from vcn.benchmark.entries import Blind, Entry, chosen, registered
from vcn.benchmark.journal import Journal
from vcn.benchmark.markdown import put, render, side_by_side, write
from vcn.benchmark.runner import run
from vcn.benchmark.sources import (
    Fixed,
    LabelledFaces,
    LabelledFilm,
    as_singletons,
    numbered,
    read_features,
    read_folder,
)
from vcn.benchmark.suite import DEFAULT_METHODS, entries
from vcn.benchmark.table import Row, Table, regressions
from vcn.config import BenchmarkConfig, RunConfig
from vcn.errors import DataError, UsageError
from vcn.methods import TrackFilm
from vcn.methods.hac import Hac
from vcn.methods.registry import SYSTEMS
from vcn.methods.vcn import VideoClusterNet
from vcn.types import Clustering, Embeddings, FloatArray, ImageArray, IntArray
from vcn.weights.packs import ARCFACE_TEMPLATE

CONFIG = replace(BenchmarkConfig(), seeds=(0, 1), thresholds=(0.05, 1.4, 0.05))
BASELINES = ("hac-oracle", "hac-oracle-raw", "hac-fixed", "hac-true-k", "dbscan-fixed", "finch-1")


def baselines() -> tuple[Entry, ...]:
    return entries(BASELINES)


@dataclass(frozen=True)
class Gaussian:
    """Four people as Gaussian clouds; how far apart they are decides the best threshold."""

    name: str
    noise: float = 0.05
    level: str = "gaussian"

    def load(self, seed: int, *, with_crops: bool) -> LabelledFilm:
        assert not with_crops
        rng = np.random.default_rng(seed)
        centres = np.linalg.qr(rng.normal(size=(12, 12)))[0][:4]
        truth = np.repeat(np.arange(4), 5)
        index = np.repeat(np.arange(20), 4)
        values = centres[truth[index]] + rng.normal(0, self.noise, (80, 12))
        film = TrackFilm(Embeddings(values, index, normalised=False), 20, name=self.name)
        return LabelledFilm(film, truth)


@dataclass(frozen=True)
class Says:
    """A method that gives a fixed answer."""

    name: str
    labels: tuple[int, ...]

    def __call__(self, film: TrackFilm, seed: int) -> Clustering:
        assert film.n_tracks == len(self.labels)
        return Clustering.from_labels(np.roll(self.labels, seed // 1000))


def by_name(table: Table, film: str, method: str) -> list[Row]:
    return [row for row in table.rows if (row.film, row.method) == (film, method)]


@pytest.fixture(scope="module")
def table() -> Table:
    films = [Gaussian("near", 0.05), Gaussian("far", 0.22)]
    return run(films, baselines(), CONFIG)


def test_there_is_a_row_for_every_film_method_and_seed(table: Table) -> None:
    names = [entry.name for entry in baselines()]
    assert [(row.film, row.method, row.seed) for row in table.rows] == [
        (film, name, seed) for film in ("near", "far") for name in names for seed in (0, 1)
    ]


def test_hindsight_is_never_worse_than_other_films(table: Table) -> None:
    for film in ("near", "far"):
        oracle, fixed = by_name(table, film, "hac-oracle"), by_name(table, film, "hac-fixed")
        for best, given in zip(oracle, fixed, strict=True):
            assert best.b3_f >= given.b3_f
            assert best.threshold is not None


def test_the_fixed_threshold_comes_from_the_other_films_alone() -> None:
    """Film `a` decides the threshold of film `b`, whatever `b` looks like."""
    thresholds = set()
    for noise in (0.05, 0.3):
        result = run([Gaussian("a", 0.1), Gaussian("b", noise)], baselines(), CONFIG)
        thresholds.add(tuple(row.threshold for row in by_name(result, "b", "hac-fixed")))
    assert len(thresholds) == 1


def test_one_threshold_is_the_best_over_all_films() -> None:
    """One for all rows; no other of the grid has a better mean, films weighing the same."""
    films = [Gaussian("a", 0.1), Gaussian("b", 0.3), Gaussian("c", 0.22)]
    result = run(films, entries(("hac-global", "hac-oracle")), CONFIG)
    rows = [row for row in result.rows if row.method == "hac-global"]
    assert len(rows) == 6
    assert len({row.threshold for row in rows}) == 1
    assert {row.k for row in rows} == {"hindsight over all"}
    means = []
    for fixed in np.arange(0.05, 1.4, 0.05):
        one = run(films, entries(("hac-fixed",)), replace(CONFIG, fixed=float(fixed)))
        means.append(np.mean([row.b3_f for row in one.rows]))
    assert np.mean([row.b3_f for row in rows]) == pytest.approx(max(means))
    assert "| hac-global | hindsight over all | baseline |" in render(result)


def test_one_film_leaves_nothing_to_choose_a_threshold_on() -> None:
    result = run([Gaussian("alone")], baselines(), CONFIG)
    methods = {row.method for row in result.rows}
    assert "hac-oracle" in methods
    assert "hac-fixed" not in methods


def test_true_count_gives_that_many(table: Table) -> None:
    assert all(row.n_clusters == 4 for row in table.rows if row.method == "hac-true-k")


def test_two_runs_are_equal_but_for_the_time(table: Table) -> None:
    again = run([Gaussian("near", 0.05), Gaussian("far", 0.22)], baselines(), CONFIG)
    for first, second in zip(table.rows, again.rows, strict=True):
        assert replace(first, seconds=0) == replace(second, seconds=0)


def test_a_stopped_benchmark_goes_on_where_it_was(tmp_path: Path) -> None:
    """What a first run was told is not asked again; another film, seed or method is."""
    films = [Gaussian("near", 0.05), Gaussian("far", 0.22)]
    asked: list[tuple[str, int]] = []

    @dataclass(frozen=True)
    class Counts:
        name: str = "counts"

        def __call__(self, film: TrackFilm, seed: int) -> Clustering:
            asked.append((film.name, seed))
            if len(asked) == 3:
                raise KeyboardInterrupt
            return Clustering.from_labels(np.arange(film.n_tracks) % 4)

    entries_ = (Blind(Counts()), *baselines())
    with pytest.raises(KeyboardInterrupt):
        run(films, entries_, CONFIG, journal=Journal(tmp_path))
    again = run(films, entries_, CONFIG, journal=Journal(tmp_path))
    assert asked == [("near", 0), ("near", 1), ("far", 0), ("far", 0), ("far", 1)]
    assert [replace(row, seconds=0) for row in again.rows] == [
        replace(row, seconds=0) for row in run(films, entries_, CONFIG).rows
    ]
    before = len(asked)
    kept = run(films, entries_, CONFIG, journal=Journal(tmp_path))
    assert len(asked) == before
    assert kept.rows == again.rows
    for file in tmp_path.glob("*.npz"):
        file.write_bytes(b"damaged")
    assert run(films, entries_, CONFIG, journal=Journal(tmp_path)).rows


def test_an_answer_is_of_one_film_and_of_one_set_of_constants(tmp_path: Path) -> None:
    labelled, journal = Gaussian("a").load(0, with_crops=False), Journal(tmp_path)
    hac = Hac()

    def key(asked: Hac = hac, what: str = "sweep", **changed: object) -> str:
        film = replace(labelled.film, **changed)  # type: ignore[arg-type]
        return journal.key(LabelledFilm(film, labelled.truth), asked, what, 0, [])

    different = [
        key(),
        key(replace(hac, normalise=False)),
        key(what="known_k"),
        key(impostor_cosine=0.5),
        key(certain_same=np.array([[0, 1]])),
        key(voices=np.ones((labelled.film.n_tracks, 2), np.float32)),
    ]
    assert len(set(different)) == len(different)
    assert key() == different[0]


def test_slow_systems_take_the_first_seed_alone() -> None:
    answer = Blind(Says("slow", (0,) * 20))
    table = run([Gaussian("a")], [answer], replace(CONFIG, slow=("slow",)))
    assert [row.seed for row in table.rows] == [0]


def test_newer_rows_replace_those_of_their_film_and_method(table: Table) -> None:
    newer = run([Gaussian("near", 0.05)], entries(["finch-1", "finch-2"]), CONFIG)
    newer = Table(tuple(replace(row, b3_f=0.5) for row in newer.rows), {"new": 1})
    joined = table.joined(newer)
    assert len(joined.rows) == len(table.rows) + 2  # finch-2, two seeds
    assert {row.b3_f for row in by_name(joined, "near", "finch-1")} == {0.5}
    assert by_name(joined, "far", "finch-1") == by_name(table, "far", "finch-1")
    assert joined.protocol == {"new": 1}
    assert [row.method for row in joined.rows if row.film == "near"][-1] == "finch-2"


def test_tables_of_other_models_are_not_joined_and_seeds_are_united(table: Table) -> None:
    older = Table(table.rows, {"pack": "open", "seeds": [0, 1]})
    newer = Table((), {"pack": "open", "seeds": [1, 2], "recipe": 4})
    joined = older.joined(newer)
    assert joined.protocol == {"pack": "open", "seeds": [0, 1, 2], "recipe": 4}
    with pytest.raises(DataError, match="the pack of the two tables differ"):
        older.joined(Table((), {"pack": "another"}))


def test_a_row_says_when_it_was_measured() -> None:
    """Of several the days, the first and the last; nothing where nobody said."""
    one = run([Gaussian("a")], entries(["finch-1"]), CONFIG, as_of="2026-11-29 abc")
    assert Table.from_json(one.as_json()).rows[0].as_of == "2026-11-29 abc"
    assert render(one).count("| 2026-11-29 abc |") == 3
    other = run([Gaussian("b")], entries(["finch-1"]), CONFIG, as_of="2026-12-01 def")
    both = render(one.joined(other))
    assert "| 2026-11-29 to 2026-12-01 |" in both
    assert "| 2026-12-01 def |" in both
    silent = run([Gaussian("a")], entries(["finch-1"]), CONFIG)
    assert "as of" not in render(silent)
    assert "as_of" not in silent.as_json()


def test_films_side_by_side() -> None:
    """A mean over some films alone is in brackets; films of other levels are not there."""
    table = run([Gaussian("a"), Gaussian("b")], entries(["finch-1"]), CONFIG)
    table = table.joined(run([Gaussian("a")], entries(["hac-true-k"]), CONFIG))
    table = table.joined(run([Gaussian("c", level="else")], entries(["finch-1"]), CONFIG))
    head, _, whole, part = side_by_side(table, "gaussian").splitlines()
    assert head == "| system | K | seeds | mean | people | s | a | b | as of |"
    rows = [by_name(table, film, "finch-1") for film in ("a", "b")]
    means = [f"{np.mean([row.b3_f for row in each]):.3f}" for each in rows]
    assert whole.split(" | ")[6:8] == means
    assert "(" not in whole.split(" | ")[3]
    assert part.split(" | ")[3] == "(1.000)"
    assert part.split(" | ")[6:8] == ["1.000", "-"]


def test_a_part_of_a_page_is_replaced() -> None:
    page = "By hand.\n\n<!-- made by make bench -->\nold\n<!-- until here -->\n\nMore.\n"
    assert put(page, "new\nlines") == page.replace("old", "new\nlines")
    with pytest.raises(ValueError, match="no part"):
        put("By hand.", "new")


def six_tracks(truth: list[int]) -> Fixed:
    film = TrackFilm(Embeddings(np.eye(6), np.arange(6), normalised=True), 6, name="six")
    return Fixed(LabelledFilm(film, np.array(truth)))


def test_unknown_tracks_are_singletons_and_not_people() -> None:
    answer = Blind(Says("m", (0, 0, 1, 1, -1, -1)))
    row = run([six_tracks([0, 0, 1, 1, 1, 1])], [answer], replace(CONFIG, seeds=(0,))).rows[0]
    assert row.n_clusters == 2
    assert row.pcr == 1.0
    assert row.unknown == pytest.approx(2 / 6)
    assert row.b3_f_known == 1.0
    # Precision 1; recall: 2 tracks at 1, 2 at 2/4 and 2 at 1/4.
    recall = (2 * 1 + 2 * 0.5 + 2 * 0.25) / 6
    assert row.b3_f == pytest.approx(2 * recall / (1 + recall))


def test_tracks_of_nobody_are_not_scored() -> None:
    answer = Blind(Says("m", (0, 0, 1, 1, 1, 2)))
    row = run([six_tracks([0, 0, 1, 1, -1, -1])], [answer], replace(CONFIG, seeds=(0,))).rows[0]
    assert (row.n_tracks, row.n_people, row.n_clusters) == (4, 2, 2)
    assert row.b3_f == 1.0
    with pytest.raises(DataError, match="no track of six has a known person"):
        run([six_tracks([-1] * 6)], [answer], CONFIG)


def test_a_face_in_no_track_counts_over_all_faces() -> None:
    person, track = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, -1, 2, 2, -1])
    film = six_tracks([0, 0, 1, 1, -1, -1]).labelled._replace(
        faces=LabelledFaces(person, track, track[:0])
    )
    config = replace(CONFIG, seeds=(0,))
    table = run([Fixed(film)], [Blind(Says("m", (0, 0, 1, -1, 0, 1)))], config)
    # Clusters of the faces: {0, 1}, {2}, {3, 4}, {5}. Precision 1.
    recall = (4 * 2 / 3 + 2 * 1 / 3) / 6
    f = 2 * recall / (1 + recall)
    assert table.rows[0].b3_f_faces == pytest.approx(f)
    assert f"| {f:.3f} | 0." in render(table)
    assert Table.from_json(table.as_json()).rows[0].b3_f_faces == pytest.approx(f, abs=1e-6)
    plain = run([six_tracks([0, 0, 1, 1, 1, 1])], [Blind(Says("m", (0,) * 6))], config)
    assert "B3-F (faces)" not in render(plain)


def test_everything_unknown_is_a_score_too() -> None:
    row = run([six_tracks([0] * 6)], [Blind(Says("m", (-1,) * 6))], CONFIG).rows[0]
    assert row.n_clusters == 0
    assert row.b3_f_known is None
    assert row.b3_f == pytest.approx(2 * (1 / 6) / (1 + 1 / 6))


def test_repeats_tell_the_methods_own_spread() -> None:
    answer = Blind(Says("m", (0, 0, 0, 1, 1, 1)))
    source = six_tracks([0, 0, 0, 1, 1, 1])
    result = run([source], [answer], replace(CONFIG, seeds=(0,)), repeats=3)
    values = [row.b3_f for row in result.rows]
    assert [row.seed for row in result.rows] == [0, 1000, 2000]
    (summary,) = result.overall()
    assert summary.own_spread == pytest.approx(np.std(values))
    assert summary.own_spread > 0
    assert summary.b3_f_spread == 0


def test_films_weigh_the_same_and_the_spread_is_over_seeds() -> None:
    def row(film: str, seed: int, value: float) -> Row:
        return Row(film, film, "m", "none", seed, seed, 10, 5, 5, 0.0,
                   value, value, value, value, value, value, None, 0.0)  # fmt: skip

    result = Table((row("a", 0, 0.8), row("a", 1, 0.6), row("b", 0, 1.0)), {})
    (summary,) = result.overall()
    assert summary.b3_f == pytest.approx((0.7 + 1.0) / 2)
    assert "| films |" not in render(result)
    other = replace(row("a", 0, 0.8), method="n")
    text = render(Table((*result.rows, other), {}))
    assert "| n | none | 1 | 1 | 0.800 ± 0.000 |" in text
    assert "| m | none | 2 | 1-2 | 0.850 ±" in text
    # A film of one seed says nothing about the spread, however it differs from the others.
    assert summary.b3_f_spread == pytest.approx(np.std([0.8, 0.6]))
    both = Table((*result.rows, row("c", 0, 0.2), row("c", 1, 0.4)), {}).overall()[0]
    assert both.b3_f_spread == pytest.approx(0)  # the one rises as the other falls
    assert [s.group for s in result.by_film()] == ["a", "b"]


def test_the_longest_run_of_each_size_of_film() -> None:
    def row(level: str, n_tracks: int, method: str, seconds: float, name: str = "") -> Row:
        return Row(name or f"{level}-{n_tracks}", level, method, "none", 0, 0, n_tracks, 5, 5, 0.0,
                   1.0, 1.0, 1.0, 1.0, 1.0, 1.0, None, seconds)  # fmt: skip

    rows = (row("a", 30, "m", 1.0), row("b", 30, "m", 2.0), row("clips", 60, "m", 9.0, "office"))
    assert "Longest run" not in render(Table(rows, {}))
    text = render(Table((*rows, row("b", 150, "m", 7.0), row("b", 150, "n", 3.0)), {}))
    assert "| method | 30 tracks | 150 tracks |" in text
    assert "| m | 2.0 | 7.0 |" in text
    assert "| n |  | 3.0 |" in text


def test_unknown_as_singletons() -> None:
    labels = as_singletons(np.array([0, -1, 1, -1]))
    assert labels.tolist() == [0, 2, 1, 3]
    assert as_singletons(np.array([-1, -1])).tolist() == [0, 1]


def test_a_table_is_read_as_it_was_written(table: Table, tmp_path: Path) -> None:
    write(table, tmp_path)
    read = Table.read(tmp_path / "table.json")
    assert len(read.rows) == len(table.rows)
    assert regressions(read, table, 1e-5, {"hac-oracle", "finch-1"}) == ()
    text = (tmp_path / "table.md").read_text()
    assert "| hac-oracle |" in text
    assert text == render(read)  # of the rounded numbers: the one can be made from the other
    with pytest.raises(DataError, match="not a benchmark table"):
        Table.from_json("{}")
    with pytest.raises(DataError, match="cannot read"):
        Table.read(tmp_path / "none.json")


def test_the_gate_sees_a_fall_and_lets_a_rise_pass(table: Table) -> None:
    worse = Table(tuple(replace(row, b3_f=row.b3_f - 0.03) for row in table.rows), {})
    lines = regressions(worse, table, 0.02, {"finch-1"})
    assert [line.split(":")[0] for line in lines] == ["finch-1 on near", "finch-1 on far"]
    assert regressions(worse, table, 0.04, {"finch-1"}) == ()
    assert regressions(table, worse, 0.02, {"finch-1"}) == ()
    part = Table(worse.rows[:1], {})
    assert len(regressions(part, table, 0.02, {row.method for row in part.rows})) == 1
    with pytest.raises(DataError, match="share no run"):
        regressions(table, worse, 0.02, {"nothing"})


def test_entries_are_chosen_by_name() -> None:
    known = tuple(registered(RunConfig()))
    names = [entry.name for entry in chosen(known, ["finch-1", "hac-oracle"])]
    assert names == ["finch-1", "hac-oracle"]
    with pytest.raises(UsageError, match="no method 'k-means'"):
        chosen(known, ["k-means"])


def test_every_entry_is_called_what_its_maker_says() -> None:
    known = tuple(registered(RunConfig()))
    assert len({entry.name for entry in known}) == len(known)
    for entry in known:
        if ":" in entry.name:
            continue
        needs = next(system.needs for system in SYSTEMS if system.name in entry.name)
        if "checkpoint" in needs:
            with pytest.raises(UsageError, match="has to be trained on other films first"):
                entry.make()
        else:
            assert entry.make().name == entry.name


def test_two_films_of_one_name_are_refused() -> None:
    with pytest.raises(DataError, match="one name"):
        run([Gaussian("a"), Gaussian("a")], entries(["hac-true-k"]), CONFIG)


# Films of users.


def test_features(tmp_path: Path) -> None:
    path = tmp_path / "film.npz"
    features = np.arange(12.0).reshape(4, 3)
    np.savez(
        path,
        features=features,
        track_index=np.array([1, 0, 2, 0]),
        labels=np.array(["ann", "unknown", "ann"]),
        cannot_link=np.array([[0, 1]]),
    )
    film, truth, _ = read_features(path)
    assert truth.tolist() == [0, -1, 0]
    np.testing.assert_array_equal(film.embeddings.values, features[[1, 3, 0, 2]])
    assert film.name == "film"
    assert film.cannot_link is not None
    assert film.cannot_link.tolist() == [[0, 1]]
    np.savez(
        path,
        features=features,
        track_index=np.array([1, 0, 2, 0]),
        labels=np.array([3, 3, -1]),
        images=np.arange(4, dtype=np.uint8)[:, None, None, None] * np.ones((1, 8, 8, 3), np.uint8),
        size=np.array([10, 20, 30, 40]),
    )
    film, truth, _ = read_features(path)
    assert truth.tolist() == [0, 0, -1]
    assert film.crops is not None
    assert film.crops.size.tolist() == [20, 40, 10, 30]
    assert film.crops.images[:, 0, 0, 0].tolist() == [1, 3, 0, 2]
    np.savez(path, features=features)
    with pytest.raises(DataError, match="no array 'track_index'"):
        read_features(path)
    index, names = np.array([1, 0, 2, 0]), np.array(["ann", "ben", "ann"])
    np.savez(path, features=features * np.nan, track_index=index, labels=names)
    with pytest.raises(DataError, match=r"film\.npz: embeddings must be finite"):
        read_features(path)
    path.write_text("no")
    with pytest.raises(DataError, match="cannot read"):
        read_features(path)


GRAY = np.zeros((4, 8, 8, 3), np.uint8)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"features": np.ones(4)}, "features must have shape"),
        ({"features": np.ones((4, 0))}, "features must have shape"),
        ({"features": np.full((4, 3), "a")}, "features must hold numbers"),
        ({"features": np.ones((4, 3), complex)}, "features must hold numbers"),
        ({"track_index": np.array([0, 1])}, r"track_index must have shape \(4,\)"),
        ({"track_index": np.array([0, 0, 1, 2, 2])}, r"track_index must have shape \(4,\)"),
        ({"track_index": np.array([0, 0, 1, 1.5])}, "track_index must hold whole numbers"),
        ({"track_index": np.array([0, 0, -1, 2])}, "track_index must be non-negative"),
        ({"track_index": np.array([0, 0, 1, 9])}, "track_index must be below"),
        ({"labels": np.full((3, 2), "a")}, "labels must have shape"),
        ({"cannot_link": np.array([0, 1, 2])}, "cannot_link must have shape"),
        ({"cannot_link": np.array([[0.5, 1]])}, "cannot_link must hold whole numbers"),
        ({"cannot_link": np.array([[0, 9]])}, "cannot_link must hold tracks"),
        ({"cannot_link": np.array([[1, 1]])}, "cannot_link must hold pairs of two"),
        ({"images": GRAY[:2]}, "images must have shape"),
        ({"images": GRAY[0, 0]}, "images must have shape"),
        ({"images": GRAY, "size": np.ones(2)}, "size must have shape"),
        ({"impostor_cosine": np.array("x")}, "impostor_cosine must be one number"),
        ({"impostor_cosine": np.array(np.nan)}, "impostor_cosine must be finite"),
    ],
)
def test_features_that_are_no_film(
    wrong: dict[str, np.ndarray], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "film.npz"
    right = {
        "features": np.arange(12.0).reshape(4, 3),
        "track_index": np.array([0, 0, 1, 2]),
        "labels": np.array(["ann", "ben", "ann"]),
        "cannot_link": np.array([]),
    }
    np.savez(path, **right)  # type: ignore[arg-type]
    assert read_features(path).film.cannot_link is None
    np.savez(path, **{**right, **wrong})  # type: ignore[arg-type]
    with pytest.raises(DataError, match=rf"film\.npz: {message}"):
        read_features(path)


class Mean:
    """A face model: the mean colour."""

    key = "mean"
    size = 16
    template: FloatArray = np.array(ARCFACE_TEMPLATE, np.float32) / 7
    impostor_cosine: float | None = None
    n_parts = 1

    def __call__(self, images: ImageArray) -> FloatArray:
        return images.mean(axis=(1, 2), dtype=np.float32)


def write_tracks(folder: Path, tracks: list[str]) -> IntArray:
    for number, name in enumerate(tracks):
        (folder / name).mkdir(parents=True)
        for picture in range(2):
            image = np.full((40, 40, 3), 60 * number, np.uint8)
            cv2.imwrite(str(folder / name / f"{picture}.png"), image)
    return np.arange(len(tracks))


def test_a_folder_of_tracks(tmp_path: Path) -> None:
    write_tracks(tmp_path, ["ann/track_0", "ann/track_1", "bob/track_0"])
    film, truth, _ = read_folder(tmp_path, Mean())
    assert truth.tolist() == [0, 0, 1]
    assert film.embeddings.track_index.tolist() == [0, 0, 1, 1, 2, 2]
    np.testing.assert_allclose(film.embeddings.values[::2, 0], [0, 60, 120], atol=1)
    assert film.crops is not None
    assert film.crops.size.tolist() == [40] * 6
    (tmp_path / "carl" / "track_0").mkdir(parents=True)
    with pytest.raises(DataError, match="no pictures in"):
        read_folder(tmp_path, Mean())


def test_a_folder_with_a_list_of_labels(tmp_path: Path) -> None:
    write_tracks(tmp_path, ["a", "b", "c"])
    (tmp_path / "labels.csv").write_text("track,person\nc,ann\na,unsure\nb,ann\n")
    film, truth, _ = read_folder(tmp_path, Mean())
    assert truth.tolist() == [0, -1, 0]
    np.testing.assert_allclose(film.embeddings.values[::2, 0], [120, 0, 60], atol=1)
    (tmp_path / "labels.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="needs the columns track and person"):
        read_folder(tmp_path, Mean())


def test_names_become_numbers() -> None:
    assert numbered(["b", "Unknown", "a", "-1", "b", "unknown_e03_10"]).tolist() == [
        1, -1, 0, -1, 1, 2,
    ]  # fmt: skip


# The suite.


def test_a_variant_changes_what_its_clusterer_reads() -> None:
    """The odds of all cues have no generic metric and no shares of the distance of strangers."""
    for variant in (one for variants in ABLATIONS.values() for one in variants):
        method = variant.method()
        read = {"algorithm", "co_occurrence"}
        if method.cluster.algorithm != "evidence":
            read = {"algorithm", "co_occurrence", "metric", "thresholds", "sure_shares"}
        changed = {path.partition(".")[2] for path in variant.changes if "cluster." in path}
        assert changed <= read, variant.name
        if any("evidence." in path for path in variant.changes):
            assert method.cluster.algorithm == "evidence"
            assert method.evidence != VideoClusterNet().evidence


def test_every_ablation_names_options_that_exist() -> None:
    for name, variants in ABLATIONS.items():
        assert [entry.name for entry in ablation(name)] == [variant.name for variant in variants]
        for variant in variants:
            method = variant.method()
            for path, value in variant.changes.items():
                stage, option = path.split(".")
                assert getattr(getattr(method, stage), option) == value
    with pytest.raises(UsageError, match="no ablation 'luck'"):
        ablation("luck")
    with pytest.raises(UsageError, match=r"no option 'adapt\.luck'"):
        Variant("x", {"adapt.luck": 1}).method()


def method_of(entry: Entry) -> VideoClusterNet:
    """The method of this project under an entry, in whatever mode."""
    assert isinstance(entry, Blind)
    method = getattr(entry.method, "method", entry.method)
    assert isinstance(method, VideoClusterNet)
    return method


OWN = [variant.name for variant in METHODS]


def test_what_the_user_chose_reaches_every_variant() -> None:
    usual = {entry.name: method_of(entry) for entry in entries(OWN)}
    run = RunConfig()
    run = replace(
        run,
        adapt=replace(run.adapt, epoch_crops=16, mode="off"),
        quality=replace(run.quality, passes=7),
        cluster=replace(run.cluster, dense_tracks=9),
        evidence=replace(run.evidence, body=False),
    )
    for entry in entries(OWN, "heads", run):
        method = method_of(entry)
        assert method.adapt.epoch_crops == 16
        assert method.quality.passes == 7
        assert method.cluster.dense_tracks == 9
        assert not method.evidence.body
        if entry.name in usual:  # what makes it this variant goes before, the paper's too
            before = usual[entry.name]
            assert method.adapt == replace(before.adapt, epoch_crops=16)
            assert method.quality == replace(before.quality, passes=7)
            assert method.cluster == replace(before.cluster, dense_tracks=9)


def test_what_distances_mean_comes_from_the_pack(tmp_path: Path) -> None:
    measured = "nearer = [0.5, 0.6, 0.7, 0.8, 0.9]\nsame_sd = 0.25\n"
    (tmp_path / "pack.toml").write_text(TOML + measured)
    run = replace(RunConfig(), pack=str(tmp_path))
    for entry in entries(OWN, None, run):
        assert method_of(entry).evidence.nearer == (0.5, 0.6, 0.7, 0.8, 0.9)
        assert method_of(entry).evidence.same_sd == 0.25
    chosen = replace(run, evidence=replace(run.evidence, same_sd=0.3))
    (entry,) = entries(["vcn"], None, chosen)
    assert method_of(entry).evidence.same_sd == 0.3


def test_only_full_mode_asks_for_pictures() -> None:
    asking = {entry.name for entry in entries([v.name for v in METHODS]) if entry.needs_crops}
    assert asking == {"vcn-full", "vcn-paper-full"}


def test_full_mode_without_pictures_is_an_error_not_head_mode() -> None:
    (full,) = entries(["vcn-full"])
    assert isinstance(full, Blind)
    film, *_ = Gaussian("none").load(0, with_crops=False)
    with pytest.raises(UsageError, match="vcn-full trains on pictures, and none has none"):
        full.method(film, 0)


def test_a_table_says_where_the_papers_method_was_run_in_head_mode() -> None:
    """The paper trains the whole model: without these words its row would say it was done."""
    table = run([Gaussian("none"), Gaussian("one")], entries(["hac-oracle"]), CONFIG)
    names = ("vcn", "vcn-paper", "vcn-paper-full", "hac-oracle")
    rows = tuple(replace(row, method=name) for name in names for row in table.rows)
    table = replace(table, rows=rows)
    cells = {line.split("|")[1].strip() for line in render(table).splitlines() if "|" in line}
    assert {name for name in cells if name.startswith("vcn")} == {
        "vcn", "vcn-paper (head mode)", "vcn-paper-full",
    }  # fmt: skip
    beside = side_by_side(table, "gaussian")
    assert "| vcn-paper (head mode) |" in beside
    assert "| vcn-paper-full |" in beside


def test_the_suite_knows_its_methods() -> None:
    assert tuple(entry.name for entry in entries()) == DEFAULT_METHODS
    heads = entries(["hac-oracle"], "heads")
    assert [entry.name for entry in heads][-2:] == ["heads-16", "hac-oracle"]
    with pytest.raises(UsageError, match="named twice"):
        entries(["finch-1", "finch-1"])
