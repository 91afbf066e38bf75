"""Which files of the policy folder are read, and that the others are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy.policy import ignored_files, yaml_files


@pytest.mark.parametrize("name", ["360202.yaml", "360202.yml", "360202.YML", "360202.Yaml"])
def test_yaml_of_any_spelling_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("area: '360202'\n", encoding="utf-8")
    assert [path.name for path in yaml_files(tmp_path)] == [name]
    assert ignored_files(tmp_path) == []


def test_anything_else_is_named_as_ignored(tmp_path: Path) -> None:
    assert ignored_files(tmp_path / "absent") == []
    (tmp_path / "calendar").mkdir()
    (tmp_path / "旧").mkdir()
    for name in (
        "360202.yaml",
        "360202.yaml.bak",
        "标准.docx",
        ".360202.yaml.swp",
        "calendar/2027.yaml",
        "calendar/2027.txt",
    ):
        (tmp_path / name).write_text("x", encoding="utf-8")
    assert ignored_files(tmp_path) == [".360202.yaml.swp", "360202.yaml.bak", "calendar/2027.txt", "旧", "标准.docx"]
