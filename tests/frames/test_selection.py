"""What is to be shown of a frame."""

from __future__ import annotations

import pytest

from gee_scl import SCHEMES
from gee_scl.errors import ArgumentError, ClassError, SchemeError
from gee_scl.frames.selection import select
from tests.figures import north


def test_all_classes_are_selected_by_default_and_others_in_the_schemes_order() -> None:
    assert select(north(), "percent", None, None).values == tuple(range(1, 12))
    some = select(north(), "percent", None, ["water", 4])
    assert some.values == (4, 6)
    assert some.places == [3, 5]
    assert some.scheme is SCHEMES["scl"]
    # Shares are of the whole nevertheless: no row is left out.
    assert len(some.rows) == len(north())


def test_what_cannot_be_selected_is_refused() -> None:
    with pytest.raises(ClassError):
        select(north(), "percent", None, "vegetables")
    with pytest.raises(SchemeError):
        select(north(), "percent", "land", None)
    with pytest.raises(ArgumentError):
        select(north().iloc[:, :2], "percent", None, None)
