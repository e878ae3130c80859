"""A detector by the name that people know it by, out of a pack that is on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from vcn.errors import PackError
from vcn.weights.pack import Pack
from vcn.weights.packfile import PackFile, expected_sha256, verify_file
from vcn.weights.packtoml import built_in_dir, pack_names, read_pack

FAMILIES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "retinaface": ("RetinaFace", ("retinaface-pytorch", "retinaface-insightface", "scrfd")),
    "scrfd": ("SCRFD", ("scrfd",)),
    "yunet": ("YuNet", ("yunet",)),
    "centerface": ("CenterFace", ("centerface",)),
}
"""Names of detectors: how they are written, and the kinds that are meant, best first. SCRFD
is what insightface's packs have in the place of their RetinaFace."""


def with_installed_detector(pack: Pack, name: str) -> Pack:
    """`pack` with a detector out of an installed pack, under its own licence.

    Args:
        pack: Whose face model is kept.
        name: A key of `FAMILIES`.

    Raises:
        PackError: No such detector is on this machine; the message says how to get one.
    """
    title, kinds = FAMILIES[name]
    packs = [read_pack(built_in_dir() / other) for other in pack_names()]
    having = [other for other in packs if other.detector and other.detector.kind in kinds]
    having.sort(key=lambda other: (kinds.index(_kind(other)), not other.commercial))
    for other in having:
        if other.detector is not None and other.detector.path.is_file():
            return _combined(pack, other, other.detector.path)
    if not having:
        raise PackError(f"no pack has a {title}", "Give an ONNX file: --detector FILE")
    first = having[0]
    terms = "for non-commercial research only" if first.research_only else "free for any use"
    raise PackError(
        f"no {title} is on this machine",
        f"Get one with: vcn models pull {first.name} ({first.licence}; {terms})",
    )


def _combined(pack: Pack, other: Pack, path: Path) -> Pack:
    file = next(file for file in other.files if file.path == path)
    verify_file(other.name, file)
    kept = () if pack.face_model is None else _files_at(pack, pack.face_model.path)
    return replace(
        pack,
        detector=other.detector,
        # What was pinned for the other pack is not looked for under this one's name.
        files=(*kept, replace(file, sha256=expected_sha256(other.name, file))),
        licences=(
            *(licence for licence in pack.licences if licence.covers != "detector"),
            *(licence for licence in other.licences if licence.covers == "detector"),
        ),
    )


def _files_at(pack: Pack, path: Path) -> tuple[PackFile, ...]:
    return tuple(file for file in pack.files if file.path == path)


def _kind(pack: Pack) -> str:
    return "" if pack.detector is None else pack.detector.kind
