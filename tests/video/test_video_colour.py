"""Colours come out as they were filmed: matrix, range, depth and transfer curve.

The stored planes are computed here from the definitions of ITU-R BT.601, BT.709 and
BT.2020, and stored without loss.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from vcn.video import open_video
from vcn.video.hdr import hlg_to_nits, pq_to_nits, roll_off, srgb

PATCHES = np.array(
    [
        [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255],
        [224, 172, 138], [141, 85, 54], [20, 20, 20], [128, 128, 128],
    ],
    np.float64,
)  # fmt: skip
"""Primaries, white, two skin tones, near black, grey."""

KR_KB = {6: (0.299, 0.114), 1: (0.2126, 0.0722), 9: (0.2627, 0.0593)}
BLOCK = 32


def ycbcr(rgb: np.ndarray, matrix: int, full: bool, bits: int) -> np.ndarray:
    """(8, 3) code values of (8, 3) RGB 0-255."""
    kr, kb = KR_KB[matrix]
    r, g, b = (rgb / 255).T
    y = kr * r + (1 - kr - kb) * g + kb * b
    cb, cr = (b - y) / (2 - 2 * kb), (r - y) / (2 - 2 * kr)
    top = 2**bits
    if full:
        codes = np.stack([y * (top - 1), cb * (top - 1) + top / 2, cr * (top - 1) + top / 2], 1)
    else:
        unit = top / 256
        codes = np.stack([16 + 219 * y, 128 + 224 * cb, 128 + 224 * cr], 1) * unit
    return np.clip(np.round(codes), 0, top - 1)


def write(
    path: Path,
    codes: np.ndarray,
    pixel_format: str,
    tags: tuple[int, int, int, int],
    scale: int = 1,
) -> None:
    """One frame of 8 patches side by side, stored without loss."""
    primaries, transfer, matrix, colour_range = tags
    width, height = BLOCK * len(codes) * scale, BLOCK * scale
    frame = av.VideoFrame(width, height, pixel_format)
    kind = np.uint16 if "10" in pixel_format else np.uint8
    for i, plane in enumerate(frame.planes):
        row = np.repeat(codes[:, i], plane.width // len(codes)).astype(kind)
        padded = np.zeros((plane.height, plane.line_size // kind().itemsize), kind)
        padded[:, : plane.width] = row
        plane.update(padded.tobytes())
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=25, width=width, height=height)
        stream.pix_fmt = pixel_format
        context = stream.codec_context
        for item in (context, frame):
            item.color_primaries, item.color_trc = primaries, transfer
            item.colorspace, item.color_range = matrix, colour_range
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """(n, 3) means of the middles of the patches: of the whole picture and the small one."""
    with open_video(path) as video:
        frame = next(video.frames())
        return patches(frame.image), patches(frame.small(frame.image.shape[1] // 2))


def patches(image: np.ndarray) -> np.ndarray:
    height, width, _ = image.shape
    step = width // len(PATCHES)
    rows = image[height // 4 : -height // 4]
    return np.array(
        [
            rows[:, i * step + step // 4 : (i + 1) * step - step // 4].mean(axis=(0, 1))
            for i in range(len(PATCHES))
        ]
    )


@pytest.mark.parametrize("matrix", [6, 1, 9])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le"])
def test_tagged_colours(matrix: int, full: bool, pixel_format: str, tmp_path: Path) -> None:
    codes = ycbcr(PATCHES, matrix, full, 10 if "10" in pixel_format else 8)
    path = tmp_path / "patches.mkv"
    write(path, codes, pixel_format, (matrix, matrix, matrix, 2 if full else 1))
    for seen in read(path):
        assert abs(seen - PATCHES).max() <= 4


@pytest.mark.parametrize(("scale", "matrix"), [(1, 6), (6, 1)])
def test_untagged_colours_follow_the_size(scale: int, matrix: int, tmp_path: Path) -> None:
    """Up to 576 lines BT.601, above BT.709: what players do."""
    path = tmp_path / "patches.mkv"
    write(path, ycbcr(PATCHES, matrix, False, 8), "yuv420p", (2, 2, 2, 0), scale)
    for seen in read(path):
        assert abs(seen - PATCHES).max() <= 4


@pytest.mark.parametrize("curve", [16, 18])
def test_high_dynamic_range(curve: int, tmp_path: Path) -> None:
    """Greys come out as on a standard display, in order, highlights below white."""
    signal = np.linspace(0, 1, 8)
    nits = pq_to_nits(signal) if curve == 16 else hlg_to_nits(signal)
    codes = np.stack([64 + 876 * signal, np.full(8, 512.0), np.full(8, 512.0)], 1).round()
    path = tmp_path / "hdr.mkv"
    write(path, codes, "yuv420p10le", (9, curve, 9, 1))
    expected = 255 * srgb(roll_off(np.minimum(nits, 1000) / 203))
    for seen in read(path):
        assert abs(seen - expected[:, None]).max() <= 4
        assert np.ptp(seen, axis=1).max() <= 2  # grey stays grey
        assert (np.diff(seen.mean(axis=1)) >= 0).all()


def test_wide_gamut_reaches_the_primaries(tmp_path: Path) -> None:
    """Red of BT.709 stored in PQ BT.2020 comes out red."""
    to_2020 = np.array([0.6274, 0.0691, 0.0164])
    light = to_2020 * 100  # cd/m2
    signal = np.interp(light, pq_to_nits(np.linspace(0, 1, 20001)), np.linspace(0, 1, 20001))
    codes = np.repeat(ycbcr(255 * signal[None], 9, False, 10), 8, axis=0)
    path = tmp_path / "red.mkv"
    write(path, codes, "yuv444p10le", (9, 16, 9, 1))
    red, green, blue = read(path)[0][0]
    assert red == pytest.approx(255 * srgb(np.array(100 / 203)), abs=5)
    assert green < 25
    assert blue < 25


def test_curves_against_published_points() -> None:
    """SMPTE ST 2084: 100 cd/m2 at 0.508, 1000 at 0.752; BT.2408: HLG 0.75 is 203."""
    signals = np.array([0.5081, 0.7518, 1.0])
    assert pq_to_nits(signals) == pytest.approx(np.array([100, 1000, 10000]), rel=2e-3)
    assert hlg_to_nits(np.array([0.75]))[0] == pytest.approx(203, rel=5e-3)
    light = np.linspace(0, 4.9, 200)
    assert (np.diff(roll_off(light)) >= 0).all()
    assert roll_off(np.array([1000 / 203]))[0] == pytest.approx(1)
