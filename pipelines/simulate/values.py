"""What the values laid over the policy do: where and when each is in force, and why one never is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policy.overlay import Overlay
from policy.parameters import CATALOGUE
from policy.policy import PolicyBook, area_chain
from policy.values import PolicyValue


@dataclass
class Effects:
    """Collects, check date by check date, which values of the overlay are in force in which county."""

    overlay: Overlay
    book: PolicyBook
    other: PolicyBook
    uses: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    covering: dict[int, PolicyValue] = field(default_factory=dict)

    def look(self, as_of: dt.date, counties: list[str]) -> None:
        """One check date; `counties`: those with active households."""
        for at, value in enumerate(self.overlay.values):
            for county in counties:
                if value.area not in area_chain(county):
                    continue
                found = self.other.resolve(county, value.parameter, as_of)
                if found is value:
                    before = self.book.resolve(county, value.parameter, as_of)
                    self.uses.setdefault(at, []).append(_use(as_of, county, before))
                elif found is not None and value.from_on <= as_of:
                    self.covering[at] = found

    def listed(self, last: dt.date) -> list[dict[str, Any]]:
        """Every value with where it is in force, and why not elsewhere. `last`: the last check date."""
        return [
            {
                "area": value.area,
                "area_label": self.other.label(value.area),
                "parameter": value.parameter,
                "label_zh": CATALOGUE[value.parameter].zh,
                "label_en": CATALOGUE[value.parameter].en,
                "unit": CATALOGUE[value.parameter].unit,
                "from": value.from_on.isoformat(),
                "value": value.plain(),
                "basis": value.basis,
                "status": value.status,
                "file": value.file,
                "line": value.line,
                "in_force": self.uses.get(at, []),
                "not_in_force": self._why_not(at, value, last),
            }
            for at, value in enumerate(self.overlay.values)
        ]

    def _why_not(self, at: int, value: PolicyValue, last: dt.date) -> Mapping[str, str] | None:
        """Why it is in force nowhere, or not everywhere from its day on; None where nothing stands in its way."""
        other = self.covering.get(at)
        if other is not None:
            where = ("在部分核对日期或县", "on some check dates or in some counties") if at in self.uses else ("", "")
            return {
                "zh": f"{where[0]}由 {other.area} 自 {other.from_on} 起的值生效({other.file}:{other.line}); "
                "同一地区取日期最新者, 较近的地区优先",
                "en": f"{where[1]} the value of {other.area} from {other.from_on} is in force instead "
                f"({other.file}:{other.line}): the newest of an area counts, a nearer area goes first".lstrip(),
            }
        if at in self.uses:
            return None
        if value.from_on > last:
            return {
                "zh": f"自 {value.from_on} 起生效, 晚于所选最后一期 {last}",
                "en": f"counts from {value.from_on}, after the last check date {last}",
            }
        return {
            "zh": f"所选各期名册中没有 {value.area} 的家庭",
            "en": f"no household of {value.area} is on the roster of these check dates",
        }


def _use(as_of: dt.date, county: str, before: PolicyValue | None) -> dict[str, Any]:
    instead = (
        None if before is None else {"value": before.plain(), "area": before.area, "from": before.from_on.isoformat()}
    )
    return {"as_of": as_of.isoformat(), "county": county, "instead_of": instead}
