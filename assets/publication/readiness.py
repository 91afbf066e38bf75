"""Readiness workbooks: which households of a township are not admitted to the silent check, and what is missing.

景德镇 景民字〔2024〕40号 三(三)2. Not admitted says nothing about eligibility; it is a to-do list.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Final

import polars as pl

from assets import masking
from assets.publication.sheets import add_table_sheet, heights_of, new_workbook, protect, set_up
from data_contracts.publications import published
from rules.admission import GAPS

SHEET: Final = "待补材料"
INVALID: Final = "township_invalid"
TO_DO: Final[dict[str, str]] = {
    "no_members": "在家庭成员名单中登记本户在册成员。",
    "members_incomplete": "补登其余保障成员,或更正名册中的保障人数。",
    "applicant_missing": "将申请人登记为在册成员,或更正名册中的申请人。",
    "authorisation_missing": "请本人签署核对授权书并登记(未成年人由监护人签署)。",
    "declaration_missing": "请家庭填报经济状况申报并登记。",
    "township_invalid": "更正乡镇区划代码(12位);代码无误的,请县级登记本地政策参数。",
}
"""What to do about each gap of rules/admission.py."""
WIDTHS: Final = {
    "household_id": 18, "programme": 12, "applicant_name": 11, "applicant_id_masked": 20, "township_code": 15,
    "gap_zh": 26, "person_name": 11, "person": 20, "to_do": 48, "basis": 30,
}  # fmt: skip
CHUNK: Final = 200
"""Townships taken out of the lake at once: bounds memory where tens of thousands of townships report."""


def readiness_rows(
    households: pl.DataFrame, members: pl.DataFrame, gaps: pl.DataFrame, basis: Callable[[str, str], str]
) -> pl.DataFrame:
    """Columns of contract readiness_workbook and `file`, sorted by file, household, order of the gaps, person.

    households: as in the lake; members: household_id, person_id, name; gaps: household_id, gap, person_id (Registers.gaps);
    basis: clauses of a gap in a county, "" where there are none.
    """
    names = members.select("household_id", "person_id", "name").unique(["household_id", "person_id"], keep="any")
    applicants = names.rename({"person_id": "applicant_id", "name": "applicant_name"})
    order = {gap: index for index, gap in enumerate(GAPS)}
    rows = (
        gaps.join(households, on="household_id", how="inner")
        .join(names, on=["household_id", "person_id"], how="left")
        .join(applicants, on=["household_id", "applicant_id"], how="left")
    )
    rows = rows.join(_bases(rows, basis), on=["county", "gap"], how="left")
    file = pl.when("is_township_valid").then("township_code").otherwise(pl.lit(INVALID))
    return (
        rows.select(
            file.alias("file"),
            "household_id",
            pl.col("main_program").alias("programme"),
            masking.text_column(pl.col("applicant_name")),
            masking.number_column(pl.col("applicant_id")).alias("applicant_id_masked"),
            "township_code",
            pl.col("gap")
            .replace_strict({g: zh for g, (zh, _) in GAPS.items()}, return_dtype=pl.String)
            .alias("gap_zh"),
            masking.text_column(pl.col("name")).alias("person_name"),
            pl.when(pl.col("person_id").is_not_null()).then(masking.number_column(pl.col("person_id"))).alias("person"),
            pl.col("gap").replace_strict(TO_DO, return_dtype=pl.String).alias("to_do"),
            "basis",
            pl.col("gap").replace_strict(order, return_dtype=pl.Int32).alias("order"),
            pl.col("person_id").alias("by"),
        )
        .sort("file", "household_id", "order", "by", nulls_last=False)
        .drop("order", "by")
    )


def _bases(rows: pl.DataFrame, basis: Callable[[str, str], str]) -> pl.DataFrame:
    """county, gap, basis (null: none) of the households that have a county."""
    where = rows.filter("is_township_valid").select("county", "gap").unique()
    found = [basis(county, gap) or None for county, gap in where.iter_rows()]
    return where.with_columns(pl.Series("basis", found, dtype=pl.String))


def write_readiness(rows: pl.DataFrame, folder: Path, as_of: dt.date) -> dict[str, int]:
    """`<12 digits>.xlsx` per township and township_invalid.xlsx; returns rows by file name. `rows`: readiness_rows."""
    written: dict[str, int] = {}
    files = rows["file"].unique().sort().to_list()
    for start in range(0, len(files), CHUNK):
        chosen = rows.filter(pl.col("file").is_in(files[start : start + CHUNK]))
        for (file,), part in sorted(chosen.partition_by("file", as_dict=True).items()):
            folder.mkdir(parents=True, exist_ok=True)
            _write(part.drop("file"), folder / f"{file}.xlsx", str(file), as_of)
            written[f"{file}.xlsx"] = part.height
    return written


def _write(rows: pl.DataFrame, path: Path, township: str, as_of: dt.date) -> None:
    shown = "乡镇代码无效的家庭" if township == INVALID else township
    columns = published("readiness_workbook").columns
    with new_workbook(path, f"{shown} 静默核对待补材料 {as_of}", as_of) as (book, styles):
        sheet = add_table_sheet(book, SHEET)
        set_up(sheet, columns, WIDTHS, styles)
        values = rows.select([c.name for c in columns]).to_dict(as_series=False)
        sheet.write_rows(list(values.values()), heights_of(values, WIDTHS), styles)
        sheet.autofilter(0, 0, max(1, rows.height), len(columns) - 1)
        sheet.fit_to_pages(1, 0)
        sheet.set_header(f"&L{shown} 静默核对待补材料(与是否符合救助条件无关)&R核对日期 {as_of}")
        protect(sheet)
