"""kill -9 of the server at random moments: what it acknowledged is there, and whole."""

from __future__ import annotations

import json
import random
import signal
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from reviews import served, write_film

from vcn.corrections import read_ledger


def killed(tmp_path: Path, times: int) -> None:
    clusters = write_film(tmp_path)
    ledger = tmp_path / "film.corrections.jsonl"
    rng = random.Random(0)
    told: list[str] = []
    for number in range(times):
        with served(clusters, "--keep") as (address, process):

            def name_people(address: str = address, number: int = number) -> None:
                for i in range(1000):
                    name = f"n{number}-{i}"
                    body = json.dumps({"op": "name", "track": "0", "name": name}).encode()
                    headers = {"Content-Type": "application/json"}
                    headers["Origin"] = address.rsplit("/", 2)[0]
                    ask = urllib.request.Request(address + "do", body, headers)
                    try:
                        with urllib.request.urlopen(ask, timeout=60) as answer:
                            answer.read()
                    except (OSError, ValueError):
                        return
                    told.append(name)

            client = threading.Thread(target=name_people)
            before = len(told)
            client.start()
            for _ in range(1200):  # it may take its time to begin
                if len(told) > before:
                    break
                time.sleep(0.05)
            time.sleep(0.3 * rng.random())
            process.send_signal(signal.SIGKILL)
            client.join()
        contents = read_ledger(ledger)
        assert {problem.entry for problem in contents.problems} <= {
            f"line {len(contents.entries) + 1}"
        }  # at most a part of the last line, which nobody was told of
        names = [entry.name for entry in contents.entries if entry.name]
        assert [name for name in names if name in set(told)] == told
    assert told


@pytest.mark.slow
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_killed_server_loses_nothing(tmp_path: Path) -> None:
    killed(tmp_path, 1)


@pytest.mark.slow
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_server_killed_a_hundred_times_loses_nothing(tmp_path: Path) -> None:
    killed(tmp_path, 100)
