"""From the sound of a film to its utterances and their voices, in one pass.

Where speech begins and ends is silero's rule (silero-vad, MIT, ``utils_vad.py``, the oracle
of the tests). What is held in memory is one utterance, and three numbers a window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from vcn.config import VoiceConfig
from vcn.nets.speech import WINDOW, SpeechModel
from vcn.nets.voice import VoiceModel
from vcn.types import BoolArray, Float64Array, FloatArray, Speech
from vcn.video import SOUND_RATE, SoundBlock

_BATCH = 16
"""Utterances embedded at once."""
_WINDOW = round(1.6 * SOUND_RATE)
"""Samples of a window of the voice model."""
_RUN = 128
"""Windows a run of the speech model: 4 s."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """Speech without a pause."""

    start: float
    """Seconds in the stream's own clock."""
    end: float
    samples: FloatArray
    """(n,) at 16 kHz."""


@dataclass(frozen=True, slots=True)
class Windows:
    """What the model says of windows that follow each other."""

    seconds: Float64Array
    """(n,) start of each."""
    samples: FloatArray
    """(n, WINDOW)."""
    probability: FloatArray
    """(n,) of speech."""
    after_hole: BoolArray
    """(n,) the sound has a hole before this window."""


def listen(
    blocks: Iterable[SoundBlock],
    speech_model: SpeechModel,
    voice_model: VoiceModel,
    config: VoiceConfig,
    end: float,
    on_seconds: Callable[[float], None],
) -> Speech:
    """Hear a film.

    Args:
        blocks: Its sound.
        speech_model: Says where speech is.
        voice_model: Says whose it is.
        config: Thresholds.
        end: Seconds at which the picture ends; what is heard later is not listened to.
        on_seconds: Called with the seconds heard since the last call.
    """
    heard = _Heard(on_seconds)
    shortest = round(config.min_voice_seconds * SOUND_RATE)
    times: list[tuple[float, float]] = []
    voices: list[FloatArray] = [np.zeros((0, voice_model.embedding_dim), np.float32)]
    waiting: list[FloatArray] = []
    found = utterances(heard.keep(windows(_until(blocks, end), speech_model, config)), config)
    for utterance in found:
        times.append((utterance.start, utterance.end))
        waiting.append(_filling_a_window(utterance.samples, shortest))
        if len(waiting) == _BATCH:
            voices.append(voice_model.embed(waiting))
            waiting = []
    voices.append(voice_model.embed(waiting))
    start_end = np.array(times, np.float64).reshape(-1, 2)
    return Speech(start_end[:, 0], start_end[:, 1], np.concatenate(voices), *heard.arrays())


def _filling_a_window(samples: FloatArray, shortest: int) -> FloatArray:
    """A short utterance over and over; one that is too short says nothing.

    The voice model fills its window with silence, and all short utterances then sound
    alike, whoever speaks (measured: see `VoiceConfig.min_voice_seconds`).
    """
    if len(samples) < shortest:
        return np.zeros(1, np.float32)
    return np.resize(samples, _WINDOW) if len(samples) < _WINDOW else samples


def _until(blocks: Iterable[SoundBlock], end: float) -> Iterator[SoundBlock]:
    for block in blocks:
        if block.seconds >= end:
            return
        yield block


class _Heard:
    """Keeps time, loudness and probability of each window that goes by."""

    def __init__(self, on_seconds: Callable[[float], None]) -> None:
        self._on_seconds = on_seconds
        self._parts: list[tuple[Float64Array, FloatArray, FloatArray]] = []

    def keep(self, found: Iterable[Windows]) -> Iterator[Windows]:
        for some in found:
            loudness = np.sqrt(np.mean(np.square(some.samples), axis=1))
            self._parts.append((some.seconds, loudness, some.probability))
            self._on_seconds(float(some.seconds[-1] - some.seconds[0]))
            yield some

    def arrays(self) -> tuple[Float64Array, FloatArray, FloatArray]:
        empty = (np.zeros(0), np.zeros(0, np.float32), np.zeros(0, np.float32))
        seconds, loudness, probability = zip(empty, *self._parts, strict=True)
        return np.concatenate(seconds), np.concatenate(loudness), np.concatenate(probability)


def windows(
    blocks: Iterable[SoundBlock], model: SpeechModel, config: VoiceConfig
) -> Iterator[Windows]:
    """Run the model over the sound, some seconds at a time.

    The last window before a hole and at the end is filled with silence.
    """
    held: list[FloatArray] = []  # samples that wait
    start = end = 0.0
    n, fresh = 0, True

    def run(samples: FloatArray) -> Windows:
        nonlocal fresh
        if fresh:
            model.forget()
        rows = samples.reshape(-1, WINDOW)
        seconds: Float64Array = start + np.arange(len(rows)) * np.float64(WINDOW / SOUND_RATE)
        after_hole = np.zeros(len(rows), np.bool_)
        after_hole[0], fresh = fresh, False
        return Windows(seconds, rows, model(rows), after_hole)

    for block in blocks:
        if n and abs(block.seconds - end) > config.gap_seconds:
            yield run(_filled(held))
            held, n, fresh = [], 0, True
        if not n:
            # A hole can also fall between two runs, when nothing waits.
            fresh = fresh or abs(block.seconds - end) > config.gap_seconds
            start = block.seconds
        held.append(block.samples)
        n += len(block.samples)
        end = block.seconds + len(block.samples) / SOUND_RATE
        if n >= _RUN * WINDOW:
            samples = np.concatenate(held)
            whole = len(samples) - len(samples) % WINDOW
            yield run(samples[:whole])
            held, n = [samples[whole:]], len(samples) - whole
            start = end - n / SOUND_RATE
    if n:
        yield run(_filled(held))


def _filled(parts: list[FloatArray]) -> FloatArray:
    samples = np.concatenate(parts)
    return np.pad(samples, (0, -len(samples) % WINDOW))


def utterances(found: Iterable[Windows], config: VoiceConfig) -> Iterator[Utterance]:
    """Where speech begins and ends, by silero's rule with two thresholds."""
    state = _Utterance(config)
    for some in found:
        rows = zip(some.seconds, some.samples, some.probability, some.after_hole, strict=True)
        for seconds, samples, probability, after_hole in rows:
            if after_hole:
                yield from state.finish()
                state = _Utterance(config)
            yield from state.add(float(seconds), samples, float(probability))
    yield from state.finish()


@dataclass(slots=True)
class _Utterance:
    """The utterance that is going on, or the silence before one."""

    config: VoiceConfig
    seconds: list[float] = field(default_factory=list)
    samples: list[FloatArray] = field(default_factory=list)
    probability: list[float] = field(default_factory=list)
    before: FloatArray = field(default_factory=lambda: np.zeros(0, np.float32))
    """What comes directly before the first window: padding."""
    last: FloatArray = field(default_factory=lambda: np.zeros(0, np.float32))
    """The latest window of silence."""
    quiet: int | None = None
    """Position of the first window of a pause that may be the end."""

    def add(self, seconds: float, samples: FloatArray, probability: float) -> Iterator[Utterance]:
        config = self.config
        if not self.samples:
            if probability < config.threshold:
                self.last = samples
                return
            pad = round(config.pad_seconds * SOUND_RATE)
            self.before = self.last[max(0, len(self.last) - pad) :] if pad else self.last[:0]
        self.seconds.append(seconds)
        self.samples.append(samples)
        self.probability.append(probability)
        here = len(self.samples) - 1
        if probability >= config.threshold:
            self.quiet = None
        elif probability < config.threshold - config.release:
            self.quiet = here if self.quiet is None else self.quiet
            if (here - self.quiet) * WINDOW >= config.min_silence_seconds * SOUND_RATE:
                yield from self._end(self.quiet)
                self._clear(samples)
                return
        if len(self.samples) * WINDOW >= config.max_seconds * SOUND_RATE:
            yield from self._cut()

    def finish(self) -> Iterator[Utterance]:
        """The sound ends here."""
        if self.samples:
            yield from self._end(len(self.samples))
        self._clear(np.zeros(0, np.float32))

    def _clear(self, last: FloatArray) -> None:
        self.seconds, self.samples, self.probability = [], [], []
        self.last, self.quiet = last, None

    def _cut(self) -> Iterator[Utterance]:
        """End at the quietest moment of the second half; the rest goes on."""
        middle = len(self.samples) // 2
        at = middle + int(np.argmin(self.probability[middle:]))
        yield from self._end(at, pad=False)
        self.before = np.zeros(0, np.float32)
        self.seconds, self.samples = self.seconds[at:], self.samples[at:]
        self.probability = self.probability[at:]
        self.quiet = None if self.quiet is None or self.quiet < at else self.quiet - at

    def _end(self, stop: int, pad: bool = True) -> Iterator[Utterance]:
        """The windows before `stop`, with padding."""
        if stop * WINDOW <= self.config.min_speech_seconds * SOUND_RATE:
            return
        rest = np.concatenate([np.zeros(0, np.float32), *self.samples[stop:]])
        after = rest[: round(self.config.pad_seconds * SOUND_RATE) if pad else 0]
        samples = np.concatenate([self.before, *self.samples[:stop], after])
        start = self.seconds[0] - len(self.before) / SOUND_RATE
        end = self.seconds[stop - 1] + (WINDOW + len(after)) / SOUND_RATE
        yield Utterance(start, end, samples)
