"""From a departmental file to typed rows: forms, headers, cells, identity numbers, duplicates."""
