"""Whose work an earlier check is: an upgrade while it ran must not pass for what made its findings."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from assets.basis import PACKAGES

ROOT = Path(__file__).resolve().parents[2]
SAY = "from assets.basis import program_digest; print(program_digest())"
UPGRADED = "from assets import basis; open('rules/findings/deceased_member.py', 'a').write('# 2'); "


def said(folder: Path, code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def test_a_process_answers_for_the_rules_it_has_loaded_and_the_next_one_for_those_it_finds(tmp_path: Path) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    before = said(tmp_path, SAY)
    assert said(tmp_path, UPGRADED + SAY) == before
    assert said(tmp_path, SAY) != before
