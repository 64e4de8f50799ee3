"""The command line: gee-scl COMMAND."""

from __future__ import annotations

import argparse
import atexit
import gc
import io
import sys
import warnings
from collections.abc import Sequence

from gee_scl import __version__
from gee_scl.commands import doctor, export, legend, report, serve, stats, tasks, transitions
from gee_scl.commands import map as map_page
from gee_scl.commands.completion import add_completion
from gee_scl.commands.help import with_examples
from gee_scl.commands.selection import positional
from gee_scl.errors import GeeSclError

_COMMANDS = (legend, stats, transitions, map_page, report, export, tasks, serve, doctor)
"""Each module has HELP, EXAMPLES, perhaps a longer DESCRIPTION, `add` for what it is asked, and `run`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: as on the command line, without the program's name; None takes the program's own.

    Returns:
        The exit status: 0 where it worked, 1 where it could not, 2 where the words were not understood.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Files and pipes of Windows hold the letters of one alphabet: a name with others is written in escapes.
            stream.reconfigure(errors="backslashreplace")
    # At the end everything goes: to look for cycles in it once more takes Python up to a fifth of a second.
    atexit.register(gc.freeze)
    words = sys.argv[1:] if arguments is None else arguments
    try:
        options = command_line().parse_args([positional(word) for word in words])
        with warnings.catch_warnings():
            warnings.showwarning = _warn  # type: ignore[assignment]
            options.run(options)
    except GeeSclError as error:
        print(f"gee-scl: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("gee-scl: stopped", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever reads has had enough, as `head` does. Python would complain once more at exit.
        sys.stderr.close()
        return 1
    return 0


def _warn(message: Warning | str, *_: object) -> None:
    """A warning as people read it, without the line of the source that it comes from."""
    print(f"gee-scl: {message}", file=sys.stderr)


def command_line() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="gee-scl",
        description="Sentinel-2's Scene Classification Layer on Earth Engine, or on this machine.",
        **with_examples("gee-scl stats --local", "gee-scl stats --help"),
    )
    parser.add_argument("--version", action="version", version=f"gee-scl {__version__}")
    add_completion(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in _COMMANDS:
        name = module.__name__.rpartition(".")[2]
        command = commands.add_parser(
            name,
            help=module.HELP,
            description=getattr(module, "DESCRIPTION", None),
            **with_examples(*module.EXAMPLES),
        )
        module.add(command)
        command.set_defaults(run=module.run)
    return parser
