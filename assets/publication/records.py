"""What is on record about publications besides themselves: the audit ledger's entries, the database's stamp, the marks.

They make the proof of `shouwang verify` possible, and after a crash they tell which step had been taken.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from assets import audit, ledger
from assets.home import Home, sha256, waiting, whole_file
from assets.publication.publish import Mark, read_mark

PUBLISHED: Final = "published"
INTENDED: Final = "publication_intended"
WITHDRAWN: Final = "withdrawn"
"""Kind of the line that takes the newest publication back. {as_of, batch, digest, manifest_sha256, reason, dates}"""
DELIVERIES: Final = "deliveries"
"""Field of an entry: the end of the delivery ledger then (assets/ledger.py)."""
DATES: Final = "dates"
"""Field of an entry that announces: the check dates of one command, where they are several. Until the last of them has its
entry nothing is announced; then all of them are."""
PROGRAM: Final = "shouwang"


@dataclass(frozen=True)
class Stamp:
    """Which publication the database is of, and its bytes; `sha256` is None in a stamp of before it was kept.

    `instead_of`: the bytes it is about to replace; empty once it has its place. `form`: how it is made
    (database.database_form), empty in a stamp of before it was kept.
    """

    digest: str
    sha256: str | None
    instead_of: tuple[str, ...] = ()
    form: str = ""


def newest_records(entries: Iterable[audit.Entry], kind: str = PUBLISHED) -> dict[dt.date, audit.Entry]:
    """The last entry of a kind about every check date that has one and was not withdrawn since; entries of another make are
    left out."""
    found: dict[dt.date, audit.Entry] = {}
    for entry in entries:
        texts = [entry.fields.get(name) for name in ("as_of", "digest", "manifest_sha256")]
        if entry.kind in (kind, WITHDRAWN) and all(isinstance(text, str) for text in texts):
            with suppress(ValueError):
                day = dt.date.fromisoformat(entry.fields["as_of"])
                if entry.kind == kind:
                    found[day] = entry
                else:
                    found.pop(day, None)
    return found


def is_said(entry: audit.Entry | None, mark: Mark) -> bool:
    """Whether an entry speaks of the very publication of a mark: manifest and partition."""
    return entry is not None and all(entry.fields.get(name) == text for name, text in _bytes_of(mark).items())


def _bytes_of(mark: Mark) -> dict[str, str | None]:
    return {"manifest_sha256": mark.manifest_sha256, "partition_sha256": mark.partition_sha256}


def is_announced(entries: list[audit.Entry], as_of: dt.date, mark: Mark) -> bool:
    """Whether this program meant to publish what the mark names: nothing else is ever completed after a crash.

    Up to 0.5.3 nothing was announced: in a ledger without any intent a mark of that make is taken as it is.
    """
    intended = newest_records(entries, INTENDED)
    return is_said(intended.get(as_of), mark) or (not intended and not mark.files)


def intend(home: Home, as_of: dt.date, mark: Mark, at: str, dates: Sequence[dt.date] = ()) -> None:
    """Announce a publication before anything of it gets its name. `dates`: all that are announced together."""
    fields = _fields(home, as_of, mark)
    if len(dates) > 1:
        fields[DATES] = [day.isoformat() for day in dates]
    audit.append(home, INTENDED, PROGRAM, at, fields)


def known_when_published(home: Home) -> dict[dt.date, str]:
    """Of every recorded check date, when it was first published as it is now: what had arrived by then is what it knew."""
    entries = audit.entries(home)
    return {
        day: next(e.at for e in entries if e.kind == PUBLISHED and _says_the_same(e, newest))
        for day, newest in newest_records(entries).items()
    }


def _says_the_same(entry: audit.Entry, newest: audit.Entry) -> bool:
    return all(entry.fields.get(name) == newest.fields[name] for name in ("as_of", "digest"))


def record(home: Home, as_of: dt.date, mark: Mark, at: str) -> bool:
    """Enter a publication into the audit ledger, once: not (False) when its newest entry is of these very bytes."""
    if is_said(newest_records(audit.entries(home)).get(as_of), mark):
        return False
    audit.append(home, PUBLISHED, PROGRAM, at, _fields(home, as_of, mark))
    return True


def _fields(home: Home, as_of: dt.date, mark: Mark) -> dict[str, Any]:
    said = {"as_of": as_of.isoformat(), "batch": mark.batch, "digest": mark.digest, **_bytes_of(mark)}
    said[DELIVERIES] = ledger.end(home) or None
    return {name: value for name, value in said.items() if value is not None}


def known_manifests(home: Home, as_of: dt.date) -> Callable[[str], bool]:
    """Whether a manifest of this date with that SHA-256 was written here.

    The partition's mark knows it from before it appeared, the audit ledger from afterwards. Of a date that neither knows
    (published before there were marks) any manifest is taken.
    """
    mark, newest = read_mark(home.check(as_of)), newest_records(audit.entries(home)).get(as_of)
    known = {newest.fields["manifest_sha256"]} if newest is not None else set()
    known |= {mark.manifest_sha256} if mark is not None else set()
    return lambda digest: not known or digest in known


# --- The database ------------------------------------------------------------------------------------------------------


def stamp_path(home: Home) -> Path:
    """Where the stamp lies: beside the lake's other records, for the database's own bytes cannot hold it."""
    return home.lake / "database_of"


def read_stamp(home: Home, path: Path | None = None) -> Stamp | None:
    """The stamp, None without a readable one. Before the SHA-256 was kept it was the digest alone."""
    try:
        text = (path or stamp_path(home)).read_text(encoding="ascii").strip()
        if not text.startswith("{"):
            return Stamp(text, None)
        stamp = Stamp(**json.loads(text))
        return replace(stamp, instead_of=tuple(stamp.instead_of))
    except (OSError, ValueError, TypeError):
        return None


def keep_waiting(home: Home, aside: Path, stamp: Stamp) -> None:
    """A new database, whole and flushed, waits for its place with the stamp that it will have."""
    with whole_file(waiting(stamp_path(home))) as part:
        part.write_text(json.dumps(asdict(stamp)) + "\n", encoding="ascii")
    aside.rename(waiting(home.database))


def put_waiting_database(home: Home, digest: str) -> None:
    """Put the waiting database in place, where one waits that is of the manifest `digest` and unharmed.

    The note comes first and still names the old bytes: after a crash the database is one of the two, or was changed.
    """
    aside, stamp = waiting(home.database), read_stamp(home, waiting(stamp_path(home)))
    if not aside.is_file() or stamp is None or (stamp.digest, stamp.sha256) != (digest, sha256(aside)):
        return
    from assets.publication.database import replace_database  # brings Polars; `shouwang verify` does without

    old = read_stamp(home)
    before = () if old is None or old.sha256 is None else (old.sha256, *old.instead_of)
    _stamp(home, replace(stamp, instead_of=before))
    replace_database(home, aside)
    _stamp(home, stamp)
    waiting(stamp_path(home)).unlink()


def _stamp(home: Home, stamp: Stamp) -> None:
    with whole_file(stamp_path(home)) as aside:
        aside.write_text(json.dumps(asdict(stamp)) + "\n", encoding="ascii")


def is_database_of(home: Home, digest: str, form: str) -> bool:
    """Whether the database in place is that of the manifest `digest`, of this form and unharmed. A stamp that is not
    final becomes so."""
    stamp = read_stamp(home)
    if stamp is None or (stamp.digest, stamp.form) != (digest, form) or not home.database.is_file():
        return False
    found = sha256(home.database)
    if stamp.sha256 not in (found, None):
        return False
    if stamp != Stamp(digest, found, form=form):  # a crash came before the last word
        _stamp(home, Stamp(digest, found, form=form))
    return True
