"""How a request becomes an answer: the table of the REST API's methods, each with its address and what answers it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gee_scl.local.engine import PAGE_SIZE, Engine
from gee_scl.local.errors import EvaluationError, NotFoundError
from gee_scl.local.http.answers import Answer
from gee_scl.local.signatures import VERSIONS, algorithms_document, discovery_document
from gee_scl.local.views.maps import Kind

WHOLE = re.compile(r"[0-9]{1,15}")
"""A number in an address or a header."""


@dataclass(frozen=True)
class Request:
    """What a route gets to see.

    Attributes:
        engine: answers.
        path: the parts of the address that its pattern names.
        query: the parameters after the address.
        body: the request's JSON; empty where it has none.
        host: the name under which the engine was called.
    """

    engine: Engine
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    host: str

    @property
    def name(self) -> str:
        """The part of the address that names a thing."""
        return self.path.get("name", "")

    @property
    def project(self) -> str:
        """The project that is asked for."""
        return self.path["project"]

    @property
    def operation(self) -> str:
        """The name of an operation."""
        return f"projects/{self.project}/operations/{self.name}"

    @property
    def asset(self) -> str:
        """The name of an asset."""
        return f"projects/{self.project}/assets/{self.name}"

    @property
    def page_size(self) -> int:
        """How many things a page is to have; 0 where that is not said."""
        size = self.query.get("pageSize", "")
        return int(size) if WHOLE.fullmatch(size) else 0

    @property
    def page_token(self) -> str:
        """Which page; empty for the first."""
        return self.query.get("pageToken", "")

    def refuse_filter(self, what: str) -> None:
        """Refuse to list a part of something.

        Raises:
            EvaluationError: the request has a filter.
        """
        if "filter" in self.query:
            raise EvaluationError(f"Listing {what} with a filter is not covered by the local engine.")


@dataclass(frozen=True)
class Route:
    """A method of the REST API.

    Attributes:
        verb: of HTTP.
        path: the address; what stands in braces is any text of the kind that `_PARTS` has for it.
        name: the method's, as the discovery document has it, without `projects.`.
        answer: gives JSON, or an `Answer`.
    """

    verb: str
    path: str
    name: str
    answer: Callable[[Request], Any]

    @property
    def any_host(self) -> bool:
        """Whether whoever has the address may have the answer, by whatever name the engine is called.

        A map's tiles are looked at through notebook servers, and nobody can guess its id.
        """
        return self.name == "maps.tiles.get"

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The address as a regular expression."""
        pieces = re.split(r"{([a-z ]+)}", self.path)
        return re.compile(
            "".join(_PARTS[piece] if place % 2 else re.escape(piece) for place, piece in enumerate(pieces))
        )


_PARTS: Mapping[str, str] = {
    "project": f"/(?:{'|'.join(VERSIONS)})/projects/(?P<project>[^/:]+)",
    "id": "(?P<name>[^/:]+)",
    "asset": "(?P<name>[^:]+)",
    "asset or none": "(?P<name>[^:]*)",
    "parent": "(?P<name>.+)",
    "zoom": "(?P<zoom>-?[0-9]{1,9})",
    "x": "(?P<x>-?[0-9]{1,9})",
    "y": "(?P<y>-?[0-9]{1,9})",
}
"""What may stand in the place of a part of an address. Every version of the API is answered alike."""


def route_of(verb: str, path: str) -> tuple[Route, Mapping[str, str]]:
    """The route of an address, and the parts of the address that its pattern names.

    Raises:
        NotFoundError: there is none.
    """
    for route in ROUTES:
        parts = route.pattern.fullmatch(path) if route.verb == verb else None
        if parts:
            return route, parts.groupdict()
    raise NotFoundError(f"The local engine has no {verb} {path[:200]}.")


def _about(request: Request) -> Any:
    """What this engine is, for whoever looks at its address."""
    return request.engine.about()


def _algorithms(request: Request) -> Any:
    """The signatures of all algorithms of Earth Engine."""
    return algorithms_document()


def _discovery(request: Request) -> Any:
    """The description of the interface, for a version of it."""
    version = request.query.get("version", VERSIONS[0])
    if version not in VERSIONS:
        raise NotFoundError(f"There is no version {version!r:.40} of the Earth Engine API.")
    return discovery_document(f"http://{request.host}/", version)


def _value(request: Request) -> Any:
    return request.engine.compute_value(request.body)


def _table(request: Request) -> Any:
    return request.engine.compute_features(request.body)


def _pixels(request: Request) -> Answer:
    return Answer(request.engine.compute_pixels(request.body))


def _new_table_file(request: Request) -> Any:
    """The name of a table to come."""
    return request.engine.create_table(request.project, request.body)


def _table_file(request: Request) -> Answer:
    media, filename = request.engine.table_file(request.name)
    return Answer(media, filename=filename)


def _view(kind: Kind) -> Callable[[Request], Any]:
    """The name of a map or thumbnail to come."""
    return lambda request: request.engine.create_view(kind, request.project, request.body)


def _picture(kind: Kind) -> Callable[[Request], Answer]:
    """A thumbnail."""
    return lambda request: Answer(request.engine.view_pixels(kind, request.name), public=True)


def _tile(request: Request) -> Answer:
    """A tile of a map; `size=512` is this engine's own."""
    zoom, x, y = (int(request.path[place]) for place in ("zoom", "x", "y"))
    size = request.query.get("size", "256")
    if not WHOLE.fullmatch(size):
        raise EvaluationError(f"Invalid size of a tile: {size!r:.80}.")
    return Answer(request.engine.map_tile(request.name, zoom, x, y, int(size)), public=True)


def _image_export(request: Request) -> Any:
    return request.engine.export_image(request.body)


def _table_export(request: Request) -> Any:
    return request.engine.export_table(request.body)


def _operations(request: Request) -> Any:
    """A page of the tasks."""
    request.refuse_filter("operations")
    return request.engine.operations.list(request.page_size, request.page_token)


def _finished_operation(request: Request) -> Any:
    """A task once it has ended, or the time to wait has."""
    return request.engine.operations.wait(request.operation, request.body.get("timeout"))


def _operation(request: Request) -> Any:
    return request.engine.operations.get(request.operation)


def _cancelled_operation(request: Request) -> Any:
    return request.engine.operations.cancel(request.operation)


def _deleted_operation(request: Request) -> Any:
    return request.engine.operations.delete(request.operation)


def _assets(request: Request) -> Any:
    """A page of what a collection, a folder or the project holds."""
    request.refuse_filter("assets")
    rows = request.page_size or PAGE_SIZE
    return request.engine.list_assets(request.name, rows, request.page_token, request.project)


def _asset(request: Request) -> Any:
    return request.engine.get_asset(request.name, request.project)


def _new_asset(request: Request) -> Any:
    """A new folder or image collection."""
    name = f"projects/{request.project}/assets/{request.query.get('assetId', '')}"
    return request.engine.stored.create(name, str(request.body.get("type")), request.body.get("properties"))


def _copy_of_asset(request: Request) -> Any:
    overwrite = bool(request.body.get("overwrite"))
    return request.engine.stored.copy(request.asset, _destination(request), overwrite=overwrite)


def _moved_asset(request: Request) -> Any:
    return request.engine.stored.move(request.asset, _destination(request))


def _destination(request: Request) -> str:
    return str(request.body.get("destinationName"))


def _patched_asset(request: Request) -> Any:
    """An asset with its new properties."""
    mask = request.body.get("updateMask") or {}
    paths = mask.get("paths") if isinstance(mask, Mapping) else str(mask).split(",")
    return request.engine.stored.patch(request.asset, request.body.get("asset") or {}, list(paths or ()))


def _deleted_asset(request: Request) -> Any:
    """Nothing, once the asset is gone."""
    request.engine.stored.delete(request.asset)
    return {}


_TABLE: Sequence[tuple[str, str, str, Callable[[Request], Any]]] = (
    ("GET", "/", "about", _about),
    ("GET", "/$discovery/rest", "discovery", _discovery),
    ("GET", "{project}/algorithms", "algorithms.list", _algorithms),
    # Values, tables and pixels.
    ("POST", "{project}/value:compute", "value.compute", _value),
    ("POST", "{project}/table:computeFeatures", "table.computeFeatures", _table),
    ("POST", "{project}/image:computePixels", "image.computePixels", _pixels),
    ("POST", "{project}/tables", "tables.create", _new_table_file),
    ("GET", "{project}/tables/{id}:getFeatures", "tables.getFeatures", _table_file),
    # Maps and thumbnails.
    ("POST", "{project}/maps", "maps.create", _view(Kind.MAP)),
    ("GET", "{project}/maps/{id}/tiles/{zoom}/{x}/{y}", "maps.tiles.get", _tile),
    ("POST", "{project}/thumbnails", "thumbnails.create", _view(Kind.THUMBNAIL)),
    ("GET", "{project}/thumbnails/{id}:getPixels", "thumbnails.getPixels", _picture(Kind.THUMBNAIL)),
    ("POST", "{project}/videoThumbnails", "videoThumbnails.create", _view(Kind.VIDEO)),
    ("GET", "{project}/videoThumbnails/{id}:getPixels", "videoThumbnails.getPixels", _picture(Kind.VIDEO)),
    ("POST", "{project}/filmstripThumbnails", "filmstripThumbnails.create", _view(Kind.FILMSTRIP)),
    ("GET", "{project}/filmstripThumbnails/{id}:getPixels", "filmstripThumbnails.getPixels", _picture(Kind.FILMSTRIP)),
    # Exports and their tasks.
    ("POST", "{project}/image:export", "image.export", _image_export),
    ("POST", "{project}/table:export", "table.export", _table_export),
    ("GET", "{project}/operations", "operations.list", _operations),
    ("GET", "{project}/operations/{id}", "operations.get", _operation),
    ("POST", "{project}/operations/{id}:wait", "operations.wait", _finished_operation),
    ("POST", "{project}/operations/{id}:cancel", "operations.cancel", _cancelled_operation),
    ("DELETE", "{project}/operations/{id}", "operations.delete", _deleted_operation),
    # Assets. The client asks for what a project holds with and without `/assets`.
    ("GET", "{project}:listAssets", "listAssets", _assets),
    ("GET", "{project}/assets:listAssets", "listAssets", _assets),
    ("GET", "{project}/assets/{parent}:listAssets", "assets.listAssets", _assets),
    ("GET", "{project}/assets/{asset or none}", "assets.get", _asset),
    ("POST", "{project}/assets", "assets.create", _new_asset),
    ("POST", "{project}/assets/{asset}:copy", "assets.copy", _copy_of_asset),
    ("POST", "{project}/assets/{asset}:move", "assets.move", _moved_asset),
    ("PATCH", "{project}/assets/{asset}", "assets.patch", _patched_asset),
    ("DELETE", "{project}/assets/{asset}", "assets.delete", _deleted_asset),
)

ROUTES: tuple[Route, ...] = tuple(Route(*row) for row in _TABLE)
"""Every route, in the order in which their addresses are tried. `about` and `discovery` are no methods of the API."""

ROUTE_NAMES: tuple[str, ...] = tuple(dict.fromkeys(route.name for route in ROUTES))
"""The names of the methods, each once."""
