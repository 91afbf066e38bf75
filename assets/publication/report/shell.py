"""What every page of ours is wrapped in: one self-contained file, no script, Chinese first with an English switch."""

from __future__ import annotations

from typing import Final

from assets.publication.report.markup import Html, Text, html, join, tag
from assets.publication.report.style import STYLE

NOTHING_FROM_OUTSIDE: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""The browser itself refuses whatever the page would fetch or run."""


def whole_page(title: str, name: Text, content: Html, drawings: Html | str = "") -> str:
    """The page as HTML. `title`: of the window; `name`: at the top; `drawings`: what drawings in the content refer to."""
    # The switch has to be a sibling of what it switches, and inside the main part, where screen readers look for things.
    body = tag("main", join([_switch(name), tag("div", content, class_="page")]))
    return (
        '<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{NOTHING_FROM_OUTSIDE}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title>\n<style>{STYLE}</style></head>\n"
        f"<body>{drawings}{body}</body></html>\n"
    )


def _switch(name: Text) -> Html:
    """The language switch: two radio buttons, for the arrow keys too."""
    return Html(
        '<input class="choice" type="radio" name="language" id="chinese" checked>'
        '<input class="choice" type="radio" name="language" id="english">'
        f'<div class="top"><div><p>{html(name)}</p>'
        '<span><label for="chinese">中文</label><label for="english" lang="en">English</label></span></div></div>\n'
    )
