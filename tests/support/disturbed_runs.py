"""Runs that are killed, starved or disturbed; prints what came of each as JSON.

`python tests/disturbed_runs.py FILM FOLDER`. See killed_runs.py for the way runs are made.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from killed_runs import content, finish, forked, kill_and_resume, left_behind, wait, whole_run
from short_film import write_short_film
from threadpoolctl import threadpool_limits

from vcn.pipeline import keys, manifest
from vcn.pipeline import scan as one_pass


class Place:
    """A film of its own, a work folder, a place for the result, and the expected result."""

    def __init__(self, film: Path, folder: Path, name: str) -> None:
        self.folder = folder / name
        self.work, self.out = self.folder / "work", self.folder / "out" / "film.json"
        self.out.parent.mkdir(parents=True)
        self.film = film
        self.errors = self.folder / "stderr"

    def own_film(self) -> None:
        self.film = Path(shutil.copy(self.film, self.folder / "film.mp4"))

    def run(self, before: Callable[[], object] = lambda: None) -> int:
        def prepare() -> None:
            error = os.open(self.errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(error, 2)
            before()

        return finish(self.film, self.work, self.out, prepare)

    @property
    def said(self) -> str:
        return self.errors.read_text()

    def stages(self) -> set[Path]:
        """The finished artefacts."""
        return {done.parent for done in self.work.glob("*/*/done.json")}

    def different(self, expected: dict[str, object]) -> list[str]:
        found = content(self.out)
        return [name for name in expected if found[name] != expected[name]]


def limit(n_bytes: int) -> Callable[[], object]:
    """No file may grow beyond this: writing fails as on a full disk."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))


def two_at_once(place: Place, expected: dict[str, object]) -> dict[str, object]:
    """Two runs over one film and one cache, then one more."""
    second = place.out.with_name("second.json")
    with (
        forked(place.film, place.work, place.out) as (one, _),
        forked(place.film, place.work, second) as (two, _),
    ):
        codes = [wait(one), wait(two)]
    different = place.different(expected)
    shutil.move(second, place.out)
    for ending in (".boxes.parquet", ".report.html"):
        shutil.move(second.with_suffix(ending), place.out.with_suffix(ending))
    # The second one names its own table of boxes; the rest is the same.
    renamed = {
        "clusters": str(expected["clusters"]).replace("film.boxes.", "second.boxes."),
        "boxes": expected["boxes"],
    }
    found = content(place.out)
    different += [f"second {name}" for name in renamed if found[name] != renamed[name]]
    codes.append(place.run())
    different += place.different(expected)
    return {"codes": codes, "different": different, "left": left_behind(place.work, place.out)}


def full_disk(place: Place, expected: dict[str, object]) -> dict[str, object]:
    """Runs that fail at another file each, and one with room."""
    codes, lines = [], []
    for size in (1_000, 100_000):  # while a film is read, and when its crops are put in order
        codes.append(place.run(limit(size)))
        lines.append(place.said)
    resumed = [place.run()]
    for path in place.out.parent.iterdir():
        path.unlink()
    codes.append(place.run(limit(2_000)))  # all stages are there, the result cannot be written
    lines.append(place.said)
    resumed += [len(list(place.out.parent.iterdir())), place.run()]
    return {
        "codes": codes,
        "lines": lines,
        "resumed": resumed,
        "different": place.different(expected),
        "left": left_behind(place.work, place.out),
    }


def really_full(place: Place) -> dict[str, object] | None:
    """A disk of 1 MB, where this user may mount one: not only a limit."""
    place.work.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place.work)]
    if (
        os.geteuid() != 0
        or shutil.which("mount") is None
        or subprocess.run(mount, capture_output=True, check=False).returncode != 0
    ):
        return None
    try:
        code = place.run()
        left = [str(p) for p in place.work.rglob("*") if p.is_file()]
    finally:
        subprocess.run(["umount", place.work], check=True)
    written = [p.name for p in place.out.parent.iterdir()]
    return {"code": code, "line": place.said, "left": left, "written": written}


def other_threads(place: Place, expected: dict[str, object]) -> dict[str, object]:
    """Two threads in place of one, in every library."""

    def two() -> None:
        threadpool_limits(2)
        torch.set_num_threads(2)
        os.environ["OMP_NUM_THREADS"] = "2"  # of onnxruntime

    assert place.run(two) == 0, place.said
    return {"different": place.different(expected)}


def in_the_way(place: Place) -> dict[str, object]:
    """The work folder is a file (root may write to any folder, so that is no test)."""
    place.work.write_text("")
    return {
        "code": place.run(),
        "line": place.said,
        "written": [p.name for p in place.out.parent.iterdir()],
    }


def changed_meanwhile(place: Place, expected: dict[str, object]) -> dict[str, object]:
    """The film grows while it is read, then is as it was."""
    place.own_film()
    whole = place.film.read_bytes()

    def grow() -> None:
        hook = one_pass.scan

        def scan(*arguments: object, **named: object) -> None:
            hook(*arguments, **named)  # type: ignore[arg-type]
            with place.film.open("ab") as file:
                file.write(b"more")

        one_pass.scan = scan  # type: ignore[assignment]

    code, line = place.run(grow), place.said
    kept = [path.name for path in place.stages()]
    place.film.write_bytes(whole)
    resumed = place.run()
    # The path of the film is in the result: it is another one here.
    document = json.loads(place.out.read_text())
    original = json.loads(str(expected["clusters"]))
    different = [key for key in ("people", "tracks", "shots") if document[key] != original[key]]
    return {"code": code, "line": line, "kept": kept, "resumed": resumed, "different": different}


def changed_in_between(place: Place) -> dict[str, object]:
    """Another film under the same name, then the first one again."""
    place.own_film()
    codes = [place.run()]
    first, times = content(place.out), place.film.stat()
    other = write_short_film(place.folder / "other.mp4", 0.4, (6, 1))
    place.film.write_bytes(other.read_bytes())
    os.utime(place.film, ns=(times.st_atime_ns, times.st_mtime_ns))
    codes.append(place.run())
    second = content(place.out)
    films = len(list(place.work.iterdir()))
    shutil.copy(place.folder.parent / "film.mp4", place.film)
    assert place.run() == 0
    return {
        "codes": codes,
        "same frames": first["boxes"] == second["boxes"],
        "films in the cache": films,
        "different": place.different(first),
    }


def stale(place: Place) -> dict[str, object]:
    """What each change makes anew."""
    assert place.run() == 0
    made: dict[str, object] = {}

    def change(name: str, before: Callable[[], object]) -> None:
        old = place.stages()
        assert place.run(before) == 0, place.said
        made[name] = sorted(path.name.partition("-")[0] for path in place.stages() - old)

    import killed_runs

    base = killed_runs.quick_config()

    def with_config(**changes: object) -> Callable[[], object]:
        changed = replace(base, **changes)  # type: ignore[arg-type]
        return lambda: setattr(killed_runs, "quick_config", lambda: changed)

    versions = manifest.package_versions()
    change("same", lambda: None)
    change("seed", with_config(seed=1))
    change("threshold", with_config(detect=replace(base.detect, threshold=0.51)))
    change("version", lambda: setattr(keys, "code_version", lambda *parts: str(parts)))
    change("library", lambda: setattr(keys, "package_versions", lambda: versions | {"av": "0"}))
    return made


def damaged(place: Place, expected: dict[str, object]) -> dict[str, object]:
    """One bit of each artefact is another, and one is cut off."""
    assert place.run() == 0
    for number, path in enumerate(sorted(place.stages())):
        file = max((p for p in path.iterdir()), key=lambda p: p.stat().st_size)
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 16
        file.write_bytes(data[: -number or None])
    return {"code": place.run(), "different": place.different(expected)}


def main() -> None:
    """All of them."""
    film, folder = Path(sys.argv[1]), Path(sys.argv[2])
    film = Path(shutil.copy(film, folder / "film.mp4"))
    os.environ["OMP_NUM_THREADS"] = "1"
    whole = Place(film, folder, "whole")
    expected, seconds = whole_run(film, whole.work, whole.out)
    outcome = {
        "killed": kill_and_resume(film, folder / "killed", expected, seconds, kills=4, seed=0),
        "other threads": other_threads(Place(film, folder, "threads"), expected),
        "two at once": two_at_once(Place(film, folder, "two"), expected),
        "full disk": full_disk(Place(film, folder, "full"), expected),
        "really full": really_full(Place(film, folder, "disk")),
        "in the way": in_the_way(Place(film, folder, "way")),
        "changed meanwhile": changed_meanwhile(Place(film, folder, "meanwhile"), expected),
        "changed in between": changed_in_between(Place(film, folder, "between")),
        "stale": stale(Place(film, folder, "stale")),
        "damaged": damaged(Place(film, folder, "damaged"), expected),
    }
    sys.stdout.write(json.dumps(outcome) + "\n")


if __name__ == "__main__":
    main()
