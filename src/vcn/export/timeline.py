"""An OpenTimelineIO timeline of an excerpt, for the formats that its adapters write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from vcn.export.colours import colour_of
from vcn.export.excerpt import Excerpt
from vcn.export.text import xml_text
from vcn.export.timecode import FrameCount
from vcn.video.container import has_sound

if TYPE_CHECKING:
    from opentimelineio.schema import Clip, ExternalReference, Timeline, Track


def otio_timeline(excerpt: Excerpt, count: FrameCount) -> Timeline:
    """The film on one track with markers on the timeline, or with `clips` a track a person.

    A person's track holds their appearances at the film's own times with gaps between.
    Times are frames of `count`: the timeline begins at the film's timecode.
    """
    from opentimelineio import opentime, schema

    timeline = schema.Timeline(name=xml_text(Path(excerpt.film.video.path).stem))
    timeline.global_start_time = opentime.RationalTime(count.first, float(count.rate))
    if excerpt.style.clips:
        timeline.tracks.extend(_track(excerpt, count, i) for i in range(len(excerpt.subjects)))
        return timeline
    kinds = [schema.TrackKind.Video]
    if has_sound(Path(excerpt.film.video.path)):
        kinds.append(schema.TrackKind.Audio)
    for kind in kinds:
        film = schema.Track(name="Film", kind=kind)
        film.append(_clip(excerpt, count, timeline.name, 0, film_length(excerpt, count)))
        timeline.tracks.append(film)
    for span in excerpt.spans:
        start, stop = count.range(excerpt.film.video, span)
        subject = excerpt.subjects[span.subject]
        timeline.tracks.markers.append(
            schema.Marker(
                name=xml_text(subject.name),
                marked_range=_range(count, start, stop),
                color=colour_of(subject.people[0]).otio,
                metadata={"vcn": {"person": subject.key}},
            )
        )
    return timeline


def film_length(excerpt: Excerpt, count: FrameCount) -> int:
    """Frames of the whole film on the timeline, at least one."""
    video = excerpt.film.video
    return max(count.frame(video, video.n_frames, video.end_seconds), 1)


def film_url(path: str) -> str:
    """The film as a file URL; a path that is not absolute stays relative."""
    return Path(path).as_uri() if Path(path).is_absolute() else quote(path, errors="replace")


def _track(excerpt: Excerpt, count: FrameCount, subject: int) -> Track:
    from opentimelineio import schema

    name = xml_text(excerpt.subjects[subject].name)
    track = schema.Track(name=name, kind=schema.TrackKind.Video)
    at = 0
    for span in excerpt.of(subject):
        start, stop = count.range(excerpt.film.video, span)
        start = max(start, at)  # two appearances may round to one frame
        if stop <= start:
            continue
        if start > at:
            track.append(schema.Gap(source_range=_range(count, 0, start - at)))
        track.append(_clip(excerpt, count, name, start, stop))
        at = stop
    return track


def _clip(excerpt: Excerpt, count: FrameCount, name: str, start: int, stop: int) -> Clip:
    from opentimelineio import schema

    first = count.media_first
    return schema.Clip(
        name=name,
        media_reference=_media(excerpt, count),
        source_range=_range(count, first + start, first + stop),
    )


def _media(excerpt: Excerpt, count: FrameCount) -> ExternalReference:
    from opentimelineio import schema

    first, path = count.media_first, excerpt.film.video.path
    reference = schema.ExternalReference(
        target_url=film_url(path),
        available_range=_range(count, first, first + film_length(excerpt, count)),
    )
    reference.name = xml_text(Path(path).name)
    return reference


def _range(count: FrameCount, start: int, stop: int) -> object:
    from opentimelineio.opentime import RationalTime, TimeRange

    rate = float(count.rate)
    return TimeRange(RationalTime(start, rate), RationalTime(stop - start, rate))
