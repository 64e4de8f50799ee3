"""Bodies of the requests that start tasks, as the client writes them: it knows how Earth Engine spells each option.

No request is made here: `door` sends what comes out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import ee

from gee_scl.options.choices import TableFormat

_MANY_PIXELS = 100_000_000
"""What Earth Engine exports unasked; a larger image says how many it may have."""


class Store(Enum):
    """What keeps what a task writes; the value is the client's name of its method."""

    DRIVE = "toDrive"
    CLOUD_STORAGE = "toCloudStorage"
    ASSET = "toAsset"


@dataclass(frozen=True)
class TaskPlace:
    """Where one task writes.

    Attributes:
        store: what keeps it.
        path: name of the file, in a bucket with the folders before it; the id of an asset.
        holder: Drive's folder, or the bucket; None for the top of Drive, and for an asset.
        replace: whether an asset that exists may be replaced.
    """

    store: Store
    path: str
    holder: str | None = None
    replace: bool = False

    def _options(self) -> dict[str, Any]:
        if self.store is Store.ASSET:
            return {"assetId": self.path, "overwrite": self.replace}
        holder = "folder" if self.store is Store.DRIVE else "bucket"
        return {"fileNamePrefix": self.path} | ({} if self.holder is None else {holder: self.holder})


@dataclass(frozen=True)
class GeoTiff:
    """How the files of an image are written.

    Attributes:
        nodata: the value of masked pixels; None where they are 0 and no value stands for them.
        cloud_optimized: whether they can be read in parts over a network, and have overviews.
        sides: columns and rows of the files of a large image; None leaves them to Earth Engine.
        skip_empty: whether files without any data are left out.
        tags: properties of the image that become tags of the files.
    """

    nodata: float | None
    cloud_optimized: bool
    sides: tuple[int, int] | None
    skip_empty: bool
    tags: tuple[str, ...]

    def _options(self) -> dict[str, Any]:
        nodata = {} if self.nodata is None else {"noData": self.nodata}
        options: dict[str, Any] = {
            "fileFormat": "GeoTIFF",
            "formatOptions": {"cloudOptimized": self.cloud_optimized, **nodata},
            "skipEmptyTiles": self.skip_empty,
        }
        return options if self.sides is None else {**options, "fileDimensions": list(self.sides)}


@dataclass(frozen=True)
class Pyramid:
    """How an asset's smaller scales are made.

    Attributes:
        policy: "mode", "mean" or "sample"
            (https://developers.google.com/earth-engine/guides/image_manage#pyramiding_policy).
    """

    policy: str


def image_body(
    image: ee.Image,
    place: TaskPlace,
    form: GeoTiff | Pyramid,
    *,
    crs: str,
    transform: Sequence[float],
    size: tuple[int, int],
    priority: int | None = None,
) -> dict[str, Any]:
    """The body of image.export.

    Args:
        image: its bands have one type.
        place: where it goes.
        form: how files are written; of an asset, how its pyramid is made.
        crs: a code or WKT.
        transform: from columns and rows to coordinates.
        size: columns and rows.
        priority: of the task; None leaves it.
    """
    options = form._options() if isinstance(form, GeoTiff) else {"pyramidingPolicy": {".default": form.policy}}
    task = getattr(ee.batch.Export.image, place.store.value)(
        image,
        crs=crs,
        # With a transform and both dimensions, and no region, the client asks for exactly these pixels.
        crsTransform=list(transform),
        dimensions=f"{size[0]}x{size[1]}",
        maxPixels=max(_MANY_PIXELS, size[0] * size[1]),
        **options,
        **place._options(),
        **_priority(priority),
    )
    body = _encoded(task.config)
    if isinstance(form, GeoTiff) and form.tags:
        # The oldest clients that this package takes have no option for them.
        body["fileExportOptions"]["geoTiffOptions"]["metadataKeys"] = list(form.tags)
    return body


def table_body(
    table: ee.FeatureCollection,
    place: TaskPlace,
    file_format: TableFormat,
    columns: Sequence[str],
    priority: int | None = None,
) -> dict[str, Any]:
    """The body of table.export.

    Args:
        table: what is written.
        place: where it goes.
        file_format: of the file; an asset has none.
        columns: names of the columns of a file, in order; an asset keeps all.
        priority: of the task; None leaves it.
    """
    form = {} if place.store is Store.ASSET else {"fileFormat": str(file_format), "selectors": list(columns)}
    task = getattr(ee.batch.Export.table, place.store.value)(table, **form, **place._options(), **_priority(priority))
    return _encoded(task.config)


def _priority(priority: int | None) -> dict[str, int]:
    return {} if priority is None else {"priority": priority}


def _encoded(config: Mapping[str, Any] | None) -> dict[str, Any]:
    """The body with its expression written out, as it is sent."""
    body = dict(config or {})
    return {**body, "expression": ee.serializer.encode(body["expression"], for_cloud_api=True)}
