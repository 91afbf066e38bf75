"""Snapshots that shrank: what is said of one that is held, and who has signed which off (spec page 2).

Such a file would close findings and open false ones. It is not in force, the one before it ages, until a named person
answers for it in the audit ledger. Whether it is held is reckoned by every check and is no part of its verdict.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from assets.audit import entries
from assets.home import Home
from policy.policy import PolicyBook
from rules.facts.coverage import Delivered

HELD: Final = "held"
SIGNED: Final = "delivery_signed_off"
MIN_SHARE: Final = "delivery.min_share"


def min_share(book: PolicyBook, delivery: Delivered) -> Decimal:
    """The share of its area on its data date; 0 where the policy has none: then only a file without any row is held.

    Not of the check date: a later change of policy would turn decisions about old deliveries round.
    """
    value = book.resolve(delivery.area, MIN_SHARE, delivery.data_on)
    return Decimal(0) if value is None else value.number()


def signed_off_files(home: Home) -> frozenset[tuple[str, str]]:
    """File (feed/name) and SHA-256 of every delivery that a named person has signed off, whenever that was."""
    return frozenset((str(e.fields["file"]), str(e.fields["sha256"])) for e in entries(home) if e.kind == SIGNED)


def held_words(file: str, rows: int, before: list[str], rows_before: int, *, is_replaced: bool) -> tuple[str, str]:
    """Chinese and English: how many rows instead of how many, and what to do."""
    listed = ", ".join(before[:3]) + (" …" if len(before) > 3 else "")
    zh = f"{rows} 行, 此前 {listed} 为 {rows_before} 行; "
    en = f"{rows} rows where {listed} had {rows_before}; "
    if is_replaced:
        return zh + "已有更新的批次在用, 无需处理", en + "a newer delivery is in force, nothing needs to be done"
    command = f"shouwang sign-off --delivery {file} --by "
    return (
        zh + f"在此之前沿用原批次。请向部门核实: 不全的, 以更高的序号 _n 重报; 属实的, 由负责人签认: {command}姓名",
        en
        + "the one before stays in force, ageing. Ask the department: if rows are missing, have it sent again under a "
        f"higher _n; if it is right, somebody signs it off: {command}NAME",
    )
