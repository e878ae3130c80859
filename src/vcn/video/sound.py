"""The sound of a film: one channel at 16 kHz, a piece at a time, in the stream's own clock.

A pass holds a second of sound whatever the film's length. Speech models take 16 kHz.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.stream import Discard, Disposition

from vcn.errors import UsageError
from vcn.types import FloatArray
from vcn.video.clock import Clock
from vcn.video.container import open_container, readable
from vcn.video.decode import AV_ERRORS

SOUND_RATE = 16_000
"""Samples a second of what is read."""
_JITTER = 0.05
"""Seconds by which time stamps may disagree with the number of samples: Matroska rounds
them to milliseconds, and clocks drift."""
_MOST_DAMAGE = 100_000
"""Packets that fail before reading is given up."""
_LAYOUTS = {1: "mono", 2: "stereo"}
"""Where raw sound does not say what its channels are."""
_RATES = range(1_000, 400_000)
"""Samples a second that a decoder may say; anything else is damage."""


@dataclass(frozen=True, slots=True)
class SoundInfo:
    """What a sound stream is, as its container tells."""

    number: int
    """Among the sound streams of the film, from 0."""
    n_streams: int
    codec: str
    """Empty: FFmpeg cannot decode it."""
    rate: int
    """Samples a second; 0 where the container does not say it."""
    layout: str
    """mono, stereo, 5.1, ..."""
    language: str
    """ISO 639-2, or empty."""

    def __str__(self) -> str:
        rate = f"{self.rate} Hz" if self.rate else "unknown rate"
        parts = [self.codec or "unknown codec", rate, self.layout, self.language]
        return f"sound stream {self.number} ({', '.join(part for part in parts if part)})"


@dataclass(frozen=True, slots=True)
class SoundBlock:
    """Some of the sound, without a hole."""

    seconds: float
    """Time of the first sample in the stream's own clock."""
    samples: FloatArray
    """(n,) about -1 to 1, at `SOUND_RATE`."""


@dataclass(slots=True)
class Sound:
    """A sound stream that can be read.

    Attributes:
        path: The film.
        info: What the stream is.
        corrupt: Packets of the last pass that could not be decoded.
    """

    path: Path
    info: SoundInfo
    corrupt: int = 0

    def blocks(self) -> Generator[SoundBlock]:
        """Yield the sound in order of time. Each call is a new pass; it may be left early.

        Blocks follow each other without a hole unless the sound has one; where time stamps
        step back, what was heard already is left out.

        Raises:
            InputError: The film cannot be read (any more).
        """
        self.corrupt = 0
        with open_container(self.path) as container:
            stream = container.streams.audio[self.info.number]
            for other in container.streams:
                if other.index != stream.index:
                    with contextlib.suppress(*AV_ERRORS):
                        other.discard = Discard.all
            frames = self._frames(container, stream)
            first = next(frames, None)
            if first is None:
                return
            base = stream.time_base or Fraction(1, SOUND_RATE)
            nominal = max(round(Fraction(first.samples, first.sample_rate) / base), 1)
            clock: Clock[av.AudioFrame] = Clock(base, nominal)
            placed = clock.place((frame.pts, frame) for frame in chain([first], frames))
            yield from _in_one_clock(_resampled((float(pts * base), f) for pts, f in placed))

    def _frames(
        self, container: av.container.InputContainer, stream: av.AudioStream
    ) -> Iterator[av.AudioFrame]:
        """Decoded frames; damage is counted and passed over."""
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
                decoded = [] if packet is None else packet.decode()
            except EOFError:
                return
            except AV_ERRORS:
                self.corrupt += 1
                if self.corrupt > _MOST_DAMAGE:
                    return
                continue
            if packet is None:
                return
            for frame in decoded:
                if frame.samples > 0 and frame.sample_rate in _RATES:
                    yield frame


def sound_streams(path: str | Path) -> tuple[SoundInfo, ...]:
    """The sound streams of a film, in the order of its container.

    Raises:
        InputError: The film cannot be read.
    """
    with open_container(readable(Path(path))) as container:
        streams = container.streams.audio
        return tuple(_info(stream, n, len(streams)) for n, stream in enumerate(streams))


def open_sound(path: str | Path, number: int | None = None) -> Sound | None:
    """The sound of a film, or None where it has none that can be decoded.

    Args:
        path: The film.
        number: Of the sound stream, from 0; None: the one marked as default, as players
            take it, else the first.

    Raises:
        InputError: The film cannot be read.
        UsageError: It has no such stream, or it cannot be decoded.
    """
    path = readable(Path(path))
    with open_container(path) as container:
        streams = container.streams.audio
        known = [n for n, s in enumerate(streams) if s.codec_context is not None]
        if number is not None and number not in known:
            what = "cannot be decoded" if 0 <= number < len(streams) else "is not there"
            have = f"it has {len(streams)}, counted from 0" if streams else "it has no sound"
            raise UsageError(f"sound stream {number} of {path} {what}", have)
        if not known:
            return None
        if number is None:
            number = min(known, key=lambda n: not streams[n].disposition & Disposition.default)
        return Sound(path, _info(streams[number], number, len(streams)))


def _info(stream: av.AudioStream, number: int, n_streams: int) -> SoundInfo:
    context = stream.codec_context
    language = stream.metadata.get("language", "")
    return SoundInfo(
        number=number,
        n_streams=n_streams,
        codec="" if context is None else context.name,
        rate=0 if context is None else context.sample_rate or 0,
        layout="" if context is None else _LAYOUTS.get(context.channels, context.layout.name),
        language="" if language == "und" else language,
    )


def _resampled(frames: Iterator[tuple[float, av.AudioFrame]]) -> Iterator[SoundBlock]:
    """One channel at `SOUND_RATE`; a new start where the time or the form of frames jumps."""
    resampler: av.AudioResampler | None = None
    form: tuple[object, ...] = ()
    start = 0.0  # seconds of the first sample since the last start
    given, made = Fraction(0), 0  # seconds in, samples out

    def blocks(frame: av.AudioFrame | None) -> Iterator[SoundBlock]:
        nonlocal made
        assert resampler is not None
        for out in resampler.resample(frame):
            samples = out.to_ndarray().reshape(-1).astype(np.float32, copy=False)
            at = start + made / SOUND_RATE
            made += len(samples)
            # A damaged stream of floats may say infinite or NaN.
            yield SoundBlock(at, np.clip(np.nan_to_num(samples), -1, 1))

    for seconds, frame in frames:
        now = (frame.format.name, frame.layout.name, frame.sample_rate)
        if now != form or abs(seconds - start - float(given)) > _JITTER:
            if resampler is not None:
                yield from blocks(None)
            resampler = av.AudioResampler("flt", "mono", SOUND_RATE)
            form, start, given, made = now, seconds, Fraction(0), 0
        given += Fraction(frame.samples, frame.sample_rate)
        frame.pts = None  # the resampler must not fill or cut: times are kept here
        yield from blocks(frame)
    if resampler is not None:
        yield from blocks(None)


def _in_one_clock(blocks: Iterator[SoundBlock]) -> Iterator[SoundBlock]:
    """Leave out what comes before the end of what was yielded."""
    end = -np.inf
    for block in blocks:
        late = 0 if block.seconds >= end else round((end - block.seconds) * SOUND_RATE)
        if late >= len(block.samples):
            continue
        seconds = block.seconds + late / SOUND_RATE
        end = seconds + (len(block.samples) - late) / SOUND_RATE
        yield SoundBlock(seconds, block.samples[late:])
