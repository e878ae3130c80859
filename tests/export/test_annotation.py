"""Annotation tools, spreadsheets and players: read back by readers that are not ours."""

from __future__ import annotations

import csv
import html
import io
import itertools
import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import motmetrics
import numpy as np
import openpyxl
import pytest
import webvtt
from exports import HOSTILE_NAMES, exported, film_file, part
from film_results import TWO_PEOPLE, film
from pycocotools.coco import COCO
from pympi.Elan import Eaf

from vcn.evaluate.truth import read_truth
from vcn.export.registry import format_named
from vcn.report.boxes import read_boxes
from vcn.report.read import FilmFile
from vcn.types import Reason

NTSC = Fraction(1000, 1001)
RATES = (24 * NTSC, Fraction(24), Fraction(25), 30 * NTSC, Fraction(50), 60 * NTSC)
NAMES = dict(enumerate(HOSTILE_NAMES))

Box = tuple[int, int, tuple[float, ...]]
"""Frame, person or track, and left, top, right, bottom."""


@pytest.fixture(scope="module", params=RATES, ids=lambda rate: f"{float(rate):.2f}")
def named(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> FilmFile:
    """100 random appearances of seven people with hostile names, and an unknown face."""
    random = np.random.default_rng(3)
    starts = np.sort(random.choice(np.arange(2000), 100, replace=False)) * 50
    tracks = [
        (start, start + int(random.integers(1, 49)), i % len(NAMES))
        for i, start in enumerate((starts + random.integers(0, 50, 100)).tolist())
    ]
    tracks.append((100_001, 100_020, Reason.blurred))  # type: ignore[arg-type]
    result = film(n_frames=100_100, tracks=tracks, rate=request.param, start_pts=77)
    return film_file(tmp_path_factory.mktemp("named"), result)


def spans(found: FilmFile) -> list[tuple[str, int, int]]:
    return [(NAMES[t.person], t.start_frame, t.stop_frame) for t in found.tracks[:100]]


def boxes(found: FilmFile, by: str, unknown: bool = False) -> set[Box]:
    table = read_boxes(found.boxes_path)
    corners = [tuple(round(v, 2) for v in row) for row in table.xyxy.astype(float).tolist()]
    rows = zip(table.frame.tolist(), getattr(table, by).tolist(), corners, strict=True)
    return {row for row, who in zip(rows, table.person, strict=True) if unknown or who >= 0}


def frame(ms: float, found: FilmFile) -> int:
    return round(ms / 1000 * float(found.video.nominal_rate))


def test_webvtt(named: FilmFile) -> None:
    cues = webvtt.from_string(exported(named, "webvtt", NAMES).decode()).captions
    assert [
        (json.loads(c.raw_text)["name"], frame(to_ms(c.start), named), frame(to_ms(c.end), named))
        for c in cues
    ] == spans(named)
    chapters = webvtt.from_string(exported(named, "chapters", NAMES).decode()).captions
    assert [html.unescape(c.raw_text) for c in chapters] == [name for name, *_ in spans(named)]


def to_ms(text: str) -> float:
    hours, minutes, seconds = text.split(":")
    return (int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1000


def test_elan(named: FilmFile, tmp_path: Path) -> None:
    path = tmp_path / "a.eaf"
    path.write_bytes(exported(named, "eaf", NAMES))
    document = Eaf(str(path))
    seen = {
        (tier, frame(start, named), frame(end, named))
        for tier in document.get_tier_names()
        for start, end, *_ in document.get_annotation_data_for_tier(tier)
    }
    assert seen == set(spans(named))
    # What pympi wrote, without pympi.
    tiers = ET.parse(path).getroot().findall("TIER")
    assert [tier.get("TIER_ID") for tier in tiers] == list(NAMES.values())


def test_elan_keeps_two_people_of_one_name_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.eaf"
    path.write_bytes(exported(film_file(tmp_path, TWO_PEOPLE), "eaf", {0: "Ann", 1: "Ann"}))
    assert list(Eaf(str(path)).get_tier_names()) == ["Ann", "Ann (2)"]


def test_csv_and_json_lines(named: FilmFile) -> None:
    rows = list(csv.DictReader(io.StringIO(exported(named, "csv", NAMES).decode("utf-8-sig"))))
    seen = [(r["name"], int(r["start_frame"]), int(r["stop_frame"])) for r in rows]
    assert seen == [(f"'{name}" if name[0] == "=" else name, *at) for name, *at in spans(named)]
    _, *lines = exported(named, "json-lines", NAMES).decode().splitlines()
    objects = [json.loads(line) for line in lines]
    assert [(o["name"], o["start_frame"], o["stop_frame"]) for o in objects] == spans(named)


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", " =1"])
def test_no_name_is_a_formula_in_a_spreadsheet(tmp_path: Path, name: str) -> None:
    rendered = format_named("csv").render(part(film_file(tmp_path, TWO_PEOPLE), {0: name}))
    (_, row, *_) = csv.reader(io.StringIO(rendered.content.decode(), newline=""))
    assert row[1] == "'" + name
    assert len(rendered.notes) == 1


def test_bom_is_for_excel(tmp_path: Path) -> None:
    found = film_file(tmp_path, TWO_PEOPLE)
    assert exported(found, "csv", bom=True) == b"\xef\xbb\xbf" + exported(found, "csv")


def test_workbook(named: FilmFile) -> None:
    book = openpyxl.load_workbook(io.BytesIO(exported(named, "xlsx", NAMES)))
    rows = list(book["Appearances"].iter_rows(min_row=2))
    assert [(r[1].value, r[4].value, r[5].value) for r in rows] == spans(named)
    people = {r[1].value: r for r in book["People"].iter_rows(min_row=2)}
    assert set(people) == set(NAMES.values())
    assert {cell.data_type for row in people.values() for cell in row[:2]} == {"s"}
    for person in named.people:
        assert people[NAMES[person.id]][4].value == pytest.approx(person.screen_time_seconds)
    frames = {p: {f for n, a, b in spans(named) if n == p for f in range(a, b)} for p in people}
    together = {
        (a, b): len(frames[a] & frames[b])
        for a, b in itertools.combinations(NAMES.values(), 2)
        if frames[a] & frames[b]
    }
    rows = book["Together"].iter_rows(min_row=2, values_only=True)
    assert {(row[1], row[3]): row[4] for row in rows} == together
    assert together


def test_workbook_of_who_is_with_whom(tmp_path: Path) -> None:
    found = film_file(tmp_path, TWO_PEOPLE)
    book = openpyxl.load_workbook(io.BytesIO(exported(found, "xlsx")))
    (row,) = book["Together"].iter_rows(min_row=2, values_only=True)
    assert row == ("0", "Person 1", "1", "Person 2", 20, pytest.approx(0.8))


def cvat(content: bytes) -> Iterator[tuple[ET.Element, ET.Element]]:
    """datumaro, which reads CVAT, cannot be installed beside boxmot: plain XML instead."""
    for track in ET.fromstring(content).findall("track"):
        for box in track.findall("box"):
            yield track, box


def test_cvat(named: FilmFile) -> None:
    content = exported(named, "cvat", NAMES, unknown=True)
    seen, outside = set(), {}
    for track, box in cvat(content):
        index, at = int(track.get("id")), int(box.get("frame"))
        person = named.tracks[index].person
        name = box.findtext("attribute")
        assert name == ("Unknown" if person is None else NAMES[person])
        if box.get("outside") == "1":
            outside[index] = at
        else:
            corners = tuple(round(float(box.get(k)), 2) for k in ("xtl", "ytl", "xbr", "ybr"))
            seen.add((at, index, corners))
    assert seen == boxes(named, "track", unknown=True)
    assert outside == {t.id: t.stop_frame for t in named.tracks if t.stop_frame < 100_100}


def test_cvat_between_key_frames_is_the_line(tmp_path: Path) -> None:
    found = film_file(tmp_path, film(n_frames=40, tracks=[(0, 40, 0)]))
    rows = [box for _, box in cvat(exported(found, "cvat"))]
    keys = [int(b.get("frame")) for b in rows if b.get("keyframe") == "1"]
    left = np.interp(range(40), keys, [float(rows[k].get("xtl")) for k in keys])
    assert np.allclose(left, [float(b.get("xtl")) for b in rows], atol=0.006)
    assert keys[0] == 0
    assert keys[-1] == 39


def test_mot(named: FilmFile, tmp_path: Path) -> None:
    path = tmp_path / "gt.txt"
    path.write_bytes(exported(named, "mot", NAMES))
    table = motmetrics.io.loadtxt(path, fmt="mot15-2D")  # takes pixels to count from 1 too
    assert (table.Confidence > 0).all()  # a confidence of 0 means: do not score this
    seen = {
        (at - 1, who - 1, (round(row.X, 2), round(row.Y, 2), round(row.X + row.Width, 2),
                           round(row.Y + row.Height, 2)))
        for (at, who), row in zip(table.index, table.itertuples(), strict=True)
    }  # fmt: skip
    near = {(at, who): xyxy for at, who, xyxy in boxes(named, "person")}
    assert len(seen) == len(near)
    for at, who, xyxy in seen:
        assert near[at, who] == pytest.approx(xyxy, abs=0.011)


def test_mot_has_one_box_of_a_person_a_frame(tmp_path: Path) -> None:
    found = film_file(tmp_path, TWO_PEOPLE)
    rendered = format_named("mot").render(part(found, unknown=True))
    keys = [line.split(",")[:2] for line in rendered.content.decode().splitlines()]
    assert len({tuple(key) for key in keys}) == len(keys) == 30 + 30 + 20 + 1 + 30
    assert "5 boxes left out" in rendered.notes[1]
    assert {key[1] for key in keys} == {"1", "2", "7", "8"}


def test_coco(named: FilmFile, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(exported(named, "coco", NAMES, unknown=True))
    data = COCO(str(path))
    seen = set()
    for one in data.loadAnns(data.getAnnIds()):
        x, y, w, h = one["bbox"]
        at = data.loadImgs(one["image_id"])[0]["frame_index"]
        seen.add((at, one["track_id"], (x, y, round(x + w, 2), round(y + h, 2))))
        assert one["person_id"] == named.tracks[one["track_id"]].person
    right = {(at, track): xyxy for at, track, xyxy in boxes(named, "track", unknown=True)}
    assert len(seen) == len(right)
    for at, track, xyxy in seen:
        assert right[at, track] == pytest.approx(xyxy, abs=0.011)
    assert {p["id"]: p["name"] for p in data.dataset["people"]} == NAMES


def test_labels_are_truth_for_evaluate(named: FilmFile, tmp_path: Path) -> None:
    path = tmp_path / "a.labels.csv"
    path.write_bytes(exported(named, "labels", NAMES))
    truth = read_truth(path, leave_out=())
    assert dict(zip(truth.track.tolist(), truth.identity, strict=True)) == {
        t.id: NAMES[t.person] for t in named.tracks[:100]
    }


@pytest.mark.parametrize("form", ["webvtt", "eaf", "csv", "xlsx", "cvat", "mot", "coco", "labels"])
def test_five_hundred_people(tmp_path: Path, form: str) -> None:
    found = film_file(
        tmp_path, film(n_frames=2100, tracks=[(4 * i, 4 * i + 3, i) for i in range(500)])
    )
    content = exported(found, form)
    if form == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
        people = {row[1] for row in book["People"].iter_rows(min_row=2, values_only=True)}
    elif form == "mot":
        people = {f"Person {line.split(',')[1]}" for line in content.decode().splitlines()}
    else:
        text = content.decode()
        people = {f"Person {i}" for i in range(1, 501) if f"Person {i}" in text}
    assert people == {f"Person {i}" for i in range(1, 501)}
