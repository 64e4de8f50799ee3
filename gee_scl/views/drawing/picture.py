"""Pictures of exactly one window, as the server draws them."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import ee

from gee_scl.errors import ArgumentError
from gee_scl.options.checks import whole_number
from gee_scl.options.choices import PictureFormat
from gee_scl.requests.door import Door
from gee_scl.requests.parallel import in_parallel
from gee_scl.scenes.emptiness import made_of_nothing
from gee_scl.scenes.provenance import IMAGES
from gee_scl.views.drawing.extent import WEB_MERCATOR, Extent, extent_around

Bounds = tuple[float, float, float, float]
"""West, south, east, north."""

MOST_SIDE = 10_000
"""Pixels: the longest side of a picture. Earth Engine's text is "Pixel grid dimensions (432000x144000) must be less
than or equal to 10000." (https://github.com/KMarkert/cartoee/issues/4)."""


@dataclass(frozen=True)
class Window:
    """What a picture shows, in whole pixels; each shows what lies under its centre.

    Attributes:
        bounds: west, south, east, north, in the units of the CRS.
        width: pixels.
        height: pixels.
        crs: of the bounds.

    Raises:
        ArgumentError: a window without area, or a size that cannot be.
    """

    bounds: Bounds
    width: int
    height: int
    crs: str = WEB_MERCATOR

    def __post_init__(self) -> None:
        west, south, east, north = self.bounds
        if not all(map(math.isfinite, self.bounds)) or not (west < east and south < north):
            raise ArgumentError("bounds", self.bounds, "finite numbers, west < east and south < north")
        checked_side(self.width)
        checked_side(self.height)

    @classmethod
    def of(cls, extent: Extent) -> Window:
        """Make the window of an extent, in Web Mercator."""
        return cls(extent.bounds, extent.width, extent.height)

    @classmethod
    def around(cls, region: object, size: int, door: Door) -> Window:
        """Make the window of a region and what is around it, in Web Mercator.

        Args:
            region: anything that `class_statistics` takes as regions; several are shown together.
            size: pixels of the longest side, at the most; more than half of it.
            door: asks for a region that only the server knows, by one request.

        Raises:
            RegionError: the region cannot be read, or lies beyond 85 degrees.
        """
        # numpy comes with them: `import gee_scl` stays light.
        from gee_scl.regions.as_regions import as_region
        from gee_scl.views.drawing.outlines import outlines

        extent = extent_around([outline.box for outline in outlines(as_region(region), door)], size)
        # Where its pixels of 10 m are too few, a whole number of times as many.
        times = max(1, size // max(extent.width, extent.height))
        return cls(extent.bounds, extent.width * times, extent.height * times)

    @property
    def pixels(self) -> int:
        """How many it has."""
        return self.width * self.height

    def parameters(self) -> dict[str, Any]:
        """Write it as the parameters of a thumbnail.

        Image.clipToBoundsAndScale takes the region, planar in the CRS, for the "bounding box, in the image's
        projection", and the dimensions for its "width" and "height". With a CRS and no transform the client resamples
        no pixel before that.
        """
        region = ee.Geometry.Rectangle(list(self.bounds), self.crs, False)
        return {"crs": self.crs, "region": region, "dimensions": [self.width, self.height]}


def checked_side(pixels: object) -> int:
    """Refuse what no side of a picture can have.

    Raises:
        ArgumentError: it is no whole number of pixels, or too many.
    """
    return whole_number("size", pixels, 1, MOST_SIDE, "pixels")


def picture(image: ee.Image, window: Window, door: Door, *, picture_format: PictureFormat = PictureFormat.PNG) -> bytes:
    """Draw an image as a picture.

    Args:
        image: an RGB image of bytes, such as a view has; masked pixels are transparent in a PNG.
        window: what it shows.
        door: asks.
        picture_format: of the file.

    Returns:
        The bytes of the file.

    Raises:
        CollectionError: the image was made of a collection that holds no image.
        RequestError: Earth Engine refused; the error has its text.

    Requests: two, one that defines the picture and one that draws it; one more where it shows nothing. Earth Engine:
    Image.getThumbURL.
    """
    content = door.picture("Drawing a picture", image, {**window.parameters(), "format": str(picture_format)})
    if shows_nothing(content) and door.value("Looking what is shown", image.get(IMAGES)) == 0:
        raise made_of_nothing("shown")
    return content


def shows_nothing(content: bytes) -> bool:
    """Whether a picture is transparent everywhere, or black where its format knows no transparency."""
    from PIL import Image

    with Image.open(io.BytesIO(content)) as drawn:
        shown = drawn.convert("RGB") if drawn.format == "JPEG" else drawn.convert("RGBA").getchannel("A")
    return shown.getbbox() is None


def pictures(
    images: Sequence[ee.Image], window: Window, door: Door, *, picture_format: PictureFormat = PictureFormat.PNG
) -> list[bytes]:
    """Draw images as pictures of one window, several at a time.

    Args:
        images: likewise.
        window: what each of them shows.
        door: asks.
        picture_format: of the files.

    Returns:
        The bytes of the files, in the images' order.

    Raises:
        RequestError: Earth Engine refused one of them.

    Requests: two for each.
    """
    jobs = [partial(picture, image, window, door, picture_format=picture_format) for image in images]
    return in_parallel(jobs, workers=door.run.limits.parallel_pictures)
