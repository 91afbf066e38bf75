"""What one check publishes, made aside: partition, folder with manifest and database wait, flushed, for their names.

They get them together with those of all dates of the same command (assets/publication/commit.py).
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from assets import rights
from assets.county_policy import is_county
from assets.home import sha256, sync_file, sync_folder, sync_tree, waiting
from assets.lake import read_table
from assets.publication import files
from assets.publication.commit import Made
from assets.publication.corrections import write_corrections
from assets.publication.database import database_aside, database_form
from assets.publication.inputs import Inputs
from assets.publication.life import Life
from assets.publication.pseudonyms import Pseudonyms, load_key
from assets.publication.publish import MARK, Mark, PublishedFile, partition_files, publish_folder, write_mark
from assets.publication.readiness import readiness_rows, write_readiness
from assets.publication.records import Stamp, is_database_of, keep_waiting, known_manifests
from assets.publication.referrals import write_referrals
from assets.publication.returned import Returned, sent_back
from assets.publication.supervision_workbook import write_supervision
from assets.publication.workbooks import write_township_workbooks
from data_contracts.publications import published
from pipelines.report import report_file
from policy.values import PolicyValue
from rules.findings import ALL

if TYPE_CHECKING:
    from pipelines.stages import Stages


def publish(run: Stages) -> Made:
    """Make everything aside; only the newest date of a command leaves a database.

    The database of unchanged content is left alone: DuckDB does not write the same bytes twice, readers should see them.
    One that an earlier version of the program made is replaced all the same.
    """
    sync_tree(run.folder)  # later checks build on all of it
    rejected = files.rejected_rows(run.home, run.stock.deliveries.values(), run.ticketing.refused)
    # The database is made beside the files, not after them: DuckDB's process and the workbooks need a core each.
    database = database_aside(_inputs(run, rejected))
    with ThreadPoolExecutor(1) as worker, ExitStack() as stack:
        building = worker.submit(database.__enter__)
        stack.callback(_discard, database, building)
        stamping = worker.submit(lambda: sha256(building.result()))
        proving = worker.submit(partition_files, run.folder)
        mark, changed = publish_folder(
            run.home,
            run.as_of,
            run.previous,
            # The report reads the finished database: every figure on it is one that analysts can ask for.
            lambda aside: [*write_files(run, rejected, aside), report_file(run, building.result(), aside)],
            manifest_facts(run),
            run.now(),
            known_manifests(run.home, run.as_of),
        )
        mark = replace(mark, files=proving.result())
        _share(run, building.result(), changed)
        _mark_partition(run, mark)
        form = database_form()
        is_kept = run.is_newest and (changed or not is_database_of(run.home, mark.digest, form))
        if is_kept:
            keep_waiting(run.home, building.result(), Stamp(mark.digest, stamping.result(), form=form))
    return Made(run.as_of, mark, changed, is_kept)


def _share(run: Stages, database: Path, is_changed: bool) -> None:
    """Give what is about to appear to the group that the policy names; unchanged content may be given to another one."""
    folder = run.home.publication(run.as_of)
    rights.let_in(run.home, run.group)
    rights.share(waiting(folder) if is_changed else folder, run.group)
    for file in (database, run.home.database):
        if file.exists():
            rights.share(file, run.group)


def _discard(database: AbstractContextManager[Path], building: Future[Path]) -> None:
    """Remove what was not put in place; a build that failed has cleaned up behind itself."""
    if building.exception() is None:
        database.__exit__(None, None, None)


def _inputs(run: Stages, rejected: pl.DataFrame) -> Inputs:
    return Inputs(
        home=run.home,
        folder=run.folder,
        as_of=run.as_of,
        stock=run.stock,
        rejected=rejected,
        policy=run.registers.policy,
        book=run.book,
        fresh=run.fresh,
        gaps=run.registers.gaps,
        objects=run.ticketing.objects,
        pseudonyms=Pseudonyms(load_key(run.home)),
        reasons=run.findings.county_reasons,
    )


def _mark_partition(run: Stages, mark: Mark) -> None:
    """The partition says which manifest it belongs to; whole and flushed it waits for its name."""
    write_mark(run.folder, mark)
    sync_file(run.folder / MARK)
    sync_folder(run.folder)
    run.folder.rename(waiting(run.home.check(run.as_of)))


def write_files(run: Stages, rejected: pl.DataFrame, aside: Path) -> list[PublishedFile]:
    """Every file of the publication but the manifest."""
    objects = run.ticketing.objects
    warnings = aside / "warnings"
    warnings.mkdir()
    households = read_table(run.folder, "households")
    members = read_table(run.folder, "members", ["household_id", "person_id", "name"])
    back = returned_of(run, rejected)
    waiting = readiness_rows(
        households, members, run.registers.gaps, lambda county, gap: run.book.rule_basis(county, gap, run.as_of)
    )
    folders = {
        ("warnings/by_township", "township_workbook"): write_township_workbooks(
            objects, warnings / "by_township", run.as_of, back.townships
        ),
        ("readiness", "readiness_workbook"): write_readiness(waiting, aside / "readiness", run.as_of),
        ("rejected", "rejected_rows_csv"): files.write_rejected(rejected, aside / "rejected"),
        **_follow_up(run, aside, back),
    }
    flat = files.flat_tickets(objects)
    single = {
        ("tickets.jsonl", "tickets_jsonl"): files.write_jsonl(objects, warnings / "tickets.jsonl"),
        ("tickets.csv", "tickets_csv"): files.write_csv(flat, warnings / "tickets.csv"),
        ("tickets.parquet", "tickets_parquet"): files.write_parquet(flat, warnings / "tickets.parquet"),
        ("tickets.schema.json", "tickets_jsonl"): files.write_schema(warnings / "tickets.schema.json"),
    }
    return [_file(f"warnings/{name}", rows, contract) for (name, contract), rows in single.items()] + [
        _file(f"{folder}/{name}", rows, contract)
        for (folder, contract), rows_by_name in folders.items()
        for name, rows in rows_by_name.items()
    ]


def returned_of(run: Stages, rejected: pl.DataFrame) -> Returned:
    """What people sent and could not be taken."""
    tickets = run.ticketing.tickets
    counties = {ticket.county_code for ticket in tickets.values()} | set(run.lists.counties)
    return sent_back(run.stock, rejected, tickets, sorted(filter(is_county, counties)), run.previous)


def _follow_up(run: Stages, aside: Path, back: Returned) -> dict[tuple[str, str], dict[str, int]]:
    """What waits for somebody: lists for supervision, for the departments that help, for those whose records are disputed."""
    life = Life.read(run.home, run.folder, run.as_of)
    tickets = run.ticketing.tickets

    def value(county: str, parameter: str) -> PolicyValue | None:
        # A county may have tickets and no household any more.
        return run.registers.policy.value(county, parameter) or run.book.resolve(county, parameter, run.as_of)

    return {
        ("supervision", "supervision_workbook"): write_supervision(life, value, aside / "supervision", back.counties),
        ("referrals", "referral_workbook"): write_referrals(tickets.values(), aside / "referrals", run.as_of),
        ("corrections", "correction_requests"): write_corrections(
            run.stock, tickets, life.closed_today["ticket_id"].to_list(), aside / "corrections"
        ),
    }


def _file(path: str, rows: int, contract: str) -> PublishedFile:
    return PublishedFile(path, rows, contract, published(contract).version)


def manifest_facts(run: Stages) -> dict[str, Any]:
    """What the manifest says besides the files. No clock and no paths of this machine: same inputs, same bytes."""
    return {
        "policy_digest": run.book.digest(),
        "rules": {rule.code: rule.version for rule in ALL},
        "counts": {
            "households": int(run.ticketing.results.filter(rule=ALL[0].code)["households"].sum()),
            "tickets": len(run.ticketing.objects),
        },
        "deliveries": [
            {
                "file": d.file.shown,
                "data_date": d.file.data_on.isoformat(),
                "sha256": d.sha256,
                "status": d.status,
                "code": d.code,
                "read": d.read,
                "accepted": d.accepted,
                "set_aside": d.set_aside,
            }
            for d in run.stock.deliveries.values()
        ],
    }
