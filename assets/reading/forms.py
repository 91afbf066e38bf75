"""The four file forms, read in pieces as text cells with their line numbers, in bounded memory.

Every reader yields `Piece`s: one String column per column of the file (named as in the file), `line` Int64
(1-based, as a person would count in the file) and `fault` (a row reason code, or null).
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import polars as pl

from assets.reading.errors import DeliveryBrokenError

LINE: Final = "__line"
FAULT: Final = "__fault"
PIECE_BYTES: Final = 32 << 20
PIECE_ROWS: Final = 200_000
# A stray quotation mark must not swallow the rest of the file: a quoted cell may run over this many lines at most.
MAX_LINES_PER_CELL: Final = 20
REPLACEMENT: Final = "\ufffd"


def read_pieces(path: Path, form: str) -> Iterator[pl.DataFrame]:
    """All rows of a file, piece by piece; the first piece appears even when there are no rows.

    Raises DeliveryBrokenError (unreadable, truncated, empty).
    """
    reader = {"csv": _csv, "xlsx": _xlsx, "parquet": _parquet, "jsonl": _jsonl}[form]
    try:
        yield from reader(path)
    except DeliveryBrokenError:
        raise
    except Exception as error:  # the libraries raise many kinds; none of their texts may reach a log, they hold cells
        raise DeliveryBrokenError("unreadable", type(error).__name__, type(error).__name__) from None


# --- CSV -------------------------------------------------------------------------------------------------------------


def _require_final_newline(stream: BinaryIO) -> None:
    size = stream.seek(0, 2)
    if size == 0:
        raise DeliveryBrokenError("empty")
    stream.seek(-1, 2)
    if stream.read(1) != b"\n":
        raise DeliveryBrokenError("truncated")
    stream.seek(0)


def _undecodable(stream: BinaryIO, encoding: str) -> int:
    """How many pieces of text cannot be decoded; 0 means the encoding fits. Leaves the stream at 0."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    bad = 0
    stream.seek(0)
    while block := stream.read(8 << 20):
        bad += decoder.decode(block).count(REPLACEMENT)
    stream.seek(0)
    return bad


def detect_encoding(stream: BinaryIO) -> str:
    """utf-8-sig when the bytes are UTF-8 (with or without BOM), else gb18030.

    Plain gbk is never used: it damages rare characters in names. A UTF-8 file with a few broken bytes stays UTF-8
    when its header says so or when GB18030 would fit worse.
    """
    utf8_faults = _undecodable(stream, "utf-8")
    if utf8_faults == 0:
        return "utf-8-sig"
    header = stream.readline()
    stream.seek(0)
    if header.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if not header.isascii():
        try:
            header.decode("utf-8")
        except UnicodeDecodeError:
            return "gb18030"
        return "utf-8-sig"
    return "utf-8-sig" if utf8_faults < _undecodable(stream, "gb18030") else "gb18030"


def _line_blocks(stream: BinaryIO, encoding: str) -> Iterator[list[str]]:
    """Whole lines, about PIECE_BYTES at a time. In GB18030 a newline byte is never part of another character."""
    first = True
    rest = b""
    while block := stream.read(PIECE_BYTES):
        block = rest + block
        cut = block.rfind(b"\n") + 1
        rest = block[cut:]
        if not cut:
            continue
        text = block[:cut].decode("utf-8" if encoding == "utf-8-sig" else encoding, errors="replace")
        if first:
            text = text.removeprefix("\ufeff")
            first = False
        yield text[:-1].replace("\r\n", "\n").removesuffix("\r").split("\n")


def _parse_quoted(lines: list[str], start: int, width: int) -> tuple[list[str] | None, int]:
    """Cells of the record that starts at `start`, and how many lines it takes; None when a quote never closes."""
    for count in range(1, MAX_LINES_PER_CELL + 1):
        record = "\n".join(lines[start : start + count])
        if start + count > len(lines):
            break
        if record.count('"') % 2:
            continue
        try:
            (cells,) = (
                csv.reader([record + "\n"], strict=True)
                if count == 1
                else csv.reader(record.splitlines(keepends=True), strict=True)
            )
        except (csv.Error, ValueError):
            break
        if count > 1 and len(cells) != width:
            break
        return cells, count
    return None, 1


def _split_plain(lines: list[str], numbers: list[int], columns: list[str]) -> pl.DataFrame:
    """Lines without quotation marks: split at commas; a wrong number of fields is a fault of that line."""
    raw = pl.DataFrame({"raw": lines, LINE: numbers}, schema={"raw": pl.String, LINE: pl.Int64})
    width = len(columns)
    split = raw.with_columns(
        pl.col("raw").str.split_exact(",", width - 1).struct.rename_fields(columns).alias("cells"),
        pl.when(pl.col("raw").str.contains(REPLACEMENT, literal=True))
        .then(pl.lit("undecodable"))
        .when(pl.col("raw").str.count_matches(",", literal=True) != width - 1)
        .then(pl.lit("field_count"))
        .alias(FAULT),
    )
    return split.drop("raw").unnest("cells").select(*columns, LINE, FAULT)


def _quoted_rows(
    lines: list[str], first_line: int, columns: list[str]
) -> tuple[list[list[str | None]], list[str], list[int]]:
    """Rows of lines that hold quotation marks, and the plain lines left over with their numbers."""
    width = len(columns)
    rows: list[list[str | None]] = []
    plain: list[str] = []
    plain_numbers: list[int] = []
    index = 0
    while index < len(lines):
        line, number = lines[index], first_line + index
        index += 1
        if '"' not in line:
            plain.append(line)
            plain_numbers.append(number)
            continue
        cells, count = _parse_quoted(lines, index - 1, width)
        index += count - 1
        fault = None
        if cells is None:
            fault = "unclosed_quote"
        elif any(REPLACEMENT in cell for cell in cells):
            fault = "undecodable"
        elif len(cells) != width:
            fault = "field_count"
        values: list[str | None] = [None] * width if fault or cells is None else list(cells)
        rows.append([*values, str(number), fault])
    return rows, plain, plain_numbers


def _csv(path: Path) -> Iterator[pl.DataFrame]:
    with path.open("rb") as stream:
        _require_final_newline(stream)
        encoding = detect_encoding(stream)
        columns: list[str] | None = None
        next_line = 1
        for block in _line_blocks(stream, encoding):
            lines = block
            if columns is None:
                columns = [c.strip() for c in next(csv.reader([lines[0]]))]
                if not any(columns):
                    raise DeliveryBrokenError("empty")
                columns = _unique(columns)
                lines, next_line = lines[1:], 2
            yield _csv_piece(lines, next_line, columns)
            next_line += len(lines)
        if columns is None:
            raise DeliveryBrokenError("empty")


def _csv_piece(lines: list[str], first_line: int, columns: list[str]) -> pl.DataFrame:
    numbers = list(range(first_line, first_line + len(lines)))
    quoted: list[list[str | None]] = []
    if any('"' in line for line in lines):
        quoted, lines, numbers = _quoted_rows(lines, first_line, columns)
    if any(not line.strip() for line in lines):  # blank lines are no rows
        kept = [(line, number) for line, number in zip(lines, numbers, strict=True) if line.strip()]
        lines, numbers = [k[0] for k in kept], [k[1] for k in kept]
    piece = _split_plain(lines, numbers, columns)
    if not quoted:
        return piece
    schema = {**dict.fromkeys(columns, pl.String), LINE: pl.String, FAULT: pl.String}
    extra = pl.DataFrame(quoted, schema=schema, orient="row").with_columns(pl.col(LINE).cast(pl.Int64))
    return pl.concat([piece, extra]).sort(LINE)


def _unique(columns: list[str]) -> list[str]:
    """Column names made different from each other, so that repeated or empty headers can be told apart later."""
    seen: dict[str, int] = {}
    out = []
    for column in columns:
        seen[column] = seen.get(column, 0) + 1
        out.append(column if seen[column] == 1 else f"{column}\u0000{seen[column]}")
    return out


# --- Excel -----------------------------------------------------------------------------------------------------------


def _cell_text(value: object) -> str | None:
    """An Excel cell as text. A number of more than 15 digits comes out in scientific notation: Excel has rounded it."""
    match value:
        case None | "":
            return None
        case bool():
            return str(value).upper()
        case int() | float():
            if value == int(value):
                return str(int(value)) if abs(value) < 1e15 else f"{float(value):.15e}"
            return repr(round(value, 10))
        case dt.datetime():
            return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
        case dt.date():
            return value.isoformat()
        case _:
            return str(value)


def _xlsx(path: Path) -> Iterator[pl.DataFrame]:
    from python_calamine import CalamineWorkbook

    with CalamineWorkbook.from_path(str(path)) as book:
        sheet = book.get_sheet_by_index(0)
        offset = 1 + (sheet.start[0] if sheet.start else 0)
        rows = sheet.iter_rows()
        header = next(iter(rows), None)
        if header is None or not any(cell not in (None, "") for cell in header):
            raise DeliveryBrokenError("empty")
        columns = _unique([(_cell_text(cell) or "").strip() for cell in header])
        buffer: list[list[str | int | None]] = []
        for index, row in enumerate(rows, start=1):
            cells = [_cell_text(cell) for cell in row]
            if any(cell is not None for cell in cells):
                buffer.append([*cells, index + offset, None])
            if len(buffer) >= PIECE_ROWS:
                yield _rows_piece(buffer, columns)
                buffer = []
        yield _rows_piece(buffer, columns)


def _rows_piece(rows: list[list[str | int | None]], columns: list[str]) -> pl.DataFrame:
    schema = {**dict.fromkeys(columns, pl.String), LINE: pl.Int64, FAULT: pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


# --- Parquet ---------------------------------------------------------------------------------------------------------


def _parquet(path: Path) -> Iterator[pl.DataFrame]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        line = 1
        empty = pl.from_arrow(file.schema_arrow.empty_table())
        assert isinstance(empty, pl.DataFrame)
        yield _with_lines(empty, line)
        for batch in file.iter_batches(batch_size=PIECE_ROWS * 5):
            frame = pl.from_arrow(batch)
            assert isinstance(frame, pl.DataFrame)
            yield _with_lines(frame, line)
            line += frame.height


def _with_lines(frame: pl.DataFrame, first_line: int) -> pl.DataFrame:
    numbers = pl.int_range(first_line, first_line + frame.height, dtype=pl.Int64, eager=True)
    return frame.with_columns(numbers.alias(LINE), pl.lit(None, dtype=pl.String).alias(FAULT))


# --- JSON lines ------------------------------------------------------------------------------------------------------


def _json_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int):
        return str(value)  # exact in JSON, unlike in Excel
    return _cell_text(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def _jsonl(path: Path) -> Iterator[pl.DataFrame]:
    columns = _jsonl_columns(path)
    yield _rows_piece([], columns)
    with path.open("rb") as stream:
        buffer: list[list[str | int | None]] = []
        for number, raw in enumerate(stream, start=1):
            text = raw.decode("utf-8", errors="replace").removeprefix("\ufeff")
            if not text.strip():
                continue
            buffer.append(_json_row(text, number, columns))
            if len(buffer) >= PIECE_ROWS:
                yield _rows_piece(buffer, columns)
                buffer = []
        yield _rows_piece(buffer, columns)


def _json_row(text: str, number: int, columns: list[str]) -> list[str | int | None]:
    if REPLACEMENT in text:
        return [*[None] * len(columns), number, "undecodable"]
    try:
        row = json.loads(text)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        return [*[None] * len(columns), number, "bad_json"]
    values = {str(k).strip(): v for k, v in row.items()}
    return [*[_json_text(values.get(c)) for c in columns], number, None]


def _jsonl_columns(path: Path) -> list[str]:
    """Names in order of first appearance: in JSON lines a column may be absent from a row that leaves it empty."""
    names: dict[str, None] = {}
    with path.open("rb") as stream:
        _require_final_newline(stream)
        for raw in stream:
            try:
                row = json.loads(raw.decode("utf-8").removeprefix("\ufeff"))
            except ValueError:
                continue
            if isinstance(row, dict):
                names.update(dict.fromkeys(str(k).strip() for k in row))
    if not names:
        raise DeliveryBrokenError("empty")
    return list(names)
