"""What class statistics ask of Earth Engine: the scenes, the regions, and the expressions that measure both."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import ee

from gee_scl.classes.schemes import Scheme
from gee_scl.errors import CollectionError, RegionError
from gee_scl.requests.door import MAX_BYTES, MAX_PIXELS, MAX_ROWS, Chunk, Row, Tables, batches
from gee_scl.scenes.provenance import SYNTHETIC

if TYPE_CHECKING:
    from gee_scl.regions.region import Regions

Time = TypeVar("Time")

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

_PLANNED_CLASSES = 12
"""Classes for which a chunk may have `MAX_ROWS` rows; a row of more classes is longer, so a chunk has fewer."""


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
        synthetic: whether the image says that it was made and not measured, as the bundled sample does.
    """

    index: str
    time: int | None
    tile: str | None
    crs: str
    scale: float
    synthetic: bool = False

    @property
    def day(self) -> str | None:
        """The UTC date, such as "2023-05-14", or None."""
        return None if self.time is None else _iso(self.time)


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


def list_scenes(
    collection: ee.ImageCollection, band: str, grid: Grid | None, tables: Tables, argument: str = "images"
) -> list[Scene]:
    """The images of a collection, by one request.

    Args:
        collection: of images with the band.
        band: its name.
        grid: to count on, as far as the caller has said; None where it is not that of these images.
        tables: fetches.
        argument: the caller's name for the collection.

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
                "synthetic": image.get(SYNTHETIC),
            },
        )

    rows = tables.fetch_one("Listing the images", ee.FeatureCollection(collection.map(described)))
    scenes = [_scene(row) for row in rows]
    if not scenes:
        raise CollectionError(
            argument, "a collection of nothing", "at least one image", "Check region, period and max_cloud."
        )
    if grid is not None and (grid.crs is None or grid.scale is None):
        shapeless = next((s for s in scenes if s.crs == "EPSG:4326" and s.scale > _ONE_DEGREE), None)
        if shapeless is not None:
            raise CollectionError(
                argument,
                f"an image without a grid of its own ({shapeless.index!r}: EPSG:4326, one degree), as composites are",
                "images with a grid, or scale and crs",
                "Give scale=20 and crs='EPSG:326..', or call setDefaultProjection on the composite.",
            )
    return scenes


def _scene(row: Row) -> Scene:
    index, time, tile = str(row.get("index", "")), row.get("time"), row.get("tile")
    return Scene(index, time, tile, row["crs"], float(row["scale"]), row.get("synthetic") == "true")


def list_places(given: Regions, tables: Tables) -> list[Place]:
    """The regions as the work is planned; those that only the server knows are asked for by one request.

    Raises:
        RegionError: a region without area, without id, or with another's id; no region has a column that is asked for.
    """
    from gee_scl.regions.columns import require_column

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
    absent = [column for column in carried if rows and all(row.get(column) is None for row in rows)]
    if absent:
        names = tables.value("Listing the regions' properties", ee.Feature(given.server.first()).propertyNames())
        known = [name for name in names if not name.startswith("system:")]
        for column in absent:
            require_column("id" if column == given.id_column else "keep", column, known)
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


@dataclass(frozen=True)
class Work:
    """All that class statistics are made of, cut into requests.

    Attributes:
        images: a collection with one band of codes.
        scenes: its images.
        regions: the regions as the caller gave them.
        places: the regions as the work is planned.
        measure: what is measured.
        grid: the grid to count on, as far as the caller has said.
    """

    images: ee.ImageCollection
    scenes: Sequence[Scene]
    regions: Regions
    places: Sequence[Place]
    measure: Measure
    grid: Grid

    @property
    def scale(self) -> float:
        """Metres per pixel."""
        return self.grid.scale or self.scenes[0].scale

    def by_image(self) -> Iterator[Chunk]:
        """Each image is reduced on its own grid, over the regions that its footprint meets."""
        for places, scenes in self._parts(self.places, self.scenes, 1):
            chosen = self.images
            if len(scenes) < len(self.scenes):
                chosen = chosen.filter(ee.Filter.inList("system:index", [scene.index for scene in scenes]))
            name = f"Statistics of {_named(places)} on {_counted([scene.index for scene in scenes], 'image')}"
            yield Chunk(name, self._image_table(chosen, self._features(places)))

    def _image_table(self, images: ee.ImageCollection, regions: ee.FeatureCollection) -> ee.FeatureCollection:
        def rows(image: ee.Image) -> ee.FeatureCollection:
            image = ee.Image(image)
            own = self.grid.crs is None
            crs, scale = (image.projection(), self.grid.scale) if own else (self.grid.crs, self.scale)
            near = regions.filterBounds(image.geometry())
            return self.measure.rows(image, near, {"image": image.get("system:index")}, crs=crs, scale=scale)

        return ee.FeatureCollection(images.map(rows)).flatten()

    def by_date(self, tables: Tables) -> Iterator[Chunk]:
        """Each day's images are mosaicked and reduced on the grid of the zone that a region lies in.

        Raises:
            CollectionError: an image has no time.
        """
        if any(scene.time is None for scene in self.scenes):
            raise CollectionError("images", "an image without system:time_start", "images with it, or by='image'")
        days = sorted({scene.time // _DAY * _DAY for scene in self.scenes if scene.time is not None})
        images_per_day = -(-len(self.scenes) // len(days))
        for grid, places, some_days in self._zone_parts(days, images_per_day, tables):
            name = f"Statistics of {_named(places)} on {_counted([_iso(day) for day in some_days], 'day')}"
            yield Chunk(name, self._day_table(some_days, self._features(places), grid))

    def of_image(self, image: ee.Image, label: Mapping[str, Any], images_read: int, tables: Tables) -> Iterator[Chunk]:
        """One image without bounds is reduced over all regions, each on the grid of the zone that it lies in.

        Args:
            image: with the measure's codes, made of this work's images and perhaps others.
            label: further properties of each row.
            images_read: how many images it is made of.
            tables: fetches the zones' grids.
        """
        for grid, places, _ in self._zone_parts([None], images_read, tables):
            rows = self.measure.rows(image, self._features(places), label, **grid)
            yield Chunk(f"Statistics of {_named(places)}", rows)

    def _zone_parts(
        self, times: Sequence[Time], images_per_time: int, tables: Tables
    ) -> Iterator[tuple[Mapping[str, Any], Sequence[Place], Sequence[Time]]]:
        """The grid, the regions and the times of each request, zone by zone."""
        for crs, members in self._zones().items():
            grid = self._zone_grid(crs, tables)
            for places, some_times in self._parts(members, times, images_per_time):
                yield grid, places, some_times

    def _day_table(
        self, days: Sequence[int], regions: ee.FeatureCollection, grid: Mapping[str, Any]
    ) -> ee.FeatureCollection:
        def rows(day: ee.ComputedObject) -> ee.FeatureCollection:
            start = ee.Date(day)
            daily = self.images.filterDate(start, start.advance(1, "day"))
            near = regions.filterBounds(daily.geometry())
            return self.measure.rows(daily.mosaic(), near, {"day": day}, **grid)

        return ee.FeatureCollection(ee.List(list(days)).map(rows)).flatten()

    def _parts(
        self, places: Sequence[Place], times: Sequence[Time], images_per_time: int
    ) -> Iterator[tuple[Sequence[Place], Sequence[Time]]]:
        """Regions and images, or days, cut into requests.

        Outlines are sent with each request, so a request has few regions and many images where there are many of
        both. Neighbours go together, so that a request reads one part of an image, and many requests share no part.
        """
        places = sorted(places, key=_neighbourhood)
        rows = max(1, MAX_ROWS * _PLANNED_CLASSES // max(_PLANNED_CLASSES, len(self.measure.scheme.values)))
        regions_per_request = min(rows, max(_FEW_REGIONS, rows // len(times)))

        def pixels(place: Place) -> float:
            return place.area / self.scale**2 * images_per_time

        limits = ((lambda _: 1, regions_per_request), (lambda place: place.bytes, MAX_BYTES), (pixels, MAX_PIXELS))
        for some_places in batches(places, *limits):
            size = sum(map(pixels, some_places))
            times_per_request = max(1, min(rows // len(some_places), int(MAX_PIXELS // max(size, 1))))
            for start in range(0, len(times), times_per_request):
                yield some_places, times[start : start + times_per_request]

    def _features(self, places: Sequence[Place]) -> ee.FeatureCollection:
        """The regions of a request, with nothing but their outlines and keys."""
        if self.regions.server is None:
            known = self.regions.items
            return ee.FeatureCollection([known[int(p.key)].to_feature(REGION_KEY, int(p.key)) for p in places])
        chosen = self.regions.server
        if len(places) < len(self.places):
            chosen = chosen.filter(ee.Filter.inList("system:index", [place.key for place in places]))
        return ee.FeatureCollection(
            chosen.map(lambda feature: ee.Feature(feature.geometry(), {REGION_KEY: feature.get("system:index")}))
        )

    def _zones(self) -> dict[str, list[Place]]:
        """The regions by the CRS they are counted in: that of the images' zones whose meridian is nearest."""
        if self.grid.crs is not None:
            return {self.grid.crs: list(self.places)}
        candidates = sorted({scene.crs for scene in self.scenes})
        zones: dict[str, list[Place]] = {}
        for place in self.places:
            nearest = min(candidates, key=lambda crs: _off_meridian(crs, place.centroid))
            zones.setdefault(nearest, []).append(place)
        return zones

    def _zone_grid(self, crs: str, tables: Tables) -> dict[str, Any]:
        """The arguments of reduceRegions for the mosaics of a zone, which have no grid of their own."""
        if self.grid.crs is not None:
            return {"crs": self.grid.crs, "scale": self.scale}
        model = next(scene for scene in self.scenes if scene.crs == crs)
        image = self.images.filter(ee.Filter.eq("system:index", model.index)).first()
        transform = tables.value(f"The grid of image {model.index!r}", image.projection())["transform"]
        if self.grid.scale is not None:
            factor = self.grid.scale / model.scale
            transform = [v if place in (2, 5) else v * factor for place, v in enumerate(transform)]
        return {"crs": crs, "crsTransform": transform}


def _neighbourhood(place: Place) -> tuple[int, int]:
    longitude, latitude = place.centroid
    return math.floor(latitude / _NEIGHBOURHOOD_DEGREES), math.floor(longitude / _NEIGHBOURHOOD_DEGREES)


def _off_meridian(crs: str, centroid: tuple[float, float]) -> tuple[float, bool]:
    """How far a place is from the meridian of a UTM zone, in degrees; and whether it is in the other hemisphere."""
    found = re.fullmatch(r"EPSG:32([67])(\d\d)", crs)
    if found is None:
        return 360, False
    longitude, latitude = centroid
    meridian = 6 * int(found[2]) - 183
    return abs((longitude - meridian + 180) % 360 - 180), (found[1] == "6") != (latitude >= 0)


def _named(places: Sequence[Place]) -> str:
    return _counted([repr(p.id) for p in places], "region")


def _counted(names: Sequence[str], noun: str) -> str:
    if len(names) == 1:
        return f"{noun} {names[0]}"
    return f"{len(names)} {noun}s ({names[0]} to {names[-1]})"


def _iso(day: int) -> str:
    return dt.datetime.fromtimestamp(day / 1000, dt.UTC).strftime("%Y-%m-%d")
