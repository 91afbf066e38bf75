"""Which changes of a contract break what was promised, so that none of them slips in without a new version.

`data_contracts/signatures.json` holds what each contract promised when its version was last written down: one line a
column, without words. Any other promise under the same version is refused, a broken one needs a new major version.
`python -m data_contracts.signatures` writes down what has a new version.

What breaks depends on the side: a department's file that was good must stay good (so a feed may not ask for more),
and what downstream reads must stay there (so a publication may not give less). A new code in a published list breaks
nothing: readers are told to show codes they do not know.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from data_contracts.contract import HERE, Code, Column, Contract, feed_contracts
from data_contracts.publications import DATABASE, FILES, published

SIGNATURES: Final = HERE / "signatures.json"
_DECIMALS: Final = ("minimum", "exclusive_minimum", "maximum", "bad_row_share")
_WORDS: Final = ("description", "description_zh", "classification")
_PROMISED: Final = ("version", "is_feed", "kind", "stale_after_days", "bad_row_share")


def current_contracts() -> dict[str, Contract]:
    """Every contract of this program: `feeds/<name>` or `published/<name>`."""
    feeds = {f"feeds/{name}": contract for name, contract in feed_contracts().items()}
    return feeds | {f"published/{name}": published(name) for name in (*FILES, *DATABASE)}


# --- Signatures --------------------------------------------------------------------------------------------------------


def _column_promise(column: Column, is_feed: bool) -> dict[str, Any]:
    """What a column promises, without words; what is as usual is left out. We publish codes in one spelling only."""
    blank = Column("", "", "", "")
    promise = {}
    for field in fields(Column):
        value = getattr(column, field.name)
        if field.name in _WORDS or value == getattr(blank, field.name):
            continue
        if field.name == "codes":
            value = [[code.value, *(code.aliases if is_feed else ())] for code in value]
        elif field.name == "items":
            value = [_column_promise(item, is_feed) for item in value]
        promise[field.name] = str(value) if field.name in _DECIMALS else value
    return promise


def _column_of(promise: Mapping[str, Any]) -> Column:
    known: dict[str, Any] = {name: Decimal(v) if name in _DECIMALS else v for name, v in promise.items()}
    known["codes"] = tuple(Code(value, value, value, tuple(more), value) for value, *more in known.get("codes", ()))
    known["header_aliases"] = tuple(known.get("header_aliases", ()))
    known["items"] = tuple(_column_of(item) for item in known.get("items", ()))
    return replace(Column("", "", "", ""), **known)


def contract_from(name: str, signed: Mapping[str, Any]) -> Contract:
    """A contract as it was written down, without words."""
    facts: dict[str, Any] = {
        field: Decimal(v) if field in _DECIMALS else v for field, v in signed.items() if field != "columns"
    }
    columns = tuple(_column_of(promise) for promise in signed["columns"])
    return Contract(
        name=name.partition("/")[2], title_zh="", purpose="", usage_zh="", legal_basis="", columns=columns, **facts
    )


def signature(contract: Contract) -> dict[str, Any]:
    """What a contract promises, as JSON values: version, side, freshness, share of bad rows, columns."""
    facts = {name: getattr(contract, name) for name in _PROMISED}
    facts["bad_row_share"] = str(facts["bad_row_share"])
    columns = [_column_promise(column, contract.is_feed) for column in contract.columns]
    return json.loads(json.dumps({**facts, "columns": columns}))  # type: ignore[no-any-return]


def read_signatures(path: Path = SIGNATURES) -> dict[str, dict[str, Any]]:
    """Signatures by `feeds/<name>` or `published/<name>`."""
    found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def written(signatures: Mapping[str, Mapping[str, Any]]) -> str:
    """The file: a line for each column, so that a change shows as one."""
    blocks = []
    for name, signed in sorted(signatures.items()):
        facts = _line({key: value for key, value in signed.items() if key != "columns"})
        columns = ",\n".join(f"  {_line(column)}" for column in signed["columns"])
        blocks.append(f'"{name}": {facts[:-1]}, "columns": [\n{columns}\n]}}')
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


# --- Changes -----------------------------------------------------------------------------------------------------------


def breaking_changes(old: Contract, new: Contract) -> list[str]:
    """What of the old contract the new one no longer keeps, one sentence each; empty when nothing."""
    is_feed = old.is_feed
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


def unannounced_changes(contracts: Mapping[str, Contract], signatures: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What is promised otherwise than it was written down, and has no version that says so; a removed contract too."""
    found = []
    for name, signed in sorted(signatures.items()):
        if name not in contracts:
            found.append(f"{name}: the contract was removed")
            continue
        old, new = contract_from(name, signed), contracts[name]
        if major(new) <= major(old):
            found += breaking_changes(old, new)
        if new.version == old.version and signature(new) != signed:
            found.append(
                f"{name}: {', '.join(_changed(signed, signature(new)))} changed, but the version is still {new.version}"
            )
    return found


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterable[str]:
    old, new = ({column["name"]: column for column in signed["columns"]} for signed in (before, now))
    return [name for name in {**old, **new} if old.get(name) != new.get(name)] or ["order or freshness"]


def main() -> int:
    """Write down what has a new version; refuse where something changed without one."""
    contracts = current_contracts()
    if SIGNATURES.is_file() and (found := unannounced_changes(contracts, read_signatures())):
        sys.stderr.write("合同已变而版本未变 / changed without a new version:\n" + "\n".join(found) + "\n")
        return 1
    SIGNATURES.write_text(
        written({name: signature(contract) for name, contract in contracts.items()}), encoding="utf-8"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
