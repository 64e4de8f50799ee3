"""Class statistics where grids are awkward: two UTM zones, the antimeridian, turned rows, foreign rasters."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import rasterio.features
import shapely
from affine import Affine

import gee_scl
from tests.support.engines import session_over
from tests.support.local.catalogues import Scene, make_catalogue

ZONE_32, ZONE_33 = "EPSG:32632", "EPSG:32633"


def at(crs: str, longitude: float, latitude: float) -> tuple[float, float]:
    """A corner on the 20 m grid near a place."""
    x, y = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(longitude, latitude)
    return round(x / 20) * 20, round(y / 20) * 20


@pytest.fixture(scope="module")
def two_zones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One pass over the meridian between zones 32 and 33: water in the west's tile, vegetation in the east's."""
    west_x, west_y = at(ZONE_32, 11.95, 46.05)
    east_x, east_y = at(ZONE_33, 11.98, 46.05)
    scenes = [
        Scene(
            np.full((400, 300), 6, np.uint8), tile="32TQS", crs=ZONE_32, transform=Affine(20, 0, west_x, 0, -20, west_y)
        ),
        Scene(
            np.full((400, 300), 4, np.uint8), tile="33TTM", crs=ZONE_33, transform=Affine(20, 0, east_x, 0, -20, east_y)
        ),
    ]
    return make_catalogue(tmp_path_factory.mktemp("zones"), scenes)


def test_by_image_each_zone_counts_on_its_own_grid(two_zones: Path) -> None:
    region = shapely.box(12.0, 46.0, 12.01, 46.01)
    with session_over(two_zones):
        frame = gee_scl.class_statistics(gee_scl.collection(), region)
    by_tile = frame[frame["pixels"] > 0].set_index("tile")
    for tile, crs in (("32TQS", ZONE_32), ("33TTM", ZONE_33)):
        plane = gpd.GeoSeries([region], crs="EPSG:4326").to_crs(crs).iloc[0]
        assert by_tile.loc[tile, "pixels"] == pytest.approx(plane.area / 400, rel=0.01)
    area = abs(pyproj.Geod(ellps="WGS84").geometry_area_perimeter(region)[0])
    np.testing.assert_allclose(by_tile["area_m2"], area, rtol=0.005)


def test_by_date_two_zones_count_once_on_the_grid_of_the_regions_own(two_zones: Path) -> None:
    regions = gpd.GeoDataFrame(
        {"name": ["west", "east"]},
        geometry=[shapely.box(11.985, 46.0, 11.995, 46.01), shapely.box(12.005, 46.0, 12.015, 46.01)],
        crs="EPSG:4326",
    )
    with session_over(two_zones):
        frame = gee_scl.class_statistics(gee_scl.collection(), regions, id="name", by="date")
    counted = frame.groupby("region")["pixels"].sum()
    for name, crs in (("west", ZONE_32), ("east", ZONE_33)):
        shape = regions.set_index("name").to_crs(crs).geometry[name]
        left, top = (v // 20 * 20 for v in (shape.bounds[0] - 40, shape.bounds[3] + 40))
        inside = rasterio.features.geometry_mask([shape], (120, 120), Affine(20, 0, left, 0, -20, top), invert=True)
        assert counted[name] == pytest.approx(inside.sum(), abs=1)
    assert frame.groupby("region")["percent_of_region"].sum().to_numpy() == pytest.approx(100)


@pytest.fixture(scope="module")
def antimeridian(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray, Affine]:
    """A scene of zone 60 that reaches over 180 degrees."""
    random = np.random.default_rng(180)
    x, y = at("EPSG:32760", 179.9, -16.9)
    array, transform = random.integers(1, 12, (600, 1200), dtype=np.uint8), Affine(20, 0, x, 0, -20, y)
    scene = Scene(array, tile="60KXF", crs="EPSG:32760", transform=transform)
    return make_catalogue(tmp_path_factory.mktemp("antimeridian"), [scene]), array, transform


@pytest.mark.parametrize(
    "region",
    [
        {
            "type": "Polygon",
            "coordinates": [[[179.96, -17], [-179.97, -17], [-179.97, -16.95], [179.96, -16.95], [179.96, -17]]],
        },
        {
            "type": "Polygon",
            "coordinates": [[[179.96, -17], [180.03, -17], [180.03, -16.95], [179.96, -16.95], [179.96, -17]]],
        },
        {
            "type": "MultiPolygon",
            "coordinates": [
                [[[179.96, -17], [180, -17], [180, -16.95], [179.96, -16.95], [179.96, -17]]],
                [[[-180, -17], [-179.97, -17], [-179.97, -16.95], [-180, -16.95], [-180, -17]]],
            ],
        },
        (179.96, -17, -179.97, -16.95),
    ],
    ids=["jump", "beyond 180", "cut in two", "box"],
)
def test_a_region_across_the_antimeridian_is_counted_whole(
    region: object, antimeridian: tuple[Path, np.ndarray, Affine]
) -> None:
    folder, array, transform = antimeridian
    with session_over(folder):
        frame = gee_scl.class_statistics(gee_scl.collection(region), region)
    to_plane = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32760", always_xy=True)
    ring = shapely.segmentize(shapely.box(179.96, -17, 180.03, -16.95), 1e-4).exterior
    x, y = to_plane.transform(*shapely.get_coordinates(ring).T)
    inside = rasterio.features.geometry_mask(
        [shapely.Polygon(np.column_stack([x, y]))], array.shape, transform, invert=True
    )
    expected = np.bincount(array[inside], minlength=12)[1:]
    # The long edges are parallels here and great circles there: decimetres apart over 7 km.
    assert np.abs(frame["pixels"].to_numpy() - expected).sum() <= 12
    assert expected.sum() > 60_000


def test_a_foreign_raster_counts_with_a_scheme_of_its_own(tmp_path: Path) -> None:
    import ee

    cover = np.random.default_rng(1).choice(np.array([10, 20, 80], np.uint8), (50, 60))
    make_catalogue(tmp_path, [Scene(cover, tile="32TPS", properties={"s2:product_uri": None})], collection="worldcover")
    scheme = gee_scl.Scheme.from_lists(
        "cover", [10, 20, 80], ["trees", "shrubs", "water"], ["006400", "ffbb22", "0064c8"]
    )
    whole = gpd.GeoSeries([shapely.box(600_000, 5_099_000, 601_200, 5_100_000)], crs=ZONE_32)
    with session_over(tmp_path):
        images = ee.ImageCollection("worldcover")
        frame = gee_scl.class_statistics(images, whole, band="scl", scheme=scheme)
    assert frame.set_index("class_name")["pixels"].to_dict() == {
        name: int((cover == value).sum()) for name, value in (("trees", 10), ("shrubs", 20), ("water", 80))
    }


def test_distances_at_a_coarser_scale_are_warned_of_and_recorded(
    sample_session: str, recwarn: pytest.WarningsRecorder
) -> None:
    images = gee_scl.collection(start="2023-06-15", end="2023-06-16")
    field = (11.57, 46.44, 11.59, 46.45)
    grown, pinned = (gee_scl.mask_clouds(images, dilation=100, pinned=pinned) for pinned in (False, True))
    for clear, scale in ((images, 100), (gee_scl.mask_clouds(images), 100), (grown, None), (grown, 20), (pinned, 100)):
        frame = gee_scl.class_statistics(clear, field, scale=scale)
        assert "neighbourhoods" not in frame.attrs["gee_scl"]
    assert not recwarn.list
    with pytest.warns(UserWarning, match="on pixels of 100 m, not of 20 m: .* pinned=True"):
        frame = gee_scl.class_statistics(grown, field, scale=100)
    assert frame.attrs["gee_scl"]["neighbourhoods"] == "on pixels of 100 m"
