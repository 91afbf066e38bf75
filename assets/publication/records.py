"""What is on record about publications besides themselves: the audit ledger's entries, the database's stamp, the marks.

They make the proof of `shouwang verify` possible, and after a crash they tell which step had been taken.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from assets import audit
from assets.home import Home, sha256, whole_file
from assets.publication.publish import Mark, read_mark

PUBLISHED: Final = "published"
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


def newest_records(entries: Iterable[audit.Entry]) -> dict[dt.date, audit.Entry]:
    """The last `published` entry of every check date that was ever published; entries of another make are left out."""
    found: dict[dt.date, audit.Entry] = {}
    for entry in entries:
        texts = [entry.fields.get(name) for name in ("as_of", "digest", "manifest_sha256")]
        if entry.kind == PUBLISHED and all(isinstance(text, str) for text in texts):
            with suppress(ValueError):
                found[dt.date.fromisoformat(entry.fields["as_of"])] = entry
    return found


def record(home: Home, as_of: dt.date, mark: Mark, at: str) -> None:
    """Enter a publication into the audit ledger, once: not when its newest entry is of these very bytes."""
    newest = newest_records(audit.entries(home)).get(as_of)
    if newest is None or newest.fields["manifest_sha256"] != mark.manifest_sha256:
        fields = {
            "as_of": as_of.isoformat(),
            "batch": mark.batch,
            "digest": mark.digest,
            "manifest_sha256": mark.manifest_sha256,
        }
        audit.append(home, PUBLISHED, PROGRAM, at, fields)


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


def read_stamp(home: Home) -> Stamp | None:
    """The stamp, None without a readable one. Before the SHA-256 was kept it was the digest alone."""
    try:
        text = stamp_path(home).read_text(encoding="ascii").strip()
        if not text.startswith("{"):
            return Stamp(text, None)
        stamp = Stamp(**json.loads(text))
        return replace(stamp, instead_of=tuple(stamp.instead_of))
    except (OSError, ValueError, TypeError):
        return None


def put_database(home: Home, aside: Path, digest: str, file_sha256: str, form: str) -> None:
    """Put a new database in place and note which publication it is of, and its bytes.

    The note comes first and still names the old bytes: after a crash the database is one of the two, or was changed.
    """
    from assets.publication.database import replace_database  # brings Polars; `shouwang verify` does without

    old = read_stamp(home)
    before = () if old is None or old.sha256 is None else (old.sha256, *old.instead_of)
    _stamp(home, Stamp(digest, file_sha256, before, form))
    replace_database(home, aside)
    _stamp(home, Stamp(digest, file_sha256, form=form))


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
