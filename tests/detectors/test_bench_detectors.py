"""`make bench`: CenterFace, the default, beside RetinaFace on the labelled clips."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from paths import BENCHMARKS
from scipy.optimize import linear_sum_assignment

from vcn.config import DetectConfig, EvaluateConfig
from vcn.detectors import load_detector
from vcn.equations.boxes import iou_table
from vcn.evaluate.truth import BoxTruth, read_truth
from vcn.types import ImageArray
from vcn.video import open_video
from vcn.weights.packs import load_pack

CLIPS = (
    *("office", "signers", "cyclists", "stage", "chemist", "soap", "cricket", "cafe"),
    *("gallery", "medley"),
)


def labelled_frames(data: Path, clip: str) -> tuple[BoxTruth, dict[int, ImageArray]]:
    """The truth of a clip, and the pictures that have labels."""
    truth = read_truth(data / "clips" / f"{clip}.labels.csv", EvaluateConfig().leave_out)
    assert isinstance(truth, BoxTruth)
    assert truth.frame is not None
    wanted = set(truth.frame[~truth.left_out].tolist())
    (path,) = (p for p in (data / "clips").glob(f"{clip}.*") if p.suffix in {".mp4", ".mkv"})
    with open_video(path) as video:
        pictures = {
            frame.time.index: frame.image.copy()
            for frame in video.frames()
            if frame.time.index in wanted
        }
    return truth, pictures


@pytest.mark.bench
def test_write_the_table_of_detectors(shared_data: Path) -> None:
    """Not a test: recall of labelled faces and time a picture, by clip and detector."""
    config = DetectConfig()
    retinaface = shared_data / "weights" / "retinaface_mnet025_640.onnx"
    detectors = {
        "CenterFace": load_pack("open").detector,
        "RetinaFace": load_pack("open", detector=retinaface).detector,
    }
    rows, total = [], dict.fromkeys(detectors, 0)
    faces = 0
    for clip in CLIPS:
        truth, pictures = labelled_frames(shared_data, clip)
        kept = ~truth.left_out
        cells = []
        for name, spec in detectors.items():
            assert spec is not None
            detector = load_detector(spec, config)
            found, spent = 0, 0.0
            for index, image in pictures.items():
                begin = time.process_time()
                (boxes,) = detector.detect([image])
                spent += time.process_time() - begin
                overlap = iou_table(
                    truth.xyxy[kept & (truth.frame == index)], boxes.xyxy.astype(np.float64)
                )
                pairs = linear_sum_assignment(-overlap)
                found += int((overlap[pairs] >= 0.5).sum())
            total[name] += found
            cells.append(f"{found / kept.sum():.1%} | {1000 * spent / len(pictures):.0f}")
        faces += int(kept.sum())
        rows.append(f"| {clip} | {kept.sum()} | {' | '.join(cells)} |")
    mean = " | ".join(f"{total[name] / faces:.1%} | " for name in detectors)
    (BENCHMARKS / "detectors.md").write_text(
        f"""# The default detector beside RetinaFace

Labelled faces that a detector finds (one to one, IoU of at least 0.5, confidence of at least
{config.low_threshold}, longest side {config.max_side}), and milliseconds of processor time a
picture on one thread. CenterFace is that of the pack `open`; RetinaFace has the backbone
MobileNet-0.25 and here a fixed input of 640 x 640 (the pack's own takes the shape of the
picture). The labels of chemist to medley are what two other detectors found: recall there is
of what can be found. Made by `make bench`.

| clip | faces | CenterFace | ms | RetinaFace | ms |
|---|---|---|---|---|---|
{chr(10).join(rows)}
| all | {faces} | {mean} |
""",
        encoding="utf-8",
    )
