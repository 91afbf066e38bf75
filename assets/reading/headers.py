"""Headers: Chinese or English, in any order, extra columns allowed (kept out and reported)."""

from __future__ import annotations

import unicodedata

from assets.reading.errors import DeliveryBrokenError
from assets.reading.pieces import FAULT, LINE
from data_contracts import Contract


def tidy(header: str) -> str:
    """A header as it is compared: NFKC, lower case, without spaces and quotation marks."""
    return "".join(unicodedata.normalize("NFKC", header.split("\u0000", maxsplit=1)[0]).split()).lower().strip("'\"")


def match_headers(columns: list[str], contract: Contract) -> tuple[dict[str, str], list[str]]:
    """{column in the file: canonical name} and the extra headers.

    Raises DeliveryBrokenError (header_missing, header_repeated) naming the columns in both languages.
    """
    known = {tidy(spelling): column.name for column in contract.columns for spelling in column.headers}
    found: dict[str, str] = {}
    extra: list[str] = []
    for header in columns:
        if header in (LINE, FAULT):
            continue
        name = known.get(tidy(header))
        if name is None:
            if tidy(header):
                extra.append(header.split("\u0000")[0])
        elif name in found.values():
            column = contract.column(name)
            raise DeliveryBrokenError("header_repeated", column.header_zh, column.name)
        else:
            found[header] = name
    missing = [c for c in contract.columns if c.is_header_required and c.name not in found.values()]
    if missing:
        raise DeliveryBrokenError(
            "header_missing", "、".join(c.header_zh for c in missing), ", ".join(c.name for c in missing)
        )
    return found, extra
