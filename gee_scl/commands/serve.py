"""gee-scl serve: the local engine, until interrupted."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from gee_scl.commands.selection import SYNTHETIC

HELP = "run the local engine"
DESCRIPTION = "Answer the Earth Engine REST API on 127.0.0.1 until interrupted."
EXAMPLES = (
    "gee-scl serve",
    "gee-scl serve my-scenes --port 8890 --exports exports",
)

PORT = 8888
"""Where the engine listens unless it is told otherwise."""

_PAUSE = 3600
"""Seconds between two looks at nothing; an interrupt ends them at once."""


def add(command: argparse.ArgumentParser) -> None:
    """What the command is asked."""
    command.add_argument("folder", nargs="?", type=Path, help="STAC catalogue, SAFE product or a folder of them")
    command.add_argument("--port", type=int, default=PORT, help=f"default: {PORT}; 0 takes a free one")
    command.add_argument("--exports", type=Path, metavar="FOLDER", help="for exports (default: gee-scl-exports)")
    command.add_argument(
        "--fail",
        action="append",
        default=[],
        metavar="FAULT",
        help="make requests fail, to test what a program does about it: a method of the REST API, what happens and "
        'when, such as "table.computeFeatures status=503 body=html times=3"; may be repeated',
    )


def run(options: argparse.Namespace) -> None:
    """Serve."""
    from gee_scl.session import start_server

    if options.folder is None:
        print(SYNTHETIC, file=sys.stderr)
    folder = True if options.folder is None else options.folder
    server = start_server(folder, options.port, options.exports, options.fail)
    try:
        print(f"{server.url}/v1/projects/{server.project}", flush=True)
        print(f'  gee_scl.initialize(local="{server.url}")', flush=True)
        for name, collection in sorted(server.engine.catalogue.collections().items()):
            print(f"  {name}: {len(collection.elements)} images", flush=True)
        # Not Event().wait(): on Windows, Ctrl+C does not end that (https://github.com/python/cpython/issues/80116).
        while True:
            time.sleep(_PAUSE)
    finally:
        server.stop()
