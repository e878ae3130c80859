"""Films with a sound that a speech model takes for speech."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RATE = 16_000


def babble(seconds: float, seed: int = 0) -> np.ndarray:
    """Bursts of harmonics and noise: the model says everything between 0 and 1 of them."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    phase = np.cumsum(2 * np.pi * (130 + 40 * np.sin(5 * t)) / RATE)
    tone = sum(np.sin(k * phase) * np.exp(-(((k * 130 - 700) / 500) ** 2)) for k in range(1, 20))
    sound = 0.2 * tone * (np.sin(2 * np.pi * 4 * t) > 0) * (np.sin(2 * np.pi * 0.3 * t) > -0.3)
    sound = sound + 0.003 * rng.standard_normal(len(t))
    return (sound / max(1.0, np.abs(sound).max())).astype(np.float32)


def with_sound(film: Path, out: Path, sounds: Sequence[np.ndarray]) -> Path:
    """The same pictures with these sounds beside them, each (n,) at 16 kHz."""
    with av.open(str(film)) as source, av.open(str(out), "w") as target:
        given = source.streams.video[0]
        video = target.add_stream_from_template(given)
        streams = [target.add_stream("pcm_s16le", rate=RATE, layout="mono") for _ in sounds]
        for packet in source.demux(given):
            if packet.dts is not None:
                packet.stream = video
                target.mux(packet)
        for stream, sound in zip(streams, sounds, strict=True):
            for at in range(0, len(sound), 1024):
                part = (sound[None, at : at + 1024] * 32767).astype(np.int16)
                frame = av.AudioFrame.from_ndarray(part, format="s16", layout="mono")
                frame.sample_rate, frame.pts = RATE, at
                frame.time_base = Fraction(1, RATE)
                target.mux(stream.encode(frame))
            target.mux(stream.encode(None))
    return out
