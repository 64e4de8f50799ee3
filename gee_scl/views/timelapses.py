"""Films of a region to keep: the dates of a collection as GIF or WebP.

Earth Engine draws the frames (video thumbnails); this machine asks, waits, and puts dates and a legend on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import ee

from gee_scl.classes.band_schemes import SCL_BY_DEFAULT
from gee_scl.classes.schemes import Scheme, get_scheme
from gee_scl.errors import ArgumentError
from gee_scl.expressions.colors import RGB_BANDS, true_color, visualize
from gee_scl.options.arguments import checked
from gee_scl.options.caller_warning import warn_caller
from gee_scl.options.checks import checked_collection, number_between
from gee_scl.options.choices import By, Day
from gee_scl.options.files import check_new, checked_path, write_whole
from gee_scl.requests.door import Door
from gee_scl.requests.parallel import Progress
from gee_scl.requests.run import Run
from gee_scl.scenes.band_classes import scheme_of_images
from gee_scl.scenes.mosaics import images_of_day
from gee_scl.scenes.scene import Scene, by_day, images_of, list_scenes, require_times, warn_of_cut_passes
from gee_scl.views.drawing.film import FilmFormat, rgb, stamped, with_legend, write_film
from gee_scl.views.drawing.film_frames import Reel, film_frames
from gee_scl.views.drawing.lettering import Lettering
from gee_scl.views.drawing.lost import say_what_is_missing
from gee_scl.views.drawing.window import Window, checked_side
from gee_scl.views.thumbnails import NO_CLASS_COLOR, NOTHING
from gee_scl.views.true_color_bands import without_true_color
from gee_scl.views.view import TRUE_COLOR_BANDS, LegendEntry, scheme_entries

__all__ = ["timelapse"]


@checked()
def timelapse(
    images: ee.ImageCollection,
    region: object,
    path: str | Path,
    *,
    scheme: str | Scheme | None = SCL_BY_DEFAULT,
    band: str = "SCL",
    by: By | str = "date",
    day: Day | str = "utc",
    size: int = 512,
    frames_per_second: float = 2,
    dates: bool = True,
    legend: bool = False,
    overwrite: bool = False,
    run: Run | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write a film of a region: a frame for each date, in the order of time.

    Args:
        images: with system:time_start and a band of class codes, or B4, B3 and B2 for true colour.
        region: anything that `class_statistics` takes as regions; several are shown together.
        path: the file to write, which ends in .gif or .webp; its folder exists.
        scheme: the classes to show, in their exact colours; None shows true colour (in a GIF by 256 colours).
        band: the band of class codes. One that is not called SCL has the classes that its image gives for it
            (`with_class_properties`), where no scheme is named; to see that takes a request.
        by: "date" puts the images of a day into one frame, "image" gives each image its own.
        day: whose day that is, "utc" or "solar", as in `with_period`.
        size: pixels of the longest side at the most, without the legend.
        frames_per_second: 0.02 to 50; a GIF counts in hundredths of a second.
        dates: whether each frame says its date, and its tile with by="image". Synthetic pixels are always named.
        legend: whether the classes' names and colours stand beside the frames, in a font of this machine where Pillow's
            own has not all of their letters.
        overwrite: whether an existing file may be replaced.
        run: how the job runs: the limits of its requests, its label, and with on_error="keep" that a film is written
            without the frames that could not be had.
        progress: called with the number of frames drawn, and to draw.

    Returns:
        The path. Frames that are alike may be stored as one that lasts longer. What no class covers is light grey.

    Raises:
        ArgumentError: an argument that cannot be used, before any request; true colour of images that lack its bands.
        RegionError: the region cannot be read, or lies beyond 85 degrees.
        SchemeError: the scheme does not exist.
        CollectionError: the collection holds no image (why, one request more finds out), or an image has no time.
        IncompleteError: a frame could not be had. The error names its date, or its image, and has the frames that were
            drawn before. Nothing is written.
        RequestError: Earth Engine refused, and no frame could be had; the error has its text.
        NotInitializedError: no session is open.

    Warns:
        DayWarning: with by="date", midnight UTC cuts a pass in two.
        UserWarning: no pixel has data in the region; no font of this machine has a letter of the legend; or frames are
            lost, by name, with on_error="keep".

    Requests: one for the list of images, one for their bands where true colour is asked for, and two for each 11
    million pixels of frames (42 frames of 512 x 512, `Limits` has the number), four at a time. Frames that are too much
    for Earth Engine are asked for in halves, and one frame of classes in parts; all are put
    together of two sides, twice as many requests, where the region crosses the antimeridian. Earth Engine:
    ImageCollection.getVideoThumbURL.

    Examples:
        >>> path = gee_scl.timelapse(images, fields, "summer.gif", size=200)
        >>> from PIL import Image
        >>> with Image.open(path) as film:
        ...     film.n_frames, film.size  # a frame for each day
        (9, (200, 127))

        Water and the rest, with a legend beside them:

        >>> path = gee_scl.timelapse(images.limit(6), fields, "water.webp", scheme="water", size=200, legend=True)
        >>> with Image.open(path) as film:
        ...     film.n_frames
        3
    """
    path = checked_path(path)
    film_format = _format_of(path)
    by, clock = By.of("by", by), Day.of("day", day)
    side = checked_side(size)
    milliseconds = round(1000 / number_between("frames_per_second", frames_per_second, 0.02, 50))
    images = checked_collection(images)
    if scheme is not None:
        get_scheme(scheme)
    elif legend:
        raise ArgumentError("legend", legend, "False with scheme=None, colours of true colour mean nothing")
    check_new(path, overwrite=overwrite, argument="path")
    door = Door(run)
    classes = None if scheme is None else scheme_of_images(scheme, images, band, door)
    window = Window.around(region, side, door)
    if classes is None and (colorless := without_true_color(images, door)):
        raise ArgumentError("scheme", None, "the classes to show, as true colour cannot be", f"Of these, {colorless}.")
    own_band = band if classes else TRUE_COLOR_BANDS[0]
    shots = _shots(list_scenes(images.select([own_band]), own_band, door, day=clock), by, clock)
    reel = Reel(
        [shot.name for shot in shots],
        lambda numbers: _film(images, [shots[number] for number in numbers], classes, band),
        window,
        exact=classes is not None,
    )
    filmed = film_frames(reel, door, progress)
    had = [(shots[number].name, frame) for number, frame in filmed.frames.items()]
    say_what_is_missing(filmed.missing, had, door.run, "frames")
    shots, frames = [shots[number] for number in filmed.frames], list(filmed.frames.values())
    nothing = rgb(NO_CLASS_COLOR)
    if all(frame.getcolors(1) == [(frame.width * frame.height, nothing)] for frame in frames):
        warn_caller(NOTHING)
    texts: list[str] = []
    if dates or any(shot.synthetic for shot in shots):
        texts += [shot.stamp(dates) for shot in shots]
        frames = [stamped(frame, shot.stamp(dates)) for frame, shot in zip(frames, shots, strict=True)]
    colors = None
    if classes is not None:
        entries = (*scheme_entries(classes), LegendEntry("No class", NO_CLASS_COLOR))
        if legend:
            texts += [classes.title, *(entry.label for entry in entries)]
            frames = with_legend(frames, classes.title, entries)
        colors = [rgb(entry.color) for entry in entries]
    Lettering.of(texts).warn()
    write_whole(path, lambda to: write_film(to, film_format, frames, milliseconds, colors), overwrite=overwrite)
    return path


def _format_of(path: Path) -> FilmFormat:
    return FilmFormat.of("path", path.suffix.lower().removeprefix("."))


@dataclass(frozen=True)
class _Shot:
    """What one frame shows: an image, or a day."""

    name: str
    scenes: tuple[Scene, ...]
    index: str | None = None
    day: Day = Day.UTC

    @property
    def synthetic(self) -> bool:
        """Whether its pixels were made and not measured."""
        return any(scene.synthetic for scene in self.scenes)

    def stamp(self, dates: bool) -> str:
        """Write what the frame says of itself."""
        parts = [self.name] if dates else []
        return ", ".join([*parts, "synthetic"] if self.synthetic else parts)


def _shots(scenes: list[Scene], by: By, day: Day) -> list[_Shot]:
    """List the frames, by time."""
    require_times(scenes)
    if by is By.IMAGE:
        scenes.sort(key=lambda scene: (scene.time or 0, scene.index))
        return [_Shot(scene.name, (scene,), scene.index) for scene in scenes]
    if day is Day.UTC:
        warn_of_cut_passes(scenes)
    return [_Shot(date, tuple(members), day=day) for date, members in by_day(scenes).items()]


def _film(images: ee.ImageCollection, shots: Sequence[_Shot], scheme: Scheme | None, band: str) -> ee.ImageCollection:
    """Make RGB images in the order of the shots, without transparency."""
    bands = list(TRUE_COLOR_BANDS) if scheme is None else [band]
    background = ee.Image.constant(list(rgb(NO_CLASS_COLOR))).toUint8().rename(list(RGB_BANDS))
    images = images_of(images.select(bands), [scene for shot in shots for scene in shot.scenes])

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


def __dir__() -> list[str]:
    return __all__
