"""Films on many machines, or on all cores of one, by Ray: one task a film, or a run of shots.

Frames never travel: a worker reads the film and writes the shelf on storage that all share.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

from vcn.errors import UsageError
from vcn.season.divide import Plan
from vcn.season.work import Failed, FilmTask, Outcome, attempt

LOCAL = "local"


def on_ray(
    tasks: Sequence[FilmTask], address: str, n_gpus: int
) -> Iterator[tuple[FilmTask, Outcome]]:
    """Do films, as they come to an end; what runs is stopped, however this is left.

    Args:
        tasks: The films.
        address: HOST:PORT, ray://HOST:PORT, or `local` for a cluster of this machine.
        n_gpus: Of each task.

    Raises:
        UsageError: Ray is not installed, or the address does not answer.
    """
    if not tasks:
        return
    ray = load_ray()
    _connect(ray, address, tasks[0].season.answer_seconds)
    try:
        # A worker that dies, or its node, is another matter than a film that fails: Ray begins
        # the task again elsewhere. Errors of films come back as values.
        remote = ray.remote(num_cpus=1, num_gpus=n_gpus, max_retries=tasks[0].season.attempts - 1)
        work = remote(attempt)
        # Runs of one film meet in its work folder: a node's own cache is no place for that.
        meets = address == LOCAL or tasks[0].work_dir is not None
        plan = Plan.of(tasks, _places(ray, n_gpus) if meets else 1)
        running = {work.remote(task): task for task in plan.first()}
        while running:
            (ended, *_), _ = ray.wait(list(running), num_returns=1)
            task = running.pop(ended)
            try:
                outcome: Outcome = ray.get(ended)
            except ray.exceptions.RayError as error:
                outcome = Failed(task, _first_line(error))
            running |= {work.remote(follows): follows for follows in plan.after(task)}
            if isinstance(task, FilmTask):
                yield task, outcome
    finally:
        ray.shutdown()


def _places(ray: Any, n_gpus: int) -> int:
    """Tasks that the cluster can work on at once."""
    there = ray.cluster_resources()
    places = there.get("GPU", 0) // n_gpus if n_gpus else there.get("CPU", 1)
    return max(int(places), 1)


def load_ray() -> Any:
    """The library.

    Raises:
        UsageError: It is not installed.
    """
    try:
        return import_module("ray")
    except ImportError as error:
        raise UsageError(
            "--ray needs Ray, which is not installed",
            "Install the extra vcn[ray], or use --workers N",
        ) from error


def _connect(ray: Any, address: str, patience: float) -> None:
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
    if address == LOCAL:
        ray.init(address=LOCAL, include_dashboard=False, **options)
        return
    if address != "auto":
        _knock(address, patience)
    try:
        ray.init(address=address, **options)
    except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
        raise UsageError(
            f"the Ray cluster {address} cannot be used: {_first_line(error)}",
            "Check --ray; the Ray and Python of the cluster must be those of this machine",
        ) from error


def _knock(address: str, patience: float) -> None:
    """Fail in seconds where nobody listens; Ray itself would wait for minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon or not port.isdigit():
        raise UsageError(f"--ray {address} is no address", "Write HOST:PORT, or local")
    try:
        socket.create_connection((host, int(port)), patience).close()
    except OSError as error:
        raise UsageError(
            f"the Ray address {address} does not answer: {error}",
            "Check --ray and that the cluster runs, or use --ray local",
        ) from error


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]
