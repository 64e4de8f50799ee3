"""Anything a user calls a region, read into one checked value, and what it becomes on Earth Engine.

It imports `requests` and what lies below.
"""
