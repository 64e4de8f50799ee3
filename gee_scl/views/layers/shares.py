"""Shares of classes in what a map shows: one small request, at a scale that keeps it small."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gee_scl.errors import ArgumentError
from gee_scl.frames.answers import REGION_KEY
from gee_scl.regions.place import list_places
from gee_scl.requests.door import Door
from gee_scl.statistics.measure import Measure
from gee_scl.views.view import View

if TYPE_CHECKING:
    from gee_scl.regions.boxes import Box

MOST_PIXELS = 1_000_000
"""Pixels that a share is taken over, at the most: a second's work for Earth Engine, and a share to a tenth of a per
cent. What is larger is looked at in larger steps."""

FINEST = 20.0
"""Metres: SCL's own pixels."""

_BAND = "codes"


@dataclass(frozen=True)
class Shares:
    """How much of the classified area each class has.

    Attributes:
        percent: class value to percent of the classified area; empty where nothing is classified.
        scale: metres per pixel that were looked at.
    """

    percent: Mapping[int, float]
    scale: float


def class_shares(view: View, region: object, door: Door, *, most_pixels: int = MOST_PIXELS) -> Shares:
    """Measure the share of each class of a view in a region, or in several together.

    Classes are read by the nearest pixel on the grid of the view's own band, in steps of 20 m, or of as much more as
    keeps the number of pixels. Areas are true ones: Earth Engine's pixelArea.

    Args:
        view: with codes and a scheme.
        region: anything that `class_statistics` takes as regions.
        door: fetches the answer.
        most_pixels: pixels that are looked at, at the most.

    Raises:
        ArgumentError: a view without classes.
        RegionError: the region cannot be read.
        RequestError: Earth Engine refused.
        NotInitializedError: no session is open.

    Requests: one; one more for regions that only the server knows. Earth Engine: Image.reduceRegions.
    """
    # numpy comes with it: `import gee_scl` stays light.
    from gee_scl.regions.as_regions import as_region

    if view.codes is None or view.scheme is None:
        raise ArgumentError("shares", view.name, "a view of classes", "Such a view has no classes to measure.")
    checked = as_region(region, "shares")
    area = sum(place.area for place in list_places(checked, door))
    # A metre more or less tells nothing: round steps are easier to read.
    scale = max(FINEST, float(math.ceil(math.sqrt(area / most_pixels))))
    codes = view.codes.rename([_BAND])
    measure = Measure(view.scheme, _BAND)
    # The view of a composite has a projection in degrees: with a scale it does as well as any other.
    table = measure.rows(codes, checked.to_features(REGION_KEY), {}, crs=codes.projection(), scale=scale)
    rows = door.rows("Class shares", measure.flat(table))
    areas = {value: sum(row.get(f"area_{value}") or 0.0 for row in rows) for value in view.scheme.values}
    total = sum(areas.values())
    return Shares({value: 100 * part / total for value, part in areas.items()} if total else {}, scale)


def check_shares(shares: object) -> None:
    """Refuse, before anything is asked, what no shares can be of.

    Raises:
        RegionError: it is no region.
    """
    # numpy comes with it: `import gee_scl` stays light.
    from gee_scl.regions.as_regions import as_region

    if shares is not None and not isinstance(shares, bool):
        as_region(shares, "shares")


def box_in_view(bounds: tuple[tuple[float, float], tuple[float, float]]) -> Box:
    """Turn the bounds of a web map into west, south, east, north.

    A web map can be pushed round the world, and shows the world more than once where it is small: longitudes are taken
    back to the first turn.

    Args:
        bounds: ((south, west), (north, east)), as ipyleaflet has them.

    Raises:
        ArgumentError: bounds without area: the map is not on the screen yet.
    """
    (south, west), (north, east) = bounds or ((0.0, 0.0), (0.0, 0.0))
    if not (west < east and south < north):
        raise ArgumentError("map", bounds, "a map that is on the screen", "Show the map first: its view is not known.")
    south, north = max(south, -90.0), min(north, 90.0)
    if east - west >= 360:
        return -180.0, south, 180.0, north
    turns = math.floor((west + 180) / 360)
    return west - 360 * turns, south, east - 360 * turns, north
