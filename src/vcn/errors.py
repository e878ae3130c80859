"""The tree of errors: each says what failed, on what, and what to do.

Every class has the exit code that the command line returns for it; the table in
README.md ("Exit codes") is tested against this module.
"""

from __future__ import annotations

from typing import ClassVar


def _one_line(text: str, limit: int) -> str:
    """`text` on one line; a hostile file's long value is cut out of the middle."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    half = (limit - 5) // 2
    return f"{line[:half]} ... {line[-half:]}"


class VcnError(Exception):
    """Base class of every error that vcn raises on purpose.

    Args:
        what: What failed and on what, one line, no trailing full stop.
        hint: What the reader can do about it, one line, or an empty string.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, hint: str = "") -> None:
        self.what = _one_line(what, 600)
        self.hint = _one_line(hint, 300)
        super().__init__(f"{self.what}. {self.hint}" if self.hint else self.what)


class CheckFailed(VcnError):
    """A check that the user asked for did not hold (``--fail-under``, ``doctor``)."""

    exit_code = 1


class UsageError(VcnError):
    """An option has a value that makes no sense, alone or with the others."""

    exit_code = 2


class InputError(VcnError):
    """The film cannot be read: missing, a directory, empty, not a video."""

    exit_code = 3


class OutputError(VcnError):
    """A result, artefact or cache cannot be written."""

    exit_code = 4


class PackError(VcnError):
    """A model pack is unknown, incomplete, not verified or not licensed."""

    exit_code = 5


class DeviceError(VcnError):
    """A device was asked for that did not load."""

    exit_code = 6


class DataError(VcnError):
    """A data file (labels, clusters.json, checkpoint, features) is not valid."""

    exit_code = 7


class DownloadError(VcnError):
    """A download that the user asked for did not complete."""

    exit_code = 8


class OutOfMemory(VcnError):
    """There was not enough memory for the work."""

    exit_code = 9


class Interrupted(VcnError):
    """The user stopped the run; finished stages are kept."""

    exit_code = 130


class Terminated(Interrupted):
    """The system or another program stopped the run (SIGTERM); finished stages are kept."""

    exit_code = 143
