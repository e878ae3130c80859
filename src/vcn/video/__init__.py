"""Video: frames in displayed pixels and sound, with exact times. The only user of PyAV."""

from __future__ import annotations

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
