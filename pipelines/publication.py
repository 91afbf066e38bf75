"""Publication of one check: everything is written aside first, then a few renames in an order a crash cannot spoil.

The lake's partition gets its name (a later check builds on it), then the folder with its manifest (from then on the
date counts as published), then the database. What a crash leaves out, the same check run again completes.
"""

from __future__ import annotations

import shutil
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from assets.home import sync_folder, whole_file
from assets.publication import files
from assets.publication.database import database_aside, replace_database
from assets.publication.pseudonyms import Pseudonyms, load_key
from assets.publication.publish import PublishedFile, publish_folder
from assets.publication.readiness import readiness_rows, write_readiness
from assets.publication.tables import Inputs
from assets.publication.workbooks import write_township_workbooks
from data_contracts import published_contract
from rules.findings import ALL

if TYPE_CHECKING:
    from pipelines.check import CheckRun


def publish(run: CheckRun) -> tuple[Path, bool]:
    """Returns the published folder and whether its content changed.

    The database of unchanged content is left alone: DuckDB does not write the same bytes twice, readers should see them.
    """
    rejected = files.rejected_rows(run.home, run.stock.deliveries.values())
    stamp = run.home.lake / "database_of"
    # The database is made beside the files, not after them: DuckDB's process and the workbooks need a core each.
    database = database_aside(_inputs(run, rejected))
    digests: list[str] = []
    with ThreadPoolExecutor(1) as worker, ExitStack() as stack:
        building = worker.submit(database.__enter__)
        stack.callback(_discard, database, building)

        def before_it_appears(digest: str, is_changed: bool) -> None:
            is_current = run.home.database.is_file() and stamp.is_file() and stamp.read_text() == digest
            building.result()
            if is_changed or not is_current:
                digests.append(digest)
            _name_partition(run)

        folder, changed = publish_folder(
            run.home,
            run.as_of,
            run.previous,
            lambda aside: write_files(run, rejected, aside),
            manifest_facts(run),
            run.now(),
            before_it_appears,
        )
        for digest in digests:
            replace_database(run.home, building.result())
            with whole_file(stamp) as aside:
                aside.write_text(digest)
    return folder, changed


def _discard(database: AbstractContextManager[Path], building: Future[Path]) -> None:
    """Remove what was not put in place; a build that failed has cleaned up behind itself."""
    if building.exception() is None:
        database.__exit__(None, None, None)


def _inputs(run: CheckRun, rejected: pl.DataFrame) -> Inputs:
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
    )


def _name_partition(run: CheckRun) -> None:
    target = run.home.check(run.as_of)
    shutil.rmtree(target, ignore_errors=True)
    run.folder.rename(target)
    sync_folder(target.parent)


def write_files(run: CheckRun, rejected: pl.DataFrame, aside: Path) -> list[PublishedFile]:
    """Every file of the publication but the manifest."""
    objects = run.ticketing.objects
    warnings = aside / "warnings"
    warnings.mkdir()
    households = pl.read_parquet(run.folder / "households.parquet")
    members = pl.read_parquet(run.folder / "members.parquet", columns=["household_id", "person_id", "name"])
    waiting = readiness_rows(households, members, run.registers.gaps)
    folders = {
        ("warnings/by_township", "township_workbook"): write_township_workbooks(
            objects, warnings / "by_township", run.as_of
        ),
        ("readiness", "readiness_workbook"): write_readiness(waiting, aside / "readiness", run.as_of),
        ("rejected", "rejected_rows_csv"): files.write_rejected(rejected, aside / "rejected"),
    }
    single = {
        "tickets.jsonl": ("tickets_jsonl", files.write_jsonl),
        "tickets.csv": ("tickets_csv", files.write_csv),
        "tickets.parquet": ("tickets_parquet", files.write_parquet),
    }
    written = [
        _file(f"warnings/{name}", write(objects, warnings / name), contract)
        for name, (contract, write) in single.items()
    ]
    written.append(
        _file("warnings/tickets.schema.json", files.write_schema(warnings / "tickets.schema.json"), "tickets_jsonl")
    )
    return written + [
        _file(f"{folder}/{name}", rows, contract)
        for (folder, contract), rows_by_name in folders.items()
        for name, rows in rows_by_name.items()
    ]


def _file(path: str, rows: int, contract: str) -> PublishedFile:
    return PublishedFile(path, rows, contract, published_contract(contract).version)


def manifest_facts(run: CheckRun) -> dict[str, Any]:
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
