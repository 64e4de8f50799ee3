"""Sequences of elements that are worked out when they are asked for, and what can be told of them before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, overload


class LazyElements(Sequence[Any]):
    """Elements that are worked out when they are asked for, each once.

    So `collection.map(costly).first()` pays for one element.

    Args:
        inputs: what the elements are made of.
        function: makes one.
        keeps: whether elements surely have a property of their inputs, by the property's name.
    """

    def __init__(
        self, inputs: Sequence[Any], function: Callable[[Any], Any], keeps: Callable[[str], bool] | None = None
    ) -> None:
        self.inputs, self._function, self._keeps = inputs, function, keeps
        self._done: dict[int, Any] = {}

    def keep(self, names: Iterable[str]) -> bool:
        """Whether each element surely has these properties of its input."""
        return self._keeps is not None and all(map(self._keeps, names))

    def forget(self, places: Iterable[int]) -> None:
        """Let go what was worked out for elements by their places; who asks for them again makes them again."""
        for place in places:
            self._done.pop(place, None)

    def __len__(self) -> int:
        return len(self.inputs)

    @overload
    def __getitem__(self, position: int) -> Any: ...
    @overload
    def __getitem__(self, position: slice) -> Sequence[Any]: ...
    def __getitem__(self, position: int | slice) -> Any:
        if isinstance(position, slice):
            return ChosenElements(self, range(len(self))[position])
        place = range(len(self))[position]
        if place not in self._done:
            self._done[place] = self._function(self.inputs[place])
        return self._done[place]

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))


class ChosenElements(Sequence[Any]):
    """Some of a sequence's elements, in an order of their own; they are not asked for before somebody does.

    Args:
        base: the sequence.
        places: of the elements in it.
    """

    def __init__(self, base: Sequence[Any], places: Sequence[int]) -> None:
        self.base, self.places = base, places

    def forget(self) -> None:
        """Let go what was worked out for these elements, as far as that can be made again."""
        if isinstance(self.base, LazyElements):
            self.base.forget(self.places)
        elif isinstance(self.base, ChosenElements):
            ChosenElements(self.base.base, [self.base.places[place] for place in self.places]).forget()

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, position: int) -> Any: ...
    @overload
    def __getitem__(self, position: slice) -> Sequence[Any]: ...
    def __getitem__(self, position: int | slice) -> Any:
        if isinstance(position, slice):
            return ChosenElements(self.base, self.places[position])
        return self.base[self.places[position]]

    def __iter__(self) -> Iterator[Any]:
        return (self.base[place] for place in self.places)


def chosen(elements: Sequence[Any], places: Sequence[int]) -> Sequence[Any]:
    """Elements by their places: those that are still to be worked out stay so."""
    if isinstance(elements, LazyElements | ChosenElements):
        return ChosenElements(elements, places)
    return tuple(elements[place] for place in places)


def stand_ins(elements: Sequence[Any], names: Iterable[str]) -> Sequence[Any]:
    """Elements with the same values of some properties, for which nothing is worked out that need not be.

    Args:
        elements: of a collection.
        names: of the properties.
    """
    names = tuple(names)
    if isinstance(elements, LazyElements) and elements.keep(names):
        return stand_ins(elements.inputs, names)
    if isinstance(elements, ChosenElements):
        base = stand_ins(elements.base, names)
        return elements if base is elements.base else chosen(base, elements.places)
    return elements


def is_worked_out(elements: Sequence[Any]) -> bool:
    """Whether all elements are there."""
    base = elements
    while isinstance(base, ChosenElements):
        base = base.base
    return not isinstance(base, LazyElements)
