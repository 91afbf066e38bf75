"""What the law says: dated parameters with their clause, and the working-day calendar.

`parameters` lists what can be decided, the YAML files decide it, `policy` finds the value in force for an area and a
check date. Nothing here knows rules, households, engines or the clock.
"""
