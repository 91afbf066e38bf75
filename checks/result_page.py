"""The results of the expectations as one page that needs nothing from outside: no script, no font, no link."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from html import escape
from typing import Final

from checks.expectations import Outcome

TABLE_ZH: Final = {
    "tickets": ("预警单据", "Warning tickets"),
    "open_tickets": ("在办预警单", "Open tickets"),
    "findings": ("疑点", "Findings"),
    "people": ("证件号码", "Identity numbers"),
    "results": ("规则结果", "Results of the rules"),
    "rules": ("规则合计", "Sums per rule"),
    "counties": ("各县比例", "Shares per county"),
}
STYLE: Final = """
:root { color-scheme: light; }
body { font: 15px/1.55 "Noto Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif;
       color: #1d2733; background: #f4f6f8; margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
.en { color: #5b6876; font-size: .88em; } h2 .en { font-weight: normal; margin-left: .5em; }
.sum { display: flex; gap: 1rem; flex-wrap: wrap; margin: 1.25rem 0; padding: 0; }
.sum div { background: #fff; border: 1px solid #dde3e9; border-radius: 8px; padding: .7rem 1.1rem; min-width: 8rem; }
.sum b { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; background: #fff; border: 1px solid #dde3e9; border-radius: 8px; }
th, td { text-align: left; padding: .5rem .8rem; border-top: 1px solid #e8edf1; vertical-align: top; }
thead th { border-top: 0; font-weight: 600; font-size: .85rem; color: #5b6876; }
td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } th.n { text-align: right; }
td.s { white-space: nowrap; font-weight: 600; width: 6.5rem; }
.ok { color: #17693a; } .no { color: #a8201a; } .look { color: #8a5a00; }
tr.bad { background: #fdf1f0; } tr.warn { background: #fff8e8; }
"""


def result_page(outcomes: Sequence[Outcome], as_of: dt.date, batch: int) -> str:
    """The page as HTML. Counts and sentences only; the same outcomes give the same page."""
    failed = sum(not o.passed and o.expectation.level == "error" for o in outcomes)
    look = sum(not o.passed and o.expectation.level == "warn" for o in outcomes)
    verdict = (
        "全部符合 <span class='en'>everything holds</span>"
        if not failed
        else "有不符, 请先查明再使用本期文件 <span class='en'>something does not hold: find out before using these files</span>"
    )
    tables = dict.fromkeys(o.expectation.table for o in outcomes)
    sections = "\n".join(_section(t, [o for o in outcomes if o.expectation.table == t]) for t in tables)
    return f"""<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>守望 发布核验 {as_of}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head><body><main>
<h1>发布核验 {as_of} <span class="en">第 {batch} 批 / batch {batch}</span></h1>
<p class="en">What was published on this check date, against what it promises. Counts only, no personal data.</p>
<p><strong>{verdict}</strong></p>
<div class="sum">{_number(len(outcomes) - failed - look, "符合", "hold", "ok")}{_number(failed, "不符", "do not hold", "no")}
{_number(look, "请留意", "worth a look", "look")}</div>
{sections}
</main></body></html>
"""


def _number(value: int, zh: str, en: str, kind: str) -> str:
    return f'<div><b class="{kind if value else ""}">{value}</b>{zh} <span class="en">{en}</span></div>'


def _section(table: str, outcomes: Sequence[Outcome]) -> str:
    zh, en = TABLE_ZH.get(table, (table, table))
    rows = "\n".join(_row(o) for o in outcomes)
    return f"""<h2>{escape(zh)}<span class="en">{escape(en)}</span></h2>
<table><thead><tr><th>结果</th><th>要求</th><th class="n">不符</th><th class="n">核验数</th></tr></thead><tbody>
{rows}
</tbody></table>"""


def _row(outcome: Outcome) -> str:
    one = outcome.expectation
    if outcome.passed:
        kind, mark, row = "ok", "✓ 符合", ""
    elif one.level == "warn":
        kind, mark, row = "look", "△ 请留意", "warn"
    else:
        kind, mark, row = "no", "✗ 不符", "bad"
    problems = "–" if outcome.problems is None else f"{outcome.problems:,}"
    return (
        f'<tr class="{row}"><td class="s {kind}">{mark}</td>'
        f'<td>{escape(one.zh)}<br><span class="en">{escape(one.en)}</span></td>'
        f'<td class="n">{problems}</td><td class="n">{outcome.counted:,}</td></tr>'
    )
