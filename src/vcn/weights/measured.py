"""What was measured of a face model, written into the pack.toml of a user's own pack."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from vcn.errors import UsageError
from vcn.runtime.whole import replace_file
from vcn.weights.packtoml import built_in_dir, read_pack

_HEADER = re.compile(r"^\[face_model\][ \t]*(#.*)?$", re.MULTILINE)
_NEXT = re.compile(r"^\[\[?[A-Za-z]", re.MULTILINE)


def own_packtoml(pack: str) -> Path:
    """The pack.toml of a pack that belongs to the user.

    Args:
        pack: Folder of the pack.

    Raises:
        UsageError: It is one of those that come with vcn.
        PackError: There is no such pack.
    """
    folder = Path(pack)
    if not (folder / "pack.toml").is_file() or folder.resolve().parent == built_in_dir().resolve():
        raise UsageError(
            f"{pack} is not a pack of your own", "Give the folder that holds your pack.toml"
        )
    return folder / "pack.toml"


def write_measured(place: Path, values: Mapping[str, float | list[float]]) -> None:
    """Set keys of [face_model]; every other line stays as it is.

    Args:
        place: A valid pack.toml.
        values: By key.

    Raises:
        UsageError: It has no [face_model].
        PackError: It is not valid.
        OutputError: It cannot be written.
    """
    before = place.read_text(encoding="utf-8")
    header = _HEADER.search(before)
    if read_pack(place.parent).face_model is None or header is None:
        raise UsageError(f"{place} has no [face_model]", "Give a pack with a face model")
    following = _NEXT.search(before, header.end())
    end = len(before) if following is None else following.start()
    table = before[header.end() : end]
    for key, value in values.items():
        line = f"{key} = {value}"
        table, done = re.subn(rf"^{key}[ \t]*=.*$", line, table, count=1, flags=re.MULTILINE)
        if not done:
            table = f"\n{line}{table}"
    replace_file(place, f"{before[: header.end()]}{table}{before[end:]}".encode())
    read_pack(place.parent)
