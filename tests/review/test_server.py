"""The server answers its own page alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from reviews import Stages, session, write_film
from starlette.testclient import TestClient

from vcn.config import ReviewConfig
from vcn.review.server import Server

HOST = "127.0.0.1:1234"
JSON = {"Origin": f"http://{HOST}", "Content-Type": "application/json"}


@pytest.fixture
def server(tmp_path: Path) -> Server:
    import numpy as np

    film = tmp_path / "film.mp4"
    film.write_bytes(bytes(range(256)) * 40)
    stages = Stages(np.eye(6, dtype=np.float32))
    return Server(session(write_film(tmp_path), stages), film)


@pytest.fixture
def client(server: Server) -> Iterator[TestClient]:
    with TestClient(server.app(frozenset({HOST})), base_url=f"http://{HOST}") as client:
        yield client


def test_the_page_and_its_parts(server: Server, client: TestClient) -> None:
    page = client.get(f"/{server.token}/")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-content-type-options"] == "nosniff"
    folder = Path(__file__).parents[2] / "src/vcn/review/page"
    for file in folder.iterdir():
        text = file.read_text("utf-8").replace("http://www.w3.org/", "")
        assert "http://" not in text
        assert "https://" not in text
        assert "innerHTML" not in text
        assert client.get(f"/{server.token}/{file.name}").status_code == 200
    state = client.get(f"/{server.token}/state").json()
    assert state["tracks"]["person"] == [0, 1, 0, 2, 1, 3]
    assert client.get(f"/{server.token}/face/0").headers["content-type"] == "image/jpeg"


def test_who_is_turned_away(server: Server, client: TestClient) -> None:
    page = f"/{server.token}/state"
    assert client.get("/state").status_code == 404
    assert client.get(f"/{server.token[:-1]}x/state").status_code == 404
    assert client.get(page, headers={"Host": "evil.example"}).status_code == 421
    assert client.get(page, headers={"Host": "127.0.0.1:99"}).status_code == 421
    assert client.get(page, headers={"Origin": "http://evil.example"}).status_code == 403
    assert client.get(page, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.delete(page).status_code == 405
    act = f"/{server.token}/do"
    asked = '{"op": "merge", "tracks": ["0", "3"]}'
    assert client.post(act, content=asked, headers={"Origin": "null"}).status_code == 403
    no_origin = {"Content-Type": "application/json"}
    assert client.post(act, content=asked, headers=no_origin).status_code == 403
    text = {**JSON, "Content-Type": "text/plain"}
    assert client.post(act, content=asked, headers=text).status_code == 415
    long = b"{" + b" " * ReviewConfig().body_bytes
    assert client.post(act, content=long, headers=JSON).status_code == 413
    for nonsense in (b"", b"[]", b"[" * 100_000, b"\xff", b'{"op": "nothing"}'):
        assert client.post(act, content=nonsense, headers=JSON).status_code == 400
    assert not server.session._ledger.path.exists()
    assert client.post(act, content=asked, headers=JSON).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["..%2F..%2Fguard.py", "%2e%2e/guard.py", "../guard.py", "/etc/passwd", "a%00b", "face/.."],
)
def test_no_other_file_is_read(server: Server, client: TestClient, path: str) -> None:
    assert client.get(f"/{server.token}/{path}").status_code in (400, 404)


def test_the_film_by_ranges(server: Server, client: TestClient) -> None:
    answer = client.get(f"/{server.token}/film", headers={"Range": "bytes=256-259"})
    assert answer.status_code == 206
    assert answer.content == bytes(range(4))
    assert client.get(f"/{server.token}/stretch?start=0&end=nan").status_code == 400
    assert client.get(f"/{server.token}/stretch?start=3&end=1").status_code == 400


def test_a_conflict_and_a_full_disk_are_told(
    server: Server, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = f"/{server.token}/do"
    client.post(act, json={"op": "merge", "tracks": ["3", "5"]}, headers=JSON)
    no = {"op": "answer", "a": "3", "b": "5", "answer": "no"}
    answer = client.post(act, json=no, headers=JSON)
    assert answer.status_code == 409
    assert len(answer.json()["entries"]) == 1

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("vcn.corrections.ledger.os.write", full)
        name = {"op": "name", "track": "0", "name": "Ann"}
        answer = client.post(act, json=name, headers=JSON)
    assert answer.status_code == 507
    assert "No space left" in answer.json()["error"]
    assert client.get(f"/{server.token}/state").json()["people"][0]["name"] is None
