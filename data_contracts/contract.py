"""Load ODCS v3 contracts into small frozen objects that everything else derives from.

Source of the format: Open Data Contract Standard v3.1; the official JSON schema lies beside this file and
every contract is validated against it in the tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from data_contracts.prohibited import refuse_prohibited

HERE = Path(__file__).parent
JSON_SCHEMA = HERE / "odcs-json-schema-v3.1.0.json"

FeedKind = Literal["snapshot", "increment"]


@dataclass(frozen=True)
class Limits:
    """How large a file may be; beyond it the delivery is `too_large`. These hold for every feed whose contract names no
    others (customProperties: `limits`, with the names used here). Decision 0029 says where they come from.

    `cell_length`: characters; `unpacked_bytes`: of a workbook or the columns of a Parquet file, unpacked; `seconds` and
    `memory_bytes`: of the process that reads a workbook.
    """

    rows: int = 200_000_000
    columns: int = 1_000
    cell_length: int = 100_000
    unpacked_bytes: int = 64 << 30
    workbook_bytes: int = 2 << 30
    workbook_cells: int = 40_000_000
    seconds: int = 600
    memory_bytes: int = 4 << 30


@dataclass(frozen=True)
class Code:
    """One value of a closed list, its labels and the spellings that mean the same."""

    value: str
    label_zh: str
    label_en: str
    aliases: tuple[str, ...]
    identifier: str

    def spellings(self) -> tuple[str, ...]:
        """Everything a file may write for this code."""
        return (self.value, *self.aliases)


@dataclass(frozen=True)
class Column:
    """One column: names, how it is parsed, what it may hold.

    `parse` is the ODCS physicalType: person_id, identifier, code, code_open, text, name, asset_no, date, period,
    money, scaled, integer (feeds) or the column's type in a published table. `is_prefilled`: filled in already on the list
    that people send back, so that a row with nothing else has not been answered yet. `item_type`: logical type of an
    array's members where they are no objects.
    """

    name: str
    header_zh: str
    parse: str
    logical_type: str
    description: str = ""
    description_zh: str = ""
    is_key: bool = False
    is_cell_required: bool = False
    is_header_required: bool = True
    is_prefilled: bool = False
    header_aliases: tuple[str, ...] = ()
    default: str | None = None
    codes: tuple[Code, ...] = ()
    pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    minimum: Decimal | None = None
    exclusive_minimum: Decimal | None = None
    maximum: Decimal | None = None
    scale: int = 0
    unit: str | None = None
    classification: str = "internal"
    items: tuple[Column, ...] = ()
    item_type: str = ""

    @property
    def stored_as(self) -> str:
        """Name in the lake. The unit is part of the name where the number is not what a person would write."""
        match self.parse:
            case "money":
                return f"{self.name}_fen"
            case "scaled":
                return f"{self.name}_e{self.scale}"
            case "period":
                return f"{self.name}_index"
            case _:
                return self.name

    @property
    def headers(self) -> tuple[str, ...]:
        """Header spellings a file may use."""
        return (self.name, self.header_zh, *self.header_aliases)


@dataclass(frozen=True)
class Contract:
    """One feed or one published table, file, view or macro.

    `parameters`: what a macro is called with; `example`: a call of it.
    """

    name: str
    title_zh: str
    version: str
    purpose: str
    usage_zh: str
    legal_basis: str
    columns: tuple[Column, ...]
    kind: FeedKind = "snapshot"
    department: str = "civil_affairs"
    department_zh: str = "民政"
    subject: str = "household"
    is_economic: bool = False
    stale_after_days: int | None = None
    bad_row_share: Decimal = Decimal("0.05")
    is_feed: bool = False
    limits: Limits = Limits()
    parameters: tuple[Column, ...] = ()
    example: str = ""

    @property
    def key(self) -> tuple[Column, ...]:
        return tuple(c for c in self.columns if c.is_key)

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError if the contract has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")


def _custom(node: dict[str, Any]) -> dict[str, Any]:
    return {entry["property"]: entry["value"] for entry in node.get("customProperties", [])}


def decimal_of(value: Any) -> Decimal | None:
    """A bound as it is written, or None."""
    return None if value is None else Decimal(str(value))


def _code(entry: dict[str, Any]) -> Code:
    value = str(entry["value"])
    return Code(
        value=value,
        label_zh=entry.get("label_zh", value),
        label_en=entry.get("label_en", value),
        aliases=tuple(entry.get("aliases", ())),
        identifier=entry.get("identifier", value),
    )


def _column(node: dict[str, Any]) -> Column:
    custom = _custom(node)
    options = node.get("logicalTypeOptions", {})
    return Column(
        name=node["name"],
        header_zh=node.get("businessName", node["name"]),
        parse=node.get("physicalType", node["logicalType"]),
        logical_type=node["logicalType"],
        description=node.get("description", ""),
        description_zh=custom.get("descriptionZh", node.get("businessName", "")),
        is_key=node.get("primaryKey", False),
        is_cell_required=node.get("required", False),
        is_header_required=not custom.get("headerOptional", False),
        is_prefilled=custom.get("prefilled", False),
        header_aliases=tuple(custom.get("headerAliases", ())),
        default=custom.get("default"),
        codes=tuple(_code(c) for c in custom.get("codes", ())),
        pattern=options.get("pattern"),
        min_length=options.get("minLength"),
        max_length=options.get("maxLength"),
        minimum=decimal_of(options.get("minimum")),
        exclusive_minimum=decimal_of(options.get("exclusiveMinimum")),
        maximum=decimal_of(options.get("maximum")),
        scale=int(custom.get("scale", 0)),
        unit=custom.get("unit"),
        classification=node.get("classification", "internal"),
    )


def load_contract(path: Path) -> Contract:
    """Read one ODCS file. Raises KeyError or yaml.YAMLError on a malformed one (the tests validate all of them), and
    ProhibitedAttributeError where a column holds what no rule may see."""
    doc = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    custom = _custom(doc)
    sla = {entry["property"]: entry["value"] for entry in doc.get("slaProperties", [])}
    (table,) = doc["schema"]
    columns = tuple(_column(p) for p in table["properties"])
    refuse_prohibited_columns(doc["name"], columns)
    return Contract(
        name=doc["name"],
        title_zh=table.get("businessName", doc["name"]),
        version=doc["version"],
        purpose=doc["description"]["purpose"],
        usage_zh=doc["description"].get("usage", ""),
        legal_basis="; ".join(d.get("description", "") for d in doc.get("authoritativeDefinitions", [])),
        kind=custom.get("feedKind", "snapshot"),
        department=custom.get("department", "civil_affairs"),
        department_zh=custom.get("departmentZh", "民政"),
        subject=custom.get("subject", "household"),
        is_economic=custom.get("economic", False),
        stale_after_days=sla.get("staleAfter"),
        bad_row_share=Decimal(str(custom.get("badRowShare", "0.05"))),
        columns=columns,
        is_feed=True,
        limits=Limits(**custom.get("limits", {})),
    )


def refuse_prohibited_columns(contract: str, columns: tuple[Column, ...]) -> None:
    """ProhibitedAttributeError where a column holds what no rule may see."""
    for column in columns:
        words = (*column.headers, *(code.value for code in column.codes))
        refuse_prohibited(contract, column.name, words, column.classification)
        refuse_prohibited_columns(contract, column.items)


@cache
def feed_contracts() -> dict[str, Contract]:
    """All feed contracts by feed name, in name order."""
    paths = sorted((HERE / "feeds").glob("*.odcs.yaml"))
    return {contract.name: contract for contract in map(load_contract, paths)}


def feed_contract(feed: str) -> Contract:
    """The contract of one feed; KeyError for an unknown one."""
    return feed_contracts()[feed]
