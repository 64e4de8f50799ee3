"""gee-scl report: one HTML page for regions and a period."""

from __future__ import annotations

import argparse

from gee_scl.commands.selection import add_choice, add_output, add_selection, progress, said, selected
from gee_scl.options.choices import Day

HELP = "one HTML page for regions and a period: pictures, class map, series, tables, settings"
DESCRIPTION = (
    "Write a page to read, print and send, under 5 MB; it opens without a network. Without REGIONS and with --local: "
    "the sample's regions."
)
EXAMPLES = (
    "gee-scl report --local --start 2023-06-01 --end 2023-07-01 --scenes 1 -o june.html",
    "gee-scl report fields.geojson --id name --start 2023-05-01 --end 2023-09-01 --project your-project -o fields.html",
)


def add(command: argparse.ArgumentParser) -> None:
    """Say what the command is asked."""
    add_selection(command)
    command.add_argument("--scheme", default="scl", help="grouping of the classes (default: scl)")
    add_choice(command, "--day", Day, Day.UTC)
    command.add_argument("--scenes", type=int, default=6, metavar="COUNT", help="clearest days to show (default: 6)")
    command.add_argument("--size", type=int, default=480, metavar="PIXELS", help="of a picture's longer side")
    command.add_argument("--title", help="heading of the page")
    add_output(command, "the HTML file", "report.html")


def run(options: argparse.Namespace) -> None:
    """Write the report."""
    from gee_scl.options.files import check_new
    from gee_scl.views.pages.report import write_report

    check_new(options.output, overwrite=options.overwrite)
    selection = selected(options)
    written = write_report(
        selection.images,
        selection.regions,
        options.output,
        scheme=options.scheme,
        id=selection.id,
        day=options.day,
        start=options.start,
        end=_last_day(options.end),
        title=options.title,
        scenes=options.scenes,
        size=options.size,
        overwrite=options.overwrite,
        progress=progress(),
    )
    print(said(written))


def _last_day(end: str | None) -> str | None:
    """Tell people the last day: the command is told the day after it."""
    import pandas as pd

    return None if end is None else f"{pd.Timestamp(end) - pd.Timedelta(1, 'ns'):%Y-%m-%d}"
