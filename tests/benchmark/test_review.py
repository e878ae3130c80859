"""The simulated reviewer."""

from __future__ import annotations

import numpy as np
from method_films import people_film

from vcn.benchmark.review import Finished, Reviewed, markdown, operator_clicks, review
from vcn.benchmark.sources import LabelledFilm
from vcn.pipeline.corrected import track_directions
from vcn.review.clusters import link_again
from vcn.review.evidence import Evidence
from vcn.types import Clustering


def test_operator_clicks_by_hand() -> None:
    truth = np.array([0, 0, 0, 1, 1, -1])
    assert operator_clicks(truth, np.array([0, 0, 1, 1, 1, 1])) == 2 + 1
    assert operator_clicks(truth, np.array([0, 0, 0, 1, -1, -1])) == 2 + 1


def test_answers_lead_to_the_truth_and_the_best_order_sooner() -> None:
    film, truth = people_film(6, 6, shot=1.1, seed=3)
    directions = track_directions(film)
    start = Clustering.from_labels(np.where(truth == 1, 0, truth) * 2 + np.arange(36) % 2)
    together = np.empty((0, 2), np.int64) if film.cannot_link is None else film.cannot_link
    evidence = Evidence.of(Finished(directions, None), start.labels, together, 100)
    labelled = LabelledFilm(film, truth)
    best = review(labelled, start, evidence, "next-best", 60, 0)
    drawn = review(labelled, start, evidence, "random", 60, 0)
    assert best[0] == drawn[0] < 0.8
    assert best[-1] == 1
    assert sum(best[:40]) / 40 > sum(drawn[:40]) / min(40, len(drawn))
    made = Reviewed("f", 0, "next-best", best, 9)
    assert made.to_goal is not None
    assert best[made.to_goal] >= 0.99 > best[made.to_goal - 1]
    assert "| f | next-best |" in markdown([made])


def test_with_the_odds_of_the_clusterer_an_answer_clusters_anew() -> None:
    """Two people of four tracks each were taken for one: one "no" parts all of their tracks."""
    film, _ = people_film(2, 4, shot=1.1, seed=0)
    truth = np.repeat([0, 1], 4)
    odds = np.where(truth[:, None] == truth, 6.0, 0.5)
    np.fill_diagonal(odds, 0)
    start = Clustering.from_labels(link_again(odds).labels)
    assert start.n_clusters == 1
    labelled = LabelledFilm(film, truth)
    scores = review(labelled, start, Evidence(None, odds, True), "next-best", 5, 0)
    assert scores[0] < 0.7
    assert scores[1] == 1
