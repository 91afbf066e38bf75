"""An error nobody foresaw, as people see it: its kind and its places in our code. Its text is left out: texts of libraries
may quote cells, and logs are kept."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]


def words(error: BaseException) -> tuple[str, str]:
    """What to say in Chinese and English."""
    kind = type(error).__name__
    return (
        f"程序意外中断({kind}), 未发布任何内容; 请把下列位置交给维护人员。",
        f"Unexpected {kind}, nothing was published; send the places below to whoever maintains this.",
    )


def places(error: BaseException) -> list[str]:
    """`file:line function` of our own code, outermost first."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if Path(f.filename).is_relative_to(ROOT) and ".venv" not in Path(f.filename).parts]
    return [f"{Path(f.filename).relative_to(ROOT)}:{f.lineno} {f.name}" for f in ours]
