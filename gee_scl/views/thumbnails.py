"""Pictures and films to keep: a region as PNG or JPEG, and the dates of a collection as GIF or WebP.

Earth Engine draws them (thumbnails and video thumbnails); this machine asks, waits, and puts dates on the frames.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ee

from gee_scl.classes.schemes import Scheme, get_scheme
from gee_scl.errors import ArgumentError
from gee_scl.expressions.colors import RGB_BANDS, true_color, visualize
from gee_scl.options.checks import checked_collection, number_between, whole_number
from gee_scl.options.choices import By, Day, PictureFormat
from gee_scl.options.files import check_new, write_whole
from gee_scl.requests.door import Door
from gee_scl.requests.parallel import in_parallel
from gee_scl.scenes.mosaics import images_of_day
from gee_scl.scenes.scene import Scene, by_day, list_scenes, require_times, warn_of_cut_passes
from gee_scl.views.drawing.extent import WEB_MERCATOR, Extent, extent_around
from gee_scl.views.drawing.film import decoded, rgb, stamped, with_legend, write_film
from gee_scl.views.view import LegendEntry, View, scheme_entries

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["thumbnail", "timelapse", "write_thumbnail"]

Bounds = tuple[float, float, float, float]
"""West, south, east, north."""

MOST_SIDE = 10_000
"""Pixels: the longest side of a thumbnail. Earth Engine's text is "Pixel grid dimensions (432000x144000) must be less
than or equal to 10000." (https://github.com/KMarkert/cartoee/issues/4)."""

NO_CLASS_COLOR = "e6e6e6"
"""What a film shows where there is no class: a GIF of Earth Engine has no transparency to rely on."""

_FRAME_MILLISECONDS = 100
"""Of a frame in what Earth Engine sends: a GIF counts in hundredths of a second, so that no other rate is as exact."""


def picture(
    image: ee.Image,
    door: Door,
    *,
    bounds: Bounds,
    crs: str = "EPSG:4326",
    size: tuple[int, int],
    format: PictureFormat | str = "png",
) -> bytes:
    """An image as a picture of exactly one window.

    Args:
        image: an RGB image of bytes, such as a view has; masked pixels are transparent in a PNG.
        door: asks.
        bounds: west, south, east, north of the window, in the units of the CRS.
        crs: of the window.
        size: width and height in pixels; each shows what lies under its centre.
        format: "png" or "jpg".

    Returns:
        The bytes of the file.

    Raises:
        ArgumentError: a window without area, a size that cannot be, or an unknown format.
        RequestError: Earth Engine refused; the error has its text.
        NotInitializedError: no session is open.

    Requests: two, one that defines the picture and one that draws it. Earth Engine: Image.getThumbURL with a rectangle
    that is planar in the CRS, the CRS, and both dimensions, so that Image.clipToBoundsAndScale has the window for the
    "bounding box, in the image's projection" and the size for its "width" and "height". With a CRS and no transform the
    client resamples no pixel before that.
    """
    form = PictureFormat.of("format", format)
    window = _window(bounds, crs, size)
    return door.picture("Drawing a picture", ee.Image(image), {**window, "format": str(form)})


def _window(bounds: Bounds, crs: str, size: tuple[int, int]) -> dict[str, Any]:
    """The parameters of a thumbnail that shows exactly these bounds in so many pixels."""
    west, south, east, north = bounds
    if not all(map(math.isfinite, bounds)) or not (west < east and south < north):
        raise ArgumentError("bounds", bounds, "finite numbers, west < east and south < north")
    width, height = (checked_side(side) for side in size)
    region = ee.Geometry.Rectangle([west, south, east, north], crs, False)
    return {"crs": crs, "region": region, "dimensions": [width, height]}


def checked_side(pixels: object) -> int:
    """Refuses what no side of a picture can have.

    Raises:
        ArgumentError: it is no whole number of pixels, or too many.
    """
    return whole_number("size", pixels, 1, MOST_SIDE, "pixels")


def thumbnail(shown: View | ee.Image, region: object, *, size: int = 512, format: PictureFormat | str = "png") -> bytes:
    """A region and what is around it as a picture, north up.

    Args:
        shown: a view, or an RGB image of bytes such as `visualize` and `true_color` give.
        region: anything that `class_statistics` takes as regions; several are shown together.
        size: pixels of the longest side, at the most; more than half of it.
        format: "png", transparent where there is nothing, or "jpg".

    Returns:
        The bytes of the file, in Web Mercator (EPSG:3857), as maps on the web are: shapes are true, and no class is
        averaged.

    Raises:
        ArgumentError: a size or format that cannot be.
        RegionError: the region cannot be read, or lies beyond 85 degrees.
        RequestError: Earth Engine refused; the error has its text.
        NotInitializedError: no session is open.

    Requests: two; three for a region that only the server knows.

    Examples:
        >>> png = gee_scl.thumbnail(views.class_view(image), fields)
        >>> import io
        >>> from PIL import Image
        >>> Image.open(io.BytesIO(png)).size  # pixels
        (512, 325)
    """
    return thumbnails([shown], region, size=size, format=format)[0]


def thumbnails(
    shown: Sequence[View | ee.Image], region: object, *, size: int = 512, format: PictureFormat | str = "png"
) -> list[bytes]:
    """Several pictures of the same window, fetched several at a time, in their order.

    Args:
        shown: each as in `thumbnail`, as are the others.
        region: see there.
        size: see there.
        format: see there.

    Raises:
        GeeSclError: as `thumbnail` does.

    Requests: two for each picture, and one for a region that only the server knows.
    """
    PictureFormat.of("format", format)
    checked_side(size)
    images = [one.image if isinstance(one, View) else ee.Image(one) for one in shown]
    door = Door()
    extent = _extent(region, size, door)
    window: dict[str, Any] = {"bounds": extent.bounds, "size": (extent.width, extent.height)}
    jobs = [partial(picture, image, door, crs=WEB_MERCATOR, format=format, **window) for image in images]
    return in_parallel(jobs, workers=door.run.limits.parallel_pictures)


def _extent(region: object, size: int, door: Door) -> Extent:
    """The window of a region: where its pixels of 10 m are too few, a whole number of times as many."""
    # numpy comes with them: `import gee_scl` stays light.
    from gee_scl.regions.as_regions import as_region
    from gee_scl.views.drawing.outlines import outlines

    extent = extent_around([outline.box for outline in outlines(as_region(region), door)], size)
    times = max(1, size // max(extent.width, extent.height))
    return Extent(extent.west, extent.south, extent.pixel / times, extent.width * times, extent.height * times)


def write_thumbnail(
    path: str | Path,
    shown: View | ee.Image,
    region: object,
    *,
    size: int = 512,
    overwrite: bool = False,
) -> Path:
    """Write a region as a picture, north up.

    Args:
        path: ends in .png, .jpg or .jpeg; its folder exists.
        shown: as in `thumbnail`, as are region and size.
        region: see there.
        size: see there.
        overwrite: whether an existing file may be replaced.

    Returns:
        The path.

    Raises:
        ArgumentError: another ending, no such folder, or a file that is there already; or as in `thumbnail`.
        RegionError: as in `thumbnail`.
        RequestError: as in `thumbnail`.
        NotInitializedError: no session is open.

    Requests: as `thumbnail`.

    Examples:
        >>> path = gee_scl.write_thumbnail("summer.jpg", gee_scl.true_color(image), fields, size=256)
        >>> from PIL import Image
        >>> with Image.open(path) as picture:
        ...     picture.format, picture.size
        ('JPEG', (256, 163))
    """
    path = Path(path)
    formats = {".png": PictureFormat.PNG, ".jpg": PictureFormat.JPG, ".jpeg": PictureFormat.JPG}
    if path.suffix.lower() not in formats:
        raise ArgumentError("path", str(path), "a path that ends in .png, .jpg or .jpeg")
    check_new(path, overwrite=overwrite, argument="path")
    data = thumbnail(shown, region, size=size, format=formats[path.suffix.lower()])
    write_whole(path, lambda to: to.write_bytes(data), overwrite=overwrite)
    return path


def timelapse(
    path: str | Path,
    images: ee.ImageCollection,
    region: object,
    *,
    scheme: str | Scheme | None = "scl",
    band: str = "SCL",
    by: By | str = "date",
    day: Day | str = "utc",
    size: int = 512,
    frames_per_second: float = 2,
    dates: bool = True,
    legend: bool = False,
    overwrite: bool = False,
) -> Path:
    """Write a film of a region: a frame for each date, in the order of time.

    Args:
        path: ends in .gif or .webp; its folder exists.
        images: with system:time_start and a band of class codes, or B4, B3 and B2 for true colour.
        region: anything that `class_statistics` takes as regions; several are shown together.
        scheme: the classes to show, in their exact colours; None shows true colour (in a GIF by 256 colours).
        band: the band of class codes.
        by: "date" puts the images of a day into one frame, "image" gives each image its own.
        day: whose day that is, "utc" or "solar", as in `with_period`.
        size: pixels of the longest side at the most, without the legend.
        frames_per_second: 0.02 to 50; a GIF counts in hundredths of a second.
        dates: whether each frame says its date, and its tile with by="image". Synthetic pixels are always named.
        legend: whether the classes' names and colours stand beside the frames.
        overwrite: whether an existing file may be replaced.

    Returns:
        The path. Frames that are alike may be stored as one that lasts longer. What no class covers is light grey.

    Raises:
        ArgumentError: an argument that cannot be used, before any request.
        RegionError: the region cannot be read, or lies beyond 85 degrees.
        SchemeError: the scheme does not exist.
        CollectionError: the collection is empty, or an image has no time.
        RequestError: Earth Engine refused; the error has its text.
        NotInitializedError: no session is open.

    Requests: one for the list of images, and two for each 11 million pixels of frames (42 frames of 512 x 512). Earth
    Engine: ImageCollection.getVideoThumbURL.

    Examples:
        >>> path = gee_scl.timelapse("summer.gif", images, fields, size=200)
        >>> from PIL import Image
        >>> with Image.open(path) as film:
        ...     film.n_frames, film.size  # a frame for each day
        (9, (200, 127))

        Water and the rest, with a legend beside them:

        >>> path = gee_scl.timelapse("water.webp", images.limit(6), fields, scheme="water", size=200, legend=True)
        >>> with Image.open(path) as film:
        ...     film.n_frames
        3
    """
    path = Path(path)
    if path.suffix.lower() not in (".gif", ".webp"):
        raise ArgumentError("path", str(path), "a path that ends in .gif or .webp")
    by, clock = By.of("by", by), Day.of("day", day)
    checked_side(size)
    milliseconds = round(1000 / number_between("frames_per_second", frames_per_second, 0.02, 50))
    images = checked_collection(images)
    chosen = None if scheme is None else get_scheme(scheme)
    if legend and chosen is None:
        raise ArgumentError("legend", legend, "False with scheme=None, colours of true colour mean nothing")
    check_new(path, overwrite=overwrite, argument="path")
    door = Door()
    extent = _extent(region, size, door)
    window = _window(extent.bounds, WEB_MERCATOR, (extent.width, extent.height))
    film_band = band if chosen else "B4"
    shots = _shots(list_scenes(images.select([film_band]), film_band, door, day=clock), by, clock)
    frames = _frames(images, shots, window, chosen, band, door)
    if dates or any(shot.synthetic for shot in shots):
        frames = [stamped(frame, shot.stamp(dates)) for frame, shot in zip(frames, shots, strict=True)]
    colors = None
    if chosen is not None:
        entries = (*scheme_entries(chosen), LegendEntry("No class", NO_CLASS_COLOR))
        frames = with_legend(frames, chosen.title, entries) if legend else frames
        colors = [rgb(entry.color) for entry in entries]
    write_whole(path, lambda to: write_film(to, frames, milliseconds, colors), overwrite=overwrite)
    return path


@dataclass(frozen=True)
class _Shot:
    """What one frame shows: an image, or a day."""

    name: str
    synthetic: bool
    index: str | None = None
    day: Day = Day.UTC

    def stamp(self, dates: bool) -> str:
        parts = [self.name] if dates else []
        return ", ".join([*parts, "synthetic"] if self.synthetic else parts)


def _shots(scenes: list[Scene], by: By, day: Day) -> list[_Shot]:
    """The frames, by time."""
    require_times(scenes)
    if by is By.IMAGE:
        scenes.sort(key=lambda scene: (scene.time or 0, scene.index))
        return [_Shot(scene.name, scene.synthetic, scene.index) for scene in scenes]
    if day is Day.UTC:
        warn_of_cut_passes(scenes)
    return [_Shot(date, any(scene.synthetic for scene in members), day=day) for date, members in by_day(scenes).items()]


def _frames(
    images: ee.ImageCollection,
    shots: Sequence[_Shot],
    window: dict[str, Any],
    scheme: Scheme | None,
    band: str,
    door: Door,
) -> list[Image.Image]:
    width, height = window["dimensions"]
    per_request = max(1, door.run.limits.film_pixels // (width * height))
    frames: list[Image.Image] = []
    for start in range(0, len(shots), per_request):
        some = shots[start : start + per_request]
        what = f"Drawing {len(some)} frames ({some[0].name} to {some[-1].name})"
        options = {**window, "framesPerSecond": 1000 / _FRAME_MILLISECONDS}
        content = door.film(what, _film(images, some, scheme, band), options)
        frames += decoded(content, len(some), _FRAME_MILLISECONDS)
    return frames


def _film(images: ee.ImageCollection, shots: Sequence[_Shot], scheme: Scheme | None, band: str) -> ee.ImageCollection:
    """RGB images in the order of the shots, without transparency."""
    bands = ["B4", "B3", "B2"] if scheme is None else [band]
    background = ee.Image.constant(list(rgb(NO_CLASS_COLOR))).toUint8().rename(list(RGB_BANDS))
    images = images.select(bands)

    by_image, day = shots[0].index is not None, shots[0].day

    def frame(key: ee.ComputedObject) -> ee.Image:
        if by_image:
            image = images.filter(ee.Filter.equals("system:index", key)).first()
        else:
            image = images_of_day(images, ee.Date(key), day).mosaic()
        blended: ee.Image = background.blend(
            true_color(image) if scheme is None else visualize(image, scheme, band=band)
        )
        return blended

    # The list has the order: none that Earth Engine gives images of the same moment is relied on.
    film: ee.ImageCollection = ee.ImageCollection(ee.List([shot.index or shot.name for shot in shots]).map(frame))
    return film
