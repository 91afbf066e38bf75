"""The feeds of page 2 and 4, typed in by hand from the specification (not derived from the contracts)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Column:
    """One column: `kind` says how a cell is repaired and typed (see cells.py)."""

    name: str
    headers: tuple[str, ...]
    kind: str
    key: bool = False
    header_required: bool = True
    may_be_empty: bool = False
    empty_value: Any = None
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Feed:
    name: str
    snapshot: bool
    stale_days: int | None
    columns: tuple[Column, ...]

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns if c.key)


def codes(listing: str) -> dict[str, str]:
    """'A|B' -> {A: A, B: B};  '1=男|2=女' -> {1: 1, 男: 1, 2: 2, 女: 2}."""
    table: dict[str, str] = {}
    for entry in listing.split("|"):
        code, *labels = entry.split("=")
        for spelling in (code, *labels, *(code + label for label in labels)):
            table[spelling] = code
    return table


def key(name: str, zh: str, kind: str, listing: str = "") -> Column:
    return Column(name, (name, *zh.split("/")), kind, key=True, codes=codes(listing) if listing else {})


def must(name: str, zh: str, kind: str, listing: str = "") -> Column:
    return Column(name, (name, *zh.split("/")), kind, codes=codes(listing) if listing else {})


def may(name: str, zh: str, kind: str, listing: str = "", empty: Any = None) -> Column:
    """Header required, cell may be empty."""
    table = codes(listing) if listing else {}
    return Column(name, (name, *zh.split("/")), kind, may_be_empty=True, empty_value=empty, codes=table)


def extra(name: str, zh: str, kind: str, listing: str = "") -> Column:
    """Header not required, cell may be empty."""
    table = codes(listing) if listing else {}
    return Column(name, (name, *zh.split("/")), kind, header_required=False, may_be_empty=True, codes=table)


ZERO = Decimal(0)
ITEMS = "工资薪金|劳务报酬|经营所得|稿酬所得|特许权使用费|利息股息红利|财产租赁|财产转让|偶然所得"
PROGRAMMES = ("低保", "特困", "低保边缘", "刚性支出困难", "防返贫监测", "退出未满两年")


def _everywhere(names: str) -> str:
    """Names as registers prefix them: of villages, of towns, of both."""
    return "=".join(place + name for name in names.split() for place in ("", "农村", "城市", "城镇"))


# Page 10, appendix A, and how registers write the same: 户, 对象, 家庭 or the form of support behind it.
SPELLED = "|".join(
    (
        "低保=低保(单人户)=农村低保-单人="
        + _everywhere(
            "低保 低保户 低保对象 低保家庭 最低生活保障 最低生活保障对象 最低生活保障家庭 低保单人 低保单人户 低保单人保 单人 单人保"
        ),
        "特困=农村特困(分散)=农村特困(集中)=城市特困(集中)="
        + _everywhere(
            "特困 特困户 特困对象 特困人员 特困供养 特困供养人员 特困人员救助供养 特困分散 特困集中 特困分散供养 特困集中供养"
            " 特困人员分散供养 特困人员集中供养"
        ),
        "低保边缘=" + _everywhere("低保边缘 低保边缘户 低保边缘对象 低保边缘家庭 最低生活保障边缘家庭 边缘户"),
        "刚性支出困难=" + _everywhere("刚性支出困难 刚性支出困难户 刚性支出困难家庭 刚支 支出型困难 支出型困难家庭"),
        "防返贫监测=监测户=防止返贫致贫对象=防止返贫监测对象=防返贫监测对象=三类户=脱贫不稳定户=边缘易致贫户=突发严重困难户"
        "=防返贫监测户=防止返贫致贫监测对象",
        "退出未满两年=退出未满2年=退出不满两年=退出不满2年",
    )
)
OUTCOMES = (
    "no_issue=核实无变化|data_error=数据有误|change_confirmed=情况属实,转复核=情况属实、转复核=情况属实=转复核"
    "|gradual_exit=进入渐退期|new_need=转申请救助|referred=转专项救助部门|passed_away=已去世|moved=已迁出"
)
ECONOMIC = ("vehicles", "property", "tax", "pensions")

DEPARTMENTS = (
    Feed("household_registration", True, 40, (
        key("person_id", "公民身份号码", "id"), must("name", "姓名", "name"), must("sex", "性别", "code", "1=男|2=女"),
        may("birth_date", "出生日期", "date"), extra("hukou_no", "户号", "coded"),
        extra("relation_to_head", "与户主关系", "text"), may("area_code", "户籍地区划代码", "digits12"),
        must("status", "户籍状态", "code", "正常|死亡注销|迁出|其他注销"), may("status_date", "状态变更日期", "date"),
    )),
    Feed("vehicles", True, 40, (
        must("person_id", "公民身份号码", "id"), extra("owner_name", "所有人", "name"),
        key("plate_no", "号牌号码", "asset"), key("plate_type", "号牌种类", "coded"),
        must("vehicle_type", "车辆类型", "open"), may("use_nature", "使用性质", "open"),
        extra("brand_model", "品牌型号", "text"), may("first_registered_on", "初次登记日期", "date"),
        must("status", "机动车状态", "open"),
    )),
    Feed("property", True, 40, (
        key("person_id", "公民身份号码", "id"), key("unit_no", "不动产单元号", "unit"),
        extra("certificate_no", "不动产权证号", "text"), key("record_kind", "登记类型", "code", "登记|网签"),
        may("share", "共有份额", "share", empty=Decimal(1)), may("area_m2", "建筑面积", "area", empty=ZERO),
        must("usage", "用途", "code", "住宅|商业|办公|车位|工业|农村宅基地|其他"), extra("location", "坐落", "text"),
        may("registered_on", "登记日期", "date"), key("status", "权属状态", "code", "现势|历史"),
    )),
    Feed("tax", False, 70, (
        key("person_id", "公民身份号码", "id"), key("period", "税款所属期起", "period"),
        key("period_months", "所属期月数", "months"), key("income_item", "所得项目", "code", ITEMS),
        key("withholding_agent", "扣缴义务人", "text"), must("income", "收入额", "money"),
        extra("tax", "税额", "money"),
    )),
    Feed("pensions", False, 70, (
        key("person_id", "公民身份号码", "id"), key("insurance_type", "险种", "code", "城镇职工|机关事业|城乡居民"),
        key("period", "发放期", "period"), must("amount", "发放金额", "money"),
        may("basic_amount", "其中基础养老金", "money", empty=ZERO),
    )),
    Feed("disability", True, 100, (
        key("person_id", "公民身份号码", "id"),
        must("category", "残疾类别", "code", "1=视力|2=听力|3=言语|4=肢体|5=智力|6=精神|7=多重"),
        must("grade", "残疾等级", "code", "1|2|3|4"), may("issued_on", "发证日期", "date"),
        may("valid_until", "有效期至", "date"),
    )),
)  # fmt: skip

AMOUNTS = (
    ("wage_income", "年工资性收入"), ("business_income", "年经营净收入"), ("pension_income", "年养老金收入"),
    ("property_income", "年财产净收入"), ("transfer_income", "年其他转移净收入"), ("financial_assets", "金融资产"),
)  # fmt: skip

OWN = (
    Feed("assistance_roster", True, 40, (
        key("household_id", "家庭编号", "coded"), key("program", "救助类别", "code", SPELLED),
        must("applicant_id", "申请人身份号码", "id"), extra("category", "分类", "code", "A|B"),
        must("urban_rural", "城乡类别", "code", "城市|农村"), may("township_code", "乡镇区划代码", "coded"),
        must("started_on", "纳入日期", "date"), may("ended_on", "退出日期", "date"),
        extra("monthly_amount", "月保障金额", "money"), must("persons_covered", "保障人数", "count"),
    )),
    Feed("household_members", True, 40, (
        key("household_id", "家庭编号", "coded"), key("person_id", "公民身份号码", "id"), may("name", "姓名", "name"),
        extra("relation_to_applicant", "与申请人关系", "text"), may("joined_on", "加入日期", "date"),
        may("left_on", "退出日期", "date"),
    )),
    Feed("declarations", False, None, (
        key("household_id", "家庭编号", "coded"), key("declared_on", "申报日期", "date"),
        *(may(name, zh, "money", empty=ZERO) for name, zh in AMOUNTS),
    )),
    Feed("declared_assets", False, None, (
        key("household_id", "家庭编号", "coded"), key("declared_on", "申报日期", "date"),
        key("asset_kind", "财产种类", "code", "机动车|房产"), key("asset_no", "财产编号", "asset"),
    )),
    Feed("authorisations", False, None, (
        key("household_id", "家庭编号", "coded"), key("person_id", "公民身份号码", "id"),
        key("signed_on", "签署日期", "date"), may("valid_until", "有效期至", "date"),
        may("revoked_on", "撤销日期", "date"),
    )),
    Feed("household_surveys", False, None, (
        key("household_id", "家庭编号", "coded"), key("surveyed_on", "调查日期", "date"),
        extra("surveyor", "调查人", "name"), may("housing_grade", "住房鉴定等级", "code", "A|B|C|D"),
        may("water_safe", "饮水安全", "code", "是|否"), extra("note", "备注", "text"),
    )),
    Feed("person_surveys", False, None, (
        key("person_id", "公民身份号码", "id"), key("surveyed_on", "调查日期", "date"),
        must("labour_willingness", "劳动意愿", "code", "有|无"),
    )),
)  # fmt: skip

TICKET = key("ticket_id", "预警单编号/单据编号", "coded")
DEPARTMENT = (
    "education=教育|health_insurance=医保|housing=住建|human_resources=人社|agriculture=农业农村|water_resources=水利"
    "|disability_federation=残联"
)
REFERRAL_RESULTS = "accepted=已受理|supported=已落实帮扶|not_applicable=不属本部门或不符合条件"
RECHECK_RESULTS = "confirmed=处置属实|not_confirmed=处置不实,重新办理"
NOTE = extra("note", "备注", "text")

# Page 4: what people report about one ticket, in the order in which reports of one day are taken.
RETURNED = (
    Feed("ticket_receipts", False, None, (
        TICKET, must("received_on", "接收日期", "date"), extra("system", "系统/接收系统", "text"),
    )),
    Feed("ticket_handling", False, None, (
        TICKET, key("action", "办理动作", "code", "assigned=派单|visited=入户|noted=办理记录"), key("acted_on", "办理日期", "date"),
        extra("handler", "经办人", "name"), extra("visitors", "入户人员", "text"), NOTE,
    )),
    Feed("clarification_requests", False, None, (
        TICKET, key("requested_on", "申请日期", "date"), must("office", "申请单位", "digits12"),
        must("requested_by", "申请人", "name"), extra("question", "需说明事项", "text"),
    )),
    Feed("objections", False, None, (
        TICKET, key("item_no", "核实要点序号", "count"), key("raised_on", "提出日期", "date"),
        extra("raised_by", "提出人", "name"), extra("evidence", "证明材料", "text"),
    )),
    Feed("objection_answers", False, None, (
        TICKET, key("item_no", "核实要点序号", "count"), key("answered_on", "答复日期", "date"),
        must("result", "答复结果", "code", "corrected=已更正|upheld=记录无误"), extra("answered_by", "答复人", "name"), NOTE,
    )),
    Feed("ticket_referrals", False, None, (
        TICKET, key("department", "接收部门", "code", DEPARTMENT), key("referred_on", "转办日期", "date"),
        extra("need", "需求事项", "text"), extra("referred_by", "转办人", "name"),
    )),
    Feed("ticket_outcomes", False, None, (
        TICKET, key("handled_on", "处置日期/办结日期", "date"), may("outcome", "处置结果/核实结果", "code", OUTCOMES),
        extra("handler", "处置人/经办人", "name"), extra("visited_on", "入户日期", "date"),
        extra("visitors", "入户人员/入户人数", "text"), NOTE,
    )),
    Feed("referral_answers", False, None, (
        TICKET, key("department", "接收部门", "code", DEPARTMENT), key("answered_on", "反馈日期", "date"),
        must("result", "反馈结果", "code", REFERRAL_RESULTS), extra("answered_by", "反馈人", "name"), NOTE,
    )),
    Feed("recheck_results", False, None, (
        TICKET, key("rechecked_on", "抽检日期", "date"), must("result", "抽检结果", "code", RECHECK_RESULTS),
        extra("checked_by", "抽检人", "name"), NOTE,
    )),
)  # fmt: skip

TICKET_FEEDS = tuple(feed.name for feed in RETURNED)
FEEDS: dict[str, Feed] = {feed.name: feed for feed in (*DEPARTMENTS, *OWN, *RETURNED)}
