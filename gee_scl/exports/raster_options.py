"""What is exported of each image, as a caller says it: classes or bands, region, grid, and the value of no data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import ee

from gee_scl.classes.band_schemes import DefaultScheme
from gee_scl.classes.carried import SCL_BAND
from gee_scl.classes.schemes import Scheme, carried_scheme, get_scheme
from gee_scl.errors import ArgumentError, CollectionError, SchemeError
from gee_scl.exports.pixel_types import LOWEST_NUMBER, UINT8, UINT16, PixelType
from gee_scl.expressions.remap import remap, with_class_properties
from gee_scl.options.caller_warning import warn_caller
from gee_scl.options.checks import number_between
from gee_scl.scenes.band_classes import require_codes
from gee_scl.scenes.provenance import carry
from gee_scl.statistics.grid import Grid

if TYPE_CHECKING:
    from gee_scl.regions.region import Regions

_BANDS = "scheme=None exports bands as they are; band=None all of them."


@dataclass(frozen=True)
class RasterOptions:
    """What is exported of each image, checked.

    Attributes:
        scheme: the classes to export, or None for the bands as they are.
        bands: names of the bands; None for all, and for "SCL" where there is a scheme.
        is_open: whether the caller has said nothing of classes, so that the image's bands say it.
        model: the first of the bands, as far as the image was looked at.
        keeps_codes: whether each code stays as it is, and the type holds all that the band can have.
        regions: whose bounds are exported; None exports all of the image.
        grid: as far as the caller has said; the rest is the band's own.
        nodata: the value of masked pixels; None chooses.
    """

    scheme: Scheme | None
    bands: tuple[str, ...] | None
    regions: Regions | None
    grid: Grid
    nodata: float | None
    is_open: bool = False
    model: str = SCL_BAND
    keeps_codes: bool = False

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
        if nodata is not None:
            number_between("nodata", nodata, LOWEST_NUMBER)
        nobody_said = isinstance(scheme, DefaultScheme)
        bands = _bands(band, None if nobody_said else classes)
        options = cls(classes, bands, _regions(region), Grid.of(scale, crs), nodata, nobody_said)
        if classes is not None and not nobody_said:
            options.class_nodata()
        return options

    def for_image(self, description: Mapping[str, Any]) -> RasterOptions:
        """The options for an image whose bands are known: where the caller has said nothing of classes, they say it.

        The band called SCL has the SCL's classes, another band those that its image gives for it; whatever else there
        is goes out as it is.

        Args:
            description: of the image, with all its bands, by the server.

        Raises:
            CollectionError: the image has not the bands, or fractions in the band of classes.
            ArgumentError: a no-data value that the classes cannot have.

        Warns:
            UserWarning: the band can have values that the type of the scheme's values cannot.
        """
        bands = {str(band["id"]): band for band in described_bands(description)}
        wanted = self._wanted(list(bands))
        missing = [name for name in wanted if name not in bands]
        if missing:
            raise CollectionError("band", missing if len(missing) > 1 else missing[0], f"of {', '.join(bands)}", _BANDS)
        options = replace(self, model=wanted[0], is_open=False)
        if self.is_open and list(wanted) != [SCL_BAND]:
            carried = None if len(wanted) > 1 else carried_scheme(description.get("properties") or {}, wanted[0])
            options = replace(options, scheme=carried, bands=tuple(wanted) if carried else self.bands)
        if options.scheme is None:
            return options
        require_codes(bands[wanted[0]], "image", _BANDS)
        options.class_nodata()
        low, high = (bands[wanted[0]]["data_type"][end] for end in ("min", "max"))
        if not options.class_type.holds(low, high):
            warn_caller(
                f"The band {wanted[0]!r} can have values from {low} to {high}: those that scheme "
                f"{options.scheme.name!r} does not know become no data."
            )
            return options
        each_is_itself = options.scheme.is_identity and not set(options.scheme.left_out) - {0}
        return replace(options, keeps_codes=each_is_itself)

    def _wanted(self, there: Sequence[str]) -> Sequence[str]:
        """The names of the bands that are exported, of those that there are."""
        if self.bands is not None:
            return self.bands
        if self.scheme is None or (self.is_open and SCL_BAND not in there):
            return there
        return [SCL_BAND]

    def described(self, description: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the server would say of the bands to export, out of what it says of the whole image."""
        wanted = self._wanted([str(band["id"]) for band in description["bands"]])
        bands = [band for name in wanted for band in description["bands"] if band["id"] == name]
        if self.scheme is not None:
            bands = [{**band, "id": self._class_band} for band in bands]
        return {**description, "bands": bands}

    @property
    def band(self) -> str:
        """The band of class codes, or another that says where an image lies."""
        return self.bands[0] if self.bands else self.model

    @property
    def takes_all(self) -> bool:
        """Whether all bands are exported, whatever there are."""
        return self.scheme is None and self.bands is None

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
        name = self._class_band
        # Earth Engine masks the SCL's 0 by itself: a table would change nothing.
        table = None if self.keeps_codes else self.scheme
        classes = image.select([self.band]) if table is None else remap(image, table, band=self.band)
        cast = self.class_type.of_image(classes)
        return with_class_properties(carry(classes, name, cast, [name]), self.scheme, name)

    @property
    def _class_band(self) -> str:
        """The band of classes, as it is called in what is exported."""
        return self.band if self.scheme is None else self.scheme.remapped_band(self.band)

    @property
    def _values(self) -> Sequence[int]:
        return () if self.scheme is None else self.scheme.values


def described_bands(description: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The bands in the server's description of an image.

    Raises:
        CollectionError: there is none.
    """
    bands: Sequence[Mapping[str, Any]] = description.get("bands") or ()
    if not bands:
        raise CollectionError("image", "an image without bands", "an image with a band to export")
    return bands


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
