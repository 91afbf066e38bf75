"""What a simulation says in words, in Chinese and English, for the screen and the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from assets.publication.report.markup import Text
from assets.publication.report.words import DIRECTIONS, mode, rule
from assets.publication.tables.precision import GROUPS_ZH
from pipelines.simulate.small import FEW, HIDDEN, SMALL

CHANGE: Final = {"new": Text("新增", "new"), "lost": Text("不再有", "lost"), "kept": Text("仍有", "kept")}
DIMENSION: Final = {
    "county": Text("按县", "By county"),
    "township": Text("按乡镇", "By township"),
    "age_band": Text("按申请人年龄(开单日)", "By age of the applicant on the day of opening"),
    "disability": Text("按家庭成员残疾情况", "By disability in the household"),
    "programme": Text("按主要救助类别", "By main programme"),
}
DIFFERS: Final = {
    "standing": Text("疑点不同", "other findings"),
    "opened_on": Text("开单日期不同", "opened on another date"),
    "due_on": Text("期限不同", "another deadline"),
    "severity": Text("级别不同", "another severity"),
    "owner": Text("责任层级不同", "another owner"),
}
_GROUPS_EN: Final = {
    "0-15": "0–15",
    "16-59": "16–59",
    "60-79": "60–79",
    "80+": "80 and over",
    "with": "a member holds a valid certificate",
    "without": "no member holds one",
    "unknown": "unknown",
}
GROUPS: Final = {code: Text(GROUPS_ZH[code], en) for code, en in _GROUPS_EN.items()}
NO_DIFFERENCE: Final = Text(
    "没有差别:在所选各期,疑点和预警单据均与基准相同。",
    "No difference: on these check dates findings and tickets are those of the baseline.",
)
COMPARED: Final = {
    "present_policy": Text(
        "基准:现行政策;试算:叠加下列参数值。",
        "Baseline: the present policy. What if: with the values below laid over it.",
    ),
    "publication": Text(
        "基准:已发布的结果;试算:按现行规则版本和政策文件重算,未叠加参数值。",
        "Baseline: what was published. What if: done again under the present rule versions and policy files; no values "
        "laid over them.",
    ),
}
NOT_TOUCHED: Final = Text(
    "试算不开单、不改单,也不改变任何已发布的内容。",
    "A simulation opens and changes no ticket and nothing that was published.",
)
SMALL_GROUPS: Final = Text(
    f"为保护隐私,分组表中不足 {SMALL} 户的数显示为“{FEW}”,可由此推算出的数以“{HIDDEN}”代替;按规则的数和合计不作此处理。",
    f"Privacy: in the tables by group a count below {SMALL} households reads “{FEW}”, and “{HIDDEN}” stands where "
    "subtraction would give it away; counts by rule and totals are shown as they are.",
)
ESTIMATE: Final = Text(
    "“预计属实”是估计值:假定新增单据与该规则迄今已办结的单据属实比例相同(95% Wilson 区间),每张单据只按属实比例最高的一条规则计一次。"
    "新标准下的家庭可能与以往不同。",
    "“Expected to be confirmed” is an estimate: it assumes that new tickets turn out like those closed so far under the "
    "rule (95 % Wilson interval), each ticket counted once, under its surest rule. Households near a new limit may differ.",
)
MEANT: Final = (
    Text(
        "每期:该期清单上(在办或当期办结)有预警单据的家庭,基准与试算相比,按方向计户。合计:只比较期内新开的单据;"
        "期初以前开的单据两种情形下都在,另列。",
        "Each check date: households with a ticket on that date's list (open, or closed on it), by direction, in "
        "the baseline and in the simulation. Total: only tickets opened in the period are compared; those from before exist "
        "either way and are listed apart.",
    ),
    Text(
        "已开的单据不会因试算政策消失:疑点撤销后仍由工作人员办结(“疑点全部撤销”)。",
        "A ticket once opened does not vanish under another policy: its findings are withdrawn, and a person closes it "
        "(“all findings withdrawn”).",
    ),
    Text(
        "各期只用发布时已收到的数据;两种情形都从期初前的存档起算,工作人员迄今的办理结果照样计入。",
        "Each date is done with what had arrived when it was published; both runs start from the state stored before the "
        "first of them, and what people reported counts in both.",
    ),
)
RESOLVED: Final = Text(
    "取值规则不变:同一地区取截至核对日期最新的值,较近的地区优先;试算值替换同地区、同参数、同生效日期的值。",
    "Values are resolved as always: the newest of an area by the check date, the nearest area first; a value given here "
    "replaces the one of the same area, parameter and date.",
)


def notes(result: Mapping[str, Any]) -> list[Text]:
    """What the comparison rests on, and which rules open tickets in one run only."""
    found = [note for day in result["dates"] if (note := _baseline(day, result["compared_with"])) is not None]
    return found + [_changed_mode(day["as_of"], entry) for day in result["dates"] for entry in day["modes"]]


def besides(total: Mapping[str, Any]) -> list[Text]:
    """What the tables of the period do not say: tickets from before it, and those that people's acts keep."""
    kept = total["kept_by_people"]
    return [_carried(total["carried"]), *([_kept_by_people(kept)] if kept else [])]


def _baseline(day: Mapping[str, Any], compared_with: str) -> Text | None:
    """What the comparison rests on, where that is not simply what was published."""
    base = day["baseline"]
    zh, en = [], []
    if base["is_policy_changed"]:
        zh.append("政策文件")
        en.append("the policy files")
    if base["rules_changed"]:
        names = ", ".join(base["rules_changed"])
        zh.append(f"规则版本({names})")
        en.append(f"rule versions ({names})")
    if base["is_as_published"] and not zh:
        return None
    if compared_with == "publication":
        return Text(
            f"{day['as_of']}:发布后{'、'.join(zh)}已有变化。",
            f"{day['as_of']}: {' and '.join(en)} changed since publication.",
        )
    since_zh = f"发布后{'、'.join(zh)}已有变化;" if zh else ""
    since_en = f"{' and '.join(en)} changed since publication; " if en else ""
    if base["is_as_published"]:
        return Text(
            f"{day['as_of']}:{since_zh}重算结果与已发布的完全一致。",
            f"{day['as_of']}: {since_en}done again it gives exactly what was published.",
        )
    count = base["tickets_not_repeated"]
    return Text(
        f"{day['as_of']}:{since_zh}按现行政策和程序重算与已发布的不同({count} 张单据),以重算结果为基准。",
        f"{day['as_of']}: {since_en}done again under the present policy and program it differs from what was published "
        f"({count} tickets); the comparison is with what it gives now.",
    )


def _changed_mode(as_of: str, entry: Mapping[str, str]) -> Text:
    """A rule that opens tickets in one run only."""
    of, before, after = rule(entry["rule"]), mode(entry["published"]), mode(entry["simulated"])
    return Text(
        f"{as_of} {entry['county']} {of.zh}:{before.zh} → {after.zh}",
        f"{as_of} {entry['county']} {of.en}: {before.en} → {after.en}",
    )


def _kept_by_people(count: int) -> Text:
    """Tickets that a real repeat would keep although the policy does not give them."""
    return Text(
        f"试算政策下不会开出的单据中,{count:,} 张已有人办理过:其办理结果在试算中照样计入;真正重做时会保留,疑点撤销后由工作人员办结。",
        f"Of the tickets that would not have been opened, people had acted on {count:,}: what they found counts in the "
        "simulation too; a real repeat would keep these, findings withdrawn, for a person to close.",
    )


def _carried(counts: Mapping[str, Mapping[str, Any]]) -> Text:
    """Households with a ticket from before the period."""
    zh = "、".join(
        f"{DIRECTIONS[d].zh} {c['published']:,} 户(疑点全部撤销 {c['emptied']:,} 户)" for d, c in counts.items()
    )
    en = ", ".join(
        f"{DIRECTIONS[d].en} {c['published']:,} (all findings withdrawn: {c['emptied']:,})" for d, c in counts.items()
    )
    return Text(
        f"期初以前开的单据(两种情形下都在):{zh}",
        f"Households with a ticket from before the period, in both runs: {en}",
    )
