"""What is exported of an image: its bands in one type, on one grid, with what names and colours its values."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ee

from gee_scl.classes.schemes import Scheme, get_scheme
from gee_scl.errors import ArgumentError, CollectionError, SchemeError
from gee_scl.exports.grids import (
    ONE_DEGREE,
    Box,
    PixelGrid,
    Transform,
    around,
    north_up,
    overlap,
)
from gee_scl.exports.names import filled
from gee_scl.exports.raster_files.styles import class_tags
from gee_scl.expressions.remap import remap, with_class_properties
from gee_scl.options.checks import checked_crs, checked_scale, number_between
from gee_scl.requests.connection import require_open
from gee_scl.requests.door import Door
from gee_scl.scenes.provenance import SYNTHETIC, carry
from gee_scl.scenes.scene import nothing, without_grid

if TYPE_CHECKING:
    from gee_scl.regions.region import Regions

_BEND_METRES = 0.01
"""How far the bounds of a region may be off: much less than any pixel."""

_HIGHEST = {"uint8": 2**8 - 1, "uint16": 2**16 - 1}

_INTEGERS = {
    "uint8": (0, 2**8 - 1),
    "int8": (-(2**7), 2**7 - 1),
    "uint16": (0, 2**16 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "uint32": (0, 2**32 - 1),
    "int32": (-(2**31), 2**31 - 1),
}
"""Integer types of pixels, the smallest first, and what they hold."""

_CASTS = {
    **{name: f"to{name.replace('int', 'Int').replace('uI', 'Ui')}" for name in _INTEGERS},
    "float32": "toFloat",
    "float64": "toDouble",
}

_BYTES = {"uint8": 1, "int8": 1, "uint16": 2, "int16": 2, "uint32": 4, "int32": 4, "float32": 4, "float64": 8}

_FLOAT_NO_DATA = -9999.0

_MOST_IMAGES = 5000
"""Images that one request can describe: Earth Engine's limit on the elements of a collection."""


@dataclass(frozen=True)
class Wanted:
    """What the caller wants of each image.

    Attributes:
        scheme: the classes to export, or None for the bands as they are.
        bands: names of the bands; None for all, and for "SCL" where there is a scheme.
        regions: whose bounds are exported; None exports all of the image.
        scale: metres per pixel; None keeps the band's own.
        crs: None keeps the band's own.
        nodata: the value of masked pixels; None chooses.
    """

    scheme: Scheme | None
    bands: tuple[str, ...] | None
    regions: Regions | None
    scale: float | None
    crs: str | None
    nodata: float | None

    @classmethod
    def of(
        cls,
        scheme: str | Scheme | None,
        band: str | Sequence[str] | None,
        region: object,
        scale: float | None,
        crs: object,
        nodata: float | None,
    ) -> Wanted:
        """From the arguments of an export, checked.

        Raises:
            ArgumentError: an argument that cannot be used.
            SchemeError: the scheme does not exist, or has values that no class raster can hold.
            RegionError: the region cannot be read.
            NotInitializedError: no session is open.
        """
        chosen = None if scheme is None else get_scheme(scheme)
        if chosen is not None and (min(chosen.values) < 0 or max(chosen.values) > _HIGHEST["uint16"]):
            raise SchemeError("scheme", chosen.values, f"values from 0 to {_HIGHEST['uint16']}, as rasters have them")
        bands = (band,) if isinstance(band, str) else None if band is None else tuple(band)
        if bands is not None and not (bands and all(isinstance(name, str) and name for name in bands)):
            raise ArgumentError("band", band, "the name of a band, or of several, or None for all")
        if chosen is not None and bands is not None and len(bands) != 1:
            raise ArgumentError("band", band, "one band of class codes, or scheme=None for bands as they are")
        grid = checked_scale(scale), checked_crs(crs)
        wanted = cls(chosen, bands, None if region is None else _regions(region), *grid, nodata)
        require_open()
        if chosen is not None:
            wanted.class_nodata()
        return wanted

    @property
    def band(self) -> str:
        """The band of class codes."""
        return self.bands[0] if self.bands else "SCL"

    @property
    def class_type(self) -> str:
        """The type of a class raster."""
        values = [] if self.scheme is None else self.scheme.values
        return "uint8" if max(values, default=0) <= _HIGHEST["uint8"] else "uint16"

    def class_nodata(self) -> int:
        """The value of masked pixels of a class raster.

        Raises:
            ArgumentError: it is a class, or does not fit the type.
        """
        values, highest = ([] if self.scheme is None else self.scheme.values), _HIGHEST[self.class_type]
        if self.nodata is not None:
            value = number_between("nodata", self.nodata, 0, highest)
            if value != int(value) or int(value) in values:
                raise ArgumentError("nodata", self.nodata, f"a whole number to {highest} that is no class: {values}")
            return int(value)
        free = next((value for value in (0, highest) if value not in values), None)
        if free is None:
            raise ArgumentError("nodata", None, f"a whole number to {highest} that is no class: {values}")
        return free

    def selected(self, image: ee.Image) -> ee.Image:
        """The bands to export, with the image's properties; classes in their type, other bands as they are."""
        image = ee.Image(image)
        if self.scheme is None:
            return image if self.bands is None else image.select(list(self.bands))
        if not self.scheme.is_identity or set(self.scheme.left_out) - {0}:
            classes, name = remap(image, self.scheme, band=self.band), self.scheme.remapped_band(self.band)
        else:
            # Each code keeps its value, and Earth Engine masks 0 by itself: a table would change nothing.
            classes, name = image.select([self.band]), self.band
        cast = classes.toUint8() if self.class_type == "uint8" else classes.toUint16()
        return with_class_properties(carry(classes, name, cast, [name]), self.scheme, name)


@dataclass(frozen=True)
class Raster:
    """One raster to export.

    Attributes:
        image: its bands, in one type.
        bands: their names.
        dtype: their type, as numpy calls it.
        nodata: what masked pixels become.
        grid: its pixels.
        scheme: what its values mean, or None.
        index: `system:index` of the image, or None.
        time: milliseconds since 1970, or None.
        tile: MGRS tile, or None.
        synthetic: whether the image says that it was made and not measured.
        described: digits that stand for all that the server says of the image, its version among it.
    """

    image: ee.Image
    bands: tuple[str, ...]
    dtype: str
    nodata: float
    grid: PixelGrid
    scheme: Scheme | None
    index: str | None
    time: int | None
    tile: str | None
    synthetic: bool
    described: str

    @property
    def bytes(self) -> int:
        """Of all its pixels, without compression."""
        return self.grid.pixels * self.pixel_bytes

    @property
    def pixel_bytes(self) -> int:
        """Of one pixel in all bands."""
        return len(self.bands) * _BYTES[self.dtype]

    @property
    def whole_nodata(self) -> float | int:
        """The no-data value, as a whole number where it is one."""
        return int(self.nodata) if self.nodata == int(self.nodata) else self.nodata

    def filled(self) -> ee.Image:
        """The image with its no-data value where it is masked; 0 is what masked pixels are served as anyway."""
        if self.nodata == 0:
            return self.image
        image: ee.Image = ee.Image(getattr(self.image.unmask(self.whole_nodata, False), _CASTS[self.dtype])())
        return image

    def tagged(self) -> ee.Image:
        """The image with the properties that `class_tags` writes into TIFFs."""
        return self.image if self.scheme is None else ee.Image(self.image.set(ee.Dictionary(class_tags(self.scheme))))

    @property
    def tag_names(self) -> list[str]:
        """The properties that are to become tags of a TIFF."""
        own = [] if self.scheme is None else list(class_tags(self.scheme))
        return [*own, *([SYNTHETIC] if self.synthetic else [])]

    def facts(self) -> dict[str, str | None]:
        """What a template for names may hold of it."""
        moment = None if self.time is None else dt.datetime.fromtimestamp(self.time / 1000, dt.UTC)
        return {
            "tile": self.tile,
            "date": None if moment is None else f"{moment:%Y-%m-%d}",
            "time": None if moment is None else f"{moment:%Y%m%dT%H%M%S}",
            "image": self.index,
            "scheme": "-".join(self.bands)[:40] if self.scheme is None else self.scheme.name,
            "band": "-".join(self.bands)[:40],
            "crs": self.grid.crs.replace(":", ""),
        }

    def name(self, template: str) -> str:
        """A template filled in, not yet made valid."""
        return filled(template, self.facts())


def describe(image: object, wanted: Wanted, door: Door) -> Raster:
    """One image as it is to be exported. One request, or two or three where region, scale or CRS are given.

    Raises:
        ArgumentError: no ee.Image, or a grid that has no end and no region.
        CollectionError: the image has no band, or does not meet the region.
        RequestError: Earth Engine refused.
    """
    if not isinstance(image, ee.Image):
        hint = "Export a collection with export_collection." if isinstance(image, ee.ImageCollection) else ""
        raise ArgumentError("image", image, "an ee.Image", hint)
    selected = wanted.selected(image)
    info = door.value("Describing the image", selected)
    (raster,) = _rasters([(selected, info)], wanted, door)
    if raster is None:
        raise CollectionError("region", "a region that the image does not meet", "a region that meets the image")
    return raster


def describe_all(images: ee.ImageCollection, wanted: Wanted, door: Door, most: int) -> tuple[list[Raster], list[str]]:
    """The images of a collection as they are to be exported, and the indices of those that do not meet the region.

    Raises:
        ArgumentError: more images than `most`.
        CollectionError: no image, one without bands, or two of the same index.
        RequestError: Earth Engine refused.
    """
    count = int(door.value("Counting the images", images.size()))
    if not count:
        raise nothing("images")
    if count > min(most, _MOST_IMAGES):
        raise ArgumentError("images", f"{count} images", f"at most {most}", f"most={count} asks for all of them.")
    described = door.value("Describing the images", images.map(wanted.selected))["features"]
    indices = [str(info["properties"]["system:index"]) for info in described]
    if len(set(indices)) < len(indices):
        raise CollectionError("images", "images of the same system:index", "images that can be told apart")

    def chosen(index: str) -> ee.Image:
        return wanted.selected(ee.Image(images.filter(ee.Filter.eq("system:index", index)).first()))

    rasters = _rasters([(chosen(i), info) for i, info in zip(indices, described, strict=True)], wanted, door)
    missed = [index for index, raster in zip(indices, rasters, strict=True) if raster is None]
    return [raster for raster in rasters if raster is not None], missed


@dataclass(frozen=True)
class _Own:
    """The grid that an image's first band has: its pixels without end, and where they end, if they do."""

    crs: str
    transform: Transform
    box: Box | None

    @classmethod
    def of(cls, band: Mapping[str, Any]) -> _Own:
        if "crs" not in band:
            raise ArgumentError("image", "a CRS without a code", "a band whose CRS has a code", "Give crs and scale.")
        crs, transform = band["crs"], north_up(band["crs_transform"], str(band["id"]))
        size = band.get("dimensions")
        if size is None:
            return cls(crs, transform, None)
        column, row = band.get("origin", (0, 0))
        return cls(crs, transform, PixelGrid(crs, transform, 1, 1).window(column, row, *size).box)

    @property
    def shapeless(self) -> bool:
        """Whether it is the grid of a composite or a constant, which nobody has chosen."""
        return self.crs == "EPSG:4326" and self.transform[0] * ONE_DEGREE >= ONE_DEGREE and self.box is None


def _rasters(images: Sequence[tuple[ee.Image, Mapping[str, Any]]], wanted: Wanted, door: Door) -> list[Raster | None]:
    """Each image's raster; None where it does not meet the region."""
    owns = [_Own.of(_first_band(info)) for _, info in images]
    if wanted.crs is None or wanted.scale is None:
        for own in owns:
            if own.shapeless:
                raise without_grid("image")
    lattices = _lattices(owns, wanted, door)
    extents = _extents([image for image, _ in images], owns, lattices, door)
    region_boxes = {} if wanted.regions is None else _region_boxes(wanted.regions, lattices, door)
    rasters: list[Raster | None] = []
    for (image, info), (crs, transform), extent in zip(images, lattices, extents, strict=True):
        box = extent
        if wanted.regions is not None:
            box = region_boxes[crs] if extent is None else overlap(region_boxes[crs], extent)
            if box is None:
                rasters.append(None)
                continue
        if box is None:
            raise ArgumentError("region", None, "a region, as the image has no bounds")
        rasters.append(_raster(image, info, around(crs, transform, box), wanted))
    return rasters


def _first_band(info: Mapping[str, Any]) -> Mapping[str, Any]:
    if not info.get("bands"):
        raise CollectionError("image", "an image without bands", "an image with a band to export")
    band: Mapping[str, Any] = info["bands"][0]
    return band


def _lattices(owns: Sequence[_Own], wanted: Wanted, door: Door) -> list[tuple[str, Transform]]:
    """The CRS and the endless grid that each image is exported on."""
    if wanted.scale is None and all(wanted.crs in (None, own.crs) for own in owns):
        return [(own.crs, own.transform) for own in owns]
    kinds = sorted({(own.crs, own.transform) for own in owns})
    scales = door.value("Scales of grids", ee.List([ee.Projection(crs, list(t)).nominalScale() for crs, t in kinds]))
    known = dict(zip(kinds, scales, strict=True))
    if wanted.crs is None:
        return [(own.crs, _scaled(own.transform, wanted.scale, known[own.crs, own.transform])) for own in owns]
    wished = sorted({wanted.scale or known[own.crs, own.transform] for own in owns})
    grids = door.value("Grids of a CRS", ee.List([ee.Projection(wanted.crs).atScale(scale) for scale in wished]))
    of_scale = {scale: north_up(grid["transform"], wanted.crs) for scale, grid in zip(wished, grids, strict=True)}
    return [(wanted.crs, of_scale[wanted.scale or known[own.crs, own.transform]]) for own in owns]


def _scaled(transform: Transform, scale: float | None, own: float) -> Transform:
    factor = 1.0 if scale is None else scale / own
    a, b, x, d, e, y = transform
    return a * factor, b, x, d, e * factor, y


def _extents(
    images: Sequence[ee.Image], owns: Sequence[_Own], lattices: Sequence[tuple[str, Transform]], door: Door
) -> list[Box | None]:
    """Where each image ends, in the CRS that it is exported in; None where it does not."""
    extents = [own.box if own.crs == crs else None for own, (crs, _) in zip(owns, lattices, strict=True)]
    outlines = {
        str(number): image.geometry() if own.box is None else ee.Geometry.Rectangle(list(own.box), own.crs, False)
        for number, (image, own) in enumerate(zip(images, owns, strict=True))
        if extents[number] is None
    }
    # The bounds of what has none are an error, so that they are asked for after.
    guessed = {number: outline.isUnbounded() for number, outline in outlines.items() if not owns[int(number)].box}
    endless = door.value("Bounds of the image", ee.Dictionary(guessed)) if guessed else {}
    asked = {
        number: outline.bounds(_BEND_METRES, lattices[int(number)][0]).coordinates()
        for number, outline in outlines.items()
        if not endless.get(number)
    }
    if asked:
        for number, corners in door.value("Bounds of the image", ee.Dictionary(asked)).items():
            extents[int(number)] = _box(corners)
    return extents


def _region_boxes(regions: Regions, lattices: Iterable[tuple[str, Transform]], door: Door) -> dict[str, Box]:
    """The bounds of all regions together, by CRS; one request for each."""
    table = regions.server
    if table is None:
        table = ee.FeatureCollection([region.to_feature("key", key) for key, region in enumerate(regions.items)])
    boxes = {}
    for crs in {crs for crs, _ in lattices}:

        def bounds(feature: ee.Feature, crs: str = crs) -> ee.Feature:
            return _feature({"box": feature.geometry().bounds(_BEND_METRES, crs).coordinates()})

        rows = door.rows("Bounds of the region", ee.FeatureCollection(table.map(bounds)))
        found = [box for row in rows if (box := _box(row["box"])) is not None]
        if not found:
            raise CollectionError("region", "a region of nothing", "a region with an area")
        west, south, east, north = zip(*found, strict=True)
        boxes[crs] = (min(west), min(south), max(east), max(north))
    return boxes


def _feature(properties: Mapping[str, Any]) -> ee.Feature:
    feature: ee.Feature = ee.Feature(None, properties)
    return feature


def _box(coordinates: Sequence[Any]) -> Box | None:
    if not coordinates:
        return None
    x, y = zip(*coordinates[0], strict=True)
    return min(x), min(y), max(x), max(y)


def _raster(image: ee.Image, info: Mapping[str, Any], grid: PixelGrid, wanted: Wanted) -> Raster:
    bands, properties = info["bands"], info.get("properties") or {}
    if wanted.scheme is not None:
        dtype, nodata = wanted.class_type, float(wanted.class_nodata())
    else:
        dtype = _common_type([band["data_type"] for band in bands])
        nodata = _nodata(wanted.nodata, dtype)
        # One type for all bands: Earth Engine refuses to export "inconsistent types".
        names = [band["id"] for band in bands]
        image = carry(image, names[0], getattr(image, _CASTS[dtype])(), names)
    time = properties.get("system:time_start")
    return Raster(
        image=image,
        bands=tuple(band["id"] for band in bands),
        dtype=dtype,
        nodata=nodata,
        grid=grid,
        scheme=wanted.scheme,
        index=properties.get("system:index"),
        time=None if time is None else int(time),
        tile=properties.get("MGRS_TILE"),
        synthetic=properties.get(SYNTHETIC) == "true",
        described=hashlib.sha256(json.dumps(info, sort_keys=True).encode()).hexdigest()[:16],
    )


def _common_type(types: Sequence[Mapping[str, Any]]) -> str:
    """The smallest type that holds what all bands can have."""
    precisions = {kind.get("precision") for kind in types}
    low = min((kind["min"] for kind in types if kind.get("min") is not None), default=0)
    high = max((kind["max"] for kind in types if kind.get("max") is not None), default=0)
    if precisions == {"int"}:
        return next((name for name, (a, b) in _INTEGERS.items() if a <= low and high <= b), "float64")
    if "double" in precisions:
        return "float64"
    # Whole numbers beyond 2^24 have no place in 32 bits of a float.
    large = any(kind.get("precision") == "int" and max(-kind["min"], kind["max"]) > 2**24 for kind in types)
    return "float64" if large else "float32"


def _nodata(given: float | None, dtype: str) -> float:
    if given is None:
        if dtype not in _INTEGERS:
            return _FLOAT_NO_DATA
        low, high = _INTEGERS[dtype]
        return float(high if low == 0 else low)
    if dtype in _INTEGERS:
        low, high = _INTEGERS[dtype]
        if number_between("nodata", given, low, high) != int(given):
            raise ArgumentError("nodata", given, f"a whole number from {low} to {high}, as the bands are {dtype}")
    return number_between("nodata", given, -3e38)


def _regions(region: object) -> Regions:
    from gee_scl.regions.as_regions import as_region

    return as_region(region)
