"""Write a landing folder block by block: constant memory however many persons are asked for."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from data_contracts import feed_contract
from sample import income, needs, possessions, registers
from sample.areas import County, county
from sample.columns import KNOWN_FROM, KNOWN_UNTIL
from sample.faults import Damage
from sample.households import Block, Scope, draw_block
from sample.identity import CodeBook, Ints
from sample.outsiders import outsider_frames
from sample.plan import SMALL_COUNTY, Copy, Delivery, Form, plan
from sample.planted import Planted, plant
from sample.spelling import spell
from sample.truth import FileTruth, SampleSummary, truth_path
from sample.writers import Writer, open_writer

Progress = Callable[[str, int, int], None]
DEFAULT_AS_OF = date(2026, 11, 20)
THINNED_SHARE = 10  # an incomplete file lacks every tenth row


class OpenFile:
    """One file being written, with its damage and its own random stream."""

    def __init__(self, delivery: Delivery, out: Path, seed: list[int]) -> None:
        self.delivery = delivery
        self._contract = feed_contract(delivery.feed)
        self.path = out / delivery.feed / delivery.file_name
        self._writer: Writer = open_writer(delivery.file_format, self.path, self._contract, delivery.dialect)
        rejected = delivery.expect == "rejected"
        self._damage = Damage(delivery.feed, delivery.file_format, delivery.rate, delivery.varied, rejected)
        self._rng = np.random.default_rng(seed)

    def append(self, frame: pl.DataFrame, planted: bool) -> None:
        """Add the rows that the department knew on the data date, damaged and spelled as this file is."""
        rows = self._view(frame).drop(KNOWN_FROM, KNOWN_UNTIL)
        if self.delivery.thinned:
            rows = rows.gather_every(2) if planted else rows.filter(pl.int_range(pl.len()) % THINNED_SHARE != 3)
        rows, later = self._damage.typed(rows, self._rng, planted)
        if self.delivery.file_format == "parquet":
            self._writer.append(rows, [])
            return
        text = spell(rows, self.delivery.feed, self._rng, self.delivery.dialect.main_date, self.delivery.varied)
        self._writer.append(*self._damage.text(text, later))

    def _view(self, frame: pl.DataFrame) -> pl.DataFrame:
        day, since = self.delivery.data_date, self.delivery.since
        known = (pl.col(KNOWN_FROM) <= day).fill_null(since is None)
        if since is not None:
            known &= pl.col(KNOWN_FROM) > since
        return frame.filter(known & (pl.col(KNOWN_UNTIL) > day).fill_null(True))

    def close(self, out: Path) -> FileTruth | None:
        """Finish the file and say what must become of it; None when there was nothing to send, and so no file."""
        self._writer.close()
        delivery, done = self.delivery, dict(sorted(self._damage.done.items()))
        if not self._writer.rows:
            self.path.unlink(missing_ok=True)
            return None
        expect = "accepted_with_errors" if done and delivery.expect == "accepted" else delivery.expect
        return FileTruth(
            str(self.path.relative_to(out)), delivery.feed, delivery.area, delivery.data_date, self._writer.rows, done,
            expect, delivery.why, delivery.thinned,
        )  # fmt: skip


def tax_months(as_of: date, months: int) -> Ints:
    """Month indices of the tax and pension rows: 14 before the first check month, up to the one before the last."""
    last = as_of.year * 12 + as_of.month - 1
    return np.arange(last - months + 1 - income.HISTORY_MONTHS, last)


def block_frames(block: Block, months: Ints) -> Iterator[tuple[str, pl.DataFrame]]:
    """(feed, rows) of the block's households and of about as many people outside the roster."""
    register, earned = registers.draw_register(block), income.draw_income(block)
    yield "assistance_roster", registers.roster_frame(block, register)
    yield "household_members", registers.members_frame(block, register)
    yield "household_registration", registers.registration_frame(block, register)
    yield "authorisations", registers.authorisation_frame(block, register)
    yield "declarations", registers.declaration_frame(block, register, income.declared_amounts(block, earned))
    for make, kind in ((possessions.vehicles, possessions.VEHICLE), (possessions.homes, possessions.HOME)):
        frame, things = make(block)
        yield "vehicles" if kind == possessions.VEHICLE else "property", frame
        yield "declared_assets", possessions.declared_frame(block, register, things, kind)
    for frame in income.tax_frames(block, earned, months):
        yield "tax", frame
    yield "pensions", income.pension_frame(block, earned, months)
    yield "disability", needs.disability_frame(block)
    yield "household_surveys", needs.household_survey_frame(block)
    yield "person_surveys", needs.person_survey_frame(block, earned)
    yield from outsider_frames(block.scope, block.persons, months)


def generate(
    out: Path,
    persons: int,
    seed: int = 1,
    area: str = "150626",
    months: int = 1,
    *,
    as_of: date | None = None,
    form: Form = "mixed",
    progress: Progress | None = None,
) -> SampleSummary:
    """Write `out/<feed>/<area>_<YYYYMMDD>[_<n>].<ext>` for `persons` people on the roster, and a truth file beside it.

    `area` is one county code or several with commas; `months` the number of monthly deliveries ending at `as_of`.
    The planted households (about 200 persons a county) are part of `persons` and written even when fewer are asked
    for. The same arguments give the same bytes. ValueError on a bad area, FileExistsError when `out` already holds files.
    """
    if persons < 1 or not 1 <= months <= 24:
        raise ValueError("persons is at least 1, months 1 to 24")
    counties = [county(code.strip()) for code in area.split(",")]
    if len({place.code for place in counties}) < len(counties):
        raise ValueError(f"a county is named twice in {area}")
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(f"{out} is not empty; a sample is written into a folder of its own")
    day = as_of or DEFAULT_AS_OF
    summary = SampleSummary(out=out, truth=truth_path(out), as_of=day)
    run = _Run(out, seed, day, months, form, CodeBook.of(counties), summary, progress or _quiet, persons)
    for order, place in enumerate(counties):
        share = persons // len(counties) + (order < persons % len(counties))
        run.county(place, order, len(counties), share)
    arguments = {"persons": persons, "seed": seed, "area": area, "months": months, "form": form}
    summary.truth.write_text(summary.as_json(arguments, assumes(counties)), encoding="utf-8")
    return summary


def assumes(counties: list[County]) -> dict[str, object]:
    """Policy values the planted cases rely on: the national defaults, and the dibao standard where it is known."""
    return {
        "standard.dibao": {c.code: dict(zip(("urban", "rural"), c.standards, strict=True)) for c in counties},
        "standard.dibao known": [c.code for c in counties if c.standards_known],
        "everything else": "national defaults",
    }


def _quiet(_stage: str, _done: int, _total: int) -> None:
    return


@dataclass
class _Run:
    """The state of one generation: numbering that runs through all counties."""

    out: Path
    seed: int
    as_of: date
    months: int
    form: Form
    book: CodeBook
    summary: SampleSummary
    progress: Progress
    total: int
    next_block: int = 0

    def county(self, place: County, order: int, counties: int, persons: int) -> None:
        """All files of one county: planted households first, then blocks until `persons` are reached."""
        alone = sum(code[:4] == place.code[:4] for code in self.book.own) == 1
        deliveries, copies = plan(
            place.code, self.as_of, self.months, self.form, is_small=persons <= SMALL_COUNTY, is_alone=alone
        )
        streams = [[self.seed, int(place.code), 1000 + number] for number in range(len(deliveries))]
        files = [OpenFile(d, self.out, stream) for d, stream in zip(deliveries, streams, strict=True)]
        by_feed: dict[str, list[OpenFile]] = {}
        for file in files:
            by_feed.setdefault(file.delivery.feed, []).append(file)
        planted = plant(Scope(place, self.book, self.as_of, order, 1, self.seed), deliveries)
        self._add_planted(planted, by_feed)
        left, first = persons - planted.persons, planted.households + 1
        self.next_block = max(self.next_block, counties)
        while left > 0:
            block = draw_block(Scope(place, self.book, self.as_of, self.next_block, first, self.seed), left)
            for feed, frame in block_frames(block, tax_months(self.as_of, self.months)):
                for file in by_feed[feed]:
                    file.append(frame, planted=False)
            left, first, self.next_block = left - block.persons, first + block.households, self.next_block + 1
            self._count(block.households, block.persons, block.persons)
        self._finish(files, copies)

    def _add_planted(self, planted: Planted, by_feed: dict[str, list[OpenFile]]) -> None:
        for feed, frame in planted.frames.items():
            for file in by_feed[feed]:
                file.append(frame, planted=True)
        self.summary.planted += planted.cases
        self.summary.gaps += planted.gaps
        self.summary.not_consented += planted.not_consented
        self.summary.not_looked_at += planted.not_looked_at
        self._count(planted.households, planted.persons, 0)

    def _count(self, households: int, persons: int, outsiders: int) -> None:
        self.summary.households += households
        self.summary.persons += persons
        self.summary.outsiders += outsiders
        self.progress("persons", self.summary.persons, self.total)

    def _finish(self, files: list[OpenFile], copies: list[Copy]) -> None:
        closed = {file.path: file.close(self.out) for file in files}
        truths = {path: truth for path, truth in closed.items() if truth is not None}
        for copy in copies:
            source = self.out / copy.source.feed / copy.source.file_name
            target = self.out / copy.target.feed / copy.target.file_name
            if source in truths:
                truths[target] = _copied(source, target, copy, truths[source], self.out)
        for truth in sorted(truths.values(), key=lambda item: item.path):
            self.summary.files.append(truth)
            self.summary.rows[truth.feed] = self.summary.rows.get(truth.feed, 0) + truth.rows


def _copied(source: Path, target: Path, copy: Copy, truth: FileTruth, out: Path) -> FileTruth:
    shutil.copyfile(source, target)
    if copy.cut:
        size = target.stat().st_size
        with target.open("r+b") as file:
            file.truncate(max(size - copy.cut, size // 2))
    expect = truth.expect if copy.target.expect == "accepted" else copy.target.expect
    return FileTruth(
        str(target.relative_to(out)), truth.feed, truth.area, copy.target.data_date, truth.rows, truth.damaged, expect,
        copy.target.why,
    )  # fmt: skip
