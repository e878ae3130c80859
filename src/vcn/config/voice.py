"""Sound: where speech is, whose voice it is, and who of those on screen speaks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VoiceConfig:
    """Speech, voices and speakers."""

    enabled: bool = True
    """Listen to the film; off: pictures alone."""
    stream: int | None = None
    """Number of the sound stream, from 0; None: the one that players take."""
    threshold: float = 0.5
    """Probability from which a window is speech; silero's own."""
    release: float = 0.15
    """By how much the probability must fall below `threshold` for speech to end; silero's
    own."""
    min_silence_seconds: float = 0.1
    """Shorter pauses do not end an utterance; silero's own."""
    min_speech_seconds: float = 0.25
    """Shorter utterances are dropped; silero's own."""
    pad_seconds: float = 0.03
    """Added on both sides of an utterance; silero's own."""
    max_seconds: float = 3.2
    """Longer utterances are cut at their quietest moment. Our choice: two windows of the
    voice model, so that a change of speaker without a pause spoils little."""
    gap_seconds: float = 0.1
    """A longer hole in the sound, or step of its clock, ends an utterance. Our choice."""
