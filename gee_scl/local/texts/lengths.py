"""How long one list or string of an expression may become, so that a short expression cannot use up the memory."""

from __future__ import annotations

from gee_scl.local.errors import LimitError

MAX_LENGTH = 1_000_000
"""A resource guard of this engine, not a limit that Earth Engine documents."""


def check_length(length: float, algorithm: str) -> None:
    """Refuse to make a list or a string that is too long.

    Args:
        length: how many elements or characters it would have.
        algorithm: for the error.

    Raises:
        LimitError: it would have more than `MAX_LENGTH`.
    """
    if not length <= MAX_LENGTH:
        raise LimitError(
            f"{algorithm}: the result would have {length:.0f} elements or characters; at most {MAX_LENGTH}."
        )
