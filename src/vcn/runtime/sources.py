"""Which of vcn's own sources a module stands on, so that others may change beside it."""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


@cache
def sources_of(module: str, package: Path = _PACKAGE) -> str:
    """Digest of the sources of a module and of all that it imports, at once or later.

    Args:
        module: Its full name; "" or one of another package: nothing.
        package: Folder of the package that counts.
    """
    digest = hashlib.sha256()
    for name in sorted(modules_of(module, package)):
        file = _file(name, package)
        assert file is not None
        digest.update(f"{name}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:24]


def modules_of(module: str, package: Path = _PACKAGE) -> frozenset[str]:
    """Full names of the module and of all modules of the package that it imports.

    A name that a package only hands on counts as of the module that it comes from: one value
    of `vcn.config` does not make a module stand on all others.
    """
    found: set[str] = set()
    ahead = [module]
    while ahead:
        name = ahead.pop()
        if name in found or _file(name, package) is None:
            continue
        found.add(name)
        ahead += _imports(name, package)
    return frozenset(found)


def _file(module: str, package: Path) -> Path | None:
    first, *rest = module.split(".")
    if first != package.name:
        return None
    place = package.joinpath(*rest)
    files = (place / "__init__.py", place.with_suffix(".py"))
    return next((file for file in files if file.is_file()), None)


@cache
def _tree(module: str, package: Path) -> ast.Module:
    file = _file(module, package)
    assert file is not None
    return ast.parse(file.read_bytes())


@cache
def _imports(module: str, package: Path) -> tuple[str, ...]:
    out = []
    for node in ast.walk(_tree(module, package)):
        if isinstance(node, ast.Import):
            out += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            out += [_home(node.module, alias.name, package) for alias in node.names]
    return tuple(dict.fromkeys(out))


def _home(module: str, name: str, package: Path) -> str:
    """The module that `from module import name` needs."""
    if _file(f"{module}.{name}", package) is not None:
        return f"{module}.{name}"
    file = _file(module, package)
    if file is not None and file.name == "__init__.py":
        for node in _tree(module, package).body:
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        return _home(node.module, alias.name, package)
    return module
