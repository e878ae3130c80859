"""Advanced Authoring Format: a sequence of the appearances for Avid and Pro Tools.

Clips only: OpenTimelineIO's adapter, which writes it, has no markers (`avid` is for them).
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from vcn.export.excerpt import Excerpt, Rendered
from vcn.export.timecode import frame_count
from vcn.export.timeline import otio_timeline


def render(excerpt: Excerpt) -> Rendered:
    """A video track for each person, with gaps between the appearances."""
    from opentimelineio import adapters

    count, notes = frame_count(excerpt.film.video, excerpt.style.start_timecode, excerpt.style.rate)
    cut = replace(excerpt, style=replace(excerpt.style, clips=True))
    timeline = otio_timeline(cut, count)
    # The adapter writes files only; Avid finds the film by its name when relinking.
    with tempfile.TemporaryDirectory(prefix="vcn-") as folder:
        path = Path(folder) / "people.aaf"
        adapters.write_to_file(timeline, str(path), "AAF", use_empty_mob_ids=True)
        return Rendered(path.read_bytes(), notes)
