"""The fingerprint of each artefact: all that its stage depends on.

A change of the film, an option, the weights, a library or vcn itself makes a new one.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from vcn.pipeline.hearing import hear_key
from vcn.pipeline.manifest import package_versions
from vcn.pipeline.setup import Setup
from vcn.runtime.store import code_version, fingerprint
from vcn.weights.packs import sha256_of

SCAN_CODE = (
    *(
        "cuts/",
        "detectors/",
        "given/",
        "video/",
        "weights/onnxfile.py",
        "pipeline/run.py",
        "pipeline/ahead.py",
        "pipeline/runs.py",
        "pipeline/scan.py",
        "pipeline/scanned.py",
        "types/",
    ),
    *(
        "stages/crops.py",
        "stages/detect.py",
        "stages/landmarks.py",
        "equations/boxes.py",
        "equations/looks.py",
        "stages/mouths.py",
        "stages/setups.py",
        "stages/shots.py",
        "stages/small_faces.py",
        "stages/track.py",
    ),
)
"""The sources that the pass over the film depends on."""
EMBED_CODE = (
    *("nets/", "stages/embed.py"),
    *("weights/dlibfile.py", "weights/torchfile.py", "weights/plainpickle.py"),
)
"""Those of the base embeddings, beside the above."""
SPLIT_CODE = (
    "equations/face_quality.py",
    "equations/changes.py",
    "pipeline/splitting.py",
    "stages/split.py",
)
"""Those of taking tracks apart, beside the above."""
BODY_CODE = ("nets/body.py", "stages/bodies.py")
"""Those of what bodies look like, beside those of taking tracks apart."""
FIGURE_CODE = (
    *("detectors/person.py", "nets/body.py", "pipeline/directions.py", "pipeline/figures.py"),
    *("stages/detect.py", "stages/figures.py"),
)
"""Those of who is where in the film, face or not, beside those of the pass."""
THREAD_CODE = ("stages/scenes.py", "stages/threads.py", "pipeline/setting.py")
"""Those of set-ups and scenes, beside those of the pass."""
PEOPLE_CODE = ("corrections/", "cues/", "equations/", "methods/", "nets/", "stages/")
"""Those of the clustering, beside the above."""


def scan_key(setup: Setup) -> str:
    """Fingerprint of the pass over the film."""
    config, face_model = setup.config, setup.face_model
    cuts = config.shots.cuts and sha256_of(Path(config.shots.cuts))
    return fingerprint(
        [asdict(c) for c in (config.shots, config.detect, config.track, config.crops)],
        [setup.rate, cuts, asdict(config.threads)],
        config.tracks and sha256_of(Path(config.tracks)),
        [setup.detector.kind, setup.pack.as_dict()["files"]],
        [face_model.input_size, face_model.template],
        setup.body and setup.body.input_size,
        [setup.device.onnx, package_versions(), code_version(*SCAN_CODE)],
    )


def run_key(setup: Setup, number: int, runs: int) -> str:
    """Fingerprint of the pass for one of several runs of the shots."""
    return fingerprint(scan_key(setup), number, runs)


def embed_key(setup: Setup) -> str:
    """Fingerprint of the base embeddings."""
    face_model = {**asdict(setup.face_model), "path": setup.face_model.path.name}
    code = code_version(*EMBED_CODE)
    return fingerprint(scan_key(setup), face_model, setup.device.torch, code)


def split_key(setup: Setup) -> str:
    """Fingerprint of the tracks after they were checked."""
    code = code_version(*SPLIT_CODE)
    return fingerprint(embed_key(setup), asdict(setup.config.split), code)


def body_key(setup: Setup) -> str:
    """Fingerprint of what bodies look like."""
    assert setup.body is not None
    spec = {**asdict(setup.body), "path": setup.body.path.name}
    code = code_version(*BODY_CODE)
    figures = None if setup.person is None else figures_key(setup)
    return fingerprint(split_key(setup), spec, setup.device.onnx, code, figures)


def figures_key(setup: Setup) -> str:
    """Fingerprint of the people of the film, face or not."""
    assert setup.body is not None
    spec = {**asdict(setup.body), "path": setup.body.path.name}
    options = [asdict(setup.config.figures), setup.device.onnx]
    return fingerprint(scan_key(setup), spec, options, code_version(*FIGURE_CODE))


def thread_key(setup: Setup) -> str:
    """Fingerprint of the shots that show one set-up."""
    return fingerprint(scan_key(setup), code_version(*THREAD_CODE))


def people_key(setup: Setup, certain: str | None = None) -> str:
    """Fingerprint of the clustering.

    Args:
        setup: Of the run.
        certain: Fingerprint of what a person said, where anything was.
    """
    config = setup.config
    stages = [asdict(c) for c in (config.quality, config.adapt, config.cluster, config.evidence)]
    ears, voice = setup.ears, config.voice
    body = None if setup.body is None else body_key(setup)
    heard = None if ears is None else [hear_key(ears, voice), asdict(voice)]
    saved = config.checkpoint and sha256_of(Path(config.checkpoint))
    code = code_version(*PEOPLE_CODE)
    system = [
        asdict(config.method),
        asdict(config.systems) if config.method.name != "vcn" else None,
    ]
    how = [setup.adapt_mode, config.seed, saved, system, certain, heard, body]
    return fingerprint(split_key(setup), stages, how, code)
