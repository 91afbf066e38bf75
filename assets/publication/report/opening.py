"""The head of the page and its first section: the figures a leader asks for, and what needs attention."""

from __future__ import annotations

from itertools import chain
from typing import Final

from assets.publication.report.context import Report
from assets.publication.report.markup import (
    AND,
    Content,
    Html,
    Text,
    html,
    join,
    listed,
    paragraph,
    percent,
    section,
    tag,
)
from assets.publication.report.words import NOTHING_DECIDED, feed, mode, rule
from policy.parameters import RULES

SECTIONS = (
    ("overview", Text("概览", "Overview")),
    ("arrivals", Text("数据到达", "What arrived")),
    ("coverage", Text("核对范围", "Who was checked")),
    ("findings", Text("疑点", "Findings")),
    ("deadlines", Text("单据与期限", "Tickets and deadlines")),
    ("handling", Text("办理结果", "Handling")),
    ("fairness", Text("公平性", "Fairness")),
    ("quality", Text("质量核验", "Quality")),
    ("policy", Text("政策参数", "Policy values")),
)
TITLES = dict(SECTIONS)
COUNTIES_NAMED: Final = 8
RULES_NAMED: Final = 6
FILES_NAMED: Final = 8


def head(report: Report) -> Html:
    """Title, counties, the law's sentence, contents."""
    number = len(report.counties)
    where = (
        join((report.county(code) for code in report.counties), AND)
        if number <= COUNTIES_NAMED
        else html(Text(f"{number} 个县(市、区、旗)", f"{number} counties"))
    )
    earlier = [day for day in report.dates if day < report.as_of]
    before = (
        Text(f"上次核对:{earlier[-1]}。", f"Previous check date: {earlier[-1]}.")
        if earlier
        else Text("首次核对。", "The first check date.")
    )
    clauses = (row["clauses"].split("; ") for row in report.figures.rows("legal_basis"))
    basis = "; ".join(dict.fromkeys(chain.from_iterable(clauses)))
    contents = listed(tag("a", title, href=f"#{name}") for name, title in SECTIONS)
    return join(
        [
            tag("h1", join([Text("核对情况报告", "Report of the check of"), report.as_of], " ")),
            paragraph(join([where, Text("。", ". "), before]), "lead"),
            tag("p", NOTHING_DECIDED, class_="law"),
            *([paragraph(Text(f"依据:{basis}。", f"Legal basis: {basis}."))] if basis else []),
            tag("nav", contents, aria_label="目录 Contents"),
        ]
    )


def overview(report: Report) -> Html:
    """Tiles, then sentences."""
    points = [point for point in _points(report) if point]
    calm = paragraph(Text("没有需要特别留意的事项。", "Nothing needs special attention."))
    return section(
        "overview",
        TITLES["overview"],
        tag("ul", join(_tiles(report)), class_="tiles"),
        tag("h3", Text("需要留意", "What needs attention")),
        listed(points, "points") if points else calm,
    )


def _tile(number: Content, words: Text, note: Text, class_: str = "") -> Html:
    return tag("li", join([tag("b", number), html(words), tag("small", note)]), class_=class_)


def _tiles(report: Report) -> list[Html]:
    return [*_family_tiles(report), *_ticket_tiles(report)]


def _family_tiles(report: Report) -> list[Html]:
    found = report.figures.one("with_findings")
    members = int(report.figures["programmes"]["members"].sum())
    share = percent(report.admitted / report.households if report.households else None, 0)
    verify, help_ = found["verify"], found["help"]
    return [
        _tile(report.households, Text("在册家庭", "households"), Text(f"成员 {members:,} 人", f"{members:,} members")),
        _tile(
            report.admitted,
            Text("符合静默核对条件", "admitted to the check"),
            Text(f"占 {share},其余资料或授权不全", f"{share}; of the others papers or consent are incomplete"),
        ),
        _tile(
            found["households"],
            Text("有疑点的家庭", "households with findings"),
            Text(f"核实类 {verify:,},帮扶类 {help_:,}", f"verify {verify:,}, help {help_:,}"),
        ),
    ]


def _ticket_tiles(report: Report) -> list[Html]:
    opened, closed = report.changes("opened"), report.changes("closed")
    soon, overdue, escalated, untouched = (
        report.tickets(name) for name in ("due_soon", "overdue", "escalated", "untouched")
    )
    in_time, late = (report.closed(in_time=value, now=True) for value in (True, False))
    punctual = percent(in_time / (in_time + late) if in_time + late else None, 0)
    told: list[tuple[Content, Text, Text]] = [
        (
            report.tickets("open"),
            Text("在办预警单据", "open tickets"),
            Text(f"本期新出 {opened:,},办结 {closed:,}", f"{opened:,} new, {closed:,} closed"),
        ),
        (soon, Text("临近到期", "due soon"), Text("在提醒天数以内", "within the reminder days")),
        (overdue, Text("已超期", "overdue"), Text(f"其中已督办 {escalated:,}", f"{escalated:,} of them escalated")),
        (
            untouched,
            Text("出单后尚未办理", "not yet touched"),
            Text("以往各期出单,无人接收", "opened earlier, nobody has received them"),
        ),
        (
            punctual,
            Text("本期按期办结", "closed in time"),
            Text(f"按期 {in_time:,},超期 {late:,}", f"{in_time:,} in time, {late:,} late"),
        ),
    ]
    # What waits for somebody is marked; the first and the last tile only tell.
    return [_tile(*tile, "warm" if 0 < at < 4 and tile[0] else "") for at, tile in enumerate(told)]


def _points(report: Report) -> list[Html | None]:
    return [
        *_data_points(report),
        *_file_points(report),
        *_ticket_points(report),
        *_rule_points(report),
        _assumed(report),
    ]


def _data_points(report: Report) -> list[Html | None]:
    points: list[Html | None] = []
    feeds = list(dict.fromkeys(row["feed"] for row in report.missing))
    if feeds:
        names = join((feed(name) for name in feeds), AND)
        words = Text(
            ":部分地区缺少数据或数据过期,相关规则未核对。",
            ": missing or too old for some areas; their rules were not checked.",
        )
        points.append(join([names, words]))
    without = {code: n for code in RULES if (n := report.results(code).get(("not_checked", "policy_missing"), 0))}
    if without:
        names = join((rule(code) for code in without), AND)
        words = Text(
            f":缺少政策参数,未核对(涉及 {max(without.values()):,} 户);请在 policy/ 中补充本地标准。",
            f": not checked for want of a policy value ({max(without.values()):,} households); add the local standard to policy/.",
        )
        points.append(join([names, words]))
    return points


def _file_points(report: Report) -> list[Html | None]:
    """Files of people that were not taken, by name: nobody else tells those who sent them."""
    points: list[Html | None] = [
        html(Text(f"{file}:{why};{to_do}。", f"{file} was not taken; what to do stands in the county's workbook."))
        for file, why, to_do in report.refused[:FILES_NAMED]
    ]
    rest = len(report.refused) - FILES_NAMED
    if rest > 0:
        points.append(html(Text(f"另有 {rest} 个文件未采纳,见县级督办单。", f"{rest} more files were not taken.")))
    return points


def _ticket_points(report: Report) -> list[Html | None]:
    overdue, untouched = report.tickets("overdue"), report.tickets("untouched")
    escalated = report.tickets("escalated")
    sentences: list[Text | None] = [
        Text(
            f"{overdue:,} 件单据超过办理期限,其中 {escalated:,} 件已督办。",
            f"{overdue:,} tickets are past their deadline, {escalated:,} of them escalated.",
        )
        if overdue
        else None,
        Text(f"{untouched:,} 件单据出单后尚未接收。", f"{untouched:,} tickets have not been received by anybody.")
        if untouched
        else None,
    ]
    for kind, zh, en in (
        ("objection", "项异议待答复", "objections wait for an answer"),
        ("clarification", "项点对点查看待县级答复", "clarifications wait for the county"),
        ("referral", "项转办待部门反馈", "referrals wait for departments"),
        ("corrected_late", "件办结后异议成立,需复查", "closed tickets need a second look: the objection was right"),
    ):
        number, longest = report.waiting(kind)
        if number:
            sentences.append(
                Text(f"{number:,} {zh},最长已等 {longest} 天。", f"{number:,} {en}, the longest for {longest} days.")
            )
    return [html(sentence) if sentence else None for sentence in sentences]


def _rule_points(report: Report) -> list[Html | None]:
    rows = report.figures.rows("modes")
    if len(rows) > RULES_NAMED:
        words = Text(
            f"{len(rows)} 项规则在部分县影子运行、暂停或经签认(见“疑点”)。",
            f"{len(rows)} times a rule is in shadow, held or signed off in a county (see Findings).",
        )
        return [html(words)]
    return [
        join(
            [
                report.county(row["county_code"]),
                Text("：", ": "),
                rule(row["rule"]),
                Text(" — ", " — "),
                mode(row["mode"]),
            ]
        )
        for row in rows
    ]


def _assumed(report: Report) -> Html | None:
    number = report.figures["parameters"]["parameter"].n_unique()
    if not number:
        return None
    return html(
        Text(
            f"{number} 项政策参数使用本系统默认值,请本单位确认(见“政策参数”)。",
            f"{number} policy values are our defaults; the bureau should confirm them (see Policy values).",
        )
    )
