"""The report of a check date for the people who lead a bureau: published/<as_of>/report/index.html.

One self-contained page made from the finished analysts' database, Chinese first with an English switch, for the screen, a
phone and A4. Belongs here: queries for what it shows, words, shapes, sections. Does not belong here: a figure of its own;
what a number means is decided by the tables it is read from.
"""
