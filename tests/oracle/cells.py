"""One cell at a time: repair, then type.  A cell that cannot be kept raises BadCellError with a machine code."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .feeds import Column

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_LETTERS = "10X98765432"
EXCEL_EPOCH = date(1899, 12, 30)
# Unicode White_Space=Yes
SPACES = frozenset(
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
DATE_FORMS = (
    re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"),
    re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})"),
    re.compile(r"([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})"),
    re.compile(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日"),
)
MONEY = re.compile(r"-?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]+))?")
CENT = Decimal("0.01")


class BadCellError(Exception):
    """The cell breaks its contract."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def as_text(raw: Any) -> str:
    """The text of a raw cell, whatever the file format gave."""
    if raw is None or (isinstance(raw, float) and math.isnan(raw)):
        return ""
    if isinstance(raw, datetime):
        return raw.date().isoformat()
    if isinstance(raw, date):
        return raw.isoformat()
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() else repr(raw)
    if isinstance(raw, Decimal):
        return format(raw, "f")
    return str(raw)


def free_text(raw: Any) -> str:
    """Names and free text: outer white space and Excel's leading apostrophe go, nothing else."""
    return as_text(raw).strip().removeprefix("'").strip()


def no_spaces(text: str) -> str:
    return "".join(c for c in text if c not in SPACES)


def coded_text(raw: Any) -> str:
    """Numbers, dates and codes: NFKC, no spaces, no leading apostrophe."""
    return no_spaces(unicodedata.normalize("NFKC", as_text(raw))).removeprefix("'")


def asset_number(raw: Any) -> str:
    """Plates and unit numbers: NFKC, upper case, letters and digits only."""
    text = unicodedata.normalize("NFKC", as_text(raw)).upper()
    return "".join(c for c in text if unicodedata.category(c)[0] == "L" or unicodedata.category(c) == "Nd")


def comparable_name(name: str) -> str:
    """NFKC, then all Unicode spaces and the middle dots removed (page 3, identity_mismatch)."""
    dots = frozenset("\u00b7\u2022\u2027\u2219\u22c5\u30fb")
    return "".join(c for c in no_spaces(unicodedata.normalize("NFKC", name)) if c not in dots)


def check_letter(first17: str) -> str:
    return CHECK_LETTERS[sum(int(d) * w for d, w in zip(first17, WEIGHTS, strict=True)) % 11]


def identity(raw: Any, excel: bool, data_date: date) -> str:
    """GB 11643, or BadCellError: id_rounded where the number may have been rounded, id_invalid otherwise."""
    if isinstance(raw, (int, float)) and abs(raw) >= 10**15 and (excel or isinstance(raw, float)):
        raise BadCellError("id_rounded")
    text = coded_text(raw).upper()
    if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]*)?E[+-]?[0-9]+", text):
        raise BadCellError("id_rounded")
    if re.fullmatch(r"[0-9]{15}", text):
        text = text[:6] + "19" + text[6:]
        text += check_letter(text)
    if not re.fullmatch(r"[0-9]{17}[0-9X]", text):
        raise BadCellError("id_invalid")
    if check_letter(text[:17]) != text[17]:
        raise BadCellError("id_rounded" if text.endswith("000") else "id_invalid")
    try:
        born = birth_date(text)
    except ValueError:
        raise BadCellError("id_invalid") from None
    if born > data_date:
        raise BadCellError("id_invalid")
    return text


def birth_date(person_id: str) -> date:
    return date(int(person_id[6:10]), int(person_id[10:12]), int(person_id[12:14]))


def sex_of(person_id: str) -> str:
    return "1" if int(person_id[16]) % 2 else "2"


def parse_date(raw: Any) -> date:
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    text = coded_text(raw)
    for form in DATE_FORMS:
        match = form.fullmatch(text)
        if match:
            try:
                return date(*(int(g) for g in match.groups()))
            except ValueError:
                raise BadCellError("date_invalid") from None
    if re.fullmatch(r"[0-9]{5}", text):
        return EXCEL_EPOCH + timedelta(days=int(text))
    raise BadCellError("date_invalid")


def parse_period(raw: Any) -> int:
    """YYYYMM -> months since year 0."""
    text = coded_text(raw)
    if not re.fullmatch(r"[0-9]{6}", text) or not 1 <= int(text[4:]) <= 12:
        raise BadCellError("date_invalid")
    return int(text[:4]) * 12 + int(text[4:]) - 1


def parse_money(raw: Any) -> Decimal:
    """Yuan with two decimals.  A numeric cell is rounded half up, a text with more decimals is refused."""
    if isinstance(raw, float):
        return Decimal(repr(raw)).quantize(CENT, ROUND_HALF_UP)
    text = coded_text(raw).removesuffix("元")
    match = MONEY.fullmatch(text)
    if not match or (match.group(1) or "")[2:].strip("0"):
        raise BadCellError("number_invalid")
    return Decimal(text.replace(",", ""))


def parse_decimal(raw: Any) -> Decimal:
    text = coded_text(raw)
    if not re.fullmatch(r"-?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?", text):
        raise BadCellError("number_invalid")
    return Decimal(text.replace(",", ""))


def parse_share(raw: Any) -> Decimal:
    value = parse_decimal(raw)
    if not 0 < value <= 1:
        raise BadCellError("out_of_range")
    return value


def parse_area(raw: Any) -> Decimal:
    value = parse_decimal(raw)
    if value < 0:
        raise BadCellError("out_of_range")
    return value


def parse_count(raw: Any) -> int:
    text = coded_text(raw)
    if not re.fullmatch(r"[0-9]+", text):
        raise BadCellError("number_invalid")
    if int(text) < 1:
        raise BadCellError("out_of_range")
    return int(text)


def parse_unit(raw: Any) -> str:
    unit = asset_number(raw)
    if len(unit) != 28:
        raise BadCellError("format_invalid")
    return unit


def parse_digits12(raw: Any) -> str:
    text = coded_text(raw)
    if not re.fullmatch(r"[0-9]{12}", text):
        raise BadCellError("format_invalid")
    return text


PARSERS = {
    "date": parse_date, "period": parse_period, "money": parse_money, "share": parse_share, "area": parse_area,
    "count": parse_count, "unit": parse_unit, "digits12": parse_digits12, "asset": asset_number,
    "coded": coded_text, "text": free_text,
}  # fmt: skip


def parse_cell(column: Column, raw: Any, excel: bool, data_date: date) -> Any:
    """The typed value of one cell."""
    empty = not (free_text(raw) if column.kind == "text" else coded_text(raw))
    if empty:
        if column.may_be_empty:
            return column.empty_value
        raise BadCellError("required_empty")
    if column.kind == "id":
        return identity(raw, excel, data_date)
    if column.kind == "code":
        text = coded_text(raw)
        if text not in column.codes:
            raise BadCellError("code_unknown")
        return column.codes[text]
    value = PARSERS[column.kind](raw)
    if value == "":
        raise BadCellError("required_empty")
    return value
