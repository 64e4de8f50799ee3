"""A view for each date of a collection: named by date and tile, and made of the collection and one index alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import ee

from gee_scl.classes.schemes import Scheme, get_scheme
from gee_scl.errors import NotInitializedError
from gee_scl.options.checks import one_of
from gee_scl.requests.door import Tables
from gee_scl.scenes.mosaics import daily_mosaics
from gee_scl.scenes.periods import checked_collection
from gee_scl.statistics.measurement import Grid, Scene, list_scenes
from gee_scl.views.view import View, class_view, scene_name

By: TypeAlias = Literal["image", "date"]
MakeView: TypeAlias = Callable[[ee.Image], View]

_ANY_GRID = Grid("EPSG:4326", 20.0)
"""A map needs no grid of the images: those without one are listed as well."""


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
    by: By,
    view: MakeView | None,
    tables: Tables,
) -> DatedViews:
    """A view for each image, or for each day.

    Args:
        images: with a band of class codes.
        scheme: which codes make which class.
        band: the band of class codes.
        by: "image", or "date" for mosaics of the tiles of a solar day, as `daily_mosaics` makes them.
        view: makes the view of an image; None shows its classes. The name is replaced.
        tables: lists the images.

    Raises:
        ArgumentError: images is no collection, or an unknown `by`.
        SchemeError: the scheme does not exist.
        CollectionError: the collection is empty.
        RequestError: Earth Engine refused.
        NotInitializedError: no session is open.

    Requests: one. What a view sends later is of one size, however many images there are.
    """
    one_of("by", by, ("image", "date"))
    scheme = get_scheme(scheme)
    images = checked_collection(images)
    if not ee.data.is_initialized():
        raise NotInitializedError
    shown = daily_mosaics(images, band=band) if by == "date" else images
    scenes = list_scenes(shown.select([band]), band, _ANY_GRID, tables)
    scenes.sort(key=lambda scene: (scene.time is not None, scene.time or 0))
    make = view or (lambda image: class_view(image, scheme, band=band))
    made = [make(_image(shown, scene)) for scene in scenes]
    called = [_day_name(scene) if by == "date" else scene_name(scene) for scene in scenes]
    names = _all_different([_full_name(name, one) for name, one in zip(called, made, strict=True)])
    views = tuple(replace(one, name=name) for one, name in zip(made, names, strict=True))
    return DatedViews(views, any(scene.synthetic for scene in scenes))


@dataclass(frozen=True)
class NamedView:
    """The view of one image, named by its date and tile.

    Attributes:
        view: the view.
        synthetic: whether the image says that it was made and not measured.
    """

    view: View
    synthetic: bool


def named_view(view: View, image: ee.Image, band: str, tables: Tables) -> NamedView:
    """A view under the date and tile of its image; under its own name where the image has neither.

    Args:
        view: of the image.
        image: with the band.
        band: one of its bands.
        tables: asks for date and tile.

    Raises:
        RequestError: Earth Engine refused, for example as there is no such band.
        NotInitializedError: no session is open.

    Requests: one.
    """
    if not ee.data.is_initialized():
        raise NotInitializedError
    scene = list_scenes(ee.ImageCollection([image]).select([band]), band, _ANY_GRID, tables)[0]
    known = " ".join(part for part in (scene.day, scene.tile) if part)
    return NamedView(replace(view, name=_full_name(known, view) if known else view.name), scene.synthetic)


def _full_name(scene: str, view: View) -> str:
    """Date and tile alone are the SCL; whatever else is shown of an image has its own name with them."""
    plain = view.scheme is not None and view.scheme.name == "scl"
    return scene if plain else f"{scene} {view.name}"


def _image(images: ee.ImageCollection, scene: Scene) -> ee.Image:
    image: ee.Image = ee.Image(images.filter(ee.Filter.eq("system:index", scene.index)).first())
    return image


def _day_name(scene: Scene) -> str:
    """The index of a mosaic is its solar day, which its first image's UTC day may not be."""
    return " ".join(part for part in (scene.index, scene.tile) if part)


def _all_different(names: list[str]) -> list[str]:
    """Names with a number where several images have one day and tile."""
    counts, seen = Counter(names), Counter[str]()
    numbered = []
    for name in names:
        seen[name] += 1
        numbered.append(f"{name} ({seen[name]})" if counts[name] > 1 else name)
    return numbered
