"""The look of a simulated track: what a camera and a scene did to its pictures.

A track draws one `Look`; all its crops share it, each with a small variation of its
own. Pictures come in aligned to the 112-pixel ArcFace template and leave aligned to
the template of the face model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vcn.stages.crops import similarity, warp
from vcn.types import FloatArray, ImageArray
from vcn.weights.packs import ARCFACE_TEMPLATE

ARCFACE_SIZE = 112
_TEMPLATE: FloatArray = np.array(ARCFACE_TEMPLATE, dtype=np.float32)
"""(5, 2) landmarks of every photograph."""


@dataclass(frozen=True, slots=True)
class Level:
    """The ranges from which the look of each track is drawn."""

    resolution: tuple[float, float]
    """Side of the face in the film's pixels; drawn uniformly in the logarithm."""
    blur: float
    """Largest deviation of the Gaussian blur, in pixels of the 112-pixel crop."""
    gamma: tuple[float, float]
    """Exponent of the grey curve, above 1 is darker; uniform in the logarithm."""
    cast: float
    """Largest relative change of the gain of one colour channel."""
    noise: float
    """Largest deviation of the pixel noise, in grey levels of 255."""
    shade: float
    """Largest share of the light that is missing at the dark side of the face."""
    occluded: float
    """Share of the tracks in which something hides a part of the face."""
    jitter: float
    """Deviation of the alignment, in pixels of the 112-pixel crop."""


LEVELS: dict[str, Level] = {
    "clean": Level((90.0, 110.0), 0.3, (0.9, 1.1), 0.03, 1.0, 0.0, 0.0, 0.5),
    "degraded": Level((30.0, 110.0), 1.8, (0.7, 2.5), 0.15, 9.0, 0.60, 0.20, 1.2),
    "hard": Level((24.0, 110.0), 2.1, (0.7, 3.0), 0.20, 11.0, 0.70, 0.25, 1.5),
    "singletons": Level((30.0, 110.0), 1.8, (0.7, 2.5), 0.15, 9.0, 0.60, 0.20, 1.2),
    "wide": Level((12.0, 110.0), 1.8, (0.7, 2.5), 0.15, 9.0, 0.60, 0.20, 1.2),
}
"""`singletons` looks as `degraded` does; it differs in how tracks are dealt out.
`wide`: the same of wide shots too."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was done to the pictures of one track."""

    resolution: float
    blur: float
    gamma: float
    cast: tuple[float, float, float]
    noise: float
    shade: float
    light: float
    """Direction from which the light comes, radians."""
    jitter: float
    hidden: tuple[float, float, float, float] | None
    """Centre x, y and half axes of the ellipse that hides a part of the face, as
    shares of the crop's side; None: nothing is hidden."""
    cover: tuple[float, float, float]
    """Colour of what hides it, in [0, 1]."""


def draw_look(level: Level, rng: np.random.Generator) -> Look:
    """Draw the look of one track."""

    def log_uniform(low: float, high: float) -> float:
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))

    resolution = log_uniform(*level.resolution)
    gamma = log_uniform(*level.gamma)
    blur, noise, shade = (
        float(rng.uniform(0, top)) for top in (level.blur, level.noise, level.shade)
    )
    red, green, blue = (float(gain) for gain in 1 + rng.uniform(-level.cast, level.cast, 3))
    light = float(rng.uniform(0, 2 * np.pi))
    covers = float(rng.uniform()) < level.occluded
    x, y = (float(value) for value in rng.uniform((0.2, 0.25), (0.8, 0.95)))
    width, height = (float(value) for value in rng.uniform(0.08, 0.22, 2))
    # Hands, hair, hats, telephones: dull colours.
    c1, c2, c3 = (float(value) for value in rng.uniform(0.05, 0.7) * rng.uniform(0.8, 1.2, 3))
    return Look(
        resolution=resolution,
        blur=blur,
        gamma=gamma,
        cast=(red, green, blue),
        noise=noise,
        shade=shade,
        light=light,
        jitter=level.jitter,
        hidden=(x, y, width, height) if covers else None,
        cover=(c1, c2, c3),
    )


def vary(look: Look, rng: np.random.Generator) -> Look:
    """The look of one crop: its track's, with a small variation."""
    hidden = look.hidden
    if hidden is not None:
        dx, dy = (float(value) for value in rng.normal(0, 0.02, 2))
        hidden = (hidden[0] + dx, hidden[1] + dy, hidden[2], hidden[3])
    return replace(
        look,
        resolution=look.resolution * float(np.exp(rng.normal(0, 0.04))),
        blur=look.blur * float(np.exp(rng.normal(0, 0.25))),
        gamma=look.gamma * float(np.exp(rng.normal(0, 0.03))),
        light=look.light + float(rng.normal(0, 0.1)),
        hidden=hidden,
    )


def align(image: ImageArray, matrix: FloatArray, size: int) -> ImageArray:
    """Warp a picture of a face to the template of a face model.

    Args:
        image: (S, S, 3) RGB; any S.
        matrix: (2, 3) from the 112-pixel ArcFace frame to pixels of the result.
        size: Side of the result.

    Returns:
        (size, size, 3) RGB. Templates that look beyond the picture see its border
        repeated: a film has more picture there, not blackness.
    """
    margin = image.shape[0] // 4
    padded = np.pad(image, ((margin, margin), (margin, margin), (0, 0)), mode="edge")
    # From pixel centres of the padded picture: x -> (x - margin + 0.5) * step - 0.5.
    step = ARCFACE_SIZE / image.shape[0]
    linear = matrix[:, :2]
    offset = linear @ np.full(2, (0.5 - margin) * step - 0.5) + matrix[:, 2]
    whole = np.column_stack([linear * step, offset]).astype(np.float32)
    return warp(padded, whole, size)


def render(
    photo: ImageArray, look: Look, template: FloatArray, size: int, rng: np.random.Generator
) -> ImageArray:
    """Make one crop: light, cover, lens, sensor, then alignment to the template.

    Args:
        photo: (112, 112, 3) RGB on the ArcFace template.
        look: What happens to it.
        template: (5, 2) landmarks of the face model, in pixels of the result.
        size: Side of the result.
        rng: For pixel noise and for the error of the alignment.

    Returns:
        (size, size, 3) RGB.
    """
    import cv2

    grid = (np.arange(ARCFACE_SIZE, dtype=np.float32) + 0.5) / ARCFACE_SIZE - 0.5
    image = photo.astype(np.float32) / 255
    ramp = np.cos(look.light) * grid[None, :] + np.sin(look.light) * grid[:, None]
    image *= 1 - look.shade / (1 + np.exp(8 * ramp))[..., None]
    image = image**look.gamma * np.array(look.cast, dtype=np.float32)
    if look.hidden is not None:
        x, y, width, height = look.hidden
        across, down = (grid[None, :] + 0.5 - x) / width, (grid[:, None] + 0.5 - y) / height
        image[across**2 + down**2 < 1] = np.array(look.cover, dtype=np.float32)
    if look.blur > 0.05:
        image = cv2.GaussianBlur(image, (0, 0), look.blur)
    side = max(12, round(min(look.resolution, ARCFACE_SIZE)))
    image = np.asarray(cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA), np.float32)
    image = image * 255 + rng.normal(0, 1, image.shape).astype(np.float32) * look.noise
    pixels: ImageArray = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    landmarks = _TEMPLATE + rng.normal(0, look.jitter, (5, 2)).astype(np.float32)
    return align(pixels, similarity(landmarks, template), size)


def to_template(photo: ImageArray, template: FloatArray, size: int) -> ImageArray:
    """A photograph as it is, on the template of a face model: (size, size, 3) RGB."""
    return align(photo, similarity(_TEMPLATE, template), size)


def from_template(crop: ImageArray, template: FloatArray) -> ImageArray:
    """A crop on the template of a face model as a photograph: (112, 112, 3) RGB.

    What lies outside the crop is black, and is cut away again by `to_template`.
    """
    return align(crop, similarity(template, _TEMPLATE), ARCFACE_SIZE)
