"""A frame of transitions, read: areas before and after, with what is unknown as a class of its own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gee_scl import SCHEMES
from gee_scl.errors import ArgumentError, SchemeError
from gee_scl.frames.transitions import read_transitions
from tests.figures import transitions

SMALL = pd.DataFrame(
    {
        "from_value": [4, 4, 6, 4],
        "from_name": ["Vegetation", "Vegetation", "Water", "Vegetation"],
        "to_value": [6, None, 4, 6],
        "to_name": ["Water", "Unknown", "Vegetation", "Water"],
        "area_m2": [100.0, 30.0, 5.0, 20.0],
    }
)


def test_rows_of_a_pair_are_added_up_and_what_is_unknown_is_last() -> None:
    read = read_transitions(SMALL, None, None)
    assert read.values == (4, 6, None)
    np.testing.assert_array_equal(read.areas, [[0, 120, 30], [5, 0, 0], [0, 0, 0]])
    assert read.total == 155
    assert read.scheme is SCHEMES["scl"]
    assert read.region == ""


@pytest.mark.parametrize("unknown", [None, np.nan, pd.NA, 99])
def test_unknown_is_told_by_a_missing_value_or_by_its_name(unknown: object) -> None:
    frame = SMALL.assign(to_value=pd.Series([6, unknown, 4, 6], dtype="object"))
    assert read_transitions(frame, None, None).values == (4, 6, None)


def test_classes_without_area_are_left_out() -> None:
    assert read_transitions(SMALL.assign(area_m2=[1.0, 0.0, 0.0, 0.0]), None, None).values == (4, 6)
    nothing = read_transitions(SMALL.iloc[:0], None, None)
    assert nothing.values == ()
    assert nothing.total == 0


def test_regions_are_added_up_or_one_is_read() -> None:
    both = pd.concat([SMALL.assign(region="A"), SMALL.assign(region=7)])
    together, one = read_transitions(both, None, None), read_transitions(both, None, 7)
    assert (together.total, together.region) == (310, "")
    assert (one.total, one.region) == (155, "7")
    with pytest.raises(ArgumentError, match="'A', 7"):
        read_transitions(both, None, "B")


@pytest.mark.parametrize("frame", [transitions().drop(columns="to_name"), [1], SMALL.assign(area_m2=-1.0)])
def test_what_is_no_frame_of_transitions_is_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(ArgumentError) as error:
        read_transitions(frame, None, None)
    assert error.value.argument == "transitions"


def test_a_region_of_a_frame_without_regions_and_a_scheme_that_lacks_a_class_are_refused() -> None:
    with pytest.raises(ArgumentError) as error:
        read_transitions(SMALL, None, "A")
    assert error.value.argument == "region"
    with pytest.raises(SchemeError, match=r"it lacks \[6\]"):
        read_transitions(SMALL, "cloud", None)
