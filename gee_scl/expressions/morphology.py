"""Shapes in masks: grown, shrunk and cleaned by distances in metres, and how far from them each pixel is.

Earth Engine evaluates a neighbourhood on the grid of the request, not on the mask's own: on a map at 150 m per pixel a
dilation of 100 m reaches no neighbour at all, and in an export at 10 m it works on 10 m pixels. What is computed at the
scale of the data, as tables, exports and pixel reads at 10 or 20 m are, is exact. Where a result has to be the same at
every scale, `pinned=True` computes it on the mask's own grid (Image.reproject); it costs more the coarser the request
is, and Earth Engine refuses it where a map is zoomed out far.

Of classes that were masked or clipped before a mask was made of them, what is hidden is known all the same: a cloud's
rim does not end there (`gee_scl.scenes.unmasked`). It does end where the image does: `with_pass_classes` gives the
classes around it, and `mask_clouds` of a collection takes them by itself.

A mask is an image of 0 and 1. Pixels that are masked in it, and not in its classes, are not known: they neither spread
nor stop anything. What is masked stays masked.
"""

from __future__ import annotations

import math
from numbers import Integral

import ee

from gee_scl.errors import ArgumentError
from gee_scl.options.arguments import checked
from gee_scl.options.checks import number_between
from gee_scl.options.choices import Choice
from gee_scl.options.names import band_name
from gee_scl.scenes.provenance import like
from gee_scl.scenes.unmasked import opened

__all__ = ["dilate", "distance_to", "erode", "mask_edges", "remove_specks"]


class Side(Choice):
    """Which rim of a mask."""

    OUTSIDE = "outside", "what a dilation adds"
    INSIDE = "inside", "what an erosion takes away"
    BOTH = "both", "both rims"


class Beyond(Choice):
    """What pixels get that are farther away than is looked for."""

    LIMIT = "limit", "the largest distance"
    MASK = "mask", "nothing: they are masked"


FINEST = 10.0
"""Metres per pixel of the finest bands of Sentinel-2: the finest grid that limits in metres are kept at."""

MOST_CONNECTED = 1024
"""Pixels: Earth Engine's limit of Image.connectedPixelCount, "maxSize"."""

LARGEST_SPECK = MOST_CONNECTED * FINEST**2
"""Square metres of as many 10 m pixels."""

FARTHEST = MOST_CONNECTED * FINEST
"""Metres that a distance is looked for: wider neighbourhoods run out of memory."""

_UTM_AREA_ERROR = 0.0025
"""Within its zone a UTM pixel's true area differs from its nominal area by no more than this part."""

_ROUNDING = 1e-7
"""Part by which a radius is widened, so that 100 m are five pixels of 20 m whatever the last bits of the scale; two
distances between pixel centres differ by more than this up to the largest kernel, of 512 pixels."""


@checked()
def dilate(mask: ee.Image, metres: float, *, pinned: bool = False) -> ee.Image:
    """Grow what is set by a true circle: each pixel whose centre is within a distance of a set pixel's centre.

    Args:
        mask: an image of 0 and 1; each band is treated by itself.
        metres: how far; 0 changes nothing. At most 512 pixels of the grid of the request, Earth Engine's limit.
        pinned: compute on the mask's own grid, whatever the scale of the request.

    Returns:
        An ee.Image of 0 and 1, masked where the mask is. No request is made.

    Raises:
        ArgumentError: a negative or infinite distance.

    Earth Engine: Image.focalMax with a circle in metres, Image.updateMask, Image.reproject.

    Examples:
        >>> lake = ee.Geometry(fields["features"][0]["geometry"])
        >>> cloud = gee_scl.class_mask(image, "cloud")
        >>> for metres in (0, 20, 100):
        ...     share = gee_scl.dilate(cloud, metres).reduceRegion(ee.Reducer.mean().unweighted(), lake).getInfo()
        ...     print(f"{metres} m: {share['mask']:.1%} of the lake")
        0 m: 36.9% of the lake
        20 m: 41.9% of the lake
        100 m: 62.1% of the lake
    """
    mask = ee.Image(mask)
    radius = number_between("metres", metres, 0, unit="metres")
    if radius == 0:
        return mask
    return like(_changed(mask, _dilated(opened(mask), radius), pinned), mask)


@checked()
def erode(mask: ee.Image, metres: float, *, pinned: bool = False) -> ee.Image:
    """Shrink what is set by a true circle: a pixel stays if none within a distance is unset.

    Dilating afterwards by the same distance is an opening: it gives shapes their size back, except those that
    disappeared.

    Args:
        mask: an image of 0 and 1; each band is treated by itself.
        metres: how far; 0 changes nothing.
        pinned: compute on the mask's own grid, whatever the scale of the request.

    Returns:
        An ee.Image of 0 and 1, masked where the mask is. No request is made.

    Raises:
        ArgumentError: a negative or infinite distance.

    Earth Engine: Image.focalMin with a circle in metres, Image.updateMask, Image.reproject.

    Examples:
        >>> lake = ee.Geometry(fields["features"][0]["geometry"])
        >>> cloud = gee_scl.class_mask(image, "cloud")
        >>> count = ee.Reducer.sum().unweighted()
        >>> [gee_scl.erode(cloud, metres).reduceRegion(count, lake).getInfo()["mask"] for metres in (0, 20, 100)]
        [5085.0, 4394.0, 2221.0]
    """
    mask = ee.Image(mask)
    radius = number_between("metres", metres, 0, unit="metres")
    if radius == 0:
        return mask
    return like(_changed(mask, _eroded(opened(mask), radius), pinned), mask)


@checked()
def mask_edges(mask: ee.Image, metres: float, *, side: Side | str = "outside", pinned: bool = False) -> ee.Image:
    """Mark the rim of what is set, such as the fuzzy edge of clouds.

    Args:
        mask: an image of 0 and 1.
        metres: width of the rim, counted between pixel centres.
        side: "outside" takes what a dilation adds, "inside" what an erosion takes away, "both" gives both rims.
        pinned: compute on the mask's own grid, whatever the scale of the request.

    Returns:
        An ee.Image of 0 and 1, masked where the mask is. No request is made.

    Raises:
        ArgumentError: a negative distance, or an unknown side.

    Earth Engine: Image.focalMax, Image.focalMin, Image.neq.

    Examples:
        The pixels beside clouds in a lake, those of clouds that have another beside them, and both:

        >>> lake = ee.Geometry(fields["features"][0]["geometry"])
        >>> cloud, count = gee_scl.class_mask(image, "cloud"), ee.Reducer.sum().unweighted()
        >>> for side in ("outside", "inside", "both"):
        ...     print(side, gee_scl.mask_edges(cloud, 20, side=side).reduceRegion(count, lake).getInfo()["mask"])
        outside 689.0
        inside 691.0
        both 1380.0
    """
    rim = Side.of("side", side)
    mask = ee.Image(mask)
    outer = mask if rim is Side.INSIDE else dilate(mask, metres, pinned=pinned)
    inner = mask if rim is Side.OUTSIDE else erode(mask, metres, pinned=pinned)
    return like(outer.neq(inner), mask)


@checked()
def remove_specks(mask: ee.Image, min_area: float, *, connectivity: int = 8, pinned: bool = False) -> ee.Image:
    """Unset patches of connected set pixels that are smaller than an area.

    Areas are of pixels as Earth Engine's pixelArea has them, with an allowance of 0.25 %, as UTM stretches pixels by up
    to 0.2 %: five pixels of 20 m are 2000 m2 everywhere.

    Args:
        mask: an image of 0 and 1.
        min_area: square metres of the smallest patch that stays; 0 changes nothing. At most 102,400 m2 (10.24 ha),
            which are the 1024 pixels that Earth Engine counts, at 10 m. In requests finer than 10 m, Earth Engine's
            count ends earlier, and smaller patches stay as well.
        connectivity: 8 if pixels that touch at a corner are connected, 4 if only those that share a side are.
        pinned: compute on the mask's own grid, whatever the scale of the request.

    Returns:
        An ee.Image of 0 and 1, masked where the mask is. No request is made.

    Raises:
        ArgumentError: an area that is negative or larger than Earth Engine can count, or another connectivity.

    Earth Engine: Image.connectedPixelCount, Image.pixelArea.

    Examples:
        Clouds smaller than 5 and than 50 pixels of 20 m:

        >>> lake = ee.Geometry(fields["features"][0]["geometry"])
        >>> cloud, count = gee_scl.class_mask(image, "cloud"), ee.Reducer.sum().unweighted()
        >>> for area in (0, 2000, 20000):
        ...     print(area, gee_scl.remove_specks(cloud, area).reduceRegion(count, lake).getInfo()["mask"])
        0 5085.0
        2000 5082.0
        20000 5004.0
    """
    mask = ee.Image(mask)
    if not isinstance(connectivity, Integral) or connectivity not in (4, 8):
        raise ArgumentError("connectivity", connectivity, "4 or 8")
    area = speck_area(min_area)
    if area == 0:
        return mask
    return like(_changed(mask, _without_specks(opened(mask), area, connectivity), pinned), mask)


def speck_area(min_area: object) -> float:
    """Refuse an area of patches that cannot be looked for.

    Raises:
        ArgumentError: it is negative, or larger than Earth Engine can count.
    """
    area = number_between("min_area", min_area, 0, unit="square metres")
    if area > LARGEST_SPECK:
        raise ArgumentError(
            "min_area",
            min_area,
            f"at most {LARGEST_SPECK:,.0f} square metres, as Earth Engine counts {MOST_CONNECTED} pixels, of 10 m",
            "Larger shapes can be dropped by an opening: erosion, then dilation, by a distance in metres.",
        )
    return area


@checked()
def distance_to(
    mask: ee.Image, max_distance: float, *, name: str = "distance", beyond: Beyond | str = "limit"
) -> ee.Image:
    """Measure the metres from each pixel's centre to that of the nearest set pixel, 0 on set pixels.

    Earth Engine's fastDistanceTransform counts in **pixels of the request**, and **squares** them: the root is taken
    here, and multiplied with the side of a pixel on the ground, so that metres are metres at every scale and in every
    projection (a metre of a UTM grid is up to 0.1 % off; at 20 m the answer for five pixels is 99.9 to 100.1).

    Args:
        mask: an image of 0 and 1; of several bands, the first.
        max_distance: metres that are looked for at the least, up to 10,240; requests finer than 10 m look as many
            pixels far, so less metres.
        name: of the band.
        beyond: what pixels farther away get: "limit" the largest distance, "mask" nothing.

    Returns:
        An ee.Image with one band of metres, masked where the mask is. No request is made.

    Raises:
        ArgumentError: a distance that is not positive or too large, an unknown option, or a name that no band may have.

    Earth Engine: Image.fastDistanceTransform, Image.sqrt, Image.pixelArea.

    Examples:
        >>> lake = ee.Geometry(fields["features"][0]["geometry"])
        >>> metres = gee_scl.distance_to(gee_scl.class_mask(image, "cloud"), 2000)
        >>> round(metres.reduceRegion("max", lake).getInfo()["distance"])  # the place farthest from clouds
        896
    """
    farther, name = Beyond.of("beyond", beyond), band_name("name", name)
    limit = number_between("max_distance", max_distance, 1, FARTHEST, unit="metres")
    mask = ee.Image(mask).select(0)
    metres = metres_to(opened(mask), limit).rename(name)
    if farther is Beyond.LIMIT:
        metres = within(metres, limit)
    else:
        metres = metres.updateMask(metres.lte(limit))
    return like(metres.updateMask(mask.mask()), mask)


def metres_to(mask: ee.Image, limit: float) -> ee.Image:
    """Measure as `distance_to` does, of a mask as it is; masked where nothing is found."""
    # UTM pixels are up to 0.1 % larger on the ground, so that a reach of nominal metres could miss the last pixel.
    reach = math.ceil(limit * (1 + _UTM_AREA_ERROR) / FINEST)
    squared = mask.fastDistanceTransform(reach, "pixels", "squared_euclidean")
    return squared.sqrt().multiply(ee.Image.pixelArea().sqrt())


def within(metres: ee.Image, limit: float) -> ee.Image:
    """Distances up to the largest one, which is everywhere else."""
    return metres.min(limit).unmask(limit, False)


def shaped(mask: ee.Image, *, erosion: float, min_area: float, dilation: float, pinned: bool) -> ee.Image:
    """Erode a mask, remove its specks and dilate it, in this order, as the functions do with checked sizes.

    Args:
        mask: as it is to be taken; its properties go.
        erosion: metres, or 0.
        min_area: square metres, or 0.
        dilation: metres, or 0.
        pinned: as in `dilate`.
    """
    if erosion:
        mask = _changed(mask, _eroded(mask, erosion), pinned)
    if min_area:
        mask = _changed(mask, _without_specks(mask, min_area, 8), pinned)
    if dilation:
        mask = _changed(mask, _dilated(mask, dilation), pinned)
    return mask


def _dilated(mask: ee.Image, metres: float) -> ee.Image:
    return mask.focalMax(metres * (1 + _ROUNDING), "circle", "meters")


def _eroded(mask: ee.Image, metres: float) -> ee.Image:
    return mask.focalMin(metres * (1 + _ROUNDING), "circle", "meters")


def _without_specks(mask: ee.Image, area: float, connectivity: int) -> ee.Image:
    most = max(1, math.ceil(area / FINEST**2))
    pixels = mask.connectedPixelCount(most, connectivity == 8)
    # Where the count has come to its end, the patch is large enough on a grid of 10 m or more.
    return mask.And(pixels.multiply(ee.Image.pixelArea()).gte(area * (1 - _UTM_AREA_ERROR)).Or(pixels.gte(most)))


def _changed(mask: ee.Image, changed: ee.Image, pinned: bool) -> ee.Image:
    """A changed mask, masked where the mask is: a neighbourhood would fill what is not known."""
    changed = changed.updateMask(mask.mask())
    return changed.reproject(mask.projection()) if pinned else changed
