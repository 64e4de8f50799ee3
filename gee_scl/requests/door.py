"""The one door to the server: every request of this package goes through it, is counted, and says what failed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import ee

from gee_scl.errors import ArgumentError, RequestError
from gee_scl.requests.connection import require_open
from gee_scl.requests.failures import NOT_FOUND_STATUS, PASSING_STATUSES, FailureKind, failure_of, translated
from gee_scl.requests.run import Run

_ATTEMPTS = 5
"""Of fetching a picture, as many as the client itself makes for what it asks."""

_TIMEOUT = 330
"""Seconds: Earth Engine itself gives up after about five minutes."""

Row = dict[str, Any]
"""The properties of one feature of an answer."""


class Door:
    """A job's way to the server.

    Args:
        run: how the job runs; None runs it as usual.

    Attributes:
        run: likewise.
        requests: how many it has made.

    Raises:
        NotInitializedError: no session is open.
        ArgumentError: `run` is something else.
    """

    def __init__(self, run: Run | None = None) -> None:
        if run is not None and not isinstance(run, Run):
            raise ArgumentError("run", run, "a gee_scl.Run, or None")
        require_open()
        self.run = run or Run()
        self.requests = 0
        self._counting = threading.Lock()

    # Values and tables.

    def value(self, what: str, expression: ee.ComputedObject) -> Any:
        """One value, by one request."""
        with self._asking(what):
            return expression.getInfo()

    def rows(self, what: str, table: ee.FeatureCollection, page: int | None = None) -> list[Row]:
        """The rows of a table, by one request for each page.

        Args:
            what: is asked for.
            table: the expression.
            page: how many rows a page has: all that are expected, as whether the server computes a table again for
                each page is not documented. None leaves it to `Limits.page`.
        """
        return [row for rows in self._pages(what, table, page or self.run.limits.page) for row in rows]

    def _pages(self, what: str, table: ee.FeatureCollection, page_rows: int) -> Iterator[list[Row]]:
        parameters: dict[str, Any] = {"expression": table, "pageSize": page_rows}
        while True:
            with self._asking(what):
                page = ee.data.computeFeatures(parameters)
            if not isinstance(page, Mapping) or page.get("type") != "FeatureCollection":
                raise RequestError(what, f"The answer is no table: {str(page)[:200]}", kind=FailureKind.PASSING)
            # A page without rows may come without the list of them.
            yield [feature["properties"] for feature in page.get("features", ())]
            token = page.get("nextPageToken")
            if not token:
                return
            parameters["pageToken"] = token

    # Pictures and pixels.

    def tile_address(self, what: str, image: ee.Image, file_format: str | None = None) -> str:
        """The address of an image's map tiles, with {x}, {y} and {z}. One request: Image.getMapId.

        Args:
            what: is asked for.
            image: an RGB image of bytes.
            file_format: such as "png"; None leaves it to the server, which gives a tile without a transparent pixel
                as JPEG (https://developers.google.com/earth-engine/reference/rest/v1/ImageFileFormat).
        """
        parameters = None if file_format is None else {"format": file_format}
        with self._asking(what):
            address: str = image.getMapId(parameters)["tile_fetcher"].url_format
        return address

    def picture(self, what: str, image: ee.Image, parameters: Mapping[str, Any]) -> bytes:
        """A thumbnail. Two requests, one that defines it and one that draws it: Image.getThumbURL."""
        with self._asking(what):
            address = image.getThumbURL(dict(parameters))
        return self._content(what, address)

    def film(self, what: str, images: ee.ImageCollection, parameters: Mapping[str, Any]) -> bytes:
        """An animated thumbnail, likewise: ImageCollection.getVideoThumbURL."""
        with self._asking(what):
            address = images.getVideoThumbURL(dict(parameters))
        return self._content(what, address)

    def pixels(self, what: str, image: ee.Image, grid: Mapping[str, Any]) -> bytes:
        """The pixels of a grid as a file of numpy. One request: image.computePixels.

        Args:
            what: is asked for.
            image: with the bands.
            grid: a PixelGrid of the REST API.
        """
        with self._asking(what):
            content: bytes = ee.data.computePixels({"expression": image, "fileFormat": "NPY", "grid": dict(grid)})
        return content

    def _content(self, what: str, address: str) -> bytes:
        """What is at the address of a thumbnail. Whoever knows it may read it: no credentials are sent."""
        import requests
        from requests.adapters import HTTPAdapter
        from urllib3.util import Retry

        retry = Retry(_ATTEMPTS, backoff_factor=0.5, status_forcelist=PASSING_STATUSES, raise_on_status=False)
        self._count()
        with requests.Session() as session:
            session.mount("https://", HTTPAdapter(max_retries=retry))
            session.mount("http://", HTTPAdapter(max_retries=retry))
            try:
                answer = session.get(address, timeout=_TIMEOUT)
            except requests.RequestException as error:
                raise RequestError(what, str(error), kind=FailureKind.PASSING) from error
        if not answer.ok:
            text = _message(answer.text)
            failure = failure_of(text, answer.status_code)
            raise RequestError(what, text, answer.status_code, failure.advice, kind=failure.kind)
        return answer.content

    # Tasks and assets.

    def start_task(self, what: str, kind: str, body: Mapping[str, Any]) -> str:
        """Start a task, by one request.

        Args:
            what: is started.
            kind: "EXPORT_IMAGE" or "EXPORT_FEATURES".
            body: of the request.

        Returns:
            The name of its operation.
        """
        send = ee.data.exportImage if kind == "EXPORT_IMAGE" else ee.data.exportTable
        # With an id of its own, a request that was repeated by the network starts one task.
        (request_id,) = ee.data.newTaskId()
        with self._asking(what):
            return str(send(request_id, dict(body))["name"])

    def operations(self, what: str) -> Sequence[Mapping[str, Any]]:
        """All operations that the server remembers, the latest first. One request for each 500."""
        with self._asking(what):
            operations: Sequence[Mapping[str, Any]] = ee.data.listOperations()
        return operations

    def operation(self, what: str, name: str) -> Mapping[str, Any]:
        """An operation as the REST API has it, by one request."""
        with self._asking(what):
            operation: Mapping[str, Any] = ee.data.getOperation(name)
        return operation

    def cancel_operation(self, what: str, name: str) -> None:
        """Ask an operation to stop, by one request."""
        with self._asking(what):
            ee.data.cancelOperation(name)

    def has_asset(self, asset_id: str) -> bool:
        """Whether an asset exists, and may be read, by one request."""
        try:
            with self._asking(f"Looking for asset {asset_id!r}"):
                ee.data.getAsset(asset_id)
        except RequestError as error:
            if error.status == NOT_FOUND_STATUS:
                return False
            raise
        return True

    def delete_asset(self, what: str, asset_id: str) -> None:
        """Delete an asset, by one request."""
        with self._asking(what):
            ee.data.deleteAsset(asset_id)

    def _asking(self, what: str) -> Any:
        require_open()
        self._count()
        return translated(what)

    def _count(self) -> None:
        with self._counting:
            self.requests += 1


def _message(text: str) -> str:
    """Earth Engine's text, from its JSON where it is such."""
    try:
        return str(json.loads(text)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return text.strip()[:500] or "an empty answer"
