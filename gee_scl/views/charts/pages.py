"""Pages of a chart of many: which of its items one page holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

from gee_scl.errors import ArgumentError
from gee_scl.options.checks import whole_number

Item = TypeVar("Item")


def page_of(items: Sequence[Item], page: int, most: int) -> tuple[list[Item], str]:
    """Take the items of a page, and say which they are, if there are more pages.

    Args:
        items: all of them.
        page: which page, from 1.
        most: items on a page.

    Raises:
        ArgumentError: there is no such page, or one of both is no whole number.
    """
    most, page = whole_number("most", most, 1), whole_number("page", page, 1)
    pages = max(1, math.ceil(len(items) / most))
    if page > pages:
        raise ArgumentError("page", page, f"a page from 1 to {pages}")
    first = (page - 1) * most
    on_page = list(items[first : first + most])
    return on_page, f"{first + 1}–{first + len(on_page)} of {len(items)}" if pages > 1 else ""
