"""Values that a scheme knows nothing of: pixels that are counted beside its classes, and warned of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gee_scl.classes.schemes import Scheme
from gee_scl.frames.answers import OUTSIDE
from gee_scl.options.caller_warning import warn_caller

if TYPE_CHECKING:
    from gee_scl.frames.measured import Measured


def pixels_outside(measured: Measured, scheme: Scheme, band: str) -> float | None:
    """Likewise, of what was measured."""
    return warn_of_outside(float(measured.column(OUTSIDE).sum()), scheme, band)


def warn_of_outside(pixels: float, scheme: Scheme, band: str) -> float | None:
    """How many pixels of all rows have a value that is no code of the scheme's source; the caller is warned of them.

    Args:
        pixels: of all rows.
        scheme: that was counted by.
        band: of class codes.

    Returns:
        The number, with fractions where pixels count by the part that lies in a region; None where there is none.

    Warns:
        UserWarning: there are some.
    """
    if not pixels:
        return None
    source = ", ".join(map(str, scheme.source))
    warn_caller(
        f"{pixels:,.0f} pixels of the band {band!r} have values that scheme {scheme.name!r} does not know: it is made "
        f"for {source}. They count as no class, in the whole area of their region."
    )
    return pixels
