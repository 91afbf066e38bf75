"""The tables of a simulation, for the page and the screen alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from assets.evidence import parameter_value_zh
from assets.publication.report.markup import NONE, Column, Content, Text, percent
from assets.publication.report.words import DIRECTIONS, county, parameter, programme, rule
from pipelines.simulate.counts import CONFIRMED, NOT_CONFIRMED, OPEN
from pipelines.simulate.small import shown_groups
from pipelines.simulate.words import CHANGE, DIFFERS, DIMENSION, GROUPS

Period = Mapping[str, Any]


class Table(NamedTuple):
    """What `markup.table` takes."""

    caption: Text
    columns: Sequence[Column]
    rows: Sequence[Sequence[Content]]


def _columns(*titles: tuple[str, str], texts: int = 1) -> list[Column]:
    """`texts`: how many columns from the left hold text, the others hold numbers."""
    return [Column(Text(*title), "n" if at >= texts else "") for at, title in enumerate(titles)]


def _beside(one: Text, other: Text, zh: str, en: str) -> Text:
    return Text(f"{one.zh}{zh}{other.zh}", f"{one.en}{en}{other.en}")


# --- Values ------------------------------------------------------------------------------------------------------------


def values(result: Period) -> Table:
    """Every value laid over the policy and where it is in force."""
    columns = _columns(
        ("参数", "Parameter"), ("地区", "Area"), ("自", "From"), ("试算值", "What-if value"), ("现行值", "Present value"),
        ("生效的核对日期与县", "In force on check dates, in counties"), ("依据", "Basis"), texts=7,
    )  # fmt: skip
    rows = [
        (
            parameter(entry["parameter"], entry["label_zh"]),
            entry["area"],
            entry["from"],
            _value(entry["parameter"], entry["value"]),
            _instead_of(entry),
            in_force(entry),
            entry["basis"],
        )
        for entry in result["policy"]
    ]
    return Table(Text("每个值及其生效情况", "Each value and where it counts"), columns, rows)


def _value(name: str, plain: Any) -> Text:
    """A parameter's value as `PolicyValue.plain` gives it."""
    match plain:
        case dict():
            en = ", ".join(f"{key} {number}" for key, number in plain.items())
        case list():
            en = ", ".join(map(str, plain))
        case bool():
            en = "yes" if plain else "no"
        case _:
            en = str(plain)
    return Text(parameter_value_zh(name, plain), en)


def _instead_of(entry: Period) -> Text:
    """The values it takes the place of where it is in force, each once."""
    before = [use["instead_of"] for use in entry["in_force"]]
    found = dict.fromkeys(_value(entry["parameter"], b["value"]) if b else Text("无", "none") for b in before)
    return Text("; ".join(t.zh for t in found) or NONE, "; ".join(t.en for t in found) or NONE)


def in_force(entry: Period) -> Text:
    """On which check dates in which counties, and why not elsewhere."""
    days = sorted({use["as_of"] for use in entry["in_force"]})
    counties = ", ".join(sorted({use["county"] for use in entry["in_force"]}))
    shown = f"{days[0]} – {days[-1]} ({len(days)}) {counties}" if len(days) > 1 else f"{''.join(days)} {counties}"
    why = entry["not_in_force"]
    if why is None:
        return Text(shown, shown)
    where = Text(f"{shown};", f"{shown}; ") if days else Text("未生效:", "never: ")
    return Text(where.zh + why["zh"], where.en + why["en"])


# --- Households and tickets --------------------------------------------------------------------------------------------


def households(period: Period) -> Table:
    """One measure a line: there are too many for the width of a sheet of paper."""
    sides = [period["households"][direction] for direction in DIRECTIONS]
    rows: list[Sequence[Content]] = []
    for zh, en, of in (
        ("新开单据(张)", "Tickets opened", [period["opened"][direction] for direction in DIRECTIONS]),
        ("有单据的家庭(户)", "Households with a ticket", sides),
    ):
        rows.append((Text(f"{zh},基准", f"{en}, baseline"), *(side["published"] for side in of)))
        rows.append((Text(f"{zh},试算", f"{en}, what if"), *(side["simulated"] for side in of)))
    for change, name in CHANGE.items():
        rows.append((Text(f"{name.zh}(户)", f"Households: {name.en}"), *(side[change] for side in sides)))
    withdrawn = Text("仍有的户中:疑点全部撤销", "Of those kept: all findings withdrawn")
    rows.append((withdrawn, *(side["emptied"] for side in sides)))
    for differs, name in DIFFERS.items():
        kept = Text(f"仍有的户中:{name.zh}", f"Of those kept: {name.en}")
        rows.append((kept, *(side["changed"][differs] for side in sides)))
    columns = _columns(("项目", "Measure"), *DIRECTIONS.values())
    return Table(Text("家庭与单据", "Households and tickets"), columns, rows)


def outcomes(period: Period) -> Table:
    """How the tickets that are lost and kept ended so far."""
    columns = _columns(
        ("基准中的单据", "Tickets of the baseline"), ("已核实属实", "Confirmed"), ("不属实", "Not confirmed"),
        ("尚未办结", "Not concluded"),
    )  # fmt: skip
    rows: list[Sequence[Content]] = [
        (_beside(name, CHANGE[change], ",", ", "), *_ended(period["outcomes"][d][change]))
        for d, name in DIRECTIONS.items()
        for change in ("lost", "kept")
    ]
    return Table(Text("迄今的办理结果(张)", "Outcomes so far (tickets)"), columns, rows)


def _ended(counts: Mapping[str, int]) -> list[int]:
    return [counts[outcome] for outcome in (CONFIRMED, NOT_CONFIRMED, OPEN)]


def estimates(period: Period) -> Table:
    """What may be expected of new tickets."""
    columns = _columns(
        ("方向", "Direction"), ("新增(户)", "New (households)"),
        ("预计属实(估计,95% 区间)", "Expected to be confirmed (estimate, 95 % interval)"),
    )  # fmt: skip
    of = period["estimate"]
    caption = Text("新增单据的预计属实数(估计)", "New tickets: expected to be confirmed (an estimate)")
    return Table(caption, columns, [(name, of[d]["tickets"], _expected(of[d])) for d, name in DIRECTIONS.items()])


def _expected(estimate: Period) -> Text:
    """The expected number of confirmed ones with its interval; a dash where there is no new ticket."""
    if not estimate["tickets"]:
        return Text(NONE, NONE)
    if estimate["expected"] is None:
        return Text("尚无办结单据可估", "no closed ticket to go by")
    text = f"{estimate['expected']:g} ({estimate['low']:g}–{estimate['high']:g})"
    if without := estimate["without_cases"]:
        return Text(f"{text},另 {without} 张无从估计", f"{text}, {without} without estimate")
    return Text(text, text)


def rules(period: Period) -> Table:
    """Rules with a difference."""
    columns = _columns(
        ("规则", "Rule"), ("疑点出现(户)", "Findings appear"), ("疑点消失(户)", "Findings disappear"),
        *((f"单据{change.zh}(户)", f"Tickets {change.en} (households)") for change in CHANGE.values()),
        ("不再有的:属实/不属实/未办结(张)", "Lost: confirmed/not/not concluded"),
        ("新增的预计属实(估计)", "New: expected (estimate)"),
    )  # fmt: skip
    rows: list[Sequence[Content]] = []
    for entry in period["rules"]:
        changes = [entry[of][change] for of in ("findings", "households") for change in ("new", "lost")]
        if any(changes):
            ended = "/".join(f"{count:,}" for count in _ended(entry["outcomes"]["lost"]))
            numbers = (*changes, entry["households"]["kept"])
            rows.append((rule(entry["rule"]), *numbers, ended, _expected(entry["estimate"])))
    return Table(Text("有差别的规则", "Rules with a difference"), columns, rows)


def groups(period: Period) -> Iterable[Table]:
    """Households by group; small groups are not shown."""
    heads = [_beside(name, change, " ", ", ") for name in DIRECTIONS.values() for change in CHANGE.values()]
    for dimension, found in shown_groups(period["groups"]).items():
        title = DIMENSION[dimension]
        named = (title.zh.removeprefix("按"), title.en.removeprefix("By ").capitalize())
        rows = [(_group(dimension, row), *(row[d][change] for d in DIRECTIONS for change in CHANGE)) for row in found]
        yield Table(Text(f"{title.zh}(户)", f"{title.en} (households)"), _columns(named, *heads), rows)


def _group(dimension: str, row: Period) -> Text:
    """A group by its own name."""
    code = row[dimension]
    if dimension == "county":
        return county(code, {code: row["label_zh"]})
    return GROUPS.get(code) or (programme(code) if dimension == "programme" else Text(code, code))


def precision(result: Period) -> Table:
    """What the estimates go by."""
    columns = _columns(
        ("规则", "Rule"),
        ("办结件", "Cases"),
        ("属实", "Confirmed"),
        ("属实比例", "Share"),
        ("95% 区间", "95 % interval"),
    )
    rows = [
        (
            rule(entry["rule"]),
            entry["cases"],
            entry["confirmed"],
            percent(entry["share"]),
            f"{percent(entry['low'])} – {percent(entry['high'])}" if entry["cases"] else None,
        )
        for entry in result["precision"]
    ]
    title = Text("估计所依据的属实比例(迄今全部办结件)", "The confirmed shares behind the estimates (all cases so far)")
    return Table(title, columns, rows)
