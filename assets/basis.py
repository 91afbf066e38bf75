"""What a check leaves for the next one to build on: of what its results were made, said so that it can be compared.

Kept in the partition as basis.json. Whatever is not the same any more is computed again (assets/changes.py); where the
program itself is another one, nothing of an earlier check is used.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import polars as pl

from assets.county_policy import CountyPolicy
from assets.deliveries import Stock
from assets.home import Home
from data_contracts import feed_contract
from policy.parameters import RULE_BASIS
from policy.policy import PolicyBook
from rules.facts.coverage import in_force
from rules.findings import ALL

FILE: Final = "basis.json"
LIBRARIES: Final = ("duckdb", "narwhals", "numpy", "polars", "pyarrow", "pyspark")
PACKAGES: Final = ("assets", "data_contracts", "pipelines", "policy", "rules")
"""What computes; engines are in pipelines."""
SUFFIXES: Final = (".py", ".yaml")

InForce = dict[str, dict[str, list[str]]]
"""feed -> coverage -> keys of the deliveries in force, oldest first."""


@dataclass(frozen=True)
class Basis:
    """What the findings of a check date were made of.

    program    digest of rules, contracts, policy defaults and the libraries that compute
    counties   county -> digest of its policy values
    coverages  coverage -> digest of what its feeds are worth: missing, stale, rules not checked, month of tax data
    in_force   which deliveries spoke for whom
    rows       a delivery's key -> its accepted rows, below the partition
    """

    as_of: str
    program: str
    counties: dict[str, str]
    coverages: dict[str, str]
    in_force: InForce
    rows: dict[str, str]

    @property
    def day(self) -> dt.date:
        return dt.date.fromisoformat(self.as_of)

    def write(self, partition: Path) -> None:
        text = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)
        (partition / FILE).write_text(text, encoding="utf-8")

    @classmethod
    def read(cls, partition: Path) -> Basis | None:
        """None where the partition has none, or one that an other version of this module wrote."""
        try:
            return cls(**json.loads((partition / FILE).read_text(encoding="utf-8")))
        except (FileNotFoundError, TypeError, ValueError):
            return None


def newest_basis(home: Home, as_of: dt.date) -> tuple[Path, Basis] | None:
    """Partition and basis of the newest published check date up to and with `as_of`."""
    days = [day for day in home.published_dates() if day <= as_of]
    if not days:
        return None
    partition = home.check(days[-1])
    basis = Basis.read(partition)
    return None if basis is None else (partition, basis)


def _digest(parts: Iterable[Any]) -> str:
    return hashlib.sha256("\n".join(map(repr, parts)).encode()).hexdigest()


def program_digest() -> str:
    """Another rule, contract, default value or library may find something else in the same rows."""
    return _digest([_FILES, *((rule.code, rule.version) for rule in ALL)])


def _files_digest() -> str:
    root = Path(__file__).resolve().parents[1]
    found = hashlib.sha256("".join(f"{name} {_version(name)}\n" for name in LIBRARIES).encode())
    for package in PACKAGES:
        for path in sorted(path for path in (root / package).rglob("*") if path.suffix in SUFFIXES):
            found.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # an extra
        return ""


_FILES: Final = _files_digest()
"""Taken while the program is loaded: an upgrade during a check must not pass for what made its findings."""


def county_digests(policy: CountyPolicy, counties: Collection[str], book: PolicyBook, as_of: dt.date) -> dict[str, str]:
    """One digest a county: its values, whatever date they are from, and whether it has values of its own. Which clause a
    rule rests on finds nothing and is looked up anew on every date."""
    values: dict[str, list[Any]] = {county: [book.has_local_value(county, as_of)] for county in counties}
    for (county, parameter), value in sorted(policy.values.items(), key=lambda entry: entry[0]):
        if not parameter.startswith(RULE_BASIS):
            values[county].append((parameter, value.plain()))
    return {county: _digest(parts) for county, parts in values.items()}


def coverage_digests(fresh: pl.DataFrame, reasons: Mapping[tuple[str, str], str]) -> dict[str, str]:
    """One digest a coverage. `fresh`: households.freshness; `reasons`: findings.county_reasons. Newer data of a feed that
    is fresh before and after change rows, not this - but for tax, whose newest month is what "no work now" is measured by."""
    parts: dict[str, list[Any]] = {coverage: [] for coverage in fresh["coverage"].unique()}
    for coverage, feed, state, data_on in fresh.select("coverage", "feed", "state", "data_on").sort("feed").iter_rows():
        month = None if feed != "tax" or data_on is None else data_on.strftime("%Y-%m")
        parts[coverage].append((feed, state, month))
    for (coverage, rule), reason in sorted(reasons.items()):
        parts[coverage].append((rule, reason))
    return {coverage: _digest(found) for coverage, found in parts.items()}


def in_force_now(stock: Stock, coverages: Collection[str], feeds: Iterable[str]) -> InForce:
    """What speaks for whom on the check date of `stock`."""
    found: InForce = {}
    for feed in feeds:
        keys = {delivery.place: delivery.key for delivery in stock.of_feed(feed)}
        accepted, kind = stock.accepted(feed), feed_contract(feed).kind
        found[feed] = {c: [keys[d.place] for d in in_force(accepted, c, kind, stock.as_of)] for c in coverages}
    return found


def stored_rows(stock: Stock) -> dict[str, str]:
    """Every delivery's accepted rows as a path below the partition."""
    return {
        delivery.key: delivery.rows_path.relative_to(stock.folder).as_posix()
        for delivery in stock.deliveries.values()
        if delivery.rows_path is not None
    }
