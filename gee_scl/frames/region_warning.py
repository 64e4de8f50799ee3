"""The warning of regions of which there is nothing to say."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

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


def warn_of_regions(ids: Sequence[object], total: int, what: str, stacklevel: int = 3) -> None:
    """Warn the caller's caller of some regions.

    Args:
        ids: of these regions; none is no warning.
        total: how many regions there are.
        what: is the matter with them.
        stacklevel: of the warning.
    """
    if ids:
        named = ", ".join(map(repr, ids[:10])) + (", ..." if len(ids) > 10 else "")
        warnings.warn(f"{len(ids)} of {total} regions {what}: {named}", RegionWarning, stacklevel=stacklevel)
