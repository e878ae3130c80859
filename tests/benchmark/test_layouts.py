"""The layouts in which the papers' data is published, and pickles that want more."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from vcn.benchmark.layouts import read_bcl, read_bcl_folder, read_vpcd
from vcn.errors import DataError
from vcn.weights.plainpickle import load_pickle


def test_episodes_of_bbt_and_buffy(tmp_path: Path) -> None:
    (tmp_path / "features").mkdir()
    for number, rows in ((7, 2), (11, 3)):
        np.save(tmp_path / "features" / f"{number}.npy", np.full((rows, 4), number, np.float32))
    ids = tmp_path / "bbt.ids"
    ids.write_text("CVHCI_TRACKLABELS_V1\n7 sheldon\n11 unknown_e03_10\n14 leonard\n")
    film, people = read_bcl(tmp_path / "features", ids)
    assert film.name == "bbt"
    assert film.embeddings.track_index.tolist() == [0, 0, 1, 1, 1]
    assert people == ("sheldon", "unknown_e03_10")
    np.save(tmp_path / "features" / "99.npy", np.ones((1, 4), np.float32))
    with pytest.raises(DataError, match="is not a track of"):
        read_bcl(tmp_path / "features", ids)
    ids.write_text("frame,x1,y1,x2,y2,identity\n0,1,1,2,2,sheldon\n")
    with pytest.raises(DataError, match="does not label tracks"):
        read_bcl(tmp_path / "features", ids)


def test_an_episode_with_the_real_labels(shared_data: Path, tmp_path: Path) -> None:
    ids = shared_data / "bcl" / "bbt_s01e01.ids"
    numbers = [int(line.split()[0]) for line in ids.read_text().splitlines()[1:]]
    for number in numbers:
        np.save(tmp_path / f"{number}.npy", np.ones((1, 256), np.float32))
    film, people = read_bcl(tmp_path, ids)
    assert film.n_tracks == len(numbers) == len(people)
    assert len(set(people)) == 8  # BCL table 5, row 1


def episode(folder: Path, name: str, people: dict[int, str], width: int = 4) -> None:
    """An episode in the authors' folders, `ids` and `features`."""
    (folder / "ids").mkdir(exist_ok=True)
    lines = [f"{track} {person}" for track, person in people.items()]
    (folder / "ids" / f"{name}.ids").write_text("\n".join(["CVHCI_TRACKLABELS_V1", *lines]))
    features = folder / "features" / name
    features.mkdir(parents=True, exist_ok=True)
    for track in people:
        np.save(features / f"{track}.npy", np.full((3, width), track, np.float32))


def test_all_episodes_of_a_folder(tmp_path: Path) -> None:
    episode(tmp_path, "bbt_s01e01", {7: "sheldon", 11: "leonard", 12: "sheldon"})
    episode(tmp_path, "bbt_s01e02", {3: "penny"})
    (tmp_path / "ids" / "bbt_s01e01.pairs").write_text("7 11\n11,12\n7 99\n")
    first, second = read_bcl_folder(tmp_path, required=True)
    assert first.people == ("sheldon", "leonard", "sheldon")
    assert first.film.cannot_link is not None
    assert first.film.cannot_link.tolist() == [[0, 1], [1, 2]]
    assert second.film.cannot_link is None
    (tmp_path / "ids" / "bbt_s01e01.pairs").write_text("7 sheldon\n")
    with pytest.raises(DataError, match="row 1: two track numbers"):
        list(read_bcl_folder(tmp_path, required=True))
    with pytest.raises(DataError, match="there are no films"):
        list(read_bcl_folder(tmp_path / "features", required=True))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.full((2, 4), np.nan, np.float32), "not finite"),
        (np.ones((2, 2, 4), np.float32), "does not hold the features"),
        (np.array(["a"]), "does not hold the features"),
        (np.ones((2, 5), np.float32), "different widths"),
    ],
)
def test_features_that_are_none(values: np.ndarray, message: str, tmp_path: Path) -> None:
    episode(tmp_path, "e", {1: "a", 2: "b"})
    np.save(tmp_path / "features" / "e" / "2.npy", values)
    with pytest.raises(DataError, match=message):
        list(read_bcl_folder(tmp_path, required=True))


def vpcd(swap: bool) -> dict[str, object]:
    features = {f"t{i}": np.full((2, 256), i, np.float32) for i in range(3)}
    people = {"t0": "a", "t1": "b", "t2": np.str_("a")}
    if swap:
        return {"face_feats": {"e1": features}, "GT": {"e1": people}}
    return {"e1": {"face_feats": features, "GT": people, "Voice": {"a": {"starts": [0.5]}}}}


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_a_programme_of_vpcd(swap: bool, protocol: int, tmp_path: Path) -> None:
    path = tmp_path / "Buffy.pkl"
    content = vpcd(swap)
    people = content["GT"]["e1"] if swap else content["e1"]["GT"]  # type: ignore[index]
    people["t2"] = "a"
    path.write_bytes(pickle.dumps(content, protocol=protocol))
    (film,) = read_vpcd(path)
    assert film.film.name == "Buffy/e1"
    assert film.people == ("a", "b", "a")
    assert film.film.embeddings.values[:, 0].tolist() == [0, 0, 1, 1, 2, 2]


def test_plain_pickles_come_back_as_they_were(tmp_path: Path) -> None:
    from collections import OrderedDict, defaultdict

    path = tmp_path / "x.pkl"
    content = {
        "list": [1, 2.5, None, True, "text", b"bytes", (1, 2), {3}],
        "number": np.float32(1.5),
        "big": np.arange(4, dtype=">i2").reshape(2, 2),
        "names": np.array(["anna", "ben"]),
        "objects": np.array([{"a": np.ones(2)}, None], object),
        "ordered": OrderedDict(a=1),
        "default": defaultdict(list, {"k": [1]}),
    }
    for protocol in range(6):
        path.write_bytes(pickle.dumps(content, protocol=protocol))
        back = load_pickle(path)
        assert back["list"] == content["list"]
        assert back["number"] == 1.5
        assert back["big"].tolist() == [[0, 1], [2, 3]]
        assert back["names"].tolist() == ["anna", "ben"]
        assert back["objects"][0]["a"].tolist() == [1, 1]
        assert back["ordered"] == {"a": 1}
        assert back["default"] == {"k": [1]}


class Evil:
    """Wants to run a command when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str]]:
        import os

        return os.system, (f"touch {self.marker}",)


HOSTILE = {
    "eval": b'cbuiltins\neval\n(S\'open("MARK", "w")\'\ntR.',
    "getattr": b"cbuiltins\ngetattr\n(cnumpy\ndtype\nS'__init__'\ntR.",
    "state of a function": b"c_codecs\nencode\n(N}S'_function'\nNstb.",
    "new object": b"\x80\x02cnumpy\nndarray\n)\x81.",
    "long list": b"\x80\x04]\x94(" + b"h\x00" * 3,
}


@pytest.mark.parametrize("how", [*HOSTILE, "object", "deep"])
def test_a_hostile_pickle_runs_nothing(how: str, tmp_path: Path) -> None:
    path, marker = tmp_path / "Buffy.pkl", tmp_path / "it-ran"
    if how == "object":
        path.write_bytes(pickle.dumps({"e1": {"face_feats": {"t": Evil(marker)}, "GT": {}}}))
    elif how == "deep":
        array = np.empty(1, object)
        array[0] = Evil(marker)
        path.write_bytes(pickle.dumps({"e1": {"face_feats": {"t": array}}}))
    else:
        path.write_bytes(HOSTILE[how].replace(b"MARK", str(marker).encode()))
    with pytest.raises(DataError, match=r"not a pickle of plain data|Ran out of input"):
        read_vpcd(path)
    assert not marker.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1, 2], "no episode"),
        ({"e1": {"face_feats": {"t": "text"}, "GT": {"t": "a"}}}, "no features"),
        ({"e1": {"face_feats": {"t": np.ones(3)}, "GT": {}}}, "does not say who track 't'"),
        ({"e1": {"face_feats": [1], "GT": {}}}, "must be dictionaries"),
        (
            {"e1": {"face_feats": {"t": np.ones(3), "u": np.ones(4)}, "GT": {"t": "a", "u": "b"}}},
            "another width",
        ),
        ({"e1": {"face_feats": {"t": np.full(3, np.nan)}, "GT": {"t": "a"}}}, "finite"),
    ],
)
def test_what_is_no_programme(content: object, message: str, tmp_path: Path) -> None:
    path = tmp_path / "x.pkl"
    path.write_bytes(pickle.dumps(content))
    with pytest.raises(DataError, match=message):
        read_vpcd(path)
    with pytest.raises(DataError, match="cannot read"):
        read_vpcd(tmp_path / "missing.pkl")
