"""Statistics frames: building them from the server's answers, how one was made, and reading them again.

It imports `scenes`, `regions`, `classes` and what lies below.
"""
