"""Every choice by its name, `detect.max_side`: what it may be, and how it is read from text.

The names are those of the fields of `RunConfig`; evaluation, benchmark and downloads,
which no run depends on, have theirs before the field: `evaluate.iou`.
"""

from __future__ import annotations

import ast
import math
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from inspect import getsource
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from vcn.config.cast import CastConfig
from vcn.config.learned import HarvestConfig
from vcn.config.measure import (
    BenchmarkConfig,
    CalibrateConfig,
    DownloadConfig,
    EvaluateConfig,
)
from vcn.config.persons import MuHpcConfig, RadNetConfig
from vcn.config.render import RenderConfig
from vcn.config.report import CompareConfig
from vcn.config.review import ReviewConfig
from vcn.config.run import RunConfig
from vcn.config.season import SeasonConfig
from vcn.errors import UsageError

ROOTS: Mapping[str, type[Any]] = {
    "": RunConfig,
    "evaluate": EvaluateConfig,
    "benchmark": BenchmarkConfig,
    "season": SeasonConfig,
    "download": DownloadConfig,
    "render": RenderConfig,
    "calibrate": CalibrateConfig,
    "harvest": HarvestConfig,
    "compare": CompareConfig,
    "radnet": RadNetConfig,
    "muhpc": MuHpcConfig,
    "cast": CastConfig,
    "review": ReviewConfig,
}
"""What the names of each part of the configuration begin with."""

BOUNDS: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys(
        (
            *("detect.threshold", "detect.low_threshold", "track.new_track_threshold"),
            *("track.match_threshold", "quality.dropout", "adapt.match_shrinkage"),
            *("adapt.centre_momentum", "adapt.teacher_momentum", "adapt.base_rate"),
            *("adapt.global_scale", "adapt.local_scale", "evaluate.level", "evaluate.iou"),
        ),
        (0.0, 1.0),
    ),
    **dict.fromkeys(
        (
            *("detect.max_side", "detect.batch", "shots.width", "crops.min_crops"),
            *("crops.max_crops", "quality.passes", "adapt.iterations", "adapt.first_epochs"),
            *("adapt.epochs", "adapt.batch", "adapt.full_batch", "adapt.n_heads"),
            *("adapt.epoch_crops", "adapt.full_crops", "adapt.global_views"),
            *("cluster.dense_tracks", "cluster.exact_tracks"),
            *("report.thumbnail_side", "report.small_side", "evaluate.face_side"),
            *("season.looks", "season.dense_looks", "season.neighbours", "season.fit_looks"),
            *("season.attempts", "season.faces", "season.fit_least", "season.drawn_looks"),
            *("season.group_neighbours", "season.run_seconds", "season.most_runs"),
            *("download.attempts", "download.block_bytes", "render.blur_cells"),
        ),
        (1.0, math.inf),
    ),
    **dict.fromkeys(("report.jpeg_quality", "evaluate.jpeg_quality"), (1.0, 100.0)),
    "method.threshold": (-math.inf, math.inf),
    "cluster.min_silhouette": (-1.0, 1.0),
    "cluster.one_person_silhouette": (-1.0, 1.0),
}
"""Least and largest value where they are not 0 and anything."""

Config = TypeVar("Config")


class _Wrong(ValueError):
    """A value that a choice cannot have; its text is a hint."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be chosen."""

    name: str
    kind: Any
    """Its type, as annotated."""
    default: Any
    why: str
    """Where the default comes from and what it means; may be empty."""

    @property
    def section(self) -> str:
        """The name without its last part; empty for the choices of the run itself."""
        return self.name.rpartition(".")[0]


@cache
def choices() -> Mapping[str, Choice]:
    """All choices by name, in the order in which they are written down."""
    found: dict[str, Choice] = {}
    for prefix, root in ROOTS.items():
        found |= {choice.name: choice for choice in _walk(root(), prefix)}
    return found


@cache
def sections() -> Mapping[str, str]:
    """What each section is, in one line, by its name."""
    found: dict[str, str] = {}

    def add(config: Any, prefix: str) -> None:
        found[prefix] = (type(config).__doc__ or "").strip().splitlines()[0]
        for field in fields(config):
            value = getattr(config, field.name)
            if is_dataclass(value):
                add(value, f"{prefix}.{field.name}".lstrip("."))

    for prefix, root in ROOTS.items():
        add(root(), prefix)
    return found


def find(name: str) -> Choice:
    """The choice of this name.

    Raises:
        UsageError: There is none; the nearest is named.
    """
    known = choices()
    if name in known:
        return known[name]
    if any(other.startswith(f"{name}.") for other in known):
        inside = ", ".join(other for other in known if other.startswith(f"{name}."))
        raise UsageError(f"{name} is a group of choices", f"It has {inside}")
    raise UsageError(f"there is no choice {name!r}", nearest(name, known, "see: vcn config show"))


def nearest(word: str, known: Mapping[str, Any] | tuple[str, ...], otherwise: str) -> str:
    """A hint that names the right word, where one is near."""
    last = {name.rpartition(".")[2]: name for name in known}
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    close = close or [last[w] for w in get_close_matches(word.rpartition(".")[2], list(last), n=1)]
    return f"Did you mean {close[0]}?" if close else otherwise[:1].upper() + otherwise[1:]


def parse(name: str, value: Any) -> Any:
    """A value of the type that a choice has, from text or from TOML.

    Raises:
        UsageError: There is no such choice, or it cannot have this value.
    """
    choice = find(name)
    try:
        found = _typed(choice.kind, value)
    except ValueError as error:
        raise UsageError(
            f"{name} must be {describe(choice.kind)}, got {value!r}", str(error)
        ) from None
    low, high = BOUNDS.get(name, (0.0, math.inf))
    for number in found if isinstance(found, tuple) else (found,):
        if type(number) in (int, float) and not low <= number <= high:
            limit = f"at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
            raise UsageError(f"{name} must be {limit}, got {number:g}")
    return found


def changed(config: Config, values: Mapping[str, Any], root: str = "") -> Config:
    """A configuration with other values; names that belong to another root are left out.

    Args:
        config: An instance of one of `ROOTS`.
        values: As `parse` gives them, by full name.
        root: The key of `config`'s class in `ROOTS`.
    """
    inside: dict[str, dict[str, Any]] = {}
    own: dict[str, Any] = {}
    known = {field.name for field in fields(config)}  # type: ignore[arg-type]
    for name, value in values.items():
        if root and not name.startswith(f"{root}."):
            continue
        first, _, rest = name.removeprefix(f"{root}." if root else "").partition(".")
        if first not in known:
            continue
        if rest:
            inside.setdefault(first, {})[rest] = value
        else:
            own[first] = value
    own |= {first: changed(getattr(config, first), rest) for first, rest in inside.items()}
    return replace(config, **own)  # type: ignore[type-var]


def values_of(config: Any, root: str = "") -> dict[str, Any]:
    """All values of a configuration by full name."""
    return {choice.name: choice.default for choice in _walk(config, root)}


def differences(config: Any, root: str = "") -> dict[str, Any]:
    """The values that are not the defaults, by full name."""
    known = choices()
    return {
        name: value
        for name, value in values_of(config, root).items()
        if value != known[name].default
    }


def describe(kind: Any) -> str:
    """A type in words."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return " or ".join("none" if part is type(None) else describe(part) for part in inner)
    if origin is Literal:
        return "one of " + ", ".join(map(str, inner))
    if origin is tuple:
        several = f"{len(inner)} values" if inner[-1] is not ... else "values"
        return f"{several} with commas between, each {describe(inner[0])}"
    return {bool: "true or false", int: "a whole number", float: "a number", str: "text"}[kind]


def _typed(kind: Any, value: Any) -> Any:
    """`value` as `kind`.

    Raises:
        _Wrong: It is none; with a hint.
    """
    origin, inner = get_origin(kind), get_args(kind)
    text = value.strip() if isinstance(value, str) else None
    if origin in (Union, types.UnionType):
        if value is None or (text is not None and text.lower() == "none"):
            return None
        return _typed(next(part for part in inner if part is not type(None)), value)
    if origin is Literal:
        if value in inner:
            return value
        raise _Wrong(nearest(str(value), tuple(map(str, inner)), ""))
    if origin is tuple:
        parts = text.split(",") if text is not None else value
        if not isinstance(parts, list) or (inner[-1] is not ... and len(parts) != len(inner)):
            raise _Wrong
        return tuple(_typed(inner[0], part) for part in parts)
    if kind is bool:
        words = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
        if isinstance(value, bool) or (text is not None and text.lower() in words):
            return value if text is None else words[text.lower()]
        raise _Wrong
    if kind is str:
        if text is None:
            raise _Wrong
        return text
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _Wrong
    if kind is int and isinstance(value, float):
        raise _Wrong
    try:
        return int(value) if kind is int else _finite(value)
    except ValueError:
        raise _Wrong from None


def _finite(value: float | str) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _walk(config: Any, prefix: str) -> Iterator[Choice]:
    hints = get_type_hints(type(config))
    why = _reasons(type(config).__module__).get(type(config).__name__, {})
    for field in fields(config):
        name = f"{prefix}.{field.name}" if prefix else field.name
        value = getattr(config, field.name)
        if is_dataclass(value):
            yield from _walk(value, name)
        else:
            yield Choice(name, hints[field.name], value, why.get(field.name, ""))


@cache
def _reasons(module: str) -> Mapping[str, Mapping[str, str]]:
    """The text under each field of each class of a module."""
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(getsource(import_module(module))).body:
        if not isinstance(node, ast.ClassDef):
            continue
        texts = found.setdefault(node.name, {})
        for field, after in zip(node.body, node.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(after, ast.Expr):
                text = ast.literal_eval(after.value)
                texts[ast.unparse(field.target)] = " ".join(text.split())
    return found
