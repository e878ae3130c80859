"""Who is who: the end of the chain, as an artefact."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from vcn.runtime.store import Artefact, Draft
from vcn.types import Clustering, Merge, Quality, Reason


@dataclass(frozen=True, slots=True)
class People:
    """Who is who among the tracks, before it is written."""

    quality: Quality
    clustering: Clustering
    adapt_mode: str
    counts: dict[str, int]


def save_people(draft: Draft, people: People) -> None:
    """Write all but the counts."""
    quality, clustering = people.quality, people.clustering
    draft.put_array("labels", clustering.labels)
    draft.put_array("crop_ok", quality.crop_ok)
    draft.put_array("track_score", quality.track_score)
    history = [asdict(merge) for merge in clustering.history]
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
    return People(quality, clustering, record["mode"], counts)
