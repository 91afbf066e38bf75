"""What a finding says: items with published fields, figures, sources, parameters, the sentence for the clerk."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from assets import masking
from data_contracts.publications import labels
from policy.parameters import CATALOGUE, UNITS_ZH
from policy.values import PolicyValue
from rules.rule import Rule

CENT: Final = Decimal("0.01")
NO_BASIS: Final = "依据待本地补充"
"""Said where neither the nation nor the county's own areas name a clause: another place's is never borrowed."""
DEPARTMENT_TEXT: Final = ("plate_type", "vehicle_type", "usage", "payer", "income_item", "insurance_type")
"""Fields of an item in which a department may write what it likes; a payer may be a person, with the number behind the name."""
FACTOR_ZH: Final = {
    "labour_capacity": "全体成员无或部分丧失劳动能力",
    "housing_safety": "住房不安全",
    "water_safety": "饮水不安全",
    "income_below_standard": "人均收入低于低保标准",
}


def rounded(value: Decimal) -> float:
    """Two decimals, half up: for reading only, never compared again."""
    return float(value.quantize(CENT, ROUND_HALF_UP))


def published_item(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """One item with the fields that apply, in the order of the contract. `row`: ITEM_SCHEMA; `names`: person -> name."""
    person = row["person_id"]
    fields: dict[str, Any] = {
        "person": None if person is None else masking.number(person),
        "person_name": None if person is None else names.get(person),
        "plate_no": row["plate_no"],
        "plate_type": row["plate_type"],
        "vehicle_type": row["vehicle_type"],
        "first_registered_on": _iso(row["first_registered_on"]),
        "unit_no": row["unit_no"],
        "usage": row["usage"],
        "area_m2": _scaled(row["area_m2_e4"], 10_000),
        "share": _scaled(row["share_e6"], 1_000_000, places=6),
        "payer": row["payer"],
        "income_item": row["income_item"],
        "amount": _scaled(row["amount_fen"], 100),
        "months": row["months"],
        "insurance_type": row["insurance_type"],
        "households": None if row["other_household"] is None else [row["other_household"]],
        "grade": row["grade"],
        "factors": None if row["factors"] is None else row["factors"].split(","),
        "on": _iso(row["on"]),
    }
    return {
        name: masking.text(value) if name in (*DEPARTMENT_TEXT, "person_name") else value
        for name, value in fields.items()
        if value is not None
    }


def _iso(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _scaled(value: int | None, scale: int, places: int = 2) -> float | None:
    if value is None:
        return None
    return float((Decimal(value) / scale).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def figures(rule: Rule, row: dict[str, Any], items: int) -> dict[str, float | int | None]:
    """declared, observed, limit of the whole finding in the units a person reads."""
    declared, observed, limit = row["declared"], row["observed"], row["limit"]
    match rule.unit:
        case "yuan_per_year":
            return {
                "declared": rounded(Decimal(declared) / 100),
                "observed": rounded(Decimal(observed) / 100),
                "limit": rounded(Decimal(limit) / 100_000_000),
            }
        case "yuan_per_head_month":
            share = Decimal(12 * row["heads"]) * 100_000_000
            return {"declared": None, "observed": rounded(observed / share), "limit": rounded(limit / share)}
        case "m2_per_head_e10":
            held = Decimal(observed) / 10**10 / row["heads"]
            return {"declared": None, "observed": rounded(held), "limit": rounded(Decimal(limit) / 10_000)}
        case "vehicle" | "unit":
            return {"declared": declared, "observed": items, "limit": None}
        case "factor":
            return {"declared": None, "observed": observed, "limit": limit}
        case _:
            return {"declared": None, "observed": items, "limit": None}


def parameter_entry(value: PolicyValue) -> dict[str, Any]:
    """name, value, from, basis, status of one policy value."""
    return {
        "name": value.parameter,
        "value": value.plain(),
        "from": value.from_on.isoformat(),
        "basis": value.basis,
        "status": value.status,
    }


def item_text(template: str, item: dict[str, Any]) -> str:
    """One published item in the words of a rule; "" where the rule has none."""
    shown = {name: _value_text(value) for name, value in item.items()}
    if "factors" in item:
        shown["factors"] = "、".join(FACTOR_ZH[name] for name in item["factors"])
    if "households" in item:
        shown["households"] = "、".join(item["households"])
    return template.format_map(_Blank(shown)) if template else ""


class _Blank(dict[str, str]):
    """What a department left empty reads as 不详."""

    def __missing__(self, _: str) -> str:
        return "不详"


def _value_text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".") if value != int(value) else f"{int(value):,}"
    return str(value)


def parameter_value_zh(name: str, value: Any) -> str:
    """A parameter's value (as `PolicyValue.plain` gives it) with its unit, as Chinese pages say it."""
    if isinstance(value, dict):
        names = {"urban": "城市", "rural": "农村"}
        text = "、".join(f"{names.get(k, k)}{_value_text(v)}" for k, v in value.items())
    elif isinstance(value, list):
        text = "、".join(map(str, value))
    elif isinstance(value, bool):
        text = "是" if value else "否"
    else:
        text = _value_text(float(value)) if isinstance(value, int | float) else str(value)
    return text + UNITS_ZH.get(CATALOGUE[name].unit, "")


def _parameter_text(entry: dict[str, Any]) -> str:
    said = parameter_value_zh(entry["name"], entry["value"])
    parameter = CATALOGUE[entry["name"]]
    return f"{parameter.zh}: {said}(自{entry['from']}起, {entry['basis']}, {labels('policy_status')[entry['status']]})"


def parameters_zh(entries: list[dict[str, Any]]) -> str:
    """The values used, with date, clause and status; the severity table is no value a clerk needs."""
    shown = [_parameter_text(entry) for entry in entries if not entry["name"].startswith("severity.")]
    return f"采用的参数: {'; '.join(shown)}。" if shown else ""


def grounds_zh(feeds: list[dict[str, Any]], basis: str, parameters: list[dict[str, Any]], check_basis: str) -> str:
    """What is the same for all findings of a rule with these data dates and values: by whom, when, clause, values, and
    the clauses under which data are compared at all ("": none known)."""
    sources = "、".join(f"{f['department']}({f['data_date']})" for f in feeds)
    said = f"数据来源及数据日期: {sources}。" if sources else ""
    return f"{said}依据: {basis}。{parameters_zh(parameters)}以上为比对线索{f'({check_basis})' if check_basis else ''}, 待核实, 不作认定。"


def explanation_zh(rule: Rule, finding: dict[str, Any], grounds: str) -> str:
    """The finding in words: what was recorded and declared, then its grounds (`grounds_zh`)."""
    items = "; ".join(t for t in (item_text(rule.item_zh, item) for item in finding["items"]) if t)
    said = {name: _value_text(finding[name]) for name in ("declared", "observed", "limit") if finding[name] is not None}
    statement = rule.statement_zh.format_map(_Blank({**said, "items": items, "count": str(len(finding["items"]))}))
    missing = "、".join(finding["missing_records"])
    return f"{statement}{f'另有成员在户籍数据中没有记录: {missing}。' if missing else ''}{grounds}"
