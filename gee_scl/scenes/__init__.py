"""Which images there are: finding them, the calendar they belong to, days as mosaics, and how clear they are.

It imports `regions` and what lies below.
"""
