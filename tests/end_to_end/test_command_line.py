"""The command line as people and programs use it: real processes, real files, exit codes, untouched publications."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pytest
from end_to_end.counties import make_home, tickets
from oracle import read_landing

from assets.home import Home
from assets.lake import read_table

AS_OF = dt.date(2026, 11, 20)


def shouwang(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the real command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "pipelines.cli", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        check=False,
    )


def fingerprint(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with one publication; tests that change it work on a copy."""
    root = make_home(tmp_path_factory.mktemp("county") / "home", persons=300, seed=21)
    done = shouwang("check", "--as-of", AS_OF.isoformat(), "--home", str(root), "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["status"] == "published"
    assert summary["tickets"]["changes"]["opened"] == len(tickets(root, AS_OF))
    return root


@pytest.fixture
def copy(checked: Path, tmp_path: Path) -> Path:
    shutil.copytree(checked, tmp_path / "home")
    return tmp_path / "home"


def test_the_same_check_again_publishes_identical_bytes(checked: Path) -> None:
    before = fingerprint(checked / "published")
    again = shouwang("check", "--as-of", AS_OF.isoformat(), "--home", str(checked))
    assert again.returncode == 0, again.stderr
    assert fingerprint(checked / "published") == before


def test_the_same_files_in_another_home_give_the_same_files_but_the_time(checked: Path, tmp_path: Path) -> None:
    for name in ("landing", "policy"):
        shutil.copytree(checked / name, tmp_path / name)
    assert shouwang("check", "--as-of", AS_OF.isoformat(), cwd=tmp_path, SHOUWANG_HOME=str(tmp_path)).returncode == 0
    ours, theirs = (home / "published" / AS_OF.isoformat() for home in (checked, tmp_path))
    differing = {name for name, digest in fingerprint(ours).items() if fingerprint(theirs).get(name) != digest}
    assert differing == {"manifest.json"}
    manifests = [json.loads((folder / "manifest.json").read_text()) for folder in (ours, theirs)]
    for manifest in manifests:
        manifest.pop("generated_at")
    assert manifests[0] == manifests[1]


def test_every_file_in_the_manifest_has_the_digest_it_says(checked: Path) -> None:
    folder = checked / "published" / AS_OF.isoformat()
    manifest = json.loads((folder / "manifest.json").read_text())
    listed = {entry["path"]: entry["sha256"] for entry in manifest["files"]}
    found = fingerprint(folder)
    found.pop("manifest.json")
    assert listed == found


def stopped(copy: Path, as_of: str, exit_code: int, *words: str) -> None:
    """The check stops with words for people, and whatever was published stays as it was."""
    before = fingerprint(copy / "published")
    result = shouwang("check", "--as-of", as_of, "--home", str(copy))
    said = result.stdout + result.stderr
    assert result.returncode == exit_code, said
    assert "Traceback" not in said
    for word in words:
        assert word in said, said
    assert fingerprint(copy / "published") == before
    assert not [p for p in (copy / "published").iterdir() if p.name.startswith(".")], "nothing half-written is left"


def only_file(copy: Path, feed: str, area: str) -> Path:
    """The delivery in force of a feed, alone in its folder for that area."""
    found = read_landing(copy / "landing", AS_OF)
    accepted = [d for d in found.all if d.feed == feed and d.area == area and d.status.startswith("accepted")]
    newest = max(accepted, key=lambda d: (d.data_date, d.n))
    for path in (copy / "landing" / feed).glob(f"{area}_*"):
        if path.name != newest.path.name:
            path.unlink()
    return copy / "landing" / feed / newest.path.name


def test_a_file_that_was_changed_after_it_was_accepted_stops_the_check(copy: Path) -> None:
    path = only_file(copy, "vehicles", "150626")
    path.write_bytes(path.read_bytes()[:-200])
    stopped(copy, "2026-11-21", 1, "delivery_gone", f"vehicles/{path.name}")


def test_a_feed_whose_file_disappeared_stops_the_check(copy: Path) -> None:
    path = only_file(copy, "vehicles", "150626")
    path.unlink()
    stopped(copy, "2026-11-21", 1, "delivery_gone", path.name)


@pytest.mark.parametrize("damage", ["truncated", "unreadable", "six_per_cent"])
def test_a_broken_file_with_nothing_to_fall_back_on_stops_the_check(copy: Path, damage: str) -> None:
    path = only_file(copy, "vehicles", "150626")
    shutil.rmtree(copy / "lake" / "ledger")  # as if this were the first delivery that ever came
    lines = path.read_bytes().split(b"\n")
    if damage == "truncated":
        path.write_bytes(b"\n".join(lines)[:-20])
    elif damage == "unreadable":
        path.unlink()
        path = path.with_suffix(".xlsx")
        path.write_bytes(b"PK\x03\x04 no workbook")
    else:
        bad = max(1, -(-6 * (len(lines) - 2) // 100))
        path.write_bytes(b"\n".join([lines[0], *[b"x" for _ in range(bad)], *lines[1 + bad :]]))
    stopped(copy, "2026-11-21", 1, "delivery_rejected", path.name)


def test_with_without_rejected_the_rules_of_the_broken_file_are_not_checked(copy: Path) -> None:
    path = only_file(copy, "vehicles", "150626")
    shutil.rmtree(copy / "lake" / "ledger")
    path.write_bytes(path.read_bytes()[:-20])
    result = shouwang("check", "--as-of", "2026-11-21", "--home", str(copy), "--json", "--without-rejected")
    assert result.returncode == 0, result.stderr
    rules = {rule["rule"]: rule for rule in json.loads(result.stdout)["rules"]}
    assert rules["undeclared_vehicle"]["not_checked"]["feed_missing"] > 0
    still = [
        t for t in tickets(copy, dt.date(2026, 11, 21)) if any(f["rule"] == "undeclared_vehicle" for f in t["findings"])
    ]
    assert still, "not checked is not nothing found: findings stay on their tickets"


def test_an_unknown_parameter_in_a_policy_file_is_named_with_file_and_line(copy: Path) -> None:
    (copy / "policy" / "150626.yaml").write_text(
        'area: "150626"\nlabel: 乌审旗\nparameters:\n  warning.deadline_dayz:\n'
        '    - {from: 2026-01-01, value: 10, basis: "x", status: local}\n',
        encoding="utf-8",
    )
    stopped(copy, "2026-11-21", 2, "150626.yaml:4", "warning.deadline_dayz")


def test_a_full_disk_stops_the_check_and_leaves_the_publication(copy: Path) -> None:
    before = fingerprint(copy / "published")
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (30000, 30000))\n"
        "import pipelines.cli\n"
        f"sys.exit(pipelines.cli.main(['check', '--as-of', '2026-11-21', '--home', {str(copy)!r}]))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )
    assert result.returncode == 1, result.stderr
    assert "Traceback" not in result.stderr
    assert fingerprint(copy / "published") == before


def test_a_screen_that_lacks_a_character_shows_its_number_and_the_check_ends_well(copy: Path) -> None:
    """The check had published and said that it had not. GBK, usual on Chinese terminals, lacks ✓ alone."""
    done = shouwang("check", "--as-of", AS_OF.isoformat(), "--home", str(copy), PYTHONIOENCODING="ascii")
    assert (done.returncode, "unexpected" in done.stderr) == (0, False)
    assert shouwang("verify", "--home", str(copy), PYTHONIOENCODING="ascii").returncode == 0


@pytest.mark.parametrize("streams", ["2>&1 | head -1", ">&- 2>&-", ">&-", "2>&-"])
def test_a_check_nobody_listens_to_is_published_all_the_same(copy: Path, streams: str) -> None:
    """With progress cut off nothing was published; with the summary cut off it was, and the exit code said that it was not."""
    (copy / "landing" / "vehicles" / "150626_20261121.txt").touch()
    command = (
        f"{sys.executable} -m pipelines.cli check --as-of 2026-11-21 --home {copy} {streams}; exit ${{PIPESTATUS[0]}}"
    )
    root = str(Path(__file__).parents[2])
    done = subprocess.run(["bash", "-c", command], cwd=root, stdout=subprocess.DEVNULL, check=False)
    assert (done.returncode, (copy / "published" / "2026-11-21" / "manifest.json").is_file()) == (0, True)


def test_an_older_date_needs_replay(copy: Path) -> None:
    stopped(copy, "2026-11-19", 2, "--replay")


def test_a_home_without_landing_folder_says_what_to_do(tmp_path: Path) -> None:
    result = shouwang("check", "--as-of", "2026-11-20", "--home", str(tmp_path))
    assert result.returncode == 2
    assert "shouwang sample" in result.stderr


def test_a_clerk_reads_why_the_ticket_exists_what_to_do_and_by_when(checked: Path) -> None:
    for ticket in tickets(checked, AS_OF)[:3]:
        result = shouwang("explain", ticket["ticket_id"], "--home", str(checked))
        assert result.returncode == 0, result.stderr
        for words in (ticket["due_on"], "为什么有这张单", "要做什么", "不作认定", ticket["findings"][0]["label_zh"]):
            assert words in result.stdout


def test_an_unknown_ticket_number_is_said_to_be_unknown(checked: Path) -> None:
    result = shouwang("explain", "150626-20200101-0000000000", "--home", str(checked))
    assert result.returncode == 2
    assert "150626-20200101-0000000000" in result.stderr


def test_a_deadline_is_given_with_its_reasons(tmp_path: Path) -> None:
    result = shouwang("due", "2026-12-20", "--area", "150626", "--home", str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("2027-01-11 (暂定 provisional)")


def test_no_identity_number_of_the_landing_folder_is_shown_or_logged(checked: Path) -> None:
    numbers = {
        row["person_id"]
        for delivery in read_landing(checked / "landing", AS_OF).all
        if delivery.feed == "household_members"
        for row in delivery.rows
    }
    result = shouwang("check", "--as-of", AS_OF.isoformat(), "--home", str(checked))
    published = (checked / "published" / AS_OF.isoformat() / "warnings" / "tickets.jsonl").read_text()
    assert numbers
    assert not [n for n in numbers if n in result.stdout + result.stderr + published]


def test_an_identity_number_that_a_department_wrote_into_a_text_is_masked_wherever_it_is_published(copy: Path) -> None:
    """A payer may be a person, with the number behind the name."""
    partition = Home(copy).check(AS_OF)
    ours = read_table(partition, "households", where=pl.col("county") == "150626")["household_id"]
    earns = read_table(partition, "item_states", where=pl.col("rule") == "undeclared_earnings")
    cells = {
        "公民身份号码": earns.filter(pl.col("household_id").is_in(ours.implode()))["person_id"][0],
        "所属期月数": 1,
        "所得项目": "工资薪金",
        "扣缴义务人": "张三(15062619800101123X)",
        "收入额": 9000,
    }
    rows = [cells | {"税款所属期起": f"2026-{month:02}"} for month in range(1, 11)]
    file = copy / "landing" / "tax" / "150626_20261121.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    assert shouwang("check", "--as-of", "2026-11-21", "--home", str(copy)).returncode == 0
    published = copy / "published" / "2026-11-21" / "warnings"
    texts = [(published / name).read_text(encoding="utf-8-sig") for name in ("tickets.jsonl", "tickets.csv")]
    with duckdb.connect(str(Home(copy).database), read_only=True) as connection:
        tables = [name for (name,) in connection.sql("SELECT table_name FROM duckdb_tables()").fetchall()]
        texts.append("".join(str(connection.sql(f'FROM "{name}"').fetchall()) for name in tables))
    for book in (published / "by_township").glob("*.xlsx"):
        sheets = openpyxl.load_workbook(book).worksheets
        texts.append(
            "".join(str(cell) for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row)
        )
    assert [text.count("张三(150626********123X)") > 0 for text in texts[:3]] == [True, True, True]
    assert not [text for text in texts if "15062619800101123X" in text]


def test_a_reader_in_another_process_is_not_disturbed_while_checks_are_published(copy: Path) -> None:
    code = (
        "import duckdb, sys, time\n"
        "end = time.time() + 300\n"
        "n = 0\n"
        "while time.time() < end:\n"
        "    con = duckdb.connect(sys.argv[1], read_only=True)\n"
        "    rows = con.execute('select count(*) from tickets').fetchone()[0]\n"
        "    assert rows > 0\n"
        "    con.close(); n += 1\n"
        "    if not sys.stdin.closed and n % 5 == 0:\n"
        "        import select\n"
        "        if select.select([sys.stdin], [], [], 0)[0]: break\n"
        "    time.sleep(0.02)\n"
        "print(n)\n"
    )
    database = copy / "published" / "civil_affairs.duckdb"
    reader = subprocess.Popen(
        [sys.executable, "-c", code, str(database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for day in ("2026-11-21", "2026-11-22"):
        result = shouwang("check", "--as-of", day, "--home", str(copy))
        assert result.returncode == 0, result.stderr
    time.sleep(0.2)
    out, err = reader.communicate("stop\n", timeout=60)
    assert reader.returncode == 0, err
    assert int(out) > 5


def test_a_township_fills_two_rows_of_its_workbook_sends_it_back_and_the_tickets_close(copy: Path) -> None:
    book_path = max(
        (copy / "published" / AS_OF.isoformat() / "warnings" / "by_township").glob("150626*.xlsx"),
        key=lambda path: path.stat().st_size,
    )
    book = openpyxl.load_workbook(book_path)
    sheet = book.worksheets[0]
    header = next(row for row in range(1, 10) if "预警单编号" in [cell.value for cell in sheet[row]])
    columns = {cell.value: cell.column for cell in sheet[header]}
    filled = [row for row in range(header + 1, sheet.max_row + 1) if sheet.cell(row, columns["预警单编号"]).value][:2]
    for row in filled:
        sheet.cell(row, columns["处置日期"]).value = dt.date(2026, 11, 24)
        sheet.cell(row, columns["处置结果"]).value = "核实无变化"
        sheet.cell(row, columns["经办人"]).value = "经办"
        sheet.cell(row, columns["入户人员"]).value = "甲、乙"
    numbers = {sheet.cell(row, columns["预警单编号"]).value for row in filled}
    target = copy / "landing" / "ticket_outcomes" / "150626_20261125.xlsx"
    target.parent.mkdir(exist_ok=True)
    book.save(target)
    result = shouwang("check", "--as-of", "2026-11-25", "--home", str(copy))
    assert result.returncode == 0, result.stderr
    closed = {t["ticket_id"] for t in tickets(copy, dt.date(2026, 11, 25)) if t["change"] == "closed"}
    assert len(numbers) == 2
    assert closed == numbers
