"""Published contracts with the words they share filled in.

Several publications show the same column (a ticket number is in nine of them). Its labels, descriptions, code list and
classification are written once; elsewhere the column is listed by name and type, and takes the rest from

- `sameAs: <contract>.<column>[.<nested column>]` on the column, or
- the first contract of `wordsFrom` (on the contract) that has a column of that name.

Only key, name and type are always the column's own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

import yaml

from data_contracts.contract import HERE, Column, Contract, feed_contract, feed_contracts, published_contract

FILES: Final = (
    "tickets_jsonl",
    "tickets_csv",
    "tickets_parquet",
    "township_workbook",
    "township_workbook_items",
    "readiness_workbook",
    "rejected_rows_csv",
    "supervision_workbook",
    "supervision_workbook_townships",
    "supervision_workbook_rechecks",
    "referral_workbook",
    "correction_requests",
    "clarification_workbook",
    "report_page",
    "manifest",
)
"""Published files and sheets, in the order of spec page 4."""

TABLES: Final = (
    "deliveries",
    "rejected_rows",
    "households",
    "household_members",
    "household_profile",
    "silent_check_readiness",
    "rule_results",
    "findings",
    "finding_items",
    "risk_labels",
    "tickets",
    "ticket_events",
    "ticket_matters",
    "supervision",
    "household_chain",
    "rule_precision",
    "rule_precision_by_group",
    "findings_by_group",
    "rule_modes",
    "policy_parameters",
    "about",
    "schema_versions",
)
"""Tables of the analysts' database, in the order of spec page 4; the last two describe the database itself."""

VIEWS: Final = (
    "overdue_by_township",
    "deadlines_by_township",
    "findings_trend",
    "check_history",
    "not_checked_by_reason",
    "unmet_need",
    "above_standard_signals",
    "need_against_means",
    "readiness_by_gap",
    "review_due",
    "rules_not_normal",
    "delivery_quality",
    "rejected_by_reason",
    "referrals_waiting",
)
"""Ready questions of the analysts' database; a view may read those before it."""

MACROS: Final = ("household_overview", "chain_of", "tickets_in", "findings_of", "overdue_on", "seen_person")
"""Ready questions that take one word: table macros."""

FUNCTIONS: Final = ("for_excel",)
"""What helps to ask or to carry away: scalar macros."""

DATABASE: Final = (*TABLES, *VIEWS, *MACROS, *FUNCTIONS)
"""Everything in the analysts' database."""


class UnknownWordsError(LookupError):
    """A column is listed by name and no contract it points to explains it."""


@dataclass(frozen=True)
class _Pointers:
    """Where a contract's columns take their words from: by column (dotted, nested ones too), and in general."""

    words_from: tuple[str, ...]
    same_as: dict[str, str]
    required: dict[str, bool]
    scalar_items: dict[str, str]
    path: str


def _custom(node: dict[str, Any]) -> dict[str, Any]:
    return {entry["property"]: entry["value"] for entry in node.get("customProperties", [])}


def _walk(nodes: list[dict[str, Any]], prefix: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Every column of a contract with its dotted name, nested ones after their parent."""
    found: list[tuple[str, dict[str, Any]]] = []
    for node in nodes:
        name = prefix + node["name"]
        found.append((name, node))
        found += _walk(node.get("items", {}).get("properties", []), f"{name}.")
    return found


@cache
def _pointers(name: str) -> _Pointers:
    text = (HERE / "published" / f"{name}.odcs.yaml").read_text(encoding="utf-8")
    doc = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    nodes = _walk(doc["schema"][0]["properties"])
    custom = _custom(doc)
    return _Pointers(
        words_from=tuple(custom.get("wordsFrom", ())),
        same_as={dotted: _custom(node)["sameAs"] for dotted, node in nodes if "sameAs" in _custom(node)},
        required={dotted: node["required"] for dotted, node in nodes if "required" in node},
        scalar_items={
            dotted: node["items"]["logicalType"]
            for dotted, node in nodes
            if node.get("items", {}).get("logicalType", "object") != "object"
        },
        path=custom.get("path", ""),
    )


def published_path(name: str) -> str:
    """Where a publication lies below the home folder, as its contract says."""
    return _pointers(name).path


@cache
def published(name: str) -> Contract:
    """A published contract whose columns all have labels, descriptions and classification.

    Raises FileNotFoundError for an unknown contract and UnknownWordsError for a column nobody explains.
    """
    contract = published_contract(name)
    return replace(contract, columns=tuple(_filled(name, column, column.name) for column in contract.columns))


def _filled(contract: str, column: Column, dotted: str) -> Column:
    items = tuple(_filled(contract, item, f"{dotted}.{item.name}") for item in column.items)
    column = replace(column, items=items)
    if column.description:
        target = _pointers(contract).same_as.get(dotted)  # explained here, code list from there
        return column if target is None else replace(column, codes=column_at(target).codes)
    source = _source(contract, column, dotted)
    pointers = _pointers(contract)
    has_own_type = column.parse != column.logical_type
    return replace(
        source,
        name=column.name,
        header_zh=column.header_zh if column.header_zh != column.name else source.header_zh,
        parse=column.parse if has_own_type else source.parse,
        logical_type=column.logical_type,
        is_key=column.is_key,
        is_cell_required=pointers.required.get(dotted, source.is_cell_required),
    )


def _source(contract: str, column: Column, dotted: str) -> Column:
    """The column that explains this one."""
    pointers = _pointers(contract)
    target = pointers.same_as.get(dotted)
    if target is not None:
        return column_at(target)
    for other in pointers.words_from:
        if other != contract and any(c.name == column.name for c in published_contract(other).columns):
            return column_at(f"{other}.{column.name}")
    raise UnknownWordsError(f"{contract}.{dotted} is listed by name, and no contract in wordsFrom explains it")


@cache
def column_at(target: str) -> Column:
    """The column at `<contract>.<column>[.<nested column>]`; a feed's name works like a published one."""
    name, *path = target.split(".")
    is_feed = name in feed_contracts() and name not in (*TABLES, *VIEWS)
    columns = (feed_contract(name) if is_feed else published_contract(name)).columns
    found = None
    for step in path:
        found = next((column for column in columns if column.name == step), None)
        if found is None:
            raise UnknownWordsError(f"there is no column {target}")
        columns = found.items
    if found is None:
        raise UnknownWordsError(f"{target} names no column")
    return found if is_feed else _filled(name, found, ".".join(path))


def scalar_items(name: str, dotted: str) -> str:
    """Logical type of an array's members where they are no objects; "string" where the contract is silent."""
    return _pointers(name).scalar_items.get(dotted, "string")
