"""重度残疾未单独纳入低保."""

import narwhals as nw

from rules.expressions import Lazy, item_key
from rules.rule import rule


@rule(
    label_en="Severe disability without own dibao",
    direction="help",
    refer_to="disability_federation",
    need_zh="下列成员持有效重度残疾人证:{items}。",
    statement_zh="下列成员持有效重度残疾人证, 而本户未纳入低保或特困: {items}。",
    item_zh="{person_name}({person}), 残疾等级{grade}级",
)
def severe_disability_uncovered(certificates: Lazy, households: Lazy) -> Lazy:
    """A member holds a valid certificate of grade 1-2, or grade 3 of mind (智力, 精神), and no programme of the household
    gives basic support."""
    category, grade = nw.col("category"), nw.col("grade")
    severe = (grade <= 2) | (grade == 3) & ((category == 5) | (category == 6))
    uncovered = households.filter(~nw.col("has_basic_support")).select("household_id")
    rows = certificates.filter(severe).join(uncovered, on="household_id", how="inner")
    return rows.select("household_id", item_key("person_id"), "person_id", grade.cast(nw.String).alias("grade"))
