"""The page in a real browser: offline, in Chinese letters, on a phone, by keyboard, on paper, for those who cannot see it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import A4_HEIGHT, A4_WIDTH, launched, needs_browser, opened, sheets
from page_reader import Published

pytestmark = needs_browser
# One glyph on a canvas of its own, as an address of its picture.
GLYPH = """letter => {
  const canvas = document.createElement('canvas'); canvas.width = canvas.height = 48;
  const drawing = canvas.getContext('2d');
  drawing.font = '40px ' + getComputedStyle(document.body).fontFamily; drawing.fillText(letter, 2, 40);
  return canvas.toDataURL();
}"""
TOO_WIDE = """() => [...document.querySelectorAll('.scroll')]
  .filter(region => region.scrollWidth > region.clientWidth + 1).map(region => region.innerText.slice(0, 40))"""
TOO_HIGH = """most => [...document.querySelectorAll('.whole, .panel, .tiles')]
  .filter(part => part.getBoundingClientRect().height > most).map(part => part.innerText.slice(0, 40))"""
SMALLEST = """() => Math.min(...[...document.querySelectorAll('main *, footer *')]
  .filter(e => e.getClientRects().length && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  .map(e => parseFloat(getComputedStyle(e).fontSize)))"""
UNSEEN = """() => [...document.querySelectorAll('main span, main b, main td')]
  .filter(e => e.getClientRects().length && e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll'))
  .map(e => e.innerText)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as found:
        yield found


@pytest.fixture(scope="module")
def path(published: Published) -> Path:
    return published.path


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_opens_without_a_network_and_without_a_word_of_complaint(browser: Any, path: Path, language: str) -> None:
    with opened(browser, path) as visit:
        if language == "en":
            visit.english()
        visit.page.wait_for_timeout(300)
        assert visit.said == []
        assert visit.asked_for == [path.as_uri()]


def test_the_browser_itself_would_refuse_anything_from_elsewhere(browser: Any, path: Path) -> None:
    with opened(browser, path) as visit:
        visit.ask("() => { const i = new Image(); i.src = 'file:///x.png'; document.body.append(i); }")
        visit.page.wait_for_timeout(200)
        assert any("Content Security Policy" in word for word in visit.said)


def test_chinese_is_drawn_as_chinese(browser: Any, path: Path) -> None:
    with opened(browser, path) as visit:
        drawn = {letter: visit.ask(GLYPH, letter) for letter in "守望核对低保苏木"}
        nothing = visit.ask(GLYPH, "\U0010ffff")
        assert len(set(drawn.values())) == 8, "letters differ, so they are no boxes"
        assert nothing not in drawn.values()
        fonts = visit.fonts("h1 .zh")
        assert fonts and not set(fonts) & {"DejaVu Sans", "Liberation Sans", "Last Resort"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_phone_shows_it_without_moving_sideways(browser: Any, path: Path, language: str) -> None:
    with opened(browser, path, width=360, height=740) as visit:
        if language == "en":
            visit.english()
        assert visit.overflow() == 0
        assert visit.ask(UNSEEN) == []
        assert visit.ask(SMALLEST) >= 10.5


def test_the_language_is_switched_with_the_keyboard(browser: Any, path: Path) -> None:
    with opened(browser, path) as visit:
        assert visit.shown("#overview h2") == "概览"
        visit.english()
        assert visit.shown("#overview h2") == "Overview"
        assert "核对情况报告" not in visit.shown("h1")
        assert not any(visit.page.locator("main .zh").nth(at).is_visible() for at in range(20))
        visit.page.keyboard.press("ArrowLeft")
        assert visit.shown("#overview h2") == "概览"


def test_where_the_keyboard_is_can_be_seen(browser: Any, path: Path) -> None:
    """The switch, the contents, then every table that may have to be moved sideways."""
    with opened(browser, path) as visit:
        visit.page.keyboard.press("Tab")
        assert visit.ask("() => getComputedStyle(document.querySelector('[for=chinese]')).outlineStyle") == "solid"
        places = []
        for _ in range(16):
            visit.page.keyboard.press("Tab")
            places.append(
                visit.ask(
                    "() => [document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle]"
                )
            )
        assert [tag for tag, _ in places[:9]] == ["A"] * 9
        assert {tag for tag, _ in places} == {"A", "DIV"}
        assert {outline for _, outline in places} == {"solid"}


@pytest.mark.parametrize("width", [1200, 360])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_axe_finds_no_fault(browser: Any, path: Path, language: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is a development dependency")
    with opened(browser, path, width=width) as visit:
        if language == "en":
            visit.english()
        found = axe.Axe().run(visit.page).response
        assert len(found["passes"]) > 15
        faults = {fault["id"]: (fault["impact"], len(fault["nodes"])) for fault in found["violations"]}
        assert faults == {}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_prints_on_a_handful_of_sheets_with_no_table_cut(browser: Any, path: Path, language: str) -> None:
    with opened(browser, path, width=A4_WIDTH, height=A4_HEIGHT) as visit:
        if language == "en":
            visit.english()
        visit.page.emulate_media(media="print")
        assert visit.overflow() == 0
        assert visit.ask(TOO_WIDE) == []
        assert visit.ask(TOO_HIGH, A4_HEIGHT) == []
        pdf = visit.page.pdf(prefer_css_page_size=True)
        assert 6 <= sheets(pdf) <= 18
