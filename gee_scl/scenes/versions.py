"""Versions of one scene: which is superseded by a newer one, as the server's expression and on the client.

A scene is a tile of one data strip. A pass that was received by two stations is two data strips, each of which holds
its part of the tile, and one of which can be reprocessed alone (https://sentiwiki.copernicus.eu/web/s2-products).

A strip is known by the moment at which its sensing started, the last one in DATASTRIP_ID. It is the same to the second
for most strips that were processed again (S20200401T175716 in baselines 02.14 and 05.00 of 13SDV); where both versions
are in Earth Engine it differs by seconds, as it is a part of the index, of which there is one each. The starts of two
strips of a pass are farther apart: by 50 s for 55KHS on 2016-01-17, by 325 s for 50HMH on 2019-11-23. The time of an
image does not tell: for one scene of 50HMH it moved by four minutes in reprocessing, and for the halves of a tile it is
the same where it is that of the pass. Both forms below say the same of every list.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import ee

INDEX = "index"
"""Of the rows: `system:index`, as it is known outside."""

_TILE, _DATASTRIP, _BASELINE = "MGRS_TILE", "DATASTRIP_ID", "PROCESSING_BASELINE"
_GENERATION = "GENERATION_TIME"

_STRIP_START, _STRIP_FORMAT = r"_S(\d{8}T\d{6})", "yyyyMMdd'T'HHmmss"
"""As in S2A_OPER_MSI_L2A_DS_2APS_20230103T150411_S20230103T100731_N05.09."""

_NO_START = "19700101T000000"
"""Stands for what a DATASTRIP_ID of another form does not say: no strip is of the year 1970."""

_SAME_STRIP_MILLISECONDS = 5_000
"""More than a granule of the sensor takes, 3.6 s, and far less than a strip does."""


@dataclass(frozen=True)
class Version:
    """An image as it is compared with others.

    Attributes:
        index: `system:index`.
        tile: MGRS tile.
        strip: when the data strip's sensing started, in UTC.
        baseline: of the processing, such as "05.09".
        generation: milliseconds since 1970, or None.
    """

    index: str
    tile: str
    strip: dt.datetime
    baseline: str
    generation: float | None = None

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Version | None:
        """From a row with `facts_of` an image; None of one that nothing is known to be a version of."""
        tile, baseline = row.get("tile"), row.get("baseline")
        start = re.search(_STRIP_START, str(row.get("strip", "")))
        if tile is None or baseline is None or start is None:
            return None
        strip = dt.datetime.strptime(start[1], "%Y%m%dT%H%M%S").replace(tzinfo=dt.UTC)
        return cls(str(row[INDEX]), tile, strip, baseline, row.get("generation"))

    @property
    def day(self) -> tuple[str, dt.date]:
        """Versions of a scene are of one tile, and of one day by the start of the strip."""
        return self.tile, self.strip.date()

    def is_version_of(self, other: Version) -> bool:
        """Whether both are of one scene."""
        apart = abs(self.strip - other.strip)
        return self.day == other.day and apart <= dt.timedelta(milliseconds=_SAME_STRIP_MILLISECONDS)

    def is_older_than(self, other: Version) -> bool:
        """Whether the other was made by a newer baseline, or later by the same."""
        if self.baseline != other.baseline:
            return self.baseline < other.baseline
        if self.generation is None or other.generation is None:
            return False
        return self.generation < other.generation


def facts_of(image: ee.Image) -> dict[str, ee.ComputedObject]:
    """What images are compared by on the client, as properties of a row. No pixel is looked at."""
    return {
        INDEX: image.get("system:index"),
        "tile": image.get(_TILE),
        "strip": image.get(_DATASTRIP),
        "baseline": image.get(_BASELINE),
        "generation": image.get(_GENERATION),
    }


def without_superseded(images: ee.ImageCollection) -> ee.ImageCollection:
    """The images of which the collection has no newer version. No request is made.

    Both joins begin with equal values, so that an image is compared with those of its tile and day only. The images
    themselves are not mapped: they stay those that the collection has under their ids.
    """

    def version(image: ee.Image) -> ee.Feature:
        image = ee.Image(image)
        # Behind what was found stands what is taken where nothing was.
        start = ee.String(ee.String(image.get(_DATASTRIP)).match(_STRIP_START).cat(["", _NO_START]).get(1))
        facts = {
            "day": ee.String(image.get(_TILE)).cat(start.slice(0, 8)),
            "strip": ee.Date.parse(_STRIP_FORMAT, start).millis(),
        }
        return ee.Feature(None, {**facts_of(image), **facts})

    told = images.filter(ee.Filter.notNull([_TILE, _DATASTRIP, _BASELINE]))
    versions = ee.FeatureCollection(told.map(version)).filter(ee.Filter.greaterThan("strip", 0))
    newer = ee.Filter.And(
        ee.Filter.equals(leftField="day", rightField="day"),
        ee.Filter.maxDifference(difference=_SAME_STRIP_MILLISECONDS, leftField="strip", rightField="strip"),
        ee.Filter.Or(
            ee.Filter.lessThan(leftField="baseline", rightField="baseline"),
            ee.Filter.And(
                ee.Filter.equals(leftField="baseline", rightField="baseline"),
                ee.Filter.lessThan(leftField="generation", rightField="generation"),
            ),
        ),
    )
    dropped = ee.Join.simple().apply(versions, versions, newer)
    by_index = ee.Filter.equals(leftField="system:index", rightField=INDEX)
    return ee.ImageCollection(ee.Join.inverted().apply(images, dropped, by_index))


def superseded(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """The indices of the images that have a newer version, in linear time: those that the expression drops.

    Args:
        rows: with `facts_of` each image of a collection.
    """
    versions = [version for row in rows if (version := Version.of_row(row)) is not None]
    slots: dict[tuple[str, int], list[Version]] = {}
    for one in versions:
        slots.setdefault((one.tile, _slot(one)), []).append(one)

    def near(one: Version) -> Iterator[Version]:
        for slot in (_slot(one) - 1, _slot(one), _slot(one) + 1):
            yield from slots.get((one.tile, slot), ())

    return {
        one.index
        for one in versions
        if any(one.is_version_of(other) and one.is_older_than(other) for other in near(one))
    }


def _slot(one: Version) -> int:
    """The span of time that a strip starts in: versions of a scene are in the same, or in the next."""
    return int(one.strip.timestamp() * 1000 // _SAME_STRIP_MILLISECONDS)
