"""One piece of a file → typed rows with the first fault of each, by the contract."""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl

from assets.reading import identity
from assets.reading.distinct import typed_once
from assets.reading.pieces import FAULT, LINE
from assets.reading.typed_files import typed_directly
from data_contracts import Contract
from data_contracts.derive.pandera_alone import pandera_polars
from data_contracts.derive.schemas import pandera_schema, stored_type

CODE: Final = "__code"
COLUMN: Final = "__column"


def typed_rows(piece: pl.DataFrame, matched: dict[str, str], contract: Contract, data_on: dt.date) -> pl.DataFrame:
    """Typed columns of the contract plus LINE, CODE (first reason code or null) and COLUMN (canonical name or null).

    Optional columns that the file lacks come out empty (or with the contract's default).
    """
    source = {name: header for header, name in matched.items()}
    values: dict[str, pl.Series] = {LINE: piece[LINE]}
    faults: list[tuple[str, pl.Series]] = [("", piece[FAULT])]
    for column in contract.columns:
        header = source.get(column.name)
        raw = pl.repeat(None, piece.height, dtype=pl.String, eager=True) if header is None else piece[header]
        cells = typed_directly(raw, column) or typed_once(raw, column, data_on)
        values[column.stored_as] = cells.values.cast(stored_type(column))
        if cells.faults is not None and cells.faults.null_count() < piece.height:
            faults.append((column.name, cells.faults))
    frame = pl.DataFrame(values)
    faults += _identity_conflicts(frame, contract)
    frame = _first_faults(frame, faults)
    return _contract_faults(frame, contract)


def _identity_conflicts(frame: pl.DataFrame, contract: Contract) -> list[tuple[str, pl.Series]]:
    """A number that disagrees with the row's birth date or sex, where the row gives one (GB 11643; spec page 2)."""
    names = {column.name for column in contract.columns}
    if not {"person_id", "birth_date", "sex"} <= names:
        return []
    number, born = pl.col("person_id"), pl.col("birth_date")
    # A number that is none has its own fault, which comes first.
    digits = number.str.slice(6, 8).cast(pl.Int32, strict=False)
    day = born.dt.year() * 10_000 + born.dt.month().cast(pl.Int32) * 100 + born.dt.day()
    birth = pl.when(digits != day).then(pl.lit("id_birth_mismatch"))
    known_sex = pl.col("sex").is_in(["1", "2"])
    sex = pl.when(known_sex & (identity.is_male(number) != (pl.col("sex") == "1"))).then(pl.lit("id_sex_mismatch"))
    result = frame.select(birth.alias("birth_date"), sex.alias("sex"))
    return [("birth_date", result["birth_date"]), ("sex", result["sex"])]


def _first_faults(frame: pl.DataFrame, faults: list[tuple[str, pl.Series]]) -> pl.DataFrame:
    """CODE and COLUMN of the first fault in contract order; faults of the whole line come first."""
    none = pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
    codes, columns = none.alias(CODE), none.alias(COLUMN)
    for name, series in reversed(faults):  # few rows have any
        faulty = series.is_not_null().arg_true()
        codes.scatter(faulty, series.gather(faulty))
        columns.scatter(faulty, name)
    return frame.hstack([codes, columns])


def _contract_faults(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Adds the faults that pandera finds; of two faults of a row the one of the earlier column is told.

    Its failure cases hold cell values: only row numbers leave here.
    """
    try:
        pandera_schema(contract.name).validate(frame, lazy=True)
    except pandera_polars().errors.SchemaErrors as errors:
        cases = errors.failure_cases
    else:
        return frame
    order = {column.stored_as: index for index, column in enumerate(contract.columns)}
    names = {column.stored_as: column.name for column in contract.columns}
    first = (
        cases.select("index", "column", "check")
        .filter(pl.col("index").is_not_null())
        .with_columns(order=pl.col("column").replace_strict(order, return_dtype=pl.Int32))
        .sort("index", "order")
        .unique("index", keep="first", maintain_order=True)
        .select(
            pl.col("index").cast(pl.Int64).alias("__row"),
            # pandera's own name for an empty required cell
            pl.col("check").replace({"not_nullable": "missing_value"}).alias("__contract_code"),
            pl.col("column").replace_strict(names, return_dtype=pl.String).alias("__contract_column"),
            pl.col("order").alias("__contract_place"),
        )
    )
    places = {"": -1} | {column.name: index for index, column in enumerate(contract.columns)}
    rows = first["__row"]
    place = frame[COLUMN].gather(rows).replace_strict(places, return_dtype=pl.Int32)
    earlier = first.filter(place.is_null() | (first["__contract_place"] < place))
    codes = frame[CODE].scatter(earlier["__row"], earlier["__contract_code"])
    columns = frame[COLUMN].scatter(earlier["__row"], earlier["__contract_column"])
    return frame.with_columns(codes, columns)
