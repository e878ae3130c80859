"""Names of files that are made from the name of a film."""

from __future__ import annotations

import hashlib

_MOST_BYTES = 255
"""Of a name on the file systems in use; ecryptfs allows 143 (UTF-8: a third in Chinese)."""


def beside(stem: str, suffix: str, room: str = "") -> str:
    """The name of a result: that of the film with another suffix, shortened where it must be.

    Args:
        stem: The name of the film without its suffix.
        suffix: For example ".clusters.json".
        room: The longest suffix that will follow in place of it, if that is another.

    Returns:
        A name of at most 255 bytes. What was cut off is told apart by a hash, so that two long
        names of one beginning do not become one.
    """
    most = _MOST_BYTES - max(len(suffix.encode()), len(room.encode()))
    raw = stem.encode("utf-8", "surrogateescape")
    if len(raw) <= most:
        return f"{stem}{suffix}"
    mark = f"~{hashlib.sha256(raw).hexdigest()[:8]}"
    kept = raw[: most - len(mark)].decode("utf-8", "ignore")  # never half a character
    return f"{kept}{mark}{suffix}"
