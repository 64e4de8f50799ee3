"""A region is a value: what is known of it stays."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError

import numpy as np
import pyproj
import pytest
import shapely

from tests.support.given_regions import SQUARE, UTM_SQUARE, frame, only


def test_a_region_is_immutable():
    region = only(SQUARE)
    with pytest.raises(FrozenInstanceError):
        region.id = 5
    assert isinstance(region.geometry["coordinates"][0][0], tuple)


def test_the_area_for_planning_is_that_of_the_parts_boxes():
    # A degree of latitude is 111.195 km on a sphere of 6,371 km; one of longitude at 60 degrees is half of that.
    north = only({"type": "Polygon", "coordinates": [[[10, 59.5], [11, 59.5], [11, 60.5], [10, 59.5]]]})
    assert north.area == pytest.approx(111_195**2 / 2, rel=1e-6)
    assert only(frame(UTM_SQUARE, crs=32632)).area == 10_000 * 10_000


def test_boxes_in_degrees_hold_the_outline():
    assert only(SQUARE).boxes_in_degrees() == [(10, 50, 11, 51)]
    (box,) = only(frame(UTM_SQUARE, crs=32632)).boxes_in_degrees()
    corners = pyproj.Transformer.from_crs(32632, 4326, always_xy=True).transform(
        [500_000, 510_000, 510_000, 500_000], [5_500_000, 5_500_000, 5_510_000, 5_510_000]
    )
    outline = shapely.Polygon(np.column_stack(corners))
    assert shapely.box(*box).buffer(1e-9).contains(outline)
    assert shapely.box(*box).area < 1.02 * shapely.box(*outline.bounds).area


def test_the_values_are_imported_without_what_reads_them():
    code = "import sys, gee_scl.regions.region; print(*sorted(m for m in sys.modules if '.regions.' in m))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == [f"gee_scl.regions.{name}" for name in ("boxes", "crs", "extras", "region")]
