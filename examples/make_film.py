"""Make a short film with known truth out of photographs inside installed packages.

    python examples/make_film.py demo/film.mp4

writes the film and, beside it, `film.labels.csv`: the true face boxes of every sixth
frame. Nine people appear in some 25 shots: close, far, together, in other light,
mirrored, dim, out of focus. A camera moves over each photograph, so every box is known
exactly. The same packages always give the same film.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]  # (H, W, 3) RGB
Box = tuple[float, float, float, float]  # left, top, right, bottom

WIDTH, HEIGHT = 640, 360
RATE = Fraction(24000, 1001)
LABEL_EVERY = 6  # frames
UNSURE = "unsure"  # nobody can know this face: left out of scores


@dataclass(frozen=True)
class Scene:
    """A picture and the faces in it, in its own pixels."""

    picture: Picture
    faces: tuple[tuple[str, Box], ...] = ()


@dataclass(frozen=True)
class Camera:
    """The part of a scene that fills the frame: its centre and its width."""

    x: float
    y: float
    width: float


@dataclass(frozen=True)
class Look:
    """Light and lens of a shot."""

    gamma: float = 1.0  # above 1 is darker
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    shade: float = 0.0  # how much darker one side is, -1..1
    blur: float = 0.0  # deviation in pixels of the frame
    grain: float = 3.0  # deviation in grey levels
    mirrored: bool = False


@dataclass(frozen=True)
class Shot:
    """One camera move over one scene."""

    scene: Scene
    seconds: float
    start: Camera
    end: Camera
    look: Look


DAY = Look()
WARM = Look(tint=(1.08, 1.0, 0.84))
NIGHT = Look(gamma=1.8, tint=(0.74, 0.9, 1.12), grain=7)
DIM = Look(gamma=1.5, tint=(1.0, 0.9, 0.75), shade=0.5, grain=6)
BRIGHT = Look(gamma=0.72, tint=(1.05, 1.04, 1.02))
SOFT = Look(blur=1.6)
SEPIA = Look(gamma=1.2, tint=(1.12, 0.94, 0.7), grain=8)
LOST = Look(gamma=1.5, blur=9, grain=5)


def photograph(package: str, path: str, faces: dict[str, Box] | None = None) -> Scene:
    """A photograph that an installed package carries; the package is not imported."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"the package {package} is not installed: run `make setup`")
    with Image.open(Path(spec.origin).parent / path) as image:
        picture = np.array(image.convert("RGB"), dtype=np.uint8)
    return Scene(picture, tuple((faces or {}).items()))


def hang(wall: Scene, *pictures: tuple[Scene, float, float, float]) -> Scene:
    """Hang framed pictures (scene, left, top, height) on a wall of 1280x720."""
    canvas = cv2.resize(wall.picture, (1280, 720), interpolation=cv2.INTER_CUBIC)
    faces = []
    for scene, left, top, height in pictures:
        scale = height / scene.picture.shape[0]
        size = (round(scene.picture.shape[1] * scale), round(height))
        x, y = round(left), round(top)
        canvas[y - 14 : y + size[1] + 14, x - 14 : x + size[0] + 14] = (52, 38, 30)
        canvas[y - 9 : y + size[1] + 9, x - 9 : x + size[0] + 9] = (236, 231, 220)
        canvas[y : y + size[1], x : x + size[0]] = cv2.resize(
            scene.picture, size, interpolation=cv2.INTER_CUBIC
        )
        for name, (x1, y1, x2, y2) in scene.faces:
            box = (x + x1 * scale, y + y1 * scale, x + x2 * scale, y + y2 * scale)
            faces.append((name, box))
    return Scene(canvas, tuple(faces))


def side_by_side(first: Scene, first_at: Camera, second: Scene, second_at: Camera) -> Scene:
    """A split screen of 1280x720, as in a call; a Camera gives each half's window."""
    canvas = np.full((720, 1280, 3), 16, dtype=np.uint8)
    faces = []
    for scene, at, left in ((first, first_at, 0), (second, second_at, 644)):
        scale = 636 / at.width
        matrix = np.array(
            [[scale, 0, 318 - at.x * scale], [0, scale, 360 - at.y * scale]], dtype=np.float64
        )
        canvas[:, left : left + 636] = cv2.warpAffine(
            scene.picture, matrix, (636, 720), flags=cv2.INTER_CUBIC
        )
        for name, box in scene.faces:
            x1, y1, x2, y2 = transform(box, matrix)
            if 0 <= (x1 + x2) / 2 < 636 and 0 <= (y1 + y2) / 2 < 720:
                faces.append((name, (x1 + left, y1, x2 + left, y2)))
    return Scene(canvas, tuple(faces))


def shots() -> Iterator[Shot]:
    """The film, shot by shot."""
    # The boxes were found once by the detector of the pack `open`.
    astronaut = photograph("skimage", "data/astronaut.png", {"Eileen Collins": (181, 58, 270, 178)})
    admiral = photograph(
        "matplotlib",
        "mpl-data/sample_data/grace_hopper.jpg",
        {"Grace Hopper": (173, 128, 359, 334)},
    )
    actor = photograph(
        "insightface", "data/images/Tom_Hanks_54745.png", {"Tom Hanks": (6, 4, 88, 111)}
    )
    table = photograph(
        "insightface",
        "data/images/t1.jpg",
        {
            "player 1": (62, 266, 165, 394),
            "player 2": (272, 151, 372, 264),
            "player 3": (464, 268, 572, 416),
            "player 4": (745, 345, 844, 482),
            "player 5": (902, 59, 1014, 206),
            "player 6": (1133, 268, 1230, 401),
        },
    )
    rocket = photograph("skimage", "data/rocket.jpg")
    coffee = photograph("skimage", "data/coffee.png")
    cat = photograph("skimage", "data/chelsea.png")
    pagoda = photograph("sklearn", "datasets/images/china.jpg")
    brick = photograph("skimage", "data/brick.png")
    gravel = photograph("skimage", "data/gravel.png")

    portrait = hang(brick, (actor, 480, 200, 330))
    gallery = hang(gravel, (actor, 190, 200, 300), (astronaut, 640, 130, 460))
    office_call = side_by_side(admiral, Camera(262, 262, 420), table, Camera(795, 420, 330))
    studio_call = side_by_side(astronaut, Camera(236, 150, 250), table, Camera(522, 345, 330))
    lost = replace(table, faces=((UNSURE, dict(table.faces)["player 2"]),))

    def shot(scene: Scene, seconds: float, look: Look, *cameras: tuple[float, ...]) -> Shot:
        start, end = (Camera(*camera) for camera in (cameras[0], cameras[-1]))
        return Shot(scene, seconds, start, end, look)

    yield shot(rocket, 1.5, DAY, (320, 240, 600), (350, 200, 480))
    yield shot(astronaut, 2.2, DAY, (256, 180, 500), (236, 140, 330))
    yield shot(table, 2.7, WARM, (640, 390, 1270), (640, 380, 1160))
    yield shot(table, 1.7, DAY, (150, 350, 520), (130, 345, 400))
    yield shot(table, 1.7, WARM, (560, 350, 480), (530, 345, 400))
    yield shot(coffee, 1.2, DAY, (300, 200, 560), (300, 210, 480))
    yield shot(admiral, 2.0, DAY, (256, 260, 500), (262, 240, 420))
    yield shot(table, 1.9, DAY, (960, 200, 560), (990, 180, 480))
    yield shot(table, 2.0, SOFT, (400, 290, 540), (430, 290, 500))
    yield shot(portrait, 2.0, DAY, (560, 360, 900), (630, 360, 700))
    yield shot(astronaut, 1.9, replace(NIGHT, mirrored=True), (230, 130, 360), (250, 140, 420))
    yield shot(table, 2.0, BRIGHT, (1000, 430, 620), (1000, 420, 580))
    yield shot(pagoda, 1.3, DAY, (300, 200, 560), (340, 210, 600))
    yield shot(admiral, 1.9, replace(DIM, blur=1.2), (250, 230, 360), (270, 250, 400))
    yield shot(table, 1.7, replace(NIGHT, mirrored=True), (170, 340, 620), (140, 350, 560))
    yield shot(office_call, 2.2, DAY, (640, 360, 1280), (640, 360, 1240))
    yield shot(lost, 1.7, LOST, (330, 230, 420), (320, 220, 400))
    yield shot(gallery, 2.2, WARM, (560, 360, 1050), (690, 360, 900))
    yield shot(table, 1.7, replace(BRIGHT, mirrored=True), (540, 350, 560), (530, 340, 480))
    yield shot(cat, 1.2, DAY, (225, 150, 420), (225, 150, 360))
    yield shot(table, 1.9, DIM, (1150, 330, 420), (1170, 335, 380))
    yield shot(studio_call, 2.0, SEPIA, (640, 360, 1270), (640, 360, 1200))
    yield shot(table, 1.7, replace(DIM, shade=-0.5), (930, 160, 420), (950, 140, 380))
    yield shot(portrait, 1.7, replace(SEPIA, mirrored=True), (640, 380, 1200), (640, 370, 1000))
    yield shot(table, 1.7, replace(SOFT, gamma=1.3), (790, 420, 400), (800, 415, 440))
    yield shot(table, 3.1, NIGHT, (330, 360, 640), (950, 340, 640))
    yield shot(gallery, 2.0, replace(SOFT, mirrored=True), (640, 360, 1200), (780, 350, 900))


def transform(box: Box, matrix: NDArray[np.float64]) -> Box:
    """The upright box around a box that was moved by a (2, 3) affine matrix."""
    x1, y1, x2, y2 = box
    corners = np.array([[x1, y1, 1], [x2, y1, 1], [x1, y2, 1], [x2, y2, 1]]) @ matrix.T
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def view(shot: Shot, progress: float, number: int) -> NDArray[np.float64]:
    """The (2, 3) matrix from the scene to the frame: an eased move, held by hand."""
    ease = progress * progress * (3 - 2 * progress)
    x, y, width = (
        a + (b - a) * ease
        for a, b in (
            (shot.start.x, shot.end.x),
            (shot.start.y, shot.end.y),
            (shot.start.width, shot.end.width),
        )
    )
    phase = 0.11 * number
    x += width * 0.004 * math.sin(phase)
    y += width * 0.004 * math.sin(1.3 * phase + 1)
    angle = math.radians(0.7) * math.sin(0.7 * phase + 2)
    # Stay inside the photograph, also when the frame is turned by that angle.
    height, room = shot.scene.picture.shape[0], shot.scene.picture.shape[1]
    width = min(width, 0.97 * room, 0.97 * height * WIDTH / HEIGHT)
    across, down = 0.51 * width, 0.52 * width * HEIGHT / WIDTH
    x = min(max(x, across), room - across)
    y = min(max(y, down), height - down)
    scale = WIDTH / width
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    matrix = np.array(
        [
            [cos, -sin, WIDTH / 2 - cos * x + sin * y],
            [sin, cos, HEIGHT / 2 - sin * x - cos * y],
        ]
    )
    if shot.look.mirrored:
        matrix[0] = -matrix[0]
        matrix[0, 2] += WIDTH
    return matrix


def grains(count: int) -> list[NDArray[np.float32]]:
    """(H, W, 3) fields of film grain of deviation 1, a little coarser than a pixel."""
    random = np.random.default_rng(20240816)
    fields = []
    for _ in range(count):
        field = random.standard_normal((HEIGHT, WIDTH)).astype(np.float32)
        field = cv2.GaussianBlur(field, (0, 0), 0.6)
        fields.append(np.repeat((field / field.std())[..., None], 3, axis=2).astype(np.float32))
    return fields


def light(look: Look) -> NDArray[np.float32]:
    """(H, W, 3) factors: tint, shade from one side, and a faint vignette."""
    x = np.linspace(-1, 1, WIDTH, dtype=np.float32)[None, :, None]
    y = np.linspace(-1, 1, HEIGHT, dtype=np.float32)[:, None, None]
    side = 1 - abs(look.shade) * (1 + math.copysign(1, look.shade) * x) / 2
    vignette = 1 - 0.08 * (x * x + y * y)
    return (side * vignette * np.array(look.tint, np.float32)).astype(np.float32)


def expose(
    picture: Picture, look: Look, factors: NDArray[np.float32], grain: NDArray[np.float32]
) -> Picture:
    """Apply lens, light and grain to one frame."""
    if look.blur:
        picture = cv2.GaussianBlur(picture, (0, 0), look.blur).astype(np.uint8)
    curve = (255 * np.linspace(0, 1, 256) ** look.gamma).astype(np.uint8)
    lit = cv2.multiply(cv2.LUT(picture, curve), factors, dtype=cv2.CV_32F)
    return cv2.scaleAdd(grain, look.grain, lit).clip(0, 255).astype(np.uint8)


def frames() -> Iterator[tuple[Picture, list[tuple[str, Box]]]]:
    """Every frame of the film with the faces that can be seen in it."""
    grain = grains(12)
    number = 0
    for shot in shots():
        count = round(shot.seconds * RATE)
        narrowest = WIDTH / max(shot.start.width, shot.end.width)
        picture = shot.scene.picture
        if narrowest < 1:  # no aliasing where a large photograph is made smaller
            picture = cv2.GaussianBlur(picture, (0, 0), 0.4 / narrowest)
        factors = light(shot.look)
        for index in range(count):
            matrix = view(shot, index / (count - 1), number)
            frame = cv2.warpAffine(
                picture,
                matrix,
                (WIDTH, HEIGHT),
                flags=cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REFLECT_101,
            ).astype(np.uint8)
            faces = []
            for name, box in shot.scene.faces:
                clipped = in_frame(transform(box, matrix))
                if clipped is not None:
                    faces.append((name, clipped))
            yield expose(frame, shot.look, factors, grain[number % len(grain)]), faces
            number += 1


def in_frame(box: Box) -> Box | None:
    """The visible part of a box, None when less than 60 % of it is visible."""
    x1, y1, x2, y2 = max(box[0], 0), max(box[1], 0), min(box[2], WIDTH), min(box[3], HEIGHT)
    visible = max(x2 - x1, 0) * max(y2 - y1, 0)
    whole = (box[2] - box[0]) * (box[3] - box[1])
    return (x1, y1, x2, y2) if visible >= 0.6 * whole else None


def write_film(film: Path) -> Path:
    """Write the film and its labels; return the path of the labels."""
    film.parent.mkdir(parents=True, exist_ok=True)
    labels = film.with_suffix(".labels.csv")
    codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
    with (
        av.open(str(film), "w") as container,
        labels.open("w", encoding="utf-8", newline="") as file,
    ):
        stream = container.add_stream(codec, rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        if codec == "libx264":
            stream.options = {"crf": "23", "preset": "veryfast"}
        else:
            stream.bit_rate = 2_000_000
        stream.codec_context.thread_count = 2  # the bits depend on it
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["frame", "x1", "y1", "x2", "y2", "identity"])
        for number, (picture, faces) in enumerate(frames()):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            container.mux(stream.encode(frame))
            if number % LABEL_EVERY == 0:
                for name, box in faces:
                    rows.writerow([number, *(f"{value:.1f}" for value in box), name])
        container.mux(stream.encode())
    return labels


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("film", type=Path, help="the film to write, for instance demo/film.mp4")
    film: Path = parser.parse_args().film
    labels = write_film(film)
    print(f"wrote {film} and its truth {labels}")


if __name__ == "__main__":
    main()
