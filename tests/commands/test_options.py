"""Every option of every command is given in some test; those that no other gives, here."""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film_results import result_of
from media import Film
from paths import ROOT
from reviews import served
from training_films import training_film, write_film
from typer.main import get_command

from vcn.cli import app
from vcn.corrections import read_ledger
from vcn.report.document import result_key
from vcn.report.read import read_result

Run = Callable[..., tuple[int, str, str]]

MODEL = "--pack open --detector centerface --device cpu"
SEASON = (
    f"season film.mp4 -o season {MODEL} --seed 2 --no-co-occurrence --workers 1 --config my.toml "
    "--progress plain --verbose --log-file season.log --work-dir work"
)
LINES: dict[str, tuple[int, str]] = {
    "cluster film.mp4 --dry-run --detector centerface --method hac --threshold 0.5 --voice "
    "--co-occurrence --body --report --workers 2": (0, 'detector = "centerface" (default: none)'),
    "cluster film.mp4 --dry-run --no-co-occurrence --no-body --set cast.sure=0.9": (
        *(0, "cluster.co_occurrence = false (default: true)\nchosen:     evidence.body = false "),
    ),
    f"finetune film.mp4 -o f.safetensors {MODEL} --co-occurrence --verbose": (3, "too few faces"),
    f"finetune film.mp4 -o f.safetensors {MODEL} --no-co-occurrence -v": (3, "too few faces"),
    "cluster film.mp4 -o -": (4, "this does not go to standard output. Name a file"),
    "evaluate film.clusters.json --html - --gt film.labels.csv": (4, "Name a file"),
    "evaluate film.clusters.json --gt film.labels.csv --iou 0.3 --config my.toml": (0, "B-cubed"),
    "export film.clusters.json --names names.json --bom": (0, "\ufeffperson,name"),
    "export film.clusters.json --names names.json": (0, ",Anna,"),
    "render film.clusters.json -o out.mp4 --reel 0 --boxes --names names.json --min-seconds 0.2 "
    "--config my.toml --progress plain": (0, ""),
    "render film.clusters.json -o out.mp4 --set detect.max_side=640": (2, "means nothing to this"),
    "people export film.clusters.json --film none.mp4": (3, "none.mp4"),
    "people import cast.people film.clusters.json --film none.mp4": (7, "cast.people"),
    "people export film.clusters.json --config my.toml --set cast.sur=1": (
        2,
        "Did you mean cast.sure?",
    ),
    "people import cast.people film.clusters.json --config none.toml": (7, "none.toml"),
    "explain film.clusters.json 0 1 --tracks --film film.mp4 --work-dir work": (7, "not kept any"),
    SEASON: (0, "0 people"),
    "season film.mp4 -o season --ray local --workers 2": (2, "two ways to the same end"),
    f"season film.mp4 -o season {MODEL} --face-model none.onnx --co-occurrence": (5, "none.onnx"),
    f"find season --face grey.png {MODEL} --config my.toml": (3, "no face was found"),
    "find season --face grey.png --face-model none.onnx": (5, "none.onnx"),
    f"compare film.mp4 --method hac --method vcn --gt none.csv --threshold 0.5 {MODEL} --seed 1 "
    "--adapt off --co-occurrence --set compare.face_side=64 --config my.toml --progress plain": (
        *(7, "none.csv"),
    ),
    "compare film.mp4 --method hac --method vcn --threshold 0.5 --face-model none.onnx "
    "--checkpoint none --no-co-occurrence": (5, "none"),
    "benchmark one.npz two.npz --level hard --tracks 30 --method hac-fixed --seeds 1 --config "
    f"my.toml {MODEL}": (0, "hac-fixed"),
    "benchmark one.npz --method bcl --checkpoint none --face-model none.onnx": (5, "none"),
    "benchmark --ablation list": (0, "iterations "),
    f"harvest film.mp4 -o out --interval 0.2 {MODEL} --config my.toml --progress plain": (
        *(7, "no track of film.mp4"),
    ),
    "harvest film.mp4 -o out --face-model none.onnx --quiet": (5, "none.onnx"),
    "reproduce bcl-table-5 --data films --checkpoint none --seed 1 --set seed=1 --config my.toml "
    "--progress plain": (7, "films"),
    "models pull buffalo_l --accept-licence --from empty --set download.attempts=1 --config "
    "my.toml --progress plain": (8, "det_10g.onnx"),
    "models pull buffalo_l --set cast.sure=1": (2, "cast.sure means nothing to this command"),
    "models calibrate open --faces empty -o mine.toml --device cpu --set calibrate.seeds=0 "
    "--config my.toml": (7, "empty"),
    "models calibrate open --faces empty --face-model none.onnx": (7, "empty"),
    "models calibrate open --faces empty --into-pack": (2, "not a pack of your own"),
}
"""Command lines with the code and something of what they say."""
REVIEW = (
    "review film.clusters.json --film moved.mp4 --corrections mine.jsonl --remap --author Ann "
    "--keep --port {port} --work-dir work --browser --config review.toml "
    "--set review.body_bytes=200"
)


def options(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each command with each of its options: all ways to write it; --no-x is one of its own."""
    inside = getattr(command, "commands", {})
    for name, one in inside.items():
        yield from options(one, (*path, name))
    for option in () if inside else command.params:
        for names in (option.opts, option.secondary_opts):
            if names and names[0].startswith("-") and "--help" not in names:
                yield " ".join(path), tuple(names)


@cache
def given() -> list[frozenset[str]]:
    """The words of each test file, and of each command line of the pages (which tests run)."""
    found = []
    for path in (ROOT / "tests").rglob("*.py"):
        strings = (
            node.value
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
        if path.name != Path(__file__).name:
            found.append(frozenset(word for text in strings for word in text.split()))
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    lines = [line for page in pages for line in page.read_text(encoding="utf-8").splitlines()]
    lines = [line.strip() for line in lines if re.match(r"\s*vcn ", line)]
    return found + [frozenset(line.split()) for line in (*lines, *LINES, REVIEW)]


def test_every_option_of_every_command_is_given_in_a_test() -> None:
    missing = [
        f"{command} {'/'.join(names)}"
        for command, names in options(get_command(app))
        if not any(words.issuperset(command.split()) and words & {*names} for words in given())
    ]
    assert missing == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the lines speak of."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("options")
    film = Film("film.mp4", n_frames=20).write(folder)
    clusters = read_result(result_of(film, [(0, 9, 0), (10, 20, 1), (4, 15, 0)]))
    key = result_key(clusters.video.content_hash, (p.tracks for p in clusters.people))
    (folder / "names.json").write_text(json.dumps({"result": key, "names": {"0": "Anna"}}))
    (folder / "film.labels.csv").write_text("track_id,identity\n0,anna\n1,ben\n2,anna\n")
    (folder / "my.toml").write_text("[evaluate]\nresamples = 9\n[render]\nblur_cells = 4\n")
    Image.fromarray(np.full((90, 90, 3), 128, np.uint8)).save(folder / "grey.png")
    for seed, name in enumerate(("one", "two")):
        write_film(folder / f"{name}.npz", training_film(seed, n_people=4))
    for name in ("empty", "films"):
        (folder / name).mkdir()
    return folder


@pytest.mark.parametrize("line", LINES)
def test_these_are(line: str, folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")  # --workers is for the whole process
    if line.startswith("find season") and not (folder / "season").exists():
        assert run(*shlex.split(SEASON))[0] == 0
    code, out, err = run(*shlex.split(line))
    expected, says = LINES[line]
    assert (code, says in out + err) == (expected, True), (code, out, err)
    if code:
        assert err.splitlines()[-1].startswith("vcn: ")


def ask(address: str, what: dict[str, str]) -> int:
    """Ask the page of `vcn review` to do something; the HTTP status."""
    headers = {"Content-Type": "application/json", "Origin": address.rsplit("/", 2)[0]}
    request = urllib.request.Request(f"{address}do", json.dumps(what).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_the_options_of_review(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are given to a server of its own, and each is seen to count."""
    monkeypatch.setenv("VCN_NO_BROWSER", "1")  # --browser would open one
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "review.toml").write_text("[review]\nn_questions = 3\n")
    shutil.copy(folder / "film.mp4", folder / "moved.mp4")
    _, clusters, *words = REVIEW.format(port=port).split()
    monkeypatch.chdir(folder)
    with served(Path(clusters), *words) as (address, _):
        assert address.startswith(f"http://127.0.0.1:{port}/")
        assert ask(address, {"op": "name", "track": "0", "name": "Berta"}) == 200
        assert ask(address, {"op": "name", "track": "0", "name": "Berta" * 50}) == 413
    (entry,) = read_ledger(folder / "mine.jsonl").entries
    assert (entry.name, entry.author) == ("Berta", "Ann")


def test_review_has_no_other_choices(folder: Path, run: Run) -> None:
    code, _, err = run("review", folder / "film.clusters.json", "--set", "detect.max_side=640")
    assert (code, err.count("\n")) == (2, 1)
    assert "Its choices begin with review." in err
