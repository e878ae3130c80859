"""One seed, one machine: one result; and what the number of threads may change.

That whole runs give the same bytes is in test_resume.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from short_film import make_film

from vcn.config import AdaptConfig, DetectConfig
from vcn.detectors import load_detector
from vcn.methods import TrackFilm
from vcn.methods.vcn import VideoClusterNet
from vcn.nets import load_face_model
from vcn.stages.embed import embed
from vcn.types import Clustering, Crops, Embeddings
from vcn.weights.packs import load_pack


@pytest.fixture
def threads() -> Iterator[Callable[[int], None]]:
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def test_embeddings_do_not_hang_on_the_number_of_threads(threads: Callable[[int], None]) -> None:
    spec = load_pack("open").face_model
    assert spec is not None
    model = load_face_model(spec)
    images = np.random.default_rng(0).integers(0, 256, (33, 150, 150, 3), np.uint8)
    n = len(images)
    crops = Crops(images, np.arange(n), np.arange(n), np.ones(n), np.ones(n), np.ones(n))
    found = set()
    for number in (1, 2, 4):
        threads(number)
        found.add(embed(crops, model, lambda _: None).values.tobytes())
    assert len(found) == 1


def test_adapted_heads_do_not_hang_on_the_number_of_threads(
    threads: Callable[[int], None],
) -> None:
    adapt = replace(AdaptConfig(), mode="head", iterations=2, first_epochs=4, epochs=2)
    film = track_film(n_people=10, tracks_a_person=8)
    found = set()
    for number in (1, 2, 4):
        threads(number)
        metric = VideoClusterNet(adapt=adapt).run(film, 0).metric
        assert metric is not None
        found.add(b"".join(value.tobytes() for value in metric.student.values()))
    assert len(found) == 1


def test_faces_do_not_hang_on_the_number_of_threads(
    monkeypatch: pytest.MonkeyPatch, example_picture: np.ndarray
) -> None:
    spec = load_pack("open").detector
    assert spec is not None
    found = set()
    for number in (1, 2):
        monkeypatch.setenv("OMP_NUM_THREADS", str(number))
        (seen,) = load_detector(spec, DetectConfig(), "cpu").detect([example_picture])
        assert len(seen.score) == 6
        found.add(seen.xyxy.tobytes() + seen.landmarks.tobytes() + seen.score.tobytes())
    assert len(found) == 1


@pytest.fixture
def example_picture() -> np.ndarray:
    """Six people around a table."""
    return make_film.photograph("insightface", "data/images/t1.jpg").picture


def track_film(n_people: int = 5, tracks_a_person: int = 6, crops: int = 8) -> TrackFilm:
    """People as clouds in the embedding space, all alike in size."""
    random = np.random.default_rng(3)
    centres = random.normal(size=(n_people, 64))
    values, index = [], []
    for track in range(n_people * tracks_a_person):
        own = centres[track % n_people] + 0.35 * random.normal(size=64)
        values.append(own + 0.35 * random.normal(size=(crops, 64)))
        index += [track] * crops
    embeddings = Embeddings(
        np.concatenate(values).astype(np.float32), np.array(index), normalised=False
    )
    together = np.array([[0, 1], [2, 3], [5, 7]])
    return TrackFilm(embeddings, n_people * tracks_a_person, None, together, name="made up")


def permuted(film: TrackFilm, order: np.ndarray) -> TrackFilm:
    """The same film with track `order[i]` at place i."""
    place = np.argsort(order)
    rows = np.concatenate([np.flatnonzero(film.embeddings.track_index == t) for t in order])
    embeddings = Embeddings(
        film.embeddings.values[rows], place[film.embeddings.track_index[rows]], normalised=False
    )
    return replace(
        film, embeddings=embeddings, cannot_link=np.sort(place[film.cannot_link], axis=1)
    )


def partition(labels: np.ndarray) -> list[int]:
    return Clustering.from_labels(labels).labels.tolist()


@pytest.mark.parametrize("mode", ["off", "head"])
def test_the_order_of_tracks_does_not_matter(mode: str) -> None:
    adapt = replace(AdaptConfig(), mode=mode, iterations=2, first_epochs=10, epochs=5, n_heads=4)
    method = VideoClusterNet(adapt=adapt)
    film = track_film()
    labels = method(film, 0).labels
    assert len(set(labels.tolist()) - {-1}) > 1
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(film.n_tracks)
        again = method(permuted(film, order), 0).labels
        assert partition(again[np.argsort(order)]) == partition(labels)
