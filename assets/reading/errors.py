"""Why a row or a delivery is set aside: machine code, Chinese, English. One place for the words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


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
        Reason(
            "list_in_cell",
            "一个单元格内填了多项, 请每项单列一行重报",
            "several entries in one cell: send a row for each",
        ),
        Reason("bad_date", "日期无法识别", "not a date in an accepted form"),
        Reason("bad_period", "所属期应为 YYYYMM", "not a period YYYYMM"),
        Reason("bad_number", "不是数字", "not a number"),
        Reason(
            "number_format",
            "一格应为一个数字: 有换行、第二个数字或①¹一类字符",
            "one number a cell: there is a line break, a second number, or a circled or raised digit",
        ),
        Reason(
            "cell_error",
            "单元格为错误值(#N/A 等)或未保存结果的公式, 内容未知",
            "the cell shows an error (such as #N/A) or holds a formula without a stored value: what it says is not known",
        ),
        Reason("out_of_range", "数值超出允许范围", "number outside the allowed range"),
        Reason("bad_format", "格式不符", "does not have the required form"),
        Reason("id_format", "身份号码应为18位(或15位旧号)", "an identity number has 18 characters (or 15, old form)"),
        Reason("id_check_digit", "身份号码校验码错误", "wrong check digit in the identity number"),
        Reason("id_birth_date", "身份号码中的出生日期不成立", "impossible birth date in the identity number"),
        Reason(
            "id_rounded",
            "号码已被舍入(科学计数法或超过15位的数值), 无法还原, 请以文本格式重报",
            "the number was rounded (scientific notation, or a numeric cell of more than 15 digits) and cannot be restored: "
            "send it again as text",
        ),
        Reason("id_birth_mismatch", "身份号码与出生日期不一致", "identity number and birth date disagree"),
        Reason("id_sex_mismatch", "身份号码与性别不一致", "identity number and sex disagree"),
        Reason("duplicate_key", "主键重复, 保留首行", "the key occurs before in this file; the first row stays"),
        Reason("duplicate_row", "整行重复, 保留首行", "the same row occurs before in this file"),
        Reason("field_count", "列数与表头不符", "the number of fields differs from the header"),
        Reason("unclosed_quote", "引号未闭合", "a quotation mark is not closed"),
        Reason("undecodable", "含无法解码的字节", "bytes that cannot be decoded"),
        Reason(
            "footer",
            "表尾说明行(合计、制表人等), 不是数据, 不计入不合格比例",
            "a line below the table (a total, who prepared it): no data, not counted as a bad row",
        ),
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
        Reason(
            "truncated", "文件末尾不完整, 可能传输中断, 请重新传送", "the end of the file is missing: send it again"
        ),
        Reason("empty", "文件是空的", "the file is empty"),
        Reason("password", "文件设有密码, 请取消密码后重新提交", "the file is protected by a password: remove it"),
        Reason(
            "old_excel",
            "文件是旧版 Excel(.xls)或其他二进制格式, 请另存为 .xlsx",
            "the file is an old Excel file (.xls) or another binary one: save it as .xlsx",
        ),
        Reason(
            "html_or_xml",
            "文件内容是网页(HTML)或 XML, 不是表格文件, 请在 Excel 或 WPS 中打开后另存为 .xlsx",
            "the file is a page (HTML) or XML: open it in Excel or WPS and save it as .xlsx",
        ),
        Reason(
            "archive", "文件是压缩包, 请解压后逐个提交", "the file is an archive: unpack it and deliver what is in it"
        ),
        Reason("folder", "这是文件夹, 不是文件, 请放入其中的文件", "a folder, not a file: deliver the files in it"),
        Reason("json_array", "JSON 数组中有元素不是对象", "an element of the JSON array is no object"),
        Reason(
            "merged_cells",
            "关键列中有合并单元格, 请取消合并并逐行填写",
            "cells of a key column are merged: unmerge them and fill in every row",
        ),
        Reason(
            "several_tables",
            "不止一个工作表有本数据的表头和数据, 请合并到一个工作表",
            "more than one sheet holds this table: put it into one sheet",
        ),
        Reason("bad_type", "列的数据类型无法读取", "a column is of a type that cannot be read"),
        Reason("too_large", "文件超出数据规范的限制", "the file is beyond the limits of its contract"),
        Reason(
            "changed_while_read",
            "读取过程中文件发生变化, 请等传送结束, 下次核对会重新读取",
            "the file changed while it was read: the next check reads it again",
        ),
        Reason("header_missing", "缺少必需的列", "a required column is missing"),
        Reason("header_repeated", "同一列出现两次", "a column occurs twice"),
        Reason("too_many_bad_rows", "不合格行超过合同比例", "more bad rows than the contract allows"),
        Reason(
            "shrunk",
            "行数比此前在用批次大幅减少, 暂缓采用",
            "far fewer rows than the delivery in force before it: held",
        ),
        Reason("link", "是链接, 不予读取; 请放入文件本身", "a link: not followed, put the file itself there"),
        Reason("name_taken", "该文件名已被另一内容占用", "the name is already taken by a file with other content"),
        Reason("bad_name", "文件名不符合约定", "the file name does not follow the agreement"),
        Reason(
            "unknown_book",
            "不是本系统发出的工作簿, 或其标识已丢失; 请从原工作簿重新填写, 另存为 xlsx 后再放入",
            "no workbook that was published here, or its mark is lost: fill in the published one again and save it as xlsx",
        ),
        Reason("unknown_feed", "没有此数据的合同", "there is no contract for this feed"),
    )
}


MAY_PASS: Final = frozenset(("changed_while_read", "unreadable"))
"""Refusals whose cause may lie here and not in the bytes: the next check tries again."""


class DeliveryBrokenError(Exception):
    """A delivery that is refused as a whole. `detail_*` never holds cell values, only names of columns and counts."""

    def __init__(self, code: str, detail_zh: str = "", detail_en: str = "") -> None:
        self.reason = DELIVERY_REASONS[code]
        self.detail_zh = detail_zh
        self.detail_en = detail_en
        super().__init__(f"{code}: {self.reason.zh} {detail_zh} / {self.reason.en} {detail_en}")


def too_large(what_zh: str, what_en: str, found: int | None, limit: int) -> DeliveryBrokenError:
    """A file beyond a limit of its contract. `found`: None where nobody counted to the end."""
    size = "" if found is None else f"{found:,} > "
    return DeliveryBrokenError("too_large", f"{what_zh}: {size}{limit:,}", f"{what_en}: {size}{limit:,}")
