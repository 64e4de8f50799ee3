"""Bands that are not the SCL: every function that takes classes reads them by a scheme, and by none in silence."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ee
import numpy as np
import pandas as pd
import pytest

import gee_scl
from gee_scl import exports, layers, views
from gee_scl.classes.schemes import Scheme
from tests.classes.world_cover import WORLD_COVER
from tests.support.callables import public_callables
from tests.support.engines import server_over, session_on, session_over
from tests.support.local.catalogues import GRID, Scene, make_item
from tests.support.pixels import Window, read

SIDE = 24
WINDOW = Window("EPSG:32632", GRID, SIDE, SIDE)
DAYS = ["2023-05-01", "2023-05-11", "2023-06-10", "2023-06-20"]
EPOCH_DAYS = [int(np.datetime64(day, "D").astype(int)) for day in DAYS]

DYNAMIC_WORLD = Scheme.from_lists(
    "dynamic-world",
    range(9),
    ["Water", "Trees", "Grass", "Flooded vegetation", "Crops", "Shrub", "Built", "Bare", "Snow and ice"],
    ["419bdf", "397d49", "88b053", "7a87c6", "e49635", "dfc35a", "c4281b", "a59b8f", "b39fe1"],
)
CORINE = Scheme.from_lists(
    "corine",
    [111, 112, 211, 311, 322, 335, 411, 512, 523],
    [
        "Artificial surfaces; urban fabric; continuous urban fabric",
        "Artificial surfaces; urban fabric; discontinuous urban fabric",
        "Agricultural areas; arable land; non-irrigated arable land",
        "Forest and semi natural areas; forests; broad-leaved forest",
        "Forest and semi natural areas; scrub; moors and heathland",
        "Forest and semi natural areas; open spaces; glaciers and perpetual snow",
        "Wetlands; inland wetlands; inland marshes",
        "Water bodies; inland waters; water bodies",
        "Water bodies; marine waters; sea and ocean",
    ],
    ["e6004d", "ff0000", "ffffa8", "80ff00", "a6ff80", "a6e6cc", "a6a6ff", "80f2e6", "e6f2ff"],
)


@dataclass(frozen=True, eq=False)
class Raster:
    """Four days of a class raster.

    Attributes:
        band: of the codes.
        scheme: what they mean.
        pixels: type of the raster.
        water: the name of a class, in letters of another case.
        snow: likewise.
    """

    band: str
    scheme: Scheme
    pixels: str
    water: str
    snow: str

    @property
    def codes(self) -> np.ndarray:
        chance = np.random.default_rng(len(self.band))
        return chance.choice(self.scheme.values, (len(DAYS), SIDE, SIDE)).astype(self.pixels)

    @property
    def wet(self) -> np.ndarray:
        return self.codes == self.code(self.water)

    def code(self, name: str) -> int:
        return next(member.value for member in self.scheme.classes if member.name.lower() == name)

    @property
    def images(self) -> ee.ImageCollection:
        return ee.ImageCollection(self.scheme.name).sort("system:time_start")

    @property
    def image(self) -> ee.Image:
        return ee.Image(self.images.first())

    @property
    def how(self) -> dict[str, Any]:
        return {"band": self.band, "scheme": self.scheme}


RASTERS = [
    Raster("label", DYNAMIC_WORLD, "uint8", "water", "snow and ice"),
    Raster("Map", WORLD_COVER, "uint8", "permanent water bodies", "snow and ice"),
    Raster("landcover", CORINE, "uint16", "water bodies; inland waters; water bodies", CORINE.names[5].lower()),
]
GRADES = "cloud-score-plus"
GRADED = np.random.default_rng(7).random((len(DAYS), SIDE, SIDE)).astype("float32")
"""By Cloud Score+, which finds its partners by their index."""
AREA = (9.85, 45.9, 10.5, 46.2)
"""All around."""


@pytest.fixture(scope="module", autouse=True)
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("rasters")
    nothing = np.zeros((SIDE, SIDE), "uint8")
    for place, day in enumerate(DAYS):
        time = f"{day}T10:00:00Z"
        graded = Scene(nothing, time=time, bands={"cs_cdf": GRADED[place]})
        make_item(folder / GRADES / day, graded, GRADES)
        index = f"{graded.stamp}_{graded.stamp}_T{graded.tile}"
        for raster in RASTERS:
            scene = Scene(nothing, time=time, bands={raster.band: raster.codes[place]}, id=index)
            make_item(folder / raster.scheme.name / day, scene, raster.scheme.name)
    with session_over(folder):
        yield


@pytest.fixture(params=RASTERS, ids=lambda raster: raster.scheme.name)
def raster(request: pytest.FixtureRequest) -> Raster:
    return request.param


def filled(found: np.ma.MaskedArray) -> np.ndarray:
    """With -1 where it is masked."""
    return found.astype("int64").filled(-1)


def commonest(codes: np.ndarray, values: list[int]) -> np.ndarray:
    counts = np.stack([(codes == value).sum(axis=0) for value in values])
    return np.where(counts.max(axis=0) > 0, np.array(values)[counts.argmax(axis=0)], -1)


def last(codes: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """The last of what is kept; -1 where nothing is."""
    found = np.full(codes.shape[1:], -1)
    for day, there in zip(codes, kept, strict=True):
        found = np.where(there, day, found)
    return found


def first_day(there: np.ndarray) -> np.ndarray:
    return last(np.broadcast_to(np.array(EPOCH_DAYS)[::-1, None, None], there.shape), there[::-1])


def contradicted(raster: Raster) -> np.ndarray:
    """Snow of the second day, ten days after the first and thirty before the third."""
    snow = raster.codes == raster.code(raster.snow)
    return snow[1] & ~snow[0] & ~snow[2]


def outcomes(raster: Raster) -> np.ndarray:
    cloud, other = raster.wet, GRADED < 0.6
    return np.stack([cloud & other, cloud & ~other, ~cloud & other, ~cloud & ~other])


def score_of(raster: Raster) -> gee_scl.PixelScore:
    return gee_scl.PixelScore(
        distance_weight=0, day_weight=0, class_scores={raster.water: 1, raster.snow: 0.5}, scheme=raster.scheme
    )


def scores(raster: Raster) -> np.ndarray:
    return 1.0 * raster.wet + 0.5 * (raster.codes == raster.code(raster.snow))


def best(raster: Raster) -> np.ndarray:
    """The codes of the earliest day with the highest score."""
    return np.take_along_axis(raster.codes, scores(raster).argmax(axis=0)[None], axis=0)[0]


CASES: dict[str, tuple[Callable[[Raster], ee.Image], str, Callable[[Raster], np.ndarray]]] = {
    "class_mask": (lambda r: gee_scl.class_mask(r.image, r.water, **r.how), "mask", lambda r: r.wet[0]),
    "class_mask, seen only": (
        lambda r: gee_scl.class_mask(r.image, r.water, seen_only=True, **r.how),
        "mask",
        lambda r: r.wet[0],
    ),
    "class_mask, code": (
        lambda r: gee_scl.class_mask(r.image, r.code(r.water), band=r.band),
        "mask",
        lambda r: r.wet[0],
    ),
    "keep_classes": (
        lambda r: gee_scl.keep_classes(r.image, [r.water, r.code(r.snow)], **r.how).select(r.band),
        "",
        lambda r: np.where(r.wet[0] | (r.codes[0] == r.code(r.snow)), r.codes[0].astype(int), -1),
    ),
    "mask_clouds": (
        lambda r: gee_scl.mask_clouds(r.images, r.water, **r.how).first().select(r.band),
        "",
        lambda r: np.where(r.wet[0], -1, r.codes[0].astype(int)),
    ),
    "occurrence": (
        lambda r: gee_scl.occurrence(r.images, r.water, **r.how),
        "count",
        lambda r: r.wet.sum(axis=0),
    ),
    "occurrence, observations": (
        lambda r: gee_scl.occurrence(r.images, r.water, clear=r.snow, **r.how),
        "observations",
        lambda r: (r.wet | (r.codes == r.code(r.snow))).sum(axis=0),
    ),
    "occurrence, codes alone": (
        lambda r: gee_scl.occurrence(r.images, r.code(r.water), band=r.band),
        "observations",
        lambda r: np.full((SIDE, SIDE), len(DAYS)),
    ),
    "mode": (
        lambda r: gee_scl.mode(r.images, **r.how),
        "class",
        lambda r: commonest(r.codes, r.scheme.values),
    ),
    "mode of two": (
        lambda r: gee_scl.mode(r.images, [r.water, r.snow], **r.how),
        "class",
        lambda r: commonest(r.codes, sorted([r.code(r.water), r.code(r.snow)])),
    ),
    "class_date": (
        lambda r: gee_scl.class_date(r.images, r.water, **r.how),
        "first_date",
        lambda r: first_day(r.wet),
    ),
    "always_cloud": (
        lambda r: gee_scl.always_cloud(r.images, 0.5, classes=r.water, min_observations=4, **r.how),
        "always_cloud",
        lambda r: r.wet.sum(axis=0) >= 2,
    ),
    "contradicted_snow": (
        lambda r: ee.Image(gee_scl.contradicted_snow(r.images, 31, classes=r.snow, **r.how).toList(4).get(1)),
        "contradicted_snow",
        contradicted,
    ),
    "cloud_agreement": (
        lambda r: gee_scl.cloud_agreement(r.images, classes=r.water, **r.how),
        "only_scl",
        lambda r: outcomes(r)[1].sum(axis=0),
    ),
    "PixelScore": (
        lambda r: score_of(r).image(r.image, band=r.band),
        "score",
        lambda r: scores(r)[0] * 1_000_000,
    ),
    "composite": (
        lambda r: gee_scl.composite(r.images, "most_recent", bands=[], **r.how),
        "class",
        lambda r: r.codes[-1],
    ),
    "composite without a class": (
        lambda r: gee_scl.composite(r.images, "most_recent", bands=[], mask=r.water, **r.how),
        "class",
        lambda r: last(r.codes, ~r.wet),
    ),
    "composite, nothing said": (
        lambda r: gee_scl.composite(r.images, "most_recent", bands=[], mask=None, band=r.band),
        "class",
        lambda r: r.codes[-1],
    ),
    "composite, best pixel": (
        lambda r: gee_scl.composite(r.images, "best_pixel", bands=[], score=score_of(r), **r.how),
        "class",
        best,
    ),
    "monthly_composites": (
        lambda r: gee_scl.monthly_composites(r.images, "most_recent", bands=[], mask=r.water, **r.how).first(),
        "class",
        lambda r: last(r.codes[:2], ~r.wet[:2]),
    ),
    "transition_image": (
        lambda r: gee_scl.transition_image(r.image, r.images, pick="last", **r.how),
        "transition",
        lambda r: (
            100 * (np.searchsorted(r.scheme.values, r.codes[0]) + 1) + np.searchsorted(r.scheme.values, r.codes[-1]) + 1
        ),
    ),
    "true_color": (
        lambda r: gee_scl.true_color(
            r.image.select([r.band] * 4, [r.band, "B4", "B3", "B2"]).multiply(ee.Image([1, 0, 0, 0])),
            r.water,
            opacity=1,
            color="ff0000",
            **r.how,
        ),
        "vis-red",
        lambda r: 255 * r.wet[0],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_classes_are_those_of_the_rasters_scheme(case: str, raster: Raster) -> None:
    ask, band, right = CASES[case]
    found = read(ask(raster), WINDOW)[band or raster.band]
    np.testing.assert_array_equal(filled(found), right(raster))


def test_shares_are_of_the_rasters_classes(raster: Raster) -> None:
    rectangle = ee.Geometry.Rectangle([*(GRID @ (0, SIDE)), *(GRID @ (SIDE, 0))], "EPSG:32632", False)
    wet = raster.wet.mean(axis=(1, 2)) * 100
    frame = gee_scl.clear_shares(raster.images, rectangle, clear=raster.water, **raster.how)
    np.testing.assert_allclose(frame["clear_percent"], wet, rtol=1e-4)
    shared = gee_scl.with_clear_share(raster.images, rectangle, clear=raster.water, **raster.how)
    np.testing.assert_allclose(shared.aggregate_array("gee_scl:clear_percent").getInfo(), wet, rtol=1e-4)
    best = gee_scl.best_scenes(raster.images, rectangle, 1, clear=raster.water, **raster.how)
    assert best.first().get("gee_scl:clear_percent").getInfo() == pytest.approx(wet.max(), rel=1e-4)
    everything = gee_scl.clear_shares(raster.images, rectangle, **raster.how)
    np.testing.assert_allclose(everything["clear_percent"], 100)


def test_tables_are_of_the_rasters_classes(raster: Raster) -> None:
    frame = gee_scl.cloud_agreement_table(raster.images, AREA, classes=raster.water, **raster.how)
    bands = ["both_cloud", "only_scl", "only_other", "both_clear"]
    np.testing.assert_array_equal(frame[bands].T, outcomes(raster).sum(axis=(2, 3)))
    changes = gee_scl.transitions(raster.image, raster.images.filterDate(DAYS[-1], "2024"), AREA, **raster.how)
    seen = changes[changes["from_value"].notna() & changes["to_value"].notna()]
    pairs = seen.set_index(["from_value", "to_value"])["pixels"]
    right = pd.crosstab(raster.codes[0].ravel(), raster.codes[-1].ravel()).stack()
    assert {pair: int(pixels) for pair, pixels in pairs.items() if pixels} == {
        pair: int(pixels) for pair, pixels in right.items() if pixels
    }
    assert set(seen["from_name"].astype(str)) == set(raster.scheme.names)


def test_a_band_that_says_its_classes_is_asked_once(raster: Raster) -> None:
    told = raster.images.map(lambda image: gee_scl.with_class_properties(image, raster.scheme, raster.band))
    assert Scheme.of(told, raster.band).classes == raster.scheme.classes
    assert Scheme.of(told.first(), raster.band).classes == raster.scheme.classes
    rectangle = ee.Geometry.Rectangle([*(GRID @ (0, SIDE)), *(GRID @ (SIDE, 0))], "EPSG:32632", False)
    frame = gee_scl.clear_shares(told, rectangle, clear=raster.water, band=raster.band)
    np.testing.assert_allclose(frame["clear_percent"], raster.wet.mean(axis=(1, 2)) * 100, rtol=1e-4)
    chosen = gee_scl.best_scenes(told, rectangle, 1, clear=raster.water, band=raster.band, run=gee_scl.Run())
    assert chosen.first().get("gee_scl:clear_classes").getInfo() == str(raster.code(raster.water))
    table = gee_scl.cloud_agreement_table(told, AREA, classes=raster.water, band=raster.band)
    np.testing.assert_array_equal(table["only_scl"], outcomes(raster)[1].sum(axis=(1, 2)))
    made = told.first().addBands(ee.Image([1, 2, 3]).rename(["B4", "B3", "B2"]))
    shown = layers.add_true_color(layers.new_map(AREA), made, raster.water, band=raster.band, name="Water")
    assert shown.layer.name == "Water"


def test_to_ask_for_a_scheme_is_one_request_and_expressions_make_none(sample: Path) -> None:
    with server_over(sample) as server, session_on(server.url):
        images = gee_scl.collection(start="2023-06-01", end="2023-07-01").map(lambda one: gee_scl.remap(one, "land"))
        asked = server.counters.requests.total()
        scheme = Scheme.of(images, "land")
        assert server.counters.requests.total() == asked + 1
        gee_scl.occurrence(images, "Water", band="land", scheme=scheme)
        gee_scl.composite(images, "most_recent", bands=[], band="land", scheme=scheme)
        gee_scl.with_clear_share(images, AREA, clear="Snow", band="land", scheme=scheme)
        assert server.counters.requests.total() == asked + 1


def test_an_image_that_says_nothing_is_asked_in_vain(raster: Raster) -> None:
    with pytest.raises(gee_scl.SchemeError, match=r"from_lists"):
        Scheme.of(raster.images, raster.band)
    with pytest.raises(gee_scl.CollectionError, match="image: got a collection without images"):
        Scheme.of(raster.images.limit(0), raster.band)
    assert Scheme.of(raster.image.select([raster.band], ["SCL"])) is gee_scl.SCHEMES["scl"]


def test_what_is_made_says_the_rasters_classes(raster: Raster) -> None:
    for made in (
        gee_scl.mode(raster.images, **raster.how),
        gee_scl.composite(raster.images, "most_recent", bands=[], **raster.how),
    ):
        assert Scheme.of(made, "class").classes == raster.scheme.classes
        assert made.select("class").bandTypes().getInfo()["class"]["max"] >= max(raster.scheme.values)
    for unnamed in (
        gee_scl.mode(raster.images, raster.scheme.values, band=raster.band),
        gee_scl.composite(raster.images, "most_recent", bands=[], mask=None, band=raster.band),
    ):
        assert "class_class_names" not in unnamed.propertyNames().getInfo()
    blank = gee_scl.mode(raster.images.limit(0), **raster.how)
    assert blank.select("class").bandTypes().getInfo()["class"]["max"] >= max(raster.scheme.values)


def test_files_keep_all_codes_with_their_colours(raster: Raster, tmp_path: Any) -> None:
    import rasterio

    made = gee_scl.mode(raster.images, **raster.how)
    rectangle = ee.Geometry.Rectangle([*(GRID @ (0, SIDE)), *(GRID @ (SIDE, 0))], "EPSG:32632", False)
    grid = {"region": rectangle, "scale": 20, "crs": "EPSG:32632"}
    nodata = 255 if raster.pixels == "uint8" else 65535
    exports.download_image(made, tmp_path / "a.tif", band="class", scheme=raster.scheme, nodata=nodata, **grid)
    with rasterio.open(tmp_path / "a.tif") as file:
        np.testing.assert_array_equal(file.read(1), commonest(raster.codes, raster.scheme.values))
        for member in raster.scheme.classes:
            assert file.colormap(1)[member.value][:3] == tuple(bytes.fromhex(member.color))
    # Place 9 to place 9 is above 8 bits whatever the codes are.
    change = gee_scl.transition_image(raster.image, raster.image, **raster.how)
    pairs = raster.scheme.transitions()
    exports.download_image(change, tmp_path / "b.tif", band="transition", scheme=pairs, **grid)
    with rasterio.open(tmp_path / "b.tif") as file:
        np.testing.assert_array_equal(file.read(1), 101 * (np.searchsorted(raster.scheme.values, raster.codes[0]) + 1))


NAMED: dict[str, Callable[[Raster, dict[str, str]], object]] = {
    "class_mask": lambda r, how: gee_scl.class_mask(r.image, "water", **how),
    "class_mask, SclClass": lambda r, how: gee_scl.class_mask(r.image, gee_scl.SclClass.WATER, **how),
    "class_mask, seen only": lambda r, how: gee_scl.class_mask(r.image, 6, seen_only=True, **how),
    "keep_classes": lambda r, how: gee_scl.keep_classes(r.image, ["water"], **how),
    "mask_clouds": lambda r, how: gee_scl.mask_clouds(r.images, **how),
    "mask_clouds, preset": lambda r, how: gee_scl.mask_clouds(r.images, gee_scl.MASK_PRESETS["cloud"], **how),
    "occurrence": lambda r, how: gee_scl.occurrence(r.images, "water", **how),
    "occurrence, clear": lambda r, how: gee_scl.occurrence(r.images, 6, clear="clear", **how),
    "mode": lambda r, how: gee_scl.mode(r.images, **how),
    "class_date": lambda r, how: gee_scl.class_date(r.images, "snow", **how),
    "always_cloud": lambda r, how: gee_scl.always_cloud(r.images, **how),
    "contradicted_snow": lambda r, how: gee_scl.contradicted_snow(r.images, **how),
    "contradicted_snow, clear": lambda r, how: gee_scl.contradicted_snow(r.images, classes=8, **how),
    "cloud_agreement": lambda r, how: gee_scl.cloud_agreement(r.images, **how),
    "PixelScore": lambda r, how: gee_scl.PixelScore().image(r.image, **how),
    "composite": lambda r, how: gee_scl.composite(r.images, "most_recent", bands=[], **how),
    "composite, best pixel": lambda r, how: gee_scl.composite(r.images, "best_pixel", bands=[], mask=None, **how),
    "monthly_composites": lambda r, how: gee_scl.monthly_composites(r.images, "most_recent", bands=[], **how),
    "with_clear_share": lambda r, how: gee_scl.with_clear_share(r.images, AREA, **how),
    "best_scenes": lambda r, how: gee_scl.best_scenes(r.images, AREA, **how),
    "best_scenes, asked": lambda r, how: gee_scl.best_scenes(r.images, AREA, run=gee_scl.Run(), **how),
    "clear_shares": lambda r, how: gee_scl.clear_shares(r.images, AREA, **how),
    "cloud_agreement_table": lambda r, how: gee_scl.cloud_agreement_table(r.images, AREA, **how),
    "transition_image": lambda r, how: gee_scl.transition_image(r.image, r.image, **how),
    "true_color": lambda r, how: gee_scl.true_color(r.image, "water", **how),
    "views.true_color_view": lambda r, how: views.true_color_view(r.image, "water", **how),
    "layers.add_true_color": lambda r, how: layers.add_true_color(layers.new_map(AREA), r.image, "water", **how),
}


@pytest.mark.parametrize("case", NAMED)
def test_names_of_a_band_of_which_nothing_is_said_are_refused_with_the_way_out(case: str, raster: Raster) -> None:
    with pytest.raises(gee_scl.SchemeError) as caught:
        NAMED[case](raster, {"band": raster.band})
    assert caught.value.argument == "scheme"
    assert f"Scheme.of(image, '{raster.band}')" in str(caught.value)


OF_THE_SCL: dict[str, Callable[[Raster], object]] = {
    "class_mask": lambda r: gee_scl.class_mask(r.image, "clear", **r.how),
    "class_mask, SclClass": lambda r: gee_scl.class_mask(r.image, gee_scl.SclClass.WATER, **r.how),
    "class_mask, code": lambda r: gee_scl.class_mask(r.image, 9, **r.how),
    "mask_clouds": lambda r: gee_scl.mask_clouds(r.images, **r.how),
    "mask_clouds, choice": lambda r: gee_scl.mask_clouds(r.images, r.water, snow=True, **r.how),
    "occurrence": lambda r: gee_scl.occurrence(r.images, r.water, clear="clear", **r.how),
    "always_cloud": lambda r: gee_scl.always_cloud(r.images, **r.how),
    "contradicted_snow": lambda r: gee_scl.contradicted_snow(r.images, **r.how),
    "cloud_agreement": lambda r: gee_scl.cloud_agreement(r.images, **r.how),
    "cloud_agreement_table": lambda r: gee_scl.cloud_agreement_table(r.images, AREA, **r.how),
    "PixelScore, clouds": lambda r: gee_scl.PixelScore(scheme=r.scheme, class_scores={r.water: 1}),
    "PixelScore, scores": lambda r: gee_scl.PixelScore(scheme=r.scheme, clouds=r.water),
    "composite, score": lambda r: gee_scl.composite(r.images, "best_pixel", score=gee_scl.PixelScore(), **r.how),
    "composite, score of another": lambda r: gee_scl.composite(
        r.images, "best_pixel", score=score_of(RASTERS[RASTERS.index(r) - 1]), **r.how
    ),
    "composite, mask": lambda r: gee_scl.composite(r.images, mask="standard", **r.how),
    "clear_shares": lambda r: gee_scl.clear_shares(r.images, AREA, clear="clear", **r.how),
    "true_color": lambda r: gee_scl.true_color(r.image, "cloud", **r.how),
}


@pytest.mark.parametrize("case", OF_THE_SCL)
def test_classes_of_the_scl_are_no_classes_of_another_raster(case: str, raster: Raster) -> None:
    with pytest.raises(gee_scl.ArgumentError, match=r"scheme|the SCL"):
        OF_THE_SCL[case](raster)


def test_a_grouping_selects_the_codes_that_it_gathers() -> None:
    scheme = Scheme.from_groups(
        "wet or dry", {"Wet": ["Water", "Flooded vegetation"], "Dry": ["Bare"]}, source=DYNAMIC_WORLD
    )
    raster = RASTERS[0]
    how = {"band": raster.band, "scheme": scheme}
    mask = read(gee_scl.class_mask(raster.image, "wet", **how), WINDOW)["mask"]
    np.testing.assert_array_equal(mask, np.isin(raster.codes[0], [0, 3]))
    made = gee_scl.mode(raster.images, **how)
    np.testing.assert_array_equal(filled(read(made, WINDOW)["class"]), commonest(raster.codes, [0, 3, 7]))
    assert made.get("class_class_names").getInfo() == ["Wet (0)", "Wet (3)", "Dry"]


def test_a_scheme_of_the_scl_selects_codes_of_the_scl() -> None:
    image = ee.Image(RASTERS[0].image.select("label").multiply(0).add(6)).toUint8().rename("SCL")
    mask = gee_scl.class_mask(image, "Water", scheme="land")
    assert read(mask, WINDOW)["mask"].all()
    assert mask.get("gee_scl:classes").getInfo() == "6"
    assert gee_scl.SCHEMES["land"].class_codes(3) == (3,), "a number is a code of the band"
    assert gee_scl.SCHEMES["cloud"].class_codes("cloud") == (8, 9), "the scheme's own class comes first"
    assert gee_scl.SCHEMES["land"].class_codes("cloud") == (8, 9, 10)


def test_another_raster_may_have_the_codes_0_to_11_too() -> None:
    """MODIS has them: plant functional types, LC_Type5."""
    names = [
        "Water Bodies",
        "Evergreen Needleleaf Trees",
        "Evergreen Broadleaf Trees",
        "Deciduous Needleleaf Trees",
        "Deciduous Broadleaf Trees",
        "Shrub",
        "Grass",
        "Cereal Croplands",
        "Broadleaf Croplands",
        "Urban and Built-up Lands",
        "Permanent Snow and Ice",
        "Barren",
    ]
    types = Scheme.from_lists("types", range(12), names, ["000000"] * 12)
    how = {"band": "LC_Type5", "scheme": types}
    image = ee.Image.constant(6).rename("LC_Type5").set("system:time_start", 0)
    for word in ("water", "clear", gee_scl.SclClass.WATER):
        with pytest.raises(gee_scl.ClassError, match="scheme 'types'"):
            gee_scl.class_mask(image, word, **how)
        with pytest.raises(gee_scl.ClassError, match="scheme 'types'"):
            types.class_values(word)
    assert types.class_codes("water bodies") == (0,)
    images = ee.ImageCollection([image])
    assert gee_scl.mode(images, **how).get("gee_scl:classes").getInfo() == ",".join(map(str, range(12)))
    recent = gee_scl.composite(images, "most_recent", bands=[], **how)
    assert recent.get("gee_scl:dropped_classes").getInfo() == ""
    with pytest.raises(gee_scl.SchemeError, match="not of the SCL"):
        types.recolored("colorblind")
    assert types.remapped() == types
    assert not Scheme.from_groups("wood", {"Wood": [1, 2, 3, 4]}, source=types).is_scl
    assert not types.inverse().is_scl


WITHOUT_A_BAND = {
    "legend": "the SCL's own",
    "Scheme.class_values": "of this scheme",
    "Scheme.class_codes": "of this scheme",
    "Scheme.from_groups": "of `source`",
}
"""What takes classes of a scheme that is known by itself."""


def test_every_public_function_that_takes_classes_takes_a_scheme() -> None:
    lacking = set()
    for name, function in public_callables().items():
        parameters = inspect.signature(function).parameters.values()
        takes_classes = any("ClassSelection" in str(parameter.annotation) for parameter in parameters)
        passes_on = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
        if takes_classes and not passes_on and "scheme" not in {parameter.name for parameter in parameters}:
            lacking.add(name)
    assert lacking == set(WITHOUT_A_BAND)
