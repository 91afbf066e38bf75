"""A check date's folder: written aside, flushed, renamed; the manifest comes last, and without it there is nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets.home import Home, sync_file, sync_folder

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class PublishedFile:
    """One published file: path within the folder, rows, contract and its version."""

    path: str
    rows: int
    contract: str
    version: str


def digest(manifest: dict[str, Any]) -> str:
    """SHA-256 of a manifest's content: everything but `digest` itself and the time it was generated."""
    content = {key: value for key, value in manifest.items() if key not in ("digest", "generated_at")}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a publication."""
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return manifest


def publish_folder(
    home: Home,
    as_of: dt.date,
    previous: dt.date | None,
    write: Callable[[Path], list[PublishedFile]],
    facts: dict[str, Any],
    generated_at: str,
    before_it_appears: Callable[[str, bool], None],
) -> tuple[Path, bool]:
    """Write everything aside, then let it appear at once. Returns the folder and whether it changed.

    `facts`: what the manifest says besides files (policy, rules, deliveries …). The same content published again
    leaves the folder as it is, so that readers see the very same bytes. `before_it_appears(digest, is_changed)` runs when
    all is written and flushed: what fails in it still leaves everything as it was; after it only renames are left.
    """
    target = home.publication(as_of)
    aside = home.published / f".{as_of.isoformat()}.part"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        files = write(aside)
        manifest = _manifest(home, as_of, previous, aside, files, facts)
        if (target / MANIFEST).is_file() and read_manifest(target).get("digest") == manifest["digest"]:
            before_it_appears(manifest["digest"], False)
            return target, False
        manifest["generated_at"] = generated_at
        (aside / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        _sync_tree(aside)
        before_it_appears(manifest["digest"], True)
        _swap(aside, target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return target, True


def _manifest(
    home: Home,
    as_of: dt.date,
    previous: dt.date | None,
    aside: Path,
    files: list[PublishedFile],
    facts: dict[str, Any],
) -> dict[str, Any]:
    before = read_manifest(home.publication(previous)) if previous is not None else None
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
                "sha256": _sha256(aside / file.path),
                "contract": file.contract,
                "contract_version": file.version,
            }
            for file in sorted(files, key=lambda f: f.path)
        ],
    }
    manifest["digest"] = digest(manifest)
    return manifest


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sync_tree(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            sync_file(path)
        else:
            sync_folder(path)
    sync_folder(folder)


def _swap(aside: Path, target: Path) -> None:
    """The new folder takes the name; an older one of the same date steps aside first and is removed afterwards."""
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    aside.rename(target)
    sync_folder(target.parent)
    shutil.rmtree(old, ignore_errors=True)
