"""The catalogue of policy parameters: the one place that says which exist, of what kind, in which unit.

A parameter not listed here cannot appear in a policy file (page 3, "Policy"). Values live in the YAML files beside.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from decimal import Decimal

from policy.kinds import Choice, Codes, Flag, Kind, Name, Number, Table, Whole

PROGRAMMES = ("低保", "特困", "低保边缘", "刚性支出困难", "防返贫监测", "退出未满两年")
INCOME_ITEMS = (
    "工资薪金",
    "劳务报酬",
    "经营所得",
    "稿酬所得",
    "特许权使用费",
    "利息股息红利",
    "财产租赁",
    "财产转让",
    "偶然所得",
)
PROPERTY_USAGES = ("住宅", "商业", "办公", "车位", "工业", "农村宅基地", "其他")
SEVERITIES = ("red", "orange", "yellow", "blue")

RULES: dict[str, str] = {
    "deceased_member": "成员已登记死亡",
    "registration_cancelled": "户籍迁出或注销",
    "identity_mismatch": "姓名与户籍不符",
    "enrolled_twice": "重复纳入救助",
    "undeclared_vehicle": "名下有未申报机动车",
    "undeclared_property": "名下有未申报房产",
    "dwellings_over_limit": "住房超出规定",
    "undeclared_earnings": "收入高于申报",
    "undeclared_pension": "养老待遇高于申报",
    "income_over_standard": "人均收入高于标准",
    "unsafe_housing": "住房不安全",
    "unsafe_water": "饮水不安全",
    "severe_disability_uncovered": "重度残疾未单独纳入低保",
    "willing_without_work": "有劳动能力和意愿未就业",
    "poverty_return_risk": "返贫致贫风险",
}
"""The fifteen rule codes of page 3 with their Chinese names; each has a `severity.<code>`."""

RULE_BASIS = "rule.basis"
GROUNDED: dict[str, str] = {
    **RULES,
    "authorisation_missing": "成员缺少有效核对授权书",
    "silent_check": "静默核对与动态监测",
}
"""What rests on a clause of its own, by code: the rules, the consent that admission asks for, the check as a whole. Policy
files write `rule.basis` with a mapping from these codes to clauses; each is a parameter of its own, `rule.basis.<code>`."""

UNITS_ZH = {
    "": "",
    "days": "日",
    "months": "个月",
    "years": "周岁",
    "yuan_per_month": "元/月",
    "times_standard": "倍低保标准",
    "share": "(比例)",
    "dwellings": "套",
    "m2": "平方米",
    "factors": "项",
    "times_usual": "倍通常比例",
    "checks": "次核对",
    "households": "户",
    "cases": "件",
}
"""The units values come in, with the words put behind a value on Chinese pages."""


@dataclass(frozen=True)
class Parameter:
    """One thing the policy decides. `unit` is a key of `UNITS_ZH`, "" where the value has none."""

    name: str
    kind: Kind
    unit: str
    zh: str
    en: str


_of = Parameter  # short, so that the catalogue below reads as the table it is


_SHARE = Number(Decimal(0), Decimal(1), places=4)
_FACTOR = Number(Decimal(0), Decimal(100), places=4, above=True)
_YUAN = Number(Decimal(0), Decimal(100_000), places=2, above=True)
_AREA = Number(Decimal(0), Decimal(10_000), places=2, above=True)
_STANDARD = Table(("urban", "rural"), _YUAN, complete=True)
_FACTORS = Table(PROGRAMMES, _FACTOR)
_AGE = Whole(0, 150)
_LEVEL_DAYS = Number(Decimal(1), Decimal(366), places=0)
_TIMES = Number(Decimal(1), Decimal(1000), places=2)
# No more than the check dates whose usual share is looked at: with a larger number the brake could never act.
_CHECKS = Whole(1, 12)
_VEHICLE_PREFIX = Codes(
    # At least one character: an empty beginning would exempt every vehicle without a word.
    pattern=r"[A-Z][A-Z0-9]{0,5}",
    shape=("车辆类型代码或其开头,如 M 或 K33", "a vehicle type or its beginning, such as M or K33"),
)
# Names as groupadd(8) takes them; of a directory service too.
_GROUP = Name(
    r"[A-Za-z_][A-Za-z0-9_.@-]{0,63}",
    ("系统用户组名,如 minzheng", "the name of a group of the system, such as minzheng"),
)

_CLAUSES = Name(
    r"[^\s\d][^\x00-\x1f]{0,199}",
    ("文件与条款(一行,不超过 200 字)", "documents and articles, one line of at most 200 characters"),
)

_LISTED = (
    _of("warning.deadline_days", Whole(1, 366), "days", "预警办理时限", "days to handle a warning"),
    _of("warning.deadline_unit", Choice(("calendar_days", "working_days")), "", "时限计算单位", "how the days count"),
    _of("warning.owner", Choice(("township", "county")), "", "办理责任层级", "who must handle a warning"),
    _of("warning.roll_forward", Flag(), "", "休息日顺延", "a deadline on a rest day moves to the next working day"),
    _of("warning.suppress_months", Whole(0, 120), "months", "核实无变化后不重复预警", "no repeat after no issue"),
    _of("supervision.remind_days", Whole(0, 60), "days", "到期前提醒天数", "days before the deadline to remind"),
    _of(
        "supervision.escalate_days",
        # The city does not look into a ticket before the county has had to.
        Table(("county", "city"), _LEVEL_DAYS, complete=True, rising=True),
        "days",
        "超期督办天数(县、市)",
        "days overdue after which the county and the city look into it",
    ),
    _of("recheck.share", _SHARE, "share", "办结单据随机抽检比例", "share of closed tickets drawn for a re-check"),
    _of(
        "correction.days",
        Whole(0, 366),
        "days",
        "处置结果可更正的天数",
        "days within which an outcome may be corrected",
    ),
    _of("standard.dibao", _STANDARD, "yuan_per_month", "低保标准", "dibao standard"),
    _of("income.limit_factor", _FACTORS, "times_standard", "收入上限倍数", "income limit"),
    _of("income.counted_items", Codes(INCOME_ITEMS), "", "计入的所得项目", "income items that count"),
    _of("income.tolerance_ratio", _SHARE, "share", "收入差异容忍比例", "tolerance, of what was declared"),
    _of("income.job_cost_deduction_ratio", _SHARE, "share", "就业成本扣减比例", "job-cost deduction, of earnings"),
    _of("income.exclude_basic_pension", Flag(), "", "不计城乡居民基础养老金", "the basic rural pension is no income"),
    _of("vehicle.exempt_types", _VEHICLE_PREFIX, "", "豁免的车辆类型", "vehicle types that do not count"),
    _of("property.counted_usages", Codes(PROPERTY_USAGES), "", "计入的房产用途", "property usages that count"),
    _of("property.dwellings_limit", Whole(1, 100), "dwellings", "住房套数界限", "dwellings from which area counts"),
    _of("property.area_per_head", _AREA, "m2", "人均住房面积界限", "dwelling area per head"),
    _of("labour.minor_age", _AGE, "years", "未成年年龄界限", "age below which a person is a minor"),
    _of("labour.retirement_age", _AGE, "years", "老年年龄界限", "age from which a person is elderly"),
    _of("survey.max_age_days", Whole(0, 3660), "days", "调查结果有效期", "how long a survey stays valid"),
    _of("risk.min_factors", Whole(1, 4), "factors", "返贫致贫风险最少因素", "factors that make a household at risk"),
    _of("brake.times_usual", _TIMES, "times_usual", "命中量制动倍数", "times the usual share at which a rule is held"),
    _of("brake.min_checks", _CHECKS, "checks", "制动所需的以往核对次数", "earlier check dates the brake needs"),
    _of("brake.min_hits", Whole(1, 1_000_000), "households", "制动所需的命中户数", "hits from which the brake acts"),
    _of(
        "shadow.floor",
        # A bureau may set it for one direction and leave the other without a floor.
        Table(("verify", "help"), _SHARE),
        "share",
        "规则属实比例下限(核实、帮扶)",
        "floor of the confirmed share of a rule, by direction",
    ),
    _of("shadow.min_cases", Whole(1, 100_000), "cases", "判断属实比例所需办结件数", "cases the floor needs"),
    _of(
        "shadow.window_months",
        Whole(1, 120),
        "months",
        "判断属实比例的时段",
        "months of closed cases the floor looks at",
    ),
    _of(
        "publication.group",
        _GROUP,
        "",
        "可读取发布内容的系统用户组",
        "group of the system that may read what is published",
    ),
    _of(
        "delivery.min_share",
        _SHARE,
        "share",
        "全量批次行数的最低比例",
        "least share of the rows of the snapshot before it",
    ),
    *(
        _of(f"severity.{code}", Choice(SEVERITIES), "", f"“{zh}”的级别", f"severity of {code}")
        for code, zh in RULES.items()
    ),
    *(
        _of(f"{RULE_BASIS}.{code}", _CLAUSES, "", f"“{zh}”的依据", f"clauses that {code} rests on")
        for code, zh in GROUNDED.items()
    ),
)

CATALOGUE: dict[str, Parameter] = {parameter.name: parameter for parameter in _LISTED}
"""Every parameter by name, in the order of page 3."""


def nearest(name: str) -> str:
    """The known parameter that `name` was most likely meant to be, or "" when none is close."""
    return next(iter(difflib.get_close_matches(name, CATALOGUE, n=1)), "")
