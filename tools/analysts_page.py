"""docs/analysts.md: questions of a civil-affairs analyst with their SQL and the real answers on the demo.

`python -m tools.analysts_page [--home DIR]` writes it anew from the published database of DIR (default data-demo, as
`make demo` leaves it), asking the DuckDB command line as an analyst would. The page holds no name and no number: only
what the masked database answers, and no pseudonym, for those differ from home folder to home folder.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.demo import HOME as DEMO

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "analysts.md"
DATABASE: Final = Path("published") / "civil_affairs.duckdb"


@dataclass(frozen=True)
class Question:
    """What somebody asks, in both languages, the SQL that answers it, and what to know when reading the answer."""

    zh: str
    en: str
    sql: str
    note_zh: str = ""
    note_en: str = ""


QUESTIONS: Final = (
    Question(
        "各乡镇手头有多少单据、几时到期?",
        "How many tickets does each township have, and when are they due?",
        """
SELECT township_code, due_on, days_left, tickets, red_or_orange, help_tickets
FROM deadlines_by_township
ORDER BY days_left, tickets DESC, township_code
LIMIT 6;""",
        "已经超期的在 overdue_by_township 中。",
        "Overdue ones are in overdue_by_township.",
    ),
    Question(
        "到 12 月 15 日若一张都不办,哪里会超期?",
        "If nothing were closed until 15 December, where would tickets be overdue?",
        """
SELECT township_code, count(*) AS tickets, max(overdue_days) AS longest,
       count(*) FILTER (severity = 'red') AS red
FROM overdue_on(DATE '2026-12-15')
GROUP BY township_code
ORDER BY tickets DESC, township_code;""",
        "超期只用于督办,不影响家庭待遇。",
        "Being overdue is a matter of supervision; it changes nothing in a family's aid.",
    ),
    Question(
        "哪些疑点最多?与上次相比如何?",
        "Which findings are most frequent, and how do they compare with the check before?",
        """
SELECT rule, rule_zh, string_agg(hits::VARCHAR, ' → ' ORDER BY as_of) AS hits_by_date,
       arg_max(suppressed, as_of) AS suppressed, arg_max(not_checked, as_of) AS not_checked
FROM (SELECT rule, rule_zh, as_of, sum(hits)::BIGINT AS hits, sum(suppressed)::BIGINT AS suppressed,
             sum(not_checked)::BIGINT AS not_checked
      FROM findings_trend GROUP BY rule, rule_zh, as_of)
GROUP BY rule, rule_zh
ORDER BY arg_max(hits, as_of) DESC, rule
LIMIT 6;""",
        "从左到右为历次核对,后两列为最新一次;未核对不等于没有问题,看“未核对”一栏。",
        "Check dates from left to right, the other columns for the newest. Not checked is not nothing found.",
    ),
    Question(
        "为什么有的家庭没有核对?",
        "Why were households not checked?",
        """
SELECT county_code, rule, reason_zh, households
FROM not_checked_by_reason
WHERE rule IN ('income_over_standard', 'deceased_member') AND county_code <> ''
ORDER BY households DESC, county_code, rule, reason_zh;""",
        "示例中昌江区没有规定低保标准,收入规则因此未核对,而不是“无疑点”。",
        "In the demo one county has set no standard: its income rules are not checked, which is not “nothing found”.",
    ),
    Question(
        "哪些家庭可能需要帮扶而尚未纳入低保或特困?",
        "Which households may need help and have neither dibao nor tekun?",
        """
SELECT household_id, township_code, programme, needs, rules_zh, share_of_standard
FROM unmet_need
ORDER BY needs DESC, share_of_standard NULLS LAST, household_id
LIMIT 6;""",
        "均为线索,待入户核实。",
        "Signals, to be verified by a visit.",
    ),
    Question(
        "需求线索与经济状况变化线索,各乡镇对照如何?",
        "Signals of unmet need against signals of means above the standard, by township?",
        """
SELECT township_code, households, in_basic_support, with_unmet_need, with_signals, with_both
FROM need_against_means
WHERE length(township_code) = 12
ORDER BY with_unmet_need DESC, township_code
LIMIT 6;""",
        "两类线索同等重要:既看该帮未帮,也看情况已变;均不作认定。",
        "Both matter alike: help not given, and circumstances that changed. Neither is a decision.",
    ),
    Question(
        "某一户发生过什么?",
        "What has happened to one household?",
        """
SELECT seq, on_day, kind, what_zh, what_en
FROM chain_of('H15062600000088');""",
        "household_overview('家庭编号') 另列成员、收入财产、标签与缺项。",
        "household_overview('…') adds members, means, labels and gaps.",
    ),
    Question(
        "哪些家庭还不能静默核对,缺什么?",
        "Which households cannot be checked silently yet, and what is missing?",
        """
SELECT township_code, gap_zh, households, persons, share
FROM readiness_by_gap
ORDER BY households DESC, township_code, gap
LIMIT 6;""",
        "名单在 readiness/<乡镇>.xlsx。缺材料与是否符合救助条件无关。",
        "The lists are in readiness/<township>.xlsx. A gap says nothing about eligibility.",
    ),
    Question(
        "谁该定期复核了?",
        "Who is due for the periodic review?",
        """
SELECT township_code, category, count(*) FILTER (state = 'late') AS late,
       count(*) FILTER (state = 'due_soon') AS due_soon, max(days_late) AS longest
FROM review_due
WHERE state IN ('late', 'due_soon') AND length(township_code) = 12
GROUP BY township_code, category
ORDER BY late DESC, township_code, category
LIMIT 6;""",
        "A类每年、B类每半年,自纳入或最近申报中较晚的一天起算。",
        "A yearly, B half-yearly, from enrolment or the newest declaration, whichever is later.",
    ),
    Question(
        "各条规则查下来有多准?",
        "How often do findings prove right when people look?",
        """
SELECT rule, rule_zh, settled, confirmed, data_error, round(precision, 2) AS precision,
       round(precision_low, 2) AS low, round(precision_high, 2) AS high, open
FROM rule_precision
WHERE area = 'all'
ORDER BY settled DESC, rule;""",
        "settled 为已有处置结果的疑点;data_error 多的规则,应请来源部门核对更正。示例中的处置结果是生成的,不说明真实规则的准确程度。",
        "settled: concluded by people. Where data_error is frequent the source department should look. The demo's outcomes "
        "are generated: they say nothing about real rules.",
    ),
    Question(
        "转出去的事,哪些部门还没有反馈?",
        "What was passed on to other departments and waits for an answer?",
        """
SELECT responsible_zh, count(*) AS waiting, max(waiting_days) AS longest, min(since_on) AS oldest
FROM referrals_waiting
GROUP BY responsible_zh
ORDER BY waiting DESC, responsible_zh;""",
        "清单在 referrals/<部门>.xlsx,部门填好后放回 landing/referral_answers/。",
        "The lists are in referrals/<department>.xlsx; departments fill them in and send them back.",
    ),
    Question(
        "规则对不同人群是否公平?",
        "Do rules treat groups of people alike?",
        """
SELECT dimension, group_zh, checked, hits, round(share, 4) AS share,
       round(share_low, 4) AS low, round(share_high, 4) AS high, settled, round(precision, 2) AS precision
FROM findings_by_group
WHERE area = 'all' AND rule = 'undeclared_vehicle' AND dimension IN ('all', 'disability', 'programme')
ORDER BY dimension, group_code;""",
        "low–high 为 95% 区间:区间重叠的差别不足为据;办结后 precision 才有值。",
        "low–high is the 95 % interval: where intervals overlap a difference proves little. precision comes with outcomes.",
    ),
    Question(
        "各部门的数据质量如何?",
        "How good are the departments' data?",
        """
SELECT department_zh, feed, files, files_not_taken, rows_read, rows_set_aside,
       round(set_aside_share, 4) AS share, oldest_days
FROM delivery_quality
ORDER BY files_not_taken DESC, share DESC, feed
LIMIT 8;""",
    ),
    Question(
        "要请某部门更正什么?",
        "What should a department be asked to correct?",
        """
SELECT department_zh, feed, column_name, reason_zh, rows, files
FROM rejected_by_reason
WHERE feed = 'tax'
ORDER BY rows DESC, column_name, code
LIMIT 6;""",
        "逐行明细在 rejected/<数据>.csv,含退回的原行,只交该部门。",
        "Line by line in rejected/<feed>.csv, with the rows themselves, for that department only.",
    ),
    Question(
        "历次核对的规模与单据存量?",
        "What did each check date bring, and how many tickets are open?",
        """
SELECT as_of, county_code, households, findings, tickets_opened, tickets_closed, became_overdue, open_tickets
FROM check_history
WHERE county_code <> ''
ORDER BY as_of, county_code;""",
    ),
    Question(
        "哪些政策参数还是本项目的假定值,需要本局确认?",
        "Which policy values are assumptions of this project that the bureau should confirm?",
        """
SELECT parameter, parameter_zh, value, basis
FROM policy_parameters
WHERE county_code = '150626' AND status = 'assumed' AND split_part(parameter, '.', 1) IN ('survey', 'vehicle')
ORDER BY parameter;""",
    ),
)


HEAD: Final = """# 分析人员手册 / For analysts

<!-- 由 python -m tools.analysts_page 生成,请勿手改 / generated, do not edit -->

分析库是一个文件:`published/civil_affairs.duckdb`。身份号码已遮蔽,姓名只留首字,人员假名各表、各次核对一致。
打开它不需要本项目的代码,只要 DuckDB 1.2 或更新版本。疑点都是线索,待核实,不作认定。

The analysts' database is one file. Numbers are masked, names shortened, pseudonyms the same in every table and on every
check date. DuckDB 1.2 or newer opens it; none of our code is needed. What it holds are signals, to be verified.

## 打开 / Open it

```
.venv/bin/duckdb -readonly data/published/civil_affairs.duckdb
```

```sql
SELECT kind, table_name, table_zh, call FROM schema_versions ORDER BY kind, table_name;
SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'unmet_need';
FROM about;
```

`schema_versions` 列出所有表、现成问题(视图)和带参数的问题(宏)及其写法;每列都有中英文注释,全部说明见
[数据字典](data-dictionary.md)。 `schema_versions` lists every table, ready question (view) and question with a parameter
(macro) and how to ask it; every column has a comment in both languages, all of them in the [dictionary](data-dictionary.md).

- 一律加 `-readonly`:多人可同时读;不加则会锁住并可能改动发布文件(`shouwang verify` 会发现)。
  Always `-readonly`: many can read at once; without it you lock, and may change, a published file.
- 核对发布时文件整体替换,正在读的人不受打扰,继续读旧的一份;要看新的,先退出(关闭连接)再打开。
  A check replaces the file at once. Whoever reads keeps the old one; to see the new one, close first, then open again.
- 程序里每次查询即开即关。同一进程未关闭旧连接就重连同一路径,读到的仍是旧内容;若路径是链接,请打开真实路径。
  In programs open and close for each reading: a process that connects again while it still holds the old file gets the
  old content. Open the real path, not a link.
- 历次核对:`rule_results`、`rule_modes`、`tickets`、`ticket_events`、`ticket_matters`、`household_chain` 含全部日期,其余为最新一次。
  Six tables reach back over all check dates; the others hold the newest.

以下答案来自 `make demo` 的半年示例(生成的三千人,两个县,2026 年 6 月至 11 月六次核对,处置结果也是生成的),由 DuckDB 命令行
查得;打开它请用 `data-demo/published/civil_affairs.duckdb`。
The answers below are those of the half year of `make demo` (3,000 generated persons, two counties, six monthly checks;
the outcomes are generated too), asked with the CLI; its database is `data-demo/published/civil_affairs.duckdb`.
"""
FOOT: Final = """## 带走结果 / Carry answers away

Excel、WPS:命令行导出带 BOM 的 CSV,中文与数字不变;`for_excel` 使长编号不被改写、公式样文字不被执行。
Excel, WPS: a CSV with BOM from the command line; Chinese and numbers survive.

```
.mode csv
.once --bom unmet_need.csv
SELECT for_excel(COLUMNS(*)) FROM unmet_need;
```

```python
import duckdb  # pandas, Polars

with duckdb.connect("data/published/civil_affairs.duckdb", read_only=True) as connection:
    frame = connection.sql("FROM need_against_means").df()  # pandas
    table = connection.sql("FROM need_against_means").pl()  # Polars
```

试过 / tried: DuckDB CLI 1.5.6;Python duckdb 1.2.2、1.4.5、1.5.6、2.0.0(pandas 3.1,Polars 2.1);Harlequin 2.17
(`harlequin --read-only FILE`);LibreOffice(CSV)。

不能用的 / what does not work:
- `COPY … TO 'x.xlsx'`、加密、`.ui`:需要联网下载的扩展,封闭网络中没有。 / they need extensions from the network.
- DuckDB 1.1 及更早版本打不开此文件。 / DuckDB 1.1 and older do not open the file.
- Polars `read_database_uri`:须另装 connectorx 或 ADBC 驱动;用上面的写法。 / needs a driver of its own; use the above.
- R:包 `duckdb`(CRAN)1.2 以上应可打开,本项目未能试验;也可读导出的 CSV 或 Parquet。 / not tried; CSV or Parquet do.

## 未遮蔽的库 / Unmasked

只在有具名责任人和事由时生成,不得放在 `published/` 内;行为记入审计台账。
Made only by a named person for a stated reason, never inside `published/`; the act is entered in the audit ledger.

```
.venv/bin/shouwang database --unmasked --by 姓名 --reason 事由 --out FILE
```
"""
NONE: Final = "(没有 / none)"


def page(database: Path) -> str:
    """The whole page, with the answers of this database."""
    parts = [HEAD, *(_section(number, question, database) for number, question in enumerate(QUESTIONS, start=1)), FOOT]
    return "\n".join(parts)


def _section(number: int, question: Question, database: Path) -> str:
    notes = [line for line in (question.note_zh, question.note_en) if line]
    lines = [f"## {number}. {question.zh}", "", question.en, "", "```sql", question.sql.strip(), "```", ""]
    lines += [
        ask(database, question.sql),
        "",
        *(f"{note}  " for note in notes[:-1]),
        *notes[-1:],
        *([""] if notes else []),
    ]
    return "\n".join(lines)


def ask(database: Path, sql: str) -> str:
    """The answer of the DuckDB command line, as a Markdown table. OSError when it fails; SQL and answer are not quoted."""
    command = [client(), "-readonly", "-no-init", "-markdown", "-nullvalue", "", str(database.resolve()), "-c", sql]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode or done.stderr:
        raise OSError(0, "the DuckDB command line did not answer", str(database))
    return done.stdout.strip() or NONE


def client() -> str:
    """The DuckDB command line: of this environment (package duckdb-cli), else of the machine."""
    beside = Path(sys.executable).with_name("duckdb")
    found = str(beside) if beside.is_file() else shutil.which("duckdb")
    if found is None:
        raise FileNotFoundError(2, "no DuckDB command line; install duckdb-cli", "duckdb")
    return found


def without_answers(text: str) -> str:
    """The page without the answers: what stays the same whatever the database holds."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("|") and line != NONE)


def main() -> None:
    """Write the page from the database of a home folder."""
    parser = argparse.ArgumentParser(prog="python -m tools.analysts_page")
    parser.add_argument("--home", type=Path, default=DEMO, metavar="DIR")
    PAGE.write_text(page(parser.parse_args().home / DATABASE), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
