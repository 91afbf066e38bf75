"""`make pictures`: the pictures of the README, drawn anew from the home folder of `make demo` by a headless Chromium.

`python -m tools.pictures [--home DIR] [--out DIR]`. Only generated people are on them, with masked numbers.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assets.errors import ShouwangError, WrongUseError
from assets.home import Home
from pipelines.commands.chain import as_page, find_chain
from tools.demo import HOME, ROOT, eventful_household

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PICTURES: Final = ROOT / "docs" / "pictures"
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
QUIET: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
"""Nothing the browser does by itself may be mistaken for something a page does."""
LARGEST: Final = 300_000
PATIENCE: Final = 180.0
WIDTH, HEIGHT = 1200, 580
EMPTY: Final = HEIGHT - 30
"""A line of the graph where nothing is drawn."""


def chromium() -> str | None:
    """The Chromium of this machine."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def has_chinese_font() -> bool:
    """Whether fontconfig knows a font with Chinese characters."""
    if shutil.which("fc-list") is None:
        return False
    listed = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip())


def require_tools() -> str:
    """The browser. WrongUseError that says what to install."""
    browser = chromium()
    if browser is None:
        raise WrongUseError(
            "chromium_missing",
            "未找到 Chromium。Debian/Ubuntu: apt-get install chromium; Fedora: dnf install chromium。",
            "No Chromium found. Debian/Ubuntu: apt-get install chromium; Fedora: dnf install chromium.",
        )
    if not has_chinese_font():
        raise WrongUseError(
            "chinese_font_missing",
            "未找到中文字体(fc-list :lang=zh-cn)。Debian/Ubuntu: apt-get install fontconfig fonts-noto-cjk。",
            "No Chinese font found (fc-list :lang=zh-cn). Debian/Ubuntu: apt-get install fontconfig fonts-noto-cjk.",
        )
    try:
        import_module("playwright.sync_api")
    except ImportError:
        raise WrongUseError(
            "playwright_missing",
            "未安装 playwright, 请用 make 建立的 .venv 运行。",
            "playwright is not installed: run this with the .venv that make builds.",
        ) from None
    return browser


def draw_all(home: Home, out: Path) -> list[Path]:
    """All pictures into `out`. WrongUseError: a tool is missing, nothing is published, or a picture is too large."""
    browser_path = require_tools()
    if not home.published_dates():
        raise WrongUseError(
            "not_checked",
            f"{home.root} 中没有已发布的核对, 请先 make demo。",
            f"Nothing published in {home.root}: make demo.",
        )
    from playwright.sync_api import sync_playwright

    out.mkdir(parents=True, exist_ok=True)
    drawn = []
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=browser_path, args=list(QUIET))
        for name, draw in PAINTERS.items():
            path = out / name
            path.write_bytes(draw(browser, home))
            drawn.append(path)
        browser.close()
    for path in drawn:
        if path.stat().st_size > LARGEST:
            raise WrongUseError("picture_too_large", f"{path} 超过 {LARGEST} 字节", f"{path} is over {LARGEST} bytes")
    return drawn


def draw_report(browser: Browser, home: Home) -> bytes:
    """The first screen of the newest report, in Chinese."""
    page = browser.new_page(viewport={"width": WIDTH, "height": 782})
    page.goto((home.publication(home.published_dates()[-1]) / "report" / "index.html").as_uri())
    return page.screenshot()


def draw_chain(browser: Browser, home: Home) -> bytes:
    """Everything that happened for one household, as a clerk prints it."""
    page = browser.new_page(viewport={"width": 860, "height": 600})
    page.set_content(as_page(find_chain(home, eventful_household(home))))
    return page.screenshot(full_page=True)


def draw_lineage(browser: Browser, home: Home) -> bytes:
    """Dagster's asset graph as `make dev` shows it."""
    with dagster(home) as address:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(f"{address}/asset-groups", wait_until="domcontentloaded")
        for group in ("sources", "published"):  # named in the list and in the graph
            page.wait_for_function(
                "g => [...document.querySelectorAll('svg *')].some(e => e.textContent === g)", arg=group
            )
        page.get_by_text("Hide navigation").click()
        _hide_list(page)
        page.mouse.dblclick(WIDTH / 2, EMPTY)  # fits the graph into its window
        page.wait_for_timeout(2000)
        page.mouse.move(WIDTH / 2, EMPTY)
        page.mouse.down()
        page.mouse.move(WIDTH / 2 - 30, EMPTY, steps=5)  # away from the buttons
        page.mouse.up()
        page.get_by_text("findings", exact=True).last.hover()  # what goes in and what comes out is drawn darker
        page.wait_for_timeout(1500)
        return page.screenshot()


def _hide_list(page: Page) -> None:
    """The list of groups beside the graph gives way; its button has no name but stands beside the field."""
    field = page.get_by_placeholder("Jump to")
    box = field.bounding_box()
    if box is not None:
        page.mouse.click(box["x"] + box["width"] + 22, box["y"] + box["height"] / 2)
        field.wait_for(state="hidden")


PAINTERS: Final[dict[str, Callable[[Browser, Home], bytes]]] = {
    "report.png": draw_report,
    "chain.png": draw_chain,
    "lineage.png": draw_lineage,
}


@contextmanager
def dagster(home: Home) -> Iterator[str]:
    """Dagster's pages over a home folder on a free port of this machine, with a DAGSTER_HOME of their own; their address."""
    with socket.socket() as asked, tempfile.TemporaryDirectory(prefix="shouwang-pictures-") as instance:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
        asked.close()
        shutil.copy(ROOT / "dagster.yaml", instance)
        server = Path(sys.executable).with_name("dagster-webserver")
        command = [str(server), "-w", str(ROOT / "workspace.yaml"), "-h", "127.0.0.1", "-p", str(port)]
        surroundings = {**os.environ, "DAGSTER_HOME": instance, "SHOUWANG_HOME": str(home.root)}
        with subprocess.Popen(
            command, cwd=ROOT, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        ) as process:  # fmt: skip
            address = f"http://127.0.0.1:{port}"
            try:
                _wait_for(f"{address}/server_info", process)
                yield address
            finally:
                _stop(process)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise WrongUseError(
        "dagster_silent", "Dagster 页面没有启动, 请试 make dev。", "Dagster did not start: try make dev."
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    """The server and the code servers it started: they are one group of processes."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
            process.wait(30)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def main() -> int:
    """0: drawn; 2: something is missing."""
    parser = argparse.ArgumentParser(prog="python -m tools.pictures", description="README 的图 / pictures")
    parser.add_argument("--home", type=Path, default=HOME, metavar="DIR", help="半年示例 / where make demo put it")
    parser.add_argument("--out", type=Path, default=PICTURES, metavar="DIR")
    options = parser.parse_args()
    try:
        for path in draw_all(Home(options.home.expanduser().absolute()), options.out):
            print(f"已写入 / written: {path} ({path.stat().st_size:,} B)")
    except ShouwangError as stopped:
        print(f"✗ [{stopped.code}] {stopped.zh}\n  {stopped.en}", file=sys.stderr)
        return stopped.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
