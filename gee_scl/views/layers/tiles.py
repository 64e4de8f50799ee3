"""Tiles to put on a map: which, whose data they show, and how they are shown at first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gee_scl.options.checks import number_between
from gee_scl.requests.connection import open_address
from gee_scl.requests.run import Run
from gee_scl.requests.tile_host import warn_of_unseen_tiles
from gee_scl.views.layers.tile_urls import TileUrl, attribution, serves_synthetic
from gee_scl.views.view import View


@dataclass(frozen=True)
class Tiles:
    """Tiles to put on a map.

    Attributes:
        url: where they come from, as soon as it is asked.
        attribution: HTML for the map's corner.
        shown: whether they are shown at first.
        opacity: 0 to 1.
    """

    url: TileUrl
    attribution: str
    shown: bool = True
    opacity: float = 1.0

    @property
    def view(self) -> View:
        """What they show."""
        return self.url.view


def checked_opacity(opacity: object) -> float:
    """Refuse what is no opacity.

    Raises:
        ArgumentError: it is no number from 0 to 1.
    """
    return number_between("opacity", opacity, 0, 1)


def tiles_of(
    views: Sequence[View],
    *,
    synthetic: bool | None = None,
    shown: bool = True,
    opacity: float = 1.0,
    run: Run | None = None,
) -> list[Tiles]:
    """Make the tiles of views.

    Args:
        views: what they show.
        synthetic: whether the images were made and not measured; None asks a local engine whether it has the sample.
        shown: whether they are shown at first.
        opacity: 0 to 1.
        run: how the job runs.

    Raises:
        ArgumentError: an opacity that is none.

    Requests: none; one to a local engine where `synthetic` is None.

    Warns where the browser is not likely to reach them.
    """
    checked = checked_opacity(opacity)
    warn_of_unseen_tiles(open_address())
    made_up = serves_synthetic(run) if synthetic is None else synthetic
    return [Tiles(TileUrl(view, run), attribution(view, synthetic=made_up), shown, checked) for view in views]
