"""Households, members and admission of one check date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import narwhals as nw
import polars as pl

from assets.county_policy import CountyPolicy, column_of, is_county, resolve_counties, scalar_parameters
from assets.deliveries import Stock, read_feed
from assets.engine import Engine
from assets.fallback import list_missing
from assets.lake import is_among, with_numbers
from data_contracts import feed_contract, feed_contracts
from data_contracts.derive.schemas import lake_schema
from policy.policy import PolicyBook
from rules import admission
from rules.expressions import Lazy
from rules.facts import registers as registers_
from rules.facts.coverage import coverage_rows, in_force, is_stale, rows_in_force
from rules.findings import ALL
from rules.registry import asked_for

ROSTER: Final = "assistance_roster"
HOUSEHOLD_FEEDS: Final = tuple(
    feed for feed, contract in feed_contracts().items() if contract.subject == "household" and feed != ROSTER
)
PERSON_FEEDS: Final = tuple(feed for feed, contract in feed_contracts().items() if contract.subject == "person")
REGISTER_FEEDS: Final = (ROSTER, *HOUSEHOLD_FEEDS, *PERSON_FEEDS)
"""All that is known of households before anybody reports about tickets."""

PERSON: Final = ("household_id", "person_id", "county", "coverage")
CARRIED: Final = (
    "is_admitted",
    "has_enrolment",
    *(column_of(name) for name in asked_for(ALL, "members", "consented") if name in scalar_parameters()),
)
"""What members take over from their household, so that functions on persons need not look it up again."""
GAP_READS: Final = ("applicant_id", "persons_covered", "is_township_valid")
MEMBER_COLUMNS: Final = ("household_id", "person_id", "name", "name_key", "county", "coverage", "is_admitted")
"""What the lake's members.parquet keeps: the rest is their household's."""
AID: Final[dict[str, type[pl.DataType]]] = {
    "household_id": pl.String,
    "program": pl.String,
    "started_on": pl.Date,
    "ended_on": pl.Date,
    "monthly_amount_fen": pl.Int64,
}
"""Of the lake's aid.parquet, the roster in force: what it says a household receives or received, one row a programme."""


@dataclass(frozen=True)
class Lists:
    """Civil affairs' own lists, read. `roster`: file of the rows in force, with county, coverage and is_township_valid."""

    roster: Path
    policy: CountyPolicy
    counties: list[str]
    coverages: list[str]
    outside_area: int


@dataclass(frozen=True)
class Only:
    """The households and people a calculation is limited to; rows of all others are left where they are."""

    households: pl.Series
    persons: pl.Series

    @classmethod
    def these(cls, households: pl.Series, persons: pl.Series | None = None) -> Only:
        empty = pl.Series("person_id", dtype=pl.Int64)
        return cls(households.alias("household_id"), empty if persons is None else persons.unique().alias("person_id"))

    def key(self, columns: Collection[str]) -> pl.Series:
        """What rows of these columns are told by."""
        return self.households if "household_id" in columns else self.persons


@dataclass
class Registers:
    """What is known once civil affairs' own lists are read; of the households of `only`, where it is given."""

    policy: CountyPolicy
    coverages: list[str]
    households: Lazy
    members: Lazy
    declaration: Lazy
    gaps: pl.DataFrame
    only: Only | None = None


class FeedRows:
    """Lake rows of a feed, joined to households by the deliveries that cover them."""

    def __init__(self, stock: Stock, engine: Engine, coverages: list[str], only: Only | None = None) -> None:
        self._stock, self._engine, self._coverages, self._only = stock, engine, coverages, only
        self._contested: dict[str, pl.DataFrame | None] = {}

    def of(self, feed: str, households: Lazy, *, joined: bool = True) -> Lazy:
        """Rows of `feed` in force for each household of `households` (household_id or person_id, and coverage).

        Where every county has the same deliveries in force and no key occurs in two of them, rows need no comparison:
        household feeds then come as they are, and with `joined=False` person feeds too.
        """
        contract = feed_contract(feed)
        paths = [d.rows_path for d in self._stock.of_feed(feed) if d.rows_path is not None]
        schema: dict[str, type[pl.DataType]] = {**lake_schema(feed), "delivery_no": pl.Int32}
        if any(c.name == "name" for c in contract.columns):
            schema["name_key"] = pl.String
        among = None if self._only is None else self._only.key(schema)
        rows = self._engine.scan(paths, pl.DataFrame(schema=schema), among)
        key = [column.stored_as for column in contract.key]
        if feed not in self._contested:
            self._contested[feed] = contested_keys(paths, key, among) if contract.kind == "increment" else None
        contested = self._contested[feed]
        if contested is None and self._is_uniform(feed, contract.kind):
            if "household_id" in schema or not joined:
                return rows.drop("delivery_no")
            return rows.drop("delivery_no").join(households.drop("coverage"), on="person_id", how="inner")
        coverage = pl.DataFrame(
            coverage_rows(self._stock.accepted(feed), self._coverages, contract.kind, self._stock.as_of),
            schema={"coverage": pl.String, "delivery_no": pl.Int32, "rank": pl.Int64},
        )
        return rows_in_force(
            rows,
            households,
            self._engine.frame(coverage),
            key,
            contested=None if contested is None else self._engine.frame(contested),
        ).drop("coverage")

    def _is_uniform(self, feed: str, kind: str) -> bool:
        accepted = self._stock.accepted(feed)
        kinds = {tuple(d.place for d in in_force(accepted, c, kind, self._stock.as_of)) for c in self._coverages}
        return len(kinds) == 1


def contested_keys(paths: list[Path], key: list[str], among: pl.Series | None) -> pl.DataFrame | None:
    """Keys that occur in more than one delivery, or None. `among`: as in Engine.scan."""
    if len(paths) < 2:
        return None
    rows = pl.scan_parquet(paths, glob=False)
    if among is not None:
        rows = rows.filter(is_among(among))
    hashed = rows.select(pl.struct(key).hash().alias("h"), *key)
    hashes = hashed.select("h").collect().to_series()
    twice = hashes.filter(hashes.is_duplicated()).unique()
    if not len(twice):
        return None
    return hashed.filter(is_among(twice)).select(key).unique().collect()


def read_roster(stock: Stock, book: PolicyBook) -> tuple[pl.DataFrame, int]:
    """Roster rows in force with county, coverage and is_township_valid; and how many rows lie outside their file's area.

    A row with an unusable township counts with the area of its file, so that its gap is seen and nothing is lost.
    """
    feed = ROSTER
    # Whatever is in force for a county is in force for its own area too, so asking for the areas reads all that counts.
    read_feed(stock, feed, None, {d.file.area for d in stock.of_feed(feed)})
    frames = []
    for delivery in stock.of_feed(feed):
        if delivery.rows_path is not None:
            rows = pl.read_parquet(delivery.rows_path)
            frames.append(_with_coverage(rows, delivery.file.area, book, stock.as_of))
    if not frames:
        raise list_missing(stock, feed, "roster_missing")
    roster = pl.concat(frames)
    outside = roster.filter(pl.col("coverage").is_null()).height
    roster = roster.filter(pl.col("coverage").is_not_null())
    return _in_force_only(roster, stock), outside


def _with_coverage(rows: pl.DataFrame, area: str, book: PolicyBook, as_of: dt.date) -> pl.DataFrame:
    township = pl.col("township_code").fill_null("")
    rows = rows.with_columns(township.alias("township_code"), township.str.slice(0, 6).alias("county"))
    known = [c for c in rows["county"].unique().to_list() if is_county(c) and book.has_local_value(c, as_of)]
    well_formed = township.str.contains(r"^[0-9]{12}$")
    rows = rows.with_columns((well_formed & pl.col("county").is_in(known)).alias("is_township_valid"))
    inside = pl.col("county").str.contains(r"^[1-9][0-9]{5}$") & pl.col("county").str.starts_with(area)
    return rows.with_columns(
        pl.when(inside).then("county").when(~pl.col("is_township_valid")).then(pl.lit(area)).alias("coverage")
    )


def _in_force_only(roster: pl.DataFrame, stock: Stock) -> pl.DataFrame:
    """Rows of the delivery in force for their county; a key seen twice keeps the newer delivery's row."""
    accepted = [d for d in stock.accepted(ROSTER) if d.data_on <= stock.as_of]
    if len(accepted) == 1 and roster["delivery_no"].unique().to_list() == [accepted[0].place]:
        return roster.drop("delivery_no")  # one delivery speaks for all, and no key occurs in it twice
    pairs = [
        {"coverage": c, "delivery_no": d.place, "precedence": position}
        for c in roster["coverage"].unique().to_list()
        for position, d in enumerate(in_force(accepted, c, "snapshot", stock.as_of))
    ]
    schema = {"coverage": pl.String, "delivery_no": pl.Int32, "precedence": pl.Int64}
    chosen = roster.join(pl.DataFrame(pairs, schema=schema), on=["coverage", "delivery_no"], how="inner")
    return (
        chosen.sort("delivery_no", descending=True)
        .unique(["household_id", "program"], keep="first")
        .drop("precedence", "delivery_no")
    )


def read_aid(folder: Path) -> pl.LazyFrame:
    """AID of a partition; empty where there is none (checks of version 0.1)."""
    path = folder / "aid.parquet"
    typed = (pl.col(name).cast(dtype) for name, dtype in AID.items())
    return pl.scan_parquet(path, glob=False).select(typed) if path.is_file() else pl.LazyFrame(schema=AID)


def read_lists(stock: Stock, book: PolicyBook) -> Lists:
    """Read civil affairs' own lists: who is looked at, and by which policy. The roster in force is then in the partition."""
    roster, outside = read_roster(stock, book)
    path = stock.folder / "aid.parquet"
    roster.sort("household_id", "program").write_parquet(path)
    active = registers_.active_roster(nw.from_native(roster.lazy()), stock.as_of).select("county", "coverage")
    areas = active.unique().to_native().collect()
    counties, coverages = (sorted(areas[name].unique().to_list()) for name in ("county", "coverage"))
    for feed in HOUSEHOLD_FEEDS:
        read_feed(stock, feed, None, set(coverages))
    if not stock.accepted("household_members"):
        raise list_missing(stock, "household_members", "members_missing")
    return Lists(path, resolve_counties(book, counties, stock.as_of), counties, coverages, outside)


def _active_households(lists: Lists, as_of: dt.date, only: Only | None) -> pl.DataFrame:
    """One row a household. Polars has the roster at hand; an engine would only copy it first."""
    roster = pl.scan_parquet(lists.roster, glob=False)
    if only is not None:
        roster = roster.join(only.households.to_frame().lazy(), on="household_id", how="semi")
    active = registers_.active_roster(nw.from_native(roster), as_of).to_native().collect()
    found = registers_.households(nw.from_native(active.lazy()), as_of).to_native().collect()
    assert isinstance(found, pl.DataFrame)
    return found


def build_registers(stock: Stock, engine: Engine, lists: Lists, households: pl.Series | None = None) -> Registers:
    """Assemble active households, their members, gaps and admission; only of `households`, where they are given."""
    as_of, only = stock.as_of, None if households is None else Only.these(households)
    base = engine.frame(_active_households(lists, as_of, only))
    rows = FeedRows(stock, engine, lists.coverages, only)
    keys = base.select("household_id", "coverage")
    listed = rows.of("household_members", keys)
    # Who is listed is asked for twice, first without the names: nothing but their numbers is needed before admission.
    applicants = base.select("household_id", "applicant_id")
    present = registers_.members(listed, applicants, as_of).select("household_id", "person_id", "applicant_id")
    present = engine.hold(present)
    declaration = engine.hold(registers_.declaration_in_force(rows.of("declarations", keys), as_of))
    # What gaps are told by, without the rest of the roster, which would be copied twice.
    counted = registers_.with_members_and_day(base.select("household_id", *GAP_READS), present, declaration)
    counted = engine.hold(counted)
    gaps = _gaps(engine, counted, present, rows.of("authorisations", keys), as_of)
    made = _households(engine, base, counted.drop("has_applicant", *GAP_READS), gaps, lists.policy)
    made = engine.materialise(made, stock.folder / "households.parquet")
    carried = made.select("household_id", "county", "coverage", *CARRIED)
    flagged = registers_.members(listed, carried, as_of)
    members = engine.materialise(flagged, stock.folder / "members.parquet", MEMBER_COLUMNS)
    if only is not None:
        only = Only.these(only.households, engine.collect(members.select("person_id")).to_series())
    return Registers(lists.policy, lists.coverages, made, members, declaration, gaps, only)


def limited(stock: Stock, engine: Engine, complete: Registers, tables: Path, households: pl.Series) -> Registers:
    """The part about some households of the registers whose tables lie in the folder `tables`."""
    among = households.alias("household_id")
    everybody, members = ([tables / f"{name}.parquet"] for name in ("households", "members"))
    mine = engine.hold(engine.scan(everybody, pl.DataFrame(), among))
    listed = engine.scan(members, pl.DataFrame(), among).drop("is_admitted")
    listed = listed.join(mine.select("household_id", *CARRIED), on="household_id", how="inner")
    listed = engine.hold(listed)
    only = Only.these(among, engine.collect(listed.select("person_id")).to_series())
    rows = FeedRows(stock, engine, complete.coverages, only)
    declared = rows.of("declarations", mine.select("household_id", "coverage"))
    return replace(
        complete,
        households=mine,
        members=listed,
        declaration=registers_.declaration_in_force(declared, stock.as_of),
        only=only,
    )


def _gaps(engine: Engine, households: Lazy, members: Lazy, authorisations: Lazy, as_of: dt.date) -> pl.DataFrame:
    """household_id, gap, person_id (null where the household as a whole has the gap)."""
    found = {
        "no_members": admission.no_members(households),
        "members_incomplete": admission.members_incomplete(households),
        "applicant_missing": admission.applicant_missing(households),
        "authorisation_missing": admission.authorisation_missing(members, authorisations, as_of),
        "declaration_missing": admission.declaration_missing(households),
        "township_invalid": admission.township_invalid(households),
    }
    frames = []
    for gap, frame in found.items():
        rows = with_numbers(engine.collect(frame))
        if "person_id" not in rows.columns:
            rows = rows.with_columns(pl.lit(None, dtype=pl.String).alias("person_id"))
        frames.append(rows.select("household_id", pl.lit(gap).alias("gap"), "person_id"))
    order = {gap: index for index, gap in enumerate(admission.GAPS)}
    return (
        pl.concat(frames)
        .with_columns(pl.col("gap").replace_strict(order, return_dtype=pl.Int32).alias("order"))
        .sort("household_id", "order", "person_id")
        .drop("order")
    )


def freshness(stock: Stock, coverages: list[str]) -> pl.DataFrame:
    """coverage, feed, state (fresh, feed_missing, feed_stale), data_on (newest accepted delivery that covers it)."""
    rows = []
    for feed in REGISTER_FEEDS:
        contract = feed_contract(feed)
        accepted = stock.accepted(feed)
        for coverage in coverages:
            current = in_force(accepted, coverage, contract.kind, stock.as_of)
            data_on = current[-1].data_on if current else None
            if data_on is None:
                state = "feed_missing"
            else:
                state = "feed_stale" if is_stale(data_on, stock.as_of, contract.stale_after_days) else "fresh"
            rows.append({"coverage": coverage, "feed": feed, "state": state, "data_on": data_on})
    schema = {"coverage": pl.String, "feed": pl.String, "state": pl.String, "data_on": pl.Date}
    return pl.DataFrame(rows, schema=schema)


def _households(engine: Engine, base: Lazy, counted: Lazy, gaps: pl.DataFrame, policy: CountyPolicy) -> Lazy:
    """Households with admission and the county's policy values."""
    with_gap = gaps.select("household_id").unique().with_columns(pl.lit(False).alias("is_admitted"))
    joined = base.join(counted, on="household_id", how="left")
    joined = joined.join(engine.frame(with_gap), on="household_id", how="left")
    joined = joined.with_columns(nw.col("is_admitted").fill_null(True).alias("is_admitted"))
    joined = joined.join(engine.frame(policy.scalars), on="county", how="left")
    for table in policy.keyed:
        joined = joined.join(engine.frame(table), on=table.columns[:2], how="left")
    return joined
