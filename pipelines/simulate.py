"""`shouwang simulate`: what would have been found, and who would have had a ticket, under other policy values.

Every published check date of the period is done twice in scratch, as known when it was published: once under the
policy of the home folder, once with the given values laid over it. Both start from the state stored before the first of
them. The difference is the policy's alone, whatever has changed in the program since; whether the first run gives what
was published is checked and said. Without values, one run under the present rules and policy is compared with what was
published. Nothing of the home folder but `lake/tmp` is written (docs/decisions/0021-what-if.md).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from assets.county_policy import is_county
from assets.deliveries import Stock
from assets.errors import CheckStoppedError, WrongUseError
from assets.home import Home
from pipelines.check import STAGES, CheckRun
from pipelines.lock import locked
from pipelines.recovery import unfinished
from pipelines.scratch import clear_scratch, scratch
from pipelines.simulation_compare import (
    View,
    cases_so_far,
    opened_before,
    opened_from,
    tickets_not_repeated,
    together,
    view_of,
)
from pipelines.simulation_policy import Effects
from pipelines.simulation_summary import Known, carried, changed_modes, changed_results, period
from pipelines.simulation_worlds import Rows, SimulatedRun, Snapshot, Then, World
from pipelines.storage import storage_errors
from policy.overlay import Overlay, read_overlay
from policy.policy import PolicyBook
from rules.findings import ALL

PUBLISHED: Final = "published"
SIMULATED: Final = "simulated"
WORLD_ZH: Final = {PUBLISHED: "基准", SIMULATED: "试算"}
PRESENT_POLICY: Final = "present_policy"
PUBLICATION: Final = "publication"
DAY: Final = dt.timedelta(days=1)

Watch = Callable[[str, CheckRun], None]


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
    watch: Watch = lambda *_: None,
) -> dict[str, Any]:
    """The simulation as one dictionary (`--json` prints it as it is).

    `policy`: a policy file or a folder of them; None: what the present rule versions and policy files change.
    `progress` hears world, check date and stage; `watch` sees every run before it is let go.
    Raises WrongUseError (nothing to simulate), PolicyError (a mistake in a policy file), CheckStoppedError.
    """
    overlay, dates = _overlay(policy), _dates(home, first, last)
    with storage_errors(), _snapshot(home, dates, wait, say) as (snapshot, folder):
        book = PolicyBook.load(home.policy)
        other = overlay.on(book) if overlay else None
        worlds = _Worlds(snapshot, folder, book, other, engine, progress, watch)
        known = Known.of(cases_so_far(snapshot.partition(snapshot.newest)))
        effects = Effects(overlay or Overlay((), {}), book, other or book)
        days = [_day(worlds, snapshot.then(day), effects, known) for day in dates]
        total = _total(worlds, dates[0], known)
    return {
        "status": SIMULATED,
        "from": str(first),
        "to": str(last),
        "check_dates": [day.isoformat() for day in dates],
        "outcomes_as_of": snapshot.newest.isoformat(),
        "engine": engine,
        "compared_with": PUBLICATION if overlay is None else PRESENT_POLICY,
        "is_different": any(day["is_different"] for day in days),
        "policy": effects.listed(dates[-1]),
        "counties": {code: book.label(code) for code in worlds.counties},
        "precision": known.table(),
        "dates": days,
        "total": total,
    }


def steps(home: Home, policy: Path | None, first: dt.date, last: dt.date) -> int:
    """How many stages `progress` will hear."""
    dates = [day for day in home.published_dates() if first <= day <= last]
    return len(dates) * (1 if policy is None else 2) * (len(STAGES) - 1)


@dataclass
class _Worlds:
    """Both worlds on their way through the check dates. `other`: the policy with values laid over it, if there are any."""

    snapshot: Snapshot
    folder: Path
    book: PolicyBook
    other: PolicyBook | None
    engine: str
    progress: Callable[[str, dt.date, str], None]
    watch: Watch
    before: list[View] = field(default_factory=list)
    after: list[View] = field(default_factory=list)
    counties: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._published = World(self.folder / PUBLISHED, self.snapshot)
        self._simulated = World(self.folder / SIMULATED, self.snapshot)

    def step(self, then: Then) -> tuple[list[str], int | None]:
        """One check date in both. Returns its counties, and tickets_not_repeated of the first."""
        if self.other is None:
            self.before.append(view_of(then.partition, then.as_of))
            run, not_repeated = self._run(SIMULATED, self._simulated, then, self.book), None
            counties = _counties(run)
            self._end(run, self._simulated, self.after)
        else:
            one = self._run(PUBLISHED, self._published, then, self.book)
            counties, not_repeated = _counties(one), tickets_not_repeated(then.partition, one.folder)
            rows, stock = one.rows(), one.stock
            _let_go(one)
            two = self._run(SIMULATED, self._simulated, then, self.other, rows, stock)
            self._end(one, self._published, self.before)  # only now: the second run reads the rows of the first
            self._end(two, self._simulated, self.after)
        self.counties.update(counties)
        return counties, not_repeated

    @staticmethod
    def _end(run: SimulatedRun, world: World, views: list[View]) -> None:
        views.append(view_of(run.folder, run.as_of))
        _let_go(run)
        world.keep(run)

    def _run(
        self,
        name: str,
        world: World,
        then: Then,
        book: PolicyBook,
        stored: Rows | None = None,
        stock: Stock | None = None,
    ) -> SimulatedRun:
        world.go_to(then)
        run = SimulatedRun(
            world.home,
            then.as_of,
            engine_name=self.engine,
            without_rejected=True,  # whoever published the date had decided that
            progress=lambda stage: self.progress(name, then.as_of, stage),
            previous=then.previous,
            world=world,
            then=then,
            policy_book=book,
            shared=stock,
            stored=stored,
        )
        try:
            run.run()
            self.watch(name, run)
        except BaseException:
            run.close()
            raise
        return run


def _counties(run: CheckRun) -> list[str]:
    return [code for code in run.lists.counties if is_county(code)]


def _let_go(run: CheckRun) -> None:
    """One world at a time in memory: its engine is closed, and nothing holds its tables."""
    run.close()
    for name in ("engine_of_all", "registers", "facts", "findings", "ticketing", "stock"):
        run.__dict__.pop(name, None)


def _day(worlds: _Worlds, then: Then, effects: Effects, known: Known) -> dict[str, Any]:
    counties, not_repeated = worlds.step(then)
    effects.look(then.as_of, counties)
    before, after = worlds.before[-1], worlds.after[-1]
    return {
        "as_of": then.as_of.isoformat(),
        "baseline": _baseline(then, worlds.book, not_repeated),
        "modes": changed_modes(before, after),
        "results": changed_results(before, after),
        **period(before, after, then.as_of, known, worlds.book),
    }


def _total(worlds: _Worlds, first: dt.date, known: Known) -> dict[str, Any]:
    """The whole period: the tickets opened in it, and apart from them those carried over from before."""
    before, after = together(worlds.before), together(worlds.after)
    opened = period(opened_from(before, first), opened_from(after, first), first, known, worlds.book)
    return {**opened, "carried": carried(opened_before(before, first), opened_before(after, first))}


def _baseline(then: Then, book: PolicyBook, not_repeated: int | None) -> dict[str, Any]:
    """Whether the first run is what was published, and what has changed since."""
    rules = {rule.code: rule.version for rule in ALL}
    changed = [code for code, version in rules.items() if then.manifest["rules"].get(code) != version]
    return {
        "is_as_published": not_repeated is None,
        "tickets_not_repeated": not_repeated or 0,
        "is_policy_changed": then.manifest["policy_digest"] != book.digest(),
        "rules_changed": changed,
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
            snapshot = Snapshot(home, folder / "then", dates)
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
