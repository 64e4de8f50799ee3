"""The clear share of a region in each image, as an expression: properties that images get by a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ee

from gee_scl.classes.band_schemes import BandClasses, listed
from gee_scl.classes.selection import ClassSelection
from gee_scl.errors import RegionError
from gee_scl.options.checks import checked_scale, checked_tile_scale
from gee_scl.requests.limits import Limits

if TYPE_CHECKING:
    from gee_scl.regions.region import Regions

CLEAR = "gee_scl:clear_percent"
VALID = "gee_scl:valid_percent"
CLASSES = "gee_scl:clear_classes"

_AREAS = ("clear", "valid", "total")


def region_of(region: object) -> Regions:
    """The region or regions, as a caller gives them."""
    # numpy comes with it: `import gee_scl` stays light.
    from gee_scl.regions.as_regions import as_region

    return as_region(region)


@dataclass(frozen=True)
class ShareMeasure:
    """How shares are measured.

    Attributes:
        features: the regions.
        codes: of the classes that are clear.
        band: of class codes.
        scale: metres per pixel; None is the band's own grid.
        tile_scale: passed to Earth Engine.
    """

    features: ee.FeatureCollection
    codes: tuple[int, ...]
    band: str
    scale: float | None
    tile_scale: float

    @classmethod
    def of(
        cls, regions: Regions, clear: ClassSelection, scale: object, classes: BandClasses, tile_scale: object
    ) -> ShareMeasure:
        """From a caller's arguments.

        Raises:
            ArgumentError: a scale or tile_scale that cannot be.
            ClassError: an unknown class.
            SchemeError: nobody has said what the band's values mean.
            RegionError: the outline is too long for a request.
        """
        codes = classes.seen(clear)
        return cls(_features(regions), codes, classes.band, checked_scale(scale), checked_tile_scale(tile_scale))

    @property
    def classes(self) -> str:
        """The codes that are clear, as images say it: "4,5,6,11"."""
        return listed(self.codes)

    def shares(self, image: ee.Image) -> dict[str, ee.ComputedObject]:
        """The shares of one image by property; null where the region holds no pixel's centre."""
        classes = image.select([self.band])
        rows = _areas(classes, list(self.codes)).reduceRegions(
            collection=self.features,
            reducer=ee.Reducer.sum().unweighted(),
            crs=classes.projection(),
            scale=self.scale,
            tileScale=self.tile_scale,
        )
        # One table has all sums, so that they are not three questions to the server.
        sums = ee.List(rows.reduceColumns(ee.Reducer.sum().repeat(len(_AREAS)), list(_AREAS)).get("sum"))
        clear_area, valid_area, total = (ee.Number(sums.get(place)) for place in range(len(_AREAS)))
        return {CLEAR: _percent(clear_area, total), VALID: _percent(valid_area, total)}

    def shared(self, images: ee.ImageCollection) -> ee.ImageCollection:
        """The images with their shares, and with the codes that are clear."""

        def shared(image: ee.Image) -> ee.Image:
            image = ee.Image(image)
            return ee.Image(image.set({**self.shares(image), CLASSES: self.classes}))

        return images.map(shared)


def _areas(classes: ee.Image, codes: list[int]) -> ee.Image:
    """Square metres of each pixel where it is clear, where it has a class, and wherever it is."""
    kinds = (classes.remap(codes, [1] * len(codes), 0), classes.gte(0))
    # Everywhere, beyond the footprint too: what has no data counts as 0, so that no sum is of nothing.
    everywhere = [kind.unmask(0, False) for kind in kinds]
    return ee.Image.cat([*everywhere, ee.Image.constant(1)]).multiply(ee.Image.pixelArea()).rename(list(_AREAS))


def _percent(part: ee.Number, whole: ee.Number) -> ee.ComputedObject:
    return ee.Algorithms.If(whole, part.divide(whole).multiply(100), None)


def _features(regions: Regions) -> ee.FeatureCollection:
    if regions.server is not None:
        return regions.server
    size = sum(item.encoded_size for item in regions.items)
    if size > Limits().bytes:
        hint = "Simplify it, or upload it as an asset and give ee.FeatureCollection(its id)."
        raise RegionError("region", f"outlines of {size:,} bytes", f"at most {Limits().bytes:,} in one request", hint)
    return regions.to_features("key")
