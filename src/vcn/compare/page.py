"""The page of ``vcn compare``: one HTML file without any reference to the network."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from vcn.compare.answers import Answer, Group, agreement, disagreements, scored
from vcn.compare.run import Comparison
from vcn.config import CompareConfig
from vcn.report.document import person_label
from vcn.report.page import policy, templates
from vcn.report.thumbnails import data_uri
from vcn.runtime.progress import clock_time
from vcn.runtime.whole import replace_file
from vcn.types import UNKNOWN, IntArray

_TEMPLATE = Path(__file__).parent / "template"

Json = dict[str, Any]


def write_page(comparison: Comparison, path: Path, config: CompareConfig) -> None:
    """Write the page, whole or not at all.

    Raises:
        OutputError: It cannot be written; an earlier one is untouched.
    """
    replace_file(path, render(comparison, config))


def render(comparison: Comparison, config: CompareConfig) -> bytes:
    """The page as UTF-8; equal comparisons but for the time give equal bytes."""
    from markupsafe import Markup

    style = (_TEMPLATE / "compare.css").read_text(encoding="utf-8")
    faces = _Faces(comparison, config)
    answers = comparison.answers
    page = (
        templates(_TEMPLATE)
        .get_template("compare.html.j2")
        .render(
            style=Markup(style),  # our own file, not text from outside
            policy=Markup(policy(style)),
            film=Path(comparison.result.video.path).name,
            n_tracks=len(comparison.result.tracks),
            methods=[_method(answer, comparison, faces) for answer in answers],
            has_truth=comparison.truth is not None,
            agreement=_agreement(answers),
            pairs=[
                _pair(first, second, faces, config.groups)
                for first, second in combinations(answers, 2)
            ],
        )
    )
    return page.encode("utf-8", "replace")


class _Faces:
    """Pictures of tracks, the best of a group first; each is encoded once."""

    def __init__(self, comparison: Comparison, config: CompareConfig) -> None:
        self._comparison, self._config = comparison, config
        self._seen: dict[int, Json] = {}

    def of(self, tracks: IntArray) -> Json:
        """The faces of some tracks, and how many more there are."""
        score = self._comparison.result.portrait_rank
        order = sorted(tracks.tolist(), key=lambda track: (-float(score[track]), track))
        shown = order[: self._config.faces]
        return {"faces": [self._one(track) for track in shown], "more": len(order) - len(shown)}

    def _one(self, track: int) -> Json:
        if track not in self._seen:
            result, names = self._comparison.result, self._comparison.names
            at = clock_time(result.timeline.seconds(int(result.tracks[track].frame[0])))
            name = "" if names is None else names[track]
            config = self._config
            self._seen[track] = {
                "uri": data_uri(result.thumbnails[track], config.face_side, config.jpeg_quality),
                "at": at,
                "words": f"{name}, track {track} at {at}" if name else f"track {track} at {at}",
                "name": name,
            }
        return self._seen[track]


def _method(answer: Answer, comparison: Comparison, faces: _Faces) -> Json:
    labels = answer.clustering.labels
    scores = None if comparison.truth is None else scored(answer, comparison.truth)
    sizes = np.bincount(labels[labels != UNKNOWN], minlength=answer.clustering.n_clusters)
    order = np.argsort(-sizes, kind="stable").tolist()
    return {
        "name": answer.method,
        "told": answer.told,
        "n_people": answer.clustering.n_clusters,
        "n_unknown": int((labels == UNKNOWN).sum()),
        "seconds": f"{answer.seconds:.1f}",
        "scores": None
        if scores is None
        else [
            f"{value:.3f}"
            for value in (scores.b3_f, scores.b3_p, scores.b3_r, scores.nmi, scores.wcp)
        ],
        "true_people": None if scores is None else scores.n_true,
        "people": [
            {
                "label": person_label(person),
                "n_tracks": int(sizes[person]),
                **faces.of(np.flatnonzero(labels == person)),
            }
            for person in order
        ],
        "unknown": faces.of(np.flatnonzero(labels == UNKNOWN)),
    }


def _agreement(answers: Sequence[Answer]) -> list[Json]:
    return [
        {
            "name": answer.method,
            "cells": ["" if value is None else f"{value:.3f}" for value in row],
        }
        for answer, row in zip(answers, agreement(answers), strict=True)
    ]


def _pair(first: Answer, second: Answer, faces: _Faces, most: int) -> Json:
    groups = disagreements(first.clustering, second.clustering)
    return {
        "first": first.method,
        "second": second.method,
        "n_tracks": sum(len(group.tracks) for group in groups),
        "groups": [_group(group, first, second, faces) for group in groups[:most]],
        "n_more": max(0, len(groups) - most),
    }


def _group(group: Group, first: Answer, second: Answer, faces: _Faces) -> Json:
    sides = []
    for answer, person in ((first, group.first), (second, group.second)):
        rest = np.flatnonzero(answer.clustering.labels == person)
        rest = np.setdiff1d(rest, group.tracks)
        known = person != UNKNOWN
        sides.append(
            {
                "method": answer.method,
                "label": person_label(person) if known else "unknown",
                **faces.of(rest if known else rest[:0]),
            }
        )
    return {"tracks": faces.of(group.tracks), "n": len(group.tracks), "sides": sides}
