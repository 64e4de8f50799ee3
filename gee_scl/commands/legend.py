"""gee-scl legend: the twelve classes."""

from __future__ import annotations

import argparse

from gee_scl.commands.selection import add_output

HELP = "the twelve classes: codes, names, colours, what they are confused with"
EXAMPLES = (
    "gee-scl legend",
    "gee-scl legend --vocabulary both -o legend.csv",
)


def add(command: argparse.ArgumentParser) -> None:
    """What the command is asked."""
    command.add_argument("--vocabulary", choices=("earth_engine", "esa", "both"), default="earth_engine")
    command.add_argument("--details", action="store_true", help="descriptions and known confusions as well")
    add_output(command, "write CSV, Parquet or Excel (.csv, .parquet, .xlsx) instead")


def run(options: argparse.Namespace) -> None:
    """Print the legend, or write it."""
    from gee_scl.classes.legend import legend
    from gee_scl.commands.text import described
    from gee_scl.options.files import write_frame

    frame = legend(options.vocabulary, details=options.details or options.output is not None)
    if options.output is not None:
        write_frame(frame.reset_index(), options.output, overwrite=options.overwrite)
        print(f"{len(frame):,} rows in {options.output}")
    elif options.details:
        print("\n\n".join(described(frame)))
    else:
        print(frame.to_string())
