"""One film's odds and people, with whatever models there are of its faces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vcn.config import ClusterConfig, EvidenceConfig
from vcn.cues import Cue
from vcn.cues.face import face_sizes, read_faces
from vcn.cues.look import clothes, hair
from vcn.cues.threads import Threads
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
        (config.clothes, clothes(config)),
        (config.hair, hair(config)),
    )
    return tuple(cue for on, cue in wanted if on)


def find_people(
    film: TrackFilm,
    base: Profiles,
    heads: Profiles | None,
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
    certain = certainties(film, cluster)
    sizes = face_sizes(film)
    clustering, evidence = _rounds(
        film,
        base,
        heads,
        sizes,
        certain,
        shaping & (base.counts > 0),
        joining & (base.counts > 0),
        config,
        one_person=one_person,
    )
    return Found(clustering, evidence)


def certainties(film: TrackFilm, cluster: ClusterConfig) -> Certain:
    """Co-occurrence, where it counts, and what a person said, which goes before it."""
    n = film.n_tracks
    different, same = np.zeros((n, n), np.bool_), np.zeros((n, n), np.bool_)
    pairs = film.cannot_link if cluster.co_occurrence else None
    for mask, known in ((different, pairs), (same, film.certain_same)):
        if known is not None:
            a, b = known.T
            mask[a, b] = mask[b, a] = True
    different &= ~same
    if film.certain_different is not None:
        a, b = film.certain_different.T
        different[a, b] = different[b, a] = True
        same[a, b] = same[b, a] = False
    return Certain(different, same)


def _rounds(
    film: TrackFilm | None,
    base: Profiles,
    heads: Profiles | None,
    sizes: Float64Array,
    certain: Certain,
    shaping: BoolArray,
    joining: BoolArray,
    config: EvidenceConfig,
    impostor_cosine: float | None = None,
    *,
    one_person: bool = False,
) -> tuple[Clustering, Evidence]:
    cosine = impostor_cosine if film is None else film.impostor_cosine
    faces = [("face", read_faces(base, sizes, cosine, config, one_person=one_person))]
    if heads is not None:
        faces.append(("adapted", read_faces(heads, sizes, None, config)))
    readings = {}
    if film is not None:
        for cue in cues_of(config):
            reading = cue.read(film)
            if reading is not None:
                readings[cue.name] = reading
    clustering: Clustering | None = None
    for _ in range(1 + config.refine):
        evidence = weigh(
            faces, readings, config, certain, None if clustering is None else clustering.labels
        )
        before, clustering = clustering, link(evidence.log_odds, certain, shaping, joining)
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
    different, same = np.zeros((n, n), np.bool_), np.zeros((n, n), np.bool_)
    item = np.full(film.n_tracks, UNKNOWN)
    item[some] = group
    cannot = film.cannot_link if cluster.co_occurrence else None
    for mask, known in (
        (different, cannot),
        (different, film.certain_different),
        (same, film.certain_same),
    ):
        if known is None:
            continue
        where = item[known]
        where = where[(where >= 0).all(axis=1) & (where[:, 0] != where[:, 1])]
        mask[where[:, 0], where[:, 1]] = mask[where[:, 1], where[:, 0]] = True
    able = np.zeros(n, np.bool_)
    able[group[shaping[some]]] = True
    clustering, _ = _rounds(
        None,
        part.merged(group),
        None if heads is None else heads.take(some).merged(group),
        sizes,
        Certain(different & ~same, same),
        able,
        np.ones(n, np.bool_),
        config,
        film.impostor_cosine,
    )
    labels = np.full(film.n_tracks, UNKNOWN)
    labels[some] = clustering.labels[group]
    return Clustering.from_labels(labels)
