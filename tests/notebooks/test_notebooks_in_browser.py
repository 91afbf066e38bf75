"""The notebooks as people open them: served on this machine, in a real browser, in Chinese letters, asking nobody else."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from notebook_kit import FOLDER, SECOND, ask, one

from tests.report.chromium import launched, needs_browser

pytestmark = needs_browser
PATIENCE = 60.0
# The words beside the drawings of a page, and which kinds of drawing it has.
DRAWINGS = {
    "overview": (("按到期日", "按乡镇", "疑点 found", "所缺材料"), (".sw-bar i",)),
    "household": (("收入与财产", "低保标准(元/月)", "预警单据", "救助帮扶链"), (".sw-bar i", ".sw-card", ".sw-badge")),
    "rule": (("命中 hit", "不符合静默核对条件", "疑点比例", "属实比例", "全部"), (".sw-bar i", ".sw-lane circle")),
    "data_quality": (("退回比例", "距核对日期", "没有覆盖本县的数据", "谁能补上"), (".sw-bar i",)),
}


@dataclass
class Visit:
    """An open page: what it said, what it asked for."""

    page: Any
    said: list[str] = field(default_factory=list)
    asked_for: list[str] = field(default_factory=list)

    def box(self, words: str) -> dict[str, float]:
        """Where words stand on the page."""
        found = self.page.get_by_text(words, exact=False).first
        found.wait_for(state="visible", timeout=PATIENCE * 1000)
        return dict(found.bounding_box())


def _free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


@contextmanager
def served(root: Path, scratch: Path) -> Iterator[str]:
    """`make notebook` without the browser: the address of the folder's pages."""
    port = _free_port()
    places = {name: str(scratch) for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")}
    process = subprocess.Popen(
        [sys.executable, "-m", "marimo", "run", str(FOLDER), "--host", "127.0.0.1", "--port", str(port), "--headless"],
        cwd=scratch,
        env={**os.environ, **places, "SHOUWANG_HOME": str(root)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address, until = f"http://127.0.0.1:{port}", time.monotonic() + PATIENCE
        while True:
            try:
                with urllib.request.urlopen(f"{address}/health"):
                    break
            except OSError:
                assert process.poll() is None and time.monotonic() < until, "marimo does not answer"
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def address(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(home, tmp_path_factory.mktemp("served")) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as found:
        yield found


@contextmanager
def opened(browser: Any, url: str) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1300, "height": 900})
    try:
        visit = Visit(context.new_page())
        visit.page.on("console", lambda message: visit.said.append(f"{message.type}: {message.text}"))
        visit.page.on("pageerror", lambda error: visit.said.append(f"error: {error}"))
        visit.page.on("request", lambda request: visit.asked_for.append(request.url))
        visit.page.on("websocket", lambda socket: visit.asked_for.append(socket.url))
        visit.page.goto(url)
        yield visit
    finally:
        context.close()


def assert_quiet(visit: Visit, address: str) -> None:
    """Nobody but the server of this machine was asked, and nothing went wrong."""
    ours = (address, address.replace("http", "ws"), "data:", "blob:")
    assert [url for url in visit.asked_for if not url.startswith(ours)] == []
    assert len(visit.asked_for) > 5
    assert [words for words in visit.said if words.startswith("error")] == []


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_page_shows_its_drawings_with_chinese_words(browser: Any, address: str, name: str) -> None:
    labels, drawings = DRAWINGS[name]
    with opened(browser, f"{address}/?file={name}.py") as visit:
        for words in labels:
            box = visit.box(words)
            assert box["width"] > 15 and box["height"] > 10, words
        for drawing in drawings:
            shapes = visit.page.locator(drawing)
            sizes = [shapes.nth(at).bounding_box() for at in range(min(shapes.count(), 40))]
            assert sizes and all(size and size["width"] > 0 and size["height"] > 0 for size in sizes), drawing
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is cut off sideways"
        family = visit.page.evaluate("getComputedStyle(document.querySelector('.sw')).fontFamily")
        assert family.startswith('"Noto Sans CJK SC"'), "Chinese fonts come first"
        assert_quiet(visit, address)


def test_the_words_are_drawn_with_a_chinese_font(browser: Any, address: str) -> None:
    with opened(browser, f"{address}/?file=rule.py") as visit:
        visit.box("不符合静默核对条件")
        session = visit.page.context.new_cdp_session(visit.page)
        for domain in ("DOM", "CSS"):
            session.send(f"{domain}.enable")
        node = session.send("DOM.getDocument")["root"]["nodeId"]
        found = session.send("DOM.querySelector", {"nodeId": node, "selector": ".sw-keys li"})["nodeId"]
        fonts = session.send("CSS.getPlatformFontsForNode", {"nodeId": found})["fonts"]
        assert fonts and not {font["familyName"] for font in fonts} & {"DejaVu Sans", "Liberation Sans", "Last Resort"}


def test_the_folder_lists_the_four_notebooks_and_one_leads_to_the_others(browser: Any, address: str) -> None:
    with opened(browser, address) as visit:
        visit.box("Data Quality")
        cards = visit.page.locator("a[href*='file=']")
        files = {re.search(r"file=(\w+)\.py", str(cards.nth(at).get_attribute("href"))) for at in range(cards.count())}
        assert {found.group(1) for found in files if found} == set(DRAWINGS)
        visit.page.goto(f"{address}/?file=overview.py")
        visit.box("按到期日")
        visit.page.get_by_role("link", name="部门数据质量").click()
        visit.box("各部门交换情况")
        assert_quiet(visit, address)


def test_a_household_is_found_by_typing_its_number(browser: Any, address: str, home: Path) -> None:
    ((other,),) = ask(home, "SELECT household_id FROM households ORDER BY household_id DESC LIMIT 1")
    with opened(browser, f"{address}/?file=household.py") as visit:
        for typed, expected in ((f" {other.lower()} ", f"一户 {other}"), ("H0", "没有家庭编号")):
            visit.box("家庭编号 / number")
            number = visit.page.locator("input[type=text]").last
            number.fill(typed)
            number.press("Enter")
            visit.box(expected)
        assert not visit.page.get_by_text("救助帮扶链").is_visible()
        assert_quiet(visit, address)


def test_choosing_a_rule_shows_that_rule(browser: Any, address: str, home: Path) -> None:
    with opened(browser, f"{address}/?file=rule.py") as visit:
        visit.box("各组对照")
        visit.page.locator("marimo-dropdown").first.locator("button, [aria-haspopup], [role=button]").first.click()
        visit.page.get_by_role("option").filter(has_text="饮水不安全 unsafe_water").click()
        visit.box("守望 饮水不安全")
        hits = one(
            home,
            "SELECT hits FROM findings_by_group WHERE area = 'all' AND dimension = 'all' AND rule = 'unsafe_water'",
        )
        assert visit.page.locator(".sw-tiles b").first.inner_text() == f"{hits:,}"
        assert str(SECOND) in visit.page.locator("body").inner_text()
        assert_quiet(visit, address)
