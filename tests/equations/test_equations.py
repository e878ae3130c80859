"""The table of equations: each exists, cites its source and has a test."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from paths import PACKAGE

from vcn.equations import EQUATIONS, Equation

TESTS = Path(__file__).parent
FOLDER = PACKAGE / "equations"


@pytest.mark.parametrize("equation", EQUATIONS, ids=lambda e: e.function)
def test_exists_and_cites(equation: Equation) -> None:
    module_name, function_name = equation.function.split(":")
    if equation.paper == "vcn":
        return
    module = importlib.import_module(f"vcn.equations.{module_name}")
    function = getattr(module, function_name)
    said = f"{module.__doc__} {function.__doc__}"
    source = "VCN" if equation.paper == "VideoClusterNet" and "VCN" in said else equation.paper
    assert source.split()[0] in said


@pytest.mark.parametrize("equation", EQUATIONS, ids=lambda e: e.function)
def test_has_a_test(equation: Equation) -> None:
    file, name = equation.test.split("::")
    assert f"def {name}(" in (TESTS / file).read_text(encoding="utf-8")


def test_every_file_is_listed() -> None:
    listed = {equation.function.split(":")[0] for equation in EQUATIONS}
    assert {path.stem for path in FOLDER.glob("*.py")} - {"__init__"} == listed
