"""Opens the page from the disk in a headless Chromium that is installed on this machine; records what it says and asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tools.pictures import QUIET, chromium, has_chinese_font

A4_WIDTH, A4_HEIGHT = 695, 1010
"""What the margins leave of a sheet, in CSS pixels (184 mm x 268 mm)."""


def missing() -> str:
    """What a browser with Chinese letters lacks on this machine; empty where it is there."""
    if chromium() is None:
        return "no Chromium on this machine (Debian: apt-get install chromium)"
    return "" if has_chinese_font() else "no Chinese font on this machine (Debian: fonts-noto-cjk)"


needs_browser = pytest.mark.skipif(bool(missing()), reason=missing())


@contextmanager
def launched() -> Iterator[Any]:
    """The browser; skips the test where playwright, a development dependency, is missing."""
    playwright: Any = pytest.importorskip("playwright.sync_api", reason="playwright is a development dependency")
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(executable_path=chromium(), args=list(QUIET))
        yield found
        found.close()


@dataclass
class Visit:
    """A page that was opened."""

    page: Any
    said: list[str] = field(default_factory=list)
    asked_for: list[str] = field(default_factory=list)

    def english(self) -> None:
        """Choose English as people do who have no mouse."""
        self.page.keyboard.press("Tab")
        self.page.keyboard.press("ArrowRight")

    def shown(self, selector: str) -> str:
        return str(self.page.locator(selector).first.inner_text())

    def ask(self, script: str, *about: Any) -> Any:
        return self.page.evaluate(script, *about)

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self.ask(width))

    def fonts(self, selector: str) -> list[str]:
        """Families that the text of an element is really drawn with."""
        session = self.page.context.new_cdp_session(self.page)
        for domain in ("DOM", "CSS"):
            session.send(f"{domain}.enable")
        root = session.send("DOM.getDocument")["root"]["nodeId"]
        node = session.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
        return [font["familyName"] for font in session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]]


@contextmanager
def opened(browser: Any, path: Path, width: int = 1200, height: int = 900) -> Iterator[Visit]:
    """The page as a file, without a network."""
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
    try:
        visit = Visit(context.new_page())
        visit.page.on("console", lambda message: visit.said.append(f"{message.type}: {message.text}"))
        visit.page.on("pageerror", lambda error: visit.said.append(f"error: {error}"))
        visit.page.on("request", lambda request: visit.asked_for.append(request.url))
        visit.page.goto(path.as_uri())
        yield visit
    finally:
        context.close()


def sheets(pdf: bytes) -> int:
    """Pages of a PDF as Chromium writes them."""
    return len(re.findall(rb"/Type\s*/Page(?![a-zA-Z])", pdf))
