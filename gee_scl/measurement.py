"""What class statistics ask of Earth Engine: the scenes, the regions, and the expressions that measure both."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ee

from gee_scl.errors import CollectionError, RegionError
from gee_scl.execution import MAX_BYTES, MAX_PIXELS, MAX_ROWS, Chunk, Row, Tables, batches
from gee_scl.schemes import Scheme

if TYPE_CHECKING:
    from gee_scl.regions import Regions

REGION_KEY = "gee_scl_region"
"""Property by which the answer finds its region again."""

_DAY = 86_400_000
"""Milliseconds."""

_ONE_DEGREE = 111_000
"""Metres: composites and constants have pixels of one degree until they are given a projection."""

_NEIGHBOURHOOD_DEGREES = 0.1
"""Side of the cells by which neighbouring regions are found: some ten kilometres, a block of an image."""

_FEW_REGIONS = 200
"""Regions that a request has at the least, where there are so many: each request reads its images anew."""


@dataclass(frozen=True)
class Grid:
    """The grid to count on, as far as the caller has said.

    Attributes:
        crs: "EPSG:n", or None for the band's own.
        scale: metres per pixel, or None for the band's own.
    """

    crs: str | None = None
    scale: float | None = None


@dataclass(frozen=True)
class Scene:
    """An image of the collection.

    Attributes:
        index: `system:index`.
        time: milliseconds since 1970, or None.
        tile: MGRS tile, or None.
        crs: of the band's own grid.
        scale: metres per pixel of it.
    """

    index: str
    time: int | None
    tile: str | None
    crs: str
    scale: float


@dataclass(frozen=True)
class Place:
    """A region as the work is planned: what the answer calls it, and what it weighs.

    Attributes:
        key: by which the answer finds it again: its position among the regions known here, else its `system:index`.
        id: what the frame calls it.
        kept: the properties to carry.
        centroid: longitude and latitude.
        area: square metres, about.
        bytes: of its outline in a request.
    """

    key: int | str
    id: object
    kept: Mapping[str, Any]
    centroid: tuple[float, float]
    area: float
    bytes: int = 40


def list_scenes(collection: ee.ImageCollection, band: str, grid: Grid, tables: Tables) -> list[Scene]:
    """The images of a collection, by one request.

    Raises:
        CollectionError: there is none, or one has no grid and none is given.
    """

    def described(image: ee.Image) -> ee.Feature:
        projection = ee.Image(image).select([band]).projection()
        return ee.Feature(
            None,
            {
                "index": image.get("system:index"),
                "time": image.get("system:time_start"),
                "tile": image.get("MGRS_TILE"),
                "crs": projection.crs(),
                "scale": projection.nominalScale(),
            },
        )

    rows = tables.fetch_one("Listing the images", ee.FeatureCollection(collection.map(described)))
    scenes = [Scene(str(r.get("index", "")), r.get("time"), r.get("tile"), r["crs"], float(r["scale"])) for r in rows]
    if not scenes:
        raise CollectionError(
            "images", "a collection of nothing", "at least one image", "Check region, period and max_cloud."
        )
    if grid.crs is None or grid.scale is None:
        shapeless = next((s for s in scenes if s.crs == "EPSG:4326" and s.scale > _ONE_DEGREE), None)
        if shapeless is not None:
            raise CollectionError(
                "images",
                f"an image without a grid of its own ({shapeless.index!r}: EPSG:4326, one degree), as composites are",
                "images with a grid, or scale and crs",
                "Give scale=20 and crs='EPSG:326..', or call setDefaultProjection on the composite.",
            )
    return scenes


def list_places(given: Regions, tables: Tables) -> list[Place]:
    """The regions as the work is planned; those that only the server knows are asked for by one request.

    Raises:
        RegionError: a region without area, without id, or with another's id.
    """
    if given.server is None:
        return [Place(key, r.id, r.properties, r.centroid, r.area, r.encoded_size) for key, r in enumerate(given.items)]
    columns = [] if given.id_column is None else [given.id_column]
    carried = list(dict.fromkeys([*columns, *given.keep]))

    def described(feature: ee.Feature) -> ee.Feature:
        geometry = feature.geometry()
        centre = geometry.centroid(1).coordinates()
        facts = {"key": feature.get("system:index"), "area": geometry.area(1)}
        facts |= {"longitude": centre.get(0), "latitude": centre.get(1)}
        described = ee.Feature(None, {f"gee_scl:{name}": fact for name, fact in facts.items()})
        return described.copyProperties(feature, carried) if carried else described

    rows = tables.fetch_one("Listing the regions", ee.FeatureCollection(given.server.map(described)))
    return _checked([_place(place, row, given) for place, row in enumerate(rows)], given)


def _place(position: int, row: Row, given: Regions) -> Place:
    return Place(
        row["gee_scl:key"],
        position if given.id_column is None else row.get(given.id_column),
        {name: row.get(name) for name in given.keep},
        (row.get("gee_scl:longitude", 0.0), row.get("gee_scl:latitude", 0.0)),
        row["gee_scl:area"],
    )


def _checked(places: list[Place], given: Regions) -> list[Place]:
    """What `as_regions` checks of regions that are known here."""
    if not places:
        raise RegionError("regions", "an empty collection", "at least one region")
    seen: dict[object, int] = {}
    for position, place in enumerate(places):
        if place.id is None:
            raise RegionError(
                "id", f"no {given.id_column!r} at position {position}", "a property that every region has"
            )
        if place.id in seen:
            raise RegionError("id", f"{place.id!r} at positions {seen[place.id]} and {position}", "ids that differ")
        seen[place.id] = position
        if not place.area > 0:
            raise RegionError("regions", f"region {place.id!r} without area", "polygons", "Buffer points and lines.")
    return places


@dataclass(frozen=True)
class Measure:
    """What is measured of an image in a region."""

    scheme: Scheme
    band: str
    weighted: bool
    tile_scale: float

    def rows(
        self, image: ee.Image, regions: ee.FeatureCollection, label: Mapping[str, Any], **grid: Any
    ) -> ee.FeatureCollection:
        """A row for each region: pixels and area of each class, and the region's whole area on the same grid.

        One reduceRegions over a stack of bands, summed: `pixels_<value>`, `area_<value>` for each class, and `total`.

        Args:
            image: with one band of codes.
            regions: features with the key.
            label: further properties of each row.
            **grid: `crs`, `crsTransform` or `scale` of reduceRegions.
        """
        values = self.scheme.values
        if not self.scheme.is_identity:
            image = image.remap(list(self.scheme.mapping), list(self.scheme.mapping.values()))
        pixels = image.eq(ee.Image.constant(values)).rename([f"pixels_{v}" for v in values])
        area = ee.Image.pixelArea()
        areas = pixels.multiply(area).rename([f"area_{v}" for v in values])
        stack = pixels.addBands(areas).addBands(area.rename(["total"]))
        reducer = ee.Reducer.sum() if self.weighted else ee.Reducer.sum().unweighted()
        reduced = stack.reduceRegions(collection=regions, reducer=reducer, tileScale=self.tile_scale, **grid)
        names = [*pixels_and_areas(values), "total", REGION_KEY]
        return reduced.map(lambda feature: ee.Feature(feature).select(names, None, False).set(label))


def pixels_and_areas(values: Sequence[int]) -> list[str]:
    """Names of the columns that an answer has for these class values."""
    return [f"{kind}_{value}" for kind in ("pixels", "area") for value in values]


def chunks_by_image(
    collection: ee.ImageCollection,
    scenes: Sequence[Scene],
    given: Regions,
    places: Sequence[Place],
    measure: Measure,
    grid: Grid,
    tables: Tables,
) -> Iterator[Chunk]:
    """Each image is reduced on its own grid, over the regions that its footprint meets."""
    for some_places, some_scenes in _parts(places, scenes, 1, grid.scale or scenes[0].scale):
        regions = _features(given, some_places, whole=len(some_places) == len(places))
        chosen = collection
        if len(some_scenes) < len(scenes):
            chosen = collection.filter(ee.Filter.inList("system:index", [s.index for s in some_scenes]))

        name = f"Statistics of {_named(some_places)} on {_counted([s.index for s in some_scenes], 'image')}"
        yield Chunk(name, _image_table(chosen, regions, measure, grid, scenes[0].scale))


def _image_table(
    images: ee.ImageCollection, regions: ee.FeatureCollection, measure: Measure, grid: Grid, native_scale: float
) -> ee.FeatureCollection:
    def rows(image: ee.Image) -> ee.FeatureCollection:
        image = ee.Image(image)
        crs = image.projection() if grid.crs is None else grid.crs
        scale = grid.scale if grid.crs is None else grid.scale or native_scale
        near = regions.filterBounds(image.geometry())
        return measure.rows(image, near, {"image": image.get("system:index")}, crs=crs, scale=scale)

    return ee.FeatureCollection(images.map(rows)).flatten()


def chunks_by_date(
    collection: ee.ImageCollection,
    scenes: Sequence[Scene],
    given: Regions,
    places: Sequence[Place],
    measure: Measure,
    grid: Grid,
    tables: Tables,
) -> Iterator[Chunk]:
    """Each day's images are mosaicked and reduced on the grid of the zone that a region lies in."""
    if any(scene.time is None for scene in scenes):
        raise CollectionError("images", "an image without system:time_start", "images with it, or by='image'")
    days = sorted({scene.time // _DAY * _DAY for scene in scenes if scene.time is not None})
    per_day = -(-len(scenes) // len(days))
    for crs, members in _zones(places, scenes, grid).items():
        where = _zone_grid(collection, scenes, crs, grid, tables)
        for some_places, some_days in _parts(members, days, per_day, grid.scale or scenes[0].scale):
            regions = _features(given, some_places, whole=len(some_places) == len(places))

            name = f"Statistics of {_named(some_places)} on {_counted([_iso(d) for d in some_days], 'day')}"
            yield Chunk(name, _day_table(collection, some_days, regions, measure, where))


def _day_table(
    images: ee.ImageCollection,
    days: Sequence[int],
    regions: ee.FeatureCollection,
    measure: Measure,
    grid: Mapping[str, Any],
) -> ee.FeatureCollection:
    def rows(day: ee.ComputedObject) -> ee.FeatureCollection:
        start = ee.Date(day)
        daily = images.filterDate(start, start.advance(1, "day"))
        near = regions.filterBounds(daily.geometry())
        return measure.rows(daily.mosaic(), near, {"day": day}, **grid)

    return ee.FeatureCollection(ee.List(list(days)).map(rows)).flatten()


def _parts(
    places: Sequence[Place], times: Sequence[Any], images_per_time: int, scale: float
) -> Iterator[tuple[Sequence[Place], Sequence[Any]]]:
    """Regions and images, or days, cut into requests.

    Outlines are sent with each request, so a request has few regions and many images where there are many of both.
    Neighbours go together, so that a request reads one part of an image, and many requests share no part.
    """
    places = sorted(places, key=_neighbourhood)
    regions_per_request = max(_FEW_REGIONS, MAX_ROWS // len(times))

    def pixels(place: Place) -> float:
        return place.area / scale**2 * images_per_time

    for some_places in batches(
        places, (lambda _: 1, regions_per_request), (lambda p: p.bytes, MAX_BYTES), (pixels, MAX_PIXELS)
    ):
        size = sum(map(pixels, some_places))
        times_per_request = max(1, min(MAX_ROWS // len(some_places), int(MAX_PIXELS // max(size, 1))))
        for start in range(0, len(times), times_per_request):
            yield some_places, times[start : start + times_per_request]


def _neighbourhood(place: Place) -> tuple[int, int]:
    longitude, latitude = place.centroid
    return math.floor(latitude / _NEIGHBOURHOOD_DEGREES), math.floor(longitude / _NEIGHBOURHOOD_DEGREES)


def _features(given: Regions, places: Sequence[Place], whole: bool) -> ee.FeatureCollection:
    """The regions of a request, with nothing but their outlines and keys."""
    if given.server is None:
        return ee.FeatureCollection([given.items[int(p.key)].to_feature(REGION_KEY, int(p.key)) for p in places])
    chosen = given.server
    if not whole:
        chosen = chosen.filter(ee.Filter.inList("system:index", [p.key for p in places]))
    return ee.FeatureCollection(
        chosen.map(lambda feature: ee.Feature(feature.geometry(), {REGION_KEY: feature.get("system:index")}))
    )


def _zones(places: Sequence[Place], scenes: Sequence[Scene], grid: Grid) -> dict[str, list[Place]]:
    """The regions by the CRS they are counted in: that of the images' zones whose meridian is nearest."""
    if grid.crs is not None:
        return {grid.crs: list(places)}
    candidates = sorted({scene.crs for scene in scenes})
    zones: dict[str, list[Place]] = {}
    for place in places:
        zones.setdefault(min(candidates, key=lambda crs: _off_meridian(crs, place.centroid)), []).append(place)
    return zones


def _off_meridian(crs: str, centroid: tuple[float, float]) -> tuple[float, bool]:
    """How far a place is from the meridian of a UTM zone, in degrees; and whether it is in the other hemisphere."""
    found = re.fullmatch(r"EPSG:32([67])(\d\d)", crs)
    if found is None:
        return 360, False
    longitude, latitude = centroid
    meridian = 6 * int(found[2]) - 183
    return abs((longitude - meridian + 180) % 360 - 180), (found[1] == "6") != (latitude >= 0)


def _zone_grid(
    collection: ee.ImageCollection, scenes: Sequence[Scene], crs: str, grid: Grid, tables: Tables
) -> dict[str, Any]:
    """The arguments of reduceRegions for the mosaics of a zone, which have no grid of their own."""
    if grid.crs is not None:
        return {"crs": grid.crs, "scale": grid.scale or scenes[0].scale}
    model = next(scene for scene in scenes if scene.crs == crs)
    image = collection.filter(ee.Filter.eq("system:index", model.index)).first()
    transform = tables.value(f"The grid of image {model.index!r}", image.projection())["transform"]
    if grid.scale is not None:
        factor = grid.scale / model.scale
        transform = [v if place in (2, 5) else v * factor for place, v in enumerate(transform)]
    return {"crs": crs, "crsTransform": transform}


def _named(places: Sequence[Place]) -> str:
    return _counted([repr(p.id) for p in places], "region")


def _counted(names: Sequence[str], noun: str) -> str:
    if len(names) == 1:
        return f"{noun} {names[0]}"
    return f"{len(names)} {noun}s ({names[0]} to {names[-1]})"


def _iso(day: int) -> str:
    return dt.datetime.fromtimestamp(day / 1000, dt.UTC).strftime("%Y-%m-%d")
