"""What Dagster loads (workspace.yaml, code location `shouwang`): assets, checks, job, schedules, sensor, resources.

Environment: SHOUWANG_HOME, SHOUWANG_ENGINE, SHOUWANG_MEMORY, SHOUWANG_EXECUTOR, SHOUWANG_SETTLE_SECONDS; all have defaults.
"""

from __future__ import annotations

import os

# Before anything of Dagster starts: usage statistics stay off even where the shipped dagster.yaml is not in use.
os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "true")

from dagster import Definitions

from assets import rights
from assets.home import UMASK
from pipelines.orchestration.catalogue import external_specs
from pipelines.orchestration.check import HomeResource, check_date
from pipelines.orchestration.jobs import daily_ticket_refresh, executor, monthly_silent_check, silent_check
from pipelines.orchestration.landing import landing_sensor
from pipelines.orchestration.quality import published_expectations

# Whatever loads this writes below the home folder: the code server, its runs, their logs and child processes.
os.umask(UMASK)
_home = HomeResource.from_environment()
rights.close_folder(_home.home.dagster)  # the instance made its first files before this was loaded

definitions = Definitions(
    assets=[*external_specs(), check_date],
    asset_checks=[published_expectations],
    jobs=[silent_check],
    schedules=[monthly_silent_check, daily_ticket_refresh],
    sensors=[landing_sensor(silent_check)],
    resources={"home": _home},
    executor=executor(),
)
