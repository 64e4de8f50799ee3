"""A view for each date of a collection: named by date and tile, and made of the collection and one index alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import ee

from gee_scl.classes.schemes import Scheme, get_scheme
from gee_scl.errors import ArgumentError, Plain
from gee_scl.options.checks import checked_collection
from gee_scl.options.choices import By, Day
from gee_scl.requests.door import Door
from gee_scl.scenes.band_classes import scheme_of_images
from gee_scl.scenes.chains import Chain
from gee_scl.scenes.mosaics import mosaic_of_day
from gee_scl.scenes.scene import Scene, by_day, image_of, images_of, list_scenes, require_times, warn_of_cut_passes
from gee_scl.views.view import View, class_view

MakeView: TypeAlias = Callable[[ee.Image], View]

_MAKERS = "a function that makes a View of an image, such as gee_scl.views.true_color_view"


@dataclass(frozen=True)
class DatedViews:
    """The views of a collection.

    Attributes:
        views: in the order of time; what has no time comes first.
        synthetic: whether the images say that they were made and not measured.
    """

    views: tuple[View, ...]
    synthetic: bool


def dated_views(
    images: ee.ImageCollection,
    scheme: str | Scheme,
    *,
    band: str,
    by: By | str,
    day: Day | str = "utc",
    view: MakeView | None,
    door: Door,
) -> DatedViews:
    """Make a view for each image, or for each day.

    Args:
        images: with a band of class codes.
        scheme: which codes make which class.
        band: the band of class codes.
        by: "image", or "date" for mosaics of the tiles of a day, as `daily_mosaics` makes them.
        day: whose day that is.
        view: makes the view of an image; None shows its classes. The name is replaced.
        door: lists the images.

    Raises:
        ArgumentError: images is no collection, an unknown `by` or `day`, or a function that makes no views.
        SchemeError: the scheme does not exist.
        CollectionError: the collection holds no image (why, one request more finds out).
        RequestError: Earth Engine refused.
        NotInitializedError: no session is open.

    Warns:
        DayWarning: midnight UTC cuts a pass in two.

    Requests: one. What a view sends later is of one size, however many images there are.
    """
    by, clock = By.of("by", by), Day.of("day", day)
    get_scheme(scheme)
    images = checked_collection(images)
    if view is not None and not callable(view):
        raise ArgumentError("view", view, _MAKERS)
    make = view or partial(class_view, scheme=scheme_of_images(scheme, images, band, door), band=band)
    scenes = list_scenes(images.select([band]), band, door, day=clock)
    if by is By.DATE:
        require_times(scenes, instead="by='image'")
        if clock is Day.UTC:
            warn_of_cut_passes(scenes)
        days = by_day(scenes)
        labels = [_day_name(day, members) for day, members in days.items()]
        # Of a day's images only what is shown is put together: others of their bands may differ.
        needed = images.select([band]) if view is None else images
        chain = Chain.of(needed)
        shown = [mosaic_of_day(images_of(chain, members), day, clock, band=band) for day, members in days.items()]
    else:
        scenes.sort(key=lambda scene: (scene.time is not None, scene.time or 0))
        labels = [scene.name for scene in scenes]
        chain = Chain.of(images)
        shown = [image_of(chain, scene) for scene in scenes]
    plain = [_made_by(make, image) for image in shown]
    names = _all_different([_full_name(label, view) for label, view in zip(labels, plain, strict=True)])
    views = tuple(replace(view, name=name) for view, name in zip(plain, names, strict=True))
    return DatedViews(views, any(scene.synthetic for scene in scenes))


def _made_by(make: MakeView, image: ee.Image) -> View:
    view = make(image)
    if not isinstance(view, View):
        raise ArgumentError("view", Plain(f"a function that gives {view!r:.100}"), _MAKERS)
    return view


@dataclass(frozen=True)
class NamedView:
    """The view of one image, named by its date and tile.

    Attributes:
        view: the view.
        synthetic: whether the image says that it was made and not measured.
    """

    view: View
    synthetic: bool


def named_view(view: View, image: ee.Image, band: str, door: Door) -> NamedView:
    """Name a view by the date and tile of its image; it keeps its own name where the image has neither.

    Args:
        view: of the image.
        image: with the band.
        band: one of its bands.
        door: asks for date and tile.

    Raises:
        RequestError: Earth Engine refused, for example as there is no such band.
        NotInitializedError: no session is open.

    Requests: one.
    """
    scene = list_scenes(ee.ImageCollection([image]).select([band]), band, door)[0]
    name = _full_name(scene.name, view) if scene.day or scene.tile else view.name
    return NamedView(replace(view, name=name), scene.synthetic)


def _full_name(scene: str, view: View) -> str:
    """Join date and tile with the view's own name; alone they are the SCL."""
    plain = view.scheme is not None and view.scheme.name == "scl"
    return scene if plain else f"{scene} {view.name}"


def _day_name(day: str, scenes: Sequence[Scene]) -> str:
    """Join the day with the tile, where all its images are of one."""
    tiles = {scene.tile for scene in scenes}
    return " ".join(part for part in (day, *(tiles if len(tiles) == 1 else ())) if part)


def _all_different(names: list[str]) -> list[str]:
    """Number names where several images have one day and tile."""
    counts, seen = Counter(names), Counter[str]()
    numbered = []
    for name in names:
        seen[name] += 1
        numbered.append(f"{name} ({seen[name]})" if counts[name] > 1 else name)
    return numbered
