"""Changes of the classification between images: found by baseline, by day where there is none, and said once."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

import gee_scl
from gee_scl.classes.schemes import SCHEMES
from gee_scl.scenes.changes import changes_between
from gee_scl.scenes.scene import Scene
from tests.support.engines import session_over
from tests.support.local.catalogues import Scene as Item
from tests.support.local.catalogues import make_catalogue


def scene(day: str | None, baseline: str | None) -> Scene:
    return Scene("a", None, "32TPS", "EPSG:32632", 20.0, day=day, baseline=baseline)


@pytest.mark.parametrize(
    ("made", "baselines"),
    [
        ([("2021-06-01", "03.00"), ("2022-06-01", "04.00")], ["04.00"]),
        ([("2018-01-01", "02.06"), ("2023-06-01", "05.09")], ["02.07", "02.12", "04.00"]),
        # An archive that was processed again is of one baseline on both sides of the day.
        ([("2018-06-01", "05.00"), ("2023-06-01", "05.09")], []),
        # Mosaics of several baselines, and images after arithmetic, have a day alone.
        ([("2022-01-24", None), ("2022-01-25", None)], ["04.00"]),
        ([("2022-01-25", None), ("2023-01-25", None)], []),
        ([(None, None), ("2022-01-25", "04.00")], []),
        # Products of one's own, of which nobody knows how old the processor was.
        ([("2021-06-01", "03.01"), ("2021-06-11", "99.99")], []),
        ([], []),
    ],
)
def test_changes_lie_between_images_of_before_and_after(made: list[tuple[str, str]], baselines: list[str]) -> None:
    found = changes_between([scene(*each) for each in made], SCHEMES["scl"])
    assert [line.removeprefix("baseline ")[:5] for line in found] == baselines


def test_other_rasters_have_no_such_changes() -> None:
    made = [scene("2021-06-01", "03.00"), scene("2022-06-01", "04.00")]
    assert changes_between(made, gee_scl.Scheme.from_lists("cover", [1], ["Tree"], ["006400"])) == ()
    # As many codes as the SCL has, but others.
    names = [f"Class {code}" for code in range(12)]
    assert changes_between(made, gee_scl.Scheme.from_lists("modis", range(12), names, ["006400"] * 12)) == ()


def images(folder: Path) -> Path:
    scl = np.full((30, 30), 4, np.uint8)
    return make_catalogue(
        folder,
        [
            Item(scl, time="2021-12-01T10:00:00Z", baseline="03.01"),
            Item(scl, time="2022-02-01T10:00:00Z", baseline="04.00"),
            Item(scl, time="2022-03-01T10:00:00Z", baseline="04.00"),
        ],
    )


REGION = {"type": "Polygon", "coordinates": [[[10.3, 46.0], [10.4, 46.0], [10.4, 46.1], [10.3, 46.1], [10.3, 46.0]]]}


@pytest.mark.parametrize("by", ["image", "date"])
def test_statistics_say_a_change_once_in_the_record_and_as_a_warning(tmp_path: Path, by: str) -> None:
    with session_over(images(tmp_path)):
        all_of_them = gee_scl.collection()
        for given in (all_of_them, gee_scl.daily_mosaics(all_of_them)):
            with pytest.warns(gee_scl.BaselineWarning, match=r"baseline 04.00 \(since 2022-01-25\)") as caught:
                frame = gee_scl.class_statistics(given, REGION, by=by)
            assert [w.category for w in caught].count(gee_scl.BaselineWarning) == 1
            (change,) = frame.attrs["gee_scl"]["baseline_changes"]
            assert change.startswith("baseline 04.00 (since 2022-01-25): Class 2")
        with warnings.catch_warnings():
            warnings.simplefilter("error", gee_scl.BaselineWarning)
            frame = gee_scl.class_statistics(all_of_them.filterDate("2022-01-25", "2023-01-01"), REGION, by=by)
        assert "baseline_changes" not in frame.attrs["gee_scl"]


def test_a_change_between_two_periods_is_said_of_transitions(tmp_path: Path) -> None:
    with session_over(images(tmp_path)):
        before, after = gee_scl.collection(end="2022-01-01"), gee_scl.collection(start="2022-01-01")
        with pytest.warns(gee_scl.BaselineWarning) as caught:
            frame = gee_scl.transitions(before, after, REGION)
        assert [w.category for w in caught].count(gee_scl.BaselineWarning) == 1
        assert len(frame.attrs["gee_scl"]["baseline_changes"]) == 1
