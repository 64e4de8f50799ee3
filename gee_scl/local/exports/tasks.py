"""Export requests as jobs: what the client asks for is checked here, and run later."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from gee_scl.local.assets.documents import IMAGE, TABLE
from gee_scl.local.assets.storage import StoredAssets
from gee_scl.local.assets.stored_images import check_policies
from gee_scl.local.context import Assets, Limits
from gee_scl.local.errors import EvaluationError
from gee_scl.local.exports.images import MAX_PIXELS, GeoTiff, export_grid, unwrapped, write_parts
from gee_scl.local.exports.operations import DEFAULT_PRIORITY, MAX_PRIORITY, Control, Job, TaskContext, fingerprint
from gee_scl.local.exports.tables import FORMATS, Table, write_table
from gee_scl.local.graph import Graph, evaluate
from gee_scl.local.places import Places, Target
from gee_scl.local.values import Collection
from gee_scl.local.views.requests import image_of

EXPORT_IMAGE, EXPORT_FEATURES = "EXPORT_IMAGE", "EXPORT_FEATURES"

_DESCRIPTION = re.compile(r"[A-Za-z0-9.,:;_-]{0,100}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{0,60}")
_TAG = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")

_BAD_DESCRIPTION = (
    'Invalid description: {!r}. The description must contain only the following characters: a..z, A..Z, 0..9, ".", '
    '",", ":", ";", "_" or "-". The description must be at most 100 characters long.'
)

Body = Mapping[str, Any]


@dataclass(frozen=True)
class _File:
    """Where files go, and the request's options on them."""

    target: Target
    options: Body


@dataclass(frozen=True)
class _Asset:
    """Where an asset goes, and the request's options on it."""

    name: str
    overwrite: bool
    options: Body

    @classmethod
    def parse(cls, options: Body, stored: StoredAssets) -> _Asset:
        destination = options.get("earthEngineDestination")
        if not isinstance(destination, Mapping) or not destination.get("name"):
            raise EvaluationError("Export to an asset: earthEngineDestination needs a name.")
        name = str(destination["name"])
        stored.check_name(name)
        return cls(name, bool(destination.get("overwrite")), options)


class Exporter:
    """Turns requests into jobs.

    Args:
        assets: where expressions load from.
        stored: where exported assets go.
        places: where files go.
        limits: of evaluation.
    """

    def __init__(self, assets: Assets, stored: StoredAssets, places: Places, limits: Limits) -> None:
        self._assets, self._stored, self._places, self._limits = assets, stored, places, limits

    def image(self, body: Body) -> Job:
        """The job of an image:export request.

        Raises:
            EvaluationError: the request is malformed, or asks for what is not covered.
        """
        _expression(body)
        _max_pixels(body)
        if isinstance(options := body.get("assetExportOptions"), Mapping):
            _only_one(body, "fileExportOptions")
            asset = _Asset.parse(options, self._stored)
            return self._job(EXPORT_IMAGE, body, partial(self._image_to_asset, body, asset))
        options = _file_options(body)
        file = _File(self._places.target(options, str(body.get("description") or "export")), options)
        if options.get("fileFormat") != "GEO_TIFF":
            raise EvaluationError(f"The local engine exports images as GEO_TIFF, not as {options.get('fileFormat')!r}.")
        tiff = GeoTiff.parse(options.get("geoTiffOptions") or {})
        return self._job(EXPORT_IMAGE, body, partial(self._image_to_file, body, file, tiff))

    def table(self, body: Body) -> Job:
        """The job of a table:export request.

        Raises:
            EvaluationError: the request is malformed, or asks for what is not covered.
        """
        _refuse(body, "maxVertices", "cut large geometries before")
        for key in ("featureViewExportOptions", "bigqueryExportOptions"):
            _refuse(body, key, "export to Drive, Cloud Storage or an asset")
        expression, selectors = _expression(body), tuple(map(str, body.get("selectors") or ()))
        if isinstance(options := body.get("assetExportOptions"), Mapping):
            _only_one(body, "fileExportOptions")
            asset = _Asset.parse(options, self._stored)
            return self._job(EXPORT_FEATURES, body, partial(self._table_to_asset, expression, asset))
        options = _file_options(body)
        file = _File(self._places.target(options, str(body.get("description") or "export")), options)
        if options.get("fileFormat", "CSV") not in FORMATS:
            raise EvaluationError(
                f"The local engine exports tables as {', '.join(FORMATS)}, not as {options.get('fileFormat')!r:.40}."
            )
        return self._job(EXPORT_FEATURES, body, partial(self._table_to_file, expression, file, selectors))

    def _job(self, kind: str, body: Body, work: Callable[[Control], Sequence[str]]) -> Job:
        description, request_id = str(body.get("description") or ""), str(body.get("requestId") or "")
        tag = str(body.get("workloadTag") or "")
        if not _DESCRIPTION.fullmatch(description):
            raise EvaluationError(_BAD_DESCRIPTION.format(description[:200]))
        if not _REQUEST_ID.fullmatch(request_id):
            raise EvaluationError("Invalid requestId: at most 60 of the characters a..z, A..Z, 0..9 and '-'.")
        if tag and not _TAG.fullmatch(tag):
            raise EvaluationError(f"Invalid workload tag: {tag!r:.80}.")
        priority = _whole(body, "priority", DEFAULT_PRIORITY, 0, MAX_PRIORITY)
        return Job(kind, description, work, priority, request_id, fingerprint(body), tag)

    def _image_to_file(self, body: Body, file: _File, options: GeoTiff, control: Control) -> Sequence[str]:
        context = TaskContext.of(self._assets, self._limits, control)
        image = image_of(evaluate(_expression(body), context), "Export")
        grid = export_grid(image, body.get("grid"), _max_pixels(body))
        with self._places.workshop() as workshop:
            files = write_parts(image, grid, options, workshop, context, control.advance)
            return _addresses(self._places.deliver(file.target, files))

    def _image_to_asset(self, body: Body, asset: _Asset, control: Control) -> Sequence[str]:
        self._stored.check_new(asset.name, IMAGE, overwrite=asset.overwrite)
        context = TaskContext.of(self._assets, self._limits, control)
        image = image_of(evaluate(_expression(body), context), "Export")
        grid = export_grid(image, body.get("grid"), _max_pixels(body))
        policies = check_policies(
            asset.options.get("pyramidingPolicy"), asset.options.get("pyramidingPolicyOverrides"), image.names
        )
        folder = self._stored.write_image(
            asset.name, image, grid, policies, context, control.advance, overwrite=asset.overwrite
        )
        return _addresses([folder])

    def _table_to_file(
        self, expression: Body, file: _File, selectors: Sequence[str], control: Control
    ) -> Sequence[str]:
        context = TaskContext.of(self._assets, self._limits, control)
        table = Table.of(evaluate(expression, context), selectors)
        kind = str(file.options.get("fileFormat", "CSV"))
        with self._places.workshop() as workshop:
            files = write_table(table, kind, workshop, file.target.stem, context, control.advance)
            return _addresses(self._places.deliver(file.target, files))

    def _table_to_asset(self, expression: Body, asset: _Asset, control: Control) -> Sequence[str]:
        self._stored.check_new(asset.name, TABLE, overwrite=asset.overwrite)
        context = TaskContext.of(self._assets, self._limits, control)
        value = evaluate(expression, context)
        rows = Table.of(value, None).rows(context, control.advance)
        properties = value.properties if isinstance(value, Collection) else {}
        return _addresses([self._stored.write_table(asset.name, rows, properties, overwrite=asset.overwrite)])


def _expression(body: Body) -> Body:
    """The request's expression, whose form is checked now rather than in the task."""
    expression = body.get("expression")
    Graph.parse(expression)
    return expression if isinstance(expression, Mapping) else {}


def _max_pixels(body: Body) -> int:
    return _whole(body, "maxPixels", MAX_PIXELS, 1, 2**63 - 1)


def _file_options(body: Body) -> Body:
    options = body.get("fileExportOptions")
    if not isinstance(options, Mapping):
        raise EvaluationError("The request needs fileExportOptions or assetExportOptions.")
    return options


def _only_one(body: Body, other: str) -> None:
    if body.get(other) is not None:
        raise EvaluationError("The request has fileExportOptions and assetExportOptions; it must have one of them.")


def _refuse(body: Body, key: str, instead: str) -> None:
    if body.get(key) is not None:
        raise EvaluationError(f"'{key}' of an export is not covered by the local engine: {instead}.")


def _whole(body: Body, key: str, default: int, low: int, high: int) -> int:
    """A whole number, which JSON carries as a number, a text, or an object with a `value`."""
    value = unwrapped(body.get(key))
    if value is None:
        return default
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = low - 1
    if not low <= number <= high:
        raise EvaluationError(f"Invalid {key}: {value!r:.40}. It must be an integer between {low} and {high}.")
    return number


def _addresses(paths: Sequence[Path]) -> list[str]:
    return [path.absolute().as_uri() for path in paths]
