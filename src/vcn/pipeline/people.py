"""Who is who: the end of the chain, as an artefact."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from vcn.errors import DataError
from vcn.methods.vcn.evidence import Evidence
from vcn.runtime.store import Artefact, Draft
from vcn.types import Clustering, Merge, Quality, Reason, Why


@dataclass(frozen=True, slots=True)
class People:
    """Who is who among the tracks, before it is written."""

    quality: Quality
    clustering: Clustering
    adapt_mode: str
    counts: dict[str, int]
    why: Why | None = None


def save_people(draft: Draft, people: People) -> None:
    """Write all but the counts."""
    quality, clustering = people.quality, people.clustering
    draft.put_array("labels", clustering.labels)
    draft.put_array("crop_ok", quality.crop_ok)
    draft.put_array("track_score", quality.track_score)
    history = [asdict(merge) for merge in clustering.history]
    why = people.why
    if why is not None:
        draft.put_array("why_probability", why.probability)
        draft.put_array("why_nearest", why.nearest)
        draft.put_array("why_log_odds", why.log_odds)
        for name, values in why.because.items():
            draft.put_array(f"why_{name}", values)
    cues = None if why is None else {"names": list(why.because), "prior": why.prior}
    draft.put_record("why", cues)
    draft.put_record(
        "people", {"mode": people.adapt_mode, "reason": quality.reason, "history": history}
    )


def load_people(found: Artefact, counts: dict[str, int]) -> People:
    """Read what `save_people` wrote.

    Raises:
        DataError: It cannot be read.
    """
    record = found.record("people")
    reason = tuple(None if name is None else Reason(name) for name in record["reason"])
    quality = Quality(found.array("crop_ok"), found.array("track_score"), reason)
    history = tuple(Merge(**merge) for merge in record["history"])
    clustering = Clustering(found.array("labels"), history)
    return People(quality, clustering, record["mode"], counts, _load_why(found))


def _load_why(found: Artefact) -> Why | None:
    cues = found.record("why")
    if cues is None:
        return None
    return Why(
        found.array("why_probability"),
        {name: found.array(f"why_{name}") for name in cues["names"]},
        cues["prior"],
        found.array("why_nearest"),
        found.array("why_log_odds"),
    )


_PARTS_UP_TO = 2048
"""Tracks up to which the odds of every pair are kept cue by cue."""


def save_evidence(draft: Draft, evidence: Evidence) -> None:
    """Keep the odds of all pairs of tracks, for the review and for `vcn explain`."""
    draft.put_array("log_odds", evidence.log_odds)
    if evidence.shaping is not None:
        draft.put_array("shaping", evidence.shaping)
    names = list(evidence.parts) if len(evidence.log_odds) <= _PARTS_UP_TO else []
    for name in names:
        draft.put_array(f"part_{name}", evidence.parts[name].astype(np.float16))
    said = {
        "prior": evidence.prior,
        "correlation": evidence.correlation,
        "parts": names,
        "shaping": evidence.shaping is not None,
    }
    draft.put_record("evidence", said)


def load_evidence(found: Artefact) -> Evidence | None:
    """Read what `save_evidence` wrote, without the mixtures; None where nothing was kept."""
    try:
        record = found.record("evidence")
    except DataError:
        return None
    parts = {name: found.array(f"part_{name}").astype(np.float32) for name in record["parts"]}
    shaping = found.array("shaping") if record["shaping"] else None
    return Evidence(
        found.array("log_odds"), record["prior"], parts, (), record["correlation"], shaping
    )
