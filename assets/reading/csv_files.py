"""CSV in pieces of whole records: encoding, line ends, quotation marks, wrong numbers of fields.

Nearly every line is regular, and regular lines are split in bulk. A line is regular when its quotation marks stand
where they should and it has as many fields as the header; only the others are looked at one by one. A library alone
will not do: short rows are padded in silence, and one stray quotation mark swallows what follows (spec page 7).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv

from assets.reading.csv_lines import Flags, Positions, are_plain, starts_of_lines
from assets.reading.errors import DeliveryBrokenError, too_large
from assets.reading.headers import HEADER_ROWS, Wanted
from assets.reading.pieces import FAULT, LINE, REPLACEMENT, SHORT, rows_piece, unique
from assets.reading.text_files import LONGEST_LINE, Recode, TextFile, detect_encoding

SEPARATORS: Final = ",;\t|"
# A stray quotation mark must not swallow the rest of the file: a quoted cell may run over this many lines at most.
MAX_LINES_PER_CELL: Final = 50
csv.field_size_limit(LONGEST_LINE)  # longer cells than the contract's are told as such, not as an error of the library
_LINES_IN_HEADER: Final = 5
_HEAD_LINES: Final = HEADER_ROWS * _LINES_IN_HEADER
_HEAD_BYTES: Final = 1 << 16
_MARKS: Final = "\ufeff\u200b"
_SEP_LINE: Final = re.compile(r'^"?sep=([,;\t|])"?\s*$', re.IGNORECASE)


def read_csv(path: Path, look: Wanted, headers: list[str]) -> Iterator[pl.DataFrame]:
    """Pieces of a CSV file; `headers` gets all its headers. Raises DeliveryBrokenError (empty, truncated, too_large)."""
    with path.open("rb") as stream:
        text = TextFile.of(stream)
        if text.codec is None:
            text.recode = detect_encoding(stream)
        head = _head(text, look)
        if head.separator == b"|":  # in GB18030 it may be half a character
            text = text.decoded()
            head = _head(text, look)
        if len(head.columns) > look.limits.columns:
            raise too_large("列数", "columns", len(head.columns), look.limits.columns)
        headers += head.columns
        rest, line, skip = b"", head.lines_before + 1, head.bytes_before
        for block, is_last in text.blocks():
            rows = rest + block[skip:] if rest or skip else block
            skip = max(0, skip - len(block))
            piece = _Piece(rows, line, head.columns, text.recode, is_last, head.separator)
            yield piece.frame()
            rest = rows[piece.used_bytes :]
            line += piece.used_lines


class _Head(NamedTuple):
    """The header, what separates its cells, how many bytes and lines go before the first row."""

    columns: list[str]
    separator: bytes
    bytes_before: int
    lines_before: int


def _head(text: TextFile, look: Wanted) -> _Head:
    """Finds the header in the first block. Its separator is the one with which it holds most of what is wanted."""
    raw: list[bytes] = []
    for block, _ in text.blocks(_HEAD_BYTES):
        raw += block.split(b"\n", _HEAD_LINES)[:_HEAD_LINES]
        if len(raw) > _HEAD_LINES:
            break
        raw.pop()
    raw = raw or [b""]
    lines = [text.recode(line).decode().removesuffix("\r") for line in raw]
    lines[0] = lines[0].lstrip(_MARKS)
    told = _SEP_LINE.match(lines[0])
    first = 1 if told else 0
    found = [_header(lines, first, separator, look) for separator in (told[1] if told else SEPARATORS)]
    best = max(found, key=lambda candidate: candidate[0])
    _, at, used, cells, separator = best
    if at < 0:
        raise DeliveryBrokenError("empty")
    before = at + used
    columns = unique([cell.strip() for cell in cells])
    return _Head(columns, separator.encode(), sum(len(line) + 1 for line in raw[:before]), before)


def _header(lines: list[str], first: int, separator: str, look: Wanted) -> tuple[int, int, int, list[str], str]:
    """Score, line, number of lines, cells of the header, if cells are separated by this character."""
    starts: list[tuple[int, int, list[str]]] = []
    at = first
    while at < len(lines) and len(starts) < HEADER_ROWS:
        used, cells = 1, lines[at].split(separator)
        for number in range(1, _LINES_IN_HEADER + 1):  # a cell of the header may go over some lines
            whole = _cells(lines[at : at + number], separator)
            if whole is not None:
                used, cells = number, whole
                break
        starts.append((at, used, cells))
        at += used
    row, score = look.header_among([cells for _, _, cells in starts])
    return (score, -1, 0, [], separator) if row < 0 else (score, *starts[row], separator)


# --- Records ---------------------------------------------------------------------------------------------------------


class _Record(NamedTuple):
    """A record that was looked at alone: where it starts in its piece, how many lines it takes."""

    at: int
    lines: int
    cells: Sequence[str | None] | None
    fault: str | None


@dataclass
class _Piece:
    """Some whole lines. A cell that may go on behind them is left for the next piece: `used_*` say how far this one got."""

    text: bytes
    first_line: int
    columns: list[str]
    recode: Recode
    is_last: bool
    separator: bytes = b","
    used_lines: int = field(init=False)
    used_bytes: int = field(init=False)

    def __post_init__(self) -> None:
        self.used_lines, self.used_bytes = self.text.count(b"\n"), len(self.text)

    def frame(self) -> pl.DataFrame:
        """The rows of this piece, with their lines and faults."""
        rows = self._regular_throughout()
        return self._with_odd_lines() if rows is None else self._at_lines(rows, np.arange(rows.height))

    def _regular_throughout(self) -> pl.DataFrame | None:
        """All lines split at their commas, or None when one of them may not be regular."""
        if b'"' in self.text or len(self.columns) == 1:  # a row of one cell may be blank
            return None
        try:
            cells = _split_raw(self.text, len(self.columns), self.separator)
        except pa.ArrowInvalid:  # a line that is too long or too short
            return None
        # A carriage return alone is no line end, and where every column has an empty cell a line may be blank.
        if cells.num_rows != self.used_lines or all(column.null_count for column in cells.columns):
            return None
        return _texts(cells, self.columns, self.recode)

    def _with_odd_lines(self) -> pl.DataFrame:
        """Plain lines are split in bulk, as above; the others are told apart after they have been decoded."""
        starts = starts_of_lines(self.text)
        plain = are_plain(self.text, starts, len(self.columns), self.separator)
        odd = np.flatnonzero(~plain)
        lines = _lines(self.recode(_bytes_of(self.text, starts, ~plain)).replace(b"\r\n", b"\n"))
        between = re.escape(self.separator.decode())
        cell = f'(?:"(?:[^"]|"")*"|[^"{between}]*)'
        is_regular = lines.str.contains(f"^{cell}(?:{between}{cell}){{{len(self.columns) - 1}}}$")
        is_blank = lines.str.contains(r"^\s*$")  # blank lines are no rows, but they may be part of a cell
        texts = dict(zip(odd[~is_regular.to_numpy()].tolist(), lines.filter(~is_regular), strict=True))
        records = self._records(texts, odd[(~is_regular & ~is_blank).to_numpy()].tolist(), len(plain))
        self.used_bytes = int(starts[self.used_lines])
        split = _split_raw(_bytes_of(self.text, starts, plain), len(self.columns), self.separator)
        regular = is_regular & ~is_blank
        pieces = [
            self._at_lines(_texts(split, self.columns, self.recode), np.flatnonzero(plain)),
            self._at_lines(
                _split(_joined(lines.filter(regular)), self.columns, self.separator), odd[regular.to_numpy()]
            ),
        ]
        nothing: list[str | None] = [None] * len(self.columns)
        others = [[*(r.cells or nothing), self.first_line + r.at, r.fault] for r in records]
        return pl.concat([*pieces, rows_piece(others, self.columns)]).sort(LINE)

    def _at_lines(self, rows: pl.DataFrame, at: Positions) -> pl.DataFrame:
        """Rows that stand on these lines of the piece; those behind its end are left for the next one."""
        lines = pl.Series(LINE, at + self.first_line, dtype=pl.Int64)
        whole = rows.drop(FAULT).hstack([lines, rows[FAULT]])
        return whole.head(int(np.searchsorted(at, self.used_lines)))

    def _records(self, texts: dict[int, str], begin: list[int], lines: int) -> list[_Record]:
        """The records that start at lines which are no rows. Sets `used_lines` where the last one may go on behind
        this piece. `texts`: all lines that are no rows by themselves; `begin`: those that are not blank."""
        found: list[_Record] = []
        free = 0
        for at in begin:
            if at < free:
                continue
            record = self._record(texts, at, lines)
            if record is None:
                self.used_lines = at
                break
            free = at + record.lines
            found.append(record)
        return found

    def _record(self, texts: dict[int, str], at: int, lines: int) -> _Record | None:
        """The record that starts at a line; None when more lines are needed to tell.

        The cell ends at a line that is a row by itself: then the quotation mark was a stray one.
        """
        cells = _cells([texts[at]], self.separator.decode())
        if cells is not None:
            return self._whole(at, 1, cells)
        for end in range(at + 2, at + MAX_LINES_PER_CELL + 1):
            if end > lines:
                if not self.is_last:
                    return None
                break
            if end - 1 not in texts:
                break
            cells = _cells([texts[line] for line in range(at, end)], self.separator.decode())
            if cells is not None and len(cells) == len(self.columns):
                return self._whole(at, end - at, cells)
        return _Record(at, 1, None, "unclosed_quote")

    def _whole(self, at: int, lines: int, cells: list[str]) -> _Record:
        """A record of another length: separators at its end say nothing, empty cells at its end may be left out."""
        if any(REPLACEMENT in cell for cell in cells):
            return _Record(at, lines, None, "undecodable")
        width = len(self.columns)
        row = [*cells[:width], *([None] * (width - len(cells)))]
        fault = SHORT if len(cells) < width else "field_count" if any(map(str.strip, cells[width:])) else None
        return _Record(at, lines, row, fault)


def _cells(lines: list[str], separator: str) -> list[str] | None:
    """The cells of lines that make exactly one record, or None."""
    try:
        records = list(csv.reader([f"{line}\n" for line in lines], delimiter=separator, strict=True))
    except csv.Error:
        return None
    return records[0] if len(records) == 1 else None


def _split(text: bytes, columns: list[str], separator: bytes) -> pl.DataFrame:
    """Decoded regular lines as columns of text, with their faults."""
    rows = pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    if text:
        quote = '"' if b'"' in text else None
        rows = pl.read_csv(
            io.BytesIO(_as_file(text)),
            has_header=False,
            schema=rows.schema,
            quote_char=quote,
            separator=separator.decode(),
        )
    return rows.hstack([_undecodable(rows, columns)])


def _split_raw(text: bytes, columns: int, separator: bytes) -> pa.Table:
    """Plain lines split into cells, in whatever encoding; an empty one is null. Raises pyarrow.ArrowInvalid."""
    names = [str(at) for at in range(columns)]
    types = dict.fromkeys(names, pa.binary())
    if not text:
        return pa.table([pa.array([], kind) for kind in types.values()], names=names)
    return arrow_csv.read_csv(
        pa.BufferReader(_as_file(text)),
        read_options=arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=len(text) + 8),
        parse_options=arrow_csv.ParseOptions(
            delimiter=separator.decode(), quote_char='"' if b'"' in text else False, ignore_empty_lines=False
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=types, strings_can_be_null=True, null_values=[""], quoted_strings_can_be_null=False
        ),
    )


def _as_file(text: bytes) -> bytes:
    """So that a library which takes the mark off the beginning of a file leaves the one of the first cell."""
    return codecs.BOM_UTF8 + text if text.startswith(codecs.BOM_UTF8) else text


def _texts(cells: pa.Table, columns: list[str], recode: Recode) -> pl.DataFrame:
    """Cells as text, with the faults of their rows."""
    texts = [_text(column.combine_chunks(), recode) for column in cells.columns]
    rows = pl.DataFrame({name: text for name, (text, _) in zip(columns, texts, strict=True)})
    damaged = [name for name, (_, is_damaged) in zip(columns, texts, strict=True) if is_damaged]
    return rows.hstack([_undecodable(rows, damaged)])


def _text(cells: pa.BinaryArray, recode: Recode) -> tuple[pl.Series, bool]:
    """Cells as text, and whether some cannot be decoded. Of equal ones each is recoded once: the line feed put between
    them ends a broken character as the comma did."""
    data = cells.buffers()[2]
    raw = b"" if data is None else data.to_pybytes()
    if recode is bytes or raw.isascii():
        return pl.Series(cells.cast(pa.string()), dtype=pl.String), REPLACEMENT.encode() in raw
    encoded = cells.dictionary_encode()
    texts = recode(b"\n".join(encoded.dictionary.to_pylist())).decode()
    return pl.Series(texts.split("\n")).gather(pl.Series(encoded.indices)), REPLACEMENT in texts


def _bytes_of(text: bytes, starts: Positions, chosen: Flags) -> bytes:
    """The chosen lines."""
    if chosen.all():
        return text
    bounds = np.flatnonzero(np.diff(chosen, prepend=False, append=False))  # where runs of chosen lines begin and end
    return b"".join(text[a:b] for a, b in starts[bounds].reshape(-1, 2).tolist())


def _lines(text: bytes) -> pl.Series:
    """The lines of a text, without a Python object per line."""
    offsets = starts_of_lines(text)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(text)]
    array = pa.Array.from_buffers(pa.large_string(), len(offsets) - 1, buffers)
    return pl.Series(pl.from_arrow(array), dtype=pl.String).str.strip_suffix("\n")


def _joined(lines: pl.Series) -> bytes:
    return f"{lines.str.join(chr(10)).item()}\n".encode() if len(lines) else b""


def _undecodable(rows: pl.DataFrame, columns: list[str]) -> pl.Series:
    """The faults of rows: some of their cells in `columns` cannot be decoded."""
    damaged = pl.repeat(value=False, n=rows.height, eager=True)
    for name in columns:
        damaged = damaged | rows[name].str.contains(REPLACEMENT, literal=True).fill_null(value=False)
    return pl.select(pl.when(damaged).then(pl.lit("undecodable")).alias(FAULT)).to_series()
