"""Addresses of map tiles: one map id for a view, requested when its tiles are wanted and not before."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial

import ee

from gee_scl.errors import RequestError
from gee_scl.requests.connection import is_open, open_address
from gee_scl.requests.door import Door
from gee_scl.requests.loopback import is_loopback, origin_of
from gee_scl.requests.parallel import in_parallel
from gee_scl.requests.run import Run, checked_run
from gee_scl.requests.tile_host import seen_by_browser
from gee_scl.scenes.collection import COLLECTION_ID
from gee_scl.scenes.provenance import SYNTHETIC
from gee_scl.session import LOCAL_PROJECT, is_local, keep_engine
from gee_scl.views.drawing.tiles import tile_address
from gee_scl.views.view import View

BLANK_TILE = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
"""A transparent pixel: what a layer has for tiles until it is shown. Leaflet loads the tiles of hidden layers too."""

MOST_ZOOM = 24
"""The last zoom of a web map (OGC 17-083r4, WebMercatorQuad)."""


class TileUrl:
    """The address of a view's tiles.

    Args:
        view: what the tiles show.
        run: how the job runs.

    Use from several threads is safe: one request is made. It goes to the server of the session that was open when this
    was made: what a hidden layer shows does not change with the session.
    """

    def __init__(self, view: View, run: Run | None = None) -> None:
        self.view, self.run = view, checked_run(run)
        self._url: str | None = None
        self._server = keep_engine(self)
        self._requesting = threading.Lock()

    @property
    def is_requested(self) -> bool:
        """Whether the map id has been requested."""
        return self._url is not None

    def get(self, door: Door | None = None) -> str:
        """Give the address, with {x}, {y} and {z}, as the browser has to ask for it; requested once, and kept.

        Args:
            door: asks; None is one of its own.

        Raises:
            RequestError: Earth Engine refused; the error names the view. The next call asks again. Or the session in
                which this was made was on Earth Engine, and another one is open.
            NotInitializedError: no session is open.

        Requests: one, the first time. Earth Engine: Image.getMapId.
        """
        with self._requesting:
            if self._url is None:
                self._url = _request(self.view, door or Door(self.run), self._server)
            return self._url


def _request(view: View, door: Door, server: str) -> str:
    what = f"Requesting the tiles of {view.name!r}"
    # JPEG, which the server takes where no pixel is transparent, blurs the edges of classes and moves their colours.
    file_format = "png" if view.entries else None
    project = None
    if server and server != origin_of(open_address()):
        if not is_loopback(server):
            hint = "Call gee_scl.initialize(project=...) for the session that it was made in."
            raise RequestError(what, f"it is of a session on {server}, and another one is open.", hint=hint)
        project = f"{server}/v1/projects/{LOCAL_PROJECT}"
    return seen_by_browser(tile_address(what, view.image, door, file_format, project))


def request_all(urls: Sequence[TileUrl]) -> None:
    """Request what is not known yet, several at a time.

    Raises:
        RequestError: Earth Engine refused one of them; no further one is requested.
        NotInitializedError: no session is open.
    """
    missing: dict[Run, list[TileUrl]] = {}
    for url in urls:
        if not url.is_requested:
            missing.setdefault(url.run, []).append(url)
    for run, alike in missing.items():
        door = Door(run)
        in_parallel([partial(url.get, door) for url in alike], door, workers=run.limits.parallel_pictures)


def attribution(view: View, *, synthetic: bool) -> str:
    """Say whose data and whose work a view's tiles are, as HTML for a map's corner.

    Args:
        view: what the tiles show. The classes of another raster than the SCL are not said to be Copernicus data.
        synthetic: whether the pixels were made and not measured.

    No request is made. The wording is that of the Sentinel data legal notice
    (https://sentinels.copernicus.eu/documents/247904/690755/Sentinel_Data_Legal_Notice).
    """
    engine = "gee-scl local engine" if is_local() else "Google Earth Engine"
    if synthetic:
        return f"Synthetic sample, made and not measured | {engine}"
    if view.scheme is not None and not view.scheme.is_scl:
        return engine
    return f"Contains modified Copernicus Sentinel data | {engine}"


def serves_synthetic(run: Run | None = None) -> bool:
    """Ask whether the session is on a local engine over the synthetic sample.

    Args:
        run: how the job runs.

    Requests: one to a local engine, for a property; none to Earth Engine.
    """
    if not is_open() or not is_local():
        return False
    first = ee.ImageCollection(COLLECTION_ID).first()
    try:
        answer = Door(run).value("Asking whose data these are", ee.Image(first).get(SYNTHETIC))
    except RequestError:  # an engine that has no such collection has no sample
        return False
    return bool(answer == "true")
