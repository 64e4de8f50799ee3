"""Answers as columns: sums of groups go to their classes, and nothing that is not a class's is taken for one."""

from __future__ import annotations

from typing import Any

import pytest

from gee_scl.frames.measured import RowError, sums_of_rows


def group(number: Any, *sums: float) -> dict[str, Any]:
    return {"group": number, "sum": list(sums)}


def test_sums_of_groups_are_in_the_columns_of_their_classes() -> None:
    """Two classes: pixels of both, areas of both, pixels outside, whole area."""
    rows = [
        {"groups": [group(0, 3, 1200.5), group(2, 4, 1600.25), group(3, 1, 400)]},
        {"groups": []},
        {},
    ]
    assert sums_of_rows(rows, 2).tolist() == [
        [0, 4, 0, 1600.25, 1, 3200.75],
        [0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0],
    ]
    assert sums_of_rows([{"groups": [group(1, 1.5, 600, 800)]}], 2).tolist() == [[1.5, 0, 600, 0, 0, 800]]


@pytest.mark.parametrize(
    "wrong",
    [group(-1, 1, 400), group(4, 1, 400), group(1, 400), group(None, 1, 400), {"group": 1}, {"sum": [1, 400]}],
)
def test_sums_of_what_is_no_class_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(RowError, match="of 2 classes"):
        sums_of_rows([{"groups": [group(1, 1, 400), wrong]}], 2)
    with pytest.raises(RowError, match="of 2 classes"):
        sums_of_rows([{"groups": [wrong]}], 2)
