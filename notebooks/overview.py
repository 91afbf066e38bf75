"""总览 / Overview of the newest check date, for analysts.

`make notebook` opens it as an app; `python notebooks/overview.py` runs it once. It shows counts only.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="守望 总览", css_file="parts.css")


@app.cell
def _():
    import marimo as mo
    import parts
    import polars as pl

    return mo, parts, pl


@app.cell
def _(mo):
    reload = mo.ui.button(label="重新读取 / reload", value=0, on_click=lambda n: n + 1)
    return (reload,)


@app.cell
def _(parts, reload):
    _ = reload.value  # pressing the button runs this cell again
    parts.stop_without_database()
    about, households, gaps, deliveries, results, tickets = parts.read(
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
def _(deliveries, facts, households, mo, parts, reload):
    counties = sorted(code for code in households["county_code"].unique() if code and len(code) == 6)
    county = mo.ui.dropdown(
        {"全部地区 / all": "", **{c: c for c in counties}}, value="全部地区 / all", label="县 / county"
    )
    newest = deliveries["data_date"].max()
    mo.vstack(
        [
            parts.links("overview"),
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
def _(chosen, deliveries, households, parts, results, tickets):
    _active = chosen(households)["households"].sum()
    _admitted = chosen(households.filter(households["is_admitted"]))["households"].sum()
    _open = chosen(tickets)["tickets"].sum()
    _overdue = chosen(tickets.filter(tickets["is_overdue"]))["tickets"].sum()
    _unchecked = chosen(results.filter(results["result"] == "not_checked"))["households"].sum()
    _all = chosen(results)["households"].sum() or 1
    headline = {"active": _active, "admitted": _admitted, "open": _open, "overdue": _overdue}
    parts.tiles(
        ("在册家庭", f"{_active:,}", "active households"),
        ("符合静默核对条件", f"{_admitted:,}", "admitted"),
        ("在办预警单", f"{_open:,}", "open tickets"),
        ("已逾期", f"{_overdue:,}", "overdue"),
        ("未核对", f"{100 * _unchecked / _all:.0f} %", "of results not checked"),
        ("交换文件", f"{deliveries.height:,}", "files"),
    )
    return (headline,)


@app.cell
def _(chosen, mo, parts, pl, tickets):
    def by_severity(frame, key):
        """(key, total, one number a severity), in key order."""
        wide = frame.group_by(key).agg(
            *(pl.col("tickets").filter(pl.col("severity") == s).sum().alias(s) for s in parts.SEVERITIES)
        )
        return [(row[key], sum(row[s] for s in parts.SEVERITIES), [row[s] for s in parts.SEVERITIES])
                for row in wide.sort(key).iter_rows(named=True)]  # fmt: skip

    _colours, _words = [c for _, c in parts.SEVERITIES.values()], [w for w, _ in parts.SEVERITIES.values()]
    tickets_by_due = by_severity(chosen(tickets), "due_on")
    tickets_by_township = by_severity(chosen(tickets), "township_code")
    _provisional = set(tickets.filter("deadline_provisional")["due_on"])
    _due = [(f"{day}{' 暂定' if day in _provisional else ''}", f"{n:,}", numbers) for day, n, numbers in tickets_by_due]
    _places = sorted(tickets_by_township, key=lambda one: -one[1])
    mo.vstack(
        [
            mo.md("## 在办预警单 / open tickets\n先看快到期的, 再看哪些乡镇最多。"),
            mo.md("### 按到期日 / by due date"),
            parts.bars(_due, _colours, _words),
            mo.md("### 按乡镇 / by township"),
            parts.bars([(code, f"{n:,}", numbers) for code, n, numbers in _places[:30]], _colours, _words),
            mo.md(f"另有 {len(_places) - 30} 个乡镇 / more townships" if len(_places) > 30 else ""),
        ]
    )
    return tickets_by_due, tickets_by_township


@app.cell
def _(chosen, mo, parts, pl, results):
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
            parts.bars(
                _rows,
                ("#2f6f9f", "#9db4c6", "#c9ced4"),
                ("疑点 found", "暂不重复提示 suppressed", "未核对 not checked"),
            ),
        ]
    )
    return (findings_by_rule,)


@app.cell
def _(chosen, gaps, households, mo, parts, pl):
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
            parts.bars(_rows, ("#3f8f5f", "#c9ced4"), ("符合 admitted", "不符合 not admitted")),
            mo.md("### 所缺材料 / what is missing"),
            parts.bars([(gap, f"{n:,} 户", [n]) for gap, n in _gaps.iter_rows()], ("#b58a3a",)),
        ]
    )
    return (admitted_by_programme,)


@app.cell
def _(deliveries, mo, parts, pl):
    _status = {
        "accepted": "已接收",
        "accepted_with_errors": "已接收(部分行退回)",
        "held": "暂缓采用(待签认)",
        "rejected": "整批退回",
        "duplicate": "重复文件",
        "refused": "名称已占用",
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
    mo.vstack([mo.md("## 交换批次 / deliveries"), parts.pages(delivered)])
    return (delivered,)


if __name__ == "__main__":
    app.run()
