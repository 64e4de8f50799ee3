"""Masks grown, shrunk, cleaned and measured from, against scipy on the same pixels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import ee
import numpy as np
import pyproj
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

import gee_scl
from gee_scl.expressions.masks import class_mask
from gee_scl.expressions.morphology import dilate, distance_to, erode, mask_edges, remove_specks
from tests.support.engines import session_over
from tests.support.local.catalogues import GRID, Scene, make_catalogue
from tests.support.pixels import Window, read

SIZE = 48
SEEDS = range(5)
BAD = (3, 8, 9, 10)
ZONE_EDGE = Affine(20, 0, 826_000, 0, -20, 5_100_000)
"""Where the pixels of zone 32 are smallest on the ground, 399.2 m2."""

OWN = Window("EPSG:32632", GRID, SIZE, SIZE)
FINE = Window("EPSG:32632", GRID @ Affine.scale(0.5), 2 * SIZE, 2 * SIZE)

CORNERS = np.ones((3, 3), bool)
SIDES = ndimage.generate_binary_structure(2, 1)


def classes(seed: int) -> np.ndarray:
    """Patches of classes with noise and holes of no data; ever more cloud."""
    numbers = np.random.default_rng(seed)
    values = np.kron(numbers.choice([4, 5, 6, 11], (12, 12)), np.ones((4, 4), int)).astype(np.uint8)
    noise = numbers.random(values.shape) < 0.004 * 4**seed
    values[noise] = numbers.choice([3, 8, 9, 10], noise.sum())
    values[numbers.random(values.shape) < 0.03] = 0
    return values


def single() -> np.ndarray:
    values = np.full((SIZE, SIZE), 4, np.uint8)
    values[20, 25] = 9
    return values


@pytest.fixture(scope="module", autouse=True)
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    scenes = [Scene(classes(seed), time=f"2023-05-0{seed + 1}T10:00:00Z") for seed in SEEDS]
    scenes.append(Scene(single(), time="2023-06-01T10:00:00Z"))
    scenes.append(Scene(classes(3), time="2023-06-02T10:00:00Z", transform=ZONE_EDGE))
    with session_over(make_catalogue(tmp_path_factory.mktemp("masks"), scenes)):
        yield


def on(day: str) -> ee.Image:
    start = ee.Date(day)
    return gee_scl.collection().filterDate(start, start.advance(1, "day")).first()


def bad_mask(seed: int) -> ee.Image:
    return class_mask(on(f"2023-05-0{seed + 1}"), BAD)


def truth(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """What is set, and what is known."""
    values = classes(seed)
    return np.isin(values, BAD), values != 0


def doubled(array: np.ndarray) -> np.ndarray:
    """The same pixels, each as four of half the size."""
    return np.kron(array, np.ones((2, 2), array.dtype))


def near(targets: np.ndarray, pixel: float, metres: float) -> np.ndarray:
    """Pixels whose centre is within a distance of a target's centre."""
    if not targets.any():
        return np.zeros(targets.shape, bool)
    return ndimage.distance_transform_edt(~targets) * pixel <= metres * (1 + 1e-9)


def check(image: ee.Image, window: Window, expected: np.ndarray, known: np.ndarray) -> None:
    """Equal bit by bit, and masked where nothing is known."""
    (found,) = read(image, window).values()
    np.testing.assert_array_equal(~np.ma.getmaskarray(found), known)
    np.testing.assert_array_equal(found.filled(0)[known] != 0, expected[known])


@pytest.mark.parametrize(("window", "pixel", "reached"), [(OWN, 20, 81), (FINE, 10, None)])
def test_a_dilation_of_100_m_reaches_100_m(window: Window, pixel: float, reached: int | None) -> None:
    targets = single() == 9
    if pixel == 10:
        targets = doubled(targets)
    grown = dilate(class_mask(on("2023-06-01"), BAD), 100)
    found = read(grown, window)["mask"].filled(0) != 0
    rows, columns = np.indices(found.shape)
    # By hand: the distance from each pixel's centre to each set pixel's centre.
    distances = [np.hypot((rows - r) * pixel, (columns - c) * pixel) for r, c in np.argwhere(targets)]
    np.testing.assert_array_equal(found, np.min(distances, axis=0) <= 100)
    if reached is not None:
        assert found.sum() == reached  # points with whole coordinates in a circle of radius 5


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(SEEDS), st.sampled_from([10, 20, 28.3, 45, 60, 100, 141.5, 240]), st.booleans())
def test_dilation_equals_a_euclidean_distance_transform(seed: int, metres: float, fine: bool) -> None:
    targets, known = truth(seed)
    if fine:
        targets, known = doubled(targets), doubled(known)
    expected = near(targets, 10 if fine else 20, metres)
    check(dilate(bad_mask(seed), metres), FINE if fine else OWN, expected, known)


@settings(deadline=None, max_examples=15)
@given(st.sampled_from(SEEDS), st.sampled_from([20, 28.3, 45, 60]), st.booleans())
def test_erosion_takes_what_is_within_a_distance_of_the_unset(seed: int, metres: float, fine: bool) -> None:
    targets, known = truth(seed)
    if fine:
        targets, known = doubled(targets), doubled(known)
    expected = targets & ~near(known & ~targets, 10 if fine else 20, metres)
    check(erode(bad_mask(seed), metres), FINE if fine else OWN, expected, known)


@settings(deadline=None, max_examples=10)
@given(st.sampled_from(SEEDS))
def test_dilating_and_eroding_by_0_change_nothing(seed: int) -> None:
    targets, known = truth(seed)
    check(erode(dilate(remove_specks(bad_mask(seed), 0), 0), 0), OWN, targets, known)


@settings(deadline=None, max_examples=10)
@given(st.sampled_from(SEEDS), st.sampled_from([20, 45, 100]))
def test_eroding_what_is_set_is_dilating_what_is_not(seed: int, metres: float) -> None:
    mask = bad_mask(seed)
    both = erode(mask, metres).addBands(dilate(mask.Not(), metres).Not())
    one, other = read(both, OWN).values()
    np.testing.assert_array_equal(one, other)


def test_a_pinned_dilation_is_the_same_at_every_scale() -> None:
    targets, known = truth(1)
    expected = near(targets, 20, 70)
    mask = bad_mask(1)
    check(dilate(mask, 70, pinned=True), OWN, expected, known)
    check(dilate(mask, 70, pinned=True), FINE, doubled(expected), doubled(known))
    assert (near(doubled(targets), 10, 70) != doubled(expected)).any()


def test_edges_are_what_a_dilation_adds_or_an_erosion_takes() -> None:
    targets, known = truth(3)
    mask = bad_mask(3)
    outer, inner = near(targets, 20, 45), targets & ~near(known & ~targets, 20, 45)
    check(mask_edges(mask, 45), OWN, outer & ~targets, known)
    check(mask_edges(mask, 45, side="inside"), OWN, targets & ~inner, known)
    check(mask_edges(mask, 45, side="both"), OWN, outer & ~inner, known)


def without_small(targets: np.ndarray, pixels: int, structure: np.ndarray) -> np.ndarray:
    labels, _ = ndimage.label(targets, structure)
    sizes = np.bincount(labels.ravel())
    return targets & (sizes[labels] >= pixels)


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(SEEDS), st.integers(1, 12), st.sampled_from([4, 8]), st.booleans())
def test_patches_smaller_than_an_area_are_removed(seed: int, pixels: int, connectivity: int, fine: bool) -> None:
    targets, known = truth(seed)
    expected = without_small(targets, pixels, CORNERS if connectivity == 8 else SIDES)
    mask = remove_specks(bad_mask(seed), 400 * pixels, connectivity=connectivity)
    # Twice as fine, a patch has four times the pixels of a quarter of the area: the same patches stay.
    check(mask, FINE if fine else OWN, doubled(expected) if fine else expected, doubled(known) if fine else known)


def test_areas_of_patches_are_right_where_utm_pixels_are_smallest() -> None:
    targets, known = truth(3)
    mask = class_mask(on("2023-06-02"), BAD)
    window = Window("EPSG:32632", ZONE_EDGE, SIZE, SIZE)
    check(remove_specks(mask, 2000), window, without_small(targets, 5, CORNERS), known)
    check(remove_specks(mask, 2010), window, without_small(targets, 6, CORNERS), known)


def test_a_patch_too_large_to_be_counted_stays() -> None:
    mask = class_mask(on("2023-06-01"), 4)
    check(remove_specks(mask, 102_400), OWN, single() == 4, np.ones((SIZE, SIZE), bool))


def ground_pixel(transform: Affine, shape: tuple[int, int], crs: str, pixel: float) -> np.ndarray:
    """Side of each pixel on the ground, in metres, by pyproj."""
    rows, columns = np.indices(shape)
    x, y = transform @ (columns + 0.5, rows + 0.5)
    utm = pyproj.Proj(crs)
    return pixel / np.sqrt(utm.get_factors(*utm(x, y, inverse=True)).areal_scale)


@pytest.mark.parametrize("fine", [False, True])
def test_distances_are_metres_on_the_ground_at_every_scale(fine: bool) -> None:
    targets, known = truth(1)
    window, pixel = (FINE, 10) if fine else (OWN, 20)
    if fine:
        targets, known = doubled(targets), doubled(known)
    metres = ndimage.distance_transform_edt(~targets) * ground_pixel(window.transform, targets.shape, window.crs, pixel)
    found = read(distance_to(bad_mask(1), 150), window)["distance"]
    np.testing.assert_array_equal(~np.ma.getmaskarray(found), known)
    np.testing.assert_allclose(found[known], np.minimum(metres, 150)[known], rtol=1e-6)
    cut = read(distance_to(bad_mask(1), 150, beyond="mask"), window)["distance"]
    np.testing.assert_array_equal(~np.ma.getmaskarray(cut), known & (metres <= 150))
    assert (metres > 150).any()


def test_where_nothing_is_set_all_is_as_far_as_was_looked() -> None:
    mask = class_mask(on("2023-06-01"), 6)
    assert np.unique(read(distance_to(mask, 300), OWN)["distance"].compressed()).tolist() == [300]
    assert read(distance_to(mask, 300, beyond="mask"), OWN)["distance"].count() == 0


def test_results_know_when_and_where_they_are_from() -> None:
    mask = bad_mask(0)
    wanted = on("2023-05-01").toDictionary(["system:time_start", "MGRS_TILE"]).getInfo()
    assert set(wanted) == {"system:time_start", "MGRS_TILE"}
    for made in (dilate(mask, 20), erode(mask, 20), remove_specks(mask, 800), distance_to(mask, 100)):
        assert made.toDictionary(list(wanted)).getInfo() == wanted
        assert made.get("system:index").getInfo() == mask.get("system:index").getInfo()
        assert made.projection().getInfo()["transform"] == list(GRID)[:6]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: dilate(m, -1), "metres: got -1; allowed: a number of metres, of at least 0"),
        (lambda m: erode(m, float("nan")), "metres: got nan"),
        (lambda m: dilate(m, "100"), "metres: got '100'"),  # type: ignore[arg-type]
        (lambda m: mask_edges(m, 20, side="out"), "side: got 'out'; allowed: 'outside' or 'inside' or 'both'"),
        (lambda m: remove_specks(m, 200_000), "at most 102,400 square metres.*opening"),
        (lambda m: remove_specks(m, 100, connectivity=6), "connectivity: got 6; allowed: 4 or 8"),
        (lambda m: distance_to(m, 0), "max_distance: got 0; allowed: a number of metres, from 1 to 10240"),
        (lambda m: distance_to(m, 100, beyond="cut"), "beyond: got 'cut'"),
    ],
)
def test_distances_that_cannot_be_are_refused_before_any_request(call: object, message: str) -> None:
    with pytest.raises(gee_scl.ArgumentError, match=message):
        call(ee.Image(0))  # type: ignore[operator]


@pytest.mark.real
def test_on_real_classes_of_29unu_all_equal_scipy(shared: Path) -> None:
    folder = shared / "data" / "29UNU"
    size, margin, left, top = 300, 30, 2700, 2100  # across the edge of the swath
    with rasterio.open(next(folder.glob("assets/*/SCL.tif"))) as file:
        part = rasterio.windows.Window(left - margin, top - margin, size + 2 * margin, size + 2 * margin)
        values, transform = file.read(1, window=part), file.transform @ Affine.translation(left, top)
    window = Window("EPSG:32629", transform, size, size)
    inner = (slice(margin, -margin), slice(margin, -margin))
    known, targets = values != 0, np.isin(values, BAD)
    with session_over(folder):
        mask = class_mask(gee_scl.collection().first(), BAD)
        check(mask, window, targets[inner], known[inner])
        check(dilate(mask, 100), window, near(targets, 20, 100)[inner], known[inner])
        check(erode(mask, 60), window, (targets & ~near(known & ~targets, 20, 60))[inner], known[inner])
        check(remove_specks(mask, 8000), window, without_small(targets, 20, CORNERS)[inner], known[inner])
        found = read(distance_to(mask, 500), window)["distance"]
        edt = ndimage.distance_transform_edt(~targets)[inner]
        metres = np.minimum(edt * ground_pixel(transform, (size, size), "EPSG:32629", 20), 500)
        np.testing.assert_allclose(found[known[inner]], metres[known[inner]], rtol=1e-6)


@pytest.mark.real
@pytest.mark.parametrize("tile", ["31UDS", "31UES"])
def test_on_real_series_dilation_equals_scipy(shared: Path, tile: str) -> None:
    folder = shared / "data" / tile
    with session_over(folder):
        images = gee_scl.collection()
        for item in sorted(folder.glob("assets/*/SCL.tif"))[5::40]:
            with rasterio.open(item) as file:
                values, transform = file.read(1), file.transform
            day = item.parent.name.split("_")[2][:8]
            start = ee.Date(f"{day[:4]}-{day[4:6]}-{day[6:]}")
            grown = dilate(class_mask(images.filterDate(start, start.advance(1, "day")).first(), BAD), 100)
            window = Window("EPSG:32631", transform, values.shape[1], values.shape[0])
            check(grown, window, near(np.isin(values, BAD), 20, 100), values != 0)
