"""Where exports lie: the endless grid that each image is exported on, and how far image and region reach on it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import ee

from gee_scl.errors import ArgumentError, CollectionError
from gee_scl.exports.grids import GIVE_GRID, Box, Lattice, PixelGrid, is_north_up, joined, north_up, overlap
from gee_scl.exports.raster_options import RasterOptions, described_bands
from gee_scl.requests.door import Door
from gee_scl.scenes.emptiness import made_of_nothing
from gee_scl.scenes.provenance import IMAGES, SYNTHETIC
from gee_scl.scenes.scene import Scene, utc_day, without_grid
from gee_scl.scenes.surroundings import warn_of_coarse_pixels

if TYPE_CHECKING:
    from gee_scl.regions.region import Regions

_BEND_METRES = 0.01
"""How far the bounds of a region may be off: much less than any pixel."""

_METRES_PER_DEGREE = math.radians(6_378_137)
"""On the equator of WGS84: how Earth Engine counts the nominal scale of a grid in degrees."""


@dataclass(frozen=True)
class DescribedImage:
    """An image with what the server says of it.

    Attributes:
        image: the bands to export.
        bands: descriptions of them.
        properties: of the image.
    """

    image: ee.Image
    bands: Sequence[Mapping[str, Any]]
    properties: Mapping[str, Any]

    @classmethod
    def of(cls, image: ee.Image, description: Mapping[str, Any]) -> DescribedImage:
        """From the server's answer.

        Raises:
            CollectionError: the image has no bands, or was made of a collection that holds no image.
        """
        bands, properties = described_bands(description), description.get("properties") or {}
        if properties.get(IMAGES) == 0:
            raise made_of_nothing("image")
        return cls(image, bands, properties)

    @cached_property
    def own_lattice(self) -> Lattice:
        """The grid of its first band.

        Raises:
            ArgumentError: it is turned, or has a CRS without a code.
        """
        band = self.bands[0]
        if "crs" not in band:
            raise ArgumentError("image", "a CRS without a code", "a band whose CRS has a code", GIVE_GRID)
        return Lattice(band["crs"], north_up(band["crs_transform"], str(band["id"])))

    @cached_property
    def own_box(self) -> Box | None:
        """Where its first band ends, in the band's own CRS; None where it does not, or the grid cannot be used."""
        size = self.bands[0].get("dimensions")
        column, row = self.bands[0].get("origin", (0, 0))
        return None if size is None or not self._is_plain else self.own_lattice.window(column, row, *size).box

    def lies_in(self, crs: str) -> bool:
        """Whether the grid of its first band can be used, and is of this CRS."""
        return self._is_plain and self.own_lattice.crs == crs

    @property
    def _is_plain(self) -> bool:
        """Whether the grid of its first band can be used: it is not turned, and its CRS has a code."""
        band = self.bands[0]
        return "crs" in band and is_north_up(band["crs_transform"])

    @cached_property
    def scene(self) -> Scene:
        """What it is among the images of a collection."""
        time, band = self.properties.get("system:time_start"), self.bands[0]
        crs = str(band.get("crs", ""))
        unit = _METRES_PER_DEGREE if crs == "EPSG:4326" else 1.0
        return Scene(
            index=self.properties.get("system:index", ""),
            time=None if time is None else int(time),
            tile=self.properties.get("MGRS_TILE"),
            crs=crs,
            scale=abs(band["crs_transform"][0]) * unit,
            synthetic=self.properties.get(SYNTHETIC) == "true",
            day=None if time is None else utc_day(time),
        )


def pixel_grids(images: Sequence[DescribedImage], options: RasterOptions, door: Door) -> list[PixelGrid | None]:
    """The pixels that each image is exported as; None where it does not meet the region.

    Args:
        images: described.
        options: region, scale and CRS, as far as the caller has said.
        door: asks: nothing where images are exported whole and on their own grids, else one request each for scale,
            CRS, and the bounds of images and of the region.

    Raises:
        ArgumentError: an image has no grid of its own, or no end, and the caller has given none.
        CollectionError: the region is empty.
        RequestError: Earth Engine refused.

    Warns:
        UserWarning: distances in the images are evaluated on coarser pixels than theirs.
    """
    if options.grid.scale is not None and images:
        warn_of_coarse_pixels(images[0].image, options.grid.scale, images[0].scene.scale)
    if not options.grid.is_whole:
        for described in images:
            if described.own_box is None and not described.scene.has_grid:
                raise without_grid("image")
    lattices = _lattices(images, options, door)
    if options.regions is not None:
        lattices = joined(lattices)
    extents = _extents(images, lattices, door)
    region_boxes = {} if options.regions is None else _region_boxes(options.regions, lattices, door)
    return [
        _pixel_grid(lattice, extent, region_boxes.get(lattice.crs))
        for lattice, extent in zip(lattices, extents, strict=True)
    ]


def _pixel_grid(lattice: Lattice, extent: Box | None, region_box: Box | None) -> PixelGrid | None:
    if region_box is None:
        if extent is None:
            raise ArgumentError("region", None, "a region, as the image has no bounds")
        return lattice.around(extent)
    meets = extent is None or overlap(extent, region_box) is not None
    # Of a region all is taken, also what the image does not cover, so that its files are of one size.
    return lattice.around(region_box) if meets else None


def _lattices(images: Sequence[DescribedImage], options: RasterOptions, door: Door) -> list[Lattice]:
    """The endless grid that each image is exported on."""
    crs, scale = options.grid.crs, options.grid.scale
    if crs is not None and scale is not None:
        (grid,) = door.value("Grids of a CRS", ee.List([ee.Projection(crs).atScale(scale)]))
        return [Lattice(crs, north_up(grid["transform"], crs))] * len(images)
    own_lattices = [described.own_lattice for described in images]
    if scale is None and all(crs in (None, own.crs) for own in own_lattices):
        return own_lattices
    kinds = sorted(set(own_lattices), key=lambda own: (own.crs, own.transform))
    projections = [ee.Projection(own.crs, list(own.transform)).nominalScale() for own in kinds]
    own_scales = dict(zip(kinds, door.value("Scales of grids", ee.List(projections)), strict=True))
    if crs is None:
        # An image has its own corner. A region has one grid, whichever tile is seen of it.
        starts = own_lattices if options.regions is None else [own.from_zero() for own in own_lattices]
        pairs = zip(starts, own_lattices, strict=True)
        return [start if scale is None else start.scaled(scale / own_scales[own]) for start, own in pairs]
    scales = sorted({scale or own_scales[own] for own in own_lattices})
    grids = door.value("Grids of a CRS", ee.List([ee.Projection(crs).atScale(metres) for metres in scales]))
    lattices = {
        metres: Lattice(crs, north_up(grid["transform"], crs)) for metres, grid in zip(scales, grids, strict=True)
    }
    return [lattices[scale or own_scales[own]] for own in own_lattices]


def _extents(images: Sequence[DescribedImage], lattices: Sequence[Lattice], door: Door) -> list[Box | None]:
    """Where each image ends, in the CRS that it is exported in; None where it does not."""
    pairs = list(zip(images, lattices, strict=True))
    extents = [described.own_box if described.lies_in(lattice.crs) else None for described, lattice in pairs]
    outlines = {str(number): _outline(described) for number, described in enumerate(images) if extents[number] is None}
    # The bounds of what has none are an error, so that they are asked for after.
    doubtful = {
        number: outline.isUnbounded() for number, outline in outlines.items() if images[int(number)].own_box is None
    }
    endless = door.value("Bounds of the image", ee.Dictionary(doubtful)) if doubtful else {}
    bounds = {
        number: outline.bounds(_BEND_METRES, lattices[int(number)].crs).coordinates()
        for number, outline in outlines.items()
        if not endless.get(number)
    }
    if bounds:
        for number, corners in door.value("Bounds of the image", ee.Dictionary(bounds)).items():
            extents[int(number)] = _box(corners)
    return extents


def _outline(described: DescribedImage) -> Any:
    if described.own_box is None:
        return described.image.geometry()
    return ee.Geometry.Rectangle(list(described.own_box), described.own_lattice.crs, False)


def _region_boxes(regions: Regions, lattices: Sequence[Lattice], door: Door) -> dict[str, Box]:
    """The bounds of all regions together, by CRS; one request for each."""
    table = regions.to_features("key")
    region_boxes = {}
    for crs in {lattice.crs for lattice in lattices}:

        def bounds(feature: ee.Feature, crs: str = crs) -> ee.Feature:
            outline: Any = ee.Feature(feature).geometry()
            box: ee.Feature = ee.Feature(None, {"box": outline.bounds(_BEND_METRES, crs).coordinates()})
            return box

        rows = door.rows("Bounds of the region", ee.FeatureCollection(table.map(bounds)))
        boxes = [box for row in rows if (box := _box(row["box"])) is not None]
        if not boxes:
            raise CollectionError("region", "a region of nothing", "a region with an area")
        west, south, east, north = zip(*boxes, strict=True)
        region_boxes[crs] = (min(west), min(south), max(east), max(north))
    return region_boxes


def _box(coordinates: Sequence[Any]) -> Box | None:
    if not coordinates:
        return None
    x, y = zip(*coordinates[0], strict=True)
    return min(x), min(y), max(x), max(y)
