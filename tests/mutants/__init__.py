"""Faults that are seeded into copies of the package, one by one, to see that the tests catch them."""
