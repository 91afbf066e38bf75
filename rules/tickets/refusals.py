"""Why a report about a ticket cannot be taken: what is wrong and what to do, in both languages. One place for the words."""

from __future__ import annotations

from typing import Final

REASONS: Final[dict[str, tuple[str, str]]] = {
    "unknown_ticket": (
        "本文件所属地区没有此编号的预警单,请核对编号",
        "there is no ticket of this number in the area of the file: check the number",
    ),
    "other_township": (
        "该预警单不属于本乡镇(街道),请由所属乡镇报送",
        "the ticket belongs to another township: its own township reports on it",
    ),
    "in_future": (
        "日期晚于核对日期,请核对日期;到期后自动重新读取",
        "the date is after the check date: correct it, or it is read again when that day has come",
    ),
    "before_opening": (
        "日期早于开单日期,请核对日期",
        "the date is before the ticket was opened: check the date",
    ),
    "before_reopening": (
        "日期早于重新办理日期,请按重新办理后的情况填报",
        "the date is before the ticket was reopened: report what was done since",
    ),
    "already_closed": (
        "该预警单已办结,不再接受此项登记",
        "the ticket is already closed and takes no such entry any more",
    ),
    "correction_late": (
        "该预警单办结已超过更正期限,不能再按更正办理;确有差错的,请报县级复查并登记抽检结果(不属实),由原单重新办理",
        "the time for correcting this conclusion is over: if it was wrong, ask the county for a re-check (recheck_results, "
        "not_confirmed), which reopens the ticket",
    ),
    "contradicted": (
        "另一单位对该预警单报送了不同的处置结果,两份均未采纳;请双方核对,由其中一方改报为一致的结果",
        "another office reported another outcome for this ticket and neither is taken: agree, and let one of the two report "
        "the outcome of the other",
    ),
    "not_closed": (
        "该预警单在此日期尚未办结,不能登记抽检结果",
        "the ticket was not closed on that day: a re-check comes after the closing",
    ),
    "visited_alone": (
        "核实类预警单须至少两人入户,请补报入户人员",
        "a ticket to be verified needs a visit by at least two people: name them",
    ),
    "unknown_item": (
        "该预警单没有此序号的核实要点,请核对序号",
        "the ticket has no item of this number: check the number",
    ),
    "already_raised": (
        "该要点已有未答复的异议,无需重复提出",
        "an objection to this item is already waiting for its answer",
    ),
    "no_objection": (
        "该要点在此日期没有待答复的异议",
        "no objection to this item was waiting for an answer on that day",
    ),
    "no_referral": (
        "该预警单在此日期没有转办至此部门的待反馈事项",
        "nothing referred to this department was waiting for an answer on that day",
    ),
    "already_referred": (
        "该预警单已转办至此部门,无需重复转办",
        "the ticket has already been referred to this department",
    ),
    "objection_open": (
        "该户异议尚未答复,答复前不能按属实办结",
        "the family's objection waits for its answer: until then the item cannot be concluded as confirmed",
    ),
    "already_rechecked": (
        "本次办结已有抽检结果",
        "this closing already has the result of a re-check",
    ),
}
