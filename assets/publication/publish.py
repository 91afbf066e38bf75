"""A check date's folder: written aside and flushed; the manifest comes last, and without it there is nothing.

The lake's partition of the date holds a mark: which manifest it belongs to, byte for byte. Partition and folder get
their names one after the other (commit.py), so after a crash the two tell whether they are of one run.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from assets.errors import CheckStoppedError
from assets.home import Home, sha256, sync_file, sync_folder, waiting

MANIFEST: Final = "manifest.json"
MARK: Final = "publication.json"


@dataclass(frozen=True)
class PublishedFile:
    """One published file: path within the folder, rows, contract and its version."""

    path: str
    rows: int
    contract: str
    version: str


@dataclass(frozen=True)
class Mark:
    """What a lake partition belongs to: batch, digest of the manifest and of the one before, SHA-256 of its bytes.

    `files`: SHA-256 of every file of the partition by path; empty in a partition made before 0.6.
    """

    batch: int
    digest: str
    previous_digest: str | None
    manifest_sha256: str
    files: dict[str, str] = field(default_factory=dict)

    @property
    def partition_sha256(self) -> str | None:
        """One digest of all files of the partition; None where they are not known."""
        return canonical_sha256(self.files) if self.files else None


def digest(manifest: dict[str, Any]) -> str:
    """SHA-256 of a manifest's content: everything but `digest` itself and the time it was generated."""
    content = {key: value for key, value in manifest.items() if key not in ("digest", "generated_at")}
    return canonical_sha256(content)


def canonical_sha256(content: dict[str, Any]) -> str:
    """SHA-256 of the JSON of it, keys sorted, no blanks."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a publication."""
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return manifest


def write_mark(partition: Path, mark: Mark) -> None:
    """Say in a partition, before it gets its name, which manifest it belongs to."""
    (partition / MARK).write_text(json.dumps(asdict(mark)) + "\n", encoding="ascii")


def partition_files(partition: Path) -> dict[str, str]:
    """SHA-256 of every file of a partition but its mark, by path, in the order of the paths."""
    paths = sorted(path for path in partition.rglob("*") if path.is_file())
    found = {path.relative_to(partition).as_posix(): sha256(path) for path in paths}
    found.pop(MARK, None)
    return found


def read_mark(partition: Path) -> Mark | None:
    """The mark; None in a partition that has none or no whole one (made before there were marks, or damaged)."""
    try:
        return Mark(**json.loads((partition / MARK).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def publish_folder(
    home: Home,
    as_of: dt.date,
    previous: dt.date | None,
    write: Callable[[Path], list[PublishedFile]],
    facts: dict[str, Any],
    generated_at: str,
    is_known: Callable[[str], bool],
) -> tuple[Mark, bool]:
    """Write and flush everything under its waiting name. Returns the mark and whether the content is another.

    `facts`: what the manifest says besides files (policy, rules, deliveries …). The same content published again
    leaves the folder as it is and nothing waiting, so that readers see the very same bytes; not so when anybody changed
    them: `is_known` tells of a manifest's SHA-256 whether it was written here.
    """
    target = home.publication(as_of)
    aside = home.published / f".{as_of.isoformat()}.part"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        files = write(aside)
        manifest = _manifest(home, as_of, previous, aside, files, facts)
        if _holds_already(target, manifest, is_known):
            return _mark(manifest, target), False
        manifest["generated_at"] = generated_at
        (aside / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        _sync_tree(aside)
        mark = _mark(manifest, aside)
        aside.rename(waiting(target))
        return mark, True
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _holds_already(target: Path, manifest: dict[str, Any], is_known: Callable[[str], bool]) -> bool:
    """Whether the folder is there with this very content, unharmed."""
    try:
        if read_manifest(target).get("digest") != manifest["digest"] or not is_known(sha256(target / MANIFEST)):
            return False
        expected = {entry["path"]: entry["sha256"] for entry in manifest["files"]}
        found = {path.relative_to(target).as_posix(): path for path in target.rglob("*") if not path.is_dir()}
        del found[MANIFEST]
        return found.keys() == expected.keys() and all(sha256(path) == expected[name] for name, path in found.items())
    except (OSError, ValueError, AttributeError):  # not there, not readable, not JSON, no object
        return False


def _mark(manifest: dict[str, Any], folder: Path) -> Mark:
    return Mark(manifest["batch"], manifest["digest"], manifest["previous_digest"], sha256(folder / MANIFEST))


def _manifest(
    home: Home,
    as_of: dt.date,
    previous: dt.date | None,
    aside: Path,
    files: list[PublishedFile],
    facts: dict[str, Any],
) -> dict[str, Any]:
    before = _sound_manifest(home.publication(previous)) if previous is not None else None
    manifest: dict[str, Any] = {
        "as_of": as_of.isoformat(),
        "batch": 1 if before is None else before["batch"] + 1,
        "previous_as_of": None if previous is None else previous.isoformat(),
        "previous_digest": None if before is None else before["digest"],
        **facts,
        "files": [
            {
                "path": file.path,
                "rows": file.rows,
                "sha256": sha256(aside / file.path),
                "contract": file.contract,
                "contract_version": file.version,
            }
            for file in sorted(files, key=lambda f: f.path)
        ],
    }
    manifest["digest"] = digest(manifest)
    return manifest


def _sound_manifest(folder: Path) -> dict[str, Any]:
    """The manifest that the next one names. CheckStoppedError when it is not what its own digest says."""
    try:
        manifest = read_manifest(folder)
        if manifest["digest"] == digest(manifest):
            return manifest
    except (ValueError, KeyError, TypeError):
        pass
    day = folder.name
    raise CheckStoppedError(
        "publication_damaged",
        f"{folder / MANIFEST} 已被改动, 不能接在其后发布。请从备份恢复, 或先重做该日: check --as-of {day} --replay。",
        f"{folder / MANIFEST} was changed and nothing can follow it. Restore it from a backup, or redo that date first: "
        f"check --as-of {day} --replay.",
    )


def _sync_tree(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            sync_file(path)
        else:
            sync_folder(path)
    sync_folder(folder)
