"""What we publish as documents of the Open Data Contract Standard, for whoever works with tools of that format.

`python -m data_contracts.derive.odcs [NAME …] [--out DIR]` writes one YAML file each (all without names); nothing of it is
kept, for it follows from columns.yaml, codes.yaml and published/*.yaml.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, Final

import yaml

from data_contracts.contract import Column
from data_contracts.publications import DATABASE, FILES, form, published, published_path

STANDARD: Final = "v3.1.0"
LIMITATION: Final = "核对只提供线索,不作认定 / The check informs people; it never decides."


def odcs(name: str) -> dict[str, Any]:
    """One publication as an ODCS document. KeyError for an unknown one."""
    contract = published(name)
    table = {
        "name": name,
        "businessName": contract.title_zh,
        "logicalType": "object",
        "physicalType": form(name),
        "description": contract.purpose,
        "properties": [
            _property(column, contract.key.index(column) + 1 if column.is_key else 0) for column in contract.columns
        ],
    }
    return {
        "apiVersion": STANDARD,
        "kind": "DataContract",
        "id": f"shouwang.published.{name}",
        "name": name,
        "version": contract.version,
        "status": "active",
        "domain": "civil-affairs",
        "description": {"purpose": contract.purpose, "usage": contract.usage_zh, "limitations": LIMITATION},
        "customProperties": _custom(
            path=published_path(name),
            parameters=[_property(column) for column in contract.parameters],
            example=contract.example,
        ),
        "authoritativeDefinitions": [
            {"type": "legalBasis", "url": "docs/glossary.md", "description": contract.legal_basis}
        ],
        "schema": [table],
    }


def _custom(**values: object) -> list[dict[str, Any]]:
    return [{"property": name, "value": value} for name, value in values.items() if value]


def _property(column: Column, position: int = 0) -> dict[str, Any]:
    node: dict[str, Any] = {
        "name": column.name,
        "businessName": column.header_zh,
        "logicalType": column.logical_type,
        "description": column.description,
        "required": column.is_cell_required,
        "classification": column.classification,
    }
    if column.parse != column.logical_type:
        node["physicalType"] = column.parse
    if position:
        node |= {"primaryKey": True, "primaryKeyPosition": position}
    bounds = {"pattern": column.pattern, "minLength": column.min_length}
    bounds["minimum"] = None if column.minimum is None else int(column.minimum)
    if options := {key: value for key, value in bounds.items() if value is not None}:
        node["logicalTypeOptions"] = options
    if column.items:
        node["items"] = {"logicalType": "object", "properties": [_property(item) for item in column.items]}
    elif column.item_type:
        node["items"] = {"logicalType": column.item_type}
    codes = [{"value": code.value, "label_zh": code.label_zh, "label_en": code.label_en} for code in column.codes]
    node["customProperties"] = _custom(descriptionZh=column.description_zh, codes=codes, unit=column.unit)
    return node


def main() -> None:
    """Write the documents."""
    parser = argparse.ArgumentParser(prog="python -m data_contracts.derive.odcs")
    parser.add_argument("names", nargs="*", metavar="NAME", help="; ".join((*FILES, *DATABASE)))
    parser.add_argument("--out", type=Path, default=Path("odcs"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in arguments.names or (*FILES, *DATABASE):
        path = arguments.out / f"{name}.odcs.yaml"
        path.write_text(yaml.safe_dump(odcs(name), allow_unicode=True, sort_keys=False), encoding="utf-8")
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
