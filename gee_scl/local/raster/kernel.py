"""Kernels: the weights of a neighbourhood, known at once in pixels, or once the scale is known in metres."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gee_scl.local.errors import EvaluationError, LimitError
from gee_scl.local.texts.java import number_text

Array = npt.NDArray[np.float64]
Units = Literal["pixels", "meters"]

MAX_RADIUS = 512
"""Pixels; Earth Engine refuses kernels that reach further."""

_ROUNDING = 1e-9
"""Metres divided by a scale may miss a whole number of pixels by the last bits."""


@dataclass(frozen=True, eq=False)
class Weights:
    """A kernel on one pixel grid.

    Attributes:
        values: rows from top to bottom.
        center: column and row of the focus.
    """

    values: Array
    center: tuple[int, int]

    def normalized(self) -> Weights:
        """Weights that sum to 1. What sums to 0, such as an edge detector, cannot, and stays."""
        # Summed one by one, as the server does; its printed weights show the last bit.
        total = float(np.cumsum(self.values)[-1])
        return self if total == 0 else self._with(self.values / total)

    def scaled(self, magnitude: float) -> Weights:
        """Each weight times a number."""
        return self._with(self.values * magnitude)

    def inverted(self) -> Weights:
        """One over each weight; 0 stays 0."""
        nothing = np.zeros_like(self.values)
        return self._with(np.divide(1.0, self.values, out=nothing, where=self.values != 0))

    def rotated(self, quarters: int) -> Weights:
        """Turned clockwise by quarters."""
        height, width = self.values.shape
        x, y = self.center
        for _ in range(quarters % 4):
            x, y, height, width = height - 1 - y, x, width, height
        return Weights(np.rot90(self.values, -quarters), (x, y))

    def plus(self, other: Weights) -> Weights:
        """The sum of both, centre on centre."""
        x, y = (max(a, b) for a, b in zip(self.center, other.center, strict=True))
        right, below = (max(a, b) for a, b in zip(self._after(), other._after(), strict=True))
        total = np.zeros((y + 1 + below, x + 1 + right))
        for part in (self, other):
            height, width = part.values.shape
            left, top = x - part.center[0], y - part.center[1]
            total[top : top + height, left : left + width] += part.values
        return Weights(total, (x, y))

    def _after(self) -> tuple[int, int]:
        height, width = self.values.shape
        return width - 1 - self.center[0], height - 1 - self.center[1]

    def _with(self, values: Array) -> Weights:
        return Weights(values, self.center)


@dataclass(frozen=True, eq=False)
class Kernel:
    """A neighbourhood with weights.

    Attributes:
        type: Earth Engine's name of what made it, such as "Kernel.circle".
        units: "pixels", or "meters" where the weights follow from the scale.
        build: the weights at a scale in metres per pixel.
        radius: in `units`, where there is one.
    """

    type: str
    units: Units
    build: Callable[[float], Weights]
    radius: float | None = None

    def at(self, scale: float) -> Weights:
        """Weights and centre where a pixel is `scale` metres wide; in pixels the scale does not matter.

        Raises:
            LimitError: the kernel reaches further than `MAX_RADIUS` pixels.
        """
        return self.build(scale)

    def weights_at(self, scale: float) -> Array:
        """The weights where a pixel is `scale` metres wide, rows from top to bottom."""
        return self.at(scale).values

    def center_at(self, scale: float) -> tuple[int, int]:
        """Column and row of the focus where a pixel is `scale` metres wide."""
        return self.at(scale).center

    def derived(self, type_name: str, change: Callable[..., Weights], *others: Kernel) -> Kernel:
        """A kernel made of the weights of this one and others; in metres as soon as one of them is."""
        sources = (self, *others)
        units: Units = "meters" if any(k.units == "meters" for k in sources) else "pixels"
        return Kernel(type_name, units, lambda scale: change(*(k.at(scale) for k in sources)))

    def describe(self) -> dict[str, Any]:
        """What getInfo prints; a kernel in metres has no weights yet."""
        described: dict[str, Any] = {"type": self.type}
        if self.radius is not None:
            described["radius"] = int(self.radius) if self.radius == int(self.radius) else self.radius
        if self.units == "meters":
            return {**described, "units": self.units}
        weights = self.at(1)
        rows = (f"[{', '.join(map(number_text, row))}]" for row in weights.values.tolist())
        return {**described, "center": list(weights.center), "weights": "\n  ".join(rows)}


Shape = Callable[[Array, Array, float], npt.NDArray[Any]]
"""From offsets in x and y and the radius, all in pixels, to weights."""

SHAPES: dict[str, Shape] = {
    "Kernel.square": lambda x, y, r: np.ones(np.broadcast(x, y).shape),
    "Kernel.circle": lambda x, y, r: x * x + y * y <= r * r + _ROUNDING,
    "Kernel.diamond": lambda x, y, r: abs(x) + abs(y) <= r + _ROUNDING,
    # Regular, with the radius as inradius: at radius 3 the rows hold 3, 5, 7, 7, 7, 5 and 3 pixels (documented).
    "Kernel.octagon": lambda x, y, r: abs(x) + abs(y) <= math.sqrt(2) * r,
    "Kernel.plus": lambda x, y, r: (x == 0) | (y == 0),
    "Kernel.cross": lambda x, y, r: abs(x) == abs(y),
    "Kernel.euclidean": lambda x, y, r: np.sqrt(x * x + y * y),
    "Kernel.manhattan": lambda x, y, r: abs(x) + abs(y),
    "Kernel.chebyshev": lambda x, y, r: np.maximum(abs(x), abs(y)),
}
"""Kernels of one radius (weights as printed in Earth Engine's reference)."""

EDGES: dict[str, list[list[float]]] = {
    "Kernel.laplacian4": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "Kernel.laplacian8": [[1, 1, 1], [1, -8, 1], [1, 1, 1]],
    "Kernel.sobel": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "Kernel.roberts": [[1, 0], [0, -1]],
    "Kernel.prewitt": [[1, 0, -1], [1, 0, -1], [1, 0, -1]],
    "Kernel.compass": [[1, 1, -1], [1, -2, -1], [1, 1, -1]],
    "Kernel.kirsch": [[5, -3, -3], [5, 0, -3], [5, -3, -3]],
}
"""Edge detectors (weights as printed in Earth Engine's reference)."""


def shaped(name: str, radius: float, units: str, normalize: bool, magnitude: float) -> Kernel:
    """A kernel of `SHAPES`.

    Args:
        name: which.
        radius: in `units`.
        units: "pixels" or "meters".
        normalize: make the weights sum to 1 first.
        magnitude: then multiply them by this.
    """
    shape = SHAPES[name]

    def build(radius_pixels: float) -> Weights:
        x, y = _offsets(name, radius_pixels, radius_pixels)
        return _centered(shape(x, y, radius_pixels))

    return _resizing(name, units, radius, build, normalize, magnitude)


def gaussian(radius: float, sigma: float, units: str, normalize: bool, magnitude: float) -> Kernel:
    """A sampled Gaussian; `sigma` is in the units of the radius."""
    if sigma <= 0:
        raise EvaluationError(f"Kernel.gaussian: sigma must be positive, not {sigma:g}.")

    def build(radius_pixels: float) -> Weights:
        deviation = sigma * radius_pixels / radius if radius else sigma
        x, y = _offsets("Kernel.gaussian", radius_pixels, radius_pixels)
        density = np.exp(-(x * x + y * y) / (2 * deviation**2)) * (1 / (2 * math.pi * deviation**2))
        return _centered(density)

    return _resizing("Kernel.gaussian", units, radius, build, normalize, magnitude)


def rectangle(x_radius: float, y_radius: float, units: str, normalize: bool, magnitude: float) -> Kernel:
    """A rectangle of ones, from `x_radius` left of the centre to `x_radius` right of it."""

    def build(factor: float) -> Weights:
        x, y = _offsets("Kernel.rectangle", x_radius * factor, y_radius * factor)
        return _centered(np.ones(np.broadcast(x, y).shape))

    return _resizing("Kernel.rectangle", units, 1, build, normalize, magnitude, show_radius=False)


def edge(name: str, magnitude: float, normalize: bool) -> Kernel:
    """A kernel of `EDGES`."""
    weights = _finish(_centered(np.array(EDGES[name], np.float64)), normalize, magnitude)
    return Kernel(name, "pixels", lambda _: weights)


def fixed(rows: list[list[float]], center: tuple[int, int] | None, normalize: bool) -> Kernel:
    """A kernel of given weights.

    Args:
        rows: from top to bottom, all of one length.
        center: column and row of the focus; by default the middle.
        normalize: make the weights sum to 1.
    """
    if not rows or not rows[0] or any(len(row) != len(rows[0]) for row in rows):
        raise EvaluationError("Kernel.fixed: 'weights' must be a list of rows of the same length.")
    _check_reach("Kernel.fixed", max(len(rows), len(rows[0])) / 2)
    weights = _centered(np.array(rows, np.float64))
    if center is not None:
        height, width = weights.values.shape
        if not (0 <= center[0] < width and 0 <= center[1] < height):
            raise EvaluationError(f"Kernel.fixed: the focus {center} is outside of the {width} x {height} weights.")
        weights = Weights(weights.values, center)
    weights = _finish(weights, normalize, 1)
    return Kernel("Kernel.fixed", "pixels", lambda _: weights)


def _resizing(
    type_name: str,
    units: str,
    radius: float,
    build: Callable[[float], Weights],
    normalize: bool,
    magnitude: float,
    *,
    show_radius: bool = True,
) -> Kernel:
    """A kernel whose size in pixels follows from its units; `build` takes the radius in pixels."""
    if radius < 0:
        raise EvaluationError(f"{type_name}: the radius must not be negative, but is {radius:g}.")
    shown = radius if show_radius else None
    if units == "meters":
        return Kernel(type_name, "meters", lambda scale: _finish(build(radius / scale), normalize, magnitude), shown)
    if units != "pixels":
        raise EvaluationError(f"{type_name}: units must be 'pixels' or 'meters', not {units!r}.")
    weights = _finish(build(radius), normalize, magnitude)
    return Kernel(type_name, "pixels", lambda _: weights, shown)


def _finish(weights: Weights, normalize: bool, magnitude: float) -> Weights:
    return (weights.normalized() if normalize else weights).scaled(magnitude)


def _offsets(type_name: str, x_radius: float, y_radius: float) -> tuple[Array, Array]:
    """Columns and rows around a centre: as many whole pixels as the radius holds."""
    for radius in (x_radius, y_radius):
        _check_reach(type_name, radius)
    columns, rows = (math.floor(r + _ROUNDING) for r in (x_radius, y_radius))
    return (
        np.arange(-columns, columns + 1, dtype=np.float64)[np.newaxis, :],
        np.arange(-rows, rows + 1, dtype=np.float64)[:, np.newaxis],
    )


def _check_reach(type_name: str, radius: float) -> None:
    if not radius <= MAX_RADIUS:
        raise LimitError(
            f"{type_name}: The kernel is too large: its radius is {radius:g} pixels, at most {MAX_RADIUS} are allowed."
        )
    if radius < 0:
        raise EvaluationError(f"{type_name}: the radius must not be negative, but is {radius:g}.")


def _centered(values: npt.NDArray[Any]) -> Weights:
    height, width = values.shape
    return Weights(values.astype(np.float64), (width // 2, height // 2))
