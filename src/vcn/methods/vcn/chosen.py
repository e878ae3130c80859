"""The method with what its user chose."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from vcn.config import RunConfig
from vcn.methods.vcn.method import VideoClusterNet

STAGES = ("quality", "adapt", "cluster", "evidence")


def as_chosen(method: VideoClusterNet, run: RunConfig) -> VideoClusterNet:
    """`method` with all that is not as usual in `run`; the rest stays as it has it."""
    usual, stages = RunConfig(), {}
    for stage in STAGES:
        said, default = getattr(run, stage), getattr(usual, stage)
        own: dict[str, Any] = {f.name: getattr(said, f.name) for f in fields(said)}
        new = {name: value for name, value in own.items() if value != getattr(default, name)}
        stages[stage] = replace(getattr(method, stage), **new)
    return replace(method, **stages)
