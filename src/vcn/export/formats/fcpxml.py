"""Final Cut Pro X: the film in a project with a marker an appearance, and keywords.

Own code: the FCPX adapter of OpenTimelineIO takes every rate for a whole number (23 for
23.976), and writes keywords for no clip of its own.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

from vcn.export.excerpt import Excerpt, Rendered
from vcn.export.text import changed, xml_text
from vcn.export.timecode import FrameCount, frame_count
from vcn.export.timeline import film_length, film_url
from vcn.video.container import has_sound

_VERSION = "1.10"


def render(excerpt: Excerpt) -> Rendered:
    """An event with the film and its keywords, and a project of the film with markers.

    With `clips` the project is the appearances one after the other.
    """
    video = excerpt.film.video
    count, notes = frame_count(video, excerpt.style.start_timecode, excerpt.style.rate)
    name = xml_text(Path(video.path).stem)
    length = film_length(excerpt, count)
    root = ET.Element("fcpxml", version=_VERSION)
    resources = ET.SubElement(root, "resources")
    ET.SubElement(
        resources, "format", id="r1", frameDuration=_time(count, 1), width=str(video.width),
        height=str(video.height),
    )  # fmt: skip
    asset = ET.SubElement(
        resources, "asset", id="r2", name=name, start=_time(count, count.media_first),
        duration=_time(count, length), format="r1", hasVideo="1",
    )  # fmt: skip
    if has_sound(Path(video.path)):
        asset.set("hasAudio", "1")
    ET.SubElement(asset, "media-rep", kind="original-media", src=film_url(video.path))
    event = ET.SubElement(ET.SubElement(root, "library"), "event", name=f"{name} (people)")
    browser = _clip(event, count, name, 0, length)
    for span in excerpt.spans:
        start, stop = count.range(video, span)
        ET.SubElement(browser, "keyword", _part(excerpt, count, span.subject, start, stop))
    project = ET.SubElement(event, "project", name=f"{name} (people)")
    sequence = ET.SubElement(
        project, "sequence", format="r1", tcStart=_time(count, count.first),
        tcFormat="DF" if count.drop else "NDF",
    )  # fmt: skip
    spine = ET.SubElement(sequence, "spine")
    total = _clips(excerpt, count, spine) if excerpt.style.clips else length
    if not excerpt.style.clips:
        film = _clip(spine, count, name, 0, length, offset=count.first)
        for span in excerpt.spans:
            start, stop = count.range(video, span)
            ET.SubElement(film, "marker", _part(excerpt, count, span.subject, start, stop))
    sequence.set("duration", _time(count, total))
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    content = f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n{text}\n'
    notes += changed((s.name for s in excerpt.subjects), xml_text)
    return Rendered(content.encode(), notes)


def _clips(excerpt: Excerpt, count: FrameCount, spine: ET.Element) -> int:
    """The appearances one after the other; returns their length in frames."""
    at = 0
    for span in excerpt.spans:
        start, stop = count.range(excerpt.film.video, span)
        name = xml_text(excerpt.name(span))
        _clip(spine, count, name, start, stop, offset=count.first + at)
        at += stop - start
    return at


def _clip(
    parent: ET.Element, count: FrameCount, name: str, start: int, stop: int, *, offset: int = 0
) -> ET.Element:
    return ET.SubElement(
        parent, "asset-clip", ref="r2", name=name, offset=_time(count, offset),
        start=_time(count, count.media_first + start), duration=_time(count, stop - start),
        format="r1", tcFormat="DF" if count.drop else "NDF",
    )  # fmt: skip


def _part(
    excerpt: Excerpt, count: FrameCount, subject: int, start: int, stop: int
) -> dict[str, str]:
    """Attributes of a marker or keyword; its start is in the time of the film."""
    return {
        "start": _time(count, count.media_first + start),
        "duration": _time(count, stop - start),
        "value": xml_text(excerpt.subjects[subject].name),
    }


def _time(count: FrameCount, frames: int) -> str:
    """Seconds as a fraction of whole frames, as Final Cut wants them."""
    seconds = Fraction(frames) / count.rate
    if seconds.denominator == 1:
        return f"{seconds.numerator}s"
    return f"{frames * count.rate.denominator}/{count.rate.numerator}s"
