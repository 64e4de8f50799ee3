"""Transitions, against numpy on made pixels, on the sample and on recorded ones."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import ee
import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.text import Text

import gee_scl
from gee_scl import charts, exports, views
from gee_scl.local.server import LocalServer
from gee_scl.views.drawing.styles import cielab
from tests.support.engines import session_on, session_over
from tests.support.local.catalogues import GRID, Scene, make_catalogue
from tests.support.pixels import Window, read
from tests.support.stacks import Stack, read_stack

LAND = {4: 1, 5: 2, 6: 3, 11: 4}
"""Scheme "land": vegetation 1, bare 2, water 3, snow 4; the rest is left out."""

COLUMNS = [
    "region",
    "from_value",
    "from_name",
    "to_value",
    "to_name",
    "pixels",
    "area_m2",
    "percent",
    "percent_of_region",
]
LAND_NAMES = ["Vegetation", "Bare", "Water", "Snow", "Unknown"]


def grouped(codes: np.ndarray, values: dict[int, int]) -> np.ndarray:
    """Class values of codes; 99 where the scheme has none."""
    return np.array([values.get(code, 99) for code in range(256)])[codes]


def picked(days: Sequence[np.ndarray], pick: str, values: dict[int, int] = LAND) -> np.ndarray:
    """One class value for each pixel of a period; `days` by time, each with every place once."""
    known = [grouped(day, values) for day in days]
    if pick == "mode":
        classes = sorted(set(values.values()))
        counts = np.stack([sum((day == value).astype(int) for day in known) for value in classes])
        return np.where(counts.max(axis=0), np.take(classes, counts.argmax(axis=0)), 99)
    ordered = known if pick == "last" else known[::-1]
    return functools.reduce(lambda below, above: np.where(above == 99, below, above), ordered)


def crosstab(before: np.ndarray, after: np.ndarray) -> dict[tuple[int, int], int]:
    """Pixels by class before and after, those that there are."""
    pairs, counts = np.unique(np.stack([before.ravel(), after.ravel()]), axis=1, return_counts=True)
    return {(int(a), int(b)): int(count) for (a, b), count in zip(pairs.T, counts, strict=True)}


def found_in(frame: pd.DataFrame, region: object = None) -> dict[tuple[int, int], int]:
    """The pixels of a frame's pairs, those that there are."""
    rows = frame if region is None else frame[frame["region"] == region]
    rows = rows[rows["pixels"] > 0]
    sides = (rows[f"{side}_value"].fillna(99).astype(int) for side in ("from", "to"))
    return {(a, b): int(count) for a, b, count in zip(*sides, rows["pixels"], strict=True)}


def outline(transform: Affine, rows: int, columns: int, crs: str = "EPSG:32632") -> dict[str, Any]:
    """Some pixels of a grid as a region with straight edges in its CRS."""
    ring = [list(transform @ corner) for corner in ((0, 0), (columns, 0), (columns, rows), (0, rows), (0, 0))]
    named = {"type": "name", "properties": {"name": crs}}
    return {"type": "Polygon", "coordinates": [ring], "crs": named}


def features(shapes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Regions of one CRS, by name."""
    (crs,) = {str(shape["crs"]["properties"]["name"]) for shape in shapes.values()}
    return {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": crs}},
        "features": [
            {
                "type": "Feature",
                "properties": {"name": name, "row": n},
                "geometry": {k: v for k, v in shape.items() if k != "crs"},
            }
            for n, (name, shape) in enumerate(shapes.items())
        ],
    }


def day(number: int, second: int = 0) -> str:
    return f"2023-05-{number:02}T10:00:{second:02}Z"


def between(first: int, last: int) -> ee.ImageCollection:
    """The images of some days of the made catalogues, both included."""
    return gee_scl.collection(start=f"2023-05-{first:02}", end=f"2023-05-{last + 1:02}")


# Made pixels

SIDE = 12


@pytest.fixture(scope="module")
def made_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, np.ndarray]]:
    """An engine on made codes, and these."""
    random = np.random.default_rng(11)
    codes = random.choice(12, (14, SIDE, SIDE), p=[0.1, 0.02, 0.02, 0.06, 0.2, 0.2, 0.1, 0.05, 0.05, 0.05, 0.05, 0.1])
    codes = codes.astype(np.uint8)
    scenes = [Scene(scl, time=day(number)) for number, scl in enumerate(codes, start=1)]
    with LocalServer(make_catalogue(tmp_path_factory.mktemp("made"), scenes)) as engine:
        yield engine.url, codes


@pytest.fixture
def made(made_engine: tuple[str, np.ndarray]) -> Iterator[np.ndarray]:
    """Codes (14 days from 1 May 2023, rows, columns), all of 0 to 11 among them, with a session on them."""
    url, codes = made_engine
    with session_on(url):
        yield codes


WHOLE = outline(GRID, SIDE, SIDE)


def one(number: int) -> ee.Image:
    return ee.Image(between(number, number).first())


def test_the_frame_has_the_promised_columns_and_types(made: np.ndarray) -> None:
    frame = gee_scl.transitions(one(1), one(2), features({"a": WHOLE, "b": WHOLE}), id="name", keep=["row"])
    assert list(frame.columns) == ["region", "row", *COLUMNS[1:]]
    assert frame["from_value"].dtype == frame["to_value"].dtype == "Int64"
    assert frame["pixels"].dtype == np.int64
    for side in ("from", "to"):
        assert list(frame[f"{side}_name"].cat.categories) == LAND_NAMES
        assert (frame[f"{side}_value"].isna() == (frame[f"{side}_name"] == "Unknown")).all()
    pairs = list(itertools.product(LAND_NAMES, LAND_NAMES))
    assert list(frame[["region", "from_name", "to_name"]].itertuples(index=False, name=None)) == [
        (region, *pair) for region in "ab" for pair in pairs
    ]
    assert frame["row"].tolist() == [0] * 25 + [1] * 25


def test_two_dates_with_clouds_and_without_data_are_numpys_crosstab(made: np.ndarray) -> None:
    frame = gee_scl.transitions(one(1), one(2), WHOLE)
    assert found_in(frame) == crosstab(grouped(made[0], LAND), grouped(made[1], LAND))
    assert frame["pixels"].sum() == SIDE * SIDE
    known = frame["from_value"].notna() & frame["to_value"].notna()
    assert frame.loc[known, "percent"].sum() == pytest.approx(100)
    assert frame.loc[~known, "percent"].isna().all()
    assert frame["percent_of_region"].sum() == pytest.approx(100)


@pytest.mark.parametrize("pick", ["mode", "first", "last"])
def test_two_periods_are_numpys_crosstab(made: np.ndarray, pick: Any) -> None:
    frame = gee_scl.transitions(between(1, 5), between(6, 14), WHOLE, pick=pick)
    assert found_in(frame) == crosstab(picked(made[:5], pick), picked(made[5:], pick))


@pytest.mark.parametrize("pick", ["mode", "first", "last"])
def test_the_image_has_the_tables_codes(made: np.ndarray, pick: Any) -> None:
    image = gee_scl.transition_image(between(1, 5), one(6), pick=pick)
    window = Window("EPSG:32632", GRID @ Affine.translation(-2, -2), SIDE + 4, SIDE + 4)
    (codes,) = read(image, window).values()
    expected = np.full((SIDE + 4, SIDE + 4), 9999)
    expected[2:-2, 2:-2] = 100 * picked(made[:5], pick) + grouped(made[5], LAND)
    np.testing.assert_array_equal(codes.filled(0), expected)
    assert codes.dtype == np.uint16


def test_classes_10_and_11_do_not_collide(made: np.ndarray) -> None:
    scl = {code: code for code in range(1, 12)}
    frame = gee_scl.transitions(one(3), one(4), WHOLE, scheme="scl")
    expected = crosstab(grouped(made[2], scl), grouped(made[3], scl))
    assert {(10, 11), (11, 10), (11, 1), (1, 11)} & set(expected)
    assert found_in(frame) == expected
    codes = gee_scl.SCHEMES["scl"].transitions().values
    assert len(set(codes)) == len(codes) == 12**2
    assert {1011, 1110, 111, 1101} <= set(codes)


def test_nothing_is_dropped_because_it_was_cloudy_once(tmp_path: Path) -> None:
    cloudy_once = [np.array([[9, 4, 4]], np.uint8), np.array([[4, 9, 4]], np.uint8), np.array([[4, 4, 9]], np.uint8)]
    scenes = [Scene(scl, time=day(number)) for number, scl in enumerate([*cloudy_once, *cloudy_once], start=1)]
    with session_over(make_catalogue(tmp_path, scenes)):
        for pick in ("mode", "first", "last"):
            frame = gee_scl.transitions(between(1, 3), between(4, 6), outline(GRID, 1, 3), pick=pick)
            assert found_in(frame) == {(1, 1): 3}


def test_a_pass_that_two_tiles_show_counts_once(tmp_path: Path) -> None:
    """Two tiles overlap in two columns. There the first pass shows vegetation twice, the others bare soil once."""
    shape = (2, 4)
    right = GRID @ Affine.translation(2, 0)
    scenes = [
        Scene(np.full(shape, 4, np.uint8), time=day(1)),
        Scene(np.full(shape, 4, np.uint8), time=day(1, 14), tile="32TQS", transform=right),
        Scene(np.full(shape, 5, np.uint8), time=day(2)),
        Scene(np.full(shape, 5, np.uint8), time=day(3)),
        Scene(np.full(shape, 6, np.uint8), time=day(9)),
    ]
    with session_over(make_catalogue(tmp_path, scenes)):
        frame = gee_scl.transitions(between(1, 3), between(9, 9), outline(GRID, 2, 6))
        # Of one vegetation and two bare, bare; of the right tile alone, vegetation, and no image after.
        assert found_in(frame) == {(2, 3): 8, (1, 99): 4}
        undecided = gee_scl.transitions(between(1, 2), between(9, 9), outline(GRID, 2, 6))
        assert found_in(undecided) == {(1, 3): 8, (1, 99): 4}, "of equals the smallest value"


def test_where_a_tile_of_the_day_is_cloudy_the_other_is_seen(tmp_path: Path) -> None:
    shape = (2, 3)
    scenes = [
        Scene(np.full(shape, 6, np.uint8), time=day(1)),
        Scene(np.full(shape, 9, np.uint8), time=day(1, 14), tile="32TQS"),
        Scene(np.full(shape, 5, np.uint8), time=day(2)),
    ]
    with session_over(make_catalogue(tmp_path, scenes)):
        for pick in ("mode", "first", "last"):
            frame = gee_scl.transitions(between(1, 1), between(2, 2), outline(GRID, *shape), pick=pick)
            assert found_in(frame) == {(3, 2): 6}


# Two zones

EASTERN = "EPSG:32633"
NEAR_12_EAST = Affine(20, 0, 729_000, 0, -20, 5_100_000)


def in_zone_33(transform: Affine) -> Affine:
    """A grid of zone 33 that begins about where one of zone 32 does."""
    x, y = pyproj.Transformer.from_crs("EPSG:32632", EASTERN, always_xy=True).transform(transform.c, transform.f)
    return Affine(20, 0, 20 * round(x / 20) - 400, 0, -20, 20 * round(y / 20) + 400)


def test_after_in_another_zone_is_read_by_the_nearest_pixel(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    before = random.choice([4, 5, 6, 9], (20, 20)).astype(np.uint8)
    after = random.choice([4, 5, 6, 9], (60, 60)).astype(np.uint8)
    eastern = in_zone_33(NEAR_12_EAST)
    scenes = [
        Scene(before, time=day(1), transform=NEAR_12_EAST),
        Scene(after, time=day(2), tile="33TUM", crs=EASTERN, transform=eastern),
    ]
    rows, columns = np.indices(before.shape) + 0.5
    x, y = NEAR_12_EAST @ (columns, rows)
    x, y = pyproj.Transformer.from_crs("EPSG:32632", EASTERN, always_xy=True).transform(x, y)
    there = after[np.floor((eastern.f - y) / 20).astype(int), np.floor((x - eastern.c) / 20).astype(int)]
    expected = crosstab(grouped(before, LAND), grouped(there, LAND))
    with session_over(make_catalogue(tmp_path, scenes)):
        frame = gee_scl.transitions(one(1), one(2), outline(NEAR_12_EAST, 20, 20))
        assert found_in(frame) == expected
        image = gee_scl.transition_image(one(1), one(2))
        assert image.projection().getInfo()["crs"] == "EPSG:32632"


def test_regions_in_two_zones_are_counted_on_the_grids_of_their_zones(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    western, eastern = GRID, Affine(20, 0, 300_000, 0, -20, 5_100_000)
    codes = {name: random.choice([4, 5, 6, 9], (2, 15, 15)).astype(np.uint8) for name in ("west", "east")}
    scenes = [
        Scene(codes[name][number], time=day(number + 1), tile=tile, crs=crs, transform=transform)
        for number in (0, 1)
        for name, tile, crs, transform in (
            ("west", "32TPS", "EPSG:32632", western),
            ("east", "33TUM", EASTERN, eastern),
        )
    ]
    to_degrees = pyproj.Transformer.from_crs(EASTERN, "EPSG:4326", always_xy=True)
    assert to_degrees.transform(eastern.c, eastern.f)[0] > 12
    with session_over(make_catalogue(tmp_path, scenes)):
        # A collection may hold regions in several CRSs only where the server makes it.
        shapes = {"west": ("EPSG:32632", western), "east": (EASTERN, eastern)}
        regions = ee.FeatureCollection(
            [
                ee.Feature(
                    ee.Geometry.Polygon(outline(transform, 15, 15, crs)["coordinates"], crs, False), {"name": name}
                )
                for name, (crs, transform) in shapes.items()
            ]
        )
        frame = gee_scl.transitions(between(1, 1), between(2, 2), regions, id="name")
    for name, (first, second) in codes.items():
        assert found_in(frame, name) == crosstab(grouped(first, LAND), grouped(second, LAND))
    assert frame.attrs["gee_scl"]["requests"] == 5  # images twice, regions, and a table for each zone


# The sample and recorded pixels


def images_between(stack: Stack, first: int, last: int, tile: str) -> ee.ImageCollection:
    """Some images of a stack, by their places in it."""
    times = stack.times[[first, last]] + [0, 1]
    return gee_scl.collection(tiles=tile).filter(
        ee.Filter.And(
            ee.Filter.gte("system:time_start", int(times[0])), ee.Filter.lt("system:time_start", int(times[1]))
        )
    )


PLACES = (pytest.param("31UDS", marks=pytest.mark.real), "sample")


@pytest.fixture(scope="module", params=PLACES)
def place_engine(request: pytest.FixtureRequest) -> Iterator[tuple[str, str, Stack]]:
    """An engine on a place, its tile, and its classes as rasterio reads them."""
    if request.param == "sample":
        folder, tile, crop = request.getfixturevalue("sample"), "32TPS", (90, 180, 90, 110)
    else:
        folder, tile, crop = request.getfixturevalue("shared") / "data" / "31UDS", "31UDS", None
    with LocalServer(folder) as engine:
        yield engine.url, tile, read_stack(folder, tile, crop=crop)


@pytest.fixture
def place(place_engine: tuple[str, str, Stack]) -> Iterator[tuple[str, Stack]]:
    """The tile and the classes of a place, with a session on it."""
    url, tile, stack = place_engine
    with session_on(url):
        yield tile, stack


def region_of(stack: Stack) -> dict[str, Any]:
    window = stack.window
    return outline(window.transform, window.height, window.width, window.crs)


def clearest(stack: Stack) -> tuple[int, int]:
    """An early and a late image with several classes."""
    variety = [min(np.isin(scl, list(LAND)).mean(), 0.9) + len(np.unique(scl)) / 10 for scl in stack.scl]
    half = len(variety) // 2
    return int(np.argmax(variety[:half])), half + int(np.argmax(variety[half:]))


def test_two_dates_of_a_place_are_the_crosstab_of_the_files(place: tuple[str, Stack]) -> None:
    tile, stack = place
    first, second = clearest(stack)
    before, after = (images_between(stack, n, n, tile).first() for n in (first, second))
    expected = crosstab(grouped(stack.scl[first], LAND), grouped(stack.scl[second], LAND))
    assert len(expected) > 3
    assert found_in(gee_scl.transitions(before, after, region_of(stack))) == expected


@pytest.mark.parametrize("pick", ["mode", "first", "last"])
def test_two_periods_of_a_place_are_the_crosstab_of_the_files(place: tuple[str, Stack], pick: Any) -> None:
    tile, stack = place
    half = len(stack.times) // 2
    periods = ((max(0, half - 12), half - 1), (half, min(half + 14, len(stack.times) - 1)))
    before, after = (images_between(stack, *period, tile) for period in periods)
    expected = crosstab(*(picked(stack.scl[first : last + 1], pick) for first, last in periods))
    assert len(expected) > 3
    frame = gee_scl.transitions(before, after, region_of(stack), pick=pick)
    assert found_in(frame) == expected
    table = pd.crosstab(*(pd.Series(picked(stack.scl[a : b + 1], pick).ravel()) for a, b in periods))
    assert {pair: count for pair, count in table.stack().to_dict().items() if count} == expected
    done = frame.attrs["gee_scl"]
    assert [done[side]["images"] for side in ("before", "after")] == [b - a + 1 for a, b in periods]
    days = [[f"{pd.Timestamp(stack.times[n], unit='ms'):%Y-%m-%d}" for n in period] for period in periods]
    assert [[done[side]["first"], done[side]["last"]] for side in ("before", "after")] == days


def test_areas_are_sums_of_ellipsoidal_pixel_areas(place: tuple[str, Stack]) -> None:
    tile, stack = place
    first, second = clearest(stack)
    before, after = (images_between(stack, n, n, tile).first() for n in (first, second))
    areas = ellipsoidal_areas(stack.window)
    codes = 100 * grouped(stack.scl[first], LAND) + grouped(stack.scl[second], LAND)
    frame = gee_scl.transitions(before, after, region_of(stack))
    found = frame["area_m2"].to_numpy()
    expected = [areas[codes == code].sum() for code in gee_scl.SCHEMES["land"].transitions().values]
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)
    assert frame["area_m2"].sum() == pytest.approx(areas.sum(), rel=1e-6)
    seen = areas[(codes // 100 != 99) & (codes % 100 != 99)].sum()
    known = frame["percent"].notna().to_numpy()
    np.testing.assert_allclose(frame.loc[known, "percent"], 100 * np.array(expected)[known] / seen, rtol=1e-6)
    np.testing.assert_allclose(frame["percent_of_region"], 100 * np.array(expected) / areas.sum(), rtol=1e-6)


def ellipsoidal_areas(window: Window) -> np.ndarray:
    """Each pixel's area as a polygon on the WGS84 ellipsoid."""
    to_degrees = pyproj.Transformer.from_crs(window.crs, "EPSG:4326", always_xy=True)
    geod = pyproj.Geod(ellps="WGS84")
    columns, rows = np.meshgrid(np.arange(window.width + 1), np.arange(window.height + 1))
    longitudes, latitudes = to_degrees.transform(*(window.transform @ (columns, rows)))
    corners = ((0, 0), (0, 1), (1, 1), (1, 0))
    areas = np.empty((window.height, window.width))
    for row, column in np.ndindex(*areas.shape):
        x, y = ([array[row + a, column + b] for a, b in corners] for array in (longitudes, latitudes))
        areas[row, column] = abs(geod.polygon_area_perimeter(x, y)[0])
    return areas


# Laws

DAYS = st.integers(1, 14)
SCHEMES = st.sampled_from(["scl", "cloud", "land", "water", "snow", "vegetation"])


@st.composite
def parts(draw: Callable[..., Any]) -> dict[str, Any]:
    """A window of the made pixels that may reach beyond them."""
    top, left = draw(st.integers(-3, SIDE - 1)), draw(st.integers(-3, SIDE - 1))
    rows, columns = draw(st.integers(1, SIDE)), draw(st.integers(1, SIDE))
    return outline(GRID @ Affine.translation(left, top), rows, columns)


law = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

any_warning = pytest.mark.filterwarnings("ignore::gee_scl.RegionWarning")
"""Regions of which nothing is seen twice are among what is drawn, and are warned of."""


def square(frame: pd.DataFrame, column: str = "area_m2") -> np.ndarray:
    """Classes before x classes after."""
    size = round(len(frame) ** 0.5)
    return frame[column].to_numpy().reshape(size, size)


@any_warning
@law
@given(first=DAYS, last=DAYS, region=parts(), scheme=SCHEMES, pick=st.sampled_from(["mode", "first", "last"]))
def test_the_areas_of_a_region_add_up_to_all_of_it(
    made: np.ndarray, first: int, last: int, region: dict[str, Any], scheme: str, pick: Any
) -> None:
    period = between(min(first, last), max(first, last))
    frame = gee_scl.transitions(one(first), period, region, scheme=scheme, pick=pick)
    (west, north), _, (east, south) = region["coordinates"][0][:3]
    assert frame["pixels"].sum() == (east - west) * (north - south) / 400
    assert frame["percent_of_region"].sum() == pytest.approx(100)
    whole = frame["area_m2"].sum()
    assert whole == pytest.approx((east - west) * (north - south), rel=2e-3)
    assert frame["percent"].sum() == pytest.approx(100) or frame["percent"].isna().all()


@any_warning
@law
@given(number=DAYS, region=parts(), scheme=SCHEMES)
def test_nothing_changes_from_a_date_to_itself(
    made: np.ndarray, number: int, region: dict[str, Any], scheme: str
) -> None:
    areas = square(gee_scl.transitions(one(number), one(number), region, scheme=scheme))
    assert areas.sum() > 0
    np.testing.assert_array_equal(areas, np.diag(np.diag(areas)))


@any_warning
@law
@given(first=DAYS, last=DAYS, region=parts(), pick=st.sampled_from(["mode", "first", "last"]))
def test_swapping_before_and_after_transposes(
    made: np.ndarray, first: int, last: int, region: dict[str, Any], pick: Any
) -> None:
    before, after = between(min(first, last), max(first, last)), one(first)
    there = gee_scl.transitions(before, after, region, pick=pick)
    back = gee_scl.transitions(after, before, region, pick=pick)
    np.testing.assert_allclose(square(there), square(back).T)
    np.testing.assert_allclose(square(there, "percent"), square(back, "percent").T)


@any_warning
@law
@given(first=DAYS, last=DAYS, region=parts(), scheme=SCHEMES)
def test_grouping_before_or_after_is_the_same_for_single_images(
    made: np.ndarray, first: int, last: int, region: dict[str, Any], scheme: str
) -> None:
    grouped_first = gee_scl.transitions(one(first), one(last), region, scheme=scheme)
    codes = gee_scl.transitions(one(first), one(last), region, scheme="scl")
    values = gee_scl.SCHEMES[scheme].mapping
    sides = [codes[f"{side}_value"].map(lambda code: values.get(code, 99), na_action=None) for side in ("from", "to")]
    later = codes.assign(before=sides[0], after=sides[1]).groupby(["before", "after"])["area_m2"].sum()
    for row in grouped_first.fillna({"from_value": 99, "to_value": 99}).itertuples():
        assert later[row.from_value, row.to_value] == pytest.approx(row.area_m2)


@pytest.mark.parametrize("weights", ["centre", "fraction"])
def test_odd_regions_add_up_too(sample_session: str, weights: Any) -> None:
    before, after = gee_scl.collection(end="2023-02-01"), gee_scl.collection(start="2023-07-01", end="2023-08-01")
    regions = gee_scl.sample_regions()
    frame = gee_scl.transitions(before, after, regions, id="name", weights=weights, pick="last")
    np.testing.assert_allclose(frame.groupby("region")["percent_of_region"].sum(), 100)
    stated = gee_scl.class_statistics(after, regions, id="name", by="date", weights=weights)
    # A sum over all classes and no data is the region's whole area, as class statistics have it too.
    share = stated[stated["percent_of_region"] > 0].iloc[0]
    whole = 100 * share["area_m2"] / share["percent_of_region"]
    assert frame.loc[frame["region"] == share["region"], "area_m2"].sum() == pytest.approx(whole)


# What is done with them


@pytest.fixture
def sample_periods(sample_session: str) -> tuple[ee.ImageCollection, ee.ImageCollection]:
    """April and August of the sample, with a session on it."""
    return april_and_august()


@pytest.fixture(scope="module")
def sample_frame(sample_engine: str) -> pd.DataFrame:
    with session_on(sample_engine):
        return gee_scl.transitions(*april_and_august(), gee_scl.sample_regions(), id="name")


def april_and_august() -> tuple[ee.ImageCollection, ee.ImageCollection]:
    return gee_scl.collection(None, "2023-04-01", "2023-05-01"), gee_scl.collection(None, "2023-08-01", "2023-09-01")


def test_the_frame_says_how_it_was_made(sample_frame: pd.DataFrame) -> None:
    done = sample_frame.attrs["gee_scl"]
    assert done["scheme"] == "land"
    assert done["classes"] == {1: "Vegetation", 2: "Bare", 3: "Water", 4: "Snow"}
    assert done["pick"] == "mode"
    assert done["synthetic"] is True
    assert done["scale"] == 20
    assert done["images"] == done["before"]["images"] + done["after"]["images"]
    assert done["before"]["first"].startswith("2023-04-")
    assert done["after"]["last"].startswith("2023-08-")
    assert done["regions_not_seen_twice"] == []
    assert done["requests"] == 3  # images twice, the table


@pytest.mark.parametrize("way", ["as it is", "CSV", "Parquet"])
def test_the_charts_take_the_frame_as_it_is_and_from_files(
    sample_frame: pd.DataFrame, way: str, tmp_path: Path
) -> None:
    frame = sample_frame
    if way == "CSV":
        frame.to_csv(tmp_path / "a.csv", index=False)
        frame = pd.read_csv(tmp_path / "a.csv")
    elif way == "Parquet":
        frame.to_parquet(tmp_path / "a.parquet")
        frame = pd.read_parquet(tmp_path / "a.parquet")
    total = sample_frame["area_m2"].sum() / 1e4
    axes = charts.transition_matrix(frame, amount="hectares")
    labels = [text.get_text() for text in axes.get_yticklabels()]
    assert [label.partition(" ")[2] for label in labels] == LAND_NAMES
    assert any(f"{total:,.4g} ha in all" in text.get_text() for text in axes.figure.findobj(Text))
    charts.transition_sankey(frame, region="Lake").figure.clear()
    figure = charts.transition_sankey(frame, interactive=True)
    assert sum(figure.data[0].link.value) == pytest.approx(total)


def test_views_draw_the_image_in_the_colours_of_its_scheme(
    sample_periods: tuple[ee.ImageCollection, ee.ImageCollection],
) -> None:
    image, scheme = gee_scl.transition_image(*sample_periods), gee_scl.SCHEMES["land"].transitions()
    window = Window("EPSG:32632", Affine(20, 0, 698_000, 0, -20, 5_146_000), 60, 50)
    (codes,) = read(image, window).values()
    view = views.class_view(image, scheme, band="transition")
    shown = np.stack([band.filled(0) for band in read(view.image, window).values()])
    colors = {member.value: tuple(bytes.fromhex(member.color)) for member in scheme.classes}
    expected = np.array([colors[code] for code in codes.compressed()]).T.reshape(shown.shape)
    np.testing.assert_array_equal(shown, expected)
    assert [entry.label for entry in view.entries] == scheme.names
    assert gee_scl.thumbnail(view, gee_scl.sample_regions(), size=64).startswith(b"\x89PNG")


def test_a_downloaded_image_has_the_codes_their_colours_and_styles(
    sample_periods: tuple[ee.ImageCollection, ee.ImageCollection], tmp_path: Path
) -> None:
    image, scheme = gee_scl.transition_image(*sample_periods), gee_scl.SCHEMES["land"].transitions()
    target = tmp_path / "change.tif"
    region = (11.6, 46.43, 11.62, 46.44)
    exports.download_image(image, target, scheme=scheme, band="transition", region=region)
    with rasterio.open(target) as file:
        codes, colors = file.read(1), file.colormap(1)
        window = Window(file.crs.to_string(), file.transform, file.width, file.height)
        assert file.dtypes == ("uint16",)
        assert file.nodata == 0
    np.testing.assert_array_equal(codes, read(image, window)["transition"].filled(0))
    for member in scheme.classes:
        assert colors[member.value][:3] == tuple(bytes.fromhex(member.color))
    gee_scl.add_color_table(target)
    for ending in (".qml", ".sld"):
        style = target.with_suffix(ending).read_text("utf-8")
        assert "Vegetation to Water" in style
        assert "9999" in style


def test_the_image_lies_on_the_grid_before_and_says_its_times(
    sample_periods: tuple[ee.ImageCollection, ee.ImageCollection],
) -> None:
    before, after = sample_periods
    image = gee_scl.transition_image(before, after)
    grid = before.first().select("SCL").projection().getInfo()
    assert image.projection().getInfo() == grid
    times = [images.aggregate_array("system:time_start").getInfo() for images in sample_periods]
    properties = image.toDictionary(image.propertyNames()).getInfo()
    assert properties["system:time_start"] == min(times[0])
    assert properties["system:time_end"] == max(times[1])
    assert properties["gee_scl:scheme"] == "land-transitions"
    assert properties["transition_class_values"] == sorted(gee_scl.SCHEMES["land"].transitions().values)
    assert properties["GEE_SCL_SYNTHETIC"] == "true"
    single = gee_scl.transition_image(before.first(), after.first())
    assert single.get("system:time_start").getInfo() == times[0][0]
    assert single.get("system:time_end").getInfo() == times[1][0]
    monthly = gee_scl.mode(after).select(["class"], ["SCL"])
    assert gee_scl.transition_image(before.first(), monthly).get("system:time_end").getInfo() == max(times[1])


# Schemes


def test_the_scheme_names_what_became_of_what() -> None:
    scheme = gee_scl.SCHEMES["land"].transitions()
    names = dict(zip(scheme.values, scheme.names, strict=True))
    assert names[103] == "Vegetation to Water"
    assert names[303] == "Water stays"
    assert names[499] == "Snow to Unknown"
    assert names[9901] == "Unknown to Vegetation"
    assert names[9999] == "Unknown"
    assert scheme.is_identity
    assert scheme.left_out == ()


def test_a_change_has_the_colour_of_what_it_became_and_the_unknown_is_grey() -> None:
    for name in ("land", "water", "snow", "vegetation"):
        land, scheme = gee_scl.SCHEMES[name], gee_scl.SCHEMES[name].transitions()
        colors = dict(zip(scheme.values, scheme.palette, strict=True))
        for before, after in itertools.permutations(land.classes, 2):
            assert colors[100 * before.value + after.value] == after.color
        for member in land.classes:
            own, tint = (bytes.fromhex(c) for c in (member.color, colors[101 * member.value]))
            assert sum(tint) > sum(own)
        for value in [99, *land.values]:
            for code in (9900 + value, 100 * value + 99):
                assert len(set(bytes.fromhex(colors[code]))) == 1
        seen = cielab(sorted(set(scheme.palette)))
        distances = np.linalg.norm(seen[:, None] - seen[None], axis=2)
        assert distances[~np.eye(len(seen), dtype=bool)].min() > 10, "by CIELAB"


def test_names_that_would_be_the_same_are_told_apart_by_their_code() -> None:
    odd = gee_scl.Scheme.from_lists("odd", [1, 2, 3, 4], ["A", "B to C", "A to B", "C"], ["ff0000"] * 4)
    scheme = odd.transitions()
    names = dict(zip(scheme.values, scheme.names, strict=True))
    assert names[102] == "A to B to C"
    assert names[304] == "A to B to C (304)"


@pytest.mark.parametrize(
    ("values", "names", "says"),
    [
        (range(99), [f"class {value}" for value in range(99)], r"99 classes.*at most 98.*source=this scheme"),
        ((1, 2), ("a", "unknown"), "without a class called 'Unknown'"),
    ],
)
def test_a_scheme_that_cannot_be_packed_is_refused(
    values: Sequence[int], names: Sequence[str], says: str, made: np.ndarray
) -> None:
    scheme = gee_scl.Scheme.from_lists("mine", values, names, ["ff0000"] * len(names))
    for ask in (
        lambda: scheme.transitions(),
        lambda: gee_scl.transition_image(one(1), one(2), scheme=scheme),
        lambda: gee_scl.transitions(one(1), one(2), WHOLE, scheme=scheme),
    ):
        with pytest.raises(gee_scl.SchemeError, match=says):
            ask()


def test_values_0_and_98_and_another_rasters_codes_are_packed(made: np.ndarray) -> None:
    members = (gee_scl.SchemeClass(0, "Nought", "ff0000", (5,)), gee_scl.SchemeClass(98, "Most", "00ff00", (4, 6)))
    scheme = gee_scl.Scheme("ends", "Ends", members)
    values = {5: 0, 4: 98, 6: 98}
    frame = gee_scl.transitions(between(1, 4), one(5), WHOLE, scheme=scheme)
    assert found_in(frame) == crosstab(picked(made[:4], "mode", values), grouped(made[4], values))


# Many regions


def grid_of_regions(count: int) -> dict[str, Any]:
    """Regions of two by two pixels, in rows of six."""
    corners = {f"r{n}": GRID @ Affine.translation(n % 6 * 2, n // 6 * 2) for n in range(count)}
    return features({name: outline(corner, 2, 2) for name, corner in corners.items()})


@any_warning
def test_twelve_regions_are_one_request_and_each_has_its_own_pixels(made: np.ndarray) -> None:
    frame = gee_scl.transitions(one(1), one(2), grid_of_regions(12), id="name")
    assert frame.attrs["gee_scl"]["requests"] == 3
    for n in range(12):
        part = np.s_[n // 6 * 2 :, n % 6 * 2 :][0:2]
        first, second = (codes[part][:2, :2] for codes in made[:2])
        assert found_in(frame, f"r{n}") == crosstab(grouped(first, LAND), grouped(second, LAND))


@any_warning
def test_regions_that_only_the_server_knows_give_the_same_frame(made: np.ndarray) -> None:
    regions = grid_of_regions(12)
    known = gee_scl.transitions(one(1), one(2), regions, id="name", keep=["row"])
    server = ee.FeatureCollection(
        [
            ee.Feature(
                ee.Geometry.Polygon(feature["geometry"]["coordinates"], "EPSG:32632", False), feature["properties"]
            )
            for feature in regions["features"]
        ]
    )
    found = gee_scl.transitions(one(1), one(2), server, id="name", keep=["row"])
    pd.testing.assert_frame_equal(found, known)


@any_warning
def test_requests_have_fewer_regions_where_there_are_more_classes(made: np.ndarray) -> None:
    regions = grid_of_regions(12)
    whole = gee_scl.transitions(one(1), one(2), regions, id="name", scheme="scl")
    # 24 rows of 12 classes are 2 of the 144 pairs of the SCL's classes, and 11 of the 25 of "land".
    run = gee_scl.Run(limits=gee_scl.Limits(rows=24))
    split = gee_scl.transitions(one(1), one(2), regions, id="name", scheme="scl", run=run)
    assert split.attrs["gee_scl"]["requests"] == 2 + 6
    pd.testing.assert_frame_equal(split, whole)
    assert gee_scl.transitions(one(1), one(2), regions, id="name", run=run).attrs["gee_scl"]["requests"] == 2 + 2
    many = gee_scl.Scheme.from_lists("many", range(48), [f"class {n}" for n in range(48)], ["808080"] * 48)
    stated = gee_scl.class_statistics(one(1), regions, id="name", scheme=many, run=run)
    assert stated.attrs["gee_scl"]["requests"] == 1 + 2
    assert len(stated) == 12 * 48


# What is not there


def test_regions_of_which_nothing_is_seen_twice_are_named_and_keep_their_rows(made: np.ndarray) -> None:
    away = outline(GRID @ Affine.translation(500, 500), 2, 3)
    regions = features({"here": WHOLE, "away": away})
    with pytest.warns(gee_scl.RegionWarning, match=r"1 of 2 regions have no area .*: 'away'"):
        frame = gee_scl.transitions(between(1, 7), between(8, 14), regions, id="name")
    assert frame.attrs["gee_scl"]["regions_not_seen_twice"] == ["away"]
    assert found_in(frame, "away") == {(99, 99): 6}
    assert frame.loc[frame["region"] == "away", "percent"].isna().all()


def test_a_collection_of_nothing_is_named(made: np.ndarray) -> None:
    nothing = gee_scl.collection(start="2001-01-01", end="2001-02-01")
    with pytest.raises(gee_scl.CollectionError, match=r"^before: got 'a collection of nothing'"):
        gee_scl.transitions(nothing, one(1), WHOLE)
    with pytest.raises(gee_scl.CollectionError, match=r"^after: got 'a collection of nothing'"):
        gee_scl.transitions(one(1), nothing, WHOLE)


def test_images_without_time_or_grid_are_refused_by_name(made: np.ndarray) -> None:
    timeless = ee.ImageCollection([ee.Image(one(1).select("SCL").toUint8()).set("system:time_start", None)])
    shapeless = between(1, 3).select("SCL").mosaic()
    with pytest.raises(gee_scl.CollectionError, match=r"^after: .* without system:time_start"):
        gee_scl.transitions(one(1), timeless, WHOLE)
    with pytest.raises(gee_scl.CollectionError, match=r"^before: .* without a grid of its own"):
        gee_scl.transitions(shapeless, one(1), WHOLE)
    after = gee_scl.transitions(one(4), shapeless, WHOLE)
    assert found_in(gee_scl.transitions(shapeless, one(4), WHOLE, crs="EPSG:32632", scale=20)) == {
        (b, a): count for (a, b), count in found_in(after).items()
    }


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"pick": "median"}, "pick: got 'median'"),
        ({"weights": "area"}, "weights: got 'area'"),
        ({"scale": -20}, "scale: got -20"),
        ({"crs": "utm"}, "crs: got 'utm'"),
        ({"scheme": "lnd"}, "Did you mean 'land'"),
        ({"before": "2023-05-01"}, "before: got 'str'"),
        ({"after": None}, "after: got 'NoneType'"),
    ],
)
def test_what_cannot_be_is_refused(made: np.ndarray, arguments: dict[str, Any], says: str) -> None:
    given_arguments = {"before": one(1), "after": one(2), "regions": WHOLE, **arguments}
    with pytest.raises(gee_scl.ArgumentError, match=says):
        gee_scl.transitions(**given_arguments)
