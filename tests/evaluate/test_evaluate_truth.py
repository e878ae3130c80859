"""Files of truth: every documented example, every kind of mistake, the real files."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import ROOT

from vcn.config import EvaluateConfig
from vcn.errors import DataError
from vcn.evaluate import truth as formats
from vcn.evaluate.truth import (
    BoxTruth,
    SpanTruth,
    TrackTruth,
    Truth,
    left_out_of,
    people_of,
    read_truth,
)
from vcn.scores import DEFINITIONS

CASES = "SPEAKER zoom 1 0.00 1.00 <NA> <NA> ben <NA> <NA>\n"
LEAVE_OUT = EvaluateConfig().leave_out
Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(content: str | bytes) -> Path:
        path = tmp_path / "labels.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make


def examples() -> dict[str, str]:
    """The examples in the documentation, by format; boxes has one a column."""
    doc = formats.__doc__ or ""
    out: dict[str, str] = {}
    for part in doc.split("\n**")[1:]:
        name = part.split("**")[0]
        block = part.split("::\n\n")[1].split("\n\n")[0]
        lines = [line.strip() for line in block.splitlines()]
        if name == "boxes":
            columns = [line.split() for line in lines]
            out["boxes"] = "\n".join(c[0] for c in columns)
            out["boxes by time"] = "\n".join(c[1] for c in columns)
        else:
            out[name] = "\n".join(lines)
    return out


def read(path: Path) -> Truth:
    return read_truth(path, LEAVE_OUT)


def test_every_format_has_an_example() -> None:
    assert set(examples()) == {
        *("boxes", "boxes by time", "tracks", "spans", "ids", "mot", "rttm", "labels")
    }


def test_boxes_example(write: Write) -> None:
    truth = read(write(examples()["boxes"]))
    assert isinstance(truth, BoxTruth)
    assert truth.format == "boxes"
    assert truth.frame is not None
    assert truth.frame.tolist() == [0, 0]
    assert truth.xyxy[0].tolist() == [159.0, 80.2, 334.5, 293.4]
    assert truth.identity == ("anna", "ben")
    assert truth.row.tolist() == [2, 3]


def test_boxes_by_time_example(write: Write) -> None:
    truth = read(write(examples()["boxes by time"]))
    assert isinstance(truth, BoxTruth)
    assert truth.frame is None
    assert truth.seconds is not None
    assert truth.seconds.tolist() == [1.5, 72.25]
    assert truth.left_out.tolist() == [False, True]
    assert left_out_of(truth) == {"not_a_face": 1}
    assert people_of(truth) == ["anna"]


def test_tracks_example(write: Write) -> None:
    truth = read(write(examples()["tracks"]))
    assert isinstance(truth, TrackTruth)
    assert (truth.format, truth.track.tolist(), truth.identity) == (
        "tracks",
        [0, 3],
        ("anna", "ben"),
    )


def test_spans_example(write: Write) -> None:
    truth = read(write(examples()["spans"]))
    assert isinstance(truth, SpanTruth)
    assert truth.start.tolist() == [0, 62]
    assert truth.end.tolist() == [12.5, 67.25]


def test_ids_example(write: Write) -> None:
    truth = read(write(examples()["ids"]))
    assert isinstance(truth, TrackTruth)
    assert (truth.format, truth.track.tolist()) == ("ids", [7, 11])


def test_mot_example_is_one_based(write: Write) -> None:
    truth = read(write(examples()["mot"]))
    assert isinstance(truth, BoxTruth)
    assert truth.frame is not None
    assert truth.frame.tolist() == [0]
    assert truth.xyxy[0].tolist() == pytest.approx([158.0, 79.2, 333.5, 292.4])
    assert truth.identity == ("1",)


def test_mot_confidence_zero_is_left_out(write: Write) -> None:
    truth = read(write("1,4,10,10,20,20,0,1,0.5\n1,5,50,10,20,20,1,1,0.5\n"))
    assert truth.left_out.tolist() == [True, False]
    assert left_out_of(truth) == {"confidence 0": 1}
    assert people_of(truth) == ["5"]


def test_labels_example(write: Write) -> None:
    truth = read(write(examples()["labels"]))
    assert isinstance(truth, TrackTruth)
    assert (truth.format, truth.track.tolist()) == ("labels", [0, 1, 2])
    assert truth.identity == ("anna", "anna", "ben")


@pytest.mark.parametrize(
    "text",
    [
        '\ufeffframe,x1,y1,x2,y2,identity\r\n3,1,2,5,6,"Smith, Zo\u00eb"\r\n\r\n',
        "Frame;X1;Y1;X2;Y2;Identity\n3;1;2;5;6;Smith, Zoe\u0308\n",
        "identity\tframe\tx1\ty1\tx2\ty2\nSmith, Zo\u00eb\t3\t1\t2\t5\t6",
    ],
    ids=["bom-crlf-quotes", "semicolons-decomposed", "tabs-other-order"],
)
def test_spellings_of_one_file(write: Write, text: str) -> None:
    truth = read(write(text))
    assert isinstance(truth, BoxTruth)
    assert truth.identity == ("Smith, Zo\u00eb",)
    assert truth.xyxy.tolist() == [[1, 2, 5, 6]]


def test_words_to_leave_out_are_whole_words_in_any_case(write: Write) -> None:
    path = write("track_id,identity\n0,Unknown\n1,unknown_e03_10\n2,NOT_A_FACE\n3,anna\n")
    assert read(path).left_out.tolist() == [True, False, True, False]
    assert read_truth(path, ("anna",)).left_out.tolist() == [False, False, False, True]


BOXES = "frame,x1,y1,x2,y2,identity\n"
GOOD = "0,1,1,9,9,anna\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param("\n \n", "is empty", id="blank"),
        pytest.param(BOXES, "has a header but no rows", id="header-only"),
        pytest.param(b"frame,x1\xff\n", "row 1: it is not UTF-8", id="not-utf8"),
        pytest.param(
            BOXES.encode() + GOOD.encode() + b"1,1,1,9,9,Zo\xeb\n",
            "row 3: it is not UTF-8",
            id="latin-1",
        ),
        pytest.param("frame,x1".encode("utf-16"), "row 1: it is not text", id="utf-16"),
        pytest.param(b"\x89PNG\r\n\0\0", "row 2: it is not text", id="binary"),
        pytest.param(
            "frame,x1,y1,x2,y2,name\n",
            "row 1: the header .* has no column identity and a column name that no format has",
            id="wrong-column",
        ),
        pytest.param("frame,x,y,w,h,identity\n", "no column x1, x2, y1, y2", id="other-columns"),
        pytest.param("a,b,c\n1,2,3\n", "row 1: 'a,b,c' is no header", id="no-format"),
        pytest.param("frame,time,x1,y1,x2,y2,identity\n", "both frame and time", id="both"),
        pytest.param("frame,x1,x1,x2,y2,identity\n", "'x1' is there twice", id="twice"),
        pytest.param(
            BOXES + GOOD + "track_id,identity\n0,anna\n",
            "row 3: it has 2 columns, the rows before have 6",
            id="mixed-formats",
        ),
        pytest.param(
            BOXES + GOOD + BOXES, "row 3: the header is there a second time", id="header-twice"
        ),
        pytest.param(BOXES + "0,1,1,9,anna\n", "row 2: it has 5 columns", id="short-row"),
        pytest.param(
            BOXES + GOOD + "0.5,1,1,9,9,b\n", "row 3: frame must be a whole", id="half-frame"
        ),
        pytest.param(BOXES + "-1,1,1,9,9,b\n", "row 2: frame must be 0 or more", id="negative"),
        pytest.param(BOXES + "0,nan,1,9,9,b\n", "row 2: x1 must be a number, got 'nan'", id="nan"),
        pytest.param(BOXES + "0,1,1e999,9,9,b\n", "row 2: y1 must be a number", id="infinite"),
        pytest.param(BOXES + "0,1,1,9,9, \n", "row 2: the identity is empty", id="no-name"),
        pytest.param(BOXES + "0,9,1,1,9,b\n", "row 2: a box needs x2 > x1", id="turned-box"),
        pytest.param(
            BOXES + GOOD + "0,2,2,9,9,b\n" + GOOD, "row 4: the same box as in row 2", id="duplicate"
        ),
        pytest.param(
            BOXES + GOOD + "0,1,1,9,9,ben\n", "row 3: the same box as in row 2", id="two-names"
        ),
        pytest.param(BOXES + '0,1,1,9,9,"anna\n', "row 2: it cannot be split", id="open-quote"),
        pytest.param(
            "track_id,identity\n0,a\n0,b\n",
            "row 3: track 0 has a label already, in row 2",
            id="track-twice",
        ),
        pytest.param(
            "track_id,identity\nx,a\n", "row 2: track_id must be a whole", id="track-name"
        ),
        pytest.param(
            "identity,start,end\na,5,4\n", "row 2: end must lie after start", id="span-end"
        ),
        pytest.param(
            "identity,start,end\na,1,2\na,1,2\n",
            "row 3: the same span as in row 2",
            id="span-twice",
        ),
        pytest.param("identity,start,end\na,1:75,2\n", "row 2: start has more than 59", id="clock"),
        pytest.param(
            "identity,start,end\na,0:00:01:12,9\n",
            "row 2: start must be seconds or",
            id="time-code",
        ),
        pytest.param(
            "identity,start,end\na,-1e400,9\n", "row 2: start must be a number", id="span-number"
        ),
        pytest.param("CVHCI_TRACKLABELS_V1\n7\n", "row 2: a track and a name", id="ids-no-name"),
        pytest.param("CVHCI_TRACKLABELS_V1\n", "header but no rows", id="ids-empty"),
        pytest.param(
            "CVHCI_TRACKLABELS_V1\nx y\n", "row 2: the track must be a whole", id="ids-name"
        ),
        pytest.param(
            "0,1,10,10,5,5,1,-1,-1,-1\n", "row 1: frame must be 1 or more", id="mot-frame-0"
        ),
        pytest.param("1,1,10,10,0,5,1\n", "row 1: a box needs", id="mot-flat"),
        pytest.param("1,1,10,10,5,5,1\n1,1,10,10,5,5\n", "row 2: it has 6 columns", id="mot-mixed"),
        pytest.param("1,1,10,10,5,5,1,1,1,1,1\n", "MOT has 6 to 10 columns", id="mot-wide"),
        pytest.param("1,1.5,10,10,5,5\n", "row 1: id must be a whole", id="mot-id"),
        pytest.param("7 12.5 18.0 anna\n", "row 1: .* columns with blanks between", id="blanks"),
        pytest.param(CASES + "anna\n", "row 2: a line of RTTM is wanted", id="rttm-mixed"),
        pytest.param(CASES.replace("1.00", "0"), "row 1: the duration must be", id="rttm-none"),
        pytest.param(
            "anna\t\t00:00:01.000\t1.0\t00:00:02.000\t2.0\tanna\n",
            "row 1: .* looks like a table that ELAN exports",
            id="elan",
        ),
        pytest.param("anna,x,anna\n", "row 1: the column 'anna' is there twice in", id="twice"),
        pytest.param("anna\n\nben\n", "row 2: a label is missing", id="labels-gap"),
        pytest.param("anna\n0,1,1,9,9,ben\n", "row 2: one label is wanted", id="labels-mixed"),
    ],
)
def test_mistakes_are_said_in_one_line(write: Write, content: str | bytes, message: str) -> None:
    path = write(content)
    with pytest.raises(DataError, match=message) as caught:
        read(path)
    assert str(path) in caught.value.what
    assert "\n" not in str(caught.value)


def test_rttm_is_read_as_spans(write: Write) -> None:
    truth = read(write(";; a remark\n" + CASES + "LEXEME zoom 1 0 1 hello lex ben 0.9 <NA>\n"))
    assert isinstance(truth, SpanTruth)
    assert (truth.format, truth.identity) == ("rttm", ("ben",))
    assert (truth.start.tolist(), truth.end.tolist(), truth.row.tolist()) == ([0], [1], [2])


def test_mot_with_blanks_is_mot(write: Write) -> None:
    commas = read(write("1,1,0,20,100,100,0.9,0,0\n2,2,10,20,100,100,0.9,0,0\n"))
    blanks = read(write("1 1 0 20 100 100 0.9 0 0\n 2  2 10 20 100 100 0.9 0\t0\n"))
    assert isinstance(commas, BoxTruth)
    assert isinstance(blanks, BoxTruth)
    assert blanks.format == "mot"
    assert blanks.xyxy.tolist() == commas.xyxy.tolist()
    assert blanks.identity == commas.identity == ("1", "2")


@pytest.mark.parametrize(("name", "kind"), [("nine.rttm", "rttm"), ("nine.txt", "mot")])
def test_nine_lines_for_nine_tracks_are_no_labels(name: str, kind: str, shared_data: Path) -> None:
    assert read(shared_data / "cases" / name).format == kind


def test_names_may_have_blanks_and_numbers(write: Write) -> None:
    truth = read(write("anna 2\nthe man in 12 b\nben de vries\n"))
    assert truth.identity == ("anna 2", "the man in 12 b", "ben de vries")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no file"):
        read(tmp_path / "none.csv")
    with pytest.raises(DataError, match="cannot read"):
        read(tmp_path)


def refusal(path: Path) -> str:
    """What is wrong with a file; empty where it was read, and then it has rows."""
    try:
        truth = read(path)
    except DataError as error:
        return str(error)
    return "" if len(truth) else "\n"


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda s: s.encode("utf-8", "ignore")))
@settings(max_examples=300)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        assert "\n" not in refusal(Path(file.name))


@given(st.data())
@settings(max_examples=200)
def test_mutated_files_are_read_or_refused(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(sorted(examples().values())))
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 5))
    put = data.draw(st.text(alphabet='0,;\t\n"-.:eE\u0661\u00b2 x', max_size=6))
    with tempfile.NamedTemporaryFile() as file:
        file.write((text[:at] + put + text[at + cut :]).encode())
        file.flush()
        assert "\n" not in refusal(Path(file.name))


# Ball Cluster Learning, table 5: characters and tracks of each episode.
BCL = {
    "bbt_s01": ([8, 6, 26, 28, 25, 37], [656, 615, 660, 613, 524, 840], 103, 3908),
    "buffy_s05": ([13, 22, 15, 32, 38, 45], [795, 993, 1194, 898, 840, 1112], 109, 5832),
}


@pytest.mark.parametrize("series", BCL)
def test_published_numbers_of_people_and_tracks(series: str, shared_data: Path) -> None:
    """Pooled, a name is one person in all episodes; nobody is left out.

    `unknown_e05_3` in episodes 5 and 6 is one person too: that gives Buffy's 109.
    """
    people, tracks, pooled_people, pooled_tracks = BCL[series]
    truths = [read(path) for path in sorted((shared_data / "bcl").glob(f"{series}*.ids"))]
    assert [len(people_of(truth)) for truth in truths] == people
    assert [len(truth) for truth in truths] == tracks
    assert not any(truth.left_out.any() for truth in truths)
    assert len({name for truth in truths for name in people_of(truth)}) == pooled_people
    assert sum(len(truth) for truth in truths) == pooled_tracks


def test_labels_of_the_clips_are_read(shared_data: Path) -> None:
    expected = {"office": (156, 10), "signers": (129, 16), "cyclists": (27, 3), "stage": (35, 6)}
    for clip, (faces, people) in expected.items():
        truth = read(shared_data / "clips" / f"{clip}.labels.csv")
        assert isinstance(truth, BoxTruth)
        assert np.count_nonzero(~truth.left_out) == faces
        assert len(people_of(truth)) == people


def test_the_manual_agrees(write: Write) -> None:
    """docs/evaluate.md: every example is read, every score is there as it is defined."""
    manual = (ROOT / "docs" / "evaluate.md").read_text(encoding="utf-8")
    found = []
    for row in re.findall(r"^\| [^|]+ \| (`.+`) \|$", manual, re.MULTILINE):
        found.append(read(write(row.strip("`").replace("`<br>`", "\n"))).format)
    assert found == ["boxes", "boxes", "tracks", "spans", "ids", "mot", "rttm", "labels"]
    for name, what in DEFINITIONS.items():
        assert f"| `{name}` | {what.title} | {what.variant} | {what.source} |" in manual
