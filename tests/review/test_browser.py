"""The page in a real browser: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from chromium import PROGRAM
from playwright.sync_api import Browser, Page, expect, sync_playwright
from reviews import served, write_film

from vcn.corrections import Kind, active, read_ledger
from vcn.types import CastNames, Likely

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="no chromium"),
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # of Playwright's own pipes
]


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        made = play.chromium.launch(
            executable_path=PROGRAM,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        yield made
        made.close()


def opened(made: Browser, address: str, complaints: list[str]) -> Page:
    page = made.new_page(viewport={"width": 1280, "height": 900})
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    return page


def card(page: Page, name: str) -> object:
    return page.locator(".card", has_text=name).first


def test_correcting_in_the_browser(tmp_path: Path) -> None:
    """Merge, split, name, undo, keyboard, reload, two tabs."""
    clusters = write_film(tmp_path)
    ledger = tmp_path / "film.corrections.jsonl"
    complaints: list[str] = []
    with served(clusters, "--keep") as (address, _), browser() as made:
        page, other = (opened(made, address, complaints) for _ in range(2))
        expect(page.locator(".card")).to_have_count(4)

        # Merge by keyboard: select two cards, m.
        page.locator(".card", has_text="Person 3").click()
        page.locator(".card", has_text="Person 4").click(modifiers=["Control"])
        page.keyboard.press("m")
        expect(page.locator(".card")).to_have_count(3)
        expect(other.locator(".card")).to_have_count(3)  # the other tab sees it

        # A name that is markup is text; it is there after a reload.
        page.locator(".card", has_text="Person 1").click()
        page.keyboard.press("e")
        page.keyboard.type("<img src=x onerror=alert(1)> שרה 👩‍🚀")
        page.keyboard.press("Enter")
        expect(page.locator(".card .name", has_text="<img src=x")).to_have_count(1)
        page.reload()
        page.wait_for_selector("html[data-ready]")
        expect(page.locator(".card .name", has_text="<img src=x")).to_have_count(1)
        expect(other.locator(".card .name", has_text="<img src=x")).to_have_count(1)

        # Split a track off, from the other tab; search; undo and redo by key.
        other.locator(".card", has_text="Person 2").click()
        other.locator(".tile").nth(1).click()
        other.get_by_role("button", name="Someone else").click()
        expect(page.locator(".card")).to_have_count(4)
        page.locator("#search").fill("<IMG")
        expect(page.locator(".card")).to_have_count(1)
        page.locator("#search").press("Escape")
        page.keyboard.press("u")
        expect(page.locator(".card")).to_have_count(3)
        page.keyboard.press("Shift+U")
        expect(page.locator(".card")).to_have_count(4)
        page.keyboard.press("Control+z")
        page.keyboard.press("Control+z")
        expect(page.locator(".card .name", has_text="<img src=x")).to_have_count(0)

        # By keyboard alone: to the people, along, select, ignore.
        page.keyboard.press("g")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Space")
        expect(page.locator('.card[aria-selected="true"]')).to_have_count(1)
        page.keyboard.press("i")
        expect(page.locator(".card.ignored")).to_have_count(1)
        page.keyboard.press("c")
        page.keyboard.press("?")
        expect(page.locator("dialog[open]")).to_have_count(1)
        page.keyboard.press("Escape")

        # A contradiction is asked about.
        page.locator(".card", has_text="Person 3").click()
        page.locator("#theme").click()
        kinds = [entry.kind for entry in active(read_ledger(ledger).entries)]
        assert Kind.same in kinds
        assert Kind.ignore in kinds
    assert not complaints


def test_names_of_the_cast_in_the_browser(tmp_path: Path) -> None:
    """A name that is sure stands there; an unlikely one is a suggestion, one click makes it so."""
    people = {0: Likely("Tom <b>", 0.97, True, None), 2: Likely("Zoë שרה", 0.31, False, None)}
    cast = CastNames("cast", "open", ("Tom <b>", "Zoë שרה"), people, (("x.jpg", "no face"),))
    clusters = write_film(tmp_path, cast=cast)
    complaints: list[str] = []
    with served(clusters, "--keep") as (address, _), browser() as made:
        page = opened(made, address, complaints)
        expect(page.locator(".card .name", has_text="Tom <b>")).to_have_count(1)
        suggested = page.locator(".card", has_text="Person 3")
        expect(suggested.locator(".badge")).to_have_text("Zoë שרה? 31 %")
        page.locator("#filter button", has_text="Name?").click()
        expect(page.locator(".card")).to_have_count(2)
        suggested.click()
        expect(page.locator("#likely")).to_have_text("Perhaps Zoë שרה, 31 %: yes")
        page.locator("#likely").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".card .name", has_text="Zoë שרה")).to_have_count(
            0
        )  # named: nothing to ask
        page.locator("#filter button", has_text="All").click()
        expect(page.locator(".card .name", has_text="Zoë שרה")).to_have_count(1)
        expect(page.locator("#likely")).to_have_count(0)
        page.keyboard.press("u")
        expect(page.locator(".card", has_text="Person 3").locator(".badge")).to_have_count(1)
        page.keyboard.press("Shift+U")
        expect(page.locator(".card .name", has_text="Zoë שרה")).to_have_count(1)
    names = [e.name for e in active(read_ledger(tmp_path / "film.corrections.jsonl").entries)]
    assert names == ["Zoë שרה"]
    assert not complaints


@pytest.mark.slow
def test_three_hundred_people_and_twenty_thousand_tracks(tmp_path: Path) -> None:
    """Only what is seen is in the page, and nothing takes long."""
    rng = np.random.default_rng(0)
    person = np.minimum(rng.zipf(1.3, size=20_000) - 1, 299)
    person[:300] = np.arange(300)
    times = [(60 + 8 * i, 66 + 8 * i, int(p)) for i, p in enumerate(person)]
    complaints: list[str] = []
    with served(write_film(tmp_path, times), "--keep") as (address, _), browser() as made:
        page = opened(made, address, complaints)
        assert page.locator(".card").count() < 40
        page.locator("#search").fill("Person 299")
        expect(page.locator(".card")).to_have_count(1)
        page.locator("#search").press("Escape")
        page.locator(".card").first.click()
        assert int(page.locator(".row.tracks").count()) == 1
        assert 0 < page.locator(".tile").count() < 100
        assert page.evaluate("document.querySelectorAll('*').length") < 1500
        redraw = """async () => {
          const { store } = await import("./store.js"), begin = performance.now();
          store.take(store.state);
          await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
          return performance.now() - begin;
        }"""
        assert min(page.evaluate(redraw) for _ in range(3)) < 3000
        page.keyboard.press("e")
        page.keyboard.type("Ann")
        page.keyboard.press("Enter")
        expect(page.locator(".card .name", has_text="Ann")).to_have_count(1, timeout=20_000)
    assert not complaints


@pytest.mark.slow
def test_the_server_ends_with_the_last_page(tmp_path: Path) -> None:
    with served(write_film(tmp_path)) as (address, process), browser() as made:
        page = opened(made, address, [])
        page.reload()
        page.wait_for_selector("html[data-ready]")
        assert process.poll() is None
        page.close()
        process.wait(timeout=90)
        assert process.returncode == 0
