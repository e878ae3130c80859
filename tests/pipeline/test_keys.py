"""The key of an artefact changes with every source that the artefact depends on."""

from __future__ import annotations

from pathlib import Path

import pytest
from paths import PACKAGE
from sources import imports

from vcn.pipeline.keys import EMBED_CODE, PEOPLE_CODE, SCAN_CODE, SPLIT_CODE

ENTRIES = {
    "scan": ("pipeline/scan.py", "detectors/__init__.py"),
    "embed": ("stages/embed.py", "nets/__init__.py"),
    "split": ("pipeline/splitting.py", "stages/split.py"),
    "people": ("methods/vcn/method.py", "equations/co_occurrence.py"),
}
"""Where `pipeline.run` enters each stage."""

COVERED = {
    "scan": SCAN_CODE,
    "embed": (*SCAN_CODE, *EMBED_CODE),
    "split": (*SCAN_CODE, *EMBED_CODE, *SPLIT_CODE),
    "people": (*SCAN_CODE, *EMBED_CODE, *SPLIT_CODE, *PEOPLE_CODE),
}
"""Each key holds the one before."""

ELSEWHERE = {
    "weights/checkpoint.py": "the hash of the file is in the key",
    "weights/__init__.py": "it is empty",
    **{
        f"config/{name}.py": "the values are in the key"
        for name in ("__init__", "scan", "people", "report", "measure", "run")
    },
    "runtime/devices.py": "the device is in the key",
    "errors.py": "who raises makes no artefact",
    **{
        f"weights/{name}.py": "names, hashes and specifications are in the key"
        for name in ("packs", "pack", "packfile", "packtoml", "table", "ownfile", "installed")
    },
    "runtime/__init__.py": "it is empty",
    "runtime/store.py": "the format is in the key",
}


def files(module: str) -> list[Path]:
    """The file of `vcn.a.b`."""
    path = PACKAGE.joinpath(*module.split(".")[1:])
    return [p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()]


def needed(entries: tuple[str, ...]) -> set[str]:
    """The files and all that they import of vcn but `ELSEWHERE`; names inside the package."""
    todo, seen = [PACKAGE / entry for entry in entries], set()
    while todo:
        path = todo.pop()
        if path in seen or path.relative_to(PACKAGE).as_posix() in ELSEWHERE:
            continue
        seen.add(path)
        for _, module in imports(path):
            if module.startswith("vcn."):
                todo += files(module)
    return {path.relative_to(PACKAGE).as_posix() for path in seen}


@pytest.mark.parametrize("stage", ENTRIES)
def test_the_key_covers_what_the_stage_imports(stage: str) -> None:
    found = needed(ENTRIES[stage])
    assert set(ENTRIES[stage]) < found
    assert [n for n in found if not n.startswith(COVERED[stage])] == []


def test_every_name_is_that_of_a_source() -> None:
    names = [p.relative_to(PACKAGE).as_posix() for p in PACKAGE.rglob("*.py")]
    for part in (*COVERED["people"], *ELSEWHERE):
        assert any(name.startswith(part) for name in names), part
