"""Words for codes in both languages. Chinese comes from the catalogues and contracts; English is added where they have none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from assets.publication.report.markup import Text
from assets.publication.supervision import KINDS
from data_contracts import Contract, feed_contract
from data_contracts.publications import labels
from policy.parameters import CATALOGUE, RULES
from rules.admission import GAPS
from rules.findings import BY_CODE
from rules.tickets.modes import MODE_WORDS

NOTHING_DECIDED: Final = Text(
    "核对只提供线索,不作认定:单据未办结、超期,或疑点未核实,都不影响家庭的待遇;是否变更待遇,由工作人员入户核实后依法定程序决定。",
    "The check informs people; it never decides: a ticket that is open or overdue, or a finding not yet verified, changes "
    "nothing in a family's aid. Whether anything changes is decided by officials, after a visit and by due procedure.",
)
OUTCOMES: Final = "ticket_outcomes.outcome"
REASONS: Final = {
    "not_admitted": Text("不符合静默核对条件", "not admitted to the silent check"),
    "feed_missing": Text("没有覆盖本县的数据", "no data for the county"),
    "feed_stale": Text("数据过期", "data too old"),
    "policy_missing": Text("缺少政策参数", "a policy value is missing"),
    "no_record": Text("成员无户籍记录", "a member has no registration record"),
}
"""Why a rule was not checked, in the order in which the reasons are looked for (spec page 3)."""
DIRECTIONS: Final = {"verify": Text("核实", "to verify"), "help": Text("帮扶", "to help")}
FEEDS_EN: Final = {
    "property": "Real property",
    "tax": "Personal income tax",
    "person_surveys": "Willingness to work",
    "household_surveys": "Household visits",
}


def _capital(code: str) -> str:
    return code.replace("_", " ").capitalize()


def rule(code: str) -> Text:
    return Text(RULES[code], BY_CODE[code].label_en)


def feed(name: str) -> Text:
    return Text(feed_contract(name).title_zh, FEEDS_EN.get(name, _capital(name)))


def department(contract: Contract) -> Text:
    return Text(contract.department_zh, _capital(contract.department))


def gap(code: str) -> Text:
    zh, en = GAPS[code]
    return Text(zh, en)


def outcome(code: str) -> Text:
    return Text(labels(OUTCOMES).get(code, code), labels(OUTCOMES, "en").get(code, code))


def programme(name: str | None) -> Text:
    if name is None:
        return Text("不详", "unknown")
    return Text(name, labels("assistance_roster.program", "en").get(name, name))


def waiting(kind: str) -> Text:
    return Text(KINDS[kind].zh, KINDS[kind].en.capitalize())


def result(code: str | None) -> Text:
    """Result of a matter; nothing while it waits."""
    if not code:
        return Text("待办", "waiting")
    words = labels("matter_result"), labels("matter_result", "en")
    return Text(*(known.get(code, code) for known in words))


def mode(code: str) -> Text:
    zh, en = MODE_WORDS[code]
    return Text(zh, en)


def parameter(name: str, zh: str) -> Text:
    return Text(zh, CATALOGUE[name].en if name in CATALOGUE else name)


def county(code: str, names: Mapping[str, str]) -> Text:
    """A county by name and code; by code alone where the policy files name none."""
    name = names.get(code, code)
    return Text(code, code) if name == code else Text(f"{name}({code})", f"{name} ({code})")
