"""examples/consumer as a process of its own: takes over exactly once, survives replays, and its receipts arrive."""

from __future__ import annotations

import ast
import csv
import hashlib
import json
import random
import runpy
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from durability.tiny_county import FIRST, SECOND, THIRD, check, deliver_late_policy, published_tickets

from assets.home import Home

PROGRAM = Path(__file__).resolve().parents[2] / "examples" / "consumer" / "consume.py"
DAY = "2026-11-26"
RECEIPTS = "150626_20261126.csv"
KILLS = 12


def arguments(root: Path, database: str = "consumer.sqlite", day: str = DAY) -> list[str]:
    """Isolated (-I): neither the project nor the environment can be seen from it."""
    return [
        *(sys.executable, "-I", str(PROGRAM), "--home", str(root), "--database", str(root.parent / database)),
        *("--received-on", day, "--system", "帮扶平台"),
    ]


def consume(root: Path, database: str = "consumer.sqlite", day: str = DAY) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(arguments(root, database, day), cwd=root.parent, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def rows(root: Path, query: str, database: str = "consumer.sqlite") -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(root.parent / database)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def everything(root: Path, database: str = "consumer.sqlite") -> dict[str, list[tuple[Any, ...]]]:
    return {
        name: rows(root, f"SELECT * FROM {name} ORDER BY 1, 2", database) for name in ("batches", "versions", "tickets")
    }


def receipt_file(root: Path, name: str = RECEIPTS) -> list[list[str]]:
    with (root / "landing" / "ticket_receipts" / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def open_numbers(root: Path, *days: Any) -> set[str]:
    """Tickets that were open when they were last published on these dates."""
    newest = {ticket["ticket_id"]: ticket["status"] for day in days for ticket in published_tickets(root, day)}
    return {number for number, status in newest.items() if status != "closed"}


def test_it_knows_nothing_but_the_standard_library() -> None:
    nodes = [
        n
        for n in ast.walk(ast.parse(PROGRAM.read_text(encoding="utf-8")))
        if isinstance(n, ast.Import | ast.ImportFrom)
    ]
    names = {a.name for n in nodes if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module or "." for n in nodes if isinstance(n, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= set(sys.stdlib_module_names)


def test_it_takes_every_ticket_over_once_however_often_it_runs(copy: Path) -> None:
    assert consume(copy).returncode == 0
    newest = {t["ticket_id"]: t["status"] for day in (FIRST, SECOND) for t in published_tickets(copy, day)}
    assert dict(rows(copy, "SELECT ticket_id, status FROM tickets WHERE is_listed")) == newest
    assert {row[0] for row in receipt_file(copy)[1:]} == open_numbers(copy, FIRST, SECOND)
    before, delivered = everything(copy), receipt_file(copy)
    for day in (DAY, "2026-11-27"):
        assert consume(copy, day=day).stdout == "接收批次 / batches: -; 回执 / receipts: -\n"
    assert everything(copy) == before
    assert receipt_file(copy) == delivered
    assert [path.name for path in (copy / "landing" / "ticket_receipts").iterdir()] == [RECEIPTS]


def test_a_line_of_tickets_ends_at_a_line_feed_and_nowhere_else(copy: Path) -> None:
    """Names come with U+0085 or U+2028 from other systems; to `splitlines` they end a line and a ticket is cut in two."""
    publication = Home(copy).publication(FIRST)
    path, manifest = publication / "warnings" / "tickets.jsonl", json.loads((publication / "manifest.json").read_text())
    tickets = path.read_text(encoding="utf-8")
    path.write_text(tickets.replace('"applicant_name": "', '"applicant_name": "\u2028\x85'), encoding="utf-8")
    program = runpy.run_path(str(PROGRAM))
    for entry in manifest["files"]:
        if entry["path"] == "warnings/tickets.jsonl":
            entry["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    assert len(program["read_tickets"](copy, manifest)) == tickets.count("\n")


def test_its_receipts_arrive_as_received_on_the_next_check_date(copy: Path) -> None:
    assert consume(copy).returncode == 0
    receipted = {row[0] for row in receipt_file(copy)[1:]}
    check(copy, THIRD)
    statuses = {t["ticket_id"]: t["status"] for t in published_tickets(copy, THIRD)}
    assert receipted and {statuses[number] for number in receipted & statuses.keys()} == {"received"}
    assert consume(copy, day="2026-11-29").returncode == 0
    shown = dict(rows(copy, "SELECT ticket_id, status FROM tickets"))
    assert {shown[number] for number in receipted} == {"received"}


def test_a_replay_is_taken_over_without_doubling_a_ticket_or_undoing_a_decision(copy: Path) -> None:
    assert consume(copy).returncode == 0
    connection = sqlite3.connect(copy.parent / "consumer.sqlite")
    with connection:
        connection.execute("UPDATE tickets SET local_status = 'visited', local_note = ticket_id")
    connection.close()
    decided = rows(copy, "SELECT ticket_id, local_status, local_note FROM tickets ORDER BY 1")
    delivered = {row[0] for row in receipt_file(copy)[1:]}
    # As if they had never arrived: a ticket that a report names is kept by a replay (a person may have acted on it).
    (copy / "landing" / "ticket_receipts" / RECEIPTS).unlink()
    deliver_late_policy(copy)
    check(copy, FIRST, replay=True)
    done = consume(copy)
    assert "[1, 2]" in done.stdout
    assert [
        r for r in rows(copy, "SELECT ticket_id, local_status, local_note FROM tickets ORDER BY 1") if r in decided
    ] == decided
    assert consume(copy, "fresh.sqlite").returncode == 0
    published = "SELECT ticket_id, status, severity, ticket FROM tickets WHERE is_listed ORDER BY 1"
    assert rows(copy, published) == rows(copy, published, "fresh.sqlite")
    assert everything(copy)["versions"] == everything(copy, "fresh.sqlite")["versions"]
    gone = rows(copy, "SELECT count(*) FROM tickets WHERE NOT is_listed")[0][0]
    assert gone > 0, "the late policy must take tickets back to say anything"
    again = {row[0] for row in rows(copy, "SELECT ticket_id FROM receipts")}
    assert len(again) == rows(copy, "SELECT count(*) FROM receipts")[0][0]
    assert again >= delivered


def test_a_receipt_name_already_taken_gets_the_next_number_with_everything_of_before(copy: Path) -> None:
    folder = copy / "landing" / "ticket_receipts"
    folder.mkdir()
    (folder / RECEIPTS).write_text("﻿预警单编号,接收日期\n150626-20261120-0000000000,2026-11-26\n", encoding="utf-8")
    assert consume(copy).returncode == 0
    found = receipt_file(copy, "150626_20261126_2.csv")
    assert found[0] == ["ticket_id", "received_on", "system"]
    assert ["150626-20261120-0000000000", "2026-11-26", ""] in found
    assert {row[0] for row in found[1:]} > open_numbers(copy, FIRST, SECOND)
    assert len(receipt_file(copy)) == 2, "what was delivered is never changed"


def test_a_receipt_file_written_before_a_crash_is_recognised(copy: Path) -> None:
    assert consume(copy).returncode == 0
    connection = sqlite3.connect(copy.parent / "consumer.sqlite")
    with connection:
        connection.execute("UPDATE receipts SET file = NULL")
    connection.close()
    assert consume(copy).returncode == 0
    assert [path.name for path in (copy / "landing" / "ticket_receipts").iterdir()] == [RECEIPTS]
    assert rows(copy, "SELECT DISTINCT file FROM receipts") == [(RECEIPTS,)]


@pytest.mark.parametrize("name", ["warnings/tickets.jsonl", "warnings/tickets.csv", "manifest.json"])
def test_nothing_of_a_batch_that_is_not_proven_is_taken_over(copy: Path, name: str) -> None:
    path = Home(copy).publication(SECOND) / name
    path.write_bytes(path.read_bytes().replace(b"2026", b"2027", 1))
    done = consume(copy)
    assert done.returncode == 1
    assert name in done.stderr
    assert [row[0] for row in rows(copy, "SELECT batch FROM batches")] == ([] if name == "manifest.json" else [1])
    assert not (copy / "landing" / "ticket_receipts").exists()


def test_a_broken_chain_is_not_taken_over(copy: Path) -> None:
    check(copy, THIRD)
    shutil.rmtree(Home(copy).publication(SECOND))
    assert consume(copy).returncode == 1
    assert rows(copy, "SELECT batch FROM batches") == []


def test_publications_removed_after_they_were_taken_over_are_not_missed_but_the_newest_is(copy: Path) -> None:
    assert consume(copy).returncode == 0
    check(copy, THIRD)
    shutil.rmtree(Home(copy).publication(FIRST))
    assert "[3]" in consume(copy).stdout
    shutil.rmtree(Home(copy).publication(THIRD))
    assert consume(copy).returncode == 1


def test_a_folder_without_publications_is_wrong_use(tmp_path: Path) -> None:
    assert consume(tmp_path / "home").returncode == 2


def test_killed_at_any_instant_it_ends_as_if_nothing_had_happened(copy: Path) -> None:
    expected = shutil.copytree(copy, copy.parent / "undisturbed" / "home")
    started = time.monotonic()
    assert consume(expected).returncode == 0
    seconds, rng = time.monotonic() - started, random.Random(7)
    for _ in range(KILLS):
        running = subprocess.Popen(arguments(copy), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(0.03, seconds))
        running.send_signal(signal.SIGKILL)
        running.wait()
    assert consume(copy).returncode == 0
    assert everything(copy) == everything(expected)
    assert receipt_file(copy) == receipt_file(expected)
    assert json.loads(rows(copy, "SELECT ticket FROM tickets LIMIT 1")[0][0])["ticket_id"]
