"""What several commands are asked: which regions and images, from where, and the file that they write."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gee_scl.errors import ArgumentError
from gee_scl.options.choices import By, Choice, Day, OnError
from gee_scl.requests.run import Run

if TYPE_CHECKING:
    import ee

SYNTHETIC = "Pixels: the synthetic sample, made by gee-scl. Nothing in it was measured by a satellite."


_WESTERN_BOX = re.compile(r"-[\d.]+(,\s*-?[\d.]+){3}")


@dataclass(frozen=True)
class Area:
    """Where a command works.

    Attributes:
        regions: as `class_statistics` takes them.
        id: the column that names the regions, or None.
    """

    regions: object
    id: str | None


@dataclass(frozen=True)
class Selection(Area):
    """What a command works on.

    Attributes:
        images: the scenes that were asked for.
    """

    images: ee.ImageCollection


def add_selection(command: argparse.ArgumentParser) -> None:
    """Let a command be asked for regions, a session, and the scenes of a period."""
    add_area(command)
    command.add_argument("--start", help="first day, such as 2023-05-01 (UTC)")
    command.add_argument("--end", help="the day after the last")


def add_area(command: argparse.ArgumentParser) -> None:
    """Let a command be asked for regions, a session, and which scenes of any period."""
    command.add_argument("regions", nargs="?", metavar="REGIONS", help="vector file, or WEST,SOUTH,EAST,NORTH")
    command.add_argument(
        "--local",
        nargs="?",
        const=True,
        metavar="FOLDER|URL",
        help="the local engine: over its synthetic sample, a folder, or one that is running",
    )
    command.add_argument("--project", help="Google Cloud project for Earth Engine")
    command.add_argument("--tile", action="append", help="MGRS tile, such as 32TPS; may be repeated")
    command.add_argument("--max-cloud", type=float, metavar="PERCENT", help="largest share of clouds of a whole tile")
    command.add_argument("--id", help="column that names the regions")
    command.add_argument("--layer", help="layer of a vector file that has several")


def add_choice(command: argparse.ArgumentParser, name: str, kind: type[Choice], default: Choice) -> None:
    """Let a command be asked for one of the words of an option, with what each means."""
    meanings = "; ".join(f"{member}: {member.meaning}" for member in kind)
    command.add_argument(
        name, choices=[str(member) for member in kind], default=default, help=f"{meanings} (default: {default})"
    )


def add_days(command: argparse.ArgumentParser, default: By) -> None:
    """Let a command be asked what it counts or shows for itself, and whose days are meant."""
    add_choice(command, "--by", By, default)
    add_choice(command, "--day", Day, Day.UTC)


def add_run(command: argparse.ArgumentParser) -> None:
    """Let a command be told how its work runs, or be asked what it would cost."""
    command.add_argument("--plan", action="store_true", help="say what it will cost, and measure nothing")
    command.add_argument(
        "--checkpoint", metavar="FOLDER", help="keep each answer there: the same command goes on where it ended"
    )
    add_choice(command, "--on-error", OnError, OnError.RAISE)
    command.add_argument("--max-requests", type=int, metavar="NUMBER", help="do not start what needs more requests")
    command.add_argument("--max-pixels", type=int, metavar="NUMBER", help="do not start what reads more pixels")


def run_of(options: argparse.Namespace) -> Run:
    """How the work runs.

    Raises:
        ArgumentError: an option that cannot be used.
    """
    return Run(
        checkpoint=options.checkpoint,
        on_error=options.on_error,
        max_requests=options.max_requests,
        max_pixels=options.max_pixels,
    )


def add_output(command: argparse.ArgumentParser, what: str, default: str | None = None) -> None:
    """Let a command be told which file to write."""
    said = what if default is None else f"{what} (default: {default})"
    command.add_argument("-o", "--output", type=Path, default=None if default is None else Path(default), help=said)
    command.add_argument("--overwrite", action="store_true", help="replace an existing file")


def selected(options: argparse.Namespace) -> Selection:
    """Open the session that is asked for, and find the scenes of the period.

    Raises:
        ArgumentError: no regions.
        GeeSclError: no session can be opened, or the regions cannot be read.
    """
    area = opened(options)
    return Selection(area.regions, area.id, scenes(options, area, options.start, options.end))


def scenes(options: argparse.Namespace, area: Area, start: str | None, end: str | None) -> ee.ImageCollection:
    """The scenes of a period, as the options restrict them."""
    import gee_scl

    return gee_scl.collection(area.regions, start, end, max_cloud=options.max_cloud, tiles=options.tile)


def positional(word: str) -> str:
    """A word of the command line; a box that begins west of Greenwich is told from an option by a space before it."""
    return f" {word}" if _WESTERN_BOX.fullmatch(word) else word


def opened(options: argparse.Namespace) -> Area:
    """Open the session that is asked for, and see which regions are meant.

    Without regions and with `--local` alone, they are the sample's. What stands behind `--local` and can only be
    regions, a file or a box, are the regions.

    Raises:
        ArgumentError: no regions.
        GeeSclError: no session can be opened, or the regions cannot be read.
    """
    import gee_scl

    regions, id = _regions(options.regions), options.id
    if regions is None and isinstance(options.local, str):
        meant = _regions(options.local)
        if isinstance(meant, tuple) or Path(options.local).is_file():
            regions, options.local = meant, True
    if options.local is True:
        from gee_scl.session import sample_folder

        folder = sample_folder(progress=lambda text: print(text, file=sys.stderr))
        print(SYNTHETIC, file=sys.stderr)
        if regions is None:
            regions, id = folder / "regions.geojson", id or "name"
    if regions is None:
        raise ArgumentError("REGIONS", None, "a vector file or WEST,SOUTH,EAST,NORTH")
    gee_scl.initialize(options.project, local=options.local)
    if options.layer is not None:
        from gee_scl.regions.as_regions import as_regions

        regions = as_regions(regions, id=id, keep=getattr(options, "keep", ()), layer=options.layer)
    return Area(regions, id)


def _regions(text: str | None) -> object:
    if text is None or Path(text).exists():
        return text
    parts = text.strip().split(",")
    try:
        return tuple(float(part) for part in parts) if len(parts) == 4 else text
    except ValueError:
        return text


def progress() -> Callable[[int, int], None] | None:
    """A count of requests or pictures on standard error, where somebody looks at it."""
    return _count if sys.stderr.isatty() else None


def _count(done: int, total: int) -> None:
    print(f"\r{done} of {total}", end="\n" if done == total else "", file=sys.stderr, flush=True)


def said(path: Path) -> str:
    """A file that was written, and its size."""
    return f"{path} ({path.stat().st_size / 1e6:.2f} MB)"
