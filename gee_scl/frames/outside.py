"""Values that a scheme knows nothing of: pixels that are counted beside its classes, and warned of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gee_scl.classes.schemes import Scheme
from gee_scl.frames.answers import OUTSIDE
from gee_scl.options.caller_warning import warn_caller


def pixels_outside(rows: Sequence[Mapping[str, Any]], scheme: Scheme, band: str) -> float | None:
    """How many pixels of all rows have a value that is no code of the scheme's source; the caller is warned of them.

    Args:
        rows: as Earth Engine answers them.
        scheme: that was counted by.
        band: of class codes.

    Returns:
        The number, with fractions where pixels count by the part that lies in a region; None where there is none.

    Warns:
        UserWarning: there are some.
    """
    pixels = sum(float(row.get(OUTSIDE) or 0) for row in rows)
    if not pixels:
        return None
    source = ", ".join(map(str, scheme.source))
    warn_caller(
        f"{pixels:,.0f} pixels of the band {band!r} have values that scheme {scheme.name!r} does not know: it is made "
        f"for {source}. They count as no class, in the whole area of their region."
    )
    return pixels
