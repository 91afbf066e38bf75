"""The delivery ledger: what arrived when, with which bytes, and what became of it. Append-only, each line chained to the
one before.

A verdict is a fact about bytes, contract and reader: while those are the same it is not made twice. `chain` of a line is
the SHA-256 of the line before's `chain` and of its own JSON without it; the first one follows the SHA-256 of all that
versions before 0.6.0 have written without a chain. A last line without its end was left by a crash and is cut off.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final

from assets.audit import Damage
from assets.errors import CheckStoppedError
from assets.home import Home

if TYPE_CHECKING:
    from assets.landing import LandingFile

CHAIN: Final = "chain"


@dataclass(frozen=True)
class Verdict:
    """One line of the ledger. Counts are rows; `judged_by` names contract and reader version."""

    feed: str
    area: str
    data_on: str
    n: int
    file: str
    sha256: str
    size: int
    status: str
    code: str | None
    detail_zh: str
    detail_en: str
    read: int
    accepted: int
    set_aside: int
    judged_by: str
    arrived_at: str
    extra_columns: list[str] = field(default_factory=list)
    extra_columns_count: int = 0

    @property
    def slot(self) -> tuple[str, str, dt.date, int]:
        return (self.feed, self.area, dt.date.fromisoformat(self.data_on), self.n)

    @property
    def is_accepted(self) -> bool:
        return self.status in ("accepted", "accepted_with_errors")


@dataclass
class Ledger:
    """The newest verdict for each file and its bytes, and who took a name first. `end`: what the next line follows."""

    home: Home
    verdicts: dict[tuple[str, str], Verdict] = field(default_factory=dict)
    owners: dict[tuple[str, str, dt.date, int], Verdict] = field(default_factory=dict)
    end: str = ""

    @classmethod
    def load(cls, home: Home) -> Ledger:
        """Read the ledger. CheckStoppedError (`ledger_damaged`) when a line was changed or is none."""
        ledger = cls(home)
        for found in _read(home):
            if isinstance(found, Damage):
                raise _damaged(found)
            verdict, ledger.end = found
            ledger._remember(verdict)
        return ledger

    def _remember(self, verdict: Verdict) -> None:
        self.verdicts[(verdict.file, verdict.sha256)] = verdict
        # A rejected file holds no name: what was read half-copied may come again whole under the same one.
        if verdict.is_accepted:
            owner = self.owners.get(verdict.slot)
            if owner is None or owner.sha256 == verdict.sha256:
                self.owners[verdict.slot] = verdict

    def known(self, file: LandingFile, digest: str, judged_by: str) -> Verdict | None:
        """The verdict on these bytes under this name by the same contract and reader."""
        verdict = self.verdicts.get((file.shown, digest))
        return verdict if verdict is not None and verdict.judged_by == judged_by else None

    def known_by(self, until: str) -> set[str]:
        """Files as shown that had been seen by an instant (as `arrived_at` is written)."""
        return {verdict.file for verdict in self.verdicts.values() if verdict.arrived_at <= until}

    def arrived_at(self, file: LandingFile, digest: str) -> str | None:
        """When these bytes were first seen under this name."""
        verdict = self.verdicts.get((file.shown, digest))
        return None if verdict is None else verdict.arrived_at

    def append(self, verdicts: list[Verdict]) -> None:
        """Add lines and flush them to the disk."""
        if not verdicts:
            return
        self.home.ledger.parent.mkdir(parents=True, exist_ok=True)
        with self.home.ledger.open("ab+") as stream:
            stream.seek(0)
            content = stream.read()
            stream.truncate(content.rfind(b"\n") + 1)  # half a line: its verdict is among the new ones
            for verdict in verdicts:
                line = asdict(verdict)
                self.end = line[CHAIN] = _link(self.end, _json(line))
                stream.write(_json(line) + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        for verdict in verdicts:
            self._remember(verdict)


def problems(home: Home, end: str = "") -> list[Damage]:
    """What does not hold, in the order of the lines; empty for a sound ledger and for none at all.

    `end`: what its last line is known to have been, as the audit ledger has it; without that line the end was cut off.
    """
    found = list(_read(home))
    damages = [one for one in found if isinstance(one, Damage)]
    if end and not damages and all(one[1] != end for one in found if not isinstance(one, Damage)):
        damages.append(
            _damage(
                len(found) + 1, "台账在此行之前被截断或改写", "the ledger was cut off or rewritten before this line"
            )
        )
    return damages


def end(home: Home) -> str:
    """What the next line will follow: proof of all lines so far; "" while there is none."""
    return next((one[1] for one in reversed(list(_read(home))) if not isinstance(one, Damage)), "")


def without_chain(raw: bytes) -> bytes:
    """A line as versions before 0.6.0 wrote it: for a ledger made of some lines of another one."""
    line = json.loads(raw)
    line.pop(CHAIN, None)
    return _json(line)


def _read(home: Home) -> Iterator[tuple[Verdict, str] | Damage]:
    """Every whole line with what the next one must follow, or what is wrong with it."""
    content = home.ledger.read_bytes() if home.ledger.is_file() else b""
    lines = content.split(b"\n")[:-1]
    unchained = hashlib.sha256()
    before, is_chained = {""}, False
    for number, raw in enumerate(lines, start=1):
        line = _parsed(raw)
        verdict = None if line is None else _verdict(line)
        if line is None or verdict is None:
            yield _damage(number, "这一行已被改动或不是台账内容", "changed, or no line of this ledger")
            before = set()  # what follows it cannot be told
            continue
        said = line.get(CHAIN)
        if said is None and not is_chained:
            unchained.update(raw + b"\n")
            before = {unchained.hexdigest()} if before else before
            yield verdict, unchained.hexdigest()
            continue
        is_chained = True
        content_of = _json({name: value for name, value in line.items() if name != CHAIN})
        proven = {_link(end, content_of) for end in before}
        if before and said not in proven:
            yield _damage(number, "这一行已被改动, 或与此前各行不衔接", "changed, or does not follow the lines before")
        else:
            yield verdict, str(said)
        # The next line may follow what this one says or what it should say: one changed byte breaks one line, not two.
        before = {*proven, str(said)}


def _parsed(raw: bytes) -> dict[str, object] | None:
    """The object of a line that is byte for byte as this module writes it, else None."""
    try:
        line = json.loads(raw)
        return line if isinstance(line, dict) and _json(line) == raw else None
    except (ValueError, RecursionError):
        return None


def _verdict(line: dict[str, object]) -> Verdict | None:
    try:
        verdict = Verdict(**{name: value for name, value in line.items() if name != CHAIN})  # type: ignore[arg-type]
        texts = (*verdict.slot[:2], verdict.file, verdict.sha256, verdict.status, verdict.judged_by)
    except (TypeError, ValueError):
        return None
    return verdict if all(isinstance(text, str) for text in texts) else None


def _json(line: dict[str, object]) -> bytes:
    return json.dumps(line, ensure_ascii=False).encode()


def _link(end: str, line: bytes) -> str:
    return hashlib.sha256(end.encode() + line).hexdigest()


def _damage(number: int, zh: str, en: str) -> Damage:
    return Damage("ledger_line", "lake/ledger/deliveries.jsonl", number, zh, en)


def _damaged(damage: Damage) -> CheckStoppedError:
    where = f"{damage.file}:{damage.line}"
    return CheckStoppedError(
        "ledger_damaged",
        f"交换批次台账 {where}: {damage.zh}。请从备份恢复该文件, 或先另存再删去该行及其后各行(相应文件会重新清点); "
        "用 shouwang verify 查看全部问题。",
        f"Delivery ledger {where}: {damage.en}. Restore the file from a backup, or keep a copy and remove this line and all "
        "after it (their files are judged again); `shouwang verify` lists everything.",
    )
