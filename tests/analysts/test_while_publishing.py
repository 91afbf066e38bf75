"""An analyst with nothing but the DuckDB command line asks the questions of docs/analysts.md while a check publishes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assets.home import Home
from tests.durability.tiny_county import FIRST, SECOND, published_tickets
from tools.analysts_page import DATABASE, NONE, PAGE, QUESTIONS, client, page, without_answers

ROOT = Path(__file__).resolve().parents[2]
SQL = "\n".join(question.sql for question in QUESTIONS)


def _ask(home: Path, sql: str = SQL) -> str:
    """All questions in one go: they see one database, the old one or the new one."""
    command = [client(), "-readonly", "-no-init", "-bail", "-markdown", str((home / DATABASE).resolve())]
    done = subprocess.run(command, input=sql, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def _open_tickets(answer: str) -> dict[str, int]:
    """What the question about all check dates says: check date -> open tickets."""
    rows = re.findall(r"^\| (\d{4}-\d\d-\d\d) \| 150626 .*\| (\d+) +\|$", answer, flags=re.MULTILINE)
    return {day: int(number) for day, number in rows}


@pytest.fixture
def home(one_date: Path, tmp_path: Path) -> Path:
    shutil.copytree(one_date, tmp_path / "home")
    return tmp_path / "home"


def test_ten_questions_are_answered_rightly_before_while_and_after_a_check_publishes(home: Path) -> None:
    before = _ask(home)
    command = [
        sys.executable,
        "-m",
        "pipelines.cli",
        "check",
        "--as-of",
        SECOND.isoformat(),
        "--home",
        str(home),
        "--json",
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as check:
        assert check.stdout is not None and check.stderr is not None
        answers = []
        while check.poll() is None:
            answers.append(_ask(home))
        said, complained = check.stdout.read(), check.stderr.read()
    assert check.returncode == 0, complained.decode()
    assert json.loads(said)["as_of"] == SECOND.isoformat()
    after = _ask(home)
    assert len(QUESTIONS) >= 10 and len(answers) > 3
    assert before != after
    # Every answer is that of one date or the other, never of something in between, and never the old one after the new.
    assert set(answers) <= {before, after}
    assert answers == sorted(answers, key=[before, after].index)
    assert answers[0] == before
    # And both are right: the published files say the same.
    left = {day: sum(t["status"] != "closed" for t in published_tickets(home, day)) for day in (FIRST, SECOND)}
    assert _open_tickets(before) == {FIRST.isoformat(): left[FIRST]}
    assert _open_tickets(after) == {day.isoformat(): number for day, number in left.items()}


def test_who_has_the_file_open_keeps_the_old_one_until_he_opens_it_again(home: Path, two_dates: Path) -> None:
    newest = "SELECT max(as_of) AS newest FROM rule_results;\n"
    command = [client(), "-readonly", "-no-init", "-batch", "-list", "-noheader", str(home / DATABASE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdin is not None and reader.stdout is not None

        def ask() -> str:
            assert reader.stdin is not None and reader.stdout is not None
            reader.stdin.write(newest)
            reader.stdin.flush()
            return reader.stdout.readline().strip()

        assert ask() == FIRST.isoformat()
        aside = home / "published" / ".new"
        shutil.copy(Home(two_dates).database, aside)
        aside.replace(home / DATABASE)  # as a publication does
        assert ask() == FIRST.isoformat()
        reader.stdin.close()
    assert SECOND.isoformat() in _ask(home, newest)


# --- The page ----------------------------------------------------------------------------------------------------------


def test_the_page_holds_these_questions_and_only_its_answers_depend_on_the_demo(two_dates: Path) -> None:
    again = "run: make demo; python -m tools.analysts_page"
    committed, made = PAGE.read_text(encoding="utf-8"), page(two_dates / DATABASE)
    assert without_answers(committed) == without_answers(made), again
    assert NONE not in committed, "every question has an answer in the half year of the demo"
    for question in QUESTIONS:
        assert question.zh in committed and question.en in committed
        assert f"```sql\n{question.sql.strip()}\n```" in committed
    heads = [line for line in committed.splitlines() if line.startswith("|") and "---" not in line]
    made_heads = [line for line in made.splitlines() if line.startswith("|") and "---" not in line]
    columns = [set(re.findall(r"[a-z_]+", head)) for head in made_heads if re.match(r"\|[ a-z_|]+\|$", head)]
    assert columns == [set(re.findall(r"[a-z_]+", head)) for head in heads if re.match(r"\|[ a-z_|]+\|$", head)]


def test_no_person_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert not re.search(r"\d{6}\*{8}|\d{17}[0-9X]|\b[0-9a-f]{20}\b", text)
    assert "person_name" not in SQL and "applicant" not in SQL and "person_key" not in SQL
