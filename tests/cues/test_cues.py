"""What cues read, and what the film teaches them."""

from __future__ import annotations

import numpy as np
import pytest

from vcn.config import EvidenceConfig
from vcn.cues.levels import Context, LevelReading, contexts
from vcn.cues.look import clothes, hair
from vcn.cues.threads import Threads
from vcn.cues.voice import Voice
from vcn.errors import DataError
from vcn.types import Crops, Embeddings, Setting, TrackFilm
from vcn.video.surround import HEIGHT, WIDTH, surround

CONFIG = EvidenceConfig()


def film(colours: list[tuple[int, int, int]], scene: list[int], **more: object) -> TrackFilm:
    """One crop a track, in a shirt of one colour; a shot each."""
    n = len(colours)
    around = np.zeros((n, HEIGHT, WIDTH, 3), np.uint8)
    around[:] = np.array(colours, np.uint8)[:, None, None]
    inside = np.tile(np.array([0, 0, 1, 1], np.float32), (n, 1))
    ones = np.ones(n, np.float32)
    images = np.zeros((n, 8, 8, 3), np.uint8)
    crops = Crops(images, np.arange(n), np.arange(n), 50 * ones, ones, ones, None, around, inside)
    seconds = np.stack([100.0 * np.arange(n), 100.0 * np.arange(n) + 5], axis=1)
    threads = np.zeros((0, 2), np.int64)
    setting = Setting(np.arange(n), seconds, np.array(scene), threads)
    values = np.random.default_rng(0).normal(size=(n, 8)).astype(np.float32)
    embeddings = Embeddings(values, np.arange(n), normalised=False)
    return TrackFilm(embeddings, n, crops, setting=setting, **more)  # type: ignore[arg-type]


RED, BLUE = (200, 30, 30), (30, 30, 200)


def test_contexts() -> None:
    setting = Setting(
        np.array([0, 1, 2, 3]),
        np.array([[0.0, 1], [5, 6], [8, 9], [100, 101]]),
        np.array([0, 0, 1, 2]),
        np.zeros((0, 2), np.int64),
    )
    found = contexts(setting, 20.0)
    assert found[0, 1] == Context.scene
    assert found[0, 2] == Context.near
    assert found[0, 3] == Context.far


def test_clothes_speak_within_a_scene_and_never_against_in_another() -> None:
    reading = clothes(CONFIG).read(film([RED, RED, BLUE, BLUE, RED, BLUE], [0, 0, 0, 0, 1, 2]))
    assert reading is not None
    n = 6
    sure = np.zeros((n, n), np.float32)
    weight = reading.weights(np.full((n, n), 0.2), sure)  # nothing is sure: the prior alone
    assert weight[0, 1] > 0 > weight[:4, :4].min()
    assert weight[0, 1] > weight[0, 2]
    assert (weight[4] >= 0).all()
    assert (weight == weight.T).all()


def test_the_film_teaches_what_a_cue_means() -> None:
    """Where sure pairs show that colours mean nothing, or the contrary, no weight is left."""
    rng = np.random.default_rng(0)
    n = 60
    distance = rng.random((n, n)).astype(np.float32)
    distance = (distance + distance.T) / 2
    context = np.zeros((n, n), np.int64)
    person = np.arange(n) % 2
    same = (person[:, None] == person[None, :]).astype(np.float64)
    reading = LevelReading(distance, context, CONFIG)
    everything = np.ones((n, n), np.float32)
    assert np.abs(reading.weights(same, everything)).max() < 0.3
    telling = LevelReading(
        np.where(same > 0, 0.3 * distance, 0.3 + distance).astype(np.float32), context, CONFIG
    )
    weight = telling.weights(same, everything)
    assert weight[same > 0].mean() > 1
    assert weight[same == 0].mean() < -0.5


def test_a_patch_outside_the_picture_says_nothing() -> None:
    """A face at the lower edge has hair but no torso."""
    image = np.full((100, 100, 3), 80, np.uint8)
    _, inside = surround(image, np.array([40, 60, 70, 98], np.float32))
    crops = film([RED, RED], [0, 0]).crops
    assert crops is not None
    low = Crops(
        crops.images, crops.track_index, crops.frame, crops.size, crops.sharpness, crops.score,
        None, crops.around, np.stack([inside, np.array([0, 0, 1, 1], np.float32)]),
    )  # fmt: skip
    seen = film([RED, RED], [0, 0])
    seen = TrackFilm(seen.embeddings, 2, low, setting=seen.setting)
    torso, head = clothes(CONFIG).read(seen), hair(CONFIG).read(seen)
    assert isinstance(torso, LevelReading)
    assert isinstance(head, LevelReading)
    assert np.isnan(torso.distance[0, 1])
    assert not np.isnan(head.distance[0, 1])


def test_films_without_what_a_cue_needs() -> None:
    bare = film([RED, BLUE], [0, 0])
    plain = TrackFilm(bare.embeddings, 2)
    assert clothes(CONFIG).read(plain) is None
    assert Threads(CONFIG).read(plain) is None
    assert Threads(CONFIG).read(bare) is None


def test_threads_speak_of_their_pairs_alone() -> None:
    bare = film([RED, BLUE, RED], [0, 0, 0])
    assert bare.setting is not None
    setting = Setting(
        bare.setting.shot, bare.setting.seconds, bare.setting.scene, np.array([[0, 2]])
    )
    reading = Threads(CONFIG).read(TrackFilm(bare.embeddings, 3, setting=setting))
    assert reading is not None
    weight = reading.weights(np.zeros((3, 3)), np.zeros((3, 3), np.float32))
    assert weight[0, 2] == weight[2, 0] > 3
    assert np.count_nonzero(weight) == 2


def voiced(n: int, n_people: int) -> tuple[TrackFilm, np.ndarray]:
    """Tracks of people who speak in turn, and (n, n) who is one person; the last says nothing."""
    rng = np.random.default_rng(0)
    person = np.arange(n) % n_people
    voice = rng.normal(size=(n_people, 32))[person] + 0.4 * rng.normal(size=(n, 32))
    voice /= np.linalg.norm(voice, axis=1, keepdims=True)
    voice[-1] = 0
    values = rng.normal(size=(n, 8)).astype(np.float32)
    embeddings = Embeddings(values, np.arange(n), normalised=False)
    film = TrackFilm(embeddings, n, voices=voice.astype(np.float32))
    return film, person[:, None] == person[None, :]


def test_voices_speak_as_much_as_sure_pairs_taught_them() -> None:
    n = 60
    film, same = voiced(n, 3)
    reading = Voice(CONFIG).read(film)
    assert reading is not None
    posterior = same.astype(np.float64)
    nothing_sure = reading.weights(posterior, np.zeros((n, n), np.float32))
    assert np.abs(nothing_sure).max() < 1e-3
    few = np.zeros((n, n), np.float32)
    few[:5, :5] = 1  # ten pairs
    assert np.abs(reading.weights(posterior, few)).max() < 0.5
    weight = reading.weights(posterior, np.ones((n, n), np.float32))
    heard = np.ones((n, n), np.bool_)
    np.fill_diagonal(heard, False)
    heard[-1] = heard[:, -1] = False
    assert weight[heard & same].min() > 0.3  # in every scene, for and against
    assert weight[heard & same].mean() > 1
    assert weight[heard & ~same].mean() < -1
    assert not weight[-1].any()  # it is not heard
    np.testing.assert_array_equal(weight, weight.T)
    contrary = reading.weights(1 - posterior, np.ones((n, n), np.float32))
    assert np.ptp(contrary[heard]) < 1e-6  # less alike never speaks more for one person


def test_where_nobody_or_one_is_heard_no_voice_speaks() -> None:
    film, _ = voiced(4, 2)
    assert Voice(CONFIG).read(TrackFilm(film.embeddings, 4)) is None
    assert film.voices is not None
    alone = np.where(np.arange(4)[:, None] == 1, film.voices, 0)
    assert Voice(CONFIG).read(TrackFilm(film.embeddings, 4, voices=alone)) is None
    with pytest.raises(DataError, match="voices"):
        TrackFilm(film.embeddings, 4, voices=film.voices[:3])
