"""One cell at a time: repair, then type.  A cell that cannot be kept raises BadCellError with a machine code."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from .feeds import Column

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_LETTERS = "10X98765432"
EXCEL_EPOCH = date(1899, 12, 30)
# Unicode White_Space=Yes
SPACES = frozenset(
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
CHINA = ZoneInfo("Asia/Shanghai")
CLOCK = r"(?:上午|下午|[AP]M)? ?([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:\.[0-9]{1,9})?)?(?: ?[AP]M)?"
ZONE = r"(?: ?(Z|[+-][0-9]{2}:?[0-9]{2}))?"
DATE_FORMS = (
    re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})(?:(?:T| )" + CLOCK + ZONE + ")?"),
    re.compile(r"([0-9]{4})(年)([0-9]{1,2})月([0-9]{1,2})日(?: ?T?" + CLOCK + ZONE + ")?"),
    re.compile(r"([0-9]{4})()([0-9]{2})([0-9]{2})(?:(?:T| )" + CLOCK + ZONE + ")?"),
    re.compile(r"([0-9]{4})()([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})" + ZONE),
)
NUMBER = r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]*)?"
CENT = Decimal("0.01")
NO_END = ("长期", "长期有效", "永久", "永久有效")
EMPTY_WORDS = ("null", "none", "nan", "n/a")
ERROR = "#?"  # a cell whose value the file does not hold
ERROR_WORDS = re.compile(r"#\?|#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!)|##+|Err:[0-9]{3}")
DASHES = frozenset("-‐‑‒–—―−─")
RADICALS = {
    "\u2ea9": "王", "\u2ee2": "马", "\u2ef0": "龙", "\u2ec5": "见", "\u2ecb": "车", "\u2ed3": "长", "\u2ed4": "门",
    "\u2edb": "风", "\u2ee5": "鱼", "\u2ee8": "麦", "\u2ee9": "黄", "\u2e81": "厂",
}  # fmt: skip
PRIVATE = dict(zip("\ue81e\ue826\ue82b\ue82c\ue832\ue843\ue854\ue864", "龴龵龶龷龸龹龺龻", strict=True)) | {
    "\ue816": "\U00020087", "\ue817": "\U00020089", "\ue818": "\U000200cc", "\ue831": "\U000215d7",
    "\ue83b": "\U0002298f", "\ue855": "\U000241fe", "\ue863": "䶮",
}  # fmt: skip


class BadCellError(Exception):
    """The cell breaks its contract."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def as_text(raw: Any) -> str:
    """The text of a raw cell, whatever the file format gave, without signs that nobody sees."""
    if raw is None or (isinstance(raw, float) and math.isnan(raw)):
        return ""
    if isinstance(raw, datetime):
        return (raw.astimezone(CHINA) if raw.tzinfo else raw).date().isoformat()
    if isinstance(raw, date):
        return raw.isoformat()
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() else repr(raw)
    if isinstance(raw, Decimal):
        return format(raw, "f")
    return "".join(c for c in str(raw) if c in SPACES or unicodedata.category(c) not in ("Cc", "Cf"))


def free_text(raw: Any) -> str:
    """Names and free text: outer white space and Excel's leading apostrophe go, a line break becomes a space."""
    text = as_text(raw).strip().removeprefix("'").strip()
    return re.sub(r"[^\S\n]*[\t\n\x0b\x0c\r\x85\u2028\u2029]\s*", " ", text)


def no_spaces(text: str) -> str:
    return "".join(c for c in text if c not in SPACES)


def coded_text(raw: Any) -> str:
    """Numbers, dates and codes: NFKC, no spaces, no leading apostrophe."""
    return no_spaces(unicodedata.normalize("NFKC", as_text(raw))).lstrip("'’‘`")


def has_odd_digit(text: str) -> bool:
    """Digits of other kinds, which NFKC would make ordinary ones; full-width digits are allowed."""
    return any(
        not c.isascii() and not "\uff10" <= c <= "\uff19" and re.search("[0-9]", unicodedata.normalize("NFKC", c))
        for c in text
    )


def is_empty(column: Column, raw: Any) -> bool:
    """Nothing, a word for nothing, or (amounts aside) a dash alone."""
    text = coded_text(raw)
    if not text or text.lower() in EMPTY_WORDS or text == "\\N":
        return True
    if text == "无":
        return column.kind not in ("text", "name") and "无" not in column.codes
    return column.kind != "money" and all(c in DASHES for c in text)


def whole(text: str) -> str:
    """1001.0 is 1001."""
    return re.sub(r"^([+-]?[0-9]+)\.0+$", r"\1", text)


def identifier(raw: Any) -> str:
    """Numbers of households, tickets and offices, with the care of identity numbers."""
    text, numeric = coded_text(raw), isinstance(raw, (int, float)) and not isinstance(raw, bool)
    scientific = re.fullmatch(r"[+-]?[0-9]+\.[0-9]*E[+-]?[0-9]+|[0-9]+E[+-][0-9]+|[0-9]E[1-9][0-9]*", text.upper())
    if (numeric and abs(raw) >= 10**15) or scientific or re.fullmatch(r"[0-9]{16,}\.0*", text):
        raise BadCellError("id_rounded")
    if has_odd_digit(as_text(raw)) or re.search(r"[\t\n\x0b\x0c\r\x85\u2028\u2029]", as_text(raw).strip()):
        raise BadCellError("number_format")
    return whole(text)


def asset_number(raw: Any) -> str:
    """Plates and unit numbers: NFKC, upper case, letters and digits only."""
    text = identifier(raw).upper()
    return "".join(c for c in text if unicodedata.category(c)[0] == "L" or unicodedata.category(c) == "Nd")


def comparable_name(name: str) -> str:
    """Page 3, identity_mismatch, and page 2: rare characters have one code, a point between Han characters is a dot."""
    text = "".join(PRIVATE.get(c, c) for c in as_text(name))
    text = no_spaces(unicodedata.normalize("NFKC", "".join(RADICALS.get(c, c) for c in text)))
    gone = frozenset("\u00b7\u2022\u2027\u2219\u22c5\u30fb")
    text = "".join(c for c in text if c not in gone and not is_selector(c))
    return re.sub(r"(?<=[\u3400-\u9fff\U00020000-\U000323af])\.(?=[\u3400-\u9fff\U00020000-\U000323af])", "", text)


def is_selector(c: str) -> bool:
    return c in "\u180b\u180c\u180d\u180f" or "\ufe00" <= c <= "\ufe0f" or "\U000e0100" <= c <= "\U000e01ef"


def check_letter(first17: str) -> str:
    return CHECK_LETTERS[sum(int(d) * w for d, w in zip(first17, WEIGHTS, strict=True)) % 11]


def identity(raw: Any, excel: bool, data_date: date) -> str:
    """GB 11643, or BadCellError: id_rounded where the number may have been rounded, id_invalid otherwise."""
    if isinstance(raw, (int, float)) and abs(raw) >= 10**15 and (excel or isinstance(raw, float)):
        raise BadCellError("id_rounded")
    if has_odd_digit(as_text(raw)):
        raise BadCellError("id_invalid")
    text = re.sub(r"^([0-9]{15})\.0+$", r"\1", coded_text(raw).upper())
    if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]*)?E[+-]?[0-9]+|[0-9]{16,}\.0*", text):
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
    if isinstance(raw, date):
        return date.fromisoformat(as_text(raw))
    if has_odd_digit(as_text(raw)):
        raise BadCellError("date_invalid")
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", as_text(raw)).strip().lstrip("'’‘`").strip()).upper()
    spaced = re.fullmatch(
        r"([0-9] ?[0-9] ?[0-9] ?[0-9]) ?([-/.年]) ?([0-9]{1,2}) ?([-/.月]) ?([0-9]{1,2})( ?日)?(.*)", text
    )
    if spaced:
        text = "".join((group or "").replace(" ", "") for group in spaced.groups()[:6]) + spaced[7]
    if re.fullmatch(r"[0-9]+ [0-9]+|[0-9]{4} [0-9]{2} [0-9]{2}", text) and len(no_spaces(text)) in (8, 14):
        text = no_spaces(text)
    for form in DATE_FORMS:
        match = form.fullmatch(text)
        if match:
            return day_of(match)
    serial = re.fullmatch(r"([0-9]{4,5}|2958465)(?:\.[0-9]+)?", text)
    if serial and int(serial[1]) >= 2_200:
        return EXCEL_EPOCH + timedelta(days=int(serial[1]))
    raise BadCellError("date_invalid")


def day_of(match: re.Match[str]) -> date:
    """The day written, or for an instant the day in China."""
    year, _, month, day, hour, minute, second, zone = match.groups()
    try:
        written = date(int(year), int(month), int(day))
        hours, minutes, seconds = int(hour or 0), int(minute or 0), int(second or 0)
        if hours != 24 or minutes or seconds:
            datetime(2000, 1, 1, hours, minutes, min(seconds, 59))
        if zone is None:
            return written
        sign, digits = (1, "0000") if zone == "Z" else (int(f"{zone[0]}1"), zone[1:].replace(":", ""))
        offset = timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))
        start = datetime(written.year, written.month, written.day, tzinfo=offset)
        return (start + timedelta(hours=hours, minutes=minutes)).astimezone(CHINA).date()
    except (ValueError, OverflowError):
        raise BadCellError("date_invalid") from None


def parse_period(raw: Any) -> int:
    """YYYYMM, another way of writing a month, or a day of it -> months since year 0."""
    text = whole(coded_text(raw))
    match = re.fullmatch(r"([0-9]{4})(?:([0-9]{2})|[-/年]([0-9]{1,2})月?)", text)
    if match is None:
        day = parse_date(raw)
        if re.fullmatch(r"[0-9.]+", text) and len(text) != 8 and day.year < 1990:
            raise BadCellError("date_invalid")
        return day.year * 12 + day.month - 1
    month = int(match[2] or match[3])
    if not 1 <= month <= 12:
        raise BadCellError("date_invalid")
    return int(match[1]) * 12 + month - 1


def one_number(raw: Any, unit: str = "") -> str:
    """The digits of the one number in a cell, without thousands commas and its unit."""
    inner = unicodedata.normalize("NFKC", as_text(raw)).strip()
    if has_odd_digit(as_text(raw)) or re.search(r"[0-9.,]\s+[0-9.,]|[0-9][^0-9.,Ee]+[0-9]", inner):
        raise BadCellError("number_format")
    text = coded_text(raw).replace("−", "-").removesuffix(unit)
    if unit == "元":
        text = re.sub(r"^([+-]?)¥", r"\1", text)
    if not re.fullmatch(NUMBER, text):
        raise BadCellError("number_invalid")
    return text.replace(",", "")


def parse_money(raw: Any) -> Decimal:
    """Yuan with two decimals, rounded half up; a dash is nothing."""
    if isinstance(raw, float):
        return Decimal(repr(raw)).quantize(CENT, ROUND_HALF_UP)
    if all(c in DASHES for c in coded_text(raw).removeprefix("¥")):
        return Decimal(0)
    return Decimal(one_number(raw, "元")).quantize(CENT, ROUND_HALF_UP)


def parse_decimal(raw: Any) -> Decimal:
    return Decimal(one_number(raw))


def parse_share(raw: Any) -> Decimal:
    is_percent = coded_text(raw).endswith("%")
    value = Decimal(one_number(raw, "%")) / 100 if is_percent else parse_decimal(raw)
    if not 0 < value <= 1:
        raise BadCellError("out_of_range")
    return value


def parse_area(raw: Any) -> Decimal:
    value = parse_decimal(raw)
    if value < 0:
        raise BadCellError("out_of_range")
    return value


def parse_count(raw: Any) -> int:
    text = whole(one_number(raw, "人"))
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise BadCellError("number_invalid")
    if int(text) < 1:
        raise BadCellError("out_of_range")
    return int(text)


def parse_months(raw: Any) -> str:
    text = whole(one_number(raw))
    if text not in ("1", "3", "12"):
        raise BadCellError("code_unknown")
    return text


def parse_unit(raw: Any) -> str:
    unit = asset_number(raw)
    if len(unit) != 28:
        raise BadCellError("format_invalid")
    return unit


def parse_digits12(raw: Any) -> str:
    text = identifier(raw)
    if not re.fullmatch(r"[0-9]{12}", text):
        raise BadCellError("format_invalid")
    return text


PARSERS = {
    "date": parse_date, "period": parse_period, "money": parse_money, "share": parse_share, "area": parse_area,
    "count": parse_count, "unit": parse_unit, "digits12": parse_digits12, "asset": asset_number,
    "coded": identifier, "open": coded_text, "months": parse_months, "text": free_text, "name": free_text,
}  # fmt: skip


def parse_cell(column: Column, raw: Any, excel: bool, data_date: date) -> Any:
    """The typed value of one cell."""
    if ERROR_WORDS.fullmatch(coded_text(raw)):
        if column.kind != "text" or not column.may_be_empty:
            raise BadCellError("cell_error")
        return column.empty_value
    if column.name == "valid_until" and coded_text(raw) in NO_END:
        return None
    if is_empty(column, raw):
        if column.may_be_empty:
            return column.empty_value
        raise BadCellError("required_empty")
    if column.kind == "id":
        return identity(raw, excel, data_date)
    if column.kind == "code":
        text = whole(coded_text(raw))
        if text not in column.codes:
            raise BadCellError("code_unknown")
        return column.codes[text]
    value = PARSERS[column.kind](raw)
    if value == "":
        raise BadCellError("required_empty")
    return value
