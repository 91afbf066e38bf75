"""`shouwang sample`: a landing folder as departments would fill it."""

from __future__ import annotations

import argparse

from assets.errors import WrongUseError
from pipelines.screen import Progress
from sample.generate import generate


def sample_command(options: argparse.Namespace) -> int:
    """Write the landing folder that the options describe. WrongUseError for a folder in use and for areas that are none."""
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
