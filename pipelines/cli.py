"""The command line: `shouwang check | sample | explain | due`. What is said to people is said in Chinese and English."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from assets.errors import ShouwangError, WrongUseError
from assets.home import Home


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"“{text}”不是日期, 请写成 2026-11-20 / {text!r} is no date, write 2026-11-20"
        ) from None


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"“{text}”应为正整数 / {text!r} should be a whole number above 0")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    home = argparse.ArgumentParser(add_help=False)
    home.add_argument(
        "--home",
        type=Path,
        default=None,
        metavar="DIR",
        help="数据目录, 默认 $SHOUWANG_HOME 或 ./data / home folder",
    )
    parser = argparse.ArgumentParser(
        prog="shouwang",
        description="守望: 部门数据进, 有依据、有期限的预警单据出 / departmental files in, warning tickets out",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="check | sample | explain | due")
    check = commands.add_parser("check", parents=[home], help="核对一个日期并发布 / check one date and publish")
    check.add_argument("--as-of", type=_day, required=True, metavar="YYYY-MM-DD", help="核对日期 / check date")
    check.add_argument("--engine", default="duckdb", help="duckdb | polars")
    check.add_argument("--json", action="store_true", help="向程序输出摘要 / summary for programs")
    check.add_argument(
        "--replay", action="store_true", help="重做较早日期及其后各期 / redo an older date and later ones"
    )
    check.add_argument(
        "--without-rejected",
        action="store_true",
        help="整批退回且无替代的文件不阻止核对, 相关规则标为未核对 / go on where a rejected file leaves nothing in force",
    )
    sample = commands.add_parser("sample", help="生成示例落地目录 / write a sample landing folder")
    sample.add_argument("--persons", type=_count, required=True, metavar="N")
    sample.add_argument("--out", type=Path, required=True, metavar="DIR")
    sample.add_argument("--seed", type=int, default=1)
    sample.add_argument("--area", default="150626", help="县级区划代码, 可用逗号分隔多个 / county code(s)")
    sample.add_argument("--months", type=_count, default=1, help="连续几个月的交换批次 / monthly deliveries")
    sample.add_argument(
        "--as-of", type=_day, default=None, metavar="YYYY-MM-DD", help="最后一个月的日期 / last check date"
    )
    sample.add_argument("--form", choices=("mixed", "csv", "parquet"), default="mixed", help="文件形式 / file form")
    explain = commands.add_parser("explain", parents=[home], help="用文字说明一张预警单 / one ticket in words")
    explain.add_argument("ticket_id", metavar="TICKET_ID")
    explain.add_argument("--json", action="store_true")
    due = commands.add_parser("due", parents=[home], help="某日开单的办理期限及理由 / the deadline for a date and why")
    due.add_argument("date", type=_day, metavar="YYYY-MM-DD")
    due.add_argument("--area", required=True, help="区划代码 / area code")
    due.add_argument("--json", action="store_true")
    return parser


def _home(argument: Path | None) -> Home:
    chosen = argument or Path(os.environ.get("SHOUWANG_HOME") or "data")
    return Home(chosen.expanduser().absolute())


def _check(options: argparse.Namespace) -> int:
    from pipelines.check import STAGE_ZH, STAGES, run_check
    from pipelines.screen import Progress, print_summary
    from pipelines.summary import summarise

    with Progress(len(STAGES), quiet=options.json) as progress:
        run = run_check(
            _home(options.home),
            options.as_of,
            engine=options.engine,
            replay=options.replay,
            without_rejected=options.without_rejected,
            progress=lambda stage: progress.step(STAGE_ZH[stage], stage),
        )
    summary = summarise(run)
    if options.json:
        print(json.dumps(summary, ensure_ascii=False, indent=1))
    else:
        print_summary(summary)
    return 0


def _sample(options: argparse.Namespace) -> int:
    from pipelines.screen import Progress
    from sample.generate import generate

    try:
        with Progress(1) as progress:
            summary = generate(
                options.out,
                options.persons,
                options.seed,
                options.area,
                options.months,
                as_of=options.as_of,
                form=options.form,
                progress=progress.share,
            )
    except FileExistsError:
        raise WrongUseError(
            "out_not_empty",
            f"{options.out} 中已有文件, 为避免混入, 请换一个空目录。",
            f"{options.out} already holds files; choose an empty folder so that nothing is mixed up.",
        ) from None
    except ValueError as error:
        raise WrongUseError(
            "bad_area", str(error), "Check --area: county codes of 6 digits, separated by commas."
        ) from None
    print(
        f"已生成 / written: {summary.persons:,} 人 persons, {summary.households:,} 户 households, "
        f"{sum(summary.rows.values()):,} 行 rows → {summary.out}\n对照 / truth: {summary.truth}"
    )
    return 0


def _explain(options: argparse.Namespace) -> int:
    from pipelines.explain import explain, find_ticket

    home = _home(options.home)
    ticket = find_ticket(home, options.ticket_id)
    print(json.dumps(ticket, ensure_ascii=False, indent=1) if options.json else explain(home, ticket))
    return 0


def _due(options: argparse.Namespace) -> int:
    from pipelines.due import due

    print(due(_home(options.home), options.date, options.area, as_json=options.json))
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: done; 1: a blocking check or the machine stopped it; 2: wrong use or a wrong policy file."""
    from policy.errors import PolicyError

    options = _parser().parse_args(arguments)
    command = {"check": _check, "sample": _sample, "explain": _explain, "due": _due}[options.command]
    try:
        return command(options)
    except ShouwangError as stopped:
        return _stopped(options, stopped.code, stopped.zh, stopped.en, stopped.exit_code)
    except PolicyError as wrong:
        en = "Correct the policy files named above; nothing was published."
        return _stopped(options, "policy", f"政策文件有误:\n{wrong}\n请更正上述文件, 未发布任何内容。", en, 2)
    except BrokenPipeError:  # the reader of our output (head, less) has gone: nothing is wrong
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        text = f"{error.strerror or type(error).__name__} {error.filename or ''}".strip()
        return _stopped(options, "storage", f"读写失败: {text}", f"Reading or writing failed: {text}", 1)
    except KeyboardInterrupt:
        return _stopped(
            options, "interrupted", "已中断, 此前的发布未受影响。", "Interrupted; what was published is untouched.", 1
        )


def _stopped(options: argparse.Namespace, code: str, zh: str, en: str, exit_code: int) -> int:
    if getattr(options, "json", False):
        print(json.dumps({"status": "stopped", "code": code, "zh": zh, "en": en}, ensure_ascii=False, indent=1))
    print(f"✗ [{code}] {zh}\n  {en}", file=sys.stderr)
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
