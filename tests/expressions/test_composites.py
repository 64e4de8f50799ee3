from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import ee
import numpy as np
import pyproj
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import ndimage

import gee_scl
from gee_scl.errors import ArgumentError, ClassError
from gee_scl.expressions.composites import CLASS_SCORES, NOT_CLEAR, Method, PixelScore, composite, monthly_composites
from tests.support.engines import session_over
from tests.support.graphs import added_bytes
from tests.support.local.catalogues import GRID, Scene, make_catalogue
from tests.support.pixels import Window, read
from tests.support.stacks import Stack, read_stack

BANDS = ["B4", "B8"]
DROPPED = (0, 1, 3, 8, 9, 10)


@pytest.fixture(scope="module")
def real(shared: Path) -> Iterator[Stack]:
    """31UDS at 10 m, so that its 20 m classes are repeated, with an open session."""
    with session_over(shared / "data" / "31UDS"):
        yield read_stack(shared / "data" / "31UDS", "31UDS", ("red", "nir"), scale=10)


@pytest.fixture(scope="module")
def synthetic(sample: Path, sample_engine: str) -> Stack:
    """A lake shore of the sample at 20 m."""
    return read_stack(sample, "32TPS", ("swir16", "swir22"), crop=(100, 60, 120, 140))


def chosen_of(stack: Stack, order: np.ndarray, dropped: tuple[int, ...] = DROPPED) -> dict[str, np.ma.MaskedArray]:
    """The observation with the lowest order at each pixel, the earliest of equals."""
    clear = stack.clear(dropped)
    place = np.argmin(np.where(clear, np.round(order, 6), np.inf), axis=0)[np.newaxis]
    nothing = ~clear.any(axis=0)
    arrays = {f"band{n}": band.data for n, band in enumerate(stack.bands.values())} | {
        "observations": None,
        "date": np.broadcast_to(stack.days[:, np.newaxis, np.newaxis], clear.shape),
        "class": stack.scl,
    }
    return {
        name: np.ma.masked_array(clear.sum(axis=0))
        if array is None
        else np.ma.masked_array(np.take_along_axis(array, place, axis=0)[0], nothing)
        for name, array in arrays.items()
    }


def assert_equal(made: dict[str, np.ma.MaskedArray], expected: dict[str, np.ma.MaskedArray]) -> None:
    assert len(made) == len(expected)
    for (name, got), wanted in zip(made.items(), expected.values(), strict=True):
        np.testing.assert_array_equal(np.ma.getmaskarray(got), np.ma.getmaskarray(wanted), name)
        np.testing.assert_allclose(got.compressed(), wanted.compressed(), rtol=1e-12, err_msg=name)


def sums_of_distances(stack: Stack) -> np.ndarray:
    """Of each observation to all clear ones, over all bands."""
    values, clear = stack.values(), stack.clear(DROPPED)
    total = np.zeros(clear.shape)
    for other, seen in zip(values, clear, strict=True):
        total += np.where(seen, np.sqrt(((values - other) ** 2).sum(axis=1)), 0)
    return total


def recency(stack: Stack) -> np.ndarray:
    return np.broadcast_to(-stack.times[:, np.newaxis, np.newaxis].astype(float), stack.scl.shape)


@pytest.mark.real
@pytest.mark.parametrize(("method", "reduce"), [("median", np.ma.median), ("mean", np.ma.mean)])
def test_median_and_mean_of_118_dates_equal_numpys(real: Stack, method: str, reduce: object) -> None:
    made = read(composite(gee_scl.collection(), method, bands=BANDS), real.window)
    hidden = ~real.clear(DROPPED)
    expected = {
        band: reduce(np.ma.masked_array(array.data.astype(float), hidden), axis=0)
        for band, array in zip(BANDS, real.bands.values(), strict=True)
    }
    assert_equal(made, expected | {"observations": np.ma.masked_array((~hidden).sum(axis=0))})
    assert list(made) == [*BANDS, "observations"]


@pytest.mark.real
def test_the_medoid_has_the_least_sum_of_distances(real: Stack) -> None:
    stack = real.between("2018-03-01", "2018-06-01")
    images = gee_scl.collection(start="2018-03-01", end="2018-06-01")
    made = read(composite(images, "medoid", bands=BANDS), stack.window)
    assert list(made) == [*BANDS, "observations", "date", "class"]
    assert_equal(made, chosen_of(stack, sums_of_distances(stack)))


@pytest.mark.real
def test_the_observation_nearest_to_the_median_is_chosen(real: Stack) -> None:
    stack = real.between("2018-01-01", "2018-07-01")
    images = gee_scl.collection(start="2018-01-01", end="2018-07-01")
    values = np.ma.masked_array(stack.values(), np.repeat(~stack.clear(DROPPED)[:, np.newaxis], 2, axis=1))
    distance = np.sqrt(((stack.values() - np.ma.median(values, axis=0).filled(0)) ** 2).sum(axis=1))
    assert_equal(read(composite(images, "near_median", bands=BANDS), stack.window), chosen_of(stack, distance))


@pytest.mark.real
def test_the_most_recent_observation_is_the_last_clear_one(real: Stack) -> None:
    made = read(composite(gee_scl.collection(), "most_recent", bands=BANDS), real.window)
    assert_equal(made, chosen_of(real, recency(real)))


@pytest.mark.real
def test_the_best_pixel_has_the_highest_score(real: Stack) -> None:
    stack = real.between("2018-04-01", "2018-09-01")
    images = gee_scl.collection(start="2018-04-01", end="2018-09-01")
    score = PixelScore(class_weight=2, distance_weight=0.5, day_weight=1, max_distance=100, target_day="2018-06-30")
    made = read(composite(images, "best_pixel", bands=BANDS, mask=[0, 1, 9], score=score), stack.window)
    scores = np.where(stack.clear((0, 1, 9)), score_of(stack, 2, 0.5, 1, 100, target=181), -np.inf)
    assert_best(made, stack, scores)


def assert_best(made: dict[str, np.ma.MaskedArray], stack: Stack, scores: np.ndarray) -> None:
    """The date chosen scores as high as any, and all bands are of that date."""
    np.testing.assert_array_equal(made["observations"], np.isfinite(scores).sum(axis=0))
    seen = np.isfinite(scores).any(axis=0)
    np.testing.assert_array_equal(np.ma.getmaskarray(made["date"]), ~seen)
    place = np.searchsorted(stack.days, made["date"].filled(stack.days[0]))[np.newaxis]
    reached = np.take_along_axis(scores, place, axis=0)[0]
    # Metres of the engine are true to a thousandth of the last digit compared here.
    assert (reached >= scores.max(axis=0) - 3e-6)[seen].all()
    arrays = [*(band.data for band in stack.bands.values()), stack.scl]
    names = [name for name in made if name not in ("observations", "date")]
    for name, array in zip(names, arrays, strict=True):
        expected = np.take_along_axis(array, place, axis=0)[0]
        np.testing.assert_array_equal(made[name].compressed(), expected[seen], name)


def score_of(
    stack: Stack, by_class: float, by_distance: float, by_day: float, reach: float, *, target: int
) -> np.ndarray:
    metres = side_of_a_pixel(stack.window)
    classes = np.vectorize(CLASS_SCORES.__getitem__)(stack.scl)
    clouds = np.isin(stack.scl, (3, 8, 9, 10))
    distance = np.stack(
        [ndimage.distance_transform_edt(~c) * metres if c.any() else np.full(c.shape, np.inf) for c in clouds]
    )
    days = [dt.datetime.fromtimestamp(t / 1000, dt.UTC).timetuple().tm_yday for t in stack.times]
    off = np.array([min(abs(day - target), abs(365 - abs(day - target))) for day in days])
    of_day = np.exp(-((off / 30) ** 2) / 2)[:, np.newaxis, np.newaxis]
    return by_class * classes + by_distance * np.minimum(distance, reach) / reach + by_day * of_day


def side_of_a_pixel(window: Window) -> float:
    """Metres on the ground, in the middle: UTM's scale is not 1."""
    x, y = window.transform @ (window.width / 2, window.height / 2)
    side = window.transform.a
    corners = [(x, y), (x + side, y), (x + side, y - side), (x, y - side)]
    to_degrees = pyproj.Transformer.from_crs(window.crs, "EPSG:4326", always_xy=True)
    longitudes, latitudes = zip(*(to_degrees.transform(*corner) for corner in corners), strict=True)
    area, _ = pyproj.Geod(ellps="WGS84").polygon_area_perimeter(longitudes, latitudes)
    return float(np.sqrt(abs(area)))


def test_composites_of_the_sample_equal_numpys(sample_session: str, sample: Path, synthetic: Stack) -> None:
    images = gee_scl.collection(tiles="32TPS")
    bands = ["B11", "B12"]
    assert_equal(
        read(composite(images, "medoid", bands=bands), synthetic.window),
        chosen_of(synthetic, sums_of_distances(synthetic)),
    )
    # Clouds outside the crop count as well.
    whole = score_of(read_stack(sample, "32TPS"), 1, 1, 0, 300, target=1)[:, 100:220, 60:200]
    made = read(composite(images, "best_pixel", bands=bands, score=PixelScore(max_distance=300)), synthetic.window)
    assert_best(made, synthetic, np.where(synthetic.clear(DROPPED), whole, -np.inf))


def test_months_have_the_composites_of_their_images(sample_session: str, synthetic: Stack) -> None:
    months = monthly_composites(gee_scl.collection(tiles="32TPS"), "median", bands="B11")
    found = months.aggregate_array("system:index").getInfo()
    dates = [dt.datetime.fromtimestamp(time / 1000, dt.UTC) for time in synthetic.times]
    assert found == sorted({f"{date:%Y-%m}" for date in dates})
    assert months.aggregate_array("gee_scl:images").getInfo() == [
        sum(f"{date:%Y-%m}" == month for date in dates) for month in found
    ]
    june = synthetic.between("2023-06-01", "2023-07-01")
    made = read(months.filter(ee.Filter.eq("system:index", "2023-06")).first(), synthetic.window)
    clear = june.clear(DROPPED)
    values = np.ma.masked_array(june.bands["swir16"].data.astype(float), ~clear)
    assert_equal(made, {"B11": np.ma.median(values, axis=0), "observations": np.ma.masked_array(clear.sum(axis=0))})
    ends = months.filter(ee.Filter.eq("system:index", "2023-12")).first().toDictionary(["system:time_end"]).getInfo()
    assert ends == {"system:time_end": round(dt.datetime(2024, 1, 1, tzinfo=dt.UTC).timestamp() * 1000)}


def test_a_composite_has_the_grid_of_its_first_band(sample_session: str) -> None:
    images = gee_scl.collection(tiles="32TPS")
    fine, coarse = composite(images, bands=["B4", "B11"]), composite(images, "most_recent", bands=[])
    assert fine.projection().getInfo()["transform"] == [10, 0, 695160, 0, -10, 5152020]
    assert coarse.projection().getInfo()["transform"] == [20, 0, 695160, 0, -20, 5152020]
    assert coarse.projection().getInfo()["crs"] == "EPSG:32632"
    assert composite(images).projection().nominalScale().getInfo() == 20


def test_class_statistics_take_the_class_band(sample_session: str) -> None:
    latest = composite(gee_scl.collection(tiles="32TPS"), "most_recent", bands=[])
    frame = gee_scl.class_statistics(latest, (11.55, 46.43, 11.6, 46.46), band="class")
    assert frame["pixels"].sum() > 10_000
    assert set(frame.loc[frame["pixels"] > 0, "class_value"]) <= {2, 4, 5, 6, 7, 11}


def test_properties_say_what_was_done(sample_session: str) -> None:
    images = gee_scl.collection(tiles="32TPS", start="2023-03-01", end="2023-06-01")
    properties = composite(images, "most_recent", bands=[]).toDictionary().getInfo()
    times = composite(images).toDictionary(["system:time_start", "system:time_end"]).getInfo()
    assert properties["gee_scl:composite"] == "most_recent"
    assert properties["gee_scl:dropped_classes"] == "0,1,3,8,9,10"
    assert properties["class_class_values"] == list(range(1, 12))
    assert [dt.datetime.fromtimestamp(t / 1000, dt.UTC).month for t in times.values()] in ([3, 5], [5, 3])


def test_graphs_of_a_year_stay_under_20_kilobytes(sample_session: str) -> None:
    images = gee_scl.collection((11.5, 46.4, 11.6, 46.5), "2023-01-01", "2024-01-01", max_cloud=80, tiles="32TPS")
    sizes = {method: added_bytes(composite(images, method), images) for method in Method}
    sizes["monthly"] = added_bytes(monthly_composites(images), images)
    assert max(sizes.values()) < 17_500, sizes


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(min_size=36, max_size=36), min_size=1, max_size=5))
def test_equals_go_to_the_earliest_and_counts_to_all(
    tmp_path_factory: pytest.TempPathFactory, raw: list[bytes]
) -> None:
    codes = [np.frombuffer(one, np.uint8).reshape(6, 6) % 12 for one in raw]
    same = np.full((6, 6), 1000, np.uint16)
    scenes = [
        Scene(scl, time=f"2023-05-{day:02}T10:00:00Z", bands={"swir16": same}) for day, scl in enumerate(codes, start=1)
    ]
    clear = np.stack([~np.isin(scl, DROPPED) for scl in codes])
    first = np.ma.masked_array(np.argmax(clear, axis=0), ~clear.any(axis=0))
    day = (dt.date(2023, 5, 1) - dt.date(1970, 1, 1)).days
    folder = make_catalogue(tmp_path_factory.mktemp("ties"), scenes)
    window = Window("EPSG:32632", GRID, 6, 6)
    with session_over(folder):
        for method in ("medoid", "near_median"):
            made = read(composite(gee_scl.collection(), method, bands="B11"), window)
            np.testing.assert_array_equal(made["observations"], clear.sum(axis=0))
            np.testing.assert_array_equal(made["date"].filled(-1), (first + day).filled(-1))
        level = PixelScore(distance_weight=0, class_scores=dict.fromkeys(range(12), 1))
        made = read(composite(gee_scl.collection(), "best_pixel", bands=[], score=level), window)
        np.testing.assert_array_equal(made["date"].filled(-1), (first + day).filled(-1))


def test_masked_images_need_no_mask(sample_session: str, synthetic: Stack) -> None:
    images = gee_scl.collection(tiles="32TPS")
    masked = images.map(lambda image: image.updateMask(image.select("SCL").eq(6)))
    water = read(composite(masked, "most_recent", bands=[], mask=None), synthetic.window)
    np.testing.assert_array_equal(water["observations"], (synthetic.scl == 6).sum(axis=0))
    kept = [code for code in range(12) if code != 6]
    same = read(composite(images, "most_recent", bands=[], mask=kept), synthetic.window)
    np.testing.assert_array_equal(same["date"].filled(0), water["date"].filled(0))


def test_a_preset_of_masks_can_be_named(sample_session: str) -> None:
    images = gee_scl.collection(tiles="32TPS")
    named = composite(images, "most_recent", bands=[], mask="cautious")
    assert named.get("gee_scl:dropped_classes").getInfo() == "0,1,2,3,7,8,9,10"


def test_classes_dropped_unless_told_otherwise_are_documented() -> None:
    assert NOT_CLEAR == DROPPED


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"method": "medain"}, "Did you mean 'median'"),
        ({"method": "median", "bands": []}, "at least one band"),
        ({"method": "median", "score": PixelScore()}, "Only 'best_pixel'"),
    ],
)
def test_arguments_that_cannot_be_are_refused(sample_session: str, arguments: dict, says: str) -> None:
    with pytest.raises(ArgumentError, match=says):
        composite(gee_scl.collection(), **arguments)
    with pytest.raises(ArgumentError, match=says):
        monthly_composites(gee_scl.collection(), **arguments)


def test_unknown_classes_are_refused(sample_session: str) -> None:
    with pytest.raises(ClassError, match="Did you mean 'cloud'"):
        composite(gee_scl.collection(), mask="clowd")
    with pytest.raises(ClassError, match="at least one"):
        composite(gee_scl.collection(), mask=[])


@pytest.mark.parametrize(
    "arguments",
    [
        {"class_weight": -1},
        {"class_weight": 0, "distance_weight": 0, "day_weight": 0},
        {"max_distance": 0},
        {"day_spread": float("nan")},
        {"target_day": 0},
        {"target_day": True},
        {"target_day": "midsummer"},
        {"class_scores": {4: 2}},
        {"class_scores": {44: 1}},
    ],
)
def test_scores_that_cannot_be_are_refused(arguments: dict) -> None:
    with pytest.raises(ArgumentError):
        PixelScore(**arguments)


def test_scores_of_one_type_pass_where_those_of_constants_that_differ_are_refused(
    sample_session: str, synthetic: Stack
) -> None:
    images = gee_scl.collection(tiles="32TPS", start="2023-05-01", end="2023-08-15")

    def old(image: ee.Image) -> ee.Image:
        day = ee.Date(image.get("system:time_start")).getRelative("day", "year").add(1)
        nearness = day.subtract(166).divide(20).pow(2).multiply(-0.5).exp()
        classes = list(CLASS_SCORES)
        score = image.select(["SCL"]).remap(classes, [CLASS_SCORES[code] for code in classes], 0).multiply(1.0)
        return score.add(nearness).rename(["score"])

    text = r"(?s)Expected a homogeneous image collection.*Mismatched type for band 'score':\s+Expected type: Double<"
    with pytest.raises(ee.EEException, match=text):
        read(images.map(old).max(), synthetic.window)
    score = gee_scl.PixelScore(target_day=166, day_spread=20, distance_weight=0)
    scores = images.map(lambda image: score.image(image)).max()
    highest = read(scores, synthetic.window)["score"]
    some = synthetic.between("2023-05-01", "2023-08-15")
    days = np.array([dt.datetime.fromtimestamp(time / 1000, dt.UTC).timetuple().tm_yday for time in some.times])
    by_class = np.vectorize(lambda code: CLASS_SCORES.get(code, 0.0))(some.scl)
    expected = np.round((by_class + np.exp(-0.5 * ((days - 166) / 20) ** 2)[:, None, None]) * 1e6)
    expected = np.ma.masked_array(expected, some.scl == 0).max(axis=0)
    np.testing.assert_array_equal(np.ma.getmaskarray(highest), np.ma.getmaskarray(expected))
    assert np.abs(highest - expected).max() <= 1


def test_several_bands_in_one_text_are_a_list(sample_session: str) -> None:
    with pytest.raises(gee_scl.ArgumentError, match=r"bands: got 'B4,B3'.*a list"):
        gee_scl.composite(gee_scl.collection(), bands="B4,B3")
