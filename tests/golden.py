"""`python -m tests.golden`: the digests of all that a half year of two counties leaves, to be compared before and after a change.

    python -m tests.golden --engine duckdb --write before.json      # on the program as it was
    python -m tests.golden --engine duckdb --against before.json    # on the changed one: exit 1 and the names that differ

Twelve check dates: six monthly ones and, four days after each, one on top of it. People answer in between. The clock, the
key of pseudonyms and the seed are fixed, so that the same program leaves the same: tables of the lake as sorted rows (an
engine keeps no order), published files byte by byte, rows of the database.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from engines.homes import database_rows, lake_frames, published_files  # noqa: E402

from assets.home import Home  # noqa: E402
from assets.publication.pseudonyms import key_path  # noqa: E402
from pipelines.check import run_check  # noqa: E402
from sample.generate import generate  # noqa: E402
from sample.half_year import HalfYear  # noqa: E402
from tools.demo import AREA, DATES, LABEL, arrive, morning  # noqa: E402

LATER: Final = dt.timedelta(days=4)


def half_year(root: Path, persons: int, engine: str) -> dict[str, str]:
    """Digest of everything the check dates leave, by name. `root`: an empty folder."""
    home, people = Home(root / "home"), HalfYear(root / "home" / "landing", DATES, 1)
    for path, text in ((home.policy / "360202.yaml", LABEL), (key_path(home), "5a" * 32)):
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    generate(root / "departments", persons, 1, AREA, len(DATES), as_of=DATES[-1])
    found: dict[str, str] = {}
    for day in DATES:
        for as_of in (day, day + LATER):
            arrive(root / "departments", home.landing, as_of)
            run = run_check(home, as_of, engine=engine, now=partial(morning, as_of))
            found |= {f"{as_of}/lake/{name}": digest for name, digest in tables(home, as_of).items()}
            found[f"{as_of}/is_full"] = run.scope.why or "no"
            if as_of == day != DATES[-1]:
                people.answer(home.publication(day), day)
    found |= {f"published/{name}": digest for name, digest in published_files(home.root).items()}
    return found | {f"database/{name}": sha256(repr(rows)) for name, rows in database_rows(home.root).items()}


def tables(home: Home, as_of: dt.date) -> dict[str, str]:
    """Digest of each table of a partition: names, types and sorted rows."""
    frames = lake_frames(home.root, as_of)
    return {name: sha256(repr(frame.schema) + frame.write_ndjson()) for name, frame in frames.items()}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def differing(before: dict[str, str], now: dict[str, str]) -> list[str]:
    return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--engine", default="duckdb", choices=("duckdb", "polars", "spark"))
    parser.add_argument("--persons", type=int, default=900)
    parser.add_argument("--write", type=Path, help="file for the digests")
    parser.add_argument("--against", type=Path, help="digests of another program to compare with")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="golden-") as folder:
        found = half_year(Path(folder), options.persons, options.engine)
    if options.write:
        options.write.write_text(json.dumps(found, indent=0, sort_keys=True), encoding="utf-8")
    print(f"{len(found)} digests; all together {sha256(json.dumps(found, sort_keys=True))}")
    names = differing(json.loads(options.against.read_text(encoding="utf-8")), found) if options.against else []
    print(*names, sep="\n", end="\n" if names else "")
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main())
