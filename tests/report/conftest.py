"""A small published home of two counties after two checks and a month of reports, and its page as read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from end_to_end.counties import make_home, tickets
from end_to_end.reports import Clerks
from page_reader import FIRST, SECOND, Published, Seen, read_page

from assets.home import Home
from pipelines.check import run_check


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    root = make_home(tmp_path_factory.mktemp("report") / "home", persons=420, months=2, as_of=SECOND)
    home = Home(root)
    run_check(home, FIRST, without_rejected=True)
    Clerks(root, 3).send(tickets(root, FIRST), FIRST, SECOND - dt.timedelta(days=1))
    run_check(home, SECOND, without_rejected=True)
    return Published(home, SECOND)


@pytest.fixture(scope="session")
def seen(published: Published) -> Seen:
    return read_page(published.page)


@pytest.fixture(scope="session")
def number() -> Callable[[str], int]:
    """A figure as it is printed, as a number; a dash is nothing."""
    return lambda text: 0 if text == "–" else int(text.replace(",", ""))
