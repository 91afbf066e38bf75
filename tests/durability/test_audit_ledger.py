"""The audit ledger: any change is named with its line, a crash is told from a change, and processes take turns."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from assets import audit
from assets.errors import CheckStoppedError
from assets.home import Home

ROOT = Path(__file__).resolve().parents[2]
AT = "2026-11-20T08:00:00+08:00"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Five entries of three kinds."""
    home = Home(tmp_path)
    for number in range(5):
        kind = ("published", "unmasked", "signed_off")[number % 3]
        audit.append(home, kind, "王经办", AT, {"as_of": f"2026-11-2{number}", "items": [number], "note": '说明 "x"\n'})
    return home


def named(home: Home) -> set[tuple[str, int | None]]:
    return {(damage.file.rpartition("/")[2], damage.line) for damage in audit.problems(home)}


def test_entries_come_back_as_they_were_written(home: Home) -> None:
    entries = audit.entries(home)
    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5]
    assert entries[0].previous == ""
    assert all(after.previous == before.hash for before, after in pairwise(entries))
    assert entries[3].fields == {"as_of": "2026-11-23", "items": [3], "note": '说明 "x"\n'}
    assert audit.problems(home) == []


def test_the_hash_can_be_computed_by_anybody(home: Home) -> None:
    """SHA-256 of the line's JSON without its hash, keys sorted, no blanks: nothing but the line is needed."""
    for raw in home.audit.read_text(encoding="utf-8").splitlines():
        line = json.loads(raw)
        said = line.pop("hash")
        text = json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(text.encode()).hexdigest() == said


def test_any_changed_byte_of_the_ledger_names_its_line_and_no_other(home: Home) -> None:
    good = home.audit.read_bytes()
    for position, byte in enumerate(good):
        line = good.count(b"\n", 0, position) + 1
        for changed in {byte ^ 1, ord("\n")} - {byte}:
            home.audit.write_bytes(good[:position] + bytes([changed]) + good[position + 1 :])
            found = named(home)
            assert ("audit.jsonl", line) in found, (position, changed)
            # A line end more or less makes pieces of lines, which are named besides.
            if ord("\n") not in (byte, changed):
                assert found == {("audit.jsonl", line)}, (position, changed)


def test_any_changed_byte_of_the_head_names_the_head(home: Home) -> None:
    good = home.audit_head.read_bytes()
    for position, byte in enumerate(good):
        for changed in {byte ^ 1, ord("4"), ord("6")} - {byte}:
            home.audit_head.write_bytes(good[:position] + bytes([changed]) + good[position + 1 :])
            assert named(home) == {("audit.head", None)}, (position, changed)


@pytest.mark.parametrize("kept", range(5))
def test_a_ledger_cut_off_after_any_line_is_named_with_the_first_lost_line(home: Home, kept: int) -> None:
    lines = home.audit.read_bytes().splitlines(keepends=True)
    home.audit.write_bytes(b"".join(lines[:kept]))
    assert named(home) == {("audit.jsonl", kept + 1)}
    with pytest.raises(CheckStoppedError, match="audit_damaged"):
        audit.append(home, "published", "shouwang", AT, {})


def test_a_ledger_cut_off_within_a_line_that_the_head_knows_is_no_crash(home: Home) -> None:
    good = home.audit.read_bytes()
    for cut in (1, 2, 50):
        home.audit.write_bytes(good[:-cut])
        assert named(home) == {("audit.jsonl", 5)}
        with pytest.raises(CheckStoppedError, match="audit_damaged"):
            audit.settle(home)


@pytest.mark.parametrize("gone", [0, 2, 4])
def test_a_removed_line_is_noticed(home: Home, gone: int) -> None:
    lines = home.audit.read_bytes().splitlines(keepends=True)
    home.audit.write_bytes(b"".join(lines[:gone] + lines[gone + 1 :]))
    assert ("audit.jsonl", gone + 1) in named(home)


def test_two_lines_that_changed_places_are_noticed(home: Home) -> None:
    lines = home.audit.read_bytes().splitlines(keepends=True)
    home.audit.write_bytes(b"".join([lines[0], lines[2], lines[1], *lines[3:]]))
    assert {("audit.jsonl", 2), ("audit.jsonl", 3)} <= named(home)


def test_a_line_written_with_other_blanks_is_noticed(home: Home) -> None:
    lines = home.audit.read_text(encoding="utf-8").splitlines()
    lines[1] = json.dumps(json.loads(lines[1]), ensure_ascii=False)
    home.audit.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert named(home) == {("audit.jsonl", 2)}


def test_a_removed_file_is_noticed(home: Home) -> None:
    head = home.audit_head.read_bytes()
    home.audit_head.unlink()
    assert named(home) == {("audit.head", None)}
    home.audit_head.write_bytes(head)
    home.audit.unlink()
    assert named(home) == {("audit.jsonl", 1)}


def test_garbage_is_named_and_never_raises(home: Home) -> None:
    for garbage in (
        b"\xff\xfe\n",
        b"[" * 100_000 + b"\n",
        b"{}\n",
        b"null\n",
        b'{"seq":1e999}\n',
        b'"\\ud800"\n',
        b"\0" * 9,
    ):
        home.audit.write_bytes(garbage)
        assert any(file == "audit.jsonl" for file, _ in named(home)), garbage[:20]
        assert audit.entries(home) == []
        home.audit_head.write_bytes(garbage)
        assert audit.problems(home)


# --- Crashes -----------------------------------------------------------------------------------------------------------


def test_half_a_last_line_is_cut_off_by_the_next_entry(home: Home) -> None:
    good = home.audit.read_bytes()
    for half in (b"{", good.splitlines(keepends=True)[0][:-1]):
        home.audit.write_bytes(good + half)
        assert [problem.code for problem in audit.problems(home)] == ["audit_half_line"]
        assert len(audit.settle(home)) == 5
        assert home.audit.read_bytes() == good
    home.audit.write_bytes(good + b'{"seq":6')
    assert audit.append(home, "published", "shouwang", AT, {}).seq == 6
    assert audit.problems(home) == []


def test_a_head_one_line_behind_is_put_right(home: Home) -> None:
    head = home.audit_head.read_bytes()
    audit.append(home, "published", "shouwang", AT, {})
    newer = home.audit_head.read_bytes()
    home.audit_head.write_bytes(head)
    assert [problem.code for problem in audit.problems(home)] == ["audit_head_behind"]
    assert len(audit.settle(home)) == 6
    assert home.audit_head.read_bytes() == newer


def test_a_crash_in_the_very_first_entry_leaves_an_empty_ledger_or_that_entry(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert audit.settle(home) == []
    home.audit.parent.mkdir(parents=True)
    home.audit.write_bytes(b'{"seq":1,"at"')
    assert audit.settle(home) == []
    audit.append(home, "published", "shouwang", AT, {})
    home.audit_head.unlink()
    assert len(audit.settle(home)) == 1
    assert audit.problems(home) == []


def test_a_disk_that_takes_half_a_line_leaves_the_ledger_as_it_was(home: Home) -> None:
    good = home.audit.read_bytes()
    code = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from assets import audit\n"
        "from assets.home import Home\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(good) + 40}, {len(good) + 40}))\n"
        "try:\n"
        f"    audit.append(Home(Path({str(home.root)!r})), 'published', 'shouwang', 'x', {{}})\n"
        "except OSError as error:\n"
        "    print(error.errno)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("27", "28")  # too large, no space
    assert home.audit.read_bytes() == good
    assert audit.append(home, "published", "shouwang", AT, {}).seq == 6


def test_processes_that_append_at_once_lose_nothing(home: Home) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from assets import audit\n"
        "from assets.home import Home\n"
        "for number in range(20):\n"
        f"    audit.append(Home(Path({str(home.root)!r})), 'signed_off', sys.argv[1], 'x', {{'number': number}})\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, f"P{n}"], cwd=ROOT) for n in range(4)]
    assert [process.wait(120) for process in running] == [0, 0, 0, 0]
    assert audit.problems(home) == []
    added = audit.entries(home)[5:]
    for process in range(4):
        assert [e.fields["number"] for e in added if e.by == f"P{process}"] == list(range(20))


def test_fields_of_the_ledger_itself_are_refused(home: Home) -> None:
    with pytest.raises(ValueError, match="hash"):
        audit.append(home, "published", "shouwang", AT, {"hash": "x"})
