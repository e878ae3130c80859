"""Files of truth: who is where in a film, in seven formats told apart by their first line.

Frames count from 0 (MOT: from 1), boxes are left, top, right, bottom in displayed
pixels, times are seconds in the film's own clock, as in clusters.json, or
`[hours:]minutes:seconds`. The separator is a comma, a semicolon or a tab; the order of
the columns is free; the file is UTF-8.

**boxes** - faces on some frames, by frame or by time::

    frame,x1,y1,x2,y2,identity          time,x1,y1,x2,y2,identity
    0,159.0,80.2,334.5,293.4,anna       0:01.5,159.0,80.2,334.5,293.4,anna
    0,410.5,90.0,501.0,205.5,ben        72.25,410.5,90.0,501.0,205.5,not_a_face

**tracks** - the person of tracks of the result, by their id::

    track_id,identity
    0,anna
    3,ben

**spans** - when somebody is on screen; enough for screen time, and only for that::

    identity,start,end
    anna,0,12.5
    ben,1:02,1:07.25

**ids** - the labels of the BBT and Buffy sets: track and person::

    CVHCI_TRACKLABELS_V1
    7 sheldon
    11 leonard

**mot** - MOTChallenge text, commas or blanks between, 1-based: frame, person, left, top,
width, height, and maybe confidence (0: leave this box out) and three more numbers, which are
ignored::

    1,1,159.0,80.2,175.5,213.2,1,-1,-1,-1

**rttm** - turns of speakers, blanks between; read as spans: who speaks is taken to be on
screen::

    SPEAKER film 1 1.50 2.25 <NA> <NA> anna <NA> <NA>

**labels** - the person of every track of the result, one a line, in order::

    anna
    anna
    ben
"""

from __future__ import annotations

from vcn.evaluate.truth.model import (
    BoxTruth,
    SpanTruth,
    TrackTruth,
    Truth,
    bad_row,
    left_out_of,
    people_of,
)
from vcn.evaluate.truth.read import read_truth
from vcn.evaluate.truth.rows import FORMATS_HINT, IDS_HEADER

__all__ = [
    "FORMATS_HINT",
    "IDS_HEADER",
    "BoxTruth",
    "SpanTruth",
    "TrackTruth",
    "Truth",
    "bad_row",
    "left_out_of",
    "people_of",
    "read_truth",
]
