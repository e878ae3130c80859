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
    min_voice_seconds: float = 0.8
    """Shorter utterances say nothing about whose voice it is, nor do people who are heard
    for less. Measured (office.mp4, 22 utterances of 5 people): cosine distances of one
    speaker / of two, middle halves: under 0.8 s .40-.50 / .46-.52, to 1.6 s .27-.37 /
    .37-.52, above .23-.26 / .39-.50."""
    min_coverage: float = 0.5
    """Share of an utterance for which a face must be on screen to be its speaker's."""
    mouth_neutral: float = 0.0
    """Logarithm of the change of the mouth over that of the eyes at which a face is as
    likely to speak as to be silent. Measured (28 utterances of office.mp4 and medley.mp4,
    speakers named by eye): speaking .16 with a deviation of .15, silent -.18 with .17."""
    mouth_weight: float = 12.0
    """Log-odds for each unit of that logarithm, by the same."""
    off_screen: float = 0.3
    """Odds, before mouths are looked at, that the speaker is not in the picture, against
    one face that is. With these 26 of those 28 are right, 2 have no speaker, none has a
    wrong one; from .15 to .6 and with weights from 9 to 15: 24 to 27 right, 0 to 2 wrong."""
    min_probability: float = 0.5
    """Under which an utterance has no speaker: even odds."""
    same_voice: float = 0.33
    """Cosine distance of two utterances at which one speaker is as likely as two; as above."""
    voice_weight: float = 25.0
    """Log-odds for each unit of that distance, by the same."""
    most_voices: int = 4096
    """Utterances without a face that are told apart by voice, the first of a film: all
    their pairs are held in memory. Our choice."""
