"""Files: names, headers, dialects, and what is wrong with some of them."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from data_contracts import feed_contract, feed_contracts
from sample import FileTruth, SampleSummary
from sample.plan import FEEDS

NAME = re.compile(r"^(\d{2}|\d{4}|\d{6})_\d{8}(_\d+)?\.(csv|xlsx|parquet|jsonl)$")


def text_of(path: Path) -> str:
    """A CSV file's text in whichever encoding it has; bytes broken on purpose become U+FFFD."""
    data = path.read_bytes()
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:].decode("utf-8", errors="replace")
    as_utf8 = data.decode("utf-8", errors="replace")
    # A few broken bytes are damage; thousands are another encoding.
    return as_utf8 if as_utf8.count("\ufffd") < 500 else data.decode("gb18030", errors="replace")


def headers_of(path: Path) -> list[str]:
    """The first line of a CSV or Excel file, or the keys of the first JSON object."""
    if path.suffix == ".xlsx":
        return [cell.value for cell in next(load_workbook(path, read_only=True).active.iter_rows())]
    if path.suffix == ".jsonl":
        return list(json.loads(path.open(encoding="utf-8").readline()))
    return text_of(path).splitlines()[0].split(",")


def rows_of(path: Path) -> int:
    """Data rows of a file."""
    if path.suffix == ".xlsx":
        return sum(1 for _ in load_workbook(path, read_only=True).active.iter_rows()) - 1
    return len(text_of(path).splitlines()) - (path.suffix == ".csv")


def test_every_feed_of_the_departments_is_there_under_agreed_names(mixed: SampleSummary) -> None:
    assert {path.name for path in mixed.out.iterdir()} == set(FEEDS)
    returned = {name for name, contract in feed_contracts().items() if contract.subject == "ticket"}
    assert set(feed_contracts()) - set(FEEDS) == returned
    assert all(NAME.match(Path(file.path).name) for file in mixed.files)
    assert {file.path for file in mixed.files} == {str(p.relative_to(mixed.out)) for p in mixed.out.rglob("*.*")}


def test_headers_come_from_the_contracts(mixed: SampleSummary) -> None:
    for file in mixed.files:
        if file.path.endswith("parquet"):
            continue
        headers = headers_of(mixed.out / file.path)
        assert len(headers) == len(set(headers)), file.path
        columns = feed_contract(file.feed).columns
        missing = [column.name for column in columns if not set(column.headers) & set(headers)]
        assert missing == (["declared_on"] if "without the required column" in file.why else []), file.path


def test_files_hold_the_rows_the_truth_says(mixed: SampleSummary) -> None:
    for file in mixed.files:
        if not file.path.endswith("parquet") and "truncated" not in file.why:
            assert rows_of(mixed.out / file.path) == file.rows, file.path


def test_all_forms_and_dialects_occur(mixed: SampleSummary) -> None:
    paths = [mixed.out / file.path for file in mixed.files]
    assert {path.suffix for path in paths} == {".csv", ".xlsx", ".jsonl", ".parquet"}
    data = [path.read_bytes() for path in paths if path.suffix == ".csv"]
    assert any(text.startswith(b"\xef\xbb\xbf") for text in data)
    assert any("公民身份号码".encode("gb18030") in text for text in data)
    assert any("公民身份号码".encode() in text for text in data)
    assert any(text.count(b"\r\n") > 100 for text in data)
    assert any(b"\r\n" not in text for text in data)
    assert any(b"person_id" in text[:200] for text in data)


@pytest.mark.parametrize(
    "sign",
    ["年", "/", "元", "'15", "x,", "１５０６２６", '"1,', "\u3000", "蒙K·", "E+17", "2026-02-30", "不详"],
)
def test_spellings_of_page_two_occur(mixed: SampleSummary, sign: str) -> None:
    texts = [text_of(mixed.out / f.path) for f in mixed.files if f.path.endswith(("csv", "jsonl"))]
    assert any(sign in text for text in texts)


def test_fifteen_digit_numbers_and_excel_serials_occur(mixed: SampleSummary) -> None:
    texts = [text_of(mixed.out / file.path) for file in mixed.files if file.path.endswith("csv")]
    assert any(re.search(r"(?<!\d)\d{15}(?!\d)", text) for text in texts)
    assert any(re.search(r",4[0-6]\d{3},", text) for text in texts)


def test_excel_holds_real_dates_numbers_and_rounded_identity_numbers(mixed: SampleSummary) -> None:
    path = next(f.path for f in mixed.files if f.path.startswith("assistance_roster") and f.path.endswith("xlsx"))
    rows = list(load_workbook(mixed.out / path, read_only=True).active.iter_rows(min_row=2, values_only=True))
    kinds = {type(cell).__name__ for row in rows for cell in row}
    assert {"str", "int", "datetime"} <= kinds
    assert any(isinstance(row[2], int | float) for row in rows)  # applicant_id as a number


def accepted(file: FileTruth) -> bool:
    """Whether the file must be taken."""
    return file.expect.startswith("accepted")


def test_each_way_to_fail_is_there(mixed: SampleSummary) -> None:
    reasons = " ".join(file.why for file in mixed.files)
    for word in (
        "truncated",
        "six per cent",
        "duplicate",
        "another data date",
        "late",
        "replaces",
        "unreadable",
        "tie",
    ):
        assert word in reasons
    assert {"accepted_with_errors", "rejected", "duplicate"} <= {file.expect for file in mixed.files}


def test_every_refused_file_stands_beside_an_accepted_one(mixed: SampleSummary) -> None:
    for file in mixed.files:
        beside = [f for f in mixed.files if accepted(f) and (f.feed, f.area) == (file.feed, file.area)]
        assert any(f.data_date <= file.data_date for f in beside), file.path


def test_snapshots_and_dated_increments_are_fresh(mixed: SampleSummary) -> None:
    for feed in FEEDS:
        newest = max(f.data_date for f in mixed.files if f.feed == feed and accepted(f) and not f.thinned)
        limit = feed_contract(feed).stale_after_days
        assert newest <= mixed.as_of
        assert limit is None or mixed.as_of - newest <= timedelta(days=limit)


def test_bad_rows_stay_below_the_limit_except_where_the_file_is_to_be_rejected(mixed: SampleSummary) -> None:
    for file in mixed.files:
        share = sum(file.damaged.values()) / file.rows
        assert share > 0.05 if "six per cent" in file.why else share < 0.02, file.path


def test_the_truncated_file_ends_in_mid_row_and_copies_have_the_same_bytes(mixed: SampleSummary) -> None:
    cut = next(file for file in mixed.files if "truncated" in file.why)
    assert not (mixed.out / cut.path).read_bytes().endswith(b"\n")
    for word in ("duplicate", "another data date"):
        copy = next(file for file in mixed.files if word in file.why)
        same = [f.path for f in mixed.files if f.feed == copy.feed and digest(mixed, f) == digest(mixed, copy)]
        assert len(same) == 2


def digest(summary: SampleSummary, file: FileTruth) -> str:
    """SHA-256 of one file."""
    return hashlib.sha256((summary.out / file.path).read_bytes()).hexdigest()
