"""Why a row or a delivery is set aside: machine code, Chinese, English. One place for the words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """A machine code and what it means in both languages."""

    code: str
    zh: str
    en: str


ROW_REASONS: dict[str, Reason] = {
    r.code: r
    for r in (
        Reason("missing_value", "必填单元格为空", "a required cell is empty"),
        Reason("bad_code", "不在代码表中", "not in the code list"),
        Reason("bad_date", "日期无法识别", "not a date in an accepted form"),
        Reason("bad_period", "所属期应为 YYYYMM", "not a period YYYYMM"),
        Reason("bad_number", "不是数字", "not a number"),
        Reason("out_of_range", "数值超出允许范围", "number outside the allowed range"),
        Reason("bad_format", "格式不符", "does not have the required form"),
        Reason("id_format", "身份号码应为18位(或15位旧号)", "an identity number has 18 characters (or 15, old form)"),
        Reason("id_check_digit", "身份号码校验码错误", "wrong check digit in the identity number"),
        Reason("id_birth_date", "身份号码中的出生日期不成立", "impossible birth date in the identity number"),
        Reason(
            "id_rounded",
            "身份号码已被 Excel 舍入, 无法还原, 请以文本格式重报",
            "the identity number was rounded by Excel and cannot be restored: send it again as text",
        ),
        Reason("id_birth_mismatch", "身份号码与出生日期不一致", "identity number and birth date disagree"),
        Reason("id_sex_mismatch", "身份号码与性别不一致", "identity number and sex disagree"),
        Reason("duplicate_key", "主键重复, 保留首行", "the key occurs before in this file; the first row stays"),
        Reason("duplicate_row", "整行重复, 保留首行", "the same row occurs before in this file"),
        Reason("field_count", "列数与表头不符", "the number of fields differs from the header"),
        Reason("unclosed_quote", "引号未闭合", "a quotation mark is not closed"),
        Reason("undecodable", "含无法解码的字节", "bytes that cannot be decoded"),
        Reason("bad_json", "该行不是 JSON 对象", "the line is not a JSON object"),
        Reason(
            "read_only_changed",
            "只读单元格被改动, 无法确认该行是哪张预警单的结果; 请从原工作簿复制该行, 重新填写后提交",
            "a read-only cell of the workbook was changed, so it is not sure whose outcome this is: take the row from the "
            "published workbook and fill it in again",
        ),
    )
}

DELIVERY_REASONS: dict[str, Reason] = {
    r.code: r
    for r in (
        Reason("unreadable", "文件无法读取", "the file cannot be read"),
        Reason("truncated", "文件末尾不完整(缺少换行), 可能被截断", "no newline at the end: the file looks cut off"),
        Reason("empty", "文件没有表头", "the file has no header"),
        Reason("header_missing", "缺少必需的列", "a required column is missing"),
        Reason("header_repeated", "同一列出现两次", "a column occurs twice"),
        Reason("too_many_bad_rows", "不合格行超过合同比例", "more bad rows than the contract allows"),
        Reason("name_taken", "该文件名已被另一内容占用", "the name is already taken by a file with other content"),
        Reason("bad_name", "文件名不符合约定", "the file name does not follow the agreement"),
        Reason("unknown_feed", "没有此数据的合同", "there is no contract for this feed"),
    )
}


class DeliveryBrokenError(Exception):
    """A delivery that is refused as a whole. `detail_*` never holds cell values, only names of columns and counts."""

    def __init__(self, code: str, detail_zh: str = "", detail_en: str = "") -> None:
        self.reason = DELIVERY_REASONS[code]
        self.detail_zh = detail_zh
        self.detail_en = detail_en
        super().__init__(f"{code}: {self.reason.zh} {detail_zh} / {self.reason.en} {detail_en}")
