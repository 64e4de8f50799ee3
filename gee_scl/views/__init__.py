"""What people look at: a picture with its name, legend and codes, and all that shows it.

It imports `exports`, `statistics` and what lies below.
"""

from __future__ import annotations

from gee_scl.views.view import View, class_view, mask_view, percent_view, true_color_view

__all__ = ["View", "class_view", "mask_view", "percent_view", "true_color_view"]


def __dir__() -> list[str]:
    return __all__
