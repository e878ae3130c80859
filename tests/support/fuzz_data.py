"""Mutated data files: read, or refused in one line; never a crash, a hang or a traceback.

`python tests/fuzz_data.py --count 10000 --seed 1` runs as many mutations as asked for;
tests/test_data_fuzz.py runs a few hundred.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import fuzz_driver
import numpy as np
from film_results import film
from pack_toml import TOML

from vcn.config import EvaluateConfig, RunConfig
from vcn.errors import VcnError
from vcn.evaluate import as_json, evaluate
from vcn.evaluate.pages import write_page
from vcn.export.excerpt import excerpt
from vcn.export.names import read_names
from vcn.export.registry import format_named
from vcn.report.boxes import read_boxes
from vcn.report.read import read_result
from vcn.report.write import write_result
from vcn.runtime.store import Store
from vcn.types import LossMetric, Quality, Reason
from vcn.weights.checkpoint import (
    Checkpoint,
    Origin,
    Snapshot,
    load_checkpoint,
    save_checkpoint,
)
from vcn.weights.packs import load_pack
from vcn.weights.sealed import seal

MEMORY = 6 * 2**30
"""Bytes of address space beyond which the child fails."""

RESULT = film(
    n_frames=80,
    cuts=(40,),
    tracks=[(0, 20, 0), (5, 30, 1), (40, 60, 0), (45, 79, Reason.too_small), (50, 52, 2)],
)
LIMITS = replace(EvaluateConfig(), resamples=2)
BOXES = "frame,x1,y1,x2,y2,identity\n" + "".join(
    f"{frame},{left},20,{left + 40},71,{who}\n"
    for i, (start, who) in enumerate([(0, "anna"), (5, "ben"), (40, "anna"), (45, "unsure")])
    for frame, left in ((start, 10 + 7 * i), (start + 8, 12 + 7 * i))
)
TRUTHS = {
    "boxes": BOXES,
    "tracks": "track_id,identity\n0,anna\n1,ben\n2,anna\n",
    "spans": "identity,start,end\nanna,0,0.8\nben,0:00.2,1.2\n",
    "ids": "CVHCI_TRACKLABELS_V1\n0 anna\n1 ben\n2 anna\n",
    "mot": "1,1,10,20,40,51,1,-1,-1,-1\n9,1,12,20,40,51,1,-1,-1,-1\n6,2,17,20,40,51,1,-1,-1,-1\n",
    "labels": "anna\nben\nanna\nunsure\ncarl\n",
}

HOSTILE = (
    "../../etc/passwd", "/etc/passwd", "<script>alert(1)</script>", "\u0000", "a" * 5000,
    "\u202e", "\ud7ff", "=cmd|' /C calc'!A0", "\x1b[2J", "nan", "-inf", "1e999", "9" * 400, "-1",
    "9223372036854775807", "-9223372036854775809", "1/0", "0", "null", "true", "{}", "[]", "\n",
    "[" * 2000, '"', "'''", "inf = inf",
)  # fmt: skip


def mutate_text(data: bytes, rng: random.Random) -> bytes:
    """Change words, numbers and lines in place of bytes."""
    text = data.decode()
    for _ in range(rng.choice([1, 1, 2, 5])):
        tokens = [match.span() for match in re.finditer(r"[\w.+-]+", text)]
        if not tokens:
            break
        start, stop = rng.choice(tokens)
        kind = rng.randrange(6)
        if kind < 2:
            text = text[:start] + rng.choice(HOSTILE) + text[stop:]
        elif kind == 2:
            text = (
                text[:start] + str(rng.choice([rng.randrange(-9, 99), rng.random()])) + text[stop:]
            )
        elif kind == 3:
            other = rng.choice(tokens)
            text = text[:start] + text[slice(*other)] + text[stop:]
        else:
            lines = text.splitlines(keepends=True)
            at = rng.randrange(len(lines))
            lines[at : at + 1] = [] if kind == 4 else [lines[at], rng.choice(lines)]
            text = "".join(lines)
    return text.encode("utf-8", "surrogatepass")


@dataclass(frozen=True)
class Kind:
    """A kind of file: where it lies, what is in it, and what reads it."""

    name: str
    place: str
    content: bytes
    read: Callable[[Path], object]
    text: bool = False


def read_clusters(folder: Path) -> None:
    """Everything that is done with a clusters.json."""
    path = folder / "film.json"
    result = read_result(path)
    for form in ("csv", "edl"):
        text = str(format_named(form).render(excerpt(result)).content)
        assert "\x1b" not in text
    evaluation = evaluate([path], [folder / "truth.csv"], LIMITS)
    as_json(evaluation)
    write_page(evaluation, folder / "evaluation.html")
    page = (folder / "evaluation.html").read_text()
    assert "<script>alert" not in page


def read_table(folder: Path) -> None:
    """The table of boxes, alone and as a part of a result."""
    read_boxes(folder / "film.boxes.parquet")
    evaluate([folder / "film.json"], [folder / "truth.csv"], LIMITS)


def read_truth(folder: Path) -> None:
    """A file of truth, against a result."""
    evaluation = evaluate([folder / "film.json"], [folder / "mutated.csv"], LIMITS)
    json.loads(as_json(evaluation))
    write_page(evaluation, folder / "evaluation.html")
    assert "<script>alert" not in (folder / "evaluation.html").read_text()


def read_pack(folder: Path) -> None:
    """A pack of somebody's."""
    pack = load_pack(folder / "pack")
    pack.verify()
    for file in pack.files:
        assert folder / "pack" in file.path.resolve().parents


def read_cache(folder: Path) -> None:
    """An artefact of the cache: as it was written, or none."""
    found = Store(folder / "cache", "film").find("scan", "k")
    if found is not None:
        assert found.array("values").tolist() == list(range(50))
        assert found.record("facts") == {"a": [1, 2]}


def resealed(folder: Path) -> None:
    """A checkpoint whose description is another, under a seal that fits."""
    from safetensors import safe_open
    from safetensors.numpy import save

    with safe_open(folder / "whole.safetensors", framework="numpy") as file:
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    text = (folder / "mutated.json").read_bytes().decode("utf-8", "replace")
    path = folder / "resealed.safetensors"
    path.write_bytes(save(arrays, {"vcn": f"{seal(text, arrays)}\n{text}"}))
    load_checkpoint(path)


def checkpoint() -> Checkpoint:
    """A small one."""
    heads = {"weight": np.ones((2, 4, 4), np.float32), "bias": np.zeros((2, 1, 4), np.float32)}
    metric = LossMetric(
        mode="head",
        student=heads,
        teacher=heads,
        centre=np.zeros((2, 4), np.float32),
        teacher_temperature=0.07,
        student_temperature=1.0,
        input_mean=np.zeros(4, np.float32),
        input_std=np.ones(4, np.float32),
    )
    quality = Quality(np.ones(6, np.bool_), np.full(3, 0.5), (None, None, Reason.blurred))
    training = {"generator": np.zeros(16, np.uint8), "epoch": np.array([3])}
    snapshot = Snapshot(metric, training, quality, np.array([[0, 1]]), ())
    config = {"adapt": RunConfig().as_dict()["adapt"]}
    origin = Origin("xxh3:0", "film.mp4", "c" * 64, "open", "f" * 64, 0, config, {"vcn": "0"})
    return Checkpoint(origin, snapshot)


def prepare(folder: Path) -> list[Kind]:
    """Whole files of every kind in a folder."""
    write_result(RESULT, folder / "film.json", report=False)
    (folder / "truth.csv").write_text(BOXES)
    (folder / "pack" / "weights").mkdir(parents=True)
    for name in ("weights/d.onnx", "m.onnx"):
        (folder / "pack" / name).write_bytes(b"data")
    with Store(folder / "cache", "film").draft("scan", "k") as draft:
        draft.put_array("values", np.arange(50))
        draft.put_record("facts", {"a": [1, 2]})
    save_checkpoint(checkpoint(), folder / "whole.safetensors")
    names = {"schema_version": "1.0", "names": {"0": "Anna", "1": "Ben"}}
    result = read_result(folder / "film.json")
    clusters = (folder / "film.json").read_bytes()
    boxes = (folder / "film.boxes.parquet").read_bytes()
    saved = (folder / "whole.safetensors").read_bytes()
    cached = sorted((folder / "cache" / "film" / "scan-k").iterdir())
    kinds = [
        Kind("clusters", "film.json", clusters, read_clusters, text=True),
        Kind("boxes", "film.boxes.parquet", boxes, read_table),
        Kind("pack", "pack/pack.toml", TOML.encode(), read_pack, text=True),
        Kind(
            "names", "names.json", json.dumps(names).encode(),
            lambda folder: read_names(folder / "names.json", result), text=True,
        ),
        Kind(
            "checkpoint", "mutated.safetensors", saved,
            lambda folder: load_checkpoint(folder / "mutated.safetensors"),
        ),
        Kind(
            "description", "mutated.json", (folder / "whole.json").read_bytes(), resealed, text=True
        ),
        *(
            Kind(f"truth: {name}", "mutated.csv", text.encode(), read_truth, text=True)
            for name, text in TRUTHS.items()
        ),
        *(
            Kind(f"cache: {p.name}", str(p.relative_to(folder)), p.read_bytes(), read_cache)
            for p in cached
        ),
    ]  # fmt: skip
    for kind in kinds:  # unchanged they are all read
        (folder / kind.place).write_bytes(kind.content)
        if kind.name != "names":  # which would have to belong to the result
            kind.read(folder)
    return kinds


def try_one(kinds: list[Kind], folder: Path, number: int) -> str:
    """Read mutation `number`; what came of it."""
    rng = random.Random(number)
    kind = kinds[number % len(kinds)]
    if kind.text and rng.random() < 0.7:
        content = mutate_text(kind.content, rng)
    else:
        pool = [(k.name, k.content) for k in kinds]
        _, content = fuzz_driver.mutate(pool, number)
    place = folder / kind.place
    if not place.parent.exists():  # a damaged artefact was removed
        shutil.copytree(folder / "kept", place.parent)
    place.write_bytes(content)
    try:
        kind.read(folder)
        line = None
    except VcnError as error:
        line = str(error)
    finally:
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(kind.content)
    if line is None:
        return "read"
    assert "\n" not in line
    assert len(line) < 1000, len(line)
    return "error"


@contextmanager
def reading() -> Iterator[fuzz_driver.Reader]:
    """Whole files of every kind, and what reads a mutation of one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kinds = prepare(folder)
        shutil.copytree(folder / "cache" / "film" / "scan-k", folder / "kept")
        yield lambda number: try_one(kinds, folder, number)


if __name__ == "__main__":
    sys.exit(fuzz_driver.main(__file__, __doc__, MEMORY, reading))
