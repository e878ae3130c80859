"""One film's odds and people, with whatever models there are of its faces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vcn.config import ClusterConfig, EvidenceConfig
from vcn.cues import Cue, Reading
from vcn.cues.body import Body
from vcn.cues.face import FaceReading, face_sizes, read_faces
from vcn.cues.look import clothes, hair
from vcn.cues.threads import Threads
from vcn.cues.voice import Voice
from vcn.equations.closed_form import Profiles
from vcn.equations.linkage import nearest_merges
from vcn.methods.vcn.evidence import Evidence, weigh
from vcn.methods.vcn.link import link
from vcn.types import UNKNOWN, BoolArray, Certain, Clustering, Float64Array, IntArray, TrackFilm


@dataclass(frozen=True, slots=True)
class Found:
    """People, and the odds they come from."""

    clustering: Clustering
    evidence: Evidence | None
    """Of all T tracks; None in a film of too many for all pairs, or of none."""


def cues_of(config: EvidenceConfig) -> tuple[Cue, ...]:
    """The cues that are wanted, beside faces."""
    wanted = (
        (config.threads, Threads(config)),
        (config.body, Body(config)),
        (config.clothes, clothes(config)),
        (config.hair, hair(config)),
        (config.voice, Voice(config)),
    )
    return tuple(cue for on, cue in wanted if on)


@dataclass(frozen=True, slots=True)
class Seen:
    """What does not hang on adaptation: seen once, for the first guess and for the end."""

    tracks: IntArray
    """(n,) those that are clustered."""
    readings: Mapping[str, Reading]
    """What the cues beside faces see; nothing where there are groups."""
    group: IntArray | None
    """(n,) small groups of nearest tracks, where too many are clustered for all pairs."""

    @classmethod
    def of(
        cls,
        film: TrackFilm,
        base: Profiles,
        among: BoolArray,
        cluster: ClusterConfig,
        config: EvidenceConfig,
    ) -> Seen:
        """Look at the tracks of a film.

        Args:
            film: T tracks.
            base: Their profiles under the base model.
            among: (T,) those that are clustered.
            cluster: How many tracks are compared all with all.
            config: Which cues are wanted.
        """
        tracks = np.flatnonzero(among)
        if len(tracks) <= cluster.dense_tracks:
            return cls(tracks, read_cues(film, config), None)
        # Most nearly equal tracks first: no matrix of all pairs of tracks would fit.
        group = nearest_merges(
            base.take(tracks).p, np.ones(len(tracks)), cluster.dense_tracks, cluster.exact_tracks
        )
        return cls(tracks, {}, group)


def read_cues(film: TrackFilm, config: EvidenceConfig) -> dict[str, Reading]:
    """What the wanted cues see."""
    seen = ((cue.name, cue.read(film)) for cue in cues_of(config))
    readings = {name: reading for name, reading in seen if reading is not None}
    if "body" in readings:  # it saw the same clothes, and more
        readings.pop("clothes", None)
    return readings


def find_people(
    film: TrackFilm,
    base: Profiles,
    heads: Profiles | None,
    seen: Seen,
    shaping: BoolArray,
    joining: BoolArray,
    cluster: ClusterConfig,
    config: EvidenceConfig,
    *,
    one_person: bool = False,
) -> Found:
    """Weigh the evidence and link the tracks, then again with the people found.

    Args:
        film: T tracks.
        base: Their profiles under the base model.
        heads: Under the adapted loss metric; None: not adapted.
        seen: Of the same film and base model.
        shaping: (T,) tracks good enough to shape people.
        joining: (T,) tracks that may join a person.
        cluster: Whether co-occurrence counts.
        config: Cues and priors.
        one_person: For a pack that does not say how alike strangers are: whether all tracks
            seem to be one person.
    """
    if len(seen.tracks) == 0:
        return Found(Clustering.from_labels(np.full(film.n_tracks, UNKNOWN)), None)
    if seen.group is not None:
        return Found(_of_many(film, base, heads, shaping, seen, cluster, config), None)
    faces = _faces(base, heads, face_sizes(film), film.impostor_cosine, config, one_person)
    certain = certainties(film, cluster, np.arange(film.n_tracks))
    there = base.counts > 0
    clustering, evidence = _rounds(
        faces, seen.readings, certain, shaping & there, joining & there, config
    )
    evidence = replace(evidence, shaping=shaping & there, different=certain.different)
    return Found(clustering, evidence)


def certainties(film: TrackFilm, cluster: ClusterConfig, item: IntArray) -> Certain:
    """Co-occurrence, where it counts, and what a person said, which goes before it.

    Args:
        film: T tracks.
        cluster: Whether co-occurrence counts.
        item: (T,) the item that each track is a part of, from 0; -1 = of none.

    Returns:
        Of the items; pairs within one item say nothing.
    """
    n = int(item.max(initial=-1)) + 1
    together = film.cannot_link if cluster.co_occurrence else None
    different = _mask(together, item, n)
    same = _mask(film.certain_same, item, n)
    apart = _mask(film.certain_different, item, n)
    same &= ~apart
    return Certain((different & ~same) | apart, same)


def _mask(pairs: IntArray | None, item: IntArray, n: int) -> BoolArray:
    """(n, n) symmetric: pairs of tracks as pairs of items."""
    mask = np.zeros((n, n), np.bool_)
    if pairs is not None:
        where = item[pairs]
        where = where[(where >= 0).all(axis=1) & (where[:, 0] != where[:, 1])]
        mask[where[:, 0], where[:, 1]] = mask[where[:, 1], where[:, 0]] = True
    return mask


def _faces(
    base: Profiles,
    heads: Profiles | None,
    sizes: Float64Array,
    impostor_cosine: float | None,
    config: EvidenceConfig,
    one_person: bool = False,
) -> list[tuple[str, FaceReading]]:
    faces = [("face", read_faces(base, sizes, impostor_cosine, config, one_person=one_person))]
    if heads is not None:
        faces.append(("adapted", read_faces(heads, sizes, None, config)))
    return faces


def _rounds(
    faces: Sequence[tuple[str, FaceReading]],
    readings: Mapping[str, Reading],
    certain: Certain,
    shaping: BoolArray,
    joining: BoolArray,
    config: EvidenceConfig,
) -> tuple[Clustering, Evidence]:
    """Weigh and link, then again believing the people found, until they stay."""
    clustering: Clustering | None = None
    for _ in range(1 + config.refine):
        evidence = weigh(
            faces, readings, config, certain, None if clustering is None else clustering.labels
        )
        before, clustering = (
            clustering,
            link(evidence.log_odds, certain, shaping, joining, evidence.joint),
        )
        if before is not None and np.array_equal(before.labels, clustering.labels):
            break
    assert clustering is not None
    return clustering, evidence


def _of_many(
    film: TrackFilm,
    base: Profiles,
    heads: Profiles | None,
    shaping: BoolArray,
    seen: Seen,
    cluster: ClusterConfig,
    config: EvidenceConfig,
) -> Clustering:
    """People of groups of tracks: of all that is known of them only faces speak."""
    tracks, group = seen.tracks, seen.group
    assert group is not None
    n = int(group.max()) + 1
    sizes = np.zeros(n)
    np.maximum.at(sizes, group, face_sizes(film)[tracks])
    item = np.full(film.n_tracks, UNKNOWN)
    item[tracks] = group
    able = np.zeros(n, np.bool_)
    able[group[shaping[tracks]]] = True
    merged = None if heads is None else heads.merged(item)
    faces = _faces(base.merged(item), merged, sizes, film.impostor_cosine, config)
    everyone = np.ones(n, np.bool_)
    clustering, _ = _rounds(faces, {}, certainties(film, cluster, item), able, everyone, config)
    labels = np.full(film.n_tracks, UNKNOWN)
    labels[tracks] = clustering.labels[group]
    return Clustering.from_labels(labels)
