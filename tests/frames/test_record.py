"""The record of how a frame was made: through attrs, JSON and pandas and back."""

from __future__ import annotations

import json

import ee
import pandas as pd
import pytest

import gee_scl
from gee_scl.frames.record import PeriodRecord, Record, record_of

RECORD = Record(
    scheme="land",
    classes={1: "Vegetation", 3: "Water"},
    left_out=(0, 8, 9),
    band="SCL",
    weights="centre",
    crs=None,
    scale=20.0,
    own_grid=True,
    images=18,
    synthetic=True,
    regions=6,
    requests=3,
    by="date",
    day="solar",
    regions_without_image=("Lake", 7),
)

CHANGE = Record(
    scheme="land",
    classes={1: "Vegetation"},
    left_out=(),
    band="SCL",
    weights="fraction",
    crs="ESRI:54009",
    scale=100.0,
    own_grid=False,
    images=4,
    synthetic=False,
    regions=1,
    requests=5,
    pick="mode",
    before=PeriodRecord(2, "2023-04-01", "2023-04-11"),
    after=PeriodRecord(2),
    regions_not_seen_twice=(),
    more={"gee_scl:threshold": "0.6"},
)


@pytest.mark.parametrize("record", [RECORD, CHANGE], ids=["statistics", "change"])
def test_a_record_goes_through_attrs_and_json_and_back(record: Record) -> None:
    assert Record.from_attrs({"gee_scl": record.to_attrs()}) == record
    assert Record.from_json(record.to_json()) == record
    frame = pd.DataFrame({"a": [1]})
    record.put_on(frame)
    assert record_of(frame.copy()) == record


def test_attrs_are_plain_values_that_people_read() -> None:
    attrs = RECORD.to_attrs()
    assert (attrs["crs"], attrs["grid"], attrs["scale"]) == ("the band's own", "the band's own", 20.0)
    assert attrs["regions_without_image"] == ["Lake", 7]
    assert not {"pick", "before", "after", "own_grid", "more", "failures"} & set(attrs)
    assert json.loads(json.dumps(attrs))["scheme"] == "land"
    assert CHANGE.to_attrs()["before"] == {"images": 2, "first": "2023-04-01", "last": "2023-04-11"}
    assert CHANGE.to_attrs()["grid"] == "as given"


def test_a_frame_that_does_not_say_has_no_record() -> None:
    assert record_of(pd.DataFrame({"a": [1]})) is None
    other = pd.DataFrame({"a": [1]})
    other.attrs["gee_scl"] = {"sources": {}}  # as the class table has
    assert record_of(other) is None


def test_each_statistics_frame_has_one(sample_session: str) -> None:
    images = gee_scl.collection(start="2023-06-01", end="2023-07-01")
    region = (11.58, 46.42, 11.6, 46.44)
    record = record_of(gee_scl.class_statistics(images, region, by="date"))
    assert record is not None
    assert (record.by, record.day, record.images, record.own_grid, record.crs) == ("date", "utc", 4, True, None)
    gridded = record_of(gee_scl.class_statistics(images, region, crs="EPSG:3035", scale=100))
    assert gridded is not None
    assert (gridded.crs, gridded.scale, gridded.own_grid, gridded.day) == ("EPSG:3035", 100.0, False, None)
    changed = record_of(gee_scl.transitions(images.limit(2), ee.Image(images.first()), region))
    assert changed is not None
    assert (changed.pick, changed.images, changed.before) == ("mode", 3, PeriodRecord(2, "2023-06-02", "2023-06-02"))
