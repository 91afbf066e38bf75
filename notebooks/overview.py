"""总览 / Overview of the newest check date, for analysts.

`make notebook` opens it as an app; `python notebooks/overview.py` runs it once. It reads nothing but the published
database ($SHOUWANG_HOME/published/civil_affairs.duckdb), read-only, and shows counts only. No network is needed.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="守望 总览")


@app.cell
def _():
    import os
    import pathlib
    from html import escape

    import duckdb
    import marimo as mo
    import polars as pl

    return duckdb, escape, mo, os, pathlib, pl


@app.cell
def _(mo):
    reload = mo.ui.button(label="重新读取 / reload", value=0, on_click=lambda n: n + 1)
    return (reload,)


@app.cell
def _(duckdb, mo, os, pathlib, reload):
    _ = reload.value  # pressing the button runs this cell again
    database = pathlib.Path(os.environ.get("SHOUWANG_HOME") or "data").absolute() / "published" / "civil_affairs.duckdb"
    mo.stop(
        not database.is_file(),
        mo.callout(
            mo.md(f"没有分析库 `{database}`。请先运行 `make run`。\n\nThere is no database yet: run `make run` first."),
            kind="warn",
        ),
    )

    def read(*queries):
        """Each query's rows. The file is closed again at once: a new publication is then seen on the next reading."""
        with duckdb.connect(str(database.resolve()), read_only=True) as connection:
            return [connection.sql(query).pl() for query in queries]

    about, households, gaps, deliveries, results, tickets = read(
        "select name, value from about",
        "select county_code, township_code, programme, is_admitted, count(*) as households from households "
        "group by all order by all",
        "select county_code, gap_zh, count(distinct household_id) as households from silent_check_readiness "
        "group by all order by households desc, gap_zh",
        "select feed_zh, department_zh, file, data_date, status, read, accepted, set_aside, reason_zh, is_in_force, area "
        "from deliveries order by feed_zh, data_date desc, file",
        "select county_code, rule, rule_zh, result, sum(households)::bigint as households from rule_results "
        "where as_of = (select max(as_of) from rule_results) group by all order by all",
        "select county_code, township_code, direction, severity, due_on, deadline_provisional, overdue_days > 0 as is_overdue, "
        "count(*) as tickets from tickets where status <> 'closed' group by all order by all",
    )
    facts = dict(about.iter_rows())
    return deliveries, facts, gaps, households, results, tickets


@app.cell
def _(deliveries, facts, households, mo, reload):
    counties = sorted(code for code in households["county_code"].unique() if code and len(code) == 6)
    county = mo.ui.dropdown(
        {"全部地区 / all": "", **{c: c for c in counties}}, value="全部地区 / all", label="县 / county"
    )
    newest = deliveries["data_date"].max()
    mo.vstack(
        [
            mo.md(f"# 守望 总览  {facts['as_of']}\n核对日期 check date · 最新数据日期 newest data {newest}"),
            mo.hstack([county, reload], justify="start"),
        ]
    )
    return (county,)


@app.cell
def _(county, pl):
    def chosen(frame):
        """Rows of the chosen county, all rows where none is chosen."""
        return frame.filter(pl.col("county_code") == county.value) if county.value else frame

    return (chosen,)


@app.cell
def _(escape, mo):
    def bars(rows, colours=("#2f6f9f",), legend=()):
        """Horizontal bars as plain HTML: (label, note, numbers). One colour a number; no script, no font from outside."""
        most = max((sum(numbers) for _, _, numbers in rows), default=0) or 1
        keys = " ".join(
            f'<span style="margin-right:1em"><i style="display:inline-block;width:.8em;height:.8em;background:{c};'
            f'margin-right:.35em;border-radius:2px"></i>{escape(text)}</span>'
            for c, text in zip(colours, legend, strict=False)
        )
        lines = "".join(
            f'<tr><td style="text-align:right;padding:.2em .8em .2em 0;white-space:nowrap">{escape(label)}</td>'
            '<td style="width:55%"><div style="display:flex;height:1.1em">'
            + "".join(
                f'<div title="{n:,}" style="width:{100 * n / most:.2f}%;background:{c}"></div>'
                for n, c in zip(numbers, colours, strict=False)
            )
            + f'</div></td><td style="padding-left:.8em;white-space:nowrap">{escape(note)}</td></tr>'
            for label, note, numbers in rows
        )
        return mo.Html(
            f'<div style="font-size:.9em">{keys}<table style="width:100%;margin-top:.4em">{lines}</table></div>'
        )

    return (bars,)


@app.cell
def _(chosen, deliveries, households, mo, results, tickets):
    _active = chosen(households)["households"].sum()
    _admitted = chosen(households.filter(households["is_admitted"]))["households"].sum()
    _open = chosen(tickets)["tickets"].sum()
    _overdue = chosen(tickets.filter(tickets["is_overdue"]))["tickets"].sum()
    _unchecked = chosen(results.filter(results["result"] == "not_checked"))["households"].sum()
    _all = chosen(results)["households"].sum() or 1
    headline = {"active": _active, "admitted": _admitted, "open": _open, "overdue": _overdue}
    mo.hstack(
        [
            mo.stat(f"{_active:,}", label="在册家庭", caption="active households", bordered=True),
            mo.stat(f"{_admitted:,}", label="符合静默核对条件", caption="admitted", bordered=True),
            mo.stat(f"{_open:,}", label="在办预警单", caption="open tickets", bordered=True),
            mo.stat(f"{_overdue:,}", label="已逾期", caption="overdue", bordered=True),
            mo.stat(
                f"{100 * _unchecked / _all:.0f} %", label="未核对", caption="of results not checked", bordered=True
            ),
            mo.stat(f"{deliveries.height:,}", label="交换文件", caption="files", bordered=True),
        ],
        widths="equal",
    )
    return (headline,)


@app.cell
def _(bars, chosen, mo, pl, tickets):
    severities = {
        "red": ("红", "#c0392b"),
        "orange": ("橙", "#e67e22"),
        "yellow": ("黄", "#e2b93b"),
        "blue": ("蓝", "#3b7dbd"),
    }

    def by_severity(frame, key):
        """(key, total, one number a severity), in key order."""
        wide = frame.group_by(key).agg(
            *(pl.col("tickets").filter(pl.col("severity") == s).sum().alias(s) for s in severities)
        )
        return [(row[key], sum(row[s] for s in severities), [row[s] for s in severities])
                for row in wide.sort(key).iter_rows(named=True)]  # fmt: skip

    _colours, _words = [c for _, c in severities.values()], [w for w, _ in severities.values()]
    tickets_by_due = by_severity(chosen(tickets), "due_on")
    tickets_by_township = by_severity(chosen(tickets), "township_code")
    _provisional = set(tickets.filter("deadline_provisional")["due_on"])
    _due = [(f"{day}{' 暂定' if day in _provisional else ''}", f"{n:,}", numbers) for day, n, numbers in tickets_by_due]
    _places = sorted(tickets_by_township, key=lambda one: -one[1])
    mo.vstack(
        [
            mo.md("## 在办预警单 / open tickets\n先看快到期的, 再看哪些乡镇最多。"),
            mo.md("### 按到期日 / by due date"),
            bars(_due, _colours, _words),
            mo.md("### 按乡镇 / by township"),
            bars([(code, f"{n:,}", numbers) for code, n, numbers in _places[:30]], _colours, _words),
            mo.md(f"另有 {len(_places) - 30} 个乡镇 / more townships" if len(_places) > 30 else ""),
        ]
    )
    return tickets_by_due, tickets_by_township


@app.cell
def _(bars, chosen, mo, pl, results):
    def _count(result):
        return pl.col("households").filter(pl.col("result") == result).sum().alias(result)

    findings_by_rule = (
        chosen(results)
        .group_by("rule", "rule_zh")
        .agg(*map(_count, ("hit", "suppressed", "not_checked", "no_hit")))
        .sort("hit", "rule", descending=[True, False])
    )
    _rows = [
        (
            row["rule_zh"],
            f"{row['hit']:,} 户 · 未核对 {row['not_checked']:,}",
            [row["hit"], row["suppressed"], row["not_checked"]],
        )
        for row in findings_by_rule.iter_rows(named=True)
    ]
    mo.vstack(
        [
            mo.md("## 各规则 / rules\n疑点待核实, 不作认定; “未核对”不等于“没有疑点”。"),
            bars(
                _rows,
                ("#2f6f9f", "#9db4c6", "#e3e6ea"),
                ("疑点 found", "暂不重复提示 suppressed", "未核对 not checked"),
            ),
        ]
    )
    return (findings_by_rule,)


@app.cell
def _(bars, chosen, gaps, households, mo, pl):
    admitted_by_programme = (
        chosen(households)
        .group_by("programme")
        .agg(
            pl.col("households").filter(pl.col("is_admitted")).sum().alias("admitted"),
            pl.col("households").filter(~pl.col("is_admitted")).sum().alias("not_admitted"),
        )
        .sort("programme")
    )
    _rows = [(p or "–", f"{a:,} / {a + n:,}", [a, n]) for p, a, n in admitted_by_programme.iter_rows()]
    _gaps = (
        chosen(gaps).group_by("gap_zh").agg(pl.col("households").sum()).sort("households", "gap_zh", descending=True)
    )
    mo.vstack(
        [
            mo.md("## 静默核对条件 / admission\n只说明材料与授权是否齐全, 与救助资格无关。"),
            bars(_rows, ("#3f8f5f", "#c9ced4"), ("符合 admitted", "不符合 not admitted")),
            mo.md("### 所缺材料 / what is missing"),
            bars([(gap, f"{n:,} 户", [n]) for gap, n in _gaps.iter_rows()], ("#b58a3a",)),
        ]
    )
    return (admitted_by_programme,)


@app.cell
def _(deliveries, mo, pl):
    _status = {
        "accepted": "接收",
        "accepted_with_errors": "部分接收",
        "rejected": "整批退回",
        "duplicate": "重复, 忽略",
        "refused": "拒收(名称已占用)",
        "unusable": "无法识别",
    }
    delivered = deliveries.select(
        pl.col("department_zh").alias("部门"),
        pl.col("feed_zh").alias("数据"),
        pl.col("file").alias("文件"),
        pl.col("data_date").alias("数据日期"),
        pl.col("status").replace(_status).alias("状态"),
        pl.when(pl.col("is_in_force")).then(pl.lit("✓")).otherwise(pl.lit("")).alias("在用"),
        pl.col("read").alias("读取"),
        pl.col("accepted").alias("接收行"),
        pl.col("set_aside").alias("退回行"),
        pl.col("reason_zh").fill_null("").alias("原因"),
    )
    mo.vstack(
        [mo.md("## 交换批次 / deliveries"), mo.ui.table(delivered, selection=None, page_size=15, show_download=False)]
    )
    return (delivered,)


if __name__ == "__main__":
    app.run()
