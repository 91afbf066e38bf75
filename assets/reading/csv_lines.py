"""Which lines of a piece of CSV are rows beyond doubt, told from their bytes before anything is decoded.

In UTF-8 and GB18030 alike a comma, semicolon, tab, quotation mark or line end is never part of another character.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_QUOTE, _LF, _CR = b'"\n\r'


def starts_of_lines(text: bytes) -> Positions:
    """Where lines start, and the end of the last one."""
    ends = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == _LF)
    return np.concatenate([np.zeros(1, dtype=np.int64), ends + 1])


def are_plain(text: bytes, starts: Positions, columns: int, separator: bytes = b",") -> Flags:
    """Whether each line is one row by itself: so many cells, each wholly between quotation marks or without any.

    A line with a carriage return inside is not plain, nor one that may be blank. `text` ends in a line feed.
    """
    if columns == 1:
        return np.zeros(len(starts) - 1, dtype=np.bool_)
    data = np.frombuffer(text, dtype=np.uint8)
    commas = np.flatnonzero(data == ord(separator))
    first_comma = np.searchsorted(commas, starts)
    separating = np.diff(first_comma)
    doubtful = [_lone_returns(data)]
    if b'"' in text:
        quotes = _Quotes(data, starts, ord(separator))
        separating = separating - quotes.commas_inside(commas, first_comma)
        doubtful += [quotes.misplaced(), quotes.without_their_other()]
    plain: Flags = separating == columns - 1
    for places in doubtful:
        plain[np.searchsorted(starts, places, side="right") - 1] = False
    return plain


def _lone_returns(data: npt.NDArray[np.uint8]) -> Positions:
    returns = np.flatnonzero(data == _CR)
    lone: Positions = returns[data[returns + 1] != _LF]
    return lone


class _Quotes:
    """The quotation marks of some lines; the first, third … of a line open a cell or go on with one."""

    def __init__(self, data: npt.NDArray[np.uint8], starts: Positions, separator: int) -> None:
        # What separates cells; and two marks beside each other stand for one inside a cell.
        self._beside_a_mark = np.isin(np.arange(256), (separator, _LF, _CR, _QUOTE))
        is_quote = data == _QUOTE
        self._data, self._starts, self._at = data, starts, np.flatnonzero(is_quote)
        self._inside = np.bitwise_xor.accumulate(is_quote.view(np.uint8))
        """Bytes behind an odd number of quotation marks, from the beginning of the text."""
        self._first = np.searchsorted(self._at, starts)
        self._number = np.diff(self._first)

    def commas_inside(self, commas: Positions, first_comma: Positions) -> Positions:
        """How many commas of each line stand inside a cell."""
        of_line = (self._first[:-1] & 1).astype(np.uint8)  # whether marks of earlier lines leave a cell open
        inside = self._inside[commas] ^ np.repeat(of_line, np.diff(first_comma))
        counted = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(inside, dtype=np.int64)])
        return np.diff(counted[first_comma])

    def misplaced(self) -> Positions:
        """Marks in the middle of a cell."""
        place = np.arange(len(self._at)) - np.repeat(self._first[:-1], self._number)
        beside = np.where(place % 2 == 0, self._data[self._at - 1], self._data[self._at + 1])
        return self._at[~self._beside_a_mark[beside]]

    def without_their_other(self) -> Positions:
        """Starts of lines with an odd number of marks."""
        lines: Positions = self._starts[:-1][self._number % 2 == 1]
        return lines
