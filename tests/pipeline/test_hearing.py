"""A film is heard beside its pictures, and stays the film that it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sound_films import babble, with_sound

import vcn
from vcn import pipeline
from vcn.config import RunConfig
from vcn.errors import PackError, UsageError
from vcn.methods.vcn.odds import cues_of
from vcn.pipeline import ears
from vcn.pipeline.hearing import Listened, remarks, tracks_of_looks
from vcn.pipeline.keys import people_key
from vcn.runtime.progress import NoProgress
from vcn.types import FilmResult, Speech
from vcn.weights.packs import Pack, load_pack

OFF = RunConfig(device="cpu", adapt=replace(RunConfig().adapt, mode="off"))


class Notes(NoProgress):
    """Keeps what a reader would be told."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture(scope="module")
def film(short_film: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of picture and four of sound, and a second sound that is silent."""
    out = tmp_path_factory.mktemp("sound") / "film.mkv"
    return with_sound(short_film, out, [babble(4), np.zeros(64_000, np.float32)])


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


def cluster(film: Path, work: Path, config: RunConfig = OFF) -> tuple[FilmResult, list[str]]:
    told = Notes()
    return vcn.cluster(film, config, progress=told, work_dir=work), told.notes


def test_who_is_heard_is_in_the_result(film: Path, work: Path) -> None:
    result, notes = cluster(film, work)
    heard = result.heard
    assert heard is not None
    assert len(heard) > 0
    assert heard.end.max() <= result.timeline.seconds(len(result.timeline)) + 0.2
    assert (heard.track < len(result.tracks)).all()
    of_track = np.append(result.clustering.labels, -1)[heard.track]
    np.testing.assert_array_equal(heard.person[heard.track >= 0], of_track[heard.track >= 0])
    assert any("heard is sound stream 0" in note and "of 2" in note for note in notes)
    assert [pack["name"] for pack in result.manifest.packs] == ["open", "voice"]
    assert result.manifest.counts["corrupt_sound"] == 0
    assert not any("speaks" in note or "decoded" in note for note in notes)
    # Again, from the artefacts: the same.
    again, _ = cluster(film, work)
    assert again.heard is not None
    np.testing.assert_array_equal(again.heard.probability, heard.probability)
    assert {"scan", "embed", "identify", "listen"} <= set(result.manifest.timings)
    assert "listen" not in again.manifest.timings


def test_the_people_are_the_same_without_sound(film: Path, work: Path) -> None:
    deaf = replace(OFF, voice=replace(OFF.voice, enabled=False))
    result, notes = cluster(film, work, deaf)
    assert result.heard is None
    assert [pack["name"] for pack in result.manifest.packs] == ["open"]
    assert not any("heard" in note for note in notes)
    with_voice, _ = cluster(film, work)
    np.testing.assert_array_equal(result.clustering.labels, with_voice.clustering.labels)


def test_voices_are_evidence_unless_told_not_to(film: Path, work: Path) -> None:
    """The method is given a voice a track, and what it is given is in the key of the people."""
    run = pipeline.Run.prepare(film, OFF, None, work)
    scan = run.scan()
    voices = run.track_film(scan, run.embed(scan)).voices
    assert voices is not None
    assert len(voices) == len(scan.tracks)
    deaf = replace(OFF, voice=replace(OFF.voice, enabled=False))
    without = pipeline.Run.prepare(film, deaf, None, work)
    assert without.track_film(scan, without.embed(scan)).voices is None
    other = replace(OFF, voice=replace(OFF.voice, stream=1))
    keys = {people_key(pipeline.Run.prepare(film, c, None, work).setup) for c in (OFF, deaf, other)}
    assert len(keys) == 3
    names = {cue.name for cue in cues_of(OFF.evidence)}
    assert names - {cue.name for cue in cues_of(replace(OFF.evidence, voice=False))} == {"voice"}


def test_another_stream_is_heard_where_it_is_asked_for(film: Path, work: Path) -> None:
    silent, notes = cluster(film, work, replace(OFF, voice=replace(OFF.voice, stream=1)))
    assert silent.heard is not None
    assert len(silent.heard) == 0
    assert any("nobody speaks in sound stream 1" in note for note in notes)
    with pytest.raises(UsageError, match=r"sound stream 2 of .* is not there"):
        cluster(film, work, replace(OFF, voice=replace(OFF.voice, stream=2)))


def test_what_was_not_heard_is_said() -> None:
    empty = np.zeros(0)
    none = Speech(empty, empty, np.zeros((0, 2)), empty, empty, empty)
    silent = replace(none, window=np.zeros(3), loudness=np.zeros(3), probability=np.zeros(3))
    assert list(remarks(None, "sound stream 0")) == []
    assert list(remarks(Listened(silent, 0), "sound stream 0")) == [
        "nobody speaks in sound stream 0"
    ]
    assert list(remarks(Listened(none, 142), "sound stream 0")) == [
        "142 parts of sound stream 0 could not be decoded",
        "nothing could be heard in sound stream 0",
    ]


def test_a_film_without_sound_says_so(short_film: Path, tmp_path: Path) -> None:
    result, notes = cluster(short_film, tmp_path)
    assert result.heard is None
    assert "the film has no sound: nobody is heard" in notes


def test_without_the_packages_one_note_and_no_voice(
    film: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = load_pack("voice")
    gone = replace(pack.files[1], path=Path("not-installed/resemblyzer/pretrained.pt"))
    absent = replace(pack, files=(pack.files[0], gone))

    def load(name: str) -> Pack:
        return absent

    monkeypatch.setattr(ears, "load_pack", load)
    with pytest.raises(PackError):
        absent.verify()
    result, notes = cluster(film, work)
    assert result.heard is None
    (note,) = [note for note in notes if "heard" in note]
    assert "install vcn[voice], or say --no-voice" in note


def test_every_look_at_a_mouth_belongs_to_a_track(film: Path, work: Path) -> None:
    run = pipeline.Run.prepare(film, OFF, None, work)
    scan = run.scan()
    track = tracks_of_looks(scan)
    for number, frame in zip(track.tolist(), scan.mouths.frame.tolist(), strict=True):
        assert number == -1 or frame in scan.tracks[number].frame
    seen = sum(int(one.observed.sum()) for one in scan.tracks)
    assert (track >= 0).sum() == seen


def test_the_command_line(
    film: Path, work: Path, tmp_path: Path, run: Callable[..., tuple[int, str, str]]
) -> None:
    out = tmp_path / "film.clusters.json"
    common = (film, "-o", out, "--work-dir", work, "--adapt", "off", "--device", "cpu", "-q")
    assert run("cluster", *common)[0] == 0
    assert len(json.loads(out.read_text())["utterances"]) > 0
    code, text, _ = run("export", out, "-f", "rttm", "-o", "-")
    assert code == 0
    assert all(line.startswith("SPEAKER film 1 ") for line in text.splitlines())
    assert run("cluster", *common, "--no-voice", "--no-report")[0] == 0
    assert "utterances" not in json.loads(out.read_text())
    code, _, err = run("export", out, "-f", "rttm", "-o", "-")
    assert code == 7
    assert "was not listened to" in err
    code, _, err = run("cluster", *common, "--audio-stream", "9")
    assert code == 2
    assert "it has 2, counted from 0" in err
    _, text, _ = run("cluster", film, "--dry-run", "--audio-stream", "1")
    assert "sound:      sound stream 1 (pcm_s16le, 16000 Hz, mono)" in text
