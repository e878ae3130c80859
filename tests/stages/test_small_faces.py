"""Small faces in large pictures, with a detector that sees what is large enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from vcn.config import DetectConfig, TrackConfig
from vcn.detectors import Detections
from vcn.stages.small_faces import Finder, around, tiles
from vcn.types import ImageArray

CONFIG = DetectConfig(max_side=640, small_side=20, small_seconds=3.0, small_gap_seconds=1.0)


class Sees:
    """Finds bright squares of at least 16 pixels, once the picture has been made smaller."""

    batched = True

    def __init__(self, max_side: int = 640) -> None:
        self.max_side = max_side
        self.searched: list[tuple[int, int]] = []

    def detect(self, images: Sequence[ImageArray]) -> list[Detections]:
        return [self._one(image) for image in images]

    def _one(self, image: ImageArray) -> Detections:
        import cv2

        height, width = image.shape[:2]
        self.searched.append((width, height))
        scale = min(1.0, self.max_side / max(width, height))
        _, _, stats, _ = cv2.connectedComponentsWithStats((image[..., 0] > 0).astype(np.uint8))
        boxes = stats[1:, :4].astype(np.float32)
        boxes = boxes[boxes[:, 2:].min(axis=1) * scale >= 16]
        boxes[:, 2:] += boxes[:, :2]
        points = np.repeat(((boxes[:, :2] + boxes[:, 2:]) / 2)[:, None], 5, axis=1)
        return Detections(boxes, points, np.full(len(boxes), 0.9, np.float32))


def picture(*faces: tuple[int, int, int], size: tuple[int, int] = (1920, 1080)) -> ImageArray:
    image = np.zeros((size[1], size[0], 3), np.uint8)
    for x, y, side in faces:
        image[y : y + side, x : x + side] = 255
    return image


def boxes(found: Detections) -> list[list[int]]:
    return sorted(found.xyxy.round().astype(int).tolist())


@pytest.mark.parametrize(
    ("width", "height", "n"),
    [(1920, 1080, 6), (1280, 720, 2), (640, 360, 1), (1080, 1920, 6), (3840, 2160, 18)],
)
def test_tiles_cover_the_picture_and_overlap_by_a_face(width: int, height: int, n: int) -> None:
    found = tiles(width, height, 640, 60)
    assert len(found) == n
    assert len({(x2 - x1, y2 - y1) for x1, y1, x2, y2 in found}) == 1
    rng = np.random.default_rng(0)
    for x, y in rng.uniform(0, 1, (300, 2)) * (width - 60, height - 60):
        assert any(
            x1 <= x and y1 <= y and x + 60 <= x2 and y + 60 <= y2 for x1, y1, x2, y2 in found
        )


def test_tiles_of_8k_are_bounded() -> None:
    assert len(tiles(7680, 4320, 640, 240)) <= 36


def test_a_region_lies_in_the_picture_around_the_face() -> None:
    for box in ([0, 0, 30, 30], [1890, 1050, 1920, 1080], [700, 500, 740, 550]):
        x1, y1, x2, y2 = around(np.array(box, np.float32), 1920, 1080)
        assert 0 <= x1 <= box[0] < box[2] <= x2 <= 1920
        assert 0 <= y1 <= box[1] < box[3] <= y2 <= 1080
    assert around(np.array([5, 5, 15, 15], np.float32), 40, 30) == (0, 0, 40, 30)


def test_small_and_large_faces_are_found_once_each() -> None:
    image = picture((100, 100, 30), (620, 500, 40), (1000, 200, 300), (1885, 1040, 30))
    finder = Finder(Sees(), CONFIG, 1920, 1080, False)
    (found,) = finder.find([image], [0.0])
    assert boxes(found) == [
        [100, 100, 130, 130],
        [620, 500, 660, 540],
        [1000, 200, 1300, 500],
        [1885, 1040, 1915, 1070],
    ]
    np.testing.assert_allclose(
        found.landmarks.mean(axis=1), (found.xyxy[:, :2] + found.xyxy[:, 2:]) / 2
    )


def test_between_the_searches_in_tiles_a_small_face_is_followed_in_its_surroundings() -> None:
    detector = Sees()
    finder = Finder(detector, CONFIG, 1920, 1080, False)
    for step in range(20):
        detector.searched.clear()
        x = 400 + 12 * step
        (found,) = finder.find([picture((x, 300, 30))], [step / 10])
        assert boxes(found) == [[x, 300, x + 30, 330]]
        assert len(detector.searched) == (7 if step == 0 else 2)


def test_when_all_tiles_are_searched() -> None:
    detector = Sees()
    finder = Finder(detector, CONFIG, 1920, 1080, False)
    full = []
    for step in range(100):
        if step in (2, 20):
            finder.restart()  # 0.2 s after the last search in tiles, and 1 s after
        detector.searched.clear()
        finder.find([picture()], [step / 10])
        if len(detector.searched) > 1:
            full.append(step)
    assert full == [0, 10, 20, 50, 80]


def test_a_gpu_searches_every_frame_in_tiles() -> None:
    detector = Sees()
    finder = Finder(detector, CONFIG, 1920, 1080, True)
    found = finder.find([picture((9, 9, 30)), picture((50, 9, 30))], [0.0, 0.04])
    assert [boxes(one) for one in found] == [[[9, 9, 39, 39]], [[50, 9, 80, 39]]]
    assert len(detector.searched) == 2 + 2 * 6


def test_a_face_that_is_gone_is_looked_for_one_second_more() -> None:
    detector = Sees()
    finder = Finder(detector, replace(CONFIG, small_seconds=60), 1920, 1080, False)
    finder.find([picture((400, 300, 30))], [0.0])
    looked = []
    for step in range(1, 20):
        detector.searched.clear()
        finder.find([picture()], [step / 10])
        looked.append(len(detector.searched) == 2)
    assert looked == [True] * 10 + [False] * 9


def test_the_pixels_around_small_faces_are_bounded() -> None:
    crowd = [(x, y, 30) for x in range(40, 1880, 90) for y in range(40, 1040, 90)]
    detector = Sees()
    finder = Finder(detector, replace(CONFIG, small_seconds=60), 1920, 1080, False)
    (found,) = finder.find([picture(*crowd)], [0.0])
    assert len(found.score) == len(crowd)
    detector.searched.clear()
    finder.find([picture(*crowd)], [0.1])
    assert sum(w * h for w, h in detector.searched[1:]) <= CONFIG.small_share * 640 * 360


def test_faces_whose_surroundings_are_too_many_have_their_turn() -> None:
    """More than time allows in one search; each is seen often enough for its track to live on."""
    crowd = [(x, y, 30) for x in range(40, 1880, 300) for y in range(40, 1040, 300)]
    finder = Finder(Sees(), replace(CONFIG, small_seconds=60), 1920, 1080, False)
    last = dict.fromkeys(crowd, 0.0)
    for step in range(60):
        (found,) = finder.find([picture(*crowd)], [step / 10])
        seen = {(x1, y1, x2 - x1) for x1, y1, x2, _ in boxes(found)}
        assert seen <= set(crowd)
        last |= dict.fromkeys(seen, step / 10)
        assert step / 10 - min(last.values()) < TrackConfig().max_gap_seconds
    assert len(crowd) == 28


def test_a_face_whose_surroundings_are_more_than_all_is_seen_and_keeps_nobody_out() -> None:
    """In a picture of 4K, faces of 85 and of 40 pixels, for less than the larger one wants."""
    crowd = [(400, 300, 85), (2000, 300, 40), (3000, 1500, 40)]
    config = replace(CONFIG, small_seconds=60, small_share=0.3)
    finder = Finder(Sees(), config, 3840, 2160, False)
    last = dict.fromkeys(crowd, 0.0)
    for step in range(40):
        (found,) = finder.find([picture(*crowd, size=(3840, 2160))], [step / 10])
        last |= {(x1, y1, x2 - x1): step / 10 for x1, y1, x2, _ in boxes(found)}
        assert step / 10 - min(last.values()) < TrackConfig().max_gap_seconds
    assert set(last) == set(crowd)


def test_whom_the_whole_picture_shows_needs_no_closer_look() -> None:
    """A face that comes nearer: 16 pixels of the working picture are 48 of the film."""
    detector = Sees()
    finder = Finder(detector, CONFIG, 1920, 1080, False)
    finder.find([picture((400, 300, 42))], [0.0])
    looked = {}
    for step, side in enumerate((42, 44, 46, 48, 50, 46, 44)):
        detector.searched.clear()
        (found,) = finder.find([picture((400, 300, side))], [0.1 + step / 10])
        assert boxes(found) == [[400, 300, 400 + side, 300 + side]]
        looked[step] = len(detector.searched) - 1
    assert list(looked.values()) == [1, 1, 1, 0, 0, 1, 1]


@pytest.mark.parametrize("size", [(640, 360), (300, 200)])
def test_pictures_of_the_working_size_are_searched_once(size: tuple[int, int]) -> None:
    detector = Sees()
    finder = Finder(detector, CONFIG, *size, False)
    finder.find([picture((9, 9, 30), size=size)], [0.0])
    assert detector.searched == [size]
    assert Finder(detector, CONFIG, *size, False).find([], []) == []
