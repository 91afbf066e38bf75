"""What each department promises us and what we promise downstream, as ODCS v3 files.

Belongs here: contracts, code lists, and the loader that turns them into typed objects.
Does not belong here: parsing of files (assets/reading), legal values (policy), anything that computes.
"""

from data_contracts.contract import Code, Column, Contract, feed_contract, feed_contracts

__all__ = ["Code", "Column", "Contract", "feed_contract", "feed_contracts"]
