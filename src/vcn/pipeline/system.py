"""The end of the chain by another system than vcn: gates on quality, then the system."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from vcn.config import RunConfig
from vcn.methods import TrackFilm
from vcn.methods.registry import HEAD_MODE, find, make_method
from vcn.nets.inputs import usable_rows
from vcn.stages.quality import gate
from vcn.types import BoolArray, Clustering, Crops, Embeddings, Quality


def identify(film: TrackFilm, config: RunConfig) -> tuple[Quality, Clustering, str]:
    """Which tracks are the same person, by the system of `config.method`.

    It gets the crops that pass vcn's own gates on size and focus (VCN 3.2 removed tracks of
    bad quality for all systems); tracks without such a crop are unknown.

    Returns:
        Quality, people, and how the system adapted the face model: "head" or "off".

    Raises:
        UsageError: The system does not exist, or was not told what it must know.
    """
    method = make_method(config)
    values, index = film.embeddings.values, film.embeddings.track_index
    quality = gate(film.crops, index, film.n_tracks, usable_rows(values), config.quality)
    together = film.cannot_link if config.cluster.co_occurrence else None
    usable = replace(_rows(film, quality.crop_ok), cannot_link=together)
    adapted = "head" if find(config.method.name).as_run == HEAD_MODE else "off"
    return quality, method(usable, config.seed), adapted


def _rows(film: TrackFilm, ok: BoolArray) -> TrackFilm:
    embeddings = film.embeddings
    kept = Embeddings(
        embeddings.values[ok],
        embeddings.track_index[ok],
        normalised=embeddings.normalised,
        n_parts=embeddings.n_parts,
    )
    crops = film.crops
    if crops is not None:
        every: dict[str, Any] = {f.name: getattr(crops, f.name) for f in fields(crops)}
        known = {name: np.asarray(value)[ok] for name, value in every.items() if value is not None}
        crops = Crops(**known)
    return replace(film, embeddings=kept, crops=crops)
