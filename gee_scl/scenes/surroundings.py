"""Which class raster a neighbourhood is taken of.

A cloud's rim ends at no tile, no data strip, no clip and no mask: only at the end of data. So distances from classes,
patches of them, and what grows or shrinks by metres are taken

- of the whole pass: all images within half an hour of an image that lie around it, out of the collection that its own
  collection was chosen from, whatever it was filtered by. The image's own pixels are uppermost, and of two versions of
  a scene the newer one;
- on the image's own grid: neighbours of another UTM zone are taken by their nearest pixel;
- of unmasked codes (`unmasked`).

An image by itself, or as the argument of a mapped function, does not know its collection: it has its own pixels, and
says so by `NEIGHBOURHOOD`. Nothing is asked: it is all part of the expression, which is of one size however many
images there are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ee

from gee_scl.options.arguments import checked
from gee_scl.options.caller_warning import warn_caller
from gee_scl.options.names import band_name
from gee_scl.scenes.nodes import arguments, calls_within, function_name
from gee_scl.scenes.unmasked import KEPT, MASKED, bare, hides

__all__ = ["with_pass_classes"]

NEIGHBOURHOOD = "gee_scl:neighbourhood"
"""Property that says what neighbourhoods were taken of: `PASS`, `IMAGE` or `MASKED_IMAGE`."""

PASS, IMAGE, MASKED_IMAGE = "pass", "image", "masked image"

ONE_PASS = 30 * 60 * 1000
"""Milliseconds: a satellite is over land from pole to pole for less than an hour, and over one region for minutes; the
next comes after fifty."""

_REACH, _REACH_ERROR = 10_240, 1_000
"""Metres around an image in which neighbours lie: no distance or patch reaches farther."""

_NEVER = -1e15
"""Milliseconds: the time of what has none, at which nothing else was taken."""

_TAKEN_BY = ("Image.connectedPixelCount", "Image.fastDistanceTransform", "Image.focalMax", "Image.focalMin")
"""What the package takes neighbourhoods by. Earth Engine evaluates them on the grid of the request, unless an
Image.reproject around them says another one."""

_INDEX, _TIME, _GENERATION = "system:index", "system:time_start", "GENERATION_TIME"

_COARSER = 1.01
"""Times the images' own scale: what is not more is the same, but for the rounding of scales."""

Made = Callable[[ee.Image], ee.Image]
"""Makes a band of an image's classes."""


@dataclass(frozen=True)
class Surroundings:
    """What lies around the images of a collection, or around one image.

    Attributes:
        source: the expression of a collection's images without their masks, with all that they were chosen from; None
            of a single image.
        masked: whether the images have masks or clips that the source has not.
    """

    source: ee.ImageCollection | None
    masked: bool = False

    @classmethod
    def of(cls, images: ee.Image | ee.ImageCollection) -> Surroundings:
        """Read an expression.

        Args:
            images: a collection, or an image by itself. The images of a computed list, as composites are, are taken
                each by itself.
        """
        if not isinstance(images, ee.ImageCollection):
            return cls(None)
        source, masked = bare(images)
        return cls(source, masked) if _has_neighbours(source) else cls(None)

    def around(self, image: ee.Image, band: str, made: Made) -> ee.Image:
        """A band made of the class raster that neighbourhoods of an image are taken of.

        Args:
            image: one of the images, or the image itself.
            band: its class band, whose grid the result has.
            made: makes the band of an unmasked image, pixel by pixel.
        """
        if self.source is None:
            return made(bare(image)[0])
        of_pass = _near(self.source, image)
        layers, as_it_is = of_pass.map(made), ee.ImageCollection([made(image)])
        if self.masked:
            own = of_pass.filter(ee.Filter.eq(_INDEX, image.get(_INDEX))).map(made)
            # An image without a time is not found again, and has what is left of its own pixels.
            layers = as_it_is.merge(layers).merge(own)
        else:
            layers = layers.merge(as_it_is)
        return layers.mosaic().setDefaultProjection(image.select([band]).projection())

    def said(self, image: ee.Image, done: dict[str, object]) -> dict[str, object]:
        """What an image says of neighbourhoods that were looked at: of which classes, and what was done.

        Where an earlier mask could not be undone, as far as the expression or an image's properties tell of it, nothing
        was known of what it hides: then that is said, and not what was done.

        Args:
            image: the image that the neighbourhoods are of.
            done: properties, such as distances.
        """
        source = bare(image)[0] if self.source is None else self.source
        if hides(source):
            return {NEIGHBOURHOOD: MASKED_IMAGE}
        if self.source is not None:
            return {NEIGHBOURHOOD: PASS, **done}
        if function_name(source) == "Image.load":
            return {NEIGHBOURHOOD: IMAGE, **done}
        hidden = ee.Algorithms.If(source.get(MASKED), 1, source.get(KEPT))
        truly = {NEIGHBOURHOOD: ee.Algorithms.If(hidden, MASKED_IMAGE, IMAGE)}
        return {**truly, **{name: ee.Algorithms.If(hidden, image.get(name), size) for name, size in done.items()}}


def warn_of_coarse_pixels(images: ee.ComputedObject, scale: float, own: float) -> bool:
    """Warn the caller where neighbourhoods in images are going to be taken on coarser pixels than those of the images.

    Args:
        images: their expression.
        scale: metres per pixel of the request.
        own: metres per pixel of the images.

    Returns:
        Whether it is so.
    """
    calls = calls_within(images, but="Image.reproject") if scale > own * _COARSER else ()
    coarse = any(function_name(call) in _TAKEN_BY for call in calls)
    if coarse:
        warn_caller(
            f"Distances and patches in the images are evaluated on pixels of {scale:g} m, not of {own:g} m: a dilation "
            "loses a part of itself, or all of it where it is shorter than a pixel. pinned=True evaluates them on the "
            "images' own pixels."
        )
    return coarse


@checked()
def with_pass_classes(
    images: ee.ImageCollection, *, band: str = "SCL", name: str = "pass_classes"
) -> ee.ImageCollection:
    """Add to each image the classes around it: those of its whole pass, unmasked, for neighbourhoods of one's own.

    `mask_clouds` with a distance and `composite` by best pixels look at them by themselves. What is made of the band by
    `class_mask`, `dilate`, `erode`, `remove_specks` or `distance_to` ends at no tile, data strip, clip or mask either.

    Args:
        images: with a band of class codes; masked and clipped, or not. Of images that are merged, or a list, the
            neighbours are those of the list.
        band: the band of class codes.
        name: of the band that is added.

    Returns:
        An ee.ImageCollection. The band lies on the class band's grid, and reaches as far as the images of the same half
        hour within 10 km of the image: so it has values where the image has none. No request is made.

    A collection that holds no image gives an empty one.

    Raises:
        ArgumentError: images is no collection, or a name that no band may have.

    Earth Engine: ImageCollection.filterDate, ImageCollection.filterBounds and ImageCollection.mosaic for each image,
    Image.setDefaultProjection, Image.addBands.

    Examples:
        Towns at the edge of a tile have 2840 pixels, of which the tile has 2086; rims of clouds are found in them all:

        >>> towns, count = ee.Geometry(fields["features"][5]["geometry"]), ee.Reducer.sum().unweighted()
        >>> tile = gee_scl.with_pass_classes(images.filter(ee.Filter.eq("MGRS_TILE", "32TPS")))
        >>> tile.first().select(["SCL", "pass_classes"]).reduceRegion("count", towns).getInfo()
        {'SCL': 2086, 'pass_classes': 2840}
        >>> june = tile.filterDate("2023-06-15", "2023-06-16").first()
        >>> for band in ("SCL", "pass_classes"):
        ...     rim = gee_scl.dilate(gee_scl.class_mask(june, [8, 9, 10], band=band), 100)
        ...     print(band, rim.reduceRegion(count, towns).getInfo()["mask"])
        SCL 472.0
        pass_classes 516.0
    """
    name = band_name("name", name)
    around = Surroundings.of(images)

    def added(image: ee.Image) -> ee.Image:
        image = ee.Image(image)
        codes = around.around(image, band, lambda one: ee.Image(one).select([band]))
        return image.addBands(codes.rename([name]))

    return images.map(added)


def _has_neighbours(node: Any) -> bool:
    """Whether a collection's images can be asked for what is around them."""
    name, given = function_name(node), arguments(node)
    if name == "ImageCollection.fromImages":
        return isinstance(given["images"], list) or function_name(given["images"]) == "Collection.toList"
    if name == "ImageCollection.merge":
        return _has_neighbours(given["collection1"]) or _has_neighbours(given["collection2"])
    return _has_neighbours(given["collection"]) if name == "Collection.map" else bool(name)


def _near(node: Any, image: ee.Image) -> ee.ImageCollection:
    """The images of a collection that are of one pass with an image, and lie around it where that is known quickly."""
    name, given = function_name(node), arguments(node)
    if name == "ImageCollection.load":
        around = ee.Filter.bounds(image.geometry().buffer(_REACH, _REACH_ERROR))
        # The newest version of a scene is uppermost.
        return ee.ImageCollection(node).filter(ee.Filter.And(_of_pass(image), around)).sort(_GENERATION)
    if name == "Collection.map":
        return ee.ImageCollection(
            ee.ComputedObject(node.func, {**given, "collection": _near(given["collection"], image)})
        )
    if name == "ImageCollection.merge":
        return _near(given["collection1"], image).merge(_near(given["collection2"], image))
    return ee.ImageCollection(node).filter(_of_pass(image))


def _of_pass(image: ee.Image) -> ee.Filter:
    taken = image.get(_TIME)
    moment = ee.Number(ee.Algorithms.If(taken, taken, _NEVER))
    return ee.Filter.date(moment.subtract(ONE_PASS), moment.add(ONE_PASS))
