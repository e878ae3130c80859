"""A label for each track, as ``vcn evaluate --gt`` reads it: to be corrected and kept."""

from __future__ import annotations

import csv
import io

from vcn.export.excerpt import Excerpt, Rendered
from vcn.export.text import changed, one_line

_NOT_KNOWN = "unknown"
"""What evaluation leaves out."""


def render(excerpt: Excerpt) -> Rendered:
    """`track_id,identity` for the tracks that appear in the excerpt."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(["track_id", "identity"])
    for track in excerpt.tracks():
        name = _NOT_KNOWN if track.person is None else one_line(excerpt.names[track.person])
        table.writerow([track.id, name])
    notes = changed((s.name for s in excerpt.subjects), one_line)
    return Rendered(text.getvalue().encode("utf-8", "replace"), notes)
