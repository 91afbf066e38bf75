"""Whether findings fall on some groups more than on others, and whether they prove right as often there.

Groups are for looking at only: no rule reads them. Figures come from the table findings_by_group; groups of fewer than
SMALLEST_GROUP households are not shown.
"""

from __future__ import annotations

from typing import Any, Final

from assets.publication.report.context import Report
from assets.publication.report.figures import SMALLEST_GROUP
from assets.publication.report.markup import (
    Column,
    Content,
    Html,
    Text,
    heading,
    join,
    paragraph,
    percent,
    section,
    table,
    tag,
)
from assets.publication.report.opening import TITLES
from assets.publication.report.shapes import interval, scale
from assets.publication.report.words import DIRECTIONS, programme, rule
from rules.tickets.precision import wilson

DIMENSIONS: Final = {
    "area": Text("按地区", "By area"),
    "age_band": Text("按申请人年龄段", "By age of the applicant"),
    "disability": Text("按家庭有无残疾人", "By disability in the household"),
    "programme": Text("按救助类别", "By programme"),
}
GROUPS_EN: Final = {
    "with": "with a valid certificate",
    "without": "without a certificate",
    "unknown": "unknown",
    "all": "everybody",
}
HOW_TO_READ: Final = Text(
    "读法:每百次核对(一户按一条规则核对一次)有多少疑点,横线为 95% 区间,虚线为全部家庭的水平;区间与虚线不相交,才值得追问原因。"
    "各组情况本来不同,差异本身不说明规则不公,更不说明哪一组家庭有问题。",
    "How to read it: findings per hundred looks (one household, one rule), with the 95 % interval; the dashed line is "
    "everybody. Only an interval that does not meet the dashed line is worth asking about. Groups live in different "
    "circumstances: a difference alone does not show that a rule is unfair, still less that anything is wrong with a group.",
)
APART_SHOWN: Final = 12
AREAS_SHOWN: Final = 60


def fairness(report: Report) -> Html:
    """How to read it, the groups, the rules that differ most."""
    if not report.figures["groups"].height:
        nobody = paragraph(Text("没有已核对的家庭。", "No household was checked."), "empty")
        return section("fairness", TITLES["fairness"], nobody)
    everybody = _by_direction(report, "all").get("all", {})
    parts = [_dimension(report, name, everybody) for name in DIMENSIONS]
    note = Text(
        f"分组只供检视,任何规则都不使用;少于 {SMALLEST_GROUP} 户(或已核实不足 {SMALLEST_GROUP} 件)的组不列数字;"
        "某组未核对的规则不计入该组。民族、宗教、出生地、"
        "政治面貌、前科等不得作为规则依据,系统不读取这些项目。",
        f"Groups are for looking at only; no rule uses them. Groups of fewer than {SMALLEST_GROUP} households (or settled "
        "findings) are not shown; a rule not checked in a group does not count there. "
        "Ethnicity, religion, place of birth, political status and criminal history may not enter "
        "a rule and are not read.",
    )
    return section(
        "fairness",
        TITLES["fairness"],
        tag("p", HOW_TO_READ, class_="law"),
        *parts,
        _apart(report),
        paragraph(note, "note"),
    )


def _by_direction(report: Report, dimension: str) -> dict[str, dict[str, dict[str, Any]]]:
    """group -> direction -> its row."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in report.figures.rows("groups"):
        if row["dimension"] == dimension:
            found.setdefault(row["group_code"], {})[row["direction"]] = row
    return found


def _words(report: Report, dimension: str, code: str, zh: str) -> Text:
    if dimension == "programme" and code != "unknown":
        return programme(code)
    if dimension == "area" and code != "unknown":
        return report.county(code)
    return Text(zh, GROUPS_EN.get(code, code))


def _dimension(report: Report, name: str, everybody: dict[str, dict[str, Any]]) -> Html:
    groups = _by_direction(report, name)
    most = _scale(groups, everybody)
    rows = []
    for code, found in list(groups.items())[:AREAS_SHOWN]:
        words = _words(report, name, code, next(iter(found.values()))["group_zh"])
        rows.append([words, *_cells(found, everybody, most)])
    both = [
        Column(join([words, scale(most)]) if drawn else words, "bar" if drawn else "n")
        for words, drawn in (
            (DIRECTIONS["verify"], True),
            (Text("每百次", "per 100"), False),
            (DIRECTIONS["help"], True),
            (Text("每百次", "per 100"), False),
        )
    ]
    return table(
        join(
            [
                tag("strong", DIMENSIONS[name]),
                Text("：每百次核对的疑点与属实比例", ": findings per 100 looks, and share confirmed"),
            ]
        ),
        [
            Column(Text("分组", "Group")),
            *both,
            Column(Text("属实比例", "Confirmed"), "n"),
            Column(Text("95% 区间", "95 % interval"), "n"),
        ],
        rows,
        [Text("全部", "Everybody"), *_cells(everybody, {}, most)],
    )


def _scale(groups: dict[str, dict[str, dict[str, Any]]], everybody: dict[str, dict[str, Any]]) -> float:
    """The end of the axis: the smallest of a few round shares that holds every interval shown."""
    highest = 0.0
    for found in (*groups.values(), everybody):
        for row in found.values():
            _, high = wilson(row["found"], row["checked"])
            if row["fewest"] >= SMALLEST_GROUP:
                highest = max(highest, high or 0.0)
    return next((end for end in (0.02, 0.04, 0.06, 0.1, 0.2, 0.4) if highest <= end), 1.0)


def _cells(found: dict[str, dict[str, Any]], everybody: dict[str, dict[str, Any]], most: float) -> list[Content]:
    """Lane and figure for each direction, then how often findings were confirmed."""
    cells: list[Content] = []
    for direction in DIRECTIONS:
        row = found.get(direction)
        usual = everybody.get(direction)
        cells += _share(row, None if usual is None else usual["found"] / max(usual["checked"], 1), most)
    settled = sum(row["settled"] for row in found.values())
    confirmed = sum(row["confirmed"] for row in found.values())
    if settled < SMALLEST_GROUP:
        return [*cells, None, None]
    low, high = wilson(confirmed, settled)
    return [*cells, percent(confirmed / settled, 0), f"{percent(low, 0)}–{percent(high, 0)}"]


def _share(row: dict[str, Any] | None, usual: float | None, most: float) -> list[Content]:
    if row is None or row["fewest"] < SMALLEST_GROUP:
        few = tag("span", Text(f"不足 {SMALLEST_GROUP} 户", f"fewer than {SMALLEST_GROUP}"), class_="small")
        return [few, None]
    low, high = wilson(row["found"], row["checked"])
    share = row["found"] / row["checked"]
    return [interval(share, low, high, usual, most), f"{100 * share:.2f}"]


def _apart(report: Report) -> Html:
    """Rules whose share in a group differs from everybody's by more than chance would easily bring."""
    rows: list[list[Content]] = [
        [
            rule(row["rule"]),
            _words(report, row["dimension"], row["group_code"], row["group_zh"]),
            percent(row["share"]),
            f"{percent(row['share_low'])}–{percent(row['share_high'])}",
            percent(row["usual"]),
            row["checked"],
        ]
        for row in report.figures.rows("apart")[:APART_SHOWN]
    ]
    note = Text(
        "只列区间不含全部家庭水平的前几项;比较的项目很多,其中约二十分之一会出于偶然。有的差异来自规则本身(如残疾类规则)。",
        "The largest ones whose interval leaves out everybody's share. With so many comparisons about one in twenty comes by "
        "chance; some differences lie in the rule itself (rules on disability).",
    )
    return join(
        [
            heading(Text("差异较大的规则与分组", "Rules and groups that differ most")),
            table(
                Text("疑点家庭占已核对家庭的比例", "Households with a finding among households checked"),
                [
                    Column(Text("规则", "Rule")),
                    Column(Text("分组", "Group")),
                    Column(Text("该组", "Group's share"), "n"),
                    Column(Text("95% 区间", "95 % interval"), "n"),
                    Column(Text("全部家庭", "Everybody"), "n"),
                    Column(Text("已核对", "Checked"), "n"),
                ],
                rows,
            ),
            paragraph(note, "note") if rows else "",
        ]
    )
