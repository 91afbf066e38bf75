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
import numpy.typing as npt
import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv

from assets.reading.errors import DeliveryBrokenError
from assets.reading.pieces import FAULT, LINE, REPLACEMENT, numbered, require_final_newline, rows_piece, unique

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
    return lambda block: block.decode(encoding, errors="replace").encode()


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
        return self._line_by_line() if rows is None else numbered(rows, self.first_line)

    def _regular_throughout(self) -> pl.DataFrame | None:
        """All lines split at their commas, or None when one of them may not be regular.

        They are split as they came: in GB18030 as in UTF-8 a comma or newline byte is never part of another character,
        and of cells that occur again and again each is recoded once.
        """
        if b'"' in self.text or REPLACEMENT.encode() in self.text:
            return None
        try:
            cells = _split_raw(self.text, len(self.columns))
        except pa.ArrowInvalid:  # a line that is too long or too short
            return None
        # A carriage return alone is no line end, and where every column has an empty cell a line may be blank.
        if cells.num_rows != self.used_lines or all(column.null_count for column in cells.columns):
            return None
        texts: dict[str, pl.Series] = {}
        for name, column in zip(self.columns, cells.columns, strict=True):
            text = _text(column.combine_chunks(), self.recode)
            if text is None:
                return None
            texts[name] = text
        return pl.DataFrame(texts)

    def _line_by_line(self) -> pl.DataFrame:
        lines = _lines(self.recode(self.text).replace(b"\r\n", b"\n"))
        is_regular = lines.str.contains(f"^{_CELL}(?:,{_CELL}){{{len(self.columns) - 1}}}$")
        is_blank = lines.str.contains(r"^\s*$")  # blank lines are no rows, but they may be part of a cell
        records = self._records(lines, is_regular, ~is_regular & ~is_blank)
        if self.used_lines < len(lines):
            self.used_bytes = int(_offsets(self.text)[self.used_lines])
        taken = [at for record in records for at in range(record.at, record.at + record.lines)]
        regular = (
            pl.DataFrame({"text": lines, "regular": is_regular & ~is_blank})
            .with_row_index("at")
            .head(self.used_lines)
            .filter(pl.col("regular") & ~pl.col("at").is_in(taken))
        )
        rows = _split(_joined(regular["text"]), self.columns).with_columns(
            (regular["at"].cast(pl.Int64) + self.first_line).alias(LINE), _undecodable(regular["text"]).alias(FAULT)
        )
        if not records:
            return rows
        nothing: list[str | None] = [None] * len(self.columns)
        others = [[*(r.cells or nothing), self.first_line + r.at, r.fault] for r in records]
        return pl.concat([rows, rows_piece(others, self.columns)]).sort(LINE)

    def _records(self, lines: pl.Series, is_regular: pl.Series, is_odd: pl.Series) -> list[_Record]:
        """The records that start at odd lines. Sets `used_lines` where the last one may go on behind this piece."""
        found: list[_Record] = []
        if not is_odd.any():
            return found
        texts, regular, free = lines.to_list(), is_regular.to_list(), 0
        for at in is_odd.arg_true():
            if at < free:
                continue
            record = self._record(texts, regular, at)
            if record is None:
                self.used_lines = at
                break
            free = at + record.lines
            found.append(record)
        return found

    def _record(self, lines: list[str], regular: list[bool], at: int) -> _Record | None:
        """The record that starts at a line; None when more lines are needed to tell.

        The cell ends at a line that is a row by itself: then the quotation mark was a stray one.
        """
        cells = _cells(lines[at : at + 1])
        if cells is not None:
            return self._whole(at, 1, cells)
        for end in range(at + 2, at + MAX_LINES_PER_CELL + 1):
            if end > len(lines):
                if not self.is_last:
                    return None
                break
            if regular[end - 1]:
                break
            cells = _cells(lines[at:end])
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
    """Regular lines split into text columns."""
    schema = dict.fromkeys(columns, pl.String)
    if not text:
        return pl.DataFrame(schema=schema)
    quote = '"' if b'"' in text else None
    return pl.read_csv(io.BytesIO(text), has_header=False, schema=schema, quote_char=quote)


def _split_raw(text: bytes, columns: int) -> pa.Table:
    """Lines split at their commas, in whatever encoding; an empty cell is null. Raises pyarrow.ArrowInvalid."""
    names = [str(at) for at in range(columns)]
    return arrow_csv.read_csv(
        pa.BufferReader(text),
        read_options=arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=len(text) + 1),
        parse_options=arrow_csv.ParseOptions(quote_char=False, ignore_empty_lines=False),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.binary()), strings_can_be_null=True, null_values=[""]
        ),
    )


def _text(cells: pa.BinaryArray, recode: Recode) -> pl.Series | None:
    """Cells as text, of equal ones each recoded once; None where one cannot be decoded."""
    data = cells.buffers()[2]
    if recode is bytes or data is None or data.to_pybytes().isascii():
        return pl.Series(cells.cast(pa.string()))
    encoded = cells.dictionary_encode()
    texts = recode(b"\n".join(encoded.dictionary.to_pylist())).decode()
    return None if REPLACEMENT in texts else pl.Series(texts.split("\n")).gather(pl.Series(encoded.indices))


def _offsets(text: bytes) -> npt.NDArray[np.int64]:
    """Where lines start, and the end of the last one."""
    ends = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == ord("\n"))
    return np.concatenate([np.zeros(1, dtype=np.int64), ends + 1])


def _lines(text: bytes) -> pl.Series:
    """The lines of a text, without a Python object per line."""
    offsets = _offsets(text)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(text)]
    array = pa.Array.from_buffers(pa.large_string(), len(offsets) - 1, buffers)
    return pl.Series(pl.from_arrow(array), dtype=pl.String).str.strip_suffix("\n")


def _joined(lines: pl.Series) -> bytes:
    return f"{lines.str.join(chr(10)).item()}\n".encode() if len(lines) else b""


def _undecodable(lines: pl.Series) -> pl.Series:
    damaged = lines.str.contains(REPLACEMENT, literal=True)
    return pl.select(pl.when(damaged).then(pl.lit("undecodable"))).to_series()
