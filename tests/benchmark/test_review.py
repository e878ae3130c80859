"""The simulated reviewer."""

from __future__ import annotations

import numpy as np
from method_films import people_film

from vcn.benchmark.review import Reviewed, markdown, operator_clicks, review
from vcn.benchmark.sources import LabelledFilm
from vcn.pipeline.corrected import track_directions
from vcn.review.odds import odds_of_directions
from vcn.types import Clustering


def test_operator_clicks_by_hand() -> None:
    truth = np.array([0, 0, 0, 1, 1, -1])
    assert operator_clicks(truth, np.array([0, 0, 1, 1, 1, 1])) == 2 + 1
    assert operator_clicks(truth, np.array([0, 0, 0, 1, -1, -1])) == 2 + 1


def test_answers_lead_to_the_truth_and_the_best_order_sooner() -> None:
    film, truth = people_film(6, 6, shot=1.1, seed=3)
    directions = track_directions(film)
    start = Clustering.from_labels(np.where(truth == 1, 0, truth) * 2 + np.arange(36) % 2)
    odds = odds_of_directions(directions, start.labels)
    labelled = LabelledFilm(film, truth)
    best = review(labelled, start, odds, "next-best", 60, 0)
    drawn = review(labelled, start, odds, "random", 60, 0)
    assert best[0] == drawn[0] < 0.8
    assert best[-1] == 1
    assert sum(best[:40]) / 40 > sum(drawn[:40]) / min(40, len(drawn))
    made = Reviewed("f", 0, "next-best", best, 9)
    assert made.to_goal is not None
    assert best[made.to_goal] >= 0.99 > best[made.to_goal - 1]
    assert "| f | next-best |" in markdown([made])
