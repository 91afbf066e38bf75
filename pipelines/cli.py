"""The command line: `shouwang check | sample | explain | chain | due | clarify | verify | sign-off |
simulate | database | withdraw | doctor`.

Its words are Chinese and English."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from assets.errors import ShouwangError
from assets.home import Home, private
from pipelines import streams, unexpected


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
    commands = parser.add_subparsers(
        dest="command",
        required=True,
        metavar="check | sample | explain | chain | due | clarify | verify | sign-off | simulate | database | withdraw | doctor",
    )
    _add_check(commands, home)
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
    _add_verify_and_doctor(commands, home)
    _add_sign_off(commands, home)
    _add_chain_and_clarify(commands, home)
    _add_simulate(commands, home)
    _add_database(commands, home)
    _add_withdraw(commands, home)
    return parser


def _add_verify_and_doctor(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], home: argparse.ArgumentParser
) -> None:
    verify = commands.add_parser(
        "verify", parents=[home], help="证明发布与审计台账未被改动 / prove nothing was changed"
    )
    verify.add_argument("--json", action="store_true")
    verify.add_argument(
        "--head",
        type=Path,
        default=None,
        metavar="FILE",
        help="另存的 audit.head 副本 / a copy of audit.head kept elsewhere",
    )
    doctor = commands.add_parser("doctor", parents=[home], help="检查本机安装 / what is wrong with this installation")
    doctor.add_argument("--fix", action="store_true", help="收紧数据目录的权限 / close an open home folder")
    doctor.add_argument("--json", action="store_true")


def _add_chain_and_clarify(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], home: argparse.ArgumentParser
) -> None:
    chain = commands.add_parser(
        "chain", parents=[home], help="一户一条救助帮扶链 / everything that happened for one household"
    )
    chain.add_argument("household_id", metavar="HOUSEHOLD_ID", help="家庭编号 / household id")
    chain.add_argument(
        "--html", type=Path, default=None, metavar="FILE", help="写成一页, 可打印 / write one page to print"
    )
    clarify = commands.add_parser(
        "clarify", parents=[home], help="答复乡镇的点对点查看申请 / answer a township's request for one ticket"
    )
    clarify.add_argument("ticket_id", metavar="TICKET_ID", help="预警单编号 / ticket number")
    clarify.add_argument("--by", required=True, metavar="NAME", help="答复人姓名 / who answers")
    clarify.add_argument(
        "--on", type=_day, default=None, metavar="YYYY-MM-DD", help="答复日期, 默认今天 / day of the answer"
    )


def _add_simulate(commands: argparse._SubParsersAction[argparse.ArgumentParser], home: argparse.ArgumentParser) -> None:
    simulate = commands.add_parser(
        "simulate",
        parents=[home],
        help="政策试算: 换一组参数值, 已发布的各期会有何不同 / what if the policy had been another",
        description="已发布的各期按当时所知重算两遍: 现行政策一遍, 叠加试算值一遍, 比较疑点和预警单据。"
        "不开单、不改单, 不改动已发布内容。 / "
        "Published check dates done again as known then, under the present policy and with the given values laid over it.",
        epilog="取值规则与平时相同: 同一地区取截至核对日期最新的值, 较近的地区优先; 试算值替换同地区、同参数、同 from 的值。"
        "想让某值从首期起一直生效, from 写首期或更早, 并一并替换该地区其后更新的值; 不生效的值会逐一说明。 / "
        "Values are resolved as always: the newest `from` of an area by the check date wins, the nearest area first; a value "
        "given here replaces the one of the same area, parameter and `from`. For a value to count from the first date on, "
        "write a `from` of that day or earlier and replace newer values of that area too. Values that do not count are named.",
    )
    simulate.add_argument(
        "--policy",
        type=Path,
        default=None,
        metavar="FILE",
        help="政策文件或其目录; 不给则按现行规则与政策重算, 与已发布的比较 / a policy file, or a folder of them; "
        "without: what the present rules and policy change in what was published",
    )
    for name, dest, words in (
        ("--from", "first", "首期 / first check date"),
        ("--to", "last", "末期 / last check date"),
    ):
        simulate.add_argument(name, dest=dest, type=_day, required=True, metavar="YYYY-MM-DD", help=words)
    simulate.add_argument("--engine", default="duckdb", help="duckdb | polars | spark")
    simulate.add_argument("--wait", type=_count, default=0, metavar="SECONDS", help="有核对正在运行时最多等候的秒数")
    simulate.add_argument(
        "--json", action="store_true", help="向程序输出, 含家庭编号 / for programs, with household ids"
    )
    simulate.add_argument(
        "--html", type=Path, default=None, metavar="FILE", help="写成一页, 可打印 / write one page to print"
    )


def _add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser], home: argparse.ArgumentParser) -> None:
    check = commands.add_parser("check", parents=[home], help="核对一个日期并发布 / check one date and publish")
    check.add_argument("--as-of", type=_day, metavar="YYYY-MM-DD", help="核对日期 / check date")
    check.add_argument(
        "--replay-all",
        action="store_true",
        help="丢失 published/ 或 lake/checks/ 后, 按审计台账重建全部已发布日期 / after a loss: make every recorded date again",
    )
    check.add_argument(
        "--ahead", action="store_true", help="允许今天之后的日期(演练) / allow a date after today, for rehearsals"
    )
    check.add_argument("--engine", default="duckdb", help="duckdb | polars | spark")
    check.add_argument("--json", action="store_true", help="向程序输出摘要 / summary for programs")
    check.add_argument(
        "--replay", action="store_true", help="重做较早日期及其后各期 / redo an older date and later ones"
    )
    check.add_argument(
        "--without-rejected",
        action="store_true",
        help="整批退回且无替代的文件不阻止核对, 相关规则标为未核对 / go on where a rejected file leaves nothing in force",
    )
    check.add_argument("--full", action="store_true", help="全部重算, 不沿用上次核对的结果 / take nothing over")
    check.add_argument(
        "--wait",
        type=_count,
        default=0,
        metavar="SECONDS",
        help="另一个核对正在运行时最多等候的秒数 / seconds to wait for another check to end",
    )


def _add_withdraw(commands: argparse._SubParsersAction[argparse.ArgumentParser], home: argparse.ArgumentParser) -> None:
    words = "撤回最新一期的发布, 记入审计台账 / take the newest publication back, on record"
    withdraw = commands.add_parser("withdraw", parents=[home], help=words)
    withdraw.add_argument("date", type=_day, metavar="YYYY-MM-DD", help="最新的核对日期 / the newest check date")
    withdraw.add_argument("--by", required=True, metavar="NAME", help="责任人姓名 / who answers for it")
    withdraw.add_argument("--reason", required=True, metavar="TEXT", help="事由 / why")
    withdraw.add_argument("--engine", default="duckdb", help="duckdb | polars | spark")


def _add_sign_off(commands: argparse._SubParsersAction[argparse.ArgumentParser], home: argparse.ArgumentParser) -> None:
    sign_off = commands.add_parser(
        "sign-off", parents=[home], help="签认被暂停的规则或暂缓采用的文件 / release a held rule or a held file"
    )
    sign_off.add_argument("rule", nargs="?", metavar="RULE", help="规则代码 / rule code")
    sign_off.add_argument("--area", metavar="150626", help="6 位县级区划代码 / county code")
    sign_off.add_argument("--as-of", type=_day, metavar="YYYY-MM-DD", help="核对日期 / check date")
    sign_off.add_argument(
        "--delivery", metavar="FILE", help="行数大幅减少而暂缓采用的文件, 如 数据/文件名 / a held file, as feed/name"
    )
    sign_off.add_argument("--by", required=True, metavar="NAME", help="签认人姓名 / who signs off")
    sign_off.add_argument("--reason", default="", metavar="TEXT", help="理由 / reason")


def _add_database(commands: argparse._SubParsersAction[argparse.ArgumentParser], home: argparse.ArgumentParser) -> None:
    database = commands.add_parser(
        "database",
        parents=[home],
        help="生成未遮蔽的分析库, 记入审计台账 / the database unmasked, a deliberate and recorded act",
        description="遮蔽的分析库即 published/civil_affairs.duckdb, 复制即可 / the masked one is there already: copy it",
    )
    database.add_argument("--unmasked", action="store_true", required=True, help="身份号码与姓名不遮蔽 / in full")
    database.add_argument("--by", required=True, metavar="NAME", help="责任人姓名 / who answers for it")
    database.add_argument("--reason", required=True, metavar="TEXT", help="事由 / what it is for")
    database.add_argument("--out", type=Path, required=True, metavar="FILE", help="新文件 / a new file")


def _home(argument: Path | None) -> Home:
    chosen = argument or Path(os.environ.get("SHOUWANG_HOME") or "data")
    return Home(chosen.expanduser().absolute())


def _sample(options: argparse.Namespace) -> int:
    from pipelines.commands.sample import sample_command

    return sample_command(options)


def _explain(options: argparse.Namespace) -> int:
    from pipelines.commands.explain import explain, find_ticket

    home = _home(options.home)
    ticket = find_ticket(home, options.ticket_id)
    print(json.dumps(ticket, ensure_ascii=False, indent=1) if options.json else explain(home, ticket))
    return 0


def _due(options: argparse.Namespace) -> int:
    from pipelines.commands.due import due

    print(due(_home(options.home), options.date, options.area, as_json=options.json))
    return 0


def _chain(options: argparse.Namespace) -> int:
    from pipelines.commands.chain import chain_command

    print(chain_command(_home(options.home), options.household_id, options.html))
    return 0


def _clarify(options: argparse.Namespace) -> int:
    from pipelines.commands.clarify import clarify
    from pipelines.lock import beijing_now

    print(clarify(_home(options.home), options.ticket_id, options.by, options.on, beijing_now()))
    return 0


def _verify(options: argparse.Namespace) -> int:
    from pipelines.commands.verify import verify_command

    return verify_command(_home(options.home), options.json, options.head)


def _doctor(options: argparse.Namespace) -> int:
    from pipelines.commands.doctor import doctor_command

    return doctor_command(_home(options.home), options.fix, options.json)


def _database(options: argparse.Namespace) -> int:
    from pipelines.commands.database import unmasked_database
    from pipelines.lock import beijing_now

    print(unmasked_database(_home(options.home), options.out, options.by, options.reason, beijing_now()))
    return 0


def _check(options: argparse.Namespace) -> int:
    from pipelines.commands.check import check_command

    return check_command(options, _home(options.home))


def _withdraw(options: argparse.Namespace) -> int:
    from pipelines.commands.check import withdraw_command

    return withdraw_command(options, _home(options.home))


def _sign_off(options: argparse.Namespace) -> int:
    from pipelines.commands.sign_off_delivery import sign_off_command
    from pipelines.lock import beijing_now

    of_rule = (options.rule, options.area, options.as_of)
    print(sign_off_command(_home(options.home), of_rule, options.delivery, options.by, options.reason, beijing_now()))
    return 0


def _simulate(options: argparse.Namespace) -> int:
    from pipelines.check import STAGE_ZH
    from pipelines.screen import Progress
    from pipelines.simulate.page import write_page
    from pipelines.simulate.run import RUN_ZH, simulate, steps
    from pipelines.simulate.screen import print_simulation

    home = _home(options.home)
    with Progress(steps(home, options.policy, options.first, options.last), quiet=options.json) as progress:
        result = simulate(
            home,
            options.policy and options.policy.expanduser(),
            options.first,
            options.last,
            engine=options.engine,
            wait=options.wait,
            progress=lambda name, day, stage: progress.step(f"{day} {RUN_ZH[name]} {STAGE_ZH[stage]}", stage),
            say=progress.note,
        )
    if options.html is not None:
        write_page(result, options.html)
    if options.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
    else:
        print_simulation(result)
        if options.html is not None:
            print(f"已写入 / written: {options.html}")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: done; 1: a blocking check or the machine stopped it; 2: wrong use or a wrong policy file."""
    from policy.errors import PolicyError

    streams.prepare()
    options = _parser().parse_args(arguments)
    options.published = []  # check dates, filled in by what publishes
    command = {
        "check": _check,
        "sample": _sample,
        "explain": _explain,
        "due": _due,
        "chain": _chain,
        "clarify": _clarify,
        "verify": _verify,
        "sign-off": _sign_off,
        "simulate": _simulate,
        "database": _database,
        "withdraw": _withdraw,
        "doctor": _doctor,
    }[options.command]
    try:
        with private():
            return command(options)
    except ShouwangError as stopped:
        return _stopped(options, stopped.code, stopped.zh, stopped.en, stopped.exit_code)
    except PolicyError as wrong:
        en = "Correct the policy files named above; nothing was published."
        return _stopped(options, "policy", f"政策文件有误:\n{wrong}\n请更正上述文件, 未发布任何内容。", en, 2)
    except BrokenPipeError:  # the reader of our output (head, less) has gone: nothing is wrong
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except SystemExit:
        raise
    except BaseException as error:  # Polars' panics are no Exception
        return _stopped(options, *_words(error, options), 1)


def _words(error: BaseException, options: argparse.Namespace) -> tuple[str, str, str]:
    """Code, Chinese and English of what is no error of our own."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted", "已中断, 此前的发布未受影响。", "Interrupted; what was published is untouched."
    if isinstance(error, OSError) and error.errno:
        text = f"{error.strerror} {error.filename or ''}".strip()
        return "storage", f"读写失败: {text}", f"Reading or writing failed: {text}"
    home = _home(options.home) if hasattr(options, "home") else None
    zh, en = unexpected.words(error, home if home is not None and home.lake.is_dir() else None, options.published)
    return "unexpected", zh, "\n  ".join([en, *unexpected.places(error)])


def _stopped(options: argparse.Namespace, code: str, zh: str, en: str, exit_code: int) -> int:
    if options.published and code != "unexpected":  # which says so itself
        done_zh, done_en = unexpected.what_was_published(options.published)
        zh, en = f"{zh}\n  {done_zh}。", f"{en}\n  {done_en}."
    if getattr(options, "json", False):
        print(json.dumps({"status": "stopped", "code": code, "zh": zh, "en": en}, ensure_ascii=False, indent=1))
    print(f"✗ [{code}] {zh}\n  {en}", file=sys.stderr)
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
