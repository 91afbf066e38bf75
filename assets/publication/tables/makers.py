"""Which function makes which table: the one called like it.

Which dates a table speaks of: `rule_results`, `rule_modes`, `tickets`, `ticket_events`, `ticket_matters` and
`household_chain` reach back over all check dates: they are small and asked for as series. All other tables hold the
newest check date: households and items of earlier dates are in the lake (`lake/checks/<date>`), and a copy of each a
month would make the file grow without end.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Final

import polars as pl

from assets.publication.inputs import Inputs, LakeInputs
from assets.publication.tables import deliveries, findings, groups, matters, precision, registers, tickets
from data_contracts.derive.duckdb_tables import in_shape
from data_contracts.publications import TABLES

Maker = Callable[[Any], pl.DataFrame]

OF_THE_DATABASE: Final = ("about", "schema_versions")
"""Tables that describe the database itself (database.py)."""
_MODULES: Final = (deliveries, findings, groups, matters, precision, registers, tickets)


def _maker(name: str) -> Maker:
    found: list[Maker] = [vars(module)[name] for module in _MODULES if inspect.isfunction(vars(module).get(name))]
    if len(found) != 1:
        raise LookupError(f"data_contracts/published/tables.yaml names {name}: {len(found)} functions are called so")
    return found[0]


MAKERS: Final[dict[str, Maker]] = {name: _maker(name) for name in TABLES if name not in OF_THE_DATABASE}
"""Table name -> its maker, in the order of the contracts."""
MAKERS_OF_PEOPLE: Final[dict[str, Maker]] = {
    name: maker for name, maker in MAKERS.items() if inspect.get_annotations(maker)["inputs"] == LakeInputs.__name__
}
"""Tables that show people are made from the lake alone: only in them the unmasked profile differs from the masked one."""


def make_table(name: str, inputs: Inputs) -> pl.DataFrame:
    """One table in the shape of its contract, sorted by its key."""
    return in_shape(MAKERS[name](inputs), name)
