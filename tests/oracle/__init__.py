"""An independent, naive, row-by-row reading of the specification.  See README.md; no project code is imported."""

from .model import Item, RuleResult, mask, masked
from .reading import Deliveries, Delivery, SetAside, read_landing
from .tickets import Ticket
from .watch import Expected, Watch, expected

__all__ = [
    "Deliveries", "Delivery", "Expected", "Item", "RuleResult", "SetAside", "Ticket", "Watch", "expected", "mask",
    "masked", "read_landing",
]  # fmt: skip
