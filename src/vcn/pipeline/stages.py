"""The stages of one run: each is told of and timed, and what it made is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from vcn.errors import OutputError
from vcn.pipeline.setup import Setup
from vcn.runtime.progress import Progress
from vcn.runtime.store import Artefact, Draft, Store


@dataclass(slots=True)
class Stages:
    """A film, and where what is made of it is kept."""

    setup: Setup
    store: Store
    progress: Progress
    timings: dict[str, float] = field(default_factory=dict)

    def made(
        self,
        name: str,
        key: str,
        told_of: tuple[str, str, int | None, str],
        make: Callable[[Draft], None],
    ) -> Artefact:
        """An artefact: of an earlier run, or made in a stage of its own."""
        found = self.store.find(name, key)
        if found is not None:
            return found
        with self.stage(*told_of), self.store.draft(name, key) as draft:
            make(draft)
        return self.written(name, key)

    def written(self, stage: str, key: str) -> Artefact:
        """An artefact that was just made.

        Raises:
            OutputError: It is gone.
        """
        found = self.store.find(stage, key)
        if found is None:
            raise OutputError(
                f"the work folder {self.store.path} lost what was written to it",
                "Check the disk, or choose another folder with --work-dir",
            )
        return found

    @contextmanager
    def stage(self, name: str, title: str, total: int | None, unit: str) -> Iterator[None]:
        """Tell of a stage, and time it."""
        self.progress.stage(title, total, unit)
        begin = time.perf_counter()
        yield
        self.timings[name] = round(time.perf_counter() - begin, 3)
