import math
import statistics

import pytest

from gee_scl.local.algorithms.registry import call as call_algorithm
from gee_scl.local.context import Context
from gee_scl.local.errors import EvaluationError, NotFoundError
from gee_scl.local.raster.image import Image
from gee_scl.local.values import Collection, Date, Feature, Function
from gee_scl.local.vector.geometry import Geometry

CITIES = Collection(
    elements=tuple(
        Feature({"system:index": index, "name": name, "people": people}, Geometry.rectangle(x, 0, x + 1, 1))
        for index, name, people, x in (("0", "Ulm", 126, 0), ("1", "Aalen", 68, 1), ("2", "Brig", 13, 5))
    )
)


class Shelf:
    """Assets that are held in memory."""

    def __init__(self, **assets):
        self._assets = assets

    def load(self, asset_id):
        if asset_id not in self._assets:
            raise NotFoundError(f"Asset '{asset_id}' not found.")
        return self._assets[asset_id]


def call(name, *, assets=None, **arguments):
    return call_algorithm(name, arguments, Context(assets or Shelf()))


def function(body, arguments=1):
    return Function(tuple("abc"[:arguments]), body)


def indexes(collection):
    return [e.index for e in collection.elements]


def names(collection):
    return [e.get("name") for e in collection.elements]


# Indexes


def test_made_collections_number_what_has_no_index():
    features = [Feature({"a": 1}), Feature({"system:index": "Argentina"}), Feature()]
    # Recorded from Earth Engine: an index of one's own stays.
    assert indexes(call("Collection", features=features)) == ["0", "Argentina", "2"]
    images = call("ImageCollection.fromImages", images=[Image.constant(1), Image.constant(2)])
    assert (images.kind, indexes(images)) == ("ImageCollection", ["0", "1"])


def test_merging_tells_the_collections_apart():
    merged = call("Collection.merge", collection1=CITIES, collection2=CITIES)
    assert indexes(merged) == ["1_0", "1_1", "1_2", "2_0", "2_1", "2_2"]


def test_flattening_joins_the_indexes():
    nested = call("Collection", features=[CITIES, CITIES])
    assert indexes(call("Collection.flatten", collection=nested)) == ["0_0", "0_1", "0_2", "1_0", "1_1", "1_2"]
    with pytest.raises(EvaluationError, match="not a collection"):
        call("Collection.flatten", collection=CITIES)


def test_mapping_keeps_indexes_also_where_the_function_sets_them():
    bare = call("Collection.map", collection=CITIES, baseAlgorithm=function(lambda f: Feature({"x": 1})))
    assert indexes(bare) == ["0", "1", "2"]
    renamed = function(lambda f: f.set("system:index", f.get("name")))
    assert indexes(call("Collection.map", collection=CITIES, baseAlgorithm=renamed)) == ["0", "1", "2"]


# Functions


def test_the_first_of_a_mapped_collection_costs_one_evaluation():
    seen = []
    mapped = call("Collection.map", collection=CITIES, baseAlgorithm=function(lambda f: seen.append(f.index) or f))
    assert call("Collection.first", collection=mapped).get("name") == "Ulm"
    assert call("Collection.size", collection=mapped) == 3
    assert seen == ["0"]


def test_mapping_may_drop_nulls_only_where_it_is_asked_to():
    large = function(lambda f: f if f.get("people") > 50 else None)
    kept = call("Collection.map", collection=CITIES, baseAlgorithm=large, dropNulls=True)
    assert names(kept) == ["Ulm", "Aalen"]
    with pytest.raises(EvaluationError, match=r"Error in map\(ID=2\):\nA mapped algorithm must return"):
        names(call("Collection.map", collection=CITIES, baseAlgorithm=large))


def test_an_error_in_a_map_names_the_element():
    def fails(feature):
        raise EvaluationError("Image.select: Band pattern 'X' did not match any bands.")

    with pytest.raises(EvaluationError, match=r"^Error in map\(ID=0\):\nImage.select: Band pattern 'X'"):
        call("Collection.map", collection=CITIES, baseAlgorithm=function(fails)).elements[0]


def test_what_is_mapped_to_decides_the_kind():
    images = call("Collection.map", collection=CITIES, baseAlgorithm=function(lambda f: Image.constant(1)))
    assert images.kind == "ImageCollection"
    features = call("Collection.map", collection=images, baseAlgorithm=function(lambda i: Feature()))
    assert features.kind == "FeatureCollection"


def test_iterating_carries_a_state():
    count = function(lambda feature, total: total + feature.get("people"), 2)
    assert call("Collection.iterate", collection=CITIES, function=count, first=1000) == 1000 + 126 + 68 + 13


# Choosing


def test_filters_come_as_objects_or_as_text():
    condition = call("Filter.greaterThan", leftField="people", rightValue=50)
    assert names(call("Collection.filter", collection=CITIES, filter=condition)) == ["Ulm", "Aalen"]
    assert names(call("Collection.filter", collection=CITIES, filter="people < 100")) == ["Aalen", "Brig"]
    with pytest.raises(EvaluationError, match="Expected a filter"):
        call("Collection.filter", collection=CITIES, filter=5)


def test_sorting_and_limiting():
    assert names(call("Collection.limit", collection=CITIES, key="name")) == ["Aalen", "Brig", "Ulm"]
    largest = call("Collection.limit", collection=CITIES, limit=2, key="people", ascending=False)
    assert names(largest) == ["Ulm", "Aalen"]
    assert names(call("Collection.limit", collection=CITIES, limit=0)) == []
    with pytest.raises(EvaluationError, match="negative"):
        call("Collection.limit", collection=CITIES, limit=-1)


def test_sorting_is_stable_and_puts_what_is_missing_last():
    features = [
        Feature({"name": n, "k": k}) if k else Feature({"name": n})
        for n, k in zip("abcde", (2, 0, 1, 2, 1), strict=True)
    ]
    made = call("Collection", features=features)
    assert names(call("Collection.limit", collection=made, key="k")) == ["c", "e", "a", "d", "b"]
    assert names(call("Collection.limit", collection=made, key="k", ascending=False)) == ["a", "d", "c", "e", "b"]


def test_values_of_different_types_cannot_be_sorted():
    mixed = call("Collection", features=[Feature({"k": 1}), Feature({"k": "1"})])
    with pytest.raises(EvaluationError, match="different types"):
        call("Collection.limit", collection=mixed, key="k")


def test_distinct_keeps_the_first_of_each():
    rows = [Feature({"a": 1, "b": [1, 2]}), Feature({"a": 1.0, "b": [1, 2]}), Feature({"a": 1, "b": [2]})]
    made = call("Collection", features=rows)
    assert indexes(call("Collection.distinct", collection=made, properties="a")) == ["0"]
    assert indexes(call("Collection.distinct", collection=made, properties=["a", "b"])) == ["0", "2"]
    places = call("Collection.merge", collection1=CITIES, collection2=CITIES)
    assert indexes(call("Collection.distinct", collection=places, properties=".geo")) == ["1_0", "1_1", "1_2"]


def test_lists_are_cut_from_collections():
    assert [f.get("name") for f in call("Collection.toList", collection=CITIES, count=5, offset=1)] == ["Aalen", "Brig"]
    assert call("Collection.first", collection=call("Collection", features=[])) is None


def test_remapping_drops_what_the_table_lacks():
    remapped = call(
        "Collection.remap", collection=CITIES, lookupIn=["Ulm", "Brig"], lookupOut=[7, 8], columnName="name"
    )
    assert [(e.index, e.get("name")) for e in remapped.elements] == [("0", 7), ("2", 8)]


def test_columns_become_rows():
    made = call("Collection.fromColumns", columns=[[1, 2], ["a", None]], propertyNames=["n", "t"])
    assert [dict(e.properties) for e in made.elements] == [
        {"n": 1, "t": "a", "system:index": "0"},
        {"n": 2, "system:index": "1"},
    ]


def test_random_columns_are_uniform_and_repeatable():
    many = call("Collection", features=[Feature() for _ in range(2000)])
    column = [e.get("random") for e in call("Collection.randomColumn", collection=many).elements]
    assert column == [e.get("random") for e in call("Collection.randomColumn", collection=many).elements]
    assert column != [e.get("random") for e in call("Collection.randomColumn", collection=many, seed=1).elements]
    assert all(0 <= number < 1 for number in column)
    assert statistics.fmean(column) == pytest.approx(0.5, abs=0.03)
    normal = call("Collection.randomColumn", collection=many, distribution="normal").elements
    assert statistics.pstdev(e.get("random") for e in normal) == pytest.approx(1, abs=0.06)


# Assets


def test_assets_are_loaded_by_kind():
    images = Collection(kind="ImageCollection", id="S2")
    shelf = Shelf(S2=images, fields=CITIES)
    assert call("ImageCollection.load", id="S2", assets=shelf) is images
    assert call("Collection.loadTable", tableId="fields", assets=shelf) is CITIES
    with pytest.raises(EvaluationError, match="asset 'nowhere' not found"):
        call("ImageCollection.load", id="nowhere", assets=shelf)
    with pytest.raises(EvaluationError, match="'fields' is not an ImageCollection"):
        call("ImageCollection.load", id="fields", assets=shelf)


# Places


def test_geometries_of_a_collection_are_united():
    united = call("Collection.geometry", collection=CITIES)
    assert sorted(part.bounds for part in united.shape.geoms) == [(0, 0, 2, 1), (5, 0, 6, 1)]
    (feature,) = call("Collection.union", collection=CITIES).elements
    assert feature.index == "union_result"
    assert feature.geometry.shape.equals(united.shape)
    assert call("Collection.bounds", collection=CITIES).shape.bounds == pytest.approx((0, 0, 6, 1))


def test_geometries_of_different_planes_are_not_united():
    mixed = [Feature({}, Geometry.rectangle(0, 0, 1, 1)), Feature({}, Geometry.rectangle(0, 0, 9, 9, crs="EPSG:32631"))]
    with pytest.raises(EvaluationError, match="share their projection"):
        call("Collection.geometry", collection=call("Collection", features=mixed))


# Statistics


def test_aggregates_skip_what_is_missing():
    numbers = [4, 7.5, 1, 7.5]
    rows = [*(Feature({"v": n}) for n in numbers), Feature({"other": 1})]
    made = call("Collection", features=rows)

    def aggregate(name):
        return call(f"AggregateFeatureCollection.{name}", collection=made, property="v")

    assert aggregate("array") == numbers
    assert (aggregate("count"), aggregate("count_distinct"), aggregate("first")) == (4, 3, 4)
    assert (aggregate("min"), aggregate("max")) == (1, 7.5)
    assert aggregate("sum") == 20
    assert aggregate("mean") == 5
    assert aggregate("product") == 225
    assert aggregate("histogram") == {"1": 1, "4": 1, "7.5": 2}
    # The squares of the differences from 5 are 1, 6.25, 16 and 6.25.
    assert aggregate("total_var") == pytest.approx(29.5 / 4)
    assert aggregate("sample_var") == pytest.approx(29.5 / 3)
    assert aggregate("total_sd") == pytest.approx(math.sqrt(29.5 / 4))
    assert aggregate("sample_sd") == pytest.approx(math.sqrt(29.5 / 3))
    stats = aggregate("stats")
    assert (stats["total_count"], stats["valid_count"], stats["sum_sq"]) == (5, 4, 16 + 56.25 + 1 + 56.25)


def test_aggregates_of_nothing():
    empty = call("Collection", features=[])
    for name, expected in {"array": [], "count": 0, "sum": 0, "mean": None, "min": None, "histogram": {}}.items():
        assert call(f"AggregateFeatureCollection.{name}", collection=empty, property="v") == expected


def test_text_has_extremes_but_no_sum():
    assert call("AggregateFeatureCollection.max", collection=CITIES, property="name") == "Ulm"
    with pytest.raises(EvaluationError, match="numbers are needed"):
        call("AggregateFeatureCollection.sum", collection=CITIES, property="name")


# Elements and features


def test_properties_are_read_and_set():
    city = CITIES.elements[0]
    assert call("Element.get", object=city, property="name") == "Ulm"
    assert call("Element.get", object=city, property="nothing") is None
    assert call("Element.propertyNames", element=city) == ["system:index", "name", "people"]
    assert call("Element.toDictionary", element=city) == {"name": "Ulm", "people": 126}
    changed = call("Element.setMulti", object=city, properties={"people": 1, "new": [2]})
    assert call("Element.toDictionary", element=changed) == {"name": "Ulm", "people": 1, "new": [2]}
    assert call("Element.get", object=call("Element.set", object=city, key="name"), property="name") is None
    with pytest.raises(EvaluationError, match="'name' is not a number"):
        call("Element.getNumber", object=city, property="name")


def test_copying_leaves_the_system_s_properties():
    source = Feature({"system:index": "s", "system:time_start": 5, "a": 1, "b": 2})
    target = Feature({"system:index": "t", "c": 3})
    copied = call("Element.copyProperties", destination=target, source=source)
    assert copied.properties == {"system:index": "t", "a": 1, "b": 2, "c": 3}
    some = call("Element.copyProperties", destination=target, source=source, properties=["system:time_start"])
    assert some.properties == {"system:index": "t", "system:time_start": 5, "c": 3}
    others = call("Element.copyProperties", destination=target, source=source, exclude=["a"])
    assert others.properties == {"system:index": "t", "b": 2, "c": 3}


def test_a_feature_s_id_is_its_index():
    # Recorded from Earth Engine: a property that is called id is none.
    assert call("Feature.id", element=call("Feature", metadata={"id": "yada"})) is None
    assert call("Feature.id", element=CITIES.elements[1]) == "1"


def test_properties_are_selected_by_name_or_pattern_and_renamed():
    feature = Feature({"system:index": "7", "a1": 1, "a2": 2, "b": 3}, Geometry.rectangle(0, 0, 1, 1))
    chosen = call("Feature.select", input=feature, propertySelectors=["b", "a."])
    assert list(chosen.properties.items()) == [("system:index", "7"), ("b", 3), ("a1", 1), ("a2", 2)]
    assert chosen.geometry is not None
    renamed = call(
        "Feature.select", input=feature, propertySelectors=["b", "gone"], newProperties=["B", "G"], retainGeometry=False
    )
    assert (renamed.properties, renamed.geometry) == ({"system:index": "7", "B": 3}, None)
    with pytest.raises(EvaluationError, match="1 new names were given for 2"):
        call("Feature.select", input=feature, propertySelectors=["a."], newProperties=["A"])


def test_a_feature_s_geometry_is_measured_and_changed():
    city = CITIES.elements[0]
    assert call("Feature.area", feature=city) == pytest.approx(city.geometry.area())
    assert call("Feature.intersects", left=city, right=CITIES.elements[2]) is False
    part = call("Feature.intersection", left=city, right=Feature({"x": 1}, Geometry.rectangle(0.5, 0, 3, 1)))
    assert part.get("name") == "Ulm"
    assert part.geometry.shape.bounds == pytest.approx((0.5, 0, 1, 1))
    moved = call("Feature.setGeometry", feature=city, geometry=Geometry.rectangle(8, 8, 9, 9))
    assert (moved.get("name"), call("Feature.geometry", feature=moved).shape.bounds) == ("Ulm", (8, 8, 9, 9))
    with pytest.raises(EvaluationError, match="has no geometry"):
        call("Feature.area", feature=Feature({"a": 1}))


def test_the_joins_and_kernels_of_the_client_are_reachable_by_name():
    near = call("Filter.maxDifference", difference=60, leftField="people", rightField="people")
    joined = call(
        "Join.apply", join=call("Join.saveAll", matchesKey="m"), primary=CITIES, secondary=CITIES, condition=near
    )
    assert [[m.get("name") for m in e.get("m")] for e in joined.elements] == [
        ["Ulm", "Aalen"],
        ["Ulm", "Aalen", "Brig"],
        ["Aalen", "Brig"],
    ]
    square = call("Kernel.rotate", kernel=call("Kernel.fixed", weights=[[1, 2], [3, 4]]), rotations=1)
    assert square.weights_at(10).tolist() == [[3, 1], [4, 2]]


def test_dates_have_extremes():
    dated = call("Collection", features=[Feature({"d": Date(5)}), Feature({"d": Date(3)})])
    assert call("AggregateFeatureCollection.min", collection=dated, property="d") == 3
