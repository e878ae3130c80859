"""Where speech is, against the package whose model it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pytest
import torch
from silero_vad import get_speech_timestamps_from_probs, load_silero_vad
from sound_films import babble

from vcn.config import VoiceConfig
from vcn.nets.speech import WINDOW, SpeechModel
from vcn.nets.voice import load_voice_model
from vcn.stages.listen import Windows, listen, utterances, windows
from vcn.video import SOUND_RATE, SoundBlock
from vcn.weights.packs import Pack, load_pack

UNCUT = VoiceConfig(max_seconds=1e9)


@pytest.fixture(scope="module")
def pack() -> Pack:
    pack = load_pack("voice")
    pack.verify()
    return pack


def in_blocks(sound: np.ndarray, start: float = 0.0, size: int = 1000) -> Iterator[SoundBlock]:
    for at in range(0, len(sound), size):
        yield SoundBlock(start + at / SOUND_RATE, sound[at : at + size])


def test_the_probabilities_are_the_packages(pack: Pack) -> None:
    assert pack.speech is not None
    sound = babble(9.01)
    stock = load_silero_vad(onnx=True)  # one window after the other
    want = []
    for at in range(0, len(sound), WINDOW):
        part = np.pad(sound[at : at + WINDOW], (0, max(0, at + WINDOW - len(sound))))
        want.append(float(stock(torch.from_numpy(part), 16000)))
    found = list(windows(in_blocks(sound, 5.0), SpeechModel(pack.speech), UNCUT))
    got = np.concatenate([some.probability for some in found])
    assert max(want) > 0.8
    assert min(want) < 0.2
    np.testing.assert_allclose(got, want, atol=1e-4)
    seconds = np.concatenate([some.seconds for some in found])
    np.testing.assert_allclose(seconds, 5 + np.arange(len(got)) * WINDOW / SOUND_RATE)


def of_probabilities(
    probability: Sequence[float], holes: Sequence[int] = (), start: float = 0.0
) -> Windows:
    n = len(probability)
    samples = np.repeat(np.arange(n, dtype=np.float32)[:, None], WINDOW, axis=1)
    after_hole = np.isin(np.arange(n), [0, *holes])
    seconds = start + np.arange(n) * WINDOW / SOUND_RATE
    return Windows(seconds, samples, np.array(probability, np.float32), after_hole)


@pytest.mark.parametrize("seed", range(8))
def test_the_rule_is_the_packages(seed: int) -> None:
    rng = np.random.default_rng(seed)
    walk = np.clip(0.5 + 0.35 * np.convolve(rng.standard_normal(600), np.ones(6) / 3), 0, 1)
    want = get_speech_timestamps_from_probs(walk.tolist())
    got = list(utterances([of_probabilities(walk.tolist())], UNCUT))
    assert len(want) > 5
    assert len(got) == len(want)
    for one, other in zip(got, want, strict=True):
        assert one.start * SOUND_RATE == pytest.approx(other["start"], abs=1)
        assert one.end * SOUND_RATE == pytest.approx(other["end"], abs=1)
        assert len(one.samples) == pytest.approx(other["end"] - other["start"], abs=1)


def test_the_samples_are_those_of_the_times() -> None:
    probability = [0.0] * 10 + [0.9] * 20 + [0.0] * 10
    (found,) = utterances([of_probabilities(probability, start=3.0)], UNCUT)
    assert found.start == pytest.approx(3 + 10 * 0.032 - 0.03)
    assert found.end == pytest.approx(3 + 30 * 0.032 + 0.03)
    assert (found.samples[0], found.samples[-1]) == (9, 30)
    assert (np.diff(found.samples) >= 0).all()


def test_long_speech_is_cut_where_it_is_quietest() -> None:
    probability = [0.9] * 300
    probability[80] = 0.6  # within the second half of the first 3.2 s
    found = list(utterances([of_probabilities(probability)], VoiceConfig()))
    assert found[0].end == pytest.approx(80 * 0.032)
    assert all(one.end == pytest.approx(two.start) for one, two in pairwise(found))
    assert max(one.end - one.start for one in found) <= 3.3
    assert found[-1].end == pytest.approx(300 * 0.032)


def test_a_hole_ends_an_utterance(pack: Pack) -> None:
    assert pack.speech is not None
    (one, two) = utterances([of_probabilities([0.9] * 40, holes=[20])], UNCUT)
    assert one.end == pytest.approx(two.start)
    # At a hole the model begins anew: both halves say the same.
    sound = babble(3)
    blocks = [*in_blocks(sound), *in_blocks(sound, 1000.0)]
    found = list(windows(blocks, SpeechModel(pack.speech), UNCUT))
    holes = np.concatenate([some.after_hole for some in found])
    probability = np.concatenate([some.probability for some in found])
    assert np.flatnonzero(holes).tolist() == [0, len(holes) // 2]
    np.testing.assert_array_equal(*np.split(probability, 2))


def test_a_film_is_heard_until_its_picture_ends(pack: Pack) -> None:
    assert pack.speech is not None
    assert pack.speaker is not None
    models = SpeechModel(pack.speech), load_voice_model(pack.speaker)
    told: list[float] = []
    sound = babble(8)
    heard = listen(in_blocks(sound, 10.0), *models, VoiceConfig(), 14.0, told.append)
    assert heard.window[-1] == pytest.approx(14, abs=0.1)
    assert heard.window[0] == 10
    assert len(heard) > 0
    long = heard.seconds >= VoiceConfig().min_voice_seconds
    assert np.linalg.norm(heard.voice[long], axis=1) == pytest.approx(1, abs=1e-4)
    assert not heard.voice[~long].any()  # too short to say whose it is
    assert sum(told) == pytest.approx(4, abs=0.2)
    assert len(heard.loudness) == len(heard.probability) == len(heard.window)
    loud = np.sqrt(np.mean(np.square(sound[:WINDOW])))
    assert heard.loudness[0] == pytest.approx(loud, rel=1e-4)
    # Ones and zeros, clipped throughout; and nothing at all.
    clipped = np.sign(babble(2)).astype(np.float32)
    assert np.isfinite(
        listen(in_blocks(clipped), *models, VoiceConfig(), 9, told.append).voice
    ).all()
    assert len(listen([], *models, VoiceConfig(), 9, told.append)) == 0
    silence = np.zeros(32000, np.float32)
    assert len(listen(in_blocks(silence), *models, VoiceConfig(), 9, told.append)) == 0
