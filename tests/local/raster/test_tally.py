"""What reducers over regions make of sums is what they make of pixels one by one, and what numpy does."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import rasterio.features
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from gee_scl.local.algorithms.registry import call
from gee_scl.local.context import Context
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Band, Constant, Image, Pixels, Tile
from gee_scl.local.raster.reducer import Reducer
from gee_scl.local.raster.reduction import reduce_regions
from gee_scl.local.raster.tally import Sums, Totals
from gee_scl.local.raster.zones import Zone
from gee_scl.local.values import DOUBLE, PixelType, Projection
from gee_scl.local.vector.geometry import Geometry

ROWS, COLUMNS = 270, 530
PLANE = Affine(20, 0, 600000, 0, -20, 5100000)
PROJECTION = Projection("EPSG:32632", PLANE)

random = np.random.default_rng(14)
CODES = np.repeat(random.integers(0, 12, (ROWS, 80)), 7, axis=1)[:, :COLUMNS].astype(np.uint8)
CODES[:256, 256:512] = 6  # a tile of one code
VALUES = random.normal(300, 200, (ROWS, COLUMNS)).round(1)  # some thousands, of which binary sums are inexact
MASK = random.random((ROWS, COLUMNS)) < 0.8
PARTIAL = np.where(MASK, random.integers(1, 256, (ROWS, COLUMNS)) / 255, 0).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Stored:
    """Arrays at the plane's origin, with nothing around them."""

    values: Any
    mask: Any

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        pixels = Pixels(np.zeros(grid.shape, self.values.dtype), np.zeros(grid.shape, self.mask.dtype))
        inside = grid.crop(0, 0, COLUMNS, ROWS)
        here = (slice(inside.row, inside.row + inside.height), slice(inside.column, inside.column + inside.width))
        there = tuple(slice(s.start - o, s.stop - o) for s, o in zip(here, (grid.row, grid.column), strict=True))
        pixels.values[there], pixels.mask[there] = self.values[here], self.mask[here]
        return pixels


def image(mask: Any = MASK) -> Image:
    """Codes, values and the number 1."""
    byte = PixelType("int", 0, 255)
    bands = (
        Band("codes", byte, Stored(CODES, mask), PROJECTION),
        Band("values", DOUBLE, Stored(VALUES, mask), PROJECTION),
        Band("one", byte, Constant(1), PROJECTION),
    )
    return Image(bands=bands)


def make(name: str, **arguments: Any) -> Reducer:
    return call(f"Reducer.{name}", arguments, Context(None))


def unweighted(reducer: Reducer) -> Reducer:
    return make("unweighted", reducer=reducer)


SUM, COUNT = make("sum"), make("count")
REDUCERS = {
    "sum": SUM,
    "unweighted": unweighted(SUM),
    "count": COUNT,
    "histogram": make("frequencyHistogram"),
    "mode": make("mode"),
    "count and sum": make("combine", reducer1=COUNT, reducer2=unweighted(SUM), sharedInputs=True),
    "grouped": make("group", reducer=make("repeat", reducer=SUM, count=2), groupField=0, groupName="code"),
    "grouped, unweighted": make(
        "group", reducer=make("repeat", reducer=unweighted(SUM), count=2), groupField=0, groupName="code"
    ),
    "grouped by the last": make(
        "group", reducer=make("repeat", reducer=unweighted(SUM), count=2), groupField=2, groupName="one"
    ),
}


@st.composite
def shapes(draw: st.DrawFn) -> shapely.Geometry:
    """Polygons of any size, some with holes, some of several parts, some larger than the image, and points."""
    x, y = draw(st.floats(-50, COLUMNS + 50)), draw(st.floats(-50, ROWS + 50))
    size = draw(st.sampled_from([0.4, 3.0, 40.0, 300.0, 1000.0]))
    corners = draw(st.integers(3, 9))
    angles = np.sort(np.array(draw(st.lists(st.floats(0, 6.28), min_size=corners, max_size=corners, unique=True))))
    ring = np.stack([x + size * np.cos(angles), y + size * np.sin(angles)], axis=1)
    shape = shapely.Polygon(ring).buffer(0)
    kind = draw(st.sampled_from(["plain", "hole", "parts", "point"]))
    if kind == "hole":
        shape = shape.difference(shapely.Point(x, y).buffer(size / 3))
    elif kind == "parts":
        shape = shape.union(shapely.box(x + 3 * size, y, x + 4 * size, y + size / 2))
    elif kind == "point":
        shape = shapely.Point(x, y)
    # Of what is on an edge no more is asked than that both ways agree, and GDAL's is another.
    return shapely.transform(shape, lambda at: np.stack(PLANE @ (at[:, 0] + 0.0137, at[:, 1] + 0.0071), axis=-1))


def reduced(bands: Image, reducer: Reducer, regions: list[shapely.Geometry], workers: int = 1) -> list[list[Any]]:
    context = Context(None, workers=workers)
    zones = Zone.of_all([Geometry(shape, "EPSG:32632", geodesic=False) for shape in regions], PROJECTION, context)
    return reduce_regions(bands, reducer, zones, context)


@pytest.mark.some(10)  # each reducer, and each mask
@pytest.mark.parametrize("mask", [np.ones_like(MASK), MASK, PARTIAL], ids=["whole", "mask", "partial mask"])
@pytest.mark.parametrize("name", REDUCERS)
@settings(max_examples=6, deadline=None)
@given(regions=st.lists(shapes(), min_size=1, max_size=6), workers=st.integers(1, 3))
def test_sums_give_what_pixels_give(name: str, mask: Any, regions: list[shapely.Geometry], workers: int) -> None:
    reducer = REDUCERS[name]
    assert reducer.tally is not None
    plain = replace(reducer, tally=None)
    bands = image(mask)
    if reducer.inputs == 1:
        bands = bands.with_bands(bands.bands[:2])
    assert_same(reduced(bands, reducer, regions, workers), reduced(bands, plain, regions, workers))


def assert_same(found: Any, expected: Any) -> None:
    """The same keys, and numbers that differ by rounding only; no number where there is none."""
    if isinstance(expected, dict):
        # A histogram has thousands of keys: its numbers are compared in one go.
        assert found.keys() == expected.keys()
        found, expected = [found[key] for key in expected], list(expected.values())
    if isinstance(expected, list) and any(isinstance(value, dict | list) for value in expected):
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    else:
        there, here = np.array(expected, float), np.array(found, float)
        np.testing.assert_allclose(here, there, rtol=1e-12, atol=1e-9, strict=True)


@settings(max_examples=25, deadline=None)
@given(regions=st.lists(shapes().filter(lambda shape: shape.area > 0), min_size=1, max_size=5))
def test_groups_are_those_of_numpy(regions: list[shapely.Geometry]) -> None:
    found = reduced(image(), REDUCERS["grouped, unweighted"], regions)
    for shape, (groups,) in zip(regions, found, strict=True):
        inside = rasterio.features.geometry_mask([shape], (ROWS, COLUMNS), PLANE, invert=True) & MASK
        codes = CODES[inside]
        assert {group["code"]: group["sum"][1] for group in groups} == Counter(codes.tolist())
        for group in groups:
            expected = VALUES[inside][codes == group["code"]].sum()
            assert group["sum"][0] == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_no_group_has_a_wrong_type() -> None:
    ((groups,),) = reduced(image(), REDUCERS["grouped, unweighted"], [shapely.box(600000, 5090000, 601000, 5100000)])
    assert [group["code"] for group in groups] == sorted({*CODES[:, :50][MASK[:, :50]].tolist()})
    assert all(isinstance(group["code"], int) for group in groups)
    ((histogram, _),) = reduced(
        image().with_bands(image().bands[:2]), REDUCERS["histogram"], [shapely.box(600000, 5090000, 601000, 5100000)]
    )
    assert set(histogram) <= {str(code) for code in range(12)}


def test_values_of_a_wide_range_are_their_own_groups() -> None:
    far = np.where(CODES > 5, 4_000_000_000, CODES).astype(np.int64)
    bands = Image(bands=(Band("far", PixelType("int", 0, 2**40), Stored(far, MASK), PROJECTION),))
    ((histogram,),) = reduced(bands, REDUCERS["histogram"], [shapely.box(6e5, 5.09e6, 6.01e5, 5.1e6)])
    expected = Counter(far[:, :50][MASK[:, :50]].tolist())
    assert histogram == {str(value): float(number) for value, number in sorted(expected.items())}


def test_what_lies_under_a_mask_is_in_no_sum() -> None:
    values = np.where(MASK, VALUES, np.nan)
    values[~MASK & (VALUES > 400)] = np.inf
    bands = Image(bands=(Band("values", DOUBLE, Stored(values, MASK), PROJECTION),))
    ((total,),) = reduced(bands, REDUCERS["unweighted"], [shapely.box(6e5, 5.09e6, 6.01e5, 5.1e6)])
    assert total == pytest.approx(VALUES[:, :50][MASK[:, :50]].sum(), rel=1e-12)


def test_totals_do_not_depend_on_the_order_or_the_number_of_tiles() -> None:
    """More sums than are kept at once are added up without an error: the exact sum of tenths is that of fsum."""
    import math

    numbers = random.normal(0, 1, (300, 500))
    pieces = [Sums(np.zeros(500, np.int64), np.arange(500) % 3, row[:, np.newaxis]) for row in numbers]
    expected = {key: [math.fsum(numbers[:, key::3].ravel())] for key in range(3)}
    for order in (pieces, pieces[::-1]):
        totals = Totals()
        for piece in itertools.chain(order, [None]):
            totals.add(piece)
        assert totals.by_region(1) == [expected]
