import numpy as np
import pytest

from vcn.config import CropConfig
from vcn.stages.crops import (
    CropSampler,
    contrast,
    frontal,
    sharpness,
    similarity,
    thumbnail,
    visible,
    warp,
)

TEMPLATE = np.array([[47.7, 47.1], [100.3, 47.1], [74, 77], [52, 108], [96, 108]], np.float32)


def turned(points: np.ndarray, degrees: float, scale: float, shift: tuple[float, float]):
    angle = np.deg2rad(degrees)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (points @ (scale * rotation).T + shift).astype(np.float32)


@pytest.mark.parametrize("degrees", [0, 17, -80, 180])
@pytest.mark.parametrize("scale", [0.1, 1.0, 9.0])
def test_similarity_undoes_a_turn_a_scale_and_a_shift(degrees: float, scale: float) -> None:
    landmarks = turned(TEMPLATE, degrees, scale, (400, -30))
    matrix = similarity(landmarks, TEMPLATE)
    back = landmarks @ matrix[:, :2].T + matrix[:, 2]
    np.testing.assert_allclose(back, TEMPLATE, atol=2e-3)


def test_similarity_never_mirrors_and_is_the_least_squares_solution() -> None:
    rng = np.random.default_rng(0)
    landmarks = rng.uniform(0, 200, (5, 2)).astype(np.float32)
    matrix = similarity(landmarks, TEMPLATE).astype(np.float64)
    assert np.linalg.det(matrix[:, :2]) > 0

    # Independent oracle: the linear system of a, b in (x, y) -> (ax - by + c, bx + ay + d).
    x, y = landmarks.astype(np.float64).T
    one, zero = np.ones(5), np.zeros(5)
    rows = np.concatenate([np.stack([x, -y, one, zero], 1), np.stack([y, x, zero, one], 1)])
    a, b, c, d = np.linalg.lstsq(rows, TEMPLATE.T.reshape(-1).astype(np.float64), rcond=None)[0]
    np.testing.assert_allclose(matrix, [[a, -b, c], [b, a, d]], rtol=1e-4, atol=1e-3)


def test_similarity_of_coincident_landmarks_is_finite() -> None:
    assert np.isfinite(similarity(np.full((5, 2), 7, np.float32), TEMPLATE)).all()


@pytest.mark.parametrize("scale", [2.0, 1.0, 0.6, 0.45, 0.2, 0.07])
def test_warp_keeps_places_at_every_scale(scale: float) -> None:
    """A bright spot comes to lie where the matrix says, also when the picture shrinks."""
    yy, xx = np.mgrid[:800, :900]
    centre = np.array([520.3, 333.8])
    spread = 12 / scale
    spot = 255 * np.exp(-((xx - centre[0]) ** 2 + (yy - centre[1]) ** 2) / (2 * spread**2))
    image = np.repeat(spot[..., None], 3, axis=2).astype(np.uint8)
    size = 120
    shift = size / 2 + np.array([3.5, -6.25]) - scale * centre
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float32)
    out = warp(image, matrix, size)[..., 0].astype(np.float64)
    assert out.shape == (size, size)
    yo, xo = np.mgrid[:size, :size]
    found = np.array([(out * xo).sum(), (out * yo).sum()]) / out.sum()
    np.testing.assert_allclose(found, size / 2 + np.array([3.5, -6.25]), atol=0.6)


def test_warp_averages_where_it_shrinks() -> None:
    stripes = np.zeros((600, 600, 3), np.uint8)
    stripes[:, ::2] = 255
    matrix = np.array([[0.2, 0, 0], [0, 0.2, 0]], np.float32)
    out = warp(stripes, matrix, 100)[5:95, 5:95]
    assert abs(float(out.mean()) - 127.5) < 4
    assert float(out.std()) < 8


@pytest.mark.parametrize("scale", [0.1, 1.0])
def test_warp_outside_the_picture_is_black(scale: float) -> None:
    image = np.full((40, 40, 3), 255, np.uint8)
    matrix = np.array([[scale, 0, 1000], [0, scale, 1000]], np.float32)
    assert warp(image, matrix, 32).max() == 0


def test_sharpness_falls_with_blur_and_not_with_contrast_grain_or_size() -> None:
    import cv2

    rng = np.random.default_rng(1)
    # Shapes of some 20 pixels: what a face of a crop's size has.
    noise = rng.normal(size=(150, 150)).astype(np.float32)
    shapes = cv2.GaussianBlur(noise, (0, 0), 7) / cv2.GaussianBlur(noise, (0, 0), 7).std()
    image = np.repeat(np.clip(shapes * 40 + 128, 0, 255)[..., None], 3, axis=2)
    grain = rng.normal(0, 5, image.shape)

    def at(picture: np.ndarray) -> float:
        return sharpness(picture.clip(0, 255).astype(np.uint8))

    blurred = cv2.GaussianBlur(image, (0, 0), 14)
    assert at(blurred) < 0.3 * at(image)
    assert at(blurred + grain) < 0.4 * at(image)  # grain is no detail
    assert at(image + grain) == pytest.approx(at(image), rel=0.15)
    assert at(image * 0.3) == pytest.approx(at(image), rel=0.1)
    small = cv2.resize(image, (40, 40), interpolation=cv2.INTER_AREA)
    assert at(cv2.resize(small, (150, 150))) == pytest.approx(at(image), rel=0.2)
    assert sharpness(np.full((50, 50, 3), 9, np.uint8)) == 0.0


def test_how_much_of_a_crop_lies_in_the_picture() -> None:
    size = 150
    moved = np.stack([TEMPLATE, TEMPLATE - (75, 0), TEMPLATE - (0, 200), 0.5 * TEMPLATE + 5])
    shares = visible(moved.astype(np.float32), TEMPLATE, size, 150, 150)
    np.testing.assert_allclose(shares, [1, 0.5, 0, 1], atol=0.01)
    assert visible(np.empty((0, 5, 2), np.float32), TEMPLATE, size, 9, 9).shape == (0,)


def sampled(n: int, rate: float, config: CropConfig) -> list[int]:
    sampler = CropSampler(config, TEMPLATE, 16)
    image = np.zeros((20, 20, 3), np.uint8)
    for frame in range(n):
        sampler.add(
            frame, frame / rate, image, np.array([2, 2, 12, 12], np.float32), TEMPLATE / 10, 0.9
        )
    return [crop.frame for crop in sampler.crops() if crop.regular]


def test_a_long_track_gives_a_crop_every_half_second() -> None:
    assert sampled(97, 24, CropConfig()) == list(range(0, 97, 12))


def test_a_short_track_is_sampled_more_densely() -> None:
    assert sampled(3, 24, CropConfig()) == [0, 1, 2]
    assert sampled(10, 24, CropConfig()) == [0, 3, 6, 9]
    assert len(sampled(30, 24, CropConfig())) == 4


def test_a_rate_of_detection_that_does_not_divide_the_interval() -> None:
    frames = sampled(60, 5, CropConfig())  # one detection every 0.2 s
    assert set(np.diff(frames).tolist()) <= {2, 3}


def test_a_crop_keeps_its_landmarks_in_pixels_of_the_film() -> None:
    sampler, image = CropSampler(CropConfig(), TEMPLATE, 16), np.zeros((20, 20, 3), np.uint8)
    box = np.array([2, 2, 12, 12], np.float32)
    for frame in range(3):
        sampler.add(frame, frame / 24, image, box, TEMPLATE / 10 + frame, 0.9)
    kept = sampler.crops()
    for crop in kept:
        np.testing.assert_array_equal(crop.landmarks, TEMPLATE / 10 + crop.frame)
    assert [crop.frame for crop in kept] == [0, 1, 2]


def test_an_endless_track_stays_bounded_and_even() -> None:
    frames = sampled(5000, 2, CropConfig(max_crops=16))
    assert len(frames) <= 16
    assert len(set(np.diff(frames).tolist())) == 1


def test_the_thumbnail_shows_the_box_in_its_middle() -> None:
    image = np.zeros((100, 200, 3), np.uint8)
    image[40:60, 140:160] = (255, 0, 0)
    picture = thumbnail(image, np.array([140, 40, 160, 60], np.float32), 68)
    assert picture[34, 34].tolist() == [255, 0, 0]
    assert picture[2, 2].tolist() == [0, 0, 0]
    red = int((picture[..., 0] > 128).sum())
    assert red == pytest.approx((68 / 1.7) ** 2, rel=0.1)


def portrait(light: float, seed: int = 0) -> np.ndarray:
    """A picture with light and shade, dimmed as a fade dims it."""
    noise = np.random.default_rng(seed).uniform(40, 220, (25, 25, 1))
    return np.repeat(np.kron(noise, np.ones((8, 8, 1))) * light, 3, axis=2).astype(np.uint8)


def shown(lights: list[float], landmarks: list[np.ndarray] | None = None) -> int:
    """The frame that a track's portrait is taken from; the face is as large in all of them."""
    sampler = CropSampler(CropConfig(), TEMPLATE, 16)
    box = np.array([20, 20, 180, 180], np.float32)
    for frame, light in enumerate(lights):
        points = TEMPLATE if landmarks is None else landmarks[frame]
        sampler.add(frame, frame / 24, portrait(light), box, points, 0.9)
    assert sampler.thumbnail.max() > 0
    return sampler.thumbnail_frame


def test_the_portrait_of_a_fade_in_is_not_black() -> None:
    assert shown([0.0, 0.02, 0.1, 0.3, 0.6, 0.9, 1.0, 1.0]) >= 4
    assert shown([1.0, 0.6, 0.3, 0.1, 0.0]) == 0


def test_the_portrait_is_rather_one_from_the_front() -> None:
    aside = TEMPLATE.copy()
    aside[2, 0] = 98  # the nose below one eye
    assert frontal(TEMPLATE) == pytest.approx(1)
    assert frontal(aside) < 0.1
    assert shown([1, 1, 1], [aside, TEMPLATE, aside]) == 1


def test_a_track_that_is_black_throughout_still_has_its_own_frame() -> None:
    sampler = CropSampler(CropConfig(), TEMPLATE, 16)
    black = np.zeros((200, 200, 3), np.uint8)
    sampler.add(7, 0.3, black, np.array([20, 20, 180, 180], np.float32), TEMPLATE, 0.9)
    assert sampler.thumbnail_frame == 7


def test_contrast_of_a_box_at_the_edge_or_outside() -> None:
    image = portrait(1.0)
    assert contrast(image, np.array([20, 20, 180, 180], np.float32)) == 1
    assert contrast(image // 8, np.array([20, 20, 180, 180], np.float32)) < 0.3
    for box in ([-50, -50, 10, 10], [190, 190, 260, 260], [300, 300, 320, 320], [5, 5, 5, 5]):
        assert 0 <= contrast(image, np.array(box, np.float32)) <= 1


def test_frontal_of_coincident_landmarks() -> None:
    assert frontal(np.full((5, 2), 7, np.float32)) == 0
