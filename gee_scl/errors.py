"""Every error that gee-scl raises on purpose: one base class, narrow subclasses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


class GeeSclError(Exception):
    """Base of all errors of this package.

    Examples:
        >>> try:
        ...     gee_scl.collection(max_cloud=200)
        ... except gee_scl.GeeSclError as error:
        ...     print(error)
        max_cloud: got 200; allowed: a number of percent, from 0 to 100.
    """


class ArgumentError(GeeSclError, ValueError):
    """An argument that cannot be used, said before anything is sent.

    Args:
        argument: name of the argument as the caller wrote it.
        given: what came.
        allowed: what may come instead.
        hint: what to do, if there is more to say.

    All four are attributes of the error, too.

    Examples:
        >>> gee_scl.collection(tiles="Munich")
        Traceback (most recent call last):
            ...
        gee_scl.errors.ArgumentError: tiles: got 'Munich'; allowed: MGRS tiles such as '32TPS'.

        >>> try:
        ...     gee_scl.composite(images, "median", score=gee_scl.PixelScore())
        ... except gee_scl.ArgumentError as error:
        ...     print(error.argument, "|", error.allowed, "|", error.hint)
        score | None for method 'median' | Only 'best_pixel' looks at scores.
    """

    def __init__(self, argument: str, given: object, allowed: str, hint: str = "") -> None:
        self.argument, self.given, self.allowed, self.hint = argument, given, allowed, hint
        text = f"{argument}: got {_shorten(given)}; allowed: {allowed}."
        super().__init__(f"{text} {hint}".rstrip())


class Plain(str):
    """Text that an `ArgumentError` shows without quotes: a description of what came, and not what came."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class ClassError(ArgumentError):
    """A class, group or code that the legend or scheme does not have.

    Examples:
        >>> gee_scl.class_mask(image, "vegetatoin")
        Traceback (most recent call last):
            ...
        gee_scl.errors.ClassError: classes: got 'vegetatoin'; allowed: a code from 0 to 11, ...
        Did you mean 'vegetation'?

        >>> gee_scl.SCHEMES["land"].class_values("Snw")
        Traceback (most recent call last):
            ...
        gee_scl.errors.ClassError: classes: got 'Snw'; allowed: values and names of scheme 'land': 1 Vegetation, 2 Bare,
        3 Water, 4 Snow. Did you mean 'Snow'?
    """


class SchemeError(ArgumentError):
    """A scheme that contradicts itself or the band it is used on.

    Examples:
        >>> gee_scl.class_statistics(image, fields, scheme="waters")
        Traceback (most recent call last):
            ...
        gee_scl.errors.SchemeError: scheme: got 'waters'; allowed: a Scheme, or the name of one: ...
        Did you mean 'water'?

        >>> gee_scl.Scheme.from_groups("mine", {"Cloud": "cloud", "White": [9, 11]})
        Traceback (most recent call last):
            ...
        gee_scl.errors.SchemeError: classes of scheme 'mine': got [9]; allowed: each code once.
    """


class RegionError(ArgumentError):
    """A region that cannot be measured, named by its id.

    Examples:
        >>> gee_scl.collection((690000, 5140000, 700000, 5150000))
        Traceback (most recent call last):
            ...
        gee_scl.errors.RegionError: region: got (690000.0, ...); allowed: west and east in [-360, 360], ... in degrees.
        The numbers look projected: pass a GeoDataFrame with its crs.

        >>> bow_tie = {"type": "Polygon", "coordinates": [[[11, 46], [12, 47], [12, 46], [11, 47], [11, 46]]]}
        >>> gee_scl.class_statistics(image, bow_tie)
        Traceback (most recent call last):
            ...
        gee_scl.errors.RegionError: regions: got region 0: Self-intersection[11.5 46.5]; allowed: valid polygons. ...
    """


class CollectionError(ArgumentError):
    """A collection that has not what was asked of it.

    Examples:
        >>> gee_scl.class_statistics(gee_scl.collection(start="2030-01-01"), fields)
        Traceback (most recent call last):
            ...
        gee_scl.errors.CollectionError: images: got 'a collection of nothing'; allowed: at least one image. The
        collection holds no image: No image, wherever, is of the period from 2030-01-01 on. The last before it is ...
    """


class FolderError(ArgumentError):
    """A folder or file that the local engine cannot serve.

    Examples:
        >>> gee_scl.initialize(local="no-such-folder")
        Traceback (most recent call last):
            ...
        gee_scl.errors.FolderError: local: got 'no-such-folder'; allowed: True, an existing folder, or the address of a
        running engine.
    """


class CheckpointError(ArgumentError):
    """A checkpoint's folder that cannot be used, or is of another job.

    Args:
        given: the folder, or the file in it.
        allowed: what may come instead.
        hint: what to do.

    Attributes:
        frame: what was measured before it failed, where it failed on the way; else None.

    Examples:
        >>> run = gee_scl.Run(checkpoint="checkpoint")
        >>> frame = gee_scl.class_statistics(images, fields, id="name", run=run)
        >>> gee_scl.class_statistics(images, fields, id="name", scheme="land", run=run)
        Traceback (most recent call last):
            ...
        gee_scl.errors.CheckpointError: checkpoint: got 'checkpoint', which is of another job (scheme ...
        allowed: the folder of this job, or a new one. Give another folder, or delete this one.
    """

    frame: pd.DataFrame | None = None

    def __init__(self, given: object, allowed: str, hint: str = "") -> None:
        super().__init__("checkpoint", given, allowed, hint)


class MissingExtraError(GeeSclError, ImportError):
    """A package that belongs to an extra is not installed.

    Args:
        package: the module that could not be imported.
        extra: the extra of gee-scl that brings it.
        purpose: what it is needed for.

    The first two are attributes of the error, too.

    Examples:
        >>> print(gee_scl.MissingExtraError("geopandas", "regions", "Reading fields.gpkg"))
        Reading fields.gpkg needs the package 'geopandas', which is not installed. Install it with: python -m pip
        install "gee-scl[regions]"
    """

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        self.package, self.extra = package, extra
        super().__init__(
            f"{purpose} needs the package {package!r}, which is not installed. "
            f'Install it with: python -m pip install "gee-scl[{extra}]"'
        )


class NotInitializedError(GeeSclError, RuntimeError):
    """Earth Engine was used before a session was opened.

    Examples:
        >>> print(gee_scl.NotInitializedError())
        No Earth Engine session is open. Call gee_scl.initialize(project='your-project') for Earth Engine, or
        gee_scl.initialize(local=True) for the local engine, which needs no account.
    """

    def __init__(self) -> None:
        super().__init__(
            "No Earth Engine session is open. Call gee_scl.initialize(project='your-project') for Earth Engine, "
            "or gee_scl.initialize(local=True) for the local engine, which needs no account."
        )


class RequestError(GeeSclError, RuntimeError):
    """A request that the server refused; its own text is kept.

    Args:
        what: the part of the work that failed, in the caller's terms.
        message: the server's text.
        status: HTTP status, where there was an answer.
        hint: what to do about it.
        kind: what can be done: "passing" (it may succeed later), "too large" (with less at a time), "queue full",
            "not found", or "final".

    All five are attributes of the error, too.

    Examples:
        >>> try:
        ...     gee_scl.class_statistics(image, ee.FeatureCollection("projects/your-project/assets/fields"))
        ... except gee_scl.RequestError as error:
        ...     print(error.what, "|", error.status)
        Listing the regions | 400
    """

    def __init__(
        self, what: str, message: str, status: int | None = None, hint: str = "", *, kind: str = "final"
    ) -> None:
        self.what, self.message, self.status, self.hint, self.kind = what, message, status, hint, kind
        code = f" (HTTP {status})" if status else ""
        super().__init__(f"{what} failed{code}: {message} {hint}".rstrip())


class IncompleteError(RequestError):
    """A job of which parts could not be had; the others are here.

    Args:
        first: the first failure.
        failures: what could not be had, and why.
        frame: what was measured.
        hint: how to go on.
        pictures: what was drawn.

    Attributes:
        frame: what was measured, as the function would have returned it; None where nothing was to be measured.
        failures: a dictionary for each part that could not be had: "regions" (their ids), "images" (or days), "error";
            of what is drawn "pictures" (their names) and "error".
        pictures: what was drawn, by name: frames of a film as images of Pillow, pictures of a page as bytes of files.

    Examples:
        >>> try:
        ...     frame = gee_scl.class_statistics(images, fields, id="name")
        ... except gee_scl.IncompleteError as error:
        ...     frame, failures = error.frame, error.failures
    """

    def __init__(
        self,
        first: RequestError,
        failures: Sequence[Mapping[str, object]],
        frame: pd.DataFrame | None,
        hint: str,
        *,
        pictures: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(first.what, first.message, first.status, f"{first.hint} {hint}".strip(), kind=first.kind)
        self.failures, self.frame = failures, frame
        self.pictures: Mapping[str, Any] = pictures or {}


def _shorten(value: object, limit: int = 200) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."
