"""What a finished check tells Dagster about each asset: row counts, columns, paths, counts by code. Never a person.

Everything is read from what lies on the disk after publication, so that it holds for what people can open; only the
words about deliveries come from the run itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from dagster import AssetKey, MetadataValue, TableColumn, TableRecord, TableSchema

from assets.deliveries import Delivery
from assets.home import Home
from assets.publication.publish import read_manifest
from assets.reading.errors import DELIVERY_REASONS
from data_contracts import feed_contract, feed_contracts
from data_contracts.publications import DATABASE, published
from pipelines.check import CheckRun
from pipelines.orchestration.catalogue import LEDGER, MADE, PUBLISHED, Made, column_words, feed_key
from pipelines.summary import rule_modes, rules, tickets

Metadata = dict[str, Any]


@cache
def _described() -> dict[str, str]:
    """Words for lake columns that a contract knows: what we promise downstream before what departments send."""
    ours = [published(name) for name in ("household_profile", "risk_labels", "rule_results", "ticket_events")]
    return {
        column.stored_as: column_words(column)
        for contract in (*feed_contracts().values(), *ours, published("tickets_jsonl"))
        for column in contract.columns
    }


def table(rows: Iterable[Mapping[str, Any]]) -> Any:
    """Records as a Dagster table; a line of text where there are none (an empty table has no columns)."""
    records = [TableRecord({k: "" if v is None else v for k, v in row.items()}) for row in rows]
    return MetadataValue.table(records) if records else MetadataValue.text("无 / none")


def parquet_metadata(path: Path) -> Metadata:
    """Rows and columns of a Parquet file from its footer; no cell is looked at."""
    scan = pl.scan_parquet(path)
    schema = scan.collect_schema()
    columns = [TableColumn(name, str(kind), description=_described().get(name)) for name, kind in schema.items()]
    return {
        "dagster/row_count": int(scan.select(pl.len()).collect().item()),
        "dagster/column_schema": TableSchema(columns=columns),
        "路径 path": MetadataValue.path(path),
    }


def on_disk(home: Home, as_of: dt.date) -> dict[AssetKey, Metadata]:
    """Metadata of every asset of a published check date that can be told from its files."""
    manifest = read_manifest(home.publication(as_of))
    ledger: Metadata = {"dagster/row_count": len(manifest["deliveries"]), "路径 path": MetadataValue.path(home.ledger)}
    told: dict[AssetKey, Metadata] = {LEDGER: ledger}
    told |= {feed_key(feed): _feed(home, as_of, feed) for feed in feed_contracts()}
    for one in MADE:
        told[one.key] = _published(home, as_of, manifest, one) if one in PUBLISHED else _lake(home, as_of, one)
    return told


def _feed(home: Home, as_of: dt.date, feed: str) -> Metadata:
    folder = home.check(as_of) / "rows" / feed
    paths = sorted(folder.glob("*.parquet")) if folder.is_dir() else []
    return {
        "dagster/row_count": int(pl.scan_parquet(paths).select(pl.len()).collect().item()) if paths else 0,
        "可用文件数 files in force": len(paths),
        "路径 path": MetadataValue.path(folder),
    }


def _lake(home: Home, as_of: dt.date, one: Made) -> Metadata:
    path = None if one.file is None else home.check(as_of) / one.file
    return parquet_metadata(path) if path is not None and path.is_file() else {}


def _published(home: Home, as_of: dt.date, manifest: dict[str, Any], one: Made) -> Metadata:
    if one.name == "civil_affairs":
        tables = [
            {"table": name, "表名": published(name).title_zh, "what": published(name).purpose} for name in DATABASE
        ]
        return {
            "路径 path": MetadataValue.path(home.database),
            "批次号 batch": manifest["batch"],
            "各表 tables": table(tables),
        }
    files = [f for f in manifest["files"] if f["path"].startswith(f"{one.name}/")]
    # The same tickets lie in several forms; JSONL is the contract for machines, so its rows are the ones to count.
    counted = [f for f in files if f["path"].endswith(".jsonl")] or files
    return {
        "dagster/row_count": sum(f["rows"] or 0 for f in counted),
        "文件数 files": len(files),
        "批次号 batch": manifest["batch"],
        "路径 path": MetadataValue.path(home.publication(as_of) / one.name),
    }


def from_run(run: CheckRun) -> dict[AssetKey, Metadata]:
    """What only the run knows: files by department, results by rule, tickets by due date."""
    told: dict[AssetKey, Metadata] = {
        feed_key(feed): {"文件 files": table(delivery_rows(run, feed))} for feed in feed_contracts()
    }
    gaps = run.registers.gaps
    told[AssetKey("silent_check_readiness")] = {
        "dagster/row_count": gaps.height,
        "缺项 gaps": table(
            {"gap": gap, "households": households}
            for gap, households in gaps.group_by("gap").agg(pl.col("household_id").n_unique()).sort("gap").iter_rows()
        ),
    }
    told[AssetKey("rule_results")] = {"各规则结果 by rule": table(_rule_rows(run))}
    made = tickets(run)
    told[AssetKey("tickets")] = {
        "到期日 due": table(made["due"]),
        "变化 changes": table([made["changes"]] if made["changes"] else []),
        "逾期 overdue": made["overdue"],
    }
    told[AssetKey("rule_modes")] = {"非正常 not normal": table(rule_modes(run.ticketing.modes.frame))}
    told[AssetKey("refused_reports")] = {
        "原因 reasons": table([made["refused_reports"]] if made["refused_reports"] else [])
    }
    told[AssetKey("warnings")] = {"内容有变化 changed": run.is_changed}
    return told


def delivery_rows(run: CheckRun, feed: str) -> list[dict[str, Any]]:
    """Files of a feed with their counts. Reasons as their fixed words: details may quote what a department wrote."""
    rows = []
    for one in run.stock.of_feed(feed):
        reason = DELIVERY_REASONS[one.code] if one.code else None
        rows.append(
            {
                "file": one.file.name,
                "data_date": one.file.data_on.isoformat(),
                "status": one.status,
                "read": one.read,
                "accepted": one.accepted,
                "set_aside": one.set_aside,
                "kept": "" if one.kept is None else one.kept,
                "reason": "" if reason is None else f"{reason.zh} / {reason.en}",
            }
        )
    return rows


def _rule_rows(run: CheckRun) -> list[dict[str, Any]]:
    return [
        {
            "rule": one["rule"],
            "label_zh": one["label_zh"],
            "hit": one["hit"],
            "no_hit": one["no_hit"],
            "not_checked": sum(one["not_checked"].values()),
            "suppressed": one["suppressed"],
        }
        for one in rules(run.ticketing.results)
    ]


def feed_trouble(run: CheckRun, feed: str) -> str | None:
    """Why a feed needs a look although the check may go on: its newest file rejected, a file refused, data missing or
    stale."""
    troubles = []
    newest: dict[str, Delivery] = {}
    for one in sorted(run.stock.of_feed(feed), key=lambda d: d.file.precedence):
        if one.status not in ("duplicate", "refused"):
            newest[one.file.area] = one
    if any(one.status == "rejected" for one in newest.values()):
        troubles.append(
            "有文件整批退回, 有此前批次的沿用 / a file was rejected; where there is an earlier one it stays in force"
        )
    if any(one.status == "held" for one in newest.values()):
        troubles.append(
            "有批次行数大幅减少, 暂缓采用, 待签认(shouwang sign-off --delivery) / a delivery with far fewer rows is held until "
            "it is signed off"
        )
    if any(one.status == "refused" for one in run.stock.of_feed(feed)):
        troubles.append("有文件名称已占用而拒收 / a file was refused because its name is taken")
    states = run.fresh.filter(pl.col("feed") == feed)["state"]
    if "feed_missing" in states:
        troubles.append("部分地区没有可用批次, 相关规则未核对 / nothing in force for some areas: rules not checked")
    if "feed_stale" in states:
        days = feed_contract(feed).stale_after_days
        troubles.append(f"部分地区数据超过 {days} 天, 相关规则未核对 / data too old for some areas: rules not checked")
    return "\n".join(troubles) or None
