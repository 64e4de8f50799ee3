"""What is measured of an image in a region, as one expression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ee

from gee_scl.classes.schemes import Scheme
from gee_scl.frames.answers import OUTSIDE, REGION_KEY, TOTAL, sum_columns
from gee_scl.options.arguments import text
from gee_scl.options.checks import checked_tile_scale
from gee_scl.options.choices import Weights


@dataclass(frozen=True)
class Measure:
    """What is measured: pixels and area of each class of a scheme, and the region's whole area.

    Attributes:
        scheme: which codes make which class.
        band: of codes.
        weights: how a pixel on a region's edge counts.
        tile_scale: passed to Earth Engine.
    """

    scheme: Scheme
    band: str
    weights: Weights = Weights.CENTRE
    tile_scale: float = 1

    @property
    def columns(self) -> list[str]:
        """Names of the sums of a row."""
        return sum_columns(self.scheme.values)

    @classmethod
    def of(cls, scheme: Scheme, band: str, weights: object, tile_scale: object) -> Measure:
        """From a caller's arguments.

        Raises:
            ArgumentError: one that cannot be used.
        """
        return cls(scheme, text("band", band), Weights.of("weights", weights), checked_tile_scale(tile_scale))

    def rows(
        self, image: ee.Image, regions: ee.FeatureCollection, label: Mapping[str, Any], **grid: Any
    ) -> ee.FeatureCollection:
        """A row for each region: pixels and area of each class, and the region's whole area on the same grid.

        One reduceRegions over a stack of bands, summed: `pixels_<value>`, `area_<value>` for each class,
        `pixels_outside_scheme` (whose value is no code of the scheme's source) and `total`.

        Args:
            image: with one band of codes.
            regions: features with the key.
            label: further properties of each row.
            **grid: `crs`, `crsTransform` or `scale` of reduceRegions.
        """
        values, source = self.scheme.values, list(self.scheme.source)
        outside = image.remap(source, [0] * len(source), 1).rename([OUTSIDE])
        if not self.scheme.is_identity:
            image = image.remap(list(self.scheme.mapping), list(self.scheme.mapping.values()))
        pixels = image.eq(ee.Image.constant(values)).rename([f"pixels_{v}" for v in values])
        area = ee.Image.pixelArea()
        areas = pixels.multiply(area).rename([f"area_{v}" for v in values])
        stack = pixels.addBands(areas).addBands(outside).addBands(area.rename([TOTAL]))
        reducer = ee.Reducer.sum()
        if self.weights is Weights.CENTRE:
            reducer = reducer.unweighted()
        reduced = stack.reduceRegions(collection=regions, reducer=reducer, tileScale=self.tile_scale, **grid)
        names = [*self.columns, REGION_KEY]
        return reduced.map(lambda feature: ee.Feature(feature).select(names, None, False).set(label))
