"""The one door to the server: what is asked, how it fails, what is done several at a time, and within which limits.

It imports `session`, `options` and `errors`.
"""
