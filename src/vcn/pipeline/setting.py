"""Where and when tracks are: links between shots as an artefact, and what follows from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vcn.config import ThreadConfig
from vcn.pipeline.scanned import Scan
from vcn.runtime.store import Artefact, Draft
from vcn.stages.scenes import scenes
from vcn.stages.threads import Link, face_threads
from vcn.types import Setting


def save_links(links: Sequence[Link], draft: Draft) -> None:
    """Write the shots that show one set-up."""
    shots = np.array([(link.first, link.second) for link in links], np.int64).reshape(-1, 2)
    draft.put_array("shots", shots)
    draft.put_array("maps", np.array([link.map for link in links]).reshape(-1, 2, 3))


def load_links(found: Artefact) -> list[Link]:
    """Read what `save_links` wrote."""
    shots, maps = found.array("shots").tolist(), found.array("maps")
    return [Link(int(a), int(b), matrix) for (a, b), matrix in zip(shots, maps, strict=True)]


def setting_of(links: Sequence[Link], scan: Scan, width: int, config: ThreadConfig) -> Setting:
    """Scenes of the shots, and the threads of the tracks.

    Args:
        links: Shots that show one set-up.
        scan: Tracks and shots.
        width: Of the displayed picture in pixels.
        config: Overlap of the boxes of one face.
    """
    timeline = scan.timeline
    seconds = [
        (timeline.seconds(int(t.frame[0])), timeline.seconds(int(t.frame[-1]) + 1))
        for t in scan.tracks
    ]
    return Setting(
        np.array([track.shot for track in scan.tracks], np.int64),
        np.array(seconds, np.float64).reshape(-1, 2),
        scenes(len(scan.shots), [(link.first, link.second) for link in links]),
        face_threads(links, scan.tracks, scan.shots, width, config),
    )
