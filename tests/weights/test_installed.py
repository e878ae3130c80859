"""A detector by its name: the installed one under its own licence, or how to get one."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from vcn.errors import PackError
from vcn.weights import installed, packs, packtoml


def test_without_one_the_command_that_gets_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VCN_MODELS_DIR", str(tmp_path))
    with pytest.raises(PackError) as caught:
        packs.load_pack("open", detector="retinaface")
    assert str(caught.value) == (
        "no RetinaFace is on this machine. Get one with: vcn models pull retinaface-mnet025 "
        "(detector: MIT; free for any use)"
    )
    with pytest.raises(PackError, match=r"vcn models pull antelopev2 .* non-commercial"):
        packs.load_pack("open", detector="scrfd")
    with pytest.raises(PackError, match=r"no pack has a YuNet\. Give an ONNX file"):
        packs.load_pack("open", detector="yunet")
    with pytest.raises(PackError, match=r"no detector retinafac\. .*one of retinaface"):
        packs.load_pack("open", detector="retinafac")


def test_the_installed_one_comes_with_its_licence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pack as it is, but for the hash: its file is replaced by one that is here."""
    ours = packs.load_pack("retinaface-mnet025").files[0]
    built_in = tmp_path / "built-in"
    for name in ("open", "retinaface-mnet025", "antelopev2"):
        shutil.copytree(packs.built_in_dir() / name, built_in / name)
    where = built_in / "retinaface-mnet025" / "pack.toml"
    text = where.read_text().replace(str(ours.sha256), hashlib.sha256(b"here").hexdigest())
    where.write_text(text.replace(f"size = {ours.size}", "size = 4"))
    monkeypatch.setattr(packtoml, "built_in_dir", lambda: built_in)
    monkeypatch.setattr(installed, "built_in_dir", lambda: built_in)
    monkeypatch.setenv("VCN_MODELS_DIR", str(tmp_path / "models"))
    file = tmp_path / "models" / "retinaface-mnet025" / ours.name
    file.parent.mkdir(parents=True)
    file.write_bytes(b"here")
    (tmp_path / "models" / "antelopev2").mkdir()
    (tmp_path / "models" / "antelopev2" / "scrfd_10g_bnkps.onnx").write_bytes(b"the next best")

    pack = packs.load_pack("open", detector="retinaface")
    pack.verify()
    assert pack.detector == packs.DetectorSpec("retinaface-pytorch", file)
    assert pack.licence == "face model: CC0-1.0; detector: MIT"
    assert pack.commercial
    assert ours.name in pack.as_dict()["files"]
    assert len(pack.files) == 2  # the face model's, and no longer that of CenterFace

    file.write_bytes(b"evil")
    with pytest.raises(PackError, match="vcn models pull retinaface-mnet025"):
        packs.load_pack("open", detector="retinaface")


def test_a_file_of_that_name_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("retinaface").write_bytes(b"no model")
    with pytest.raises(PackError, match="retinaface"):
        packs.load_pack("open", detector="retinaface")


def test_centerface_by_name_is_that_of_open() -> None:
    assert (
        packs.load_pack("open", detector="centerface").detector == packs.load_pack("open").detector
    )
