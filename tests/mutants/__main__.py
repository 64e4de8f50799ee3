"""Seeds faults into copies of the checkout and says which test catches each: `python -m tests.mutants [names...]`.

First the tests of all faults must pass in a copy without a fault. The exit status is 1 where a fault is not caught.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutants.copies import Copy, MutantError, mutated
from tests.mutants.table import MUTANTS, Mutant

_HEADINGS = ("name", "kind", "file", "what is wrong", "caught by")
_NOT_CAUGHT = "NOT CAUGHT"


def main() -> int:
    """Runs the command.

    Returns:
        1 if a fault was not caught, else 0.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("names", help="of faults; all by default", nargs="*", metavar="name")
    names = parser.parse_args().names
    for name in names:
        if name not in {mutant.name for mutant in MUTANTS}:
            parser.error(f"no fault is called {name!r}: {', '.join(mutant.name for mutant in MUTANTS)}")
    mutants = [mutant for mutant in MUTANTS if not names or mutant.name in names]
    try:
        check_without_faults(mutants)
        caught = table(mutants)
    except MutantError as error:
        raise SystemExit(str(error)) from None
    sys.stdout.write(f"{caught} of {len(mutants)} faults are caught\n")
    return 0 if caught == len(mutants) else 1


def check_without_faults(mutants: Sequence[Mutant]) -> None:
    """Sees that each fault can be seeded, and that the tests pass where there is none.

    Raises:
        MutantError: one cannot be, or a test fails.
    """
    for mutant in mutants:
        mutated(mutant)
    with TemporaryDirectory() as folder:
        copy = Copy.of_checkout(Path(folder), "without a fault")
        copy.check_import()
        failure = copy.first_failure(list(dict.fromkeys(test for mutant in mutants for test in mutant.tests)))
    if failure is not None:
        raise MutantError(f"{copy.name}: {failure} fails")


def table(mutants: Sequence[Mutant]) -> int:
    """Writes a row for each fault as soon as its tests have run, and counts those that were caught.

    Raises:
        MutantError: the tests of one cannot be run.
    """
    facts = [(mutant.name, str(mutant.kind), mutant.file, mutant.fault) for mutant in mutants]
    widths = [max(map(len, column)) for column in zip(_HEADINGS, *facts, strict=False)]
    write_row(_HEADINGS, widths)
    caught = 0
    for mutant, row in zip(mutants, facts, strict=True):
        failure = first_failure(mutant)
        write_row((*row, failure or _NOT_CAUGHT), widths)
        caught += failure is not None
    return caught


def write_row(row: Sequence[str], widths: Sequence[int]) -> None:
    """Writes a line whose columns, but for the last, have these widths."""
    columns = [text.ljust(width) for text, width in zip(row, widths, strict=False)]
    sys.stdout.write("  ".join([*columns, row[-1]]) + "\n")
    sys.stdout.flush()


def first_failure(mutant: Mutant) -> str | None:
    """The id of the first test that catches a fault, or None."""
    with TemporaryDirectory() as folder:
        copy = Copy.of_checkout(Path(folder), mutant.name)
        copy.seed(mutant)
        copy.check_import()
        return copy.first_failure(mutant.tests)


if __name__ == "__main__":
    raise SystemExit(main())
