"""Where the pixels of images lie: default projections, reprojection and resampling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from gee_scl.local.algorithms.projection import affine, scaled
from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.image import Image
from gee_scl.local.raster.resampling import Moved, Warped
from gee_scl.local.values import DOUBLE, Projection

_ORDERS: Mapping[str, Literal[1, 3]] = {"bilinear": 1, "bicubic": 3}


@algorithm("Image.projection")
def projection(image: Image) -> Projection:
    """The projection that all bands have."""
    first = image.first_band("Image.projection").projection
    if any(band.projection != first for band in image.bands):
        raise EvaluationError(
            "Image.projection: The bands of the specified image contains different projections. "
            "Use Image.select to pick a single band."
        )
    return first


@algorithm("Image.reproject")
def reproject(image: Image, crs: Projection, crs_transform: Sequence[float] | None, scale: float | None) -> Image:
    """The image computed in one projection, whatever is asked for; from there the nearest pixel."""
    target = _target("Image.reproject", crs, crs_transform, scale)
    return image.with_bands(
        replace(band, source=Warped(band.source, target, 0, pyramid=False), projection=target, dimensions=None)
        for band in image.bands
    )


@algorithm("Image.setDefaultProjection")
def set_default_projection(
    image: Image, crs: Projection, crs_transform: Sequence[float] | None, scale: float | None
) -> Image:
    """The same pixels, with another projection for whoever asks for none."""
    target = _target("Image.setDefaultProjection", crs, crs_transform, scale)
    return image.with_bands(replace(band, projection=target, dimensions=None) for band in image.bands)


def _target(name: str, crs: Projection, crs_transform: Sequence[float] | None, scale: float | None) -> Projection:
    if crs_transform is not None and scale is not None:
        raise EvaluationError(f"{name}: Cannot specify both 'crsTransform' and 'scale'.")
    if crs_transform is not None:
        return replace(crs, transform=affine(crs_transform, name))
    return crs if scale is None else scaled(crs, scale, name)


@algorithm("Image.resample")
def resample(image: Image, mode: str) -> Image:
    """Interpolated, rather than taken from the nearest pixel, in other projections than each band's own."""
    if mode not in _ORDERS:
        raise EvaluationError(f"Image.resample: Unknown mode: '{mode}'. It may be 'bilinear' or 'bicubic'.")
    return image.with_bands(
        replace(
            band,
            source=Warped(band.source, band.projection, _ORDERS[mode], pyramid=True),
            type=DOUBLE if band.type.precision == "double" else replace(band.type, precision="float"),
        )
        for band in image.bands
    )


@algorithm("Image.changeProj")
def change_projection(image: Image, before: Projection, after: Projection) -> Image:
    """Each pixel moved from its place in one projection to the same coordinates in another."""
    return image.with_bands(
        replace(band, source=Moved(band.source, before, after), projection=after, dimensions=None)
        for band in image.bands
    )
