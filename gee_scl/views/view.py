"""What a map shows: a picture with its name and legend and, where it shows classes, the codes behind the colours.

Views are made without a request. Notebook maps, map pages, reports and thumbnails all show views, so that a class has
the same colour and name wherever it is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import ee

from gee_scl.classes.palettes import hex_color
from gee_scl.classes.schemes import Scheme, get_scheme
from gee_scl.classes.selection import ClassSelection
from gee_scl.errors import ArgumentError
from gee_scl.expressions.colors import true_color, visualize
from gee_scl.options.checks import number_between

__all__ = ["LegendEntry", "View", "class_view", "mask_view", "percent_view", "true_color_view"]

PERCENT_PALETTE = ("f7fbff", "c6dbef", "6baed6", "2171b5", "08306b")
"""ColorBrewer's "Blues", light to dark: legible in grey and to the colour-blind (https://colorbrewer2.org)."""


@dataclass(frozen=True)
class LegendEntry:
    """One line of a legend.

    Attributes:
        label: what people read; any text, so whoever writes HTML escapes it.
        color: 'rrggbb'.
        value: the class value in the scheme, or None.
        percent: share of what is shown, 0 to 100, or None where it is not known.

    Examples:
        >>> views.class_view(image, "land").entries[2]
        LegendEntry(label='Water', color='0000ff', value=3, percent=None)

        The legend of a view of one's own:

        >>> entry = views.LegendEntry("Lake", "0000ff")
        >>> blue = ee.Image.constant([0, 0, 255]).toByte()
        >>> views.View("Lake", blue, "What the map shows", (entry,)).entries[0].label
        'Lake'
    """

    label: str
    color: str
    value: int | None = None
    percent: float | None = None


@dataclass(frozen=True)
class View:
    """A picture to show.

    Attributes:
        name: of the layer, such as "2023-05-14 32TPS".
        image: RGB bytes, transparent where masked; needs no further visualization parameters.
        title: heading of the legend.
        entries: the legend's lines, empty where colours mean nothing by themselves.
        codes: the band of class codes that the colours stand for, or None.
        scheme: what these codes mean, or None.

    Examples:
        >>> view = views.class_view(image, "water")
        >>> view.name
        'Water where the surface is seen'
        >>> [(entry.label, entry.percent) for entry in view.with_shares({1: 19.2, 2: 80.8}).entries]
        [('Water', 19.2), ('Not water', 80.8)]

        Every function that shows something takes a view:

        >>> picture = gee_scl.write_thumbnail("water.png", view, fields)
        >>> added = layers.add_view(layers.new_map(fields), view)
    """

    name: str
    image: ee.Image
    title: str = ""
    entries: tuple[LegendEntry, ...] = ()
    codes: ee.Image | None = None
    scheme: Scheme | None = None

    def with_shares(self, percent: Mapping[int, float]) -> Self:
        """The same view with each class's share in its legend.

        Args:
            percent: class value to percent, 0 to 100; a class that is not named has 0.

        Returns:
            A view; this one stays as it is. No request is made.
        """
        entries = tuple(
            e if e.value is None else replace(e, percent=float(percent.get(e.value, 0.0))) for e in self.entries
        )
        return replace(self, entries=entries)


def class_view(image: ee.Image, scheme: str | Scheme = "scl", *, band: str = "SCL", name: str | None = None) -> View:
    """Classes in the colours of a scheme.

    Args:
        image: with a band of class codes.
        scheme: a name in `SCHEMES` or a `Scheme`; what `remap` has made needs `Scheme.remapped`.
        band: the band of class codes.
        name: of the layer; None takes the scheme's title.

    Returns:
        The view, with a legend line for each class and the codes behind the colours.

    Raises:
        SchemeError: the scheme does not exist.

    No request is made. Earth Engine: Image.remap.

    Examples:
        >>> view = views.class_view(image, "land", name="Land")
        >>> [(entry.label, entry.color) for entry in view.entries]
        [('Vegetation', '10d22c'), ('Bare', 'ffff52'), ('Water', '0000ff'), ('Snow', '52fff9')]
    """
    scheme = get_scheme(scheme)
    image = ee.Image(image)
    return View(
        name or scheme.title,
        visualize(image, scheme, band=band),
        scheme.title,
        scheme_entries(scheme),
        image.select([band]),
        scheme,
    )


def scheme_entries(scheme: str | Scheme) -> tuple[LegendEntry, ...]:
    """A legend line for each class of a scheme, in its order."""
    return tuple(LegendEntry(member.name, member.color, member.value) for member in get_scheme(scheme).classes)


def mask_view(mask: ee.Image, *, name: str = "Mask", label: str | None = None, color: str = "ff00ff") -> View:
    """Where a mask's first band is not 0, in one colour; transparent elsewhere.

    Args:
        mask: such as `class_mask` gives.
        name: of the layer.
        label: of the legend's line; None takes the name.
        color: 'rrggbb'.

    Returns:
        The view, with one line in its legend.

    Raises:
        SchemeError: the colour is none.

    No request is made. Earth Engine: Image.selfMask, Image.visualize.

    Examples:
        >>> view = views.mask_view(gee_scl.class_mask(image, "water", seen_only=True), name="Water", color="0000ff")
        >>> view.entries
        (LegendEntry(label='Water', color='0000ff', value=None, percent=None),)
    """
    color = hex_color(color, "color")
    shown = ee.Image(mask).select([0]).neq(0).selfMask().visualize(palette=[color])
    return View(name, shown, name, (LegendEntry(label or name, color),))


def true_color_view(
    image: ee.Image, overlay: ClassSelection | None = None, *, name: str = "True colour", **options: Any
) -> View:
    """True colour, of an image or a composite, with classes laid over it where they are asked for.

    Args:
        image: with three bands to show and, for an overlay, a band of class codes.
        overlay: the classes to lay over it, as in `true_color`.
        name: of the layer.
        **options: as `true_color` takes them: bands, low, high, gamma, style, opacity, color and so on.

    Returns:
        The view, without a legend.

    Raises:
        GeeSclError: as `true_color` does.

    No request is made.

    Examples:
        >>> view = views.true_color_view(image, "cloud", style="outline", color="ff0000")
        >>> view.name, view.entries
        ('True colour', ())
        >>> gee_scl.write_thumbnail("clouds.png", view, fields).name
        'clouds.png'
    """
    return View(name, true_color(image, overlay, **options))


def percent_view(
    image: ee.Image,
    *,
    band: str = "percent",
    name: str = "Occurrence",
    low: float = 0,
    high: float = 100,
    palette: Sequence[str] = PERCENT_PALETTE,
) -> View:
    """A percentage from light to dark, such as `occurrence` gives.

    Args:
        image: with a band of percentages.
        band: which.
        name: of the layer.
        low: percentage that has the first colour.
        high: percentage that has the last.
        palette: two or more 'rrggbb', evenly spaced between low and high.

    Returns:
        The view, with a legend line for each colour.

    Raises:
        ArgumentError: low or high is no percentage, or they are not ascending, or there are fewer than two colours.
        SchemeError: a colour is none.

    No request is made. Earth Engine: Image.visualize.

    Examples:
        >>> view = views.percent_view(gee_scl.occurrence(images, "water"), high=50)
        >>> [entry.label for entry in view.entries]
        ['0 %', '12.5 %', '25 %', '37.5 %', '50 %']
    """
    number_between("low", low, 0, 100, "percent")
    number_between("high", high, 0, 100, "percent")
    if low >= high:
        raise ArgumentError("high", high, f"a percentage above low ({low})")
    if isinstance(palette, str) or len(palette) < 2:
        raise ArgumentError("palette", palette, "two or more colours")
    colors = [hex_color(color, "palette") for color in palette]
    step = (high - low) / (len(colors) - 1)
    entries = tuple(LegendEntry(f"{low + n * step:.3g} %", color) for n, color in enumerate(colors))
    shown = ee.Image(image).select([band]).visualize(min=low, max=high, palette=colors)
    return View(name, shown, name, entries)


def __dir__() -> list[str]:
    return __all__
