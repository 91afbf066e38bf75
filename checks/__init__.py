"""What must hold of a publication: business expectations (great-expectations) and the page that shows their results.

Belongs here: expectations about published tables, reading the few small frames they need, the result page.
Does not belong here: contracts of single files (data_contracts, assets/reading), the blocking counts before
publication (assets/reconciliation), anything that runs on large tables.
"""
