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
from paths import ROOT

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

REPORT = """
print("{name} touched:", touched)
touched.clear()
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
from vcn.weights.packs import load_pack
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

PARTS = {
    "libraries": LIBRARIES,
    "models": MODELS,
    "tracker": TRACKER,
    "doctor": COMMAND.format(args=["doctor"]),
    "models list": COMMAND.format(args=["models", "list"]),
    "models verify": COMMAND.format(args=["models", "verify"]),
    "models show": COMMAND.format(args=["models", "show", "antelopev2"]),
}
"""What runs one after the other in a process; the last part is a whole run."""


def run(code: str, **more: str) -> subprocess.CompletedProcess[str]:
    source = ROOT / "src"
    return subprocess.run(
        [sys.executable, "-c", WATCHED + code + END],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(source), "OMP_NUM_THREADS": "1"} | more,
        check=False,
    )


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a process printed that imports and runs everything: to import takes seconds."""
    folder = tmp_path_factory.mktemp("network")
    film, out = write_film(folder / "film.mp4"), folder / "out.json"
    args = ["cluster", str(film), "-o", str(out), "--adapt", "head", "--progress", "none"]
    parts = {**PARTS, "a whole run": COMMAND.format(args=args)}
    code = "".join(part + REPORT.format(name=name) for name, part in parts.items())
    done = run(code, VCN_CACHE_DIR=str(folder / "cache"))
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert out.is_file()
    return done.stdout


def write_film(path: Path) -> Path:
    """The camera moves over six people."""
    spec = importlib.util.find_spec("insightface")
    assert spec is not None
    assert spec.origin is not None
    group = cv2.imread(str(Path(spec.origin).parent / "data" / "images" / "t1.jpg"))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for i in range(20):
            view = np.ascontiguousarray(group[100 : 100 + 360, 300 + 5 * i : 940 + 5 * i, ::-1])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(view, format="rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("name", [*PARTS, "a whole run"])
def test_nothing_touches_the_network(said: str, name: str) -> None:
    assert f"{name} touched: []" in said.splitlines()


def test_the_watch_sees_what_it_should() -> None:
    ways = {
        "urllib": "import urllib.request as r; r.urlopen('https://models.invalid')",
        "requests": "import requests; requests.get('https://models.invalid')",
        "socket": "import socket; socket.create_connection(('127.0.0.1', 9))",
    }
    code = "".join(
        f"try:\n    {way}\nexcept OSError: pass\n{REPORT.format(name=name)}"
        for name, way in ways.items()
    )
    done = run(code)
    for name in ways:
        assert f"{name} touched: [('socket." in done.stdout, done.stderr


def test_pull_is_the_one_that_asks() -> None:
    args = ["models", "pull", "retinaface-mnet025", "--accept-licence"]
    done = run(COMMAND.format(args=args).replace("assert stop.code == 0", "assert stop.code == 8"))
    assert "touched: [('socket." in done.stdout, done.stderr
    assert "github.com" in done.stdout
