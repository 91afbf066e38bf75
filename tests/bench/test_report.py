"""The tables, and where they are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.report import END, START, Left, Measured, Report, Size, markdown, write_docs


def took(seconds: float, mib: float = 1024) -> Measured:
    return Measured({"seconds": seconds}, {"seconds": 2 * seconds}, mib)


def size(persons: int = 1_000_000, ours: float = 3.0, *, is_earlier: bool = False, published: bool = True) -> Size:
    stages = {"deliveries": 1.0, **({"published": 4.0} if published else {})}
    files = Measured(stages, {stage: seconds / 2 for stage, seconds in stages.items()}, 2048)
    engines = {"duckdb": took(ours), "pandas": took(20, 3072), "bare": took(2, 512)}
    return Size(persons, 5_000_000, 4_000_000, 17, files, is_earlier, engines)


def report(*sizes: Size, county: float | None = 9.0) -> Report:
    return Report(1, "2 cores", sizes or (size(),), None if county is None else took(county))


def test_the_ratio_is_to_the_bare_statement_of_the_same_size() -> None:
    text = markdown(report(size(10_000, ours=8.0), size(ours=3.0)))
    assert "| 10,000 | 守望 program, DuckDB | 8.00 | 16.00 | 4.00 | 4.00 | 1.00 | 0.500 |" in text
    assert "| 1,000,000 | 守望 program, DuckDB | 3.00 | 6.00 | 1.50 | 1.50 | 1.00 | 1.333 |" in text
    assert "| 1,000,000 | pandas | 20.00 | 40.00 | 10.00 | 10.00 | 3.00 | 0.200 |" in text


def test_without_the_bare_statement_there_is_no_ratio() -> None:
    alone = size()
    del alone.engines["bare"]
    assert "| 1,000,000 | pandas | 20.00 | 40.00 | – | – | 3.00 | 0.200 |" in markdown(report(alone))


def test_an_engine_left_out_has_its_line_and_its_reason() -> None:
    large = size(10_000_000)
    large.engines["pandas"] = Left("内存恐放不下", "might not fit")
    assert "| 10,000,000 | pandas | 未测 / not measured: 内存恐放不下 / might not fit | | | | | |" in markdown(
        report(large)
    )


def test_publication_is_not_part_of_files_to_tickets_and_may_be_left_out() -> None:
    text = markdown(report(size(10_000), size(10_000_000, published=False, is_earlier=True)))
    assert "| 阶段 stage | 10,000 | 10,000,000 * |" in text
    assert "| published | 4.00 (2.00) | – |" in text
    assert "| 合计 all | 5.00 (2.50) | 1.00 (0.50) |" in text
    assert "| 不计发布 without publication | 1.0 s, 5.000 M rows/s | 1.0 s, 5.000 M rows/s |" in text
    assert "earlier run" in text
    assert "earlier run" not in markdown(report())


def test_a_missed_target_is_said_so_and_one_of_another_size_is_not_judged() -> None:
    assert markdown(report()).count("达到 / met") == 3
    assert markdown(report(size(ours=4.2), county=10.5)).count("未达到") == 2
    assert "target" not in markdown(report(size(3_000, ours=9.0), county=None))


def test_a_million_and_ten_million_persons_have_their_own_targets() -> None:
    text = markdown(report(size(ours=3.2), size(10_000_000, ours=3.2)))
    assert "| 1,000,000 人行到疑点 rows to findings ≤ 2 × SQL (CPU) | 1.60 (1.60) | 达到 / met |" in text
    assert "| 10,000,000 人行到疑点 rows to findings ≤ 1.5 × SQL (CPU) | 1.60 (1.60) | 未达到 / not met |" in text
    assert "| 10,000,000 人内存 memory ≤ 6 GiB | 2.00 GiB | 达到 / met |" in text


def test_only_what_is_between_the_markers_is_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    (tmp_path / "pictures").mkdir()
    path.write_text(f"before\n{START}\nold\n{END}\nafter\n", encoding="utf-8")
    write_docs(tmp_path, report())
    text = path.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert "bare statement" in text
    assert "](pictures/bench.svg)" in text
    assert (tmp_path / "pictures" / "bench.svg").read_text(encoding="utf-8").startswith("<svg")


def test_a_page_without_markers_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    path.write_text("by hand", encoding="utf-8")
    with pytest.raises(ValueError, match=r"performance\.md"):
        write_docs(tmp_path, report())
    assert path.read_text(encoding="utf-8") == "by hand"
    assert list(tmp_path.iterdir()) == [path]
