"""The life of a warning ticket: identity, grouping, what an item's past means for it, events and status."""
