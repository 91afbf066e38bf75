"""What we publish, put together from words that each stand once.

- `columns.yaml`: every column, with label and meaning in both languages, type and class. `name@where` is another meaning
  of the same name.
- `codes.yaml`: every closed list of codes, in both languages.
- `published/*.yaml`: files, tables, views and macros as lists of column names. `name*` is part of the key, `name!` never
  empty; the order of the file is the order everywhere.

ODCS documents of them are made on demand (data_contracts/derive/odcs.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any, Final

import yaml

from data_contracts.contract import HERE, Code, Column, Contract, decimal_of, feed_contract, refuse_prohibited_columns

LEGAL_BASIS: Final = "乌民政发〔2025〕23号; 景民字〔2024〕40号"
DATABASE_FILE: Final = "published/civil_affairs.duckdb"


class UnknownWordsError(LookupError):
    """A list names a column, a code list or a code that nobody explains."""


def _load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(
        (HERE / name).read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    )
    return loaded


_SHAPES: Final = {shape: _load(f"published/{shape}.yaml") for shape in ("files", "tables", "views", "macros")}
_LISTED: Final = {name: (shape, entry) for shape, entries in _SHAPES.items() for name, entry in entries.items()}

FILES: Final = tuple(_SHAPES["files"])
"""Published files and sheets, in the order of spec page 4."""
TABLES: Final = tuple(_SHAPES["tables"])
"""Tables of the analysts' database, in the order of spec page 4; the last two describe the database itself."""
VIEWS: Final = tuple(_SHAPES["views"])
"""Ready questions of the analysts' database; a view may read those before it."""
MACROS: Final = tuple(name for name, entry in _SHAPES["macros"].items() if entry.get("is") != "function")
"""Ready questions that take one word: table macros."""
FUNCTIONS: Final = tuple(name for name, entry in _SHAPES["macros"].items() if entry.get("is") == "function")
"""What helps to ask or to carry away: scalar macros."""
DATABASE: Final = (*TABLES, *VIEWS, *MACROS, *FUNCTIONS)
"""Everything in the analysts' database."""


# --- Codes -------------------------------------------------------------------------------------------------------------


@cache
def _code_lists() -> dict[str, Any]:
    return _load("codes.yaml")


@cache
def codes(name: str) -> tuple[Code, ...]:
    """A closed list by its name in codes.yaml, or as `<feed>.<column>`. UnknownWordsError for an unknown one."""
    feed, _, column = name.partition(".")
    if column:
        return feed_contract(feed).column(column).codes
    if name not in _code_lists():
        raise UnknownWordsError(f"codes.yaml has no list {name}")
    return tuple(Code(code, zh, en, (), code) for code, (zh, en) in _code_lists()[name].items())


@cache
def labels(name: str, language: str = "zh") -> dict[str, str]:
    """code -> its word in Chinese ("zh") or English ("en"), in the order of the list."""
    return {code.value: code.label_zh if language == "zh" else code.label_en for code in codes(name)}


# --- Columns -----------------------------------------------------------------------------------------------------------


@cache
def _columns() -> dict[str, Any]:
    return _load("columns.yaml")


@cache
def _defined(reference: str) -> Column:
    if reference not in _columns():
        raise UnknownWordsError(f"columns.yaml does not explain {reference}")
    return _column(reference.partition("@")[0], _columns()[reference])


def _column(name: str, entry: dict[str, Any]) -> Column:
    logical = entry.get("type", "string")
    label, meaning = entry["zh"]
    return Column(
        name=name,
        header_zh=label,
        parse=entry.get("physical", logical),
        logical_type=logical,
        description=entry["en"],
        description_zh=meaning,
        is_header_required=not entry.get("headerOptional", False),
        codes=codes(entry["codes"]) if "codes" in entry else (),
        pattern=entry.get("pattern"),
        min_length=entry.get("min_length"),
        minimum=decimal_of(entry.get("minimum")),
        unit=entry.get("unit"),
        classification=entry.get("class", "internal"),
        item_type=entry.get("of", "string") if logical == "array" else "",
    )


def _listed(tokens: Iterable[str | dict[str, list[Any]]]) -> tuple[Column, ...]:
    """Columns of a list of names; {name: [names]} holds objects."""
    found = []
    for token in tokens:
        mark, items = next(iter(token.items())) if isinstance(token, dict) else (token, [])
        nested = _listed(items)
        column = replace(_defined(mark.rstrip("*!")), is_key="*" in mark, is_cell_required="!" in mark, items=nested)
        found.append(replace(column, item_type="") if nested else column)
    return tuple(found)


def published_path(name: str) -> str:
    """Where a publication lies below the home folder."""
    shape, entry = _LISTED[name]
    return str(entry["path"]) if shape == "files" else f"{DATABASE_FILE}#{name}"


def form(name: str) -> str:
    """jsonl, csv, parquet, xlsx, html or json of a file; table, view or macro of what is in the database."""
    shape, _ = _LISTED[name]
    return published_path(name).rpartition(".")[2] if shape == "files" else shape.removesuffix("s")


@cache
def published(name: str) -> Contract:
    """The contract of one published file, table, view or macro. KeyError for an unknown one, UnknownWordsError for a
    column nobody explains."""
    _, entry = _LISTED[name]
    columns = _listed(entry["columns"])
    refuse_prohibited_columns(name, columns)
    return Contract(
        name=name,
        title_zh=entry["title"],
        version=str(entry["version"]),
        purpose=entry["en"],
        usage_zh=entry["zh"],
        legal_basis=LEGAL_BASIS,
        columns=columns,
        parameters=tuple(_column(node["name"], node) for node in entry.get("parameters", ())),
        example=entry.get("example", ""),
    )


@cache
def column_at(target: str) -> Column:
    """The column at `<publication>.<column>[.<nested column>]`."""
    name, *path = target.split(".")
    columns, found = published(name).columns, None
    for step in path:
        found = next((column for column in columns if column.name == step), None)
        if found is None:
            raise UnknownWordsError(f"there is no column {target}")
        columns = found.items
    if found is None:
        raise UnknownWordsError(f"{target} names no column")
    return found
