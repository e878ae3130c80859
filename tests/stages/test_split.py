"""Where a track goes from one person to another, on made-up crops."""

from __future__ import annotations

import cv2
import numpy as np

from vcn.config import SplitConfig
from vcn.stages.split import find_changes
from vcn.types import Crops, Embeddings, IntArray

D = 64
NOBODY = np.empty((0, 2), np.int64)


class Studio:
    """Embeddings and pictures of people, with variation."""

    def __init__(self, seed: int = 0, noise: float = 0.004, grain: float = 8) -> None:
        self.rng = np.random.default_rng(seed)
        self.common = self.rng.normal(size=D)
        self.common /= np.linalg.norm(self.common)
        self.people: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self.noise, self.grain = noise, grain

    def shot(self, who: str) -> tuple[np.ndarray, np.ndarray]:
        """Embedding and picture of one crop; strangers have a cosine of about .84."""
        if who not in self.people:
            own = self.rng.normal(size=D) / np.sqrt(D)
            picture = cv2.resize(self.rng.integers(30, 220, (8, 8, 3), dtype=np.uint8), (48, 48))
            self.people[who] = (0.917 * self.common + 0.4 * own, picture)
        own, picture = self.people[who]
        value = own + self.rng.normal(size=D) * np.sqrt(self.noise / D)
        grain = self.rng.normal(0, self.grain, picture.shape)
        return value, np.clip(picture + grain, 0, 255).astype(np.uint8)


def changes(
    tracks: list[str],
    studio: Studio | None = None,
    impostor_cosine: float | None = 0.84,
    config: SplitConfig | None = None,
    usable: list[bool] | None = None,
    able: list[bool] | None = None,
) -> list[int]:
    """Tracks are words; a letter is a person in one crop."""
    studio = studio or Studio()
    shots = [studio.shot(who) for track in tracks for who in track]
    index = np.repeat(np.arange(len(tracks)), [len(track) for track in tracks])
    n = len(index)
    size = np.ones(n, np.float32)
    images = np.stack([picture for _, picture in shots] or [np.zeros((48, 48, 3), np.uint8)])[:n]
    crops = Crops(images, index, np.arange(n), size, size, size)
    values = np.array([value for value, _ in shots], np.float32).reshape(n, D)
    found: IntArray = find_changes(
        crops,
        Embeddings(values, index, normalised=False),
        len(tracks),
        NOBODY,
        impostor_cosine,
        np.ones(n, np.bool_) if usable is None else np.array(usable),
        np.ones(n, np.bool_) if able is None else np.array(able),
        config or SplitConfig(),
    )
    return found.tolist()


CALM = ["aaaaaa", "bbbbbb", "cccccc", "dddddd"]


def test_tracks_of_one_person_stay_whole() -> None:
    assert changes(CALM) == []


def test_a_track_is_cut_where_the_person_changes() -> None:
    assert changes([*CALM, "aaabbb"]) == [27]
    assert changes(["aabbccddee", *CALM]) == [2, 4, 6, 8]
    assert changes([*CALM, "aabbaabb"]) == [26, 28, 30]


def test_a_single_odd_crop_between_two_of_one_person_is_no_person() -> None:
    assert changes([*CALM, "aaaxaaa"]) == []
    assert changes([*CALM, "aaaxbbb"]) == [27, 28]  # but a person between two others is


def test_somebody_who_comes_and_goes_is_a_person() -> None:
    assert changes([*CALM, "aaabbaaa"]) == [27, 29]


def test_a_mixture_beside_a_dissolve_belongs_to_one_of_the_two() -> None:
    studio = Studio()
    one, two = studio.shot("a"), studio.shot("b")
    studio.people["m"] = ((one[0] + two[0]) / 2, (one[1] // 2 + two[1] // 2))
    (cut,) = changes([*CALM, "aaambbb"], studio)
    assert cut in (27, 28)


def test_a_face_that_looks_otherwise_for_a_moment_is_one_person() -> None:
    """Turned to one side, then to the other: these two differ as strangers do, the rest not."""
    studio = Studio(noise=0.06, grain=60)
    own, picture = studio.shot("a")
    turn = studio.rng.normal(size=D) * 0.3 / np.sqrt(D)
    studio.people["<"] = own + turn, picture // 2 + studio.shot("x")[1] // 2
    studio.people[">"] = own - turn, picture // 2 + studio.shot("y")[1] // 2
    assert changes([*CALM * 3, "aaaaaa<>aaaaaa"], studio) == []
    assert changes([*CALM * 3, "<<<<<<>>>>>>"], studio) == [78]  # nothing shows one person


def test_where_faces_vary_more_is_allowed() -> None:
    """Half way to a stranger: a change among faces that hold still, none where they do not."""
    cuts = []
    for noise, grain in ((0.001, 8), (0.1, 120)):
        studio = Studio(noise=noise, grain=grain)
        one, two = studio.shot("a"), studio.shot("b")
        studio.people["m"] = (one[0] + two[0]) / 2, (one[1] // 2 + two[1] // 2)
        cuts.append(changes([*CALM * 3, "aaammm"], studio))
    assert cuts == [[75], []]


def test_without_the_packs_word_the_film_says_what_strangers_are() -> None:
    assert changes([*CALM, "aaabbb"], impostor_cosine=None) == [27]
    assert changes(["aaaaaa"], impostor_cosine=None) == []


def test_a_face_cut_off_by_the_edge_of_the_picture_bears_no_witness() -> None:
    seen = [True] * 28
    assert changes([*CALM, "aaax"], usable=[*seen[:-1], False]) == []
    assert changes([*CALM, "axbb"], usable=[*seen[:25], False, True, True]) == [26]


def test_a_piece_with_which_no_track_could_begin_stays() -> None:
    """The end of a track that the detector hardly takes for a face: a head that turned away."""
    able = [True] * 24
    assert changes([*CALM, "aaaaxx"], able=[*able, *[True] * 6]) == [28]
    assert changes([*CALM, "aaaaxx"], able=[*able, *[True] * 4, False, False]) == []
    assert changes([*CALM, "aaaaxx"], able=[*able, *[True] * 4, False, True]) == [28]


def test_nothing_to_split() -> None:
    assert changes([]) == []
    assert changes(["a"]) == []
    assert changes(["", "ab", ""]) == changes(["ab"])
    assert changes([*CALM, "aaabbb"], config=SplitConfig(enabled=False)) == []
