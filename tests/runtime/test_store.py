import multiprocessing as mp
import os
from pathlib import Path

import numpy as np
import pytest

from vcn.errors import DataError, OutputError
from vcn.runtime.store import Store, entries, fingerprint, remove


def test_a_fingerprint_depends_on_every_value_and_not_on_the_order_of_keys() -> None:
    assert fingerprint({"a": 1, "b": 2.5}) == fingerprint({"b": 2.5, "a": 1})
    seen = {
        fingerprint(*parts)
        for parts in [({"a": 1},), ({"a": 2},), ({"a": "1"},), ({"a": 1}, 0), (0, {"a": 1}), ()]
    }
    assert len(seen) == 6


def test_an_artefact_is_found_again(tmp_path: Path) -> None:
    store = Store(tmp_path, "film")
    assert store.find("scan", "k") is None
    with store.draft("scan", "k") as draft:
        draft.put_array("values", np.arange(6).reshape(2, 3))
        draft.put_record("facts", {"x": [1, None]})
        assert store.find("scan", "k") is None
    artefact = Store(tmp_path, "film").find("scan", "k")
    assert artefact is not None
    assert artefact.array("values").tolist() == [[0, 1, 2], [3, 4, 5]]
    assert artefact.array("values", mapped=True)[1, 2] == 5
    assert artefact.record("facts") == {"x": [1, None]}
    assert store.find("scan", "other") is None
    assert store.find("match", "k") is None


def test_a_failed_stage_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path, "film")

    def fail() -> None:
        with store.draft("scan", "k") as draft:
            draft.put_array("values", np.zeros(3))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(store.path.iterdir()) == []


@pytest.mark.parametrize("damage", ["truncate", "delete", "done", "garbage", "one bit"])
def test_a_damaged_artefact_is_not_used(tmp_path: Path, damage: str) -> None:
    store = Store(tmp_path, "film")
    with store.draft("scan", "k") as draft:
        draft.put_array("values", np.zeros(300))
    path = store.path / "scan-k"
    if damage == "truncate":
        with (path / "values.npy").open("r+b") as handle:
            handle.truncate(100)
    elif damage == "delete":
        (path / "values.npy").unlink()
    elif damage == "done":
        (path / "done.json").unlink()
    elif damage == "one bit":
        data = bytearray((path / "values.npy").read_bytes())
        data[1000] ^= 4
        (path / "values.npy").write_bytes(data)
    else:
        (path / "done.json").write_text("[1, 2")
    assert store.find("scan", "k") is None
    with store.draft("scan", "k") as draft:
        draft.put_array("values", np.ones(3))
    assert store.find("scan", "k") is not None


def test_two_runs_that_finish_the_same_stage(tmp_path: Path) -> None:
    one, two = Store(tmp_path, "film"), Store(tmp_path, "film")
    with one.draft("scan", "k") as first, two.draft("scan", "k") as second:
        first.put_array("values", np.zeros(3))
        second.put_array("values", np.zeros(3))
    artefact = one.find("scan", "k")
    assert artefact is not None
    assert artefact.array("values").tolist() == [0, 0, 0]
    assert [p.name for p in one.path.iterdir()] == ["scan-k"]


def test_a_pickle_in_the_cache_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path, "film")
    with store.draft("scan", "k") as draft:
        np.save(draft.path / "evil.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    artefact = store.find("scan", "k")
    assert artefact is not None
    with pytest.raises(DataError, match="cannot be read"):
        artefact.array("evil")


def _write_and_die(root: Path) -> None:
    store = Store(root, "film")
    with store.draft("scan", "k") as draft:
        draft.put_array("values", np.zeros(3))
        os._exit(9)


def test_what_a_killed_run_left_is_swept(tmp_path: Path) -> None:
    process = mp.get_context("fork").Process(target=_write_and_die, args=(tmp_path,))
    process.start()
    process.join()
    left = [p for p in (tmp_path / "film").iterdir() if p.name.startswith(".scan")]
    assert len(left) == 1
    Store(tmp_path, "film")
    assert not left[0].exists()


def test_an_unwritable_place_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        Store(tmp_path / "file", "film")


def test_the_cache_is_listed_and_emptied(tmp_path: Path) -> None:
    assert entries(tmp_path / "absent") == []
    with Store(tmp_path, "film").draft("scan", "k") as draft:
        draft.put_array("values", np.zeros(3))
    (entry,) = entries(tmp_path)
    assert (entry.film, entry.stages) == ("film", ("scan-k",))
    assert entry.size > 24
    for name in ("other", "../film", ""):
        with pytest.raises(DataError, match="holds no film"):
            remove(tmp_path, name)
    remove(tmp_path, "film")
    assert entries(tmp_path) == []


def test_a_draft_of_another_machine_is_left_alone_for_a_week(tmp_path: Path) -> None:
    """A cache on a shared disk: its processes cannot be seen from here."""
    draft = tmp_path / "film" / ".scan-k.0123abcd-99999999.0"
    draft.mkdir(parents=True)
    Store(tmp_path, "film")
    assert draft.exists()
    os.utime(draft, (0, 0))
    Store(tmp_path, "film")
    assert not draft.exists()
