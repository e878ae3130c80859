"""vcn: who is on screen, and when.

    >>> import vcn
    >>> result = vcn.cluster("film.mp4")            # doctest: +SKIP
    >>> result.clustering.labels                    # doctest: +SKIP

Scores against ground truth: `vcn.evaluate.evaluate`, and `vcn.scores` for label arrays.
Importing this package is cheap; torch and the rest are loaded by the first run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = [
    "FilmResult",
    "RunConfig",
    "VcnError",
    "__version__",
    "cluster",
    "finetune",
    "scores",
    "write_result",
]

if TYPE_CHECKING:
    from vcn import scores
    from vcn.config import RunConfig
    from vcn.errors import VcnError
    from vcn.pipeline import cluster, finetune
    from vcn.report.write import write_result
    from vcn.types import FilmResult

_HOME = {
    "FilmResult": "vcn.types",
    "RunConfig": "vcn.config",
    "VcnError": "vcn.errors",
    "cluster": "vcn.pipeline",
    "finetune": "vcn.pipeline",
    "write_result": "vcn.report.write",
}


def __getattr__(name: str) -> Any:
    """Load the public names on first use (PEP 562)."""
    from importlib import import_module

    if name == "scores":
        return import_module("vcn.scores")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'vcn' has no attribute {name!r}")
