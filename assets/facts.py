"""Facts of one check date: what the functions in rules/ make of accepted rows, kept in the lake where it is published.

The resolver: every function is given what its arguments name (rules/registry.py), each thing is made once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import narwhals as nw
import polars as pl

from assets.county_policy import column_of
from assets.deliveries import Stock
from assets.engine import Engine
from assets.households import PERSON, REGISTER_FEEDS, FeedRows, Registers
from data_contracts import feed_contract, feed_contracts
from policy.kinds import Codes as CodesKind
from policy.parameters import CATALOGUE
from rules.clocks import CheckDate, covers
from rules.expressions import Codes, Lazy, month_index
from rules.facts.freshness import Fresh
from rules.findings import ALL
from rules.registry import AS_OF, FACTS, FRESH, PARAMETERS, REGISTERS, Made, RegistryError, in_order, readers


@dataclass
class Facts:
    """What has been made of one check date, by name. `registers`: of the households that are computed."""

    stock: Stock
    engine: Engine
    registers: Registers
    fresh: pl.DataFrame
    made: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        registers = self.registers
        self.rows = FeedRows(self.stock, self.engine, registers.coverages, registers.only)
        consented = registers.members.filter(nw.col("is_admitted"))
        self.made |= {name: getattr(registers, name) for name in REGISTERS if name != "consented"}
        self.made |= {"consented": consented, FRESH: _freshness(self.engine, self.fresh, self.stock)}

    def __getitem__(self, name: str) -> Any:
        return self.made[name]

    def make(self) -> Facts:
        """All facts, each after those it reads; what the lake keeps is in the partition's folder of facts after `finish`."""
        for fact in in_order():
            found = self.run(fact)
            if fact.keep:
                found = self.engine.materialise(found, self.stock.folder / "facts" / f"{fact.name}.parquet")
            elif fact.hold or len(readers(fact.name, ALL)) > 1:
                found = self.engine.hold(found)
            self.made[fact.name] = found
        return self

    def run(self, made: Made) -> Lazy:
        """What a function makes of its arguments. RegistryError where it looks at the check date in a way that its clock does
        not tell: a check that builds on this one would not know whom to compute again."""
        as_of = CheckDate.on(self.stock.as_of)
        found: Lazy = made.function(**{name: self._given(made, name, as_of) for name in made.reads})
        if hidden := [how for how in as_of.looked if not any(covers(clock, how) for clock in made.clocks)]:
            raise RegistryError(
                f"{made.file}: {made.name} looks at the check date by {hidden}, which its clock must say"
            )
        return found

    def _given(self, made: Made, name: str, as_of: CheckDate) -> Any:
        if name == AS_OF:
            return as_of
        if name in PARAMETERS:
            return self._parameter(PARAMETERS[name])
        return self._feed(name, is_joined=name not in made.per_person) if name in feed_contracts() else self.made[name]

    def _parameter(self, name: str) -> nw.Expr | Codes:
        """A list of codes as rows by county; any other value as a column that households and members carry."""
        if not isinstance(CATALOGUE[name].kind, CodesKind):
            return nw.col(column_of(name))
        rows = self.registers.policy.codes(name)
        lengths = rows["value"].str.len_chars().unique().sort().to_list()
        return Codes(self.engine.frame(rows), tuple(lengths))

    def _feed(self, feed: str, *, is_joined: bool) -> Lazy:
        """Rows in force for those we may look at: economic ones for members who consented, others for all."""
        contract = feed_contract(feed)
        if contract.subject == "household":
            return self.rows.of(feed, self["households"].select("household_id", "county", "coverage"))
        people = self["consented" if contract.is_economic else "members"].select(*PERSON)
        return self.rows.of(feed, people, joined=is_joined)


TAX: Final = "tax"


def _freshness(engine: Engine, fresh: pl.DataFrame, stock: Stock) -> Fresh:
    """`fresh`: as of households.freshness."""
    rows = fresh.select("coverage").unique()
    for feed in REGISTER_FEEDS:  # also where nobody is looked at and `fresh` is empty
        is_fresh = (pl.col("state") == "fresh").alias(f"fresh_{feed}")
        rows = rows.join(fresh.filter(feed=feed).select("coverage", is_fresh), on="coverage", how="left")
    month = pl.col("data_on").dt.year().cast(pl.Int64) * 12 + pl.col("data_on").dt.month().cast(pl.Int64) - 1
    tax = fresh.filter(pl.col("feed") == TAX).select("coverage", month.alias("newest_tax_month"))
    rows = rows.join(tax, on="coverage", how="left")
    oldest = min([*tax["newest_tax_month"].drop_nulls().to_list(), month_index(stock.as_of)])
    return Fresh(engine.frame(rows), oldest)


def build_facts(stock: Stock, engine: Engine, registers: Registers, fresh: pl.DataFrame) -> Facts:
    """All facts of the households of `registers`."""
    return Facts(stock, engine, registers, fresh).make()


KEPT: Final = tuple(f"facts/{name}" for name in sorted(FACTS) if FACTS[name].keep)
"""Tables about households that the facts leave in the lake."""
