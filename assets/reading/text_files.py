"""Text files as bytes: where they end, how they are encoded, whole lines in blocks of bounded length."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from assets.reading.errors import DeliveryBrokenError, too_large
from assets.reading.pieces import REPLACEMENT

PIECE_BYTES: Final = 16 << 20
LONGEST_LINE: Final = 64 << 20
"""Bytes. A file without line ends would fill the memory."""
_UTF_16: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_END_OF_FILE: Final = b"\x1a"  # DOS

Recode = Callable[[bytes], bytes]


@dataclass
class TextFile:
    """A text file that is whole, opened at its beginning. `recode` makes UTF-8 of its bytes; where a separator could be part
    of another character (UTF-16, some bytes of GB18030) blocks are UTF-8 already: `codec`."""

    stream: BinaryIO
    end: int
    closing: bytes
    recode: Recode = bytes
    codec: str | None = None

    @classmethod
    def of(cls, stream: BinaryIO, is_whole: Callable[[bytes], bool] = lambda _: False) -> TextFile:
        """`is_whole`: whether a last line without a line feed is all there. Raises DeliveryBrokenError (empty, truncated)."""
        size = stream.seek(0, 2)
        if size == 0:
            raise DeliveryBrokenError("empty")
        stream.seek(0)
        codec = _UTF_16.get(stream.read(2))
        end, closing = _end(stream, size, codec, is_whole)
        return cls(stream, end, closing, bytes, codec)

    def decoded(self) -> TextFile:
        """The same file with blocks in UTF-8, whatever its encoding."""
        if self.codec is not None or self.recode is bytes:
            return self
        return TextFile(self.stream, self.end, self.closing, bytes, "gb18030")

    def blocks(self, size: int | None = None) -> Iterator[tuple[bytes, bool]]:
        """Whole lines, about PIECE_BYTES (or `size`) at a time, and whether these are the last.

        Cut only after a newline byte: in UTF-8 and GB18030 alike it is never part of another character.
        """
        rest: list[bytes] = []
        length = 0
        chunks = self._chunks(size or PIECE_BYTES)
        block = next(chunks, None)
        while block is not None:
            following = next(chunks, None)
            cut = block.rfind(b"\n") + 1
            if cut:
                whole = block if cut == len(block) else block[:cut]
                yield b"".join([*rest, whole]) if rest else whole, following is None
                rest, length = [block[cut:]] if cut < len(block) else [], len(block) - cut
            else:
                rest.append(block)
                length += len(block)
                if length > LONGEST_LINE:
                    raise too_large("一行的字节数", "bytes in a line", None, LONGEST_LINE)
            block = following

    def _chunks(self, size: int) -> Iterator[bytes]:
        """The bytes up to the end, in UTF-8 where there is a codec; what cannot be decoded becomes U+FFFD."""
        decoder = None if self.codec is None else codecs.getincrementaldecoder(self.codec)(errors="replace")
        self.stream.seek(0)
        left = self.end
        while left:
            block = self.stream.read(min(size, left))
            if not block:  # it was cut off meanwhile
                raise DeliveryBrokenError("changed_while_read")
            left -= len(block)
            if decoder is not None:
                block = decoder.decode(block, final=not left).encode()
            yield block + self.closing if self.closing and not left else block


def _end(stream: BinaryIO, size: int, codec: str | None, is_whole: Callable[[bytes], bool]) -> tuple[int, bytes]:
    """Where the text ends, before DOS's marks of the end of a file, and the line feed that is missing before such a mark.
    Raises DeliveryBrokenError (truncated): a file cut off in a number would be read as a smaller one."""
    mark, feed = _END_OF_FILE, b"\n"
    if codec is not None:
        mark, feed = (text.decode().encode(codec) for text in (mark, feed))
    if size % len(feed):
        raise DeliveryBrokenError("truncated")
    end = size
    while end and _read_at(stream, end - len(mark), len(mark)) == mark:
        end -= len(mark)
    if end and _read_at(stream, end - len(feed), len(feed)) == feed:
        return end, b""
    if end == size:
        tail = _read_at(stream, max(0, size - PIECE_BYTES), PIECE_BYTES).rpartition(feed)[2]
        if not is_whole(tail.decode(codec or "utf-8", errors="replace").encode()):
            raise DeliveryBrokenError("truncated")
    return end, b"\n"


def _read_at(stream: BinaryIO, start: int, length: int) -> bytes:
    stream.seek(start)
    return stream.read(length)


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
    header = stream.readline(LONGEST_LINE)
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
