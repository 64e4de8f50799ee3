"""An argument means the same everywhere: the same values are taken and refused by every public function that has it."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ee
import geopandas as gpd
import numpy as np
import pyproj
import pytest
import rasterio.crs

import gee_scl
from gee_scl.local.server import LocalServer
from gee_scl.options.choices import By, Day, Weights
from tests.support.callables import parameters_of, public_functions, refusal_of
from tests.support.engines import server_over, session_on

UTM = pyproj.CRS.from_epsg(32632)

REFUSED: dict[str, list[Any]] = {
    # Earth Engine's documentation: 0.1 to 16.
    "tile_scale": [50, 16.5, 0, 0.05, -1, True, "4", float("nan"), None],
    # A thousandth of SCL's own pixel of 20 m is 0.02 m.
    "scale": [0, -20, 0.019, True, False, "20", float("nan"), float("inf"), [20]],
    "crs": [
        "EPSG:999999",
        "EPSG:",
        "Mollweide",
        "",
        "SR-ORG:7619",
        "ESRI:54052",
        "EPSG:4978",
        True,
        4326.0,
        ["EPSG:4326"],
    ],
    "day": ["local", "UTC", None, 1, True],
    "by": ["day", "tile", None, 1],
    "weights": ["center", "area", None, 1],
    "run": [4, "fast", {"limits": 3}],
    # What stands before the path, in its place.
    "path": [{"type": "Feature"}, 3, b"a.html", ["a.html"]],
}
"""Values that no function takes."""

TAKEN: dict[str, list[Any]] = {
    "tile_scale": [0.1, 1, 16, np.int64(4), np.float32(2)],
    "scale": [None, 20, 0.02, 12.5, np.int64(20), np.float32(20), np.float64(1000)],
    "crs": [
        None,
        "EPSG:32632",
        "epsg:3035",
        "ESRI:54009",
        "IGNF:LAMB93",
        UTM,
        UTM.to_wkt(),
        UTM.to_wkt("WKT1_GDAL"),
        UTM.to_json(),
        "+proj=utm +zone=32 +datum=WGS84",
        rasterio.crs.CRS.from_epsg(32632),
        gpd.GeoSeries([], crs=32632).crs,
        32632,
        np.int64(32632),
        "32632",
        "SR-ORG:6974",
    ],
    "day": ["utc", "solar", Day.SOLAR],
    "by": ["image", "date", By.DATE],
    "weights": ["centre", "fraction", Weights.FRACTION],
    "run": [None, gee_scl.Run(), gee_scl.Run(limits=gee_scl.Limits(rows=np.int64(10)))],
}
"""Values that every function takes."""


FUNCTIONS = public_functions()

WITH_ARGUMENT = [
    (name, argument)
    for (name, function), argument in itertools.product(FUNCTIONS.items(), REFUSED)
    if argument in parameters_of(function)
]


@pytest.fixture(scope="module")
def server(sample: Path) -> Iterator[LocalServer]:
    with server_over(sample) as server, session_on(server.url):
        yield server


@pytest.fixture(scope="module")
def arguments(server: LocalServer) -> dict[str, Any]:
    """Something for each argument that a function cannot do without."""
    images = gee_scl.collection(start="2023-06-01", end="2023-07-01")
    image = ee.Image(images.first())
    return {
        "image": image,
        "images": images,
        "before": image,
        "after": image,
        "masked": image,
        "classes": "cloud",
        "region": (11.58, 46.42, 11.6, 46.44),
        "regions": (11.58, 46.42, 11.6, 46.44),
        "shown": gee_scl.visualize(image),
        **dict.fromkeys(("view", "views", "left", "right"), gee_scl.views.class_view(image)),
        "scheme": "land",
        "period": "month",
        "map": gee_scl.layers.new_map(),
        "name": "exported",
        "self": gee_scl.PixelScore(),
        "path": "report.html",
    }


def call(name: str, arguments: dict[str, Any], folder: Path, **more: Any) -> Any:
    function = FUNCTIONS[name]
    parameters = inspect.signature(function).parameters.values()
    needed = {
        p.name: arguments[p.name]
        for p in parameters
        if p.default is p.empty and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    }
    if "path" in needed:
        needed["path"] = folder / {"exports.download_image": "a.tif", "timelapse": "a.gif"}.get(name, "a.html")
    return function(**{**needed, **more})


@pytest.mark.parametrize(("name", "argument"), WITH_ARGUMENT)
def test_what_no_function_takes_is_refused_by_its_name_before_any_request(
    name: str, argument: str, arguments: dict[str, Any], server: LocalServer, tmp_path: Path
) -> None:
    asked = dict(server.counters.requests)
    for value in REFUSED[argument]:
        with pytest.raises(gee_scl.ArgumentError) as caught:
            call(name, arguments, tmp_path, **{argument: value})
        assert caught.value.argument == argument, value
    assert dict(server.counters.requests) == asked


@pytest.mark.parametrize(("name", "argument"), WITH_ARGUMENT)
@pytest.mark.some(20)
def test_what_one_function_takes_all_take(
    name: str, argument: str, arguments: dict[str, Any], server: LocalServer, tmp_path: Path
) -> None:
    for value in TAKEN.get(argument, ()):
        # The arguments are taken where the first request is made; it is refused, so that no work is done.
        with server.fail("*", status=403):
            refusal = refusal_of(lambda value=value: call(name, arguments, tmp_path, **{argument: value}))
        assert refusal in (None, 403), value


def test_these_are_all_functions_that_have_one_of_the_arguments() -> None:
    counts = {argument: sum(a == argument for _, a in WITH_ARGUMENT) for argument in REFUSED}
    assert counts == {"tile_scale": 9, "scale": 13, "crs": 10, "day": 20, "by": 11, "weights": 5, "run": 25, "path": 6}
