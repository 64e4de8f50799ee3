"""gee-scl transitions: which class became which between two periods, in each region."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

from gee_scl.commands.selection import (
    add_area,
    add_choice,
    add_output,
    add_run,
    opened,
    progress,
    run_of,
    said,
    scenes,
)
from gee_scl.errors import ArgumentError
from gee_scl.frames.record import PeriodRecord, required_record
from gee_scl.options.choices import Day, Pick
from gee_scl.options.files import check_new, check_table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from gee_scl.statistics.change_options import TransitionOptions

HELP = "which class became which between two periods, in each region"
DESCRIPTION = (
    "Measure how much of each region went from which class to which. What clouds hide in all images of a period is "
    "unknown, and is shown. Without REGIONS and periods and with --local: the sample's regions, April and August."
)
EXAMPLES = (
    "gee-scl transitions --local --chart change.png",
    "gee-scl transitions fields.geojson --before 2023-04-01 2023-05-01 --after 2023-08-01 2023-09-01 --project yours",
)

_SAMPLE_PERIODS = (("2023-04-01", "2023-05-01"), ("2023-08-01", "2023-09-01"))
"""Between them the sample's snow melts, its lake rises, and some of its fields are harvested."""

_PICTURES = (".png", ".svg", ".pdf")

_SQUARE_METRES_PER_HECTARE = 10_000


def add(command: argparse.ArgumentParser) -> None:
    """What the command is asked."""
    add_area(command)
    for side, first in (("before", "2023-04-01 2023-05-01"), ("after", "2023-08-01 2023-09-01")):
        command.add_argument(
            f"--{side}",
            nargs=2,
            metavar=("START", "END"),
            help=f"first day and the day after the last, such as {first} (UTC)",
        )
    command.add_argument("--scheme", default="land", help="grouping of the classes (default: land)")
    add_choice(command, "--pick", Pick, Pick.MODE)
    add_choice(command, "--day", Day, Day.UTC)
    command.add_argument("--keep", action="append", default=[], metavar="COLUMN", help="column to carry along")
    add_run(command)
    add_output(command, "write CSV, Parquet or Excel (.csv, .parquet, .xlsx), with all pairs of classes")
    command.add_argument("--chart", type=Path, metavar="FILE", help="write a chart of all regions: .png, .svg or .pdf")
    command.add_argument("--chart-kind", choices=("sankey", "matrix"), default="sankey", help="default: sankey")


def run(options: argparse.Namespace) -> None:
    """Measure; print or write the frame, and draw it."""
    import gee_scl
    from gee_scl.options.files import write_frame

    if options.output is not None:
        check_table(options.output, overwrite=options.overwrite)
    if options.chart is not None:
        check_new(options.chart, _PICTURES, overwrite=options.overwrite, argument="--chart")
    periods = _periods(options)
    how = run_of(options)
    area = opened(options)
    before, after = (scenes(options, area, start, end) for start, end in periods)
    measured: TransitionOptions = {
        "scheme": options.scheme,
        "pick": options.pick,
        "day": options.day,
        "id": area.id,
        "keep": options.keep,
    }
    if options.plan:
        print(gee_scl.plan_transitions(before, after, area.regions, run=how, **measured))
        return
    frame = gee_scl.transitions(before, after, area.regions, run=how, progress=progress(), **measured)
    if options.output is None:
        print(_readable(frame))
    else:
        write_frame(frame, options.output, overwrite=options.overwrite)
        print(f"{len(frame):,} rows in {options.output}")
    if options.chart is not None:
        _draw(frame, options)
        print(said(options.chart))


def _periods(options: argparse.Namespace) -> list[tuple[str, str]]:
    """Both periods; those of the sample where it is asked for without any."""
    given = {"--before": options.before, "--after": options.after}
    if options.local is True and not any(given.values()):
        told = ", ".join(f"{name} {start} {end}" for name, (start, end) in zip(given, _SAMPLE_PERIODS, strict=True))
        print(f"Periods of the sample: {told}", file=sys.stderr)
        return list(_SAMPLE_PERIODS)
    for name, period in given.items():
        if period is None:
            raise ArgumentError(name, None, "START END, the first day and the day after the last")
    return [(start, end) for start, end in given.values()]


def _readable(frame: pd.DataFrame) -> str:
    """A table of the pairs that have an area, the largest first, for each region."""
    import pandas as pd

    record = required_record(frame)
    sides = (f"{name} {_days(period)}" for name, period in (("before", record.before), ("after", record.after)))
    title = f"Hectares by class, {', '.join(sides)}; {record.regions} regions"
    if record.synthetic:
        title += ", synthetic pixels"
    parts = [title]
    width = max(map(len, frame["from_name"].cat.categories))
    for region, rows in frame[frame["area_m2"] > 0].groupby("region", sort=False):
        rows = rows.sort_values("area_m2", ascending=False, kind="stable")
        columns = {
            "before".ljust(width): rows["from_name"].astype(str).str.ljust(width),
            "after".ljust(width): rows["to_name"].astype(str).str.ljust(width),
            "hectares": rows["area_m2"] / _SQUARE_METRES_PER_HECTARE,
            "% of seen twice": rows["percent"],
            "% of region": rows["percent_of_region"],
        }
        shown = pd.DataFrame(columns).to_string(index=False, float_format="{:,.2f}".format, na_rep="")
        parts.append(f"{region}\n{shown}")
    parts.append("Unknown: in no image of the period one of the scheme's classes, as under clouds.")
    return "\n\n".join(parts)


def _days(period: PeriodRecord | None) -> str:
    return "" if period is None else f"{_span(period)} ({period.images} images)"


def _span(period: PeriodRecord) -> str:
    return " to ".join(dict.fromkeys(str(day) for day in (period.first, period.last)))


def _draw(frame: pd.DataFrame, options: argparse.Namespace) -> None:
    """The chart of all regions together."""
    import matplotlib as mpl

    from gee_scl import charts
    from gee_scl.classes.schemes import get_scheme
    from gee_scl.options.files import write_whole

    # A command opens no window.
    mpl.use("Agg")
    scheme = get_scheme(options.scheme)
    record = required_record(frame)
    if options.chart_kind == "matrix":
        axes = charts.transition_matrix(frame, scheme=scheme)
    else:
        before, after = (_span(period) for period in (record.before, record.after) if period is not None)
        axes = charts.transition_sankey(frame, scheme=scheme, titles=(before, after))
    kind = options.chart.suffix.lower().removeprefix(".")
    figure = cast("Figure", axes.figure)
    write_whole(options.chart, lambda path: figure.savefig(path, format=kind, dpi=200), overwrite=options.overwrite)
