"""Ids and kept properties: where they come from, and what is refused."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import shape

from gee_scl.errors import RegionError
from gee_scl.regions.as_regions import as_regions
from gee_scl.regions.columns import FRAME_COLUMNS
from tests.support.given_regions import SQUARE, TRIANGLE, feature, features, frame, ids


def test_regions_without_ids_are_numbered():
    assert ids([SQUARE, TRIANGLE, (0, 0, 1, 1)]) == [0, 1, 2]


def test_ids_come_from_the_column_of_the_user():
    regions = features(feature(SQUARE, field="a"), feature(TRIANGLE, field=7))
    assert ids(regions, id="field") == ["a", 7]
    assert as_regions(regions, id="field").id_column == "field"


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


@pytest.mark.parametrize("column", [*FRAME_COLUMNS, "pixels_4", "area_11", "system:index", "gee_scl_region"])
def test_a_column_that_a_frame_has_itself_is_refused_with_the_way_out(column):
    with pytest.raises(RegionError, match=f"keep: got '{column}'.*Rename it .* 'own_{column}'"):
        as_regions(features(feature(SQUARE, **{column: 1})), keep=[column])
    # As an id it becomes the column `region`.
    assert [region.id for region in as_regions(features(feature(SQUARE, **{column: 1})), id=column).items] == [1]
