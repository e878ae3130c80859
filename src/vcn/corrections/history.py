"""What counts of a ledger, and what could be undone or done again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vcn.corrections.entries import Entry, Kind


def active(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries that count: not undone, and no undo themselves; each id once."""
    by_id: dict[str, Entry] = {}
    for entry in entries:
        by_id.setdefault(entry.id, entry)  # a line that was copied says nothing new
    undone: dict[str, bool] = {}
    for entry in reversed(by_id.values()):  # an undo can only be of an earlier entry
        if entry.kind == Kind.undo and entry.of is not None and not undone.get(entry.id, False):
            undone[entry.of] = True
    return tuple(
        entry
        for entry in by_id.values()
        if entry.kind != Kind.undo and not undone.get(entry.id, False)
    )


@dataclass(frozen=True, slots=True)
class History:
    """What undo and redo would do, as ids of actions, latest last."""

    done: tuple[str, ...]
    undone: tuple[str, ...]


def history(entries: Sequence[Entry]) -> History:
    """The two stacks, from the ledger alone: they outlive the server and are shared by tabs.

    An action that holds anything but undos is one that was made (a new name takes back the
    one before); one of undos alone undoes or redoes the action that it is about.
    """
    actions: dict[str, list[Entry]] = {}
    for entry in entries:
        actions.setdefault(entry.action, []).append(entry)
    action_of = {entry.id: entry.action for entry in entries}
    about: dict[str, str] = {}
    undoes: dict[str, bool] = {}
    done: list[str] = []
    undone: list[str] = []
    for action, own in actions.items():
        if any(entry.kind != Kind.undo for entry in own):
            undoes[action], about[action] = False, action
            done.append(action)
            undone.clear()
            continue
        target = action_of.get(own[0].of or "", "")
        undoes[action] = not undoes.get(target, False)
        first = about[action] = about.get(target, target)
        for stack in (done, undone):
            if first in stack:
                stack.remove(first)
        if first in actions:
            (undone if undoes[action] else done).append(first)
    return History(tuple(done), tuple(undone))


def to_undo(entries: Sequence[Entry], action: str) -> tuple[Entry, ...]:
    """What is taken back in order to undo an action."""
    return tuple(entry for entry in entries if entry.action == action)


def to_redo(entries: Sequence[Entry], action: str) -> tuple[Entry, ...]:
    """What is taken back in order to make an undone action count again: its latest undos."""
    ids = {entry.id for entry in entries if entry.action == action}
    latest = {
        entry.of: entry
        for entry in entries
        if entry.kind == Kind.undo and entry.of in ids and entry.action != action
    }
    return tuple(latest.values())
