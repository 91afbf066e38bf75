"""Machine-readable files: what a program reads, what a spreadsheet leaves alone, same bytes twice."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.publication import files
from assets.publication.inputs import Inputs
from assets.publication.spreadsheet_text import protected, protected_columns
from rules.tickets.refusals import REASONS

Objects = list[dict[str, Any]]


def test_jsonl_holds_every_object_by_ticket_number(objects: Objects, tmp_path: Path) -> None:
    path = tmp_path / "tickets.jsonl"
    assert files.write_jsonl(objects, path) == 3
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines == sorted(objects, key=lambda o: o["ticket_id"])
    assert "王秀英" in path.read_text(encoding="utf-8")


def test_jsonl_keeps_the_digits_of_decimals(objects: Objects, tmp_path: Path) -> None:
    objects[1]["findings"][1]["observed"] = Decimal("36000.50")
    files.write_jsonl(objects, tmp_path / "tickets.jsonl")
    assert '"observed": 36000.50,' in (tmp_path / "tickets.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize("value", [float("nan"), Decimal("NaN"), object()])
def test_jsonl_refuses_what_json_cannot_hold(objects: Objects, tmp_path: Path, value: object) -> None:
    objects[1]["overdue_days"] = value
    with pytest.raises((ValueError, TypeError)):
        files.write_jsonl(objects, tmp_path / "tickets.jsonl")


def test_csv_as_a_program_reads_it(objects: Objects, tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    assert files.write_csv(files.flat_tickets(objects), path) == 3
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    first = next(row for row in rows if row["household_id"].strip() == "15062600000000000001")
    assert first["township_code"] == "150626100000"
    assert first["applicant_id_masked"] == "150626********0021"
    assert first["due_on"] == "2027-01-04"
    assert first["rules"] == "undeclared_vehicle;undeclared_earnings"
    assert first["item_count"] == "2"
    assert first["assumed_parameters"] == "豁免的车辆类型"


def test_duckdb_and_polars_find_the_columns_of_the_csv(objects: Objects, tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "tickets.csv"
    files.write_csv(files.flat_tickets(objects), path)
    with duckdb.connect() as connection:
        found = connection.execute(
            "SELECT trim(CAST(township_code AS VARCHAR), ' ' || chr(9)) FROM read_csv(?) ORDER BY ticket_id",
            [str(path)],
        ).fetchall()
    assert found[-1] == ("150626101000",)
    assert pl.read_csv(path, infer_schema=False).height == 3


def test_no_cell_of_the_csv_is_a_bare_long_number(objects: Objects, tmp_path: Path) -> None:
    files.write_csv(files.flat_tickets(objects), tmp_path / "tickets.csv")
    with (tmp_path / "tickets.csv").open(encoding="utf-8-sig", newline="") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert not [cell for cell in cells if cell.isdigit() and len(cell) > 15]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("150626100000", "150626100000"),
        ("110105199001011234", "110105199001011234\t"),
        ("15062619700304002X", "15062619700304002X"),
        ("0012", "0012\t"),
        ("12E5", "12E5\t"),
        ("150626", "150626"),
        ("=1+1", "'=1+1"),
        ("+86", "'+86"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1+1", "'＝1+1"),
        ("\t=1", "'\t=1"),
        ("一行\r\n两行", "一行 两行"),
        ("", ""),
    ],
)
def test_cells_a_spreadsheet_would_change(text: str, shown: str) -> None:
    assert protected(text) == shown
    assert protected_columns(pl.DataFrame({"a": [text, None]}))["a"].to_list() == [shown, None]


def test_parquet_has_the_types_of_the_contract(objects: Objects, tmp_path: Path) -> None:
    path = tmp_path / "tickets.parquet"
    assert files.write_parquet(files.flat_tickets(objects), path) == 3
    frame = pl.read_parquet(path)
    assert frame["due_on"].dtype == pl.Date
    assert frame["deadline_provisional"].to_list() == [False, True, False]
    assert frame["ticket_id"].is_sorted()


def test_no_tickets_give_empty_files_with_headers(tmp_path: Path) -> None:
    assert files.write_jsonl([], tmp_path / "t.jsonl") == 0
    assert files.write_csv(files.flat_tickets([]), tmp_path / "t.csv") == 0
    assert files.write_parquet(files.flat_tickets([]), tmp_path / "t.parquet") == 0
    assert (tmp_path / "t.csv").read_text(encoding="utf-8-sig").startswith("ticket_id,as_of,")


Writer = Callable[[Objects, Path], int]


def _flat_csv(objects: Objects, path: Path) -> int:
    return files.write_csv(files.flat_tickets(objects), path)


def _flat_parquet(objects: Objects, path: Path) -> int:
    return files.write_parquet(files.flat_tickets(objects), path)


@pytest.mark.parametrize("write", [files.write_jsonl, _flat_csv, _flat_parquet])
def test_the_same_objects_in_any_order_give_the_same_bytes(objects: Objects, tmp_path: Path, write: Writer) -> None:
    write(objects, tmp_path / "one")
    write(objects[::-1], tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_rows_set_aside_go_back_with_reasons_and_without_others_content(inputs: Inputs, tmp_path: Path) -> None:
    written = files.write_rejected(inputs.rejected, tmp_path / "rejected")
    assert written == {"household_members.csv": 1, "tax.csv": 2}
    with (tmp_path / "rejected" / "tax.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows[0]["line"] == "2"
    assert rows[0]["reason_zh"] == "身份号码校验码错误"
    assert {row["row"] for row in rows} == {""}
    own = (tmp_path / "rejected" / "household_members.csv").read_text(encoding="utf-8-sig")
    assert "HYPERLINK" in own
    assert "150626197003040022" in own


def test_nothing_set_aside_gives_no_file(inputs: Inputs, tmp_path: Path) -> None:
    assert files.write_rejected(files.rejected_rows(inputs.home, []), tmp_path / "rejected") == {}
    assert not (tmp_path / "rejected").exists()


def test_reports_that_were_not_taken_go_back_whole_with_what_to_do(inputs: Inputs, tmp_path: Path) -> None:
    rows = [
        ("objections", "objections/150626100000_20261118.csv", 9, None, "unknown_item", '{"item_no": 9}'),
        ("objections", "objections/150626100000_20261118.csv", 2, None, "in_future", '{"item_no": 1}'),
        ("ticket_outcomes", "ticket_outcomes/150626_20261118.xlsx", 3, None, "a_code_of_tomorrow", "{}"),
    ]
    refused = pl.DataFrame(rows, schema=["feed", "file", "line", "column", "code", "row"], orient="row")
    frame = files.rejected_rows(inputs.home, inputs.stock.deliveries.values(), refused)
    assert frame.columns == inputs.rejected.columns
    assert frame.filter(pl.col("feed").is_in(["tax", "household_members"])).equals(inputs.rejected)
    files.write_rejected(frame, tmp_path / "rejected")
    with (tmp_path / "rejected" / "objections.csv").open(encoding="utf-8-sig", newline="") as stream:
        sent_back = list(csv.DictReader(stream))
    assert [(row["line"], row["code"], row["row"]) for row in sent_back] == [
        ("2", "in_future", '{"item_no": 1}'),
        ("9", "unknown_item", '{"item_no": 9}'),
    ]
    assert [row["reason_zh"] for row in sent_back] == [REASONS["in_future"][0], REASONS["unknown_item"][0]]
    assert sent_back[0]["reason_en"] == REASONS["in_future"][1]
    assert frame.filter(pl.col("feed") == "ticket_outcomes")["reason_zh"].to_list() == ["a_code_of_tomorrow"]


def test_the_schema_lies_beside_the_tickets(tmp_path: Path) -> None:
    files.write_schema(tmp_path / "tickets.schema.json")
    schema = json.loads((tmp_path / "tickets.schema.json").read_text(encoding="utf-8"))
    assert schema["required"][0] == "ticket_id"
