"""What a film is heard with: a sound stream and the models, checked before the long work."""

from __future__ import annotations

from dataclasses import dataclass, replace

from vcn.config import RunConfig
from vcn.errors import PackError
from vcn.runtime.progress import Progress
from vcn.video import Sound, open_sound
from vcn.weights.packs import Pack, load_pack

_PACK = "voice"


@dataclass(frozen=True, slots=True)
class Ears:
    """A sound stream, and the models to hear it with."""

    sound: Sound
    pack: Pack


def ears_of(film: str, config: RunConfig, faces: Pack, progress: Progress) -> Ears | None:
    """What a film is heard with, or None: nothing is heard, and a note says why.

    Args:
        film: A video file.
        config: The whole configuration.
        faces: The pack of faces: a voice model in it takes the place of ours.
        progress: Told what is heard, or why nothing is.

    Raises:
        UsageError: There is no such sound stream.
        PackError: The pack of faces has a voice model that is not what it should be.
    """
    if not config.voice.enabled:
        return None
    sound = open_sound(film, config.voice.stream)
    if sound is None:
        progress.note("the film has no sound: nobody is heard")
        return None
    pack = load_pack(_PACK)
    if faces.speaker is not None:
        pack = replace(pack, speaker=faces.speaker, files=(pack.files[0],))
    try:
        pack.verify()
    except PackError as error:
        progress.note(f"nobody is heard: {error.what}; install vcn[voice], or say --no-voice")
        return None
    if sound.info.n_streams > 1:
        others = f"of {sound.info.n_streams}; --audio-stream takes another"
        progress.note(f"heard is {sound.info}, {others}")
    return Ears(sound, pack)
