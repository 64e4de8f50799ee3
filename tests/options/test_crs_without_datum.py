"""PROJ text without a datum: PROJ names codes for it whose coordinates are a hundred metres away."""

from __future__ import annotations

import geopandas as gpd
import pyproj
import pytest
import shapely

from gee_scl.options.crs import checked_crs
from gee_scl.regions.as_regions import as_regions

TEXTS = [
    "+proj=utm +zone=32 +ellps=intl",  # PROJ says EPSG:23032, which is 127 m from it
    "+proj=tmerc +lat_0=0 +lon_0=9 +k=1 +x_0=3500000 +y_0=0 +ellps=bessel",  # EPSG:5683, 125 m
    "+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 +ellps=GRS80",  # EPSG:3035, the same place
]


def coordinates(crs: object) -> tuple[float, float]:
    return pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(10, 47)


@pytest.mark.parametrize("text", TEXTS)
def test_it_keeps_its_coordinates(text: str) -> None:
    assert coordinates(checked_crs(text)) == pytest.approx(coordinates(text), rel=1e-8)


@pytest.mark.parametrize("text", TEXTS)
def test_regions_in_it_stay_in_their_place(text: str) -> None:
    x, y = coordinates(text)
    (region,) = as_regions(gpd.GeoDataFrame(geometry=[shapely.box(x, y, x + 100, y + 100)], crs=text)).items
    (box,) = region.boxes_in_degrees()
    assert box[:2] == pytest.approx((10, 47), abs=1e-4)  # 8 m
