"""The feed contracts say what page 2 of the specification says: written here a second time, by hand."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest
import yaml
from open_data_contract_standard.model import OpenDataContractStandard

from data_contracts import Contract, feed_contract, feed_contracts
from data_contracts.contract import HERE, JSON_SCHEMA
from data_contracts.derive.odcs import odcs
from data_contracts.publications import DATABASE, published
from data_contracts.publications import FILES as PUBLISHED_FILES
from policy.parameters import INCOME_ITEMS, PROGRAMMES, PROPERTY_USAGES, RULES, SEVERITIES

FILES = sorted((HERE / "feeds").glob("*.yaml"))
PUBLICATIONS = (*PUBLISHED_FILES, *DATABASE)

# name, Chinese header, codes. * key, ? the cell may be empty, ~ header not required (and the cell may be empty)
SPECIFIED = """
household_registration 户籍 snapshot 40
  *person_id 公民身份号码 | name 姓名 | sex 性别 1,2 | ?birth_date 出生日期 | ~hukou_no 户号 | ~relation_to_head 与户主关系
  ?area_code 户籍地区划代码 | status 户籍状态 正常,死亡注销,迁出,其他注销 | ?status_date 状态变更日期
vehicles 机动车 snapshot 40
  person_id 公民身份号码 | ~owner_name 所有人 | *plate_no 号牌号码 | *plate_type 号牌种类 | vehicle_type 车辆类型
  ?use_nature 使用性质 | ~brand_model 品牌型号 | ?first_registered_on 初次登记日期 | status 机动车状态
property 不动产 snapshot 40
  *person_id 公民身份号码 | *unit_no 不动产单元号 | ~certificate_no 不动产权证号 | *record_kind 登记类型 登记,网签
  ?share 共有份额 | ?area_m2 建筑面积 | usage 用途 住宅,商业,办公,车位,工业,农村宅基地,其他 | ~location 坐落
  ?registered_on 登记日期 | *status 权属状态 现势,历史
tax 个人所得税 increment 70
  *person_id 公民身份号码 | *period 税款所属期起 | *period_months 所属期月数 1,3,12
  *income_item 所得项目 工资薪金,劳务报酬,经营所得,稿酬所得,特许权使用费,利息股息红利,财产租赁,财产转让,偶然所得
  *withholding_agent 扣缴义务人 | income 收入额 | ~tax 税额
pensions 养老待遇 increment 70
  *person_id 公民身份号码 | *insurance_type 险种 城镇职工,机关事业,城乡居民 | *period 发放期 | amount 发放金额
  ?basic_amount 其中基础养老金
disability 残疾人证 snapshot 100
  *person_id 公民身份号码 | category 残疾类别 1,2,3,4,5,6,7 | grade 残疾等级 1,2,3,4 | ?issued_on 发证日期
  ?valid_until 有效期至
assistance_roster 救助对象名册 snapshot 40
  *household_id 家庭编号 | *program 救助类别 低保,特困,低保边缘,刚性支出困难,防返贫监测,退出未满两年
  applicant_id 申请人身份号码 | ~category 分类 A,B | urban_rural 城乡类别 城市,农村 | ?township_code 乡镇区划代码
  started_on 纳入日期 | ?ended_on 退出日期 | ~monthly_amount 月保障金额 | persons_covered 保障人数
household_members 家庭成员 snapshot 40
  *household_id 家庭编号 | *person_id 公民身份号码 | ?name 姓名 | ~relation_to_applicant 与申请人关系
  ?joined_on 加入日期 | ?left_on 退出日期
declarations 经济状况申报 increment none
  *household_id 家庭编号 | *declared_on 申报日期 | ?wage_income 年工资性收入 | ?business_income 年经营净收入
  ?pension_income 年养老金收入 | ?property_income 年财产净收入 | ?transfer_income 年其他转移净收入
  ?financial_assets 金融资产
declared_assets 申报财产 increment none
  *household_id 家庭编号 | *declared_on 申报日期 | *asset_kind 财产种类 机动车,房产 | *asset_no 财产编号
authorisations 核对授权 increment none
  *household_id 家庭编号 | *person_id 公民身份号码 | *signed_on 签署日期 | ?valid_until 有效期至 | ?revoked_on 撤销日期
household_surveys 入户调查 increment none
  *household_id 家庭编号 | *surveyed_on 调查日期 | ~surveyor 调查人 | ?housing_grade 住房鉴定等级 A,B,C,D
  ?water_safe 饮水安全 是,否 | ~note 备注
person_surveys 个人就业意愿 increment none
  *person_id 公民身份号码 | *surveyed_on 调查日期 | labour_willingness 劳动意愿 有,无
"""
RETURNED = {  # page 4: names and keys only; Chinese headers are ours
    "ticket_receipts": (["ticket_id", "received_on", "system"], ["ticket_id"]),
    "ticket_outcomes": (
        ["ticket_id", "handled_on", "outcome", "handler", "visited_on", "visitors", "note"],
        ["ticket_id", "handled_on"],
    ),
    "ticket_handling": (
        ["ticket_id", "action", "acted_on", "handler", "visitors", "note"],
        ["ticket_id", "action", "acted_on"],
    ),
    "clarification_requests": (
        ["ticket_id", "requested_on", "office", "requested_by", "question"],
        ["ticket_id", "requested_on"],
    ),
    "objections": (
        ["ticket_id", "item_no", "raised_on", "raised_by", "evidence"],
        ["ticket_id", "item_no", "raised_on"],
    ),
    "objection_answers": (
        ["ticket_id", "item_no", "answered_on", "result", "answered_by", "note"],
        ["ticket_id", "item_no", "answered_on"],
    ),
    "ticket_referrals": (
        ["ticket_id", "department", "referred_on", "need", "referred_by"],
        ["ticket_id", "department", "referred_on"],
    ),
    "referral_answers": (
        ["ticket_id", "department", "answered_on", "result", "answered_by", "note"],
        ["ticket_id", "department", "answered_on"],
    ),
    "recheck_results": (["ticket_id", "rechecked_on", "result", "checked_by", "note"], ["ticket_id", "rechecked_on"]),
}
# What a row of a returned feed may leave out, header and cell.
OPTIONAL = {
    "system", "handler", "visited_on", "visitors", "note", "question", "raised_by", "evidence", "answered_by", "need",
    "referred_by", "checked_by",
}  # fmt: skip
DEPARTMENTS = {
    "education": "教育", "health_insurance": "医保", "housing": "住建", "human_resources": "人社",
    "agriculture": "农业农村", "water_resources": "水利", "disability_federation": "残联",
}  # fmt: skip
RETURNED_CODES = {
    "ticket_handling.action": {"assigned": "派单", "visited": "入户", "noted": "办理记录"},
    "objection_answers.result": {"corrected": "已更正", "upheld": "记录无误"},
    "ticket_referrals.department": DEPARTMENTS,
    "referral_answers.department": DEPARTMENTS,
    "referral_answers.result": {
        "accepted": "已受理", "supported": "已落实帮扶", "not_applicable": "不属本部门或不符合条件",
    },
    "recheck_results.result": {"confirmed": "处置属实", "not_confirmed": "处置不实,重新办理"},
}  # fmt: skip
OUTCOMES = [
    "no_issue",
    "data_error",
    "change_confirmed",
    "gradual_exit",
    "new_need",
    "referred",
    "passed_away",
    "moved",
]
EMPTY_MEANS = {"share": "1", "area_m2": "0", "basic_amount": "0"}
ECONOMIC = {"vehicles", "property", "tax", "pensions"}
PERSON = ECONOMIC | {"household_registration", "disability", "person_surveys"}


class Specified(NamedTuple):
    name: str
    title: str
    kind: str
    stale_days: int | None
    columns: list[tuple[str, str, str, list[str]]]  # mark, name, header, codes


def specified() -> list[Specified]:
    feeds: list[Specified] = []
    for line in SPECIFIED.strip().splitlines():
        if not line.startswith(" "):
            name, title, kind, days = line.split()
            feeds.append(Specified(name, title, kind, None if days == "none" else int(days), []))
            continue
        for cell in line.split("|"):
            match = re.fullmatch(r"\s*([*?~]?)(\w+) (\S+?)(?: (\S+))?\s*", cell)
            assert match, cell
            mark, column, header, codes = match.groups()
            feeds[-1].columns.append((mark, column, header, codes.split(",") if codes else []))
    return feeds


def document(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def faults_by_the_official_schema(doc: dict[str, Any]) -> list[str]:
    """Each level of nested columns on its own: the schema tries all kinds of column at every level, 18 s for one file."""
    validator = jsonschema.Draft201909Validator(json.loads(JSON_SCHEMA.read_text(encoding="utf-8")))
    doc = copy.deepcopy(doc)
    found, levels = [], [doc["schema"][0]["properties"]]
    while levels:
        level = levels.pop()
        nested = [node["items"].pop("properties", []) for node in level if "items" in node]
        levels += [inner for inner in nested if inner]
        one = doc | {"schema": [doc["schema"][0] | {"properties": level}]}
        found += [error.message for error in validator.iter_errors(one)]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_contract_is_valid_by_the_official_schema_and_readable_by_the_official_library(path: Path) -> None:
    assert faults_by_the_official_schema(document(path)) == []
    parsed = OpenDataContractStandard.from_file(str(path))
    assert (parsed.kind, parsed.apiVersion, parsed.name) == ("DataContract", "v3.1.0", path.name.split(".")[0])
    assert parsed.schema_ is not None
    assert re.fullmatch(r"\d+\.\d+\.\d+", str(parsed.version))


@pytest.mark.parametrize("name", PUBLICATIONS)
def test_what_we_publish_is_valid_by_the_official_schema_and_readable_by_the_official_library(name: str) -> None:
    doc = odcs(name)
    assert faults_by_the_official_schema(doc) == []
    parsed = OpenDataContractStandard.from_string(yaml.safe_dump(doc, allow_unicode=True))
    assert (parsed.kind, parsed.apiVersion, parsed.name) == ("DataContract", "v3.1.0", name)
    columns = parsed.schema_[0].properties if parsed.schema_ else None
    assert [column.name for column in columns or ()] == [column.name for column in published(name).columns]


def test_the_official_schema_finds_a_fault_at_every_depth() -> None:
    doc = document(HERE / "feeds" / "tax.odcs.yaml")
    inner: dict[str, Any] = {"name": "inner", "logicalType": "string"}
    outer = {"name": "outer", "logicalType": "array", "items": {"logicalType": "object", "properties": [inner]}}
    doc["schema"][0]["properties"].append(outer)
    assert faults_by_the_official_schema(doc) == []
    inner["logicalType"] = "kilogram"
    assert faults_by_the_official_schema(doc)
    inner |= {"logicalType": "string", "requiredd": True}
    assert faults_by_the_official_schema(doc)


def test_there_is_one_contract_for_every_feed_of_the_specification_and_no_other() -> None:
    assert set(feed_contracts()) == {feed.name for feed in specified()} | set(RETURNED)


@pytest.mark.parametrize("feed", specified(), ids=lambda f: f.name)
def test_columns_headers_keys_and_empty_cells_are_those_of_the_specification(feed: Specified) -> None:
    contract = feed_contract(feed.name)
    assert (contract.title_zh, contract.kind, contract.stale_after_days) == (feed.title, feed.kind, feed.stale_days)
    assert [(c.name, c.header_zh) for c in contract.columns] == [(name, zh) for _, name, zh, _ in feed.columns]
    assert [c.name for c in contract.key] == [name for mark, name, _, _ in feed.columns if mark == "*"]
    assert {c.name for c in contract.columns if not c.is_header_required} == _marked(feed, "~")
    assert {c.name for c in contract.columns if not c.is_cell_required} == _marked(feed, "?~")
    assert float(contract.bad_row_share) == 0.05


def _marked(feed: Specified, marks: str) -> set[str]:
    return {name for mark, name, _, _ in feed.columns if mark and mark in marks}


@pytest.mark.parametrize("feed", specified(), ids=lambda f: f.name)
def test_code_lists_are_closed_and_hold_exactly_the_codes_of_the_specification(feed: Specified) -> None:
    for _, name, _, codes in feed.columns:
        assert [code.value for code in feed_contract(feed.name).column(name).codes] == codes, name


@pytest.mark.parametrize("feed", sorted(feed_contracts()))
def test_an_empty_amount_means_what_the_specification_says(feed: str) -> None:
    expected = EMPTY_MEANS if feed != "declarations" else {c.name: "0" for c in feed_contract(feed).columns[2:]}
    for column in feed_contract(feed).columns:
        assert column.default == expected.get(column.name), column.name


@pytest.mark.parametrize("feed", sorted(RETURNED))
def test_what_downstream_returns_has_the_columns_and_keys_of_page_4(feed: str) -> None:
    names, key = RETURNED[feed]
    contract = feed_contract(feed)
    assert ([c.name for c in contract.columns], [c.name for c in contract.key]) == (names, key)
    assert (contract.kind, contract.stale_after_days, contract.subject) == ("increment", None, "ticket")
    assert contract.bad_row_share == 1, "one bad row must not cost the others"
    optional = {c.name for c in contract.columns if not c.is_cell_required}
    if feed == "ticket_outcomes":
        optional.remove("outcome")  # empty in a row that is a note; its header must be there
    assert optional == {c.name for c in contract.columns if not c.is_header_required}
    assert optional == OPTIONAL & set(names)


@pytest.mark.parametrize("column", sorted(RETURNED_CODES))
def test_what_downstream_returns_is_understood_by_code_and_in_chinese(column: str) -> None:
    feed, name = column.split(".")
    codes = feed_contract(feed).column(name).codes
    assert {code.value: code.label_zh for code in codes} == RETURNED_CODES[column]
    assert all(code.label_zh in code.aliases for code in codes)


def test_items_are_numbered_from_one_and_offices_have_twelve_digits() -> None:
    for feed in ("objections", "objection_answers"):
        number = feed_contract(feed).column("item_no")
        assert (number.parse, number.minimum) == ("integer", 1)
    assert feed_contract("clarification_requests").column("office").pattern == r"^\d{12}$"


def test_only_what_goes_out_on_our_own_lists_counts_as_filled_in_already() -> None:
    prefilled = {(n, c.name) for n, contract in feed_contracts().items() for c in contract.columns if c.is_prefilled}
    assert prefilled == {("objection_answers", "item_no"), ("referral_answers", "department")}


def test_outcomes_are_the_eight_and_are_understood_in_chinese_too() -> None:
    codes = feed_contract("ticket_outcomes").column("outcome").codes
    assert [code.value for code in codes] == OUTCOMES
    assert all(code.label_zh in code.aliases for code in codes)


def test_sex_and_kind_of_disability_are_understood_by_code_and_by_word() -> None:
    sex = feed_contract("household_registration").column("sex").codes
    assert {s: c.value for c in sex for s in c.spellings()} == {"1": "1", "男": "1", "2": "2", "女": "2"}
    words = ["视力", "听力", "言语", "肢体", "智力", "精神", "多重"]
    kinds = {s: c.value for c in feed_contract("disability").column("category").codes for s in c.spellings()}
    assert {word: kinds[word] for word in words} == {word: str(at) for at, word in enumerate(words, start=1)}


def test_no_spelling_stands_for_two_codes_and_no_header_for_two_columns() -> None:
    for contract in feed_contracts().values():
        headers = [header for column in contract.columns for header in column.headers]
        assert len(headers) == len(set(headers)), contract.name
        for column in contract.columns:
            spellings = [spelling for code in column.codes for spelling in code.spellings()]
            assert len(spellings) == len(set(spellings)), f"{contract.name}.{column.name}"


def test_ranges_are_those_of_the_specification() -> None:
    share, area = feed_contract("property").column("share"), feed_contract("property").column("area_m2")
    assert (share.exclusive_minimum, share.maximum, area.minimum) == (0, 1, 0)
    assert feed_contract("property").column("unit_no").min_length == 28
    assert feed_contract("property").column("unit_no").max_length == 28
    assert feed_contract("household_registration").column("area_code").pattern == r"^\d{12}$"
    assert feed_contract("assistance_roster").column("persons_covered").minimum == 1
    assert feed_contract("assistance_roster").column("township_code").pattern is None  # its gap is township_invalid


def test_economic_feeds_and_feeds_about_persons_are_marked_so() -> None:
    assert {name for name, contract in feed_contracts().items() if contract.is_economic} == ECONOMIC
    assert {name for name, contract in feed_contracts().items() if contract.subject == "person"} == PERSON
    assert all("person_id" in [c.name for c in feed_contract(name).columns] for name in PERSON)


# --- One list in two places --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("feed", "column", "listed"),
    [("assistance_roster", "program", PROGRAMMES), ("tax", "income_item", INCOME_ITEMS), ("property", "usage", PROPERTY_USAGES)],
)  # fmt: skip
def test_policy_and_contract_know_the_same_codes(feed: str, column: str, listed: tuple[str, ...]) -> None:
    assert tuple(code.value for code in feed_contract(feed).column(column).codes) == listed


def _nodes(properties: list[dict[str, Any]]) -> list[dict[str, Any]]:
    nested = [_nodes(p.get("items", {}).get("properties", [])) for p in properties]
    return [*properties, *(node for nodes in nested for node in nodes)]


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_rules_and_severities_in_a_contract_are_those_of_the_policy(path: Path) -> None:
    for node in _nodes(document(path)["schema"][0]["properties"]):
        for custom in node.get("customProperties", []):
            if custom["property"] == "codes" and node["name"] in ("rule", "severity"):
                known = RULES if node["name"] == "rule" else SEVERITIES
                assert [entry["value"] for entry in custom["value"]] == list(known)


# --- What may not be there ---------------------------------------------------------------------------------------------

PROHIBITED = re.compile(
    r"民族|宗教|信仰|籍贯|出生地|政治面貌|党派|党员|犯罪|前科|刑事|服刑"
    r"|(?i:ethnic|religio|birth_?place|place_of_birth|native_place|politic|criminal|convict)"
)
CLASSES = {
    "identity",
    "masked_identity",
    "name",
    "personal",
    "pseudonym",
    "health",
    "economic",
    "internal",
    "sensitive",
}


@pytest.mark.parametrize("path", sorted(HERE.rglob("*.yaml")), ids=lambda p: p.name)
def test_no_contract_knows_an_attribute_that_may_not_be_judged_by(path: Path) -> None:
    assert PROHIBITED.findall(path.read_text(encoding="utf-8")) == []


def test_the_search_for_prohibited_attributes_finds_them() -> None:
    for name in ("民族", "宗教信仰", "籍贯", "出生地", "政治面貌", "犯罪记录", "ethnicity", "birthplace", "religion"):
        assert PROHIBITED.search(f"name: {name}"), name


@pytest.mark.parametrize("feed", sorted(feed_contracts()))
def test_every_column_of_a_feed_says_how_confidential_it_is(feed: str) -> None:
    contract: Contract = feed_contract(feed)
    for node in document(HERE / "feeds" / f"{feed}.odcs.yaml")["schema"][0]["properties"]:
        assert node.get("classification") in CLASSES, node["name"]
    for column in contract.columns:
        if column.parse == "person_id":
            assert column.classification == "identity"
        if column.parse == "name":
            assert column.classification == "name"


@pytest.mark.parametrize("feed", sorted(ECONOMIC))
def test_what_an_economic_feed_says_about_a_person_is_classified_as_economic(feed: str) -> None:
    others = {
        column.classification for column in feed_contract(feed).columns if column.parse not in ("person_id", "name")
    }
    assert others == {"economic"}


@pytest.mark.parametrize("name", PUBLICATIONS)
def test_a_published_column_says_how_confidential_it_is(name: str) -> None:
    columns = list(published(name).columns)
    while columns:
        column = columns.pop()
        assert column.classification in CLASSES, f"{name}.{column.name}"
        columns += column.items
