"""Invented names: a frequent surname and a given name drawn independently of each other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
_FIRST = "建国志明文永春秀桂玉金海晓雪丽淑俊德福庆"
_SECOND = "华军平强伟芳英兰梅珍霞勇斌燕红波辉玲敏涛鑫宁龙凤"
# Characters outside GBK: a file read with plain gbk instead of gb18030 loses exactly these people.
_RARE = ("㛃", "䶮", "𬱖", "𫖯", "喆", "堃")
_LONG = ("乌云其木格", "巴特尔", "娜仁花", "阿拉坦其其格", "苏日娜", "那仁·巴雅尔", "其其格·乌兰", "吉日木图")

SURNAMES = pl.Series("surname", list(_SURNAMES), dtype=pl.String)
_GIVEN = [*_SECOND, *(a + b for a in _FIRST for b in _SECOND), *(a + b for a in _FIRST for b in _RARE)]
GIVEN = pl.Series("given", _GIVEN, dtype=pl.String)
LONG_NAMES = pl.Series("name", list(_LONG), dtype=pl.String)


def family_names(surname: npt.NDArray[np.int64], rng: np.random.Generator, share_long: float = 0.04) -> pl.Series:
    """Full names for surname indices of shape (n,); a small share gets a long name without surname."""
    count = len(surname)
    given = rng.integers(0, len(GIVEN), count)
    names = SURNAMES.gather(pl.Series(surname)) + GIVEN.gather(pl.Series(given))
    long = LONG_NAMES.gather(pl.Series(rng.integers(0, len(LONG_NAMES), count)))
    return long.zip_with(pl.Series(rng.random(count) < share_long), names).alias("name")
