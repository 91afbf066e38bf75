"""How Dagster sees the check: assets, jobs, sensors, what runs say."""
