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
    if options.output is not None:
        _write(options)
        return
    from gee_scl.classes.class_table import CLASSES
    from gee_scl.classes.legend import Vocabulary, legend_columns
    from gee_scl.commands.text import as_paragraphs, as_table

    columns = legend_columns(CLASSES.values(), Vocabulary.of("vocabulary", options.vocabulary), details=options.details)
    print(as_paragraphs(CLASSES, columns) if options.details else as_table("code", CLASSES, columns))


def _write(options: argparse.Namespace) -> None:
    """Write the legend, which takes pandas; what is printed does without."""
    from gee_scl.classes.legend import legend
    from gee_scl.options.files import write_frame

    frame = legend(options.vocabulary)
    write_frame(frame.reset_index(), options.output, overwrite=options.overwrite)
    print(f"{len(frame):,} rows in {options.output}")
