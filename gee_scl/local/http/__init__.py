"""The REST API as HTTP: which address is which method, how answers and refusals are written, and failing on demand.

It stands above the engine and may import all of it; only `server` imports it.
"""
