"""The grid that pixels are counted on."""

from __future__ import annotations

from dataclasses import dataclass

from gee_scl.options.checks import checked_scale
from gee_scl.options.crs import checked_crs


@dataclass(frozen=True)
class Grid:
    """The grid to count on, as far as the caller has said.

    Attributes:
        crs: a code or WKT, or None for the band's own.
        scale: metres per pixel, or None for the band's own.
    """

    crs: str | None = None
    scale: float | None = None

    @classmethod
    def of(cls, scale: object, crs: object) -> Grid:
        """From a caller's arguments.

        Raises:
            ArgumentError: one that cannot be used.
        """
        return cls(checked_crs(crs), checked_scale(scale))

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it is left to the band."""
        return self.crs is not None and self.scale is not None
