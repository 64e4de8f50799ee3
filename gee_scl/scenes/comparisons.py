"""Which images have to be compared, where only some of a collection that drops duplicates are wanted.

A filter that comes after the comparison does not choose what is compared: the newer version of an image that passes may
not pass. But versions of a scene are of one tile and one pass. So what a filter by tile, time or place says of an image
says, with a margin, where its versions are.
"""

from __future__ import annotations

import ee

from gee_scl.options.checks import DAY_MILLISECONDS
from gee_scl.regions.boxes import Box
from gee_scl.scenes.chains import Undecided
from gee_scl.scenes.emptiness import Search
from gee_scl.scenes.footprints import widened
from gee_scl.scenes.nodes import arguments, calls_within, function_name

_TILE_METRES = 160_000.0
"""More than the diagonal of a tile, whose sides are 109.8 km: a version lies in the same tile, but maybe elsewhere."""

_WIDEST = 30.0
"""Degrees of a region whose edges, where they are great circles, bend by less than what is left of that margin."""

_MADE_OF = ("Filter.intersects", "Feature", "Collection", "ErrorMargin")
"""What a region is made of, besides geometries, that lies where its coordinates do: buffers and the like do not."""


def needed_versions(undecided: Undecided) -> ee.ImageCollection:
    """The images that have to be compared, so that it is known of each candidate whether it is a duplicate.

    Args:
        undecided: a collection before it is known which those are.

    Returns:
        No fewer than needed. No request is made.
    """
    before, search = Search.of(undecided.compared), Search.of(undecided.filtered)
    images = undecided.compared
    # The last filters are named first.
    for by_tile in search.tiles[: len(search.tiles) - len(before.tiles)]:
        if _has_one_field(by_tile):
            images = images.filter(by_tile)
    if search.start is not None and search.start != before.start:
        images = images.filter(ee.Filter.greaterThanOrEquals("system:time_start", search.start - DAY_MILLISECONDS))
    if search.end is not None and search.end != before.end:
        images = images.filter(ee.Filter.lessThan("system:time_start", search.end + DAY_MILLISECONDS))
    around = _around(search) if len(search.place) > len(before.place) else None
    return images if around is None else images.filterBounds(ee.Geometry.BBox(*around))


def _around(search: Search) -> Box | None:
    """Where the versions of images lie that the last filter by place lets pass; None where that is not known."""
    box = search.box
    if box is None or box[2] - box[0] > _WIDEST or not _is_plain(search.place[0]):
        return None
    return widened(box, _TILE_METRES)


def _has_one_field(one: ee.Filter) -> bool:
    """Whether a filter looks at one property alone."""
    return [arguments(one).get(field) for field in ("leftField", "rightField")].count(None) == 1


def _is_plain(place: ee.Filter) -> bool:
    """Whether a filter's region lies where its coordinates say."""
    names = {function_name(call) for call in calls_within(place)}
    return all(name in _MADE_OF or name.startswith("GeometryConstructors.") for name in names)
