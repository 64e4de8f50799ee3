"""The clear share of a region in each image, asked for some images at a time, and then known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import ee

from gee_scl.errors import RequestError
from gee_scl.regions.place import list_places
from gee_scl.requests.door import Door
from gee_scl.requests.failures import FailureKind
from gee_scl.requests.parallel import Progress, in_parallel
from gee_scl.scenes.chains import Chain
from gee_scl.scenes.scene import Scene, images_of, list_scenes
from gee_scl.scenes.share_measure import CLASSES, CLEAR, VALID, ShareMeasure

if TYPE_CHECKING:
    from gee_scl.regions.region import Regions

_MOST = 40
"""Images of one request: each is a reduction of its own inside a map, of which Earth Engine takes few at a time."""


@dataclass(frozen=True)
class Share:
    """The share of a region in an image.

    Attributes:
        scene: the image.
        clear: percent of the region's area; None where the region holds no pixel's centre.
        valid: likewise, that has any class.
    """

    scene: Scene
    clear: float | None
    valid: float | None


def ask_shares(
    images: ee.ImageCollection, regions: Regions, measure: ShareMeasure, door: Door, progress: Progress | None = None
) -> list[Share]:
    """The shares of all images of a collection, in its order.

    Args:
        images: the collection.
        regions: that `measure` is of.
        measure: how.
        door: asks: once for the list, once for each batch, and once for regions that only the server knows.
        progress: called with the number of batches done and their total.

    Raises:
        CollectionError: there is no image.
        RequestError: Earth Engine refused.
    """
    chain = Chain.of(images)
    scenes = list_scenes(images, measure.band, door)
    area = sum(place.area for place in list_places(regions, door))
    pixels = area / (measure.scale or min(scene.scale for scene in scenes)) ** 2
    size = int(min(_MOST, max(1, door.run.limits.pixels // max(pixels, 1))))
    batches = [scenes[start : start + size] for start in range(0, len(scenes), size)]
    jobs = [partial(_ask, chain, batch, measure, door) for batch in batches]
    answers = in_parallel(jobs, door, progress, workers=door.run.limits.parallel)
    return [share for answer in answers for share in answer]


def _ask(chain: Chain, scenes: Sequence[Scene], measure: ShareMeasure, door: Door) -> list[Share]:
    """The shares of some images, by one request, or by more where that is too much."""

    def row(image: ee.Image) -> ee.Feature:
        image = ee.Image(image)
        shares = measure.shares(image)
        return ee.Feature(None, {"index": image.get("system:index"), **shares})

    first, last = scenes[0], scenes[-1]
    what = f"Clear share on {first.name}" + (f" to {last.name}" if len(scenes) > 1 else "")
    try:
        rows = door.rows(what, ee.FeatureCollection(images_of(chain, scenes).map(row)))
    except RequestError as error:
        if error.kind != FailureKind.TOO_LARGE or len(scenes) == 1:
            raise
        middle = len(scenes) // 2
        return [share for half in (scenes[:middle], scenes[middle:]) for share in _ask(chain, half, measure, door)]
    by_index = {row["index"]: row for row in rows}
    absent = next((scene for scene in scenes if scene.index not in by_index), None)
    if absent is not None:
        raise RequestError(what, f"The answer lacks the image {absent.index!r}.", kind=FailureKind.PASSING)
    return [Share(one, by_index[one.index].get(CLEAR), by_index[one.index].get(VALID)) for one in scenes]


def with_known_shares(images: ee.ImageCollection, shares: Sequence[Share], measure: ShareMeasure) -> ee.ImageCollection:
    """Some images with the shares that are known of them, the clearest first, as an expression.

    Args:
        images: the collection.
        shares: of the images.
        measure: by which they were measured.
    """
    known = ee.Dictionary({share.scene.index: [share.clear, share.valid] for share in shares})

    def told(image: ee.Image) -> ee.Image:
        image = ee.Image(image)
        values = ee.List(known.get(image.get("system:index")))
        return ee.Image(image.set({CLEAR: values.get(0), VALID: values.get(1), CLASSES: measure.classes}))

    return images_of(images, [share.scene for share in shares]).map(told).sort(CLEAR, False)
