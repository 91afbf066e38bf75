"""Puts the repository before tests/ on the path: tests/rules must not be taken for the package rules."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
