"""A collection's expression as a chain: one collection that is loaded, and the links that its images pass through.

Every request that is about some of a collection's images would carry all that chose them: regions with long outlines,
joins of the whole collection with itself. Once the images are listed, their indices say all of that. So the choosing is
left out, what was done to the images stays, and the server looks at no other image.

Read on this machine, without a request.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from types import MappingProxyType
from typing import Any

import ee

from gee_scl.options.checks import DAY_MILLISECONDS
from gee_scl.regions.boxes import Box
from gee_scl.scenes.collection import before_duplicates
from gee_scl.scenes.nodes import arguments, body_of, calls_within, function_name, known_constant

_INDEX, _TIME = "system:index", "system:time_start"

INPUTS: Mapping[str, str] = MappingProxyType(
    {
        "Collection.filter": "collection",
        "Collection.map": "collection",
        "Collection.limit": "collection",
        "Collection.distinct": "collection",
        "Join.apply": "primary",
    }
)
"""The links that are known, by the argument that the images come in by. The client makes all filters of the first,
`select`, `cast` of bands and `linkCollection` of the second, and `sort` of the third."""

_CHOOSING_JOINS = ("Join.simple", "Join.inverted")
"""Joins that let images pass or not; the others make new ones."""

_BY_TIME = re.compile(r"(COPERNICUS/S2|GOOGLE/CLOUD_SCORE_PLUS/V1/S2)\w*")
"""Collections whose indices begin with the moment at which the sensing of the image's datatake started."""

_STAMP = re.compile(r"(\d{8}T\d{6})_.*")


@dataclass(frozen=True)
class Link:
    """One step that the images of a collection pass through.

    Attributes:
        call: of the server's function.
    """

    call: ee.ComputedObject

    @property
    def name(self) -> str:
        """Of the function, such as "Collection.map"."""
        return function_name(self.call)

    @property
    def maps(self) -> bool:
        """Whether it does something to each image."""
        return self.name == "Collection.map"

    @property
    def selects(self) -> bool:
        """Whether it takes bands of each image, and so leaves its properties."""
        body = body_of(arguments(self.call)["baseAlgorithm"]) if self.maps else None
        return function_name(body) == "Image.select" and not function_name(arguments(body)["input"])

    @property
    def sorts(self) -> bool:
        """Whether it puts the images into an order."""
        return self.name == "Collection.limit" and arguments(self.call).get("key") is not None

    @property
    def chooses_by_others(self) -> bool:
        """Whether it depends on the other images which of them pass: the first ones, or one of each kind."""
        return self.name == "Collection.distinct" or (self.name == "Collection.limit" and "limit" in self._arguments)

    @property
    def sets_index(self) -> bool:
        """Whether it gives images another index, as far as that can be seen: whether that stays is not documented."""
        return self.maps and any(
            function_name(call) == "Element.set" and known_constant(arguments(call).get("key")) == _INDEX
            for call in calls_within(arguments(self.call)["baseAlgorithm"])
        )

    def of(self, images: ee.ComputedObject) -> ee.ImageCollection:
        """The same step on another collection."""
        return self._called({**self._arguments, INPUTS[self.name]: images})

    def sorted(self, images: ee.ComputedObject) -> ee.ImageCollection:
        """The order alone of a step that sorts, on another collection."""
        kept = {name: value for name, value in self._arguments.items() if name != "limit"}
        return self._called({**kept, INPUTS[self.name]: images})

    @property
    def _arguments(self) -> dict[str, Any]:
        return {name: value for name, value in arguments(self.call).items() if value is not None}

    def _called(self, given: Mapping[str, Any]) -> ee.ImageCollection:
        return ee.ImageCollection(ee.ComputedObject(self.call.func, dict(given)))


@dataclass(frozen=True)
class Chain:
    """A collection as a chain.

    Attributes:
        images: the collection, whatever it is made of.
        base: what is loaded, or None where it is no plain chain.
        links: of a plain chain, in the order in which the images pass through.
    """

    images: ee.ImageCollection
    base: ee.ImageCollection | None
    links: tuple[Link, ...]

    @classmethod
    def of(cls, images: ee.ImageCollection) -> Chain:
        """Read a collection's expression.

        Filters, maps, sorts, limits, `distinct` and the joins that only choose, over one collection that is loaded by
        its id, are a plain chain. Merges, lists of images, mosaics, joins that save matches, and maps that set
        `system:index` are none.
        """
        node: Any = images
        links: list[Link] = []
        while is_link(node):
            links.append(Link(node))
            node = arguments(node)[INPUTS[function_name(node)]]
        plain = function_name(node) == "ImageCollection.load" and not any(link.sets_index for link in links)
        if not plain:
            return cls(images, None, ())
        return cls(images, ee.ImageCollection(node), tuple(reversed(links)))

    @property
    def is_plain(self) -> bool:
        """Whether the images are those of one collection, chosen, put into an order and mapped one by one."""
        return self.base is not None

    @property
    def maps(self) -> bool:
        """Whether something is done to the images, as far as it is known."""
        return not self.is_plain or any(link.maps for link in self.links)

    def of_images(
        self, indices: Sequence[str], times: Sequence[int | None] = (), bounds: Box | None = None
    ) -> ee.ImageCollection:
        """Some of the images, as they are in the collection, in its order.

        Of a plain chain they are taken out of what is loaded: by their indices, and by the days that these name, since
        Earth Engine finds images by date and place without a look at all others. Then come the maps and sorts; filters,
        limits and joins are left out, so the expression is as large as the indices and the maps. What is no plain chain
        is filtered by its indices, as a whole.

        Args:
            indices: `system:index` of images that the collection is known to hold.
            times: their `system:time_start`, which may be of another day than their indices say.
            bounds: degrees that hold the footprints of these images, so that all of them meet it; None where that is
                not known.

        Returns:
            An ee.ImageCollection. No request is made.
        """
        wanted = ee.Filter.inList(_INDEX, list(indices))
        if self.base is None:
            return self.images.filter(wanted)
        images = _near(self.base, indices, times).filter(wanted)
        if bounds is not None:
            images = images.filterBounds(ee.Geometry.BBox(*bounds))
        for link in self.links:
            if link.maps:
                images = link.of(images)
            elif link.sorts:
                images = link.sorted(images)
        return images

    def within(self, start: int | None = None, end: int | None = None, bounds: Box | None = None) -> Chain:
        """The chain with its images filtered by time and place, after all else: for what is no plain chain.

        Args:
            start: milliseconds since 1970, or None.
            end: likewise; that moment is not included.
            bounds: degrees that the footprints must meet, or None. Images without a footprint do not.
        """
        images = self.images
        if bounds is not None:
            images = images.filterBounds(ee.Geometry.BBox(*bounds))
        if start is not None:
            images = images.filter(ee.Filter.greaterThanOrEquals(_TIME, start))
        if end is not None:
            images = images.filter(ee.Filter.lessThan(_TIME, end))
        return Chain.of(images)

    def at_duplicates(self) -> Undecided | None:
        """The chain in two, where it drops duplicates by `without_duplicates`, which compares images by a join.

        Returns:
            None where it compares none, and where later links need to know what the comparison drops.
        """
        for place, link in enumerate(self.links):
            compared = before_duplicates(link.call)
            if compared is not None:
                later = self.links[place + 1 :]
                if any(one.chooses_by_others for one in later):
                    return None
                unmapped = list(takewhile(lambda one: one.selects or not one.maps, later))
                filtered = _passed(compared, unmapped)
                whole = all(one.selects or one.sorts for one in later)
                return Undecided(compared, filtered, _passed(filtered, later[len(unmapped) :]), whole)
        return None


@dataclass(frozen=True)
class Undecided:
    """A collection that drops duplicates, before it is known which.

    Attributes:
        compared: the images that are compared with each other.
        filtered: those that pass the filters that come before anything is done to them.
        candidates: what comes out of the collection without the comparison.
        whole: whether that is all of them, with what they are compared by.
    """

    compared: ee.ImageCollection
    filtered: ee.ImageCollection
    candidates: ee.ImageCollection
    whole: bool


def is_link(node: Any) -> bool:
    """Whether an expression is a step that is known, from a collection to one of the same images or some of them."""
    name = function_name(node)
    return name in INPUTS and (name != "Join.apply" or function_name(arguments(node)["join"]) in _CHOOSING_JOINS)


def _passed(images: ee.ImageCollection, links: Iterable[Link]) -> ee.ImageCollection:
    for link in links:
        images = link.of(images)
    return images


def _near(base: ee.ImageCollection, indices: Sequence[str], times: Sequence[int | None]) -> ee.ImageCollection:
    """The images of the days that indices name, where all of them do, and of their own times, where these are others.

    An item of a catalogue may have the time of its processing, or none.
    """
    stamps = [_STAMP.fullmatch(index) for index in indices]
    if (
        not _BY_TIME.fullmatch(str(known_constant(arguments(base)["id"])))
        or not stamps
        or None in stamps
        or None in times
    ):
        return base
    moments = sorted(stamp[1] for stamp in stamps if stamp is not None)
    # A datatake lasts for up to 40 minutes, so that its images are of its day, or of the next.
    first, last = (_milliseconds(moment) for moment in (moments[0], moments[-1]))
    known = [time for time in times if time is not None]
    start = min([first - DAY_MILLISECONDS, *known])
    end = max([last + DAY_MILLISECONDS, *(time + 1 for time in known)])
    return base.filter(ee.Filter.greaterThanOrEquals(_TIME, start)).filter(ee.Filter.lessThan(_TIME, end))


def _milliseconds(stamp: str) -> int:
    return round(dt.datetime.strptime(stamp, "%Y%m%dT%H%M%S").replace(tzinfo=dt.UTC).timestamp() * 1000)
