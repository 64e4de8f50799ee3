"""Images as they are listed: days by both clocks, names, and what is wrong with a list."""

from __future__ import annotations

import datetime as dt
import warnings
from pathlib import Path

import ee
import pytest

import gee_scl
from gee_scl.options.choices import Day
from gee_scl.requests.door import Door
from gee_scl.scenes.scene import Scene, by_day, list_scenes, require_times, warn_of_cut_passes, without_grid


def scene(time: str | None, tile: str | None = "32TPS", index: str = "a") -> Scene:
    moment = None if time is None else int(dt.datetime.fromisoformat(time).timestamp() * 1000)
    return Scene(index, moment, tile, "EPSG:32632", 20.0, day=None if time is None else time[:10])


def test_a_scene_is_called_by_day_and_tile_as_far_as_these_are_known() -> None:
    assert scene("2023-05-14T10:15:59+00:00").name == "2023-05-14 32TPS"
    assert scene("2023-05-14T10:15:59+00:00", None).name == "2023-05-14"
    assert scene(None, None, "20230514T101559_20230514T101601_T32TPS").name == "20230514T101559_20230514T101601_T32TPS"


def test_scenes_of_a_day_stand_together_in_the_order_of_time() -> None:
    scenes = [
        scene("2023-05-15T10:00:00+00:00", index="c"),
        scene("2023-05-14T10:00:20+00:00", index="b"),
        scene("2023-05-14T10:00:00+00:00", index="a"),
        scene(None),
    ]
    days = {day: [member.index for member in members] for day, members in by_day(scenes).items()}
    assert days == {"2023-05-14": ["a", "b"], "2023-05-15": ["c"]}


def test_images_are_listed_by_one_request(sample_session: str) -> None:
    door = Door()
    scenes = list_scenes(gee_scl.collection(start="2023-06-01", end="2023-06-10").select(["SCL"]), "SCL", door)
    assert door.requests == 1
    assert [(one.tile, one.day, one.crs, one.scale, one.synthetic) for one in scenes] == [
        ("32TPS", "2023-06-02", "EPSG:32632", 20.0, True),
        ("32TQS", "2023-06-02", "EPSG:32632", 20.0, True),
    ]


def at(longitude: float, time: str) -> ee.Image:
    """An image of a place and moment."""
    footprint = ee.Geometry.Rectangle([longitude - 0.1, -0.1, longitude + 0.1, 0.1], None, False)
    made = ee.Image(4).toByte().rename(["SCL"]).reproject("EPSG:4326", None, 200).clip(footprint)
    return made.set({"system:time_start": ee.Date(time).millis(), "system:index": time})


# A pass at half past ten by the sun of 157.5 degrees east is at midnight UTC.
PASS = ("2023-05-14T23:59:50", "2023-05-15T00:00:10")


def test_a_pass_that_midnight_utc_cuts_is_one_solar_day(sample_session: str) -> None:
    images = ee.ImageCollection([at(157.5, moment) for moment in PASS])
    utc = list_scenes(images, "SCL", Door())
    solar = list_scenes(images, "SCL", Door(), day=Day.SOLAR)
    assert [one.day for one in utc] == ["2023-05-14", "2023-05-15"]
    assert [one.day for one in solar] == ["2023-05-15", "2023-05-15"]
    with pytest.warns(gee_scl.DayWarning, match="of 2023-05-14 and of 2023-05-15.*day='solar'"):
        warn_of_cut_passes(utc)


@pytest.mark.parametrize(
    "times",
    [
        ("2023-05-14T10:00:00+00:00", "2023-05-14T10:00:20+00:00"),
        # Two satellites, fifty minutes apart; and two days.
        ("2023-05-14T23:30:00+00:00", "2023-05-15T00:20:00+00:00"),
        ("2023-05-14T23:59:50+00:00", "2023-05-19T23:59:50+00:00"),
    ],
)
def test_passes_that_are_whole_are_no_warning(times: tuple[str, str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_cut_passes([scene(time) for time in times])


def test_statistics_by_date_keep_a_solar_day_whole_and_warn_of_utc(sample_session: str) -> None:
    images = ee.ImageCollection([at(157.5 + 0.05 * n, moment) for n, moment in enumerate(PASS)])
    region = (157.42, -0.05, 157.64, 0.05)
    with pytest.warns(gee_scl.DayWarning) as caught:
        utc = gee_scl.class_statistics(images, region, by="date")
    assert Path(next(w for w in caught if w.category is gee_scl.DayWarning).filename) == Path(__file__)
    with warnings.catch_warnings():
        warnings.simplefilter("error", gee_scl.DayWarning)
        solar = gee_scl.class_statistics(images, region, by="date", day="solar")
    assert sorted(set(utc["date"].dt.strftime("%Y-%m-%d"))) == ["2023-05-14", "2023-05-15"]
    assert sorted(set(solar["date"].dt.strftime("%Y-%m-%d"))) == ["2023-05-15"]
    # One mosaic: the region's part that both images show counts once.
    assert solar["pixels"].sum() < utc["pixels"].sum()
    assert solar["percent_of_region"].sum() == pytest.approx(100)


def test_images_without_a_time_or_a_grid_are_refused_by_index() -> None:
    with pytest.raises(gee_scl.CollectionError, match=r"images: got .*system:time_start \('a'\).*or by='image'"):
        require_times([scene(None)], instead="by='image'")
    require_times([scene("2023-05-14T10:00:00+00:00")])
    assert "('a': EPSG:4326, one degree)" in str(without_grid("images", "a"))
    assert not Scene("a", None, None, "EPSG:4326", 111_319.5).has_grid
    assert Scene("a", None, None, "EPSG:4326", 200.0).has_grid
