"""Outlines that cannot be measured are refused by the id of their region."""

from __future__ import annotations

import math

import pytest
import shapely
from shapely.geometry import shape

from gee_scl.errors import RegionError
from gee_scl.regions.as_regions import as_regions
from tests.support.given_regions import SQUARE, TRIANGLE, UTM_SQUARE, feature, frame, polygon


@pytest.mark.parametrize(
    ("geometry", "fault"),
    [
        (None, "no geometry"),
        ({"type": "Polygon", "coordinates": []}, "empty"),
        ({"type": "MultiPolygon", "coordinates": []}, "empty"),
        ({"type": "GeometryCollection", "geometries": []}, "empty"),
        ({"type": "Point", "coordinates": [10, 50]}, r"a Point.*[Bb]uffer"),
        ({"type": "MultiPoint", "coordinates": [[10, 50]]}, r"a MultiPoint.*[Bb]uffer"),
        ({"type": "LineString", "coordinates": [[10, 50], [11, 51]]}, r"a LineString.*[Bb]uffer"),
        (
            {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [10, 50]}]},
            r"a Point.*[Bb]uffer",
        ),
        (polygon([(10, 50), (11, 51), (12, 52)]), "zero area"),
        (polygon([(10, 50), (10.1, 50.1), (10.3, 50.3)]), "zero area"),
        (polygon([(10, 50), (11, 50)]), "a ring of 2 positions"),
        (polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), r"Self-intersection\[0\.5 0\.5\].*make_valid"),
        (polygon([(0, 0), (4, 4), (4, 0), (0, 3)]), r"Self-intersection\[.*make_valid"),
        (polygon([(0, 0), (1, 0), (1, 1)], [(5, 5), (6, 5), (6, 6)]), "Hole lies outside"),
        (polygon([(0, 0), (math.nan, 0), (1, 1)]), "not finite"),
        (polygon([(0, 0), (math.inf, 0), (1, 1)]), "not finite"),
        (polygon([(0, 0), ("east", 0), (1, 1)]), "cannot be read"),
        (polygon([(0, 0), (1,), (1, 1)]), "cannot be read"),
        ({"type": "Polygon", "coordinates": [[1, 2, 3, 4]]}, "cannot be read"),
        (shapely.geometry.mapping(UTM_SQUARE), r"probably projected.*crs"),
        (polygon([(0, 80), (0, 91), (1, 91)]), r"latitude in \[-90, 90\]"),
        (polygon([(0, 80), (120, 80), (-120, 80)]), "pole"),
        (polygon([(-180, -70), (0, -65), (180, -70), (180, -90), (-180, -90)]), "pole"),
        (polygon([(0, 80), (90, 80), (180, 80), (270, 80)]), "pole"),
    ],
)
def test_what_cannot_be_measured_is_refused_by_its_id(geometry, fault):
    regions = [feature(SQUARE, n="good"), feature(geometry, n="bad"), feature(TRIANGLE, n="fine")]
    with pytest.raises(RegionError, match=rf"region 'bad': .*{fault}") as refused:
        as_regions(regions, id="n")
    assert refused.value.argument == "regions"


@pytest.mark.parametrize(
    "outline",
    [None, shapely.Point(1, 2), shapely.LineString([(0, 0), (1, 1)]), shapely.Polygon(), shapely.MultiPolygon()],
)
def test_the_rows_of_a_frame_are_refused_by_their_id_too(outline):
    with pytest.raises(RegionError, match="region 'bad'"):
        as_regions(frame(shape(SQUARE), outline, shape(TRIANGLE), n=["good", "bad", "fine"]), id="n")


SPIKE = shapely.Polygon([(10, 50), (12, 50), (12, 52), (14, 52), (12, 52), (10, 52)])


@pytest.mark.parametrize("method", ["structure", "linework"])
def test_what_make_valid_leaves_of_a_spike_is_measured_by_its_polygons(method):
    with pytest.raises(RegionError, match=r'shapely\.make_valid\(geometry, method="structure"\)'):
        as_regions([feature(shapely.geometry.mapping(SPIKE), n="field")], id="n")
    repaired = shapely.make_valid(SPIKE, method=method)
    if method == "linework":  # shapely's default keeps the spike as a line
        assert repaired.geom_type == "GeometryCollection"
        with pytest.warns(UserWarning, match=r"left out of 1 regions \('field': LineString\)"):
            regions = as_regions([feature(shapely.geometry.mapping(repaired), n="field")], id="n")
    else:
        regions = as_regions([feature(shapely.geometry.mapping(repaired), n="field")], id="n")
    outline = shapely.geometry.shape(regions.items[0].geometry)
    assert outline.symmetric_difference(shapely.box(10, 50, 12, 52)).area == 0


def test_collections_of_geometries_are_measured_by_all_their_polygons():
    nested = {"type": "GeometryCollection", "geometries": [TRIANGLE, {"type": "Point", "coordinates": [1, 2]}]}
    mixed = {"type": "GeometryCollection", "geometries": [SQUARE, nested]}
    with pytest.warns(UserWarning, match=r"left out of 2 regions \(0: Point; 1: Point\)"):
        regions = as_regions([mixed, mixed])
    assert regions.items[0].geometry["type"] == "MultiPolygon"
    assert len(regions.items[0].geometry["coordinates"]) == 2
