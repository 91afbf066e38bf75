"""A short run of the fuzzer; `make fuzz` is the long one."""

from __future__ import annotations

from fuzz import FORMS, run


def test_damaged_files_of_all_feeds_and_forms_are_read_or_refused_and_nothing_is_lost() -> None:
    found = run(176, 20261201)
    assert sum(found.values()) == 176
    for form in FORMS:
        outcomes = {outcome.split()[1] for outcome in found if outcome.startswith(form)}
        assert outcomes >= {"rejected"} and outcomes & {"accepted", "accepted_with_errors"}, (form, outcomes)
