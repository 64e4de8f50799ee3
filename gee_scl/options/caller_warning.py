"""Warnings that point at the caller's own line, however deep in the package they are found."""

from __future__ import annotations

import contextlib
import sys
import warnings
from pathlib import Path

_NOT_THE_CALLER = (str(Path(__file__).parents[1]), contextlib.__file__)
"""What this package's code lies in, and what enters its context managers."""


def warn_caller(text: str, category: type[Warning] = UserWarning) -> None:
    """Warn, at the first line above that is not of this package.

    Args:
        text: what there is to say.
        category: of the warning.
    """
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_NOT_THE_CALLER):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, category, stacklevel=level)
