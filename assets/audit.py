"""The audit ledger: who published, unmasked and signed off what, one JSON object a line, each chained to the one before.

`lake/ledger/audit.jsonl`, only ever appended to: {seq, at, kind, by, …fields, previous, hash}. `hash` is the SHA-256 of
the line's canonical JSON without `hash`, `previous` the hash of the line before. `audit.head` holds number and hash of
the last line, so that a cut-off end is noticed. Whoever changes, removes or moves a line breaks the chain where he did.

Order of writing: line, flush, then the head in one rename. A crash leaves half a last line (cut off by the next one who
appends) or a head that is one line behind (put right by him): both are told apart from damage, which nobody appends to.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from assets.errors import CheckStoppedError, WrongUseError
from assets.home import Home, sync_folder, whole_file

OWN_FIELDS: Final = ("seq", "at", "kind", "by", "previous", "hash")


@dataclass(frozen=True)
class Entry:
    """One line. `seq` counts from 1, `at` is a time with zone, `by` an official or "shouwang"."""

    seq: int
    at: str
    kind: str
    by: str
    fields: dict[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True)
class Damage:
    """What does not hold: code, file below the home folder, line (1-based, None for the whole file), words."""

    code: str
    file: str
    line: int | None
    zh: str
    en: str


@dataclass
class _Ledger:
    """The ledger as it lies on the disk. `length`: bytes up to the end of the last whole line; `lines`: how many."""

    entries: list[Entry] = field(default_factory=list)
    damages: list[Damage] = field(default_factory=list)
    lines: int = 0
    length: int = 0
    is_half: bool = False
    is_behind: bool = False


def canonical_hash(entry: dict[str, Any]) -> str:
    """SHA-256 of an entry's JSON, keys sorted, no blanks, without `hash`."""
    content = {key: value for key, value in entry.items() if key != "hash"}
    return hashlib.sha256(_canonical(content, sort_keys=True)).hexdigest()


def append(home: Home, kind: str, by: str, at: str, fields: dict[str, Any]) -> Entry:
    """Add one entry and flush it. Raises CheckStoppedError when the ledger is damaged, OSError when the disk refuses.

    `fields` hold JSON values: no identity numbers and no names of assisted people.
    """
    if taken := set(fields) & set(OWN_FIELDS):
        raise ValueError(f"fields of the ledger itself: {sorted(taken)}")
    with _alone(home):
        ledger = _settle(home)
        last = ledger.entries[-1] if ledger.entries else None
        line: dict[str, Any] = {"seq": ledger.lines + 1, "at": at, "kind": kind, "by": by, **fields}
        line["previous"] = "" if last is None else last.hash
        line["hash"] = canonical_hash(line)
        _write(home, _canonical(line) + b"\n")
        entry = _entry(line)
        _write_head(home, entry)
        return entry


def require_writable(home: Home) -> None:
    """OSError where nothing could be appended, CheckStoppedError where nothing may be. Changes nothing.

    For whoever is about to do what must be entered: better not to begin than to be unable to say so.
    """
    with _alone(home):
        _settle(home)
        home.audit.open("ab").close()
        probe = home.audit_head.with_name(f".{home.audit_head.name}.part")
        probe.touch()
        probe.unlink()


def entries(home: Home) -> list[Entry]:
    """Every sound line, oldest first; whole ledgers are what `problems` proves."""
    return _read(home).entries


def problems(home: Home) -> list[Damage]:
    """What does not hold, in the order of the lines; empty for a sound ledger and for none at all."""
    ledger = _read(home)
    if ledger.damages or ledger.is_half or ledger.is_behind:
        with _nobody_appends(home):  # somebody may have been writing just now
            ledger = _read(home)
    found = list(ledger.damages)
    if ledger.is_half:
        zh, en = (
            "末行只写了一半(中断所致), 下次核对会截去",
            "half a last line, left by a crash; the next check cuts it off",
        )
        found.append(Damage("audit_half_line", _shown(home.audit), ledger.lines + 1, zh, en))
    if ledger.is_behind:
        zh, en = (
            "比台账少一行(中断所致), 下次核对会补上",
            "one line behind, left by a crash; the next check puts it right",
        )
        found.append(Damage("audit_head_behind", _shown(home.audit_head), None, zh, en))
    return found


def against_head(home: Home, copy: Path) -> list[Damage]:
    """What a copy of `audit.head` kept elsewhere shows: whoever cuts the ledger off or computes it anew cannot change that
    copy. WrongUseError when it is no such copy."""
    kept = _read_head(copy)
    if kept is None:
        zh = f"{copy} 不是 audit.head 的副本, 或无法读取。请给出另存的 lake/ledger/audit.head。"
        raise WrongUseError("head", zh, f"{copy} is no copy of lake/ledger/audit.head, or cannot be read.")
    seq, digest = kept
    found = {entry.seq: entry.hash for entry in _read(home).entries}
    if found.get(seq) == digest:
        return []
    zh, en = (
        ("与另存的 audit.head 不符: 台账已被改写", "not what the kept audit.head says: the ledger was written anew")
        if seq in found
        else (
            "另存的 audit.head 中的这一行不在台账里: 台账已被截断",
            "the kept audit.head names this line and it is gone",
        )
    )
    return [Damage("audit_rewritten" if seq in found else "audit_cut_off", _shown(home.audit), seq, zh, en)]


def settle(home: Home) -> list[Entry]:
    """Put right what a crash left; the entries. CheckStoppedError when the ledger is damaged."""
    if not home.audit.exists() and not home.audit_head.exists():
        return []
    ledger = _read(home)
    if ledger.damages or ledger.is_half or ledger.is_behind:
        with _alone(home):
            ledger = _settle(home)
    return ledger.entries


# --- Reading -----------------------------------------------------------------------------------------------------------


def _read(home: Home) -> _Ledger:
    ledger = _Ledger()
    content = home.audit.read_bytes() if home.audit.is_file() else b""
    *lines, rest = content.split(b"\n")
    ledger.lines, ledger.length = len(lines), len(content) - len(rest)
    name = _shown(home.audit)
    before: set[str] | None = {""}
    for number, raw in enumerate(lines, start=1):
        line = _parsed(raw)
        if line is None:
            ledger.damages.append(
                _line(name, number, "这一行已被改动或不是台账内容", "changed, or no line of this ledger")
            )
            before = None
            continue
        entry = _entry(line)
        proven = canonical_hash(line)
        if entry.hash != proven or entry.seq != number:
            ledger.damages.append(_line(name, number, "这一行已被改动或移动", "changed or moved"))
        elif before is not None and entry.previous not in before:
            ledger.damages.append(_line(name, number, "与上一行不衔接", "does not follow the line before"))
        else:
            ledger.entries.append(entry)
        # The next line may follow what this one says or what it should say: one changed byte breaks one line, not two.
        before = {entry.hash, proven}
    _judge_end(home, ledger, rest)
    return ledger


def _parsed(raw: bytes) -> dict[str, Any] | None:
    """The object of a line that is byte for byte as this module writes it, else None."""
    try:
        line = json.loads(raw)
        if not isinstance(line, dict) or _canonical(line) != raw:
            return None
    except (ValueError, RecursionError):
        return None
    if any(not isinstance(line.get(name), str) for name in OWN_FIELDS if name != "seq"):
        return None
    return line if type(line.get("seq")) is int else None


def _judge_end(home: Home, ledger: _Ledger, rest: bytes) -> None:
    """Hold the head against the last line; decide whether a last piece without line end is a crash's or was cut off."""
    last = ledger.entries[-1] if ledger.entries and ledger.entries[-1].seq == ledger.lines else None
    head = _read_head(home.audit_head)
    is_current = head is not None and last is not None and head == (last.seq, last.hash)
    is_empty = head is None and not home.audit_head.exists() and ledger.lines == 0
    ledger.is_half = bool(rest) and (is_current or is_empty)
    if is_current or is_empty:
        return
    name, end = _shown(home.audit), ledger.lines + 1
    zh, en = "台账在此行之前被截断或清除", "the ledger was cut off before this line"
    if head is not None and head[0] > ledger.lines and (last is None or head[1] != last.hash):
        ledger.damages.append(Damage("audit_cut_off", name, end, zh, en))
    elif rest:
        ledger.damages.append(_line(name, end, "这一行没有写完", "not a whole line"))
    elif _is_one_behind(home, ledger, head):
        ledger.is_behind = True
    elif last is not None or not ledger.damages:  # else the last line itself is named already
        words = "与台账末行不符, 或已丢失", "does not agree with the ledger's last line, or is gone"
        ledger.damages.append(Damage("audit_head", _shown(home.audit_head), None, *words))


def _is_one_behind(home: Home, ledger: _Ledger, head: tuple[int, str] | None) -> bool:
    if ledger.damages or not ledger.entries:
        return False
    if len(ledger.entries) == 1:
        return not home.audit_head.exists()
    before = ledger.entries[-2]
    return head == (before.seq, before.hash)


def _read_head(path: Path) -> tuple[int, str] | None:
    """Number and hash of the last line; None when there is no head or it is not byte for byte as written here."""
    try:
        raw = path.read_bytes()
        head = json.loads(raw)
        seq, digest = head["seq"], head["hash"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    if type(seq) is not int or not isinstance(digest, str) or raw != _head_bytes(seq, digest):
        return None
    return seq, digest


# --- Writing -----------------------------------------------------------------------------------------------------------


def _lock_path(home: Home) -> Path:
    return home.audit.parent / ".audit.lock"


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """One process at a time appends; the others wait, for it takes milliseconds."""
    home.audit.parent.mkdir(parents=True, exist_ok=True)
    with _lock_path(home).open("ab") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


@contextmanager
def _nobody_appends(home: Home) -> Iterator[None]:
    """Readers need no right to write: without the lock's file nobody has ever appended."""
    try:
        stream = _lock_path(home).open("rb")
    except OSError:
        yield
        return
    with stream:
        fcntl.flock(stream, fcntl.LOCK_SH)
        yield


def _settle(home: Home) -> _Ledger:
    ledger = _read(home)
    if ledger.damages:
        first = ledger.damages[0]
        where = first.file if first.line is None else f"{first.file}:{first.line}"
        raise CheckStoppedError(
            "audit_damaged",
            f"审计台账 {where}: {first.zh}。请从备份恢复 lake/ledger/ 下的 audit.jsonl 与 audit.head, 用 shouwang verify 查看全部问题。",
            f"Audit ledger {where}: {first.en}. Restore audit.jsonl and audit.head in lake/ledger/ from a backup; "
            "`shouwang verify` lists everything.",
        )
    if ledger.is_half:
        with home.audit.open("rb+") as stream:
            stream.truncate(ledger.length)
            os.fsync(stream.fileno())
    if ledger.is_behind:
        _write_head(home, ledger.entries[-1])
    return ledger


def _write(home: Home, line: bytes) -> None:
    """A whole line or none, unless the machine stops in between."""
    with home.audit.open("ab", buffering=0) as stream:
        before = stream.tell()
        try:
            if stream.write(line) != len(line):  # the disk took a part of it
                raise OSError(28, os.strerror(28), str(home.audit))
            os.fsync(stream.fileno())
        except OSError:
            with suppress(OSError):
                stream.truncate(before)
            raise
    sync_folder(home.audit.parent)


def _write_head(home: Home, entry: Entry) -> None:
    with whole_file(home.audit_head) as aside:
        aside.write_bytes(_head_bytes(entry.seq, entry.hash))


def _head_bytes(seq: int, digest: str) -> bytes:
    return _canonical({"seq": seq, "hash": digest}) + b"\n"


def _canonical(content: dict[str, Any], *, sort_keys: bool = False) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=sort_keys, separators=(",", ":")).encode()


def _entry(line: dict[str, Any]) -> Entry:
    own = {name: line[name] for name in OWN_FIELDS}
    return Entry(**own, fields={key: value for key, value in line.items() if key not in OWN_FIELDS})


def _line(file: str, number: int, zh: str, en: str) -> Damage:
    return Damage("audit_line", file, number, zh, en)


def _shown(path: Path) -> str:
    return f"lake/ledger/{path.name}"
