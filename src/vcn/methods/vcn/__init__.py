"""VideoClusterNet: adapt, weigh what the film shows, link tracks to people."""

from __future__ import annotations

from vcn.methods.vcn.method import OnIteration, OnSnapshot, VcnRun, VideoClusterNet

__all__ = ["OnIteration", "OnSnapshot", "VcnRun", "VideoClusterNet"]
