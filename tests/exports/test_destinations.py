"""Where exports go: values that are checked where they are made."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gee_scl.errors import ArgumentError
from gee_scl.exports import Asset, CloudStorage, Drive
from gee_scl.exports.destinations import raster_destination, table_destination
from tests.support.exported import Bench


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda: CloudStorage(None), "bucket"),  # type: ignore[arg-type]
        (lambda: CloudStorage(""), "bucket"),
        (lambda: CloudStorage("bucket", "/"), "prefix"),
        (lambda: Drive(" "), "folder"),
        (lambda: Drive(7), "folder"),  # type: ignore[arg-type]
        (lambda: Asset("somewhere/else"), "folder"),
        (lambda: Asset("projects/p/assets/é"), "folder"),
        (lambda: Drive(file_dimensions=300), "file_dimensions"),
        (lambda: Drive(file_dimensions=(256, 0)), "file_dimensions"),
        (lambda: Drive(file_dimensions=(256, 256, 256)), "file_dimensions"),
        (lambda: Drive(file_dimensions=True), "file_dimensions"),
        (lambda: Drive(file_dimensions="256"), "file_dimensions"),  # type: ignore[arg-type]
        (lambda: Drive(nodata="0"), "nodata"),  # type: ignore[arg-type]
        (lambda: Drive(nodata=float("nan")), "nodata"),
        (lambda: CloudStorage("bucket", table_format="Parquet"), "table_format"),
    ],
)
def test_a_destination_that_cannot_be_is_refused(make: Callable[[], object], argument: str) -> None:
    with pytest.raises(ArgumentError, match=f"^{argument}:"):
        make()


def test_what_may_come_instead_is_said() -> None:
    with pytest.raises(ArgumentError, match="positive multiples of 256, or None"):
        Drive(file_dimensions=300)
    with pytest.raises(ArgumentError, match=r"'CSV'.*Did you mean 'GeoJSON'"):
        Drive(table_format="geojson")


def test_destinations_have_addresses(session: Bench) -> None:
    assert Drive("scl").address("a") == "drive://scl/a"
    assert Drive().address("a") == "drive://a"
    assert CloudStorage("bucket", "x/y/").address("a") == "gs://bucket/x/y/a"
    assert Asset("projects/p/assets/scl").address("a") == "projects/p/assets/scl/a"
    assert Asset("users/me").address("a") == "users/me/a"
    assert Asset().address("a") == "projects/gee-scl-local/assets/a"


def test_destinations_are_equal_by_what_they_say_and_cannot_change() -> None:
    one_side, both = Drive("scl", file_dimensions=np.int64(512)), Drive("scl", file_dimensions=[512, 512])  # type: ignore[arg-type]
    assert one_side == both
    assert len({one_side, both}) == 1
    assert Drive("scl") != Drive("other")
    with pytest.raises(AttributeError):
        Drive().folder = "other"  # type: ignore[misc]


@pytest.mark.parametrize("check", [raster_destination, table_destination])
@pytest.mark.parametrize("to", ["drive", "cloud", "asset", "disk", None, Drive])
def test_nothing_else_is_a_destination(check: Callable[[object], object], to: object) -> None:
    with pytest.raises(ArgumentError, match=r"^to: .*Drive\(\.\.\.\), CloudStorage\(\.\.\.\) or Asset\(\.\.\.\)"):
        check(to)


@pytest.mark.parametrize(
    ("name", "value"), [("nodata", 0), ("cloud_optimized", False), ("file_dimensions", 256), ("skip_empty", True)]
)
def test_what_is_said_of_rasters_is_refused_for_tables_and_the_other_way_round(name: str, value: object) -> None:
    of_rasters, of_tables = Drive(**{name: value}), Drive(table_format="KML")  # type: ignore[arg-type]
    assert raster_destination(of_rasters) is of_rasters
    assert table_destination(of_tables) is of_tables
    with pytest.raises(ArgumentError, match=name):
        table_destination(of_rasters)
    with pytest.raises(ArgumentError, match="table_format"):
        raster_destination(of_tables)
