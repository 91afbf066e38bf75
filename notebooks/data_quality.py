"""部门数据质量 / Quality of the departments' data: what was delivered, taken and set aside, how old it is, what is missing.

`make notebook` opens it as an app; `python notebooks/data_quality.py` runs it once. It shows counts only.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="守望 部门数据质量", css_file="parts.css")


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
    _reasons = "('feed_missing', 'feed_stale', 'no_record')"
    _queries = {
        "feeds": "SELECT * FROM delivery_quality ORDER BY department_zh, feed_zh",
        "not_taken": "SELECT department_zh, feed_zh, file, status, coalesce(reason_zh, warning_zh) AS reason FROM deliveries "
        "WHERE status NOT IN ('accepted', 'accepted_with_errors') OR warning_zh IS NOT NULL ORDER BY data_date DESC, file",
        "reasons": "SELECT * FROM rejected_by_reason ORDER BY rows DESC, feed, column_name, code",
        # A delivery counts in the month its data describe: on which check date it arrived is not kept.
        "months": "SELECT strftime(data_date, '%Y-%m') AS month, department_zh, sum(read)::BIGINT AS read, "
        "sum(set_aside)::BIGINT AS set_aside FROM deliveries WHERE data_date IS NOT NULL GROUP BY ALL ORDER BY month DESC",
        "over_dates": "SELECT as_of, reason, sum(households)::BIGINT AS looks FROM rule_results "
        f"WHERE reason IN {_reasons} GROUP BY ALL ORDER BY as_of DESC",
        "dates": "SELECT DISTINCT as_of FROM rule_results ORDER BY as_of DESC LIMIT 24",
        "by_rule": "SELECT county_code, rule_zh, reason, households FROM not_checked_by_reason "
        "WHERE reason <> 'not_admitted' ORDER BY households DESC, county_code, rule_zh",
        "gaps": "SELECT * FROM readiness_by_gap ORDER BY households DESC, township_code, gap",
        "households": "SELECT count(*) AS households, count(*) FILTER (is_admitted) AS admitted FROM households",
        "about": "SELECT value FROM about WHERE name = 'as_of'",
    }
    known = dict(zip(_queries, parts.read(*_queries.values()), strict=True))
    words = parts.code_words()
    return known, words


@app.cell
def _(known, mo):
    _departments = sorted({*known["feeds"]["department_zh"]})
    picker = mo.ui.dropdown(
        {"全部部门 / all": "", **{name: name for name in _departments}},
        value="全部部门 / all",
        label="部门 / department",
    )
    return (picker,)


@app.cell
def _(picker):
    department = picker.value or ""
    return (department,)


@app.cell
def _(department, pl):
    def chosen(frame):
        """Rows of the chosen department, all rows where none is chosen."""
        return frame.filter(pl.col("department_zh") == department) if department else frame

    return (chosen,)


@app.cell
def _(chosen, known, mo, parts, picker, reload):
    _feeds = chosen(known["feeds"])
    headline = {
        name: _feeds[name].sum()
        for name in ("files", "files_not_taken", "rows_read", "rows_accepted", "rows_set_aside")
    }
    _share = headline["rows_set_aside"] / headline["rows_read"] if headline["rows_read"] else None
    _for_want = known["by_rule"].filter(known["by_rule"]["reason"].is_in(["feed_missing", "feed_stale"])).height
    mo.vstack(
        [
            parts.links("data_quality"),
            mo.md(f"# 守望 部门数据质量\n核对日期 check date {known['about'].item()}"),
            mo.hstack([picker, reload], justify="start", align="end"),
            parts.tiles(
                ("收到文件", f"{headline['files']:,}", f"未接收 not taken {headline['files_not_taken']:,}"),
                ("读入行", f"{headline['rows_read']:,}", f"接收 accepted {headline['rows_accepted']:,}"),
                ("退回行", f"{headline['rows_set_aside']:,}", "set aside"),
                ("退回比例", parts.percent(_share, 2), "share set aside"),
                ("缺数据或数据过期", f"{_for_want}", "rules by county, all departments"),
            ),
        ]
    )
    return (headline,)


@app.cell
def _(chosen, known, mo, parts):
    _rows = chosen(known["feeds"]).rows(named=True)
    _worst = max((row["set_aside_share"] or 0 for row in _rows), default=0)
    _eldest = max((row["oldest_days"] or 0 for row in _rows), default=0)
    feeds = [
        (
            row["department_zh"],
            row["feed_zh"],
            row["files"],
            row["files_not_taken"],
            row["rows_accepted"],
            row["rows_set_aside"],
            parts.bar([row["set_aside_share"] or 0], (parts.BROWN,), _worst),
            parts.percent(row["set_aside_share"], 2),
            str(row["oldest_data_date"] or "没有在用的"),
            parts.bar([row["oldest_days"] or 0], (parts.BLUE,), _eldest),
            row["oldest_days"],
        )
        for row in _rows
    ]
    _heads = ["部门", "数据", "文件", "未接收", "接收行", "退回行", "退回比例", "", "在用数据日期", "距核对日期", "天"]
    mo.vstack(
        [
            mo.md("## 各部门交换情况 / deliveries by department and feed"),
            parts.table(_heads, feeds, "还没有收到文件 / no file yet"),
            parts.soft(
                "数据日期取各地区在用批次中最早的一天。全量数据旧到一定天数即作废 (天数见数据字典), 所涉规则记为“数据过期”, 见下文; "
                "增量数据 (授权、申报、办理回报等) 不过期, 天数只说明多久没有新的报送。"
            ),
        ]
    )
    return (feeds,)


@app.cell
def _(chosen, known, mo, parts, words):
    not_taken = [
        (row["department_zh"] or "–", row["file"], words["deliveries.status"][row["status"]], row["reason"] or "–")
        for row in chosen(known["not_taken"]).iter_rows(named=True)
    ]
    mo.vstack(
        [
            mo.md("### 未接收或需说明的文件 / files not taken, or with a question"),
            parts.table(["部门", "文件", "处理结果", "原因"], not_taken[:40], "都已接收 / all were taken"),
            parts.soft(f"另有 {len(not_taken) - 40} 个文件 / more files" if len(not_taken) > 40 else ""),
        ]
    )
    return (not_taken,)


@app.cell
def _(chosen, known, mo, parts, pl):
    _of = chosen(known["reasons"])
    reasons = [
        (reason, f"{rows:,} 行", [rows])
        for reason, rows in _of.group_by("reason_zh")
        .agg(pl.col("rows").sum())
        .sort("rows", "reason_zh", descending=[True, False])
        .iter_rows()
    ]
    set_aside = _of.select(
        pl.col("department_zh").alias("部门"),
        pl.col("feed_zh").alias("数据"),
        pl.col("column_name").alias("列"),
        pl.col("reason_zh").alias("原因"),
        pl.col("rows").alias("行数"),
        pl.col("files").alias("文件数"),
    )
    mo.vstack(
        [
            mo.md("## 退回原因 / why rows were set aside"),
            parts.bars(reasons[:15], (parts.BROWN,)) if reasons else parts.soft("没有退回的行 / no row was set aside"),
            parts.soft(f"另有 {len(reasons) - 15} 种原因, 见下表 / more in the table" if len(reasons) > 15 else ""),
            parts.pages(set_aside),
            parts.soft(
                "办理回报 (处置结果、异议等) 中读入后未采纳的也列在此, 因此可多于上面的退回行。"
                "逐行明细在 rejected/ 文件夹中该数据的 csv 文件, 只交该部门。"
            ),
        ]
    )
    return reasons, set_aside


@app.cell
def _(chosen, known, mo, parts, pl, words):
    _months = chosen(known["months"]).group_by("month").agg(pl.col("read", "set_aside").sum())
    by_month = [
        (month, f"{parts.percent(aside / read, 2)} · 退回 {aside:,} / 读入 {read:,} 行", [aside / read])
        for month, read, aside in _months.sort("month", descending=True).head(24).iter_rows()
        if read
    ]
    _codes = {code: words["rule_results.reason"][code] for code in ("feed_missing", "feed_stale", "no_record")}
    over_dates = []
    for _day in known["dates"]["as_of"]:
        _of = known["over_dates"].filter(known["over_dates"]["as_of"] == _day)
        _counts = dict(zip(_of["reason"], _of["looks"], strict=True))
        _said = f"{sum(_counts.values()):,} 户次"
        over_dates.append((str(_day), _said, [_counts.get(code, 0) for code in _codes]))
    _only_one = parts.note(
        "只有一次核对, 还看不出走势; 再核对一次后 (`shouwang check --as-of 日期`) 才有第二条。",
        "One check date so far: a trend shows after the next check.",
    )
    mo.vstack(
        [
            mo.md("## 走势 / over time\n### 退回比例, 按数据所属月份 / share set aside, by month of the data"),
            parts.bars(by_month, (parts.BROWN,)),
            mo.md("### 因数据未能核对, 各次核对, 全部部门 / not checked for want of data"),
            *([_only_one] if len(over_dates) == 1 else []),
            parts.bars(over_dates, parts.REASON_COLOURS[1:3] + parts.REASON_COLOURS[4:], list(_codes.values())),
            parts.soft("一户按一条规则未能核对计一户次。未核对不等于没有疑点。"),
        ]
    )
    return by_month, over_dates


@app.cell
def _(known, mo, parts, pl):
    _who = {
        "authorisation_missing": "乡镇(街道): 请本人签署核对授权书并登记",
        "declaration_missing": "乡镇(街道): 请家庭填报申报并登记",
        "members_incomplete": "民政: 补登成员, 或更正名册中的保障人数",
        "no_members": "民政: 登记在册成员",
        "applicant_missing": "民政: 登记申请人为成员, 或更正名册",
        "township_invalid": "民政: 更正乡镇区划代码, 或登记本地政策",
    }
    _listed, _admitted = known["households"].row(0)
    _sums = known["gaps"].group_by("gap", "gap_zh").agg(pl.col("households", "persons").sum())
    gaps = [
        (zh, households, persons or None, parts.percent(households / _listed), _who.get(gap, "民政"))
        for gap, zh, households, persons in _sums.sort("households", "gap", descending=[True, False]).iter_rows()
    ]
    by_township = known["gaps"].select(
        pl.col("township_code").fill_null("").alias("乡镇"),
        pl.col("gap_zh").alias("所缺内容"),
        pl.col("households").alias("户数"),
        pl.col("persons").alias("人数"),
        (100 * pl.col("share")).round(1).alias("占在册 %"),
    )
    mo.vstack(
        [
            mo.md("## 可以补上的缺口 / gaps that can be closed\n### 静默核对准备 / readiness"),
            parts.soft(f"在册 {_listed:,} 户, 符合静默核对条件 {_admitted:,} 户。缺材料与是否符合救助条件无关。"),
            parts.table(["所缺内容", "户数", "人数", "占在册", "谁能补上"], gaps, "没有缺项 / nothing is missing"),
            parts.pages(by_township),
            parts.soft("逐户名单在 readiness/ 文件夹中该乡镇的工作簿。"),
        ]
    )
    return by_township, gaps


@app.cell
def _(known, mo, parts, words):
    _reasons = words["rule_results.reason"]
    _who = {
        "feed_missing": "提供该数据的部门: 报送覆盖本县的数据",
        "feed_stale": "提供该数据的部门: 报送较新的数据",
        "no_record": "公安: 补充成员的户籍记录",
        "policy_missing": "县级民政: 登记本地政策参数 (如低保标准)",
    }
    missing = [
        (
            row["county_code"] or "不详",
            row["rule_zh"],
            _reasons[row["reason"]],
            row["households"],
            _who.get(row["reason"], ""),
        )
        for row in known["by_rule"].iter_rows(named=True)
    ]
    mo.vstack(
        [
            mo.md("### 因数据或参数未能核对的规则 / rules not checked for want of data or a policy value"),
            parts.table(["县", "规则", "原因", "户数", "谁能补上"], missing, "没有 / none: 各规则都有所需的数据与参数"),
        ]
    )
    return (missing,)


if __name__ == "__main__":
    app.run()
