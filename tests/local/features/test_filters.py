import datetime as dt

import pytest

from gee_scl.local.errors import EvaluationError
from gee_scl.local.features import filters, place_filters
from gee_scl.local.features.filter_text import parse_filter
from gee_scl.local.features.filters import Not, Operands, all_of, any_of, compare
from gee_scl.local.values import Collection, Date, DateRange, Feature
from gee_scl.local.vector.geometry import Geometry


def point(lon, lat):
    return Geometry.from_geojson({"type": "Point", "coordinates": [lon, lat]})


def box(west, south, east, north):
    return Geometry.rectangle(west, south, east, north)


def passing(condition, features):
    return [f.get("name") for f in features if condition.accepts(f)]


SCENES = [
    Feature({"name": "clear", "cloud": 3, "tile": "T29UNU", "bands": ["B2", "SCL"]}, point(-7, 53)),
    Feature({"name": "hazy", "cloud": 40.5, "tile": "T31UDS", "bands": ["B2"]}, point(1, 48)),
    Feature({"name": "unknown", "tile": "T31UES"}, point(2, 48)),
]


def at(*moment):
    return dt.datetime(*moment, tzinfo=dt.UTC).timestamp() * 1000


@pytest.mark.parametrize(
    ("type_name", "value", "expected"),
    [
        ("Filter.eq", 3, ["clear"]),
        ("Filter.eq", 3.0, ["clear"]),
        ("Filter.eq", "3", []),
        ("Filter.neq", 3, ["hazy"]),
        ("Filter.lt", 40.5, ["clear"]),
        ("Filter.lte", 40.5, ["clear", "hazy"]),
        ("Filter.gt", 3, ["hazy"]),
        ("Filter.gte", 3, ["clear", "hazy"]),
    ],
)
def test_comparisons_drop_what_lacks_the_property(type_name, value, expected):
    assert passing(compare(type_name, Operands("cloud", value)), SCENES) == expected


def test_equality_with_null_asks_for_what_is_missing():
    assert passing(compare("Filter.eq", Operands("cloud")), SCENES) == ["unknown"]
    assert passing(Not(compare("Filter.eq", Operands("cloud"))), SCENES) == ["clear", "hazy"]
    assert passing(compare("Filter.neq", Operands("cloud")), SCENES) == ["clear", "hazy"]


def test_not_is_the_opposite_of_its_filter():
    assert passing(Not(compare("Filter.lt", Operands("cloud", 40))), SCENES) == ["hazy", "unknown"]
    assert passing(Not(filters.not_null(["cloud"])), SCENES) == ["unknown"]


def test_numbers_and_strings_have_no_common_order():
    with pytest.raises(EvaluationError, match="Cannot compare"):
        passing(compare("Filter.lt", Operands("tile", 5)), SCENES)


def test_strings_and_lists_are_searched():
    assert passing(compare("Filter.stringContains", Operands("tile", "1U")), SCENES) == ["hazy", "unknown"]
    assert passing(compare("Filter.stringStartsWith", Operands("tile", "T29")), SCENES) == ["clear"]
    assert passing(compare("Filter.stringEndsWith", Operands("tile", "ES")), SCENES) == ["unknown"]
    assert passing(compare("Filter.listContains", Operands("bands", "SCL")), SCENES) == ["clear"]
    assert passing(compare("Filter.inList", Operands("tile", ["T31UDS", "T31UES"])), SCENES) == ["hazy", "unknown"]
    # What the client's inList sends: the list on the left.
    sent = compare("Filter.listContains", Operands(right_field="cloud", left_value=[3, 4]))
    assert passing(sent, SCENES) == ["clear"]


def test_two_properties_of_one_element_are_compared():
    features = [Feature({"name": "a", "x": 1, "y": 1}), Feature({"name": "b", "x": 1, "y": 2}), Feature({"x": 1})]
    assert passing(compare("Filter.eq", Operands("x", right_field="y")), features) == ["a"]


def test_combinations_follow_boolean_algebra():
    low, west = compare("Filter.lt", Operands("cloud", 10)), compare("Filter.eq", Operands("tile", "T31UES"))
    assert passing(all_of([low, west]), SCENES) == []
    assert passing(any_of([low, west]), SCENES) == ["clear", "unknown"]


def test_ranges_include_both_ends():
    assert passing(filters.range_contains("cloud", 3, 40.5), SCENES) == ["clear", "hazy"]
    assert passing(filters.range_contains("cloud", 4, 40), SCENES) == []


def test_a_date_range_excludes_its_end():
    times = [at(2020, 1, 1), at(2020, 1, 31, 23, 59), at(2020, 2, 1), None]
    scenes = [Feature().with_properties({"name": t, "system:time_start": t}) for t in times]
    january = Operands(left_value=DateRange(at(2020, 1, 1), at(2020, 2, 1)), right_field="system:time_start")
    assert passing(compare("Filter.dateRangeContains", january), scenes) == times[:2]
    dated = Feature({"system:time_start": Date(at(2020, 1, 2))})
    assert compare("Filter.dateRangeContains", january).accepts(dated)


@pytest.mark.parametrize(
    ("start", "end", "unit", "expected"),
    [
        (2019, 2019, "year", [0]),
        (12, 2, "month", [0, 1, 2]),
        (366, 366, "day_of_year", [2]),
        (365, 1, "day_of_year", [0, 1, 2]),
        (31, 31, "day_of_month", [0, 2]),
        (2, 2, "day_of_week", [0]),
        (10, 11, "hour", [1]),
        (45, 59, "minute", [0]),
    ],
)
def test_calendar_fields_are_read_in_utc_and_wrap(start, end, unit, expected):
    # 2019-12-31 was a Tuesday; 2020 had 366 days.
    moments = [at(2019, 12, 31, 23, 50), at(2020, 1, 1, 11), at(2020, 12, 31)]
    scenes = [Feature({"name": i, "system:time_start": t}) for i, t in enumerate(moments)]
    assert passing(filters.calendar_range(start, end, unit), [*scenes, Feature({"name": "undated"})]) == expected


def test_an_unknown_calendar_field_is_refused_by_name():
    with pytest.raises(EvaluationError, match="'week'"):
        filters.calendar_range(1, 2, "week")


def test_places_are_compared_as_the_client_sends_them():
    france = Feature({}, box(-1, 46, 3, 49))
    operands = Operands(".all", france)
    assert passing(place_filters.related("Filter.intersects", operands, None), SCENES) == ["hazy", "unknown"]
    assert passing(place_filters.related("Filter.disjoint", operands, None), SCENES) == ["clear"]
    assert passing(place_filters.related("Filter.isContained", Operands(".geo", france), None), SCENES) == [
        "hazy",
        "unknown",
    ]
    assert place_filters.related("Filter.contains", Operands(".geo", point(1, 48)), None).accepts(france)


def test_what_has_no_geometry_meets_nothing():
    placeless = Feature({"name": "nowhere"})
    for name in ("Filter.intersects", "Filter.disjoint"):
        assert not place_filters.related(name, Operands(".all", point(0, 0)), None).accepts(placeless)
    assert not place_filters.has_geometry().accepts(placeless)


def test_a_collection_stands_for_all_its_geometries():
    both = Collection(elements=(Feature({}, point(1, 48)), Feature({}, point(-7, 53))))
    assert passing(place_filters.related("Filter.intersects", Operands(".all", both), None), SCENES) == [
        "clear",
        "hazy",
    ]


def test_distance_is_in_metres():
    # One degree of longitude at 48 degrees north is about 74.4 km.
    near = place_filters.within_distance(75_000, Operands(".geo", point(1, 48)))
    assert passing(near, SCENES) == ["hazy", "unknown"]
    assert place_filters.within_distance(74_000, Operands(".geo", point(1, 48))).accepts(SCENES[2]) is False


def test_items_of_a_list_are_called_item():
    names = ["B2", "time", "SCL"]
    kept = [n for n in names if compare("Filter.neq", Operands("item", "time")).accepts(n)]
    assert kept == ["B2", "SCL"]


def test_types_have_subtypes():
    number = compare("Filter.hasType", Operands("item", "Number"))
    assert [v for v in (1, 1.5, "1", None) if number.accepts(v)] == [1, 1.5]


def test_a_side_given_twice_is_refused():
    with pytest.raises(EvaluationError, match="'rightField' and 'rightValue'"):
        compare("Filter.eq", Operands("a", 1, "b"))
    with pytest.raises(EvaluationError, match="'leftField' and 'leftValue' must"):
        compare("Filter.eq", Operands())


def test_filters_print_what_they_were_made_of():
    # Recorded from Earth Engine.
    condition = compare("Filter.eq", Operands("foo", "bar"))
    assert condition.describe() == {"type": "Filter.eq", "leftField": "foo", "rightValue": "bar"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cloud < 10", ["clear"]),
        ("cloud >= 3 && cloud <= 40.5", ["clear", "hazy"]),
        ('tile == "T29UNU" || tile == "T31UES"', ["clear", "unknown"]),
        ("!(cloud < 10) and not tile == 'T31UES'", ["hazy"]),
        ("tile in ('T29UNU', 'T31UDS')", ["clear", "hazy"]),
        ("cloud != 3 or cloud == 3 and cloud > 5", ["hazy"]),
        ("3 == cloud", ["clear"]),
        ("tile == 'and \\'or\\''", []),
    ],
)
def test_filters_are_read_from_text(text, expected):
    assert passing(parse_filter(text), SCENES) == expected


@pytest.mark.parametrize(
    "text", ["", "cloud", "cloud <", "cloud < 10 extra", "(cloud < 10", "cloud ~ 3", "a in 3", "a in (b)"]
)
def test_text_that_is_no_filter_is_refused(text):
    with pytest.raises(EvaluationError, match="Invalid filter expression"):
        parse_filter(text)
