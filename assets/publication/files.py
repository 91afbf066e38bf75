"""The machine-readable files of a publication: tickets as JSON lines, CSV and Parquet, rows set aside as CSV.

Same objects in, same bytes out: sorted by ticket number, no clock, no locale. Each function writes `path` and returns
the number of rows; the caller writes aside and renames the folder (assets/publication/publish.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import polars as pl

from assets.deliveries import Delivery, set_aside_rows
from assets.home import Home
from assets.publication.spreadsheet_text import protected_columns
from assets.reading.delivery import SET_ASIDE_SCHEMA
from assets.reading.errors import ROW_REASONS
from data_contracts.derive.duckdb_tables import in_shape, table_schema
from data_contracts.derive.json_schema import json_schema_text
from policy.parameters import CATALOGUE
from rules.tickets.refusals import REASONS as REFUSALS

Objects = Sequence[Mapping[str, Any]]

_MARK: Final = "\uf8ff"  # private use: never part of a cell
_EXACT: Final = re.compile(f'"{_MARK}(-?[0-9.]+){_MARK}"')


def write_jsonl(objects: Objects, path: Path) -> int:
    """One JSON object a line, by ticket number, UTF-8 without BOM. Decimals keep their digits (12.50 stays 12.50)."""
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=_exact).encode
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for ticket in _by_number(objects):
            text = encode(ticket)
            stream.write((_EXACT.sub(r"\1", text) if _MARK in text else text) + "\n")
    return len(objects)


def _exact(value: object) -> str:
    if isinstance(value, Decimal) and value.is_finite():
        return f"{_MARK}{value:f}{_MARK}"
    raise TypeError(f"{type(value).__name__} has no form in tickets.jsonl")


def write_schema(path: Path) -> int:
    """The JSON Schema of tickets.jsonl, next to it."""
    path.write_text(json_schema_text(), encoding="utf-8", newline="\n")
    return 1


def _by_number(objects: Objects) -> list[Mapping[str, Any]]:
    return sorted(objects, key=lambda ticket: str(ticket["ticket_id"]))


def flat_tickets(objects: Objects) -> pl.DataFrame:
    """One row a ticket in the shape of the contract tickets_parquet."""
    schema = table_schema("tickets_parquet")
    days = [name for name, dtype in schema.items() if dtype == pl.Date()]
    plain = {name: [ticket.get(name) for ticket in objects] for name in schema if name not in FROM_FINDINGS}
    told = {name: [tell(ticket["findings"]) for ticket in objects] for name, tell in FROM_FINDINGS.items()}
    frame = pl.DataFrame({**plain, **told}, schema_overrides={**schema, **dict.fromkeys(days, pl.String())})
    return in_shape(frame.with_columns(pl.col(days).str.to_date("%Y-%m-%d")), "tickets_parquet")


def assumed_parameters(findings: Iterable[Mapping[str, Any]]) -> list[str]:
    """Chinese names of the policy values behind these findings that are our default (spec page 3), each once."""
    names = [
        parameter["name"]
        for finding in findings
        for parameter in finding["parameters"]
        if parameter["status"] == "assumed"
    ]
    return [CATALOGUE[name].zh if name in CATALOGUE else name for name in dict.fromkeys(names)]


FROM_FINDINGS: Final[dict[str, Callable[[Objects], str | int]]] = {
    "rules": lambda findings: ";".join(finding["rule"] for finding in findings),
    "labels_zh": lambda findings: "、".join(finding["label_zh"] for finding in findings),
    "item_count": lambda findings: sum(len(finding["items"]) for finding in findings),
    "assumed_parameters": lambda findings: "、".join(assumed_parameters(findings)),
    "explanation_zh": lambda findings: " ".join(finding["explanation_zh"] for finding in findings),
}
"""Columns of the flat rows that sum up a ticket's findings."""


def write_parquet(flat: pl.DataFrame, path: Path) -> int:
    """The flat rows with types."""
    flat.write_parquet(path, compression="zstd")
    return flat.height


def write_csv(flat: pl.DataFrame, path: Path) -> int:
    """The flat rows for spreadsheets: UTF-8 with BOM, CRLF, long digits with a trailing tab (spreadsheet_text.py)."""
    write_spreadsheet_csv(flat, path)
    return flat.height


def write_spreadsheet_csv(frame: pl.DataFrame, path: Path) -> None:
    """A frame for spreadsheets: UTF-8 with BOM, CRLF, texts as spreadsheet_text.py protects them."""
    protected_columns(frame).write_csv(path, include_bom=True, line_terminator="\r\n", date_format="%Y-%m-%d")


def rejected_rows(home: Home, deliveries: Iterable[Delivery], refused: pl.DataFrame | None = None) -> pl.DataFrame:
    """Rows set aside of these deliveries with their reasons: feed, then the columns of contract rejected_rows_csv.

    `refused`: reports about tickets that were read but not taken (feed, file, line, column, code, row; its codes are those
    of rules/tickets/refusals.py). `row` is there only for civil affairs' own lists, which those are; of other departments'
    rows nothing but the masked number was kept.
    """
    frames = [
        set_aside_rows(home, delivery).with_columns(
            pl.lit(delivery.file.feed).alias("feed"), pl.lit(delivery.file.shown).alias("file")
        )
        for delivery in deliveries
        if delivery.set_aside
    ]
    names = ("feed", *table_schema("rejected_rows_csv"))
    rows = pl.concat([pl.DataFrame(schema={**SET_ASIDE_SCHEMA, "feed": pl.String, "file": pl.String}), *frames])
    described = [_with_reasons(rows, {code: (reason.zh, reason.en) for code, reason in ROW_REASONS.items()})]
    if refused is not None:
        unmasked = refused.with_columns(pl.lit(None, dtype=pl.String).alias("person_masked"))
        described.append(_with_reasons(unmasked, REFUSALS))
    return pl.concat([part.select(names) for part in described]).sort(
        "feed", "file", "line", "column", "code", nulls_last=False
    )


def _with_reasons(rows: pl.DataFrame, words: Mapping[str, tuple[str, str]]) -> pl.DataFrame:
    """Each code in both languages; a code without words stands for itself."""
    code = pl.col("code")
    zh, en = ({code: both[at] for code, both in words.items()} for at in (0, 1))
    return rows.with_columns(
        code.replace_strict(zh, default=code, return_dtype=pl.String).alias("reason_zh"),
        code.replace_strict(en, default=code, return_dtype=pl.String).alias("reason_en"),
    )


def write_rejected(rows: pl.DataFrame, folder: Path) -> dict[str, int]:
    """`<feed>.csv` for each feed with rows set aside; returns rows by file name. `rows` comes from `rejected_rows`."""
    written: dict[str, int] = {}
    for (feed,), part in sorted(rows.partition_by("feed", as_dict=True).items()):
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{feed}.csv"
        write_spreadsheet_csv(part.drop("feed"), folder / name)
        written[name] = part.height
    return written
