"""Expressions of images: arithmetic as text, bound to its name."""

from __future__ import annotations

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.raster.expression import parse_expression

algorithm("Image.parseExpression")(parse_expression)
