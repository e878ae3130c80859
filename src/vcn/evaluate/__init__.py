"""Scores of results against ground truth: the only code that reads ground truth."""

from __future__ import annotations

from vcn.evaluate.check import check
from vcn.evaluate.evaluation import Evaluation, Pooled, as_json, evaluate
from vcn.evaluate.film import FilmEvaluation
from vcn.evaluate.truth import read_truth

__all__ = [
    "Evaluation",
    "FilmEvaluation",
    "Pooled",
    "as_json",
    "check",
    "evaluate",
    "read_truth",
]
