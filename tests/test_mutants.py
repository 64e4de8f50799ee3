"""The command that seeds faults: what it cannot seed is said by name, and before any test is run."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.mutants.copies import CHECKOUT, Copy, MutantError
from tests.mutants.table import MUTANTS, Kind, Mutant


def mutant(before: str, file: str = "sum.py") -> Mutant:
    return Mutant("minus", Kind.COUNTING, file, "a sum is a difference", before, "a - b", ("test_sum.py",))


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    (tmp_path / "sum.py").write_text("def total(a, b):\n    return a + b\n", "utf-8")
    return Copy(tmp_path, "minus")


def test_a_fault_takes_the_place_of_the_text_and_of_nothing_else(copy: Copy) -> None:
    copy.seed(mutant("a + b"))
    assert (copy.folder / "sum.py").read_text("utf-8") == "def total(a, b):\n    return a - b\n"


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (mutant("a * b"), r"minus: 'a \* b' stands 0 times in sum.py, not once"),
        (mutant("b"), "minus: 'b' stands 2 times in sum.py"),
        (mutant("a + b", "gone.py"), "minus: there is no file gone.py"),
    ],
)
def test_a_text_that_does_not_stand_there_once_is_refused_by_the_faults_name(
    copy: Copy, fault: Mutant, text: str
) -> None:
    with pytest.raises(MutantError, match=text):
        copy.seed(fault)


def test_faults_have_names_of_their_own_and_are_of_every_kind() -> None:
    assert set(Counter(fault.name for fault in MUTANTS).values()) == {1}
    assert {fault.kind for fault in MUTANTS} == set(Kind)


def test_a_fault_that_is_not_in_the_table_is_answered_with_those_that_are() -> None:
    command = [sys.executable, "-m", "tests.mutants", "percents"]
    answer = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert "no fault is called 'percents': centre-rule, percent" in answer.stderr
