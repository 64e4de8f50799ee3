"""`Projection.*`: coordinate reference systems with the pixels on their plane."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pyproj
from affine import Affine

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.errors import EvaluationError
from gee_scl.local.values import Projection, type_of
from gee_scl.local.vector.crs import shown_crs


@algorithm("Projection")
def projection(crs: Any, transform: Sequence[Any] | None, transform_wkt: str | None) -> Projection:
    """A projection by its name or WKT, and the transform from pixels to its plane."""
    if isinstance(crs, Projection):
        named = crs
    elif isinstance(crs, str):
        named = Projection.named(crs)
    else:
        raise EvaluationError(f"Projection: 'crs' must be a name or WKT, not {type_of(crs)}.")
    if transform is not None and transform_wkt is not None:
        raise EvaluationError("Projection: May not specify both 'transform' and 'transformWkt'.")
    if transform_wkt is not None:
        return replace(named, transform=_affine_of_wkt(transform_wkt))
    return named if transform is None else replace(named, transform=affine(transform, "Projection"))


def affine(numbers: Sequence[Any], name: str) -> Affine:
    """A transform from the six numbers of its rows.

    Raises:
        EvaluationError: there are not six, they are no numbers, or the transform has no inverse.
    """
    if len(numbers) != 6 or not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
        raise EvaluationError(f"{name}: The transform must be a list of 6 numbers, got {numbers!r:.100}.")
    transform = Affine(*numbers)
    if transform.is_degenerate:
        raise EvaluationError(f"{name}: The transform must be invertible, got {list(numbers)}.")
    return transform


def _affine_of_wkt(text: str) -> Affine:
    elements = dict(re.findall(r'PARAMETER\["(elt_[01]_[0-2])",\s*([-+.\deE]+)\]', text))
    if 'PARAM_MT["Affine"' not in text:
        raise EvaluationError(f"Projection: The transform could not be parsed: '{text:.100}'.")
    identity = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    places = [f"elt_{row}_{column}" for row in (0, 1) for column in (0, 1, 2)]
    return affine([float(elements.get(p, d)) for p, d in zip(places, identity, strict=True)], "Projection")


@algorithm("Projection.crs")
def crs(of: Projection) -> str | None:
    """The authority's code, null where there is none."""
    named = shown_crs(of.crs)
    return None if "[" in named else named


@algorithm("Projection.wkt")
def wkt(of: Projection) -> str:
    """The coordinate reference system as well-known text of version 1, which the server writes as well."""
    return str(pyproj.CRS.from_user_input(of.crs).to_wkt("WKT1_GDAL", pretty=True))


@algorithm("Projection.transform")
def transform(of: Projection) -> str:
    """The transform as well-known text; what is as in the identity is left out."""
    identity = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    lines = ['PARAMETER["num_row", 3]', 'PARAMETER["num_col", 3]']
    for place, (number, usual) in enumerate(zip(of.transform[:6], identity, strict=True)):
        if number != usual:
            lines.append(f'PARAMETER["elt_{place // 3}_{place % 3}", {float(number)}]')
    return 'PARAM_MT["Affine", \n  ' + ", \n  ".join(lines) + "]"


@algorithm("Projection.nominalScale")
def nominal_scale(of: Projection) -> float:
    """Metres per pixel."""
    return of.nominal_scale()


@algorithm("Projection.atScale")
def at_scale(of: Projection, metres: float) -> Projection:
    """The projection with pixels of this many metres."""
    return scaled(of, metres, "Projection.atScale")


def scaled(of: Projection, metres: float, name: str) -> Projection:
    """A projection with pixels of a nominal scale in metres, which must be positive."""
    if not metres > 0:
        raise EvaluationError(f"{name}: The scale must be greater than 0, got {metres}.")
    return of.at_scale(metres)


@algorithm("Projection.scale")
def scale(of: Projection, x: float, y: float) -> Projection:
    """Pixels x times as wide and y times as high."""
    if not x or not y:
        raise EvaluationError("Projection.scale: Neither axis can be scaled by 0.")
    return replace(of, transform=of.transform @ Affine.scale(x, y))


@algorithm("Projection.translate")
def translate(of: Projection, x: float, y: float) -> Projection:
    """The origin moved by pixels."""
    return replace(of, transform=of.transform @ Affine.translation(x, y))
