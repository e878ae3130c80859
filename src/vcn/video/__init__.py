"""Video: frames in displayed pixels with their exact times. The only user of PyAV."""

from __future__ import annotations

from vcn.video.hashing import content_hash
from vcn.video.reader import Frame, Video, open_video

__all__ = ["Frame", "Video", "content_hash", "open_video"]
