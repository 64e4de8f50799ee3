"""Why a collection holds no image: what its expression looks for, and which of that there is."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ee

from gee_scl.errors import ArgumentError, CollectionError, RequestError
from gee_scl.options.checks import DAY_MILLISECONDS, checked_moment
from gee_scl.regions.boxes import Box
from gee_scl.requests.door import Door
from gee_scl.scenes.chains import INPUTS
from gee_scl.scenes.collection import COLLECTION_ID
from gee_scl.scenes.nodes import arguments, constant, function_name, known_constant
from gee_scl.scenes.origin import origin_of
from gee_scl.session import is_local

CATALOGUE_BEGINS = dt.datetime(2017, 3, 28, tzinfo=dt.UTC)
"""The first image of COPERNICUS/S2_SR_HARMONIZED (Earth Engine's STAC entry of it)."""

_TIME, _TILE = "system:time_start", "MGRS_TILE"

_NEAR = 60 * DAY_MILLISECONDS
"""Milliseconds: how far from the period Earth Engine is asked for other images; a local catalogue is asked for all."""

_MOST = 5000
"""Images that are looked at for their places and tiles."""

_MOST_TILES = 8
"""Tiles that an error names."""


def nothing(argument: str, images: ee.ImageCollection | None = None, door: Door | None = None) -> CollectionError:
    """The error of a collection without images, which says why it has none as far as that can be told.

    What is asked, by one request at the most: whether the region alone, the period alone, and both together meet an
    image (`limit(1)`, so that the answer is the same work for ten images and for ten million), whether the region does
    with latitude and longitude swapped, when the nearest images were taken (of Earth Engine within 60 days), and of
    which tiles they are where tiles are asked for; of a local catalogue, where and when all of its images are. A period
    before the first image of Sentinel-2 on Earth Engine, or in the future, is told from the expression alone.

    Args:
        argument: the caller's name for the collection.
        images: the collection; None gives no reasons.
        door: asks.
    """
    why = "" if images is None or door is None else reasons(images, door)
    hint = f"The collection holds no image{': ' if why else '.'}{why} Check region, period and max_cloud."
    return CollectionError(argument, "a collection of nothing", "at least one image", hint)


def made_of_nothing(argument: str) -> CollectionError:
    """The error of an image that was made of a collection without images, such as a composite of it.

    Args:
        argument: the caller's name for it.
    """
    hint = "The collection holds no image that it was made of: check region, period and max_cloud."
    return CollectionError(argument, "an image made of a collection of nothing", "one of at least one image", hint)


def reasons(images: ee.ImageCollection, door: Door) -> str:
    """Say why a collection holds no image, in sentences; nothing where it cannot be told.

    Args:
        images: a collection that holds none.
        door: asks, by one request at the most.
    """
    search = Search.of(images)
    if not is_local() and (told := search.outside_the_catalogue(dt.datetime.now(dt.UTC))):
        return told
    questions = search.questions(everything=is_local())
    try:
        answers = door.value("Looking where there are images", ee.List(list(questions.values())))
    except RequestError:
        # What is the matter is said all the same.
        return ""
    return search.explained(dict(zip(questions, answers, strict=True)))


@dataclass(frozen=True)
class Search:
    """What the expression of a collection looks for.

    Attributes:
        source: the collection that is searched.
        id: of an asset, where the source is one.
        place: the filters by footprint.
        period: the filters by time.
        tiles: the filters by tile.
        box: degrees of the last region that was asked for, or None where they are not known here.
        start: milliseconds since 1970, or None.
        end: likewise.
        others: all other filters, in words.
    """

    source: ee.ImageCollection
    id: str | None
    place: tuple[ee.Filter, ...]
    period: tuple[ee.Filter, ...]
    tiles: tuple[ee.Filter, ...]
    box: Box | None
    start: int | None
    end: int | None
    others: tuple[str, ...]

    @classmethod
    def of(cls, images: ee.ImageCollection) -> Search:
        """Read the expression of a collection. No request is made."""
        node: Any = images
        filters: list[Any] = []
        while (name := function_name(node)) in INPUTS:
            if name == "Collection.filter":
                filters.append(arguments(node)["filter"])
            node = arguments(node)[INPUTS[name]]
        by_kind: dict[str, list[ee.Filter]] = {"place": [], "period": [], "tiles": [], "others": []}
        for one in filters:
            by_kind[_kind(one)].append(one)
        limits = [limit for one in by_kind["period"] for limit in _limits(one)]
        starts = [moment for side, moment in limits if side == "start"]
        ends = [moment for side, moment in limits if side == "end"]
        words = (word for one in by_kind["others"] for word in origin_of(ee.ImageCollection([]).filter(one)).filters)
        return cls(
            source=ee.ImageCollection(node),
            id=known_constant(arguments(node)["id"]) if function_name(node) == "ImageCollection.load" else None,
            place=tuple(by_kind["place"]),
            period=tuple(by_kind["period"]),
            tiles=tuple(by_kind["tiles"]),
            box=_box(by_kind["place"][:1]),
            start=max(starts, default=None),
            end=min(ends, default=None),
            others=tuple(words),
        )

    def outside_the_catalogue(self, now: dt.datetime) -> str:
        """Say so where no image of Sentinel-2 on Earth Engine can be of the period; nothing otherwise.

        Args:
            now: the moment.
        """
        if self.id != COLLECTION_ID:
            return ""
        if self.end is not None and self.end <= CATALOGUE_BEGINS.timestamp() * 1000:
            return f"{self._span} is before the first image of {self.id} ({CATALOGUE_BEGINS:%Y-%m-%d})."
        if self.start is not None and self.start > now.timestamp() * 1000:
            return f"{self._span} is in the future."
        return ""

    def questions(self, *, everything: bool) -> dict[str, ee.ComputedObject]:
        """What is asked, by name: numbers that are 0 for no, and lists.

        Args:
            everything: whether the source is small enough to be looked at as a whole.
        """
        there, then = _filtered(self.source, self.place), _filtered(self.source, self.period)
        both = _filtered(there, self.period)
        asked: dict[str, ee.ComputedObject] = {"any": _exists(self.source), "there": _exists(there)}
        asked |= {"then": _exists(then), "both": _exists(both)}
        if self._swapped is not None:
            asked["swapped"] = _exists(self.source.filterBounds(ee.Geometry.BBox(*self._swapped)))
        if self.tiles:
            asked["tiled"] = _exists(_filtered(both, self.tiles))
            asked["tiles"] = both.limit(_MOST).aggregate_array(_TILE).distinct().sort()
        if everything:
            asked |= _extent(self.source)
        if self.place or everything:
            near = None if everything else _NEAR
            asked |= {"earlier": _before(there, self.start, near), "later": _after(there, self.end, near)}
        return asked

    def explained(self, answers: Mapping[str, Any]) -> str:
        """Say what the answers mean.

        Args:
            answers: to `questions`, by name.
        """
        source = self.id or "What is searched"
        if not answers["any"]:
            return f"{source} has no image at all here."
        sentences = []
        have = " and ".join(word for word, some in (("region", self.place), ("period", self.period)) if some)
        have = f"{have[0].upper()}{have[1:]} {'have' if ' ' in have else 'has'} images" if have else "There are images"
        if not answers["there"]:
            sentences.append(f"No image of {self.id or 'those that are searched'} meets the region{self._where}.")
            if answers.get("swapped"):
                sentences.append(
                    "With latitude and longitude swapped it would meet images: longitude comes first, as in (west, "
                    "south, east, north)."
                )
        if not answers["then"]:
            sentences.append(f"No image, wherever, is of {_lower(self._span)}.")
            sentences += _nearest(answers)
        elif answers["there"] and not answers["both"]:
            sentences.append(f"The region has images, but none is of {_lower(self._span)}.")
            sentences += _nearest(answers)
        elif answers["both"] and not answers.get("tiled", 1):
            tiles = answers.get("tiles", [])
            sentences.append(f"{have}, but of other tiles{_listed(': ', tiles)}.")
        elif answers["both"]:
            others = "; ".join(word for word in self.others if word)
            filters = f"other filters ({others})" if others else "filters that are not of region and period"
            sentences.append(f"{have}, but none that passes the {filters}.")
        if not (answers["there"] and answers["then"]):
            sentences += _extent_told(answers)
        return " ".join(sentences)

    @property
    def _swapped(self) -> Box | None:
        """The box with latitude and longitude exchanged, where that is a place."""
        if self.box is None:
            return None
        west, south, east, north = self.box
        return (south, west, north, east) if max(abs(west), abs(east)) <= 90 else None

    @property
    def _where(self) -> str:
        return "" if self.box is None else f", which lies within {_placed(self.box)}"

    @property
    def _span(self) -> str:
        """The period, in words."""
        start, end = (None if moment is None else _day(moment) for moment in (self.start, self.end))
        if start and end:
            return f"The period from {start} to before {end}"
        return f"The period from {start} on" if start else f"The period before {end}" if end else "The period"


def _kind(one: ee.Filter) -> str:
    field = known_constant(arguments(one).get("leftField")) or known_constant(arguments(one).get("rightField"))
    if function_name(one) == "Filter.intersects":
        return "place"
    return {_TIME: "period", _TILE: "tiles"}.get(str(field), "others")


def _limits(one: ee.Filter) -> Iterator[tuple[str, int]]:
    """The moments between which a filter by time lets images pass, as far as they are known here."""
    function, value = function_name(one), known_constant(arguments(one).get("rightValue"))
    if function == "Filter.dateRangeContains":
        span = arguments(one).get("leftValue")
        sides = arguments(span) if function_name(span) == "DateRange" else {}
        for side in ("start", "end"):
            moment = sides.get(side)
            moment = arguments(moment).get("value") if function_name(moment) == "Date" else moment
            known = _moment(known_constant(moment))
            if known is not None:
                yield side, known
    elif isinstance(value, int | float):
        for side, word in (("start", "Filter.greaterThan"), ("end", "Filter.lessThan")):
            if function.startswith(word):
                yield side, int(value)


def _moment(value: object) -> int | None:
    if isinstance(value, int | float):
        return int(value)
    try:
        return checked_moment(value, "date")
    except ArgumentError:
        return None


def _box(place: Sequence[ee.Filter]) -> Box | None:
    """Degrees within which footprints are asked for; None where the outlines are not known here, or in another CRS."""
    points: list[tuple[float, float]] = []
    for one in place:
        graph = json.loads(ee.serializer.toJSON(one))
        for node in _nodes(graph["values"]):
            call = node.get("functionInvocationValue", {})
            if call.get("functionName", "").startswith("GeometryConstructors."):
                if "crs" in call["arguments"]:
                    return None
                points += _points(constant(call["arguments"].get("coordinates"), graph["values"]))
    if not points:
        return None
    longitudes, latitudes = zip(*points, strict=True)
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    """All parts of a graph that have names."""
    if isinstance(node, dict):
        yield node
    for member in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _nodes(member)


def _points(coordinates: Any) -> Iterator[tuple[float, float]]:
    """The positions of coordinates, however deep they are nested."""
    if isinstance(coordinates, list) and coordinates:
        if all(isinstance(number, int | float) for number in coordinates):
            yield from zip(coordinates[::2], coordinates[1::2], strict=False)
        else:
            for member in coordinates:
                yield from _points(member)


def _filtered(images: ee.ImageCollection, filters: Sequence[ee.Filter]) -> ee.ImageCollection:
    for one in filters:
        images = images.filter(one)
    return images


def _exists(images: ee.ImageCollection) -> ee.Number:
    return images.limit(1).size()


def _before(images: ee.ImageCollection, start: int | None, near: int | None) -> ee.List:
    """The time of the last image before a moment, in a list that is empty where there is none."""
    if start is None:
        return ee.List([])
    images = images.filter(ee.Filter.lessThan(_TIME, start))
    if near is not None:
        images = images.filter(ee.Filter.greaterThanOrEquals(_TIME, start - near))
    return images.limit(1, _TIME, False).aggregate_array(_TIME)


def _after(images: ee.ImageCollection, end: int | None, near: int | None) -> ee.List:
    """The time of the first image from a moment on, likewise."""
    if end is None:
        return ee.List([])
    images = images.filter(ee.Filter.greaterThanOrEquals(_TIME, end))
    if near is not None:
        images = images.filter(ee.Filter.lessThan(_TIME, end + near))
    return images.limit(1, _TIME).aggregate_array(_TIME)


def _extent(images: ee.ImageCollection) -> dict[str, ee.ComputedObject]:
    """Where and when the images of a small catalogue are."""
    some = images.limit(_MOST)
    return {
        "first": images.limit(1, _TIME).aggregate_array(_TIME),
        "last": images.limit(1, _TIME, False).aggregate_array(_TIME),
        "all_tiles": some.aggregate_array(_TILE).distinct().sort(),
        "footprints": some.aggregate_array("system:footprint"),
    }


def _extent_told(answers: Mapping[str, Any]) -> Iterator[str]:
    points = [point for footprint in answers.get("footprints", []) for point in _points(footprint.get("coordinates"))]
    parts = []
    if points:
        longitudes, latitudes = zip(*points, strict=True)
        parts.append(f"lie within {_placed((min(longitudes), min(latitudes), max(longitudes), max(latitudes)))}")
    if answers.get("first"):
        days = dict.fromkeys(_day(answers[end][0]) for end in ("first", "last"))
        parts.append(f"are of {' to '.join(days)}")
    if parts:
        yield f"The images {' and '.join(parts)}{_listed('; their tiles: ', answers.get('all_tiles', []))}."


def _nearest(answers: Mapping[str, Any]) -> Iterator[str]:
    words = {"earlier": "the last before it is of", "later": "the first after it is of"}
    told = [f"{word} {_day(answers[name][0])}" for name, word in words.items() if answers.get(name)]
    if told:
        text = ", ".join(told)
        yield f"{text[0].upper()}{text[1:]}."


def _listed(before: str, tiles: Sequence[str]) -> str:
    if not tiles:
        return ""
    more = f" and {len(tiles) - _MOST_TILES} more" if len(tiles) > _MOST_TILES else ""
    return f"{before}{', '.join(tiles[:_MOST_TILES])}{more}"


def _placed(box: Box) -> str:
    west, south, east, north = (f"{side:.2f}".rstrip("0").rstrip(".") for side in box)
    return f"longitude {west} to {east}, latitude {south} to {north}"


def _day(moment: float) -> str:
    return f"{dt.datetime.fromtimestamp(moment / 1000, dt.UTC):%Y-%m-%d}"


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
