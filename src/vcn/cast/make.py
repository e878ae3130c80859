"""Known people: made from photographs, taken from a result; and a result with their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from vcn.cast.known import Known
from vcn.cast.naming import names_of, probabilities
from vcn.cast.photographs import Photograph, each, face_in, find_photographs
from vcn.config import CastConfig, RunConfig
from vcn.detectors import load_detector
from vcn.errors import DataError, InputError
from vcn.nets import load_face_model
from vcn.pipeline import Clustered
from vcn.pipeline.setup import begun_by
from vcn.report.exemplars import exemplars_of
from vcn.report.thumbnails import jpeg
from vcn.runtime.devices import resolve_device
from vcn.runtime.progress import Progress
from vcn.season.looks import Looks, looks_of
from vcn.season.photo import read_photo
from vcn.stages.embed import embed
from vcn.stages.quality import crop_weights
from vcn.types import CastNames, Crops, IntArray
from vcn.weights.packs import load_parts, sha256_of


def from_photographs(
    folder: Path, config: RunConfig, cast: CastConfig, progress: Progress
) -> tuple[Known, tuple[tuple[str, str], ...]]:
    """The people of a folder of photographs.

    Returns:
        The people, and each photograph that is not used, with the reason.

    Raises:
        InputError: There is no photograph with a face.
        PackError: The pack is not there.
        DeviceError: The device did not load.
    """
    found = find_photographs(folder, cast)
    device = resolve_device(config.device)
    pack, spec, model_spec = load_parts(config)
    pack.verify()
    detector = load_detector(spec, config.detect, device.onnx)
    template = np.array(model_spec.template, np.float32)
    size = model_spec.input_size
    progress.stage("cast", sum(map(len, found.values())), "photographs")
    seen: list[Photograph] = []
    person: list[int] = []
    problems = []
    for number, path in each(found):
        try:
            image = read_photo(path)
            seen.append(face_in(image, detector, config.detect, template, size, cast))
            person.append(number)
        except InputError as error:
            name = path.relative_to(folder).as_posix()
            problems.append((name, error.what))
            progress.note(f"photograph {name} is not used: {error.what}")
        progress.advance(1)
    if not seen:
        raise InputError(
            f"none of the photographs in {folder} shows one face",
            "Give photographs with one large face",
        )
    names = list(found)
    for number, name in enumerate(names):
        if number not in person:
            problems.append((name, "nobody can be called so: no photograph of it is used"))
            progress.note(f"nobody can be called {name}: no photograph of it is used")
    kept = sorted(set(person))
    order = np.searchsorted(kept, person)
    crops = _crops(seen)
    embeddings = embed(crops, load_face_model(model_spec, device.torch), lambda _: None)
    usable = np.ones(len(seen), np.bool_)
    looks = looks_of(order, embeddings, crops, usable, cast.looks)
    known = Known(
        tuple(names[number] for number in kept),
        looks,
        np.ones(len(looks), np.bool_),
        tuple(_pictures(seen, np.flatnonzero(order == n), cast) for n in range(len(kept))),
        pack.name,
        sha256_of(model_spec.path),
        folder.name or str(folder),
    )
    return known, tuple(problems)


def _crops(seen: Sequence[Photograph]) -> Crops:
    n = len(seen)
    size = np.array([one.size for one in seen], np.float32)
    return Crops(np.stack([one.crop for one in seen]), np.arange(n), np.arange(n), size, size, size)


def _pictures(seen: Sequence[Photograph], rows: IntArray, config: CastConfig) -> tuple[bytes, ...]:
    """The largest faces of a person, as JPEG."""
    best = sorted(rows.tolist(), key=lambda row: (-seen[row].size, row))[: config.exemplars]
    return tuple(jpeg(seen[row].picture, config.side, config.jpeg_quality) for row in best)


def from_result(found: Clustered, run: RunConfig, config: CastConfig) -> Known:
    """The people of a film who have names.

    Raises:
        DataError: Nobody has a name, or a usable face.
    """
    result = found.result
    looks = film_looks(found, run, config)
    names: list[str] = []
    rows: list[IntArray] = []
    pictures = []
    for person in range(result.clustering.n_clusters):
        name, own = result.name_of(person), np.flatnonzero(looks.person == person)
        if name is None or len(own) == 0:
            continue
        faces = [
            jpeg(result.thumbnails[track], config.side, config.jpeg_quality)
            for track in exemplars_of(result, person, config.exemplars)
        ]
        if name in names:  # two people of one name, as a person left them: one of them
            at = names.index(name)
            rows[at] = np.concatenate((rows[at], own))
            continue
        names.append(name)
        rows.append(own)
        pictures.append(tuple(faces))
    if not names:
        raise DataError(
            f"nobody in {result.video.path} has a name", "Give names with `vcn review` first"
        )
    chosen = np.concatenate(rows)
    owner = np.repeat(np.arange(len(rows)), [len(own) for own in rows])
    kept = looks.take(chosen)
    return Known(
        tuple(names),
        Looks(kept.means, owner, kept.count, kept.size),
        np.zeros(len(chosen), np.bool_),
        tuple(pictures),
        run.pack,
        sha256_of(found.face_model.path),
        Path(result.video.path).name,
    )


def film_looks(found: Clustered, run: RunConfig, config: CastConfig) -> Looks:
    """The looks of the people of a film; a crop counts as it does in the film."""
    result = found.result
    return looks_of(
        result.clustering.labels,
        found.embeddings,
        found.crops,
        result.quality.crop_ok,
        config.looks,
        crop_weights(found.crops) if run.quality.weigh_crops else None,
    )


def with_names(
    found: Clustered,
    known: Known,
    problems: tuple[tuple[str, str], ...],
    run: RunConfig,
    config: CastConfig,
) -> Clustered:
    """A result whose people have the names of known ones where that is likely.

    Args:
        found: The result; names that a person gave in corrections stay.
        known: People with names, seen by the same face model.
        problems: Photographs that were not used, and why.
        run: Priors of distances.
        config: From where on a name is a fact.
    """
    result = found.result
    n_people = result.clustering.n_clusters
    cosine = found.face_model.impostor_cosine
    looks = film_looks(found, run, config)
    evidence = begun_by(run.evidence, found.face_model)
    chance = probabilities(looks, n_people, known, cosine, config, evidence)
    said = {} if result.corrections is None else dict(result.corrections.names)
    people = names_of(chance, known.names, said, config)
    names = CastNames(known.source, known.pack, known.names, people, problems)
    return replace(found, result=replace(result, cast=names))
