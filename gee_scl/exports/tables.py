"""Class statistics as a table that a task makes: for more regions and images than a session can wait for."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Unpack

import ee

from gee_scl.exports.cells import cell
from gee_scl.exports.destinations import Asset, Destination, Drive, Files, table_destination
from gee_scl.exports.names import filled, valid_name
from gee_scl.exports.queue import start_one
from gee_scl.exports.request import TABLE, TaskRequest
from gee_scl.exports.table_columns import ORDER, OUTLINE, SETTINGS, TableSettings, columns
from gee_scl.exports.task import Task
from gee_scl.frames.answers import REGION_KEY
from gee_scl.options.arguments import checked
from gee_scl.options.choices import By, Existing, TableFormat
from gee_scl.requests.door import Door
from gee_scl.requests.run import Run
from gee_scl.requests.task_bodies import table_body
from gee_scl.statistics.options import StatisticsOptions, SurveyDesign

if TYPE_CHECKING:
    from gee_scl.regions.place import Place
    from gee_scl.scenes.scene import Scene
    from gee_scl.statistics.survey import Survey

__all__ = ["export_table"]

_JOINED = "shape"
"""Property that holds a row's shape while they are joined."""

_CENTROID_ERROR = 1.0
"""Metres."""

_WITH_OUTLINES = (TableFormat.GEOJSON, TableFormat.SHP, TableFormat.KML, TableFormat.KMZ)
"""Formats of vector data: a row without a geometry is of no use there, and Shapefiles do not take it."""


@checked()
def export_table(
    images: ee.Image | ee.ImageCollection,
    regions: object,
    name: str = "statistics_{scheme}",
    *,
    to: Destination = Drive(),  # noqa: B008 - it cannot change
    existing: Existing | str = "refuse",
    run: Run | None = None,
    **statistics: Unpack[StatisticsOptions],
) -> Task:
    """Start a task that writes class statistics as a table: for more regions and images than a session can wait for.

    The numbers are those of `class_statistics`, by the same expressions. A row is a region on an image or day, with
    flat columns: `region`, the columns of `keep`, `image` and `tile` (by="image"), `date` (UTC text), `time`
    (milliseconds since 1970), `pixels_<value>` and `area_<value>` (square metres) for each class,
    `pixels_outside_scheme` (of values that the scheme does not know), `total` (the region's whole area on the same
    grid), `region_order` and `gee_scl` (how it was measured). `read_exported` makes the frame. Rows of an asset, which
    takes none without a geometry, have the centroid of their region.

    Args:
        images: as in `class_statistics`.
        regions: likewise. Outlines that are known here are sent with the request, 10 MB at most.
        name: of the file or asset, and of the task: a text that may hold {scheme} and {band}.
        to: where it goes, and the file's format: `Drive`, `CloudStorage` or `Asset`.
        existing: as in `export_image`.
        run: how the job runs: limits of the requests, tag and priority of the task, and whether to wait where the queue
            is full.
        **statistics: `scheme`, `by`, `day`, `band`, `id`, `keep`, `weights`, `scale`, `crs` and `tile_scale`, as in
            `class_statistics`.

    Returns:
        The task, which is under way.

    Raises:
        ArgumentError: an argument that cannot be used, an export that was started before, or a request of more than
            10 MB.
        TypeError: an argument that there is not.
        RegionError: a region that cannot be measured.
        CollectionError: the collection holds no image (why, one request more finds out).
        RequestError: the queue has no room, or Earth Engine refused.
        NotInitializedError: no session is open.

    Warns:
        DayWarning: midnight UTC cuts a pass in two, near 157 degrees east.

    Requests: those by which `class_statistics` lists images and regions, one to list the tasks, one to start.

    Examples:
        >>> task = exports.export_table(images.limit(4), fields, "fields_2023", id="name", by="date")
        >>> task.wait().state
        'SUCCEEDED'

        The local engine writes to a folder in place of Drive; from Drive itself, fetch the file first. Then:

        >>> read = exports.read_exported("gee-scl-exports/drive/fields_2023.csv")
        >>> read.shape  # 6 regions x 2 days x 11 classes, and the columns of `class_statistics`
        (132, 8)
    """
    destination, rule = table_destination(to), Existing.of("existing", existing)
    plan = SurveyDesign.of("export_table", regions, statistics)
    door = Door(run)
    survey = plan.survey(images, door)
    scheme, keep = survey.measure.scheme, survey.regions.keep
    names = columns(survey.by, keep, scheme)
    named = valid_name(filled(name, {"scheme": scheme.name, "band": survey.measure.band}))
    file_format = destination.format if isinstance(destination, Files) else TableFormat.CSV
    with_outlines = file_format in _WITH_OUTLINES
    body = table_body(
        _labelled(survey, TableSettings.of(survey), _shapes(survey, destination, with_outlines=with_outlines)),
        destination.task_place(named, replace=rule is Existing.REPLACE),
        file_format,
        [*names, *([OUTLINE] if with_outlines else [])],
        door.run.priority,
    )
    request = TaskRequest.of(TABLE, named, door.run.tag, destination.address(named), body)
    return start_one(request, rule, door)


def _shapes(survey: Survey, destination: Destination, *, with_outlines: bool) -> ee.FeatureCollection | None:
    """What the rows have as geometry: outlines in vector data, points in an asset, which takes no row without one."""
    if not with_outlines and not isinstance(destination, Asset):
        return None
    outlines = survey.regions.to_features(REGION_KEY)
    if with_outlines:
        return outlines
    points: ee.FeatureCollection = outlines.map(
        lambda region: ee.Feature(ee.Feature(region).centroid(_CENTROID_ERROR).select([REGION_KEY]))
    )
    return points


def _labelled(survey: Survey, settings: TableSettings, shapes: ee.FeatureCollection | None) -> ee.FeatureCollection:
    """Rows with what people call their region and image: texts and numbers that files can hold."""
    places, by = survey.places, survey.by
    of_region = ee.Dictionary({str(place.key): _region_label(place, n, settings) for n, place in enumerate(places)})
    of_image = ee.Dictionary({scene.index: _scene_label(scene) for scene in survey.scenes})
    numbered, text = all(isinstance(place.key, int) for place in places), settings.to_json()

    def labelled(feature: ee.Feature) -> ee.Feature:
        row: Any = ee.Feature(feature)
        key = row.get(REGION_KEY)
        row = row.set(ee.Dictionary(of_region.get(ee.Number(key).format("%d") if numbered else key)))
        if by is By.IMAGE:
            row = row.set(ee.Dictionary(of_image.get(row.get("image"))))
        else:
            row = row.set({"time": row.get("day"), "date": ee.Date(row.get("day")).format("YYYY-MM-dd")})
        with_settings: ee.Feature = ee.Feature(row.set(SETTINGS, text))
        return with_settings

    # One map over all regions: a task has the time that requests have not.
    rows = _collection([section.whole().table() for section in survey.sections()]).flatten()
    if shapes is not None:
        rows = _with_shapes(rows, shapes)
    with_labels: ee.FeatureCollection = rows.map(labelled)
    return with_labels


def _with_shapes(rows: ee.FeatureCollection, shapes: ee.FeatureCollection) -> ee.FeatureCollection:
    """Rows with the shapes of their regions."""
    same = ee.Filter.equals(leftField=REGION_KEY, rightField=REGION_KEY)
    joined = _collection(ee.Join.saveFirst(_JOINED).apply(rows, shapes, same))

    def shaped(row: ee.Feature) -> ee.Feature:
        row = ee.Feature(row)
        # An asset takes no feature as a property.
        with_shape: ee.Feature = ee.Feature(
            ee.Feature(row.get(_JOINED)).geometry(), row.toDictionary().remove([_JOINED])
        )
        return with_shape

    with_shapes: ee.FeatureCollection = joined.map(shaped)
    return with_shapes


def _collection(features: object) -> Any:
    return ee.FeatureCollection(features)


def _region_label(place: Place, order: int, settings: TableSettings) -> dict[str, Any]:
    label = {"region": cell(place.id, settings.id_kind), ORDER: order}
    label |= {name: cell(value, settings.keep_kinds[name]) for name, value in place.kept.items()}
    # Earth Engine's dictionaries hold no null: what is missing is left out.
    return {name: content for name, content in label.items() if content is not None}


def _scene_label(scene: Scene) -> dict[str, Any]:
    label: dict[str, Any] = {}
    if scene.tile is not None:
        label["tile"] = scene.tile
    if scene.time is not None:
        label |= {"time": scene.time, "date": _moment(scene.time)}
    return label


def _moment(milliseconds: int) -> str:
    return f"{dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
