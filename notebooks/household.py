"""一户 / One household: what is known of it, its findings, its tickets and everything that happened, on one page.

`make notebook` opens it as an app; `python notebooks/household.py` runs it once, for the household whose ticket is most
urgent. People appear as the database has them: masked numbers, shortened names.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="守望 一户", css_file="parts.css")

with app.setup:
    # What makes the risk of falling back into poverty: the database has codes for it.
    FACTORS = {
        "labour_capacity": "全体成员无或部分丧失劳动能力",
        "housing_safety": "住房不安全",
        "water_safety": "饮水不安全",
        "income_below_standard": "人均收入低于低保标准",
    }


@app.cell
def _():
    import marimo as mo
    import parts

    return mo, parts


@app.cell
def _(mo):
    reload = mo.ui.button(label="重新读取 / reload", value=0, on_click=lambda n: n + 1)
    asked_for, ask_for = mo.state("")
    return ask_for, asked_for, reload


@app.cell
def _(parts, reload):
    _ = reload.value  # pressing the button runs this cell again
    parts.stop_without_database()
    urgent, dates, _some = parts.read(
        # The households with open tickets, the most urgent first.
        "SELECT household_id, min(due_on) AS due_on, max(overdue_days) AS overdue_days, count(*) AS tickets "
        "FROM tickets WHERE status <> 'closed' GROUP BY household_id ORDER BY overdue_days DESC, due_on, household_id LIMIT 500",
        "SELECT DISTINCT as_of FROM rule_results ORDER BY as_of DESC LIMIT 24",
        "SELECT household_id FROM households ORDER BY household_id LIMIT 1",
    )
    words = parts.code_words()
    first = next(iter([*urgent["household_id"], *_some["household_id"]]), "")
    return dates, first, urgent, words


@app.cell
def _(asked_for, first):
    household = (asked_for() or first).strip().upper()
    return (household,)


@app.cell
def _(ask_for, mo, urgent):
    _labels = {
        f"{row['household_id']} · {'超期 ' + str(row['overdue_days']) + ' 天' if row['overdue_days'] else '截止 ' + str(row['due_on'])}"
        f" · {row['tickets']} 张": row["household_id"]
        for row in urgent.iter_rows(named=True)
    }
    picker = mo.ui.dropdown(
        _labels,
        value=next(iter(_labels), None),
        label="在办最急的 / most urgent",
        searchable=True,
        on_change=lambda chosen: ask_for(chosen or ""),
    )
    return (picker,)


@app.cell
def _(ask_for, household, mo):
    typed = mo.ui.text(value=household, label="家庭编号 / number", on_change=ask_for)
    return (typed,)


@app.cell
def _(dates, household, mo, parts, picker, reload, typed):
    mo.vstack(
        [
            parts.links("household"),
            mo.md(f"# 守望 一户 {parts.escape(household)}\n核对日期 check date {dates['as_of'].max()}"),
            mo.hstack([picker, typed, reload], justify="start", wrap=True, align="end"),
            parts.soft(
                "疑点都是线索, 待核实, 不作认定; 单据未办结或超期均不影响家庭待遇。身份号码已遮蔽, 姓名只留首字。"
            ),
        ]
    )


@app.cell
def _(household, parts):
    _of = "WHERE household_id = $household"
    _queries = {
        "register": f"SELECT * FROM households {_of}",
        "members": f"SELECT * FROM household_members {_of} ORDER BY age DESC, person_key",
        "means": f"SELECT * FROM household_profile {_of}",
        "gaps": f"SELECT gap_zh, person_name, person FROM silent_check_readiness {_of} ORDER BY ALL",
        "labels": "SELECT l.label_zh, m.person_name, l.value_zh, d.feed_zh, l.source_date FROM risk_labels AS l "
        "LEFT JOIN household_members AS m USING (household_id, person_key) "
        f"LEFT JOIN (SELECT DISTINCT feed, feed_zh FROM deliveries) AS d ON d.feed = l.source {_of} ORDER BY ALL",
        "findings": f"SELECT * FROM findings {_of} ORDER BY rule",
        "items": "SELECT rule, concat_ws(' · ', person_name, person, recorded_on, months || ' 个月', other_household, "
        "plate_no, plate_type, unit_no, usage, round(area_m2, 2) || ' 平方米', payer, income_item, insurance_type, "
        "amount || ' 元', CASE rule WHEN 'unsafe_water' THEN '饮水安全: ' WHEN 'unsafe_housing' THEN '住房等级 ' "
        f"ELSE '残疾等级 ' END || grade) AS evidence, factors FROM finding_items {_of} ORDER BY rule, item_no",
        "tickets": f"SELECT *, due_on - as_of AS days_left FROM tickets {_of} ORDER BY status = 'closed', due_on, ticket_id",
        "events": f'SELECT e.* FROM ticket_events AS e JOIN tickets USING (ticket_id) {_of} ORDER BY ticket_id, "on", seq',
        "waiting": f"SELECT * FROM supervision {_of} ORDER BY ticket_id, since_on, kind",
        "chain": "FROM chain_of($household)",
    }
    found = dict(zip(_queries, parts.read(*_queries.values(), household=household), strict=True))
    return (found,)


@app.cell
def _(dates, first, found, household, mo, parts):
    _shown = parts.escape(household)
    # Nothing below has anything to say about a number nobody knows.
    mo.stop(
        not first, parts.note("最新核对日期没有在册家庭。", "There is no active household on the newest check date.")
    )
    mo.stop(
        not found["register"].height and not found["tickets"].height,
        parts.note(
            f"没有家庭编号 **{_shown}**: 最新核对日期 {dates['as_of'].max()} 的在册家庭中没有, 也从未有过预警单。"
            f"请核对编号, 写法如 {first}。新纳入的家庭要到下一次核对后才在库中。",
            f"No household has the number **{_shown}**: it is not active on the newest check date and never had a ticket. "
            f"Please compare the number; it looks like {first}. A new household appears after the next check.",
            "warn",
        ),
    )
    known = found
    register = known["register"].row(0, named=True) if known["register"].height else None
    return known, register


@app.cell
def _(known, mo, parts, register):
    _open = known["tickets"].filter(known["tickets"]["status"] != "closed")
    _next = _open["due_on"].min()
    _overdue = (_open["overdue_days"] > 0).sum()
    _hits = (known["findings"]["result"] == "hit").sum()
    headline = {"open": _open.height, "overdue": _overdue, "findings": _hits, "members": known["members"].height}
    if register is None:
        _who = parts.note(
            "这一户最新核对日期已不在册: 只有单据与过程, 没有成员、收入与标签。",
            "No longer active on the newest check date: tickets and what happened are shown, members and means are not known.",
        )
    else:
        _who = parts.soft(
            f"{'、'.join(register['programmes'])} · {register['urban_rural']} · 乡镇 {register['township_code'] or '不详'}"
            f"{'' if register['is_township_valid'] else '(代码无效)'} · {register['category'] or '未分'}类 · "
            f"纳入 {register['started_on']} · 最近申报 {register['declared_on'] or '没有'} · 保障 {register['persons_covered']} 人"
        )
    _admitted = "–" if register is None else "符合" if register["is_admitted"] else "不符合"
    mo.vstack(
        [
            _who,
            parts.tiles(
                ("救助类别", "–" if register is None else register["programme"], "programme"),
                ("在册成员", f"{headline['members']}", "members"),
                ("静默核对条件", _admitted, "admission to the check"),
                ("现有疑点", f"{_hits}", "findings now"),
                ("在办单据", f"{headline['open']}", f"open, 超期 overdue {_overdue}"),
                ("最近截止日期", f"{_next or '–'}", "next deadline"),
            ),
        ]
    )
    return (headline,)


@app.cell
def _(known, mo, parts, words):
    def _deadline(ticket):
        """When it is due, in words."""
        unit = words["tickets.deadline_unit"][ticket["deadline_unit"]]
        provisional = " 暂定" if ticket["deadline_provisional"] else ""
        due = f"{ticket['due_on']}{provisional}, 时限 {ticket['deadline_days']} {unit}"
        if ticket["status"] == "closed":
            return f"截止 {due} · {ticket['closed_on']} 办结: {words['tickets.outcome'].get(ticket['outcome'], ticket['outcome'])}"
        late = f"超期 {ticket['overdue_days']} 天" if ticket["overdue_days"] else f"还有 {ticket['days_left']} 天"
        return f"截止 {due} · {late}"

    _steps, _waiting = {}, {}
    for _row in known["events"].iter_rows(named=True):
        _steps.setdefault(_row["ticket_id"], []).append(f"{_row['on']} {words['ticket_events.event'][_row['event']]}")
    for _row in known["waiting"].iter_rows(named=True):
        _text = f"{_row['kind_zh']} {_row['waiting_days']} 天 · 由{_row['responsible_zh']}办理: {_row['to_do_zh']}"
        _waiting.setdefault(_row["ticket_id"], []).append(_text)
    tickets = [
        parts.card(
            parts.join(
                parts.severity(ticket["severity"]),
                parts.badge(words["tickets.direction"][ticket["direction"]]),
                parts.badge(words["tickets.status"][ticket["status"]]),
                f"{ticket['ticket_id']} · {words['tickets.owner'][ticket['owner']]} · 出单 {ticket['opened_on']}",
            ),
            [_deadline(ticket), *_waiting.get(ticket["ticket_id"], [])],
            _steps.get(ticket["ticket_id"], []),
        )
        for ticket in known["tickets"].iter_rows(named=True)
    ]
    mo.vstack([mo.md("## 预警单据 / tickets"), *(tickets or [parts.soft("从未有过预警单 / never had a ticket")])])
    return (tickets,)


@app.cell
def _(known, mo, parts, words):
    def _figures(row):
        """What was declared, recorded and allowed, as far as the rule compares figures."""
        named = (("申报", row["declared"]), ("记录", row["observed"]), ("界限", row["limit_value"]))
        if not row["unit"]:
            return ""
        return ", ".join(f"{name} {figure:,.2f} {row['unit']}" for name, figure in named if figure is not None)

    _evidence = {}
    for _rule, _text, _holding in known["items"].iter_rows():
        _because = "、".join(FACTORS.get(factor, factor) for factor in _holding or ())
        _evidence.setdefault(_rule, []).append(" · ".join(filter(None, (_text, _because))))
    findings = [
        (
            row["label_zh"],
            parts.severity(row["severity"]),
            words["findings.direction"][row["direction"]],
            words["findings.result"][row["result"]],
            _figures(row),
            "; ".join(_evidence.get(row["rule"], [])),
            row["ticket_id"] or "–",
        )
        for row in known["findings"].iter_rows(named=True)
    ]
    mo.vstack(
        [
            mo.md("## 疑点 / findings\n### 最新核对日期 / now"),
            parts.table(
                ["疑点", "级别", "方向", "结果", "数额", "核实要点", "预警单"],
                findings,
                "没有疑点 / none",
            ),
        ]
    )
    return (findings,)


@app.cell
def _(dates, known, mo, parts):
    def _on(day, *starts):
        """What became known on a check date, by how it begins."""
        steps = known["chain"].filter(known["chain"]["known_on"] == day)["what_zh"]
        return "、".join(step.split(":", 1)[-1] for step in steps if step.startswith(starts)) or "–"

    by_date = [
        (str(day), _on(day, "疑点:"), _on(day, "疑点不再成立:"), _on(day, "出单:"), _on(day, "办结:"))
        for day in dates["as_of"]
    ]
    _only_one = (
        "只有一次核对: 变化从第二次核对起才看得出。 / One check date so far: changes show from the second one on."
    )
    mo.vstack(
        [
            mo.md("### 历次核对 / over check dates"),
            parts.table(["核对日期", "新出现的疑点", "不再成立", "新开单据", "办结"], by_date),
            parts.soft(
                _only_one if dates.height == 1 else "“–”表示当次没有变化。影子运行与暂停的规则不出单, 不在此列。"
            ),
        ]
    )
    return (by_date,)


@app.cell
def _(known, mo, parts, register, words):
    members = [
        (
            row["person_name"] or "–",
            row["person"],
            words["household_members.sex"][row["sex"]],
            row["age"],
            "无记录" if row["disability_grade"] is None else f"{row['disability_grade']} 级",
            {True: "有", False: "没有"}.get(row["has_registration_record"], "不详"),
        )
        for row in known["members"].iter_rows(named=True)
    ]
    _gaps = known["gaps"].rows()
    mo.stop(register is None)
    mo.vstack(
        [
            mo.md("## 成员与核对条件 / members, admission"),
            parts.table(["姓名", "身份号码", "性别", "年龄", "残疾等级", "户籍记录"], members, "没有登记家庭成员"),
            parts.soft("资料与授权是否齐全, 与是否符合救助条件无关。"),
            mo.md("### 缺项 / what is missing"),
            parts.table(["所缺内容", "姓名", "身份号码"], _gaps, "没有缺项 / nothing is missing"),
            parts.soft(
                "" if register["is_admitted"] else "补齐之前, 需授权的经济类规则对这一户不核对: 未核对不等于没有疑点。"
            ),
        ]
    )
    return (members,)


@app.cell
def _(known, mo, parts, register):
    mo.stop(register is None)
    _row = known["means"].row(0, named=True)
    _pairs = [
        ("劳动经营财产收入(元/年)", _row["declared_earnings"], _row["observed_earnings"]),
        ("养老金(元/年)", _row["declared_pension"], _row["observed_pension"]),
        ("其他转移收入(元/年)", _row["declared_transfer"], None),
    ]
    means = [
        (label, words, [float(figure)])
        for name, declared, observed in _pairs
        for label, words, figure in (
            (f"{name} 申报", f"{declared:,.2f}" if declared is not None else "", declared),
            (f"{name} 记录", f"{observed:,.2f}" if observed is not None else "", observed),
        )
        if figure is not None
    ]
    _head, _standard = _row["income_per_head_month"], _row["standard_month"]
    _heads = [
        (label, f"{figure:,.2f}", [float(figure)])
        for label, figure in (("人均月可计收入(元)", _head), ("低保标准(元/月)", _standard))
        if _head is not None and figure is not None
    ]
    _homes = f"不动产 {_row['property_units']} 处, 住宅 {_row['dwellings']} 套, {_row['dwelling_area_m2']} 平方米"
    mo.vstack(
        [
            mo.md("## 收入与财产 / means"),
            parts.bars(means, (parts.BLUE,))
            if means
            else parts.soft("不符合静默核对条件或没有申报: 不核对收入与财产。"),
            parts.bars(_heads, (parts.GREEN,)),
            parts.soft("" if _row["property_units"] is None else f"{_homes}。可计收入按政策计算, 仅供阅读, 不作认定。"),
        ]
    )
    return (means,)


@app.cell
def _(known, mo, parts):
    labels = [
        (label, name or "全户", value, f"{source or ''} {on or ''}".strip() or "–")
        for label, name, value, source, on in known["labels"].iter_rows()
    ]
    mo.vstack([mo.md("## 风险标签 / labels"), parts.table(["标签", "成员", "取值", "来源与日期"], labels)])
    return (labels,)


@app.cell
def _(known, mo, parts, words):
    _by = {"shouwang": "核对系统", **words["tickets.owner"]}
    chain = [
        (
            str(row["on_day"]),
            parts.badge(words["household_chain.kind"][row["kind"]]),
            row["what_zh"],
            row["detail"] or "",
            _by.get(row["by_whom"], row["by_whom"] or ""),
            row["ticket_id"] or "",
            "" if row["known_on"] in (None, row["on_day"]) else str(row["known_on"]),
        )
        for row in known["chain"].iter_rows(named=True)
    ]
    _heads = ["日期", "环节", "内容", "说明", "经办", "预警单", "获知日期"]
    _none = "有过预警单的家庭才有救助帮扶链 / only households that ever had a ticket have a chain"
    mo.vstack([mo.md("## 一户一条救助帮扶链 / everything that happened"), parts.table(_heads, chain, _none)])
    return (chain,)


if __name__ == "__main__":
    app.run()
