"""The people of many films as they are linked: looks, and what is certain of them.

A film alone may take two people for one, or one for two: few tracks say little of what a
distance means. So the looks of a person in a film are linked each on its own, with the
faces of all films and with what else the film knew (clothes, places, voices), and the season may
part or join them. Not so in a film that a person corrected: there people stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from vcn.season.looks import Looks, joined
from vcn.types import BoolArray, Certain, Float64Array, IntArray


@dataclass(frozen=True, slots=True)
class FilmCast:
    """The people of one film, before it is linked."""

    looks: Looks
    """`person` counts within the film."""
    name: tuple[str | None, ...]
    """Of each person, given by a correction."""
    apart: IntArray
    """(M, 2) pairs of looks that are on screen together."""
    firm: bool
    """A person corrected the film: nobody is parted or joined within it."""


@dataclass(frozen=True, slots=True)
class Cast:
    """The P items of all films that are linked, and what is certain of them.

    An item is a look, or in a firm film a person with all looks.
    """

    looks: Looks
    """`person` is the item."""
    film: IntArray
    """(P,)"""
    name: tuple[str | None, ...]
    """(P,) one name is one person, two names are two."""
    apart: csr_array
    """(P, P) items that are certainly two people."""
    called: IntArray = field(init=False)
    """(P,) number of each name, -1: none."""

    def __post_init__(self) -> None:
        names = {name: number for number, name in enumerate(sorted({n for n in self.name if n}))}
        called = np.array([names[name] if name else -1 for name in self.name], np.int64)
        object.__setattr__(self, "called", called)

    def named_as_one(self) -> IntArray:
        """(P,) smallest of the items that names join each with; itself where it has none."""
        label = np.arange(len(self.film))
        for name in range(int(self.called.max(initial=-1)) + 1):
            items = np.flatnonzero(self.called == name)
            _, group = connected_components(coo_array(self.certain(items).same), directed=False)
            label[items] = items[np.unique(group, return_index=True)[1]][group]
        return label

    def share_of_one_person(self) -> float:
        """Share of the pairs of looks that are one person, before faces are compared.

        Between the two that films alone leave open: nobody of a film is in another one, and all
        are in all. The geometric mean of both.
        """
        n = len(self.looks)
        if n == 0:
            return 0.5
        _, per_person = np.unique(self.looks.own, return_counts=True)
        per_film = np.bincount(self.film[self.looks.person])
        ones, pairs = float((per_person**2).sum()), float((per_film**2).sum())
        return ones / float(np.sqrt(pairs) * n)

    def share_within_films(self) -> float:
        """Share of the pairs of looks of one film that are one person to it; two pairs before.

        So likely a film's own people were when it asked, however many other films there are.
        """
        n = len(self.looks)
        _, per_person = np.unique(self.looks.own, return_counts=True)
        per_film = np.bincount(self.film[self.looks.person])
        ones, pairs = (float((count**2).sum() - n) for count in (per_person, per_film))
        return (ones + 1) / (pairs + 2)

    def strangers(self, most: int) -> tuple[IntArray, Float64Array]:
        """Looks that are certainly two people's, evenly drawn.

        Args:
            most: Pairs.

        Returns:
            (2, M) pairs of looks, and (M,) what each counts for: all pairs of the same two
            people of a film count as one.
        """
        shown, look = np.unique(self.looks.person, return_index=True)
        of_item = np.full(len(self.film), -1)
        of_item[shown] = look
        both = self.apart.tocoo()
        pairs = of_item[np.stack((both.row, both.col))]
        pairs = pairs[:, (both.row < both.col) & (pairs >= 0).all(axis=0)]
        if pairs.shape[1] > most:
            pairs = pairs[:, np.linspace(0, pairs.shape[1] - 1, most).round().astype(np.int64)]
        own = np.sort(self.looks.own[pairs], axis=0)
        _, two, count = np.unique(own, axis=1, return_inverse=True, return_counts=True)
        return pairs, 1 / count[two.ravel()]

    def certain(self, item: IntArray) -> Certain:
        """What is certain of looks, given the item of each."""
        same = item[:, None] == item[None, :]
        own, row = np.unique(item, return_inverse=True)
        block = self.apart[own][:, own].toarray() > 0
        different: BoolArray = block[np.ix_(row, row)] & ~same
        called = self.called[item]
        both = (called[:, None] >= 0) & (called[None, :] >= 0)
        alike = called[:, None] == called[None, :]
        different |= both & ~alike
        # Two who are seen together are two, whatever name they have: who wants one, merges them.
        same |= both & alike & ~different
        np.fill_diagonal(same, False)
        return Certain(different, same)


def cast_of(films: Sequence[FilmCast]) -> Cast:
    """All films together.

    Args:
        films: In an order that does not hang on the order in which they came.
    """
    parts: list[Looks] = []
    film: list[int] = []
    name: list[str | None] = []
    pairs = [np.zeros((0, 2), np.int64)]
    n_people = 0
    for number, one in enumerate(films):
        item = one.looks.person if one.firm else np.arange(len(one.looks))
        owner = np.arange(len(one.name)) if one.firm else one.looks.person
        if one.firm:
            pairs.append(np.stack(np.triu_indices(len(owner), 1), axis=1) + len(film))
        else:
            pairs.append(one.apart + len(film))
        own = one.looks.person + n_people
        parts.append(replace(one.looks, person=item + len(film), own=own))
        film += [number] * len(owner)
        name += [one.name[person] for person in owner.tolist()]
        n_people += len(one.name)
    both = np.concatenate(pairs)
    both = np.concatenate((both, both[:, ::-1]))
    n = len(film)
    apart = coo_array((np.ones(len(both), np.int8), (both[:, 0], both[:, 1])), shape=(n, n))
    return Cast(joined(parts), np.array(film, np.int64), tuple(name), apart.tocsr())
