"""Pandera without the Spark it would bring along.

Where pyspark is installed, `import pandera` imports pyspark.pandas: half a second, a warning on the screen, and
SPARK_LOCAL_IP set to the loopback address for everything started later, with which no cluster could answer us.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import Any, Final

BROUGHT_ALONG: Final = "pyspark.pandas"
ADDRESS: Final = "SPARK_LOCAL_IP"


@cache
def pandera_polars() -> Any:
    """The module pandera.polars."""
    modules: dict[str, Any] = sys.modules
    loaded, address = modules.get(BROUGHT_ALONG), os.environ.get(ADDRESS)
    modules[BROUGHT_ALONG] = None  # Python's way to say: there is none
    try:
        import pandera.polars as pa
    finally:
        del modules[BROUGHT_ALONG]
        if loaded is not None:
            modules[BROUGHT_ALONG] = loaded
        if address is None:
            os.environ.pop(ADDRESS, None)
    return pa
