"""What is at a place of a map: the class's name, code and colour, and the date, instead of a number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ee

from gee_scl.classes.class_table import CLASSES
from gee_scl.classes.schemes import Scheme
from gee_scl.errors import ArgumentError
from gee_scl.options.checks import has_members
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
    """Look up what each view shows at a place, read from the pixel of its own band that holds it.

    Args:
        views: with codes and a scheme.
        longitude: degrees.
        latitude: degrees.
        door: fetches the answer.

    Raises:
        RequestError: Earth Engine refused.
        NotInitializedError: no session is open.

    Requests: one. Earth Engine: Image.reduceRegion with Reducer.first. A composite, whose pixels have no size of their
    own, is read at 20 m.
    """
    point = ee.Geometry.Point([(longitude + 180) % 360 - 180, latitude])
    features = [_feature(position, view, point) for position, view in enumerate(views)]
    rows = door.rows("Looking up a place", ee.FeatureCollection(features))
    by_position = {int(row["position"]): row for row in rows}
    return [_finding(view, by_position.get(position, {})) for position, view in enumerate(views)]


def checked_views(views: object) -> list[View]:
    """Refuse what has no classes to tell of.

    Args:
        views: one view of classes, or several.

    Raises:
        ArgumentError: a view without codes, something else, or nothing.
    """
    allowed = "one or several views of classes, such as class_view gives"
    several = [views] if isinstance(views, View) else views
    if isinstance(several, str | Mapping) or not has_members(several):
        raise ArgumentError("views", views, allowed)
    checked = []
    for view in several:
        if not isinstance(view, View) or view.codes is None or view.scheme is None:
            raise ArgumentError("views", view.name if isinstance(view, View) else view, allowed)
        checked.append(view)
    if not checked:
        raise ArgumentError("views", views, allowed)
    return checked


def _feature(position: int, view: View, point: ee.Geometry) -> ee.Feature:
    codes = ee.Image(view.codes).rename([_BAND])
    grid = codes.projection()
    scale = grid.nominalScale().min(FINEST)
    values = codes.reduceRegion(reducer=ee.Reducer.first(), geometry=point, crs=grid, scale=scale)
    facts = {"position": position, _BAND: values.get(_BAND), "time": codes.get("system:time_start")}
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
    return Finding(view.name, f"{member.name} ({_codes_text(code, member.codes)})", member.color, date)


def _codes_text(code: int, codes: tuple[int, ...]) -> str:
    return f"code {code}" if len(codes) == 1 else f"code {code} of {', '.join(map(str, codes))}"


def _source_name(scheme: Scheme, code: int) -> str:
    """Name a code that the scheme has no class for, by its name in the SCL where it is one of it."""
    if scheme.is_scl and code in CLASSES:
        return f"{CLASSES[code].earth_engine_name} (code {code})"
    return f"code {code}"
