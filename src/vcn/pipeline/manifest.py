"""The run manifest: what made a result, enough to make it again."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from vcn import __version__
from vcn.config import SCHEMA_VERSION, RunConfig
from vcn.config.choices import differences
from vcn.runtime.devices import Device
from vcn.types import RunManifest, VideoInfo
from vcn.weights.packs import Pack

_PACKAGES = (
    "av",
    "boxmot",
    "insightface",
    "numpy",
    "onnxruntime",
    "onnxruntime-gpu",
    "opencv-python",
    "scenedetect",
    "torch",
    "torchvision",
)
"""Those whose version can change a result."""


@cache
def package_versions() -> Mapping[str, str]:
    """The installed versions of Python and of the packages that can change a result."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def make_manifest(
    config: RunConfig,
    packs: tuple[Pack, ...],
    device: Device,
    info: VideoInfo,
    content_hash: str,
    size: int,
    adapt_mode: str,
    counts: Mapping[str, int],
    timings: Mapping[str, float],
) -> RunManifest:
    """Gather the manifest of a run.

    Args:
        config: The whole configuration.
        packs: Models that were used: of faces, then of voices.
        device: Where it ran.
        info: The film.
        content_hash: Of the film's bytes.
        size: Of the film in bytes.
        adapt_mode: What ran: head, full, off, or checkpoint.
        counts: What was counted on the way.
        timings: Seconds for each stage.
    """
    return RunManifest(
        schema_version=SCHEMA_VERSION,
        vcn_version=__version__,
        config=config.as_dict(),
        seed=config.seed,
        video={
            "path": info.path,
            "content_hash": content_hash,
            "size": size,
            "codec": info.codec,
            "pixel_format": info.pixel_format,
            "rotation": info.rotation,
            "stream_index": info.stream_index,
            "notes": list(info.notes),
        },
        packs=tuple(pack.as_dict() for pack in packs),
        versions=package_versions(),
        device={"torch": device.torch, "onnx": device.onnx_providers[0], "note": device.note},
        adapt_mode=adapt_mode,
        counts=counts,
        chosen=differences(config),
        timings=timings,
    )
