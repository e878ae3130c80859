"""Set-ups known again, and scenes, on made up pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from vcn.config import ThreadConfig
from vcn.runtime.store import Store
from vcn.stages.scenes import scenes
from vcn.stages.setups import SetUpWriter, load_setups
from vcn.stages.threads import Link, face_threads, find_links
from vcn.types import ImageArray, SetUps, Shot, Track

CONFIG = ThreadConfig()
WIDTH, HEIGHT = 640, 360


@dataclass
class Picture:
    """What the writer asks of a frame."""

    image: ImageArray

    def small(self, width: int) -> ImageArray:
        height = round(HEIGHT * width / WIDTH)
        return np.asarray(cv2.resize(self.image, (width, height), interpolation=cv2.INTER_AREA))


def room(seed: int) -> ImageArray:
    """A picture with corners all over it."""
    rng = np.random.default_rng(seed)
    image = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    for _ in range(150):
        x, y = int(rng.integers(0, WIDTH)), int(rng.integers(0, HEIGHT))
        w, h = rng.integers(8, 70, 2).tolist()
        colour = rng.integers(0, 256, 3).tolist()
        cv2.rectangle(image, (x, y), (x + w, y + h), colour, -1)
    return image


def setups(pictures: list[ImageArray], folder: Path) -> SetUps:
    with Store(folder, "film").draft("scan", "key") as draft:
        writer = SetUpWriter(draft.path, CONFIG)
        for picture in pictures:
            writer.add(Picture(picture))  # type: ignore[arg-type]
        writer.finish(draft)
    found = Store(folder, "film").find("scan", "key")
    assert found is not None
    return load_setups(found)


def test_a_set_up_is_known_again_and_nothing_else(tmp_path: Path) -> None:
    """A, B, A moved by a few pixels, then C with A's caption only."""
    a, b, c = room(0), room(1), room(2)
    moved = np.roll(a, (4, 6), axis=(0, 1))
    captioned = c.copy()
    for picture in (a, moved, captioned):
        cv2.putText(picture, "the same caption 12:30", (20, 340), 0, 1.2, (255, 255, 255), 3)
    shots = [a, a, b, b, moved, moved, captioned, captioned]
    links = find_links(setups(shots, tmp_path), 4, CONFIG, lambda _: None)
    assert [(link.first, link.second) for link in links] == [(0, 2)]
    shift = links[0].map[:, 2] * WIDTH / CONFIG.width
    assert np.abs(shift - (6, 4)).max() < 1.5


def test_in_a_dissolve_both_pictures_are_the_same_mixture(tmp_path: Path) -> None:
    """The last of A and the first of B show both; a jump in one set-up is none."""
    a, b = room(0), room(1)

    def mixed(x: float) -> ImageArray:
        return np.asarray(cv2.addWeighted(a, 1 - x, b, x, 0))

    links = find_links(
        setups([a, mixed(0.46), mixed(0.54), b], tmp_path), 2, CONFIG, lambda _: None
    )
    assert links == []
    jumped = np.roll(a, (4, 6), axis=(0, 1))
    links = find_links(setups([a, a, jumped, jumped], tmp_path / "b"), 2, CONFIG, lambda _: None)
    assert [(link.first, link.second) for link in links] == [(0, 1)]


def test_flat_pictures_say_nothing(tmp_path: Path) -> None:
    grey = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    assert find_links(setups([grey] * 4, tmp_path), 2, CONFIG, lambda _: None) == []
    assert find_links(setups([], tmp_path / "b"), 0, CONFIG, lambda _: None) == []


def track(number: int, shot: int, frames: range, left: float) -> Track:
    n = len(frames)
    box = np.tile(np.array([left, 100, left + 60, 180], np.float32), (n, 1))
    ones = np.ones(n, np.float32)
    return Track(number, shot, np.array(frames), box, ones, ones.astype(np.bool_))


def test_a_face_stands_where_a_face_stood() -> None:
    """Each track once, the best overlap first; tracks that end early do not count."""
    shots = [Shot(0, 0, 20), Shot(1, 20, 40), Shot(2, 40, 60)]
    tracks = [
        track(0, 0, range(20), 100),
        track(1, 0, range(10), 300),
        track(2, 2, range(40, 60), 110),
        track(3, 2, range(40, 60), 300),
        track(4, 2, range(40, 60), 130),
    ]
    same = Link(0, 2, np.array([[1.0, 0, 0], [0, 1, 0]]))
    pairs = face_threads([same], tracks, shots, WIDTH, CONFIG)
    assert pairs.tolist() == [[0, 2]]


def test_scenes_hold_what_lies_between() -> None:
    assert scenes(6, [(0, 2), (1, 3)]).tolist() == [0, 0, 0, 0, 1, 2]
    assert scenes(4, []).tolist() == [0, 1, 2, 3]
    assert scenes(1, []).tolist() == [0]
    assert scenes(0, []).tolist() == []
