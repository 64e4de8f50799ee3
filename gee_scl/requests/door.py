"""The one door to the server: every request of this package goes through it, is counted, and says what failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import ee

from gee_scl.errors import RequestError
from gee_scl.requests.connection import require_open
from gee_scl.requests.contents import checked_content, content_at
from gee_scl.requests.costs import eecu_seconds, profile_of
from gee_scl.requests.failures import NOT_FOUND_STATUS
from gee_scl.requests.patience import Patience
from gee_scl.requests.refusals import ShapeError
from gee_scl.requests.run import Run, checked_run
from gee_scl.requests.tally import Tally
from gee_scl.requests.view_bodies import (
    ViewKind,
    created,
    film_body,
    map_body,
    picture_body,
    tiles_of_engine,
    tiles_of_map,
)

Answer = TypeVar("Answer")

Row = dict[str, Any]
"""The properties of one feature of an answer."""


class Door:
    """A job's way to the server.

    What may pass is asked for again, with pauses; what is too large or final is an error at once. Computations are
    profiled where the thread that makes the door does so (`ee.data.profiling`, `ee.profilePrinting`).

    Args:
        run: how the job runs; None runs it as usual.

    Attributes:
        run: likewise.

    Raises:
        NotInitializedError: no session is open.
        ArgumentError: `run` is something else.
    """

    def __init__(self, run: Run | None = None) -> None:
        self.run = checked_run(run)
        require_open()
        self._patience = Patience(self.run.limits)

    @property
    def requests(self) -> int:
        """How many it has made, repeated ones too."""
        return self.tally.requests

    @property
    def tally(self) -> Tally:
        """What it has asked so far."""
        return self._patience.count.tally

    @property
    def restricted(self) -> bool:
        """Whether the server said that the project is in restricted mode; one request at a time is made since."""
        return self._patience.restricted

    @property
    def at_a_time(self) -> int:
        """How many requests it makes at a time now, at most."""
        return self._patience.pace.limit

    @property
    def _label(self) -> Mapping[str, str]:
        """What a request says of whom the work is for: in its body, or in its address where something is created."""
        tag = self.run.workload_tag
        return {} if tag is None else {"workloadTag": tag}

    def note_split(self, what: str, reason: str) -> None:
        """Count, and log, that something is asked for in parts.

        Args:
            what: in the caller's terms.
            reason: such as the server's text.
        """
        self._patience.note_split(what, reason)

    def stop(self) -> None:
        """End all waiting at once, in every thread, with a `StoppedError`, and send nothing any more."""
        self._patience.stop()

    def _ask(self, what: str, call: Callable[[], Answer]) -> Answer:
        return self._patience.ask(what, call)

    # Values and tables.

    def value(self, what: str, expression: ee.ComputedObject) -> Any:
        """One value, by one request."""
        return self._ask(what, lambda: _value(expression, self._label))

    def eecu_seconds(self, profiles: list[str]) -> float | None:
        """What requests have cost, by one request more.

        Args:
            profiles: their ids, as `costs.profiled` gives them.

        Returns:
            EECU-seconds; None where Earth Engine has made no profile.
        """
        return eecu_seconds(str(self.value("Looking at the profiles", profile_of(profiles)))) if profiles else None

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
        parameters: dict[str, Any] = {"expression": table, "pageSize": page_rows, **self._label}
        while True:
            page = self._ask(what, lambda: _Page.of(ee.data.computeFeatures(parameters)))
            yield page.rows
            if not page.token:
                return
            parameters["pageToken"] = page.token

    # Pictures and pixels.

    def tile_address(
        self, what: str, image: ee.Image, file_format: str | None = None, project: str | None = None
    ) -> str:
        """The address of an image's map tiles, with {x}, {y} and {z}. One request: Image.getMapId.

        Args:
            what: is asked for.
            image: an RGB image of bytes.
            file_format: such as "png"; None leaves it to the server, which gives a tile without a transparent pixel
                as JPEG (https://developers.google.com/earth-engine/reference/rest/v1/ImageFileFormat).
            project: the address of that of a local engine which is asked instead of the session's server.
        """
        if project is not None:
            body = map_body(image, file_format)
            return self._ask(what, lambda: tiles_of_engine(project, body))
        if self._label:
            body = map_body(image, file_format)
            return self._ask(what, lambda: tiles_of_map(created(ViewKind.MAP, body, self._label)))
        parameters = None if file_format is None else {"format": file_format}
        return self._ask(what, lambda: str(image.getMapId(parameters)["tile_fetcher"].url_format))

    def picture(self, what: str, image: ee.Image, parameters: Mapping[str, Any]) -> bytes:
        """A thumbnail. Two requests, one that defines it and one that draws it: Image.getThumbURL.

        Args:
            what: is asked for.
            image: an RGB image of bytes.
            parameters: of Image.getThumbURL; its format is "png" or "jpg".
        """
        if self._label:
            address = self._address(what, ViewKind.PICTURE, picture_body(image, parameters))
        else:
            address = self._ask(what, lambda: image.getThumbURL(dict(parameters)))
        # Where nothing is said, Earth Engine gives what has no transparent pixel as JPEG.
        formats = [parameters["format"]] if "format" in parameters else ["png", "jpg"]
        return self._ask(what, lambda: checked_content(content_at(address), *formats))

    def film(self, what: str, images: ee.ImageCollection, parameters: Mapping[str, Any]) -> bytes:
        """An animated thumbnail, a GIF, likewise: ImageCollection.getVideoThumbURL.

        Args:
            what: is asked for.
            images: RGB images of bytes.
            parameters: of ImageCollection.getVideoThumbURL; framesPerSecond is one of them.
        """
        if self._label:
            address = self._address(what, ViewKind.FILM, film_body(images, parameters))
        else:
            address = self._ask(what, lambda: images.getVideoThumbURL(dict(parameters)))
        return self._ask(what, lambda: checked_content(content_at(address), "gif"))

    def _address(self, what: str, kind: ViewKind, body: Mapping[str, Any]) -> str:
        """Where a picture or film is drawn that is created with a label."""
        return self._ask(what, lambda: ee.data.makeThumbUrl({"thumbid": created(kind, body, self._label)}))

    def pixels(self, what: str, image: ee.Image, grid: Mapping[str, Any]) -> bytes:
        """The pixels of a grid as a file of numpy. One request: image.computePixels.

        Args:
            what: is asked for.
            image: with the bands.
            grid: a PixelGrid of the REST API.
        """
        parameters = {"expression": image, "fileFormat": "NPY", "grid": dict(grid), **self._label}
        return self._ask(what, lambda: checked_content(ee.data.computePixels(parameters), "npy"))

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
        return self._ask(what, lambda: str(send(request_id, {**body, **self._label})["name"]))

    def operations(self, what: str) -> Sequence[Mapping[str, Any]]:
        """All operations that the server remembers, the latest first. One request for each 500."""
        return self._ask(what, ee.data.listOperations)

    def operation(self, what: str, name: str) -> Mapping[str, Any]:
        """An operation as the REST API has it, by one request."""
        return self._ask(what, lambda: _named(ee.data.getOperation(name)))

    def cancel_operation(self, what: str, name: str) -> None:
        """Ask an operation to stop, by one request."""
        self._ask(what, lambda: ee.data.cancelOperation(name))

    def has_asset(self, asset_id: str) -> bool:
        """Whether an asset exists, and may be read, by one request."""
        try:
            self._ask(f"Looking for asset {asset_id!r}", lambda: _named(ee.data.getAsset(asset_id)))
        except RequestError as error:
            if error.status == NOT_FOUND_STATUS:
                return False
            raise
        return True

    def delete_asset(self, what: str, asset_id: str) -> None:
        """Delete an asset, by one request."""
        attempts = 0

        def delete() -> None:
            nonlocal attempts
            attempts += 1
            ee.data.deleteAsset(asset_id)

        try:
            self._ask(what, delete)
        except RequestError as error:
            # An earlier attempt, whose answer was lost, has done it.
            if error.status != NOT_FOUND_STATUS or attempts == 1:
                raise


def _value(expression: ee.ComputedObject, label: Mapping[str, str]) -> Any:
    """A value, as `getInfo` asks for it; the client's own function knows no label but that of the process."""
    if not label:
        return expression.getInfo()
    body = {"expression": ee.serializer.encode(expression, for_cloud_api=True), **label}
    compute = ee.data._get_cloud_projects().value().compute
    call = compute(body=body, project=ee.data._get_projects_path(), prettyPrint=False)
    return ee.data._execute_cloud_call(call)["result"]


@dataclass(frozen=True)
class _Page:
    """A page of a table.

    Attributes:
        rows: of it.
        token: of the next one; empty where it is the last.
    """

    rows: list[Row]
    token: str

    @classmethod
    def of(cls, answer: Any) -> Self:
        """A page from its answer. One without rows may come without the list of them, but not without its type.

        Raises:
            ShapeError: it is no page: nothing is taken for a table of no rows.
        """
        if not isinstance(answer, Mapping) or answer.get("type") != "FeatureCollection":
            raise ShapeError(answer)
        features, token = answer.get("features", []), answer.get("nextPageToken", "")
        if not isinstance(features, list) or not isinstance(token, str):
            raise ShapeError(answer)
        return cls([_properties(feature) for feature in features], token)


def _properties(feature: Any) -> Row:
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    if not isinstance(properties, dict):
        raise ShapeError(feature)
    return properties


def _named(answer: Any) -> Mapping[str, Any]:
    """What has a name, as each resource of the interface has one.

    Raises:
        ShapeError: it has none.
    """
    if not isinstance(answer, Mapping) or not answer.get("name"):
        raise ShapeError(answer)
    return answer
