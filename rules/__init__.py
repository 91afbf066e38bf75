"""What counts: pure functions over facts. No Dagster, no engine, no clock, no files.

`findings/` holds the fifteen rules (one file each: file = function = code), `labels/` the five risk labels,
`facts/` what they reckon with, `admission.py` the gaps, `deadline.py` and `tickets/` the life of a ticket.
Expressions are narwhals', so that the same lines run in DuckDB, Polars and Spark.
"""
