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
    min_coverage: float = 0.5
    """Share of an utterance for which a face must be on screen to be its speaker's."""
    off_screen: float = 0.3
    """Of an utterance without any face that moves, before anything is seen: the odds that
    the speaker is not in the picture, against one face whose mouth says nothing."""
    mouth_neutral: float = 0.25
    """Logarithm of the change of the mouth over that of the eyes at which a face is as
    likely to speak as to be silent."""
    mouth_weight: float = 6.0
    """Log-odds for each unit of that logarithm."""
    min_probability: float = 0.5
    """Under which an utterance has no speaker: even odds."""
    min_voice_seconds: float = 1.0
    """Less speech of a track than this says nothing about its voice."""
    same_voice: float = 0.3
    """Cosine distance of two utterances at which one speaker is as likely as two."""
    voice_weight: float = 20.0
    """Log-odds for each unit of that distance."""
    most_voices: int = 4096
    """Utterances without a face that are told apart by voice, the first of a film: all
    their pairs are held in memory. Our choice."""
