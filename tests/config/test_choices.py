"""Every choice by its name: all are there, typed, and the wrong ones are refused."""

from __future__ import annotations

import math
import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from vcn.config import EvaluateConfig, RunConfig
from vcn.config.choices import (
    BOUNDS,
    ROOTS,
    changed,
    choices,
    differences,
    find,
    parse,
    sections,
    values_of,
)
from vcn.config.file import as_toml, read_file, toml_value
from vcn.errors import DataError, UsageError


def names(config: Any) -> int:
    return sum(
        names(getattr(config, f.name)) if is_dataclass(getattr(config, f.name)) else 1
        for f in fields(config)
    )


def test_every_field_of_the_configuration_is_a_choice() -> None:
    assert len(choices()) == sum(names(root()) for root in ROOTS.values())
    assert {"pack", "detect.max_side", "evaluate.iou", "systems.affinity.damping"} <= set(choices())
    assert {choice.section for choice in choices().values()} <= set(sections())
    assert set(BOUNDS) <= set(choices())


@pytest.mark.parametrize("name", choices())
def test_every_default_is_read_back_from_text(name: str) -> None:
    default = choices()[name].default
    text = ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
    assert parse(name, text) == default
    assert type(parse(name, text)) is type(default)
    if default is not None:
        assert parse(name, tomllib.loads(f"x = {toml_value(default)}")["x"]) == default


def test_where_a_default_comes_from_is_known() -> None:
    assert find("adapt.iterations").why == "VCN supp. 8."
    assert find("crops.interval_seconds").why.startswith("VCN 3.2: every 12th frame")
    assert sections()["detect"] == "Face detection."


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        (
            "detect.max_sid",
            "1",
            "Did you mean detect.max_side",
        ),
        ("max_side", "1", "Did you mean detect.max_side"),
        ("Detect.Max_Side", "1", "Did you mean detect.max_side"),
        ("xyzzy", "1", "See: vcn config show"),
        ("detect", "1", "detect is a group of choices. It has detect.threshold"),
        ("detect.max_side", "1.5", "must be a whole number, got '1.5'"),
        ("detect.max_side", "wide", "must be a whole number, got 'wide'"),
        ("detect.max_side", True, "must be a whole number"),
        ("detect.max_side", "0", "must be at least 1, got 0"),
        ("detect.threshold", "1.5", "must be from 0 to 1, got 1.5"),
        ("detect.threshold", "nan", "must be a number, got 'nan'"),
        ("detect.rate", "-1", "must be at least 0, got -1"),
        ("detect.rate", "often", "must be a number or none"),
        ("adapt.mode", "ful", "one of auto, head, full, off, got 'ful'. Did you mean full"),
        ("adapt.local_scale", "0.4", "2 values with commas between, each a number"),
        ("adapt.local_scale", "0.4,2", "from 0 to 1, got 2"),
        ("cluster.co_occurrence", "maybe", "must be true or false"),
        ("pack", 3, "must be text"),
    ],
)
def test_what_is_wrong_is_refused_with_the_nearest_right_one(
    name: str, value: Any, says: str
) -> None:
    with pytest.raises(UsageError) as caught:
        parse(name, value)
    assert says in str(caught.value)


def test_values_are_put_in_their_places() -> None:
    values = {
        "seed": 3,
        "detect.max_side": 1280,
        "detect.rate": 5.0,
        "systems.affinity.damping": 0.8,
        "evaluate.level": 0.9,
    }
    config = changed(RunConfig(), values)
    assert differences(config) == {k: v for k, v in values.items() if k != "evaluate.level"}
    assert changed(EvaluateConfig(), values, "evaluate").level == 0.9
    assert differences(RunConfig()) == {}
    assert parse("method.threshold", "-0.2") == -0.2
    assert parse("detect.rate", "None") is None


def test_the_file_that_is_printed_is_the_configuration(tmp_path: Path) -> None:
    values = {name: choice.default for name, choice in choices().items()}
    values |= {"detect.max_side": 1280, "pack": 'a "quoted" \\ pack'}
    path = tmp_path / "my.toml"
    path.write_text(as_toml(values, {"detect.max_side": "--set"}))
    assert "max_side = 1280  # --set; default: 640" in path.read_text()
    read = read_file(path)
    assert read == {name: value for name, value in values.items() if value is not None}
    assert values_of(changed(RunConfig(), read)) == {
        name: values[name] for name in values_of(RunConfig())
    }


def test_a_file_that_is_wrong_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    with pytest.raises(DataError, match="cannot read"):
        read_file(path)
    path.write_text("detect.max_side: 3")
    with pytest.raises(DataError, match="not a configuration in TOML"):
        read_file(path)
    path.write_text("[detect]\nmax_sid = 3")
    with pytest.raises(UsageError, match=r"my\.toml: there is no choice .* Did you mean"):
        read_file(path)


def test_bounds_hold_every_default() -> None:
    for name, (low, high) in BOUNDS.items():
        default = choices()[name].default
        for number in default if isinstance(default, tuple) else (default,):
            assert number is None or low <= number <= high
        assert low < high
        assert not math.isnan(low)
