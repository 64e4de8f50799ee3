"""`Kernel.*`: making kernels and changing them."""

from __future__ import annotations

from functools import partial

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.kernel import EDGES, SHAPES, Kernel, Weights, edge, fixed, gaussian, rectangle, shaped

algorithm("Kernel.gaussian")(gaussian)
algorithm("Kernel.rectangle")(rectangle)


for _name in SHAPES:
    algorithm(_name)(partial(shaped, _name))
for _name in EDGES:
    algorithm(_name)(partial(edge, _name))


@algorithm("Kernel.fixed")
def _fixed(width: int, height: int, weights: list[list[object]], x: int, y: int, normalize: bool) -> Kernel:
    rows = [[_weight(v) for v in row] for row in weights]
    for asked, size, what in ((height, len(rows), "height"), (width, len(rows[0]) if rows else 0, "width")):
        if asked not in (-1, size):
            raise EvaluationError(f"Kernel.fixed: the {what} of 'weights' is {size}, but {asked} was given.")
    if (x == -1) != (y == -1):
        raise EvaluationError("Kernel.fixed: give both 'x' and 'y', or neither.")
    return fixed(rows, None if x == -1 else (x, y), normalize)


def _weight(value: object) -> float:
    if isinstance(value, int | float):
        return float(value)
    raise EvaluationError(f"Kernel.fixed: 'weights' must hold numbers, not {value!r:.80}.")


@algorithm("Kernel.rotate")
def _rotate(kernel: Kernel, rotations: int) -> Kernel:
    return kernel.derived("Kernel.rotate", lambda weights: weights.rotated(rotations))


@algorithm("Kernel.inverse")
def _inverse(kernel: Kernel) -> Kernel:
    return kernel.derived("Kernel.inverse", Weights.inverted)


@algorithm("Kernel.add")
def _add(kernel1: Kernel, kernel2: Kernel, normalize: bool) -> Kernel:
    def total(left: Weights, right: Weights) -> Weights:
        return left.plus(right).normalized() if normalize else left.plus(right)

    return kernel1.derived("Kernel.add", total, kernel2)
