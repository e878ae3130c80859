"""Which result a file of truth belongs to, where nobody says."""

from __future__ import annotations

from pathlib import Path

from vcn.errors import DataError, UsageError

_RESULT = "clusters.json"


def result_beside(truth: Path) -> Path:
    """The clusters.json in the folder of a file of truth that is of the same film.

    `NAME.clusters.json` beside `NAME.labels.csv` (or `NAME.csv`), else `clusters.json`
    beside `labels.csv`, else the only result in the folder.

    Raises:
        DataError: There is no such file of truth.
        UsageError: There is no result, or there are several.
    """
    folder = truth.parent
    if not truth.exists():
        raise DataError(f"there is no file {truth}", "Check the name given to --gt.")
    stem = truth.stem.removesuffix("labels").removesuffix(".")
    named = folder / (f"{stem}.{_RESULT}" if stem else _RESULT)
    if named.exists():
        return named
    found = sorted(folder.glob(f"*.{_RESULT}")) + sorted(folder.glob(_RESULT))
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(
            f"no result lies beside {truth}",
            f"Give it: vcn evaluate FILM.{_RESULT} --gt {truth.name}",
        )
    names = ", ".join(path.name for path in found[:5])
    raise UsageError(
        f"{len(found)} results lie beside {truth} and none is {named.name}: {names}",
        f"Say which: vcn evaluate {found[0].name} --gt {truth.name}",
    )
