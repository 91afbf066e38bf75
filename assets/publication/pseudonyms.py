"""Pseudonyms: a keyed digest stands for a person, so that analysts can follow people across tables and dates.

HMAC-SHA256 with a key of this home folder (`lake/secret/pseudonym.key`, 0600): without the key nobody can try out all
identity numbers. Source: RFC 2104. The digest is computed in DuckDB, because a loop over millions of people is slow.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

import polars as pl

from assets import masking
from assets.errors import CheckStoppedError
from assets.home import Home, sync_folder

KEY_BYTES: Final = 32
DIGITS: Final = 20
"""Hex digits kept: 80 bits. Two of 66 million people share one with a probability of about 2e-9."""
_BLOCK: Final = 64


def key_path(home: Home) -> Path:
    """Where the key lies. Back it up with the lake: without it the same people get other pseudonyms."""
    return home.lake / "secret" / "pseudonym.key"


def load_key(home: Home) -> bytes:
    """The key, made at first use. Raises CheckStoppedError when the file does not hold one (never quotes it)."""
    path = key_path(home)
    if not path.exists():
        _make_key(path)
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise CheckStoppedError(
            "pseudonym_key",
            f"假名密钥文件 {path} 内容无效。请从备份恢复; 若确无备份, 删除后将生成新密钥, 此后假名与以往不同。",
            f"The pseudonym key {path} is not valid. Restore it from a backup; without one delete it: a new key is "
            "made and pseudonyms differ from then on.",
        )
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return key


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, secrets.token_hex(KEY_BYTES).encode("ascii"))
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(aside, path)  # of two processes the first wins, and nobody sees half a key
    except FileExistsError:
        pass
    finally:
        aside.unlink()
    sync_folder(path.parent)


class Pseudonyms:
    """Keyed digests of texts, column-wise. `unmasked`: numbers and names are shown as they are (on request only)."""

    def __init__(self, key: bytes, unmasked: bool = False) -> None:
        padded = key.ljust(_BLOCK, b"\0")
        self._inner = bytes(byte ^ 0x36 for byte in padded)
        self._outer = bytes(byte ^ 0x5C for byte in padded)
        self.unmasked = unmasked

    def digests(self, texts: pl.Series, purpose: str) -> pl.Series:
        """20 hex digits each, null for null: HMAC-SHA256 of "<purpose>|<text>"."""
        import duckdb

        frame = pl.DataFrame({"text": texts})
        query = """
            SELECT substr(sha256(?::BLOB || unhex(sha256(?::BLOB || encode(? || '|' || text)))), 1, ?) AS digest
            FROM texts
        """
        with duckdb.connect() as connection:
            connection.register("texts", frame)
            parameters = [self._outer, self._inner, purpose, DIGITS]
            found: pl.DataFrame = connection.sql(query, params=parameters).pl()
        return found["digest"]

    def with_keys(self, frame: pl.DataFrame, source: str, target: str) -> pl.DataFrame:
        """`frame` with the pseudonym of the person in column `source` as column `target`; the order of rows stays."""
        return frame.with_columns(self.digests(frame[source], "person").alias(target))

    def number(self, column: str) -> pl.Expr:
        """An identity number as this database shows it; null stays null."""
        shown = pl.col(column) if self.unmasked else masking.number_column(pl.col(column))
        return pl.when(pl.col(column).is_not_null()).then(shown)

    def name(self, column: str) -> pl.Expr:
        """A person's name as this database shows it: 张三 as 张*, 欧阳小明 as 欧***; null and empty stay so."""
        return pl.col(column) if self.unmasked else masking.name_column(pl.col(column))

    def free_text(self, column: str) -> pl.Expr:
        """Text that may quote an identity number, which is masked."""
        return pl.col(column) if self.unmasked else masking.text_column(pl.col(column))
