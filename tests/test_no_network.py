"""Nothing but `vcn models pull` touches the network: neither vcn nor what it imports."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

WATCHED = """
import os, sys
touched = []

def watch(event, args):
    # Python reports these from C too: urllib, requests, ssl and asyncio all pass here.
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        if not str(args[-1]).startswith(("/", "b'/")):  # a Unix socket is no network
            touched.append((event, repr(args)[:200]))
            raise OSError("the network is blocked")

sys.addaudithook(watch)
"""

END = """
print("touched:", touched)
sys.exit(1 if touched else 0)
"""

LIBRARIES = """
import boxmot, insightface, onnxruntime, torch, cv2, av, onnx2torch, scenedetect, sklearn, pyarrow
from boxmot.trackers.box.botsort.tracker import BotSort
from insightface.app import FaceAnalysis
from insightface.model_zoo import model_zoo, retinaface, scrfd
"""

MODELS = """
import importlib.util
from pathlib import Path
import cv2, numpy as np, torch
from vcn.config import DetectConfig
from vcn.detectors import load_detector
from vcn.nets import load_face_model
from vcn.packs import load_pack
pack = load_pack("open")
pack.verify()
t1 = Path(importlib.util.find_spec("insightface").origin).parent / "data" / "images" / "t1.jpg"
picture = np.ascontiguousarray(cv2.imread(str(t1))[:, :, ::-1])
faces = load_detector(pack.detector, DetectConfig()).detect([picture])[0]
assert len(faces.score) >= 6
model = load_face_model(pack.face_model)
model(model.preprocess(torch.zeros(1, 150, 150, 3, dtype=torch.uint8)))
"""

TRACKER = """
import numpy as np
from vcn.config import DetectConfig, TrackConfig
from vcn.detectors import Detections
from vcn.stages.track import ShotTracker
tracker = ShotTracker(TrackConfig(), DetectConfig(), 6.0)
picture = np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8)
box = np.array([[100, 80, 160, 150]], np.float32)
found = Detections(box, np.zeros((1, 5, 2), np.float32), np.array([0.9], np.float32))
assert [int(tracker.update(picture, found)[0]) for _ in range(3)][2] >= 0
"""

COMMAND = """
from vcn.cli import main
sys.argv = ["vcn", *{args!r}]
try:
    main()
except SystemExit as stop:
    assert stop.code == 0, stop.code
"""

RUNS = {
    "libraries, models, tracker": LIBRARIES + MODELS + TRACKER,
    "doctor": COMMAND.format(args=["doctor"]),
    "models list": COMMAND.format(args=["models", "list"]),
    "models verify": COMMAND.format(args=["models", "verify"]),
    "models show": COMMAND.format(args=["models", "show", "antelopev2"]),
}


def run(code: str, **more: str) -> subprocess.CompletedProcess[str]:
    source = Path(__file__).resolve().parents[1] / "src"
    return subprocess.run(
        [sys.executable, "-c", WATCHED + code + END],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(source), "OMP_NUM_THREADS": "1"} | more,
        check=False,
    )


@pytest.mark.parametrize("name", RUNS)
def test_nothing_touches_the_network(name: str) -> None:
    done = run(RUNS[name])
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "touched: []" in done.stdout


def test_a_whole_run_touches_no_network(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    spec = importlib.util.find_spec("insightface")
    assert spec is not None
    assert spec.origin is not None
    group = cv2.imread(str(Path(spec.origin).parent / "data" / "images" / "t1.jpg"))
    with av.open(str(film), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for i in range(20):  # the camera moves over six people
            view = np.ascontiguousarray(group[100 : 100 + 360, 300 + 5 * i : 940 + 5 * i, ::-1])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(view, format="rgb24")))
        container.mux(stream.encode(None))
    out = tmp_path / "out.json"
    args = ["cluster", str(film), "-o", str(out), "--adapt", "head", "--progress", "none"]
    done = run(COMMAND.format(args=args), VCN_CACHE_DIR=str(tmp_path / "cache"))
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "touched: []" in done.stdout
    assert out.is_file()


def test_the_watch_sees_what_it_should() -> None:
    for code in (
        "import urllib.request\ntry: urllib.request.urlopen('https://models.invalid')\n"
        "except OSError: pass\n",
        "import requests\ntry: requests.get('https://models.invalid')\nexcept OSError: pass\n",
        "import socket\ntry: socket.create_connection(('127.0.0.1', 9))\nexcept OSError: pass\n",
    ):
        done = run(code)
        assert done.returncode == 1, done.stderr
        assert "touched: [('socket." in done.stdout


def test_pull_is_the_one_that_asks() -> None:
    args = ["models", "pull", "retinaface-mnet025", "--accept-licence"]
    done = run(COMMAND.format(args=args).replace("assert stop.code == 0", "assert stop.code == 8"))
    assert "touched: [('socket." in done.stdout, done.stderr
    assert "github.com" in done.stdout
