"""Business expectations on what was published, run by great-expectations on small pandas frames.

Each is a sentence with a name; `error` ones are promises to the people who work with the tickets, `warn` ones are
bounds that are usually kept and worth a look when they are not. Results hold counts, never the values that failed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import polars as pl

from checks.frames import SEVERITIES
from rules.findings import ALL

Level = Literal["error", "warn"]


@dataclass(frozen=True)
class Expectation:
    """One expectation: which frame, which class of great-expectations, with what."""

    name: str
    table: str
    zh: str
    en: str
    kind: str
    settings: dict[str, Any] = field(default_factory=dict)
    level: Level = "error"


@dataclass(frozen=True)
class Outcome:
    """What came of one expectation, in counts. `problems` is None where the expectation is about a whole table."""

    expectation: Expectation
    passed: bool
    counted: int
    problems: int | None


MASKED: Final = r"^[0-9]{6}\*{8}[0-9]{3}[0-9X]$"
DAY: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
WHOLE_NUMBER: Final = r"[1-9][0-9]{16}[0-9Xx]"
# Words that judge a family, or that announce a decision: the check does neither (spec page 1).
LOADED_WORDS: Final = (
    r"骗|欺诈|造假|作假|违法|违规|非法|犯罪|嫌疑|不诚信|失信|瞒报|隐瞒|追缴|追回|退还|欠款|停发|停保|取消资格|处罚|惩戒"
    r"|(?i:fraud|illegal|cheat|debt|suspect)"
)
ROWS: Final = "ExpectColumnValuesToMatchRegex"
NO_ROWS: Final = "ExpectColumnValuesToNotMatchRegex"
IN_SET: Final = "ExpectColumnValuesToBeInSet"
BETWEEN: Final = "ExpectColumnValuesToBeBetween"
LATER: Final = "ExpectColumnPairValuesAToBeGreaterThanB"
SAME: Final = "ExpectColumnPairValuesToBeEqual"
STATUSES: Final = ("opened", "received", "assigned", "visited", "concluded", "closed", "reopened")


def _in_set(table: str, column: str, zh: str, values: tuple[str, ...]) -> Expectation:
    return Expectation(
        f"{table}_{column}_known", table, f"{zh}取值在名单内", f"{column} is one of the agreed values", IN_SET,
        {"column": column, "value_set": list(values)},
    )  # fmt: skip


SUITE: Final = (
    Expectation(
        "ticket_number_shape", "tickets", "预警单编号符合约定格式", "ticket numbers have the agreed shape",
        ROWS, {"column": "ticket_id", "regex": r"^[0-9]{6}-[0-9]{8}-[0-9a-f]{10}$"},
    ),
    Expectation(
        "ticket_number_once", "tickets", "预警单编号不重复", "every ticket number stands once",
        "ExpectColumnValuesToBeUnique", {"column": "ticket_id"},
    ),
    Expectation(
        "one_open_ticket", "open_tickets", "每户每方向至多一张在办预警单", "one open ticket per household and direction",
        "ExpectCompoundColumnsToBeUnique", {"column_list": ["household_id", "direction"]},
    ),
    _in_set("tickets", "severity", "紧急程度", SEVERITIES),
    _in_set("tickets", "direction", "方向", ("verify", "help")),
    _in_set("tickets", "status", "状态", STATUSES),
    _in_set("tickets", "change", "变化", ("opened", "updated", "closed", "unchanged")),
    _in_set("tickets", "deadline_unit", "期限单位", ("calendar_days", "working_days")),
    Expectation(
        "due_after_opened", "tickets", "到期日晚于开立日", "a ticket is due after it was opened",
        LATER, {"column_A": "due_on", "column_B": "opened_on"},
    ),
    Expectation(
        "opening_date_present", "tickets", "每张预警单都有开立日", "every ticket has a day of opening",
        ROWS, {"column": "opened_on", "regex": DAY},
    ),
    Expectation(
        "due_date_present", "tickets", "每张预警单都有到期日", "every ticket has a due date",
        ROWS, {"column": "due_on", "regex": DAY},
    ),
    Expectation(
        "owner_present", "tickets", "每张预警单都有责任方", "every ticket has an owner",
        ROWS, {"column": "owner", "regex": r"\S"},
    ),
    Expectation(
        "overdue_not_negative", "tickets", "逾期天数不为负", "days overdue are never negative",
        BETWEEN, {"column": "overdue_days", "min_value": 0},
    ),
    Expectation(
        "severity_is_highest", "tickets", "紧急程度取各疑点中最高者", "a ticket is as urgent as its most urgent finding",
        SAME, {"column_A": "severity", "column_B": "highest"},
    ),
    Expectation(
        "township_in_county", "tickets", "乡镇属于所在县", "the township lies in the ticket's county",
        SAME, {"column_A": "county_code", "column_B": "county_of_township"},
    ),
    Expectation(
        "reason_present", "tickets", "每张预警单至少有一条疑点", "every ticket has a finding, held or withdrawn",
        BETWEEN, {"column": "reasons", "min_value": 1},
    ),
    _in_set("findings", "rule", "规则", tuple(rule.code for rule in ALL)),
    _in_set("findings", "severity", "紧急程度", SEVERITIES),
    Expectation(
        "explanation_present", "findings", "每条疑点都有说明", "every finding explains itself",
        ROWS, {"column": "explanation_zh", "regex": r"\S{10}"},
    ),
    Expectation(
        "words_are_neutral", "findings", "用语中性, 不作认定", "words are neutral and decide nothing",
        NO_ROWS, {"column": "explanation_zh", "regex": LOADED_WORDS},
    ),
    Expectation(
        "no_whole_number_in_words", "findings", "说明中没有完整证件号码", "no whole identity number in an explanation",
        NO_ROWS, {"column": "explanation_zh", "regex": WHOLE_NUMBER},
    ),
    Expectation(
        "evidence_present", "findings", "每条疑点都有证据项", "every finding has evidence items",
        BETWEEN, {"column": "items", "min_value": 1},
    ),
    Expectation(
        "parameters_named", "findings", "每条疑点都列出所用政策参数", "every finding names the policy values it used",
        BETWEEN, {"column": "parameters", "min_value": 1},
    ),
    Expectation(
        "since_not_later", "findings", "疑点起始日不晚于核对日期", "no finding begins after the check date",
        LATER, {"column_A": "as_of", "column_B": "since", "or_equal": True},
    ),
    Expectation(
        "numbers_are_masked", "people", "证件号码均已遮盖", "every identity number is masked",
        ROWS, {"column": "masked", "regex": MASKED},
    ),
    _in_set("results", "result", "规则结果", ("hit", "no_hit", "not_checked", "suppressed")),
    Expectation(
        "results_positive", "results", "结果户数大于零", "no result counts nobody",
        BETWEEN, {"column": "households", "min_value": 1},
    ),
    Expectation(
        "results_add_up", "rules", "每条规则的结果合计等于在册家庭数", "the results of every rule add up to all households",
        SAME, {"column_A": "households", "column_B": "active"},
    ),
    Expectation(
        "every_rule_reported", "rules", "十五条规则都有结果", "every rule reports results",
        "ExpectColumnDistinctValuesToEqualSet", {"column": "rule", "value_set": [rule.code for rule in ALL]},
    ),
    Expectation(
        "share_with_ticket", "counties", "各县有在办预警单的家庭不超过 40%", "at most 40 % of a county's households have a ticket",
        BETWEEN, {"column": "pct_with_ticket", "max_value": 40}, "warn",
    ),
    Expectation(
        "share_admitted", "counties", "各县符合静默核对条件的家庭不少于 50%", "at least half of a county's households are admitted",
        BETWEEN, {"column": "pct_admitted", "min_value": 50}, "warn",
    ),
    Expectation(
        "share_not_checked", "counties", "各县未核对的结果不超过 50%", "at most half of a county's results are not checked",
        BETWEEN, {"column": "pct_not_checked", "max_value": 50}, "warn",
    ),
)  # fmt: skip


def run_suite(frames: Mapping[str, pl.DataFrame], expectations: Sequence[Expectation] = SUITE) -> list[Outcome]:
    """Every expectation on its frame, in the order given."""
    # Read when the package is imported: no usage statistics leave the machine.
    os.environ["GX_ANALYTICS_ENABLED"] = "False"
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_pandas("published")
    outcomes = {}
    for table in dict.fromkeys(e.table for e in expectations):
        chosen = [e for e in expectations if e.table == table]
        suite = gx.ExpectationSuite(table)
        for one in chosen:
            suite.add_expectation(getattr(gx.expectations, one.kind)(**one.settings, meta={"name": one.name}))
        batch = source.add_dataframe_asset(table).add_batch_definition_whole_dataframe(table)
        held = batch.get_batch({"dataframe": frames[table].to_pandas()})
        # BASIC carries examples of what failed: only the two counts are taken out of it, nothing else is kept.
        results: Any = held.validate(suite, result_format="BASIC").results
        for result in results:
            name = result.expectation_config.meta["name"]
            outcomes[name] = _counts(bool(result.success), result.result, frames[table].height)
    return [Outcome(one, *outcomes[one.name]) for one in expectations]


def _counts(success: bool, result: dict[str, Any], rows: int) -> tuple[bool, int, int | None]:
    problems = result.get("unexpected_count")
    return success, int(result.get("element_count", rows)), None if problems is None else int(problems)
