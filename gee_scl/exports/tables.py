"""Class statistics as a table that tasks make: for more regions and images than a session can wait for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack

import ee

from gee_scl.errors import ArgumentError
from gee_scl.exports.cells import cell
from gee_scl.exports.destinations import Asset, Destination, Drive, Files, table_destination
from gee_scl.exports.names import filled, valid_name
from gee_scl.exports.queue import start_all
from gee_scl.exports.request import TABLE, TaskRequest
from gee_scl.exports.table_columns import ORDER, OUTLINE, SETTINGS, TableSettings, columns
from gee_scl.exports.table_export import TableExport
from gee_scl.exports.table_parts import TablePart, table_parts
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
    from gee_scl.statistics.plan import Plan
    from gee_scl.statistics.survey import Survey

__all__ = ["export_table", "plan_table"]

_JOINED = "shape"
"""Property that holds a row's shape while they are joined."""

_CENTROID_ERROR = 1.0
"""Metres."""

_NUMBERS = 100
"""Bytes by which a request may grow when it is known how many parts there are."""

_CELL = 8
"""Bytes of a cell in a CSV file, about: most counts are small, and many are 0."""

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
) -> TableExport:
    """Start what writes class statistics as a table: for more regions and images than a session can wait for.

    The numbers are those of `class_statistics`, by the same expressions. A row is a region on an image or day, with
    flat columns: `region`, the columns of `keep`, `image` and `tile` (by="image"), `date` (UTC text), `time`
    (milliseconds since 1970), `pixels_<value>` and `area_<value>` (square metres) for each class,
    `pixels_outside_scheme` (of values that the scheme does not know), `total` (the region's whole area on the same
    grid), `region_order` and `gee_scl` (how it was measured). `read_exported` makes the frame. Rows of an asset, which
    takes none without a geometry, have the centroid of their region.

    It is one task, or, where its request would have more than the 10 MB that Earth Engine takes, several: of some
    tiles, of a year of a tile, or of some of its regions. Each writes a file of its own.

    Args:
        images: as in `class_statistics`.
        regions: likewise.
        name: of the file or asset, and of the task: a text that may hold {scheme} and {band}. Of several, each has what
            it is of behind it, such as "fields_32TPS", "fields_32TPS_2023", or "fields_32TPS_2" for the second half of
            its regions.
        to: where it goes, and the file's format: `Drive`, `CloudStorage` or `Asset`.
        existing: as in `export_image`.
        run: how the job runs: limits of the requests, tag and priority of the tasks, how many there may be, and whether
            to wait where the queue is full.
        **statistics: `scheme`, `by`, `day`, `band`, `id`, `keep`, `weights`, `scale`, `crs` and `tile_scale`, as in
            `class_statistics`.

    Returns:
        A `TableExport`, the sequence of its tasks, which are under way.

    Raises:
        ArgumentError: an argument that cannot be used, an export that was started before, more tasks than `run` allows,
            or a request of more than 10 MB that cannot be cut, as an asset cannot; none is started then.
        TypeError: an argument that there is not.
        RegionError: a region that cannot be measured.
        CollectionError: the collection holds no image (why, one request more finds out).
        RequestError: the queue has no room, or Earth Engine refused.
        NotInitializedError: no session is open.

    Warns:
        DayWarning: midnight UTC cuts a pass in two, near 157 degrees east.
        BaselineWarning: some images are of before, and some of after a change of the classification.

    Requests: those by which `class_statistics` lists images and regions, one to list the tasks, one to start each.

    Examples:
        >>> export = exports.export_table(images.limit(4), fields, "fields_2023", id="name", by="date")
        >>> export.wait().state
        'SUCCEEDED'

        The local engine writes to a folder in place of Drive; from Drive itself, fetch the file first. Then:

        >>> read = exports.read_exported("gee-scl-exports/drive/fields_2023.csv")
        >>> read.shape  # 6 regions x 2 days x 11 classes, and the columns of `class_statistics`
        (132, 8)
    """
    destination, rule = table_destination(to), Existing.of("existing", existing)
    design = SurveyDesign.of("export_table", regions, statistics)
    door = Door(run)
    table = Table(design.survey(images, door), destination, rule, name)
    requests = [table.request(part) for part in table.parts]
    if len(requests) > door.run.most_tasks:
        hint = f"run=gee_scl.Run(most_tasks={len(requests)}) allows all of them."
        raise ArgumentError("regions", f"a table of {len(requests)} tasks", f"at most {door.run.most_tasks}", hint)
    return TableExport(table.name, door.run.tag, tuple(start_all(requests, rule, door)), tuple(requests))


@checked()
def plan_table(
    images: ee.Image | ee.ImageCollection,
    regions: object,
    name: str = "statistics_{scheme}",
    *,
    to: Destination = Drive(),  # noqa: B008 - it cannot change
    run: Run | None = None,
    **statistics: Unpack[StatisticsOptions],
) -> Plan:
    """Say what `export_table` would start with the same arguments; nothing is started.

    Args:
        images: as in `export_table`, like all arguments.
        regions: likewise.
        name: likewise.
        to: likewise.
        run: likewise.
        **statistics: likewise.

    Returns:
        A `Plan` that prints as a table: `requests` are those that start a task each, `tasks` their names (of which the
        first and the last are printed), `bytes_up` what they send, and `bytes_down` the files' size, about, without
        outlines.

    Raises:
        TypeError: an argument that there is not.
        ArgumentError: an argument that cannot be used.
        RegionError: a region that cannot be measured.
        CollectionError: the collection holds no image; why, one request more finds out.
        NotInitializedError: no session is open.

    Requests: those by which `class_statistics` lists images and regions.

    Examples:
        >>> plan = exports.plan_table(images, fields, "fields_2023", id="name", by="date")
        >>> plan.pairs, plan.tasks
        (54, ('fields_2023',))
    """
    from gee_scl.statistics.plan import plan_of_pieces

    destination = table_destination(to)
    design = SurveyDesign.of("plan_table", regions, statistics)
    table = Table(design.survey(images, Door(run)), destination, Existing.REFUSE, name)
    requests = [table.request(part) for part in table.parts]
    plan = plan_of_pieces(table.survey, [piece for part in table.parts for piece in part.pieces])
    return replace(
        plan,
        requests=len(requests),
        tasks=tuple(request.mark.name for request in requests),
        bytes_up=sum(request.size for request in requests),
        bytes_down=plan.pairs * table.row_bytes,
    )


@dataclass(frozen=True, eq=False)
class Table:
    """What is exported, and where to.

    Attributes:
        survey: what is measured.
        destination: where it goes.
        rule: what becomes of an export that is there.
        template: of its name.
    """

    survey: Survey
    destination: Destination
    rule: Existing
    template: str

    @cached_property
    def name(self) -> str:
        """Of the table."""
        measure = self.survey.measure
        return valid_name(filled(self.template, {"scheme": measure.scheme.name, "band": measure.band}))

    @cached_property
    def settings(self) -> TableSettings:
        """What each row says of how it was measured."""
        return TableSettings.of(self.survey)

    @property
    def columns(self) -> list[str]:
        """Of a file."""
        return columns(self.survey.by, self.survey.regions.keep, self.survey.measure.scheme)

    @property
    def row_bytes(self) -> int:
        """Of a row in a CSV file, about."""
        return len(self.settings.to_json()) + _CELL * len(self.columns)

    @cached_property
    def parts(self) -> list[TablePart]:
        """What its tasks write. An asset is one: its rows are not read from files, which can be put together."""
        sections, most = self.survey.sections(), self.survey.door.run.limits.request_bytes - _NUMBERS
        if isinstance(self.destination, Asset):
            return table_parts(sections, lambda _: 0, most)
        # Where the outlines alone are too much, nothing else needs to be written out.
        return table_parts(
            sections, lambda part: part.outline_bytes if part.outline_bytes > most else self.request(part).size, most
        )

    def request(self, part: TablePart) -> TaskRequest:
        """For the task of a part."""
        destination, run = self.destination, self.survey.door.run
        name = valid_name(part.named(self.name))
        file_format = destination.format if isinstance(destination, Files) else TableFormat.CSV
        outlines = [OUTLINE] if file_format in _WITH_OUTLINES else []
        body = table_body(
            self._labelled(part, self._shapes(part, with_outlines=bool(outlines))),
            destination.task_place(name, replace=self.rule is Existing.REPLACE),
            file_format,
            [*self.columns, *outlines],
            run.priority,
        )
        return TaskRequest.of(TABLE, name, run.tag, destination.address(name), body)

    def _shapes(self, part: TablePart, *, with_outlines: bool) -> ee.FeatureCollection | None:
        """What the rows have as geometry: outlines in vector data, points in an asset, which takes no row without."""
        if not with_outlines and not isinstance(self.destination, Asset):
            return None
        outlines = part.pieces[0].subject.features(part.places)
        if with_outlines:
            return outlines
        points: ee.FeatureCollection = outlines.map(
            lambda region: ee.Feature(ee.Feature(region).centroid(_CENTROID_ERROR).select([REGION_KEY]))
        )
        return points

    def _labelled(self, part: TablePart, shapes: ee.FeatureCollection | None) -> ee.FeatureCollection:
        """Rows with what people call their region and image: texts and numbers that files can hold."""
        places, by = self.survey.places, self.survey.by
        settings = self.settings.of_part(part.number, part.count, part.cut)
        of_region = ee.Dictionary({str(places[n].key): _region_label(places[n], n, settings) for n in part.places})
        of_image = ee.Dictionary({s.index: _scene_label(s) for piece in part.pieces for s in piece.scenes})
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
        rows = self.survey.measure.flat(_collection([piece.table() for piece in part.pieces]).flatten())
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
