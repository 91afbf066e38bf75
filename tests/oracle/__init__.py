"""An independent, naive, row-by-row reading of the specification.  See README.md; no project code is imported."""

from .model import Item, RuleResult, mask, masked
from .reading import Deliveries, Delivery, SetAside, read_landing
from .reports import Refused
from .ticket import Event, Matter, Ticket
from .watch import Expected, Watch, expected

__all__ = [
    "Deliveries", "Delivery", "Event", "Expected", "Item", "Matter", "Refused", "RuleResult", "SetAside", "Ticket",
    "Watch", "expected", "mask", "masked", "read_landing",
]  # fmt: skip
