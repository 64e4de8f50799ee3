"""Executes the notebooks and keeps what they show: `python -m tests.notebooks FOLDER [names...]`.

With `--strip` in place of a folder, the stored notebooks lose their outputs and are formatted instead.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from gee_scl.session import sample_folder
from tests import notebooks

SLOW = 2
"""Seconds from which a cell is named."""

ERROR_LINES = 15
"""Last lines of an error that are shown; the executed notebook has them all."""


def main() -> int:
    """Runs the command.

    Returns:
        How many notebooks failed.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.notebooks", description=__doc__)
    parser.add_argument("folder", help="for executed notebooks and their pictures; or --strip", nargs="?", type=Path)
    parser.add_argument("names", help="notebooks whose names start so; all by default", nargs="*")
    parser.add_argument("--strip", help="strip and format the stored notebooks", action="store_true")
    given = parser.parse_args()
    if given.strip:
        names = [*([str(given.folder)] if given.folder else []), *given.names]
        strip(chosen(parser, names))
        return 0
    if given.folder is None:
        parser.error("a folder is needed")
    given.folder.mkdir(parents=True, exist_ok=True)
    sample_folder(progress=print)
    return sum([execute(path, given.folder) for path in chosen(parser, given.names)])


def chosen(parser: argparse.ArgumentParser, names: Sequence[str]) -> list[Path]:
    """The notebooks of some names; "1" and "01_classes" name the same."""
    found = [path for path in notebooks.paths() if not names or any(is_named(path, name) for name in names)]
    if not found:
        parser.error(f"no notebook has such a name: {', '.join(path.stem for path in notebooks.paths())}")
    return found


def is_named(path: Path, name: str) -> bool:
    stem = Path(name).stem
    return path.stem.startswith(stem.zfill(2) if stem.isdigit() else stem)


def execute(path: Path, folder: Path) -> bool:
    """Executes one notebook and says how long it took, and whether it failed."""
    start = time.perf_counter()
    made = notebooks.run_and_save(path, folder)
    print(f"{made.name}: {time.perf_counter() - start:.1f} s, {len(notebooks.pictures(made.notebook))} pictures")  # noqa: T201
    for number, seconds in made.seconds.items():
        if seconds >= SLOW:
            print(f"  cell {number:2}: {seconds:4.1f} s  {first_line(made.notebook.cells[number].source)}")  # noqa: T201
    if made.error:
        print("\n".join(made.error.strip().splitlines()[-ERROR_LINES:]))  # noqa: T201
    return bool(made.error)


def first_line(source: str) -> str:
    return source.strip().partition("\n")[0][:80]


def strip(paths: Sequence[Path]) -> None:
    """Writes notebooks as they are to be stored."""
    for path in paths:
        path.write_text(notebooks.stripped(notebooks.read(path)), "utf-8")
    names = [str(path) for path in paths]
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", *names], check=True)


if __name__ == "__main__":
    raise SystemExit(main())
