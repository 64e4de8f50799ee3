"""Measuring: how much of each class is in each region, and which class became which.

It imports `frames`, `expressions` and what lies below.
"""
