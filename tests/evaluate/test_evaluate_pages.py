"""evaluation.html and the section of report.html: what they show, and in a browser."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from chromium import PROGRAM, Page, chromium
from film_results import film
from media import Film
from PIL import Image
from rich.console import Console

from vcn.config import EvaluateConfig
from vcn.errors import DataError, OutputError
from vcn.evaluate import Evaluation, evaluate
from vcn.evaluate.faces import cut_faces
from vcn.evaluate.pages import add_to_report, write_page
from vcn.evaluate.result import read_outcome
from vcn.evaluate.terminal import print_evaluation
from vcn.report.write import write_result
from vcn.types import FilmResult, Reason
from vcn.video import content_hash

QUICK = EvaluateConfig(resamples=20)
EVIL = "<script>window.bad=1</script>\"'&{{7*7}}"


def case(folder: Path, who: tuple[str, ...], result: FilmResult) -> Evaluation:
    """A written result, with the boxes of its tracks labelled by `who`."""
    folder.mkdir(exist_ok=True)
    path = write_result(result, folder / "clusters.json").clusters
    rows = ["frame,x1,y1,x2,y2,identity"]
    for track, name in zip(result.tracks, who, strict=True):
        for frame, box in list(zip(track.frame.tolist(), track.xyxy.tolist(), strict=True))[::5]:
            quoted = '"' + name.replace('"', '""') + '"'
            rows.append(",".join([str(frame), *map(str, box), quoted]))
    truth = folder / "labels.csv"
    truth.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return evaluate([path], [truth], QUICK)


def wrong(path: str = "film.mp4") -> FilmResult:
    """A film with a merge, a split and an unknown track."""
    return film(
        n_frames=200,
        cuts=[100],
        tracks=[(0, 40, 0), (50, 90, 0), (100, 140, 1), (100, 140, 2), (150, 190, Reason.blurred)],
        path=path,
    )


WHO = ("Anna", "Ben", "Anna", "Carl", "Carl")


def page_of(evaluation: Evaluation, folder: Path) -> str:
    path = folder / "evaluation.html"
    write_page(evaluation, path)
    return path.read_text(encoding="utf-8")


class Text(HTMLParser):
    """The text of a page, and the elements that were opened and closed."""

    VOID = frozenset({"meta", "img", "rect", "br", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert "style" not in dict(attrs), "the policy forbids style attributes"
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.text.append(data)


def parsed(page: str) -> Text:
    reader = Text()
    reader.feed(page)
    assert not reader.open
    return reader


def words(page: str) -> str:
    return " ".join(" ".join(parsed(page).text).split())


def test_the_page_says_what_was_found(tmp_path: Path) -> None:
    text = words(page_of(case(tmp_path, WHO, wrong()), tmp_path))
    for sentence in (
        "3 people found, 3 in the truth (ratio 1.00).",
        "1 track is with the wrong person.",
        "1 person is split over several clusters.",
        "takes 4 clicks.",
        "Person 1 holds 2 people",
        "1 of 2 tracks is somebody else",
        "Anna is in 2 places",
        "in 4 clusters of labelled tracks, unknown being one",
        "weighted cluster purity (4 clusters)",
        "no pictures: the film film.mp4 is not here",
        "Screen time",
        "People and clusters",
    ):
        assert sentence in text, sentence


def test_nothing_wrong_is_said_too(tmp_path: Path) -> None:
    result = film(n_frames=100, tracks=[(0, 40, 0), (50, 90, 1)])
    text = words(page_of(case(tmp_path, ("Anna", "Ben"), result), tmp_path))
    assert "No track is with the wrong person." in text
    assert "None: every cluster holds one person." in text
    assert "None: everybody is in one cluster." in text


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    who = (EVIL, "Ben", EVIL, "Carl", "Carl")
    page = page_of(case(tmp_path, who, wrong(path=EVIL)), tmp_path)
    reader = parsed(page)
    assert "script" not in reader.tags
    assert EVIL in "".join(reader.text)


def test_nothing_outside_is_referred_to(tmp_path: Path) -> None:
    page = page_of(case(tmp_path, WHO, wrong()), tmp_path)
    assert not re.search(r"""(?:src|href)=["'](?!data:image/|#)""", page)
    assert "url(" not in page
    assert "http" not in re.sub("http-equiv", "", page)


def test_equal_results_give_equal_pages(tmp_path: Path) -> None:
    evaluation = case(tmp_path, WHO, wrong())
    assert page_of(evaluation, tmp_path) == page_of(evaluation, tmp_path)


def test_pages_of_odd_evaluations(tmp_path: Path) -> None:
    """No faces at all, spans, several films."""
    full = case(tmp_path / "full", WHO, wrong())
    truth = tmp_path / "spans.csv"
    truth.write_text("identity,start,end\nAnna,0,1\n")
    path = full.films[0].film.path
    spans = evaluate([path], [truth], QUICK)
    text = words(page_of(spans, tmp_path))
    assert "only screen time" in text.lower()
    assert "All scores" not in text
    empty = write_result(film(n_frames=10), tmp_path / "empty.json", report=False).clusters
    labels = tmp_path / "one.csv"
    labels.write_text("frame,x1,y1,x2,y2,identity\n0,1,1,9,9,Anna\n")
    assert "0 people found, 1 in the truth" in words(
        page_of(evaluate([empty], [labels], QUICK), tmp_path)
    )
    both = evaluate([path, empty], [full.films[0].truth_path, labels], QUICK)
    text = words(page_of(both, tmp_path))
    assert "2 films" in text
    assert "3 clusters were found in all films; the truth has 3 people by name" in text


def test_an_unwritable_place(tmp_path: Path) -> None:
    evaluation = case(tmp_path, WHO, wrong())
    with pytest.raises(OutputError, match="cannot write"):
        write_page(evaluation, tmp_path / "none" / "evaluation.html")
    assert not list(tmp_path.glob(".*"))


def test_the_report_gets_one_section(tmp_path: Path) -> None:
    evaluation = case(tmp_path, WHO, wrong())
    report = tmp_path / "clusters.report.html"
    before = report.read_text(encoding="utf-8")
    add_to_report(evaluation, report)
    once = report.read_text(encoding="utf-8")
    add_to_report(evaluation, report)
    assert report.read_text(encoding="utf-8") == once
    assert once.count('class="vcn-evaluation"') == 1
    assert once.index("</main>") > once.index("vcn-evaluation")
    assert len(once) > len(before)


def test_only_a_report_gets_a_section(tmp_path: Path) -> None:
    evaluation = case(tmp_path, WHO, wrong())
    other = tmp_path / "other.html"
    for content in (b"<html><body></body></html>", b"\xff", b""):
        other.write_bytes(content)
        with pytest.raises(DataError, match="is not a report of vcn"):
            add_to_report(evaluation, other)
        assert other.read_bytes() == content
    with pytest.raises(DataError, match="cannot read"):
        add_to_report(evaluation, tmp_path / "none.html")


# ---- Faces ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def squares(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of 12 frames of 160 by 96, with a bright square of 24 on each."""
    return Film("squares.mp4").write(tmp_path_factory.mktemp("film"))


def film_of_squares(squares: Path) -> FilmResult:
    result = film(n_frames=12, tracks=[(0, 6, 0), (6, 12, 1)], path=str(squares))
    centre = np.array([Film("squares.mp4").centre(frame) for frame in range(12)])
    boxes = np.concatenate([centre - 12, centre + 12], axis=1)
    tracks = tuple(replace(track, xyxy=boxes[track.frame]) for track in result.tracks)
    manifest = replace(
        result.manifest, video={**result.manifest.video, "content_hash": content_hash(squares)}
    )
    return replace(
        result,
        tracks=tracks,
        manifest=manifest,
        video=replace(result.video, width=160, height=96),
    )


def test_faces_are_cut_from_the_film(squares: Path, tmp_path: Path) -> None:
    path = write_result(film_of_squares(squares), tmp_path / "clusters.json").clusters
    faces = cut_faces(read_outcome(path), [0, 1], QUICK)
    assert faces.note == ""
    assert set(faces.uri) == {0, 1}
    for uri in faces.uri.values():
        picture = Image.open(io.BytesIO(base64.b64decode(uri.split(",", 1)[1]))).convert("L")
        width, height = picture.size
        assert width == height
        assert picture.getpixel((width // 2, height // 2)) > 190
        assert picture.getpixel((1, 1)) < 90


def test_another_film_at_that_place_gives_no_faces(squares: Path, tmp_path: Path) -> None:
    result = film_of_squares(squares)
    manifest = replace(result.manifest, video={**result.manifest.video, "content_hash": "xxh3:0"})
    path = write_result(replace(result, manifest=manifest), tmp_path / "clusters.json").clusters
    faces = cut_faces(read_outcome(path), [0, 1], QUICK)
    assert faces.uri == {}
    assert "is not the film of this result" in faces.note
    assert set(faces.seconds) == {0, 1}


def test_a_broken_film_gives_no_faces(tmp_path: Path) -> None:
    broken = tmp_path / "film.mp4"
    broken.write_bytes(b"not a film")
    result = film(n_frames=12, tracks=[(0, 6, 0)], path=str(broken))
    manifest = replace(result.manifest, video={**result.manifest.video, "content_hash": None})
    path = write_result(replace(result, manifest=manifest), tmp_path / "clusters.json").clusters
    faces = cut_faces(read_outcome(path), [0], QUICK)
    assert faces.uri == {}
    assert faces.note.startswith("not all pictures: ")


# ---- In a real browser -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    if PROGRAM is None:
        pytest.skip("Debian's package chromium is not installed")
    with chromium() as page:
        yield page


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
@pytest.mark.parametrize("dark", [False, True])
def test_it_stands_in_a_browser(
    browser: Page, squares: Path, tmp_path: Path, width: int, height: int, dark: bool
) -> None:
    """Its pictures are there, nothing is wider than the window, nothing is asked for."""
    page = tmp_path / "evaluation.html"
    name = f"A very long name {EVIL} " * 4
    write_page(case(tmp_path, (name, name), film_of_squares(squares)), page)
    browser.events.clear()
    browser.open(page, width=width, height=height, dark=dark)
    assert browser.complaints() == []
    assert browser.requests() == [page.resolve().as_uri()]
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run("window.bad") is None
    assert browser.run("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
    assert browser.run("document.images.length") == 2
    picture = Image.open(io.BytesIO(browser.screenshot())).convert("RGB")
    colours = picture.getcolors(1 << 24)
    assert colours is not None
    assert len(colours) > 100
    assert (sum(picture.getpixel((2, height - 2))) < 150) is dark  # type: ignore[arg-type]


def test_the_section_stands_in_the_report(browser: Page, tmp_path: Path) -> None:
    """The report's policy lets the section's style in; both look right."""
    evaluation = case(tmp_path, WHO, wrong())
    report = tmp_path / "clusters.report.html"
    add_to_report(evaluation, report)
    browser.events.clear()
    browser.open(report, width=1366, height=768)
    assert browser.complaints() == []
    figures = "getComputedStyle(document.querySelector('.vcn-evaluation .ve-figures'))"
    assert browser.run(f"{figures}.display") == "flex"
    assert browser.run("document.querySelectorAll('#cards .card').length") == 3
    assert browser.run("document.documentElement.scrollWidth") <= 1366


def test_terminal_and_page_say_the_same_of_people(tmp_path: Path) -> None:
    """As many people as in the truth, by accident: one has no track, one cluster no label."""
    result = film(n_frames=60, tracks=[(0, 10, 0), (20, 30, 1), (40, 50, 2)])
    path = write_result(result, tmp_path / "film.json", report=False).clusters
    boxes = [
        f"{track.frame[0]},{','.join(str(float(v)) for v in track.xyxy[0])},{name}"
        for track, name in zip(result.tracks[:2], ("anna", "ben"), strict=True)
    ]
    truth = tmp_path / "gt.csv"
    rows = ["frame,x1,y1,x2,y2,identity", *boxes, "15,1,1,30,30,carla"]
    truth.write_text("\n".join(rows) + "\n")
    evaluation = evaluate([path], [truth], QUICK)
    said = (
        "3 people found, 3 in the truth (ratio 1.00); on labelled tracks 2 clusters for 2 "
        "(1 of the truth has no track, 1 cluster holds no label)"
    )
    out = io.StringIO()
    console = Console(file=out, width=200)
    print_evaluation(evaluation, console)
    assert f"film.json: {said}" in out.getvalue()
    page = page_of(evaluation, tmp_path)
    assert f"{said}." in words(page)
    assert "in 2 clusters of labelled tracks" in words(page)
    assert "purity, WCP (2 clusters)" in out.getvalue()
