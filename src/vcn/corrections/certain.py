"""What must be one person and what must not, as it is said; contradictions are found at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass

from vcn.corrections.entries import folded

Node = Hashable


@dataclass(frozen=True, slots=True)
class _Name:
    text: str
    entry: int
    node: Node


class Certain:
    """Groups of things that are one person, and pairs of groups that are not.

    Nothing that was accepted is ever taken back: what cannot hold together with it is
    refused, and the entry that it contradicts is named.
    """

    def __init__(self) -> None:
        self._parent: dict[Node, Node] = {}
        self._apart: dict[Node, dict[Node, int]] = {}
        self._links: dict[Node, list[tuple[Node, int]]] = {}
        self._name: dict[Node, _Name] = {}
        self._face: dict[Node, tuple[bool, int]] = {}

    def group(self, node: Node) -> Node:
        """The name of a node's group."""
        parent = self._parent.setdefault(node, node)
        if parent == node:
            return node
        root = node
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[node] != root:
            self._parent[node], node = root, self._parent[node]
        return root

    def same(self, a: Node, b: Node, entry: int) -> int | None:
        """Join two groups; the entry that this contradicts, where it does (-1: not known)."""
        x, y = self.group(a), self.group(b)
        if x == y:
            return None
        against = self.against(x, y)
        if against is not None:
            return against
        if len(self._apart.get(x, ())) < len(self._apart.get(y, ())):
            x, y = y, x
        self._parent[y] = x
        for other, said in self._apart.pop(y, {}).items():
            self._apart[other].pop(y)
            self._apart[other].setdefault(x, said)
            self._apart.setdefault(x, {}).setdefault(other, said)
        if y in self._name:
            self._name.setdefault(x, self._name.pop(y))
        if y in self._face:
            self._face.setdefault(x, self._face.pop(y))
        self._links.setdefault(a, []).append((b, entry))
        self._links.setdefault(b, []).append((a, entry))
        return None

    def different(self, a: Node, b: Node, entry: int) -> int | None:
        """Keep two groups apart; the entry that this contradicts, where it does."""
        x, y = self.group(a), self.group(b)
        if x == y:
            return self._why_same(a, b)
        self._apart.setdefault(x, {}).setdefault(y, entry)
        self._apart.setdefault(y, {}).setdefault(x, entry)
        return None

    def against(self, a: Node, b: Node) -> int | None:
        """The entry that keeps two groups apart; None: nothing does."""
        x, y = self.group(a), self.group(b)
        said = self._apart.get(x, {}).get(y)
        if said is not None:
            return said
        face, other = self._face.get(x), self._face.get(y)
        if face and other and face[0] != other[0]:
            return max(face[1], other[1])
        one, two = self._name.get(x), self._name.get(y)
        if x != y and one and two and folded(one.text) != folded(two.text):
            return max(one.entry, two.entry)
        return None

    def name(self, node: Node, text: str, entry: int) -> None:
        """Call a group; a later name replaces the one before."""
        self._name[self.group(node)] = _Name(text, entry, node)

    def face(self, node: Node, there: bool, entry: int) -> int | None:
        """Say that a group is somebody's face, or none; the entry that this contradicts."""
        group = self.group(node)
        said = self._face.get(group)
        if said is None:
            self._face[group] = (there, entry)
            return None
        return None if said[0] == there else said[1]

    def is_no_face(self, node: Node) -> bool:
        """Whether a group was said to be no face."""
        said = self._face.get(self.group(node))
        return said is not None and not said[0]

    def names(self) -> dict[Node, tuple[str, Node]]:
        """Name of each group that has one, and the node that it was given to."""
        return {group: (name.text, name.node) for group, name in self._name.items()}

    def name_entry(self, node: Node) -> int | None:
        """The entry whose name a group has."""
        found = self._name.get(self.group(node))
        return None if found is None else found.entry

    def apart(self) -> list[tuple[Node, Node]]:
        """Pairs of groups that are kept apart by what was said, each once."""
        found = []
        seen: set[frozenset[Node]] = set()
        for group, others in self._apart.items():
            for other in others:
                pair = frozenset((group, other))
                if pair not in seen:
                    seen.add(pair)
                    found.append((group, other))
        return found

    def _why_same(self, a: Node, b: Node) -> int:
        """The latest entry on the way from one node to the other."""
        before: dict[Node, tuple[Node, int]] = {a: (a, -1)}
        queue = deque([a])
        while queue and b not in before:
            node = queue.popleft()
            for other, entry in self._links.get(node, ()):
                if other not in before:
                    before[other] = (node, entry)
                    queue.append(other)
        latest, node = -1, b
        while node != a and node in before:
            node, entry = before[node]
            latest = max(latest, entry)
        return latest
