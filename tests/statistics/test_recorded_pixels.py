"""Class statistics on recorded Sentinel-2 pixels, against counts made without this package."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path

import exactextract
import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
import rasterio.features
import shapely

import gee_scl
from tests.support.engines import session_over

pytestmark = pytest.mark.real

CLASSES = np.arange(1, 12)
CRS = "EPSG:32629"


@pytest.fixture(scope="module")
def whole_tile(shared: Path) -> Iterator[Path]:
    """A session on 29UNU, and the file of its SCL band."""
    folder = shared / "data" / "29UNU"
    with session_over(folder):
        yield next(folder.glob("assets/*/SCL.tif"))


@pytest.fixture(scope="module")
def scl(whole_tile: Path) -> tuple[np.ndarray, rasterio.Affine]:
    with rasterio.open(whole_tile) as file:
        return file.read(1), file.transform


def listed_counts(shared: Path, folder: str) -> dict[int, int]:
    """The counts that the data's own description lists for a folder."""
    text = (shared / "data" / "README.md").read_text("utf-8")
    line = next(line for line in text.splitlines() if f"`{folder}/`" in line)
    return {int(code): int(count) for code, count in re.findall(r"\b(\d{1,2}):(\d+)", line)}


def tile_outline(transform: rasterio.Affine, size: int) -> dict[str, object]:
    """The outline of a square raster, with straight edges in its own CRS."""
    ring = [list(transform @ corner) for corner in ((0, 0), (size, 0), (size, size), (0, size), (0, 0))]
    crs = {"type": "name", "properties": {"name": CRS}}
    return {"type": "Polygon", "coordinates": [ring], "crs": crs}


def test_a_whole_tile_has_exactly_the_listed_counts(shared: Path, scl: tuple[np.ndarray, rasterio.Affine]) -> None:
    array, transform = scl
    frame = gee_scl.class_statistics(gee_scl.collection(), tile_outline(transform, array.shape[0]))
    listed = listed_counts(shared, "29UNU")
    assert listed.pop(0) == (array == 0).sum()
    found = frame.set_index("class_value")["pixels"]
    assert found[found > 0].to_dict() == listed
    assert 100 - frame["percent_of_region"].sum() == pytest.approx(40.4, abs=0.05)
    assert frame["percent"].sum() == pytest.approx(100)


@pytest.fixture(scope="module")
def polygons(scl: tuple[np.ndarray, rasterio.Affine]) -> gpd.GeoDataFrame:
    """200 random polygons in longitude and latitude: edges under 500 m, some with holes, some multipart."""
    random = np.random.default_rng(20221005)
    left, top = scl[1].c, scl[1].f
    shapes = []
    while len(shapes) < 200:
        x, y = left + random.uniform(3_000, 106_000), top - random.uniform(3_000, 106_000)
        shape = blob(random, x, y, random.uniform(60, 900))
        kind = len(shapes) % 4
        if kind == 1:
            shape = shape.difference(blob(random, x, y, random.uniform(20, 40)))
        elif kind == 2:
            shape = shape.union(blob(random, x + 1_500, y - 700, random.uniform(50, 200)))
        if shape.is_valid and longest_edge(shape) < 500:
            shapes.append(shape)
    return gpd.GeoDataFrame({"name": [f"p{n}" for n in range(200)]}, geometry=shapes, crs=CRS).to_crs("EPSG:4326")


def longest_edge(shape: shapely.Geometry) -> float:
    rings = shapely.get_rings(shapely.get_parts(shape))
    return max(float(np.hypot(*np.diff(shapely.get_coordinates(ring), axis=0).T).max()) for ring in rings)


def blob(random: np.random.Generator, x: float, y: float, radius: float) -> shapely.Polygon:
    """A star-shaped polygon with vertices off the grid."""
    count = int(random.integers(12, 24))
    angles = np.sort(random.uniform(0, 2 * math.pi, count)) if radius < 300 else np.arange(count) * 2 * math.pi / count
    distances = radius * random.uniform(0.6, 1, count)
    return shapely.Polygon(np.column_stack([x + distances * np.cos(angles), y + distances * np.sin(angles)])).buffer(0)


@pytest.fixture(scope="module")
def projected(polygons: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return polygons.to_crs(CRS)


def test_200_polygons_have_rasterios_counts_by_the_centre_rule(
    polygons: gpd.GeoDataFrame, projected: gpd.GeoDataFrame, scl: tuple[np.ndarray, rasterio.Affine]
) -> None:
    array, transform = scl
    frame = gee_scl.class_statistics(gee_scl.collection(), polygons, id="name")
    found = frame.pivot_table(index="region", columns="class_value", values="pixels", observed=True)
    expected = pd.DataFrame(
        [counts_within(shape, array, transform) for shape in projected.geometry],
        index=polygons["name"],
        columns=CLASSES,
    )
    pd.testing.assert_frame_equal(
        found.loc[expected.index].astype("int64"), expected, check_names=False, check_column_type=False
    )


def window_of(
    shape: shapely.Geometry, array: np.ndarray, transform: rasterio.Affine
) -> tuple[np.ndarray, rasterio.Affine]:
    """The pixels around a shape, and their transform."""
    west, south, east, north = shape.bounds
    left, top = (math.floor(v) - 1 for v in ~transform @ (west, north))
    right, bottom = (math.ceil(v) + 1 for v in ~transform @ (east, south))
    return array[top:bottom, left:right], transform @ rasterio.Affine.translation(left, top)


def counts_within(shape: shapely.Geometry, array: np.ndarray, transform: rasterio.Affine) -> np.ndarray:
    pixels, place = window_of(shape, array, transform)
    inside = rasterio.features.geometry_mask([shape], pixels.shape, place, invert=True)
    return np.bincount(pixels[inside], minlength=12)[1:]


@pytest.mark.long
def test_areas_are_sums_of_ellipsoidal_pixel_areas(
    polygons: gpd.GeoDataFrame, projected: gpd.GeoDataFrame, scl: tuple[np.ndarray, rasterio.Affine]
) -> None:
    array, transform = scl
    frame = gee_scl.class_statistics(gee_scl.collection(), polygons, id="name")
    found = frame.pivot_table(index="region", columns="class_value", values="area_m2", observed=True)
    for name, shape in zip(polygons["name"], projected.geometry, strict=True):
        pixels, place = window_of(shape, array, transform)
        inside = rasterio.features.geometry_mask([shape], pixels.shape, place, invert=True)
        areas = ellipsoidal_areas(place, *np.nonzero(inside))
        expected = np.bincount(pixels[inside], areas, minlength=12)[1:]
        np.testing.assert_allclose(found.loc[name], expected, rtol=1e-6)


def ellipsoidal_areas(transform: rasterio.Affine, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Each pixel's area as a polygon on the WGS84 ellipsoid."""
    to_degrees = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    geod = pyproj.Geod(ellps="WGS84")
    areas = np.empty(len(rows))
    corners = [(0, 0), (0, 1), (1, 1), (1, 0)]
    for n, (row, column) in enumerate(zip(rows, columns, strict=True)):
        x, y = zip(*(transform @ (column + dx, row + dy) for dx, dy in corners), strict=True)
        areas[n] = abs(geod.polygon_area_perimeter(*to_degrees.transform(x, y))[0])
    return areas


def test_areas_by_fraction_are_within_two_permille_of_exactextracts(
    polygons: gpd.GeoDataFrame, projected: gpd.GeoDataFrame, whole_tile: Path
) -> None:
    frame = gee_scl.class_statistics(gee_scl.collection(), polygons, id="name", weights="fraction")
    found = frame.pivot_table(index="region", columns="class_value", values="area_m2", observed=True)
    pixels = exactextract.exact_extract(
        str(whole_tile),
        projected,
        ["values", "coverage", "center_x", "center_y"],
        include_cols=["name"],
        output="pandas",
    )
    for row in pixels.itertuples():
        areas = np.asarray(row.coverage) * areas_around(np.asarray(row.center_x), np.asarray(row.center_y))
        expected = np.bincount(np.asarray(row.values, dtype=np.int64), areas, minlength=12)[1:]
        # Earth Engine's weights are steps of 1/255: less than a pixel of a class may be off by one step.
        np.testing.assert_allclose(found.loc[row.name], expected, rtol=0.002, atol=400 / 255)


def areas_around(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """True areas of 20 m pixels by their centres: the area in the plane over the projection's areal scale."""
    projection = pyproj.Proj(CRS)
    if not len(x):
        return np.zeros(0)
    longitude, latitude = projection(x, y, inverse=True)
    return 400 / np.asarray(projection.get_factors(longitude, latitude).areal_scale)


def test_118_dates_in_four_quadrants_equal_numpy(shared: Path) -> None:
    folder = shared / "data" / "31UDS"
    files = sorted(folder.glob("assets/*/SCL.tif"))
    with rasterio.open(files[0]) as first:
        bounds, transform, crs = first.bounds, first.transform, first.crs
    middle_x, middle_y = bounds.left + 16 * 20, bounds.top - 16 * 20
    quadrants = {
        "NW": shapely.box(bounds.left, middle_y, middle_x, bounds.top),
        "NE": shapely.box(middle_x, middle_y, bounds.right, bounds.top),
        "SW": shapely.box(bounds.left, bounds.bottom, middle_x, middle_y),
        "SE": shapely.box(middle_x, bounds.bottom, bounds.right, middle_y),
    }
    regions = gpd.GeoDataFrame({"quadrant": list(quadrants)}, geometry=list(quadrants.values()), crs=crs)
    with session_over(folder):
        frame = gee_scl.class_statistics(gee_scl.collection(), regions, id="quadrant")
    assert len(frame) == 118 * 4 * 11 == 5192
    slices = {"NW": np.s_[:16, :16], "NE": np.s_[:16, 16:], "SW": np.s_[16:, :16], "SE": np.s_[16:, 16:]}
    expected = {}
    for file in files:
        item = json.loads((folder / "items" / f"{file.parent.name}.json").read_text("utf-8"))
        with rasterio.open(file) as raster:
            assert raster.transform == transform
            array = raster.read(1)
        for name, part in slices.items():
            expected[name, pd.Timestamp(item["properties"]["datetime"])] = np.bincount(
                array[part].ravel(), minlength=12
            )[1:]
    found = frame.pivot_table(index=["region", "date"], columns="class_value", values="pixels", observed=True)
    assert len(found) == len(expected) == 472
    for key, counts in expected.items():
        np.testing.assert_array_equal(found.loc[key], counts)
    listed = listed_counts(shared, "31UDS")
    totals = frame.groupby("class_value")["pixels"].sum()
    assert totals[totals > 0].to_dict() == listed


def test_same_day_pairs_count_once_by_date(shared: Path) -> None:
    folder = shared / "data" / "31UES"
    with session_over(folder):
        images = gee_scl.collection(duplicates="keep")
        with rasterio.open(next(folder.glob("assets/*/SCL.tif"))) as raster:
            region = gpd.GeoSeries([shapely.box(*raster.bounds)], crs=raster.crs)
        by_image = gee_scl.class_statistics(images, region)
        by_date = gee_scl.class_statistics(images, region, by="date")
    assert by_image["image"].nunique() == 146
    assert by_date["date"].nunique() == 143
    per_day = by_date.groupby("date")["pixels"].sum()
    assert set(per_day) == {32 * 32}
