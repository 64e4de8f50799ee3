"""The command line: gee-scl legend, stats, serve, doctor."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gee_scl import __version__
from gee_scl.errors import GeeSclError

if TYPE_CHECKING:
    import pandas as pd

_SYNTHETIC = "Pixels: the synthetic sample, made by gee-scl. Nothing in it was measured by a satellite."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: as on the command line, without the program's name; None takes the program's own.

    Returns:
        The exit status: 0 where it worked, 1 where it could not, 2 where the words were not understood.
    """
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except GeeSclError as error:
        print(f"gee-scl: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("gee-scl: stopped", file=sys.stderr)
    except BrokenPipeError:
        # Whoever reads has had enough, as `head` does. Python would complain once more at exit.
        sys.stderr.close()
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gee-scl", description="Sentinel-2's Scene Classification Layer on Earth Engine, or on this machine."
    )
    parser.add_argument("--version", action="version", version=f"gee-scl {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_legend(commands)
    _add_stats(commands)
    _add_serve(commands)
    _add_doctor(commands)
    return parser


# --- legend -----------------------------------------------------------------------------------------------------------


def _add_legend(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser(
        "legend", help="the twelve classes: codes, names, colours, what they are confused with"
    )
    command.add_argument("--vocabulary", choices=("earth_engine", "esa", "both"), default="earth_engine")
    command.add_argument("--details", action="store_true", help="descriptions and known confusions as well")
    command.add_argument("-o", "--output", type=Path, help="write CSV or Parquet instead")
    command.add_argument("--overwrite", action="store_true", help="replace an existing file")
    command.set_defaults(run=_legend)


def _legend(options: argparse.Namespace) -> int:
    from gee_scl.legend import legend
    from gee_scl.printing import described

    frame = legend(options.vocabulary, details=options.details or options.output is not None)
    if options.output is not None:
        return _write(frame.reset_index(), options)
    if options.details:
        print("\n\n".join(described(frame)))
    else:
        print(frame.to_string())
    return 0


# --- stats ------------------------------------------------------------------------------------------------------------


def _add_stats(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser(
        "stats",
        help="how much of each class is in each region",
        description="Count SCL classes per region and date. Without REGIONS and with --local: the sample's regions.",
    )
    command.add_argument("regions", nargs="?", metavar="REGIONS", help="vector file, or WEST,SOUTH,EAST,NORTH")
    _add_session(command)
    command.add_argument("--start", help="first day, such as 2023-05-01 (UTC)")
    command.add_argument("--end", help="the day after the last")
    command.add_argument("--tile", action="append", help="MGRS tile, such as 32TPS; may be repeated")
    command.add_argument("--max-cloud", type=float, metavar="PERCENT", help="largest share of clouds of a whole tile")
    command.add_argument("--id", help="column that names the regions")
    command.add_argument("--keep", action="append", default=[], metavar="COLUMN", help="column to carry along")
    command.add_argument("--scheme", default="scl", help="grouping of the classes (default: scl)")
    command.add_argument(
        "--by", choices=("image", "date"), default="date", help="a row per image, or per day (default)"
    )
    command.add_argument("--weights", choices=("centre", "fraction"), default="centre")
    command.add_argument("--scale", type=float, metavar="METRES", help="default: the band's own 20 m grid")
    command.add_argument("--all", action="store_true", help="print every date, however many")
    command.add_argument("-o", "--output", type=Path, help="write CSV or Parquet, with all columns")
    command.add_argument("--overwrite", action="store_true", help="replace an existing file")
    command.set_defaults(run=_stats)


def _add_session(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--local",
        nargs="?",
        const=True,
        metavar="FOLDER|URL",
        help="the local engine: over its synthetic sample, a folder, or one that is running",
    )
    command.add_argument("--project", help="Google Cloud project for Earth Engine")


def _stats(options: argparse.Namespace) -> int:
    import gee_scl
    from gee_scl.printing import readable

    regions = _regions(options)
    if options.local is True:
        from gee_scl.session import sample_folder

        folder = sample_folder(progress=lambda text: print(text, file=sys.stderr))
        print(_SYNTHETIC, file=sys.stderr)
        regions = folder / "regions.geojson" if regions is None else regions
        options.id = options.id or ("name" if options.regions is None else None)
    if regions is None:
        raise gee_scl.ArgumentError("REGIONS", None, "a vector file or WEST,SOUTH,EAST,NORTH")
    gee_scl.initialize(options.project, local=options.local)
    images = gee_scl.collection(regions, options.start, options.end, max_cloud=options.max_cloud, tiles=options.tile)
    frame = gee_scl.class_statistics(
        images,
        regions,
        scheme=options.scheme,
        by=options.by,
        id=options.id,
        keep=options.keep,
        weights=options.weights,
        scale=options.scale,
        progress=_progress if sys.stderr.isatty() else None,
    )
    if options.output is not None:
        return _write(frame, options)
    print(readable(frame, everything=options.all))
    return 0


def _regions(options: argparse.Namespace) -> object:
    text = options.regions
    if text is None or Path(text).exists():
        return text
    parts = text.split(",")
    try:
        return tuple(float(part) for part in parts) if len(parts) == 4 else text
    except ValueError:
        return text


def _progress(done: int, total: int) -> None:
    print(f"\r{done} of {total} requests", end="\n" if done == total else "", file=sys.stderr, flush=True)


def _write(frame: pd.DataFrame, options: argparse.Namespace) -> int:
    from gee_scl.files import write_frame

    write_frame(frame, options.output, overwrite=options.overwrite)
    print(f"{len(frame):,} rows in {options.output}")
    return 0


# --- serve ------------------------------------------------------------------------------------------------------------


def _add_serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser(
        "serve",
        help="run the local engine",
        description="Answer the Earth Engine REST API on 127.0.0.1 until interrupted.",
    )
    command.add_argument("folder", nargs="?", type=Path, help="STAC catalogue, SAFE product or a folder of them")
    command.add_argument("--port", type=int, default=8888, help="default: 8888; 0 takes a free one")
    command.set_defaults(run=_serve)


def _serve(options: argparse.Namespace) -> int:
    import threading

    from gee_scl.session import start_server

    if options.folder is None:
        print(_SYNTHETIC, file=sys.stderr)
    server = start_server(True if options.folder is None else options.folder, options.port)
    try:
        print(f"{server.url}/v1/projects/{server.project}", flush=True)
        for name, collection in sorted(server.engine.catalogue.collections().items()):
            print(f"  {name}: {len(collection.elements)} images", flush=True)
        threading.Event().wait()
    finally:
        server.stop()
    return 0


# --- doctor -----------------------------------------------------------------------------------------------------------


def _add_doctor(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser("doctor", help="what works here: versions, extras, Earth Engine, credentials")
    command.set_defaults(run=_doctor)


def _doctor(options: argparse.Namespace) -> int:
    from gee_scl.doctor import examine

    findings = examine()
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        print(f"{'ok' if finding.works else '--':<3} {finding.subject:<{width}}  {finding.text}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
