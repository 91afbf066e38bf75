"""`shouwang simulate`: what would have been found, and who would have had a ticket, under other policy values."""
