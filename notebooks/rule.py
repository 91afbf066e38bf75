"""一条规则 / One rule: what it found over the check dates, how often that proved right, and whether groups fare alike.

`make notebook` opens it as an app; `python notebooks/rule.py` runs it once, for the rule with the most findings. It shows
counts only.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="守望 一条规则", css_file="parts.css")


@app.cell
def _():
    import marimo as mo
    import parts

    return mo, parts


@app.cell
def _(mo):
    reload = mo.ui.button(label="重新读取 / reload", value=0, on_click=lambda n: n + 1)
    return (reload,)


@app.cell
def _(mo, parts, reload):
    _ = reload.value  # pressing the button runs this cell again
    parts.stop_without_database()
    _rules, _areas = parts.read(
        "SELECT rule, rule_zh FROM findings_by_group WHERE area = 'all' AND dimension = 'all' ORDER BY hits DESC, rule",
        "SELECT DISTINCT area FROM findings_by_group WHERE area <> 'all' ORDER BY area",
    )
    names = dict(_rules.iter_rows())
    words = parts.code_words()
    mo.stop(
        not names, parts.note("最新核对日期没有在册家庭。", "There is no active household on the newest check date.")
    )
    _labels = {f"{zh} {code}": code for code, zh in names.items()}
    _places = {"全部地区 / all": "all", **{code: code for code in _areas["area"]}}
    rule_picker = mo.ui.dropdown(_labels, value=next(iter(_labels)), label="规则 / rule", searchable=True)
    area_picker = mo.ui.dropdown(_places, value=next(iter(_places)), label="县 / county")
    return area_picker, names, rule_picker, words


@app.cell
def _(area_picker, names, rule_picker):
    rule = rule_picker.value or next(iter(names))
    area = area_picker.value or "all"
    return area, rule


@app.cell
def _(area, parts, rule):
    _here = "rule = $rule AND ($area = 'all' OR county_code = $area)"
    _queries = {
        "trend": "SELECT as_of, sum(hits)::BIGINT AS hits, sum(suppressed)::BIGINT AS suppressed, "
        "sum(hits + suppressed + no_hit)::BIGINT AS checked, sum(not_checked)::BIGINT AS not_checked "
        f"FROM findings_trend WHERE {_here} GROUP BY as_of ORDER BY as_of DESC LIMIT 24",
        "reasons": "SELECT as_of, reason, sum(households)::BIGINT AS households FROM rule_results "
        f"WHERE result = 'not_checked' AND {_here} GROUP BY ALL ORDER BY as_of DESC, reason",
        "modes": f"SELECT * FROM rule_modes WHERE {_here} ORDER BY as_of DESC, county_code",
        "precision": "SELECT * FROM rule_precision WHERE rule = $rule ORDER BY area <> 'all', area",
        "versions": "SELECT rule_version, settled, confirmed, precision, precision_low, precision_high FROM rule_precision_by_group "
        "WHERE rule = $rule AND area = $area AND dimension = 'all' ORDER BY rule_version",
        "groups": "SELECT * FROM findings_by_group WHERE rule = $rule AND area = $area ORDER BY group_code = 'unknown', group_code",
    }
    known = dict(zip(_queries, parts.read(*_queries.values(), rule=rule, area=area), strict=True))
    everybody = next(iter(known["groups"].filter(known["groups"]["dimension"] == "all").iter_rows(named=True)))
    return everybody, known


@app.cell
def _(area_picker, everybody, mo, names, parts, reload, rule, rule_picker, words):
    _row = everybody
    _direction = words["findings.direction"][_row["direction"]]
    mo.vstack(
        [
            parts.links("rule"),
            mo.md(f"# 守望 {names[rule]}\n`{rule}` · {_direction}类 · 核对日期 check date {_row['as_of']}"),
            mo.hstack([rule_picker, area_picker, reload], justify="start", wrap=True, align="end"),
            parts.soft("疑点都是线索, 待核实, 不作认定; “未核对”不等于“没有疑点”。"),
            parts.tiles(
                ("命中家庭", f"{_row['hits']:,}", f"另有不重复提示 suppressed {_row['suppressed']:,}"),
                ("已核对家庭", f"{_row['checked']:,}", f"未核对 not checked {_row['not_checked']:,}"),
                ("疑点比例", parts.percent(_row["share"]), parts.bounds(_row["share_low"], _row["share_high"])),
                ("已核实疑点", f"{_row['settled']:,}", f"属实 confirmed {_row['confirmed']:,}"),
                (
                    "属实比例",
                    parts.percent(_row["precision"], 0),
                    parts.bounds(_row["precision_low"], _row["precision_high"], 0) or "尚无 / none yet",
                ),
            ),
        ]
    )


@app.cell
def _(known, mo, parts, words):
    trend = [
        (
            str(row["as_of"]),
            f"{row['hits'] + row['suppressed']:,} 户, 占已核对 {row['checked']:,} 户的 "
            + parts.percent((row["hits"] + row["suppressed"]) / row["checked"] if row["checked"] else None),
            [row["hits"], row["suppressed"]],
        )
        for row in known["trend"].iter_rows(named=True)
    ]
    _reasons = words["rule_results.reason"]
    not_checked = []
    for _row in known["trend"].iter_rows(named=True):
        _of = known["reasons"].filter(known["reasons"]["as_of"] == _row["as_of"])
        _counts = dict(zip(_of["reason"], _of["households"], strict=True))
        _share = _row["not_checked"] / ((_row["checked"] + _row["not_checked"]) or 1)
        _text = f"{_row['not_checked']:,} 户, 占在册的 {parts.percent(_share)}"
        not_checked.append((str(_row["as_of"]), _text, [_counts.get(code, 0) for code in _reasons]))
    _only_one = parts.note(
        "只有一次核对, 还看不出走势; 再核对一次后 (`shouwang check --as-of 日期`) 才有第二条。",
        "One check date so far: a trend shows after the next check.",
    )
    mo.vstack(
        [
            mo.md("## 历次核对 / over check dates"),
            *([_only_one] if len(trend) == 1 else []),
            mo.md("### 有疑点的家庭 / households with a finding"),
            parts.bars(trend, (parts.BLUE, parts.PALE_BLUE), ("命中 hit", "已核实不重复 suppressed")),
            mo.md("### 未核对及原因 / not checked, and why"),
            parts.bars(not_checked, parts.REASON_COLOURS, list(_reasons.values())),
        ]
    )
    return not_checked, trend


@app.cell
def _(known, mo, parts, words):
    _of_mode = {"normal": "#d9eadf", "shadow": "#d9d2e9", "held": "#f6c9c0", "signed_off": "#fde8b5"}

    def _line(row):
        return (
            str(row["as_of"]),
            row["county_code"],
            parts.badge(words["rule_modes.mode"][row["mode"]], _of_mode[row["mode"]]),
            parts.percent(row["share"]),
            parts.percent(row["usual_share"]),
            parts.percent(row["limit_share"]),
            f"{row['confirmed']} / {row['cases']}",
            parts.percent(row["precision_high"], 0),
            parts.percent(row["floor"], 0),
            row["reason_zh"] or "",
        )

    _newest = known["modes"]["as_of"].max()
    modes = [
        _line(row) for row in known["modes"].iter_rows(named=True) if row["as_of"] == _newest or row["mode"] != "normal"
    ]
    _heads = ["核对日期", "县", "方式", "命中比例", "通常比例", "暂停界限", "属实/办结", "区间上限", "属实下限", "理由"]
    mo.vstack(
        [
            mo.md("## 运行方式 / mode"),
            parts.table(_heads, modes, "没有按县记录的运行方式 / none recorded"),
            parts.soft(
                "列出最新核对日期和以往各次不正常的。影子运行: 照常计算, 不出单; 暂停发布: 命中突增, 待负责人签认。"
                "属实比例区间上限低于下限且件数足够的转影子运行; “–”表示本县未规定, 或以往核对、办结件数还不够。"
            ),
        ]
    )
    return (modes,)


@app.cell
def _(area, known, mo, parts, words):
    _rows = [row for row in known["precision"].iter_rows(named=True) if row["area"] in (area, "all") or area == "all"]
    _mine = next((row for row in _rows if row["area"] == area), None)
    _codes = words["tickets.outcome"]

    def _line(name, row):
        lane = parts.interval(row["precision"], row["precision_low"], row["precision_high"], None, 1.0)
        said = parts.with_bounds(row["precision"], row["precision_low"], row["precision_high"], 0)
        return (name, row["settled"], row["confirmed"], lane, said)

    precision = [_line("全部" if row["area"] == "all" else row["area"], row) for row in _rows]
    outcomes = [(_codes[code], f"{_mine[code]:,}", [_mine[code]]) for code in _codes if _mine and _mine[code]]
    _versions = [_line(row["rule_version"] or "–", row) for row in known["versions"].iter_rows(named=True)]
    _heads = ["已核实", "属实", parts.axis("属实比例与 95% 区间", 1.0), "比例(区间)"]
    _nothing = parts.note(
        "还没有人工办结的疑点, 属实比例要等乡镇报送处置结果 (`landing/ticket_outcomes/`) 并再核对一次之后才有。",
        "Nobody has concluded a finding of this rule here yet: the share confirmed comes after outcomes are delivered and "
        "another check is run.",
    )
    _shown = [
        parts.table(["地区", *_heads], precision),
        mo.md("### 处置结果 / outcomes"),
        parts.bars(outcomes, (parts.GREEN,)),
        *(
            [mo.md("### 按规则版本 / by version"), parts.table(["版本", *_heads], _versions)]
            if len(_versions) > 1
            else []
        ),
    ]
    mo.vstack(
        [
            mo.md("## 属实比例 / precision\n经人工核实的疑点中, 情况确有变化的比例。"),
            *(_shown if _mine and _mine["settled"] else [_nothing]),
        ]
    )
    return outcomes, precision


@app.cell
def _(mo, parts):
    mo.vstack(
        [
            mo.md("## 各组对照 / groups"),
            parts.note(
                "**怎样读**: 圆点是该组的比例, 横线是 95% 区间, 虚线是全部家庭的水平。组越小, 区间越宽。"
                "区间互相重叠的差别不说明什么。同时比较好几组时, 约二十次比较就有一次会偶然显得不同。"
                "差别是要去追问的问题, 不是对规则的判断, 更不是对任何一组家庭的判断: 各组情况本来不同, 有的规则就是为某一组而设。",
                "**How to read it**: the dot is the group's share, the line its 95 % interval, the dashed line everybody. Small "
                "groups have wide intervals; a difference between overlapping intervals says nothing; with several groups compared "
                "at once about one comparison in twenty differs by chance. A difference is a question to ask, not a judgement.",
            ),
        ]
    )


@app.cell
def _(everybody, known, mo, parts, words):
    def _lane(row, name, count, usual, most, digits):
        """The drawing of a share and its words; nothing of groups that are too small."""
        if count < parts.SMALLEST_GROUP:
            return (f"不足 {parts.SMALLEST_GROUP}", "")
        low, high = row[f"{name}_low"], row[f"{name}_high"]
        drawn = parts.interval(row[name], low, high, usual, most)
        return (drawn, parts.with_bounds(row[name], low, high, digits))

    def _group(row, most):
        shares = _lane(row, "share", row["checked"], everybody["share"], most, 1)
        proved = _lane(row, "precision", row["settled"], everybody["precision"], 1.0, 0)
        outcomes = f"{row['confirmed']} / {row['not_confirmed']}"
        name = row["group_code"] if row["dimension"] == "area" and row["group_code"] != "unknown" else row["group_zh"]
        return (name, row["checked"], row["not_checked"], *shares, outcomes, *proved)

    _rows = [row for row in known["groups"].iter_rows(named=True) if row["dimension"] != "all"]
    _big = [row["share_high"] for row in (*_rows, everybody) if row["checked"] >= parts.SMALLEST_GROUP]
    _most = parts.axis_end(max(_big, default=1.0))
    _everybody = {**everybody, "group_zh": "全部"}
    groups = {
        dimension: [_group(row, _most) for row in (*_rows, _everybody) if row["dimension"] in (dimension, "all")]
        for dimension in words["findings_by_group.dimension"]
        if dimension != "all"
    }
    _heads = ["分组", "已核对", "未核对", parts.axis("疑点比例", _most), "比例(区间)", "属实/未属实"]
    _heads += [parts.axis("属实比例", 1.0), "比例(区间)"]
    mo.vstack(
        [
            shown
            for dimension, lines in groups.items()
            for shown in (
                mo.md(f"### 按{words['findings_by_group.dimension'][dimension]}"),
                parts.table(_heads, lines),
            )
        ]
    )
    return (groups,)


if __name__ == "__main__":
    app.run()
