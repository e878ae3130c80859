"""A download that is not complete yet: `NAME.part`, and what it was a part of."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vcn.errors import OutputError


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known about a file before it arrives."""

    sha256: str | None = None
    """64 lower-case hexadecimal digits; None: it is pinned at the first download."""
    size: int | None = None
    """Bytes; None where the publisher does not say."""


def cannot_write(target: Path, error: OSError) -> OutputError:
    """The error for a file that cannot be written."""
    return OutputError(
        f"{target} cannot be written: {error.strerror or error}",
        "Free some space, or choose another folder with VCN_MODELS_DIR; "
        "what has arrived is kept and continued",
    )


class PartFile:
    """The unfinished file, and what is known about the answer that it came from."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(target.name + ".part")
        self.note = target.with_name(target.name + ".part.json")

    @property
    def size(self) -> int:
        """Bytes that have arrived."""
        return self.path.stat().st_size if self.path.exists() else 0

    def read_note(self) -> dict[str, str]:
        """What was noted of the answer; empty where nothing can be read."""
        with suppress(OSError, ValueError):
            note = json.loads(self.note.read_text("utf-8"))
            if isinstance(note, dict):
                return note
        return {}

    def usable(self, url: str, expected: Expected) -> bool:
        """Whether what is there may be continued; it is discarded where it may not."""
        if not self.size:
            return False
        note = self.read_note()
        same_file = expected.sha256 is not None or (
            note.get("url") == url and bool(note.get("validator"))
        )
        if same_file and (expected.size is None or self.size <= expected.size):
            return True
        self.discard()
        return False

    def start(self, url: str, validator: str) -> None:
        """Note what the bytes to come are of."""
        self.note.write_text(json.dumps({"url": url, "validator": validator}), "utf-8")

    def discard(self) -> None:
        """Forget what has arrived."""
        self.path.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)

    def publish(self) -> None:
        """Give the file its final name."""
        self.path.replace(self.target)
        self.note.unlink(missing_ok=True)
