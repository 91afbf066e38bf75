"""Tables about what arrived and what the policy says: deliveries, rejected_rows, policy_parameters."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from assets.county_policy import is_county
from assets.deliveries import Delivery
from assets.landing import Unusable
from assets.publication.inputs import Inputs, as_of_column
from assets.reading.errors import DELIVERY_REASONS
from data_contracts import feed_contract
from data_contracts.derive.duckdb_tables import table_schema
from policy.parameters import CATALOGUE, RULE_BASIS, UNITS_ZH


def deliveries(inputs: Inputs) -> pl.DataFrame:
    """One row a file up to the check date, and one for each thing in the landing folder that is no delivery."""
    rows = [_delivery(delivery) for delivery in inputs.stock.deliveries.values()]
    rows += [_unusable(found) for found in inputs.stock.unusable]
    schema = table_schema("deliveries")
    return pl.DataFrame([{**dict.fromkeys(schema), **row} for row in rows], schema=schema).with_columns(
        as_of_column(inputs)
    )


def _delivery(delivery: Delivery) -> dict[str, Any]:
    file, contract = delivery.file, feed_contract(delivery.file.feed)
    is_in_force = delivery.rows_path is not None
    reason = DELIVERY_REASONS.get(delivery.code or "")
    return {
        "file": file.shown,
        "delivery_no": delivery.number,
        "feed": file.feed,
        "feed_zh": contract.title_zh,
        "department_zh": contract.department_zh,
        "area": file.area,
        "data_date": file.data_on,
        "correction_no": file.n,
        "form": file.form,
        "sha256": delivery.sha256 or None,
        "size_bytes": delivery.size,
        "status": delivery.status,
        "is_in_force": is_in_force,
        "code": delivery.code,
        "reason_zh": _joined(reason.zh if reason else "", delivery.detail_zh),
        "reason_en": _joined(reason.en if reason else "", delivery.detail_en),
        "read": delivery.read,
        "accepted": delivery.accepted,
        "set_aside": delivery.set_aside,
        # Known of files read on this date only: what else was read depends on what earlier runs had judged already.
        "of_which_not_consented": _not_consented(delivery) if is_in_force and contract.is_economic else None,
        "extra_columns": list(delivery.extra_columns),
        "warning_zh": delivery.warning_zh or None,
        "warning_en": delivery.warning_en or None,
    }


def _not_consented(delivery: Delivery) -> int | None:
    return None if delivery.kept is None else delivery.accepted - delivery.kept


def _joined(*parts: str) -> str | None:
    return " ".join(part for part in parts if part) or None


def _unusable(found: Unusable) -> dict[str, Any]:
    reason = DELIVERY_REASONS[found.code]
    return {
        "file": found.shown,
        "status": "unusable",
        "is_in_force": False,
        "code": found.code,
        "reason_zh": reason.zh,
        "reason_en": reason.en,
        "read": 0,
        "accepted": 0,
        "set_aside": 0,
        "extra_columns": [],
    }


def rejected_rows(inputs: Inputs) -> pl.DataFrame:
    """Rows set aside without their content: that holds identity numbers and is only in rejected/<feed>.csv."""
    return inputs.rejected.drop("row").rename({"column": "column_name"}).with_columns(as_of_column(inputs))


def policy_parameters(inputs: Inputs) -> pl.DataFrame:
    """The value in force for each county and parameter; of a `rule.basis` all clauses that the county's tickets cite."""
    rows = [
        {
            "county_code": county,
            "parameter": name,
            "parameter_zh": CATALOGUE[name].zh,
            "value": json.dumps(
                inputs.book.rule_basis(county, name.removeprefix(f"{RULE_BASIS}."), inputs.as_of)
                if name.startswith(RULE_BASIS)
                else value.plain(),
                ensure_ascii=False,
            ),
            "unit": UNITS_ZH[CATALOGUE[name].unit] or None,
            "area": value.area,
            "area_zh": inputs.book.label(value.area),
            "from_on": value.from_on,
            "basis": value.basis,
            "status": value.status,
        }
        for (county, name), value in inputs.policy.values.items()
        if is_county(county)  # households with an unusable township have no county and no policy of their own
    ]
    schema = table_schema("policy_parameters")
    return pl.DataFrame([{**dict.fromkeys(schema), **row} for row in rows], schema=schema).with_columns(
        as_of_column(inputs)
    )
