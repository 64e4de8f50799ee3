"""The clear share of a region in each image, and the best images."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import ee
import geopandas
import numpy as np
import pyproj
import pytest
import rasterio.features
import shapely
from affine import Affine
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import gee_scl
from gee_scl.scenes.clear_share import best_scenes, with_clear_share
from gee_scl.scenes.mosaics import daily_mosaics
from tests.support.engines import session_on, session_over
from tests.support.graphs import added_bytes
from tests.support.local.catalogues import GRID, Scene, make_catalogue

CLEAR, VALID = "gee_scl:clear_percent", "gee_scl:valid_percent"
FIELD = (11.61, 46.43, 11.64, 46.45)
SURFACE = (4, 5, 6, 11)


@pytest.fixture(scope="module", autouse=True)
def session(sample_engine: str) -> Iterator[None]:
    with session_on(sample_engine):
        yield


def values(images: ee.ImageCollection, name: str) -> list[float]:
    return images.aggregate_array(name).getInfo()


def in_utm(shape: shapely.Geometry, crs: str = "EPSG:32632") -> geopandas.GeoSeries:
    return geopandas.GeoSeries([shape], crs=crs)


def pixel_areas(transform: Affine, height: int, width: int, crs: str = "EPSG:32632") -> np.ndarray:
    """Square metres on the ellipsoid."""
    to_degrees = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    geod = pyproj.Geod(ellps="WGS84")
    columns, rows = np.meshgrid(np.arange(width + 1), np.arange(height + 1))
    x, y = transform @ (columns, rows)
    longitude, latitude = to_degrees.transform(x, y)

    def area(row: int, column: int) -> float:
        corners = [(row, column), (row + 1, column), (row + 1, column + 1), (row, column + 1)]
        return abs(geod.polygon_area_perimeter([longitude[c] for c in corners], [latitude[c] for c in corners])[0])

    return np.array([[area(row, column) for column in range(width)] for row in range(height)])


def shares(classes: np.ndarray, inside: np.ndarray, areas: np.ndarray, codes: tuple[int, ...]) -> tuple[float, float]:
    whole = areas[inside].sum()
    clear = areas[inside & np.isin(classes, codes)].sum()
    return 100 * clear / whole, 100 * areas[inside & (classes > 0)].sum() / whole


@settings(max_examples=8, deadline=None)
@given(
    classes=arrays.arrays(np.uint8, (3, 12, 12), elements=st.integers(0, 11)),
    corners=st.lists(st.tuples(st.floats(-60, 300), st.floats(-60, 300)), min_size=3, max_size=3),
    codes=st.sets(st.integers(1, 11), min_size=1),
)
def test_shares_are_those_of_the_pixels_whose_centre_is_inside(
    classes: np.ndarray, corners: list[tuple[float, float]], codes: set[int]
) -> None:
    triangle = shapely.Polygon([(GRID.c + x + 0.123, GRID.f - y - 0.456) for x, y in corners])
    assume(triangle.area > 4_000)
    # A wider grid than the images', on which the region lies whole.
    wide = GRID @ Affine.translation(-4, -4)
    padded = np.pad(classes, ((0, 0), (4, 4), (4, 4)))
    inside = rasterio.features.geometry_mask([triangle], (20, 20), wide, invert=True)
    areas = pixel_areas(wide, 20, 20)
    scenes = [Scene(array, time=f"2023-05-0{n + 1}T10:00:00Z") for n, array in enumerate(classes)]
    with TemporaryDirectory() as folder:
        make_catalogue(Path(folder), scenes)
        with session_over(folder):
            shared = with_clear_share(gee_scl.collection(), in_utm(triangle), clear=codes)
            found = list(zip(values(shared, CLEAR), values(shared, VALID), strict=True))
    expected = [shares(array, inside, areas, tuple(codes)) for array in padded]
    assert np.allclose(found, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.real
def test_shares_of_real_pixels_are_those_of_the_files(shared: Path) -> None:
    folder = shared / "data" / "31UDS"
    with session_over(folder):
        images = gee_scl.collection()
        grid = images.first().select("SCL").projection().getInfo()
        transform = Affine(*grid["transform"])
        # The second quarter of the rows, all columns.
        quarter = shapely.box(*(transform @ (0, 8)), *(transform @ (32, 16)))
        found = values(with_clear_share(images, in_utm(quarter, grid["crs"])), CLEAR)
        indexes = values(images, "system:index")
    by_time = {
        path.parent.name.split("_")[2]: path
        for path in (folder / "assets").rglob("*.tif")
        if "scl" in path.name.lower()
    }
    areas = pixel_areas(transform, 32, 32, grid["crs"])
    inside = np.zeros((32, 32), bool)
    inside[8:16] = True
    expected = []
    for index in indexes:
        with rasterio.open(by_time[index[:15]]) as file:
            expected.append(shares(file.read(1), inside, areas, SURFACE)[0])
    assert len(found) == len(expected) == 118
    assert np.allclose(found, expected, rtol=1e-9)


def test_images_keep_their_bands_and_properties() -> None:
    before = gee_scl.collection().first().getInfo()
    after = with_clear_share(gee_scl.collection(), FIELD).first().getInfo()
    assert after["bands"] == before["bands"]
    assert set(after["properties"]) - set(before["properties"]) == {CLEAR, VALID, "gee_scl:clear_classes"}
    assert after["properties"]["gee_scl:clear_classes"] == "4,5,6,11"


def test_what_an_image_does_not_cover_is_not_clear(tmp_path: Path) -> None:
    make_catalogue(tmp_path, [Scene(np.full((10, 10), 4, np.uint8))])
    half_out = shapely.box(GRID.c + 100, GRID.f - 200, GRID.c + 300, GRID.f)
    beside = shapely.box(GRID.c + 1000, GRID.f - 200, GRID.c + 1200, GRID.f)
    with session_over(tmp_path):
        images = gee_scl.collection()
        assert values(with_clear_share(images, in_utm(half_out)), CLEAR) == pytest.approx([50], rel=1e-5)
        assert values(with_clear_share(images, in_utm(half_out)), VALID) == pytest.approx([50], rel=1e-5)
        assert values(with_clear_share(images, in_utm(beside)), CLEAR) == [0]
        assert values(with_clear_share(images, in_utm(beside)), VALID) == [0]


def test_a_region_without_a_pixels_centre_has_no_share_and_no_best_scene(tmp_path: Path) -> None:
    make_catalogue(tmp_path, [Scene(np.full((10, 10), 4, np.uint8))])
    speck = in_utm(shapely.box(GRID.c + 101, GRID.f - 108, GRID.c + 108, GRID.f - 101))
    with session_over(tmp_path):
        images = gee_scl.collection()
        facts = with_clear_share(images, speck).first().toDictionary().getInfo()
        assert facts.get(CLEAR) is None
        assert facts.get(VALID) is None
        assert best_scenes(images, speck).size().getInfo() == 0


def test_shares_agree_with_class_statistics() -> None:
    frame = gee_scl.class_statistics(gee_scl.collection(), FIELD, layout="wide", value="percent_of_region")
    clear = frame[["Vegetation", "Bare Soils", "Water", "Snow / Ice"]].sum(axis=1)
    shared = with_clear_share(gee_scl.collection(), FIELD)
    found = dict(zip(values(shared, "system:index"), values(shared, CLEAR), strict=True))
    assert [found[index] for index in frame["image"]] == pytest.approx(clear.tolist(), rel=1e-9)


def test_regions_of_any_kind_give_the_same_share() -> None:
    images = gee_scl.collection(start="2023-06-01", end="2023-08-01")
    fields = [shapely.box(11.61, 46.43, 11.62, 46.44), shapely.box(11.63, 46.44, 11.64, 46.45)]
    here = values(with_clear_share(images, fields), CLEAR)
    there = ee.FeatureCollection([ee.Feature(ee.Geometry(shapely.geometry.mapping(field))) for field in fields])
    assert values(with_clear_share(images, there), CLEAR) == pytest.approx(here, rel=1e-12)
    alone = [values(with_clear_share(images, field), CLEAR) for field in fields]
    assert here == pytest.approx(np.mean(alone, axis=0), abs=0.5), "two fields of nearly one size"


def test_classes_are_chosen_by_name_and_group() -> None:
    images = gee_scl.collection(tiles="32TPS")
    parts = [
        values(with_clear_share(images, FIELD, clear=group), CLEAR) for group in ("clear", "cloud", "shadow", 7, 1)
    ]
    assert np.sum(parts, axis=0) == pytest.approx(values(with_clear_share(images, FIELD), VALID))
    with pytest.raises(gee_scl.ClassError, match="Did you mean 'vegetation'"):
        with_clear_share(images, FIELD, clear="vegetatoin")


def test_another_scale_counts_other_pixels_and_the_bands_own_the_same() -> None:
    images = gee_scl.collection(tiles="32TPS")
    own = values(with_clear_share(images, FIELD), CLEAR)
    assert values(with_clear_share(images, FIELD, scale=20), CLEAR) == own
    coarse = values(with_clear_share(images, FIELD, scale=100), CLEAR)
    assert coarse != own
    assert coarse == pytest.approx(own, abs=10)


def test_the_best_scenes_are_the_clearest_in_descending_order() -> None:
    images = gee_scl.collection(tiles="32TPS")
    every = sorted(values(with_clear_share(images, FIELD), CLEAR), reverse=True)
    assert values(best_scenes(images, FIELD), CLEAR) == every[:5]
    assert values(best_scenes(images, FIELD, 100), CLEAR) == every
    threshold = every[2]
    assert values(best_scenes(images, FIELD, 9, min_clear=threshold), CLEAR) == [s for s in every if s >= threshold]
    assert values(best_scenes(images, FIELD, min_clear=100), CLEAR) == [s for s in every if s == 100][:5]


def test_a_region_on_two_tiles_is_seen_whole_in_daily_mosaics() -> None:
    across = (11.58, 46.43, 11.68, 46.45)
    images = gee_scl.collection(start="2023-05-01", end="2023-08-01")
    mosaics = with_clear_share(daily_mosaics(images), across)
    tiles = with_clear_share(images, across)
    assert max(values(tiles, VALID)) < 100
    assert max(values(mosaics, VALID)) == 100
    best = best_scenes(daily_mosaics(images), across, 1).first().getInfo()
    assert best["properties"][CLEAR] == max(values(mosaics, CLEAR))


def test_no_scene_is_best_where_none_is() -> None:
    assert best_scenes(gee_scl.collection(), (-30, 40, -29.99, 40.01)).size().getInfo() == 0
    nothing = gee_scl.collection(start="1999-01-01", end="2000-01-01")
    assert best_scenes(nothing, FIELD).size().getInfo() == 0
    assert with_clear_share(nothing, FIELD).size().getInfo() == 0


def test_the_graph_is_of_one_size_whatever_the_number_of_images() -> None:
    few = best_scenes(gee_scl.collection(start="2023-07-01", end="2023-07-03"), FIELD)
    year = gee_scl.collection(start="2023-01-01", end="2024-01-01")
    many = best_scenes(year, FIELD)
    assert abs(len(few.serialize()) - len(many.serialize())) < 10, "only the dates' digits differ"
    assert added_bytes(many, year) < 8_000


def test_nothing_is_asked_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    monkeypatch.setattr(ee.data, "computeValue", lambda *a: calls.append(a))
    best_scenes(daily_mosaics(gee_scl.collection()), FIELD, min_clear=50)
    assert calls == []


def test_a_band_that_the_images_lack_is_named() -> None:
    with pytest.raises(ee.EEException, match="'SCL' did not match any bands"):
        values(with_clear_share(gee_scl.collection().select("B4"), FIELD), CLEAR)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"count": 0}, "count: got 0; allowed: a whole number of at least 1"),
        ({"count": 2.5}, "count"),
        ({"min_clear": 101}, "min_clear: got 101.*0 to 100"),
        ({"min_clear": "80"}, "min_clear"),
        ({"scale": 0}, "scale: got 0"),
        ({"scale": float("nan")}, "scale"),
        ({"tile_scale": 17}, "tile_scale: got 17.*16"),
        ({"clear": []}, "clear: got .*at least one"),
        ({"clear": 12}, "clear: got 12"),
        ({"region": (0, 0, 0, 0)}, "region: "),
        ({"region": "no such file.geojson"}, "no such file"),
        ({"images": None}, "images: got 'NoneType'"),
    ],
)
def test_bad_arguments_are_refused(arguments: dict[str, object], text: str) -> None:
    with pytest.raises(gee_scl.ArgumentError, match=text):
        best_scenes(**{"images": gee_scl.collection(), "region": FIELD, **arguments})


def test_an_outline_that_is_too_long_for_a_request_is_refused() -> None:
    angles = np.linspace(0, 2 * np.pi, 150_000, endpoint=False)
    circle = shapely.Polygon(np.column_stack([11.6 + 0.01 * np.cos(angles), 46.4 + 0.01 * np.sin(angles)]))
    with pytest.raises(gee_scl.RegionError, match=r"outlines of .* bytes.*Simplify it"):
        with_clear_share(gee_scl.collection(), circle)
