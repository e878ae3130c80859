"""The project's own benchmark: which films, which methods, and what is written about it."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from vcn import __version__
from vcn.benchmark.ablations import METHODS, ablation
from vcn.benchmark.clips import Clip
from vcn.benchmark.embed import FaceModelEmbedder
from vcn.benchmark.entries import Entry, Known, chosen, registered
from vcn.benchmark.films import RECIPE_VERSION
from vcn.benchmark.photos import load_photos
from vcn.benchmark.sources import Fixed, Simulated, Source, read_features, read_folder
from vcn.config import BenchmarkConfig, RunConfig
from vcn.errors import DataError, PackError, UsageError
from vcn.pipeline.setup import begun_by
from vcn.runtime.devices import resolve_device
from vcn.weights.packs import Pack, load_pack

MODES = ("", ":transfer", ":hindsight")
"""Of a system that its paper tells the number of people: so, and by a threshold."""

DEFAULT_METHODS = (
    "vcn",
    "vcn-off",
    "vcn-linkage",
    "vcn-paper",
    *("hac-oracle", "hac-oracle-raw", "hac-fixed", "hac-global", "hac-true-k"),
    *("dbscan-fixed", "affinity"),
    *("finch", "finch-1", "finch-2", "finch:known_k", "c1c", "c1c:known_k"),
    *(f"{n}{mode}" for n in ("tsiam", "ssiam", "ccl", "vctrsf", "ct-trsf") for mode in MODES),
    "jfrac-like",
    *("mvcorr", "mvcorr-ap", "imptriplet", "imptriplet-ap"),
)
"""What runs unless methods are named: all but full mode, which trains the whole model, and
Ball Cluster Learning, which is trained on other people for each film
(`vcn.benchmark.retrained`)."""


def films(
    paths: Sequence[Path],
    faces_dir: Path | None,
    config: BenchmarkConfig,
    run_config: RunConfig,
) -> tuple[Source, ...]:
    """The films to measure on.

    Args:
        paths: Videos with NAME.labels.csv beside them, .npz of features, folders of
            tracks.
        faces_dir: Photographs to simulate films from, or None.
        config: Levels and sizes of the simulated films.
        run_config: Pack and device.

    Raises:
        VcnError: A film or a model cannot be read.
    """
    embed = embedder(run_config) if faces_dir or any(path.is_dir() for path in paths) else None
    out: list[Source] = []
    if faces_dir is not None and embed is not None:
        out += [
            Simulated(faces_dir, level, n_tracks, embed)
            for n_tracks in config.n_tracks
            for level in config.levels
        ]
    for path in paths:
        if not path.exists():
            raise DataError(f"there is no film {path}")
        if path.is_dir() and embed is not None:
            out.append(Fixed(read_folder(path, embed)))
        elif path.suffix == ".npz":
            out.append(Fixed(read_features(path)))
        else:
            labels = path.with_name(f"{path.stem}.labels.csv")
            if not labels.is_file():
                raise DataError(f"there is no {labels}", "It says who is who in the film")
            out.append(Clip(path, labels, run_config))
    return tuple(out)


FIRST_CLIPS = ("office", "signers", "cyclists", "stage")
CLIPS = (*FIRST_CLIPS, "chemist", "soap", "cricket", "cafe", "gallery", "medley")
"""The labelled clips of the shared data; the committed ablations take the first alone."""


def committed(
    data: Path, config: BenchmarkConfig, clips: Sequence[str] = CLIPS
) -> tuple[Source, ...]:
    """The films of the committed table: every simulated one, and the labelled clips.

    Args:
        data: Folder of the shared data.
        config: Levels and sizes.
        clips: Names of the clips.
    """
    paths = [data / "clips" / f"{name}.mp4" for name in clips]
    return films(paths, data / "faces", config, RunConfig())


def for_ablations(data: Path, name: str) -> tuple[tuple[Source, ...], BenchmarkConfig]:
    """Films of a committed ablation: the hard level, small and large, and the first clips.

    Of `evidence`, which adapts nothing and takes no time, all but the longest.
    """
    if name == "evidence":
        config = replace(BenchmarkConfig(), n_tracks=(30, 150), seeds=(0, 1))
        return committed(data, config), config
    config = replace(BenchmarkConfig(), levels=("hard",), n_tracks=(30, 150), seeds=(0, 1))
    return committed(data, config, FIRST_CLIPS), config


def quick(data: Path) -> tuple[tuple[Source, ...], BenchmarkConfig]:
    """Films small enough for every test run: six people, forty tracks, one seed."""
    config = replace(BenchmarkConfig(), seeds=(0,))
    embed = embedder(RunConfig())
    people = tuple(f"person_{number:02}" for number in range(0, 12, 2))
    return (
        tuple(
            Simulated(data / "faces", level, 40, embed, people) for level in ("degraded", "hard")
        ),
        config,
    )


def entries(
    methods: Sequence[str] | None = None,
    ablation_name: str | None = None,
    run_config: RunConfig | None = None,
) -> tuple[Entry, ...]:
    """What competes.

    Args:
        methods: Names; None: `DEFAULT_METHODS`, or the ablation alone.
        ablation_name: Add the variants of this ablation.
        run_config: Pack and device of full mode, what the user chose for the method and the
            systems; None: the defaults.

    Raises:
        UsageError: There is no such method or ablation.
    """
    run_config = run_config or RunConfig()
    spec, device = _pack(run_config).face_model, resolve_device(run_config.device).torch
    if spec is not None:
        run_config = replace(run_config, evidence=begun_by(run_config.evidence, spec))
    variants: tuple[Entry, ...] = ()
    if ablation_name is not None:
        variants = ablation(ablation_name, spec, device, run_config)
    if methods is None:
        methods = () if variants else DEFAULT_METHODS
    own = [Known(v.name, partial(v.entry, spec, device, run_config)) for v in METHODS]
    named = {entry.name for entry in own}
    known = (*own, *(entry for entry in registered(run_config) if entry.name not in named))
    out = (*variants, *chosen(known, methods))
    if len({entry.name for entry in out}) < len(out):
        raise UsageError("a method is named twice")
    return out


def without_threshold(
    entries: Sequence[Entry], films: Sequence[Source], config: BenchmarkConfig
) -> tuple[Entry, ...]:
    """The entries that would have no threshold: it comes from other films, or is given."""
    if config.fixed is not None or len({film.name for film in films}) > 1:
        return ()
    return tuple(entry for entry in entries if entry.k == "transfer")


def embedder(run_config: RunConfig) -> FaceModelEmbedder:
    """The face model of a run, verified.

    Raises:
        PackError: The pack has none, or its files are not what they must be.
        DeviceError: The device was asked for and did not load.
    """
    pack = _pack(run_config)
    pack.verify()
    if pack.face_model is None:
        raise PackError(f"the pack {pack.name} has no face model", "Give one with --face-model")
    return FaceModelEmbedder(pack.face_model, resolve_device(run_config.device).torch)


def protocol(
    run_config: RunConfig, config: BenchmarkConfig, faces_dir: Path | None
) -> dict[str, object]:
    """What a table was measured on: models, data, recipe and seeds."""
    pack = _pack(run_config)
    out: dict[str, object] = {
        "vcn": __version__,
        "pack": pack.name,
        "models": pack.as_dict()["files"],
        "seeds": list(config.seeds),
        "seeds of large films": list(config.seeds[: config.large_seeds]),
        "seeds of slow systems": {
            "seeds": list(config.seeds[: config.slow_seeds]),
            "systems": list(config.slow),
            "films": f"under {config.large} tracks",
        },
        "machine": platform.machine(),
    }
    if faces_dir is not None:
        photos = load_photos(faces_dir)
        out["photographs"] = {
            "sha256": photos.digest,
            "people": len(photos.names),
            "pictures": len(photos.images),
        }
        out["recipe"] = RECIPE_VERSION
    return out


def _pack(run_config: RunConfig) -> Pack:
    face_model = Path(run_config.face_model) if run_config.face_model else None
    return load_pack(run_config.pack, face_model=face_model)
