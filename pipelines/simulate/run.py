"""The simulation itself: every published check date of the period twice, and how the two runs differ.

Once under the policy of the home folder (the baseline), once with the given values laid over it; both as known when the
date was published, and both from the state stored before the first of them. So the difference is the policy's alone,
whatever has changed in the program since; whether the baseline gives what was published is checked and said. Without
values, one run under the present rules and policy is compared with what was published. Nothing of the home folder but
`lake/tmp` is written (docs/decisions/0021-what-if.md).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from assets.county_policy import is_county
from assets.errors import CheckStoppedError, WrongUseError
from assets.home import Home
from pipelines.check import STAGES, CheckRun
from pipelines.engines.scratch import clear_scratch, scratch
from pipelines.lock import locked
from pipelines.recovery import unfinished
from pipelines.simulate.compare import View, cases_so_far, opened, tickets_not_repeated, together, view_of
from pipelines.simulate.counts import Known, carried, changed_modes, changed_results, period
from pipelines.simulate.scratch_runs import SimulatedRun, Snapshot, rows_in, scratch_home
from pipelines.simulate.values import Effects
from pipelines.storage import storage_errors
from policy.overlay import Overlay, read_overlay
from policy.policy import PolicyBook
from rules.findings import ALL

PUBLISHED: Final = "published"
SIMULATED: Final = "simulated"
RUN_ZH: Final = {PUBLISHED: "基准", SIMULATED: "试算"}
DAY: Final = dt.timedelta(days=1)


def simulate(
    home: Home,
    policy: Path | None,
    first: dt.date,
    last: dt.date,
    *,
    engine: str = "duckdb",
    wait: float = 0,
    progress: Callable[[str, dt.date, str], None] = lambda *_: None,
    say: Callable[[str], None] = lambda _: None,
    watch: Callable[[str, CheckRun], None] = lambda *_: None,
) -> dict[str, Any]:
    """The simulation as one dictionary (`--json` prints it as it is).

    `policy`: a policy file or a folder of them; None: what the present rule versions and policy files change.
    `progress` hears run, check date and stage; `watch` sees every run before it is let go.
    Raises WrongUseError (nothing to simulate), PolicyError (a mistake in a policy file), CheckStoppedError.
    """
    overlay, dates = _overlay(policy), _dates(home, first, last)
    with storage_errors(), _snapshot(home, dates, wait, say) as (snapshot, folder):
        book = PolicyBook.load(home.policy)
        other = overlay.on(book) if overlay else None
        runs = _Runs(snapshot, folder, book, other, engine, progress, watch)
        newest = snapshot.published[-1]
        known = Known.of(cases_so_far(snapshot.home.check(newest)))
        effects = Effects(overlay or Overlay((), {}), book, other or book)
        days = [_day(runs, day, effects, known) for day in dates]
        total = _total(runs, dates[0], known)
    return {
        "status": SIMULATED,
        "from": str(first),
        "to": str(last),
        "check_dates": [day.isoformat() for day in dates],
        "outcomes_as_of": newest.isoformat(),
        "engine": engine,
        "compared_with": "publication" if overlay is None else "present_policy",
        "is_different": any(day["is_different"] for day in days),
        "policy": effects.listed(dates[-1]),
        "counties": {code: book.label(code) for code in sorted(runs.counties)},
        "precision": known.table(),
        "dates": days,
        "total": total,
    }


def steps(home: Home, policy: Path | None, first: dt.date, last: dt.date) -> int:
    """How many stages `progress` will hear."""
    dates = [day for day in home.published_dates() if first <= day <= last]
    return len(dates) * (1 if policy is None else 2) * (len(STAGES) - 1)


@dataclass
class _Runs:
    """Both runs on their way through the check dates. `other`: the policy with values laid over it, if there are any."""

    snapshot: Snapshot
    folder: Path
    book: PolicyBook
    other: PolicyBook | None
    engine: str
    progress: Callable[[str, dt.date, str], None]
    watch: Callable[[str, CheckRun], None]
    before: list[View] = field(default_factory=list)
    after: list[View] = field(default_factory=list)
    counties: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._homes = {name: scratch_home(self.folder / name, self.snapshot) for name in (PUBLISHED, SIMULATED)}

    def step(self, day: dt.date) -> tuple[list[str], int | None]:
        """One check date in both. Returns its counties, and tickets_not_repeated of the baseline."""
        published, not_repeated = self.snapshot.home.check(day), None
        first = self._run(SIMULATED if self.other is None else PUBLISHED, day, self.book, published)
        counties = [code for code in first.lists.counties if is_county(code)]
        self.counties.update(counties)
        first.release()
        if self.other is None:
            self.before.append(view_of(published, day))
            self.after.append(view_of(first.folder, day))
        else:
            not_repeated = tickets_not_repeated(published, first.folder)
            second = self._run(SIMULATED, day, self.other, first.folder)
            second.release()
            self.before.append(view_of(first.folder, day))
            self.after.append(view_of(second.folder, day))
            second.keep()
        first.keep()  # only now: the second run takes its rows over
        return counties, not_repeated

    def _run(self, name: str, day: dt.date, policy: PolicyBook, rows: Path) -> SimulatedRun:
        run = SimulatedRun(
            self._homes[name],
            day,
            engine_name=self.engine,
            without_rejected=True,  # whoever published the date had decided that
            progress=lambda stage: self.progress(name, day, stage),
            previous=max((earlier for earlier in self.snapshot.published if earlier < day), default=None),
            snapshot=self.snapshot,
            policy=policy,
            stored=rows_in(rows),
        )
        try:
            run.run()
            self.watch(name, run)
        except BaseException:
            run.close()
            raise
        return run


def _day(runs: _Runs, day: dt.date, effects: Effects, known: Known) -> dict[str, Any]:
    counties, not_repeated = runs.step(day)
    effects.look(day, counties)
    before, after = runs.before[-1], runs.after[-1]
    return {
        "as_of": day.isoformat(),
        "baseline": _baseline(runs.snapshot.manifest(day), runs.book, not_repeated),
        "modes": changed_modes(before, after),
        "results": changed_results(before, after),
        **period(before, after, day, known, runs.book),
    }


def _total(runs: _Runs, first: dt.date, known: Known) -> dict[str, Any]:
    """The whole period: the tickets opened in it, and apart from them those carried over from before."""
    before, after = together(runs.before), together(runs.after)
    (old, new), (old_after, new_after) = opened(before, first), opened(after, first)
    return {**period(new, new_after, first, known, runs.book), "carried": carried(old, old_after)}


def _baseline(manifest: dict[str, Any], book: PolicyBook, not_repeated: int | None) -> dict[str, Any]:
    """Whether the baseline is what was published, and what has changed since."""
    return {
        "is_as_published": not_repeated is None,
        "tickets_not_repeated": not_repeated or 0,
        "is_policy_changed": manifest["policy_digest"] != book.digest(),
        "rules_changed": [rule.code for rule in ALL if manifest["rules"].get(rule.code) != rule.version],
    }


# --- What there is to simulate -----------------------------------------------------------------------------------------
def _overlay(path: Path | None) -> Overlay | None:
    if path is None:
        return None
    if not path.exists():
        raise WrongUseError("policy_missing", f"没有政策文件 {path}。", f"There is no policy file {path}.")
    overlay = read_overlay(path)
    if not overlay.values:
        raise WrongUseError(
            "policy_empty",
            f"{path} 中没有任何参数值, 无可试算。写法见 policy/national.yaml。",
            f"{path} holds no value of any parameter: nothing to simulate. See policy/national.yaml.",
        )
    return overlay


def _dates(home: Home, first: dt.date, last: dt.date) -> list[dt.date]:
    if first > last:
        raise WrongUseError(
            "dates_reversed", f"--from {first} 晚于 --to {last}。", f"--from {first} is after --to {last}."
        )
    published = home.published_dates()
    dates = [day for day in published if first <= day <= last]
    if dates:
        return dates
    shown = ", ".join(map(str, published[-12:])) or "无 / none"
    raise WrongUseError(
        "no_check_date",
        f"{first} 至 {last} 之间没有已发布的核对日期。已发布(最近 12 期): {shown}",
        f"No check date between {first} and {last} was published. Published (newest 12): {shown}",
    )


@contextmanager
def _snapshot(
    home: Home, dates: list[dt.date], wait: float, say: Callable[[str], None]
) -> Iterator[tuple[Snapshot, Path]]:
    """The lake as it is now, in scratch. The lock is held only while it is taken: a check need not wait for a simulation."""
    with ExitStack() as stack:
        with locked(home, wait, say):
            _require_whole(home, dates)
            clear_scratch(home)  # what a killed one left
            folder = stack.enter_context(scratch(home, "simulate"))
            snapshot = Snapshot(home, folder / "as_it_was", dates)
        yield snapshot, folder


def _require_whole(home: Home, dates: list[dt.date]) -> None:
    """What is built upon must be there, and be of one run."""
    earlier = [day for day in home.published_dates() if day < dates[0]]
    needed = {*earlier[-1:], *dates, home.published_dates()[-1]}
    torn = [day for day in unfinished(home, dates[-1] + DAY) if day in needed]
    torn += [day for day in sorted(needed) if not (home.check(day) / "tickets.parquet").is_file()]
    if torn:
        raise CheckStoppedError(
            "check_unfinished",
            f"{torn[0]} 的核对中断过或其存档不完整, 不能据以试算。请先重做: shouwang check --as-of {torn[0]} --replay。",
            f"The check of {torn[0]} was interrupted or its lake partition is incomplete: nothing can be built on it. "
            f"Do it again first: shouwang check --as-of {torn[0]} --replay.",
        )
