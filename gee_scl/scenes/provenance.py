"""What an image that is made keeps of those that it is made of: time and index, grid, and that they are synthetic."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import ee

SYNTHETIC = "GEE_SCL_SYNTHETIC"
"""The sample's images say by this property that they were made and not measured; so does what is made of them."""

IMAGES = "gee_scl:images"
"""Property that says how many images an image is made of: 0 where the collection holds none."""

VERSIONS = "gee_scl:versions"
"""Property that says by `system:version` what the images held that an image is made of."""


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


def or_blank(
    image: ee.Image, images: ee.ImageCollection, types: Mapping[str, str], zero: Collection[str] = ()
) -> ee.Image:
    """Give what is made of a whole collection, or a blank image where the collection holds none.

    Without images there are no bands to reduce and no grid to take, and the server says so in words of its own. The
    blank image has the bands all the same: counts are 0, all else is masked, pixels are of one degree, as those of
    every constant are, and `IMAGES` says 0.

    Args:
        image: what is made of them.
        images: the collection.
        types: of the bands by name, in their order, in the words of Image.cast, such as "uint8".
        zero: names of the bands that are counts.

    Returns:
        One of both, chosen by the server. Earth Engine: Algorithms.If. Whether that evaluates what is not chosen does
        not matter: the blank image is a constant.
    """
    seen = ee.Image.constant([int(name in zero) for name in types])
    blank = ee.Image.constant([0] * len(types)).rename(list(types)).cast(dict(types)).updateMask(seen).set(IMAGES, 0)
    return ee.Image(ee.Algorithms.If(images.limit(1).size(), image, blank))
