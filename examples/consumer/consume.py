"""A downstream system in one file: takes warning tickets over exactly once and returns receipts. Standard library only.

    python3 consume.py --home DIR --database tickets.sqlite [--system NAME] [--received-on YYYY-MM-DD]

1. Reads published/<date>/manifest.json in the order of the batches and proves them: each digest, the chain of digests,
   and of every batch that is new here each file's SHA-256. What is not proven is not taken over (exit code 1).
2. Applies each batch in one transaction. A batch known under this digest is left alone; one known under another digest
   was published again (a replay): it and all later ones are taken back and applied anew. What people of this system
   decided (local_status, local_note) is never touched.
3. Writes receipts for tickets it had not seen before to landing/ticket_receipts/<county>_<date>.csv.

Run it as often as you like, kill it when you like: the end is the same. It knows the published files and nothing else
of the program that wrote them.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import hashlib
import io
import json
import os
import re
import sqlite3
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

TABLES = """
CREATE TABLE IF NOT EXISTS batches (batch INTEGER PRIMARY KEY, as_of TEXT NOT NULL, digest TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS versions (ticket_id TEXT, batch INTEGER, ticket TEXT NOT NULL, PRIMARY KEY (ticket_id, batch));
CREATE TABLE IF NOT EXISTS tickets (
    ticket_id TEXT PRIMARY KEY, county_code TEXT, township_code TEXT, direction TEXT, severity TEXT, status TEXT,
    due_on TEXT, ticket TEXT,                -- as last published
    is_listed INTEGER NOT NULL DEFAULT 1,    -- 0: a replay took it back
    local_status TEXT NOT NULL DEFAULT 'new', local_note TEXT NOT NULL DEFAULT ''  -- ours: never written below
);
CREATE TABLE IF NOT EXISTS receipts (ticket_id TEXT PRIMARY KEY, county_code TEXT, received_on TEXT, file TEXT);
"""
PUBLISHED = ("county_code", "township_code", "direction", "severity", "status", "due_on")
NEEDED = ("digest", "as_of", "batch", "previous_digest", "files")
TIMES = ("as_of", "change")  # the two fields that differ although nothing has happened to a ticket
COLUMNS = ("ticket_id", "received_on", "system")
CHINESE = {"预警单编号": "ticket_id", "接收日期": "received_on", "接收系统": "system"}
ATTEMPTS = 3


class NotProvenError(Exception):
    """What lies there is not what was published, or does not follow what was taken over."""


# --- 1. Reading and proving --------------------------------------------------------------------------------------------


def manifest_digest(manifest: dict[str, Any]) -> str:
    """SHA-256 of the manifest without `digest` and `generated_at`: keys sorted, no blanks, UTF-8."""
    content = {key: value for key, value in manifest.items() if key not in ("digest", "generated_at")}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def read_manifests(home: Path) -> list[dict[str, Any]]:
    """All manifests in the order of their batches, each with its own digest proven."""
    manifests = []
    for path in home.glob("published/????-??-??/manifest.json"):
        try:
            manifest = json.loads(path.read_bytes())
            digest, as_of, _, _, _ = (manifest[name] for name in NEEDED)
            if digest != manifest_digest(manifest) or as_of != path.parent.name:
                raise NotProvenError(f"{path}: 内容与摘要不符 / not what its digest says")
        except (ValueError, TypeError, KeyError):
            raise NotProvenError(f"{path}: 不是发布清单 / no manifest") from None
        manifests.append(manifest)
    return sorted(manifests, key=lambda manifest: int(manifest["batch"]))


def prove_chain(manifests: list[dict[str, Any]], known: dict[int, str]) -> None:
    """Each batch names the digest of the one before; the first one here may follow one that was taken over earlier."""
    for position, manifest in enumerate(manifests):
        batch = manifest["batch"]
        before = manifests[position - 1]["digest"] if position else known.get(batch - 1)
        expected = manifests[position - 1]["batch"] + 1 if position else batch
        if batch != expected or manifest["previous_digest"] != before:
            raise NotProvenError(
                f"{manifest['as_of']}: 与上一批次不衔接 / batch {batch} does not follow the one before"
            )
    last = manifests[-1]["batch"] if manifests else 0
    if known and last < max(known):
        raise NotProvenError(f"已接收的第 {max(known)} 批不在了 / batch {max(known)} was taken over and is gone")


def read_tickets(home: Path, manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """The tickets of a batch, after every file of it has been proven: what is parsed is the very bytes proven."""
    tickets = None
    for entry in manifest["files"]:
        path = home / "published" / manifest["as_of"] / entry["path"]
        try:
            content = path.read_bytes()
        except OSError:
            raise NotProvenError(f"{path}: 文件不在或无法读取 / missing or unreadable") from None
        if hashlib.sha256(content).hexdigest() != entry["sha256"]:
            raise NotProvenError(f"{path}: 内容与清单不符 / not what the manifest says")
        if entry["path"] == "warnings/tickets.jsonl":
            tickets = [json.loads(line) for line in content.decode().split("\n") if line]
    if tickets is None:
        raise NotProvenError(f"{manifest['as_of']}: 清单中没有 tickets.jsonl / the manifest lists none")
    return tickets


# --- 2. Applying -------------------------------------------------------------------------------------------------------


def take_over(database: sqlite3.Connection, home: Path, day: dt.date) -> list[int]:
    """Apply every batch that is not known under its digest, in order, and order receipts; the batches applied."""
    manifests = read_manifests(home)
    known: dict[int, str] = dict(database.execute("SELECT batch, digest FROM batches"))
    prove_chain(manifests, known)
    # From the first batch that is new or was published again: a chain that differs there differs to its end.
    due = [manifest for manifest in manifests if known.get(manifest["batch"]) != manifest["digest"]]
    for manifest in due:
        tickets = read_tickets(home, manifest)
        with database:  # one transaction a batch
            database.execute("BEGIN IMMEDIATE")
            apply(database, manifest, tickets)
    if manifests:  # after the last batch: a ticket that an older one opened and a newer one closed needs no receipt
        database.execute(
            "INSERT OR IGNORE INTO receipts SELECT ticket_id, county_code, ?, NULL FROM tickets "
            "WHERE is_listed AND status <> 'closed'",
            (max(day.isoformat(), manifests[-1]["as_of"]),),
        )
    return [manifest["batch"] for manifest in due]


def apply(database: sqlite3.Connection, manifest: dict[str, Any], tickets: list[dict[str, Any]]) -> None:
    """One batch: take back what was known from this number on, note what each ticket has become."""
    batch = manifest["batch"]
    touched = {row[0] for row in database.execute("SELECT ticket_id FROM versions WHERE batch >= ?", (batch,))}
    database.execute("DELETE FROM versions WHERE batch >= ?", (batch,))
    database.execute("DELETE FROM batches WHERE batch >= ?", (batch,))
    for ticket in tickets:
        number = ticket["ticket_id"]
        if without_times(newest(database, number)) != without_times(ticket):
            row = (number, batch, json.dumps(ticket, ensure_ascii=False, sort_keys=True))
            database.execute("INSERT INTO versions VALUES (?, ?, ?)", row)
            touched.add(number)
    show(database, touched)
    database.execute("INSERT INTO batches VALUES (?, ?, ?)", (batch, manifest["as_of"], manifest["digest"]))


def newest(database: sqlite3.Connection, number: str) -> dict[str, Any] | None:
    """A ticket as the newest batch that changed it published it; None for one that no batch holds."""
    query = "SELECT ticket FROM versions WHERE ticket_id = ? ORDER BY batch DESC LIMIT 1"
    row = database.execute(query, (number,)).fetchone()
    return None if row is None else json.loads(row[0])


def without_times(ticket: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if ticket is None else {key: value for key, value in ticket.items() if key not in TIMES}


def show(database: sqlite3.Connection, numbers: Iterable[str]) -> None:
    """Bring the published columns of tickets up to date; a ticket no batch holds any more stays, marked as not listed."""
    for number in sorted(numbers):
        ticket = newest(database, number)
        if ticket is None:
            database.execute("UPDATE tickets SET is_listed = 0 WHERE ticket_id = ?", (number,))
            continue
        database.execute("INSERT OR IGNORE INTO tickets (ticket_id) VALUES (?)", (number,))
        values = [*(ticket[name] for name in PUBLISHED), json.dumps(ticket, ensure_ascii=False, sort_keys=True), number]
        columns = ", ".join(f"{name} = ?" for name in (*PUBLISHED, "ticket"))
        database.execute(f"UPDATE tickets SET {columns}, is_listed = 1 WHERE ticket_id = ?", values)


# --- 3. Receipts -------------------------------------------------------------------------------------------------------


def write_receipts(database: sqlite3.Connection, home: Path, system: str) -> list[Path]:
    """Deliver the receipts that are in no file yet, one file for each county and day; the files written."""
    query = "SELECT DISTINCT county_code, received_on FROM receipts WHERE file IS NULL ORDER BY 1, 2"
    written = []
    for county, day in database.execute(query).fetchall():
        rows = database.execute(
            "SELECT ticket_id, received_on FROM receipts WHERE county_code = ? AND received_on = ?", (county, day)
        )
        mine = {number: (number, on, system) for number, on in rows}
        path, is_new = deliver(home / "landing" / "ticket_receipts", f"{county}_{day.replace('-', '')}", mine)
        written += [path] if is_new else []
        with database:
            database.execute(
                "UPDATE receipts SET file = ? WHERE county_code = ? AND received_on = ? AND file IS NULL",
                (path.name, county, day),
            )
    return written


def deliver(folder: Path, stem: str, mine: dict[str, tuple[str, str, str]]) -> tuple[Path, bool]:
    """The file that holds all of `mine`, and whether it had to be written.

    A file once delivered is never changed, and a correction (`_2`, `_3` …) replaces the ones before it: it repeats
    everything they held, also what another system wrote.
    """
    taken = re.compile(re.escape(stem) + r"(?:_(\d+))?\.(csv|xlsx|parquet|jsonl)", re.IGNORECASE)
    names = {int(m[1] or 1): p for p in folder.glob("*") if (m := taken.fullmatch(p.name))}
    number = max(names, default=0)
    before = read_receipts(names[number]) if number else {}
    if mine.keys() <= before.keys():
        return names[number], False
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *sorted({**mine, **before}.values())])
    target = folder / f"{stem}{f'_{number + 1}' if number else ''}.csv"
    folder.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.part")  # such names are left alone until they have their final one
    with aside.open("w", encoding="utf-8", newline="") as stream:
        stream.write(text.getvalue())
        stream.flush()
        os.fsync(stream.fileno())
    aside.rename(target)
    return target, True


def read_receipts(path: Path) -> dict[str, tuple[str, str, str]]:
    """The rows of a receipt file by ticket number; English or Chinese headers."""
    if path.suffix.lower() != ".csv":
        raise NotProvenError(
            f"{path}: 名称已被其他格式占用, 请换一个日期 / name taken in another format, use another day"
        )
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = [{CHINESE.get(key, key): value for key, value in row.items()} for row in csv.DictReader(stream)]
        return {row["ticket_id"]: (row["ticket_id"], row["received_on"], row.get("system") or "") for row in rows}
    except (KeyError, ValueError):
        raise NotProvenError(f"{path}: 不是 UTF-8 回执文件 / not a receipt file in UTF-8") from None


def consume(home: Path, database: sqlite3.Connection, day: dt.date, system: str) -> tuple[list[int], list[Path]]:
    """Batches applied and receipt files written. A check that publishes meanwhile is a reason to look again."""
    for attempt in range(1, ATTEMPTS + 1):
        seen = sorted((p, p.stat().st_mtime_ns) for p in home.glob("published/*/manifest.json"))
        try:
            return take_over(database, home, day), write_receipts(database, home, system)
        except NotProvenError:
            now = sorted((p, p.stat().st_mtime_ns) for p in home.glob("published/*/manifest.json"))
            if attempt == ATTEMPTS or now == seen:
                raise
    raise AssertionError


def main() -> int:
    """0: up to date; 1: something is not proven, nothing of that batch was taken over; 2: wrong use."""
    parser = argparse.ArgumentParser(description="接收预警单并返回回执 / take tickets over and return receipts")
    parser.add_argument("--home", type=Path, required=True, help="守望数据目录 / home folder of Shouwang")
    parser.add_argument("--database", type=Path, required=True, help="本系统的 SQLite 文件 / our own SQLite file")
    parser.add_argument("--system", default="consumer", help="回执中的系统名 / our name on the receipts")
    parser.add_argument("--received-on", type=dt.date.fromisoformat, default=None, help="默认今天 / default today")
    options = parser.parse_args()
    if not (options.home / "published").is_dir():
        parser.error(f"{options.home} 中没有 published / holds no folder published")
    database = sqlite3.connect(options.database, isolation_level=None)
    try:
        database.executescript(TABLES)
        applied, files = consume(options.home, database, options.received_on or dt.date.today(), options.system)
    except NotProvenError as error:
        print(f"✗ {error}\n  未接收该批次及其后各批 / that batch and later ones were not taken over", file=sys.stderr)
        return 1
    finally:
        database.close()
    print(f"接收批次 / batches: {applied or '-'}; 回执 / receipts: {[path.name for path in files] or '-'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
