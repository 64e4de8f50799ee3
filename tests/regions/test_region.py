"""Regions: what is accepted, how it is named, what is refused and how it is said."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import FrozenInstanceError

import ee
import ee.apitestcase
import geopandas
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

import gee_scl
from gee_scl.errors import MissingExtraError, NotInitializedError, RegionError
from gee_scl.regions.region import Region, as_regions

SQUARE = {"type": "Polygon", "coordinates": [[[10, 50], [11, 50], [11, 51], [10, 51], [10, 50]]]}
TRIANGLE = {"type": "Polygon", "coordinates": [[[20, 50], [21, 50], [20, 51], [20, 50]]]}
UTM_SQUARE = shapely.box(500_000, 5_500_000, 510_000, 5_510_000)
# PROJ knows the Mollweide projection, EPSG has no code for it.
MOLLWEIDE = "+proj=moll +lon_0=0 +datum=WGS84 +units=m"


def feature(geometry, **properties):
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def features(*members, **more):
    return {"type": "FeatureCollection", "features": list(members), **more}


def polygon(*rings):
    return {"type": "Polygon", "coordinates": [[list(position) for position in ring] for ring in rings]}


def frame(*shapes, crs="EPSG:4326", **columns):
    return geopandas.GeoDataFrame(columns, geometry=list(shapes), crs=crs)


def only(regions, **options) -> Region:
    (region,) = as_regions(regions, **options).items
    return region


def ids(regions, **options):
    return [region.id for region in as_regions(regions, **options).items]


def longitudes(region):
    return [x for x, _ in region.geometry["coordinates"][0]]


@pytest.fixture(scope="module")
def constructors(sample_engine: str) -> Iterator[None]:
    """An open session: the client gets the constructors' signatures when one opens."""
    with gee_scl.local_session(sample_engine):
        yield


# --- What is accepted ---


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(SQUARE, id="geometry"),
        pytest.param(feature(SQUARE), id="feature"),
        pytest.param(features(feature(SQUARE)), id="collection"),
        pytest.param([SQUARE], id="list"),
        pytest.param((feature(SQUARE),), id="tuple"),
        pytest.param({"type": "GeometryCollection", "geometries": [SQUARE]}, id="geometry-collection-of-polygons"),
        pytest.param(shape(SQUARE), id="shapely"),
        pytest.param([shape(SQUARE)], id="list-of-shapely"),
        pytest.param(np.array([shape(SQUARE)]), id="array-of-shapely"),
        pytest.param(frame(shape(SQUARE)), id="frame"),
        pytest.param(frame(shape(SQUARE), crs="OGC:CRS84"), id="frame-in-crs84"),
        pytest.param(frame(shape(SQUARE)).geometry, id="series"),
        pytest.param(frame(shapely.geometrycollections([shape(SQUARE)])), id="frame-of-collections"),
    ],
)
def test_every_way_to_give_a_polygon_gives_the_same_region(given):
    region = only(given)
    assert region.geometry["coordinates"] == (((10, 50), (11, 50), (11, 51), (10, 51), (10, 50)),)
    assert (region.id, region.crs, region.geodesic) == (0, "EPSG:4326", True)
    assert region.properties == {}
    assert region.centroid == (10.5, 50.5)


@pytest.mark.parametrize("name", ["fields.geojson", "fields.json", "fields.gpkg", "fields.shp", "fields.parquet"])
@pytest.mark.parametrize("as_text", [True, False])
def test_a_file_gives_the_regions_that_were_written(tmp_path, name, as_text):
    written = frame(shape(SQUARE), shape(TRIANGLE), field=["north", "south"])
    path = tmp_path / name
    if path.suffix == ".parquet":
        written.to_parquet(path)
    elif path.suffix == ".json":
        path.write_text(written.to_json(), encoding="utf-8-sig")
    else:
        written.to_file(path)
    regions = as_regions(str(path) if as_text else path, id="field").items
    assert [region.id for region in regions] == ["north", "south"]
    for region, outline in zip(regions, written.geometry, strict=True):
        assert shape(region.geometry).equals(outline)


def test_layers_of_a_file_are_chosen_by_name(tmp_path):
    path = tmp_path / "farm.gpkg"
    frame(shape(SQUARE), name=["a"]).to_file(path, layer="fields")
    frame(shape(TRIANGLE), name=["b"]).to_file(path, layer="meadows")
    assert ids(path, layer="meadows", id="name") == ["b"]
    with pytest.raises(RegionError, match="'fields', 'meadows'"):
        as_regions(path)
    with pytest.raises(RegionError, match="Did you mean 'meadows'"):
        as_regions(path, layer="meadow")


def test_a_layer_is_refused_where_there_are_none(tmp_path):
    path = tmp_path / "fields.geojson"
    path.write_text(json.dumps(SQUARE))
    with pytest.raises(RegionError, match="layer"):
        as_regions(path, layer="fields")
    with pytest.raises(RegionError, match="layer"):
        as_regions(SQUARE, layer="fields")


@pytest.mark.parametrize("name", ["broken.geojson", "broken.gpkg", "broken.parquet", "list.json", "topology.json"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, name):
    path = tmp_path / name
    path.write_text({"list.json": "[1, 2, 3, 4]", "topology.json": '{"type": "Topology"}'}.get(name, "{nothing"))
    with pytest.raises(RegionError, match="regions"):
        as_regions(path)


def test_a_table_without_geometry_is_refused(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(RegionError):
        as_regions(path)


@pytest.mark.parametrize("text", ["fields.gpkg", "no/such/file.geojson", '{"type": "Polygon"}', "x" * 5000, ""])
def test_text_that_is_no_file_is_refused(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RegionError):
        as_regions(text)


@pytest.mark.parametrize(
    "given", [None, 5, object(), {}, {"a": 1}, {"type": "Topology"}, [1, 2, 3], [SQUARE, None], {1}]
)
def test_what_is_no_region_is_refused(given):
    with pytest.raises(RegionError):
        as_regions(given)


def test_an_unknown_type_is_answered_with_all_that_is_accepted():
    with pytest.raises(RegionError, match=r"FeatureCollection.*GeoJSON.*GeoDataFrame.*__geo_interface__.*bounding box"):
        as_regions(object())


@pytest.mark.parametrize("given", [[], (), features(), frame(), np.array([])])
def test_an_empty_collection_is_refused(given):
    with pytest.raises(RegionError, match="empty collection"):
        as_regions(given)


# --- Ids and properties ---


def test_regions_without_ids_are_numbered():
    assert ids([SQUARE, TRIANGLE, (0, 0, 1, 1)]) == [0, 1, 2]


def test_ids_come_from_the_column_of_the_user():
    regions = features(feature(SQUARE, field="a"), feature(TRIANGLE, field=7))
    assert ids(regions, id="field") == ["a", 7]
    assert as_regions(regions, id="field").id_column == "field"


def test_a_named_index_of_a_frame_is_a_column():
    indexed = frame(shape(SQUARE), shape(TRIANGLE), field=["a", "b"]).set_index("field")
    assert ids(indexed, id="field") == ["a", "b"]
    assert ids(indexed.geometry, id="field") == ["a", "b"]


def test_ids_of_a_frame_are_plain_python_values():
    assert [type(value) for value in ids(frame(shape(SQUARE), number=np.array([3], np.int16)), id="number")] == [int]


def test_a_missing_id_column_lists_the_columns_and_suggests_one():
    regions = features(feature(SQUARE, Field_ID=1), feature(TRIANGLE, crop="rye"))
    with pytest.raises(RegionError, match=r"'Field_ID', 'crop'.*Did you mean 'Field_ID'\?"):
        as_regions(regions, id="field_id")
    with pytest.raises(RegionError, match="no properties"):
        as_regions(SQUARE, id="name")


@pytest.mark.parametrize("missing", [None, math.nan])
def test_a_missing_id_is_named_by_its_position(missing):
    with pytest.raises(RegionError, match="position 1"):
        as_regions(features(feature(SQUARE, n="a"), feature(TRIANGLE, n=missing)), id="n")
    with pytest.raises(RegionError, match="position 1"):
        as_regions(features(feature(SQUARE, n="a"), feature(TRIANGLE)), id="n")
    with pytest.raises(RegionError, match="position 1"):
        as_regions(frame(shape(SQUARE), shape(TRIANGLE), n=pd.Series(["a", missing], dtype=object)), id="n")


def test_an_id_that_is_neither_text_nor_number_is_refused():
    with pytest.raises(RegionError, match=r"\[1\] at position 0"):
        as_regions(feature(SQUARE, n=[1]), id="n")


@given(st.lists(st.integers(0, 20) | st.text(max_size=2), min_size=1, max_size=12))
def test_ids_are_kept_in_order_or_their_repetitions_named(values):
    regions = [feature(SQUARE, n=value) for value in values]
    if len(set(values)) == len(values):
        assert ids(regions, id="n") == values
    else:
        with pytest.raises(RegionError, match="repeats") as refused:
            as_regions(regions, id="n")
        first = next(value for value in values if values.count(value) > 1)
        positions = [position for position, value in enumerate(values) if value == first]
        assert f"{first!r} at positions {', '.join(map(str, positions[:5]))}" in str(refused.value.given)


def test_feature_ids_of_geojson_are_used_when_asked_for_and_no_property_has_the_name():
    with_ids = [{**feature(SQUARE), "id": "north"}, {**feature(TRIANGLE), "id": "south"}]
    assert ids(with_ids, id="id") == ["north", "south"]
    assert ids(with_ids) == [0, 1]
    assert ids([{**feature(SQUARE, id="mine"), "id": "north"}], id="id") == ["mine"]


def test_only_the_kept_properties_are_carried():
    regions = features(feature(SQUARE, crop="rye", owner="x"), feature(TRIANGLE, owner="y"))
    assert [region.properties for region in as_regions(regions, keep=["crop"]).items] == [
        {"crop": "rye"},
        {"crop": None},
    ]
    assert as_regions(regions, keep="crop").keep == ("crop",)
    table = frame(shape(SQUARE), shape(TRIANGLE), crop=["rye", None], share=[0.5, math.nan], owner=["x", "y"])
    kept = [region.properties for region in as_regions(table, keep=["share", "crop", "share"]).items]
    assert kept == [{"share": 0.5, "crop": "rye"}, {"share": None, "crop": None}]


@pytest.mark.parametrize("regions", [feature(SQUARE, crop="rye"), frame(shape(SQUARE), crop=["rye"])])
def test_a_kept_property_that_no_region_has_is_refused_with_a_suggestion(regions):
    with pytest.raises(RegionError, match=r"keep.*'crops'.*Did you mean 'crop'\?"):
        as_regions(regions, keep=["crops"])


# --- Coordinate reference systems ---


@pytest.mark.parametrize(
    "name", ["urn:ogc:def:crs:EPSG::32632", "urn:ogc:def:crs:EPSG:6.9:32632", "EPSG:32632", "epsg:32632"]
)
def test_geojson_may_name_its_crs(name):
    crs = {"type": "name", "properties": {"name": name}}
    region = only(features(feature(shapely.geometry.mapping(UTM_SQUARE)), crs=crs))
    assert (region.crs, region.geodesic) == ("EPSG:32632", False)
    assert shape(region.geometry).equals(UTM_SQUARE)
    assert only({**shapely.geometry.mapping(UTM_SQUARE), "crs": crs}) == region
    assert only(feature({**shapely.geometry.mapping(UTM_SQUARE), "crs": crs})) == region


@pytest.mark.parametrize(
    "name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "OGC:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4326", "EPSG:4979"]
)
def test_geographic_names_of_wgs84_are_longitude_and_latitude(name):
    region = only(features(feature(SQUARE), crs={"type": "name", "properties": {"name": name}}))
    assert (region.crs, region.geodesic) == ("EPSG:4326", True)
    assert region.geometry == only(SQUARE).geometry


@pytest.mark.parametrize(
    "crs", [{"type": "link", "properties": {"href": "x"}}, "EPSG:4326", {"properties": {"name": "EPSG:1"}}]
)
def test_a_crs_that_cannot_be_resolved_is_refused(crs):
    with pytest.raises(RegionError, match=r"crs|CRS"):
        as_regions(features(feature(SQUARE), crs=crs))


def test_a_frame_in_a_projected_crs_stays_planar_in_it():
    region = only(frame(UTM_SQUARE, crs=32632))
    assert (region.crs, region.geodesic) == ("EPSG:32632", False)
    assert shape(region.geometry).equals(UTM_SQUARE)
    to_degrees = pyproj.Transformer.from_crs(32632, 4326, always_xy=True)
    assert region.centroid == pytest.approx(to_degrees.transform(505_000, 5_505_000), abs=1e-12)


def test_another_geographic_crs_stays_planar_in_it():
    region = only(frame(shape(SQUARE), crs="EPSG:4258"))
    assert (region.crs, region.geodesic) == ("EPSG:4258", False)
    assert region.centroid == pytest.approx((10.5, 50.5), abs=1e-6)


def test_the_height_of_a_compound_crs_is_dropped():
    assert only(frame(shapely.box(155_000, 463_000, 156_000, 464_000), crs="EPSG:7415")).crs == "EPSG:28992"


def test_a_crs_without_a_code_is_densified_and_taken_to_degrees():
    outline = shapely.box(500_000, 5_500_000, 520_000, 5_510_000)
    region = only(frame(outline, crs=MOLLWEIDE))
    assert (region.crs, region.geodesic) == ("EPSG:4326", True)
    ring = np.array(region.geometry["coordinates"][0])
    assert len(ring) == 60_000 / 500 + 1
    back = pyproj.Transformer.from_crs(4326, MOLLWEIDE, always_xy=True).transform(*ring.T)
    assert shapely.Polygon(np.column_stack(back)).symmetric_difference(outline).area < 1e-3


def test_a_geographic_crs_without_a_code_is_densified_in_metres():
    region = only(frame(shapely.box(10, 50, 10.01, 50.01), crs="+proj=longlat +ellps=GRS80 +pm=paris"))
    ring = np.array(region.geometry["coordinates"][0])
    lengths = pyproj.Geod(ellps="sphere").inv(*ring[:-1].T, *ring[1:].T)[2]
    assert 200 < max(lengths) < 501
    assert ring[:, 0].min() == pytest.approx(10 + 2.33722917, abs=1e-6)


def test_coordinates_outside_the_crs_are_refused():
    with pytest.raises(RegionError, match="region 'far': coordinates outside"):
        as_regions(frame(shapely.box(1e9, 1e9, 2e9, 2e9), crs=32632, n=["far"]), id="n")
    with pytest.raises(RegionError, match="region 'far'"):
        as_regions(frame(shapely.box(3e7, 0, 3e7 + 1e3, 1e3), crs=MOLLWEIDE, n=["far"]), id="n")
    with pytest.raises(RegionError, match=r"region 'far': .* vertices"):
        as_regions(frame(shapely.box(0, 0, 1e12, 1e12), crs=MOLLWEIDE, n=["far"]), id="n")


def test_a_frame_without_a_crs_is_refused_and_told_what_to_do():
    with pytest.raises(RegionError, match="set_crs"):
        as_regions(frame(shape(SQUARE), crs=None))
    with pytest.raises(RegionError, match="set_crs"):
        as_regions(frame(shape(SQUARE), crs=None).geometry)


def test_a_geometry_that_says_it_is_planar_is_planar():
    assert not only({**SQUARE, "geodesic": False}).geodesic


# --- What is refused by name ---


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
            {"type": "GeometryCollection", "geometries": [SQUARE, {"type": "Point", "coordinates": [10, 50]}]},
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


def test_more_vertices_than_earth_engine_takes_are_refused():
    corners = [(10.0, 50.0), (11.0, 50.0), (11.0, 51.0)] * 700_000
    with pytest.raises(RegionError, match=r"region 0: 2,100,000 vertices.*2,000,000"):
        as_regions({"type": "Polygon", "coordinates": [corners]})


def test_open_rings_are_closed_and_heights_dropped():
    region = only(polygon([(10, 50, 300), (11, 50, 310), (10, 51, 320)]))
    assert region.geometry["coordinates"] == (((10, 50), (11, 50), (10, 51), (10, 50)),)
    outline = shapely.Polygon([(10, 50, 3), (11, 50, 3), (10, 51, 3)])
    assert only(frame(outline)).geometry == region.geometry
    assert only(outline).geometry == region.geometry


# --- The antimeridian ---


@pytest.mark.parametrize("start", range(4))
def test_a_ring_across_the_antimeridian_becomes_continuous(start):
    ring = [(179, -17), (-179, -17), (-179, -16), (179, -16)]
    region = only(polygon(ring[start:] + ring[:start]))
    assert set(longitudes(region)) == {179, 181}
    assert shape(region.geometry).equals(shapely.box(179, -17, 181, -16))
    assert region.centroid == (-180, -16.5)


def test_longitudes_from_0_to_360_across_greenwich_become_continuous():
    assert shape(only(polygon([(359, 10), (1, 10), (1, 11), (359, 11)])).geometry).equals(shapely.box(-1, 10, 1, 11))


def test_holes_and_parts_follow_the_ring_that_crosses():
    shell = [(178, 0), (-178, 0), (-178, 4), (178, 4)]
    west, east = [(-179.5, 1), (-179, 1), (-179, 2)], [(179, 1), (179.5, 1), (179.5, 2)]
    across = [(179.5, 3), (-179.5, 3), (-179.5, 3.5)]
    part = [[(-177, 0), (-176, 0), (-176, 1)]]
    region = only({"type": "MultiPolygon", "coordinates": [part, [shell, west, east, across]]})
    expected = shapely.box(178, 0, 182, 4).difference(
        shapely.multipolygons(
            [
                shapely.Polygon([(180.5, 1), (181, 1), (181, 2)]),
                shapely.Polygon(east),
                shapely.Polygon([(179.5, 3), (180.5, 3), (180.5, 3.5)]),
            ]
        )
    ).union(shapely.Polygon([(183, 0), (184, 0), (184, 1)]))  # fmt: skip
    assert shape(region.geometry).equals(expected)


def test_validity_is_checked_on_the_continuous_ring():
    with pytest.raises(RegionError, match=r"Self-intersection\[180 0\.5\]"):
        as_regions(polygon([(179, 0), (-179, 1), (-179, 0), (179, 1)]))


def test_a_multipolygon_cut_at_180_stays_as_it_is():
    east, west = shapely.box(177, -18, 180, -16), shapely.box(-180, -18, -179, -16)
    region = only(shapely.MultiPolygon([west, east]))
    assert [shape(region.geometry).geoms[part].bounds[0] for part in (0, 1)] == [-180, 177]
    assert region.centroid == (178.5, -17)


def test_a_planar_ring_is_not_unwrapped():
    region = only({**polygon([(-170, 0), (170, 0), (170, 1), (-170, 1)]), "geodesic": False})
    assert set(longitudes(region)) == {-170, 170}


# --- Bounding boxes ---


@pytest.mark.parametrize("box", [(10, 50, 11, 51), [10.0, 50.0, 11.0, 51.0], np.array([10, 50, 11, 51])])
def test_a_bounding_box_is_planar_in_degrees(box):
    region = only(box)
    assert (region.crs, region.geodesic) == ("EPSG:4326", False)
    assert shape(region.geometry).equals(shapely.box(10, 50, 11, 51))
    assert region.centroid == (10.5, 50.5)


@pytest.mark.parametrize(
    ("box", "west", "east"),
    [((170, 0, -170, 1), 170, 190), ((179, 0, 178, 1), -181, 178), ((-180, -90, 180, 90), -180, 180)],
)
def test_a_bounding_box_with_west_beyond_east_crosses_the_antimeridian(box, west, east):
    assert shape(only(box).geometry).bounds == (west, box[1], east, box[3])


@pytest.mark.parametrize(
    "box",
    [
        (10, 51, 11, 50),
        (10, 50, 10, 51),
        (10, 50, 11, 50),
        (10, 50, math.nan, 51),
        (0, 50, math.inf, 51),
        (-200, 0, 200, 1),
        (500_000, 5_500_000, 510_000, 5_510_000),
    ],
)
def test_a_bounding_box_without_area_or_outside_the_earth_is_refused(box):
    with pytest.raises(RegionError, match="north"):
        as_regions(box)


def test_boxes_and_polygons_may_be_mixed():
    assert [region.geodesic for region in as_regions([(0, 0, 1, 1), SQUARE, shape(TRIANGLE)]).items] == [
        False,
        True,
        True,
    ]


# --- Laws ---


@st.composite
def convex_polygons(draw):
    """Corners on an ellipse, anywhere on Earth but at the poles, the antimeridian included."""
    angles = sorted(draw(st.sets(st.integers(0, 359), min_size=3, max_size=12)))
    longitude, latitude = draw(st.integers(-180, 179)), draw(st.integers(-80, 80))
    width = draw(st.sampled_from([0.01, 1.0, 30.0]))
    x = longitude + width * np.cos(np.radians(angles))
    y = latitude + min(width, 5.0) * np.sin(np.radians(angles))
    return list(zip(((x + 180) % 360 - 180).tolist(), y.tolist(), strict=True))


@settings(deadline=None)
@given(convex_polygons(), st.integers(0, 11), st.booleans())
def test_where_a_ring_starts_and_which_way_it_turns_does_not_matter(ring, start, backwards):
    start %= len(ring)
    turned = ring[start:] + ring[:start]
    first, second = only(polygon(ring)), only(polygon(turned[::-1] if backwards else turned))
    assert shape(first.geometry).normalize().equals_exact(shape(second.geometry).normalize(), 1e-9)
    assert first.centroid == pytest.approx(second.centroid, abs=1e-9)
    assert np.abs(np.diff(longitudes(first))).max() <= 180
    west, south, east, north = shape(first.geometry).bounds
    assert south <= first.centroid[1] <= north
    assert any(west <= first.centroid[0] + turn <= east for turn in (-360, 0, 360))


def test_ten_thousand_regions_keep_their_order():
    x, y = np.divmod(np.arange(10_000), 100)
    boxes = shapely.box(x / 100, y / 100, (x + 0.9) / 100, (y + 0.9) / 100)
    regions = as_regions(frame(*boxes, n=np.arange(10_000)[::-1]), id="n").items
    assert [region.id for region in regions] == list(range(10_000))[::-1]
    centres = np.column_stack([(x + 0.45) / 100, (y + 0.45) / 100])
    np.testing.assert_allclose([region.centroid for region in regions], centres, atol=1e-12)


def test_a_region_is_immutable():
    region = only(SQUARE)
    with pytest.raises(FrozenInstanceError):
        region.id = 5
    assert isinstance(region.geometry["coordinates"][0][0], tuple)


# --- Earth Engine ---


def test_a_region_becomes_a_feature_of_outline_and_key(constructors):
    feature_graph = json.loads(
        only(feature(SQUARE, n="a", crop="rye"), id="n", keep=["crop"]).to_feature("key", 3).serialize()
    )
    (root,) = [feature_graph["values"][feature_graph["result"]]]
    call = root["functionInvocationValue"]
    assert call["functionName"] == "Feature"
    outline = call["arguments"]["geometry"]["functionInvocationValue"]
    assert outline["functionName"] == "GeometryConstructors.Polygon"
    assert outline["arguments"]["geodesic"] == {"constantValue": True}
    assert "crs" not in outline["arguments"]
    assert "crop" not in json.dumps(feature_graph)
    assert call["arguments"]["metadata"] == {"constantValue": {"key": 3}}


@pytest.mark.parametrize(
    ("given", "crs", "geodesic"),
    [(SQUARE, None, True), ((10, 50, 11, 51), None, False), (frame(UTM_SQUARE, crs=32632), "EPSG:32632", False)],
)
def test_edges_and_crs_reach_the_constructor(constructors, given, crs, geodesic):
    outline = only(given).to_feature("key", 0).geometry().getInfo()
    assert outline.get("geodesic", True) is geodesic
    assert outline.get("crs", {}).get("properties", {}).get("name") == crs
    np.testing.assert_array_equal(outline["coordinates"], only(given).geometry["coordinates"])


def test_the_graph_holds_the_coordinates_once(constructors):
    hole = [(10.5, 50.1), (10.6, 50.1), (10.654321, 50.2), (10.5, 50.1)]
    region = only(polygon([(10.123456, 50), (11, 50), (11, 51.25)], hole))
    text = region.to_feature("key", 0).serialize()
    assert text.count(json.dumps(region.geometry["coordinates"])) == 1


def written_size(regions):
    features = [region.to_feature("key", 1_000_000 + key) for key, region in enumerate(regions)]
    return len(ee.FeatureCollection(features).serialize())


@settings(deadline=None, max_examples=30)
@given(st.lists(convex_polygons(), min_size=1, max_size=5), st.integers(1, 3))
def test_encoded_size_is_never_less_than_what_is_written(constructors, rings, times):
    regions = as_regions([polygon(ring) for ring in rings * times]).items
    frame_of_the_collection = 150
    assert written_size(regions) <= sum(region.encoded_size for region in regions) + frame_of_the_collection


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32632"])
def test_encoded_size_holds_for_neighbours_that_share_all_their_corners(constructors, crs):
    x, y = np.divmod(np.arange(400), 20)
    tiles = shapely.box(x / 8, y / 8, (x + 1) / 8, (y + 1) / 8)
    regions = as_regions(frame(*tiles, crs=crs))
    expected = sum(region.encoded_size for region in regions.items)
    assert 0.3 * expected < written_size(regions.items) <= expected


def test_earth_engine_objects_stay_on_the_server(constructors):
    geometry = ee.Geometry.Rectangle(10, 50, 11, 51)
    collection = ee.FeatureCollection([ee.Feature(geometry, {"n": 1})])
    kept = as_regions(collection, id="n", keep=["crop"])
    assert kept.server is collection
    assert (kept.items, kept.id_column, kept.keep) == ((), "n", ("crop",))
    for regions in (ee.Feature(geometry), geometry, geometry.buffer(10), [geometry, ee.Feature(geometry)]):
        server = as_regions(regions).server
        assert isinstance(server, ee.FeatureCollection)
        assert "GeometryConstructors.Polygon" in server.serialize()


def test_other_earth_engine_objects_are_refused_with_a_hint(constructors):
    with pytest.raises(RegionError, match=r"ee\.FeatureCollection\(\.\.\.\)"):
        as_regions(ee.ComputedObject(None, {}))


# --- What is not installed, what is not open ---


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_a_feature_without_a_session_says_which_call_to_make():
    code = "from gee_scl.regions.region import as_regions\nas_regions((10, 50, 11, 51)).items[0].to_feature('key', 0)"
    done = run(code)
    assert NotInitializedError.__name__ in done.stderr
    assert "gee_scl.initialize(" in done.stderr


def test_bounding_boxes_need_neither_shapely_nor_geopandas():
    code = """
import sys
sys.modules.update(dict.fromkeys(("shapely", "geopandas", "pyproj", "rasterio")))
from gee_scl.regions.region import as_regions
assert len(as_regions([(10, 50, 11, 51), (170, 0, -170, 1)]).items) == 2
"""
    done = run(code)
    assert done.returncode == 0, done.stderr


def test_importing_the_module_loads_no_geometry_package():
    done = run("import sys, gee_scl.regions; print({'shapely', 'geopandas', 'pyproj', 'rasterio'} & set(sys.modules))")
    assert done.stdout.strip() == "set()", done.stderr


@pytest.mark.parametrize(
    ("package", "extra", "name"),
    [("shapely", "regions", "a.geojson"), ("geopandas", "regions", "a.gpkg"), ("pyarrow", "parquet", "a.parquet")],
)
def test_a_package_that_is_missing_is_named_with_its_extra(monkeypatch, tmp_path, package, extra, name):
    path = tmp_path / name
    path.write_text(json.dumps(SQUARE))
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"gee-scl\[{extra}\]") as missing:
        as_regions(path)
    assert (missing.value.package, missing.value.extra) == (package, extra)


def test_a_fault_is_told_under_the_name_of_the_parameter_that_was_given() -> None:
    with pytest.raises(gee_scl.RegionError, match=r"^region: got") as caught:
        gee_scl.collection((1, 2, 3))
    assert caught.value.argument == "region"
