import pytest
from hypothesis import given
from hypothesis import strategies as st

from gee_scl.local.errors import EvaluationError
from gee_scl.local.features import filters, joins
from gee_scl.local.features.filters import Operands, compare
from gee_scl.local.values import Collection, Feature


def collection(*rows):
    return Collection(elements=tuple(Feature({"system:index": str(i), **row}) for i, row in enumerate(rows)))


IMAGES = collection({"day": 1, "name": "a"}, {"day": 5, "name": "b"}, {"day": 50, "name": "c"}, {"name": "undated"})
WEATHER = collection({"day": 4, "rain": 10}, {"day": 6, "rain": 20}, {"day": 0, "rain": 30}, {"rain": 40})
NEAR = filters.max_difference(2, Operands("day", right_field="day"))


def names(joined):
    return [e.get("name") for e in joined.elements]


def test_simple_and_inverted_joins_part_the_primary_collection():
    assert names(joins.Simple().apply(IMAGES, WEATHER, NEAR)) == ["a", "b"]
    assert names(joins.Inverted().apply(IMAGES, WEATHER, NEAR)) == ["c", "undated"]


def test_an_inner_join_has_every_pair():
    pairs = joins.Inner("image", "weather", "apart").apply(IMAGES, WEATHER, NEAR).elements
    found = [(p.index, p.get("image").get("name"), p.get("weather").get("rain"), p.get("apart")) for p in pairs]
    assert found == [("0_2", "a", 30, 1), ("1_0", "b", 10, 1), ("1_1", "b", 20, 1)]
    assert all(p.geometry is None for p in pairs)


def test_save_all_lists_the_matches_in_order():
    joined = joins.SaveAll("weather", "rain", ascending=False, measure_key="apart").apply(IMAGES, WEATHER, NEAR)
    assert names(joined) == ["a", "b"]
    assert [w.get("rain") for w in joined.elements[1].get("weather")] == [20, 10]
    assert [w.get("apart") for w in joined.elements[1].get("weather")] == [1, 1]


def test_outer_joins_keep_what_has_no_match():
    everything = joins.SaveAll("weather", outer=True).apply(IMAGES, WEATHER, NEAR)
    assert [len(e.get("weather")) for e in everything.elements] == [1, 2, 0, 0]
    first = joins.SaveFirst("weather", outer=True).apply(IMAGES, WEATHER, NEAR)
    assert [e.get("weather") and e.get("weather").get("rain") for e in first.elements] == [30, 10, None, None]


def test_save_first_takes_the_first_of_the_order():
    assert [e.get("w").get("rain") for e in joins.SaveFirst("w").apply(IMAGES, WEATHER, NEAR).elements] == [30, 10]
    last = joins.SaveFirst("w", "rain", ascending=False).apply(IMAGES, WEATHER, NEAR)
    assert [e.get("w").get("rain") for e in last.elements] == [30, 20]


def test_save_best_takes_the_nearest():
    wide = filters.max_difference(100, Operands("day", right_field="day"))
    joined = joins.SaveBest("w", "apart").apply(IMAGES, WEATHER, wide)
    assert [(e.get("w").get("day"), e.get("w").get("apart")) for e in joined.elements] == [(0, 1), (4, 1), (6, 44)]


def test_save_best_needs_a_measure():
    both = filters.all_of([NEAR, compare("Filter.lt", Operands("day", right_field="day"))])
    with pytest.raises(EvaluationError, match="maxDifference"):
        joins.SaveBest("w", "apart").apply(IMAGES, WEATHER, both)


def test_in_a_join_a_filter_reads_left_from_the_primary_and_right_from_the_secondary():
    later = compare("Filter.lt", Operands("day", right_field="day"))
    pairs = joins.Inner("p", "s").apply(IMAGES, WEATHER, later).elements
    assert [(p.get("p").get("day"), p.get("s").get("day")) for p in pairs] == [(1, 4), (1, 6), (5, 6)]


def test_a_missing_property_equals_no_other_missing_property():
    same = compare("Filter.eq", Operands("day", right_field="day"))
    assert joins.Simple().apply(IMAGES, WEATHER, same).elements == ()


@given(
    left=st.lists(st.sampled_from([None, 1, 2.0, "a"]), max_size=6),
    right=st.lists(st.sampled_from([None, 1.0, 2, "a", "b"]), max_size=6),
)
def test_joining_on_equal_ids_finds_the_pairs_that_comparing_all_finds(left, right):
    primary = Collection(elements=tuple(Feature().with_properties({"k": k, "i": i}) for i, k in enumerate(left)))
    secondary = Collection(elements=tuple(Feature().with_properties({"k": k, "i": i}) for i, k in enumerate(right)))
    same = compare("Filter.eq", Operands("k", right_field="k"))
    pairs = joins.Inner("p", "s").apply(primary, secondary, same).elements
    found = [(p.get("p").get("i"), p.get("s").get("i")) for p in pairs]
    assert found == [(i, j) for i, a in enumerate(left) for j, b in enumerate(right) if a is not None and a == b]
