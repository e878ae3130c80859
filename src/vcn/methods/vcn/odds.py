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


def read_cues(
    film: TrackFilm, among: BoolArray, cluster: ClusterConfig, config: EvidenceConfig
) -> dict[str, Reading]:
    """What the wanted cues see; nothing where too many tracks are clustered for all pairs.

    Args:
        film: T tracks.
        among: (T,) those that are clustered.
        cluster: How many tracks are compared all with all.
        config: Which cues are wanted.
    """
    if np.count_nonzero(among) > cluster.dense_tracks:
        return {}
    seen = ((cue.name, cue.read(film)) for cue in cues_of(config))
    readings = {name: reading for name, reading in seen if reading is not None}
    if "body" in readings:  # it saw the same clothes, and more
        readings.pop("clothes", None)
    return readings


def find_people(
    film: TrackFilm,
    base: Profiles,
    heads: Profiles | None,
    readings: Mapping[str, Reading],
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
        readings: What `read_cues` gave: it does not hang on the models.
        shaping: (T,) tracks good enough to shape people.
        joining: (T,) tracks that may join a person.
        cluster: Whether co-occurrence counts; how many tracks are compared all with all.
        config: Cues and priors.
        one_person: For a pack that does not say how alike strangers are: whether all tracks
            seem to be one person.
    """
    some = np.flatnonzero((shaping | joining) & (base.counts > 0))
    labels = np.full(film.n_tracks, UNKNOWN)
    if len(some) == 0:
        return Found(Clustering.from_labels(labels), None)
    if len(some) > cluster.dense_tracks:
        return Found(_of_many(film, base, heads, shaping, some, cluster, config), None)
    faces = _faces(base, heads, face_sizes(film), film.impostor_cosine, config, one_person)
    certain = certainties(film, cluster, np.arange(film.n_tracks))
    there = base.counts > 0
    clustering, evidence = _rounds(
        faces, readings, certain, shaping & there, joining & there, config
    )
    return Found(clustering, replace(evidence, shaping=shaping & there))


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
    some: IntArray,
    cluster: ClusterConfig,
    config: EvidenceConfig,
) -> Clustering:
    """Most nearly equal tracks first: no matrix of all pairs of tracks would fit."""
    part = base.take(some)
    group = nearest_merges(part.p, np.ones(len(some)), cluster.dense_tracks)
    n = int(group.max()) + 1
    sizes = np.zeros(n)
    np.maximum.at(sizes, group, face_sizes(film)[some])
    item = np.full(film.n_tracks, UNKNOWN)
    item[some] = group
    able = np.zeros(n, np.bool_)
    able[group[shaping[some]]] = True
    merged = None if heads is None else heads.take(some).merged(group)
    faces = _faces(part.merged(group), merged, sizes, film.impostor_cosine, config)
    everyone = np.ones(n, np.bool_)
    clustering, _ = _rounds(faces, {}, certainties(film, cluster, item), able, everyone, config)
    labels = np.full(film.n_tracks, UNKNOWN)
    labels[some] = clustering.labels[group]
    return Clustering.from_labels(labels)
