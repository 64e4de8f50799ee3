"""Made images, where they lie, and their partners: expected values by hand, from pyproj and from numpy."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest
import shapely
from affine import Affine

from gee_scl.local.algorithms import registry
from gee_scl.local.context import Context
from gee_scl.local.errors import EvaluationError, NotFoundError
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Image
from gee_scl.local.values import BYTE, DOUBLE, FOOTPRINT, ONE_DEGREE, Date, Element, PixelType, Projection
from gee_scl.local.vector.geometry import Geometry
from tests.support.local.algorithm_calls import call
from tests.support.local.pixel_images import UTM, byte, joined, read, real, row, sheet, stack, window


@pytest.mark.parametrize(
    ("value", "names", "kinds"),
    [
        (7, ["constant"], [PixelType("int", 7, 7)]),
        (0.5, ["constant"], [PixelType("double", 0.5, 0.5)]),
        ([1, 2], ["constant_0", "constant_1"], [PixelType("int", 1, 1), PixelType("int", 2, 2)]),
        ([1], ["constant_0"], [PixelType("int", 1, 1)]),
        ({"a": 1}, ["a"], [PixelType("int", 1, 1)]),
        ([], [], []),
    ],
)
def test_constants_are_named_and_typed_by_their_number(value, names, kinds):
    image = call("Image.constant", value=value)
    assert image.names == names
    assert [b.type for b in image.bands] == kinds
    assert all(b.projection == ONE_DEGREE for b in image.bands)


def test_numbers_beyond_64_bits_become_real():
    assert row(call("Image.constant", value=10**30), 1) == [1e30]


@pytest.mark.parametrize("value", ["x", [1, "x"], [[1]]])
def test_constants_must_be_numbers(value):
    with pytest.raises(EvaluationError, match=r"Image\.constant: The value must be a number"):
        call("Image.constant", value=value)


class _Shelf:
    def __init__(self, **assets: Element) -> None:
        self._assets = assets

    def load(self, asset_id: str) -> Element:
        if asset_id not in self._assets:
            raise NotFoundError(asset_id)
        return self._assets[asset_id]


def load(asset_id: str, version: int = -1) -> Image:
    context = Context(assets=_Shelf(image=Image(id="image", version=3), collection=stack()))
    return registry.call("Image.load", {"id": asset_id, "version": version}, context)


def test_images_are_loaded_by_id():
    assert load("image").id == "image"
    assert load("image", 3).id == "image"


@pytest.mark.parametrize(
    ("asset", "version", "text"),
    [
        ("X", -1, r"Image\.load: Image asset 'X' not found \(does not exist or caller does not have access\)\."),
        ("image", 4, "not found"),
        ("collection", -1, r"Image\.load: Asset 'collection' is not an Image\."),
    ],
)
def test_what_is_no_image_cannot_be_loaded(asset, version, text):
    with pytest.raises(EvaluationError, match=text):
        load(asset, version)


def test_metadata_is_a_band_of_doubles_without_limits():
    image = call("Image.metadata", image=byte([1]).set("cloud", 12), property="cloud")
    assert (image.names, image.bands[0].type, row(image, 1)) == (["cloud"], DOUBLE, [12.0])
    assert call("Image.metadata", image=byte([1]).set("t", Date(5)), property="t", name="time").names == ["time"]
    with pytest.raises(EvaluationError, match="'cloud' must be a number, not null"):
        call("Image.metadata", image=byte([1]), property="cloud")


def test_longitude_and_latitude_are_those_of_the_centres():
    image = call("Image.pixelLonLat")
    assert image.names == ["longitude", "latitude"]
    grid = window(2, 2, column=100, row=50)
    inverse = pyproj.Transformer.from_crs("EPSG:32629", "EPSG:4326", always_xy=True)
    x, y = np.meshgrid([502_010.0, 502_030.0], [5_998_990.0, 5_998_970.0])
    for band, expected in zip((0, 1), inverse.transform(x, y), strict=True):
        np.testing.assert_allclose(read(image, grid, band).values, expected, atol=1e-12)


def test_pixel_coordinates_count_in_the_pixels_of_their_projection():
    image = call("Image.pixelCoordinates", projection=UTM)
    assert image.names == ["x", "y"]
    assert row(image, 3, "x") == [0.5, 1.5, 2.5]
    assert image.bands[0].projection == UTM


def test_pixel_area_is_the_area_of_the_ellipsoid():
    grid = Grid("EPSG:4326", Affine(1e-3, 0, 10, 0, -1e-3, 50), 0, 0, 1, 1)
    ring = [(10, 50), (10.001, 50), (10.001, 49.999), (10, 49.999)]
    expected = abs(pyproj.Geod(ellps="WGS84").polygon_area_perimeter(*zip(*ring, strict=True))[0])
    assert read(call("Image.pixelArea"), grid).values[0, 0] == pytest.approx(expected, rel=1e-6)


def test_random_numbers_depend_on_the_place_and_the_seed_alone():
    image = call("Image.random", seed=1)
    whole = read(image, window(64, 64)).values
    np.testing.assert_array_equal(read(image, window(10, 10, column=7, row=9)).values, whole[9:19, 7:17])
    assert not np.array_equal(read(call("Image.random", seed=2), window(64, 64)).values, whole)
    assert len(np.unique(whole)) == whole.size
    assert 0 <= whole.min() < whole.max() < 1
    assert whole.mean() == pytest.approx(0.5, abs=0.02)


def test_normal_numbers_have_mean_0_and_deviation_1():
    values = read(call("Image.random", distribution="normal"), window(200, 200)).values
    assert (values.mean(), values.std()) == (pytest.approx(0, abs=0.02), pytest.approx(1, abs=0.02))
    with pytest.raises(EvaluationError, match="Unknown distribution: 'poisson'"):
        call("Image.random", distribution="poisson")


def test_the_id_is_the_index_and_the_date_the_start():
    image = byte([1]).with_properties({"system:index": "a", "system:time_start": 1000})
    assert call("Image.id", element=image) == "a"
    assert call("Image.date", image=image) == Date(1000)
    assert call("Image.id", element=byte([1])) is None
    with pytest.raises(EvaluationError, match="system:time_start"):
        call("Image.date", image=byte([1]))


def test_the_geometry_is_the_footprint_or_unbounded():
    footprint = Geometry(shapely.box(0, 0, 1, 1))
    assert call("Image.geometry", feature=byte([1]).set(FOOTPRINT, footprint)) is footprint
    assert call("Image.geometry", feature=byte([1])).is_unbounded()


CLOUDS = stack(
    joined(real([0.1], name="cs"), real([0.2], name="cs_cdf"), properties={"system:index": "a", "v": 1}),
    joined(real([0.3], name="cs"), real([0.4], name="cs_cdf"), properties={"system:index": "b", "v": 2}),
)


def test_linked_images_bring_bands_and_properties():
    image = byte([4]).set("system:index", "b")
    linked = call(
        "Image.linkCollection", input=image, imageCollection=CLOUDS, linkedBands=["cs_cdf"], linkedProperties="v"
    )
    assert linked.names == ["SCL", "cs_cdf"]
    assert row(linked, 1, "cs_cdf") == [0.4]
    assert (linked.get("v"), linked.get("system:index")) == (2, "b")


def test_without_a_partner_linked_bands_are_masked_and_properties_null():
    image = byte([4]).with_properties({"system:index": "z", "v": 9})
    linked = call("Image.linkCollection", input=image, imageCollection=CLOUDS, linkedBands="cs", linkedProperties=["v"])
    assert row(linked, 1, "cs") == [None]
    assert linked.bands[1].type == CLOUDS.elements[0].bands[0].type
    assert linked.get("v") is None


# Projections


def test_projections_of_bands_that_differ_fail():
    image = joined(byte([1]), call("Image.constant", value=1))
    assert call("Image.projection", image=byte([1])) == UTM
    with pytest.raises(
        EvaluationError, match=r"contains different projections\. Use Image.select to pick a single band"
    ):
        call("Image.projection", image=image)
    with pytest.raises(EvaluationError, match="no bands"):
        call("Image.projection", image=Image())


def test_the_default_projection_can_be_set_by_name_transform_or_scale():
    transform = [10, 0, 5, 0, -10, 7]
    by_transform = call("Image.setDefaultProjection", image=byte([1]), crs="EPSG:32629", crsTransform=transform)
    assert by_transform.bands[0].projection == Projection("EPSG:32629", Affine(*transform))
    by_scale = call("Image.setDefaultProjection", image=byte([1]), crs="EPSG:32629", scale=30)
    assert by_scale.bands[0].projection.nominal_scale() == pytest.approx(30)
    assert row(by_scale, 1) == [1]
    with pytest.raises(EvaluationError, match="Cannot specify both"):
        call("Image.setDefaultProjection", image=byte([1]), crs="EPSG:32629", scale=30, crsTransform=transform)


def test_reprojected_pixels_are_the_nearest_of_their_own_grid():
    values = np.arange(144).reshape(12, 12)
    coarse = call("Image.reproject", image=byte(values), crs="EPSG:32629", crsTransform=[60, 0, 5e5, 0, -60, 6e6])
    assert coarse.bands[0].projection.transform == Affine(60, 0, 500_000, 0, -60, 6_000_000)
    # A pixel of 60 m holds nine of 20 m, and takes the one in its middle.
    expected = np.repeat(np.repeat(values[1::3, 1::3], 3, axis=0), 3, axis=1)
    np.testing.assert_array_equal(read(coarse, window(12, 12)).values, expected)
    np.testing.assert_array_equal(read(coarse, window(5, 4, column=2, row=3)).values, expected[3:7, 2:7])
    assert not read(coarse, window(1, 1, column=12)).mask.any()


def test_resampling_changes_nothing_on_the_own_grid():
    values = np.arange(144).reshape(12, 12)
    resampled = call("Image.resample", image=byte(values), mode="bicubic")
    np.testing.assert_array_equal(read(resampled, window(12, 12)).values, values)


@pytest.mark.parametrize(("mode", "exact"), [("bilinear", 1e-9), ("bicubic", 1e-6)])
def test_resampling_follows_a_plane_exactly(mode, exact):
    image = Image(bands=(sheet(np.add.outer(np.arange(60), 2 * np.arange(60)).astype(float)),))
    shifted = Grid("EPSG:32629", Affine(20, 0, 500_005, 0, -20, 5_999_990), 20, 20, 10, 10)
    columns, rows = np.meshgrid(np.arange(20, 30), np.arange(20, 30))
    expected = (rows + 0.5) + 2 * (columns + 0.25)
    resampled = read(call("Image.resample", image=image, mode=mode), shifted)
    np.testing.assert_allclose(resampled.values, expected, atol=exact)
    assert resampled.mask.all()


def test_bilinear_weights_leave_out_masked_pixels():
    image = Image(bands=(sheet([[10.0, 99.0]], np.array([[True, False]])),))
    quarter = Grid("EPSG:32629", Affine(20, 0, 500_005, 0, -20, 6_000_000), 0, 0, 1, 1)
    assert read(call("Image.resample", image=image), quarter).values.tolist() == [[10.0]]
    far = Grid("EPSG:32629", Affine(20, 0, 500_015, 0, -20, 6_000_000), 0, 0, 1, 1)
    assert read(call("Image.resample", image=image), far).mask.tolist() == [[False]]


def test_resampling_works_across_coordinate_systems():
    image = Image(bands=(sheet(np.add.outer(np.arange(40), np.arange(40)).astype(float)),))
    grid = Grid("EPSG:4326", Affine(1e-4, 0, -8.998, 0, -1e-4, 54.143), 0, 0, 5, 5)
    x, y = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32629", always_xy=True).transform(*grid.centres())
    expected = (x - 500_000) / 20 + (6_000_000 - y) / 20 - 1
    inside = (expected > 2) & (x > 500_020) & (y < 5_999_980)
    assert inside.any()
    resampled = read(call("Image.resample", image=image), grid)
    np.testing.assert_allclose(resampled.values[inside], expected[inside], atol=1e-6)


def test_a_coarse_grid_reads_a_coarser_level_of_what_is_resampled():
    image = Image(bands=(sheet(np.ones((64, 64))),))
    coarse = Grid("EPSG:32629", Affine(320, 0, 500_003, 0, -320, 6_000_000), 0, 0, 3, 3)
    assert read(call("Image.resample", image=image), coarse).values[1, 1] == 1


def test_reprojection_of_too_much_is_refused():
    image = call("Image.reproject", image=call("Image.constant", value=1), crs="EPSG:32629", scale=1)
    with pytest.raises(EvaluationError, match=r"Reprojection output too large"):
        read(image, Grid("EPSG:32629", Affine(1000, 0, 0, 0, -1000, 6_000_000), 0, 0, 512, 512))


def test_changing_the_projection_moves_the_pixels():
    moved_to = Projection("EPSG:32629", Affine(20, 0, 500_040, 0, -20, 6_000_000))
    moved = call("Image.changeProj", input=byte([1, 2, 3]), srcProj=UTM, dstProj=moved_to)
    assert moved.bands[0].projection == moved_to
    assert row(moved, 5) == [None, None, 1, 2, 3]


def test_a_mode_of_resampling_must_be_known():
    with pytest.raises(EvaluationError, match="Unknown mode: 'nearest'"):
        call("Image.resample", image=byte([1]), mode="nearest")


@pytest.mark.parametrize(
    ("transform", "expected"),
    [
        (None, 'PARAM_MT["Affine", \n  PARAMETER["num_row", 3], \n  PARAMETER["num_col", 3]]'),
        (
            [30, 0, 499_785, 0, -30, 4_110_015],
            'PARAM_MT["Affine", \n  PARAMETER["num_row", 3], \n  PARAMETER["num_col", 3], \n  '
            'PARAMETER["elt_0_0", 30.0], \n  PARAMETER["elt_0_2", 499785.0], \n  '
            'PARAMETER["elt_1_1", -30.0], \n  PARAMETER["elt_1_2", 4110015.0]]',
        ),
    ],
)
def test_transforms_are_written_and_read_as_text(transform, expected):
    projection = call("Projection", crs="EPSG:32610", transform=transform)
    assert call("Projection.transform", projection=projection) == expected
    assert call("Projection", crs="EPSG:32610", transformWkt=expected) == projection


def test_projections_tell_their_crs_and_scale():
    assert call("Projection.crs", projection=UTM) == "EPSG:32629"
    assert call("Projection.nominalScale", proj=UTM) == pytest.approx(20)
    assert call("Projection.nominalScale", proj=ONE_DEGREE) == pytest.approx(6_378_137 * math.pi / 180)
    assert pyproj.CRS(call("Projection.wkt", projection=UTM)).to_epsg() == 32629


def test_the_sinusoidal_plane_of_modis_has_a_name_of_its_own():
    modis = call("Projection", crs="SR-ORG:6974")
    assert call("Projection.crs", projection=modis) == "SR-ORG:6974"
    by_hand = 6_371_007.181 * math.radians(10) * math.cos(math.radians(60)), 6_371_007.181 * math.radians(60)
    point = Geometry.from_geojson({"type": "Point", "coordinates": [10, 60]})
    x, y = call("Geometry.transform", geometry=point, proj=modis).coordinates()
    assert (x, y) == pytest.approx(by_hand)


def test_projections_are_scaled_and_moved():
    assert call("Projection.atScale", projection=UTM, meters=60).transform == Affine(60, 0, 500_000, 0, -60, 6_000_000)
    assert call("Projection.scale", projection=UTM, x=2, y=3).transform == Affine(40, 0, 500_000, 0, -60, 6_000_000)
    moved = call("Projection.translate", projection=UTM, x=1, y=2).transform
    assert moved == Affine(20, 0, 500_020, 0, -20, 5_999_960)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"crs": "EPSG:4326", "transform": [1, 2]}, "list of 6 numbers"),
        ({"crs": "EPSG:4326", "transform": [0, 0, 0, 0, 0, 0]}, "invertible"),
        ({"crs": "nowhere"}, "could not be parsed"),
        # Both are errors on Earth Engine: https://gis.stackexchange.com/q/272818
        ({"crs": "ESRI:54009"}, "could not be parsed"),
        ({"crs": "SR-ORG:7619"}, "could not be parsed"),
        ({"crs": "+proj=moll"}, "could not be parsed"),
        ({"crs": 5}, "not Integer"),
        ({"crs": "EPSG:4326", "transformWkt": "x"}, "could not be parsed"),
    ],
)
def test_what_is_no_projection_is_refused(arguments, text):
    with pytest.raises(EvaluationError, match=text):
        call("Projection", **arguments)


def test_a_scale_must_be_positive():
    with pytest.raises(EvaluationError, match="must be greater than 0"):
        call("Projection.atScale", projection=UTM, meters=0)


def test_bytes_stay_bytes_through_a_reprojection():
    image = call("Image.reproject", image=byte([1, 2]), crs=UTM)
    assert image.bands[0].type == BYTE
    assert read(image, window(2)).values.dtype == np.uint8
