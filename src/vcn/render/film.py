"""The film with boxes, names and blurred faces, or the reel of one person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from vcn.config.render import RenderConfig
from vcn.errors import InputError, UsageError
from vcn.export.excerpt import Excerpt
from vcn.export.spans import Frames, union
from vcn.render.draw import Names, blur_face, draw_box
from vcn.report.boxes import Boxes
from vcn.report.document import person_label
from vcn.runtime.progress import Progress
from vcn.types import FloatArray, ImageArray, IntArray
from vcn.video import Frame, Video, open_video
from vcn.video.container import has_sound
from vcn.video.encode import FORMS, FilmWriter, working_encoder

_SMALLEST = 12
"""Pixels of a name that can still be read."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is done to the picture."""

    boxes: bool
    """Draw the boxes and names of the excerpt."""
    blurred: frozenset[int] = frozenset()
    """Ids of people whose faces are made unrecognisable; -1: the unknown."""
    reel: bool = False
    """Only the appearances of the excerpt, one after the other."""


def check_target(out: Path, film: Path) -> str:
    """FFmpeg's container for the file to write.

    Raises:
        UsageError: Its ending is of no container that is written, or it is the film itself.
    """
    form = FORMS.get(out.suffix.lower())
    if form is None:
        raise UsageError(f"-o {out} is no film that can be written", f"Use {', '.join(FORMS)}.")
    if out.exists() and out.samefile(film):
        raise UsageError(f"-o {out} is the film itself", "Choose another name.")
    return form


def render(
    excerpt: Excerpt,
    everyone: Excerpt,
    film: Path,
    draft: Path,
    look: Look,
    progress: Progress,
    config: RenderConfig,
    *,
    form: str,
    encoder: str | None,
) -> tuple[str, ...]:
    """Write the film; returns what the reader should know.

    Args:
        excerpt: Whose boxes are drawn, and the appearances of a reel.
        everyone: All people and the unknown: whose faces may be blurred.
        film: The film of the result.
        draft: The file to write.
        look: What to do.
        progress: Told of every frame.
        config: Quality, sizes.
        form: FFmpeg's name of the container.
        encoder: FFmpeg's name of an encoder; a hardware encoder, else x264, where None.

    Raises:
        InputError: The film cannot be read, or has fewer frames than the result says.
    """
    video, encoder = excerpt.film.video, working_encoder(encoder)
    paint = _Painter(excerpt, everyone, look, config)
    with open_video(film) as shown:
        info, base = shown.info, shown.info.time_base
        if (info.width, info.height) != (video.width, video.height):
            raise InputError(f"{film} is not the film of {excerpt.film.path}", "Use --film.")
        progress.stage("render", video.n_frames, "frames")
        with FilmWriter(
            draft, (info.width, info.height), video.nominal_rate, base, config, form=form,
            encoder=encoder, sound=film if has_sound(film) else None, cut=look.reel,
            start=video.start_seconds,
        ) as out:  # fmt: skip
            frames = _told(shown.frames(), progress)
            if look.reel:
                parts = union((span.start_frame, span.stop_frame) for span in excerpt.spans)
                end = _reel(shown, frames, parts, paint, out)
            else:
                for frame in frames:
                    out.picture(paint(frame), frame.time.pts)
                end = shown.timeline.end_pts
            out.finish(float(end * base))
    return tuple(
        f"no font here can write {name[:40]!r}: it has its number" for name in paint.unwritten
    )


def _told(frames: Iterator[Frame], progress: Progress) -> Iterator[Frame]:
    for frame in frames:
        yield frame
        progress.advance()


def _reel(
    shown: Video, frames: Iterator[Frame], parts: list[Frames], paint: _Painter, out: FilmWriter
) -> int:
    """The parts, which are disjoint and in order, one after the other; returns their length.

    A part ends when the frame after it begins: each picture stays as long as it did.
    """
    base = shown.info.time_base
    length = first = 0  # units of the time base: of the parts before, start of this one
    left = iter(parts)
    start, stop = next(left)
    for frame in frames:
        index, pts = frame.time.index, frame.time.pts
        if index == stop:
            length += pts - first
            following = next(left, None)
            if following is None:
                return length
            start, stop = following
        if index == start:
            first = pts
            out.begin_piece(float(first * base), float(length * base))
        if start <= index < stop:
            out.picture(paint(frame), length + pts - first)
    return length + shown.timeline.end_pts - first


class _Painter:
    """Draws on the frames as they come."""

    def __init__(
        self, excerpt: Excerpt, everyone: Excerpt, look: Look, config: RenderConfig
    ) -> None:
        height = max(round(excerpt.film.video.height * config.label_share), _SMALLEST)
        self._config = config
        self._names = Names(excerpt.person_name, person_label, height)
        drawn = excerpt.boxes()
        seen = ~np.isin(drawn.person, list(look.blurred))
        self._drawn = _ByFrame.of(drawn.rows(seen if look.boxes else seen & False))
        self._blurred = _held(everyone, look.blurred, config)

    def __call__(self, frame: Frame) -> ImageArray:
        """The picture of a frame, drawn on."""
        image, index = frame.image, frame.time.index
        for row in self._blurred.rows(index):
            blur_face(image, self._blurred.xyxy[row], self._config)
        for row in self._drawn.rows(index):
            person = int(self._drawn.person[row])
            draw_box(image, self._drawn.xyxy[row], person, self._names, self._config)
        return image

    @property
    def unwritten(self) -> list[str]:
        """Names that no font here can write."""
        return self._names.unwritten


@dataclass(frozen=True, slots=True)
class _ByFrame:
    """Boxes in the order of frames."""

    frame: IntArray
    person: IntArray
    xyxy: FloatArray

    @classmethod
    def of(cls, boxes: Boxes) -> _ByFrame:
        order = np.argsort(boxes.frame, kind="stable")
        return cls(boxes.frame[order], boxes.person[order], boxes.xyxy[order])

    def rows(self, frame: int) -> range:
        return range(*np.searchsorted(self.frame, (frame, frame + 1)).tolist())


def _held(everyone: Excerpt, people: frozenset[int], config: RenderConfig) -> _ByFrame:
    """The boxes of people, with those of each track's ends held for a while in its shot."""
    boxes = everyone.boxes()
    boxes = boxes.rows(np.isin(boxes.person, list(people)))
    film, n = everyone.film, round(config.blur_hold_seconds * everyone.film.video.nominal_rate)
    frame, person, xyxy = [boxes.frame], [boxes.person], [boxes.xyxy]
    edges = np.flatnonzero(np.diff(boxes.track, prepend=-1, append=-1))
    for first, stop in pairwise(edges.tolist()):
        shot = film.shots[film.tracks[int(boxes.track[first])].shot]
        begin, end = int(boxes.frame[first]), int(boxes.frame[stop - 1]) + 1
        for row, held in (
            (first, range(max(begin - n, shot.start_frame), begin)),
            (stop - 1, range(end, min(end + n, shot.stop_frame))),
        ):
            frame.append(np.array(held, np.int64))
            person.append(np.full(len(held), boxes.person[row]))
            xyxy.append(np.repeat(boxes.xyxy[row : row + 1], len(held), axis=0))
    order = np.argsort(np.concatenate(frame), kind="stable")
    return _ByFrame(
        np.concatenate(frame)[order], np.concatenate(person)[order], np.concatenate(xyxy)[order]
    )
