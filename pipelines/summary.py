"""The summary of a check: one dictionary for the screen, for `--json` and for Dagster. Counts only, no people."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from assets.changes import ALL_BECAUSE
from assets.landing import readable
from assets.reading.errors import DELIVERY_REASONS
from data_contracts import feed_contract
from data_contracts.publications import labels
from policy.policy import ignored_files
from rules.admission import GAPS
from rules.findings import ALL
from rules.tickets.refusals import REASONS

if TYPE_CHECKING:
    from pipelines.check import CheckRun


def summarise(run: CheckRun) -> dict[str, Any]:
    """status, as_of, batch, computed, deliveries, households, rules, tickets, files."""
    manifest = run.manifest()
    return {
        "status": "published",
        "as_of": run.as_of.isoformat(),
        "engine": run.engine_name,
        "batch": manifest["batch"],
        "is_changed": run.is_changed,
        "redone": [day.isoformat() for day in run.redone],
        "computed": computed(run),
        "deliveries": deliveries(run),
        "households": households(run),
        "rules": rules(run.ticketing.results),
        "rule_modes": rule_modes(run.ticketing.modes.frame),
        "tickets": tickets(run),
        "files": {
            "情况报告 report": str(run.published / "report" / "index.html"),
            "预警单据 tickets": str(run.published / "warnings"),
            "退回部门 rejected": str(run.published / "rejected"),
            "待补材料 readiness": str(run.published / "readiness"),
            **{title: str(path) for title, path in _follow_up(run) if path.is_dir()},
            "分析库 database": str(run.home.database),
        },
    }


def computed(run: CheckRun) -> dict[str, Any]:
    """How many households were computed anew, and why all of them where it was all."""
    zh, en = ALL_BECAUSE.get(run.scope.why, ("", ""))
    return {
        "is_all": run.scope.is_all,
        "households": None if run.scope.households is None else len(run.scope.households),
        "reason_zh": zh,
        "reason_en": en,
    }


def _follow_up(run: CheckRun) -> list[tuple[str, Path]]:
    """Lists that are there only when somebody has something to do."""
    names = {"supervision": "督办单", "referrals": "转办部门", "corrections": "更正请求"}
    return [(f"{zh} {name}", run.published / name) for name, zh in names.items()]


def deliveries(run: CheckRun) -> dict[str, Any]:
    """Every file with its counts, and notes that a person should read."""
    files = []
    for d in run.stock.deliveries.values():
        economic = feed_contract(d.file.feed).is_economic
        dropped = d.accepted - d.kept if economic and d.kept is not None else None
        files.append(
            {
                "file": d.file.shown,
                "data_date": d.file.data_on.isoformat(),
                "status": d.status,
                "code": d.code,
                "detail_zh": d.detail_zh,
                "detail_en": d.detail_en,
                "read": d.read,
                "accepted": d.accepted,
                "set_aside": d.set_aside,
                "of_which_not_consented": dropped,
            }
        )
    return {"files": files, "notes": [*_notes_on_files(run), *_notes_on_feeds(run)]}


def _notes_on_files(run: CheckRun) -> list[str]:
    notes = []
    for d in run.stock.deliveries.values():
        if d.code:
            reason = DELIVERY_REASONS[d.code]
            notes.append(f"{d.file.shown}: {reason.zh} {d.detail_zh} / {reason.en} {d.detail_en}".rstrip())
        if d.warning_zh:
            notes.append(f"{d.file.shown}: {d.warning_zh} / {d.warning_en}")
        if d.extra_columns_count:
            named = f": {', '.join(d.extra_columns)}" if d.extra_columns else ""
            notes.append(
                f"{d.file.shown}: {d.extra_columns_count} 列不在数据规范中, 未采用 / extra columns kept out{named}"
            )
    for item in run.stock.unusable:
        reason = DELIVERY_REASONS[item.code]
        notes.append(f"{item.shown}: {reason.zh} / {reason.en}")
    ignored = [readable(name) for name in ignored_files(run.home.policy)]
    if ignored:
        notes.append(
            f"policy/ 中未读取(只读 .yaml、.yml) / not read in policy/ (only .yaml, .yml): {', '.join(ignored)}"
        )
    if run.stock.later:
        shown = ", ".join(f.shown for f in run.stock.later[:5])
        notes.append(f"数据日期晚于核对日期, 本次不用 / data date after the check date, not used: {shown}")
    return notes


def _notes_on_feeds(run: CheckRun) -> list[str]:
    notes = []
    for feed, state in sorted(set(run.fresh.filter(pl.col("state") != "fresh").select("feed", "state").rows())):
        counties = run.fresh.filter((pl.col("feed") == feed) & (pl.col("state") == state))["coverage"].to_list()
        word = f"{labels('not_checked_reason')[state]} / {'nothing in force' if state == 'feed_missing' else 'stale'}"
        notes.append(
            f"{feed_contract(feed).title_zh}({feed}): {', '.join(counties[:5])} {word}, 相关规则未核对 / not checked"
        )
    if run.lists.outside_area:
        notes.append(
            f"名册中 {run.lists.outside_area} 行的县码不属于文件的地区, 未采用 / roster rows outside their file's area"
        )
    return notes


def households(run: CheckRun) -> dict[str, Any]:
    """Active, admitted, and households per gap."""
    counts = pl.scan_parquet(run.partition / "households.parquet").select("is_admitted").collect()
    admitted = int(counts["is_admitted"].sum())
    per_gap = dict(run.registers.gaps.select("household_id", "gap").unique()["gap"].value_counts().rows())
    return {
        "active": counts.height,
        "admitted": admitted,
        "not_admitted": counts.height - admitted,
        "gaps": [
            {"gap": gap, "label_zh": zh, "label_en": en, "households": per_gap[gap]}
            for gap, (zh, en) in GAPS.items()
            if gap in per_gap
        ],
    }


def rules(results: pl.DataFrame) -> list[dict[str, Any]]:
    """Per rule: households by result, not_checked by reason."""
    summed = results.group_by("rule", "result", "reason").agg(pl.col("households").sum())
    counts = {(rule, result, reason): number for rule, result, reason, number in summed.iter_rows()}
    reasons = ("not_admitted", "feed_missing", "feed_stale", "policy_missing", "no_record")
    return [
        {
            "rule": rule.code,
            "label_zh": rule.label_zh,
            **{name: counts.get((rule.code, name, None), 0) for name in ("hit", "no_hit", "suppressed")},
            "not_checked": {
                reason: counts[(rule.code, "not_checked", reason)]
                for reason in reasons
                if (rule.code, "not_checked", reason) in counts
            },
        }
        for rule in ALL
    ]


def rule_modes(modes: pl.DataFrame) -> list[dict[str, Any]]:
    """Rules that open no tickets in a county at the moment, or were signed off today, with the reason."""
    unusual = modes.filter(pl.col("mode") != "normal").select("county", "rule", "mode", "reason_zh", "reason_en")
    return unusual.to_dicts()


def tickets(run: CheckRun) -> dict[str, Any]:
    """Tickets by change, and open ones by due date, county, direction and severity."""
    objects = run.ticketing.objects
    open_ones = [o for o in objects if o["status"] != "closed"]
    due = Counter(
        (o["due_on"], o["deadline_provisional"], o["county_code"], o["direction"], o["severity"]) for o in open_ones
    )
    names = ("due_on", "provisional", "county", "direction", "severity")
    refused = Counter(run.ticketing.refused["code"].to_list())
    return {
        "changes": dict(Counter(o["change"] for o in objects)),
        "overdue": sum(o["overdue_days"] > 0 for o in open_ones),
        "due": [{**dict(zip(names, key, strict=True)), "tickets": number} for key, number in sorted(due.items())],
        "refused_reports": {REASONS[why][0]: number for why, number in sorted(refused.items())},
    }
