"""Names as they are compared (spec pages 2 and 3): what is one name in two spellings, and what is not."""

from __future__ import annotations

from typing import Final

import polars as pl

from assets.reading.names import name_keys

ALIKE: Final = [
    ("张山", "张\u2f2d"), ("马某", "\u2ee2某"), ("龙某", "\u2ef0某"), ("豈某", "\uf900某"), ("王某", "王\ufe00某"),
    ("葛某", "葛\U000e0100某"), ("那仁·巴雅尔", "那仁.巴雅尔"), ("那仁·巴雅尔", "那仁．巴 雅尔"), ("某·甲·乙·丙", "某.甲.乙.丙"),
    ("李龴", "李\ue81e"), ("李𠂇", "李\ue816"), ("李䶮", "李\ue863"), ("李厂", "李\ue815"), ("李𤇾", "李\ue855"), ("某甲", "某\u200d甲"),
]  # fmt: skip
OTHERS: Final = [("O.K", "OK"), ("李.A", "李A"), ("长某", "長某"), ("某甲", "某乙"), ("李\ue001", "李")]


def test_two_spellings_of_one_name_have_one_key() -> None:
    for one, other in ALIKE:
        keys = name_keys(pl.Series([one, other])).to_list()
        assert keys[0] == keys[1], (one.encode("unicode_escape"), other.encode("unicode_escape"))
    for one, other in OTHERS:
        keys = name_keys(pl.Series([one, other])).to_list()
        assert keys[0] != keys[1], one


def test_the_table_of_private_characters_is_that_of_the_older_edition() -> None:
    """Python's codec is of the year 2000: bytes FE50 to FEA0 where it gives an ordinary character are that character."""
    codes = [bytes([0xFE, low]) for low in range(0x50, 0xA1) if low != 0x7F]
    for private, code in zip(range(0xE815, 0xE865), codes, strict=True):
        known = code.decode("gb18030")
        keys = name_keys(pl.Series([chr(private), known])).to_list()
        assert keys[0] == keys[1]
        assert not "\ue000" <= keys[0] <= "\uf8ff"
