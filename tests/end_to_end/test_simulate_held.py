"""Whether a snapshot that shrank is held belongs to the policy too: the home folder's own, and the one that is simulated."""

from __future__ import annotations

from pathlib import Path

import pytest
from end_to_end.test_held_register import FIRST, HOUSEHOLDS, SECOND, SHRUNK_ON, check, town_of
from end_to_end.two_runs import Kept, claimed, difference, repeated_with

from assets.home import Home
from pipelines.simulate.run import PUBLISHED, SIMULATED, simulate
from tests.rules.kit import write_file

POLICY = 'area: "15"\nlabel: 内蒙古自治区\nparameters:\n'
SHARE = "  delivery.min_share: [{{from: 2000-01-01, value: {share}, basis: 试算, status: local}}]\n"


@pytest.mark.parametrize(("own", "other"), [(0.2, 0.9), (0.9, 0.2)])
def test_both_runs_hold_what_their_policy_holds(tmp_path: Path, own: float, other: float) -> None:
    """Two of six rows: a third. The nationwide half would decide otherwise than the home folder's 0.2."""
    root = tmp_path / "home"
    town = town_of(root)
    (root / "policy" / "share.yaml").write_text(POLICY + SHARE.format(share=own), encoding="utf-8")
    check(root, FIRST)
    write_file(root, "vehicles", "15", SHRUNK_ON, town.rows["vehicles"][:2])
    check(root, SECOND)
    simulated = tmp_path / "simulated.yaml"
    simulated.write_text(POLICY + SHARE.format(share=other), encoding="utf-8")
    kept = Kept()
    result = simulate(Home(root), simulated, SECOND, SECOND, engine="polars", watch=kept)
    assert kept.differing(PUBLISHED, Home(root), [SECOND]) == []
    (root / "policy" / "share.yaml").unlink()
    real = repeated_with(Home(root), simulated, SECOND, tmp_path / "real", "polars")
    assert kept.differing(SIMULATED, real, [SECOND]) == []
    (day,) = result["dates"]
    assert claimed(day) == difference(Home(root), real, SECOND)
    (rule,) = [entry for entry in day["rules"] if entry["rule"] == "undeclared_vehicle"]
    apart = HOUSEHOLDS - 2
    assert (rule["findings"]["new"], rule["findings"]["lost"]) == ((apart, 0) if other > own else (0, apart))
