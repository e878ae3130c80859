"""Clicks, measured: a reviewer who knows the truth answers the questions of vcn review."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from vcn.benchmark.sources import LabelledFilm, Source
from vcn.config import BenchmarkConfig, ReviewConfig
from vcn.corrections import enforce, no_corrections
from vcn.methods.vcn import VideoClusterNet
from vcn.methods.vcn.evidence import Evidence as FoundEvidence
from vcn.methods.vcn.link import Joint, mean_of_pairs
from vcn.pipeline.corrected import track_directions
from vcn.review.clusters import Linked, certain_odds, link_again
from vcn.review.evidence import Evidence
from vcn.review.questions import Said, rank
from vcn.scores import bcubed
from vcn.types import UNKNOWN, BoolArray, Clustering, Float64Array, FloatArray, ImageArray, IntArray

Order = Literal["next-best", "random"]
_NONE = np.empty((0, 2), np.int64)
GOAL = 0.99
"""B-cubed F that is to be reached."""
_DRAWN = 300
"""Best questions from which the random order draws: those that anybody would ask."""
AT = (0, 5, 10, 20, 50, 100)
"""Numbers of answers after which the table has the score."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One film under one order of questions."""

    film: str
    seed: int
    order: Order
    scores: tuple[float, ...]
    """B-cubed F before the first answer and after each."""
    clicks_by_hand: int
    """Operator clicks index of the result before the review."""

    @property
    def to_goal(self) -> int | None:
        """Answers until the goal was reached, and kept; None: it never was."""
        below = [i for i, score in enumerate(self.scores) if score < GOAL]
        last = below[-1] + 1 if below else 0
        return last if last < len(self.scores) else None


@dataclass(frozen=True, slots=True)
class Finished:
    """A run of the method, as the review has the stages of a film."""

    directions: FloatArray
    found: FoundEvidence | None

    @property
    def log_odds(self) -> Float64Array | None:
        """(T, T) of the clusterer."""
        return None if self.found is None else self.found.log_odds.astype(np.float64)

    @property
    def joint(self) -> Joint:
        """Log-odds of groups of tracks."""
        return mean_of_pairs if self.found is None else self.found.joint

    @property
    def shaping(self) -> BoolArray | None:
        """(T,) tracks that shaped people."""
        return None if self.found is None else self.found.shaping

    def face(self, track: int) -> ImageArray | None:  # noqa: ARG002
        """Nobody looks."""
        return None


def operator_clicks(truth: IntArray, labels: IntArray) -> int:
    """Clicks that correct a result by hand (Guillaumin et al. 2009).

    One names each cluster, one more each track in it that is somebody else; tracks without
    a person are named one by one.
    """
    known = truth != UNKNOWN
    clicks = int((known & (labels == UNKNOWN)).sum())
    for label in np.unique(labels[known & (labels != UNKNOWN)]):
        members = truth[known & (labels == label)]
        clicks += 1 + len(members) - int(np.bincount(members).max())
    return clicks


def review(
    labelled: LabelledFilm,
    start: Clustering,
    evidence: Evidence,
    order: Order,
    most: int,
    seed: int,
) -> tuple[float, ...]:
    """Answer questions from the truth; the score before the first answer and after each.

    Args:
        labelled: A film and its truth; nobody is asked about tracks without one.
        start: The result under review.
        evidence: As the page has it: where it is the clusterer's own, each answer clusters anew.
        order: `next-best` as in vcn review; `random`: any of the
            best few hundred questions.
        most: Most answers.
        seed: Of the random order.
    """
    film, truth = labelled.film, labelled.truth
    odds = evidence.log_odds
    if odds is None:
        return (_score(truth, start.labels),)
    used = start.labels != UNKNOWN
    seconds = np.bincount(film.embeddings.track_index, minlength=film.n_tracks).astype(np.float64)
    together = film.cannot_link if film.cannot_link is not None else _NONE
    rng = np.random.default_rng(seed)
    same: list[tuple[int, int]] = []
    apart: list[tuple[int, int]] = []
    labels, base = start.labels, start
    linked: Linked | None = None
    known = np.flatnonzero(truth != UNKNOWN)
    number = np.full(len(truth), -1)
    number[known] = np.arange(len(known))
    among = odds[np.ix_(known, known)]
    scores = [_score(truth, labels)]
    for _ in range(most):
        asked = Said(*(_within(number, pairs) for pairs in (_pairs(same), _pairs(apart), together)))
        limit = 1 if order == "next-best" else _DRAWN
        questions = rank(among, labels[known], seconds[known], asked, limit, evidence.joint)
        if not questions:
            break
        chosen = questions[0 if order == "next-best" else int(rng.integers(len(questions)))]
        pair = (int(known[chosen.first]), int(known[chosen.second]))
        if truth[pair[0]] == truth[pair[1]]:
            same.append(pair)
        else:
            apart.append(pair)
        said = replace(
            no_corrections(()),
            certain_same=_pairs(same),
            certain_different=_pairs(apart),
            known=np.unique(_pairs(same)),
        )
        if evidence.own:
            certain = certain_odds(odds, said.certain_same, said.certain_different, together)
            linked = link_again(certain, used, evidence.shaping, evidence.joint, linked)
            base = Clustering.from_labels(linked.labels)
        base = enforce(base, said, evidence.directions)
        labels = base.labels
        scores.append(_score(truth, labels))
    return tuple(scores)


def run(
    sources: Sequence[Source], config: BenchmarkConfig, tell: Callable[[str], object]
) -> list[Reviewed]:
    """Review the result of vcn on each film and seed, in both orders."""
    found = []
    for source in sources:
        for seed in config.seeds:
            tell(f"{source.name}, seed {seed}")
            labelled = source.load(seed, with_crops=True)
            found_out = VideoClusterNet().run(labelled.film, seed)
            start, film = found_out.clustering, labelled.film
            together = film.cannot_link if film.cannot_link is not None else _NONE
            known = Finished(track_directions(film), found_out.evidence)
            evidence = Evidence.of(known, start.labels, together, ReviewConfig().dense_tracks)
            clicks = operator_clicks(labelled.truth, start.labels)
            for order in ("next-best", "random"):
                tell(f"{source.name}, seed {seed}: {order}")
                scores = review(labelled, start, evidence, order, config.review_answers, seed)
                found.append(Reviewed(source.name, seed, order, scores, clicks))
    return found


def markdown(found: Sequence[Reviewed]) -> str:
    """Score against number of answers, and answers to the goal, as a Markdown table."""
    head = ["film", "order", *(f"F after {n}" for n in AT), f"answers to {GOAL}", "clicks by hand"]
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    for film, order in dict.fromkeys((r.film, r.order) for r in found):
        runs = [r for r in found if r.film == film and r.order == order]
        cells = [f"{np.mean([r.scores[min(n, len(r.scores) - 1)] for r in runs]):.3f}" for n in AT]
        reached = [r.to_goal for r in runs if r.to_goal is not None]
        goal = f"{np.mean(reached):.1f}" if len(reached) == len(runs) else "not reached"
        if 0 < len(reached) < len(runs):
            goal = f"{np.mean(reached):.1f} ({len(reached)} of {len(runs)})"
        clicks = f"{np.mean([r.clicks_by_hand for r in runs]):.1f}"
        lines.append("| " + " | ".join([film, order, *cells, goal, clicks]) + " |")
    return "\n".join(lines)


def _score(truth: IntArray, labels: IntArray) -> float:
    known = truth != UNKNOWN
    group = np.array(labels)
    alone = np.flatnonzero(group == UNKNOWN)  # each on its own, as in the benchmark
    group[alone] = group.max(initial=0) + 1 + np.arange(len(alone))
    return float(bcubed(truth[known], group[known]).f)


def _within(number: IntArray, pairs: IntArray) -> IntArray:
    moved = number[pairs]
    return moved[(moved >= 0).all(axis=1)]


def _pairs(pairs: Sequence[tuple[int, int]]) -> IntArray:
    return np.array(pairs, np.int64).reshape(-1, 2)
