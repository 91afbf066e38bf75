"""The table, and where it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.report import END, START, Measured, Report, markdown, write_docs


def report(stage: float = 3.0, county: float = 9.0) -> Report:
    one = {"seconds": 2.0}
    whole = Measured({"deliveries": 1.0, "published": 4.0}, {"deliveries": 0.5, "published": 2.0}, 2048)
    bare, pandas = Measured(one, one, 512), Measured({"seconds": 20.0}, {"seconds": 20.0}, 3072)
    return Report(
        1000, 1, "2 cores", 5_000_000, 4_000_000, 17, whole, Measured({"seconds": stage}, {"seconds": stage}, 1024), bare,
        pandas, Measured({"seconds": county}, {"seconds": county}, 256),
    )  # fmt: skip


def test_the_ratio_is_to_the_bare_statement() -> None:
    text = markdown(report())
    assert "| 守望 program (registers, facts, findings) | 3.00 | 3.00 | 1.50 | 1.50 | 1.00 | 1.33 |" in text
    assert "| pandas | 20.00 | 20.00 | 10.00 | 10.00 | 3.00 | 0.20 |" in text


def test_publication_is_not_part_of_files_to_tickets() -> None:
    assert "files to tickets 1.0 s, 5.00 M rows/s, peak 2.00 GiB" in markdown(report())


def test_a_missed_target_is_said_so() -> None:
    assert markdown(report()).count("未达到") == 0
    assert markdown(report(stage=4.2, county=10.5)).count("未达到") == 2


def test_only_what_is_between_the_markers_is_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    path.write_text(f"before\n{START}\nold\n{END}\nafter\n", encoding="utf-8")
    write_docs(path, report())
    text = path.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert "bare DuckDB statement" in text


def test_a_page_without_markers_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    path.write_text("by hand", encoding="utf-8")
    with pytest.raises(ValueError, match=r"performance\.md"):
        write_docs(path, report())
    assert path.read_text(encoding="utf-8") == "by hand"
