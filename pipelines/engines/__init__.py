"""What computes: DuckDB, Polars or Spark, with how much memory and which folder for what does not fit."""
