"""People by face, body and voice: RAD-Net, MuHPC, B-ReID, and VPCD's layout."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from person_films import person_film, write_vpcd

from vcn.benchmark.persons import exchanged, read_persons
from vcn.config import MuHpcConfig, RadNetConfig
from vcn.errors import DataError
from vcn.methods.muhpc import BReId, MuHpc, bridged, first_neighbours, placed, voice_threshold
from vcn.methods.persons import PersonFilm
from vcn.methods.radnet import RadNet, train
from vcn.methods.radnet.cluster import Links, links, united
from vcn.methods.radnet.graph import graphs_of, nearest, sampled, slots
from vcn.methods.radnet.net import RadNetModule
from vcn.methods.radnet.saved import learned_of, load_radnet
from vcn.scores import nmi
from vcn.types import Embeddings
from vcn.weights.learned import save_learned

SMALL = RadNetConfig(tracks=4, clues=2, epochs=2, batch=8)


def clues(*rows: tuple[int, list[float]]) -> Embeddings:
    width = len(rows[0][1]) if rows else 3
    values = np.array([row for _, row in rows], np.float32).reshape(-1, width)
    return Embeddings(values, np.array([t for t, _ in rows], np.int64), normalised=False)


def at(degrees: float) -> list[float]:
    return [float(np.cos(np.radians(degrees))), float(np.sin(np.radians(degrees)))]


def film(
    face: Embeddings,
    body: Embeddings | None = None,
    voice: Embeddings | None = None,
    shot: list[int] | None = None,
    cannot: list[tuple[int, int]] | None = None,
    n_tracks: int = 4,
) -> PersonFilm:
    none = clues((0, [0.0, 0.0]))
    empty = replace(none, values=none.values[:0], track_index=none.track_index[:0])
    return PersonFilm(
        face,
        body or empty,
        voice or empty,
        np.array(shot or list(range(n_tracks))),
        np.array(cannot or [], np.int64).reshape(-1, 2),
    )


# RAD-Net


def test_a_graph_has_the_nearest_tracks_and_its_places_filled() -> None:
    # Tracks at 0, 10, 80 and 90 degrees; only track 3 speaks, track 2 has two faces.
    made = film(
        clues((0, at(0)), (1, at(10)), (2, at(80)), (2, at(81)), (3, at(90))),
        voice=clues((3, at(5))),
    )
    config = replace(SMALL, tracks=3)
    graphs = graphs_of(made, config)
    assert len(slots(config)) == graphs.track.shape[1] == 3 * (2 + 2 + 1)
    assert graphs.track[:, :6].tolist() == [
        [0, -1, 1, -1, 2, 2],
        [1, -1, 0, -1, 2, 2],
        [2, 2, 3, -1, 1, -1],
        [3, -1, 2, 2, 1, -1],
    ]
    assert (graphs.track[:, 6:12] == -1).all()  # nobody has a body
    # The voice of track 3, which is no neighbour of 0, is in its graph: nobody nearer speaks.
    assert graphs.track[:, 12:].tolist() == [[-1, 3, -1], [-1, 3, -1], [-1, 3, -1], [3, -1, -1]]
    few = graphs_of(film(clues((0, at(0)), (1, at(5))), n_tracks=2), SMALL)
    assert few.track[:, :8].tolist() == [
        [0, -1, 1, -1, -1, -1, -1, -1],
        [1, -1, 0, -1, -1, -1, -1, -1],
    ]


def test_who_has_no_face_is_placed_by_the_body() -> None:
    made = film(
        clues((0, at(0)), (1, at(10)), (2, at(80))),
        body=clues((0, at(0)), (1, at(90)), (2, at(50)), (3, at(60))),
        n_tracks=5,
    )
    near = nearest(made, replace(SMALL, tracks=3))
    assert near.tolist() == [
        [0, 1, 2, -1, -1],
        [1, 0, 2, -1, -1],
        [2, 1, 0, -1, -1],
        [3, 2, 1, 0, -1],
        [4, -1, -1, -1, -1],  # nothing is known of it
    ]
    has = np.array([True, False, True, True, False])
    assert sampled(near, has, 2).tolist() == [[0, 2], [-1, 0], [2, 0], [3, 2], [-1, -1]]
    # With faces alone, nobody is near to track 3, and it is linked to nobody.
    alone = replace(SMALL, modalities=("face",))
    torch.manual_seed(0)
    found = links(RadNetModule({"face": 2}, alone), graphs_of(made, alone))
    assert found.pairs.tolist() == [[0, 1], [0, 2], [1, 2]]


def test_clues_that_are_not_there_change_nothing() -> None:
    torch.manual_seed(0)
    net = RadNetModule({"face": 4, "body": 4, "voice": 4}, SMALL).eval()
    sizes = {"face": 8, "body": 8, "voice": 4}
    features = {m: torch.randn(2, n, 4) for m, n in sizes.items()}
    there = torch.rand(2, 20) > 0.3
    rank = torch.tensor([*(2 * [0, 0, 1, 1, 2, 2, 3, 3]), 0, 1, 2, 3])
    track = torch.where(there, rank, -1)
    same, _ = net(features, track)
    start = 0
    other = {}
    for m, n in sizes.items():
        gone = ~there[:, start : start + n, None]
        other[m] = torch.where(gone, torch.randn(2, n, 4), features[m])
        start += n
    again, _ = net(other, track)
    torch.testing.assert_close(again[-1], same[-1])
    assert ((same[-1] >= 0) & (same[-1] <= 1)).all()
    assert not same[-1][~(there[:, :, None] & there[:, None, :])].any()


def test_linked_tracks_are_one_person() -> None:
    found = Links(np.array([[0, 1], [1, 3], [2, 3]]), np.array([0.9, 0.6, 0.5]))
    assert united(found, 0.55, 5).labels.tolist() == [0, 0, 1, 0, 2]
    assert united(found, 0.95, 5).labels.tolist() == [0, 1, 2, 3, 4]


def test_training_is_the_same_for_a_seed_and_learns() -> None:
    films = [person_film(seed, n_people=4, n_tracks=16, clues=3) for seed in range(3)]
    config = replace(SMALL, epochs=8)
    losses: list[list[float]] = []
    nets: list[RadNet] = []
    for seed in (0, 0, 1):
        losses.append([])
        nets.append(train(films, config, seed, lambda _, loss: losses[-1].append(loss)))
    first, second, third = (links(one.net, graphs_of(films[0].film, config)) for one in nets)
    np.testing.assert_array_equal(first.score, second.score)
    assert nets[0].threshold == nets[1].threshold
    assert not np.array_equal(first.score, third.score)
    assert losses[0] == losses[1]
    assert losses[0][-1] < 0.95 * losses[0][0]
    with pytest.raises(DataError, match="no labelled track"):
        train([], config, 0)


def test_a_network_is_written_and_read(tmp_path: Path) -> None:
    films = [person_film(0, n_people=3, n_tracks=12, clues=3)]
    made = train(films, SMALL, 0)
    path = tmp_path / "radnet.safetensors"
    save_learned(learned_of(made, films, 0, [1.0, 0.9]), path)
    back = load_radnet(path)
    assert back.threshold == made.threshold
    np.testing.assert_array_equal(back(films[0].film, 0).labels, made(films[0].film, 0).labels)


@pytest.mark.slow
def test_all_three_are_better_than_two_and_two_than_faces() -> None:
    """The order of the paper's table IV, and its table III, on synthetic films."""
    films = [person_film(seed, n_people=8) for seed in range(50)]
    tests = [person_film(1000 + seed, n_people=8) for seed in range(12)]
    config = RadNetConfig(clues=2, batch=4, epochs=4)
    scores = {}
    for modalities in (("face",), ("face", "voice"), ("face", "body", "voice")):
        net = train(films, replace(config, modalities=modalities), 0)
        scores[modalities] = np.mean([nmi(t.person, net(t.film, 0).labels) for t in tests])
    one, two, three = scores.values()
    assert three > two > one
    # Bodies of others, of which the network learnt nothing.
    disturbed = [
        np.mean(
            [nmi(t.person, net(exchanged(t.film, ratio, n), 0).labels) for n, t in enumerate(tests)]
        )
        for ratio in (0.1, 0.3)
    ]
    assert three > disturbed[0] > disturbed[1] > three - 0.15


# MuHPC


def test_first_neighbours_are_joined_while_they_are_near() -> None:
    means = np.array([at(0), at(10), at(60), at(68), at(100)], np.float32)
    has, none = np.ones(5, np.bool_), np.zeros((0, 2), np.int64)
    near = float(1 - np.cos(np.radians(12)))
    labels = first_neighbours(means, has, none, near)
    assert len(np.unique(labels)) == 3
    assert labels[0] == labels[1]
    assert labels[2] == labels[3]
    # Those who share a frame are never joined, and a track without a face takes no part.
    apart = first_neighbours(means, has, np.array([[0, 1]]), near)
    assert apart[0] != apart[1]
    assert first_neighbours(means, has & (np.arange(5) != 4), none, near)[4] == -1
    # Means of clusters go on: 5 degrees and 76, which are 71 apart.
    wide = first_neighbours(means, has, none, float(1 - np.cos(np.radians(75))))
    assert len(np.unique(wide)) == 1


def test_no_link_chains_two_who_share_a_frame() -> None:
    means = np.array([at(0), at(4), at(8)], np.float32)
    labels = first_neighbours(means, np.ones(3, np.bool_), np.array([[0, 2]]), 0.5)
    assert labels[0] != labels[2]


def test_voices_bridge_people_whose_faces_are_nearly_near() -> None:
    faces = clues((0, at(0)), (1, at(60)), (2, at(150)), (3, at(210)))
    voices = clues((0, at(0)), (1, at(5)), (2, at(90)), (3, at(170)))
    made = film(faces, voice=voices, cannot=[(0, 2), (2, 3)])
    labels = np.arange(4)
    # The nearest voices of two who share a frame: 2 and 3, 80 degrees.
    threshold = voice_threshold(made, labels)
    assert threshold == pytest.approx(1 - np.cos(np.radians(80)), abs=1e-6)
    means, _ = made.means("face")
    loose = float(1 - np.cos(np.radians(61)))
    joined = bridged(made, means, labels, loose, threshold)
    assert joined[0] == joined[1]
    assert len(np.unique(joined)) == 3  # 2 and 3 share a frame
    assert len(np.unique(bridged(made, means, labels, loose / 2, threshold))) == 4
    silent = film(faces, cannot=[(0, 2)])
    assert voice_threshold(silent, labels) is None


def test_a_back_joins_the_nearest_body_around() -> None:
    body = clues((0, at(0)), (1, at(50)), (2, at(5)), (3, at(25)))
    made = film(clues((0, at(0)), (1, at(90))), body, shot=[0, 1, 2, 2])
    config = MuHpcConfig()
    known = np.array([0, 1, -1, -1])
    assert placed(made, known, config).tolist() == [0, 1, 0, -1]  # 3 is between the two
    far = replace(made, shot=np.array([0, 1, 9, 9]))
    assert placed(far, known, config).tolist() == [0, 1, -1, -1]
    together = replace(made, cannot_link=np.array([[0, 2]]))
    assert placed(together, known, config)[2] != 0
    strict = replace(config, back=0.001)
    assert placed(made, known, strict).tolist() == [0, 1, -1, -1]


def test_all_three_stages_and_bodies_alone() -> None:
    made = person_film(3, n_people=5, n_tracks=30, turned=0.0)
    found = MuHpc()(made.film, 0)
    assert nmi(made.person, found.labels) > 0.75
    bodies = BReId()(made.film, 0)
    assert len(bodies.labels) == 30
    assert MuHpc()(film(clues((0, at(0))), n_tracks=2), 0).labels.tolist() == [0, -1]


# VPCD's layout


def test_a_programme_is_read_as_it_was_written(tmp_path: Path) -> None:
    films = [person_film(seed, n_people=4, n_tracks=12) for seed in range(2)]
    path = write_vpcd(tmp_path / "show.pkl", films)
    back = read_persons(path)
    assert [one.film.name for one in back] == ["show/s01e01", "show/s01e02"]
    for one, two in zip(films, back, strict=True):
        assert nmi(one.person, two.person) == pytest.approx(1)
        for modality in ("face", "body", "voice"):
            given, found = one.film.of(modality), two.film.of(modality)
            np.testing.assert_allclose(found.values, given.values)
            np.testing.assert_array_equal(found.track_index, given.track_index)
    with path.open("wb") as stream:
        pickle.dump({"s01e01": print}, stream)
    with pytest.raises(DataError):
        read_persons(path)


def test_exchanged_bodies_are_those_of_others() -> None:
    made = person_film(0, n_tracks=20).film
    moved = exchanged(made, 0.5, 0)
    assert len(moved.body) == len(made.body)
    same = [
        np.array_equal(
            made.body.values[made.body.track_index == t],
            moved.body.values[moved.body.track_index == t],
        )
        for t in range(20)
    ]
    assert 4 <= 20 - sum(same) <= 16
    np.testing.assert_array_equal(exchanged(made, 0.0, 0).body.values, made.body.values)


def test_the_commands(tmp_path: Path, run: Callable[..., tuple[int, str, str]]) -> None:
    for n, name in enumerate(("one", "two")):
        write_vpcd(tmp_path / f"{name}.pkl", [person_film(n, n_people=3, n_tracks=10, clues=3)])
    (tmp_path / "my.toml").write_text("[muhpc]\ndelta = 0.3\n")
    code, out, err = run(
        *("persons", tmp_path, "--epochs", "1", "--programme", "two", "-q", "--seed", "1"),
        *("--feature-weight", "0.5", "--set", "radnet.cycles=1", "--config", tmp_path / "my.toml"),
        *("--progress", "plain"),
    )
    assert (code, err) == (0, "")
    assert [line.split()[:2] for line in out.splitlines()[1:]] == [
        ["two", "radnet"],
        ["two", "muhpc"],
        ["two", "b-reid"],
    ]
    target = tmp_path / "radnet.safetensors"
    code, out, _ = run("train", "radnet", "--data", tmp_path, "-o", target, "--epochs", "1")
    assert code == 0
    assert "20 tracks" in out
    assert load_radnet(target).net.widths == {"face": 16, "body": 16, "voice": 16}
    code, _, err = run("persons", tmp_path, "--programme", "three")
    assert code == 2
    assert "It has one, two" in err
