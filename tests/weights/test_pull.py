"""`vcn models pull` against a real HTTP server on loopback, and without any network."""

from __future__ import annotations

import hashlib
import http.server
import os
import random
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from paths import PACKAGE
from typer.testing import CliRunner

from vcn.commands.models import models_app
from vcn.config import DownloadConfig
from vcn.errors import DownloadError, OutputError, PackError, VcnError
from vcn.runtime.progress import NoProgress
from vcn.weights import pull as library
from vcn.weights.download import fetch, shown
from vcn.weights.packs import Pack, expected_sha256, load_pack, models_dir, pack_names
from vcn.weights.partfile import Expected
from vcn.weights.unzip import unpack

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

CONFIG = DownloadConfig(connect_seconds=2, read_seconds=3, attempts=2, backoff_seconds=0.01)
BODY = bytes(range(256)) * 4096  # 1 MB
SHA = hashlib.sha256(BODY).hexdigest()


@dataclass
class Behaviour:
    """What the server does; each request is written down."""

    files: dict[str, bytes] = field(default_factory=dict)
    break_after: list[int] = field(default_factory=list)
    """For the next requests: bytes of the body after which the connection is cut."""
    status: list[int] = field(default_factory=list)
    """For the next requests: answer this instead."""
    ranges: bool = True
    etag: str = '"one"'
    stated: int | None = None
    """A Content-Length that is not true."""
    content_type: str = "application/octet-stream"
    stalls: int = 0
    """For how many of the next requests there is a second of silence in the body."""
    wrong_range: bool = False
    chunked: bool = False
    """No Content-Length: the end of the connection is the end of the file."""
    seen: list[tuple[str, str | None, str | None]] = field(default_factory=list)


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        act = self.server.act
        asked = self.headers.get("Range")
        act.seen.append((self.path, asked, self.headers.get("If-Range")))
        if act.status:
            self.send_error(act.status.pop(0))
            return
        body = act.files.get(self.path)
        if body is None:
            self.send_error(404)
            return
        same = self.headers.get("If-Range") in (None, act.etag)
        start = (
            int(asked.removeprefix("bytes=").rstrip("-")) if asked and act.ranges and same else 0
        )
        if start >= len(body) > 0:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(body)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        if start:
            told = start + 1 if act.wrong_range else start
            self.send_header("Content-Range", f"bytes {told}-{len(body) - 1}/{len(body)}")
        if not act.chunked:
            length = len(body) - start if act.stated is None else act.stated
            self.send_header("Content-Length", str(length))
        if act.etag:
            self.send_header("ETag", act.etag)
        self.send_header("Content-Type", act.content_type)
        self.end_headers()
        rest = body[start:]
        if act.break_after:
            self.wfile.write(rest[: act.break_after.pop(0)])
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if act.stalls:
            act.stalls -= 1
            self.wfile.write(rest[: len(rest) // 2])
            self.wfile.flush()
            self.connection.settimeout(30)
            self.connection.recv(1)  # until the client hangs up
            rest = rest[len(rest) // 2 :]
        self.wfile.write(rest)

    def log_message(self, *_: object) -> None:
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.act = Behaviour(files={"/f.bin": BODY})
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: object) -> None:
        """A client that hangs up in the middle is part of these tests."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCN_MODELS_DIR", str(tmp_path / "models"))
    for name in ("VCN_MODELS_URL", "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)


def get(
    server: Server,
    target: Path,
    expected: Expected | None = None,
    config: DownloadConfig = CONFIG,
    progress: Callable[[int, int | None], None] | None = None,
) -> str:
    if expected is None:
        expected = Expected(SHA, len(BODY))
    return fetch(f"{server.url}/f.bin", target, expected, config, progress)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_arrives_whole(server: Server, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    digest = get(server, tmp_path / "x" / "f.bin", progress=lambda *at: told.append(at))
    assert digest == SHA
    assert (tmp_path / "x" / "f.bin").read_bytes() == BODY
    assert left(tmp_path / "x") == ["f.bin"]
    assert told[-1] == (len(BODY), len(BODY))
    assert [done for done, _ in told] == sorted({done for done, _ in told})


def test_a_broken_download_is_continued(server: Server, tmp_path: Path) -> None:
    server.act.break_after = [100_000, 200_000]
    get(server, tmp_path / "f.bin")
    assert (tmp_path / "f.bin").read_bytes() == BODY
    asked = [(span, guard) for _, span, guard in server.act.seen]
    assert asked == [
        (None, None),
        ("bytes=100000-", '"one"'),
        ("bytes=300000-", '"one"'),
    ]


def test_it_gives_up_and_a_second_run_continues(server: Server, tmp_path: Path) -> None:
    server.act.break_after = [100_000, 0, 0, 0]
    with pytest.raises(DownloadError, match="broke off after 100000 bytes") as caught:
        get(server, tmp_path / "f.bin")
    assert "continues" in caught.value.hint
    assert left(tmp_path) == ["f.bin.part", "f.bin.part.json"]
    server.act.seen.clear()
    get(server, tmp_path / "f.bin")
    assert server.act.seen == [("/f.bin", "bytes=100000-", '"one"')]
    assert left(tmp_path) == ["f.bin"]


def test_a_server_without_ranges_starts_over(server: Server, tmp_path: Path) -> None:
    server.act.ranges = False
    server.act.break_after = [100_000]
    get(server, tmp_path / "f.bin")
    assert (tmp_path / "f.bin").read_bytes() == BODY


def test_a_changed_file_is_never_glued_to_an_old_one(server: Server, tmp_path: Path) -> None:
    server.act.files["/f.bin"] = b"old" * 100_000
    server.act.break_after = [100_000, 0, 0, 0]
    with pytest.raises(DownloadError):
        get(server, tmp_path / "f.bin", Expected())
    server.act.files["/f.bin"], server.act.etag = BODY, '"two"'
    get(server, tmp_path / "f.bin", Expected())
    assert (tmp_path / "f.bin").read_bytes() == BODY


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
def test_without_hash_and_validator_it_starts_over(
    server: Server, tmp_path: Path, etag: str
) -> None:
    server.act.etag = etag
    server.act.break_after = [100_000, 0, 0, 0]
    with pytest.raises(DownloadError):
        get(server, tmp_path / "f.bin", Expected())
    server.act.seen.clear()
    get(server, tmp_path / "f.bin", Expected())
    assert server.act.seen == [("/f.bin", None, None)]


def test_a_damaged_part_is_noticed(server: Server, tmp_path: Path) -> None:
    (tmp_path / "f.bin.part").write_bytes(b"x" * 1000)
    get(server, tmp_path / "f.bin")
    assert (tmp_path / "f.bin").read_bytes() == BODY
    assert [span for _, span, _ in server.act.seen] == ["bytes=1000-", None]


def test_a_complete_part_needs_no_request(server: Server, tmp_path: Path) -> None:
    (tmp_path / "f.bin.part").write_bytes(BODY)
    get(server, tmp_path / "f.bin")
    assert server.act.seen == []
    (tmp_path / "f.bin.part").write_bytes(BODY)  # its size is not known: the server says 416
    get(server, tmp_path / "f.bin", Expected(SHA))
    assert left(tmp_path) == ["f.bin"]
    (tmp_path / "f.bin.part").write_bytes(BODY * 2)  # longer than the file
    get(server, tmp_path / "f.bin", Expected(SHA))
    assert (tmp_path / "f.bin").read_bytes() == BODY


def test_a_wrong_hash_is_deleted(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=f"has the sha256 {SHA}, expected {'0' * 64}"):
        get(server, tmp_path / "f.bin", Expected("0" * 64, len(BODY)))
    assert left(tmp_path) == []


@pytest.mark.parametrize("stated", [10, None])
def test_a_wrong_size_is_refused(server: Server, tmp_path: Path, stated: int | None) -> None:
    server.act.files["/f.bin"] = b"short"
    server.act.stated, server.act.chunked = stated, stated is None
    with pytest.raises(DownloadError, match=rf"has (5|10) bytes at .*, not {len(BODY)}"):
        get(server, tmp_path / "f.bin")
    assert "f.bin" not in left(tmp_path)


def test_more_bytes_than_promised_are_refused(server: Server, tmp_path: Path) -> None:
    server.act.files["/f.bin"] = BODY * 2
    server.act.chunked = True
    with pytest.raises(DownloadError, match=r"bytes at .*, not 1048576"):
        get(server, tmp_path / "f.bin")
    with pytest.raises(DownloadError, match=r"bytes at .*, not 1000"):
        get(server, tmp_path / "f.bin", Expected(SHA), replace(CONFIG, max_bytes=1000))
    assert left(tmp_path) == []


def test_what_could_be_cut_short_is_not_pinned(server: Server, tmp_path: Path) -> None:
    server.act.chunked = True
    get(server, tmp_path / "f.bin", Expected(SHA))  # the hash tells
    with pytest.raises(DownloadError, match=r"does not say how long g\.bin is"):
        get(server, tmp_path / "g.bin", Expected())


def test_another_range_is_refused(server: Server, tmp_path: Path) -> None:
    (tmp_path / "f.bin.part").write_bytes(BODY[:1000])
    server.act.wrong_range = True
    with pytest.raises(DownloadError, match="another range"):
        get(server, tmp_path / "f.bin")


def test_a_missing_file_is_not_asked_for_again(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="answers 404") as caught:
        fetch(f"{server.url}/none", tmp_path / "f.bin", Expected(), CONFIG)
    assert "VCN_MODELS_URL" in caught.value.hint
    assert len(server.act.seen) == 1


def test_a_busy_server_is_asked_again(server: Server, tmp_path: Path) -> None:
    server.act.status = [503, 500]
    get(server, tmp_path / "f.bin")
    server.act.status = [503] * 9
    with pytest.raises(DownloadError, match="503"):
        get(server, tmp_path / "f.bin")


def test_a_web_page_is_not_a_model(server: Server, tmp_path: Path) -> None:
    server.act.content_type = "text/html; charset=utf-8"
    with pytest.raises(DownloadError, match="a web page instead of"):
        get(server, tmp_path / "f.bin", Expected())
    assert left(tmp_path) == []


def test_a_slow_server_is_waited_for_only_so_long(server: Server, tmp_path: Path) -> None:
    quick = replace(CONFIG, read_seconds=0.5)
    server.act.stalls = 3  # each answer brings half of the rest: it goes on
    get(server, tmp_path / "f.bin", config=quick)
    assert (tmp_path / "f.bin").read_bytes() == BODY
    assert len(server.act.seen) >= 4  # more where this machine is slow itself
    server.act.stalls, server.act.ranges = 99, False
    with pytest.raises(DownloadError, match=r"broke off after 524288 bytes: .*timed out"):
        get(server, tmp_path / "g.bin", config=quick)


def test_nobody_there(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/f"
        with pytest.raises(DownloadError, match="cannot be reached"):
            fetch(url, tmp_path / "f", Expected(), CONFIG)


def test_the_proxy_of_the_environment_is_used(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    server.act.files["http://models.invalid/f.bin"] = BODY
    fetch("http://models.invalid/f.bin", tmp_path / "f.bin", Expected(SHA), CONFIG)
    assert (tmp_path / "f.bin").read_bytes() == BODY
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    get(server, tmp_path / "g.bin")
    assert [path for path, _, _ in server.act.seen] == ["http://models.invalid/f.bin", "/f.bin"]


def test_addresses(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="not an http"):
        fetch("ftp://models.invalid/f", tmp_path / "f", Expected(), CONFIG)
    assert shown("https://me:secret@models.invalid/f?x=1") == "https://models.invalid/f?x=1"


FULL = """
import resource, sys
from pathlib import Path
from vcn.config import DownloadConfig
from vcn.weights.download import fetch
from vcn.weights.partfile import Expected
from vcn.errors import OutputError
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    fetch(sys.argv[1], Path(sys.argv[2]), Expected(), DownloadConfig(block_bytes=65536))
except OutputError as error:
    print(error)
"""


def test_a_full_disk_is_said_and_what_has_arrived_is_kept(server: Server, tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk; the kernel refuses the write."""
    done = subprocess.run(
        [sys.executable, "-c", FULL, f"{server.url}/f.bin", tmp_path / "f.bin"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(PACKAGE.parent)},
    )
    assert "f.bin cannot be written: File too large" in done.stdout
    assert (tmp_path / "f.bin.part").stat().st_size == 300_000
    get(server, tmp_path / "f.bin")
    assert server.act.seen[-1][1] == "bytes=300000-"


def test_a_folder_without_write_access_is_said(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot be written"):
        get(server, tmp_path / "file" / "f.bin")


# --- archives -----------------------------------------------------------------------


def make_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_only_named_members_are_unpacked(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "a.zip", {"a/m.onnx": BODY, "../evil": b"x", "/abs": b"x"})
    (tmp_path / "out").mkdir()
    unpack(archive, {"a/m.onnx": tmp_path / "out" / "m"}, CONFIG)
    unpack(archive, {"m.onnx": tmp_path / "out" / "n"}, CONFIG)
    assert left(tmp_path) == ["a.zip", "out"]
    assert left(tmp_path / "out") == ["m", "n"]
    assert (tmp_path / "out" / "m").read_bytes() == BODY
    # Even the name of an escaping member is only a name.
    unpack(archive, {"../evil": tmp_path / "out" / "e"}, CONFIG)
    assert left(tmp_path) == ["a.zip", "out"]


def test_doubtful_archives_are_refused(tmp_path: Path) -> None:
    out = tmp_path / "m"
    archive = make_zip(tmp_path / "a.zip", {"x/m": b"1", "y/m": b"2"})
    with pytest.raises(DownloadError, match="has 2 files called m"):
        unpack(archive, {"m": out}, CONFIG)
    with pytest.raises(DownloadError, match="has 0 files called none"):
        unpack(archive, {"none": out}, CONFIG)
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(archive, "a") as opened:
        opened.writestr(link, "/etc/passwd")
    with pytest.raises(DownloadError, match="is a link or encrypted"):
        unpack(archive, {"link": out}, CONFIG)
    archive.write_bytes(b"PK no zip")
    with pytest.raises(DownloadError, match="not a valid zip"):
        unpack(archive, {"m": out}, CONFIG)
    assert not out.exists()


def test_damaged_archives_are_refused(tmp_path: Path) -> None:
    rng = random.Random(0)
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_STORED):
        whole = tmp_path / "a.zip"
        with zipfile.ZipFile(whole, "w", method) as archive:
            archive.writestr("m", rng.randbytes(2000) + bytes(2000))
        data = whole.read_bytes()
        for _ in range(150):
            broken = bytearray(data[: rng.choice([len(data), rng.randrange(len(data))])])
            for _ in range(rng.randrange(4)):
                if broken:
                    broken[rng.randrange(len(broken))] = rng.randrange(256)
            whole.write_bytes(broken)
            try:
                unpack(whole, {"m": tmp_path / "m"}, CONFIG)
            except DownloadError:
                continue
            assert len((tmp_path / "m").read_bytes()) == 4000  # what was damaged did not matter


def test_bombs_do_not_go_off(tmp_path: Path) -> None:
    bomb = make_zip(tmp_path / "bomb.zip", {"m": bytes(10_000_000)})
    assert bomb.stat().st_size < 20_000
    with pytest.raises(DownloadError, match="would unpack to 10000000 bytes"):
        unpack(bomb, {"m": tmp_path / "m"}, replace(CONFIG, max_bytes=1_000_000))
    # One that states less than it holds writes no more than it states.
    data = bytearray(bomb.read_bytes())
    for at in (22, data.rindex(b"PK\x01\x02") + 24):
        data[at : at + 4] = (1000).to_bytes(4, "little")
    bomb.write_bytes(data)
    with pytest.raises(DownloadError, match="not a valid zip"):
        unpack(bomb, {"m": tmp_path / "m"}, replace(CONFIG, max_bytes=1_000_000))
    assert left(tmp_path) == ["bomb.zip"]


# --- packs --------------------------------------------------------------------------

DETECTOR, MODEL, SINGLE = b"detector" * 1000, b"model" * 1000, b"single" * 1000


def own_pack(folder: Path, *, single_sha: str = "first-use") -> Pack:
    """A pack with two files in one archive, and one file by itself."""
    folder.mkdir(exist_ok=True)
    archive = "https://models.invalid/release/both.zip"
    text = f"""
name = "mine"
title = "A pack of this test"
[[licences]]
covers = "detector"
id = "MIT"
commercial_use = true
[[files]]
name = "det.onnx"
url = "{archive}"
member = "both/det.onnx"
size = {len(DETECTOR)}
sha256 = "{hashlib.sha256(DETECTOR).hexdigest()}"
[[files]]
name = "rec.onnx"
url = "{archive}"
member = "both/rec.onnx"
size = {len(MODEL)}
sha256 = "{hashlib.sha256(MODEL).hexdigest()}"
[[files]]
name = "single.pth"
url = "https://models.invalid/download?id=1"
sha256 = "{single_sha}"
[detector]
kind = "scrfd"
file = "det.onnx"
"""
    (folder / "pack.toml").write_text(text)
    return load_pack(folder)


class Notes(NoProgress):
    """Remembers what the user was told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.stages: list[tuple[str, int | None, str]] = []

    def stage(self, name: str, total: int | None, unit: str) -> None:
        self.stages.append((name, total, unit))

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def mirror(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    archive = make_zip(tmp_path / "both.zip", {"both/det.onnx": DETECTOR, "both/rec.onnx": MODEL})
    server.act.files = {"/m/mine/both.zip": archive.read_bytes(), "/m/mine/single.pth": SINGLE}
    monkeypatch.setenv("VCN_MODELS_URL", f"{server.url}/m/")
    return server


def test_pull_verify_remove(mirror: Server, tmp_path: Path) -> None:
    pack = own_pack(tmp_path / "mine")
    with pytest.raises(PackError, match="missing"):
        pack.verify()
    told = Notes()
    digest = hashlib.sha256(SINGLE).hexdigest()
    assert library.pull(pack, CONFIG, told) == {"single.pth": digest}
    assert "no published sha256 is known" in told.notes[0]
    assert digest in told.notes[0]
    assert told.stages[0][0] == "download both.zip"
    assert told.stages[0][2] == "bytes"
    pack.verify()
    assert left(models_dir() / "mine") == [
        ".lock",
        "det.onnx",
        "pins.json",
        "rec.onnx",
        "single.pth",
    ]
    assert [path for path, _, _ in mirror.act.seen] == ["/m/mine/both.zip", "/m/mine/single.pth"]

    library.pull(pack, CONFIG, told)  # nothing is fetched twice
    assert len(mirror.act.seen) == 2
    (models_dir() / "mine" / "rec.onnx").write_bytes(b"damaged")
    library.pull(pack, CONFIG, told)  # only what is wrong
    assert len(mirror.act.seen) == 3
    pack.verify()

    assert library.remove(pack) == len(DETECTOR) + len(MODEL) + len(SINGLE)
    assert left(models_dir() / "mine") == [".lock", "pins.json"]
    assert library.remove(pack) == 0


def test_what_was_trusted_once_may_not_change(mirror: Server, tmp_path: Path) -> None:
    pack = own_pack(tmp_path / "mine")
    library.pull(pack, CONFIG, NoProgress())
    library.remove(pack)
    mirror.act.files["/m/mine/single.pth"] = b"other" + SINGLE
    with pytest.raises(DownloadError, match=r"single\.pth.* has the sha256 .*, expected"):
        library.pull(pack, CONFIG, NoProgress())
    assert not (models_dir() / "mine" / "single.pth").exists()
    # From a file, too.
    (tmp_path / "single.pth").write_bytes(b"other")
    with pytest.raises(DownloadError, match="is not the file it should be"):
        library.pull(pack, CONFIG, NoProgress(), tmp_path / "single.pth")


def test_a_wrong_member_is_not_installed(mirror: Server, tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "x.zip", {"det.onnx": DETECTOR, "rec.onnx": b"evil" * 1250})
    mirror.act.files["/m/mine/both.zip"] = archive.read_bytes()
    with pytest.raises(DownloadError, match=r"rec\.onnx is not the file it should be"):
        library.pull(own_pack(tmp_path / "mine"), CONFIG, NoProgress())
    assert left(models_dir() / "mine") == [".lock", "det.onnx"]


def test_a_broken_archive_is_continued(mirror: Server, tmp_path: Path) -> None:
    pack = own_pack(tmp_path / "mine")
    mirror.act.break_after = [50, 0, 0, 0]
    with pytest.raises(DownloadError, match=r"both\.zip broke off after 50 bytes"):
        library.pull(pack, CONFIG, NoProgress())
    library.pull(pack, CONFIG, NoProgress())
    assert mirror.act.seen[-2][1] == "bytes=50-"
    pack.verify()


@pytest.mark.parametrize("how", ["folder", "archives", "nested", "renamed archive"])
def test_pull_from_files(tmp_path: Path, how: str) -> None:
    """No server runs and no address resolves: nothing is asked of a network."""
    pack, source = own_pack(tmp_path / "mine"), tmp_path / "usb"
    source.mkdir()
    members = {"both/det.onnx": DETECTOR, "both/rec.onnx": MODEL}
    if how == "archives":
        make_zip(source / "both.zip", members)
    else:
        folder = source / "deep" / "down" if how == "nested" else source
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "det.onnx").write_bytes(DETECTOR)
        (folder / "rec.onnx").write_bytes(MODEL)
    (source / "single.pth").write_bytes(SINGLE)
    if how == "renamed archive":
        with pytest.raises(DownloadError, match=r"there is no single\.pth"):
            library.pull(pack, CONFIG, NoProgress(), make_zip(tmp_path / "copy (1).zip", members))
        (source / "det.onnx").unlink()  # it is installed already
        (source / "rec.onnx").unlink()
    library.pull(pack, CONFIG, NoProgress(), source)
    pack.verify()


def test_pull_from_what_is_not_there(tmp_path: Path) -> None:
    pack = own_pack(tmp_path / "mine")
    with pytest.raises(DownloadError, match="there is no"):
        library.pull(pack, CONFIG, NoProgress(), tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DownloadError, match=r"there is no both\.zip or det\.onnx") as caught:
        library.pull(pack, CONFIG, NoProgress(), tmp_path / "empty")
    assert "https://models.invalid/release/both.zip" in caught.value.hint


def test_an_untrusted_mirror_may_not_bring_what_is_not_pinned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "det.onnx").write_bytes(DETECTOR)
    (tmp_path / "rec.onnx").write_bytes(MODEL)
    pack = own_pack(tmp_path / "mine")
    monkeypatch.setenv("VCN_MODELS_URL", "http://mirror.invalid")
    with pytest.raises(DownloadError):
        library.pull(pack, CONFIG, NoProgress(), tmp_path)  # all but single.pth
    with pytest.raises(DownloadError, match=r"sha256 of single\.pth is not known .* not https"):
        library.pull(pack, CONFIG, NoProgress())
    monkeypatch.setenv("VCN_MODELS_URL", "mirror")
    with pytest.raises(DownloadError, match="VCN_MODELS_URL is not"):
        library.pull(pack, CONFIG, NoProgress())


def test_only_one_pull_at_a_time(tmp_path: Path) -> None:
    from filelock import FileLock

    pack = own_pack(tmp_path / "mine")
    (models_dir() / "mine").mkdir(parents=True)
    with (
        FileLock(models_dir() / "mine" / ".lock"),
        pytest.raises(PackError, match="another vcn is pulling"),
    ):
        library.pull(pack, CONFIG, NoProgress(), tmp_path)


def test_a_pack_of_installed_packages_has_nothing_to_pull() -> None:
    assert library.pull(load_pack("open"), CONFIG, NoProgress()) == {}
    with pytest.raises(PackError, match="nothing of the pack open was downloaded"):
        library.remove(load_pack("open"))


@pytest.mark.parametrize("name", pack_names())
def test_every_built_in_pack_is_complete(name: str) -> None:
    pack = load_pack(name)
    assert pack.licences
    for file in pack.files:
        assert file.package or file.url.startswith("https://")
        assert file.sha256 is not None or expected_sha256(name, file) is None
    covered = {licence.covers for licence in pack.licences}
    assert covered == {
        part
        for part, spec in (
            ("detector", pack.detector),
            ("face model", pack.face_model),
            ("speech", pack.speech),
            ("speaker", pack.speaker),
            ("body", pack.body),
        )
        if spec is not None
    }


# --- the command line ---------------------------------------------------------------


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


def vcn(*args: str | Path) -> Done:
    """Run `vcn models` in this process, which is quick."""
    result = CliRunner().invoke(models_app, [str(arg) for arg in args])
    if isinstance(result.exception, VcnError):  # cli.main makes a line and a code of it
        return Done(result.exception.exit_code, result.stdout, str(result.exception))
    return Done(result.exit_code, result.stdout, result.stderr)


def new_vcn(*args: str | Path, **env: str) -> Done:
    """Run it as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "vcn", "models", *map(str, args)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(PACKAGE.parent)} | env,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def test_command_line(mirror: Server, tmp_path: Path) -> None:
    own_pack(tmp_path / "mine")
    pack = tmp_path / "mine"
    done = vcn("show", pack)
    assert done.returncode == 0, done.stderr
    assert "sha256: not known: pinned at the first pull" in done.stdout
    assert "licence of the detector: MIT" in done.stdout

    refused = vcn("pull", pack)
    assert refused.returncode == PackError.exit_code
    assert "--accept-licence" in refused.stderr
    assert "licence of the detector: MIT" in refused.stdout
    assert mirror.act.seen == []
    assert vcn("path", pack).returncode == PackError.exit_code
    assert vcn("verify", pack).returncode == PackError.exit_code

    done = new_vcn("pull", pack, "--accept-licence", "--progress", "plain")
    assert done.returncode == 0, done.stderr
    assert "no published sha256 is known" in done.stderr
    assert "verified" in done.stdout
    assert vcn("verify", pack).returncode == 0
    paths = vcn("path", pack).stdout.splitlines()
    assert [Path(path).name for path in paths] == ["det.onnx", "rec.onnx", "single.pth"]
    assert "(pinned at the first pull)" in vcn("show", pack).stdout
    assert vcn("remove", pack).returncode != 0  # nobody is there to ask
    assert "MB freed" in vcn("remove", pack, "--yes").stdout
    elsewhere = new_vcn("pull", pack, "--accept-licence", VCN_MODELS_URL=f"{mirror.url}/none")
    assert elsewhere.returncode == DownloadError.exit_code
    assert "answers 404" in elsewhere.stderr
    assert len(elsewhere.stderr.splitlines()) == 1  # no traceback
    assert vcn("pull", "nonsense").returncode == PackError.exit_code


def test_list(mirror: Server) -> None:
    done = vcn("list")
    assert done.returncode == 0, done.stderr
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert set(pack_names()) < set(lines)
    assert lines["open"].split()[-3:] == ["yes", "yes", "yes"]
    assert lines["antelopev2"].split()[-3:] == ["NO", "no", "-"]
    assert mirror.act.seen == []  # listing asks nobody
    assert vcn("verify").returncode == 0
    wrong = models_dir() / "retinaface-mnet025"
    wrong.mkdir(parents=True)
    (wrong / "retinaface_mv1_0.25.onnx").write_bytes(b"x")
    done = vcn("verify")
    assert done.returncode == 1
    assert "not verified: retinaface-mnet025" in done.stderr
    assert vcn("list").stdout.count("NO\n") == 1
