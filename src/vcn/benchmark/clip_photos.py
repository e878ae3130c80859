"""The faces of labelled films as photographs, to simulate films of more people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vcn.benchmark.clips import Clip
from vcn.benchmark.degrade import from_template
from vcn.benchmark.photos import Photos, joined
from vcn.config.learned import RetrainConfig
from vcn.errors import DataError
from vcn.types import UNKNOWN, FloatArray, IntArray


def clip_photos(clips: Sequence[Clip], template: FloatArray, config: RetrainConfig) -> Photos:
    """The crops of everyone whom the labels name, in `config.min_photos` or more of them.

    Args:
        clips: Labelled films; a name is a person of one film.
        template: (5, 2) landmarks in a crop, of the face model of the clips.
        config: How large a face and how many of a person there must be.

    Raises:
        DataError: There is no such person.
    """
    found = [part for clip in clips for part in _of_clip(clip, template, config)]
    if not found:
        raise DataError("no clip has a person with enough large faces")
    return joined(found)


def _of_clip(clip: Clip, template: FloatArray, config: RetrainConfig) -> list[Photos]:
    film, truth, _ = clip.load(0, with_crops=True)
    crops = film.crops
    assert crops is not None
    person: IntArray = truth[crops.track_index]
    out = []
    for number in np.unique(person[person != UNKNOWN]).tolist():
        chosen = np.flatnonzero((person == number) & (crops.size >= config.min_size))
        if len(chosen) < config.min_photos:
            continue
        images = np.stack([from_template(image, template) for image in crops.images[chosen]])
        out.append(Photos.of_person(f"{clip.name} {number}", images))
    return out
