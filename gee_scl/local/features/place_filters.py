"""Filters by place: geometries that meet, hold or are near each other, and elements that have one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gee_scl.local.features.filters import Comparison, Condition, Filter, Operands
from gee_scl.local.features.selectors import GEOMETRY, WHOLE, as_geometry, select
from gee_scl.local.values import ErrorMargin
from gee_scl.local.vector.boxes import around, boxes_apart
from gee_scl.local.vector.geometry import DEFAULT_MAX_ERROR, Geometry, compare_soon


def _on_geometries(relation: Callable[[Geometry, Geometry], Any], nothing: object) -> Callable[[Any, Any], Any]:
    def test(left: object, right: object) -> object:
        here, there = as_geometry(left), as_geometry(right)
        return nothing if here is None or there is None else relation(here, there)

    return test


_RELATIONS: dict[str, Callable[[Geometry, Geometry, float], bool]] = {
    "Filter.intersects": lambda left, right, error: left.intersects(right, error),
    "Filter.disjoint": lambda left, right, error: not left.intersects(right, error),
    "Filter.contains": lambda left, right, error: left.contains(right, error),
    "Filter.isContained": lambda left, right, error: right.contains(left, error),
}


@dataclass(frozen=True, eq=False)
class Relation(Comparison):
    """A comparison of two places, which many elements bring to one plane together.

    Attributes:
        max_error: metres that edges may be off.
    """

    max_error: float = DEFAULT_MAX_ERROR

    @property
    def reads(self) -> frozenset[str] | None:
        """The selectors of its operands; of a whole element only the place counts."""
        return frozenset(GEOMETRY if name == WHOLE else name for name in self.operands.selectors)

    def accepts_each(self, elements: Sequence[object]) -> list[bool]:
        """Whether each element's place is so related to the other."""
        sides = (self.operands.of(element, None) for element in elements)
        pairs = [(as_geometry(left), as_geometry(right)) for left, right in sides]
        # The passes over a tile share their footprint: each is compared once.
        different = {(id(left), id(right)): (left, right) for left, right in pairs}
        verdicts = dict(zip(different, self._verdicts(list(different.values())), strict=True))
        return [verdicts[id(left), id(right)] for left, right in pairs]

    def _verdicts(self, pairs: Sequence[tuple[Geometry | None, Geometry | None]]) -> list[bool]:
        far = _far_apart(pairs)
        near = [pair for pair, is_far in zip(pairs, far, strict=True) if not is_far]
        planes = [pair for pair in near if pair[0] and pair[1] and not pair[0].shares_plane(pair[1])]
        compare_soon([geometry for pair in planes for geometry in pair if geometry], self.max_error)
        verdicts = iter([self.test(left, right) for left, right in near])
        return [self.type == "Filter.disjoint" if is_far else next(verdicts) for is_far in far]


def _far_apart(pairs: Sequence[tuple[Geometry | None, Geometry | None]]) -> list[bool]:
    """Whether the boxes of two places leave no doubt that they do not meet; of what has no box, they do not say so.

    Footprints of all the world are told from a region by it, and are not brought to its plane first.
    """
    places = [place for place, pair in enumerate(pairs) if pair[0] is not None and pair[1] is not None]
    far = np.zeros(len(pairs), np.bool_)
    if places:
        # Most pairs have the same right side, whose box is one of many alike.
        lefts, rights = (around([pairs[place][side] for place in places]) for side in (0, 1))
        far[places] = boxes_apart(lefts, rights)
    return [bool(each) for each in far]


def related(type_name: str, operands: Operands, margin: ErrorMargin | None) -> Filter:
    """Geometries that intersect, contain, ... each other; what has no geometry does not pass."""
    # An error in other units than metres says nothing here: the geometries' own default holds.
    metres = margin.value if margin is not None and margin.unit == "meters" else None
    error = metres or DEFAULT_MAX_ERROR
    relation = _RELATIONS[type_name]
    test = _on_geometries(lambda left, right: relation(left, right, error), False)
    return Relation(type_name, operands, test, max_error=error)


def within_distance(distance: float, operands: Operands) -> Filter:
    """Geometries at most `distance` metres apart; measures the distance."""
    apart = _on_geometries(lambda left, right: left.distance(right), float("inf"))
    return Comparison(
        "Filter.withinDistance",
        operands,
        lambda left, right: apart(left, right) <= distance,
        apart,
        {"distance": distance},
    )


def area_between(low: float, high: float, selector: str | None) -> Filter:
    """Elements whose geometry covers from `low` to `high` square metres."""

    def inside(element: object) -> bool:
        geometry = as_geometry(select(element, selector or GEOMETRY))
        return geometry is not None and low <= geometry.area() <= high

    return Condition("Filter.area", inside, {"min": low, "max": high}, frozenset([selector or GEOMETRY]))


def has_geometry() -> Filter:
    """Elements with a geometry."""
    return Condition(
        "Filter.hasGeometry",
        lambda element: select(element, GEOMETRY) is not None,
        selectors=frozenset([GEOMETRY]),
    )
