"""What is exported of an image: its bands in one type, on one grid, with what names and colours its values."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ee

from gee_scl.classes.band_schemes import class_properties
from gee_scl.classes.schemes import Scheme
from gee_scl.errors import ArgumentError, CollectionError
from gee_scl.exports.asset_properties import asset_key, with_asset_properties
from gee_scl.exports.grids import PixelGrid
from gee_scl.exports.lattices import DescribedImage, pixel_grids
from gee_scl.exports.names import filled
from gee_scl.exports.pixel_types import UINT8, PixelType, common_type, whole_reflectance
from gee_scl.exports.raster_files.styles import class_tags
from gee_scl.exports.raster_options import RasterOptions
from gee_scl.expressions.colors import RGB_BANDS
from gee_scl.requests.door import Door
from gee_scl.scenes.emptiness import made_of_nothing, nothing
from gee_scl.scenes.provenance import IMAGES, SYNTHETIC, carry
from gee_scl.scenes.scene import Scene

_NAME_CHARACTERS = 40
"""That the names of bands have at most in the name of an export."""

_SENTINEL_2_RGB = ("B4", "B3", "B2")

_OF_SENTINEL_2 = ("MGRS_TILE", "gee_scl:composite")
"""Properties that its images have, and composites of them."""


@dataclass(frozen=True)
class Raster:
    """One raster to export.

    Attributes:
        image: its bands, in one type.
        bands: their names.
        type: of its pixels.
        nodata: what masked pixels become; None where all values are taken, as in pictures: they are 0 then.
        grid: its pixels.
        scheme: what its values mean, or None.
        scene: what the image is among those of a collection.
        of_sentinel_2: whether it is of Sentinel-2's images: other satellites give the names of its bands to others.
        described: digits that stand for all that the server says of the image, its version among it.
        properties: that the server says the image has.
    """

    image: ee.Image
    bands: tuple[str, ...]
    type: PixelType
    nodata: float | None
    grid: PixelGrid
    scheme: Scheme | None
    scene: Scene
    of_sentinel_2: bool
    described: str
    properties: Mapping[str, Any]

    @property
    def bytes(self) -> int:
        """Of all its pixels, without compression."""
        return self.grid.pixels * self.pixel_bytes

    @property
    def pixel_bytes(self) -> int:
        """Of one pixel in all bands."""
        return len(self.bands) * self.type.bytes

    @property
    def whole_nodata(self) -> float | int | None:
        """The no-data value, as a whole number where it is one."""
        return int(self.nodata) if self.nodata is not None and self.nodata == int(self.nodata) else self.nodata

    @property
    def can_be_averaged(self) -> bool:
        """Whether a mean of its values is one: of classes it never is, and whole numbers may be classes."""
        return self.scheme is None and self.type.range is None

    @property
    def colors(self) -> Mapping[str, str]:
        """Which bands are red, green and blue to GDAL, where all three are there."""
        triples = (RGB_BANDS, ("red", "green", "blue"), *([_SENTINEL_2_RGB] if self.of_sentinel_2 else []))
        triple = next((triple for triple in triples if set(triple) <= set(self.bands)), ())
        return dict(zip(triple, ("Red", "Green", "Blue"), strict=False))

    def filled(self) -> ee.Image:
        """The image with its no-data value where it is masked; 0 is what masked pixels are served as anyway."""
        return self.type.of_image(self.image.unmask(self.whole_nodata, False)) if self.nodata else self.image

    def tagged(self, *, fills: bool) -> ee.Image:
        """The image with the properties that `class_tags` writes into TIFFs.

        Args:
            fills: whether pixels without data get their value by the image. Beyond an image's footprint exports to
                Drive are seen to have 0, whatever value is asked for.
        """
        image = carry(self.image, self.bands[0], self.filled(), self.bands) if fills and self.nodata else self.image
        return image if self.scheme is None else ee.Image(image.set(ee.Dictionary(class_tags(self.scheme))))

    def for_asset(self) -> ee.Image:
        """The image with the properties that an asset can have."""
        if self.scheme is None:
            return with_asset_properties(self.image, self.properties)
        classes = class_properties(self.scheme, self.bands[0])
        kept = with_asset_properties(self.image, {**self.properties, **classes})
        named: ee.Image = ee.Image(kept.set(asset_key("gee_scl:scheme"), self.scheme.name))
        return named

    @property
    def tag_names(self) -> tuple[str, ...]:
        """The properties that are to become tags of a TIFF."""
        own = () if self.scheme is None else tuple(class_tags(self.scheme))
        return (*own, *((SYNTHETIC,) if self.scene.synthetic else ()))

    def facts(self) -> dict[str, str | None]:
        """What a template for names may hold of it."""
        scene, bands = self.scene, "-".join(self.bands)[:_NAME_CHARACTERS]
        moment = None if scene.time is None else dt.datetime.fromtimestamp(scene.time / 1000, dt.UTC)
        return {
            "tile": scene.tile,
            "date": scene.day,
            "time": None if moment is None else f"{moment:%Y%m%dT%H%M%S}",
            "image": scene.index or None,
            "scheme": bands if self.scheme is None else self.scheme.name,
            "band": bands,
            "crs": self.grid.crs_label.replace(":", ""),
        }

    def name(self, template: str) -> str:
        """A template filled in, not yet made valid."""
        return filled(template, self.facts())


def describe(image: object, options: RasterOptions, door: Door) -> Raster:
    """One image as it is to be exported. One request, or two or three where region, scale or CRS are given.

    Raises:
        ArgumentError: no ee.Image, or a grid that has no end and no region.
        CollectionError: the image has not the bands, fractions in the band of classes, or does not meet the region.
        RequestError: Earth Engine refused.
    """
    if not isinstance(image, ee.Image):
        hint = "Export a collection with export_collection." if isinstance(image, ee.ImageCollection) else ""
        raise ArgumentError("image", image, "an ee.Image", hint)
    whole = door.value("Describing the image", image)
    # None is the first image of a collection without images.
    if whole is None or (whole.get("properties") or {}).get(IMAGES) == 0:
        raise made_of_nothing("image")
    options = options.for_image(whole)
    description = options.described(whole)
    described = DescribedImage.of(options.selected(image), description)
    (grid,) = pixel_grids([described], options, door)
    if grid is None:
        raise CollectionError("region", "a region that the image does not meet", "a region that meets the image")
    return _raster(described, description, grid, options)


def options_for(images: ee.ImageCollection, options: RasterOptions, door: Door) -> RasterOptions:
    """The options for a collection, by what its first image has; one request.

    Raises:
        CollectionError: there is no image, it has not the bands, or fractions in the band of classes.
        RequestError: Earth Engine refused.
    """
    first = door.value("Describing the first image", images.limit(1)).get("features")
    if not first:
        raise nothing("images", images, door)
    return options.for_image(first[0])


def describe_all(images: ee.ImageCollection, options: RasterOptions, door: Door) -> tuple[list[Raster], list[str]]:
    """The images of a collection as they are to be exported, and the indices of those that do not meet the region.

    Raises:
        ArgumentError: an image whose grid has no end, and no region.
        CollectionError: an image without bands, or two of the same index.
        RequestError: Earth Engine refused.
    """
    descriptions = door.value("Describing the images", images.map(options.selected))["features"]
    indices = [str(description["properties"]["system:index"]) for description in descriptions]
    if len(set(indices)) < len(indices):
        raise CollectionError("images", "images of the same system:index", "images that can be told apart")

    def selected(index: str) -> ee.Image:
        return options.selected(ee.Image(images.filter(ee.Filter.eq("system:index", index)).first()))

    pairs = list(zip(indices, descriptions, strict=True))
    described = [DescribedImage.of(selected(index), description) for index, description in pairs]
    grids = pixel_grids(described, options, door)
    rasters = [
        None if grid is None else _raster(image, description, grid, options)
        for image, description, grid in zip(described, descriptions, grids, strict=True)
    ]
    missed = [index for index, raster in zip(indices, rasters, strict=True) if raster is None]
    return [raster for raster in rasters if raster is not None], missed


def _raster(
    described: DescribedImage, description: Mapping[str, Any], grid: PixelGrid, options: RasterOptions
) -> Raster:
    image, bands = described.image, [str(band["id"]) for band in described.bands]
    if options.scheme is not None:
        kind = options.class_type
        nodata: float | None = float(options.class_nodata())
    else:
        kind = common_type(whole_reflectance(described.bands))
        # A picture has all values of its bytes: none is left for what is masked.
        is_picture = kind == UINT8 and set(bands) == set(RGB_BANDS) and options.nodata is None
        nodata = None if is_picture else kind.nodata(options.nodata)
        # One type for all bands: Earth Engine refuses to export "inconsistent types". Its casts cut fractions off.
        rounded = kind.range is not None and any(band["data_type"]["precision"] != "int" for band in described.bands)
        image = carry(image, bands[0], kind.of_image(image.round() if rounded else image), bands)
    return Raster(
        image=image,
        bands=tuple(bands),
        type=kind,
        nodata=nodata,
        grid=grid,
        scheme=options.scheme,
        scene=described.scene,
        of_sentinel_2=any(name in described.properties for name in _OF_SENTINEL_2),
        properties=described.properties,
        described=hashlib.sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()[:16],
    )
