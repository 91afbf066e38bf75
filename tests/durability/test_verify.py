"""`shouwang verify` names the very file that was changed, whatever was changed, and stumbles over nothing."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from durability.tiny_county import FIRST, SECOND, THIRD, check, contents

from assets import audit
from assets.errors import CheckStoppedError
from assets.home import Home
from assets.publication.publish import publish_folder
from pipelines.cli import main
from pipelines.commands.verify import verify

BYTES_A_FILE = 6
BYTES_OF_A_MANIFEST = 100
MANIFEST = f"published/{FIRST}/manifest.json"


def problems(root: Path) -> list[tuple[str, str]]:
    return [(problem.code, problem.file) for problem in verify(Home(root)).problems]


def named(root: Path) -> set[str]:
    return {file for _, file in problems(root)}


def said(root: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of the command."""
    code = main(["verify", "--home", str(root), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_an_untouched_home_is_proven(two_dates: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = said(two_dates, capsys)
    assert (code, answer["status"], answer["problems"]) == (0, "sound", [])
    assert (answer["publications"], answer["audit_entries"]) == (2, 4), "an intent and an entry each"
    on_disk = [path for path in (two_dates / "published").rglob("*") if path.is_file()]
    assert answer["files"] == len(on_disk)
    assert main(["verify", "--home", str(two_dates)]) == 0
    assert "✓" in capsys.readouterr().out


def changes(path: Path, number: int) -> list[int]:
    """First and last byte and some between."""
    size = path.stat().st_size
    return sorted({0, size - 1, *random.Random(size).sample(range(size), min(size, number))})


def test_one_changed_byte_of_any_published_file_is_named_and_nothing_else(copy: Path) -> None:
    for path in sorted(p for p in (copy / "published").rglob("*") if p.is_file()):
        good = path.read_bytes()
        number = BYTES_OF_A_MANIFEST if path.name == "manifest.json" else BYTES_A_FILE
        for position in changes(path, number):
            with path.open("r+b") as stream:
                stream.seek(position)
                stream.write(bytes([good[position] ^ 1]))
            assert named(copy) == {path.relative_to(copy).as_posix()}, (path.name, position)
            with path.open("r+b") as stream:
                stream.seek(position)
                stream.write(good[position : position + 1])
    assert problems(copy) == []


def test_one_changed_byte_of_the_audit_ledger_is_named_with_its_line_and_accuses_no_manifest(copy: Path) -> None:
    ledger = Home(copy).audit
    good = ledger.read_bytes()
    for position in range(0, len(good), 7):
        ledger.write_bytes(good[:position] + bytes([good[position] ^ 1]) + good[position + 1 :])
        found = verify(Home(copy)).problems
        line = good.count(b"\n", 0, position) + 1
        assert {p.file for p in found} == {"lake/ledger/audit.jsonl"}, position
        assert found[0].line == line, position


def test_the_time_of_making_alone_is_noticed(copy: Path) -> None:
    path = copy / MANIFEST
    path.write_text(path.read_text(encoding="utf-8").replace("T08:00:00", "T08:00:01"), encoding="utf-8")
    assert problems(copy) == [("manifest_changed", MANIFEST)]


def test_files_missing_and_files_too_many_are_named(copy: Path) -> None:
    folder = copy / "published" / str(FIRST)
    (folder / "warnings" / "tickets.csv").unlink()
    (folder / "warnings" / "notes.txt").write_text("x", encoding="utf-8")
    (folder / "empty").mkdir()
    (copy / "published" / "copy of 2026").mkdir()
    (copy / "published" / ".2026-11-26.part").mkdir()
    assert problems(copy) == [
        ("file_missing", f"published/{FIRST}/warnings/tickets.csv"),
        ("file_extra", f"published/{FIRST}/empty"),
        ("file_extra", f"published/{FIRST}/warnings/notes.txt"),
        ("unfinished", "published/.2026-11-26.part"),
        ("extra", "published/copy of 2026"),
    ]


def test_a_file_replaced_by_a_link_to_the_same_content_is_named(copy: Path, tmp_path: Path) -> None:
    path = copy / "published" / str(FIRST) / "warnings" / "tickets.csv"
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert named(copy) == {path.relative_to(copy).as_posix()}


@pytest.mark.parametrize("day", [FIRST, SECOND])
def test_a_removed_publication_is_named(copy: Path, day: Any) -> None:
    shutil.rmtree(copy / "published" / str(day))
    assert problems(copy) == [("publication_gone", f"published/{day}")]


def test_a_removed_manifest_and_a_removed_database_are_named(copy: Path) -> None:
    (copy / MANIFEST).unlink()
    Home(copy).database.unlink()
    assert problems(copy) == [("manifest_missing", MANIFEST), ("database_missing", "published/civil_affairs.duckdb")]


def test_a_folder_nobody_published_is_named(copy: Path) -> None:
    shutil.copytree(copy / "published" / str(SECOND), copy / "published" / str(THIRD))
    assert ("not_recorded", f"published/{THIRD}/manifest.json") in problems(copy)


def test_a_ledger_cut_off_before_its_newest_entry_is_named(copy: Path) -> None:
    ledger = Home(copy).audit
    ledger.write_bytes(ledger.read_bytes().splitlines(keepends=True)[0])
    found = verify(Home(copy)).problems
    assert [(p.code, p.file, p.line) for p in found] == [("audit_cut_off", "lake/ledger/audit.jsonl", 2)]
    with pytest.raises(CheckStoppedError, match="audit_damaged"):
        check(copy, THIRD)


def test_a_ledger_cut_off_together_with_its_head_leaves_a_publication_without_entry(copy: Path) -> None:
    """Nobody can tell that from a check that was killed, but it is not proven."""
    home = Home(copy)
    lines = home.audit.read_bytes().splitlines(keepends=True)[:2]
    home.audit.write_bytes(b"".join(lines))
    line = lines[-1]
    head = {"seq": 2, "hash": json.loads(line)["hash"]}
    home.audit_head.write_text(json.dumps(head, separators=(",", ":")) + "\n", encoding="ascii")
    assert audit.problems(home) == []
    assert problems(copy) == [("not_recorded", f"published/{SECOND}/manifest.json")]


GARBAGE = (
    b"",
    b"\xff\xfe\0",
    b"[" * 200_000,
    b"{}",
    b"[]",
    b'"x"',
    b"1e999",
    b'{"files": 3}',
    b'{"files": [3], "batch": 1}',
)


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_anywhere_is_named_and_never_a_traceback(
    copy: Path, garbage: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    targets = [MANIFEST, "lake/ledger/audit.jsonl", "lake/ledger/audit.head", "published/civil_affairs.duckdb"]
    for name in targets:
        good = (copy / name).read_bytes()
        (copy / name).write_bytes(garbage)
        code, answer = said(copy, capsys)
        assert code == 1
        assert {problem["file"] for problem in answer["problems"]} == {name}
        (copy / name).write_bytes(good)
    for name in targets:
        (copy / name).write_bytes(garbage)
    (copy / "lake" / "database_of").write_bytes(garbage)
    code, answer = said(copy, capsys)
    assert code == 1


def test_folders_where_files_should_be_and_names_that_are_no_text(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = os.fsencode(copy / "published" / str(FIRST))
    Path(os.fsdecode(folder + b"/\xff\nx")).write_bytes(b"")
    for name in (MANIFEST, "published/civil_affairs.duckdb", "lake/ledger/audit.head"):
        (copy / name).unlink()
        (copy / name).mkdir()
    (copy / "published" / "2026-13-01").mkdir()
    code, answer = said(copy, capsys)
    assert code == 1
    files = {problem["file"] for problem in answer["problems"]}
    assert {MANIFEST, "published/civil_affairs.duckdb", "lake/ledger/audit.head", "published/2026-13-01"} <= files
    assert main(["verify", "--home", str(copy)]) == 1


def test_a_home_folder_that_is_not_there_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--home", str(tmp_path / "nowhere")]) == 2
    assert "--home" in capsys.readouterr().err


# --- Repair ------------------------------------------------------------------------------------------------------------


def test_checking_again_repairs_what_was_changed_and_records_it(copy: Path) -> None:
    before, recorded = contents(copy), Home(copy).audit.read_bytes()
    tickets = copy / "published" / str(SECOND) / "warnings" / "tickets.jsonl"
    tickets.write_bytes(tickets.read_bytes()[:-10])
    (copy / "published" / str(SECOND) / "extra.txt").write_text("x", encoding="utf-8")
    with Home(copy).database.open("r+b") as stream:
        stream.write(b"x")
    check(copy, SECOND)
    assert problems(copy) == []
    assert contents(copy) == before
    now = Home(copy).audit.read_bytes()
    assert now.startswith(recorded) and len(now) > len(recorded)


def test_a_changed_manifest_is_not_taken_over_by_the_next_check_but_made_again_and_recorded(copy: Path) -> None:
    path = copy / "published" / str(SECOND) / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace("T08:00:00", "T09:00:00"), encoding="utf-8")
    run = check(copy, THIRD)
    assert run.redone == (SECOND,)
    assert problems(copy) == []
    assert "T09:00:00" not in path.read_text(encoding="utf-8")


def test_a_check_does_not_follow_a_publication_that_has_vanished(copy: Path) -> None:
    shutil.rmtree(copy / "published" / str(SECOND))
    with pytest.raises(CheckStoppedError, match="publication_gone"):
        check(copy, THIRD)
    check(copy, SECOND)
    assert problems(copy) == []


def test_nothing_is_published_after_a_manifest_that_was_changed(copy: Path) -> None:
    """A check makes the date before again by itself; this is for where it cannot."""
    path = copy / MANIFEST
    path.write_text(path.read_text(encoding="utf-8").replace('"batch": 1', '"batch": 7'), encoding="utf-8")
    with pytest.raises(CheckStoppedError, match="publication_damaged"):
        publish_folder(Home(copy), THIRD, FIRST, lambda _: [], {}, "", lambda _: True)
    assert not Home(copy).publication(THIRD).exists()


def test_a_home_of_before_there_were_records_goes_on_and_a_replay_enters_it(copy: Path) -> None:
    home = Home(copy)
    for path in (home.audit, home.audit_head, *(home.check(day) / "publication.json" for day in (FIRST, SECOND))):
        path.unlink()
    before = {name: value for name, value in contents(copy).items() if name.startswith("published/")}
    digest = json.loads((home.publication(SECOND) / "manifest.json").read_text())["digest"]
    (home.lake / "database_of").write_text(digest, encoding="ascii")
    assert {code for code, _ in problems(copy)} == {"not_recorded", "database_unknown"}
    assert check(copy, FIRST, replay=True).redone == ()
    assert problems(copy) == []
    assert {name: value for name, value in contents(copy).items() if name.startswith("published/")} == before


# --- While a check runs ------------------------------------------------------------------------------------------------


def test_what_looks_broken_while_a_check_runs_is_not_reported_as_broken(copy: Path) -> None:
    from pipelines.lock import locked

    (copy / "published" / ".2026-11-26.part").mkdir()
    with locked(Home(copy)):
        code = f"from pipelines.cli import main; raise SystemExit(main(['verify', '--home', {str(copy)!r}]))"
        root = Path(__file__).resolve().parents[2]
        done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "[locked]" in done.stderr
    assert done.stdout == ""


def test_a_changed_and_a_cut_off_line_of_the_delivery_ledger_are_named_with_their_number(copy: Path) -> None:
    ledger = Home(copy).ledger
    lines = ledger.read_bytes().splitlines(keepends=True)
    for broken, line in (
        ([*lines[:2], lines[2].replace(b'"n": 1', b'"n": 2'), *lines[3:]], 3),
        (lines[:-1], len(lines)),
    ):
        ledger.write_bytes(b"".join(broken))
        found = verify(Home(copy)).problems
        assert [(p.code, p.file, p.line) for p in found] == [("ledger_line", "lake/ledger/deliveries.jsonl", line)]
    ledger.write_bytes(b"".join(lines))
    assert problems(copy) == []


def test_a_check_stops_at_a_changed_line_of_the_delivery_ledger_and_leaves_what_was_published(copy: Path) -> None:
    ledger, before = Home(copy).ledger, contents(copy / "published")
    ledger.write_bytes(ledger.read_bytes().replace(b'"status": "accepted"', b'"status": "rejected"', 1))
    with pytest.raises(CheckStoppedError) as stopped:
        check(copy, THIRD)
    assert stopped.value.code == "ledger_damaged"
    assert "deliveries.jsonl:" in stopped.value.zh and "deliveries.jsonl:" in stopped.value.en
    assert contents(copy / "published") == before
