"""Pictures of a region to keep, as PNG or JPEG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import ee

from gee_scl.errors import ArgumentError
from gee_scl.options.arguments import checked
from gee_scl.options.caller_warning import warn_caller
from gee_scl.options.choices import PictureFormat
from gee_scl.options.files import check_new, checked_path, write_whole
from gee_scl.requests.door import Door
from gee_scl.requests.run import Run
from gee_scl.scenes.emptiness import made_of_nothing
from gee_scl.scenes.provenance import IMAGES
from gee_scl.views.drawing.picture import Wanted, draw, shows_nothing
from gee_scl.views.drawing.window import Window, checked_side
from gee_scl.views.view import View, picture_of

__all__ = ["thumbnail"]

NO_CLASS_COLOR = "e6e6e6"
"""What is seen where there is no class and nothing can be transparent: in films and contact sheets."""

NOTHING = "What is drawn shows nothing: no pixel of it has data in the region. In a box longitude comes first."
"""A warning: a picture of a wrong place is one of no colour."""

_ENDINGS = {".png": PictureFormat.PNG, ".jpg": PictureFormat.JPG, ".jpeg": PictureFormat.JPG}


@checked()
def thumbnail(
    shown: View | ee.Image,
    region: object,
    path: str | Path | None = None,
    *,
    size: int = 512,
    format: PictureFormat | str | None = None,
    overwrite: bool = False,
    run: Run | None = None,
) -> bytes:
    """Draw a region and what is around it as a picture, north up, and write it where a path is given.

    Args:
        shown: a view, or an RGB image of bytes such as `visualize` and `true_color` give.
        region: anything that `class_statistics` takes as regions; several are shown together.
        path: the file to write, which ends in .png, .jpg or .jpeg; its folder exists. None writes none.
        size: pixels of the longest side, at the most; more than half of it.
        format: "png", transparent where there is nothing, or "jpg"; None takes that of the path, else "png".
        overwrite: whether an existing file may be replaced.
        run: how the job runs: the limits of its requests, and its label.

    Returns:
        The bytes of the file, in Web Mercator (EPSG:3857), as maps on the web are: shapes are true, and no class is
        averaged.

    Raises:
        ArgumentError: an argument that cannot be used, no such folder, or a file that is there already; before any
            request.
        RegionError: the region cannot be read, or lies beyond 85 degrees.
        CollectionError: the image was made of a collection that holds no image, such as a composite of it.
        RequestError: Earth Engine refused; the error has its text, and says of how many pixels that was where it is too
            much. So it does where `shown` is the first image of a collection that holds no image. Nothing is written.
        NotInitializedError: no session is open.

    Warns:
        UserWarning: no pixel of it has data in the region.

    Requests: two; three for a region that only the server knows. A PNG that is too much for one request is put together
    of parts, down to 256 pixels, with the same pixels. A picture across the antimeridian is put together of its two
    sides, by four requests.

    Examples:
        >>> png = gee_scl.thumbnail(views.class_view(image), fields)
        >>> import io
        >>> from PIL import Image
        >>> Image.open(io.BytesIO(png)).size  # pixels
        (512, 325)

        As a file:

        >>> jpeg = gee_scl.thumbnail(gee_scl.true_color(image), fields, "summer.jpg", size=256)
        >>> with Image.open("summer.jpg") as picture:
        ...     picture.format, picture.size
        ('JPEG', (256, 163))
    """
    file = None if path is None else checked_path(path)
    if file is not None:
        check_new(file, tuple(_ENDINGS), overwrite=overwrite, argument="path")
    picture_format = _format_of(file, format)
    (content,) = thumbnails([shown], region, size=size, run=run, picture_format=picture_format)
    if shows_nothing(content):
        warn_caller(NOTHING)
    if file is not None:
        write_whole(file, lambda to: to.write_bytes(content), overwrite=overwrite)
    return content


def _format_of(path: Path | None, word: object) -> PictureFormat:
    """Take the format from the word, and from the path's ending, which must not say two things."""
    asked = None if word is None else PictureFormat.of("format", word)
    if path is None:
        return asked or PictureFormat.PNG
    ending = _ENDINGS[path.suffix.lower()]
    if asked not in (None, ending):
        raise ArgumentError("format", str(asked), f"None, or {str(ending)!r} as the path has it ({path.name})")
    return ending


def thumbnails(
    shown: Sequence[View | ee.Image],
    region: object,
    *,
    size: int,
    run: Run | None = None,
    picture_format: PictureFormat = PictureFormat.PNG,
) -> list[bytes]:
    """Draw several pictures of the same window, several at a time.

    Args:
        shown: each as in `thumbnail`.
        region: see there.
        size: see there.
        run: see there.
        picture_format: of all of them.

    Returns:
        The bytes of the files, in order.

    Raises:
        GeeSclError: as `thumbnail` does.

    Requests: two for each picture, or part of one, and one for a region that only the server knows; one more for each
    picture that shows nothing.
    """
    images = [picture_of(one) for one in shown]
    side, door = checked_side(size), Door(run)
    window = Window.around(region, side, door)
    names = ["a picture" if isinstance(one, ee.Image) or len(images) == 1 else repr(one.name) for one in shown]
    wanted = [Wanted(name, image, window) for name, image in zip(names, images, strict=True)]
    contents = draw(wanted, door, picture_format=picture_format).all()
    for image, content in zip(images, contents, strict=True):
        if shows_nothing(content) and door.value("Looking what is shown", image.get(IMAGES)) == 0:
            raise made_of_nothing("shown")
    return contents


def __dir__() -> list[str]:
    return __all__
