"""The FFmpeg libraries that PyAV brought."""

from __future__ import annotations

import av


def ffmpeg_libraries() -> dict[str, str]:
    """Version by name of each library, as it is loaded in this process."""
    return {
        name: ".".join(str(part) for part in version)
        for name, version in sorted(av.library_versions.items())
    }
