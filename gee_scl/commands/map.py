"""gee-scl map: classes through time as one HTML file."""

from __future__ import annotations

import argparse

from gee_scl.commands.selection import add_days, add_output, add_selection, progress, said, selected
from gee_scl.options.choices import By

HELP = "classes through time, as one HTML map to look at and to send"
DESCRIPTION = (
    "Write a map with a time slider, true colour beside the classes, and the classes' shares, as one HTML file that "
    "opens without a network. Without REGIONS and with --local: the sample's regions."
)
EXAMPLES = (
    "gee-scl map --local --start 2023-06-01 --end 2023-07-01 --size 256 -o june.html",
    "gee-scl map fields.geojson --id name --start 2023-05-01 --end 2023-09-01 --project your-project -o fields.html",
)


def add(command: argparse.ArgumentParser) -> None:
    """Say what the command is asked."""
    add_selection(command)
    command.add_argument("--scheme", default="scl", help="grouping of the classes (default: scl)")
    add_days(command, By.DATE)
    command.add_argument("--size", type=int, default=768, metavar="PIXELS", help="of a picture's longer side")
    command.add_argument("--max-dates", type=int, default=120, metavar="COUNT", help="refuse more (default: 120)")
    command.add_argument("--no-true-color", action="store_true", help="classes only: half as large")
    command.add_argument("--live", action="store_true", help="tiles in full resolution, while the engine has them")
    command.add_argument("--basemap", action="store_true", help="OpenStreetMap below; needs a network")
    command.add_argument("--title", help="heading of the page")
    add_output(command, "the HTML file", "map.html")


def run(options: argparse.Namespace) -> None:
    """Write the map."""
    from gee_scl.options.files import check_new
    from gee_scl.views.pages.map_page import write_map

    check_new(options.output, overwrite=options.overwrite)
    selection = selected(options)
    written = write_map(
        selection.images,
        selection.regions,
        options.output,
        scheme=options.scheme,
        id=selection.id,
        by=options.by,
        day=options.day,
        size=options.size,
        true_color=not options.no_true_color,
        live=options.live,
        basemap=options.basemap,
        max_dates=options.max_dates,
        title=options.title,
        overwrite=options.overwrite,
        progress=progress(),
    )
    print(said(written))
