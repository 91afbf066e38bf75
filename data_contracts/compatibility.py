"""Which changes of a contract break what was promised, so that none of them slips in without a new major version.

`data_contracts/released/` holds each contract as it was last released. Releasing a new version means copying the file
there in the same change that raises its `version`.

What breaks depends on the side: a department's file that was good must stay good (so a feed may not ask for more),
and what downstream reads must stay there (so a publication may not give less). A new code in a published list breaks
nothing: readers are told to show codes they do not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Final

from data_contracts.contract import HERE, Column, Contract, load_contract

RELEASED: Final = HERE / "released"
KINDS: Final = ("feeds", "published")


def breaking_changes(old: Contract, new: Contract) -> list[str]:
    """What of the old contract the new one no longer keeps, one sentence each; empty when nothing."""
    is_feed = old.path.parent.name == "feeds"
    found = []
    if [c.name for c in old.key] != [c.name for c in new.key]:
        found.append(f"{old.name}: the key changed from {_names(old.key)} to {_names(new.key)}")
    if is_feed:
        found += _feed_changes(old, new)
    return [*found, *_column_changes(old.name, old.columns, new.columns, is_feed)]


def _names(columns: tuple[Column, ...]) -> str:
    return " + ".join(column.name for column in columns) or "nothing"


def _feed_changes(old: Contract, new: Contract) -> Iterator[str]:
    if old.kind != new.kind:
        yield f"{old.name}: {old.kind} became {new.kind}"
    if new.stale_after_days is not None and (
        old.stale_after_days is None or new.stale_after_days < old.stale_after_days
    ):
        yield f"{old.name}: stale after {new.stale_after_days} days instead of {old.stale_after_days or 'never'}"
    if new.bad_row_share < old.bad_row_share:
        yield f"{old.name}: only {new.bad_row_share} of the rows may be bad instead of {old.bad_row_share}"


def _column_changes(where: str, old: tuple[Column, ...], new: tuple[Column, ...], is_feed: bool) -> Iterator[str]:
    present = {column.name: column for column in new}
    added = [column for column in new if column.name not in {c.name for c in old}]
    for column in old:
        now = present.get(column.name)
        if now is None:
            twin = next((a.name for a in added if a.header_zh == column.header_zh and a.parse == column.parse), None)
            yield f"{where}: column {column.name} " + ("was removed" if twin is None else f"was renamed to {twin}")
        else:
            yield from _changes(f"{where}.{column.name}", column, now, is_feed)
            yield from _column_changes(f"{where}.{column.name}", column.items, now.items, is_feed)
    if is_feed:
        yield from (f"{where}: new column {a.name} has a required header" for a in added if a.is_header_required)
        yield from (f"{where}: new column {a.name} may not be empty" for a in added if a.is_cell_required)


def _changes(where: str, old: Column, new: Column, is_feed: bool) -> Iterator[str]:
    for attribute in ("logical_type", "parse", "scale", "unit"):
        before, after = getattr(old, attribute), getattr(new, attribute)
        if before != after:
            yield f"{where}: {attribute} changed from {before} to {after}"
    gone = [code.value for code in old.codes if new.codes and code.value not in {c.value for c in new.codes}]
    if gone:
        yield f"{where}: code {', '.join(gone)} was removed"
    yield from _stricter(where, old, new) if is_feed else _weaker(where, old, new)


def _weaker(where: str, old: Column, new: Column) -> Iterator[str]:
    if old.is_cell_required and not new.is_cell_required:
        yield f"{where}: may now be empty"


def _stricter(where: str, old: Column, new: Column) -> Iterator[str]:
    if new.is_header_required and not old.is_header_required:
        yield f"{where}: the header is now required"
    if new.is_cell_required and not old.is_cell_required:
        yield f"{where}: the cell may no longer be empty"
    if set(old.headers) - set(new.headers):
        yield f"{where}: header {', '.join(sorted(set(old.headers) - set(new.headers)))} is no longer understood"
    if old.default != new.default:
        yield f"{where}: an empty cell means {new.default} instead of {old.default}"
    if new.codes and not old.codes:
        yield f"{where}: the open list of codes was closed"
    lost = _spellings(old) - _spellings(new) if new.codes else set()
    if lost:
        yield f"{where}: spelling {', '.join(sorted(lost))} is no longer understood"
    if new.pattern is not None and new.pattern != old.pattern:
        yield f"{where}: the form changed to {new.pattern}"
    yield from _narrower(where, old, new)


def _spellings(column: Column) -> set[str]:
    """Other ways of writing codes; the codes themselves are looked at on their own."""
    return {spelling for code in column.codes for spelling in code.aliases}


_BOUNDS: Final[tuple[tuple[str, Callable[[Decimal, Decimal], bool]], ...]] = (
    ("minimum", lambda new, old: new > old),
    ("exclusive_minimum", lambda new, old: new > old),
    ("maximum", lambda new, old: new < old),
    ("min_length", lambda new, old: new > old),
    ("max_length", lambda new, old: new < old),
)


def _narrower(where: str, old: Column, new: Column) -> Iterator[str]:
    for name, is_narrower in _BOUNDS:
        before, after = getattr(old, name), getattr(new, name)
        if after is not None and (before is None or is_narrower(Decimal(after), Decimal(before))):
            yield f"{where}: {name} is {after} instead of {'none' if before is None else before}"


def major(contract: Contract) -> int:
    """The first part of the version: it grows with every breaking change."""
    return int(contract.version.split(".")[0])


def unannounced_changes(current: Path = HERE, released: Path = RELEASED) -> list[str]:
    """Breaking changes of released contracts whose major version did not grow; a removed contract is one too."""
    found = []
    for kind in KINDS:
        for path in sorted((released / kind).glob("*.odcs.yaml")):
            old, now = load_contract(path), current / kind / path.name
            if not now.is_file():
                found.append(f"{old.name}: the contract was removed")
                continue
            new = load_contract(now)
            if major(new) <= major(old):
                found += breaking_changes(old, new)
    return found
