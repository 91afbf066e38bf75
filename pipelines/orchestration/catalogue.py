"""What Dagster shows: one asset per thing a check date makes, and the checks that block it. Names and words only.

Belongs here: asset keys, groups, lineage, descriptions, owners, kinds, column schemas from the contracts.
Does not belong here: running anything (check.py), numbers of a finished check (report.py).

Why daily partitions. A check date may be any day: the monthly silent check (静默核对) answers for one day of the month
and the daily refresh of the tickets for each day, and both are the same computation over everything known on that day.
So there is one partition set, the days in Asia/Shanghai, today included (`end_offset=1`); a day without a check simply
stays empty, and a back-fill over a month makes exactly the days that are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from dagster import (
    AssetCheckSpec,
    AssetKey,
    AssetSpec,
    DailyPartitionsDefinition,
    MetadataValue,
    TableColumn,
    TableColumnConstraints,
    TableSchema,
)

from data_contracts import Column, Contract, feed_contract, feed_contracts
from data_contracts.derive.schemas import stored_type
from data_contracts.publications import published
from rules import registry
from rules.findings import ALL

TIME_ZONE: Final = "Asia/Shanghai"
# The working-day calendar knows every day from 2024 on, so no earlier check date could give its tickets a deadline.
CHECK_DATES: Final = DailyPartitionsDefinition(start_date="2024-01-01", timezone=TIME_ZONE, end_offset=1)

LANDING: Final = AssetKey("landing")
POLICY: Final = AssetKey("policy")
LEDGER: Final = AssetKey("delivery_ledger")
RESULTS: Final = AssetKey("rule_results")
TICKETS: Final = AssetKey("tickets")
WARNINGS: Final = AssetKey("warnings")

PEOPLE_TEAM: Final = "team:civil_affairs"


def feed_key(feed: str) -> AssetKey:
    """The asset of one department's accepted rows."""
    return AssetKey(["deliveries", feed])


@dataclass(frozen=True)
class Made:
    """One asset made from others. `file`: its Parquet file in the lake's partition, where it is one table.

    Inputs that start with "@" are feeds.
    """

    name: str
    group: str
    zh: str
    en: str
    inputs: tuple[str, ...]
    kinds: tuple[str, ...]
    file: str | None = None

    @property
    def key(self) -> AssetKey:
        return AssetKey(self.name.split("/"))

    @property
    def deps(self) -> list[AssetKey]:
        return [feed_key(i[1:]) if i.startswith("@") else AssetKey(i.split("/")) for i in self.inputs]


_LAKE: Final = ("duckdb", "parquet")
_SMALL: Final = ("polars", "parquet")
_RETURNS: Final = tuple(f"@{feed}" for feed, contract in feed_contracts().items() if contract.subject == "ticket")
"""What people report about tickets."""
REGISTERS: Final = (
    Made(
        "households", "registers", "在册家庭: 类别、人数、所在地区与政策参数, 是否符合静默核对条件",
        "Active households with programme, area, policy values and whether they are admitted to the silent check",
        ("policy", "@assistance_roster", "@household_members", "@authorisations", "@declarations"),
        _LAKE, "households.parquet",
    ),
    Made(
        "household_members", "registers", "共同生活家庭成员(核对日期在册者)",
        "Members of each household on the check date", ("@household_members", "households"), _LAKE, "members.parquet",
    ),
    Made(
        "silent_check_readiness", "registers",
        "不符合静默核对条件的家庭与所缺材料; 只说明能否核对, 与救助资格无关",
        "Households not admitted and what is missing; it says nothing about eligibility",
        ("households", "@authorisations", "@declarations"), _SMALL,
    ),
)  # fmt: skip
REGISTER_ASSETS: Final = {
    "households": ("households",),
    "members": ("household_members",),
    "consented": ("household_members", "households"),
    "declaration": ("@declarations",),
    "fresh": ("delivery_ledger",),
}
"""Which assets hold the registers that functions in rules/ name."""


def _inputs(made: registry.Made) -> Iterator[str]:
    """What a function reads, as assets: facts that the lake does not keep stand for what they are made from."""
    for name in made.reads:
        if name in REGISTER_ASSETS:
            yield from REGISTER_ASSETS[name]
        elif name in feed_contracts():
            # Consent first: of people only the rows of those we may look at.
            yield from ("household_members",) if feed_contract(name).subject == "person" else ()
            yield f"@{name}"
        elif name in registry.PARAMETERS:
            yield "policy"
        elif name in registry.FACTS:
            fact = registry.FACTS[name]
            yield from (f"facts/{name}",) if fact.keep else _inputs(fact)


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


FACTS: Final = tuple(
    Made(f"facts/{fact.name}", "facts", fact.zh, fact.en, _distinct(_inputs(fact)), _LAKE, f"facts/{fact.name}.parquet")
    for fact in registry.in_order()
    if fact.keep
)
FINDINGS: Final = (
    Made(
        "findings", "findings", "疑点与风险: 每条规则在每户成立的证据项, 待核实",
        "Findings: the items for which a rule held, to be verified",
        _distinct(("policy", "households", *(name for rule in ALL for name in _inputs(rule)))),
        _LAKE, "item_states.parquet",
    ),
    Made(
        "rule_results", "findings", "每县每条规则的结果: 命中、未命中、未核对(附原因)、暂不重复提示",
        "Households per county, rule and result: hit, no_hit, not_checked with its reason, suppressed",
        ("households", "findings"), _SMALL, "rule_results.parquet",
    ),
)  # fmt: skip
TICKET_STAGE: Final = (
    Made(
        "tickets", "tickets", "预警单据: 每户每方向至多一张在办, 有期限、有责任方",
        "Warning tickets: at most one open per household and direction, each with a deadline and an owner",
        ("policy", "findings", "households", *_RETURNS), _SMALL, "tickets.parquet",
    ),
    Made(
        "ticket_events", "tickets", "预警单据事件(只增不改): 开立、补充、回执、办结等",
        "Append-only events of the tickets on this check date", ("tickets",), _SMALL, "ticket_events.parquet",
    ),
    Made(
        "ticket_matters", "tickets", "单据事项: 点对点查看、异议、转办、抽检及其答复",
        "Matters of tickets and their answers: clarifications, objections, referrals, re-checks",
        ("tickets",), _SMALL, "ticket_matters.parquet",
    ),
    Made(
        "rule_modes", "tickets", "规则状态: 正常、影子运行、待签认(附数据)",
        "Whether each rule opens tickets in each county today, with the figures: normal, shadow, held, signed off",
        ("policy", "tickets", "rule_results"), _SMALL, "rule_modes.parquet",
    ),
    Made(
        "refused_reports", "tickets", "未采纳的回报及原因(退回)", "Reports about tickets that could not be taken, with reasons",
        ("tickets",), _SMALL, "refused_reports.parquet",
    ),
)  # fmt: skip
PUBLISHED: Final = (
    Made(
        "warnings", "published", "发布: 预警单据文件(机器用 JSONL、CSV、Parquet, 各乡镇 Excel)",
        "Published: ticket files for machines and one workbook per township",
        ("tickets", "findings", "facts/poverty_return_risk"), ("json", "csv", "excel"),
    ),
    Made(
        "readiness", "published", "发布: 各乡镇待补材料清单", "Published: what is missing, one workbook per township",
        ("silent_check_readiness",), ("excel",),
    ),
    Made(
        "rejected", "published", "发布: 退回部门的行及原因", "Published: rows set aside, to send back to the departments",
        ("delivery_ledger", "refused_reports"), ("csv",),
    ),
    Made(
        "supervision", "published", "发布: 各县督办单", "Published: what is late or waits for somebody, one workbook per county",
        ("ticket_matters", "ticket_events"), ("excel",),
    ),
    Made(
        "referrals", "published", "发布: 各部门转办单", "Published: what other departments are asked for, one workbook each",
        ("ticket_matters",), ("excel",),
    ),
    Made(
        "corrections", "published", "发布: 数据更正请求", "Published: records the source departments are asked to look at again",
        ("ticket_matters", "tickets"), ("csv",),
    ),
    Made(
        "civil_affairs", "published", "发布: 分析库 civil_affairs.duckdb(证件号码已遮盖)",
        "Published: the analysts' database, identity numbers masked",
        ("warnings", "readiness", "rejected", "supervision", "referrals", "corrections",
         "rule_results", "rule_modes", "ticket_events", "ticket_matters",
         "household_members"), ("duckdb",),
    ),
    Made(
        "report", "published", "发布: 核对情况报告(网页, 可离线打开、可打印)",
        "Published: the report of the check date, a page that opens without a network and prints",
        ("civil_affairs",), ("html",),
    ),
)  # fmt: skip
MADE: Final = (*REGISTERS, *FACTS, *FINDINGS, *TICKET_STAGE, *PUBLISHED)


def _words(zh: str, en: str) -> str:
    return f"{zh}\n\n{en}"


def column_words(column: Column) -> str:
    """Chinese and English description of one column."""
    return f"{column.header_zh}: {column.description}" if column.description else column.header_zh


def published_schema(contract: Contract) -> TableSchema:
    """What a published file promises downstream."""
    return TableSchema(
        columns=[
            TableColumn(column.name, type=column.logical_type, description=column_words(column))
            for column in contract.columns
        ]
    )


def contract_schema(contract: Contract) -> TableSchema:
    """A feed's rows in the lake, as its contract promises them."""
    return TableSchema(
        columns=[
            TableColumn(
                column.stored_as,
                type=str(stored_type(column)),
                description=column_words(column),
                constraints=TableColumnConstraints(nullable=not column.is_cell_required),
            )
            for column in contract.columns
        ]
    )


def external_specs() -> list[AssetSpec]:
    """What lies outside the check: the departments' files and the law."""
    landing = _words("落地目录: 各部门送来的文件", "The landing folder: files as the departments deliver them")
    policy = _words(
        "政策参数: 标准、期限、工作日, 各附条款与起始日",
        "Dated policy values, each with its clause, and the working days",
    )
    return [
        AssetSpec(LANDING, description=landing, group_name="sources", owners=["team:departments"], kinds={"csv", "excel", "json"}),
        AssetSpec(POLICY, description=policy, group_name="sources", owners=[PEOPLE_TEAM], kinds={"yaml"}),
    ]  # fmt: skip


def _feed_specs() -> Iterator[AssetSpec]:
    for feed, contract in feed_contracts().items():
        note = "仅保留有效授权人员的行 / rows of consenting persons only" if contract.is_economic else ""
        yield AssetSpec(
            feed_key(feed),
            deps=[LEDGER],
            description=_words(f"{contract.title_zh}({contract.department_zh})\n\n{note}".strip(), contract.purpose),
            group_name="deliveries",
            owners=[f"team:{contract.department}"],
            kinds=set(_SMALL),
            metadata={
                "dagster/column_schema": contract_schema(contract),
                "合同 contract": f"{feed} {contract.version}",
                "依据 legal basis": MetadataValue.text(contract.legal_basis),
            },
        )


def _promised(one: Made) -> dict[str, TableSchema]:
    """The contract's columns of what is published as one file; the lake's tables tell theirs when they are made."""
    names = {"warnings": "tickets_jsonl", "rejected": "rejected_rows_csv"}
    if one.name not in names:
        return {}
    return {"dagster/column_schema": published_schema(published(names[one.name]))}


def check_date_specs() -> list[AssetSpec]:
    """Every asset of one check date, in the order in which they are made."""
    ledger = AssetSpec(
        LEDGER,
        deps=[LANDING],
        description=_words(
            "交换批次台账(只增不改): 何时收到、内容摘要、接收或退回及原因",
            "Append-only ledger of deliveries: when they came, with which bytes, what became of them",
        ),
        group_name="deliveries",
        owners=[PEOPLE_TEAM],
        kinds={"json"},
    )
    made = [
        AssetSpec(
            one.key,
            deps=one.deps,
            description=_words(one.zh, one.en),
            group_name=one.group,
            owners=[PEOPLE_TEAM],
            kinds=set(one.kinds),
            metadata=_promised(one),
        )
        for one in MADE
    ]
    return [ledger, *_feed_specs(), *made]


def check_specs() -> list[AssetCheckSpec]:
    """Checks before publication. A blocking one that fails ends the run, and nothing is published."""
    feeds = [
        AssetCheckSpec(
            "contract",
            asset=feed_key(feed),
            blocking=True,
            description="文件符合合同, 或有此前批次可用 / Accepted, or an earlier delivery is in force",
        )
        for feed in feed_contracts()
    ]
    return [*feeds, *(AssetCheckSpec(n, asset=a, blocking=True, description=d) for n, (a, d) in RECONCILED.items())]


# In the order in which a check makes them (pipelines/check.py): those before a failed one have passed.
RECONCILED: Final = {
    "rows_conserved": (LEDGER, "读取行数 = 接收 + 退回 / Rows read = accepted + set aside"),
    "households_counted_once": (RESULTS, "每条规则的结果合计等于家庭数 / Every household is counted once per rule"),
    "no_orphan_finding": (AssetKey("findings"), "每条疑点都在预警单上 / Every live finding is on a ticket"),
    "deadline_present": (TICKETS, "每张预警单都有期限、责任方和疑点 / Every ticket has a deadline, an owner and a finding"),
    "keys_unique": (TICKETS, "编号唯一, 每户每方向至多一张在办 / Keys unique, one open ticket per household and direction"),
    "status_is_sum_of_events": (TICKETS, "状态等于各事件之和 / Every ticket stands where its events lead"),
}  # fmt: skip
