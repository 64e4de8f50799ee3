"""Joins: the elements of one collection with those of another that match them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from gee_scl.local.errors import EvaluationError
from gee_scl.local.features.elements import chosen
from gee_scl.local.features.filters import Comparison, Filter
from gee_scl.local.features.matching import Matches
from gee_scl.local.features.selectors import Kind, ordered, shown_to
from gee_scl.local.values import INDEX, Collection, Element, Feature


@dataclass(frozen=True)
class Join(ABC):
    """How matches become a collection."""

    def apply(self, primary: Collection, secondary: Collection, condition: Filter) -> Collection:
        """The joined collection. It keeps the primary one's order and kind, but is no asset any more."""
        found = Matches(secondary.elements, condition)
        elements = tuple(joined for element in primary.elements for joined in self.join(element, found))
        return replace(primary, elements=elements, kind=self.kind(primary), id=None, version=None)

    def kind(self, primary: Collection) -> Kind:
        """The kind of the joined collection."""
        return primary.kind

    @abstractmethod
    def join(self, element: Element, found: Matches) -> Iterator[Element]:
        """What one element of the primary collection becomes."""

    def describe(self) -> dict[str, Any]:
        """What getInfo prints."""
        return {"type": f"Join.{type(self).__name__[0].lower()}{type(self).__name__[1:]}", **_settings(self)}


def _settings(join: Join) -> dict[str, Any]:
    names = {"matches_key": "matchesKey", "match_key": "matchKey", "measure_key": "measureKey"}
    names |= {"primary_key": "primaryKey", "secondary_key": "secondaryKey"}
    return {names.get(k, k): v for k, v in vars(join).items() if v is not None}


@dataclass(frozen=True)
class _Choice(Join):
    """Some elements of the primary collection, as they are."""

    def apply(self, primary: Collection, secondary: Collection, condition: Filter) -> Collection:
        """As every join; what mapping makes of the elements is worked out only where the condition looks at it."""
        reads = condition.reads
        here, there = (c.elements if reads is None else shown_to(c.elements, reads) for c in (primary, secondary))
        found = Matches(there, condition)
        places = [place for place, element in enumerate(here) if any(True for _ in self.join(element, found))]
        return replace(primary, elements=chosen(primary.elements, places), id=None, version=None)


@dataclass(frozen=True)
class Simple(_Choice):
    """The elements that have a match."""

    def join(self, element: Element, found: Matches) -> Iterator[Element]:
        """The element, if it has a match."""
        if found.any(element):
            yield element


@dataclass(frozen=True)
class Inverted(_Choice):
    """The elements that have none."""

    def join(self, element: Element, found: Matches) -> Iterator[Element]:
        """The element, if it has no match."""
        if not found.any(element):
            yield element


@dataclass(frozen=True)
class Inner(Join):
    """Every pair that matches, as a feature without geometry that holds both."""

    primary_key: str
    secondary_key: str
    measure_key: str | None = None

    def kind(self, primary: Collection) -> Kind:
        """Pairs are features, whatever was joined."""
        return "FeatureCollection"

    def join(self, element: Element, found: Matches) -> Iterator[Element]:
        """One feature for each match; its index is that of both, joined by an underscore."""
        for match in found.of(element):
            pair: dict[str, Any] = {
                INDEX: f"{element.index}_{match.element.index}",
                self.primary_key: element,
                self.secondary_key: match.element,
            }
            if self.measure_key is not None and match.measure is not None:
                pair[self.measure_key] = match.measure
            yield Feature(pair)


@dataclass(frozen=True)
class SaveAll(Join):
    """The elements with the list of their matches."""

    matches_key: str
    ordering: str | None = None
    ascending: bool = True
    measure_key: str | None = None
    outer: bool = False

    def join(self, element: Element, found: Matches) -> Iterator[Element]:
        """The element with its matches; without any, only an outer join keeps it."""
        matches = [match.measured(self.measure_key) for match in found.of(element)]
        if self.ordering is not None:
            matches = list(ordered(matches, self.ordering, ascending=self.ascending))
        if matches or self.outer:
            yield element.set(self.matches_key, matches)


@dataclass(frozen=True)
class SaveFirst(Join):
    """The elements with the first of their matches."""

    match_key: str
    ordering: str | None = None
    ascending: bool = True
    measure_key: str | None = None
    outer: bool = False

    def join(self, element: Element, found: Matches) -> Iterator[Element]:
        """The element with its first match; without any, only an outer join keeps it."""
        matches: Iterable[Element] = (match.measured(self.measure_key) for match in found.of(element))
        if self.ordering is not None:
            matches = ordered(list(matches), self.ordering, ascending=self.ascending)
        first = next(iter(matches), None)
        if first is not None or self.outer:
            yield element.set(self.match_key, first)


@dataclass(frozen=True)
class SaveBest(Join):
    """The elements with their nearest match."""

    match_key: str
    measure_key: str
    outer: bool = False

    def apply(self, primary: Collection, secondary: Collection, condition: Filter) -> Collection:
        """As every join, but the condition must measure, which combined ones do not."""
        if not (isinstance(condition, Comparison) and condition.distance is not None):
            raise EvaluationError(
                "Join.saveBest: the condition must be a single filter with a measure: "
                "Filter.maxDifference or Filter.withinDistance."
            )
        return super().apply(primary, secondary, condition)

    def join(self, element: Element, found: Matches) -> Iterator[Element]:
        """The element with its nearest match, the first of several that are equally near."""
        best = min(found.of(element), key=lambda match: match.measure or 0.0, default=None)
        if best is not None:
            yield element.set(self.match_key, best.measured(self.measure_key))
        elif self.outer:
            yield element
