"""The chain of one household on the screen and as a page; what `explain` tells of a ticket's life."""

from __future__ import annotations

import html.parser
from pathlib import Path

import pytest

from assets.home import Home
from pipelines import cli
from pipelines.commands.chain import as_page, as_text, find_chain
from pipelines.commands.explain import life_lines
from tests.publication.follow_up import AS_OF, WOMAN, County, day

XSS = "<script>alert(1)</script>"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """One household with two tickets, one of them closed, and one household without any."""
    home = Home(tmp_path / "home")
    county = County()
    ticket = county.open(1, "undeclared_vehicle")
    county.happen(ticket, "received", day(1), "township-cases")
    county.happen(ticket, "visited", day(3), "赵敏")
    county.ask(ticket, "objection", "1", day(5), f"{XSS} {WOMAN}")
    county.happen(ticket, "objection_raised", day(5), "李四光", "1")
    county.happen(ticket, "overdue", day(10), detail="2026-11-09")
    second = county.open(3, "unsafe_housing", direction="help", household_id="H1")
    county.close(second, "new_need", day(6))
    county.publish(home)
    return home


def test_the_text_tells_who_which_tickets_what_waits_and_every_step(home: Home) -> None:
    text = as_text(find_chain(home, "H1"))
    assert "申请人: 王秀英 150626********0021" in text
    assert "① 150626-20261020-0000000001 核实,已入户,期限 2026-11-09" in text
    assert "② 150626-20261020-0000000003 帮扶,2026-11-06 已办结" in text
    assert "① 异议待答复(公安交管),15 天" in text
    assert "2026-11-03 ① [入户] 入户 — 赵敏(获知 2026-11-20)" in text
    assert "2020-01-01   [救助] 纳入低保,现月保障金额 815.00 元" in text
    assert "均不影响家庭待遇" in text
    assert WOMAN not in text


class _Tags(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not [name for name, _ in attrs if name in ("src", "href")]
        if tag not in ("meta", "input", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_needs_nothing_from_outside_no_script_and_prints_on_a4(home: Home) -> None:
    page = as_page(find_chain(home, "H1"))
    tags = _Tags()
    tags.feed(page)
    assert tags.open == []
    assert "script" not in tags.seen
    assert "&lt;script&gt;" in page
    assert "http" not in page
    assert "@page{size:A4" in page
    assert WOMAN not in page
    assert page.index('<input type="radio" name="language" id="zh" checked>') < page.index("English")
    assert page.count('lang="zh-CN">') - 1 == page.count('lang="en">')


def test_a_household_without_tickets_has_its_aid(home: Home) -> None:
    county = County()
    county.open(9, "undeclared_vehicle", household_id="H9")
    county.publish(home, as_of=day(30))
    (home.check(day(30)) / "tickets.parquet").unlink()
    chain = find_chain(home, "H9")
    assert chain.tickets == []
    assert [step.kind[0] for step in chain.steps] == ["救助"] * 3


def test_a_household_that_has_left_the_roster_keeps_its_chain(home: Home) -> None:
    for name in ("households", "aid", "members"):
        path = home.check(AS_OF) / f"{name}.parquet"
        import polars as pl

        pl.read_parquet(path).clear().write_parquet(path)
    text = as_text(find_chain(home, "H1"))
    assert "本期名册中不在册" in text
    assert "申请人: 王秀英 150626********0021" in text


def test_the_command_writes_the_page_where_it_is_asked_to(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["chain", "H1", "--home", str(home.root), "--html", str(tmp_path / "h1.html")]) == 0
    assert (tmp_path / "h1.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "王秀英" not in capsys.readouterr().out


@pytest.mark.parametrize("household", ["H404", "../H1", "'; --"])
def test_an_unknown_household_is_wrong_use_with_words(
    home: Home, household: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["chain", household, "--home", str(home.root)]) == 2
    assert "household_unknown" in capsys.readouterr().err


def test_before_the_first_check_there_is_no_chain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["chain", "H1", "--home", str(tmp_path)]) == 2
    assert "not_checked" in capsys.readouterr().err


def test_explain_tells_what_happened_what_waits_and_what_may_come(home: Home) -> None:
    lines = "\n".join(life_lines(home, "150626-20261020-0000000001"))
    assert "现为“已入户”" in lines
    assert "2026-11-05 提出异议:第1项" in lines
    assert "异议待答复(公安交管, 15 天)" in lines
    assert "接下来可以登记: 接收、派办、入户、办理记录、作出结论、" in lines
    assert "抽检" not in lines.split("接下来可以登记")[1].split("\n")[0]
    assert WOMAN not in lines
    closed = "\n".join(life_lines(home, "150626-20261020-0000000003"))
    assert "没有等待办理的事项" in closed
    assert "重新办理" in closed


def test_explain_says_nothing_of_a_ticket_the_lake_does_not_hold(home: Home) -> None:
    assert life_lines(home, "150626-20261020-ffffffffff") == []
