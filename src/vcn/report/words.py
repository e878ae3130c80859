"""Words and numbers for people, the same in the terminal and in the report."""

from __future__ import annotations

from vcn.runtime.progress import clock_time
from vcn.types import FilmResult, Reason

REASONS = {
    Reason.too_small: ("Too small", "The face is never large enough to be recognised."),
    Reason.blurred: ("Too blurred", "The face is never sharp enough to be recognised."),
    Reason.low_ser_fiq: (
        "Hard to recognise",
        "The face model gives unstable answers: turned away, covered or badly lit.",
    ),
    Reason.too_short: ("Too brief", "The face is seen too briefly to be compared."),
    Reason.not_a_face: ("Not a face", "What was found is most likely no face."),
    Reason.uncertain: ("No certain match", "Good enough to see, but like no one for certain."),
}
"""A title and a sentence for each reason, in the order in which they are shown."""

_COUNTS = {
    "co_occurring_pairs": "Pairs of tracks that share a frame",
    "doubled_pairs": "Pairs of tracks that are one face, found twice",
    "corrupt": "Damaged parts of the film",
    "gaps": "Holes in the recording",
    "repairs": "Places where time stamps were repaired",
    "repaired_frames": "Frames whose time was made up",
    "searched_frames": "Frames searched for faces",
    "crops": "Face crops compared",
    "corrupt_sound": "Damaged parts of the sound",
}


def span_text(seconds: float) -> str:
    """A length of time: "12.3 s" below a minute, h:mm:ss from there."""
    return f"{seconds:.1f} s" if seconds < 59.95 else clock_time(seconds)


def time_notes(result: FilmResult) -> list[str]:
    """What a reader must know about the times of this film, in whole sentences."""
    timeline, counts, notes = result.timeline, result.manifest.counts, []
    if len(timeline.holes):
        length = timeline.seconds(len(timeline)) - timeline.seconds(0)
        n = len(timeline.holes)
        holes = "There is a hole" if n == 1 else f"There are {n} holes"
        missing = span_text(length - timeline.shown_seconds)
        notes.append(f"{holes} in the recording ({missing} without a picture): not counted.")
    repairs = counts.get("repairs", 0)
    if repairs:
        places = "one place" if repairs == 1 else f"{repairs} places"
        frames = counts.get("repaired_frames", 0)
        notes.append(f"Time stamps were repaired in {places} ({frames} frames).")
    return notes


def count_text(name: str) -> str:
    """What a count of the manifest counts, in words."""
    return _COUNTS.get(name, name.replace("_", " ").capitalize())


def research_packs(result: FilmResult) -> list[str]:
    """Names of the packs that were used and are known not to allow commercial use."""
    return [str(pack["name"]) for pack in result.manifest.packs if pack.get("research_only")]


def likely_text(result: FilmResult, person: int) -> str:
    """What the cast says of a person's name, one short sentence; empty where nothing."""
    one = None if result.cast is None else result.cast.people.get(person)
    if one is None:
        return ""
    chance = f"{100 * one.probability:.0f} %"
    if one.sure:
        return f"by photographs or other films, {chance}"
    text = f"perhaps {one.name}, {chance}"
    if one.same_as is not None:
        text += ": may be one with the person who is called so"
    return text
