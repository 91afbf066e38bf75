"""A back-fill stops at a failed date: ticket state passes from one date to the next, so nothing is published over a hole.

Dagster starts the runs of a back-fill one after the other and goes on when one has failed. A self-dependency of the first
asset would stop it as well, and would refuse every date after a day without a check; so the first step looks itself.
"""

from __future__ import annotations

import datetime as dt

from dagster import DagsterInstance, DagsterRunStatus, Failure, RunsFilter

from assets import audit
from assets.home import Home
from assets.publication.records import newest_records

BACKFILL = "dagster/backfill"
PARTITION = "dagster/partition"


def require_no_hole(instance: DagsterInstance, home: Home, backfill: str | None, as_of: dt.date) -> None:
    """Failure when an earlier date of the same back-fill has failed or is not done yet. `backfill`: its id, None outside one."""
    if backfill is None:
        return
    for day in sorted(day for day in _dates(instance, backfill) if day < as_of):
        if not _is_done(instance, home, backfill, day):
            raise Failure(
                f"[backfill_hole] 同一次补跑中较早的 {day} 未完成或已失败, {as_of} 不接在其后发布; 未发布任何内容。"
                f"请先排除 {day} 的问题并重新核对该日, 再按日期先后重新运行其后各日。\n"
                f"{day} of the same back-fill has failed or is not done, so {as_of} is not published over it; nothing was "
                f"published. Put {day} right and check it again, then run the later dates in order.",
                metadata={"code": "backfill_hole", "日期 date": day.isoformat()},
                allow_retries=False,
            )


def _dates(instance: DagsterInstance, backfill: str) -> set[dt.date]:
    """The check dates that a back-fill is about: those it has begun, and those it is still going to begin."""
    names = {run.tags.get(PARTITION) for run in instance.get_runs(RunsFilter(tags={BACKFILL: backfill}))}
    record = instance.get_backfill(backfill)
    if record is not None and record.asset_backfill_data is not None:
        for subset in record.asset_backfill_data.target_subset.partitions_subsets_by_asset_key.values():
            names |= set(subset.get_partition_keys())
    elif record is not None:
        names |= set(record.partition_names or ())
    return {dt.date.fromisoformat(name) for name in names if name}


def _is_done(instance: DagsterInstance, home: Home, backfill: str, day: dt.date) -> bool:
    """Whether its newest run, of this back-fill or of somebody who put it right, has ended well, or a check on the command
    line has published it since."""
    runs = instance.get_run_records(RunsFilter(tags={BACKFILL: backfill, PARTITION: day.isoformat()}), limit=1)
    newest = instance.get_runs(RunsFilter(tags={PARTITION: day.isoformat()}), limit=1)
    if not runs:
        return False
    entry = newest_records(audit.entries(home)).get(day)
    if entry is not None and dt.datetime.fromisoformat(entry.at) > runs[0].create_timestamp:
        return True
    return newest[0].status is DagsterRunStatus.SUCCESS
