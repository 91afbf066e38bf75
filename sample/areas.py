"""Counties and townships the sample can be about.

Township names and codes: the statistical division codes as republished by china-division 2.7.0 (MIT), read in
November 2026; the last three digits 000 are the township itself. Earlier county codes (152727, 142701 ...) appear as
birth codes because people keep the number they were given before their county was renamed.
Belongs here: places. Does not belong here: policy; `standards` only sizes incomes so that few families exceed them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product


@dataclass(frozen=True)
class Township:
    """One township: 12-digit code and Chinese name."""

    code: str
    name: str


@dataclass(frozen=True)
class County:
    """One county with what a plausible file from it needs.

    `standards` is (urban, rural) yuan a month per head; exact only where `standards_known`, else a guess for scaling.
    """

    code: str
    name: str
    townships: tuple[Township, ...]
    birth_codes: tuple[str, ...]
    plate_prefix: str
    standards: tuple[int, int]
    standards_known: bool


_PROVINCE_PLATES = {
    "11": "京", "12": "津", "13": "冀", "14": "晋", "15": "蒙", "21": "辽", "22": "吉", "23": "黑", "31": "沪",
    "32": "苏", "33": "浙", "34": "皖", "35": "闽", "36": "赣", "37": "鲁", "41": "豫", "42": "鄂", "43": "湘",
    "44": "粤", "45": "桂", "46": "琼", "50": "渝", "51": "川", "52": "贵", "53": "云", "54": "藏", "61": "陕",
    "62": "甘", "63": "青", "64": "宁", "65": "新",
}  # fmt: skip
_STANDARDS = {"15": (815, 615)}
_GUESSED_STANDARD = (800, 600)

_TOWNSHIPS: dict[str, tuple[str, dict[str, str]]] = {
    "150626": ("乌审旗", {
        "100": "嘎鲁图镇", "101": "乌审召镇", "102": "图克镇", "103": "乌兰陶勒盖镇", "104": "无定河镇",
        "200": "苏力德苏木",
    }),
    "150703": ("扎赉诺尔区", {
        "001": "第三街道", "002": "第一街道", "003": "第二街道", "004": "第四街道", "005": "第五街道", "100": "灵泉镇",
    }),
    "152921": ("阿拉善左旗", {
        "102": "温都尔勒图镇", "105": "巴润别立镇", "110": "巴彦浩特镇", "111": "嘉尔嘎勒赛汉镇", "112": "吉兰泰镇",
        "113": "宗别立镇", "213": "乌力吉苏木",
    }),
    "360202": ("昌江区", {
        "001": "西郊街道", "002": "新枫街道", "003": "吕蒙街道", "101": "鲇鱼山镇", "102": "丽阳镇", "202": "荷塘乡",
    }),
    "140802": ("盐湖区", {
        "001": "中城街道", "002": "东城街道", "006": "安邑街道", "100": "解州镇", "101": "龙居镇", "102": "北相镇",
        "103": "泓芝驿镇",
    }),
}  # fmt: skip
_BIRTH_CODES = {
    "150626": ("150626", "152727", "150627", "152728", "150621", "612729"),
    "150703": ("150703", "150781", "152102", "150702", "152101", "230208"),
    "152921": ("152921", "152922", "152923", "620321", "640121", "622326"),
    "360202": ("360202", "360203", "360222", "360281", "360221", "362330"),
    "140802": ("140802", "142701", "142702", "140882", "142723", "142732"),
}
_PLATE_PREFIXES = {"150626": "蒙K", "150703": "蒙E", "152921": "蒙M", "360202": "赣H", "140802": "晋M"}

# Real city and county numbers below most provinces: enough birth codes for tens of millions of distinct numbers.
_SPARE_PROVINCES = ("15", "14", "36", "13", "61", "62", "21", "22", "23", "41", "37", "34", "42", "43", "51", "53")
_SPARE_COUNTIES = ("02", "03", "21", "22", "23", "24", "25")


def county(code: str) -> County:
    """The county with this 6-digit code; unknown ones get four invented townships. ValueError when not 6 digits."""
    if len(code) != 6 or not code.isascii() or not code.isdigit():
        raise ValueError(f"an area is a 6-digit county code, not {code!r}")
    invented = {"001": "城关街道", "100": "城关镇", "101": "东关镇", "200": "西河乡"}
    name, towns = _TOWNSHIPS.get(code, (f"{code}县", invented))
    return County(
        code=code,
        name=name,
        townships=tuple(Township(f"{code}{suffix}000", town) for suffix, town in towns.items()),
        birth_codes=_BIRTH_CODES.get(code, (code,)),
        plate_prefix=_PLATE_PREFIXES.get(code, _PROVINCE_PLATES.get(code[:2], "京") + "A"),
        standards=_STANDARDS.get(code[:2], _GUESSED_STANDARD),
        standards_known=code[:2] in _STANDARDS,
    )


def known_counties() -> tuple[str, ...]:
    """Codes with real township tables."""
    return tuple(_TOWNSHIPS)


def spare_birth_codes(taken: frozenset[str]) -> tuple[str, ...]:
    """Further real county codes in a fixed order, without the ones `taken` by the counties of this sample."""
    places = product(range(1, 10), _SPARE_PROVINCES, _SPARE_COUNTIES)
    codes = (f"{province}{city:02d}{district}" for city, province, district in places)
    return tuple(code for code in codes if code not in taken)
