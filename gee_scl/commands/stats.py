"""gee-scl stats: how much of each class is in each region."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from gee_scl.commands.selection import (
    add_choice,
    add_days,
    add_output,
    add_run,
    add_selection,
    progress,
    run_of,
    selected,
)
from gee_scl.options.choices import By, Weights
from gee_scl.options.files import check_table

if TYPE_CHECKING:
    from gee_scl.statistics.options import StatisticsOptions

HELP = "how much of each class is in each region"
DESCRIPTION = "Count SCL classes per region and date. Without REGIONS and with --local: the sample's regions."
EXAMPLES = (
    "gee-scl stats --local --start 2023-05-01 --end 2023-06-01",
    "gee-scl stats --local --start 2023-05-01 --end 2023-09-01 --plan",
    "gee-scl stats fields.geojson --id name --start 2023-05-01 --end 2023-09-01 --project your-project -o fields.xlsx",
)


def add(command: argparse.ArgumentParser) -> None:
    """What the command is asked."""
    add_selection(command)
    command.add_argument("--keep", action="append", default=[], metavar="COLUMN", help="column to carry along")
    command.add_argument("--scheme", default="scl", help="grouping of the classes (default: scl)")
    add_days(command, By.DATE)
    add_choice(command, "--weights", Weights, Weights.CENTRE)
    command.add_argument("--crs", metavar="CODE", help="such as EPSG:3035, ESRI:54009 or WKT; default: the band's own")
    command.add_argument("--scale", type=float, metavar="METRES", help="default: the band's own 20 m grid")
    command.add_argument("--all", action="store_true", help="print every date, however many")
    add_run(command)
    add_output(command, "write CSV, Parquet or Excel (.csv, .parquet, .xlsx), with all columns")


def run(options: argparse.Namespace) -> None:
    """Measure, and print or write the frame."""
    import gee_scl
    from gee_scl.commands.text import readable
    from gee_scl.options.files import write_frame

    if options.output is not None:
        check_table(options.output, overwrite=options.overwrite)
    how = run_of(options)
    selection = selected(options)
    statistics: StatisticsOptions = {
        "scheme": options.scheme,
        "by": options.by,
        "day": options.day,
        "id": selection.id,
        "keep": options.keep,
        "weights": options.weights,
        "scale": options.scale,
        "crs": options.crs,
    }
    if options.plan:
        print(gee_scl.plan(selection.images, selection.regions, run=how, **statistics))
        return
    frame = gee_scl.class_statistics(selection.images, selection.regions, run=how, progress=progress(), **statistics)
    if options.output is None:
        print(readable(frame, everything=options.all))
        return
    write_frame(frame, options.output, overwrite=options.overwrite)
    print(f"{len(frame):,} rows in {options.output}")
