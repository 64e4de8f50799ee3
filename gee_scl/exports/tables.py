"""Class statistics as a table made by a task, and the reader that turns it into the frame of `class_statistics`."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import ee

from gee_scl.classes.scheme_class import SchemeClass
from gee_scl.classes.schemes import SCHEMES, Scheme, get_scheme
from gee_scl.errors import ArgumentError
from gee_scl.exports.images import To, encoded, place_of
from gee_scl.exports.journal import Export
from gee_scl.exports.names import DEFAULT_TAG, check_tag, filled, valid_name
from gee_scl.exports.starting import Existing, check_existing, start
from gee_scl.exports.task import Task
from gee_scl.frames.answers import REGION_KEY, pixels_and_areas
from gee_scl.frames.record import ATTRS_KEY, Record
from gee_scl.frames.region_warning import warn_of_regions
from gee_scl.options.checks import as_collection, number_between, one_of
from gee_scl.options.choices import By, Day, Layout, Value, Weights
from gee_scl.regions.place import Place
from gee_scl.requests.door import Door
from gee_scl.scenes.scene import Scene
from gee_scl.statistics.grid import Grid
from gee_scl.statistics.measure import Measure
from gee_scl.statistics.survey import Survey

if TYPE_CHECKING:
    import pandas as pd


Format = Literal["CSV", "GeoJSON", "SHP", "KML", "KMZ", "TFRecord"]

FORMATS = ("CSV", "GeoJSON", "SHP", "KML", "KMZ", "TFRecord")
"""What Export.table offers; Parquet is not among it
(https://developers.google.com/earth-engine/guides/exporting_tables)."""

_WITH_OUTLINES = ("GeoJSON", "SHP", "KML", "KMZ")
"""Formats of vector data: a row without a geometry is of no use there, and Shapefiles do not take it."""

_SETTINGS = "gee_scl"
"""The column that says how a row was measured, as JSON. It is in each row, so that parts of a table, tables put
together, and tables that other programs have sorted can be read."""

_ORDER = "region_order"
_OWN = ("region", _ORDER, "image", "tile", "date", "time", "total", _SETTINGS)
"""Columns that a table has besides those of the classes and those that are kept."""


_MISSING = ""


def export_table(
    images: ee.Image | ee.ImageCollection,
    regions: object,
    name: str = "statistics_{scheme}",
    *,
    to: To = "drive",
    folder: str | None = None,
    bucket: str | None = None,
    format: Format = "CSV",
    scheme: str | Scheme = "scl",
    by: By | str = "image",
    day: Day | str = "utc",
    band: str = "SCL",
    id: str | None = None,
    keep: Sequence[str] = (),
    weights: Weights | str = "centre",
    scale: float | None = None,
    crs: object = None,
    tile_scale: float = 1,
    tag: str = DEFAULT_TAG,
    priority: int | None = None,
    existing: Existing = "refuse",
    wait_for_room: bool = False,
) -> Task:
    """Starts a task that writes class statistics as a table: for more regions and images than a session can wait for.

    The numbers are those of `class_statistics`, by the same expressions. A row is a region on an image or day, with
    flat columns: `region`, the columns of `keep`, `image` and `tile` (by="image"), `date` (UTC text), `time`
    (milliseconds since 1970), `pixels_<value>` and `area_<value>` (square metres) for each class, `total` (the region's
    whole area on the same grid), `region_order` and `gee_scl` (how it was measured). `read_exported` makes the frame.

    Args:
        images: as in `class_statistics`.
        regions: likewise. Outlines that are known here are sent with the request, 10 MB at most.
        name: of the file or asset, and of the task: a text that may hold {scheme} and {band}.
        to: "drive", "cloud" (Cloud Storage) or "asset".
        folder: as in `export_image`.
        bucket: likewise.
        format: "CSV"; "GeoJSON", "SHP", "KML" or "KMZ", which have the regions' outlines too; "TFRecord". Shapefiles
            cut the names of columns after ten characters. An asset has none of them.
        scheme: as in `class_statistics`, like all that are not named here.
        by: likewise.
        day: likewise.
        band: likewise.
        id: likewise.
        keep: likewise.
        weights: likewise.
        scale: likewise.
        crs: likewise.
        tile_scale: likewise.
        tag: as in `export_image`.
        priority: likewise.
        existing: likewise.
        wait_for_room: likewise.

    Returns:
        The task, which is under way.

    Raises:
        ArgumentError: an argument that cannot be used, an export that was started before, or a request of more than
            10 MB.
        RegionError: a region that cannot be measured.
        CollectionError: the collection is empty.
        RequestError: the queue has no room, or Earth Engine refused.
        NotInitializedError: no session is open.

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
    from gee_scl.regions.as_regions import as_regions

    one_of("format", format, FORMATS)
    check_existing(existing)
    check_tag(tag)
    if priority is not None:
        number_between("priority", priority, 0, 9999)
    measure, grid = Measure.of(get_scheme(scheme), band, weights, tile_scale), Grid.of(scale, crs)
    rows_of, clock = By.of("by", by), Day.of("day", day)
    given = as_regions(regions, id=id, keep=keep)
    _check_kept(given.keep, measure.scheme)
    place = place_of(to, folder, bucket)
    named = valid_name(filled(name, {"scheme": measure.scheme.name, "band": band}))
    survey = Survey.of(as_collection(images), given, measure, grid, Door(), by=rows_of, day=clock)
    places, scenes = survey.places, survey.scenes
    settings = _settings(survey)
    rows = ee.FeatureCollection([piece.table() for piece in survey.pieces()]).flatten()
    outlines = given.to_features(REGION_KEY) if to != "asset" and format in _WITH_OUTLINES else None
    table = _labelled(rows, rows_of, places, scenes, settings, outlines)
    body = _body(table, named, place, format, _columns(rows_of, given.keep, measure.scheme), existing, priority)
    export = Export.of("EXPORT_FEATURES", named, tag, place.address(named), body)
    (task,) = start([export], existing, wait_for_room=wait_for_room)
    if task is None:
        raise ArgumentError(
            "existing", existing, "'replace', as an asset of this name exists that no task here has made"
        )
    return task


def _check_kept(keep: Sequence[str], scheme: Scheme) -> None:
    taken = [name for name in keep if name in (*_OWN, *pixels_and_areas(scheme.values)) or name.startswith("system:")]
    if taken:
        raise ArgumentError("keep", taken, f"columns of other names than the table's own: {', '.join(_OWN)}")


def _columns(by: By, keep: Sequence[str], scheme: Scheme) -> list[str]:
    times = ["image", "tile", "date", "time"] if by is By.IMAGE else ["date", "time"]
    return ["region", *keep, *times, *pixels_and_areas(scheme.values), "total", _ORDER, _SETTINGS]


def _settings(survey: Survey) -> str:
    """All that a row does not say itself, as JSON: how it was measured, the scheme, and the types of texts."""
    scheme, places = survey.measure.scheme, survey.places
    classes = [[m.value, m.name, m.color, list(m.codes)] for m in scheme.classes]
    own = {"title": scheme.title, "classes": classes, "source": list(scheme.source)}
    return json.dumps(
        {
            "record": survey.record(requests=0).to_attrs(),
            "scheme": None if SCHEMES.get(scheme.name) == scheme else own,
            "id": _kind([place.id for place in places]),
            "keep": {name: _kind([place.kept[name] for place in places]) for name in survey.regions.keep},
        },
        separators=(",", ":"),
    )


def _kind(values: Iterable[object]) -> str:
    """Which type a column's texts are to get back: of different ones, each value is written as JSON."""
    kinds = {type(_plain(value)).__name__ for value in values if value is not None}
    return kinds.pop() if len(kinds) == 1 and kinds <= {"str", "int", "float", "bool"} else "json"


def _collection(features: object) -> ee.FeatureCollection:
    collection: ee.FeatureCollection = ee.FeatureCollection(features)
    return collection


def _labelled(
    rows: ee.FeatureCollection,
    by: By,
    places: Sequence[Place],
    scenes: Sequence[Scene],
    settings: str,
    outlines: ee.FeatureCollection | None,
) -> ee.FeatureCollection:
    """Rows with what people call their region and image: texts and numbers that files can hold."""
    kinds = json.loads(settings)
    of_region = ee.Dictionary({str(place.key): _region_label(place, n, kinds) for n, place in enumerate(places)})
    of_image = ee.Dictionary({scene.index: _scene_label(scene) for scene in scenes})
    numbered = all(isinstance(place.key, int) for place in places)

    def labelled(feature: ee.Feature) -> ee.Feature:
        row: Any = ee.Feature(feature)
        key = row.get(REGION_KEY)
        row = row.set(ee.Dictionary(of_region.get(ee.Number(key).format("%d") if numbered else key)))
        if by is By.IMAGE:
            row = row.set(ee.Dictionary(of_image.get(row.get("image"))))
        else:
            row = row.set({"time": row.get("day"), "date": ee.Date(row.get("day")).format("YYYY-MM-dd")})
        done: ee.Feature = ee.Feature(row.set(_SETTINGS, settings))
        return done

    if outlines is not None:
        same = ee.Filter.equals(leftField=REGION_KEY, rightField=REGION_KEY)
        rows = ee.FeatureCollection(ee.Join.saveFirst("outline").apply(rows, outlines, same))
        rows = rows.map(lambda row: ee.Feature(row).setGeometry(ee.Feature(ee.Feature(row).get("outline")).geometry()))
    return _collection(rows.map(labelled))


def _region_label(place: Place, order: int, kinds: Mapping[str, Any]) -> dict[str, Any]:
    label = {"region": _cell(place.id, kinds["id"]), _ORDER: order}
    label |= {name: _cell(value, kinds["keep"][name]) for name, value in place.kept.items()}
    # Earth Engine's dictionaries hold no null: what is missing is left out.
    return {name: value for name, value in label.items() if value is not None}


def _cell(value: Any, kind: str) -> Any:
    plain = _plain(value)
    return json.dumps(plain, default=str) if kind == "json" and plain is not None else plain


def _plain(value: Any) -> Any:
    """A number of numpy as one of Python."""
    return value.item() if hasattr(value, "item") else value


def _scene_label(scene: Scene) -> dict[str, Any]:
    label: dict[str, Any] = {}
    if scene.tile is not None:
        label["tile"] = scene.tile
    if scene.time is not None:
        label |= {"time": scene.time, "date": _iso(scene.time)}
    return label


def _iso(milliseconds: int) -> str:
    return f"{dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def _body(
    table: ee.FeatureCollection,
    name: str,
    place: Any,
    format: str,
    columns: Sequence[str],
    existing: str,
    priority: int | None,
) -> dict[str, Any]:
    common: dict[str, Any] = {} if priority is None else {"priority": int(priority)}
    export = ee.batch.Export.table
    if place.to == "asset":
        task = export.toAsset(table, name, assetId=place.address(name), overwrite=existing == "replace", **common)
        return encoded(task.config)
    common |= {"fileFormat": format, "selectors": [*columns, *([".geo"] if format in _WITH_OUTLINES else [])]}
    if place.to == "drive":
        folder = {} if place.folder is None else {"folder": place.folder}
        return encoded(export.toDrive(table, name, fileNamePrefix=name, **folder, **common).config)
    prefix = "/".join(part.strip("/") for part in (place.folder, name) if part)
    return encoded(export.toCloudStorage(table, name, bucket=place.bucket, fileNamePrefix=prefix, **common).config)


# --- Reading back -----------------------------------------------------------------------------------------------------


def read_exported(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    layout: Layout | str = "long",
    value: Value | str = "percent",
) -> pd.DataFrame:
    """Reads what `export_table` has written as the frame that `class_statistics` gives of the same.

    Args:
        paths: a .csv or .geojson file, a folder of them, or several; all parts of one table.
        layout: as in `class_statistics`.
        value: as in `class_statistics`.

    Returns:
        The frame. `attrs["gee_scl"]` has what `class_statistics` says of the work; requests are 0, and regions that no
        image meets, of which a table has no row, are named by their position among the regions.

    Raises:
        ArgumentError: no such file; a file of another kind; a table that `export_table` has not written; files that
            were measured in different ways.

    Warns:
        RegionWarning: some regions have no row.

    No request is made.

    Examples:
        >>> status = exports.export_table(images, fields, "fields_2023", id="name", by="date").wait()
        >>> read = exports.read_exported("gee-scl-exports/drive/fields_2023.csv")
        >>> pd.testing.assert_frame_equal(read, frame)  # what `class_statistics` gives of the same

        >>> wide = exports.read_exported("gee-scl-exports/drive/fields_2023.csv", layout="wide")
        >>> wide.loc[wide["region"] == "Lake", "Water"].round(1).tolist()  # percent of the classified area, by day
        [20.8, 50.1, 15.5, 39.6, 56.8, 33.9, 36.4, 42.0, 0.0]
    """
    import pandas as pd

    from gee_scl.frames.statistics_frame import statistics_frame

    layout, value = Layout.of("layout", layout), Value.of("value", value)
    table = pd.concat([_read(path) for path in _files(paths)], ignore_index=True)
    settings, record = _read_settings(table)
    scheme = _scheme(record.scheme, settings["scheme"])
    by = By.of("by", record.by)
    table = table.drop_duplicates([_ORDER, "image" if by is By.IMAGE else "time"])
    numbers = [*pixels_and_areas(scheme.values), "total", _ORDER, "time"]
    missing = [name for name in numbers if name not in table]
    if missing:
        raise ArgumentError("paths", missing, f"a table with the columns {', '.join(numbers)}")
    table[numbers] = table[numbers].apply(lambda column: pd.to_numeric(column.replace(_MISSING, None)))
    places = _places(table, settings)
    rows = [
        {REGION_KEY: order, **({"image": image} if by is By.IMAGE else {"day": time})}
        for order, image, time in zip(
            table[_ORDER], table["image"] if by is By.IMAGE else table["time"], table["time"], strict=True
        )
    ]
    measured = table[[*pixels_and_areas(scheme.values), "total"]].to_dict("records")
    frame, _ = statistics_frame(
        [row | {str(name): number for name, number in sums.items()} for row, sums in zip(rows, measured, strict=True)],
        scheme,
        places,
        _scenes(table) if by is By.IMAGE else [],
        list(settings["keep"]),
        by=by,
        weights=Weights.of("weights", record.weights),
        layout=layout,
        value=value,
    )
    met = {int(place.key) for place in places}
    absent = [position for position in range(record.regions) if position not in met]
    replace(record, regions_without_image=tuple(absent)).put_on(frame)
    warn_of_regions(absent, record.regions, "have no row; counted from 0, these")
    return frame


def _files(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[Path]:
    given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    files: list[Path] = []
    for path in map(Path, given):
        if path.is_dir():
            files += sorted(file for file in path.iterdir() if file.suffix.lower() in _READERS)
        elif path.is_file():
            files.append(path)
        else:
            raise ArgumentError("paths", str(path), "files or folders that exist")
    if not files:
        raise ArgumentError("paths", [str(path) for path in given], "at least one .csv or .geojson file")
    for file in files:
        if file.suffix.lower() not in _READERS:
            raise ArgumentError("paths", str(file), "files that end in .csv or .geojson")
    return files


def _read(path: Path) -> pd.DataFrame:
    table = _READERS[path.suffix.lower()](path)
    if _SETTINGS not in table or _ORDER not in table or table.empty:
        raise ArgumentError("paths", str(path), "a table that gee_scl.exports.export_table has written")
    return table


def _read_csv(path: Path) -> pd.DataFrame:
    import pandas as pd

    # As texts: "007" is no number, and an empty cell is a missing value of whatever type.
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")


def _read_geojson(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return pd.DataFrame([feature["properties"] for feature in document["features"]], dtype=object).astype(object)
    except (ValueError, LookupError, TypeError) as error:
        raise ArgumentError("paths", str(path), "GeoJSON, a FeatureCollection", str(error)) from error


_READERS = {".csv": _read_csv, ".geojson": _read_geojson}


def _read_settings(table: pd.DataFrame) -> tuple[dict[str, Any], Record]:
    texts = table[_SETTINGS].unique()
    if len(texts) > 1:
        raise ArgumentError("paths", f"rows of {len(texts)} kinds", "parts of one table, measured in one way")
    try:
        settings: dict[str, Any] = json.loads(texts[0])
        record = Record.from_attrs({ATTRS_KEY: settings["record"]})
        settings["scheme"], settings["id"], settings["keep"]
    except (ValueError, TypeError, LookupError) as error:
        raise ArgumentError("paths", texts[0], f"a column {_SETTINGS!r} as export_table writes it") from error
    if record is None:
        raise ArgumentError("paths", texts[0], f"a column {_SETTINGS!r} as export_table writes it")
    return settings, record


def _scheme(name: str, own: Mapping[str, Any] | None) -> Scheme:
    if own is None:
        return get_scheme(name)
    classes = tuple(SchemeClass(value, label, color, tuple(codes)) for value, label, color, codes in own["classes"])
    return Scheme(name, own["title"], classes, tuple(own["source"]))


def _places(table: pd.DataFrame, settings: Mapping[str, Any]) -> list[Place]:
    """The regions that have rows, in the order in which they were given."""
    first = table.drop_duplicates(_ORDER).sort_values(_ORDER)
    return [
        Place(
            int(row[_ORDER]),
            _value(row["region"], settings["id"]),
            {name: _value(row.get(name), kind) for name, kind in settings["keep"].items()},
            (0.0, 0.0),
            0.0,
        )
        for row in first.to_dict("records")
    ]


def _scenes(table: pd.DataFrame) -> list[Scene]:
    first = table.drop_duplicates("image").to_dict("records")
    return [
        Scene(row["image"], None if row["time"] != row["time"] else int(row["time"]), row.get("tile") or None, "", 0.0)
        for row in first
    ]


def _value(cell: Any, kind: str) -> Any:
    """What stood in a region's property, from a cell of a file."""
    if cell is None or cell == _MISSING or cell != cell:
        # An empty text cannot be told from none in a CSV file.
        return None
    if kind == "json":
        return json.loads(cell)
    if kind == "bool":
        return cell is True or str(cell).lower() in ("true", "1", "1.0")
    if kind == "int":
        return int(float(cell))
    return float(cell) if kind == "float" else str(cell)
