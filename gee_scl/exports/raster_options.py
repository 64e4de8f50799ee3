"""What is exported of each image, as a caller says it: classes or bands, region, grid, and the value of no data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ee

from gee_scl.classes.schemes import Scheme, get_scheme
from gee_scl.errors import ArgumentError, SchemeError
from gee_scl.exports.pixel_types import UINT8, UINT16, PixelType
from gee_scl.expressions.remap import remap, with_class_properties
from gee_scl.options.checks import number_between
from gee_scl.scenes.provenance import carry
from gee_scl.statistics.grid import Grid

if TYPE_CHECKING:
    from gee_scl.regions.region import Regions


@dataclass(frozen=True)
class RasterOptions:
    """What is exported of each image, checked.

    Attributes:
        scheme: the classes to export, or None for the bands as they are.
        bands: names of the bands; None for all, and for "SCL" where there is a scheme.
        regions: whose bounds are exported; None exports all of the image.
        grid: as far as the caller has said; the rest is the band's own.
        nodata: the value of masked pixels; None chooses.
    """

    scheme: Scheme | None
    bands: tuple[str, ...] | None
    regions: Regions | None
    grid: Grid
    nodata: float | None

    @classmethod
    def of(
        cls,
        scheme: str | Scheme | None,
        band: str | Sequence[str] | None,
        region: object,
        scale: object,
        crs: object,
        nodata: float | None = None,
    ) -> RasterOptions:
        """From the arguments of an export. No request is made.

        Raises:
            ArgumentError: an argument that cannot be used.
            SchemeError: the scheme does not exist, or has values that no class raster can hold.
            RegionError: the region cannot be read.
        """
        classes = None if scheme is None else get_scheme(scheme)
        if classes is not None and not UINT16.holds(min(classes.values), max(classes.values)):
            raise SchemeError("scheme", classes.values, f"values from {_ends(UINT16)}, as rasters have them")
        options = cls(classes, _bands(band, classes), _regions(region), Grid.of(scale, crs), nodata)
        if classes is not None:
            options.class_nodata()
        return options

    @property
    def band(self) -> str:
        """The band of class codes."""
        return self.bands[0] if self.bands else "SCL"

    @property
    def class_type(self) -> PixelType:
        """The type of a class raster."""
        return UINT8 if UINT8.holds(0, max(self._values, default=0)) else UINT16

    def class_nodata(self) -> int:
        """The value of masked pixels of a class raster.

        Raises:
            ArgumentError: it is a class, or does not fit the type.
        """
        low, highest = self.class_type.range or (0, 0)
        allowed = f"a whole number to {highest} that is no class: {self._values}"
        if self.nodata is not None:
            value = number_between("nodata", self.nodata, low, highest)
            if value != int(value) or int(value) in self._values:
                raise ArgumentError("nodata", self.nodata, allowed)
            return int(value)
        free = next((value for value in (0, highest) if value not in self._values), None)
        if free is None:
            raise ArgumentError("nodata", None, allowed)
        return free

    def selected(self, image: ee.Image) -> ee.Image:
        """The bands to export, with the image's properties; classes in their type, other bands as they are."""
        image = ee.Image(image)
        if self.scheme is None:
            return image if self.bands is None else ee.Image(image.select(list(self.bands)))
        if not self.scheme.is_identity or set(self.scheme.left_out) - {0}:
            classes, name = remap(image, self.scheme, band=self.band), self.scheme.remapped_band(self.band)
        else:
            # Each code keeps its value, and Earth Engine masks 0 by itself: a table would change nothing.
            classes, name = image.select([self.band]), self.band
        cast = self.class_type.of_image(classes)
        return with_class_properties(carry(classes, name, cast, [name]), self.scheme, name)

    @property
    def _values(self) -> Sequence[int]:
        return () if self.scheme is None else self.scheme.values


def _bands(band: str | Sequence[str] | None, scheme: Scheme | None) -> tuple[str, ...] | None:
    bands = (band,) if isinstance(band, str) else None if band is None else tuple(band)
    if bands is not None and not (bands and all(isinstance(name, str) and name for name in bands)):
        raise ArgumentError("band", band, "the name of a band, or of several, or None for all")
    if scheme is not None and bands is not None and len(bands) != 1:
        raise ArgumentError("band", band, "one band of class codes, or scheme=None for bands as they are")
    return bands


def _regions(region: object) -> Regions | None:
    # numpy comes with it: `import gee_scl` stays light.
    from gee_scl.regions.as_regions import as_region

    return None if region is None else as_region(region)


def _ends(kind: PixelType) -> str:
    low, high = kind.range or (0, 0)
    return f"{low} to {high}"
