"""Long films in several runs of shots, where more can work at once than there are films."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vcn.errors import VcnError
from vcn.season.work import FilmTask, RunTask
from vcn.video import open_video

Task = FilmTask | RunTask


@dataclass(slots=True)
class Plan:
    """Which tasks can be begun, as others come to an end."""

    films: tuple[FilmTask, ...]
    _open: Counter[str]
    """Runs of each film, by its id, that have not come to an end."""

    @classmethod
    def of(cls, films: Sequence[FilmTask], places: int) -> Plan:
        """Divide what is worth it.

        Args:
            films: All.
            places: Tasks that can be worked on at once.
        """
        share = math.ceil(places / max(len(films), 1))
        tasks = tuple(_divided(film, share) if share > 1 else film for film in films)
        return cls(tasks, Counter({task.id: task.runs for task in tasks if task.runs > 1}))

    def first(self) -> list[Task]:
        """What can be begun at once."""
        return [
            task
            for film in self.films
            for task in ([film] if film.runs == 1 else [RunTask(film, n) for n in range(film.runs)])
        ]

    def after(self, task: Task) -> list[Task]:
        """What can be begun now that a task came to its end, well or not.

        A run that failed is done with its film, which then says what is wrong with it.
        """
        if isinstance(task, FilmTask):
            return []
        self._open[task.film.id] -= 1
        return [] if self._open[task.film.id] else [task.film]


def _divided(task: FilmTask, share: int) -> FilmTask:
    """A film with the number of its runs."""
    if task.config.tracks is not None:
        return task
    try:
        with open_video(Path(task.film)) as video:
            seconds = video.info.duration or 0.0
    except VcnError:  # who works on it will say so
        return task
    runs = min(share, task.season.most_runs, int(seconds / task.season.run_seconds))
    return replace(task, runs=max(runs, 1))
