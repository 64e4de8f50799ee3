"""What a map shows: a picture with its name and legend and, where it shows classes, the codes behind the colours.

Views are made without a request. Notebook maps, map pages, reports and thumbnails all show views, so that a class has
the same colour and name wherever it is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import ee

from gee_scl.classes.band_schemes import SCL_BY_DEFAULT, scheme_for
from gee_scl.classes.palettes import hex_color
from gee_scl.classes.schemes import Scheme, get_scheme
from gee_scl.classes.selection import ClassSelection
from gee_scl.errors import ArgumentError
from gee_scl.expressions.colors import true_color, visualize
from gee_scl.options.arguments import check_fields, checked
from gee_scl.options.checks import number_between
from gee_scl.views.percent_colors import PERCENT_PALETTE, PercentColors

__all__ = ["View", "class_view", "mask_view", "percent_view", "true_color_view"]

TRUE_COLOR_BANDS = ("B4", "B3", "B2")
"""Of Sentinel-2: red, green and blue."""

_WHOLE = 100 + 1e-6
"""Percent that a class can have: where there is one class alone, its share is 100 but for rounding."""


@dataclass(frozen=True)
class LegendEntry:
    """One line of a legend.

    Attributes:
        label: what people read; any text, so whoever writes HTML escapes it.
        color: 'rrggbb'.
        value: the class value in the scheme, or None.
        percent: share of what is shown, 0 to 100, or None where it is not known.
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

        >>> png = gee_scl.thumbnail(view, fields, "water.png")
        >>> added = layers.add_view(layers.new_map(fields), view)

        A view of one's own, of any RGB image of bytes:

        >>> blue = ee.Image.constant([0, 0, 255]).toByte()
        >>> view = views.View("Lake", blue).with_legend({"Water": "0000ff"}, title="What the map shows")
        >>> [(entry.label, entry.color) for entry in view.entries]
        [('Water', '0000ff')]
    """

    name: str
    image: ee.Image
    title: str = ""
    entries: tuple[LegendEntry, ...] = ()
    codes: ee.Image | None = None
    scheme: Scheme | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        if self.scheme is not None and not isinstance(self.scheme, Scheme):
            raise ArgumentError("scheme", self.scheme, "a Scheme, or None")
        if not all(isinstance(entry, LegendEntry) for entry in self.entries):
            raise ArgumentError("entries", self.entries, "lines of a legend, as with_legend makes them")

    @checked()
    def with_legend(self, colors: Mapping[str, str], *, title: str = "") -> Self:
        """Give the view another legend.

        Args:
            colors: label to 'rrggbb', in the order of the lines.
            title: heading of the legend.

        Returns:
            A view; this one stays as it is. No request is made.

        Raises:
            SchemeError: a colour is none.
        """
        entries = tuple(LegendEntry(str(label), hex_color(color, "colors")) for label, color in colors.items())
        return replace(self, title=title, entries=entries)

    @checked()
    def with_shares(self, percent: Mapping[int, float]) -> Self:
        """Put each class's share into the legend.

        Args:
            percent: class value to percent, 0 to 100; a class that is not named has 0.

        Returns:
            A view; this one stays as it is. No request is made.

        Raises:
            ArgumentError: a share is no number from 0 to 100.
        """
        shares = {value: number_between("percent", share, 0, _WHOLE) for value, share in percent.items()}
        entries = tuple(e if e.value is None else replace(e, percent=shares.get(e.value, 0.0)) for e in self.entries)
        return replace(self, entries=entries)


@checked()
def class_view(
    image: ee.Image, scheme: str | Scheme = SCL_BY_DEFAULT, *, band: str = "SCL", name: str | None = None
) -> View:
    """Show classes in the colours of a scheme.

    Args:
        image: with a band of class codes.
        scheme: a name in `SCHEMES` or a `Scheme`; what `remap` has made needs `Scheme.remapped`.
        band: the band of class codes. One that is not called SCL needs a scheme that is named.
        name: of the layer; None takes the scheme's title.

    Returns:
        The view, with a legend line for each class and the codes behind the colours.

    Raises:
        ArgumentError: it is no image.
        SchemeError: the scheme does not exist.

    No request is made. Earth Engine: Image.remap.

    Examples:
        >>> view = views.class_view(image, "land", name="Land")
        >>> [(entry.label, entry.color) for entry in view.entries]
        [('Vegetation', '10d22c'), ('Bare', 'ffff52'), ('Water', '0000ff'), ('Snow', '52fff9')]
    """
    scheme = scheme_for(scheme, band)
    return View(
        name or scheme.title,
        visualize(image, scheme, band=band),
        scheme.title,
        scheme_entries(scheme),
        image.select([band]),
        scheme,
    )


def scheme_entries(scheme: str | Scheme) -> tuple[LegendEntry, ...]:
    """Write a legend line for each class of a scheme, in its order."""
    return tuple(LegendEntry(member.name, member.color, member.value) for member in get_scheme(scheme).classes)


@checked()
def mask_view(mask: ee.Image, *, name: str = "Mask", label: str | None = None, color: str = "ff00ff") -> View:
    """Show in one colour where a mask's first band is not 0; the rest is transparent.

    Args:
        mask: such as `class_mask` gives.
        name: of the layer.
        label: of the legend's line; None takes the name.
        color: 'rrggbb'.

    Returns:
        The view, with one line in its legend.

    Raises:
        ArgumentError: it is no image.
        SchemeError: the colour is none.

    No request is made. Earth Engine: Image.selfMask, Image.visualize.

    Examples:
        >>> water = gee_scl.class_mask(image, "water", seen_only=True)
        >>> view = views.mask_view(water, name="Water", label="Lake", color="0000ff")
        >>> [(entry.label, entry.color) for entry in view.entries]
        [('Lake', '0000ff')]
        >>> layers.add_view(layers.new_map(fields), view).layer.name
        'Water'
    """
    color = hex_color(color, "color")
    shown = mask.select([0]).neq(0).selfMask().visualize(palette=[color])
    return View(name, shown, name, (LegendEntry(label or name, color),))


@checked()
def true_color_view(
    image: ee.Image, overlay: ClassSelection | None = None, *, name: str = "True colour", **options: Any
) -> View:
    """Show an image or a composite in true colour, with classes laid over it where they are asked for.

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
        >>> png = gee_scl.thumbnail(view, fields, "clouds.png")
    """
    return View(name, true_color(image, overlay, **options))


@checked()
def percent_view(
    image: ee.Image,
    *,
    band: str = "percent",
    name: str = "Occurrence",
    low: float = 0,
    high: float = 100,
    palette: Sequence[str] = PERCENT_PALETTE,
) -> View:
    """Show a percentage from light to dark, such as `occurrence` gives.

    Args:
        image: with a band of percentages.
        band: which.
        name: of the layer, and heading of its legend.
        low: percentage that has the first colour.
        high: percentage that has the last.
        palette: two or more 'rrggbb', evenly spaced between low and high.

    Returns:
        The view, with a legend line for each colour.

    Raises:
        ArgumentError: it is no image, low or high is no percentage, they are not ascending, or there are fewer than two
            colours.
        SchemeError: a colour is none.

    No request is made. Earth Engine: Image.visualize.

    Examples:
        >>> view = views.percent_view(gee_scl.occurrence(images, "water"), name="Occurrence of water", high=50)
        >>> [entry.label for entry in view.entries]
        ['0 %', '12.5 %', '25 %', '37.5 %', '50 %']
        >>> layers.add_view(layers.new_map(fields), view).layer.name
        'Occurrence of water'
    """
    scale = PercentColors.of(palette, low, high, least=2)
    entries = tuple(LegendEntry(f"{percent:.3g} %", color) for percent, color in scale.points())
    shown = image.select([band]).visualize(min=scale.low, max=scale.high, palette=list(scale.colors))
    return View(name, shown, name, entries)


def checked_view(view: object, argument: str = "view") -> View:
    """Refuse what is no view.

    Args:
        view: what came.
        argument: the caller's name for it.

    Raises:
        ArgumentError: it is something else.
    """
    if not isinstance(view, View):
        raise ArgumentError(argument, view, "a View, such as gee_scl.views.class_view(image) gives")
    return view


def picture_of(shown: object, argument: str = "shown") -> ee.Image:
    """Take the picture of a view, or a picture as it is.

    Args:
        shown: a view, or an RGB image of bytes.
        argument: the caller's name for it.

    Raises:
        ArgumentError: it is neither.
    """
    if not isinstance(shown, View | ee.Image):
        raise ArgumentError(argument, shown, "a View, or an RGB ee.Image such as visualize and true_color give")
    return shown.image if isinstance(shown, View) else shown


def __dir__() -> list[str]:
    return __all__
