"""The warning of regions of which there is nothing to say."""

from __future__ import annotations

from collections.abc import Sequence

from gee_scl.options.caller_warning import warn_caller

__all__ = ["RegionWarning"]


class RegionWarning(UserWarning):
    """A region of which there is nothing to say, such as one that no image meets.

    Examples:
        >>> import warnings
        >>> with warnings.catch_warnings(record=True, action="always") as caught:
        ...     frame = gee_scl.class_statistics(image, fields, id="name")
        >>> print(caught[0].message)
        1 of 6 regions meet no image: 'Mountain'
        >>> frame.attrs["gee_scl"]["regions_without_image"]
        ['Mountain']
    """


def warn_of_regions(ids: Sequence[object], total: int, what: str, more: str = "") -> None:
    """Warn the caller of some regions.

    Args:
        ids: of these regions; none is no warning.
        total: how many regions there are.
        what: is the matter with them.
        more: to be said.
    """
    if ids:
        named = ", ".join(map(repr, ids[:10])) + (", ..." if len(ids) > 10 else "")
        warn_caller(f"{len(ids)} of {total} regions {what}: {named}{'. ' if more else ''}{more}", RegionWarning)
