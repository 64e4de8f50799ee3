"""Legends of layers: what a view's colours mean, and how much of each class there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gee_scl.errors import ArgumentError
from gee_scl.requests.door import Door
from gee_scl.requests.run import Run
from gee_scl.views.drawing.legend_html import legend_html
from gee_scl.views.layers.shares import Shares, class_shares
from gee_scl.views.view import LegendEntry, View

if TYPE_CHECKING:
    from gee_scl.regions.boxes import Box


@dataclass(frozen=True)
class Legend:
    """A legend to put on a map.

    Attributes:
        title: its heading.
        entries: its lines.
        note: said below them.
        in_view: the same legend with the shares of what is in a window (west, south, east, north), for maps that can
            ask; None for a legend that does not change.
    """

    title: str
    entries: tuple[LegendEntry, ...]
    note: str = ""
    in_view: Callable[[Box], Legend] | None = field(default=None, compare=False)

    @property
    def html(self) -> str:
        """As HTML, escaped."""
        return legend_html(self.title, self.entries, self.note)


def legend_of(view: View) -> Legend | None:
    """Make the legend of a view; None where its colours mean nothing by themselves."""
    return Legend(view.title or view.name, view.entries) if view.entries else None


def legend_with_shares(view: View, shares: object, *, can_ask: bool, run: Run | None = None) -> Legend:
    """Make the legend of a view of classes, with the share of each class.

    Args:
        view: with codes and a scheme.
        shares: of a region (anything that `class_statistics` takes), or with True of what is in view, whenever the map
            asks.
        can_ask: whether the map can.
        run: how the job runs.

    Raises:
        ArgumentError: a view without classes, or a map that cannot ask.
        RegionError: the region cannot be read.
        RequestError: Earth Engine refused.
        NotInitializedError: no session is open.

    Requests: those of `class_shares`; none for what is in view.
    """
    if view.codes is None or view.scheme is None:
        raise ArgumentError("shares", view.name, "None for a view without classes")
    plain = Legend(view.title or view.name, view.entries)
    if shares is not True:
        return _shared(plain, view, class_shares(view, shares, Door(run)), "in the region")
    if not can_ask:
        hint = "A folium map is a page, which cannot ask for the shares of another view."
        raise ArgumentError("shares", shares, "a region, on a folium map", hint)
    return replace(plain, in_view=lambda box: _shared(plain, view, class_shares(view, box, Door(run)), "in view"))


def _shared(legend: Legend, view: View, shares: Shares, where: str) -> Legend:
    if not shares.percent:
        return replace(legend, note=f"{view.name}: nothing is classified {where}.")
    note = f"{view.name}: share of the classified area {where}; pixels of {shares.scale:,.0f} m."
    return replace(legend, entries=view.with_shares(shares.percent).entries, note=note)
