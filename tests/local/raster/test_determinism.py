"""Sums of a region and an image are the same to the last bit, whatever else is asked with them, and however."""

import functools
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from gee_scl.local.algorithms.registry import call
from gee_scl.local.assets.catalogue import Catalogue
from gee_scl.local.assets.products import SENTINEL2
from gee_scl.local.context import Context
from gee_scl.local.raster.area import _areal_scale, pixel_areas
from gee_scl.local.raster.exact_sums import MOST_TERMS, condensed, exact_sums, exact_terms, rounded
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Image
from gee_scl.local.values import Collection, Feature
from gee_scl.local.vector.geometry import Geometry
from tests.support.local.catalogues import GRID, Scene, make_catalogue

ROWS, COLUMNS = 700, 900
CODES = (0, 4, 6, 9)
REGIONS = 12

rng = np.random.default_rng(3)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> tuple[Image, ...]:
    folder: Path = tmp_path_factory.mktemp("determinism")
    scenes = [
        Scene(rng.choice(CODES, (ROWS, COLUMNS)).astype(np.uint8), time=f"2023-05-0{day}T10:00:00Z")
        for day in (1, 2, 3)
    ]
    return tuple(Catalogue(make_catalogue(folder, scenes)).collections()[SENTINEL2].elements)


def region(number: int) -> Feature:
    """A triangle somewhere on the images, from a few pixels to most of them."""
    own = np.random.default_rng(number)
    corners = own.uniform((0, 0), (COLUMNS, ROWS), (3, 2))
    corners = corners.mean(axis=0) + (corners - corners.mean(axis=0)) * own.choice([0.02, 0.2, 1.0])
    ring = [GRID @ tuple(corner) for corner in corners]
    return Feature({"system:index": str(number)}, Geometry(shapely.Polygon(ring), "EPSG:32632", geodesic=False))


@pytest.fixture(scope="module")
def alone(images: tuple[Image, ...]) -> Callable[[int, int, bool], dict[str, float]]:
    """The sums of a region that is asked for by itself, worked out once."""

    @functools.cache
    def summed(which: int, number: int, weighted: bool) -> dict[str, float]:
        return sums(stack(images[which]), [region(number)], weighted=weighted)[0]

    return summed


def stack(image: Image) -> Image:
    """Pixels and areas of each code, and the whole area: what class statistics ask for."""

    def made(name: str, *arguments: object) -> Image:
        names = {"Image.select": ("input", "bandSelectors"), "Image.addBands": ("dstImg", "srcImg")}
        keys = names.get(name, ("image1", "image2"))
        return call(name, dict(zip(keys, arguments, strict=True)), Context(None))

    area = call("Image.pixelArea", {}, Context(None))
    classes = made("Image.select", image, ["SCL"])
    bands = area
    for code in CODES[1:]:
        pixels = made("Image.eq", classes, Image.constant(code))
        bands = made("Image.addBands", made("Image.addBands", bands, pixels), made("Image.multiply", pixels, area))
    return bands


def sums(
    image: Image,
    regions: Sequence[Feature],
    *,
    workers: int = 1,
    weighted: bool = False,
    transform: Affine = GRID,
    reducer: object = None,
) -> list[dict[str, float]]:
    context = Context(None, workers=workers)
    reducer = reducer or call("Reducer.sum", {}, context)
    if not weighted:
        reducer = call("Reducer.unweighted", {"reducer": reducer}, context)
    arguments = {"image": image, "collection": Collection(elements=tuple(regions)), "reducer": reducer}
    grid = {"crs": "EPSG:32632", "crsTransform": list(transform)[:6]}
    reduced = call("Image.reduceRegions", {**arguments, **grid}, context)
    return [{k: v for k, v in row.properties.items() if k != "system:index"} for row in reduced.elements]


@settings(max_examples=25, deadline=None)
@given(
    chosen=st.lists(st.integers(0, REGIONS - 1), min_size=1, max_size=REGIONS, unique=True),
    which=st.integers(0, 2),
    workers=st.integers(1, 3),
    weighted=st.booleans(),
)
def test_regions_together_have_the_sums_of_each_alone(images, alone, chosen, which, workers, weighted):
    regions = [region(number) for number in chosen]
    together = sums(stack(images[which]), regions, workers=workers, weighted=weighted)
    assert together == [alone(which, number, weighted) for number in chosen]


@settings(max_examples=15, deadline=None)
@given(
    chosen=st.lists(st.integers(0, REGIONS - 1), min_size=1, max_size=3, unique=True),
    others=st.lists(st.integers(1, 2), max_size=2),
    shift=st.tuples(st.integers(-400, 400), st.integers(-400, 400)),
    workers=st.integers(1, 3),
)
def test_a_mosaic_on_any_grid_of_the_same_pixels_has_the_sums_of_its_image(images, chosen, others, shift, workers):
    regions = [region(number) for number in chosen]
    image = images[0]
    # The lower images of a mosaic show where the upper one has no data, so only itself is laid below.
    below = [image for _ in others]
    mosaic = call(
        "ImageCollection.mosaic",
        {"collection": Collection(elements=(*below, image), kind="ImageCollection")},
        Context(None),
    )
    shifted = GRID @ Affine.translation(*shift)
    expected = sums(stack(image), regions)
    assert sums(stack(mosaic), regions, workers=workers, transform=shifted) == expected
    combined = call(
        "Reducer.combine",
        {
            "reducer1": call("Reducer.sum", {}, Context(None)),
            "reducer2": call("Reducer.count", {}, Context(None)),
            "sharedInputs": True,
        },
        Context(None),
    )
    for row, own in zip(sums(stack(mosaic), regions, transform=shifted, reducer=combined), expected, strict=True):
        assert {k.removesuffix("_sum"): v for k, v in row.items() if k.endswith("_sum")} == own


def test_sums_of_areas_are_the_exact_ones_rounded_once(images):
    areas = pixel_areas(Grid("EPSG:32632", GRID, 0, 0, COLUMNS, ROWS))
    corners = [GRID @ corner for corner in ((0, 0), (COLUMNS, 0), (COLUMNS, ROWS), (0, ROWS))]
    whole = Feature({}, Geometry(shapely.Polygon(corners), "EPSG:32632", geodesic=False))
    (row,) = sums(stack(images[0]), [whole])
    assert row["area"] == math.fsum(areas.ravel().tolist())


@given(
    crs=st.sampled_from(
        [("EPSG:32632", 20, 500_000, 5_000_000), ("EPSG:4326", 0.001, 7, 48), ("EPSG:3035", 10, 4_000_000, 3_000_000)]
    ),
    turned=st.booleans(),
    window=st.tuples(st.integers(0, 200), st.integers(0, 200), st.integers(1, 90), st.integers(1, 90)),
)
@settings(max_examples=30, deadline=None)
def test_a_pixel_has_one_area_in_every_window(crs, turned, window):
    name, size, x, y = crs
    transform = Affine(size, 0, x, 0, -size, y) @ (Affine.rotation(30) if turned else Affine.identity())
    whole = pixel_areas(Grid(name, transform, -20, -30, 330, 340))
    column, row, width, height = window
    part = pixel_areas(Grid(name, transform, column - 20, row - 30, width, height))
    assert (part == whole[row : row + height, column : column + width]).all()


def test_a_pixel_has_one_area_on_every_grid_of_the_same_pixels():
    first = pixel_areas(Grid("EPSG:32632", GRID, 100, 50, 300, 200))
    moved = pixel_areas(Grid("EPSG:32632", GRID @ Affine.translation(77, -33), 23, 83, 300, 200))
    assert (first == moved).all()


def test_an_area_between_the_lattice_is_right_to_two_parts_in_a_hundred_million():
    grid = Grid("EPSG:32632", Affine(20, 0, 300_000, 0, -20, 5_000_040), 0, 0, 512, 300)
    coarse = pixel_areas(grid)
    x, y = grid.centres()
    exact = 400 / _areal_scale(grid.crs, *np.broadcast_arrays(x, y))
    np.testing.assert_allclose(coarse, exact, rtol=2e-8)


VALUES = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300),
    st.floats(399, 401),
    st.sampled_from([0.0, -0.0, 1.0, 1e-300, 5e-324, 1e16, -1e16, 1e100, -1e100]),
)


@given(st.lists(st.lists(VALUES, min_size=1, max_size=30), min_size=1, max_size=6))
def test_parts_of_sums_add_up_without_an_error(runs):
    values = np.array([value for run in runs for value in run])
    starts = np.cumsum([0, *(len(run) for run in runs)])[:-1]
    parts = exact_sums(values, starts)
    if np.abs(values).max() < 2.0**899:
        assert [rounded(column) for column in parts.T.tolist()] == [math.fsum(run) for run in runs]
    together = parts.ravel().tolist()
    assert rounded(condensed(together)) == rounded(together)


def test_a_tile_of_the_largest_terms_adds_up_without_an_error():
    values = np.random.default_rng(1).uniform(2**20 - 1, 2**20, MOST_TERMS)
    values[::3] = np.nextafter(0.5, 1)  # as small as may be beside the others
    (parts,) = exact_sums(values, np.array([0])).T.tolist()
    assert len(parts) == 2
    assert math.fsum(parts) == math.fsum(values.tolist())
    assert math.fsum([*values.tolist(), *(-part for part in parts)]) == 0


@pytest.mark.parametrize("values", [[math.inf, 1.0], [math.nan, 1.0], [1.7e308, 1.7e308], [math.inf, -math.inf]])
def test_what_has_no_sum_has_that_of_any_sum(values):
    found = rounded(exact_sums(np.array(values), np.array([0])).T[0].tolist())
    with np.errstate(all="ignore"):
        assert str(found) == str(float(np.sum(values)))


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int32, np.int64])
def test_whole_numbers_are_counted(dtype):
    values = np.array([1, 0, 1, 1, 0], dtype)
    assert exact_sums(values, np.array([0, 2])).sum(axis=0).tolist() == [1, 2]


@given(st.lists(st.floats(1, 2, exclude_max=True), min_size=1, max_size=50), st.integers(0, 40))
def test_numbers_of_few_bits_are_left_as_they_are_and_others_are_cut(values, bits):
    # With `bits` behind the leading one: 35 are kept in one array, as so many of 36 bits add up exactly.
    whole = np.floor(np.array(values) * 2.0**bits)
    found = exact_terms(whole / 2.0**bits)
    assert (sum(found) == whole / 2.0**bits).all()
    longest = max(int(number).bit_length() - ((int(number) & -int(number)).bit_length() - 1) for number in whole)
    assert (len(found) == 1) == (longest <= 36)
