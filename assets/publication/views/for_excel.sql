-- 导出到 Excel/WPS 的单元格:SELECT for_excel(COLUMNS(*)) FROM unmet_need,长数字后加制表符、公式样文字前加撇号,数值不变
-- A cell on its way to a spreadsheet: long numbers get a trailing tab, what looks like a formula an apostrophe (as in
-- our own CSV files, assets/publication/spreadsheet_text.py). Numbers and dates stay as they are.
CREATE MACRO for_excel(wanted_cell) AS
CASE
    WHEN typeof(wanted_cell) <> 'VARCHAR'
        THEN CAST(wanted_cell AS VARCHAR)
    WHEN regexp_matches(regexp_replace(CAST(wanted_cell AS VARCHAR), '[\r\n]+', ' ', 'g'), '^[=+\-@\t＝＋－＠]')
        THEN '''' || regexp_replace(CAST(wanted_cell AS VARCHAR), '[\r\n]+', ' ', 'g')
    WHEN regexp_full_match(CAST(wanted_cell AS VARCHAR), '[0-9]{16,}|0[0-9]+|[0-9]+[eE][0-9]+')
        THEN CAST(wanted_cell AS VARCHAR) || chr(9)
    ELSE regexp_replace(CAST(wanted_cell AS VARCHAR), '[\r\n]+', ' ', 'g')
END;
