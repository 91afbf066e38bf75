"""`python -m pipelines.orchestration.tidy`, before Dagster's services start: give up runs whose process is gone.

A power cut leaves a run in the state "started" for ever, and as one check runs at a time it would block the queue.
When the services start, none of their runs can be alive; a check that holds the home folder's lock is left alone.
"""

from __future__ import annotations

import os
import sys

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from assets.errors import CheckStoppedError
from assets.home import UMASK
from pipelines.lock import locked
from pipelines.orchestration.check import HomeResource

UNFINISHED = (DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING)
WORDS = "进程已不在(断电或被终止), 按失败处理; 重新核对即可。/ The process is gone; run the check again."


def give_up_lost_runs(instance: DagsterInstance, home: HomeResource) -> int:
    """Mark unfinished runs as failed; returns how many. None while a check is running in the home folder."""
    lost = instance.get_runs(RunsFilter(statuses=list(UNFINISHED)))
    if not lost:
        return 0
    try:
        with locked(home.home):
            for run in lost:
                instance.report_run_failed(run, WORDS)
    except CheckStoppedError:
        return 0
    return len(lost)


def main() -> None:
    os.umask(UMASK)
    with DagsterInstance.get() as instance:
        count = give_up_lost_runs(instance, HomeResource.from_environment())
    if count:
        print(f"{count} 个中断的运行已按失败处理 / interrupted runs given up: {count}", file=sys.stderr)


if __name__ == "__main__":
    main()
