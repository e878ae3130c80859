"""The sources of vcn, as the tests of its architecture read them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from paths import PACKAGE

SOURCES = sorted(PACKAGE.rglob("*.py"))
_FILES = frozenset(SOURCES)


def name_of(path: Path) -> str:
    """`stages/track` of src/vcn/stages/track.py; `stages` of its __init__.py."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return "/".join(part for part in parts if part != "__init__")


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every import of a file, those inside functions too."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            module = str(node.module)
            if module.startswith("vcn") and PACKAGE.joinpath(*module.split(".")[1:]).is_dir():
                # from vcn import video; from vcn.weights import onnxfile
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)
            if module != "vcn":
                yield node.lineno, module


def depends_on(path: Path) -> set[str]:
    """The files of vcn that a file imports, by `name_of`; a package where it takes a name of it.

    `from vcn.pipeline import scan` is the file scan, not the package around it.
    """
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {_file(alias.name) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {_file(f"{node.module}.{alias.name}") for alias in node.names}
    return found - {"", name_of(path)}


def _file(dotted: str) -> str:
    """The file that a dotted name is, or is in; empty where it is none of vcn's."""
    first, *parts = dotted.split(".")
    if first != "vcn":
        return ""
    while parts and PACKAGE.joinpath(*parts).with_suffix(".py") not in _FILES:
        if PACKAGE.joinpath(*parts, "__init__.py") in _FILES:
            break
        parts.pop()
    return "/".join(parts)
