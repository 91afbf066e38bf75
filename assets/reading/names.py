"""Names as they are compared: two spellings of one name, from two systems, have one key.

Sources: spec pages 2 and 3; GB 18030-2000, -2005 and -2022 (rare characters that the older editions put into Unicode's
private use area, where files of older systems still have them); EquivalentUnifiedIdeograph.txt of the Unicode Character
Database 14 (radicals that look like the character).
"""

from __future__ import annotations

from typing import Final

import polars as pl

_COMMON: Final = "^[\u4e00-\u9fff]*$"
"""Characters that are their own key; of them nearly all names consist."""
_DOTS: Final = r"[\u00b7\u2022\u2027\u2219\u22c5\u30fb]"  # used in foreign and minority names (page 3)
_UNCOMPARED: Final = rf"[\s\p{{Z}}\p{{Cc}}\p{{Cf}}\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]|{_DOTS}"
_POINT: Final = r"(\p{Han})\.(\p{Han})"

# GB 18030, bytes FE50 to FEA0 (without FE7F): where the editions of 2000 and 2005 have private use characters, E815 to
# E864, that of 2022 has these.
_PRIVATE: Final = (
    "⺁𠂇𠂉𠃌⺄㑳㑇⺈⺋龴㖞㘚㘎⺌⺗㥮㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠⺧𡗗龸⺪䁖䅟⺮䌷⺳⺶⺷𢦏䎱䎬⺻䏝䓖䙡䙌龹䜣䜩䝼䞍⻊"
    "䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶龺𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮龻"
)
# CJK Radicals Supplement, U+2E81 to U+2EF3. (The Kangxi radicals, U+2F00 on, are folded by NFKC.)
_RADICALS: Final = (
    "厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵⺚旡日月歺母民氵氺灬爫爫丬牛犭王𤴔目示礻𥫗糹纟罓罒"
    "㓁冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟"
    "卤麦黄黾斉齐歯齿竜龙龜亀龟"
)
_RADICAL_OF: Final = {chr(0x2E81 + place): unified for place, unified in enumerate(_RADICALS)}
_FOLDED: Final = _RADICAL_OF | {
    chr(0xE815 + place): _RADICAL_OF.get(character, character) for place, character in enumerate(_PRIVATE)
}


def name_key(text: pl.Expr) -> pl.Expr:
    """A name as it is compared: NFKC, one character for those that have several codes, without spaces, signs that nobody
    sees, variation selectors, and the dots of foreign and minority names (a full stop between Han characters is one)."""
    folded = text.str.replace_many(list(_FOLDED), list(_FOLDED.values())).str.normalize("NFKC")
    bare = folded.str.replace_all(_UNCOMPARED, "")
    # A character between two points belongs to both of them, and a match takes it: hence twice.
    return bare.str.replace_all(_POINT, "$1$2").str.replace_all(_POINT, "$1$2")


def name_keys(names: pl.Series) -> pl.Series:
    """`name_key` of each."""
    odd = (~names.str.contains(_COMMON)).arg_true()
    return names.alias("name_key").scatter(odd, names.gather(odd).to_frame().select(name_key(pl.first())).to_series())
