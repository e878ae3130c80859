"""The sound of a film for a copy of it: as it is coded, or cut to pieces and coded again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias, cast

import av
import numpy as np
from av.audio.resampler import AudioResampler

from vcn.types import FloatArray
from vcn.video.container import open_container
from vcn.video.decode import AV_ERRORS

_COPIED = frozenset({"aac", "mp3", "ac3", "eac3", "opus", "alac", "flac"})
"""Codecs that MP4, QuickTime and Matroska all hold."""
_RATE = 48_000

Packets: TypeAlias = "Iterator[av.Packet[av.AudioStream]]"


def can_be_copied(film: Path) -> bool:
    """True where every sound track of a film may be taken over as it is coded."""
    with open_container(film) as container:
        return all(
            stream.codec_context is not None and stream.codec_context.name in _COPIED
            for stream in container.streams.audio
        )


class SoundCopy:
    """All sound tracks of a film as they are coded, with their own times."""

    def __init__(self, film: Path, out: av.container.OutputContainer) -> None:
        self._container = open_container(film)
        self._streams = {
            stream.index: out.add_stream_from_template(stream)
            for stream in self._container.streams.audio
        }
        self._packets = self._read()
        self._next = next(self._packets, None)

    def until(self, seconds: float) -> Packets:
        """The next packets that begin before a time of the film."""
        while (packet := self._next) is not None:
            begins = float((packet.dts or 0) * packet.time_base)
            if begins >= seconds:
                return
            packet.stream = self._streams[packet.stream.index]
            yield packet
            self._next = next(self._packets, None)

    def close(self) -> None:
        """Release the film."""
        self._container.close()

    def _read(self) -> Packets:
        streams = self._container.streams.audio
        if streams:
            with contextlib.suppress(*AV_ERRORS):  # damage ends the sound, not the film
                for packet in self._container.demux(*streams):
                    if packet.dts is not None and packet.size > 0:
                        yield cast("av.Packet[av.AudioStream]", packet)


class SoundCut:
    """The first sound track of a film, pieces of it one after the other, as AAC.

    Args:
        film: Where the sound is.
        out: What it is written to.
        bit_rate: Of AAC.
        start: Seconds at which the first piece begins in the new film.
    """

    def __init__(
        self, film: Path, out: av.container.OutputContainer, bit_rate: int, start: float
    ) -> None:
        self._container = open_container(film)
        stream = next(iter(self._container.streams.audio), None)
        channels = 0 if stream is None else min(stream.codec_context.channels, 2)
        self._layout = "mono" if channels == 1 else "stereo"
        self._out = out.add_stream("aac", rate=_RATE, layout=self._layout) if channels else None
        if self._out is not None:
            self._out.codec_context.bit_rate = bit_rate
        self._pieces = self._decode()
        self._held: tuple[int, FloatArray] | None = None
        self._start, self._written, self._shift = round(start * _RATE), 0, 0

    def begin(self, seconds: float) -> None:
        """What follows is the sound from this time of the film on; times only go forward."""
        self._shift = round(seconds * _RATE) - self._written

    def until(self, length: float) -> Packets:
        """Sound until the new film has a length in seconds: never longer than its picture."""
        n = round(length * _RATE) - self._written
        if self._out is None or n <= 0:
            return
        samples = self._samples(self._written + self._shift, n)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=self._layout)
        frame.sample_rate, frame.time_base = _RATE, Fraction(1, _RATE)
        frame.pts = self._start + self._written
        self._written += n
        yield from self._out.encode(frame)

    def finish(self) -> Packets:
        """What the encoder still holds."""
        if self._out is not None and self._written:
            yield from self._out.encode(None)

    def close(self) -> None:
        """Release the film."""
        self._container.close()

    def _samples(self, first: int, n: int) -> FloatArray:
        """(channels, n) from a sample of the film on; silence where there is no sound."""
        found = np.zeros((1 if self._layout == "mono" else 2, n), np.float32)
        while True:
            if self._held is None:
                self._held = next(self._pieces, None)
                if self._held is None:
                    return found
            at, piece = self._held
            a, b = max(at, first), min(at + piece.shape[1], first + n)
            if a < b:
                found[:, a - first : b - first] = piece[:, a - at : b - at]
            if at + piece.shape[1] > first + n:
                return found
            self._held = None

    def _decode(self) -> Iterator[tuple[int, FloatArray]]:
        """Number of the first sample in the film's clock, and samples (channels, n)."""
        if self._out is None:
            return
        stream = self._container.streams.audio[0]
        resampler, following = self._resampler(), None
        with contextlib.suppress(*AV_ERRORS):  # damage ends the sound, not the film
            for frame in self._container.decode(stream):
                if frame.pts is not None and frame.time_base is not None:
                    at = round(float(frame.pts * frame.time_base) * _RATE)
                    # Stamps are rounded to units of the container: only a hole counts.
                    if following is None or abs(at - following) > _RATE // 20:
                        resampler, following = self._resampler(), at
                for part in resampler.resample(frame):
                    samples = part.to_ndarray().astype(np.float32, copy=False)
                    yield following or 0, samples
                    following = (following or 0) + samples.shape[1]

    def _resampler(self) -> AudioResampler:
        return AudioResampler("fltp", self._layout, _RATE)
