"""The door over HTTP: what is asked, counted, cut in two and told, with an engine that fails on demand."""

from __future__ import annotations

from pathlib import Path

import ee
import pandas as pd
import pytest

import gee_scl
from gee_scl.local.server import LocalServer
from gee_scl.requests.connection import previous_connection_restored
from gee_scl.requests.door import Door

ONCE = gee_scl.Run(limits=gee_scl.Limits(attempts=1))
"""Waits for nothing."""


def table(rows: int = 3) -> ee.FeatureCollection:
    return ee.FeatureCollection([ee.Feature(None, {"n": n}) for n in range(rows)])


def test_every_request_is_counted(server: LocalServer) -> None:
    door = Door(gee_scl.Run(limits=gee_scl.Limits(page=2)))
    before = dict(server.counters.requests)
    assert door.value("A number", ee.Number(1).add(1)) == 2
    assert [row["n"] for row in door.rows("A table", table(5))] == list(range(5))
    after = server.counters.requests
    assert after["value.compute"] - before.get("value.compute", 0) == 1
    assert after["table.computeFeatures"] - before.get("table.computeFeatures", 0) == 3  # pages of two
    assert door.requests == 4


KINDS = {
    "error=memory": "too large",
    "error=timeout": "too large",
    "error=too-large": "too large",
    "error=too-many-elements": "too large",
    "error=payload": "too large",
    "error=too-many-aggregations": "too large",  # with no other under way
    "error=quota": "passing",
    "error=internal": "passing",
    "error=unavailable": "passing",
    "error=daily-quota": "final",
    "error=no-band": "final",
    "error=no-image": "not found",
    "status=503 body=html": "passing",
    "status=502 body=html": "passing",
    "status=429": "passing",
    "status=400": "final",
    "status=403": "final",
    "dropped": "passing",
    "cut=0.5": "passing",
    "status=408": "passing",
    'status=413 message="Request Entity Too Large"': "too large",
    "status=401": "final",
    "status=501": "final",
    "body={}": "passing",
    "body=[]": "passing",
    "body=null": "passing",
    "body=html": "passing",
    "body=nothing": "passing",
}
"""What the engine is told to do, and what can be done about it (EARTH_ENGINE.md, "Refusals and quota")."""


@pytest.mark.parametrize("words", KINDS)
@pytest.mark.some(8)
def test_a_failure_has_its_kind_its_text_and_the_name_of_the_work(server: LocalServer, words: str) -> None:
    with server.fail(f"table.computeFeatures {words}"), pytest.raises(gee_scl.RequestError) as caught:
        Door(ONCE).rows("The table of three", table())
    assert caught.value.kind == KINDS[words]
    assert caught.value.what == "The table of three"
    assert caught.value.message
    assert str(caught.value).startswith("The table of three failed")


@pytest.mark.parametrize("body", ["{}", "[]", "null"])
def test_an_answer_of_another_shape_is_an_error_of_ours_wherever_it_comes(server: LocalServer, body: str) -> None:
    image = gee_scl.visualize(ee.Image(gee_scl.collection().first()))
    asked = {
        "value.compute": lambda: Door(ONCE).value("It", ee.Number(1)),
        "table.computeFeatures": lambda: Door(ONCE).rows("It", table()),
        "maps.create": lambda: Door(ONCE).tile_address("It", image),
        "thumbnails.create": lambda: Door(ONCE).picture("It", image, {"dimensions": [8, 8], "format": "png"}),
    }
    for route, ask in asked.items():
        with server.fail(f"{route} body={body}"), pytest.raises(gee_scl.RequestError) as caught:
            ask()
        assert (caught.value.what, caught.value.kind) == ("It", "passing"), route


def test_the_status_is_kept(server: LocalServer) -> None:
    with server.fail("value.compute", status=503, body="html"), pytest.raises(gee_scl.RequestError) as caught:
        Door(ONCE).value("A number", ee.Number(1))
    assert caught.value.status == 503


def test_what_is_too_much_is_asked_for_in_halves_and_the_frame_is_the_same(server: LocalServer, sample: Path) -> None:
    images = gee_scl.collection(start="2023-06-01", end="2023-07-01", tiles="32TPS")
    regions = sample / "regions.geojson"
    whole = gee_scl.class_statistics(images, regions, id="name")
    # Two images and six regions, one of which no image of the tile meets: one request has ten pairs.
    with server.fail("table.computeFeatures", error="memory", pairs=3) as fault:
        halved = gee_scl.class_statistics(images, regions, id="name")
    pd.testing.assert_frame_equal(halved, whole)
    assert fault.struck > 0
    assert halved.attrs["gee_scl"]["requests"] > whole.attrs["gee_scl"]["requests"]


def test_by_date_and_for_a_change_halves_give_the_same_frame_too(server: LocalServer, sample: Path) -> None:
    images = gee_scl.collection(start="2023-06-01", end="2023-08-01")
    regions = sample / "regions.geojson"
    spring, summer = images.filterDate("2023-06-01", "2023-06-10"), images.filterDate("2023-07-01", "2023-07-10")
    asked = {
        "by date": lambda: gee_scl.class_statistics(images, regions, id="name", by="date"),
        "change": lambda: gee_scl.transitions(spring, summer, regions, id="name"),
    }
    for name, ask in asked.items():
        whole = ask()
        with server.fail("table.computeFeatures", error="timeout", pairs=4) as fault:
            pd.testing.assert_frame_equal(ask(), whole)
        assert fault.struck > 0, name


def test_one_region_on_one_image_that_is_too_much_is_named(server: LocalServer, sample: Path) -> None:
    images = gee_scl.collection(start="2023-06-01", end="2023-06-10", tiles="32TPS")
    with (
        server.fail("table.computeFeatures", error="memory", pairs=0),
        pytest.raises(gee_scl.RequestError, match=r"region '\w+' on image 20230602") as caught,
    ):
        gee_scl.class_statistics(images, sample / "regions.geojson", id="name")
    assert "tile_scale=4" in str(caught.value)


def test_what_no_smaller_request_mends_is_asked_once(server: LocalServer, sample: Path) -> None:
    images = gee_scl.collection(start="2023-06-01", end="2023-07-01")
    with (
        server.fail("table.computeFeatures", error="no-band", pairs=0) as fault,
        pytest.raises(gee_scl.RequestError, match="did not match any bands"),
    ):
        gee_scl.class_statistics(images, sample / "regions.geojson", run=gee_scl.Run(gee_scl.Limits(parallel=1)))
    assert fault.struck == 1


def test_a_picture_is_fetched_again_where_a_proxy_was_in_the_way(server: LocalServer) -> None:
    image = ee.Image(gee_scl.collection().first())
    parameters = {"dimensions": [8, 8], "format": "png"}
    with server.fail("thumbnails.getPixels", status=503, body="html", times=2) as fault:
        png = Door().picture("A picture", gee_scl.visualize(image), parameters)
    assert fault.struck == 2
    assert png.startswith(b"\x89PNG")


def test_a_picture_that_is_refused_says_the_servers_text(server: LocalServer) -> None:
    image = gee_scl.visualize(ee.Image(gee_scl.collection().first()))
    with (
        server.fail("thumbnails.getPixels", error="memory"),
        pytest.raises(gee_scl.RequestError, match=r"A picture failed \(HTTP 400\): User memory limit") as caught,
    ):
        Door().picture("A picture", image, {"dimensions": [8, 8], "format": "png"})
    assert caught.value.kind == "too large"


def test_an_asset_that_is_not_there_is_no_error_and_any_other_refusal_is(server: LocalServer) -> None:
    assert Door().has_asset("projects/gee-scl-local/assets/none") is False
    with server.fail("assets.get", status=403), pytest.raises(gee_scl.RequestError, match="Looking for asset 'x'"):
        Door().has_asset("x")


def test_without_a_session_there_is_no_door() -> None:
    with previous_connection_restored():
        ee.Reset()
        with pytest.raises(gee_scl.NotInitializedError):
            Door()


def test_how_a_job_runs_is_a_run() -> None:
    with pytest.raises(gee_scl.ArgumentError, match=r"run: got 4; allowed: a gee_scl\.Run"):
        Door(4)  # type: ignore[arg-type]
    with pytest.raises(gee_scl.ArgumentError, match="parallel: got 0; allowed: a whole number of at least 1"):
        gee_scl.Limits(parallel=0)
    with pytest.raises(gee_scl.ArgumentError, match=r"limits: got 3; allowed: gee_scl\.Limits"):
        gee_scl.Run(limits=3)  # type: ignore[arg-type]
