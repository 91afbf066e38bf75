"""Dated policy values: nearest area first, then the newest `from` (page 3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

BUILT_IN = Path(__file__).resolve().parents[2] / "policy"
NATIONAL = "national"


def fraction(value: Any) -> Fraction:
    """Exact: 0.10 in YAML is one tenth."""
    return Fraction(str(value))


class Policy:
    """All values of several folders; later folders replace values of the same area, parameter and date."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.values: dict[tuple[str, str], dict[date, Any]] = {}
        self._known: dict[tuple[str, date], bool] = {}
        for folder in folders:
            for path in sorted(folder.glob("*.yaml")) if folder.is_dir() else []:
                self.load(path)

    def load(self, path: Path) -> None:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        for name, entries in (document.get("parameters") or {}).items():
            dated = self.values.setdefault((str(document["area"]), name), {})
            for entry in entries:
                dated[entry["from"]] = entry["value"]

    def in_force(self, area: str, name: str, as_of: date) -> Any:
        """The newest value of exactly this area, or None."""
        dated = self.values.get((area, name), {})
        days = [day for day in dated if day <= as_of]
        return dated[max(days)] if days else None

    def value(self, county: str, name: str, as_of: date) -> Any:
        for area in (county[:6], county[:4], county[:2], NATIONAL):
            found = self.in_force(area, name, as_of)
            if found is not None:
                return found
        return None

    def rule_basis(self, county: str, code: str, as_of: date) -> list[str]:
        """Clauses of a rule: of the nation, the province, the prefecture and the county, each level's newest line."""
        clauses = []
        for area in (NATIONAL, county[:2], county[:4], county[:6]):
            lines = self.values.get((area, "rule.basis"), {})
            days = [day for day, said in lines.items() if day <= as_of and code in said]
            if days:
                clauses.append(lines[max(days)][code])
        return clauses

    def knows_area(self, county: str, as_of: date) -> bool:
        """Some value in force in a file of the 6-, 4- or 2-digit area; national does not count."""
        slot = (county[:6], as_of)
        if slot not in self._known:
            areas = {county[:6], county[:4], county[:2]}
            own = [(area, name) for area, name in self.values if area in areas]
            self._known[slot] = any(self.in_force(area, name, as_of) is not None for area, name in own)
        return self._known[slot]
