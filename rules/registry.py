"""Everything a check date makes of accepted rows, by name. A function's name is its own; its arguments are what it reads.

An argument is the name of a fact, a feed (its rows in force for the people we may look at), a register, a policy parameter
(dots as underscores) or `as_of`. Arguments after `*` may be missing: what they would say is then unknown, and that is no
reason not to check a rule. From this follow order, lineage, the feeds and parameters of a rule, what the lake keeps, what a
check on top of another computes again. Nothing is said twice; what does not fit together is refused when it is loaded.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from typing import Any, Final, TypeVar

from data_contracts import feed_contracts
from data_contracts.publications import labels as words
from policy.parameters import CATALOGUE
from rules.clocks import Age, Clock, Dates, EveryDay

AS_OF: Final = "as_of"
FRESH: Final = "fresh"
REGISTERS: Final[dict[str, tuple[str, ...]]] = {
    "households": ("assistance_roster",),
    "members": ("assistance_roster", "household_members"),
    "consented": ("assistance_roster", "household_members", "authorisations"),
    "declaration": ("declarations",),
}
"""Who is looked at, made before the facts (assets/households.py), and civil affairs' own feeds they are made from.

`households` and `members` are the active ones, `consented` those members whose household is admitted, `declaration` is the
one in force. A household and a member carry the values of policy parameters that a function asks for beside them.
"""
OWN_DATES: Final = Dates(
    "started_on", "ended_on", "joined_on", "left_on", "signed_on", "valid_until", "revoked_on", "declared_on"
)
"""The registers' clock."""
PARAMETERS: Final = {name.replace(".", "_"): name for name in CATALOGUE}

SHIFTS: Final = ("timedelta", "offset_by")
"""What moves a day in the text of a function."""

Function = TypeVar("Function", bound=Callable[..., Any])


class RegistryError(Exception):
    """Something in rules/ does not fit together. The message names the file to mend."""


@dataclass(frozen=True)
class Made:
    """A fact, or what a rule finds. `clock`: None where nothing is declared; `per_person`: feeds whose rows it takes per
    person_id alone where one delivery speaks for all counties, to add them up before they are joined to households."""

    function: Callable[..., Any]
    clock: tuple[Clock, ...] | None = None
    per_person: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def file(self) -> str:
        return f"{self.function.__module__.replace('.', '/')}.py"

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """Names without which it says nothing."""
        return tuple(name for name, optional in self._arguments if not optional)

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """All names it reads, in the order of its arguments."""
        return tuple(name for name, _ in self._arguments)

    @property
    def _arguments(self) -> Iterator[tuple[str, bool]]:
        for argument in inspect.signature(self.function).parameters.values():
            yield argument.name, argument.kind is argument.KEYWORD_ONLY

    @property
    def clocks(self) -> tuple[Clock, ...]:
        """When it changes although nothing that it reads has changed: what does not read the date does not."""
        if AS_OF not in self.reads and not any(_is_days(name) for name in self.reads):
            return ()
        return (EveryDay(),) if self.clock is None else self.clock


@dataclass(frozen=True)
class Fact(Made):
    """`keep`: the lake keeps it as facts/<name>.parquet, with words for people; `hold`: computed once although only one
    function reads it, because that one uses it several times."""

    keep: bool = False
    hold: bool = False
    zh: str = ""
    en: str = ""


FACTS: Final[dict[str, Fact]] = {}
LABELS: Final[dict[str, dict[str, str]]] = {}
"""Risk labels, each with its values and their Chinese words; the label's own words are in data_contracts/codes.yaml."""


def fact(*, clock: Clock | tuple[Clock, ...] | None = None, **about: Any) -> Callable[[Function], Function]:
    """Register a function as the fact of its name; the function stays what it is. `about`: the other fields of Fact."""

    def register(function: Function) -> Function:
        made = Fact(function, as_tuple(clock), **about)
        if made.name in FACTS and FACTS[made.name].file != made.file:
            raise RegistryError(f"{made.file}: there is a fact {made.name} in {FACTS[made.name].file} already")
        FACTS[made.name] = made
        return function

    return register


def label(**values: str) -> Callable[[Function], Function]:
    """A risk label of the function's name, a column of a kept fact; `values` in words. Any other value is `unknown`."""

    def register(function: Function) -> Function:
        LABELS[function.__name__] = values
        return function

    return register


def as_tuple(clock: Clock | tuple[Clock, ...] | None) -> tuple[Clock, ...] | None:
    return (clock,) if isinstance(clock, Clock) else clock


# --- What follows from names --------------------------------------------------------------------------------------------


def in_order() -> list[Fact]:
    """All facts, each after those it reads."""
    graph = {name: [read for read in made.reads if read in FACTS] for name, made in FACTS.items()}
    try:
        return [FACTS[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        files = sorted({FACTS[name].file for name in error.args[1]})
        raise RegistryError(f"{', '.join(files)}: facts that read each other: {' -> '.join(error.args[1])}") from None


def readers(name: str, rules: tuple[Made, ...]) -> list[Made]:
    return [made for made in (*FACTS.values(), *rules) if name in made.reads]


def below(made: Made, *, optional: bool = True) -> Iterator[str]:
    """Names of all that `made` is made from, in the order of the arguments; with `optional=False` what it needs."""
    for name in made.reads if optional else made.needs:
        yield name
        if name in FACTS:
            yield from below(FACTS[name], optional=optional)


def feeds_below(made: Made, *, optional: bool = True) -> tuple[str, ...]:
    """Feeds it reads, itself or through facts; not those of the registers."""
    return tuple(dict.fromkeys(name for name in below(made, optional=optional) if name in feed_contracts()))


def own_feeds_below(made: Made) -> tuple[str, ...]:
    """Civil affairs' feeds of the registers it reads."""
    return tuple(dict.fromkeys(feed for name in below(made) for feed in REGISTERS.get(name, ())))


def parameters_below(made: Made) -> tuple[str, ...]:
    """Policy parameters it needs, itself or through facts."""
    return tuple(dict.fromkeys(PARAMETERS[name] for name in below(made, optional=False) if name in PARAMETERS))


def asked_for(rules: tuple[Made, ...], *beside: str) -> list[str]:
    """Policy parameters that functions read, in the order of the catalogue; with `beside` only those that read one of these
    names too."""
    readers_ = [made for made in (*FACTS.values(), *rules) if not beside or set(beside) & set(made.reads)]
    names = {PARAMETERS[name] for made in readers_ for name in made.reads if name in PARAMETERS}
    return [name for name in CATALOGUE if name in names]


def dated_columns(made: Made, clock: Dates) -> Iterator[tuple[str, str]]:
    """Feeds and stored columns of a clock: wherever below there is a column of that name."""
    for feed in feeds_below(made):
        for column in feed_contracts()[feed].columns:
            if column.stored_as in clock.columns:
                yield feed, column.stored_as


def _is_days(name: str) -> bool:
    """Whether an argument is a parameter in days: it is handed over as the day so long before the check date."""
    return name in PARAMETERS and CATALOGUE[PARAMETERS[name]].unit == "days"


# --- Loading ------------------------------------------------------------------------------------------------------------


@cache
def load() -> None:
    """Import all facts and labels. `rules/findings/__init__.py` loads the rules and calls `require_complete`."""
    for package in ("rules.facts", "rules.labels"):
        for module in pkgutil.iter_modules(import_module(package).__path__, f"{package}."):
            import_module(module.name)


def require_complete(rules: tuple[Made, ...]) -> None:
    """RegistryError for an unknown argument, a circle, what nobody reads, what has no words, a clock that cannot tick."""
    in_order()
    for made in (*FACTS.values(), *rules):
        _require_known(made)
        _require_clock(made)
    for made in FACTS.values():
        if made.name in feed_contracts() or made.name in PARAMETERS or made.name in REGISTERS:
            raise RegistryError(f"{made.file}: {made.name} is the name of a feed, register or parameter too")
        if not readers(made.name, rules):
            raise RegistryError(f"{made.file}: nobody reads the fact {made.name}")
        if made.keep and not (made.zh and made.en):
            raise RegistryError(f"{made.file}: {made.name} is kept and has no words (zh, en)")
    if unnamed := sorted(set(LABELS) ^ set(words("risk_label"))):
        raise RegistryError(f"data_contracts/codes.yaml: risk_label and rules/labels differ in {', '.join(unnamed)}")
    for feed, contract in feed_contracts().items():
        own = any(feed in feeds for feeds in REGISTERS.values())
        if contract.subject != "ticket" and not own and not readers(feed, rules):
            raise RegistryError(f"data_contracts/feeds/{feed}.odcs.yaml: nobody reads the feed {feed}")


def _require_known(made: Made) -> None:
    known = {AS_OF, FRESH, *FACTS, *REGISTERS, *feed_contracts(), *PARAMETERS}
    for name in made.reads:
        if name not in known:
            near = ", ".join(get_close_matches(name, known, n=1)) or "none near it"
            raise RegistryError(
                f"{made.file}: {made.name} reads {name}, which is no fact, feed, register or parameter ({near})"
            )
    wrong = set(made.per_person) - {name for name in made.reads if name in feed_contracts()}
    if wrong:
        raise RegistryError(f"{made.file}: {made.name} does not read {', '.join(sorted(wrong))}")


def _require_clock(made: Made) -> None:
    shifts = [word for word in SHIFTS if word in inspect.getsource(made.function)]
    if shifts and any(isinstance(clock, Dates) and not clock.days for clock in made.clocks):
        raise RegistryError(
            f"{made.file}: {made.name} moves days ({shifts[0]}): its clock must say by how many, days=(…,)"
        )
    if made.clock is not None and not made.clocks and made.clock:
        raise RegistryError(f"{made.file}: {made.name} has a clock and reads no date")
    for clock in made.clocks:
        if isinstance(clock, Dates):
            found = {column for _, column in dated_columns(made, clock)}
            if missing := sorted(set(clock.columns) - found):
                raise RegistryError(f"{made.file}: no feed below {made.name} has a column {', '.join(missing)}")
        parameters = clock.days if isinstance(clock, Dates) else clock.years if isinstance(clock, Age) else ()
        if unknown := [name for name in parameters if isinstance(name, str) and name not in CATALOGUE]:
            raise RegistryError(f"{made.file}: there is no policy parameter {', '.join(unknown)}")
