"""What an image that is made keeps of those that it is made of: time and index, grid, and that they are synthetic."""

from __future__ import annotations

from collections.abc import Sequence

import ee

SYNTHETIC = "GEE_SCL_SYNTHETIC"
"""The sample's images say by this property that they were made and not measured; so does what is made of them."""


def like(derived: ee.Image, image: ee.Image) -> ee.Image:
    """Give an image the time, the tile and the index of the one that it is made of."""
    return ee.Image(derived.copyProperties(image, ["system:time_start", "system:index", "MGRS_TILE", SYNTHETIC]))


def carry(image: ee.Image, band: str, bands: ee.Image, names: Sequence[str]) -> ee.Image:
    """Give computed bands the properties of the image that they were made from, its time and index among them.

    Args:
        image: where the properties come from.
        band: any band of it.
        bands: what was computed.
        names: its band names.

    Returns:
        An image of the computed bands alone. Earth Engine: Image.addBands, which keeps what arithmetic drops.
    """
    return image.select([band]).addBands(bands, None, True).select(list(names))


def reduced(reduction: ee.Image, images: ee.ImageCollection, grid: ee.Projection) -> ee.Image:
    """Give what is made of a whole collection a grid of its own, else its pixels would be of one degree."""
    return ee.Image(reduction.setDefaultProjection(grid).copyProperties(images.first(), [SYNTHETIC]))
