"""What people see while a check runs and when it has ended."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.table import Table

from data_contracts.publications import labels
from pipelines.streams import say
from policy.parameters import RULES
from rules.tickets.modes import MODE_WORDS


class Progress:
    """Steps on stderr: one line that changes on a terminal, plain lines elsewhere, nothing when quiet."""

    def __init__(self, steps: int, *, quiet: bool = False) -> None:
        self._steps, self._quiet, self._done = steps, quiet, 0
        self._started = time.monotonic()
        self._live = sys.stderr.isatty()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live and not self._quiet:
            say("\r\033[K")

    def step(self, zh: str, en: str, at: int | None = None) -> None:
        """A stage begins: the next one, or the one at a place (from 1) where stages may come again."""
        self._done = self._done + 1 if at is None else at
        self._write(f"[{self._done}/{self._steps}] {zh} {en} … {time.monotonic() - self._started:.1f}s")

    def note(self, text: str) -> None:
        """Something people should know, on a line that stays."""
        if not self._quiet:
            say(f"\r\033[K! {text}\n" if self._live else f"! {text}\n")

    def share(self, what: str, done: int, total: int) -> None:
        """Part of a long stage is done."""
        if self._live:
            self._write(f"{what} {done:,}/{total:,} ({100 * done // max(total, 1)} %)")

    def _write(self, text: str) -> None:
        if not self._quiet:
            say(f"\r\033[K{text}" if self._live else f"{text}\n")


class Screen(Console):
    """rich ends a program whose reader has gone with exit code 1; what to make of it is the command line's matter."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def print_summary(summary: dict[str, Any]) -> None:
    """What arrived, who was checked, what was found, which tickets are due when, where the files are."""
    # Redirected output has no width of its own; 80 columns would cut file names.
    console = Screen(highlight=False, width=None if sys.stdout.isatty() else 120)
    console.print(f"\n[bold]守望核对 {summary['as_of']}[/bold]  第 {summary['batch']} 批 / batch")
    _deliveries(console, summary["deliveries"])
    _households(console, summary["households"])
    _computed(console, summary["computed"])
    _rules(console, summary["rules"])
    _modes(console, summary["rule_modes"])
    _tickets(console, summary["tickets"])
    console.print("\n[bold]文件 / files[/bold]")
    for name, path in summary["files"].items():
        console.print(f"  {name}: {path}", soft_wrap=True)
    if summary["redone"]:
        days = ", ".join(summary["redone"])
        console.print(f"  ! 上次核对中断, 已先重做 / interrupted before, done again first: {days}")
    if not summary["is_changed"]:
        console.print("  与上次发布内容相同, 文件未改动 / same content as before, files left as they were")


def _deliveries(console: Console, deliveries: dict[str, Any]) -> None:
    table = Table(title="到了什么 / what arrived", title_justify="left")
    for header in ("文件 file", "状态 status", "读取 read", "接收 accepted", "退回 set aside", "未授权 no consent"):
        table.add_column(header, justify="left" if header[0] in "文状" else "right")
    for row in deliveries["files"]:
        numbers = [f"{row[name]:,}" for name in ("read", "accepted", "set_aside")]
        dropped = row["of_which_not_consented"]
        table.add_row(
            row["file"], labels("delivery_status")[row["status"]], *numbers, "" if dropped is None else f"{dropped:,}"
        )
    console.print(table)
    for note in deliveries["notes"]:
        console.print(f"  ! {note}", soft_wrap=True)


def _households(console: Console, households: dict[str, Any]) -> None:
    console.print(
        f"\n[bold]核对了谁 / who was checked[/bold]  在册家庭 {households['active']:,} 户, 符合静默核对条件 {households['admitted']:,} 户, "
        f"尚不符合 {households['not_admitted']:,} 户"
    )
    for gap in households["gaps"]:
        console.print(f"  {gap['label_zh']}: {gap['households']:,} 户 ({gap['gap']})")


def _computed(console: Console, computed: dict[str, Any]) -> None:
    if computed["is_all"]:
        console.print(f"  全部重算 / all computed: {computed['reason_zh']} / {computed['reason_en']}")
    else:
        console.print(
            f"  有变化而重算 {computed['households']:,} 户, 其余沿用上次结果 / households that changed were computed, the others taken over"
        )


def _rules(console: Console, rules: list[dict[str, Any]]) -> None:
    table = Table(title="发现了什么 / what was found", title_justify="left")
    for header in ("规则 rule", "疑点 hit", "无 no_hit", "已核实期内 suppressed", "未核对 not_checked"):
        table.add_column(header, justify="left" if header.startswith("规则") else "right")
    for rule in rules:
        reasons = ", ".join(f"{labels('not_checked_reason')[r]} {n:,}" for r, n in rule["not_checked"].items())
        table.add_row(
            f"{rule['label_zh']} {rule['rule']}",
            f"{rule['hit']:,}",
            f"{rule['no_hit']:,}",
            f"{rule['suppressed']:,}",
            reasons or "0",
        )
    console.print(table)


def _modes(console: Console, modes: list[dict[str, Any]]) -> None:
    """Rules that open no tickets at the moment must not go unnoticed."""
    for row in modes:
        zh, en = MODE_WORDS[row["mode"]]
        text = f"  ! {RULES[row['rule']]} {row['rule']} @ {row['county']} {zh} / {en}: {row['reason_zh']} {row['reason_en']}"
        console.print(text, soft_wrap=True)
        if row["mode"] == "held":
            word = f"shouwang sign-off {row['rule']} --area {row['county']} --as-of <核对日期> --by <签认人>"
            console.print(f"    签认 / to sign off: {word}", soft_wrap=True)


def _tickets(console: Console, tickets: dict[str, Any]) -> None:
    changes = tickets["changes"]
    console.print(
        f"\n[bold]预警单据 / tickets[/bold]  新开 {changes.get('opened', 0):,}, 更新 {changes.get('updated', 0):,}, "
        f"未变 {changes.get('unchanged', 0):,}, 办结 {changes.get('closed', 0):,}, 超期 {tickets['overdue']:,}"
    )
    table = Table(title="何时到期 / due when", title_justify="left")
    for header in ("到期 due", "县 county", "类别 direction", "等级 severity", "张 tickets"):
        table.add_column(header, justify="right" if header.startswith("张") else "left")
    for row in tickets["due"][:20]:
        mark = " 暂定" if row["provisional"] else ""
        table.add_row(
            row["due_on"] + mark,
            row["county"],
            labels("direction")[row["direction"]],
            labels("severity")[row["severity"]],
            f"{row['tickets']:,}",
        )
    console.print(table)
    if len(tickets["due"]) > 20:
        console.print(f"  … 另有 {len(tickets['due']) - 20} 行 / more rows in tickets.csv")
    if tickets["refused_reports"]:
        console.print("  ! 未采纳的回报(退回见 rejected/ 和乡镇工作簿“上期未采纳”) / reports not taken:")
        for why, number in tickets["refused_reports"].items():
            console.print(f"    {number:,} 行 rows: {why}")
