"""RTTM: who speaks when, a line a turn, for those who study speech.

Own code, for a line is ten words. Source: NIST, The 2009 (RT-09) Rich Transcription Meeting
Recognition Evaluation Plan, appendix A. Times count from the film's first frame, as those of
a sound file that was taken from it do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from vcn.errors import DataError
from vcn.export.excerpt import Excerpt, Rendered
from vcn.report.faceless import FilmUtterance
from vcn.types import UNKNOWN

_PAUSE = 0.3
"""Seconds: a speaker who goes on within this has not ended the turn. As the collar of the
usual scores: 0.25 s on either side of an edge are not scored."""


def render(excerpt: Excerpt) -> Rendered:
    """The turns by time: of the selected people, and of voices without a face.

    Raises:
        DataError: Nobody listened to this film.
    """
    spoken = excerpt.film.utterances
    if spoken is None:
        raise DataError(
            f"{excerpt.film.path} does not say who speaks: the film has no sound, "
            "or was not listened to",
            "Make it again with `vcn cluster`, without --no-voice.",
        )
    people = {person for subject in excerpt.subjects for person in subject.people}
    chosen = [one for one in spoken if one.person is None or one.person in people]
    if people < {person.id for person in excerpt.film.people}:  # somebody was asked for
        chosen = [one for one in chosen if one.person is not None or UNKNOWN in people]
    first = excerpt.film.video.start_seconds
    name = re.sub(r"\s+", "_", excerpt.film.path.name.removesuffix(".clusters.json")) or "film"
    lines = [
        f"SPEAKER {name} 1 {start - first:.3f} {end - start:.3f} <NA> <NA> {speaker} <NA> <NA>"
        for start, end, speaker in _turns(excerpt, chosen)
    ]
    return Rendered("".join(line + "\n" for line in lines).encode("utf-8", "replace"))


def _turns(excerpt: Excerpt, spoken: Iterable[FilmUtterance]) -> list[tuple[float, float, str]]:
    """Start, end and name; utterances of one speaker that follow each other are one."""
    turns: list[tuple[float, float, str]] = []
    for one in spoken:
        speaker = _speaker(excerpt, one)
        if turns and turns[-1][2] == speaker and one.start_seconds - turns[-1][1] <= _PAUSE:
            turns[-1] = (turns[-1][0], max(turns[-1][1], one.end_seconds), speaker)
        else:
            turns.append((one.start_seconds, one.end_seconds, speaker))
    return turns


def _speaker(excerpt: Excerpt, one: FilmUtterance) -> str:
    """One word for who it is: RTTM has no blanks in names."""
    if one.person is not None:
        return re.sub(r"\s+", "_", excerpt.person_name(one.person)) or f"person_{one.person}"
    return "unknown" if one.voice is None else f"voice_{one.voice + 1}"
