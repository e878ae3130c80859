"""CMX3600 edit decision list: markers for DaVinci Resolve, or a list of cuts for any editor.

Own code for markers: the CMX adapter of OpenTimelineIO writes Avid's locators in capital
letters and knows nothing of the comment that Resolve reads ("|C:colour |M:name |D:frames").
"""

from __future__ import annotations

from pathlib import Path

from vcn.export.colours import colour_of
from vcn.export.excerpt import Excerpt, Rendered
from vcn.export.text import changed, one_line
from vcn.export.timecode import FrameCount, frame_count

_MOST_EVENTS = 999
"""Event numbers have three digits; Resolve reads longer lists, some programs do not."""


def render(excerpt: Excerpt) -> Rendered:
    """One event an appearance: one frame long with a marker, or with `clips` its length."""
    video = excerpt.film.video
    count, notes = frame_count(video, excerpt.style.start_timecode, excerpt.style.rate)
    events = _clips(excerpt, count) if excerpt.style.clips else _markers(excerpt, count)
    title = comment(Path(video.path).name)
    mode = "DROP FRAME" if count.drop else "NON-DROP FRAME"
    lines = [f"TITLE: {title}", f"FCM: {mode}", "", *events]
    notes += changed((s.name for s in excerpt.subjects), comment)
    if len(excerpt.spans) > _MOST_EVENTS:
        notes += (f"{len(excerpt.spans)} events: some programs read {_MOST_EVENTS} at most",)
    return Rendered("".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace"), notes)


def _markers(excerpt: Excerpt, count: FrameCount) -> list[str]:
    lines = []
    for number, span in enumerate(excerpt.spans, start=1):
        start, stop = count.range(excerpt.film.video, span)
        first, after = count.text(start), count.text(start + 1)
        name = comment(excerpt.name(span))
        colour = colour_of(excerpt.subjects[span.subject].people[0]).resolve
        lines += [
            f"{number:03d}  001      V     C        {first} {after} {first} {after}",
            f" |C:ResolveColor{colour} |M:{name} |D:{stop - start}",
            "",
        ]
    return lines


def _clips(excerpt: Excerpt, count: FrameCount) -> list[str]:
    """The appearances one after the other, in a list that starts at the film's start."""
    lines, at = [], 0
    for number, span in enumerate(excerpt.spans, start=1):
        start, stop = count.range(excerpt.film.video, span)
        times = (start, stop, at, at + stop - start)
        at = times[-1]
        lines += [
            f"{number:03d}  AX       V     C        {' '.join(count.text(t) for t in times)}",
            f"* FROM CLIP NAME: {comment(Path(excerpt.film.video.path).name)}",
            f"* COMMENT: {comment(excerpt.name(span))}",
            "",
        ]
    return lines


def comment(text: str) -> str:
    """Without what would end a comment: line breaks and the bars between its parts."""
    return one_line(text).replace("|", "/")
