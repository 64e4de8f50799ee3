import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gee_scl.local.errors import EvaluationError
from gee_scl.local.features import filters, joins
from gee_scl.local.features.filters import Operands, compare
from gee_scl.local.values import Collection, Date, Feature


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


NUMBERS = st.one_of(st.none(), st.integers(-5, 5), st.floats(-5, 5), st.sampled_from([2**53, 2**53 + 1, 1e300]))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "tile": st.sampled_from([None, "a", "b"]),
            "time": st.one_of(NUMBERS, NUMBERS.map(lambda n: n if n is None else Date(n))),
            "day": NUMBERS,
            "baseline": st.sampled_from([None, "02.04", "05.09", "05.10"]),
        }
    ),
    max_size=12,
)
SAME_TILE = compare("Filter.eq", Operands("tile", right_field="tile"))


def ranged(name, field):
    return compare(name, Operands(field, right_field=field))


CONDITIONS = [
    filters.max_difference(2, Operands("time", right_field="time")),
    filters.max_difference(1e-9, Operands("day", right_field="time")),
    *(ranged(f"Filter.{name}", field) for name in ("lt", "lte", "gt", "gte") for field in ("day", "baseline")),
]


@given(left=ROWS, right=ROWS, parts=st.lists(st.sampled_from(CONDITIONS), max_size=3), by_tile=st.booleans())
def test_any_join_finds_the_pairs_that_comparing_all_finds_in_their_order(left, right, parts, by_tile):
    condition = filters.all_of([*([SAME_TILE] if by_tile else []), filters.all_of(parts)])
    primary, secondary = (Collection(elements=numbered(rows)) for rows in (left, right))
    expected = [(p.index, s.index) for p in primary.elements for s in secondary.elements if condition.accepts(p, s)]
    pairs = joins.Inner("p", "s").apply(primary, secondary, condition).elements
    assert [(pair.get("p").index, pair.get("s").index) for pair in pairs] == expected
    matched = [index for index, _ in itertools.groupby(p for p, _ in expected)]
    assert [e.index for e in joins.Simple().apply(primary, secondary, condition).elements] == matched
    unmatched = [p.index for p in primary.elements if p.index not in matched]
    assert [e.index for e in joins.Inverted().apply(primary, secondary, condition).elements] == unmatched


def numbered(rows):
    return tuple(Feature().with_properties({**row, "system:index": str(i)}) for i, row in enumerate(rows))


@pytest.mark.parametrize("value", [float("nan"), "2023-01-01", [1]])
def test_what_cannot_be_compared_is_refused_by_a_join_as_by_a_filter(value):
    mixed = collection({"day": 1}, {"day": value})
    near = ranged("Filter.lt", "day")
    if value != value:  # not a number is less than nothing
        assert joins.Simple().apply(mixed, mixed, near).elements == ()
        return
    with pytest.raises(EvaluationError, match="Cannot compare"):
        joins.Simple().apply(mixed, mixed, near)


def test_a_join_of_one_tile_tries_only_the_pairs_within_the_difference(monkeypatch):
    tried = []
    accepts = filters.Comparison.accepts
    monkeypatch.setattr(filters.Comparison, "accepts", lambda *args: tried.append(1) or accepts(*args))
    images = collection(*({"tile": "a", "time": 1000 * day, "baseline": "05.09"} for day in range(500)))
    newer = filters.all_of([SAME_TILE, CONDITIONS[0], ranged("Filter.lt", "baseline")])
    assert len(joins.Inverted().apply(images, images, newer).elements) == 500
    assert len(tried) <= 3 * 500
