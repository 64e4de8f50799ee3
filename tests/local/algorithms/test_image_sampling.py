"""Pixels as features and tables: expected values from the arrays themselves, rasterio's centre rule, and pyproj."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyproj
import pytest
import rasterio.features
import shapely

from gee_scl.local.errors import EvaluationError, LimitError
from gee_scl.local.raster.image import Image
from gee_scl.local.values import FOOTPRINT, INDEX, TIME_START, Collection, Feature
from gee_scl.local.vector.geometry import Geometry
from tests.support.local.algorithm_calls import call
from tests.support.local.pixel_images import UTM, byte, joined, real, stack

HEIGHT, WIDTH = 12, 15
TO_LONLAT = pyproj.Transformer.from_crs(UTM.crs, "EPSG:4326", always_xy=True)


def scene(seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    numbers = np.random.default_rng(seed)
    return numbers.integers(0, 5, (HEIGHT, WIDTH)).astype(np.uint8), numbers.random((HEIGHT, WIDTH)) > 0.2


def box(left: float, top: float, right: float, bottom: float) -> Geometry:
    """A rectangle in columns and rows of the scene."""
    shape = shapely.box(500_000 + 20 * left, 6_000_000 - 20 * bottom, 500_000 + 20 * right, 6_000_000 - 20 * top)
    return Geometry(shape, UTM.crs, geodesic=False)


def point(column: float, row: float) -> Geometry:
    return Geometry(shapely.Point(500_000 + 20 * column, 6_000_000 - 20 * row), UTM.crs, geodesic=False)


ALL = box(0, 0, WIDTH, HEIGHT)
TRIANGLE = Geometry(
    shapely.Polygon([(500_011, 5_999_985), (500_271, 5_999_943), (500_093, 5_999_777)]), UTM.crs, geodesic=False
)


def inside(shape: Geometry) -> np.ndarray:
    burnt = rasterio.features.rasterize([shape.shape], (HEIGHT, WIDTH), transform=UTM.transform)
    return burnt.astype(bool)


def column(collection: Collection, name: str) -> list[Any]:
    return [feature.get(name) for feature in collection.elements]


def test_a_sample_has_a_feature_for_each_valid_pixel_in_the_region():
    values, mask = scene()
    image = joined(byte(values, mask), real(values / 2, name="B4"))
    sampled = call("Image.sample", image=image, region=TRIANGLE)
    chosen = inside(TRIANGLE)
    assert column(sampled, "SCL") == values[chosen & mask].tolist()
    assert column(sampled, "B4") == (values[chosen & mask] / 2).tolist()
    assert column(sampled, INDEX) == [str(n) for n in range((chosen & mask).sum())]
    assert sampled.elements[0].geometry is None
    everything = call("Image.sample", image=image, region=TRIANGLE, dropNulls=False)
    assert column(everything, "B4") == (values[chosen] / 2).tolist()
    assert column(everything, "SCL") == [
        v if m else None for v, m in zip(values[chosen].tolist(), mask[chosen].tolist(), strict=True)
    ]


def test_samples_can_carry_their_pixels_centres():
    sampled = call("Image.sample", image=byte([[1, 2], [3, 4]]), region=box(0, 0, 2, 2), geometries=True)
    expected = [TO_LONLAT.transform(500_000 + 20 * x, 6_000_000 - 20 * y) for y in (0.5, 1.5) for x in (0.5, 1.5)]
    found = [(f.geometry.shape.x, f.geometry.shape.y) for f in sampled.elements]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_a_share_of_the_pixels_depends_on_the_seed_alone():
    image = byte(np.arange(40_000).reshape(200, 200) % 251)
    arguments = {"image": image, "region": box(0, 0, 200, 200)}
    first, again, other = (call("Image.sample", **arguments, factor=0.1, seed=s) for s in (1, 1, 2))
    assert column(first, "SCL") == column(again, "SCL") != column(other, "SCL")
    assert 3600 < len(first.elements) < 4400
    about = call("Image.sample", **arguments, numPixels=500)
    assert 400 < len(about.elements) < 600
    assert len(call("Image.sample", **arguments, numPixels=10**9).elements) == 40_000


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"factor": 0.5, "numPixels": 3}, "Cannot specify both 'factor' and 'numPixels'"),
        ({"factor": 1.5}, r"'factor' must be within \(0, 1\]"),
        ({"numPixels": 0}, "'numPixels' must be positive"),
        ({"region": None}, "The region must be bounded"),
        ({"scale": 0}, "The scale must be greater than 0"),
    ],
)
def test_samples_that_make_no_sense_are_refused(arguments, text):
    with pytest.raises(EvaluationError, match=rf"Image\.sample: {text}"):
        call("Image.sample", **{"image": byte([[1]]), "region": ALL, **arguments})


def test_the_footprint_is_the_region_of_an_image_that_has_one():
    values, _ = scene()
    image = byte(values).set(FOOTPRINT, box(2, 3, 5, 5))
    assert column(call("Image.sample", image=image), "SCL") == values[3:5, 2:5].ravel().tolist()


def test_a_coarser_sample_takes_the_nearest_pixels():
    values, _ = scene()
    sampled = call("Image.sample", image=byte(values), region=ALL, scale=60)
    assert column(sampled, "SCL") == values[1::3, 1::3].ravel().tolist()


def test_regions_give_their_properties_to_the_pixels_in_them():
    values, mask = scene()
    regions = Collection(
        elements=[
            Feature(geometry=box(0, 0, 3, 2), properties={"crop": "maize", "id": 1, INDEX: "a"}),
            Feature(geometry=point(4.2, 6.7), properties={"crop": "rye", INDEX: "b"}),
        ]
    )
    image = byte(values, mask | np.eye(HEIGHT, WIDTH, k=-2, dtype=bool))
    sampled = call("Image.sampleRegions", image=image, collection=regions, geometries=True)
    known = (mask | np.eye(HEIGHT, WIDTH, k=-2, dtype=bool))[:2, :3]
    assert column(sampled, "SCL") == [*values[:2, :3][known].tolist(), int(values[6, 4])]
    assert column(sampled, "crop") == ["maize"] * int(known.sum()) + ["rye"]
    assert sampled.elements[0].get("id") == 1
    last = sampled.elements[-1]
    assert last.get(INDEX) == "b_0"
    expected = TO_LONLAT.transform(500_090, 5_999_870)
    np.testing.assert_allclose((last.geometry.shape.x, last.geometry.shape.y), expected, atol=1e-12)
    chosen = call("Image.sampleRegions", image=image, collection=regions, properties=["id"])
    assert set(chosen.elements[0].properties) == {"SCL", "id", INDEX}


def test_a_point_on_the_border_of_pixels_is_in_one():
    regions = Collection(elements=[Feature(geometry=point(4, 6), properties={INDEX: "b"})])
    values, _ = scene()
    sampled = call("Image.sampleRegions", image=byte(values), collection=regions)
    assert column(sampled, "SCL") == [int(values[6, 4])]


def test_a_point_on_the_border_of_pixels_is_counted_once():
    values, _ = scene()
    arguments = {"image": byte(values), "geometry": point(4, 6)}
    assert call("Image.reduceRegion", reducer=call("Reducer.first"), **arguments) == {"SCL": int(values[6, 4])}
    assert call("Image.reduceRegion", reducer=call("Reducer.count"), **arguments) == {"SCL": 1}


def test_regions_need_geometries():
    with pytest.raises(EvaluationError, match=r"Image\.sampleRegions: Feature '' has no geometry"):
        call("Image.sampleRegions", image=byte([[1]]), collection=Collection(elements=[Feature()]))


def test_a_stratified_sample_takes_as_many_of_each_class_as_there_are():
    values = np.zeros((HEIGHT, WIDTH), np.uint8)
    values[:6] = 3
    values[0, :4] = 7
    image = joined(byte(values), real(np.arange(values.size).reshape(values.shape)))
    arguments = {"image": image, "numPoints": 10, "classBand": "SCL", "region": ALL}
    sampled = call("Image.stratifiedSample", **arguments, classValues=[3], classPoints=[2])
    assert column(sampled, "SCL") == [0] * 10 + [3] * 2 + [7] * 4
    places = column(sampled, "B4")
    assert len(set(places)) == 16
    assert [int(values.flat[int(place)]) for place in places] == column(sampled, "SCL")
    assert column(call("Image.stratifiedSample", **arguments), "B4") != column(
        call("Image.stratifiedSample", **arguments, seed=5), "B4"
    )
    with pytest.raises(EvaluationError, match="class band 'B4' must have an integer type"):
        call("Image.stratifiedSample", **{**arguments, "classBand": "B4"})
    with pytest.raises(EvaluationError, match="must have the same size"):
        call("Image.stratifiedSample", **arguments, classValues=[3])


def test_a_rectangle_is_a_feature_of_rows():
    values, _ = scene()
    image = joined(byte(values), byte(values + 1, name="more")).set("p", 4)
    found = call("Image.sampleRectangle", image=image, region=box(1, 2, 4, 4))
    assert found.get("SCL") == values[2:4, 1:4].tolist()
    assert found.get("more") == (values[2:4, 1:4] + 1).tolist()
    assert found.get("p") == 4


def test_a_rectangle_with_masked_pixels_needs_a_value_for_them():
    image = byte([[1, 2, 3]], mask=[[1, 0, 1]])
    with pytest.raises(EvaluationError, match="when sampling band 'SCL' with no default value set"):
        call("Image.sampleRectangle", image=image, region=box(0, 0, 4, 1))
    filled = call("Image.sampleRectangle", image=image, region=box(0, 0, 4, 1), defaultValue=0)
    assert filled.get("SCL") == [[1, 0, 3, 0]]


def test_a_rectangle_has_at_most_262144_pixels():
    with pytest.raises(LimitError, match=r"must be <= 262144\. Got 263169"):
        call("Image.sampleRectangle", image=byte([[1]]), region=box(0, 0, 513, 513))


def test_a_table_has_the_images_of_a_pixel_one_after_the_other():
    first, second = (byte([[v, v + 1]], mask=[[1, v == 3]], name="SCL") for v in (1, 3))
    images = stack(first.set(TIME_START, 1000), second.set(TIME_START, 2000))
    table = call("ImageCollection.getRegion", collection=images, geometry=box(0, 0, 2, 1), scale=20, crs=UTM.crs)
    left, right = (TO_LONLAT.transform(x, 5_999_990) for x in (500_010, 500_030))
    assert table[0] == ["id", "longitude", "latitude", "time", "SCL"]
    assert [[row[0], *row[3:]] for row in table[1:]] == [
        ["0", 1000, 1],
        ["1", 2000, 3],
        ["0", 1000, None],
        ["1", 2000, 4],
    ]
    np.testing.assert_allclose([row[1:3] for row in table[1:]], [left, left, right, right], atol=1e-12)


def test_a_point_is_a_table_of_one_pixel():
    values, _ = scene()
    table = call(
        "ImageCollection.getRegion", collection=stack(byte(values)), geometry=point(3.9, 5.1), scale=20, crs=UTM.crs
    )
    assert [row[4] for row in table[1:]] == [int(values[5, 3])]


def test_images_whose_footprint_does_not_hold_a_pixel_have_no_row_for_it():
    images = stack(byte([[1, 2]]).set(FOOTPRINT, box(1, 0, 2, 1)), byte([[3, 4]]))
    table = call("ImageCollection.getRegion", collection=images, geometry=box(0, 0, 2, 1), scale=20, crs=UTM.crs)
    assert [(row[0], row[4]) for row in table[1:]] == [("1", 3), ("0", 2), ("1", 4)]


def test_tables_have_limits():
    images = stack(*(byte(np.ones((2, 2))) for _ in range(7)))
    with pytest.raises(LimitError, match="Too many values: 160000 points x 1 bands x 7 images > 1048576"):
        call("ImageCollection.getRegion", collection=images, geometry=box(0, 0, 400, 400), scale=20, crs=UTM.crs)
    with pytest.raises(LimitError, match="Too many values: 4000000 points"):
        call("ImageCollection.getRegion", collection=images, geometry=box(0, 0, 2000, 2000), scale=20, crs=UTM.crs)
    mixed = Collection(elements=[byte([[1]]), byte([[1]], name="B1")], kind="ImageCollection")
    with pytest.raises(EvaluationError, match="Expected a homogeneous image collection"):
        call("ImageCollection.getRegion", collection=mixed, geometry=ALL, scale=20, crs=UTM.crs)


def test_samples_of_an_image_without_bands_are_refused():
    with pytest.raises(EvaluationError, match=r"Image\.sample: The image has no bands"):
        call("Image.sample", image=Image(), region=ALL)
