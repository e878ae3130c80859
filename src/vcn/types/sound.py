"""What was heard in a film."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vcn.errors import DataError
from vcn.types.arrays import Float64Array, FloatArray, IntArray, frozen, set_fields


@dataclass(frozen=True, slots=True)
class Speech:
    """The utterances of a film in order, and how loud it is throughout.

    U utterances, D values of a voice, W windows of about 32 ms. Times are seconds in the
    stream's own clock.
    """

    start: Float64Array
    """(U,)."""
    end: Float64Array
    """(U,) after `start`."""
    voice: FloatArray
    """(U, D) of length 1; zero where nothing could be told."""
    window: Float64Array
    """(W,) start of each window, increasing; holes in the sound have none."""
    loudness: FloatArray
    """(W,) root mean square, 0 to 1."""
    probability: FloatArray
    """(W,) of speech."""

    def __post_init__(self) -> None:
        start = frozen(self.start, "start", (None,), np.float64)
        end = frozen(self.end, "end", (len(start),), np.float64)
        if (end <= start).any() or (np.diff(start) < 0).any():
            raise DataError("utterances must be in order, each with start < end")
        window = frozen(self.window, "window", (None,), np.float64)
        n = len(window)
        set_fields(
            self,
            start=start,
            end=end,
            voice=frozen(self.voice, "voice", (len(start), None), np.float32),
            window=window,
            loudness=frozen(self.loudness, "loudness", (n,), np.float32),
            probability=frozen(self.probability, "probability", (n,), np.float32),
        )

    def __len__(self) -> int:
        return len(self.start)

    @property
    def seconds(self) -> Float64Array:
        """(U,) length of each utterance."""
        length: Float64Array = self.end - self.start
        return length


@dataclass(frozen=True, slots=True)
class Speakers:
    """Whose utterances are whose."""

    track: IntArray
    """(U,) the track that speaks, or -1."""
    probability: FloatArray
    """(U,) that it is the one; where `track` is -1, of the best candidate."""

    def __post_init__(self) -> None:
        track = frozen(self.track, "track", (None,), np.int64)
        probability = frozen(self.probability, "probability", (len(track),), np.float32)
        if len(track) and (track.min() < -1 or probability.min() < 0 or probability.max() > 1):
            raise DataError("speakers need tracks from -1 and probabilities from 0 to 1")
        set_fields(self, track=track, probability=probability)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a result says of the sound: U utterances in order, and whose they are."""

    start: Float64Array
    """(U,) seconds in the stream's own clock."""
    end: Float64Array
    """(U,)."""
    track: IntArray
    """(U,) the face that is seen to speak, or -1."""
    person: IntArray
    """(U,) who speaks: the person of that face, or whoever has that voice; or -1."""
    voice: IntArray
    """(U,) where nobody is named: which of the voices without a face, from 0; else -1."""
    probability: FloatArray
    """(U,) that it is so; where nobody is named, of the best candidate."""
    sound: str
    """Which sound stream it was."""

    def __post_init__(self) -> None:
        n = len(self.start)
        track = frozen(self.track, "track", (n,), np.int64)
        person = frozen(self.person, "person", (n,), np.int64)
        voice = frozen(self.voice, "voice", (n,), np.int64)
        if ((person >= 0) & (voice >= 0)).any():
            raise DataError("an utterance is a person's or of a voice without a face")
        if n and (min(track.min(), person.min()) < -1 or (self.end <= self.start).any()):
            raise DataError("utterances need start < end, and tracks and people from -1")
        set_fields(
            self,
            start=frozen(self.start, "start", (None,), np.float64),
            end=frozen(self.end, "end", (n,), np.float64),
            track=track,
            person=person,
            voice=voice,
            probability=frozen(self.probability, "probability", (n,), np.float32),
        )

    def __len__(self) -> int:
        return len(self.start)

    def seconds_of(self, person: int) -> float:
        """How long a person is heard, in the picture or not."""
        mine = self.person == person
        return float((self.end - self.start)[mine].sum())
