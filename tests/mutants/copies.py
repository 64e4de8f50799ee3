"""Copies of the checkout: made, given a fault, and tested from where they lie."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import shared_folder
from tests.mutants.table import Mutant

CHECKOUT = Path(__file__).resolve().parents[2]

_FAILURE = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)
"""A line of the summary that ends pytest's output, with a test's id."""

_PASSED, _FAILED = 0, 1
"""Exit statuses of pytest; every other one says that the tests were not run as they should be
(https://docs.pytest.org/en/stable/reference/exit-codes.html)."""

_LAST_LINES = 15
"""Of pytest's output, where it did not run the tests."""


class MutantError(Exception):
    """A fault that cannot be seeded, or tests that cannot be run."""


def mutated(mutant: Mutant, folder: Path = CHECKOUT) -> str:
    """The text of a fault's file in a folder, with the fault in it.

    Raises:
        MutantError: the file is not there, or the text to replace does not stand in it once.
    """
    path = folder / mutant.file
    if not path.is_file():
        raise MutantError(f"{mutant.name}: there is no file {mutant.file}")
    text = path.read_text("utf-8")
    times = text.count(mutant.before)
    if times != 1:
        raise MutantError(f"{mutant.name}: {mutant.before!r} stands {times} times in {mutant.file}, not once")
    return text.replace(mutant.before, mutant.after)


@dataclass(frozen=True)
class Copy:
    """A copy of the checkout's files that are under version control, as they are now.

    Attributes:
        folder: where it lies.
        name: what errors call it.
    """

    folder: Path
    name: str

    @classmethod
    def of_checkout(cls, folder: Path, name: str) -> Copy:
        """Copies the checkout into a new folder."""
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, check=True)
        for file in filter(None, listed.stdout.decode("utf-8").split("\0")):
            # What was deleted or moved, and is not yet committed, is listed and not there.
            if (CHECKOUT / file).is_file():
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(CHECKOUT / file, folder / file)
        return cls(folder, name)

    def seed(self, mutant: Mutant) -> None:
        """Puts a fault into its file.

        Raises:
            MutantError: as `mutated`.
        """
        (self.folder / mutant.file).write_text(mutated(mutant, self.folder), "utf-8")

    def check_import(self) -> None:
        """Looks where the package comes from.

        Raises:
            MutantError: it is not this copy's, or cannot be imported.
        """
        answer = self._python("-c", "import gee_scl; print(gee_scl.__file__)")
        if answer.returncode:
            raise MutantError(f"{self.name}: the package cannot be imported\n{_last_lines(answer.stderr)}")
        if not Path(answer.stdout.strip()).resolve().is_relative_to(self.folder.resolve()):
            raise MutantError(f"{self.name}: the tests would import {answer.stdout.strip()}, not the copy's package")

    def first_failure(self, tests: Sequence[str]) -> str | None:
        """Runs some tests.

        Args:
            tests: files or ids.

        Returns:
            The id of the first one that failed; None if all passed.

        Raises:
            MutantError: they could not be run, such as tests that are not there.
        """
        options = ("-x", "-q", "-p", "no:cacheprovider", "-n", "0", "-m", "not live")
        answer = self._python("-m", "pytest", *options, *tests)
        if answer.returncode == _PASSED:
            return None
        failure = _FAILURE.search(answer.stdout)
        if answer.returncode != _FAILED or failure is None:
            output = _last_lines(answer.stdout + answer.stderr)
            raise MutantError(f"{self.name}: the tests {', '.join(tests)} could not be run\n{output}")
        return failure[1]

    def _python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs this interpreter from the copy, whose package comes before an installed one."""
        environment = {**os.environ, "PYTHONPATH": str(self.folder), "GEE_SCL_SHARED": str(shared_folder())}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )


def _last_lines(output: str) -> str:
    return "\n".join(output.strip().splitlines()[-_LAST_LINES:])
