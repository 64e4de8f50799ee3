"""Daily mosaics: each place of a day once."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import ee
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import gee_scl
from gee_scl.requests.door import Door
from gee_scl.scenes.mosaics import daily_mosaics
from gee_scl.scenes.scene import list_scenes
from gee_scl.statistics.parts import scene_digest
from tests.support.engines import session_on, session_over
from tests.support.graphs import added_bytes
from tests.support.local.catalogues import GRID, Scene, make_catalogue
from tests.support.pixels import Window, read

SCL = np.uint8


@pytest.fixture(scope="module", autouse=True)
def session(sample_engine: str) -> Iterator[None]:
    with session_on(sample_engine):
        yield


@pytest.fixture(scope="module")
def rasters(sample: Path) -> dict[tuple[str, str], Path]:
    """The class rasters of the sample by day and tile, without the older version of what was reprocessed."""
    found: dict[tuple[str, str], tuple[str, Path]] = {}
    for path in (sample / "sentinel-2-l2a").rglob("*.json"):
        item = json.loads(path.read_text("utf-8"))
        if item["type"] != "Feature":
            continue
        facts = item["properties"]
        key = facts["datetime"][:10], facts["grid:code"].removeprefix("MGRS-")
        version = facts["s2:processing_baseline"], path.parent / item["assets"]["scl"]["href"]
        found[key] = max(found.get(key, version), version)
    return {key: path for key, (_, path) in found.items()}


def put_together(paths: list[Path]) -> tuple[np.ndarray, Affine]:
    """Rasters on one grid, the last uppermost; 0 is nothing."""
    sources = []
    for path in paths:
        with rasterio.open(path) as file:
            sources.append((file.read(1), file.transform))
    west, north = min(t.c for _, t in sources), max(t.f for _, t in sources)
    east = max(t.c + 20 * a.shape[1] for a, t in sources)
    south = min(t.f - 20 * a.shape[0] for a, t in sources)
    whole = np.zeros((round((north - south) / 20), round((east - west) / 20)), np.uint8)
    for array, transform in sources:
        row, column = round((north - transform.f) / 20), round((transform.c - west) / 20)
        part = whole[row : row + array.shape[0], column : column + array.shape[1]]
        part[array > 0] = array[array > 0]
    return whole, Affine(20, 0, west, 0, -20, north)


def test_the_sample_has_one_mosaic_for_each_of_its_24_days() -> None:
    days = daily_mosaics(gee_scl.collection())
    dates = days.aggregate_array("gee_scl:date").getInfo()
    assert len(dates) == len(set(dates)) == 24
    assert dates == sorted(dates)
    indices = days.aggregate_array("system:index").getInfo()
    assert [f"{index[:4]}-{index[4:6]}-{index[6:8]}" for index in indices] == dates, "each is that of one of its images"
    assert days.aggregate_array("gee_scl:images").getInfo() == [2] * 24, "the reprocessed duplicate is gone"


def test_a_mosaic_says_what_it_is() -> None:
    first = daily_mosaics(gee_scl.collection()).first().getInfo()
    facts = first["properties"]
    assert facts.pop("system:index") in gee_scl.collection().limit(2).aggregate_array("system:index").getInfo()
    assert facts.pop("system:footprint")["type"] == "Polygon"
    versions = gee_scl.collection().limit(2).aggregate_array("system:version").getInfo()
    assert {name: value for name, value in facts.items() if value is not None} == {
        "system:time_start": dt.datetime(2023, 1, 3, 10, 7, 31, tzinfo=dt.UTC).timestamp() * 1000,
        "gee_scl:date": "2023-01-03",
        "gee_scl:images": 2,
        "gee_scl:tiles": "32TPS,32TQS",
        "PROCESSING_BASELINE": "05.09",
        "gee_scl:versions": ",".join(map(str, versions)),
        "gee_scl:day": "utc",
        "GEE_SCL_SYNTHETIC": "true",
    }
    solar = daily_mosaics(gee_scl.collection(), day="solar").first()
    assert solar.get("gee_scl:day").getInfo() == "solar"
    alone = daily_mosaics(gee_scl.collection(tiles="32TQS")).first()
    assert alone.get("MGRS_TILE").getInfo() == alone.get("gee_scl:tiles").getInfo() == "32TQS"


def test_a_mosaic_has_the_grid_of_its_first_image_in_metres() -> None:
    image = gee_scl.collection().first()
    days = daily_mosaics(gee_scl.collection())
    assert days.first().select("SCL").projection().getInfo() == image.select("SCL").projection().getInfo()
    fine = daily_mosaics(gee_scl.collection(), band="B4").first().select("B4").projection()
    assert fine.getInfo() == image.select("B4").projection().getInfo()
    assert fine.nominalScale().getInfo() == 10


def test_every_pixel_of_two_overlapping_tiles_is_that_of_the_files(rasters: dict[tuple[str, str], Path]) -> None:
    day = "2023-07-02"
    expected, transform = put_together([rasters[day, "32TPS"], rasters[day, "32TQS"]])
    mosaic = daily_mosaics(gee_scl.collection(start=day, end="2023-07-03")).first().select("SCL")
    window = Window("EPSG:32632", transform, expected.shape[1], expected.shape[0])
    pixels = read(mosaic, window)["SCL"]
    assert np.array_equal(pixels.filled(0), expected)


def test_a_ten_metre_band_keeps_its_pixels_in_a_mosaic_of_twenty_metres() -> None:
    image = gee_scl.collection(tiles="32TPS").first().select("B4")
    mosaic = daily_mosaics(gee_scl.collection(tiles="32TPS")).first().select("B4")
    a, b, c, d, e, f = image.projection().getInfo()["transform"]
    window = Window("EPSG:32632", Affine(a, b, c, d, e, f), 200, 200)
    assert np.ma.allequal(read(mosaic, window)["B4"], read(image, window)["B4"])
    assert np.array_equal(read(mosaic, window)["B4"].mask, read(image, window)["B4"].mask)


def test_the_overlap_counts_once_in_class_statistics(rasters: dict[tuple[str, str], Path]) -> None:
    everything = shapely.box(11.53, 46.41, 11.72, 46.5)
    images = gee_scl.collection(start="2023-06-01", end="2023-08-01")
    frame = gee_scl.class_statistics(daily_mosaics(images), everything)
    days = sorted(day for day, tile in rasters if "2023-06-01" <= day < "2023-08-01" and tile == "32TPS")
    frame["day"] = frame["date"].dt.strftime("%Y-%m-%d")
    assert sorted(set(frame["day"])) == days
    assert frame["image"].nunique() == len(days)
    for day, rows in frame.groupby("day"):
        whole, _ = put_together([rasters[day, "32TPS"], rasters[day, "32TQS"]])
        counts = np.bincount(whole.ravel(), minlength=12)
        assert rows["pixels"].tolist() == counts[1:].tolist()
    twice = gee_scl.class_statistics(images, everything)
    assert twice["pixels"].sum() > frame["pixels"].sum()


def test_by_date_gives_the_same_statistics_with_and_without_mosaics() -> None:
    images = gee_scl.collection(start="2023-06-01", end="2023-08-01")
    here = (11.6, 46.43, 11.65, 46.46)
    mosaics = gee_scl.class_statistics(daily_mosaics(images), here, by="date")
    direct = gee_scl.class_statistics(images, here, by="date")
    assert mosaics["pixels"].tolist() == direct["pixels"].tolist()
    assert np.allclose(mosaics["area_m2"], direct["area_m2"])


def test_a_mosaic_lies_where_its_images_lie() -> None:
    days = daily_mosaics(gee_scl.collection(start="2023-06-01", end="2023-07-01"))
    assert days.filterBounds(ee.Geometry.Point([11.63, 46.45])).size().getInfo() == days.size().getInfo() > 0
    assert days.filterBounds(ee.Geometry.Point([12.7, 46.47])).size().getInfo() == 0
    with pytest.warns(gee_scl.RegionWarning):
        gee_scl.class_statistics(days, [(11.6, 46.43, 11.61, 46.44), (12.6, 46.43, 12.61, 46.44)])


@pytest.mark.real
def test_the_three_days_of_real_pixels_with_two_images_count_once(shared: Path) -> None:
    moments = []
    for path in (shared / "data" / "31UES" / "items").rglob("*.json"):
        facts = json.loads(path.read_text("utf-8"))["properties"]
        moments.append(dt.datetime.fromisoformat(facts["datetime"].replace("Z", "+00:00")))
    solar = {(moment + dt.timedelta(hours=3.37 / 15)).date().isoformat() for moment in moments}
    assert (len(moments), len(solar)) == (146, 143)
    with session_over(shared / "data" / "31UES"):
        days = daily_mosaics(gee_scl.collection(), day="solar")
        assert days.aggregate_array("gee_scl:date").getInfo() == sorted(solar)
        twice = days.filter(ee.Filter.gt("gee_scl:images", 1))
        assert twice.aggregate_array("gee_scl:date").getInfo() == ["2018-11-22", "2019-01-01", "2019-01-14"]
        frame = gee_scl.class_statistics(twice, (3.37, 51.17, 3.39, 51.19))
        assert frame.groupby("image")["pixels"].sum().tolist() == [1024] * 3, "32 x 32 pixels, each once"


def test_one_pass_over_midnight_utc_is_one_solar_day_and_two_of_utc(tmp_path: Path) -> None:
    # 159 E, where it is half past ten in the morning at midnight UTC.
    times = ("2023-05-01T23:59:50Z", "2023-05-02T00:00:10Z")
    grids = (GRID, GRID @ Affine.translation(0, 4))
    scenes = [
        Scene(np.full((4, 4), 4 + n, SCL), time=time, crs="EPSG:32657", tile=f"57TP{'ST'[n]}", transform=grids[n])
        for n, time in enumerate(times)
    ]
    make_catalogue(tmp_path, scenes)
    with session_over(tmp_path):
        images = gee_scl.collection()
        solar = daily_mosaics(images, day="solar")
        assert solar.aggregate_array("gee_scl:date").getInfo() == ["2023-05-02"]
        assert solar.aggregate_array("gee_scl:tiles").getInfo() == ["57TPS,57TPT"]
        assert (
            solar.aggregate_array("system:time_start").getInfo()
            == images.aggregate_array("system:time_start").slice(0, 1).getInfo()
        )
        utc = daily_mosaics(images)
        assert utc.aggregate_array("gee_scl:date").getInfo() == ["2023-05-01", "2023-05-02"]
        pixels = read(solar.first(), Window("EPSG:32657", GRID, 4, 8))["SCL"]
        assert np.array_equal(pixels.filled(0), np.repeat([[4], [5]], 4, axis=0).repeat(4, axis=1))


@settings(max_examples=8, deadline=None)
@given(
    classes=arrays.arrays(SCL, st.tuples(st.integers(1, 4), st.just(5), st.just(6)), elements=st.integers(0, 11)),
    shifts=st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=4, max_size=4),
)
def test_the_last_image_with_a_class_decides(classes: np.ndarray, shifts: list[tuple[int, int]]) -> None:
    expected = np.zeros((12, 12), SCL)
    scenes = []
    for n, array in enumerate(classes):
        column, row = (3 + shift for shift in shifts[n])
        transform = GRID @ Affine.translation(column, row)
        time = f"2023-05-01T10:00:{n:02}Z"
        scenes.append(Scene(array, time=time, transform=transform, tile=f"32TP{'STUV'[n]}"))
        part = expected[row : row + 5, column : column + 6]
        part[array > 0] = array[array > 0]
    with TemporaryDirectory() as folder:
        make_catalogue(Path(folder), scenes)
        with session_over(folder):
            mosaic = daily_mosaics(gee_scl.collection()).first()
            pixels = read(mosaic, Window("EPSG:32632", GRID, 12, 12))["SCL"]
    assert np.array_equal(pixels.filled(0), expected)


def test_what_is_masked_in_the_upper_image_is_filled_from_the_lower(tmp_path: Path) -> None:
    upper = np.array([[9, 4], [9, 9]], SCL)
    lower = np.array([[5, 5], [9, 6]], SCL)
    times = ("2023-05-01T10:00:00Z", "2023-05-01T10:00:20Z")
    make_catalogue(tmp_path, [Scene(lower, time=times[0], tile="32TPS"), Scene(upper, time=times[1], tile="32TPT")])

    def mask(image: ee.Image) -> ee.Image:
        return image.updateMask(image.select("SCL").neq(9)).set("gee_scl:mask", "cloud")

    with session_over(tmp_path):
        mosaic = daily_mosaics(gee_scl.collection().map(mask)).first()
        pixels = read(mosaic, Window("EPSG:32632", GRID, 2, 2))["SCL"]
        assert mosaic.get("gee_scl:mask").getInfo() == "cloud"
    assert pixels.filled(0).tolist() == [[5, 4], [0, 6]]


def test_the_graph_is_of_one_size_whatever_the_number_of_images() -> None:
    few = daily_mosaics(gee_scl.collection(start="2023-07-01", end="2023-07-03"))
    year = gee_scl.collection(start="2023-01-01", end="2024-01-01")
    many = daily_mosaics(year)
    assert abs(len(few.serialize()) - len(many.serialize())) < 10, "only the dates' digits differ"
    assert added_bytes(many, year) < 8_400


def test_nothing_is_asked_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    monkeypatch.setattr(ee.data, "computeValue", lambda *a: calls.append(a))
    daily_mosaics(gee_scl.collection())
    assert calls == []


def test_mosaics_of_nothing_are_nothing() -> None:
    days = daily_mosaics(gee_scl.collection(start="1999-01-01", end="2000-01-01"))
    assert days.size().getInfo() == 0
    with pytest.raises(gee_scl.CollectionError, match="a collection of nothing"):
        gee_scl.class_statistics(days, (11.6, 46.43, 11.61, 46.44))


def test_a_band_that_the_images_lack_is_named() -> None:
    days = daily_mosaics(gee_scl.collection().select("B4"))
    with pytest.raises(ee.EEException, match="'SCL' did not match any bands"):
        days.first().projection().getInfo()


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(gee_scl.ArgumentError, match="day: got 'local'; allowed: 'utc' or 'solar'"):
        daily_mosaics(gee_scl.collection(), day="local")
    with pytest.raises(gee_scl.ArgumentError, match="images: got 'Image'"):
        daily_mosaics(gee_scl.collection().first())


def test_a_checkpoint_tells_a_day_from_the_same_day_with_one_more_tile() -> None:
    """Index and time are those of the first image, which stays where another tile of its day comes later."""
    day = gee_scl.collection(start="2023-05-08", end="2023-05-09")
    (one,), (both,) = (
        list_scenes(daily_mosaics(images), "SCL", Door())
        for images in (day.filter(ee.Filter.eq("MGRS_TILE", "32TPS")), day)
    )
    assert (one.index, one.time) == (both.index, both.time)
    assert scene_digest(one) != scene_digest(both)
    versions = [scene.version for scene in list_scenes(day, "SCL", Door())]
    assert both.version == f"2 of {','.join(map(str, versions))}"
