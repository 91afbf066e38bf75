"""Where tickets stand is proven: partition against mark, mark against the audit entry, and nothing becomes official unannounced."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from durability.tiny_county import FIRST, SECOND, THIRD, check, contents

from assets import audit
from assets.errors import CheckStoppedError, WrongUseError
from assets.home import Home, sha256
from assets.publication.proof import STATE
from assets.publication.publish import MANIFEST, MARK, partition_files, read_manifest, read_mark, write_mark
from assets.publication.records import INTENDED, PUBLISHED, intend
from pipelines.cli import main
from pipelines.commands.verify import verify

OTHER = dt.date(2026, 11, 27)


def named(root: Path) -> set[tuple[str, str]]:
    return {(problem.code, problem.file) for problem in verify(Home(root)).problems}


def kinds(root: Path) -> list[tuple[str, Any]]:
    return [(entry.kind, entry.fields["as_of"]) for entry in audit.entries(Home(root))]


def test_an_intent_precedes_every_publication_and_both_name_the_partition(two_dates: Path) -> None:
    pairs = [(kind, str(day)) for day in (FIRST, SECOND) for kind in (INTENDED, PUBLISHED)]
    assert kinds(two_dates) == pairs
    for entry, day in zip(audit.entries(Home(two_dates)), (FIRST, FIRST, SECOND, SECOND), strict=True):
        mark = read_mark(Home(two_dates).check(day))
        assert mark is not None and mark.files == partition_files(Home(two_dates).check(day))
        assert entry.fields["partition_sha256"] == mark.partition_sha256
    assert named(two_dates) == set()


@pytest.mark.parametrize("name", [*STATE, "households.parquet"])
def test_a_changed_or_missing_file_of_a_partition_is_named(copy: Path, name: str) -> None:
    path = Home(copy).check(FIRST) / name
    shown = path.relative_to(copy).as_posix()
    content = path.read_bytes()
    path.unlink()
    assert named(copy) == {("file_missing", shown)}
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert named(copy) == {("file_changed", shown)}


def test_a_mark_changed_with_its_files_is_named_by_the_ledger(copy: Path) -> None:
    partition = Home(copy).check(FIRST)
    (partition / "tickets.parquet").write_bytes(b"x")
    mark = read_mark(partition)
    assert mark is not None
    write_mark(partition, replace(mark, files=partition_files(partition)))
    assert named(copy) == {("partition_changed", f"lake/checks/{FIRST}/{MARK}")}


DAMAGES = [(name, Path.unlink) for name in STATE] + [(STATE[0], lambda path: path.write_bytes(b"PAR1"))]


@pytest.mark.parametrize(("name", "damage"), DAMAGES, ids=range(len(DAMAGES)))
def test_damaged_state_stops_the_next_check_with_words(copy: Path, name: str, damage: Callable[[Path], Any]) -> None:
    home = Home(copy)
    before = home.audit.read_bytes(), sha256(home.database), home.published_dates()
    damage(home.check(SECOND) / name)
    with pytest.raises(CheckStoppedError, match=rf"state_damaged.*{SECOND}/{name}.*备份"):
        check(copy, THIRD)
    assert (home.audit.read_bytes(), sha256(home.database), home.published_dates()) == before


def test_lost_events_of_an_older_date_are_damage_and_a_replay_without_the_folder_brings_them_back(copy: Path) -> None:
    before = contents(copy)
    (Home(copy).check(FIRST) / "ticket_events.parquet").unlink()
    with pytest.raises(CheckStoppedError, match=rf"state_damaged.*{FIRST}/ticket_events"):
        check(copy, THIRD)
    shutil.rmtree(Home(copy).check(FIRST))
    check(copy, FIRST, replay=True)
    now = contents(copy)
    assert {p: d for p, d in now.items() if p.startswith("published/2")} == {
        p: d for p, d in before.items() if p.startswith("published/2")
    }
    check(copy, THIRD)
    assert named(copy) == set()


def test_a_status_that_its_events_do_not_give_is_not_published(copy: Path) -> None:
    """The state of before may have been rewritten together with its mark: events and status must still agree."""
    home = Home(copy)
    partition = home.check(SECOND)
    tickets = pl.read_parquet(partition / "tickets.parquet")
    number = tickets.filter(pl.col("status") == "opened")["ticket_id"][0]
    moved = pl.when(pl.col("ticket_id") == number).then(pl.lit("visited")).otherwise("status").alias("status")
    as_version_0_5(copy)
    tickets.with_columns(moved).write_parquet(partition / "tickets.parquet")
    with pytest.raises(CheckStoppedError, match=r"status_is_sum_of_events.*1 处不符"):
        check(copy, THIRD)
    assert not home.publication(THIRD).exists()


def forged(home: Home, day: dt.date) -> None:
    """A folder and a partition that agree with each other to the last byte, as somebody could make them."""
    shutil.copytree(home.publication(SECOND), home.publication(day))
    shutil.rmtree(home.check(day), ignore_errors=True)
    shutil.copytree(home.check(SECOND), home.check(day))
    manifest = read_manifest(home.publication(day)) | {"as_of": str(day), "generated_at": "2026-11-27T09:00:00+08:00"}
    (home.publication(day) / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    mark = read_mark(home.check(day))
    assert mark is not None
    write_mark(home.check(day), replace(mark, manifest_sha256=sha256(home.publication(day) / MANIFEST)))


def test_a_forged_date_never_becomes_official(copy: Path) -> None:
    home = Home(copy)
    forged(home, OTHER)
    ledger = home.audit.read_bytes()
    with pytest.raises(CheckStoppedError, match=rf"publication_unknown.*{OTHER}"):
        check(copy, THIRD)
    assert home.audit.read_bytes() == ledger and not home.publication(THIRD).exists()


def test_a_date_replaced_by_a_forged_one_is_made_again_from_the_deliveries(copy: Path) -> None:
    home, before = Home(copy), contents(copy)
    kept = home.publication(SECOND) / "warnings" / "tickets.csv"
    partition = home.check(SECOND)
    kept.write_text("forged", encoding="utf-8")
    manifest = read_manifest(home.publication(SECOND)) | {"generated_at": "2026-11-27T09:00:00+08:00"}
    (home.publication(SECOND) / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    mark = read_mark(partition)
    assert mark is not None
    write_mark(partition, replace(mark, manifest_sha256=sha256(home.publication(SECOND) / MANIFEST)))
    check(copy, THIRD)
    assert named(copy) == set()
    shown = f"published/{SECOND}/warnings/tickets.csv"
    assert contents(copy)[shown] == before[shown]


def test_what_was_announced_and_appeared_is_completed(copy: Path) -> None:
    """As after a kill between folder and entry."""
    home = Home(copy)
    lines = home.audit.read_bytes().splitlines(keepends=True)[:-1]
    home.audit.write_bytes(b"".join(lines))
    last = json.loads(lines[-1])
    home.audit_head.write_text(
        json.dumps({"seq": 3, "hash": last["hash"]}, separators=(",", ":")) + "\n", encoding="ascii"
    )
    check(copy, THIRD)
    assert kinds(copy)[-3:] == [(PUBLISHED, str(SECOND)), (INTENDED, str(THIRD)), (PUBLISHED, str(THIRD))]
    assert named(copy) == set()


def as_version_0_5(root: Path) -> None:
    """Ledger and marks as version 0.5.3 wrote them: no intents, no digests of partitions."""
    home = Home(root)
    entries = [entry for entry in audit.entries(home) if entry.kind == PUBLISHED]
    home.audit.unlink()
    home.audit_head.unlink()
    for entry in entries:
        fields = {name: value for name, value in entry.fields.items() if name != "partition_sha256"}
        audit.append(home, entry.kind, entry.by, entry.at, fields)
        partition = home.check(dt.date.fromisoformat(fields["as_of"]))
        mark = read_mark(partition)
        assert mark is not None
        old = {name: value for name, value in asdict(mark).items() if name != "files"}
        (partition / MARK).write_text(json.dumps(old) + "\n", encoding="ascii")


def test_a_home_of_0_5_3_goes_on_and_is_proven_from_its_next_date_on(copy: Path) -> None:
    as_version_0_5(copy)
    assert named(copy) == set()
    check(copy, THIRD)
    assert kinds(copy)[2:] == [(INTENDED, str(THIRD)), (PUBLISHED, str(THIRD))]
    assert named(copy) == set()
    (Home(copy).check(THIRD) / "tickets.parquet").unlink()
    assert named(copy) == {("file_missing", f"lake/checks/{THIRD}/tickets.parquet")}


def test_a_publication_of_0_5_3_that_was_killed_before_its_entry_is_completed(copy: Path) -> None:
    as_version_0_5(copy)
    home = Home(copy)
    first = home.audit.read_bytes().splitlines(keepends=True)[0]
    home.audit.write_bytes(first)
    hashed = json.loads(first)["hash"]
    home.audit_head.write_text(json.dumps({"seq": 1, "hash": hashed}, separators=(",", ":")) + "\n", encoding="ascii")
    check(copy, THIRD)
    assert kinds(copy)[1] == (PUBLISHED, str(SECOND))
    assert named(copy) == set()


def test_a_kept_head_shows_a_ledger_that_was_cut_off_or_written_anew(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, kept = Home(copy), tmp_path / "audit.head"
    shutil.copyfile(home.audit_head, kept)

    def said(path: Path) -> tuple[int, str]:
        code = main(["verify", "--home", str(copy), "--head", str(path)])
        return code, capsys.readouterr().out

    assert said(kept)[0] == 0
    check(copy, THIRD)
    assert said(kept)[0] == 0, "an older head is still in the ledger"
    as_version_0_5(copy)  # computed anew, two lines instead of four
    code, words = said(kept)
    assert code == 1 and "audit_cut_off" in words
    mark = read_mark(home.check(SECOND))
    assert mark is not None
    for _ in range(2):
        intend(home, OTHER, mark, "2026-11-28T09:00:00+08:00")
    code, words = said(kept)
    assert code == 1 and "audit_rewritten" in words
    with pytest.raises(WrongUseError, match="head"):
        audit.against_head(home, tmp_path / "nothing")
