"""Corrections in the whole chain: they hold after every run, or are reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from conftest import ExampleRun
from film_results import SCHEMA

import vcn
from vcn.config import MethodConfig, RunConfig
from vcn.corrections import Entry, Kind, Ledger, Place, ledger_path
from vcn.report.document import film_document
from vcn.types import FilmResult, Reason

Run = Callable[..., tuple[int, str, str]]


def at(result: FilmResult, track: int, share: float = 0.5) -> Place:
    one = result.tracks[track]
    row = int(share * (len(one) - 1))
    box = one.xyxy[row].tolist()
    return Place(result.timeline.seconds(int(one.frame[row])), (box[0], box[1], box[2], box[3]))


def said(result: FilmResult, kind: Kind, **values: object) -> Entry:
    film = str(result.manifest.video["content_hash"])
    picture = (result.video.width, result.video.height)
    return Entry(kind, film, picture, **values).stamped("", "test")  # type: ignore[arg-type]


def track_at(result: FilmResult, place: Place) -> int:
    """The track that holds a place."""
    for track in result.tracks:
        for row, frame in enumerate(track.frame.tolist()):
            seconds = result.timeline.seconds(frame)
            if abs(seconds - place.seconds) < 0.02 and np.allclose(
                track.xyxy[row], place.xyxy, atol=40
            ):
                return track.id
    raise AssertionError(place)


def test_corrections_hold_in_every_later_run(example_run: ExampleRun, tmp_path: Path) -> None:
    before = example_run.result
    labels = before.clustering.labels
    people = [np.flatnonzero(labels == person).tolist() for person in range(labels.max() + 1)]
    people.sort(key=len, reverse=True)
    big, other = people[0], people[1]
    long = max(big, key=lambda t: len(before.tracks[t]))
    nobody = people[2][0]
    one, two = at(before, big[0]), at(before, other[0])
    first, second = at(before, long, 0.2), at(before, long, 0.8)
    gone = Place(0.5, (1.0, 1.0, 9.0, 9.0))
    ledger = Ledger(tmp_path / "film.corrections.jsonl")
    ledger.append(
        [
            said(before, Kind.same, places=(one, two)),
            said(before, Kind.name, places=(one,), name="Ann"),
            said(before, Kind.not_a_face, places=(at(before, nobody),)),
            said(before, Kind.name, places=(gone,), name="Nobody"),
        ]
        + (
            [said(before, Kind.different, places=(first,), others=(second,))]
            if long != big[0]
            else []
        )
    )
    film = Path(before.video.path)
    for config in (
        replace(example_run.config, method=MethodConfig(name="hac", threshold=0.3)),
        replace(example_run.config, seed=5, adapt=replace(example_run.config.adapt, mode="off")),
    ):
        after = vcn.cluster(film, config, corrections=ledger.path, work_dir=example_run.work)
        a, b = track_at(after, one), track_at(after, two)
        person = int(after.clustering.labels[a])
        assert person == after.clustering.labels[b] >= 0
        assert after.name_of(person) == "Ann"
        face = track_at(after, at(before, nobody))
        assert after.clustering.labels[face] < 0
        assert after.quality.reason[face] == Reason.not_a_face
        if long != big[0]:
            x, y = track_at(after, first), track_at(after, second)
            assert x != y
            assert len(after.tracks) == len(before.tracks) + 1
            assert after.clustering.labels[x] != after.clustering.labels[y]
        assert after.corrections is not None
        assert [p[0] for p in after.corrections.problems] == ["impossible"]
        document = film_document(after, "x.parquet", example_run.config.report)
        jsonschema.validate(document, SCHEMA)
        assert document["people"][person]["name"] == "Ann"
        assert document["corrections"]["problems"][0]["entry"] == ledger.entries[3].id


def test_the_command_line_finds_them(
    run: Run, short_film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "work"
    out = tmp_path / "film.clusters.json"
    options = ("--adapt", "off", "--work-dir", work, "--no-report", "-q", "-o", out)
    assert run("cluster", short_film, *options)[0] == 0
    result = vcn.cluster(short_film, _off(), work_dir=work)
    track = int(np.flatnonzero(result.clustering.labels >= 0)[0])
    entry = said(result, Kind.name, places=(at(result, track),), name="Zoë <b>")
    Ledger(ledger_path(out)).append([entry])
    assert run("cluster", short_film, *options[:-3], "-o", out)[0] == 0
    assert "Zoë <b>" in out.read_text("utf-8")
    code, text, _ = run("cluster", short_film, *options[:-3], "-o", out, "--dry-run")
    assert code == 0
    assert "film.corrections.jsonl" in text
    other = tmp_path / "other.jsonl"
    Ledger(other).append([replace(entry, film="xxh3:" + "1" * 32)])
    code, _, error = run("cluster", short_film, *options, "--corrections", other)
    assert code == 7
    assert "--remap" in error
    assert run("cluster", short_film, *options, "--corrections", other, "--remap")[0] == 0


def _off() -> RunConfig:
    config = RunConfig()
    return replace(config, adapt=replace(config.adapt, mode="off"))
