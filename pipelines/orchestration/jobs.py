"""When a check runs: one job, two schedules, one sensor. All are off until a person switches them on.

The monthly silent check and the daily refresh run the same job on the same partition set: a check date answers for
everything known on that day. Running one date twice is harmless (the same inputs give the same bytes).
"""

from __future__ import annotations

import os
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from dagster import (
    AssetSelection,
    DefaultScheduleStatus,
    ExecutorDefinition,
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    define_asset_job,
    in_process_executor,
    multiprocess_executor,
)

from assets.errors import WrongUseError
from pipelines.orchestration.catalogue import LANDING, POLICY, TIME_ZONE

MONTHLY: Final = "0 2 20 * *"
DAILY: Final = "0 6 * * *"

silent_check = define_asset_job(
    "silent_check",
    selection=AssetSelection.all() - AssetSelection.assets(LANDING, POLICY),
    description="核对一个日期: 清点、归集、逐条规则、出单、发布, 再核验发布内容 / One check date from landing files to publication",
)


def _schedule(name: str, cron: str, why: str, description: str) -> ScheduleDefinition:
    def request(context: ScheduleEvaluationContext) -> RunRequest:
        planned = context.scheduled_execution_time
        assert isinstance(planned, datetime)
        day = planned.astimezone(ZoneInfo(TIME_ZONE)).date().isoformat()
        return RunRequest(run_key=f"{name}-{day}", partition_key=day, tags={"shouwang/why": why})

    return ScheduleDefinition(
        name=name,
        job=silent_check,
        cron_schedule=cron,
        execution_timezone=TIME_ZONE,
        execution_fn=request,
        default_status=DefaultScheduleStatus.STOPPED,
        description=description,
    )


monthly_silent_check = _schedule(
    "monthly_silent_check",
    MONTHLY,
    "monthly silent check",
    "每月 20 日 02:00 静默核对 / The monthly silent check, the 20th at 02:00",
)
daily_ticket_refresh = _schedule(
    "daily_ticket_refresh",
    DAILY,
    "daily refresh",
    "每日 06:00 更新预警单: 收回处置结果、计算逾期 / Take outcomes back in, count overdue days, at 06:00 every day",
)


def executor() -> ExecutorDefinition:
    """SHOUWANG_EXECUTOR: in_process (default: a check is one step, a process for it only costs time) or multiprocess."""
    chosen = os.environ.get("SHOUWANG_EXECUTOR") or "in_process"
    known = {"in_process": in_process_executor, "multiprocess": multiprocess_executor}
    if chosen not in known:
        raise WrongUseError(
            "executor_unknown",
            f"没有名为 {chosen} 的执行方式, 可用: {', '.join(known)}",
            f"SHOUWANG_EXECUTOR={chosen} is unknown; use one of {', '.join(known)}",
        )
    return known[chosen]
