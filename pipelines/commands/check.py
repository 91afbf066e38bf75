"""`shouwang check` and `shouwang withdraw`."""

from __future__ import annotations

import argparse
import json
from typing import Any

from assets.errors import WrongUseError
from assets.home import Home
from pipelines.check import STAGE_ZH, STAGES, run_check
from pipelines.commands.replay import replay_all, withdraw
from pipelines.lock import beijing_now, require_not_ahead
from pipelines.screen import Progress, print_summary
from pipelines.summary import summarise


def check_command(options: argparse.Namespace, home: Home) -> int:
    """One date, an older one with all later ones, or after a loss every recorded date. What comes after the publication
    may fail: `options.published` says until then what has been published."""
    if options.as_of is None and not options.replay_all:
        raise WrongUseError("as_of", "请用 --as-of 写明核对日期。", "Name the check date with --as-of.")
    if options.as_of is not None and not options.ahead:
        require_not_ahead(options.as_of, beijing_now())
    with Progress(len(STAGES), quiet=options.json) as progress:
        how: dict[str, Any] = {
            "engine": options.engine,
            "without_rejected": options.without_rejected,
            "wait": options.wait,
            "progress": lambda stage: progress.step(STAGE_ZH[stage], stage, STAGES.index(stage) + 1),
            "say": progress.note,
            "published": options.published.extend,
        }
        if options.replay_all:
            run = replay_all(home, options.as_of, now=beijing_now, **how)
        else:
            run = run_check(home, options.as_of, replay=options.replay, full=options.full, **how)
    summary = summarise(run)
    if options.json:
        print(json.dumps(summary, ensure_ascii=False, indent=1))
    else:
        print_summary(summary)
    return 0


def withdraw_command(options: argparse.Namespace, home: Home) -> int:
    """Take the newest publication back."""
    with Progress(1) as progress:
        words = (options.by, options.reason)
        print(withdraw(home, options.date, *words, engine=options.engine, say=progress.note, now=beijing_now))
    return 0
