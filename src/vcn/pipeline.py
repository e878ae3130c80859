"""The order of the stages: the only file that knows it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from vcn import __version__
from vcn import scan as one_pass
from vcn.checkpoint import (
    Checkpoint,
    Iteration,
    Origin,
    Snapshot,
    check_writable,
    digest,
    load_checkpoint,
    save_checkpoint,
)
from vcn.config import AdaptConfig, AdaptMode, RunConfig
from vcn.detectors import load_detector
from vcn.devices import Device, resolve_device
from vcn.equations.co_occurrence import co_occurring
from vcn.errors import InputError, OutputError, PackError, UsageError
from vcn.manifest import make_manifest, package_versions
from vcn.methods import TrackFilm
from vcn.methods.vcn import VcnRun, VideoClusterNet
from vcn.nets import load_face_model
from vcn.nets.base import FaceModel
from vcn.packs import DetectorSpec, FaceModelSpec, Pack, load_pack, sha256_of
from vcn.progress import NoProgress, Progress
from vcn.scan import Scan
from vcn.stages.detect import search_rate
from vcn.stages.embed import embed
from vcn.store import Artefact, Draft, Store, code_version, default_root, fingerprint
from vcn.types import Clustering, Embeddings, FilmResult, Merge, Quality, Reason, VideoInfo
from vcn.video import content_hash, open_video

_SCAN_CODE = (
    *("detectors/", "video/", "scan.py"),
    *("stages/crops.py", "stages/detect.py", "stages/shots.py", "stages/track.py"),
)
"""The sources that an artefact of the pass over the film depends on."""


def cluster(
    film: str | Path,
    config: RunConfig | None = None,
    *,
    progress: Progress | None = None,
    work_dir: Path | None = None,
) -> FilmResult:
    """Find every face in a film and say which are the same person.

    Args:
        film: A video file.
        config: All choices; the defaults where None.
        progress: Told what is going on; silent where None.
        work_dir: Folder of the stage artefacts; the user's cache folder where None.

    Raises:
        InputError: The film cannot be read.
        PackError: The pack is unknown, incomplete or not what it should be.
        DeviceError: The device was asked for and did not load.
        OutputError: The work folder cannot be written.
    """
    run = Run.prepare(film, config or RunConfig(), progress, work_dir)
    scan = run.scan()  # video -> shots -> faces -> tracks -> crops
    embeddings = run.embed(scan)  # (N, D) of the base model
    people = run.identify(run.track_film(scan, embeddings))  # quality, adaptation, clusters
    return run.result(scan, people)


def finetune(
    film: str | Path,
    out: str | Path,
    config: RunConfig | None = None,
    *,
    resume: bool = False,
    progress: Progress | None = None,
    work_dir: Path | None = None,
) -> Checkpoint:
    """Adapt the face model to a film and save it, for `RunConfig.checkpoint`.

    Args:
        film: A video file.
        out: The checkpoint, a .safetensors file; it is written again and again while
            the model is trained, each time whole.
        config: All choices; the defaults where None.
        resume: Go on from `out` where it is there. The result is that of a run that
            never stopped.
        progress: Told what is going on; silent where None.
        work_dir: Folder of the stage artefacts; the user's cache folder where None.

    Raises:
        UsageError: The configuration says not to adapt.
        InputError: The film cannot be read, or nobody's face is in it.
        DataError: `out` is to be resumed and is damaged or of another run.
        PackError: The pack is unknown, incomplete or not what it should be.
        DeviceError: The device was asked for and did not load.
        OutputError: `out` or the work folder cannot be written.
    """
    config, out = config or RunConfig(), Path(out)
    if config.adapt.mode == "off":
        raise UsageError("adaptation is off: there is nothing to save", "Use head or full")
    check_writable(out)
    before = load_checkpoint(out) if resume and out.exists() else None
    run = Run.prepare(film, config, progress, work_dir)
    scan = run.scan()
    embeddings = run.embed(scan)
    return run.adapt(run.track_film(scan, embeddings), out, before)


def plan(
    film: str | Path, config: RunConfig | None = None, *, work_dir: Path | None = None
) -> list[str]:
    """What `cluster` would do, in lines for people; nothing is written.

    Raises:
        VcnError: What `cluster` would raise before it begins.
    """
    config = config or RunConfig()
    with open_video(Path(film)) as video:
        info = video.info
    device = resolve_device(config.device)
    pack, *_ = _pack(config)
    pack.verify()
    rate = search_rate(config.detect, device.onnx != "cpu", float(info.frame_rate))
    length = "unknown length" if info.duration is None else f"{info.duration:.1f} s"
    return [
        f"film:       {film}: {info.codec} {info.width}x{info.height}, {length}",
        f"device:     {device.note}",
        f"pack:       {pack.name} ({pack.licence})",
        f"search:     {'every frame' if rate is None else f'{rate:g} frames a second'}",
        f"adaptation: {config.checkpoint or adapt_mode(config.adapt, device)}, seed {config.seed}",
        f"work:       {work_dir or default_root()}",
    ]


def adapt_mode(config: AdaptConfig, device: Device) -> AdaptMode:
    """What `auto` stands for on a device: the full model on a GPU, the heads on a CPU."""
    if config.mode != "auto":
        return config.mode
    return "head" if device.torch == "cpu" else "full"


@dataclass(frozen=True, slots=True)
class People:
    """Who is who among the tracks: the end of the chain, before it is written."""

    quality: Quality
    clustering: Clustering
    adapt_mode: str
    counts: dict[str, int]


@dataclass(slots=True)
class Run:
    """One run over one film: what all stages need, and the artefacts between them.

    The key of an artefact holds all that its stage depends on, so a change of the film,
    an option, the weights, a library or vcn itself makes a new one.
    """

    film: Path
    info: VideoInfo
    config: RunConfig
    device: Device
    pack: Pack
    detector: DetectorSpec
    face_model: FaceModelSpec
    content: str
    """Content hash of the film."""
    size: int
    """Of the film in bytes."""
    checkpoint: Checkpoint | None
    """In place of adaptation."""
    store: Store
    progress: Progress
    timings: dict[str, float] = field(default_factory=dict)

    @classmethod
    def prepare(
        cls, film: str | Path, config: RunConfig, progress: Progress | None, work_dir: Path | None
    ) -> Run:
        """Check all that can be checked before the long work begins."""
        path = Path(film)
        progress = progress or NoProgress()
        with open_video(path) as video:  # it is a film, before its content is hashed
            info = video.info
        device = resolve_device(config.device)
        progress.note(device.note)
        pack, detector, face_model = _pack(config)
        pack.verify()
        if not pack.commercial:
            progress.note(f"pack {pack.name}: {pack.licence}")
        content = content_hash(path)
        checkpoint = None
        if config.checkpoint is not None:
            checkpoint = load_checkpoint(Path(config.checkpoint))
            checkpoint.check_model(sha256_of(face_model.path), Path(config.checkpoint))
            if checkpoint.origin.film != content:
                progress.note(f"the checkpoint was adapted to {checkpoint.origin.film_name}")
        store = Store(work_dir or default_root(), content)
        size = path.stat().st_size
        return cls(
            path, info, config, device, pack, detector, face_model, content, size, checkpoint,
            store, progress,
        )  # fmt: skip

    @property
    def rate(self) -> float | None:
        """Searches a second of film; None = every frame."""
        on_gpu = self.device.onnx != "cpu"
        return search_rate(self.config.detect, on_gpu, float(self.info.frame_rate))

    @property
    def scan_key(self) -> str:
        """Fingerprint of the pass over the film."""
        config, face_model = self.config, self.face_model
        return fingerprint(
            [asdict(c) for c in (config.shots, config.detect, config.track, config.crops)],
            self.rate,
            [self.detector.kind, self.pack.as_dict()["files"]],
            [face_model.input_size, face_model.template],
            [self.device.onnx, package_versions(), code_version(*_SCAN_CODE)],
        )

    @property
    def embed_key(self) -> str:
        """Fingerprint of the base embeddings."""
        face_model = {**asdict(self.face_model), "path": self.face_model.path.name}
        code = code_version("nets/", "stages/embed.py")
        return fingerprint(self.scan_key, face_model, self.device.torch, code)

    def people_key(self, mode: str) -> str:
        """Fingerprint of the clustering, adapted in `mode`."""
        config = self.config
        stages = [asdict(c) for c in (config.quality, config.adapt, config.cluster)]
        saved = config.checkpoint and sha256_of(Path(config.checkpoint))
        code = code_version("equations/", "methods/", "nets/", "stages/")
        return fingerprint(self.embed_key, stages, mode, config.seed, saved, code)

    def scan(self) -> Scan:
        """Read the film once: shots, faces, tracks and crops."""
        found = self.store.find("scan", self.scan_key)
        if found is None:
            with (
                self._stage("scan", "read, detect, track", self.info.n_frames_hint, "frames"),
                open_video(self.film) as video,
                self.store.draft("scan", self.scan_key) as draft,
            ):
                one_pass.scan(
                    video,
                    load_detector(self.detector, self.config.detect, self.device.onnx),
                    np.array(self.face_model.template, np.float32),
                    self.face_model.input_size,
                    self.config,
                    self.rate,
                    draft,
                    self.progress.advance,
                )
                if content_hash(self.film) != self.content:
                    raise InputError(
                        f"{self.film} changed while it was being read",
                        "Wait until it is complete, and run again",
                    )
            found = self.store.find("scan", self.scan_key)
        if found is None:
            raise OutputError(
                f"the work folder {self.store.path} lost what was written to it",
                "Check the disk, or choose another folder with --work-dir",
            )
        return one_pass.load(found)

    def embed(self, scan: Scan) -> Embeddings:
        """Embed the crops with the base model."""
        found = self.store.find("embed", self.embed_key)
        if found is not None:
            values, n_parts = found.array("embeddings"), found.record("parts")
            return Embeddings(values, scan.crops.track_index, normalised=False, n_parts=n_parts)
        with (
            self._stage("embed", "embed", len(scan.crops), "crops"),
            self.store.draft("embed", self.embed_key) as draft,
        ):
            model = load_face_model(self.face_model, self.device.torch)
            embeddings = embed(scan.crops, model, self.progress.advance)
            draft.put_array("embeddings", embeddings.values)
            draft.put_record("parts", embeddings.n_parts)
        return embeddings

    def track_film(self, scan: Scan, embeddings: Embeddings) -> TrackFilm:
        """The tracks as a clustering method sees them."""
        together = co_occurring([track.frame[track.observed] for track in scan.tracks])
        return TrackFilm(
            embeddings,
            len(scan.tracks),
            scan.crops,
            together,
            self.face_model.impostor_cosine,
            self.film.name,
        )

    def identify(self, film: TrackFilm) -> People:
        """Quality, adaptation and clustering: which tracks are the same person."""
        counts = {"co_occurring_pairs": 0 if film.cannot_link is None else len(film.cannot_link)}
        saved = None if self.checkpoint is None else self.checkpoint.snapshot
        mode = adapt_mode(self.config.adapt, self.device)
        if saved is not None:
            mode = "full" if saved.metric.mode == "full" else "head"
        key = self.people_key(mode)
        found = self.store.find("people", key)
        if found is not None:
            return _load_people(found, counts)
        config = self.config
        adapt = replace(config.adapt, mode=mode)
        if saved is not None:
            adapt = replace(adapt, iterations=len(saved.log))
        method = VideoClusterNet(config.quality, adapt, config.cluster)
        with (
            self._stage("identify", "adapt, cluster", None, "epochs"),
            self.store.draft("people", key) as draft,
        ):
            run = method.run(
                film,
                config.seed,
                device=self.device.torch,
                metric=None if saved is None else saved.metric,
                model=self._trainable(mode),
                on_epoch=lambda *_: self.progress.advance(1),
            )
            did = run.mode if saved is None else "checkpoint"
            _save_people(draft, run, did)
        return People(run.quality, run.clustering, did, counts)

    def adapt(self, film: TrackFilm, out: Path, before: Checkpoint | None) -> Checkpoint:
        """Adapt to the film, from `before` on, and save each step in `out`."""
        config = self.config
        if len(film.embeddings) < 2:
            raise InputError(f"{self.film} shows too few faces to adapt to", "Use another film")
        mode = adapt_mode(config.adapt, self.device)
        adapt = replace(config.adapt, mode=mode)
        origin = self._origin(film, adapt)
        start = None
        if before is not None:
            before.check_origin(origin, out)
            start = before.snapshot
            if len(start.log) >= adapt.iterations:
                self.progress.note(f"{out} is complete: {len(start.log)} iterations")
                return before
        made: list[Checkpoint] = [] if before is None else [before]

        def keep(snapshot: Snapshot) -> None:
            known = len(made[-1].snapshot.log) if made else 0
            made[:] = [Checkpoint(origin, snapshot)]
            save_checkpoint(made[0], out)
            if len(snapshot.log) > known:
                self.progress.note(describe_iteration(snapshot.log[-1], adapt.iterations))

        method = VideoClusterNet(config.quality, adapt, config.cluster)
        done = 0 if start is None else int(start.training["epoch"][0])
        with self._stage("adapt", f"adapt ({mode})", adapt.total_epochs - done, "epochs"):
            method.run(
                film,
                config.seed,
                device=self.device.torch,
                model=self._trainable(mode),
                start=start,
                on_epoch=lambda *_: self.progress.advance(1),
                on_snapshot=keep,
            )
        return made[0]

    def _trainable(self, mode: AdaptMode) -> FaceModel | None:
        """The base model, where its weights are to be trained or replaced."""
        return load_face_model(self.face_model, self.device.torch) if mode == "full" else None

    def _origin(self, film: TrackFilm, adapt: AdaptConfig) -> Origin:
        config = self.config
        return Origin(
            film=self.content,
            film_name=self.film.name,
            crops=digest(film.embeddings.values, film.embeddings.track_index),
            pack=self.pack.name,
            face_model=sha256_of(self.face_model.path),
            seed=config.seed,
            config={
                "adapt": asdict(adapt),
                "quality": asdict(config.quality),
                "cluster": {"co_occurrence": config.cluster.co_occurrence},
            },
            versions={"vcn": __version__, "torch": package_versions().get("torch", "")},
        )

    def result(self, scan: Scan, people: People) -> FilmResult:
        """Put together what was found, with the manifest of the run."""
        counts = {
            **people.counts,
            "corrupt": scan.corrupt,
            "searched_frames": scan.n_searched,
            "crops": len(scan.crops),
        }
        manifest = make_manifest(
            self.config,
            self.pack,
            self.device,
            self.info,
            self.content,
            self.size,
            people.adapt_mode,
            counts,
            self.timings,
        )
        return FilmResult(
            self.info,
            scan.timeline,
            scan.shots,
            scan.tracks,
            people.quality,
            people.clustering,
            scan.thumbnails,
            scan.thumbnail_frame,
            manifest,
        )

    @contextmanager
    def _stage(self, name: str, title: str, total: int | None, unit: str) -> Iterator[None]:
        self.progress.stage(title, total, unit)
        begin = time.perf_counter()
        yield
        self.timings[name] = round(time.perf_counter() - begin, 3)


def _pack(config: RunConfig) -> tuple[Pack, DetectorSpec, FaceModelSpec]:
    """The pack with the user's own files in it.

    Raises:
        PackError: It is unknown, or lacks one of its two halves.
    """
    pack = load_pack(
        config.pack,
        detector=Path(config.detector) if config.detector else None,
        face_model=Path(config.face_model) if config.face_model else None,
    )
    if pack.detector is None:
        raise PackError(f"the pack {pack.name} has no detector", "Give one with --detector")
    if pack.face_model is None:
        raise PackError(f"the pack {pack.name} has no face model", "Give one with --face-model")
    return pack, pack.detector, pack.face_model


def describe_iteration(entry: Iteration, total: int) -> str:
    """One line for people: how an iteration of adaptation went."""
    matches = f"{entry.n_matches} coarse matches"
    if entry.n_matches:
        matches += f", {entry.agreement:.0%} of them mutual"
    return (
        f"iteration {entry.number} of {total}: loss {entry.loss:.3f}, {matches}, "
        f"{entry.n_rejected} tracks rejected"
    )


def _save_people(draft: Draft, run: VcnRun, mode: str) -> None:
    draft.put_array("labels", run.clustering.labels)
    draft.put_array("crop_ok", run.quality.crop_ok)
    draft.put_array("track_score", run.quality.track_score)
    history = [asdict(merge) for merge in run.clustering.history]
    draft.put_record("people", {"mode": mode, "reason": run.quality.reason, "history": history})


def _load_people(found: Artefact, counts: dict[str, int]) -> People:
    record = found.record("people")
    reason = tuple(None if name is None else Reason(name) for name in record["reason"])
    quality = Quality(found.array("crop_ok"), found.array("track_score"), reason)
    history = tuple(Merge(**merge) for merge in record["history"])
    clustering = Clustering(found.array("labels"), history)
    return People(quality, clustering, record["mode"], counts)
