"""The page in a real browser: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from chromium import PROGRAM
from playwright.sync_api import Browser, Page, expect, sync_playwright
from reviews import served, write_film

from vcn.corrections import Kind, active, read_ledger

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
