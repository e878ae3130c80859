"""What is heard in a film, and who is heard: beside the pass over its pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import numpy as np

from vcn.config import VoiceConfig
from vcn.equations.voices import group_voices, voice_groups, voice_owner
from vcn.nets.speech import SpeechModel
from vcn.nets.threads import one_thread
from vcn.nets.voice import load_voice_model
from vcn.pipeline.ears import Ears
from vcn.pipeline.scanned import Scan
from vcn.runtime.store import Artefact, Draft, code_version, fingerprint
from vcn.stages.listen import listen
from vcn.stages.speakers import who_speaks
from vcn.types import UNKNOWN, FloatArray, Heard, IntArray, Speakers, Speech

HEAR_CODE = (
    *("equations/mel.py", "nets/speech.py", "nets/voice.py", "pipeline/hearing.py"),
    *("stages/listen.py", "types/sound.py", "video/", "weights/torchfile.py"),
)
"""The sources that what is heard depends on."""
_ARRAYS = ("start", "end", "voice", "window", "loudness", "probability")
_LATER = (
    *("min_coverage", "off_screen", "mouth_neutral", "mouth_weight", "min_probability"),
    *("same_voice", "voice_weight", "most_voices", "enabled", "stream"),
)
"""Options that listening does not depend on."""


def hear_key(ears: Ears, config: VoiceConfig) -> str:
    """Fingerprint of what is heard."""
    options = {name: value for name, value in asdict(config).items() if name not in _LATER}
    speaker = ears.pack.speaker
    assert speaker is not None
    files = [ears.pack.as_dict()["files"], speaker.kind, speaker.path.name, speaker.embedding_dim]
    return fingerprint(options, ears.sound.info.number, files, code_version(*HEAR_CODE))


@dataclass(frozen=True, slots=True)
class Listened:
    """What was heard of a film, before anybody knows who is who."""

    speech: Speech
    corrupt: int
    """Packets that could not be decoded."""


def hear(
    ears: Ears, config: VoiceConfig, end: float, draft: Draft, advance: Callable[[int], None]
) -> None:
    """Listen to the film until its picture ends, and write what was heard.

    Args:
        ears: The sound and the models.
        config: Thresholds.
        end: Seconds at which the picture ends.
        draft: Where to write; `load` reads it back.
        advance: Called with the number of seconds heard since the last call.
    """
    speech_spec, speaker = ears.pack.speech, ears.pack.speaker
    assert speech_spec is not None  # the pack `voice` has both
    assert speaker is not None
    done = 0.0

    def tell(seconds: float) -> None:
        nonlocal done
        whole, done = int(done + seconds) - int(done), done + seconds
        advance(whole)

    models = SpeechModel(speech_spec), load_voice_model(speaker)
    with one_thread():
        speech = listen(ears.sound.blocks(), *models, config, end, tell)
    for name in _ARRAYS:
        draft.put_array(name, getattr(speech, name))
    draft.put_record("sound", {"corrupt": ears.sound.corrupt})


def load(found: Artefact) -> Listened:
    """Read what `hear` wrote.

    Raises:
        DataError: It cannot be read.
    """
    speech = Speech(*(found.array(name) for name in _ARRAYS))
    return Listened(speech, int(found.record("sound")["corrupt"]))


def remarks(listened: Listened | None, sound: str) -> Iterator[str]:
    """What somebody who waits for voices must know.

    Args:
        listened: What was heard, if anything.
        sound: Which stream it was.
    """
    if listened is None:
        return
    if listened.corrupt:
        parts = "one part" if listened.corrupt == 1 else f"{listened.corrupt} parts"
        yield f"{parts} of {sound} could not be decoded"
    if not len(listened.speech.window):
        yield f"nothing could be heard in {sound}"
    elif not len(listened.speech):
        yield f"nobody speaks in {sound}"


def speakers_of(speech: Speech, scan: Scan, config: VoiceConfig) -> Speakers:
    """Who of those on screen speaks."""
    mouths = scan.mouths
    track = tracks_of_looks(scan)
    order = np.lexsort((mouths.frame, track))
    order = order[track[order] >= 0]
    return who_speaks(
        speech,
        scan.tracks,
        scan.timeline,
        track[order],
        mouths.frame[order],
        mouths.moved[order],
        config,
    )


def voices_of(listened: Listened | None, scan: Scan, config: VoiceConfig) -> FloatArray | None:
    """(T, V) the voice of each track, see `TrackFilm.voices`; None: nobody is heard."""
    if listened is None:
        return None
    speech, speakers = listened.speech, speakers_of(listened.speech, scan, config)
    weight, least = speech.seconds * speakers.probability, config.min_voice_seconds
    voice = group_voices(speech.voice, weight, speakers.track, len(scan.tracks), least)
    return voice.astype(np.float32)


def tracks_of_looks(scan: Scan) -> IntArray:
    """(M,) the track of each look at a mouth, -1 where it has none.

    Tracks are split and numbered anew after the pass: a look is found by frame and box.
    """
    mouths = scan.mouths
    place = {
        (int(frame), *box): track.id
        for track in scan.tracks
        for frame, box in zip(
            track.frame[track.observed].tolist(), track.xyxy[track.observed].tolist(), strict=True
        )
    }
    looks = zip(mouths.frame.tolist(), mouths.xyxy.tolist(), strict=True)
    return np.array([place.get((frame, *box), -1) for frame, box in looks], np.int64)


def heard(
    listened: Listened | None, scan: Scan, labels: IntArray, config: VoiceConfig, sound: str
) -> Heard | None:
    """Who is heard: the person of the face that speaks, else whoever has that voice.

    Args:
        listened: What was heard, if anything.
        scan: Whose mouths were seen.
        labels: (T,) the person of each track, or -1.
        config: How near voices must be.
        sound: Which stream it was.
    """
    if listened is None:
        return None
    speech = listened.speech
    speakers = speakers_of(speech, scan, config)
    seen = speakers.track >= 0
    person = np.where(seen, np.append(labels, UNKNOWN)[speakers.track], UNKNOWN)
    probability = speakers.probability.copy()
    n_people = int(labels.max(initial=-1)) + 1
    weight, least = speech.seconds * probability, config.min_voice_seconds
    known = group_voices(speech.voice, weight, person, n_people, least)
    owner, share = voice_owner(speech.voice, known, config.same_voice, config.voice_weight)
    unseen = ~seen & (share >= config.min_probability)
    person[unseen], probability[unseen] = owner[unseen], share[unseen]
    nobodys = np.flatnonzero(~seen & (person == UNKNOWN))[: config.most_voices]
    voice = np.full(len(speech), UNKNOWN)
    voice[nobodys] = voice_groups(speech.voice[nobodys], config.same_voice)
    return Heard(speech.start, speech.end, speakers.track, person, voice, probability, sound)
