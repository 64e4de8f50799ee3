"""What is at a place of a map: the class's name, code and colour, and the date, instead of a number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ee

from gee_scl.classes.class_table import CLASSES, SCL_CODES
from gee_scl.classes.schemes import Scheme
from gee_scl.errors import ArgumentError
from gee_scl.requests.door import Door
from gee_scl.views.layers.shares import FINEST
from gee_scl.views.view import View

_BAND = "code"

NO_DATA = "No data"


@dataclass(frozen=True)
class Finding:
    """What one view shows at a place.

    Attributes:
        view: its name.
        text: the class's name and code, or that there is none.
        color: 'rrggbb' of the class, or None.
        date: when the image was taken, UTC, or None for a composite.
    """

    view: str
    text: str
    color: str | None
    date: dt.datetime | None

    @property
    def lines(self) -> tuple[str, ...]:
        """The finding as people read it."""
        dated = () if self.date is None else (f"{self.date:%Y-%m-%d %H:%M} UTC",)
        return (self.view, self.text, *dated)


def look_up(views: Sequence[View], longitude: float, latitude: float, door: Door) -> list[Finding]:
    """What each view shows at a place, read from the pixel of its own band that holds it.

    Args:
        views: with codes and a scheme.
        longitude: degrees.
        latitude: degrees.
        door: fetches the answer.

    Raises:
        ArgumentError: a view without classes, or none at all.
        RequestError: Earth Engine refused.
        NotInitializedError: no session is open.

    Requests: one. Earth Engine: Image.reduceRegion with Reducer.first. A composite, whose pixels have no size of their
    own, is read at 20 m.
    """
    check_views(views)
    point = ee.Geometry.Point([(longitude + 180) % 360 - 180, latitude])
    features = [_feature(position, view, point) for position, view in enumerate(views)]
    rows = door.rows("Looking up a place", ee.FeatureCollection(features))
    by_position = {int(row["position"]): row for row in rows}
    return [_finding(view, by_position.get(position, {})) for position, view in enumerate(views)]


def check_views(views: Sequence[View]) -> None:
    """Refuses views that have no classes to tell of.

    Raises:
        ArgumentError: a view without codes, or no view.
    """
    for view in views:
        if not isinstance(view, View) or view.codes is None or view.scheme is None:
            named = view.name if isinstance(view, View) else view
            raise ArgumentError("views", named, "views of classes, such as class_view gives")
    if not views:
        raise ArgumentError("views", views, "at least one view of classes")


def _feature(position: int, view: View, point: ee.Geometry) -> ee.Feature:
    codes = ee.Image(view.codes).rename([_BAND])
    grid = codes.projection()
    scale = grid.nominalScale().min(FINEST)
    found = codes.reduceRegion(reducer=ee.Reducer.first(), geometry=point, crs=grid, scale=scale)
    facts = {"position": position, _BAND: found.get(_BAND), "time": codes.get("system:time_start")}
    feature: ee.Feature = ee.Feature(None, facts)
    return feature


def _finding(view: View, row: Mapping[str, Any]) -> Finding:
    time = row.get("time")
    date = None if time is None else dt.datetime.fromtimestamp(time / 1000, dt.UTC)
    if row.get(_BAND) is None or view.scheme is None:
        return Finding(view.name, NO_DATA, None, date)
    code = int(row[_BAND])
    value = view.scheme.mapping.get(code)
    if value is None:
        return Finding(view.name, f"Left out: {_source_name(view.scheme, code)}", None, date)
    member = next(member for member in view.scheme.classes if member.value == value)
    return Finding(view.name, f"{member.name} ({_told(code, member.codes)})", member.color, date)


def _told(code: int, codes: tuple[int, ...]) -> str:
    return f"code {code}" if len(codes) == 1 else f"code {code} of {', '.join(map(str, codes))}"


def _source_name(scheme: Scheme, code: int) -> str:
    """A code that the scheme has no class for, by its name in the SCL where it is one of it."""
    if scheme.source == SCL_CODES and code in CLASSES:
        return f"{CLASSES[code].earth_engine_name} (code {code})"
    return f"code {code}"
