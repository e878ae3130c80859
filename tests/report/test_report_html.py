"""The report: complete, safe with hostile names, and looked at in a real browser."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from chromium import PROGRAM, Page, chromium
from film_results import TWO_PEOPLE, film, films
from hypothesis import HealthCheck, given, settings
from PIL import Image

from vcn.config import ReportConfig
from vcn.report.document import film_document
from vcn.report.html import render_report
from vcn.report.thumbnails import data_uri
from vcn.types import FilmResult, Reason

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;{{ 7 * 7 }}.mp4"


def page_of(result: FilmResult) -> str:
    document = film_document(result, "clusters.boxes.parquet", ReportConfig())
    return render_report(result, document, ReportConfig()).decode("utf-8")


def long_film(n_people: int, n_shots: int, shot: int = 40) -> FilmResult:
    """Every shot shows one person; every tenth track is unknown."""
    rng = np.random.default_rng(0)
    reasons = list(Reason)
    tracks = [
        (
            i * shot + 2,
            (i + 1) * shot - 2,
            reasons[i % 5] if i % 10 == 9 else int(rng.integers(n_people)),
        )
        for i in range(n_shots)
    ]
    noise = rng.integers(0, 255, (n_shots, 20, 20, 3), np.uint8)
    pictures = np.stack(
        [np.asarray(Image.fromarray(picture).resize((150, 150))) for picture in noise]
    )
    return film(
        n_frames=n_shots * shot,
        cuts=range(shot, n_shots * shot, shot),
        tracks=tracks,
        thumbnails=pictures,
        path="a film.mov",
    )


class Outline(HTMLParser):
    """Checks that tags are closed and collects what a test asks about."""

    void = ("meta", "img", "input", "br", "path", "line")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def outline(page: str) -> Outline:
    parsed = Outline()
    parsed.feed(page)
    assert parsed.open == []
    return parsed


@given(films())
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
def test_every_result_makes_a_page(result: FilmResult) -> None:
    parsed = outline(page_of(result))
    ids = [attrs["id"] for _, attrs in parsed.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    names = [attrs for tag, attrs in parsed.tags if tag == "input"]
    assert len(names) == result.clustering.n_clusters
    assert all(attrs.get("alt") is not None for tag, attrs in parsed.tags if tag == "img")


def test_hostile_names_stay_text() -> None:
    page = page_of(film(n_frames=10, tracks=[(0, 10, 0)], path=EVIL, notes=(EVIL,)))
    parsed = outline(page)
    assert [tag for tag, _ in parsed.tags].count("script") == 2
    assert not any(name.startswith("on") for _, attrs in parsed.tags for name in attrs)
    assert all((attrs["src"] or "").startswith("data:") for t, attrs in parsed.tags if t == "img")
    assert "49.mp4" not in page  # jinja2 did not run what the name says
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', page)
    assert data is not None
    assert json.loads(data[1])["video"]["path"] == EVIL


def test_nothing_outside_is_referred_to() -> None:
    page = page_of(TWO_PEOPLE)
    places = re.findall(r'(?:src|href|action)="([^"]*)"', page)
    assert places
    assert all(place.startswith(("#", "data:image/jpeg;base64,")) for place in places)
    assert "url(" not in page
    assert "@import" not in page
    assert re.findall(r"https?://[^\s\"')]+", page) == ["http://www.w3.org/2000/svg"]
    assert "default-src 'none'" in page


def test_research_only_is_said() -> None:
    tracks = [(0, 10, 0)]
    assert "Research only" not in page_of(film(n_frames=10, tracks=tracks))
    page = page_of(film(n_frames=10, tracks=tracks, commercial=False))
    assert "Research only" in page
    assert "buffalo_l may not be used commercially" in page


def test_warnings_are_said() -> None:
    page = page_of(film(n_frames=10, counts={"corrupt_packets": 3}, notes=("Deinterlaced.",)))
    assert "3 damaged parts of the film" in page
    assert "Deinterlaced." in page


def test_a_film_without_faces_says_so() -> None:
    page = page_of(film(n_frames=10))
    assert "No face was found in this film." in page
    assert 'id="timeline"' not in page


def test_unknown_faces_are_grouped_and_counted() -> None:
    tracks = [(i, i + 1, Reason.blurred) for i in range(40)] + [(50, 60, Reason.too_small)]
    page = page_of(film(n_frames=60, tracks=tracks))
    assert re.search(r"Too blurred\s*<span class=\"count\">40</span>", page)
    assert "and 16 more" in page
    assert "No face in this film could be recognised" in page


def test_a_film_of_a_thousand_tracks_stays_small() -> None:
    assert len(page_of(long_film(60, 1000))) < 8_000_000
    # Even where clustering failed and nearly each track is a person.
    assert len(page_of(long_film(1000, 1000))) < 8_000_000


def test_thumbnails_are_reduced_never_enlarged() -> None:
    def size(side: int) -> tuple[int, int]:
        import base64

        uri = data_uri(np.zeros((100, 100, 3), np.uint8), side, 80)
        return Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))).size

    assert size(40) == (40, 40)
    assert size(400) == (100, 100)


# ---- In a real browser -------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    if PROGRAM is None:
        pytest.skip("Debian's package chromium is not installed")
    with chromium() as page:
        yield page


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "clusters.report.html"
    path.write_text(page_of(long_film(12, 300)), encoding="utf-8")
    return path


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
@pytest.mark.parametrize("dark", [False, True])
def test_it_stands_in_a_browser(
    browser: Page, report: Path, width: int, height: int, dark: bool
) -> None:
    browser.events.clear()
    browser.open(report, width=width, height=height, dark=dark)
    assert browser.complaints() == []
    assert browser.requests() == [report.resolve().as_uri()]
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run("document.querySelectorAll('.card').length") == 12
    picture = Image.open(io.BytesIO(browser.screenshot())).convert("RGB")
    assert picture.size == (width, height)
    # It is not blank, and dark where it should be.
    assert len(picture.getcolors(1 << 24)) > 500
    brightness = sum(picture.getpixel((2, height - 2)))
    assert (brightness < 150) is dark


def test_hostile_names_do_nothing_in_a_browser(browser: Page, tmp_path: Path) -> None:
    path = tmp_path / "clusters.report.html"
    path.write_text(page_of(film(n_frames=10, tracks=[(0, 10, 0)], path=EVIL)), encoding="utf-8")
    browser.events.clear()
    browser.open(path, width=1366, height=768)
    assert browser.complaints() == []
    assert len(browser.requests()) == 1
    assert browser.run("document.querySelector('h1').textContent") == EVIL.rsplit("/", 1)[-1]
    # A name that is typed in is text too.
    browser.run(
        "(() => { const name = document.querySelector('input.name');"
        f"name.value = {json.dumps(EVIL)}; name.dispatchEvent(new Event('input')); }})()"
    )
    shown = browser.run("document.querySelector('.lane.person .text').innerHTML")
    assert "<" not in shown
    assert browser.complaints() == []


def test_the_policy_stops_foreign_script(browser: Page, report: Path) -> None:
    browser.open(report, width=1366, height=768)
    browser.run(
        "(() => { const s = document.createElement('script'); s.textContent = 'window.bad = 1';"
        "document.body.append(s); })()"
    )
    assert browser.run("window.bad") is None
    browser.events.clear()


def test_names_are_kept_and_exported(browser: Page, report: Path) -> None:
    browser.open(report, width=1366, height=768)
    browser.run(
        """(() => {
          const input = document.querySelector('input.name[data-id="3"]');
          input.value = 'Ann "the", boss';
          input.dispatchEvent(new Event('input'));
        })()"""
    )
    browser.open(report, width=1366, height=768)
    assert browser.run("document.querySelector('[data-name=\"3\"]').textContent").startswith("Ann")
    # The text of a download, caught on its way to the disk.
    catch = """(async () => {
      let blob; const make = URL.createObjectURL;
      URL.createObjectURL = (given) => { blob = given; return 'data:,'; };
      HTMLAnchorElement.prototype.click = () => {};
      document.getElementById('%s').click();
      URL.createObjectURL = make;
      return await blob.text();
    })()"""
    exported = json.loads(browser.run(catch % "export-json"))
    assert exported["schema_version"] == "1.0"
    assert re.fullmatch("[0-9a-f]{32}", exported["result"])
    assert exported["names"]["3"] == 'Ann "the", boss'
    assert exported["names"]["4"] is None
    lines = browser.run(catch % "export-csv").split("\r\n")
    assert lines[0] == "person,name,screen_time_seconds,first_seconds,last_seconds"
    assert lines[4].startswith('3,"Ann ""the"", boss",')
    assert len(lines) == 14


def test_people_can_be_sorted(browser: Page, report: Path) -> None:
    browser.open(report, width=1366, height=768)
    order = """(() => {
      const sort = document.getElementById('sort');
      sort.value = 'first'; sort.dispatchEvent(new Event('change'));
      return [[...document.querySelectorAll('.card')].map(card => Number(card.dataset.id)),
              [...document.querySelectorAll('.lane.person[id]')].map(lane => lane.id)];
    })()"""
    cards, lanes = browser.run(order)
    assert cards == list(range(12))
    assert lanes == [f"row-{i}" for i in range(12)]


def test_the_timeline_answers_pointer_keys_and_zoom(browser: Page, report: Path) -> None:
    browser.open(report, width=1366, height=768)
    browser.run("document.getElementById('timeline').scrollIntoView({behavior: 'instant'})")
    browser.run("document.querySelector('.lane.person').focus()")
    browser.key("ArrowDown")
    assert browser.run("document.activeElement.dataset.row") == "1"
    assert browser.run("document.querySelectorAll('.lane[tabindex=\"0\"]').length") == 1
    browser.key("ArrowRight")
    pause = "new Promise(done => setTimeout(done, 200))"
    browser.run(pause)
    tip = "document.getElementById('tip').textContent"
    assert re.search(r"0:\d\d:\d\d\.\d\d to 0:\d\d:\d\d\.\d\d \(1\.4 s\)", browser.run(tip))
    browser.run("document.getElementById('zoom-in').click()")
    assert browser.run("document.getElementById('zoom-level').textContent") == "2\u00d7"
    assert browser.run("document.getElementById('tip').hidden")
    wide = "document.getElementById('lanes').getBoundingClientRect().width"
    assert browser.run(wide) > 1366
    assert browser.run("document.documentElement.scrollWidth") <= 1366
    # Bars and ticks keep one scale: the last bar ends where the axis ends.
    edges = browser.run(
        "['#ticks', '.lane.person .bar'].map(s => {"
        "const box = document.querySelector(s).getBoundingClientRect();"
        "return [box.left, box.width]; })"
    )
    assert edges[0] == pytest.approx(edges[1], abs=0.5)
    x, y = browser.run(
        "(() => { const box = document.querySelector('.lane.unknown .bar').getBoundingClientRect();"
        "document.querySelector('.lane.unknown').scrollIntoView({block: 'center'});"
        "const moved = document.querySelector('.lane.unknown .bar').getBoundingClientRect();"
        "return [Math.max(moved.left, 400) + 100, moved.top + 5]; })()"
    )
    browser.run(pause)
    browser.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    browser.run(pause)
    assert "Shot" in browser.run(tip)
    assert browser.complaints() == []


def test_it_prints(browser: Page, report: Path) -> None:
    browser.open(report, width=1366, height=768)
    pdf = browser.pdf()
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) in range(2, 8)


def test_it_reads_without_script(browser: Page, report: Path) -> None:
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    browser.send("Page.navigate", url=report.resolve().as_uri())
    browser.wait_for("Page.loadEventFired")
    browser.send("Emulation.setScriptExecutionDisabled", value=False)
    # Ticks, bars and numbers are in the page itself.
    assert browser.run("document.querySelectorAll('#ticks text').length") in range(4, 10)
    assert browser.run("document.querySelector('.lane.person path').getAttribute('d').length") > 50
    assert browser.run("getComputedStyle(document.getElementById('zoom')).display") == "none"
