"""JSON Schema of tickets.jsonl (one object a line), derived from its contract and published next to it.

Source: JSON Schema 2020-12. Anyone downstream can validate with an ordinary tool and without this software.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

from data_contracts.contract import Column
from data_contracts.publications import published

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TYPES: Final = {"string": "string", "number": "number", "integer": "integer", "boolean": "boolean"}
_DATE_PATTERN: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


@cache
def json_schema(name: str = "tickets_jsonl") -> dict[str, Any]:
    """The schema of one line of a published JSON file.

    Required columns must be there and not null; the others may be null or absent. Unknown fields are errors: a new
    field means a new version of the contract.
    """
    contract = published(name)
    return {
        "$schema": DIALECT,
        "$id": f"urn:shouwang:{name}:{contract.version}",
        "title": contract.title_zh,
        "description": contract.purpose,
        **_object(contract.columns),
    }


def json_schema_text(name: str = "tickets_jsonl") -> str:
    """The schema as it is published: tickets.schema.json, with a final newline."""
    return json.dumps(json_schema(name), ensure_ascii=False, indent=2) + "\n"


def _object(columns: tuple[Column, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {column.name: _property(column) for column in columns},
        "required": [column.name for column in columns if column.is_cell_required],
        "additionalProperties": False,
    }


def _property(column: Column) -> dict[str, Any]:
    words = {"title": column.header_zh, "description": f"{column.description_zh} / {column.description}"}
    if column.parse == "json":  # any JSON value: the value of a policy parameter
        return words
    if column.logical_type == "array":
        items = _object(column.items) if column.items else {"type": _TYPES[column.item_type]}
        shape: dict[str, Any] = {"type": "array", "items": items}
    else:
        shape = _scalar(column)
    return {**words, **(shape if column.is_cell_required else _or_null(shape))}


def _scalar(column: Column) -> dict[str, Any]:
    """Type, pattern, length, range and code list of one value."""
    if column.logical_type == "date":
        return {"type": "string", "format": "date", "pattern": _DATE_PATTERN}
    shape: dict[str, Any] = {"type": _TYPES[column.logical_type]}
    if column.pattern:
        shape["pattern"] = column.pattern
    if column.min_length:
        shape["minLength"] = column.min_length
    if column.minimum is not None:
        shape["minimum"] = int(column.minimum)
    if column.codes and column.parse != "code_open":
        shape["enum"] = [code.value for code in column.codes]
    return shape


def _or_null(shape: dict[str, Any]) -> dict[str, Any]:
    extended = {**shape, "type": [shape["type"], "null"]}
    if "enum" in shape:
        extended["enum"] = [*shape["enum"], None]
    return extended
