"""Publication of one check: lake partition, folder of files, database, in an order that a crash cannot spoil.

First the lake's partition gets its name (a later check builds on it), then the folder with its manifest (from then on
the date counts as published), then the database. Whatever a crash leaves out, the same check run again completes.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.home import sync_folder
from assets.publication.publish import PublishedFile, publish_folder
from rules.findings import ALL

if TYPE_CHECKING:
    from pipelines.check import CheckRun


def publish(run: CheckRun) -> tuple[Path, bool]:
    """Returns the published folder and whether its content changed."""
    _name_partition(run)
    folder, changed = publish_folder(
        run.home, run.as_of, run.previous, lambda aside: write_files(run, aside), manifest_facts(run), run.now()
    )
    return folder, changed


def _name_partition(run: CheckRun) -> None:
    target = run.home.check(run.as_of)
    shutil.rmtree(target, ignore_errors=True)
    run.folder.rename(target)
    sync_folder(target.parent)


def write_files(run: CheckRun, aside: Path) -> list[PublishedFile]:
    """Every file of the publication but the manifest."""
    warnings = aside / "warnings"
    warnings.mkdir()
    with (warnings / "tickets.jsonl").open("w", encoding="utf-8", newline="\n") as stream:
        for ticket in run.ticketing.objects:
            stream.write(json.dumps(ticket, ensure_ascii=False) + "\n")
    return [PublishedFile("warnings/tickets.jsonl", len(run.ticketing.objects), "tickets_jsonl", "1.0.0")]


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
