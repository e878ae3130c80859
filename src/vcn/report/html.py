"""The report: one HTML file that needs nothing else, and no network.

Text from outside (file names, pack names, notes) goes through jinja2's autoescape or its
``tojson``; the page's own policy (CSP) lets only the style and the script run that are
written here, by their hashes. Without the script the report still shows everything.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from vcn.config import ReportConfig, ReviewConfig
from vcn.report.document import (
    Json,
    called,
    frames_on_screen,
    people,
    plain,
    result_key,
    screen_time,
    unknown_reasons,
)
from vcn.report.doubtful import Doubt, pairs_in_doubt, tracks_in_doubt
from vcn.report.exemplars import exemplars_of, tracks_of
from vcn.report.page import policy, templates
from vcn.report.thumbnails import data_uri
from vcn.report.words import REASONS, count_text, likely_text, research_packs, span_text, time_notes
from vcn.runtime.progress import clock_time
from vcn.types import UNKNOWN, FilmResult, IntArray, Reason, Track

_TEMPLATE = Path(__file__).parent / "template"
_WIDTH = 100_000
"""Units across the timeline: 72 ms each in a film of two hours."""
_FACES = 1_200
"""Faces of people in one report, shared out where there are very many people."""
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800)


@dataclass(frozen=True, slots=True)
class Face:
    """One picture."""

    uri: str
    alt: str
    title: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the timeline."""

    path: str
    """SVG path of the spans, in a box of `_WIDTH` by 10."""
    spans: tuple[tuple[float, float], ...]
    """Start and end in seconds."""
    label: str


@dataclass(frozen=True, slots=True)
class Person:
    """One card of the contact sheet."""

    id: int
    label: str
    faces: tuple[Face, ...]
    shown: float
    shown_text: str
    share: str
    n_tracks: int
    first: str
    last: str
    first_seconds: float
    row: Row
    heard_text: str
    """How long the person is heard; empty where nobody listened."""
    unseen: Row | None
    """Where the person is heard and not seen."""
    faceless: Row | None
    """Where the person is seen without a face."""
    likely: str
    """What the cast says of the name; empty where nothing."""


@dataclass(frozen=True, slots=True)
class UnknownGroup:
    """The unknown tracks of one reason."""

    title: str
    text: str
    count: int
    faces: tuple[Face, ...]


def render_report(result: FilmResult, document: Json, config: ReportConfig) -> bytes:
    """The whole report as UTF-8; equal results give equal bytes.

    Args:
        result: What the run found.
        document: The content of clusters.json for the same result.
        config: Number and size of the pictures.
    """
    from markupsafe import Markup

    style = (_TEMPLATE / "report.css").read_text(encoding="utf-8")
    script = (_TEMPLATE / "report.js").read_text(encoding="utf-8")
    persons = _persons(result, config)
    unknown_row = _unknown_row(result)
    template = templates(_TEMPLATE).get_template("report.html.j2")
    page = template.render(
        style=Markup(style),  # our own files, not text from outside
        script=Markup(script),
        policy=Markup(policy(style, script)),  # hashes and quotes that fit an attribute
        film=_film(result, document),
        people=persons,
        doubtful=_doubtful(result, config),
        unknown=_unknown_groups(result, config),
        unknown_row=unknown_row,
        voices_row=_unseen(result, UNKNOWN, "Voices without a face"),
        figures_row=_faceless(result, UNKNOWN, "Nobody known"),
        sound="" if result.heard is None else plain(result.heard.sound),
        cuts=_cuts(result),
        ticks=_ticks(*_extent(result)),
        width=_WIDTH,
        n_tracks=len(result.tracks),
        research=research_packs(result),
        warnings=_warnings(result),
        manifest=document["manifest"],
        counts=[(count_text(name), n) for name, n in document["manifest"]["counts"].items()],
        config_lines=list(_flat(document["manifest"]["config"])),
        data=_data(result, document, persons, unknown_row),
    )
    return page.encode("utf-8", "replace")


def _persons(result: FilmResult, config: ReportConfig) -> list[Person]:
    """People, the most seen first."""
    n_people = result.clustering.n_clusters
    limit = max(1, min(config.exemplars, _FACES // max(n_people, 1)))
    main_side = config.thumbnail_side if limit == config.exemplars else config.small_side
    made = []
    for person in people(result):
        tracks = tracks_of(result, person)
        label = called(result, person)
        shown = screen_time(result.timeline, tracks)
        row = _row(result, tracks, label)
        first, last = row.spans[0][0], row.spans[-1][1]
        faces = [
            _face(
                result,
                track,
                f"{label} at",
                main_side if i == 0 else config.small_side,
                config.jpeg_quality,
            )
            for i, track in enumerate(exemplars_of(result, person, limit))
        ]
        made.append(
            Person(
                id=person,
                label=label,
                faces=tuple(faces),
                shown=shown,
                shown_text=span_text(shown),
                share=_percent(shown, result.timeline.shown_seconds),
                n_tracks=len(tracks),
                first=clock_time(first),
                last=clock_time(last),
                first_seconds=first,
                row=row,
                heard_text=_heard_text(result, person),
                unseen=_unseen(result, person, label),
                faceless=_faceless(result, person, label),
                likely=likely_text(result, person),
            )
        )
    return sorted(made, key=lambda person: (-person.shown, person.id))


def _row(result: FilmResult, tracks: Sequence[Track], label: str) -> Row:
    """The union of the tracks."""
    return _drawn(result, _spans(result, frames_on_screen(tracks)), label, "on screen")


def _spans(result: FilmResult, frames: IntArray) -> tuple[tuple[float, float], ...]:
    """Frames as spans without a gap, in seconds."""
    is_hole = np.isin(frames[:-1], result.timeline.holes)
    breaks = np.flatnonzero((np.diff(frames) > 1) | is_hole)
    starts = frames[np.concatenate([[0], breaks + 1])] if len(frames) else frames
    lasts = frames[np.concatenate([breaks, [len(frames) - 1]])] if len(frames) else frames
    start_of, end_of = result.timeline.seconds, result.timeline.end_seconds
    return tuple((start_of(int(a)), end_of(int(b))) for a, b in zip(starts, lasts, strict=True))


def _drawn(result: FilmResult, spans: tuple[tuple[float, float], ...], label: str, how: str) -> Row:
    begin, end = _extent(result)
    scale = _WIDTH / max(end - begin, 1e-9)
    parts = []
    for a, b in spans:
        x, width = round((a - begin) * scale), max(round((b - a) * scale), 1)
        parts.append(f"M{x} 0h{width}v10h-{width}z")
    total = sum(b - a for a, b in spans)
    times = "once" if len(spans) == 1 else f"{len(spans)} times"
    return Row("".join(parts), spans, f"{label}: {how} {times}, {span_text(total)} in all")


def _unseen(result: FilmResult, person: int, label: str) -> Row | None:
    """Where a person is heard and nobody is seen to speak; -1: voices of nobody known."""
    heard = result.heard
    if heard is None:
        return None
    begin, end = _extent(result)
    rows = np.flatnonzero((heard.person == person) & (heard.track < 0))
    spans = tuple(
        (max(float(heard.start[u]), begin), min(float(heard.end[u]), end))
        for u in rows
        if heard.end[u] > begin and heard.start[u] < end
    )
    return _drawn(result, spans, label, "heard, not seen,") if spans else None


def _faceless(result: FilmResult, person: int, label: str) -> Row | None:
    """Where a person is seen without a face; -1: people of whom nobody knows who they are."""
    if result.figures is None:
        return None
    frames = result.figures.frames_of(person)
    if person != UNKNOWN:
        frames = np.setdiff1d(frames, frames_on_screen(tracks_of(result, person)))
    spans = _spans(result, frames)
    return _drawn(result, spans, label, "seen without a face") if spans else None


def _heard_text(result: FilmResult, person: int) -> str:
    return "" if result.heard is None else span_text(result.heard.seconds_of(person))


def _unknown_row(result: FilmResult) -> Row | None:
    tracks = [result.tracks[track] for track in unknown_reasons(result)]
    return _row(result, tracks, "Unknown faces") if tracks else None


def _unknown_groups(result: FilmResult, config: ReportConfig) -> list[UnknownGroup]:
    members: dict[Reason, list[int]] = {reason: [] for reason in REASONS}
    for track, reason in unknown_reasons(result).items():
        members[reason].append(track)
    groups = []
    for reason, tracks in members.items():
        if tracks:
            title, text = REASONS[reason]
            # Spread over the film, not the first ones only.
            step = max(1.0, len(tracks) / config.unknown_thumbnails)
            chosen = [tracks[int(i * step)] for i in range(int(len(tracks) / step))]
            faces = [
                _face(result, track, "Unknown face at", config.small_side, config.jpeg_quality)
                for track in chosen
            ]
            groups.append(UnknownGroup(title, text, len(tracks), tuple(faces)))
    return groups


def _doubtful(result: FilmResult, config: ReportConfig) -> list[tuple[Doubt, list[Face]]]:
    """What the result is least sure of, with a face of each side."""
    review = ReviewConfig()
    best = {
        person: exemplars_of(result, person, 1)[0] for person in range(result.clustering.n_clusters)
    }
    found = [*pairs_in_doubt(result, best, review), *tracks_in_doubt(result, best, review)]
    look = config.thumbnail_side, config.jpeg_quality
    return [
        (one, [_face(result, track, "Face at", *look) for track in one.tracks]) for one in found
    ]


def _face(result: FilmResult, track: int, words: str, side: int, quality: int) -> Face:
    when = clock_time(result.timeline.seconds(int(result.thumbnail_frame[track])))
    return Face(
        uri=data_uri(result.thumbnails[track], side, quality),
        alt=f"{words} {when}",
        title=f"{when}, shot {result.tracks[track].shot + 1}, track {track}",
    )


def _film(result: FilmResult, document: Json) -> Json:
    video, length = document["video"], result.timeline.shown_seconds
    rate = float(result.video.frame_rate)
    known = [track for track in result.tracks if result.clustering.labels[track.id] >= 0]
    return {
        "name": PurePath(video["path"]).name or video["path"] or "film",
        "path": video["path"],
        "facts": [
            f"{video['width']} \N{MULTIPLICATION SIGN} {video['height']}",
            f"{rate:.3f}".rstrip("0").rstrip(".") + " frames a second",
            f"{span_text(length)} long",
        ],
        "hash": video["content_hash"],
        "codec": plain(f"{result.video.codec}, {result.video.pixel_format}"),
        "n_frames": video["n_frames"],
        "known": _percent(screen_time(result.timeline, known), length),
    }


def _extent(result: FilmResult) -> tuple[float, float]:
    timeline = result.timeline
    return (timeline.seconds(0), timeline.seconds(len(timeline))) if len(timeline) else (0.0, 0.0)


def _cuts(result: FilmResult) -> str:
    """SVG path of the cuts between shots."""
    begin, end = _extent(result)
    scale = _WIDTH / max(end - begin, 1e-9)
    starts = [result.timeline.seconds(shot.start) for shot in result.shots[1:]]
    return "".join(f"M{round((t - begin) * scale)} 0v10" for t in starts)


def _ticks(begin: float, end: float) -> list[tuple[str, str]]:
    """Places (percent) and labels of about six ticks, for paper and without script."""
    length = end - begin
    step = next((s for s in _STEPS if length / s <= 7), _STEPS[-1])
    first = -(-begin // step) * step
    times = np.arange(first, end, step) if length > 0 else np.empty(0)
    return [(f"{100 * (t - begin) / length:.3f}%", clock_time(float(t))) for t in times]


def _warnings(result: FilmResult) -> list[str]:
    """What a reader must know before believing the rest."""
    counts = result.manifest.counts
    found = [plain(note) for note in result.video.notes]
    corrupt = sum(n for name, n in counts.items() if "corrupt" in name)
    if corrupt:
        found.append(f"{corrupt} damaged parts of the film could not be read.")
    if result.corrections is not None:
        found += [
            f"A correction does not hold ({why}): {plain(text)}."
            for why, _, text, _ in result.corrections.problems
        ]
    if result.cast is not None:
        found += [f"{plain(p)}: {plain(text)}." for p, text in result.cast.problems]
    return [*found, *time_notes(result)]


def _data(
    result: FilmResult, document: Json, persons: Iterable[Person], unknown: Row | None
) -> Json:
    """What the script needs: times in milliseconds, and a key for the names."""
    begin, end = _extent(result)
    return {
        "key": result_key(
            document["video"]["content_hash"], (person["tracks"] for person in document["people"])
        ),
        "video": {"path": document["video"]["path"], "hash": document["video"]["content_hash"]},
        "begin": _ms(begin),
        "end": _ms(end),
        "shots": [_ms(shot["start_seconds"]) for shot in document["shots"]],
        "people": [
            {
                "id": person.id,
                "label": person.label,
                "shown": _ms(person.shown),
                "spans": [[_ms(a), _ms(b)] for a, b in person.row.spans],
            }
            for person in persons
        ],
        "unknown": [[_ms(a), _ms(b)] for a, b in unknown.spans] if unknown else [],
    }


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _percent(part: float, whole: float) -> str:
    share = 100 * part / whole if whole > 0 else 0.0
    return "under 1 %" if 0 < share < 0.5 else f"{share:.0f} %"


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, str]]:
    """Nested options as lines: ("detect.threshold", "0.5")."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value if isinstance(value, str) else json.dumps(value)
