"""CSV in pieces of whole records: encoding, line ends, quotation marks, wrong numbers of fields.

Nearly every line is regular, and regular lines are split in bulk. A line is regular when its quotation marks stand
where they should and it has as many fields as the header; only the others are looked at one by one. A library alone
will not do: short rows are padded in silence, and one stray quotation mark swallows what follows (spec page 7).
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv

from assets.reading.csv_lines import Flags, Positions, are_plain, starts_of_lines
from assets.reading.errors import DeliveryBrokenError
from assets.reading.pieces import FAULT, LINE, REPLACEMENT, require_final_newline, rows_piece, unique

PIECE_BYTES: Final = 16 << 20
# A stray quotation mark must not swallow the rest of the file: a quoted cell may run over this many lines at most.
MAX_LINES_PER_CELL: Final = 50
_CELL: Final = r'(?:"(?:[^"]|"")*"|[^",]*)'

Recode = Callable[[bytes], bytes]


def read_csv(path: Path) -> Iterator[pl.DataFrame]:
    """Pieces of a CSV file; raises DeliveryBrokenError (empty, truncated)."""
    with path.open("rb") as stream:
        size = require_final_newline(stream)
        recode = detect_encoding(stream)
        columns: list[str] | None = None
        rest, line = b"", 1
        for block in _blocks(stream):
            text = rest + block
            if columns is None:
                head, _, text = text.partition(b"\n")
                columns, line = _header(recode(head).removeprefix(codecs.BOM_UTF8).decode()), 2
            piece = _Piece(text, line, columns, recode, stream.tell() == size)
            yield piece.frame()
            rest = text[piece.used_bytes :]
            line += piece.used_lines


def _header(line: str) -> list[str]:
    columns = [column.strip() for column in next(csv.reader([line.removesuffix("\r")]), [])]
    if not any(columns):
        raise DeliveryBrokenError("empty")
    return unique(columns)


# --- Bytes -----------------------------------------------------------------------------------------------------------


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Whole lines, about PIECE_BYTES at a time.

    Cut only after a newline byte: in UTF-8 and GB18030 alike it is never part of another character.
    """
    rest = b""
    while block := stream.read(PIECE_BYTES):
        cut = block.rfind(b"\n") + 1
        if cut:
            yield rest + block[:cut]
            rest = block[cut:]
        else:
            rest += block


def _has_fault(stream: BinaryIO, encoding: str) -> bool:
    """Whether the bytes are not wholly of this encoding. Leaves the stream at 0."""
    decoder = codecs.getincrementaldecoder(encoding)()
    stream.seek(0)
    try:
        while block := stream.read(8 << 20):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return True
    finally:
        stream.seek(0)
    return False


def _count_faults(stream: BinaryIO, encoding: str) -> int:
    """How many places cannot be decoded. Leaves the stream at 0."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    bad = 0
    while block := stream.read(8 << 20):
        bad += decoder.decode(block).count(REPLACEMENT)
    stream.seek(0)
    return bad


def detect_encoding(stream: BinaryIO) -> Recode:
    """How to make UTF-8 of the file's bytes: nothing to do for UTF-8 (with or without BOM), else from GB18030.

    Plain gbk is never used: it damages rare characters in names. A UTF-8 file with a few broken bytes stays UTF-8
    when its header says so or when GB18030 would fit worse; what cannot be decoded becomes U+FFFD.
    """
    if not _has_fault(stream, "utf-8"):
        return bytes
    header = stream.readline()
    stream.seek(0)
    if header.isascii():
        is_utf8 = _has_fault(stream, "gb18030") and _count_faults(stream, "utf-8") < _count_faults(stream, "gb18030")
    else:
        is_utf8 = header.startswith(codecs.BOM_UTF8) or _fits(header, "utf-8")
    encoding = "utf-8" if is_utf8 else "gb18030"
    # Two line feeds more: GB18030 looks four bytes ahead, and a broken character at the end would take the last one along.
    return lambda block: (block + b"\n\n").decode(encoding, errors="replace")[:-2].encode()


def _fits(text: bytes, encoding: str) -> bool:
    try:
        text.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


# --- Records ---------------------------------------------------------------------------------------------------------


class _Record(NamedTuple):
    """A record that was looked at alone: where it starts in its piece, how many lines it takes."""

    at: int
    lines: int
    cells: list[str] | None
    fault: str | None


@dataclass
class _Piece:
    """Some whole lines. A cell that may go on behind them is left for the next piece: `used_*` say how far this one got."""

    text: bytes
    first_line: int
    columns: list[str]
    recode: Recode
    is_last: bool
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
            cells = _split_raw(self.text, len(self.columns))
        except pa.ArrowInvalid:  # a line that is too long or too short
            return None
        # A carriage return alone is no line end, and where every column has an empty cell a line may be blank.
        if cells.num_rows != self.used_lines or all(column.null_count for column in cells.columns):
            return None
        return _texts(cells, self.columns, self.recode)

    def _with_odd_lines(self) -> pl.DataFrame:
        """Plain lines are split in bulk, as above; the others are told apart after they have been decoded."""
        starts = starts_of_lines(self.text)
        plain = are_plain(self.text, starts, len(self.columns))
        odd = np.flatnonzero(~plain)
        lines = _lines(self.recode(_bytes_of(self.text, starts, ~plain)).replace(b"\r\n", b"\n"))
        is_regular = lines.str.contains(f"^{_CELL}(?:,{_CELL}){{{len(self.columns) - 1}}}$")
        is_blank = lines.str.contains(r"^\s*$")  # blank lines are no rows, but they may be part of a cell
        texts = dict(zip(odd[~is_regular.to_numpy()].tolist(), lines.filter(~is_regular), strict=True))
        records = self._records(texts, odd[(~is_regular & ~is_blank).to_numpy()].tolist(), len(plain))
        self.used_bytes = int(starts[self.used_lines])
        split = _split_raw(_bytes_of(self.text, starts, plain), len(self.columns))
        regular = is_regular & ~is_blank
        pieces = [
            self._at_lines(_texts(split, self.columns, self.recode), np.flatnonzero(plain)),
            self._at_lines(_split(_joined(lines.filter(regular)), self.columns), odd[regular.to_numpy()]),
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
        cells = _cells([texts[at]])
        if cells is not None:
            return self._whole(at, 1, cells)
        for end in range(at + 2, at + MAX_LINES_PER_CELL + 1):
            if end > lines:
                if not self.is_last:
                    return None
                break
            if end - 1 not in texts:
                break
            cells = _cells([texts[line] for line in range(at, end)])
            if cells is not None and len(cells) == len(self.columns):
                return self._whole(at, end - at, cells)
        return _Record(at, 1, None, "unclosed_quote")

    def _whole(self, at: int, lines: int, cells: list[str]) -> _Record:
        if any(REPLACEMENT in cell for cell in cells):
            return _Record(at, lines, None, "undecodable")
        if len(cells) != len(self.columns):
            return _Record(at, lines, None, "field_count")
        return _Record(at, lines, cells, None)


def _cells(lines: list[str]) -> list[str] | None:
    """The cells of lines that make exactly one record, or None."""
    try:
        records = list(csv.reader([f"{line}\n" for line in lines], strict=True))
    except csv.Error:
        return None
    return records[0] if len(records) == 1 else None


def _split(text: bytes, columns: list[str]) -> pl.DataFrame:
    """Decoded regular lines as columns of text, with their faults."""
    rows = pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    if text:
        quote = '"' if b'"' in text else None
        rows = pl.read_csv(io.BytesIO(_as_file(text)), has_header=False, schema=rows.schema, quote_char=quote)
    return rows.hstack([_undecodable(rows, columns)])


def _split_raw(text: bytes, columns: int) -> pa.Table:
    """Plain lines split into cells, in whatever encoding; an empty one is null. Raises pyarrow.ArrowInvalid."""
    names = [str(at) for at in range(columns)]
    types = dict.fromkeys(names, pa.binary())
    if not text:
        return pa.table([pa.array([], kind) for kind in types.values()], names=names)
    return arrow_csv.read_csv(
        pa.BufferReader(_as_file(text)),
        read_options=arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=len(text) + 8),
        parse_options=arrow_csv.ParseOptions(quote_char='"' if b'"' in text else False, ignore_empty_lines=False),
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
