"""Every expression against numpy and scipy on the same pixels: the sample's, and those of three real places.

The cases are tables, one line for each: a name that begins with the function's, how it is called, and what numpy makes
of the arrays that rasterio reads. A case runs on each place that has what it needs, so that tables and places together
are the list of what is compared.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ee
import numpy as np
import pyproj
import pytest
import rasterio
from affine import Affine
from scipy import ndimage

import gee_scl
from gee_scl.classes.class_table import CLASSES
from gee_scl.expressions.composites import CLASS_SCORES
from gee_scl.local.server import LocalServer
from gee_scl.options.choices import Period
from gee_scl.scenes.collection import COLLECTION_ID
from gee_scl.scenes.periods import labels_in_order
from tests.support.engines import session_on
from tests.support.pixels import Window, read
from tests.support.stacks import DAY

LARGEST_GRAPH = 20_000
"""Bytes: what an expression of a collection may send, whatever the number of images."""


# The places


@dataclass(frozen=True)
class Place:
    """Where expressions are compared.

    Attributes:
        name: of the place.
        tile: MGRS tile.
        has: what cases may need of it.
        left: first column of the window in the tile's class raster.
        top: first row.
        size: rows and columns at 20 m.
        margin: pixels of 20 m around the window that count as neighbours; 0 where the images end with the window.
        scenes: how many images the expressions of single images are compared on.
        shift: what Earth Engine takes off the stored reflectance.
    """

    name: str
    tile: str
    has: frozenset[str]
    left: int = 0
    top: int = 0
    size: int = 32
    margin: int = 0
    scenes: int = 12
    shift: int = 0


NEEDS = {
    "bands": "visible bands; 31UES has classes only",
    "partners": "images of Cloud Score+ and s2cloudless; only the sample has them",
    "percentages": "shares of the pixels that have data; the item of 29UNU has those of all pixels",
}
"""What not every place has, and why a case that needs it is not compared there. 29UNU has one date: what is made of
many images is compared there on one."""

PLACES = {
    place.name: place
    for place in (
        Place("sample", "32TPS", frozenset(NEEDS), left=180, top=90, size=128, margin=30, scenes=4),
        Place("31UDS", "31UDS", frozenset({"bands", "percentages"})),
        Place("31UES", "31UES", frozenset({"percentages"})),
        # Across the edge of the swath.
        Place("29UNU", "29UNU", frozenset({"bands"}), left=3780, top=90, size=400, margin=30, scenes=1, shift=1000),
    )
}

ASSETS = {"B4": "red", "B3": "green", "B2": "blue"}
GRADES = {"cs": 0.004, "cs_cdf": 0.004, "probability": 1.0}
"""Bands of the partners with the factor of what is stored."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What rasterio reads: images by time, or one of them, with the margin around the window.

    Attributes:
        codes: class codes, 0 where nothing is known; rows and columns last, here and in the following.
        bands: reflectance and grades by Earth Engine's band name, masked where there is no data.
        times: milliseconds since 1970.
        window: the window without its margin.
        margin: in pixels.
        longitude: of the window's middle.
    """

    codes: np.ndarray
    bands: dict[str, np.ma.MaskedArray]
    times: np.ndarray
    window: Window
    margin: int
    longitude: float

    @property
    def side(self) -> float:
        """Metres of a pixel on its grid."""
        return self.window.transform.a

    @property
    def ground(self) -> float:
        """Metres of a pixel on the ground, in the window's middle."""
        x, y = self.window.transform @ (self.window.width / 2, self.window.height / 2)
        projection = pyproj.Proj(self.window.crs)
        return self.side / np.sqrt(projection.get_factors(*projection(x, y, inverse=True)).areal_scale)

    @property
    def known(self) -> np.ndarray:
        return self.codes != 0

    @property
    def days(self) -> np.ndarray:
        """Days since 1970, UTC."""
        return self.times // DAY

    def labels(self, form: str, day: str = "utc") -> list[str]:
        """The labels of the times, UTC or by the sun."""
        shift = timedelta(hours=self.longitude / 15 if day == "solar" else 0)
        return [f"{datetime.fromtimestamp(time / 1000, UTC) + shift:{form}}" for time in self.times]

    def chosen(self, places: Any) -> Seen:
        """Some of the images, or one."""
        bands = {name: band[places] for name, band in self.bands.items()}
        return replace(self, codes=self.codes[places], bands=bands, times=self.times[places])

    def has(self, *codes: int) -> np.ndarray:
        return np.isin(self.codes, codes)

    def flag(self, where: np.ndarray) -> np.ma.MaskedArray:
        """1 or 0 where a class is known."""
        return np.ma.masked_array(where.astype(int), ~self.known)

    def kept(self, where: np.ndarray) -> np.ma.MaskedArray:
        """The classes of some pixels."""
        return np.ma.masked_array(self.codes.astype(int), ~(where & self.known))

    def near(self, targets: np.ndarray, metres: float) -> np.ndarray:
        """Where a target's centre is within a distance."""
        return self.pixels_to(targets) * self.side <= metres + 1e-6

    def pixels_to(self, targets: np.ndarray) -> np.ndarray:
        far = np.full(targets.shape, np.inf)
        return ndimage.distance_transform_edt(~targets) if targets.any() else far

    def grown(self, targets: np.ndarray, metres: float) -> np.ndarray:
        return self.near(targets, metres) & self.known

    def shrunk(self, targets: np.ndarray, metres: float) -> np.ndarray:
        return targets & ~self.near(self.known & ~targets, metres)

    def without_specks(self, targets: np.ndarray, area: float, corners: bool = True) -> np.ndarray:
        patches, _ = ndimage.label(targets, np.ones((3, 3)) if corners else None)
        return targets & (np.bincount(patches.ravel()) * self.side**2 >= area)[patches]

    def clear(self, *bands: str) -> np.ndarray:
        """Where composites see the surface, in the bands too."""
        seen = self.known & ~self.has(1, 3, 8, 9, 10)
        return np.logical_and.reduce([seen, *(~np.ma.getmaskarray(self.bands[band]) for band in bands)])

    def values(self, *bands: str) -> np.ma.MaskedArray:
        """(images, bands, rows, columns), masked where not clear."""
        values = np.stack([self.bands[band].filled(0) for band in bands], axis=1).astype(float)
        return np.ma.masked_array(values, np.broadcast_to(~self.clear(*bands)[:, np.newaxis], values.shape))

    def inner(self, array: np.ndarray) -> np.ndarray:
        """Without the margin."""
        cut = slice(self.margin, -self.margin or None)
        return array[..., cut, cut]


@dataclass(frozen=True, eq=False)
class Pixels:
    """All that is read of a place, and its session's images.

    Attributes:
        place: where.
        at: what is seen at 20 m and at 10 m.
        tiles: that each image is of.
        shares: percentages of the classes in each whole image of the tile, of the pixels that have data.
    """

    place: Place
    at: dict[int, Seen]
    tiles: np.ndarray
    shares: list[np.ndarray]

    @functools.cached_property
    def own(self) -> np.ndarray:
        """Which images are of the place's tile."""
        return np.flatnonzero(self.tiles == self.place.tile)

    @functools.cached_property
    def scenes(self) -> np.ndarray:
        """The image of the tile with the most snow, and those with the most classes, by time."""
        seen = self.at[20]
        inner = seen.inner(seen.codes)[self.own]
        snowiest = int((inner == 11).sum(axis=(1, 2)).argmax())
        rank = [len(np.unique(codes)) if place != snowiest else 12 for place, codes in enumerate(inner)]
        return np.sort(self.own[np.argsort(rank, kind="stable")[::-1][: self.place.scenes]])

    def images(self) -> ee.ImageCollection:
        """All images of the tile."""
        return gee_scl.collection(tiles=self.place.tile)

    @functools.cached_property
    def ids(self) -> list[str]:
        """Of the images of the tile, by time."""
        return self.images().aggregate_array("system:index").getInfo()

    def named(self, places: np.ndarray) -> ee.ImageCollection:
        """Some images of the tile, by their ids: faster than a search for each case."""
        ids = [self.ids[place] for place in np.searchsorted(self.own, places)]
        return ee.ImageCollection([ee.Image(f"{COLLECTION_ID}/{name}") for name in ids])

    def region(self) -> ee.Geometry:
        """The window."""
        window = self.at[20].window
        west, north = window.transform @ (0, 0)
        east, south = window.transform @ (window.width, window.height)
        return ee.Geometry.Rectangle([west, south, east, north], window.crs, False)


@pytest.fixture(scope="module")
def opened(request: pytest.FixtureRequest) -> Iterator[Callable[[Place], Pixels]]:
    """Opens a session on a place, and keeps it until another is asked for; what is read of a place is kept for good."""
    with contextlib.ExitStack() as engines, contextlib.ExitStack() as session:
        is_open: list[Place] = []

        @functools.cache
        def engine(place: Place) -> tuple[str, Pixels]:
            if place.name == "sample":
                return request.getfixturevalue("sample_engine"), read_pixels(place, request.getfixturevalue("sample"))
            folder = request.getfixturevalue("shared") / "data" / place.name
            return engines.enter_context(LocalServer(folder)).url, read_pixels(place, folder)

        def opened(place: Place) -> Pixels:
            url, seen = engine(place)
            if is_open != [place]:
                session.close()
                session.enter_context(session_on(url))
                is_open[:] = [place]
            return seen

        yield opened


@pytest.fixture
def pixels(request: pytest.FixtureRequest, opened: Callable[[Place], Pixels]) -> Pixels:
    """What is seen of a place, with an open session on it."""
    return opened(request.param)


@pytest.fixture
def sample_images(opened: Callable[[Place], Pixels]) -> ee.ImageCollection:
    """The images of one tile of the sample, with an open session."""
    return opened(PLACES["sample"]).images()


def read_pixels(place: Place, folder: Path) -> Pixels:
    entries = newest_items(folder)
    files = [{key: path.parent / asset["href"] for key, asset in item["assets"].items()} for path, item in entries]
    tiles = np.array([item["properties"]["grid:code"].removeprefix("MGRS-") for _, item in entries])
    times = np.array([milliseconds(item) for _, item in entries])
    first = files[int(np.argmax(tiles == place.tile))]["scl"]
    at = {scale: read_seen(place, folder, files, times, first, scale) for scale in (20, 10)}
    shares = [class_shares(made["scl"]) for made, tile in zip(files, tiles, strict=True) if tile == place.tile]
    return Pixels(place, at, tiles, shares)


def newest_items(folder: Path) -> list[tuple[Path, dict[str, Any]]]:
    """The images of a catalogue by time and tile, of reprocessed ones the newest baseline."""
    versions: dict[tuple[int, str], tuple[str, Path, dict[str, Any]]] = {}
    for path in sorted(folder.rglob("*.json")):
        item = json.loads(path.read_text(encoding="utf-8"))
        if item["type"] == "Feature" and "scl" in item["assets"]:
            facts = item["properties"]
            key = milliseconds(item), facts["grid:code"]
            version = facts.get("s2:processing_baseline", ""), path, item
            versions[key] = max(versions.get(key, version), version, key=lambda made: made[0])
    return [(path, item) for _, (_, path, item) in sorted(versions.items(), key=lambda entry: entry[0])]


def milliseconds(item: dict[str, Any]) -> int:
    return round(datetime.fromisoformat(item["properties"]["datetime"].replace("Z", "+00:00")).timestamp() * 1000)


def read_seen(
    place: Place, folder: Path, files: list[dict[str, Path]], times: np.ndarray, model: Path, scale: int
) -> Seen:
    with rasterio.open(model) as file:
        crs, transform = file.crs.to_string(), file.transform @ Affine.translation(place.left, place.top)
    finer = 20 // scale
    window = Window(crs, transform @ Affine.scale(1 / finer), place.size * finer, place.size * finer)
    margin = place.margin * finer
    codes = np.stack([at_centres(made["scl"], window, margin) for made in files])
    bands: dict[str, np.ma.MaskedArray] = {}
    if scale == 10 and "bands" in place.has:
        for name, key in ASSETS.items():
            stored = np.stack([at_centres(made[key], window, margin).astype(int) for made in files])
            bands[name] = np.ma.masked_array(np.maximum(stored - place.shift, 0), stored == 0)
    if scale == 10 and "partners" in place.has:
        bands |= {name: read_grades(folder, files, name, window, margin) for name in GRADES}
    x, y = window.transform @ (window.width / 2, window.height / 2)
    longitude, _ = pyproj.Proj(crs)(x, y, inverse=True)
    return Seen(codes, bands, times, window, margin, longitude)


def at_centres(path: Path, window: Window, margin: int) -> np.ndarray:
    """The pixels of a file that hold the centres of a window's pixels; 0 outside the file."""
    with rasterio.open(path) as file:
        stored, own = file.read(1), file.transform
    places = np.arange(-margin, window.width + margin) + 0.5
    columns = np.floor((window.transform.c + places * window.transform.a - own.c) / own.a).astype(int)
    rows = np.floor((window.transform.f + places * window.transform.e - own.f) / own.e).astype(int)
    inside = np.outer(*((at >= 0) & (at < size) for at, size in zip((rows, columns), stored.shape, strict=True)))
    found = stored[np.ix_(*(at.clip(0, size - 1) for at, size in zip((rows, columns), stored.shape, strict=True)))]
    return np.where(inside, found, 0)


def read_grades(
    folder: Path, files: list[dict[str, Path]], band: str, window: Window, margin: int
) -> np.ma.MaskedArray:
    """A band of the partners; masked where an image has none."""
    grades = []
    for made in files:
        _, tile, day, *_ = made["scl"].parent.name.split("_")
        partners = sorted(folder.glob(f"*/{day}*_T{tile}/{band}.tif"))
        size = window.width + 2 * margin
        if not partners:
            grades.append(np.ma.masked_all((size, size)))
            continue
        with rasterio.open(partners[-1]) as file:
            nodata = file.nodata
        stored = at_centres(partners[-1], window, margin)
        hidden = np.zeros(stored.shape, bool) if nodata is None else stored == nodata
        grades.append(np.ma.masked_array(stored * GRADES[band], hidden))
    return np.ma.stack(grades)


def class_shares(path: Path) -> np.ndarray:
    """Percent of the pixels that have data, by code."""
    with rasterio.open(path) as file:
        counts = np.bincount(file.read(1).ravel(), minlength=12)[1:]
    return 100 * counts / counts.sum()


# What is compared

Arrays = Sequence[np.ma.MaskedArray]


@dataclass(frozen=True)
class Case:
    """One line of a table.

    Attributes:
        name: begins with the function's name.
        build: of an image or a collection, what is compared.
        expected: of what is seen, the bands.
        needs: what a place must have.
        scale: metres of the pixels.
        rtol: relative tolerance; 0 for bit by bit.
        atol: absolute tolerance.
        few: of a collection, whether only the images with the most classes are taken.
        tiles: of a collection, whether the images of all tiles are taken.
        periods: how many collections it is made of.
    """

    name: str
    build: Callable[[Any], Any]
    expected: Callable[[Seen], Arrays]
    needs: str | None = None
    scale: int = 20
    rtol: float = 0
    atol: float = 0
    few: bool = False
    tiles: bool = False
    periods: int = 1

    @property
    def function(self) -> str:
        return self.name.split()[0]

    def runs_on(self, place: Place) -> bool:
        return self.needs is None or self.needs in place.has


BAD = (1, 3, 8, 9, 10)
PRESETS = {
    "high_cloud": (9,),
    "thick_cloud": (8, 9),
    "cloud": (8, 9, 10),
    "cloud_and_shadow": (3, 8, 9, 10),
    "standard": BAD,
    "cautious": (0, 1, 2, 3, 7, 8, 9, 10),
    "not_land": (0, 1, 2, 3, 6, 7, 8, 9, 10, 11),
}
SURFACE = (4, 5, 6, 11)
CLOUD_VALUES = {4: 1, 5: 1, 6: 1, 11: 1, 7: 2, 2: 3, 3: 3, 10: 4, 8: 5, 9: 5}
"""Scheme "cloud": clear 1, uncertain 2, shadow 3, cirrus 4, cloud 5; the rest is left out."""


def clouds(image: ee.Image) -> ee.Image:
    return gee_scl.class_mask(image, BAD)


def surface(seen: Seen, code: int) -> Arrays:
    return [np.ma.masked_array(seen.has(code).astype(int), ~seen.has(*SURFACE))]


def cleaned(seen: Seen) -> np.ndarray:
    """What mask_clouds drops with erosion, specks removed and dilation, in this order."""
    bad = seen.without_specks(seen.shrunk(seen.has(*BAD), 20), 2000)
    return seen.grown(bad, 100)


def distances(seen: Seen, limit: float) -> np.ma.MaskedArray:
    return np.ma.masked_array(np.minimum(seen.pixels_to(seen.has(*BAD)) * seen.ground, limit), ~seen.known)


def remapped(seen: Seen, values: dict[int, int]) -> np.ma.MaskedArray:
    table = np.array([values.get(code, 0) for code in range(12)])
    return np.ma.masked_array(table[seen.codes], ~seen.has(*values))


def painted(seen: Seen) -> Arrays:
    colors = [bytes.fromhex(CLASSES[code].earth_engine_color or "000000") for code in range(12)]
    return [np.ma.masked_array(np.array(color)[seen.codes], ~seen.known) for color in zip(*colors, strict=True)]


def tinted(seen: Seen) -> Arrays:
    """Reflectance from 0 to 3000, under half red where there is cloud."""
    shown = []
    for band, color in zip(ASSETS, (255, 0, 0), strict=True):
        grey = 255 * np.clip(seen.bands[band] / 3000, 0, 1)
        shown.append(np.ma.where(seen.has(8, 9, 10), (grey + color) / 2, grey))
    return shown


def scores(seen: Seen, target: int | None = None) -> np.ndarray:
    """PixelScore(max_distance=300)."""
    codes = np.vectorize(CLASS_SCORES.__getitem__)(seen.codes)
    return codes + np.minimum(seen.pixels_to(seen.has(3, 8, 9, 10)) * seen.ground, 300) / 300


def masked(**options: Any) -> Callable[[ee.Image], ee.Image]:
    return lambda image: gee_scl.mask_clouds(image, **options).select("SCL")


SCENES = (
    *(
        Case(
            f"class_mask at {m} m",
            lambda i: gee_scl.class_mask(i, "cloud"),
            lambda s: [s.flag(s.has(8, 9, 10))],
            scale=m,
        )
        for m in (20, 10)
    ),
    Case(
        "keep_classes",
        lambda i: gee_scl.keep_classes(i, ["Vegetation", 5]).select("SCL"),
        lambda s: [s.kept(s.has(4, 5))],
    ),
    Case(
        "keep_classes in bands of 10 m",
        lambda i: gee_scl.keep_classes(i, "land").select("B4"),
        lambda s: [np.ma.masked_where(~s.has(4, 5), s.bands["B4"])],
        needs="bands",
        scale=10,
    ),
    Case(
        "mask_clouds of classes",
        masked(mask=["shadow", "cloud"]),
        lambda s: [s.kept(~s.has(2, 3, 8, 9, 10))],
    ),
    Case(
        "mask_clouds of the complement of what is kept",
        masked(mask=[0, 1, 2, 3, 6, 7, 8, 9, 10, 11]),
        lambda s: [s.kept(s.has(4, 5))],
    ),
    *(
        Case(f"mask_clouds {name}", masked(mask=name), lambda s, codes=codes: [s.kept(~s.has(*codes))])
        for name, codes in PRESETS.items()
    ),
    Case(
        "mask_clouds with other choices",
        masked(shadows=False, cirrus=False, snow=True, unclassified=True),
        lambda s: [s.kept(~s.has(1, 7, 8, 9, 11))],
    ),
    *(
        Case(
            f"mask_clouds shaped at {m} m",
            masked(erosion=20, min_area=2000, dilation=100),
            lambda s: [s.kept(~cleaned(s))],
            scale=m,
        )
        for m in (20, 10)
    ),
    Case(
        "mask_clouds with Cloud Score+",
        masked(mask="high_cloud", cloud_score=0.6),
        lambda s: [s.kept(~s.has(9) & ~(s.bands["cs_cdf"] < 0.6 - 1e-9).filled(True))],
        needs="partners",
        scale=10,
    ),
    Case(
        "mask_clouds with s2cloudless",
        masked(mask="high_cloud", cloud_probability=40),
        lambda s: [s.kept(~s.has(9) & ~(s.bands["probability"] > 40).filled(True))],
        needs="partners",
        scale=10,
    ),
    *(
        Case(
            f"with_cloud_score {band}",
            lambda i, band=band: gee_scl.with_cloud_score(i, band=band).select(band),
            lambda s, band=band: [s.bands[band]],
            needs="partners",
            scale=10,
            rtol=1e-6,
        )
        for band in ("cs", "cs_cdf")
    ),
    Case(
        "with_cloud_probability",
        lambda i: gee_scl.with_cloud_probability(i).select("probability"),
        lambda s: [s.bands["probability"]],
        needs="partners",
        scale=10,
    ),
    *(
        Case(
            f"class_mask of {name} that is seen",
            lambda i, name=name: gee_scl.class_mask(i, name, seen_only=True),
            lambda s, code=code: surface(s, code),
        )
        for name, code in (("water", 6), ("snow", 11), ("vegetation", 4), ("bare soils", 5))
    ),
    Case("class_mask under clouds", lambda i: gee_scl.class_mask(i, "water"), lambda s: [s.flag(s.has(6))]),
    Case(
        "class_mask of shadow among what is seen",
        lambda i: gee_scl.class_mask(i, "Cloud Shadows", seen_only=True),
        lambda s: [np.ma.masked_array(s.has(3).astype(int), ~s.has(3, *SURFACE))],
    ),
    *(
        Case(
            f"{function.__name__} {metres} m at {m} m",
            lambda i, function=function, metres=metres: function(clouds(i), metres),
            lambda s, change=change, metres=metres: [s.flag(change(s, s.has(*BAD), metres))],
            scale=m,
        )
        for function, change in ((gee_scl.dilate, Seen.grown), (gee_scl.erode, Seen.shrunk))
        for metres, m in ((0, 20), (60, 20), (60, 10), (100, 20), (100, 10))
    ),
    Case(
        "mask_edges outside",
        lambda i: gee_scl.mask_edges(clouds(i), 60),
        lambda s: [s.flag(s.grown(s.has(*BAD), 60) & ~s.has(*BAD))],
    ),
    Case(
        "mask_edges inside",
        lambda i: gee_scl.mask_edges(clouds(i), 60, side="inside"),
        lambda s: [s.flag(s.has(*BAD) & ~s.shrunk(s.has(*BAD), 60))],
    ),
    Case(
        "mask_edges both",
        lambda i: gee_scl.mask_edges(clouds(i), 60, side="both"),
        lambda s: [s.flag(s.grown(s.has(*BAD), 60) & ~s.shrunk(s.has(*BAD), 60))],
    ),
    *(
        Case(
            f"remove_specks by {connectivity} at {m} m",
            lambda i, connectivity=connectivity: gee_scl.remove_specks(clouds(i), 3600, connectivity=connectivity),
            lambda s, connectivity=connectivity: [s.flag(s.without_specks(s.has(*BAD), 3600, connectivity == 8))],
            scale=m,
        )
        for connectivity in (8, 4)
        for m in (20, 10)
    ),
    *(
        Case(
            f"distance_to at {m} m",
            lambda i: gee_scl.distance_to(clouds(i), 500),
            lambda s: [distances(s, 500)],
            scale=m,
            rtol=2e-5,
        )
        for m in (20, 10)
    ),
    Case(
        "distance_to and nothing beyond",
        lambda i: gee_scl.distance_to(clouds(i), 250, beyond="mask"),
        lambda s: [np.ma.masked_greater(distances(s, np.inf), 250)],
        rtol=2e-5,
    ),
    Case(
        "remap and back",
        lambda i: gee_scl.remap(gee_scl.remap(i, "scl"), gee_scl.SCHEMES["scl"].inverse()),
        lambda s: [s.kept(s.known)],
    ),
    Case("remap to cloud", lambda i: gee_scl.remap(i, "cloud"), lambda s: [remapped(s, CLOUD_VALUES)]),
    Case(
        "indicators of cloud",
        lambda i: gee_scl.indicators(i, "cloud"),
        lambda s: [
            np.ma.masked_array((remapped(s, CLOUD_VALUES).data == value).astype(int), ~s.has(*CLOUD_VALUES))
            for value in (1, 2, 3, 4, 5)
        ],
    ),
    Case(
        "indicators of surfaces and zeros",
        lambda i: gee_scl.indicators(i, "land", unlisted="zero"),
        lambda s: [s.flag(s.has(code)) for code in SURFACE],
    ),
    Case(
        "with_class_properties",
        lambda i: gee_scl.with_class_properties(i, "esa").select("SCL"),
        lambda s: [s.kept(s.known)],
    ),
    Case("visualize", lambda i: gee_scl.visualize(i), painted),
    Case(
        "true_color under clouds",
        lambda i: gee_scl.true_color(i, "cloud", color="ff0000"),
        tinted,
        needs="bands",
        scale=10,
        atol=0.501,
    ),
    Case(
        "PixelScore",
        lambda i: gee_scl.PixelScore(max_distance=300).image(i),
        lambda s: [np.ma.masked_array(1e6 * scores(s), ~s.known)],
        rtol=2e-5,
    ),
)
"""Of single images: each is mapped over some."""


def reduced(reduce: Callable[..., np.ma.MaskedArray]) -> Callable[[Seen], Arrays]:
    def expected(seen: Seen) -> Arrays:
        made = reduce(seen.values("B4", "B3"), axis=0)
        return [made[0], made[1], np.ma.masked_array(seen.clear("B4", "B3").sum(axis=0))]

    return expected


def selected(seen: Seen, order: np.ndarray, *bands: str) -> Arrays:
    """The clear observation of the lowest order, the earliest of equals."""
    clear = seen.clear(*bands)
    best = np.argmin(np.where(clear, np.round(order, 6), np.inf), axis=0)[np.newaxis]
    days = np.broadcast_to(seen.days[:, np.newaxis, np.newaxis], clear.shape)
    values, day, code = (
        [np.ma.masked_array(np.take_along_axis(array, best, axis=0)[0], ~clear.any(axis=0)) for array in arrays]
        for arrays in ([seen.bands[band].data for band in bands], [days], [seen.codes])
    )
    return [*values, np.ma.masked_array(clear.sum(axis=0)), *day, *code]


def recency(seen: Seen) -> np.ndarray:
    return np.broadcast_to(-seen.times[:, np.newaxis, np.newaxis].astype(float), seen.codes.shape)


def to_the_median(seen: Seen) -> np.ndarray:
    values = seen.values("B4", "B3")
    return np.sqrt(((values.data - np.ma.median(values, axis=0).filled(0)) ** 2).sum(axis=1))


def to_all_others(seen: Seen) -> np.ndarray:
    values, clear = seen.values("B4", "B3").data, seen.clear("B4", "B3")
    total = np.zeros(clear.shape)
    for other, counts in zip(values, clear, strict=True):
        total += np.where(counts, np.sqrt(((values - other) ** 2).sum(axis=1)), 0)
    return total


def all_scores(seen: Seen) -> np.ndarray:
    return np.stack([scores(seen.chosen(place)) for place in range(len(seen.times))])


def monthly(expected: Callable[[Seen], Arrays], day: str = "utc") -> Callable[[Seen], Arrays]:
    def of_months(seen: Seen) -> Arrays:
        labels = np.array(seen.labels("%Y-%m", day))
        return [band for month in np.unique(labels) for band in expected(seen.chosen(labels == month))]

    return of_months


def shares(seen: Seen, found: np.ndarray, counted: np.ndarray) -> Arrays:
    count, observations = found.sum(axis=0), counted.sum(axis=0)
    percent = np.ma.masked_array(100 * count / np.maximum(observations, 1), observations == 0)
    return [percent, np.ma.masked_array(count), np.ma.masked_array(observations)]


def commonest(seen: Seen) -> Arrays:
    counts = np.stack([seen.has(code).sum(axis=0) for code in SURFACE])
    most = counts.max(axis=0)
    code = np.ma.masked_array(np.take(SURFACE, counts.argmax(axis=0)), most == 0)
    return [code, np.ma.masked_array(most), np.ma.masked_array(counts.sum(axis=0))]


def days_of_surfaces(seen: Seen) -> np.ndarray:
    """Scheme "land" by day, of a day's images the later above where they show a class; 0 is none."""
    labels = np.array(seen.labels("%Y-%m-%d"))
    values = remapped(seen, {code: value for value, code in enumerate(SURFACE, start=1)}).filled(0)
    return np.stack([functools.reduce(lambda a, b: np.where(b, b, a), values[labels == d]) for d in np.unique(labels)])


def changed(before: np.ndarray, after: np.ndarray, pick: str) -> Arrays:
    """Of two series of values of scheme "land": 100 times the one plus the other, 99 where there is none."""
    picked = []
    for values in (before, after):
        if pick == "mode":
            counts = np.stack([(values == value).sum(axis=0) for value in (1, 2, 3, 4)])
            code = np.where(counts.max(axis=0), 1 + counts.argmax(axis=0), 0)
        else:
            code = functools.reduce(lambda a, b: np.where(b, b, a), values if pick == "last" else values[::-1])
        picked.append(np.where(code, code, 99))
    return [np.ma.masked_array(100 * picked[0] + picked[1])]


def of_dates(seen: Seen, days: int, pick: str) -> Arrays:
    """Of the first days, and of all."""
    values = days_of_surfaces(seen)
    return changed(values[:days], values, pick)


def early(images: ee.ImageCollection, days: int) -> ee.ImageCollection:
    """The images of the first days."""
    labelled = gee_scl.with_period(images, "day")
    labels = labels_in_order(labelled, Period.DAY).slice(0, days)
    return labelled.filter(ee.Filter.inList("gee_scl:date", labels))


def dates(seen: Seen, found: np.ndarray) -> np.ma.MaskedArray:
    days = np.broadcast_to(seen.days[:, np.newaxis, np.newaxis], found.shape)
    return np.ma.masked_array(days, ~found)


def always(seen: Seen) -> Arrays:
    percent, count, observations = shares(seen, seen.has(8, 9), seen.known)
    found = np.ma.masked_array((count >= 0.5 * observations).astype(int), observations.data < 1)
    return [found, percent, count, observations]


def denied_snow(seen: Seen) -> Arrays:
    """Snow between clear neighbours in time, on both sides, that had none."""
    made = []
    for place, time in enumerate(seen.times):
        away = (seen.times - time) / DAY
        denials = [
            seen.has(*SURFACE)[near].any(axis=0) & ~seen.has(11)[near].any(axis=0)
            for near in ((away >= -16) & (away <= -0.5), (away >= 0.5) & (away <= 16))
        ]
        one = seen.chosen(place)
        made.append(one.flag(one.has(11) & denials[0] & denials[1]))
    return made


def put_together(seen: Seen, day: str = "utc") -> Arrays:
    """The images of a day, the later above."""
    labels = np.array(seen.labels("%Y-%m-%d", day))
    days = []
    for label in np.unique(labels):
        whole = np.zeros(seen.codes.shape[1:], int)
        for codes in seen.codes[labels == label]:
            whole = np.where(codes != 0, codes, whole)
        days.append(np.ma.masked_equal(whole, 0))
    return days


def agreement(seen: Seen, found: np.ndarray, other: np.ma.MaskedArray) -> Arrays:
    compared = seen.known & ~np.ma.getmaskarray(other)
    outcomes = [
        np.ma.masked_array((compared & (found == mine) & (other.data == theirs)).sum(axis=0))
        for mine, theirs in ((True, True), (True, False), (False, True), (False, False))
    ]
    total = compared.sum(axis=0)
    same = np.ma.masked_array(100 * (outcomes[0] + outcomes[3]).data / np.maximum(total, 1), total == 0)
    return [*outcomes, same]


def composed(method: str, bands: Sequence[str] = ("B4", "B3"), **options: Any) -> Callable[..., ee.Image]:
    return lambda images: gee_scl.composite(images, method, bands=list(bands), **options)


NEAR = gee_scl.PixelScore(max_distance=300)

SERIES = (
    Case("composite median", composed("median"), reduced(np.ma.median), needs="bands", scale=10, rtol=1e-12),
    Case("composite mean", composed("mean"), reduced(np.ma.mean), needs="bands", scale=10, rtol=1e-12),
    Case(
        "composite near_median",
        composed("near_median"),
        lambda s: selected(s, to_the_median(s), "B4", "B3"),
        needs="bands",
        scale=10,
        few=True,
    ),
    Case(
        "composite medoid",
        composed("medoid"),
        lambda s: selected(s, to_all_others(s), "B4", "B3"),
        needs="bands",
        scale=10,
        few=True,
    ),
    Case(
        "composite most_recent",
        composed("most_recent"),
        lambda s: selected(s, recency(s), "B4", "B3"),
        needs="bands",
        scale=10,
    ),
    Case("composite most_recent of classes", composed("most_recent", []), lambda s: selected(s, recency(s))),
    Case(
        "composite best_pixel of classes",
        composed("best_pixel", [], score=NEAR),
        lambda s: selected(s, -all_scores(s)),
        few=True,
    ),
    Case(
        "monthly_composites median",
        lambda images: gee_scl.monthly_composites(images, "median", bands=["B4", "B3"]).toBands(),
        monthly(reduced(np.ma.median)),
        needs="bands",
        scale=10,
        rtol=1e-12,
    ),
    Case(
        "monthly_composites most_recent of classes",
        lambda images: gee_scl.monthly_composites(images, "most_recent", bands=[]).toBands(),
        monthly(lambda s: selected(s, recency(s))),
    ),
    Case(
        "monthly_composites of solar months",
        lambda images: gee_scl.monthly_composites(images, "most_recent", bands=[], day="solar").toBands(),
        monthly(lambda s: selected(s, recency(s)), "solar"),
    ),
    Case(
        "occurrence of water",
        lambda images: gee_scl.occurrence(images, "water"),
        lambda s: shares(s, s.has(6), s.has(*SURFACE)),
        rtol=1e-6,
    ),
    Case(
        "occurrence of cloud",
        lambda images: gee_scl.occurrence(images, "cloud"),
        lambda s: shares(s, s.has(8, 9, 10), s.has(*SURFACE, 8, 9, 10)),
        rtol=1e-6,
    ),
    Case(
        "occurrence of what is clear among all",
        lambda images: gee_scl.occurrence(images, "clear", clear=None),
        lambda s: shares(s, s.has(*SURFACE), s.known),
        rtol=1e-6,
    ),
    Case("mode", lambda images: gee_scl.mode(images), commonest),
    *(
        Case(
            f"class_date {pick} of {name}",
            lambda images, pick=pick, name=name: gee_scl.class_date(images, name, pick),
            lambda s, reduce=reduce, codes=codes: [reduce(dates(s, s.has(*codes)), axis=0)],
        )
        for pick, reduce in (("first", np.ma.min), ("last", np.ma.max))
        for name, codes in (("snow", (11,)), ("vegetation", (4,)))
    ),
    *(
        Case(
            f"transition_image {pick}",
            lambda images, pick=pick: gee_scl.transition_image(early(images, 4), images, pick=pick),
            lambda s, pick=pick: of_dates(s, 4, pick),
            tiles=True,
            periods=2,
        )
        for pick in ("mode", "first", "last")
    ),
    Case(
        "transition_image from an image to a period",
        lambda images: gee_scl.transition_image(images.sort("system:time_start").first(), images, pick="last"),
        lambda s: of_dates(s, 1, "last"),
    ),
    Case(
        "always_cloud",
        lambda images: gee_scl.always_cloud(images, 0.5, min_observations=1),
        always,
        rtol=1e-6,
    ),
    Case("contradicted_snow", lambda images: gee_scl.contradicted_snow(images).toBands(), denied_snow),
    Case(
        "with_pass_classes",
        lambda images: gee_scl.with_pass_classes(gee_scl.mask_clouds(images)).select("pass_classes").toBands(),
        lambda s: [np.ma.masked_equal(codes, 0) for codes in s.codes],
    ),
    Case(
        "daily_mosaics",
        lambda images: gee_scl.daily_mosaics(images).select("SCL").toBands(),
        put_together,
        tiles=True,
    ),
    Case(
        "daily_mosaics of solar days",
        lambda images: gee_scl.daily_mosaics(images, day="solar").select("SCL").toBands(),
        lambda s: put_together(s, "solar"),
        tiles=True,
    ),
    Case(
        "cloud_agreement with Cloud Score+",
        lambda images: gee_scl.cloud_agreement(images),
        lambda s: agreement(s, s.has(3, 8, 9, 10), s.bands["cs_cdf"] < 0.6 - 1e-9),
        needs="partners",
        scale=10,
        rtol=1e-6,
    ),
    Case(
        "cloud_agreement with s2cloudless",
        lambda images: gee_scl.cloud_agreement(images, "cloud_probability"),
        lambda s: agreement(s, s.has(8, 9, 10), s.bands["probability"] > 40),
        needs="partners",
        scale=10,
        rtol=1e-6,
    ),
)
"""Of collections."""


def on_places(cases: Sequence[Any]) -> list[Any]:
    """Each case with each place that has what it needs."""
    return [
        pytest.param(
            place, case, id=f"{place.name}-{case.name}", marks=() if place.name == "sample" else pytest.mark.real
        )
        for place in PLACES.values()
        for case in cases
        if case.runs_on(place)
    ]


def assert_equal(image: ee.Image, seen: Seen, expected: Arrays, case: Case) -> None:
    # Rows of pixels say their bands' names: long ones are more than numpy reads.
    short = image.rename([f"b{band}" for band in range(len(expected))])
    found = read(short, seen.window).values()
    for band, (got, array) in enumerate(zip(found, expected, strict=True)):
        wanted = np.ma.masked_array(seen.inner(np.ma.getdata(array)), seen.inner(np.ma.getmaskarray(array)))
        np.testing.assert_array_equal(np.ma.getmaskarray(got), np.ma.getmaskarray(wanted), f"mask of band {band}")
        got_values, values = got.compressed().astype(float), wanted.compressed().astype(float)
        np.testing.assert_allclose(got_values, values, case.rtol, case.atol, err_msg=f"band {band}")
    assert len(image.serialize().encode()) < LARGEST_GRAPH * case.periods


@pytest.mark.parametrize(("pixels", "case"), on_places(SCENES), indirect=["pixels"])
@pytest.mark.some(60)
def test_an_expression_of_an_image_equals_numpys(pixels: Pixels, case: Case) -> None:
    seen, scenes = pixels.at[case.scale], pixels.scenes
    made = pixels.named(scenes).map(lambda image: ee.Image(case.build(image))).toBands()
    assert_equal(made, seen, [band for scene in scenes for band in case.expected(seen.chosen(scene))], case)


@pytest.mark.parametrize(("pixels", "case"), on_places(SERIES), indirect=["pixels"])
@pytest.mark.some(50)
def test_an_expression_of_a_collection_equals_numpys(pixels: Pixels, case: Case) -> None:
    if case.few:
        places, images = pixels.scenes, pixels.named(pixels.scenes)
    elif case.tiles:
        places, images = np.arange(len(pixels.tiles)), gee_scl.collection()
    else:
        places, images = pixels.own, pixels.images()
    seen = pixels.at[case.scale].chosen(places)
    assert_equal(case.build(images), seen, case.expected(seen), case)


@dataclass(frozen=True)
class Question:
    """One line of the table of what is numbers or labels, not pixels; `name` and `needs` as of a case.

    Attributes:
        ask: what is answered, one value for each image or period.
        expected: the same by numpy or the calendar.
        atol: absolute tolerance of numbers.
    """

    name: str
    ask: Callable[[Pixels], Any]
    expected: Callable[[Pixels], Any]
    needs: str | None = None
    atol: float = 0

    function = Case.function
    runs_on = Case.runs_on


def values(images: ee.ImageCollection, name: str) -> list[Any]:
    return images.aggregate_array(name).getInfo()


def in_order(images: ee.ImageCollection, period: Period, day: str) -> list[str]:
    return labels_in_order(gee_scl.with_period(images, period, day=day), period).getInfo()


def own(pixels: Pixels) -> Seen:
    return pixels.at[20].chosen(pixels.own)


def percent(pixels: Pixels, codes: Sequence[int]) -> np.ndarray:
    """Of the window's pixels, by image."""
    seen = own(pixels)
    return 100 * seen.inner(seen.has(*codes)).mean(axis=(1, 2))


def gone(pixels: Pixels, codes: Sequence[int]) -> np.ndarray:
    """Share of the pixels that have a class, by scene."""
    seen = pixels.at[20].chosen(pixels.scenes)
    return seen.inner(seen.has(*codes)).sum(axis=(1, 2)) / seen.inner(seen.known).sum(axis=(1, 2))


def seasons(pixels: Pixels, day: str = "utc") -> list[str]:
    names = ("DJF", "MAM", "JJA", "SON")
    months = [(int(label[:4]), int(label[5:])) for label in own(pixels).labels("%Y-%m", day)]
    return [f"{year + month // 12}-{names[month % 12 // 3]}" for year, month in months]


def with_shares(images: ee.ImageCollection, region: ee.Geometry) -> ee.ImageCollection:
    def shared(image: ee.Image) -> ee.Image:
        return image.set("share", gee_scl.masked_share(image, gee_scl.mask_clouds(image), region))

    return images.map(shared)


QUESTIONS = (
    Question("collection", lambda p: values(p.images(), "system:time_start"), lambda p: own(p).times.tolist()),
    Question(
        "without_duplicates",
        lambda p: values(gee_scl.without_duplicates(ee.ImageCollection(COLLECTION_ID)), "MGRS_TILE"),
        lambda p: p.tiles.tolist(),
    ),
    *(
        question
        for day in ("utc", "solar")
        for question in (
            Question(
                f"with_period day {day}",
                lambda p, day=day: values(gee_scl.with_period(p.images(), "day", day=day), "gee_scl:date"),
                lambda p, day=day: own(p).labels("%Y-%m-%d", day),
            ),
            Question(
                f"with_period month {day}",
                lambda p, day=day: values(gee_scl.with_period(p.images(), "month", day=day), "gee_scl:month"),
                lambda p, day=day: own(p).labels("%Y-%m", day),
            ),
            Question(
                f"with_period season {day}",
                lambda p, day=day: values(gee_scl.with_period(p.images(), "season", day=day), "gee_scl:season"),
                lambda p, day=day: seasons(p, day),
            ),
            Question(
                f"with_period months in order {day}",
                lambda p, day=day: in_order(p.images(), Period.MONTH, day),
                lambda p, day=day: sorted(set(own(p).labels("%Y-%m", day))),
            ),
            Question(
                f"with_period seasons in order {day}",
                lambda p, day=day: in_order(p.images(), Period.SEASON, day),
                lambda p, day=day: list(dict.fromkeys(seasons(p, day))),
            ),
        )
    ),
    Question(
        "masked_share",
        lambda p: values(with_shares(p.named(p.scenes), p.region()), "share"),
        lambda p: gone(p, BAD),
        atol=1e-12,
    ),
    Question(
        "mask_clouds and its share",
        lambda p: values(
            gee_scl.mask_clouds(p.named(p.scenes), "cloud", share_over=p.region()), "gee_scl:masked_share"
        ),
        lambda p: gone(p, (8, 9, 10)),
        atol=1e-12,
    ),
    # Shares are by true area, which differs from pixel to pixel by up to a thousandth of a percent here.
    Question(
        "with_clear_share",
        lambda p: values(gee_scl.with_clear_share(p.images(), p.region()), "gee_scl:clear_percent"),
        lambda p: percent(p, SURFACE),
        atol=2e-3,
    ),
    Question(
        "with_clear_share of what is valid",
        lambda p: values(gee_scl.with_clear_share(p.images(), p.region()), "gee_scl:valid_percent"),
        lambda p: percent(p, range(1, 12)),
        atol=2e-3,
    ),
    Question(
        "best_scenes",
        lambda p: values(gee_scl.best_scenes(p.images(), p.region(), 3), "gee_scl:clear_percent"),
        lambda p: sorted(percent(p, SURFACE), reverse=True)[:3],
        atol=2e-3,
    ),
    Question(
        "tile_percentages",
        lambda p: gee_scl.tile_percentages(p.images())[gee_scl.SCHEMES["scl"].names].to_numpy(),
        lambda p: np.stack(p.shares),
        needs="percentages",
        atol=1e-3,
    ),
)


@pytest.mark.parametrize(("pixels", "question"), on_places(QUESTIONS), indirect=["pixels"])
def test_an_answer_in_numbers_or_labels_is_that_of_numpy_or_the_calendar(pixels: Pixels, question: Question) -> None:
    found, expected = question.ask(pixels), question.expected(pixels)
    if question.atol:
        np.testing.assert_allclose(np.array(found, dtype=float), expected, rtol=0, atol=question.atol)
    else:
        assert found == expected


# What is refused

CRAMPED = (11.6, 46.43, 11.61, 46.44)
"""A region inside the sample."""

REFUSED: tuple[tuple[str, Callable[[Any, Any], Any], type[Exception], str], ...] = (
    ("class_mask", lambda f, c: f(c.first(), "watr"), gee_scl.ClassError, "Did you mean 'water'"),
    ("keep_classes", lambda f, c: f(c.first(), []), gee_scl.ClassError, "at least one of"),
    ("mask_clouds", lambda f, c: f(c, "standart"), gee_scl.ArgumentError, "Did you mean 'standard'"),
    ("mask_clouds", lambda f, c: f(c.first(), 12), gee_scl.ClassError, "got 12; allowed: a code from 0 to 11"),
    ("masked_share", lambda f, c: f(c.first(), c.first(), scale=-1), gee_scl.ArgumentError, "scale: got -1"),
    ("masked_share", lambda f, c: f(c.first(), c.first(), crs="EPSG:0"), gee_scl.ArgumentError, "crs: got 'EPSG:0'"),
    ("dilate", lambda f, c: f(c.first(), -1), gee_scl.ArgumentError, "metres: got -1; .* of at least 0"),
    ("erode", lambda f, c: f(c.first(), np.nan), gee_scl.ArgumentError, "metres: got nan; .* of at least 0"),
    ("mask_edges", lambda f, c: f(c.first(), 20, side="outer"), gee_scl.ArgumentError, "'outside' or 'inside'"),
    ("remove_specks", lambda f, c: f(c.first(), -400), gee_scl.ArgumentError, "min_area: got -400"),
    ("distance_to", lambda f, c: f(c.first(), -100), gee_scl.ArgumentError, "max_distance: .* from 1 to 10240"),
    ("with_cloud_score", lambda f, c: f(c, band="cdf"), gee_scl.ArgumentError, "'cs' or 'cs_cdf'"),
    ("with_cloud_probability", lambda f, c: f(c.first(), missing="drop"), gee_scl.ArgumentError, "Give the collection"),
    ("remap", lambda f, c: f(c.first(), "lnd"), gee_scl.SchemeError, "Did you mean 'land'"),
    ("indicators", lambda f, c: f(c.first(), unlisted="keep"), gee_scl.ArgumentError, "'mask' or 'zero'"),
    ("with_class_properties", lambda f, c: f(c.first(), "sclx"), gee_scl.SchemeError, "Did you mean 'scl'"),
    ("visualize", lambda f, c: f(c.first(), "watr"), gee_scl.SchemeError, "Did you mean 'water'"),
    ("true_color", lambda f, c: f(c.first(), "clouds"), gee_scl.ClassError, "Did you mean 'cloud'"),
    ("with_pass_classes", lambda f, c: f(c.first()), gee_scl.ArgumentError, "Put it into a collection"),
    ("with_pass_classes", lambda f, c: f(c, name=""), gee_scl.ArgumentError, "name: got ''"),
    ("with_period", lambda f, c: f(c.first(), "day"), gee_scl.ArgumentError, "Put it into a collection"),
    ("with_period", lambda f, c: f(c, "month", day="local"), gee_scl.ArgumentError, "'utc' or 'solar'"),
    ("with_period", lambda f, c: f(None, "season"), gee_scl.ArgumentError, "an ee.ImageCollection"),
    ("with_period", lambda f, c: f(c, "week"), gee_scl.ArgumentError, "'day' or 'month' or 'season'"),
    ("daily_mosaics", lambda f, c: f(c.first()), gee_scl.ArgumentError, "Put it into a collection"),
    ("with_clear_share", lambda f, c: f(c, CRAMPED, clear=[]), gee_scl.ClassError, "clear: .* at least one"),
    ("clear_shares", lambda f, c: f(c, CRAMPED, clear=[]), gee_scl.ClassError, "clear: .* at least one"),
    (
        "best_scenes",
        lambda f, c: f(c, CRAMPED, 0),
        gee_scl.ArgumentError,
        "count: got 0; allowed: a whole number of at least 1",
    ),
    (
        "tile_percentages",
        lambda f, c: f(c.filterDate("2001-01-01", "2001-01-02")),
        gee_scl.CollectionError,
        "Check region",
    ),
    ("collection", lambda f, c: f(max_cloud=-5), gee_scl.ArgumentError, "max_cloud: got -5"),
    ("composite", lambda f, c: f(c, "mediod"), gee_scl.ArgumentError, "Did you mean 'medoid'"),
    ("monthly_composites", lambda f, c: f(c, bands=[]), gee_scl.ArgumentError, "bands: .* at least one band"),
    ("PixelScore", lambda f, c: f(max_distance=-1), gee_scl.ArgumentError, "max_distance: got -1"),
    ("occurrence", lambda f, c: f(c, []), gee_scl.ClassError, "at least one"),
    ("mode", lambda f, c: f(c, "surfac"), gee_scl.ClassError, "classes: got 'surfac'"),
    ("class_date", lambda f, c: f(c, "sno"), gee_scl.ClassError, "Did you mean 'snow'"),
    ("class_date", lambda f, c: f(c.first(), "snow", "last"), gee_scl.ArgumentError, "Put it into a collection"),
    ("class_date", lambda f, c: f(c, "snow", "mode"), gee_scl.ArgumentError, "'first' or 'last'"),
    ("transition_image", lambda f, c: f(c, c, pick="median"), gee_scl.ArgumentError, "'mode' or 'first' or 'last'"),
    ("transition_image", lambda f, c: f(c, c, scheme="lnd"), gee_scl.SchemeError, "Did you mean 'land'"),
    ("transitions", lambda f, c: f(c, CRAMPED, CRAMPED), gee_scl.ArgumentError, "after: .* an ee.ImageCollection"),
    ("always_cloud", lambda f, c: f(c, 90), gee_scl.ArgumentError, "share: got 90; allowed: a number from 0 to 1"),
    ("contradicted_snow", lambda f, c: f(c, -3), gee_scl.ArgumentError, "days: got -3"),
    ("cloud_agreement", lambda f, c: f(c, threshold=60), gee_scl.ArgumentError, "threshold: got 60"),
    ("cloud_agreement_table", lambda f, c: f(c, CRAMPED, "cs"), gee_scl.ArgumentError, "'cloud_probability'"),
)
"""For each public function an argument that cannot be, and what the error says to do."""


@pytest.mark.parametrize(("function", "call", "error", "says"), REFUSED, ids=[line[0] for line in REFUSED])
def test_what_cannot_be_is_refused_and_the_error_says_what_may_be(
    sample_images: ee.ImageCollection, function: str, call: Callable[[Any, Any], Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        call(getattr(gee_scl, function), sample_images)


def one_each(cases: Sequence[Case]) -> list[Any]:
    """The first case of each function that looks at classes; the others set properties or add bands."""
    first = {case.function: case for case in reversed(cases) if not case.function.startswith("with_")}
    return [pytest.param(case, id=function) for function, case in reversed(first.items())]


@pytest.mark.parametrize("case", one_each(SCENES))
def test_an_image_without_classes_is_answered_by_the_bands_name(sample_images: ee.ImageCollection, case: Case) -> None:
    without = sample_images.first().select(["B4", "B3", "B2"])
    with pytest.raises(ee.EEException, match="SCL"):
        ee.Image(case.build(without)).getInfo()


@pytest.mark.parametrize("case", one_each(SERIES))
def test_images_without_classes_are_answered_by_the_bands_name(sample_images: ee.ImageCollection, case: Case) -> None:
    without = sample_images.select(["B4", "B3", "B2"])
    with pytest.raises(ee.EEException, match="SCL"):
        case.build(without).getInfo()


def bands_of(image: ee.Image) -> list[tuple[str, str]]:
    """The names and kinds of numbers of an image's bands."""
    return [(band["id"], band["data_type"]["precision"]) for band in image.getInfo()["bands"]]


@pytest.mark.parametrize("case", one_each(SERIES))
def test_of_no_images_there_are_none_or_a_blank_one_with_the_bands_of_any_other(
    sample_images: ee.ImageCollection, case: Case
) -> None:
    blank = case.build(sample_images.filterDate("2001-01-01", "2001-01-02"))
    if case.function in ("monthly_composites", "contradicted_snow", "daily_mosaics"):
        assert blank.bandNames().getInfo() == []
    else:
        assert blank.get("gee_scl:images").getInfo() == 0
        assert bands_of(blank) == bands_of(case.build(sample_images))


# What is not forgotten

TOOLBOX = (
    "classes.mask_presets", "expressions.", "scenes.", "statistics.cloud_agreement", "statistics.transitions",
)  # fmt: skip

ELSEWHERE = {
    "clear_shares": "test_clear_share: a frame of what with_clear_share says",
    "mask_table": "test_mask_presets: facts, no pixels",
    "transitions": "test_transitions: areas in regions",
    "BaselineWarning": "a warning, no function",
    "DayWarning": "a warning, no function",
    "cloud_agreement_table": "test_quality: counts of cloud_agreement's outcomes in the sample",
}
"""Public functions that are compared in another module, or have no pixels."""

WITHOUT_ARGUMENTS = {"mask_table", "BaselineWarning", "DayWarning"}

ONLY_SERVERS = {"without_duplicates": "takes a collection only"}
"""Functions whose arguments leave nothing to refuse but what the server answers."""


def toolbox() -> set[str]:
    """The public functions of the toolbox."""
    rooms = tuple(f"gee_scl.{name}" for name in TOOLBOX)
    public = {name: getattr(gee_scl, name) for name in gee_scl.__all__}
    return {n for n, made in public.items() if callable(made) and inspect.getmodule(made).__name__.startswith(rooms)}


def test_every_function_is_compared_on_every_place_that_has_what_it_needs() -> None:
    cases = [*SCENES, *SERIES, *QUESTIONS]
    assert {case.function for case in cases} | set(ELSEWHERE) == toolbox()
    for place in PLACES.values():
        absent = toolbox() - set(ELSEWHERE) - {case.function for case in cases if case.runs_on(place)}
        needs = [{case.needs for case in cases if case.function == function} for function in absent]
        assert all(None not in needed and not needed & place.has for needed in needs)
    assert {name for name, place in PLACES.items() if "partners" in place.has} == {"sample"}


def test_every_function_with_arguments_has_a_line_of_what_it_refuses() -> None:
    assert {line[0] for line in REFUSED} | WITHOUT_ARGUMENTS | set(ONLY_SERVERS) == toolbox()
    assert set(PRESETS) == set(gee_scl.MASK_PRESETS)
