"""Tables of the analysts' database: one maker a table, a pure function called like it (makers.py)."""
