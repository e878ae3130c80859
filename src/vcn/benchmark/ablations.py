"""The ablations, as data: each is a few named changes to the method's configuration.

``vcn benchmark --ablation NAME`` runs every variant of one of them on the same films.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from vcn.benchmark.entries import Blind
from vcn.config import RunConfig
from vcn.errors import UsageError
from vcn.methods import TrackFilm
from vcn.methods.vcn import VideoClusterNet
from vcn.methods.vcn.chosen import STAGES, as_chosen
from vcn.types import Clustering
from vcn.weights.packs import FaceModelSpec


@dataclass(frozen=True, slots=True)
class Variant:
    """One change to the method: `stage.field` of its configuration to a value."""

    name: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    paper: bool = False
    """Start from the paper's own choices."""

    @property
    def needs_crops(self) -> bool:
        """Whether it trains on pictures: only full mode does."""
        return self.changes.get("adapt.mode") == "full"

    def method(self, run: RunConfig | None = None) -> VideoClusterNet:
        """The method with these changes.

        Args:
            run: What the user chose; these changes go before it.

        Raises:
            UsageError: There is no such stage or field.
        """
        method = VideoClusterNet.paper() if self.paper else VideoClusterNet()
        method = as_chosen(method, run or RunConfig())
        stages: dict[str, Any] = {stage: getattr(method, stage) for stage in STAGES}
        for path, value in self.changes.items():
            stage, _, name = path.partition(".")
            if stage not in stages or name not in {item.name for item in fields(stages[stage])}:
                raise UsageError(f"the method has no option {path!r}")
            stages[stage] = replace(stages[stage], **{name: value})
        method = replace(method, **stages)
        return replace(method, name=self.name)

    def entry(
        self,
        spec: FaceModelSpec | None = None,
        device: str = "cpu",
        run: RunConfig | None = None,
    ) -> Blind:
        """As it competes.

        Args:
            spec: The face model, which full mode trains; without it, full mode is an error.
            device: Where to adapt.
            run: What the user chose.
        """
        method = self.method(run)
        if self.needs_crops:
            method.adapt.check_full()
            return Blind(_Full(method, spec, device), needs_crops=True)
        return Blind(method)


@dataclass(frozen=True, slots=True)
class _Full:
    """The method with the base model that full mode trains a copy of."""

    method: VideoClusterNet
    spec: FaceModelSpec | None
    device: str

    @property
    def name(self) -> str:
        return self.method.name

    def __call__(self, film: TrackFilm, seed: int) -> Clustering:
        from vcn.nets import load_face_model

        if film.crops is None or self.spec is None:
            # The method itself would adapt the heads alone, under the name of full mode.
            raise UsageError(
                f"{self.name} trains on pictures, and {film.name} has none",
                "Choose another method, or a film with its crops",
            )
        model = load_face_model(self.spec, self.device)
        return self.method.run(film, seed, device=self.device, model=model).clustering


METHODS: tuple[Variant, ...] = (
    Variant("vcn", {"adapt.mode": "head"}),
    Variant("vcn-full", {"adapt.mode": "full"}),
    Variant("vcn-off", {"adapt.mode": "off"}),
    Variant("vcn-linkage", {"adapt.mode": "off", "cluster.algorithm": "linkage"}),
    Variant("vcn-paper", {"adapt.mode": "head"}, paper=True),
    Variant("vcn-paper-full", {"adapt.mode": "full"}, paper=True),
)
"""The method of this project and the paper's, in each of their modes; `vcn-linkage` has the
clusterer of before the evidence, without adaptation: faces alone."""

_NO_SIZES: Mapping[str, Any] = {
    "evidence.size_edges": (),
    "evidence.nearer": (0.6,),
    "evidence.strangers_nearer": (0.0,),
}
"""One class of sizes; it is as near as the middle one."""

ABLATIONS: dict[str, tuple[Variant, ...]] = {
    "fine-tuning": (
        Variant("off", {"adapt.mode": "off"}),
        Variant("head", {"adapt.mode": "head"}),
        Variant("full", {"adapt.mode": "full"}),
    ),
    "iterations": tuple(
        Variant(f"iterations-{n}", {"adapt.mode": "head", "adapt.iterations": n})
        for n in range(1, 11)
    ),
    "heads": tuple(
        Variant(f"heads-{n}", {"adapt.mode": "head", "adapt.n_heads": n}) for n in (1, 2, 4, 8, 16)
    ),
    "co-occurrence": tuple(
        Variant(
            f"co-occurrence-{'on' if on else 'off'}",
            {"adapt.mode": "head", "cluster.co_occurrence": on},
        )
        for on in (True, False)
    ),
    "metric": tuple(
        Variant(
            metric,
            {"adapt.mode": "head", "cluster.algorithm": "linkage", "cluster.metric": metric},
        )
        for metric in ("loss", "cosine", "euclidean")
    ),
    "thresholds": tuple(
        Variant(
            rule,
            {
                "adapt.mode": "head",
                "cluster.algorithm": "paper",
                "cluster.thresholds": rule,
            },
        )
        for rule in ("either", "both")
    ),
    "additions": (
        Variant("all", {"adapt.mode": "head"}),
        Variant("not-standardised", {"adapt.mode": "head", "adapt.standardise": False}),
        Variant("one-head", {"adapt.mode": "head", "adapt.n_heads": 1}),
        Variant("temperature-1", {"adapt.mode": "head", "adapt.student_temperature": 1.0}),
        Variant("match-student", {"adapt.mode": "head", "adapt.match_space": "student"}),
        Variant("algorithm-1", {"adapt.mode": "head", "cluster.algorithm": "paper"}),
        Variant("paper", {"adapt.mode": "head"}, paper=True),
    ),
    "evidence": tuple(
        Variant(name, {"adapt.mode": "off", **changes})
        for name, changes in (
            ("all", {}),
            ("faces-alone", {f"evidence.{cue}": False for cue in ("clothes", "threads")}),
            ("no-clothes", {"evidence.clothes": False}),
            ("no-threads", {"evidence.threads": False}),
            ("hair-too", {"evidence.hair": True}),
            ("not-refined", {"evidence.refine": 0}),
            ("normal-tails", {"evidence.freedom": 1e3}),
            ("no-sizes", _NO_SIZES),
            ("crops-alike", {"quality.weigh_crops": False}),
            ("linkage", {"cluster.algorithm": "linkage"}),
        )
    ),
}
"""Table 6 of the paper, base models, is another face model for the same methods: run
the benchmark once for each (``--face-model``)."""

_ABOUT = {
    "fine-tuning": "adaptation off, of the heads, of the whole model (VCN table 4)",
    "iterations": "1 to 10 iterations of adapt, filter, match (VCN supplement, table 2)",
    "heads": "1, 2, 4, 8 and 16 heads whose losses are averaged",
    "co-occurrence": "faces in one frame are two people: used, or not",
    "metric": "what the adapted model is compared by, with linkage of distances (VCN table 5)",
    "thresholds": "Algorithm 1 on the adapted heads: below either threshold, or below both",
    "additions": "what this project adds to the paper, taken away one at a time",
    "evidence": "cues and calibration of the clusterer, taken away one at a time, not adapted",
}


def describe() -> dict[str, str]:
    """What each ablation is about, by its name."""
    return {name: _ABOUT[name] for name in ABLATIONS}


def ablation(
    name: str,
    spec: FaceModelSpec | None = None,
    device: str = "cpu",
    run: RunConfig | None = None,
) -> tuple[Blind, ...]:
    """The entries of one ablation; the arguments as for `Variant.entry`.

    Raises:
        UsageError: There is no such ablation.
    """
    if name not in ABLATIONS:
        raise UsageError(f"no ablation {name!r}", f"Choose from {', '.join(ABLATIONS)}")
    return tuple(variant.entry(spec, device, run) for variant in ABLATIONS[name])
