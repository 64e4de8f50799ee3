"""Coordinate systems: one in any common form is the same to Earth Engine, and what it cannot take is refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import ee
import geopandas as gpd
import numpy as np
import pyproj
import pytest
import rasterio.crs
import shapely

import gee_scl
from gee_scl.errors import ArgumentError
from gee_scl.exports import download_image
from gee_scl.options.crs import checked_crs, crs_label, crs_of_gdal
from tests.support.engines import session_over
from tests.support.local.catalogues import GRID, Scene, make_catalogue

LAEA, MOLLWEIDE = pyproj.CRS.from_epsg(3035), pyproj.CRS.from_user_input("ESRI:54009")

MODIS_SINUSOIDAL = pyproj.CRS.from_proj4("+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m")
"""The grid of MODIS (https://modis-land.gsfc.nasa.gov/GCTP.html): a sphere of 6371007.181 m."""

WITH_A_CODE = [
    "EPSG:3035",
    " epsg:3035 ",
    "3035",
    3035,
    np.int32(3035),
    np.array(3035)[()],
    LAEA,
    LAEA.to_wkt(),
    LAEA.to_wkt("WKT1_GDAL"),
    LAEA.to_wkt("WKT1_ESRI"),
    LAEA.to_json(),
    LAEA.to_json_dict(),
    "urn:ogc:def:crs:EPSG::3035",
    "http://www.opengis.net/def/crs/EPSG/0/3035",
    rasterio.crs.CRS.from_epsg(3035),
    gpd.GeoSeries([], crs=3035).crs,
]

WITHOUT = [
    "ESRI:54009",
    MOLLWEIDE,
    MOLLWEIDE.to_wkt(),
    MOLLWEIDE.to_wkt("WKT1_GDAL"),
    rasterio.crs.CRS.from_wkt(MOLLWEIDE.to_wkt()),
    "+proj=moll +lon_0=0 +x_0=0 +y_0=0 +datum=WGS84 +units=m",
    gpd.GeoSeries([], crs="ESRI:54009").crs,
]


@pytest.mark.parametrize("crs", WITH_A_CODE, ids=lambda given: f"{type(given).__name__} {str(given)[:20]}")
def test_one_crs_in_any_form_is_its_epsg_code(crs: object) -> None:
    assert checked_crs(crs) == "EPSG:3035"


@pytest.mark.parametrize("code", [3034, 3035, 2180, 3857, 27700, 4326, 4258])
@pytest.mark.parametrize("version", ["WKT1_GDAL", "WKT2_2019"])
def test_a_text_that_names_its_epsg_code_is_that_code_in_whichever_order_its_axes_are(code: int, version: str) -> None:
    assert checked_crs(pyproj.CRS.from_epsg(code).to_wkt(version)) == f"EPSG:{code}"


def test_a_text_that_names_a_code_that_epsg_has_not_stays_a_text() -> None:
    text = MOLLWEIDE.to_wkt("WKT1_GDAL").replace('AUTHORITY["ESRI","54009"]', 'AUTHORITY["EPSG","54009"]')
    said = checked_crs(text)
    assert said is not None
    assert said.startswith('PROJCS["World_Mollweide"')


@pytest.mark.parametrize("code", ["ESRI:54009", "ESRI:54030", "IGNF:LAMB93"])
def test_a_crs_without_an_epsg_code_is_wkt_1_that_says_the_same(code: str) -> None:
    wkt = checked_crs(code)
    assert wkt is not None
    if not wkt.startswith("EPSG:"):  # PROJ knows that Lambert 93 of the IGN is EPSG:2154
        assert wkt.startswith("PROJCS[")
        assert crs_label(wkt) == code
    there = pyproj.Transformer.from_crs("EPSG:4326", wkt, always_xy=True).transform(5, 45)
    assert there == pytest.approx(pyproj.Transformer.from_crs("EPSG:4326", code, always_xy=True).transform(5, 45))


@pytest.mark.parametrize(
    ("crs", "flat"),
    [
        ("EPSG:7415", "EPSG:28992"),
        ("EPSG:4979", "EPSG:4326"),
        ("OGC:CRS84", "EPSG:4326"),
        ("+proj=longlat +datum=WGS84", 4326),
        ("EPSG:25832+5783", 25832),
    ],
)
def test_heights_are_dropped_and_longitude_and_latitude_are_so_in_either_order(crs: str, flat: str | int) -> None:
    assert checked_crs(crs) == checked_crs(flat)


def test_the_crs_of_modis_keeps_the_name_that_earth_engine_has_for_it() -> None:
    assert checked_crs("sr-org:6974") == crs_label("SR-ORG:6974") == "SR-ORG:6974"
    to_modis, by_hand = (
        pyproj.Transformer.from_crs(pyproj.CRS(crs).geodetic_crs, crs, always_xy=True).transform(11.5, 46.5)
        for crs in (crs_of_gdal("SR-ORG:6974"), MODIS_SINUSOIDAL)
    )
    assert to_modis == pytest.approx(by_hand)
    assert crs_of_gdal("EPSG:3035") == "EPSG:3035"


@pytest.mark.parametrize(
    ("crs", "said"),
    [
        ("\ud800", "a code such as"),
        (gpd.GeoSeries([shapely.Point(11, 46)], crs=32632), "frame.crs"),
        (True, "a code such as"),
        (3035.0, "a code such as"),
        (99999999, "crs not found"),
        ("SR-ORG:7619", "crs not found"),
        ("EPSG:4978", "Geocentric CRS"),
        ("EPSG:5773", "Vertical CRS"),
        ("ESRI:54052", "Goode"),
        ("+proj=isea", "WKT 1"),
        ("+proj=igh_o", "WKT 1"),
        ("+proj=ob_tran +o_proj=longlat +o_lat_p=30", "WKT 1"),
    ],
)
def test_what_earth_engine_cannot_take_is_refused_with_what_there_is_to_do(crs: object, said: str) -> None:
    with pytest.raises(ArgumentError, match=rf"^crs: (?s:.*){said}"):
        checked_crs(crs)


def test_epsg_codes_need_no_pyproj_and_others_say_what_does() -> None:
    code = """
import sys
sys.modules["pyproj"] = None
from gee_scl.options.crs import checked_crs
print(checked_crs("epsg:32632"), checked_crs(32632))
try:
    checked_crs("ESRI:54009")
except ImportError as error:
    print(error)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.splitlines()[0] == "EPSG:32632 EPSG:32632"
    assert 'pip install "gee-scl[regions]"' in said


CODES = np.random.default_rng(15).integers(1, 12, (60, 60)).astype(np.uint8)

SQUARE = shapely.box(GRID.c + 20 * 10 + 3, GRID.f - 20 * 50 + 3, GRID.c + 20 * 50 - 3, GRID.f - 20 * 10 - 3)
"""Forty pixels a side, less three metres all around."""

FIELD = gpd.GeoDataFrame(geometry=[SQUARE], crs=32632)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> ee.Image:
    with session_over(make_catalogue(tmp_path_factory.mktemp("crs"), [Scene(CODES)])):
        yield ee.Image(gee_scl.collection().first())


def seen_at(x: np.ndarray, y: np.ndarray, crs: pyproj.CRS) -> tuple[np.ndarray, np.ndarray]:
    """The classes at places of a plane, by the nearest pixel, and whether they are in the square."""
    east, north = pyproj.Transformer.from_crs(crs, 32632, always_xy=True).transform(x, y)
    column, row = ((numbers / 20).astype(int) for numbers in (east - GRID.c, GRID.f - north))
    return CODES[row, column], shapely.contains_xy(SQUARE, east, north)


def frame_by_hand(crs: pyproj.CRS) -> tuple[int, int, int, int]:
    """Columns and rows from the origin of the plane, of 20 m, that the square reaches into."""
    there = pyproj.Transformer.from_crs(32632, crs, always_xy=True)
    west, south, east, north = there.transform_bounds(*SQUARE.bounds, densify_pts=201)
    return int(west // 20), int(south // 20), int(-(-east // 20)), int(-(-north // 20))


FORMS = [
    *((crs, LAEA, "EPSG:3035") for crs in WITH_A_CODE),
    *((crs, MOLLWEIDE, "ESRI:54009") for crs in WITHOUT),
    ("SR-ORG:6974", MODIS_SINUSOIDAL, "SR-ORG:6974"),
    (MODIS_SINUSOIDAL, MODIS_SINUSOIDAL, "unknown"),
    (lambda: ee.Projection("EPSG:3035"), LAEA, "EPSG:3035"),
    (lambda: ee.Projection(MOLLWEIDE.to_wkt("WKT1_GDAL")), MOLLWEIDE, "ESRI:54009"),
    (lambda: ee.Projection("SR-ORG:6974"), MODIS_SINUSOIDAL, "SR-ORG:6974"),
]


@pytest.mark.some(12)
@pytest.mark.parametrize(("crs", "plane", "label"), FORMS, ids=[f"{n} {form[2]}" for n, form in enumerate(FORMS)])
def test_tables_and_files_have_the_same_grid_and_pixels_in_any_form(
    image: ee.Image, tmp_path: Path, crs: object, plane: pyproj.CRS, label: str
) -> None:
    given = crs() if isinstance(crs, Callable) else crs
    left, bottom, right, top = frame_by_hand(plane)
    x, y = np.meshgrid(20 * np.arange(left, right) + 10.0, 20 * np.arange(top, bottom, -1) - 10.0)
    classes, inside = seen_at(x, y, plane)

    table = gee_scl.class_statistics(image, FIELD, crs=given, scale=20)
    assert dict(zip(table["class_value"], table["pixels"], strict=True)) == {
        code: int(((classes == code) & inside).sum()) for code in range(1, 12)
    }

    download_image(image, tmp_path / "scl.tif", region=FIELD, crs=given, scale=20)
    with rasterio.open(tmp_path / "scl.tif") as file:
        assert file.transform[:6] == (20, 0, 20 * left, 0, -20, 20 * top)
        np.testing.assert_array_equal(file.read(1), classes)
        assert pyproj.CRS(file.crs.to_wkt()).to_epsg() == plane.to_epsg()


def test_a_projection_that_is_computed_or_has_a_transform_is_refused(image: ee.Image) -> None:
    for projection in (
        image.select("SCL").projection(),
        ee.Projection("EPSG:3035").atScale(20),
        ee.Projection("EPSG:3035", [20, 0, 0, 0, -20, 0]),
    ):
        with pytest.raises(ArgumentError, match=r"^crs: got 'an ee\.Projection that is computed"):
            checked_crs(projection)
