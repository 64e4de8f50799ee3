"""Change: which class became which between two dates or periods, as an image and as a table of areas.

A pixel is of one class before and of one after, or it is *unknown* there: under cloud, outside of the images, or of
any other code that the scheme leaves out. Nothing is sampled and nothing is dropped: what is unknown has its area.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import ee

from gee_scl.classes.schemes import Scheme, SchemeClass, get_scheme
from gee_scl.errors import ArgumentError, CollectionError, NotInitializedError, SchemeError
from gee_scl.expressions.occurrence import finished, most_frequent
from gee_scl.expressions.remap import remap, with_class_properties
from gee_scl.options.checks import one_of
from gee_scl.options.names import name_key
from gee_scl.requests.door import Progress, Tables
from gee_scl.scenes.collection import as_collection
from gee_scl.scenes.mosaics import daily_mosaics
from gee_scl.scenes.provenance import SYNTHETIC
from gee_scl.statistics.class_statistics import (
    Weights,
    checked_measure,
    described_scheme,
    described_work,
    warn_of_regions,
)
from gee_scl.statistics.measurement import Scene, Work, list_places, list_scenes

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["transition_image", "transition_scheme", "transitions"]

Pick: TypeAlias = Literal["mode", "first", "last"]
"""Which class a period stands for: the one seen most often, first, or last."""

BAND = "transition"
"""The band of transition codes."""

UNKNOWN = 99
"""Stands for a pixel that shows none of the scheme's classes."""

UNKNOWN_NAME = "Unknown"

_BASE = 100
"""A code is the value before, times this, plus the value after: classes 10 and 11 of the SCL need two digits."""

_CLASS = "class"

_TINT = 0.72
"""Share of white in the colour of a class that stays."""

_GREYS = {"before": "979797", "after": "777777", "both": "b7b7b7"}
"""Colours of what is unknown."""


def transition_scheme(scheme: str | Scheme = "land") -> Scheme:
    """The scheme of the codes of `transition_image`: a class for each pair of classes, and for what is unknown.

    Args:
        scheme: of the classes before and after: a name in `SCHEMES` or a `Scheme` with values from 0 to 98.

    Returns:
        A scheme in which each code stands for itself: the value before times 100, plus the value after, where 99 is
        unknown. It has (classes + 1) squared codes, by the class before and then the class after, unknown last. A
        change is called "Vegetation to Water" and has the colour of what it became; what stays is called "Water stays"
        and has a pale tint of its colour; what is unknown on either side is grey.

    Raises:
        SchemeError: the scheme does not exist, has values beyond 98, or a class that is itself called unknown.

    No request is made.

    Examples:
        >>> changes = gee_scl.transition_scheme("water")
        >>> changes.values
        [101, 102, 199, 201, 202, 299, 9901, 9902, 9999]
        >>> changes.names[:3]
        ['Water stays', 'Water to Not water', 'Water to Unknown']
    """
    scheme = get_scheme(scheme)
    beyond = [value for value in scheme.values if not 0 <= value < UNKNOWN]
    if beyond:
        hint = "A transition is written as the value before times 100, plus the value after; 99 is unknown."
        raise SchemeError("scheme", beyond, f"values from 0 to {UNKNOWN - 1}", hint)
    if name_key(UNKNOWN_NAME) in map(name_key, scheme.names):
        raise SchemeError("scheme", scheme, "a scheme without a class called 'Unknown', which is what is not seen")
    sides = [*((member.value, member.name, member.color) for member in scheme.classes), (UNKNOWN, UNKNOWN_NAME, "")]
    classes: dict[str, SchemeClass] = {}
    for before, name_before, color_before in sides:
        for after, name_after, color_after in sides:
            code = _BASE * before + after
            name = f"{name_before} to {name_after}"
            if before == after:
                name, color = (UNKNOWN_NAME, _GREYS["both"]) if before == UNKNOWN else _stays(name_before, color_before)
            elif UNKNOWN in (before, after):
                color = _GREYS["before" if before == UNKNOWN else "after"]
            else:
                color = color_after
            # "A" to "B to C", and "A to B" to "C".
            name = f"{name} ({code})" if name_key(name) in classes else name
            classes[name_key(name)] = SchemeClass(code, name, color, (code,))
    members = tuple(classes.values())
    return Scheme(f"{scheme.name}-transitions", f"{scheme.title}: change", members, tuple(m.value for m in members))


def _stays(name: str, color: str) -> tuple[str, str]:
    tint = bytes(round(part + (255 - part) * _TINT) for part in bytes.fromhex(color))
    return f"{name} stays", tint.hex()


def transition_image(
    before: ee.Image | ee.ImageCollection,
    after: ee.Image | ee.ImageCollection,
    *,
    scheme: str | Scheme = "land",
    pick: Pick = "mode",
    band: str = "SCL",
) -> ee.Image:
    """Which class each pixel had before, and which after, as one code: 100 times the one plus the other.

    A period becomes one class for each pixel. Codes that the scheme leaves out, such as clouds in "land", are never
    that class: a pixel is unknown (99) only where none of the period's images shows a class of the scheme. So are
    masked pixels, and those outside of the images.

    Args:
        before: an image, or a collection (a period), with a band of class codes; a collection needs system:time_start.
        after: likewise.
        scheme: which codes make which class, as in `transition_scheme`.
        pick: which class a period stands for. "mode": the one seen on most days, of equals the smallest value; the
            tiles of a day are mosaicked first (`daily_mosaics`), so that a pass that two tiles show counts once.
            "first" or "last": the first or the last class in time; on the local engine they take half of the time that
            "mode" takes. A single image is taken as it is.
        band: the band of class codes.

    Returns:
        An ee.Image with the band `transition` (16 bits without sign) of the codes of `transition_scheme(scheme)`,
        without masked pixels and without bounds: `clip` it for a map, name a region to export it. It lies on the grid
        of `before`'s class band, of its first image for a collection; where that of `after` differs, such as that of
        another UTM zone, its nearest pixels are taken. Properties: names and colours of the codes, for Earth Engine
        and geemap to draw them (`transition_class_values` and so on), `gee_scl:scheme`, `gee_scl:pick`,
        `system:time_start` from `before` and `system:time_end` from `after`.

    Raises:
        ArgumentError: `before` or `after` is neither an image nor a collection, or an unknown pick.
        SchemeError: the scheme does not exist, or its values are beyond 98.

    A collection of nothing shows in the request: "Image.select: Parameter 'input' is required and may not be null."
    No request is made, and the graph is of one size. Earth Engine: Image.remap, Image.unmask, Image.multiply; of
    periods ImageCollection.sum (mode) or ImageCollection.mosaic (first, last).

    Examples:
        >>> spring = gee_scl.collection(fields, "2023-04-01", "2023-05-01")
        >>> summer = gee_scl.collection(fields, "2023-08-01", "2023-09-01")
        >>> change = gee_scl.transition_image(spring, summer)
        >>> shown = views.class_view(change, gee_scl.transition_scheme(), band="transition")
        >>> dried_up = change.eq(100 * 3 + 2)  # "land" has 2 Bare, 3 Water
    """
    changes = transition_scheme(scheme)
    one_of("pick", pick, get_args(Pick))
    scheme = get_scheme(scheme)
    sides = [_one_class(images, scheme, pick, band, side) for images, side in ((before, "before"), (after, "after"))]
    earlier, later = (made.unmask(UNKNOWN, False).toUint16() for made in sides)
    first = _first(before)
    made = earlier.multiply(_BASE).add(later).toUint16().rename([BAND])
    made = made.setDefaultProjection(first.select([band]).projection()).copyProperties(first, [SYNTHETIC])
    made = ee.Image(made).set(
        {
            "system:time_start": sides[0].get("system:time_start"),
            "system:time_end": sides[1].get("system:time_end"),
            "gee_scl:scheme": changes.name,
            "gee_scl:pick": pick,
        }
    )
    return with_class_properties(made, changes, BAND)


def _one_class(images: object, scheme: Scheme, pick: Pick, band: str, argument: str) -> ee.Image:
    """One class of the scheme for each pixel, masked where none is seen; with the times that it stands for."""
    if isinstance(images, ee.ImageCollection):
        seen = images.map(lambda image: remap(image, scheme, band=band, name=_CLASS))
        if pick == "mode":
            days = daily_mosaics(seen, band=_CLASS)
            made = most_frequent(days, sorted(scheme.values), band=_CLASS).select([_CLASS])
        else:
            made = seen.sort("system:time_start", pick == "last").mosaic()
        return finished(made, images, band, {})
    if isinstance(images, ee.Image):
        made = remap(images, scheme, band=band, name=_CLASS)
        has_end = images.propertyNames().contains("system:time_end")
        end = ee.Algorithms.If(has_end, images.get("system:time_end"), images.get("system:time_start"))
        return ee.Image(made.set("system:time_end", end))
    raise ArgumentError(argument, type(images).__name__, "an ee.Image or an ee.ImageCollection")


def _first(images: ee.Image | ee.ImageCollection) -> ee.Image:
    return ee.Image(images.first() if isinstance(images, ee.ImageCollection) else images)


def transitions(
    before: ee.Image | ee.ImageCollection,
    after: ee.Image | ee.ImageCollection,
    regions: object,
    *,
    scheme: str | Scheme = "land",
    pick: Pick = "mode",
    band: str = "SCL",
    id: str | None = None,
    keep: Sequence[str] = (),
    weights: Weights = "centre",
    scale: float | None = None,
    crs: str | None = None,
    tile_scale: float = 1,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """How many pixels and square metres of each region went from which class to which.

    All pixels of a region are measured, as `class_statistics` measures them, on the grid of the images of `before` in
    the UTM zone that the region lies in; `after` is read there by the nearest pixel. What a class is in a period, and
    what is unknown, is said in `transition_image`.

    Args:
        before: an image, or a collection (a period), with a band of class codes; a collection needs system:time_start.
        after: likewise.
        regions: as in `class_statistics`.
        scheme: of the classes before and after, as in `transition_scheme`.
        pick: which class a period stands for: "mode", "first" or "last", as in `transition_image`.
        band: the band of class codes.
        id: as in `class_statistics`, like all that follow.
        keep: likewise.
        weights: likewise.
        scale: likewise.
        crs: likewise.
        tile_scale: likewise.
        progress: likewise.

    Returns:
        A pandas frame with a row for each region and pair of classes, unknown among them, also where the pair has no
        pixel; sorted by region, class before and class after, in the scheme's order. `charts.transition_sankey` and
        `charts.transition_matrix` take it as it is. Columns:

        - `region`: the id; then the columns that `keep` names;
        - `from_value`, `from_name`, `to_value`, `to_name`: values and names of the scheme; what is unknown has the
          value NA and the name "Unknown";
        - `pixels`: pixels of the pair;
        - `area_m2`: their true area; those of a region add up to its whole area on the grid;
        - `percent`: of the area that was seen both before and after; NaN for pairs with unknown, and where nothing was
          seen both times;
        - `percent_of_region`: of the region's whole area on the grid.

        `attrs["gee_scl"]` says what was done: scheme, pick, of `before` and `after` the number of images and the first
        and last day (UTC), grid, requests, and in `regions_not_seen_twice` the regions of which nothing was seen both
        times.

    Raises:
        ArgumentError: an argument that cannot be used, before any request.
        SchemeError: the scheme does not exist, or its values are beyond 98.
        RegionError: a region that cannot be measured, by its id.
        CollectionError: `before` or `after` is a collection of nothing, or has images without time.
        RequestError: Earth Engine refused a part of the work, which the error names.
        NotInitializedError: no session is open.

    Warns:
        RegionWarning: of some regions nothing was seen both times, such as those that one of the periods does not meet.

    Requests: one for the images of either side, one for regions that only the server knows, one for each UTM zone, and
    then one for about 4,000 regions (fewer where the scheme has more than two classes: 1,900 with four, 330 with
    eleven), or 5 MB of outlines, or 150 million pixels of all images.

    Examples:
        >>> spring = gee_scl.collection(fields, "2023-04-01", "2023-05-01")
        >>> summer = gee_scl.collection(fields, "2023-08-01", "2023-09-01")
        >>> change = gee_scl.transitions(spring, summer, fields, id="name")
        >>> bool((change["from_name"] == "Unknown").any())
        True
        >>> axes = charts.transition_sankey(change, region="Farmland")
    """
    from gee_scl.frames.statistics_frame import statistics_frame
    from gee_scl.regions.as_regions import as_regions

    changes, scheme = transition_scheme(scheme), get_scheme(scheme)
    one_of("pick", pick, get_args(Pick))
    measure, grid = checked_measure(changes, BAND, weights, scale, crs, tile_scale)
    given = as_regions(regions, id=id, keep=keep)
    if not ee.data.is_initialized():
        raise NotInitializedError
    image = transition_image(before, after, scheme=scheme, pick=pick, band=band).select([BAND])
    tables = Tables()
    earlier = as_collection(before).select([band])
    scenes = list_scenes(earlier, band, grid, tables, "before")
    others = list_scenes(as_collection(after).select([band]), band, None, tables, "after")
    periods = {"before": _period(before, scenes, "before"), "after": _period(after, others, "after")}
    places = list_places(given, tables)
    work = Work(earlier, scenes, given, places, measure, grid)
    rows = tables.fetch(list(work.of_image(image, {"day": 0}, len(scenes) + len(others), tables)), progress)
    measured, _ = statistics_frame(
        rows, changes, places, [], given.keep, by="date", weighted=measure.weighted, layout="long", value="percent"
    )
    frame, unseen = _transition_frame(measured, scheme, [place.id for place in places], given.keep)
    frame.attrs["gee_scl"] = {
        **described_scheme(scheme),
        "band": band,
        "pick": pick,
        **periods,
        **described_work(work, [*scenes, *others], tables),
        "regions_not_seen_twice": unseen,
    }
    warn_of_regions(unseen, len(places), "have no area that was seen both before and after")
    return frame


def _period(images: object, scenes: Sequence[Scene], argument: str) -> dict[str, Any]:
    """What `attrs` say of one side: how many images, and their first and last day."""
    days = [scene.day for scene in scenes if scene.day is not None]
    if isinstance(images, ee.ImageCollection) and len(days) < len(scenes):
        raise CollectionError(argument, "an image without system:time_start", "images with it, or a single image")
    return {"images": len(scenes), "first": min(days, default=None), "last": max(days, default=None)}


def _transition_frame(
    measured: pd.DataFrame, scheme: Scheme, ids: Sequence[object], keep: Sequence[str]
) -> tuple[pd.DataFrame, list[object]]:
    """Pairs of classes instead of codes, and the ids of the regions of which nothing was seen both times.

    Args:
        measured: the statistics of the codes, which has each region once.
        scheme: of the classes before and after.
        ids: of the regions, in their order.
        keep: the columns that are carried.
    """
    import numpy as np
    import pandas as pd

    codes = measured["class_value"].to_numpy()
    sides = {"from": codes // _BASE, "to": codes % _BASE}
    names = pd.Index([*scheme.names, UNKNOWN_NAME])
    places = {value: place for place, value in enumerate([*scheme.values, UNKNOWN])}
    frame = measured[["region", *keep]].copy()
    for side, values in sides.items():
        frame[f"{side}_value"] = pd.Series(values, dtype="Int64").mask(values == UNKNOWN)
        frame[f"{side}_name"] = pd.Categorical.from_codes([places[value] for value in values], categories=names)
    known = (sides["from"] != UNKNOWN) & (sides["to"] != UNKNOWN)
    area = measured["area_m2"].to_numpy()
    seen = np.where(known, area, 0).reshape(len(ids), -1).sum(axis=1)
    whole = np.repeat(seen, len(area) // len(ids))
    frame["pixels"], frame["area_m2"] = measured["pixels"], area
    shown = known & (whole > 0)
    frame["percent"] = 100 * np.divide(area, whole, out=np.full(len(area), np.nan), where=shown)
    frame["percent_of_region"] = measured["percent_of_region"]
    return frame, [name for name, seen_area in zip(ids, seen, strict=True) if not seen_area > 0]
