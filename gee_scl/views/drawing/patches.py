"""Filled shapes of figures: a class's colour and hatch, with a dark outline over it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gee_scl.views.drawing.paper import INK, THIN
from gee_scl.views.drawing.styles import ClassStyle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import Patch

    FloatArray = npt.NDArray[np.float64]


def class_patches(
    style: ClassStyle, shape: type[Patch], *arguments: Any, edge: float = THIN, **options: Any
) -> tuple[Patch, Patch]:
    """Make a filled, hatched patch, and its dark outline over it.

    Two, because a hatch has the colour of its patch's edge, which would hide a light hatch on a dark class.

    Args:
        style: colour and hatch.
        shape: the patch's type, such as Polygon or Rectangle.
        *arguments: of the patch.
        edge: width of the outline, in points.
        **options: of both patches.
    """
    fill = shape(*arguments, facecolor=style.color, edgecolor=style.hatch_color, hatch=style.hatch, lw=0, **options)
    fill.set_hatch_linewidth(0.5)
    outline = shape(*arguments, facecolor="none", edgecolor=INK, lw=edge, joinstyle="round", **options)
    return fill, outline


def add_shapes(ax: Axes, style: ClassStyle, corners: Sequence[FloatArray], **options: Any) -> None:
    """Draw polygons of a class, as one: a patch for each takes long where there are thousands.

    Args:
        ax: where; its limits stay as they are.
        style: colour and hatch.
        corners: of each polygon, n x 2; nothing is drawn where there is none.
        **options: as `class_patches` takes them.
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    if corners:
        path = Path.make_compound_path(*(Path(np.vstack([each, each[:1]]), closed=True) for each in corners))
        for patch in class_patches(style, PathPatch, path, **options):
            ax.add_artist(patch)


def rectangle(x: float, y: float, width: float, height: float) -> FloatArray:
    """List the corners of a rectangle, 4 x 2."""
    return np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])
