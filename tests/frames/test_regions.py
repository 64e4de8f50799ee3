"""The regions of a frame: their areas, and the means of their days."""

from __future__ import annotations

import numpy as np
import pytest

from gee_scl import SCHEMES
from gee_scl.errors import ArgumentError
from gee_scl.frames.days import daily
from gee_scl.frames.regions import check_regions, region_areas, region_ids, region_means
from gee_scl.frames.sums import check_complete
from tests.figures import YEAR, statistics

# Vegetation 80 and water 20 percent of the region on one day; a quarter of it, all water, on the other.
TWO_DAYS = {"2023-06-20": (0, 0, 0, 80, 0, 20, 0, 0, 0, 0, 0), "2023-06-30": (0, 0, 0, 0, 0, 25, 0, 0, 0, 0, 0)}
NOTHING = {"2023-06-20": (0,) * 11}


def test_regions_are_in_the_order_of_the_frame() -> None:
    assert region_ids(statistics({"b": TWO_DAYS, "a": TWO_DAYS, "c": NOTHING})) == ["b", "a", "c"]


def test_regions_that_are_asked_for_keep_their_order_and_must_be_there() -> None:
    assert check_regions(["a", "b", 3], [3, "a"], "regions") == [3, "a"]
    with pytest.raises(ArgumentError, match=r"'Lake', 'Towns'.*Did you mean 'Lake'") as error:
        check_regions(["Lake", "Towns"], ["Lak"], "region")
    assert error.value.argument == "region"
    with pytest.raises(ArgumentError, match=r"'R9', \.\.\. \(12 in all\)"):
        check_regions([f"R{n}" for n in range(12)], ["X"], "regions")


def test_a_regions_area_is_that_of_its_classes_by_their_share_of_it() -> None:
    frame = statistics({"A": TWO_DAYS, "B": TWO_DAYS, "C": NOTHING}, areas={"A": 3e6, "B": 1e6})
    areas = region_areas(daily(frame, "percent"))
    assert areas.to_dict() == {
        "A": pytest.approx(3e6),
        "B": pytest.approx(1e6),
        "C": pytest.approx(np.nan, nan_ok=True),
    }


def test_means_of_shares_are_weighted_by_what_was_classified_and_others_are_plain() -> None:
    frame = daily(statistics({"A": TWO_DAYS, "C": NOTHING}), "percent")
    # Of 100 + 25 percent of the region that were classified, 80 were vegetation.
    means = region_means(frame, SCHEMES["scl"], "percent")
    assert means.loc["A", 4] == pytest.approx(64)
    assert means.loc["A", 6] == pytest.approx(36)
    assert means.loc["C"].isna().all()
    of_region = region_means(frame, SCHEMES["scl"], "percent_of_region")
    assert of_region.loc["A", 4] == pytest.approx(40)
    assert of_region.loc["A", 6] == pytest.approx(22.5)
    assert list(of_region.columns) == list(SCHEMES["scl"].values)
    # 1 square kilometre, so that a percent is a hectare.
    assert region_means(frame, SCHEMES["scl"], "area_m2").loc["A", 4] == pytest.approx(40 * 1e4)


def test_a_frame_without_some_classes_is_not_complete() -> None:
    frame = daily(statistics({"A": YEAR}), "percent")
    check_complete(frame)
    # A file of two digits is.
    check_complete(frame.assign(percent=frame["percent"].round(2)))
    dropped = frame[frame["class_value"] != 4]
    with pytest.raises(ArgumentError, match="classes="):
        check_complete(dropped)
    with pytest.raises(ArgumentError, match="classes="):
        region_means(dropped, SCHEMES["scl"], "percent")
