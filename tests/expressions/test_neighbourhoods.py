"""Neighbourhoods over the edges of tiles, data strips, zones, clips and masks, against scipy on the joined raster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import ee
import numpy as np
import pyproj
import pytest
import rasterio
from affine import Affine
from scipy import ndimage

import gee_scl
from tests.support.engines import session_over
from tests.support.local.catalogues import GRID, Scene, make_catalogue
from tests.support.pixels import Window, read

ROWS, COLUMNS, MARGIN = 70, 150, 40
BAD = (1, 3, 8, 9, 10)
"""The classes of the preset "standard"."""

CORNERS = np.ones((3, 3), bool)
ZONE_EDGE = Affine(20, 0, 729_000, 0, -20, 5_100_000)
"""Near 12 degrees east, where zone 33 begins."""

DAYS = ("2023-05-01", "2023-05-11")
SPECK = 20
"""Pixels of the smallest patch that stays."""


def classes(seed: int, rows: int = ROWS, columns: int = COLUMNS) -> np.ndarray:
    """Clouds of all sizes and single pixels, over land with some pixels of no data."""
    numbers = np.random.default_rng(seed)
    values = np.where(numbers.random((rows, columns)) < 0.5, 4, 5).astype(np.uint8)
    height = ndimage.gaussian_filter(numbers.normal(size=(rows, columns)), 4)
    values[height > np.quantile(height, 0.93)] = 9
    values[(height > np.quantile(height, 0.90)) & (values != 9)] = 3
    values[numbers.random(values.shape) < 0.002] = 8
    values[numbers.random(values.shape) < 0.002] = 0
    return values


@dataclass(frozen=True, eq=False)
class Piece:
    """What an image is to be compared with.

    Attributes:
        scene: the image.
        joined: the classes of the whole pass on its grid, wider than the image.
        own: where in `joined` the image is.
    """

    scene: Scene
    joined: np.ndarray
    own: tuple[slice, slice]

    @property
    def window(self) -> Window:
        return Window(self.scene.crs, self.scene.transform, *self.scene.scl.shape[::-1])

    def within(self, array: np.ndarray) -> np.ndarray:
        return array[self.own]


def two_tiles(seed: int, day: str) -> list[Piece]:
    """One overlaps the other by 40 columns."""
    full = classes(seed)
    west, east = (slice(None), slice(0, 95)), (slice(None), slice(55, COLUMNS))
    return [
        Piece(Scene(full[west], "32TPS", f"{day}T10:00:01Z"), full, west),
        Piece(Scene(full[east], "32TQS", f"{day}T10:00:05Z", GRID @ Affine.translation(55, 0)), full, east),
    ]


def two_strips(seed: int, day: str) -> list[Piece]:
    """Each has the whole tile's grid, and no data where the other one has some."""
    full, everywhere = classes(seed), (slice(None), slice(None))
    north, south = full.copy(), full.copy()
    north[33:], south[:33] = 0, 0
    return [
        Piece(Scene(north, "32TPS", f"{day}T10:00:01Z"), full, everywhere),
        Piece(Scene(south, "32TPS", f"{day}T10:05:26Z"), full, everywhere),
    ]


def two_zones(seed: int, day: str) -> list[Piece]:
    """Where they overlap they differ: each goes by its own pixels, and beyond them by the other's nearest."""
    first, second = classes(seed, ROWS, 90), classes(seed + 100, ROWS, 90)
    x, y = pyproj.Transformer.from_crs(32632, 32633).transform(*(ZONE_EDGE @ (70, 0)))
    other = Affine(20, 0, 20 * round(x / 20), 0, -20, 20 * round(y / 20))
    scenes = [
        Scene(first, "32TQS", f"{day}T10:00:01Z", ZONE_EDGE, "EPSG:32632"),
        Scene(second, "33TUM", f"{day}T10:00:05Z", other, "EPSG:32633"),
    ]
    return [_joined(*scenes), _joined(*scenes[::-1])]


def _joined(scene: Scene, beside: Scene) -> Piece:
    rows, columns = scene.scl.shape
    wide = scene.transform @ Affine.translation(-MARGIN, -MARGIN)
    row, column = np.indices((rows + 2 * MARGIN, columns + 2 * MARGIN)) + 0.5
    to_other = pyproj.Transformer.from_crs(scene.crs, beside.crs, always_xy=True)
    x, y = to_other.transform(wide.c + 20 * column, wide.f - 20 * row)
    there = np.floor((beside.transform.f - y) / 20).astype(int), np.floor((x - beside.transform.c) / 20).astype(int)
    inside = (there[0] >= 0) & (there[0] < beside.scl.shape[0]) & (there[1] >= 0) & (there[1] < beside.scl.shape[1])
    joined = np.zeros(row.shape, np.uint8)
    joined[inside] = beside.scl[there[0][inside], there[1][inside]]
    own = (slice(MARGIN, MARGIN + rows), slice(MARGIN, MARGIN + columns))
    joined[own] = np.where(scene.scl, scene.scl, joined[own])
    return Piece(scene, joined, own)


LAYOUTS: dict[str, Callable[[int, str], list[Piece]]] = {
    "two tiles": two_tiles,
    "two strips": two_strips,
    "two zones": two_zones,
}
SEEDS = dict(zip(DAYS, (3, 8), strict=True))


@pytest.fixture(scope="module", params=list(LAYOUTS))
def pieces(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Piece]]:
    """The images of the first day, with a session on those of both."""
    by_day = {day: LAYOUTS[request.param](seed, day) for day, seed in SEEDS.items()}
    scenes = [piece.scene for of_day in by_day.values() for piece in of_day]
    with ExitStack() as stack:
        stack.enter_context(session_over(make_catalogue(tmp_path_factory.mktemp("pass"), scenes)))
        yield by_day[DAYS[0]]


def box_of(piece: Piece) -> tuple[ee.Geometry, np.ndarray]:
    """A rectangle of pixels in an image, as a geometry and as a mask of the image."""
    x, y = piece.scene.transform @ (60, 20)
    inside = np.zeros(piece.scene.scl.shape, bool)
    inside[20:50, 60:85] = True
    return ee.Geometry.Rectangle([x, y - 600, x + 500, y], piece.scene.crs, False), inside


def first_day() -> ee.ImageCollection:
    return gee_scl.collection(end="2023-05-05")


def hidden(how: str, piece: Piece) -> tuple[ee.ImageCollection, np.ndarray]:
    """The first day's images after what hides some of their pixels, and what is left of one of them."""
    images, scl = first_day(), piece.scene.scl
    if how == "clipped":
        box, inside = box_of(piece)
        return images.map(lambda image: image.clip(box)), inside & (scl != 0)
    if how == "masked":
        return gee_scl.mask_clouds(images), (scl != 0) & ~np.isin(scl, BAD)
    if how == "masked by hand":
        by_hand = images.map(lambda image: image.updateMask(image.select("SCL").neq(9)).set("step", 1))
        return by_hand.filter(ee.Filter.eq("step", 1)), (scl != 0) & (scl != 9)
    return images, scl != 0


HIDDEN = ("plain", "clipped", "masked", "masked by hand")


def of_piece(images: ee.ImageCollection, piece: Piece) -> ee.Image:
    return images.filter(ee.Filter.eq("system:time_start", ee.Date(piece.scene.time).millis())).first()


# What scipy says


def distances(targets: np.ndarray) -> np.ndarray:
    """Metres to the nearest target."""
    return ndimage.distance_transform_edt(~targets) * 20 if targets.any() else np.full(targets.shape, np.inf)


def dilated(targets: np.ndarray, known: np.ndarray, metres: float) -> np.ndarray:
    return (distances(targets) <= metres) & known


def eroded(targets: np.ndarray, known: np.ndarray, metres: float) -> np.ndarray:
    return targets & (distances(known & ~targets) > metres)


def without_specks(targets: np.ndarray) -> np.ndarray:
    patches, _ = ndimage.label(targets, CORNERS)
    return targets & (np.bincount(patches.ravel())[patches] >= SPECK)


def bad_and_known(piece: Piece) -> tuple[np.ndarray, np.ndarray]:
    return np.isin(piece.joined, BAD), piece.joined != 0


@pytest.mark.parametrize("how", HIDDEN)
@pytest.mark.parametrize(
    "sizes",
    [{"dilation": 100}, {"erosion": 40}, {"min_area": SPECK * 400}, {"erosion": 20, "min_area": 8000, "dilation": 140}],
    ids=str,
)
@pytest.mark.some(5)
def test_masks_of_clouds_know_the_whole_pass(pieces: list[Piece], how: str, sizes: dict[str, float]) -> None:
    for piece in pieces:
        images, left = hidden(how, piece)
        bad, known = bad_and_known(piece)
        bad = eroded(bad, known, sizes.get("erosion", 0))
        bad = without_specks(bad) if "min_area" in sizes else bad
        bad = dilated(bad, known, sizes.get("dilation", 0))
        masked = gee_scl.mask_clouds(images, **sizes)
        found = read(of_piece(masked, piece).select("SCL"), piece.window)["SCL"]
        np.testing.assert_array_equal(~np.ma.getmaskarray(found), left & ~piece.within(bad))
        assert of_piece(masked, piece).get("gee_scl:neighbourhood").getInfo() == "pass"


SHAPES: dict[str, tuple[Callable[[ee.Image], ee.Image], Callable[[np.ndarray, np.ndarray], np.ndarray]]] = {
    "dilate": (lambda mask: gee_scl.dilate(mask, 100), lambda bad, known: dilated(bad, known, 100)),
    "erode": (lambda mask: gee_scl.erode(mask, 45), lambda bad, known: eroded(bad, known, 45)),
    "remove_specks": (
        lambda mask: gee_scl.remove_specks(mask, SPECK * 400),
        lambda bad, known: without_specks(bad),
    ),
    "mask_edges": (
        lambda mask: gee_scl.mask_edges(mask, 40, side="both"),
        lambda bad, known: dilated(bad, known, 40) != eroded(bad, known, 40),
    ),
    "an opening": (
        lambda mask: gee_scl.dilate(gee_scl.erode(mask, 30), 30),
        lambda bad, known: dilated(eroded(bad, known, 30), known, 30),
    ),
    # Pixels of zone 32 are up to 0.1 % larger on the ground than they are called.
    "distance_to": (
        lambda mask: gee_scl.distance_to(mask, 300).divide(20).round(),
        lambda bad, known: np.round(np.minimum(distances(bad), 300) / 20),
    ),
}


@pytest.mark.parametrize("how", HIDDEN)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.some(5)
def test_masks_of_ones_own_know_the_classes_of_the_pass(pieces: list[Piece], how: str, shape: str) -> None:
    ours, theirs = SHAPES[shape]
    for piece in pieces:
        images, _ = hidden(how, piece)
        bad, known = bad_and_known(piece)
        around = of_piece(gee_scl.with_pass_classes(images), piece)
        (found,) = read(ours(gee_scl.class_mask(around, BAD, band="pass_classes")), piece.window).values()
        np.testing.assert_array_equal(~np.ma.getmaskarray(found), piece.within(known))
        expected = piece.within(theirs(bad, known))
        np.testing.assert_array_equal(found.filled(0), np.where(piece.within(known), expected, 0))


@pytest.mark.parametrize("how", HIDDEN)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.some(5)
def test_a_mask_of_one_image_knows_its_own_classes_under_masks_and_beyond_clips(
    pieces: list[Piece], how: str, shape: str
) -> None:
    ours, theirs = SHAPES[shape]
    piece = pieces[0]
    images, _ = hidden(how, piece)
    scl = piece.scene.scl
    box, inside = box_of(piece)
    bad, known = np.isin(scl, BAD), scl != 0
    image = of_piece(images, piece)
    for mask, left in (
        (gee_scl.class_mask(image, BAD), hidden(how, piece)[1]),
        (gee_scl.class_mask(image, BAD).clip(box), hidden(how, piece)[1] & inside),
        (image.select("SCL").eq(9).Or(image.select("SCL").remap([1, 3, 8, 10], [1] * 4, 0)), hidden(how, piece)[1]),
    ):
        (found,) = read(ours(mask), piece.window).values()
        np.testing.assert_array_equal(~np.ma.getmaskarray(found), left)
        np.testing.assert_array_equal(found.filled(0), np.where(left, theirs(bad, known), 0))


def test_a_mask_on_the_mask_itself_says_that_nothing_is_known_there(pieces: list[Piece]) -> None:
    piece = pieces[0]
    scl = piece.scene.scl
    _, inside = box_of(piece)
    mask = gee_scl.class_mask(of_piece(first_day(), piece), BAD)
    x, y = (
        ee.Image.pixelCoordinates(mask.projection()).select("x"),
        ee.Image.pixelCoordinates(mask.projection()).select("y"),
    )
    within = x.gte(60).And(x.lt(85)).And(y.gte(20)).And(y.lt(50))
    found = read(gee_scl.dilate(mask.updateMask(within), 100), piece.window)["mask"]
    known = inside & (scl != 0)
    np.testing.assert_array_equal(found.filled(0) != 0, dilated(np.isin(scl, BAD) & inside, known, 100))


@pytest.mark.parametrize("masked", [False, True])
def test_the_best_pixel_is_far_from_the_clouds_of_the_whole_pass(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, masked: bool
) -> None:
    for layout in ("two tiles", "two strips"):
        by_day = {day: LAYOUTS[layout](seed, day) for day, seed in SEEDS.items()}
        scenes = [piece.scene for of_day in by_day.values() for piece in of_day]
        full = np.stack([classes(seed) for seed in SEEDS.values()])
        seen = (full != 0) & ~np.isin(full, BAD)
        metres = np.minimum([distances(np.isin(each, (3, 8, 9, 10))) for each in full], 300)
        best = np.where(seen, metres, -1).argmax(axis=0)  # the earliest of equals
        with session_over(make_catalogue(tmp_path_factory.mktemp("best"), scenes)):
            images = gee_scl.mask_clouds(gee_scl.collection()) if masked else gee_scl.collection()
            score = gee_scl.PixelScore(class_weight=0, day_weight=0, max_distance=300)
            chosen = gee_scl.composite(images, "best_pixel", bands=[], mask=None if masked else [0, *BAD], score=score)
            date = read(chosen.select("date"), Window("EPSG:32632", GRID, COLUMNS, ROWS))["date"]
        first = np.datetime64(DAYS[0]).astype(int)
        np.testing.assert_array_equal(~np.ma.getmaskarray(date), seen.any(axis=0))
        np.testing.assert_array_equal(date[seen.any(axis=0)], (first + 10 * best)[seen.any(axis=0)])


OVERLAP = 490
"""Pixels of 20 m: tiles are 109.8 km wide, on a grid of 100 km."""


@pytest.mark.real
@pytest.mark.parametrize("cut", ["tiles", "strips"])
def test_a_real_tile_cut_in_two_has_the_rims_of_the_whole(
    shared: Path, tmp_path_factory: pytest.TempPathFactory, cut: str
) -> None:
    top, left, side = 2600, 1700, 2000
    with rasterio.open(next(shared.glob("data/29UNU/assets/*/SCL.tif"))) as file:
        whole = file.read(1, window=rasterio.windows.Window(left, top, side, side))
        transform, crs = file.transform @ Affine.translation(left, top), file.crs.to_string()
    middle = side // 2
    if cut == "tiles":
        seam = middle + OVERLAP // 2
        west, east = whole[:, :seam], whole[:, seam - OVERLAP :]
        scenes = [
            Scene(west, "29UNU", "2022-10-05T11:54:11Z", transform, crs),
            Scene(east, "29UPU", "2022-10-05T11:54:15Z", transform @ Affine.translation(seam - OVERLAP, 0), crs),
        ]
    else:
        # Data strips begin and end across the satellite's track, which is oblique to the tile.
        row, column = np.indices(whole.shape)
        before = column + 0.25 * row < 1.25 * middle
        scenes = [
            Scene(np.where(before, whole, 0).astype(np.uint8), "29UNU", "2022-10-05T11:54:11Z", transform, crs),
            Scene(np.where(before, 0, whole).astype(np.uint8), "29UNU", "2022-10-05T11:59:36Z", transform, crs),
        ]
    with session_over(make_catalogue(tmp_path_factory.mktemp(cut), scenes)):
        days = gee_scl.daily_mosaics(gee_scl.mask_clouds(gee_scl.collection(), dilation=100))
        found = read(days.first().select("SCL"), Window(crs, transform, side, side))["SCL"]
    expected = (whole != 0) & (distances(np.isin(whole, BAD)) > 100)
    np.testing.assert_array_equal(~np.ma.getmaskarray(found), expected)
    assert expected.any()


JOINED: dict[str, Callable[[ee.ImageCollection], ee.ImageCollection]] = {
    "of one tile": lambda images: images.filter(ee.Filter.eq("MGRS_TILE", "32TPS")),
    "of few clouds": lambda images: images.limit(1),
    "of a list": lambda images: ee.ImageCollection(images.toList(5)),
    "of images": lambda images: ee.ImageCollection([images.first(), images.sort("system:time_start", False).first()]),
    "merged": lambda images: images.filterDate("2023-05-01", "2023-05-02T10:00:03").merge(gee_scl.mask_clouds(images)),
    "mapped": lambda images: images.map(lambda image: image.select(["SCL"], ["classes"]).rename(["SCL"])),
    "mosaics": lambda images: gee_scl.daily_mosaics(gee_scl.mask_clouds(images)),
    "without a time": lambda images: images.map(lambda image: image.set("system:time_start", None)),
}


@pytest.mark.parametrize("how", JOINED)
def test_the_neighbours_of_an_image_are_found_however_it_was_chosen(
    how: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    west, east = two_tiles(SEEDS[DAYS[0]], DAYS[0])
    bad, known = bad_and_known(west)
    # Of what has no time nothing else is known to be of one pass.
    alone = np.isin(west.scene.scl, BAD), west.scene.scl != 0
    with session_over(make_catalogue(tmp_path_factory.mktemp("chosen"), [west.scene, east.scene])):
        images = JOINED[how](first_day())
        masked = gee_scl.mask_clouds(images, dilation=100).filter(ee.Filter.neq("MGRS_TILE", "32TQS"))
        found = read(ee.Image(masked.first()).select("SCL"), west.window)["SCL"]
    left = ~np.isin(west.scene.scl, BAD) if how == "mosaics" else True
    expected = dilated(*alone, 100) if how == "without a time" else west.within(dilated(bad, known, 100))
    np.testing.assert_array_equal(~np.ma.getmaskarray(found), (west.scene.scl != 0) & left & ~expected)


def test_of_two_versions_of_a_neighbour_the_newer_one_counts(tmp_path_factory: pytest.TempPathFactory) -> None:
    west, east = two_tiles(SEEDS[DAYS[0]], DAYS[0])
    older = replace(
        east.scene,
        scl=np.full_like(east.scene.scl, 9),
        baseline="04.00",
        id="older",
        properties={"s2:generation_time": f"{DAYS[0]}T12:00:00Z"},
    )
    newer = replace(east.scene, properties={"s2:generation_time": "2024-05-01T12:00:00Z"})
    bad, known = bad_and_known(west)
    # Where the newer one has no data, the older one says what there is.
    joined = np.where(known, west.joined, np.where(np.indices(known.shape)[1] >= 55, 9, 0))
    bad, known = np.isin(joined, BAD), joined != 0
    with session_over(make_catalogue(tmp_path_factory.mktemp("versions"), [west.scene, older, newer])):
        for images in (gee_scl.collection(), gee_scl.collection(duplicates="keep")):
            masked = gee_scl.mask_clouds(images, dilation=100)
            found = read(of_piece(masked, west).select("SCL"), west.window)["SCL"]
            expected = (west.scene.scl != 0) & ~west.within(dilated(bad, known, 100))
            np.testing.assert_array_equal(~np.ma.getmaskarray(found), expected)


@pytest.mark.parametrize("grades", [{"cloud_score": 0.6}, {"cloud_probability": 40}], ids=str)
def test_clouds_of_another_source_have_their_rims_over_the_edges_of_tiles(
    sample_session: str, grades: dict[str, float]
) -> None:
    images = gee_scl.collection(start="2023-06-15", end="2023-06-16")
    graded = {tile: images.filter(ee.Filter.eq("MGRS_TILE", tile)).first() for tile in ("32TPS", "32TQS")}
    described = {tile: image.select("SCL").getInfo()["bands"][0] for tile, image in graded.items()}
    (own, transform), (columns, rows) = (
        (described["32TPS"]["crs"], Affine(*described["32TPS"]["crs_transform"])),
        described["32TPS"]["dimensions"],
    )
    wide = Window(own, transform, columns + 300, rows)
    # What is masked without a distance, image by image, is tested elsewhere.
    clear = [
        read(gee_scl.mask_clouds(image, "cloud", **grades).select("SCL"), wide)["SCL"] for image in graded.values()
    ]
    known = [read(image.select("SCL"), wide)["SCL"] for image in graded.values()]
    west, east = (~np.ma.getmaskarray(found) for found in known)
    first, second = (~np.ma.getmaskarray(found) for found in clear)
    bad = np.where(west, west & ~first, east & ~second)
    expected = west & ~dilated(bad, west | east, 200)
    masked = gee_scl.mask_clouds(images, "cloud", dilation=200, **grades)
    found = read(masked.filter(ee.Filter.eq("MGRS_TILE", "32TPS")).first().select("SCL"), wide)["SCL"]
    np.testing.assert_array_equal(~np.ma.getmaskarray(found), expected)
    assert (expected != (west & ~dilated(west & ~first, west, 200))).any()
