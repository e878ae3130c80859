"""RTTM of NIST: `SPEAKER file channel start duration <NA> <NA> name <NA> <NA>`, blanks between."""

from __future__ import annotations

from vcn.evaluate.truth.model import SpanTruth
from vcn.evaluate.truth.rows import Rows
from vcn.evaluate.truth.spans import span_truth

_SPEAKER = "SPEAKER"
_TYPES = frozenset(
    (
        *(_SPEAKER, "SPKR-INFO", "SEGMENT", "NOSCORE", "NO_RT_METADATA", "LEXEME", "NON-LEX"),
        *("NON-SPEECH", "FILLER", "EDIT", "IP", "SU", "CB", "A/P"),
    )
)
"""What a line may be about (NIST, RT-09 evaluation plan); turns of speakers are read."""


def is_rttm(line: str) -> bool:
    """Whether a first line is one of RTTM; ;; begins a remark."""
    words = line.split()
    return words[0].startswith(";;") or (words[0] in _TYPES and len(words) >= 8)


def read_rttm(rows: Rows) -> SpanTruth:
    """Turns of speakers, as spans."""
    row: list[int] = []
    spans: list[tuple[float, float]] = []
    identity: list[str] = []
    for number, line in enumerate(rows.lines, start=1):
        words = line.split()
        if not words or words[0].startswith(";;"):
            continue
        if words[0] not in _TYPES or len(words) < 8:
            rows.fail(
                number,
                f"a line of RTTM is wanted (SPEAKER and 8 to 9 fields), got {line.strip()[:40]!r}",
                "One file holds one format.",
            )
        if words[0] != _SPEAKER:
            continue
        start = rows.number(number, "start", words[3])
        duration = rows.number(number, "duration", words[4])
        if duration <= 0:
            rows.fail(number, f"the duration must be more than 0, got {duration:g}")
        row.append(number)
        spans.append((start, start + duration))
        identity.append(rows.name(number, words[7]))
    return span_truth(rows, "rttm", row, spans, identity)
