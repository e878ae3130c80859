"""One run over one film: each stage once, or its artefact of an earlier run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vcn.config import AdaptMode, RunConfig
from vcn.corrections import Placed
from vcn.detectors import load_detector
from vcn.detectors.person import PersonDetector
from vcn.equations.co_occurrence import co_occurring, two_people
from vcn.equations.face_quality import best_of_tracks
from vcn.errors import InputError
from vcn.methods import TrackFilm
from vcn.methods.vcn import VideoClusterNet
from vcn.methods.vcn.chosen import as_chosen
from vcn.methods.vcn.why import why
from vcn.nets import load_face_model
from vcn.nets.base import FaceModel
from vcn.nets.body import BodyModel
from vcn.pipeline import hearing, splitting
from vcn.pipeline import scan as one_pass
from vcn.pipeline.corrected import hold, key_of, read_placed, split, told
from vcn.pipeline.directions import mean_directions
from vcn.pipeline.figures import bodies_of, figures_of, load_bodies, look_for_people
from vcn.pipeline.hearing import Listened, hear_key
from vcn.pipeline.keys import (
    body_key,
    embed_key,
    figures_key,
    people_key,
    run_key,
    scan_key,
    split_key,
    thread_key,
)
from vcn.pipeline.manifest import make_manifest
from vcn.pipeline.people import People, load_people, save_evidence, save_people
from vcn.pipeline.runs import RunOfShots, put_together
from vcn.pipeline.scanned import Scan, load
from vcn.pipeline.setting import load_links, save_links, setting_of
from vcn.pipeline.setup import Setup
from vcn.pipeline.stages import Stages
from vcn.pipeline.system import identify
from vcn.runtime.forked import begin_run
from vcn.runtime.progress import NoProgress, Progress
from vcn.runtime.store import Draft, Store, default_root
from vcn.stages.bodies import embed_bodies
from vcn.stages.crops import visible
from vcn.stages.embed import embed
from vcn.stages.split import find_changes
from vcn.stages.threads import find_links
from vcn.types import (
    Bodies,
    Corrected,
    Embeddings,
    Figures,
    FilmResult,
    FloatArray,
    IntArray,
    Setting,
)
from vcn.video import content_hash, open_video


@dataclass(slots=True)
class Run(Stages):
    """The stages over one film, and the artefacts between them."""

    @classmethod
    def prepare(
        cls, film: str | Path, config: RunConfig, progress: Progress | None, work_dir: Path | None
    ) -> Run:
        """Check all that can be checked before the long work begins."""
        begin_run()
        progress = progress or NoProgress()
        setup = Setup.prepare(Path(film), config, progress)
        return cls(setup, Store(work_dir or default_root(), setup.content), progress)

    def scan(self, runs: int = 1) -> Scan:
        """Read the film once: shots, faces, tracks and crops.

        Args:
            runs: In so many the shots were searched by `scan_run`; where one is missing, or
                none was, the film is read here.
        """
        key = scan_key(self.setup)
        found = self.store.find("scan", key)
        if found is None:
            every = [self.store.find("run", run_key(self.setup, n, runs)) for n in range(runs)]
            parts = [part for part in every if part is not None]
            if runs > 1 and len(parts) == runs:
                with (
                    self.stage("scan", "put runs together", None, "runs"),
                    self.store.draft("scan", key) as draft,
                ):
                    put_together(parts, draft)
                self.store.drop(parts)
            else:
                self._pass("scan", key, None)
            found = self.written("scan", key)
        return load(found)

    def scan_run(self, number: int, runs: int) -> None:
        """Search a run of the shots only: what is found is put together by `scan`."""
        key, seconds = run_key(self.setup, number, runs), self.setup.info.duration
        done = self.store.find("scan", scan_key(self.setup)) or self.store.find("run", key)
        if done is None and seconds is not None and self.setup.given is None:
            self._pass("run", key, RunOfShots(number, runs, seconds))

    def _pass(self, stage: str, key: str, only: RunOfShots | None) -> None:
        setup = self.setup
        with (
            self.stage("scan", "read, detect, track", setup.info.n_frames_hint, "frames"),
            open_video(setup.film) as video,
            self.store.draft(stage, key) as draft,
        ):
            one_pass.scan(
                video,
                load_detector(setup.detector, setup.config.detect, setup.device.onnx),
                np.array(setup.face_model.template, np.float32),
                setup.face_model.input_size,
                setup.config,
                setup.rate,
                draft,
                self.progress.advance,
                setup.given,
                in_full=setup.on_gpu,
                body_size=None if setup.body is None else setup.body.input_size,
                only=only,
            )
            if content_hash(setup.film) != setup.content:
                raise InputError(
                    f"{setup.film} changed while it was being read",
                    "Wait until it is complete, and run again",
                )

    def embed(self, scan: Scan) -> Embeddings:
        """Embed the crops with the base model."""
        key = embed_key(self.setup)
        found = self.store.find("embed", key)
        if found is not None:
            values, n_parts = found.array("embeddings"), found.record("parts")
            return Embeddings(values, scan.crops.track_index, normalised=False, n_parts=n_parts)
        with (
            self.stage("embed", "embed", len(scan.crops), "crops"),
            self.store.draft("embed", key) as draft,
        ):
            model = load_face_model(self.setup.face_model, self.setup.device.torch)
            embeddings = embed(scan.crops, model, self.progress.advance)
            draft.put_array("embeddings", embeddings.values)
            draft.put_record("parts", embeddings.n_parts)
        return embeddings

    def split(self, scan: Scan, embeddings: Embeddings) -> tuple[Scan, Embeddings]:
        """Take tracks apart where the face becomes another one; given ones stay as they are."""
        config = self.setup.config

        def make(draft: Draft) -> None:
            ours = self.setup.given is None
            changes = self.changes(scan, embeddings) if ours else np.empty(0, np.int64)
            splitting.save(scan, changes, config.crops.min_crops, draft)

        told_of = ("split", "check tracks", None, "tracks")
        found = self.made("split", split_key(self.setup), told_of, make)
        return splitting.load(found, scan, embeddings, config.crops.min_crops)

    def hear(self, scan: Scan) -> Listened | None:
        """Listen to the film; None: it has no sound, or nobody wants it heard."""
        setup = self.setup
        if setup.ears is None:
            return None
        ears, config = setup.ears, setup.config.voice
        end = scan.timeline.seconds(len(scan.timeline))
        found = self.made(
            "sound",
            hear_key(ears, config),
            ("listen", "listen", round(end), "seconds"),
            lambda draft: hearing.hear(ears, config, end, draft, self.progress.advance),
        )
        return hearing.load(found)

    def changes(self, scan: Scan, embeddings: Embeddings) -> IntArray:
        """(K,) crops that show another person than the one before in their track."""
        config, model, info = self.setup.config, self.setup.face_model, self.setup.info
        seen = visible(
            scan.landmarks,
            np.array(model.template, np.float32),
            model.input_size,
            info.width,
            info.height,
        )
        return find_changes(
            scan.crops,
            embeddings,
            len(scan.tracks),
            two_people(*_seen(scan)),
            model.impostor_cosine,
            seen >= config.split.min_visible,
            scan.crops.score >= max(config.track.new_track_threshold, config.detect.threshold),
            config.split,
        )

    def track_film(self, scan: Scan, embeddings: Embeddings) -> TrackFilm:
        """The tracks as a clustering method sees them."""
        together = two_people(*_seen(scan))
        return TrackFilm(
            embeddings,
            len(scan.tracks),
            scan.crops,
            together,
            self.setup.face_model.impostor_cosine,
            self.setup.face_model.margin_loss,
            self.setup.film.name,
            self.setting(scan),
            bodies=self.bodies(scan),
            voices=hearing.voices_of(self.hear(scan), scan, self.setup.config.voice),
        )

    def bodies(self, scan: Scan) -> FloatArray | None:
        """(T, B) what the body of each track looks like; None: nobody looks at bodies."""
        spec = self.setup.body
        if spec is None or scan.crops.bodies is None:
            return None

        def make(draft: Draft) -> None:
            model = BodyModel(spec, self.setup.device.onnx)
            draft.put_array("bodies", embed_bodies(scan.crops, model, self.progress.advance))

        told_of = ("bodies", "look at bodies", len(scan.crops), "pictures")
        rows = self.made("bodies", body_key(self.setup), told_of, make).array("bodies")
        extended = mean_directions(rows, scan.crops.track_index, len(scan.tracks))
        seen = self.seen(scan)
        return extended if seen is None else bodies_of(seen, scan.tracks, extended)

    def seen(self, scan: Scan) -> Bodies | None:
        """The people of the film, face or not; None: the pack has no detector of people."""
        setup, spec, body = self.setup, self.setup.person, self.setup.body
        if spec is None or body is None:
            return None

        def make(draft: Draft) -> None:
            config, device = setup.config.figures, setup.device.onnx
            models = PersonDetector(spec, config, device), BodyModel(body, device)
            with open_video(setup.film) as video:
                look_for_people(
                    video, scan.shots, *models, config.rate, draft, self.progress.advance
                )

        told_of = ("figures", "look for people", len(scan.timeline), "frames")
        return load_bodies(self.made("figures", figures_key(setup), told_of, make))

    def figures(self, scan: Scan, labels: IntArray) -> Figures | None:
        """Who is seen without a face; None: nobody looked."""
        bodies, looks = self.seen(scan), self.bodies(scan)
        if bodies is None or looks is None:
            return None
        here = self.setting(scan), scan.timeline
        return figures_of(bodies, scan.tracks, looks, *here, labels, self.setup.config)

    def setting(self, scan: Scan) -> Setting:
        """Scenes, and the faces that stand where a face stood."""
        config, n_shots, advance = self.setup.config.threads, len(scan.shots), self.progress.advance
        found = self.made(
            "threads",
            thread_key(self.setup),
            ("threads", "compare shots", n_shots, "shots"),
            lambda draft: save_links(find_links(scan.setups, n_shots, config, advance), draft),
        )
        return setting_of(load_links(found), scan, self.setup.info.width, config)

    def correct(
        self, scan: Scan, embeddings: Embeddings, ledger: Path | None, *, remap: bool = False
    ) -> tuple[Scan, Embeddings, Placed]:
        """Place a person's corrections on the tracks, and split those that hold two people.

        Raises:
            DataError: The ledger cannot be read, or is about another film.
        """
        placed = read_placed(ledger, scan, self.setup, remap=remap)
        return *split(scan, embeddings, placed), placed

    def identify(self, film: TrackFilm, placed: Placed | None = None) -> People:
        """Quality, adaptation and clustering: which tracks are the same person.

        Args:
            film: The tracks.
            placed: What a person said about them: it holds in the result, whatever the
                method makes of it.
        """
        setup, config = self.setup, self.setup.config
        counts = {"co_occurring_pairs": 0 if film.cannot_link is None else len(film.cannot_link)}
        certain = None if placed is None else key_of(placed)
        if placed is not None and certain is not None:
            film = told(film, placed)
        key = people_key(setup, certain)
        found = self.store.find("people", key)
        if found is not None:
            return load_people(found, counts)
        if config.method.name != "vcn":
            with (
                self.stage("identify", config.method.name, None, "steps"),
                self.store.draft("people", key) as draft,
            ):
                people = People(*identify(film, config), counts)
                people = people if placed is None else hold(people, placed, film)
                save_people(draft, people)
            return people
        adapt, saved = replace(config.adapt, mode=setup.adapt_mode), None
        if setup.checkpoint is not None:
            saved = setup.checkpoint.snapshot
            adapt = replace(adapt, iterations=len(saved.log))
        epochs = None if saved is not None or adapt.mode == "off" else adapt.total_epochs
        with (
            self.stage("identify", "adapt, cluster", epochs, "epochs"),
            self.store.draft("people", key) as draft,
        ):
            run = as_chosen(VideoClusterNet(), replace(config, adapt=adapt)).run(
                film,
                config.seed,
                device=setup.device.torch,
                metric=None if saved is None else saved.metric,
                model=self.trainable(setup.adapt_mode),
                on_epoch=lambda *_: self.progress.advance(1),
            )
            did = run.mode if saved is None else "checkpoint"
            people = People(run.quality, run.clustering, did, counts)
            people = people if placed is None else hold(people, placed, film)
            if run.evidence is not None:
                people = replace(people, why=why(run.evidence, people.clustering.labels))
                save_evidence(draft, run.evidence)
            save_people(draft, people)
        return people

    def result(
        self,
        scan: Scan,
        people: People,
        corrections: Corrected | None = None,
        listened: Listened | None = None,
    ) -> FilmResult:
        """Put together what was found, with the manifest of the run."""
        setup = self.setup
        labels, voice = people.clustering.labels, setup.config.voice
        sound = "" if setup.ears is None else str(setup.ears.sound.info)
        for remark in hearing.remarks(listened, sound):
            self.progress.note(remark)
        counts = {
            **people.counts,
            "corrupt": scan.corrupt,
            "gaps": len(scan.timeline.holes),
            "repairs": scan.repairs,
            "repaired_frames": scan.repaired,
            "searched_frames": scan.n_searched,
            "crops": len(scan.crops),
            "doubled_pairs": len(co_occurring(_seen(scan)[0])) - len(two_people(*_seen(scan))),
            **({} if listened is None else {"corrupt_sound": listened.corrupt}),
        }
        manifest = make_manifest(
            setup.config,
            (setup.pack,) if setup.ears is None else (setup.pack, setup.ears.pack),
            setup.device,
            setup.info,
            setup.content,
            setup.size,
            people.adapt_mode,
            counts,
            self.timings,
        )
        return FilmResult(
            setup.info,
            scan.timeline,
            scan.shots,
            scan.tracks,
            people.quality,
            people.clustering,
            scan.thumbnails,
            scan.thumbnail_frame,
            manifest,
            corrections,
            people.why,
            self.setting(scan).scene,
            hearing.heard(listened, scan, labels, voice, sound),
            shown=best_of_tracks(scan.crops, len(scan.tracks)),
            figures=self.figures(scan, labels),
        )

    def trainable(self, mode: AdaptMode) -> FaceModel | None:
        """The base model, where its weights are to be trained or replaced."""
        setup = self.setup
        return load_face_model(setup.face_model, setup.device.torch) if mode == "full" else None


def _seen(scan: Scan) -> tuple[list[IntArray], list[FloatArray]]:
    """Frames and boxes in which each track was seen."""
    tracks = scan.tracks
    return [t.frame[t.observed] for t in tracks], [t.xyxy[t.observed] for t in tracks]
