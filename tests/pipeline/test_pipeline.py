"""The whole chain on a film with known truth, through the library."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import ExampleRun

import vcn
from vcn.evaluate import evaluate
from vcn.types import FilmResult, Reason


class Log:
    """A Progress that remembers."""

    def __init__(self) -> None:
        self.stages: list[str] = []

    def stage(self, name: str, *_: object) -> None:
        self.stages.append(name)

    def advance(self, n: int = 1) -> None: ...

    def note(self, text: str) -> None: ...

    def done(self) -> None: ...


@pytest.fixture
def result(example_run: ExampleRun) -> FilmResult:
    return example_run.result


def test_the_example_film_is_clustered_as_its_truth_says(
    result: FilmResult, example_film: Path, tmp_path: Path
) -> None:
    out = tmp_path / "clusters.json"
    vcn.write_result(result, out)
    evaluation = evaluate([out], [example_film.with_suffix(".labels.csv")])
    (film,) = evaluation.films
    assert film.tracks is not None
    scores = film.tracks.everything
    assert film.detection_recall is not None
    assert film.detection_recall > 0.85
    assert scores.value("b3_f") > 0.85
    assert 0.75 <= (film.pcr or 0) <= 1.25


def test_crops_carry_the_landmarks_they_were_aligned_by(
    example_film: Path, example_run: ExampleRun
) -> None:
    from vcn.pipeline import Run
    from vcn.stages.crops import similarity

    run = Run.prepare(example_film, example_run.config, None, example_run.work)
    scan = run.scan()  # the artefact of the run before
    crops, template = scan.crops, np.array(run.setup.face_model.template, np.float32)
    assert crops.landmarks is not None
    assert crops.landmarks.shape == (len(crops), 5, 2)
    for row, landmarks in enumerate(crops.landmarks):
        track = scan.tracks[crops.track_index[row]]
        (at,) = np.flatnonzero(track.frame == crops.frame[row])
        box = track.xyxy[at]
        assert (box[:2] <= landmarks.mean(axis=0)).all()
        assert (landmarks.mean(axis=0) <= box[2:]).all()
        matrix = similarity(landmarks, template)
        aligned = landmarks @ matrix[:, :2].T + matrix[:, 2]
        assert np.abs(aligned.mean(axis=0) - template.mean(axis=0)).max() < 0.01


def test_what_the_result_promises(result: FilmResult) -> None:
    labels = result.clustering.labels
    reasons = result.quality.reason
    assert len(labels) == len(result.tracks) == len(reasons)
    for label, reason in zip(labels, reasons, strict=True):
        assert reason is None or (label == -1 and isinstance(reason, Reason))
    frames: dict[int, set[int]] = {}
    for track, label in zip(result.tracks, labels.tolist(), strict=True):
        if label >= 0:
            for frame in track.frame[track.observed].tolist():
                assert label not in frames.setdefault(frame, set())  # nobody is there twice
                frames[frame].add(label)
    manifest = result.manifest
    assert manifest.packs[0]["name"] == "open"
    assert manifest.adapt_mode in ("head", "full")
    assert manifest.counts["corrupt"] == 0
    assert manifest.config["seed"] == 0


def test_a_second_run_takes_everything_from_the_first(
    result: FilmResult, example_film: Path, example_run: ExampleRun
) -> None:
    log = Log()
    again = vcn.cluster(example_film, example_run.config, progress=log, work_dir=example_run.work)
    assert log.stages == []
    assert not again.manifest.timings
    np.testing.assert_array_equal(again.clustering.labels, result.clustering.labels)
    assert again.clustering.history == result.clustering.history
    assert again.quality.reason == result.quality.reason
    np.testing.assert_array_equal(again.thumbnails, result.thumbnails)


def test_another_seed_needs_only_the_last_stage(
    result: FilmResult, example_film: Path, example_run: ExampleRun
) -> None:
    log, base = Log(), example_run.config
    off = replace(base, seed=1, adapt=replace(base.adapt, mode="off"))
    other = vcn.cluster(example_film, off, progress=log, work_dir=example_run.work)
    assert len(log.stages) == 1
    assert set(other.manifest.timings) == {"identify"}
    assert other.manifest.adapt_mode == "off"
    assert len(other.tracks) == len(result.tracks)


def test_the_manifest_says_how_another_system_adapted(
    example_film: Path, example_run: ExampleRun
) -> None:
    """The paper's method trains heads here: neither nothing, nor the whole model."""
    base, log = example_run.config, Log()
    quick = replace(base.adapt, iterations=1, first_epochs=1)
    for name, wanted in (("vcn-paper", "head"), ("finch-1", "off")):
        config = replace(base, method=replace(base.method, name=name), adapt=quick)
        made = vcn.cluster(example_film, config, progress=log, work_dir=example_run.work)
        assert made.manifest.adapt_mode == wanted


def test_importing_the_package_is_cheap() -> None:
    import subprocess

    code = "import sys, vcn; print([m for m in ('torch', 'cv2', 'av') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
