"""Half a year of monthly checks, with reports late, twice, wrong, corrected and for closed tickets, in all file forms.

After every check date the published tickets, the lake's events and matters, the rows sent back, the modes of the rules
and the database agree with the plain-Python calculation of the same inputs (tests/oracle).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

from end_to_end.counties import make_lively_home, publish_notice, tickets
from end_to_end.replay import CODES, differences, full_number_in
from end_to_end.reports import Clerks
from oracle import Expected, Watch
from oracle.ticket import TRANSITIONS

from assets.home import Home
from pipelines.check import run_check
from pipelines.cli import main

DATES = [dt.date(2026, month, 20) for month in range(7, 13)] + [dt.date(2027, 1, 20)]
SIGNED = DATES[4]
SEED = 31


def answer_clarifications(root: Path, expected: Expected, on: dt.date) -> None:
    """Every second request is answered by an official of the county."""
    waiting = [m for m in expected.matters if m.kind == "clarification" and m.answered_on is None]
    for matter in waiting[::2]:
        said = ["clarify", matter.ticket_id, "--by", "县经办", "--on", on.isoformat(), "--home", str(root)]
        assert main(said) == 0, matter.ticket_id


def sign_off_first(root: Path, expected: Expected) -> bool:
    """A named person takes responsibility for the first rule that is held."""
    held = sorted(slot for slot, mode in expected.modes.items() if mode.mode == "held")
    for county, rule in held[:1]:
        said = ["sign-off", rule, "--area", county, "--as-of", expected.as_of.isoformat(), "--by", "局长"]
        assert main([*said, "--home", str(root)]) == 0
    return bool(held)


def test_half_a_year_of_reports_agrees_with_an_independent_replay(tmp_path: Path) -> None:
    root = make_lively_home(tmp_path, SEED, months=6, as_of=DATES[5])
    clerks, watch = Clerks(root, SEED), Watch(root)
    events: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for position, as_of in enumerate(DATES):
        if as_of.year == 2027:
            publish_notice(root)
        run_check(Home(root), as_of)
        expected = watch.step(as_of)
        assert differences(root, as_of, expected) == {}, as_of
        if as_of == SIGNED and sign_off_first(root, expected):
            run_check(Home(root), as_of)
            expected = watch.step(as_of)
            assert "signed_off" in {mode.mode for mode in expected.modes.values()}
            assert differences(root, as_of, expected) == {}, f"{as_of} after the sign-off"
        assert not full_number_in(root, as_of)
        events.update(event.event for event in expected.events)
        refused.update(refusal.code for refusal in expected.refused)
        if position + 1 < len(DATES):
            answer_clarifications(root, expected, as_of)
            clerks.send(tickets(root, as_of), as_of, DATES[position + 1])
    assert set(TRANSITIONS) - set(events) == set(), "the half year must see every kind of event to say anything"
    assert CODES - {"duplicate_key", "duplicate_row"} - set(refused) == set()
