"""What does not fit together in rules/ is refused when it is loaded, and the message names the file to mend."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assets.facts import KEPT
from pipelines.orchestration.catalogue import FACTS as FACT_ASSETS
from policy.parameters import CATALOGUE
from rules.findings import ALL
from rules.registry import FACTS, asked_for, in_order, readers

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("data_contracts", "policy", "rules")
FACT = """
from rules.clocks import Age, Dates
from rules.expressions import Lazy
from rules.registry import fact


"""
USE = (
    "rules/findings/enrolled_twice.py",
    "def enrolled_twice(members: Lazy)",
    "def enrolled_twice(members: Lazy, extra)",
)
NEW = "rules/facts/extra.py"
VEHICLES = (ROOT / "data_contracts/feeds/vehicles.odcs.yaml").read_text("utf-8")
Change = tuple[str, str, str]


def add(text: str) -> Change:
    return (NEW, "", FACT + text)


MISTAKES: dict[str, tuple[tuple[Change, ...], str, str]] = {
    "an argument that is nothing": (
        (("rules/findings/enrolled_twice.py", "(members: Lazy)", "(member: Lazy)"),),
        "rules/findings/enrolled_twice.py: enrolled_twice reads member", "(members)",
    ),
    "a fact that nobody reads": ((add("@fact()\ndef extra(members): ..."),), NEW, "nobody reads the fact extra"),
    "a fact that reads itself": ((add("@fact()\ndef extra(extra): ..."), USE), NEW, "extra -> extra"),
    "a kept fact without words": ((add("@fact(keep=True)\ndef extra(members): ..."), USE), NEW, "has no words"),
    "a fact called as a feed": ((add("@fact()\ndef tax(members): ..."),), NEW, "name of a feed"),
    "two facts of one name": (
        (add("@fact()\ndef income(members): ..."),), "rules/facts/income.py", "there is a fact income in rules/facts/extra.py already",
    ),
    "a clock for what reads no date": (
        (add('@fact(clock=Dates("signed_on"))\ndef extra(members): ...'), USE), NEW, "has a clock and reads no date",
    ),
    "a clock with a column of no feed": (
        (add('@fact(clock=Dates("paid_on"))\ndef extra(tax, as_of): ...'), USE), NEW, "has a column paid_on",
    ),
    "a clock with an unknown parameter": (
        (add('@fact(clock=Age("labour.majority"))\ndef extra(members, as_of): ...'), USE), NEW, "labour.majority",
    ),
    "a feed taken per person that is not read": (
        (add('@fact(per_person=("tax",))\ndef extra(members): ...'), USE), NEW, "does not read tax",
    ),
    "a feed that nobody reads": (
        (("data_contracts/feeds/extra.odcs.yaml", "", VEHICLES.replace("name: vehicles", "name: extra")),),
        "data_contracts/feeds/extra.odcs.yaml", "nobody reads the feed extra",
    ),
    "a label without words": (
        (("data_contracts/codes.yaml", "  water_safety: [饮水安全, drinking-water safety]\n", ""),),
        "data_contracts/codes.yaml", "water_safety",
    ),
    "a rule without words for the department it refers to": (
        (("rules/findings/unsafe_water.py", '    need_zh="入户调查:{items}。",\n', ""),),
        "rules/findings/unsafe_water.py", "lacks words",
    ),
    "a rule that the policy does not name": (
        (("rules/findings/extra.py", "", "from rules.rule import rule\n"),), "policy/parameters.py", "extra",
    ),
    "a rule that is missing": (
        (("policy/parameters.py", 'RULES: dict[str, str] = {\n', 'RULES: dict[str, str] = {\n    "extra": "多",\n'),),
        "rules/findings/extra.py is missing", "",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def loaded(folder: Path) -> str:
    """The last line of what loading the rules says."""
    command = [sys.executable, "-B", "-c", "import rules.findings"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stderr.strip().rpartition("\n")[2]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_with_the_file_to_mend(mistake: str, packages: Path) -> None:
    changes, file, words = MISTAKES[mistake]
    before = {
        name: (packages / name).read_text("utf-8") if (packages / name).exists() else None for name, *_ in changes
    }
    try:
        for name, old, new in changes:
            text = (packages / name).read_text("utf-8") if (packages / name).exists() else ""
            assert old in text, (name, old)
            (packages / name).write_text(text.replace(old, new, 1) if old else text + new, "utf-8")
        said = loaded(packages)
        assert said.startswith("rules.registry.RegistryError: ") and file in said and words in said
    finally:
        for name, text in before.items():
            if text is None:
                (packages / name).unlink()
            else:
                (packages / name).write_text(text, "utf-8")
    assert loaded(packages) == ""


def test_facts_are_made_after_what_they_read_and_the_lake_keeps_what_dagster_shows() -> None:
    known: set[str] = set()
    for fact in in_order():
        assert {name for name in fact.reads if name in FACTS} <= known
        known.add(fact.name)
    assert sorted(one.name for one in FACT_ASSETS) == sorted(KEPT)


def test_everything_that_is_made_is_read_and_explains_itself() -> None:
    for fact in FACTS.values():
        assert readers(fact.name, ALL)
        assert len((fact.function.__doc__ or "").split()) >= 3, fact.name


def test_every_policy_parameter_is_read_by_a_function_or_named_where_it_is_used() -> None:
    texts = [
        path.read_text("utf-8") for name in ("rules", "assets", "pipelines") for path in (ROOT / name).rglob("*.py")
    ]
    asked = asked_for(ALL)
    others = [name for name in CATALOGUE if name not in asked and not name.startswith(("severity.", "rule.basis"))]
    assert [name for name in others if not any(f'"{name}"' in text for text in texts)] == []
