"""The pictures of the README: there, small, shown in both languages; drawn from a published home; clear when a tool is missing."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from chromium import launched, needs_browser
from page_reader import Published

from tools import pictures
from tools.pictures import (
    LARGEST,
    PAINTERS,
    PICTURES,
    ROOT,
    WIDTH,
    draw_chain,
    draw_report,
)


def size(png: bytes) -> tuple[int, int]:
    """Width and height of a PNG in pixels."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_the_pictures_are_those_that_are_drawn_and_small() -> None:
    files = sorted(PICTURES.glob("*.png"))  # the drawing of `make bench` is an SVG
    assert [path.name for path in files] == sorted(PAINTERS)
    assert all(path.stat().st_size <= LARGEST and size(path.read_bytes())[0] <= WIDTH for path in files)


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_both_readmes_show_all_of_them_with_words_for_those_who_cannot_see(readme: str) -> None:
    text = (ROOT / readme).read_text(encoding="utf-8")
    shown = dict(re.findall(r'src="docs/pictures/([a-z.]+)" alt="([^"]+)"', text))
    assert shown.keys() == PAINTERS.keys()
    assert all(len(words) > 10 for words in shown.values())


@pytest.mark.parametrize(
    ("there", "code", "package"),
    [((), "chromium_missing", "chromium"), (("chromium",), "chinese_font_missing", "fontconfig fonts-noto-cjk")],
)
def test_a_missing_tool_is_named_with_what_to_install(
    there: tuple[str, ...],
    code: str,
    package: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in there:
        (tmp_path / name).write_text("#!/bin/sh\n", encoding="ascii")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["pictures", "--out", str(tmp_path / "out")])
    assert pictures.main() == 2
    said = capsys.readouterr().err
    assert f"[{code}]" in said and said.count(f"apt-get install {package}") == 2
    assert re.search(r"[\u4e00-\u9fff]", said) and "found" in said
    assert not (tmp_path / "out").exists()


@needs_browser
def test_report_and_chain_are_drawn_from_what_was_published(published: Published) -> None:
    with launched() as browser:
        report, chain = (draw(browser, published.home) for draw in (draw_report, draw_chain))
    assert size(report)[0] == WIDTH
    assert all(20_000 < len(png) <= LARGEST for png in (report, chain))
