"""Where pixels of one grid lie on another, against PROJ point by point."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyproj
import pytest
from affine import Affine

from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.positions import Footprint, positions, step
from gee_scl.local.views.tile_grids import tile_grid

UTM_29 = Footprint("EPSG:32629", Affine(20, 0, 499_980, 0, -20, 5_900_040), 5490, 5490)
ANTIMERIDIAN = Footprint("EPSG:32601", Affine(20, 0, 310_000, 0, -20, 7_200_000), 5490, 5490)
FOOTPRINTS = {
    "UTM, north": UTM_29,
    "UTM, south": Footprint("EPSG:32733", Affine(10, 0, 300_000, 0, -10, 6_200_020), 10980, 10980),
    "UTM, across the antimeridian": ANTIMERIDIAN,
    "polar": Footprint("EPSG:3413", Affine(100, 0, -500_000, 0, -100, 800_000), 5490, 5490),
    "degrees": Footprint("EPSG:4326", Affine(2e-4, 0, -8, 0, -2e-4, 53), 5490, 5490),
    "equal area, turned": Footprint("EPSG:3035", Affine(19, 5, 4_321_000, 5, -19, 3_210_000), 5490, 5490),
}


def projected(grid: Grid, crs: str, transform: Affine) -> tuple[np.ndarray, np.ndarray]:
    """Columns and rows of each pixel's centre, each point projected on its own."""
    columns, rows = np.meshgrid(
        grid.column + np.arange(grid.width) + 0.5, grid.row + np.arange(grid.height) + 0.5, indexing="xy"
    )
    x, y = grid.transform @ (columns, rows)
    x, y = pyproj.Transformer.from_crs(grid.crs, crs, always_xy=True).transform(x, y)
    with np.errstate(invalid="ignore"):
        return ~transform @ (x, y)


def tiles_around(footprint: Footprint, zooms: range) -> Iterator[Grid]:
    """At each zoom the map's tile in the middle of a raster, and a neighbour."""
    middle = footprint.transform @ (footprint.width / 2, footprint.height / 2)
    x, y = pyproj.Transformer.from_crs(footprint.crs, "EPSG:3857", always_xy=True).transform(*middle)
    for zoom in zooms:
        whole = tile_grid(zoom, 0, 0)
        column, row = ~whole.transform @ (x, y)
        place = int(column // 256), int(row // 256)
        yield tile_grid(zoom, *place)
        yield tile_grid(zoom, max(place[0] - 1, 0), place[1])


@pytest.mark.parametrize("name", FOOTPRINTS)
def test_rounded_down_positions_are_projs_own_at_all_zooms(name: str) -> None:
    footprint = FOOTPRINTS[name]
    for grid in tiles_around(footprint, range(0, 19, 2)):
        found = positions(grid, footprint.crs, footprint.transform)
        expected = projected(grid, footprint.crs, footprint.transform)
        for ours, theirs in zip(found, expected, strict=True):
            known = np.isfinite(theirs)
            np.testing.assert_array_equal(np.isfinite(ours), known)
            np.testing.assert_array_equal(np.floor(ours[known]), np.floor(theirs[known]))
            np.testing.assert_allclose(ours[known], theirs[known], rtol=0, atol=1e-6)


def test_windows_of_one_pixel_and_of_one_row_have_positions() -> None:
    for width, height in ((1, 1), (2000, 1), (1, 2000)):
        grid = Grid("EPSG:3857", Affine(38, 0, -950_000, 0, -38, 6_950_000), 3, 7, width, height)
        found = positions(grid, UTM_29.crs, UTM_29.transform)
        np.testing.assert_allclose(found, projected(grid, UTM_29.crs, UTM_29.transform), rtol=0, atol=1e-6)


def test_a_step_is_the_shorter_side_of_a_pixel_in_pixels_of_the_other_grid() -> None:
    grid = Grid("EPSG:32629", Affine(90, 0, 500_000, 0, -50, 5_900_000), 0, 0, 10, 10)
    assert step(grid, "EPSG:32629", Affine(20, 0, 0, 0, -20, 0)) == pytest.approx(2.5)
    # Web Mercator enlarges by one over the cosine of the latitude, 53 degrees here; UTM's scale is nearly 1.
    (tile, _) = tiles_around(UTM_29, range(12, 13))
    assert step(tile, UTM_29.crs, UTM_29.transform) == pytest.approx(38.2 * np.cos(np.radians(52.75)) / 20, rel=0.01)


@pytest.mark.parametrize("name", FOOTPRINTS)
@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4326"])
def test_the_part_of_a_grid_within_a_footprint_holds_every_pixel_of_it(name: str, crs: str) -> None:
    footprint = FOOTPRINTS[name]
    pixel = 50_000 if crs == "EPSG:3857" else 0.5
    height = 800 if crs == "EPSG:3857" else 340
    grid = Grid(crs, Affine(pixel, 0, 0, 0, -pixel, 0), -400, -height // 2, 800, height)
    columns, rows = projected(grid, footprint.crs, footprint.transform)
    with np.errstate(invalid="ignore"):
        inside = (columns >= 0) & (columns < footprint.width) & (rows >= 0) & (rows < footprint.height)
    part = footprint.within(grid)
    held = np.zeros(grid.shape, np.bool_)
    top, left = part.row - grid.row, part.column - grid.column
    held[top : top + part.height, left : left + part.width] = True
    assert inside.any()
    assert held[inside].all()
    # The polar one lies across the antimeridian, too.
    if name not in ("UTM, across the antimeridian", "polar"):
        assert part.width * part.height < 200


def test_a_grid_far_from_a_footprint_has_no_part_in_it() -> None:
    part = UTM_29.within(tile_grid(10, 900, 600))
    assert part.width * part.height == 0
