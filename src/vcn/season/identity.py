"""People keep their ids and names, whatever films come, go and change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vcn.season.gather import Appearance, Spans, length, shared
from vcn.types import IntArray


@dataclass(frozen=True, slots=True)
class Known:
    """A person of the season as it was."""

    id: int
    name: str | None
    seen: tuple[tuple[str, Spans], ...]
    """Content hash of each film, and when."""


def keep_ids(
    labels: IntArray, appearances: Sequence[Appearance], known: Sequence[Known], next_id: int
) -> tuple[dict[int, int], int]:
    """Id of each label, and the next one that is free: none is ever used twice.

    A label takes the id of the person with whom it shares most time on screen. New people are
    numbered in the order of films by path.

    Args:
        labels: (P,) person of each appearance.
        appearances: P.
        known: The people before.
        next_id: The first that nobody has had.
    """
    before: dict[str, list[tuple[int, Spans]]] = {}
    for person in known:
        for content, spans in person.seen:
            before.setdefault(content, []).append((person.id, spans))
    common: dict[tuple[int, int], float] = {}
    for label, seen in zip(labels.tolist(), appearances, strict=True):
        for identity, spans in before.get(seen.film.content_hash, ()):
            seconds = shared(seen.times, spans)
            if seconds > 0:
                # Two in one picture share its time too: only who is there as long is the one.
                fit = seconds**2 / max(length(seen.times), length(spans), seconds)
                common[label, identity] = common.get((label, identity), 0.0) + fit
    ids: dict[int, int] = {}
    taken: set[int] = set()
    for (label, identity), _ in sorted(common.items(), key=lambda item: (-item[1], item[0])):
        if label not in ids and identity not in taken:
            ids[label] = identity
            taken.add(identity)
    in_order = sorted(range(len(appearances)), key=lambda p: (appearances[p].film.path, p))
    for p in in_order:
        label = int(labels[p])
        if label not in ids:
            ids[label] = next_id
            next_id += 1
    return ids, next_id


def named(members: Sequence[Appearance], before: str | None) -> str | None:
    """The name most of the time on screen has in the films; else the one it had."""
    seconds: dict[str, float] = {}
    for seen in members:
        if seen.person.name is not None:
            seconds[seen.person.name] = seconds.get(seen.person.name, 0) + length(seen.times)
    return min(seconds, key=lambda name: (-seconds[name], name)) if seconds else before
