"""gee-scl export: class rasters and statistics to Drive, Cloud Storage or assets, or a raster to this machine."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gee_scl.commands.help import with_examples
from gee_scl.commands.selection import (
    add_choice,
    add_days,
    add_output,
    add_selection,
    progress,
    said,
    selected,
)
from gee_scl.errors import ArgumentError
from gee_scl.options.choices import By, Choice, Existing, TableFormat
from gee_scl.requests.run import DEFAULT_TAG, Run

if TYPE_CHECKING:
    from gee_scl.exports import Task
    from gee_scl.exports.destinations import Destination

HELP = "class rasters and statistics to Drive, Cloud Storage or assets, or to this machine"
DESCRIPTION = (
    "Export what REGIONS and period select. Tasks go on without this command; gee-scl tasks shows them. A local engine "
    "that this command starts is waited for."
)
EXAMPLES = (
    "gee-scl export images --local --start 2023-05-01 --end 2023-06-01 --preview",
    "gee-scl export table fields.geojson --id name --start 2023-05-01 --end 2023-09-01 --project your-project",
    "gee-scl export file --local --date 2023-06-15 -o june.tif",
)


class _To(Choice):
    """Where tasks write."""

    DRIVE = "drive", "Google Drive"
    CLOUD = "cloud", "a bucket of Cloud Storage"
    ASSET = "asset", "Earth Engine's assets"


def add(command: argparse.ArgumentParser) -> None:
    """Say what the command is asked."""
    kinds = command.add_subparsers(dest="kind", metavar="KIND", required=True)
    rasters = kinds.add_parser(
        "images",
        help="one task for each scene or day",
        description="Export the classes of each scene or day as a raster, by one task each.",
        **with_examples(
            "gee-scl export images --local --start 2023-05-01 --end 2023-06-01 --preview",
            "gee-scl export images fields.geojson --start 2023-05-01 --end 2023-06-01 --project your-project",
        ),
    )
    add_selection(rasters)
    _add_classes(rasters)
    _add_task(rasters, "{tile}_{date}_{scheme}")
    rasters.add_argument("--whole", action="store_true", help="whole tiles, not the regions' bounds")
    rasters.add_argument("--preview", action="store_true", help="show what would be started, and start nothing")
    table = kinds.add_parser(
        "table",
        help="class statistics of all regions, as one task, or as several where they are many",
        description="Export what `gee-scl stats` counts as a table, by one task, or by several where regions are many.",
        **with_examples(
            "gee-scl export table --local --start 2023-05-01 --end 2023-05-10",
            "gee-scl export table --local --start 2023-05-01 --end 2023-05-10 --plan",
            "gee-scl export table fields.geojson --id name --start 2023-05-01 --end 2023-09-01 --project your-project",
        ),
    )
    add_selection(table)
    _add_classes(table)
    _add_task(table, "statistics_{scheme}")
    table.add_argument("--keep", action="append", default=[], metavar="COLUMN", help="column to carry along")
    add_choice(table, "--format", TableFormat, TableFormat.CSV)
    table.add_argument("--plan", action="store_true", help="show what would be started, and start nothing")
    file = kinds.add_parser(
        "file",
        help="a day's classes, as a GeoTIFF of this machine",
        description="Write the classes of a day as a GeoTIFF on this machine, without a task.",
        **with_examples(
            "gee-scl export file --local --date 2023-06-15 -o june.tif",
            "gee-scl export file 11.58,46.42,11.6,46.44 --start 2023-06-01 --project your-project -o june.tif",
        ),
    )
    add_selection(file)
    file.add_argument("--scheme", default="scl", help="grouping of the classes (default: scl)")
    file.add_argument("--date", help="the day, such as 2023-05-14 (UTC); by default the first with scenes")
    file.add_argument("--scale", type=float, metavar="METRES", help="default: the band's own 20 m grid")
    file.add_argument("--crs", help="such as EPSG:3035, ESRI:54009 or WKT; default: the band's own")
    file.add_argument("--whole", action="store_true", help="all of the day's tiles, not the regions' bounds")
    add_output(file, "the GeoTIFF", "scl.tif")


def _add_classes(command: argparse.ArgumentParser) -> None:
    command.add_argument("--scheme", default="scl", help="grouping of the classes (default: scl)")
    add_days(command, By.DATE)
    command.add_argument("--scale", type=float, metavar="METRES", help="default: the band's own 20 m grid")
    command.add_argument("--crs", help="such as EPSG:3035, ESRI:54009 or WKT; default: the band's own")


def _add_task(command: argparse.ArgumentParser, name: str) -> None:
    add_choice(command, "--to", _To, _To.DRIVE)
    command.add_argument("--folder", help="of Drive, in the bucket, or of assets")
    command.add_argument("--bucket", help="of Cloud Storage")
    command.add_argument("--name", default=name, help=f"of files and tasks (default: {name})")
    command.add_argument("--tag", default=DEFAULT_TAG, help="by which gee-scl tasks finds them (default: gee-scl)")
    existing = command.add_mutually_exclusive_group()
    existing.add_argument("--keep-existing", action="store_true", help="start only what was not started before")
    existing.add_argument("--replace", action="store_true", help="start again what was started before")
    command.add_argument("--most", type=int, default=100, metavar="COUNT", help="refuse more tasks (default: 100)")
    command.add_argument("--wait", action="store_true", help="until all tasks are done")


def run(options: argparse.Namespace) -> None:
    """Export."""
    {"images": _images, "table": _table, "file": _file}[options.kind](options)


def _images(options: argparse.Namespace) -> None:
    from gee_scl.exports import export_collection, preview_exports

    selection = selected(options)
    shared: dict[str, Any] = {
        "by": options.by,
        "day": options.day,
        "scheme": options.scheme,
        "region": None if options.whole else selection.regions,
        "scale": options.scale,
        "crs": options.crs,
        "to": _destination(options),
        "run": Run(tag=options.tag, most_tasks=options.most),
    }
    if options.preview:
        frame = preview_exports(selection.images, options.name, **shared)
        print(frame.drop(columns=["image"]).to_string(index=False))
        print(f"{len(frame)} tasks, {frame['megabytes'].sum():,.1f} MB without compression")
        return
    started = export_collection(
        selection.images, options.name, **shared, existing=_existing(options), progress=progress()
    )
    _told(started, options)


def _table(options: argparse.Namespace) -> None:
    from gee_scl.exports import export_table, plan_table

    selection = selected(options)
    what = selection.images, selection.regions, options.name
    shared: dict[str, Any] = {
        "to": _destination(options, options.format),
        "run": Run(tag=options.tag, most_tasks=options.most),
        "scheme": options.scheme,
        "by": options.by,
        "day": options.day,
        "id": selection.id,
        "keep": options.keep,
        "scale": options.scale,
        "crs": options.crs,
    }
    if options.plan:
        print(plan_table(*what, **shared))
        return
    _told(export_table(*what, **shared, existing=_existing(options)), options)


def _destination(options: argparse.Namespace, table_format: str = TableFormat.CSV) -> Destination:
    """Where tasks write.

    Raises:
        ArgumentError: a bucket and something else than Cloud Storage, or none for it.
    """
    from gee_scl.exports import Asset, CloudStorage, Drive

    to = _To(options.to)  # type: ignore[call-arg]
    if to is not _To.CLOUD and options.bucket is not None:
        raise ArgumentError("--bucket", options.bucket, "None, except with --to cloud")
    if to is _To.CLOUD:
        return CloudStorage(options.bucket, options.folder, table_format=table_format)
    return Asset(options.folder) if to is _To.ASSET else Drive(options.folder, table_format=table_format)


def _existing(options: argparse.Namespace) -> Existing:
    return Existing.KEEP if options.keep_existing else Existing.REPLACE if options.replace else Existing.REFUSE


def _told(started: Sequence[Task], options: argparse.Namespace) -> None:
    from gee_scl.commands.tasks import wait_and_show
    from gee_scl.session import is_url

    # With the command ends the engine that it has started, and with the engine its tasks.
    if options.wait or (options.local is not None and not is_url(options.local)):
        wait_and_show(started)
        return
    for task in started:
        print(task.name)
    print(f"{len(started)} tasks are under way: gee-scl tasks --tag {options.tag} --wait")


def _file(options: argparse.Namespace) -> None:
    import ee

    from gee_scl.errors import CollectionError
    from gee_scl.exports import download_image
    from gee_scl.options.checks import DAY_MILLISECONDS, checked_moment
    from gee_scl.options.files import check_new
    from gee_scl.requests.door import Door
    from gee_scl.scenes.emptiness import nothing, reasons
    from gee_scl.scenes.mosaics import daily_mosaics

    check_new(options.output, overwrite=options.overwrite)
    start = None if options.date is None else checked_moment(options.date, "--date")
    selection, door = selected(options), Door()
    images = selection.images
    if start is not None:
        start -= start % DAY_MILLISECONDS
        images = images.filter(ee.Filter.greaterThanOrEquals("system:time_start", start))
        images = images.filter(ee.Filter.lessThan("system:time_start", start + DAY_MILLISECONDS))
    if not door.value("Counting the images", images.limit(1).size()):
        if start is None:
            raise nothing("images", images, door)
        hint = f"{reasons(images, door)} Check regions, period and --max-cloud."
        raise CollectionError("--date", options.date, "a day with scenes", hint.lstrip())
    written = download_image(
        ee.Image(daily_mosaics(images, day="utc").first()),
        options.output,
        scheme=options.scheme,
        region=None if options.whole else selection.regions,
        scale=options.scale,
        crs=options.crs,
        overwrite=options.overwrite,
        progress=progress(),
    )
    print(f"{said(written.path)}: {written.width} x {written.height} pixels")
