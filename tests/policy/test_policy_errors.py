"""A bad policy file is refused with file, line, what was expected and what to do, in both languages."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from policy.errors import PolicyError
from policy.policy import PolicyBook

HEAD = 'area: "150626"\nlabel: 乌审旗\nparameters:\n'
GOOD = "from: 2026-01-01, basis: 某通知, status: official"


def entry(parameter: str, value: str) -> str:
    """A file with one parameter; the value stands on line 5."""
    return f"{HEAD}  {parameter}:\n    - {{{GOOD}, value: {value}}}\n"


def refused(tmp_path: Path, text: str | bytes, name: str = "150626.yaml") -> PolicyError:
    """Loads a home with the one file and returns the complaint."""
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(PolicyError) as caught:
        PolicyBook.load(tmp_path)
    return caught.value


CASES: dict[str, tuple[str, int, str, str]] = {
    "an unknown parameter": (
        entry("warning.deadline_day", "20"),
        4,
        "不认识的参数",
        "did you mean warning.deadline_days",
    ),
    "a parameter like no other": (entry("zzz", "20"), 4, "不认识的参数", "parameters.py lists them"),
    "an unknown rule's severity": (entry("severity.guesswork", "red"), 4, "不认识的参数", "unknown parameter"),
    "text for a whole number": (entry("warning.deadline_days", "twenty"), 5, "整数", "whole number from 1 to 366"),
    "a quoted whole number": (entry("warning.deadline_days", '"20"'), 5, "整数", "whole number"),
    "a fraction for a whole number": (entry("warning.deadline_days", "20.5"), 5, "整数", "whole number"),
    "an octal number": (entry("warning.deadline_days", "020"), 5, "整数", "whole number"),
    "a deadline of no days": (entry("warning.deadline_days", "0"), 5, "整数", "from 1"),
    "a negative number": (entry("labour.minor_age", "-1"), 5, "整数", "from 0"),
    "a number for a flag": (entry("warning.roll_forward", "1"), 5, "true", "true or false"),
    "a share above one": (entry("income.tolerance_ratio", "1.1"), 5, "数", "at most 1"),
    "a share in per cent": (entry("income.tolerance_ratio", "10%"), 5, "数", "a number"),
    "a share finer than we compute": (entry("income.tolerance_ratio", "0.12345"), 5, "4 位", "up to 4 decimals"),
    "not a number": (entry("income.tolerance_ratio", ".nan"), 5, "数", "a number"),
    "an unknown unit": (entry("warning.deadline_unit", "weeks"), 5, "其中之一", "calendar_days, working_days"),
    "an unknown owner": (entry("warning.owner", "village"), 5, "其中之一", "township, county"),
    "an unknown severity": (entry("severity.unsafe_water", "green"), 5, "其中之一", "red, orange, yellow, blue"),
    "one standard for all": (entry("standard.dibao", "815"), 5, "键值表", "urban, rural"),
    "half a standard": (entry("standard.dibao", "{urban: 815}"), 5, "全部列出", "all of urban, rural"),
    "a standard of nothing": (entry("standard.dibao", "{urban: 0, rural: 1}"), 5, "大于", "above 0"),
    "a standard finer than fen": (entry("standard.dibao", "{urban: 1.001, rural: 1}"), 5, "2 位", "up to 2 decimals"),
    "a third kind of household": (
        entry("standard.dibao", "{urban: 1, rural: 1, suburb: 1}"),
        5,
        "键值表",
        "urban, rural",
    ),
    "a standard named twice": (entry("standard.dibao", "{urban: 1, rural: 1, urban: 2}"), 5, "重复", "appears twice"),
    "an unknown programme": (entry("income.limit_factor", "{低保户: 1}"), 5, "键值表", "a mapping"),
    "a factor of nothing": (entry("income.limit_factor", "{低保: 0}"), 5, "大于", "above 0"),
    "a code for a list": (entry("vehicle.exempt_types", "M"), 5, "列表", "a list"),
    "an empty beginning": (entry("vehicle.exempt_types", '[M, ""]'), 5, "列表", "a list"),
    "a code listed twice": (entry("vehicle.exempt_types", "[M, M]"), 5, "不重复", "without repeats"),
    "an unknown income item": (entry("income.counted_items", "[工资]"), 5, "列表", "a list"),
    "an unknown usage": (entry("property.counted_usages", "[住宅, 别墅]"), 5, "列表", "a list"),
    "the city before the county": (
        entry("supervision.escalate_days", "{county: 10, city: 9}"),
        5,
        "后一级不小于前一级",
        "none smaller than the one before",
    ),
    "the county alone": (entry("supervision.escalate_days", "{county: 5}"), 5, "全部列出", "all of county, city"),
    "half a day": (
        entry("supervision.escalate_days", "{county: 5.5, city: 9}"),
        5,
        "整数",
        "a whole number at least 1",
    ),
    "escalated before it is late": (
        entry("supervision.escalate_days", "{county: 0, city: 9}"),
        5,
        "整数",
        "at least 1",
    ),
    "more than all re-checked": (entry("recheck.share", "1.5"), 5, "数", "at most 1"),
    "a brake below the usual": (entry("brake.times_usual", "0.9"), 5, "不小于 1", "at least 1"),
    "more check dates than are looked at": (entry("brake.min_checks", "13"), 5, "1 至 12", "from 1 to 12"),
    "one floor for both directions": (entry("shadow.floor", "0.2"), 5, "键值表", "any of verify, help"),
    "a floor in per cent": (entry("shadow.floor", "{verify: 20}"), 5, "键值表", "at most 1"),
    "no value": (entry("warning.deadline_days", "null"), 5, "缺少“value”", "'value' is missing"),
    "no list of values": (f"{HEAD}  warning.deadline_days: 20\n", 4, "列表", "a list"),
    "an empty list of values": (f"{HEAD}  warning.deadline_days: []\n", 4, "没有值", "has no value"),
    "a missing basis": (
        f"{HEAD}  warning.owner:\n    - {{from: 2026-01-01, value: county, status: local}}\n",
        5,
        "缺少“basis”",
        "'basis' is missing: add it",
    ),
    "a blank basis": (
        f'{HEAD}  warning.owner:\n    - from: 2026-01-01\n      value: county\n      basis: " "\n      status: local\n',
        7,
        "不能为空",
        "not blank",
    ),
    "a missing day": (
        f"{HEAD}  warning.owner:\n    - {{value: county, basis: 某通知, status: local}}\n",
        5,
        "缺少“from”",
        "'from' is missing",
    ),
    "an unknown status": (
        f"{HEAD}  warning.owner:\n    - {{from: 2026-01-01, value: county, basis: 某通知, status: sure}}\n",
        5,
        "official, local, assumed",
        "unknown status 'sure'",
    ),
    "a day that does not exist": (
        f"{HEAD}  warning.owner:\n    - {{from: 2026-02-30, value: county, basis: 某通知, status: local}}\n",
        5,
        "YYYY-MM-DD",
        "existing day",
    ),
    "a day written another way": (
        f"{HEAD}  warning.owner:\n    - {{from: 2026/02/03, value: county, basis: 某通知, status: local}}\n",
        5,
        "YYYY-MM-DD",
        "existing day",
    ),
    "a word too many in a value": (
        f"{HEAD}  warning.owner:\n    - {{{GOOD}, value: county, until: 2027-01-01}}\n",
        5,
        "不认识“until”",
        "unknown key 'until'",
    ),
    "a word too many in the file": (f"{HEAD}  {{}}\nnote: x\n", 5, "不认识“note”", "unknown key 'note'"),
    "two values from one day": (
        f"{HEAD}  warning.owner:\n    - {{{GOOD}, value: county}}\n    - {{{GOOD}, value: township}}\n",
        6,
        "请只留一个",
        "keep one",
    ),
    "a parameter named twice": (
        f"{HEAD}  warning.owner:\n    - {{{GOOD}, value: county}}\n  warning.owner:\n    - {{{GOOD}, value: county}}\n",
        6,
        "重复",
        "first on line 4",
    ),
    "a missing area": ("label: x\nparameters: {}\n", 1, "缺少“area”", "'area' is missing"),
    "an area of five digits": ('label: x\narea: "15062"\nparameters: {}\n', 2, "6 位", "2, 4 or 6 digits"),
    "an area that is not the file's": ('area: "150627"\nparameters: {}\n', 1, "文件名", "the file is named"),
    "no parameters": ('area: "150626"\n', 1, "缺少“parameters”", "'parameters' is missing"),
    "an empty file": ("", 1, "文件为空", "the file is empty"),
    "a list instead": ("- area\n", 1, "键: 值", "key: value"),
    "a bracket left open": (f"{HEAD}  warning.owner:\n    - {{from: 2026-01-01\n", 6, "YAML", "not valid YAML"),
    "a tab for indentation": (f"{HEAD}\twarning.owner: x\n", 4, "YAML", "not valid YAML"),
    "a second document": (f"{HEAD}  {{}}\n---\nx: 1\n", 5, "YAML", "not valid YAML"),
    "a control character": (f"{HEAD}  {{}}\n# \x07\n", 5, "控制字符", "control character"),
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_is_refused_with_file_and_line(tmp_path: Path, case: str) -> None:
    text, line, zh, en = CASES[case]
    error = refused(tmp_path, text)
    (problem,) = error.problems
    assert (problem.file, problem.line) == (str(tmp_path / "150626.yaml"), line)
    assert zh in problem.zh
    assert en in problem.en
    assert f"150626.yaml:{line}: " in str(error)


def test_chinese_saved_as_gb18030_is_refused_at_its_line(tmp_path: Path) -> None:
    error = refused(tmp_path, 'area: "150626"\nlabel: 乌审旗\nparameters: {}\n'.encode("gb18030"))
    assert [(p.line, "UTF-8" in p.en) for p in error.problems] == [(2, True)]


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    text = entry("warning.deadline_days", "15").replace("\n", "\r\n")
    (tmp_path / "150626.yaml").write_bytes(text.encode("utf-8-sig"))
    value = PolicyBook.load(tmp_path).resolve("150626", "warning.deadline_days", date(2026, 1, 1))
    assert value is not None
    assert value.whole() == 15


def test_two_files_of_one_layer_with_one_day_are_refused_naming_both(tmp_path: Path) -> None:
    (tmp_path / "150626.yaml").write_text(entry("warning.owner", "county"), encoding="utf-8")
    error = refused(tmp_path, entry("warning.owner", "county"), "more.yaml")
    (problem,) = error.problems
    assert (problem.file, problem.line) == (str(tmp_path / "more.yaml"), 5)
    assert "150626.yaml:5" in problem.en


def test_every_mistake_of_every_file_is_named_at_once(tmp_path: Path) -> None:
    bad = (
        f"{HEAD}  warning.owner:\n    - {{{GOOD}, value: village}}\n  warning.ownr:\n    - {{{GOOD}, value: county}}\n"
    )
    (tmp_path / "1506.yaml").write_text("oops", encoding="utf-8")
    error = refused(tmp_path, bad)
    assert [(Path(p.file).name, p.line) for p in error.problems] == [
        ("1506.yaml", 1),
        ("150626.yaml", 5),
        ("150626.yaml", 6),
    ]


def test_hidden_files_and_other_endings_are_no_policy(tmp_path: Path) -> None:
    for name in (".150626.yaml", "150626.yaml~", "README.md"):
        (tmp_path / name).write_text("oops", encoding="utf-8")
    assert PolicyBook.load(tmp_path).areas()


def test_aliases_cannot_blow_up_a_file(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{c}: &{c} [*{p}, *{p}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True))
    assert refused(tmp_path, bomb).problems[0].line == 1
