"""Video: frames in displayed pixels and sound, with exact times. The only user of PyAV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vcn.video.hashing import content_hash
    from vcn.video.reader import Frame, Video, open_video
    from vcn.video.sound import SOUND_RATE, Sound, SoundBlock, SoundInfo, open_sound, sound_streams

__all__ = [
    "SOUND_RATE",
    "Frame",
    "Sound",
    "SoundBlock",
    "SoundInfo",
    "Video",
    "content_hash",
    "open_sound",
    "open_video",
    "sound_streams",
]

_HOME = {
    "content_hash": "hashing",
    **dict.fromkeys(("Frame", "Video", "open_video"), "reader"),
    **dict.fromkeys(("SOUND_RATE", "Sound", "SoundBlock", "SoundInfo"), "sound"),
    **dict.fromkeys(("open_sound", "sound_streams"), "sound"),
}


def __getattr__(name: str) -> Any:
    """Load the public names on first use (PEP 562): who cuts out a face needs no PyAV."""
    from importlib import import_module

    if name in _HOME:
        return getattr(import_module(f"vcn.video.{_HOME[name]}"), name)
    raise AttributeError(f"module 'vcn.video' has no attribute {name!r}")
