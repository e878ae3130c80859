"""People without a visible face: found by a detector of a pack, and given to people by bodies."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from film_results import SCHEMA, TWO_PEOPLE
from onnx_models import Builder
from paths import ROOT

from vcn.config import FigureConfig, ReportConfig, RunConfig
from vcn.detectors.person import PersonDetector
from vcn.errors import DataError, PackError
from vcn.pipeline.figures import bodies_of, figures_of
from vcn.report.document import film_document
from vcn.report.html import render_report
from vcn.report.read import read_result
from vcn.report.write import write_result
from vcn.stages.figures import chained, cut, faces_in, nearest_face, spans, whose
from vcn.types import Bodies, Figures, FilmResult, Setting, Timeline, Track
from vcn.weights.packs import PersonSpec, load_pack

BOX = (8.0, 4.0, 4.0, 8.0)
"""Middle and size of whom the test's detector sees, of 16 x 16 pixels."""


def detector(path: Path, *people: tuple[float, ...], side: int = 16) -> Path:
    """A model in YOLO's layout that always sees the same people (x, y, w, h, score)."""
    graph = Builder()
    seen = graph.weight(np.array(people, np.float32).T[None])
    none = graph.node("Mul", graph.node("ReduceMean", "x", axes=[1, 2, 3], keepdims=0),
                      graph.weight(np.zeros(1, np.float32)))  # fmt: skip
    graph.node("Add", seen, none, out="y")
    return graph.save(path, [1, 3, side, side], {"y": [1, len(people[0]), len(people)]})


def test_people_are_found_where_they_are(tmp_path: Path) -> None:
    path = detector(
        tmp_path / "people.onnx",
        *((*BOX, 0.9), (8.2, 4, 4, 8, 0.8), (3, 14, 4, 4, 0.7), (12, 4, 4, 4, 0.4)),
    )
    found, score = PersonDetector(PersonSpec(path), FigureConfig(), "cpu").detect(
        np.zeros((40, 80, 3), np.uint8)
    )
    # 80 x 40 pixels are 16 x 8 of the model's: a pixel is five, and what is below 8 is no picture.
    np.testing.assert_allclose(found, [[30, 0, 50, 40]])
    np.testing.assert_allclose(score, [0.9])
    with pytest.raises(PackError, match=r"gave \(1, 4, 1\).*\(1, 4 \+ classes, boxes\)"):
        PersonDetector(
            PersonSpec(detector(tmp_path / "four.onnx", BOX)), FigureConfig(), "cpu"
        ).detect(np.zeros((9, 9, 3), np.uint8))
    graph = Builder()
    graph.node("Flatten", "x", out="y")
    graph.save(tmp_path / "free.onnx", ["n", 3, "h", "w"], {"y": ["n", "m"]})
    with pytest.raises(PackError, match="of fixed size"):
        PersonDetector(PersonSpec(tmp_path / "free.onnx"), FigureConfig(), "cpu")


def test_people_are_cut_out() -> None:
    image = np.zeros((20, 20, 3), np.uint8)
    image[4:12, 2:6] = 200
    found = cut(image, np.float32([[2, 4, 6, 12], [19.5, 19.5, 20, 20]]), (2, 4))
    assert found.shape == (2, 4, 2, 3)
    assert (found[0] == 200).all()
    assert not found[1].any()


def track(number: int, frames: list[int], box: list[float], shot: int = 0) -> Track:
    n = len(frames)
    xyxy = np.tile(np.float32(box), (n, 1))
    return Track(number, shot, np.array(frames), xyxy, np.ones(n, np.float32), np.ones(n, np.bool_))


def people(*rows: tuple[int, int, int, list[float], list[float]]) -> Bodies:
    """Frame, the frame after, shot, box, feature."""
    frame, until, shot, xyxy, feature = zip(*rows, strict=True)
    return Bodies(
        np.array(frame), np.array(until), np.array(shot), np.float32(xyxy), np.float32(feature)
    )


def test_a_face_is_of_the_one_in_front() -> None:
    # Two people one behind the other; the face is at the top of the smaller box.
    found = people(
        (0, 10, 0, [0, 0, 100, 200], [1, 0]),
        (0, 10, 0, [30, 60, 90, 200], [0, 1]),
        (10, 20, 0, [0, 0, 100, 200], [1, 0]),
    )
    face = track(0, list(range(5)), [50, 70, 70, 90])
    assert faces_in(found, [face]).tolist() == [-1, 0, -1]
    two = faces_in(found, [face, track(1, [0], [40, 10, 60, 30])])
    assert two.tolist() == [1, 0, -1]
    assert faces_in(found, [track(0, [0], [300, 10, 320, 30])]).tolist() == [-1, -1, -1]
    assert (faces_in(found, []) == -1).all()


def test_a_run_goes_through_the_shot() -> None:
    left, right = [0.0, 0, 50, 100], [200.0, 0, 250, 100]
    rows = [(f, f + 10, 0, box, [1]) for f in (0, 10, 20) for box in (left, right)]
    rows += [(40, 50, 0, left, [1]), (50, 60, 1, left, [1])]  # a search between saw nobody; a cut
    found = people(*rows)
    run = chained(found, 0.3)
    assert run.tolist() == [0, 1, 0, 1, 0, 1, 6, 7]
    face = np.array([-1, -1, 4, -1, -1, -1, -1, -1])
    assert [part.tolist() for part in spans(found, face, run)] == [[0], [4], [1, 3, 5], [6], [7]]
    assert nearest_face(found, face, run, np.array([4])) == 4
    assert nearest_face(found, face, run, np.array([1, 3, 5])) == -1


def test_somebody_else_is_a_candidate() -> None:
    labels, around = np.array([0, 0, 1, -1]), np.array([True, True, True, True])
    who, probability = whose(np.float32([2, 4, 0, 9]), labels, around)
    assert who == 0
    assert probability == pytest.approx(np.exp(3) / (1 + np.exp(3) + 1))
    assert whose(np.float32([2, 4, 0, 9]), labels, ~around) == (-1, 0.0)


def test_a_body_without_a_face_joins_a_person() -> None:
    """Two people over many shots of one scene; the last shots show a back, and a stranger's."""
    rng = np.random.default_rng(0)
    looks = np.eye(16)[:3]

    def seen(who: int) -> list[float]:
        return (looks[who] + 0.05 * rng.standard_normal(16)).tolist()

    box, far = [0.0, 0, 60, 120], [300.0, 0, 360, 120]
    rows, tracks = [], []
    for shot in range(24):
        rows.append((10 * shot, 10 * shot + 10, shot, box, seen(shot % 2)))
        tracks.append(track(shot, [10 * shot], [20, 5, 40, 25], shot))
    for shot, who in ((24, 0), (25, 1), (26, 2)):
        rows.append((10 * shot, 10 * shot + 10, shot, box, seen(who)))
    rows.append((270, 280, 27, box, seen(1)))
    rows.append((270, 280, 27, far, seen(0)))
    tracks.append(track(24, [270], [320, 5, 340, 25], 27))  # the face of the one at the right
    found = people(*rows)
    labels = np.append(np.arange(24) % 2, 0)
    timeline = Timeline(np.arange(280), Fraction(1, 25), 280, 1.0)
    setting = Setting(
        np.array([t.shot for t in tracks]),
        np.array([(t.frame[0] / 25, t.frame[0] / 25 + 0.4) for t in tracks]),
        np.zeros(28, np.int64),
        np.zeros((0, 2), np.int64),
    )
    own = bodies_of(found, tracks, np.zeros((25, 16), np.float32))
    assert np.linalg.norm(own, axis=1) == pytest.approx(1)
    config = RunConfig()
    made = figures_of(found, tracks, own, setting, timeline, labels, config)
    assert made.shot.tolist() == [24, 25, 26, 27]
    assert made.person[:2].tolist() == [0, 1]
    assert made.person[3] == 1  # not 0, who is on screen beside it
    assert (made.probability[[0, 1]] > 0.6).all()
    assert made.probability[2] < made.probability[:2].min()
    assert made.track.tolist() == [-1] * 4
    assert (made.start[0], made.stop[0]) == (240, 250)
    # Too many for all pairs: nothing is said.
    few = replace(config, cluster=replace(config.cluster, dense_tracks=10))
    assert (figures_of(found, tracks, own, setting, timeline, labels, few).person == -1).all()
    # Where a face is seen in the same run, it says who it is.
    turned = people(*rows[:1], (5, 10, 0, box, seen(1)))
    turned = replace(turned, until=np.array([5, 10]))
    made = figures_of(turned, tracks, own, setting, timeline, labels, config)
    assert (made.track.item(), made.person.item(), made.probability.item()) == (0, labels[0], 1)
    unknown = np.full(25, -1)  # of a face that nobody knows nothing follows
    made = figures_of(turned, tracks, own, setting, timeline, unknown, config)
    assert (made.track.item(), made.person.item(), made.probability.item()) == (0, -1, 0)


@pytest.fixture(scope="module")
def result() -> FilmResult:
    """Somebody who turns away, a back that is known, and a stranger's."""
    first = TWO_PEOPLE.tracks[0]
    frames = np.array([int(first.frame[-1]) - 1, 4, 5])
    figures = Figures(
        shot=np.zeros(3, np.int64),
        start=frames,
        stop=frames + 4,
        xyxy=np.tile(np.float32([10, 20, 60, 200.126]), (3, 1)),
        track=np.array([0, -1, -1]),
        person=np.array([0, 1, -1]),
        probability=np.array([1, 0.7504, 0.25]),
    )
    return replace(TWO_PEOPLE, figures=figures)


def test_they_are_in_the_document_and_read_back(result: FilmResult, tmp_path: Path) -> None:
    made = film_document(result, "x.boxes.parquet", ReportConfig())
    jsonschema.Draft202012Validator(SCHEMA).validate(made)
    assert [one["person"] for one in made["figures"]] == [0, 1, None]
    assert made["figures"][0]["xyxy"] == [10, 20, 60, 200.13]
    plain = film_document(TWO_PEOPLE, "x.boxes.parquet", ReportConfig())
    assert "figures" not in plain
    for one, other in zip(made["people"], plain["people"], strict=True):
        # Frames that show the face are no frames without one.
        assert 0 <= one.pop("no_face_seconds") <= 4 / 25 + 1e-6
        assert one == other
    path = tmp_path / "film.clusters.json"
    write_result(result, path, report=False)
    back = read_result(path).figures
    assert back is not None
    assert [(f.person, f.track, f.probability) for f in back] == [
        (0, 0, 1.0),
        (1, None, 0.75),
        (None, None, 0.25),
    ]
    broken = json.loads(path.read_text())
    for key, value, message in (
        ("person", 99, "figures.0. names somebody who is not there"),
        ("stop_frame", 1, "the end must lie after the start"),
        ("shot", 99, "a shot that is there"),
    ):
        changed = json.loads(json.dumps(broken))
        changed["figures"][0][key] = value
        path.write_text(json.dumps(changed))
        with pytest.raises(DataError, match=message):
            read_result(path)


def test_the_report_shows_them_below_the_bars(result: FilmResult) -> None:
    document = film_document(result, "x.boxes.parquet", ReportConfig())
    page = render_report(result, document, ReportConfig()).decode()
    assert page.count("<title>Seen, no face</title>") >= 1
    assert "Nobody known: seen without a face once" in page
    assert "grey: seen, no face" in page
    plain = film_document(TWO_PEOPLE, "x.boxes.parquet", ReportConfig())
    assert "no face" not in render_report(TWO_PEOPLE, plain, ReportConfig()).decode()


def test_a_pack_brings_a_detector_of_people(
    short_film: Path, tmp_path: Path, run: Callable[..., tuple[int, str, str]]
) -> None:
    folder = tmp_path / "pack"
    folder.mkdir()
    graph = Builder()
    graph.node("Flatten", graph.node("GlobalAveragePool", "x"), out="y", axis=1)
    graph.save(folder / "body.onnx", ["n", 3, 32, 16], {"y": ["n", 3]})
    # Somebody over the whole picture, whose face is seen, and somebody small, at its corner.
    detector(folder / "people.onnx", (8, 4.5, 16, 9, 0.9), (0.5, 0.5, 1, 1, 0.8))
    files = ""
    for name in ("body.onnx", "people.onnx"):
        content = (folder / name).read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        files += f"""
[[files]]
name = "{name}"
path = "{name}"
size = {len(content)}
sha256 = "{sha256}"
"""
    text = (ROOT / "models" / "open" / "pack.toml").read_text(encoding="utf-8") + files
    toml = folder / "pack.toml"
    toml.write_text(text + '\n[person_detector]\nfile = "people.onnx"\n')
    with pytest.raises(PackError, match=r"only beside a \[body\]"):
        load_pack(folder)
    body = """
[body]
file = "body.onnx"
width = 16
height = 32
mean = [0, 0, 0]
std = [255, 255, 255]
embedding_dim = 3
"""
    toml.write_text(text + body + '\n[person_detector]\nfile = "people.onnx"\n')
    out = tmp_path / "film.clusters.json"
    code, _, error = run(
        *("cluster", short_film, "-o", out, "--pack", folder, "--adapt", "off", "--device", "cpu"),
        *("--work-dir", tmp_path / "work", "--no-voice", "-q"),
    )
    assert code == 0, error
    made = json.loads(out.read_text())
    jsonschema.Draft202012Validator(SCHEMA).validate(made)
    assert made["tracks"]
    corner = [f for f in made["figures"] if f["xyxy"][2] < 100]
    assert sum(f["stop_frame"] - f["start_frame"] for f in corner) == made["video"]["n_frames"]
    assert all(f["probability"] <= 1 for f in made["figures"])
    assert "Seen, no face" in next(tmp_path.glob("*.html")).read_text()
