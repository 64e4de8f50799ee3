"""Tables that are too large for one task: cut by tile and year, started, waited for, and read as one frame."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely
from pyproj import Transformer

import gee_scl
from gee_scl.errors import ArgumentError, RequestError
from gee_scl.exports import Asset, Drive, TableExport, export_table, plan_table, read_exported
from gee_scl.exports.journal import recall
from tests.support.exported import Bench, bench, may
from tests.support.made_catalogue import MadeTile, make_many

FILES = Drive("parts")

TILES, IMAGES_OF_A_TILE, FIELDS_OF_A_TILE = 3, 10, 15

SMALL = gee_scl.Run(limits=gee_scl.Limits(request_bytes=110_000), tag="parts")
"""More than the table of one tile's fields needs, and less than that of two."""


def fields_of(tile: MadeTile) -> Iterator[dict[str, Any]]:
    """Squares of some pixels, in a row."""
    to_degrees = Transformer.from_crs(tile.crs, "EPSG:4326", always_xy=True).transform
    for n in range(FIELDS_OF_A_TILE):
        x, y = 10 + 5 * n, 20
        corners = [(x, y), (x, y + 4), (x + 4, y + 4), (x + 4, y), (x, y)]
        # Of many vertices, so that outlines are most of a request, and a few fields fill one.
        vertices = shapely.get_coordinates(shapely.segmentize(shapely.LineString(corners), 1 / 6)).tolist()
        ring = [to_degrees(*(tile.transform @ vertex)) for vertex in vertices]
        geometry = {"type": "Polygon", "coordinates": [ring]}
        yield {"type": "Feature", "properties": {"name": f"{tile.name}-{n}"}, "geometry": geometry}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A catalogue of five years of three tiles, and fields in each."""
    folder = tmp_path_factory.mktemp("catalogue")
    tiles = make_many(folder, TILES * IMAGES_OF_A_TILE, TILES)
    features = [feature for tile in tiles for feature in fields_of(tile)]
    return folder, {"type": "FeatureCollection", "features": features}


@pytest.fixture
def session(made: tuple[Path, dict[str, Any]], tmp_path: Path, cache: Path) -> Iterator[Bench]:
    with bench(made[0], tmp_path / "exports") as opened:
        yield opened


@pytest.fixture
def fields(made: tuple[Path, dict[str, Any]]) -> dict[str, Any]:
    return made[1]


def exported(fields: dict[str, Any], **options: Any) -> TableExport:
    return export_table(gee_scl.collection(), fields, "all", **{"id": "name", "to": FILES, "run": SMALL, **options})


def direct(fields: dict[str, Any], by: str = "image") -> pd.DataFrame:
    return gee_scl.class_statistics(gee_scl.collection(), fields, id="name", by=by)


def same_but_for_requests(read: pd.DataFrame, wished: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(read, wished)
    there, here = wished.attrs["gee_scl"], read.attrs["gee_scl"]
    assert {**here, "requests": None} == {**there, "requests": None}


def sizes(export: TableExport) -> list[int]:
    """Bytes of the requests that were sent, as they are kept on this machine."""
    requests = [recall(task.operation) for task in export]
    return [request.size for request in requests if request is not None]


@pytest.mark.parametrize("by", ["image", "date"])
@pytest.mark.parametrize("format", ["CSV", "GeoJSON"])
@pytest.mark.some(2)
def test_parts_give_the_frame_of_the_whole(session: Bench, fields: dict[str, Any], by: Any, format: Any) -> None:
    export = exported(fields, by=by, to=Drive("parts", table_format=format))
    assert len(export) > 1
    assert len(export.wait(60).destinations) == len(export)
    same_but_for_requests(read_exported(session.drive / "parts"), direct(fields, by))


def test_parts_are_tiles_and_no_request_is_too_large(session: Bench, fields: dict[str, Any]) -> None:
    export = exported(fields)
    assert [task.name for task in export] == [f"all_{tile}" for tile in ("31UAA", "32UAA", "33UAA")]
    assert [task.tag for task in export] == ["parts"] * 3
    assert len(sizes(export)) == 3
    assert max(sizes(export)) < 110_000


def of_requests(most: int) -> gee_scl.Run:
    return gee_scl.Run(limits=gee_scl.Limits(request_bytes=most))


def test_neighbours_go_into_one_part_where_there_is_room(session: Bench, fields: dict[str, Any]) -> None:
    export = exported(fields, run=of_requests(170_000))
    assert [task.name for task in export] == ["all_31UAA_to_32UAA", "all_33UAA"]
    export.wait(60)
    same_but_for_requests(read_exported(session.drive / "parts"), direct(fields))


@pytest.mark.parametrize("by", ["image", "date"])
def test_where_a_tile_has_too_many_outlines_they_are_halved(session: Bench, fields: dict[str, Any], by: Any) -> None:
    export = exported(fields, by=by, run=of_requests(65_000))
    assert [task.name for task in export][:3] == ["all_31UAA_1", "all_31UAA_2", "all_32UAA_1"]
    assert max(sizes(export)) < 65_000
    export.wait(60)
    same_but_for_requests(read_exported(session.drive / "parts"), direct(fields, by))


@pytest.mark.parametrize("by", ["image", "date"])
def test_where_images_are_too_many_it_is_cut_by_year(session: Bench, fields: dict[str, Any], by: Any) -> None:
    few = {**fields, "features": fields["features"][::15]}
    tiles_alone = plan_table(gee_scl.collection(), few, id="name", by=by, run=of_requests(25_000))
    most = tiles_alone.bytes_up // TILES - 50
    export = exported(few, by=by, run=of_requests(most))
    years = range(2019, 2024)
    tiles = ("31UAA", "32UAA", "33UAA")
    assert [task.name for task in export] == [f"all_{tile}_{year}" for tile in tiles for year in years]
    assert max(sizes(export)) < most
    export.wait(60)
    same_but_for_requests(read_exported(session.drive / "parts"), direct(few, by))


def test_a_part_that_is_missing_is_named_unless_it_may_be(session: Bench, fields: dict[str, Any]) -> None:
    export = exported(fields)
    export.wait(60)
    (session.drive / "parts" / f"{export[1].name}.csv").unlink()
    with pytest.raises(ArgumentError, match=rf"without 1 of its {len(export)} parts \(2\).*partial=True"):
        read_exported(session.drive / "parts")
    some = read_exported(session.drive / "parts", partial=True)
    whole = direct(fields)
    keys = ["region", "image", "class_value"]
    assert 0 < len(some) < len(whole)
    pd.testing.assert_frame_equal(some, whole.merge(some[keys])[list(whole)], check_dtype=False)


def test_a_part_that_fails_by_chance_is_started_again(session: Bench, fields: dict[str, Any]) -> None:
    session.server.engine.operations.fail("Internal error.", description="all_32UAA*")
    export = exported(fields)
    status = export.wait(60)
    assert (status.state, status.progress, status.error) == ("SUCCEEDED", 1.0, None)
    assert len(gee_scl.exports.tasks("parts")) == len(export) + 1
    same_but_for_requests(read_exported(session.drive / "parts"), direct(fields))


def test_a_part_that_fails_is_named_the_others_are_written_and_it_can_be_started_again(
    session: Bench, fields: dict[str, Any]
) -> None:
    session.server.engine.operations.fail("User memory limit exceeded.", description="all_32UAA*")
    export = exported(fields)
    with pytest.raises(RequestError, match=rf"memory limit exceeded\. 1 of {len(export)} parts: all_32UAA") as caught:
        export.wait(60)
    assert "retry()" in str(caught.value)
    assert export.status().state == "FAILED"
    assert len(list((session.drive / "parts").glob("*.csv"))) == len(export) - 1
    (again,) = export.retry()
    assert again.name.startswith("all_32UAA")
    assert export.wait(60).done
    assert export.retry() == []
    same_but_for_requests(read_exported(session.drive / "parts"), direct(fields))


def test_a_part_without_rows_is_written_where_others_have_rows(session: Bench, fields: dict[str, Any]) -> None:
    session.server.engine.operations.fail("Table is empty.", description="all_32UAA*", times=1)
    export = exported(fields)
    assert export.wait(60).state == "SUCCEEDED"
    assert export.retry() == []


def test_a_part_without_rows_is_not_among_those_that_failed(session: Bench, fields: dict[str, Any]) -> None:
    session.server.engine.operations.fail("Table is empty.", description="all_32UAA*")
    session.server.engine.operations.fail("User memory limit exceeded.", description="all_33UAA*")
    export = exported(fields)
    with pytest.raises(RequestError, match=r"1 of 3 parts: all_33UAA\."):
        export.wait(60)
    assert [task.name for task in export.retry()] == ["all_33UAA"]


def test_what_is_cancelled_says_so(at_rest: Bench, regions: Path) -> None:
    export = export_table(may(), regions)
    export.cancel()
    with pytest.raises(RequestError, match="Cancelled"):
        export.wait(60)


def test_the_same_call_starts_what_is_missing(session: Bench, fields: dict[str, Any]) -> None:
    export = exported(fields)
    export.wait(60)
    with pytest.raises(ArgumentError, match="the same export"):
        exported(fields)
    assert exported(fields, existing="keep") == export


def test_a_plan_says_what_would_be_started_and_starts_nothing(session: Bench, fields: dict[str, Any]) -> None:
    plan = plan_table(gee_scl.collection(), fields, "all", id="name", to=FILES, run=SMALL)
    assert len(gee_scl.exports.tasks()) == 0
    whole = gee_scl.plan(gee_scl.collection(), fields, id="name")
    assert (plan.pairs, plan.pixels, plan.images) == (whole.pairs, whole.pixels, whole.images)
    export = exported(fields)
    assert plan.tasks == tuple(task.name for task in export)
    assert plan.requests == len(export)
    assert f"tasks {len(export)} ({plan.tasks[0]} to {plan.tasks[-1]})" in " ".join(str(plan).split())
    assert repr(export) == f"<TableExport 'all': {len(export)} tasks, tag 'parts'>"
    assert plan.bytes_up == sum(sizes(export))


def test_parts_of_a_table_that_was_cut_otherwise_are_not_mixed(session: Bench, fields: dict[str, Any]) -> None:
    export = exported(fields)
    export.wait(60)
    exported(fields, run=gee_scl.Run()).wait(60)
    with pytest.raises(
        ArgumentError, match=rf"2 tables, cut in 1 and in {len(export)} parts.*name the one that is meant"
    ):
        read_exported(session.drive / "parts")


def test_more_tasks_than_the_run_allows_are_not_started(session: Bench, fields: dict[str, Any]) -> None:
    run = gee_scl.Run(limits=SMALL.limits, most_tasks=2)
    with pytest.raises(ArgumentError, match=r"a table of 3 tasks.*most_tasks=3"):
        exported(fields, run=run)
    assert len(gee_scl.exports.tasks()) == 0


def test_an_asset_is_never_cut(session: Bench, fields: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match="at most 110,000 bytes"):
        exported(fields, to=Asset())
    assert len(gee_scl.exports.tasks()) == 0


def test_what_a_row_says_of_its_part_is_json(session: Bench, fields: dict[str, Any]) -> None:
    export = exported(fields)
    export.wait(60)
    tables = [pd.read_csv(path) for path in sorted((session.drive / "parts").glob("*.csv"))]
    said = [json.loads(text) for table in tables for text in table["gee_scl"].unique()]
    assert [(one["part"], one["parts"]) for one in said] == [(n + 1, len(export)) for n in range(len(export))]


def test_parts_of_a_table_that_was_cut_otherwise_are_not_taken_for_those_that_are_missing(
    session: Bench, fields: dict[str, Any]
) -> None:
    """Part 1 of one cut and part 2 of another have some rows twice, and lack others."""
    larger = gee_scl.Run(limits=gee_scl.Limits(request_bytes=170_000), tag="parts")
    known_by = []
    for run, folder in ((SMALL, "three"), (larger, "two")):
        exported(fields, to=Drive(folder), run=run).wait(60)
        texts = [pd.read_csv(path)["gee_scl"] for path in sorted((session.drive / folder).glob("*.csv"))]
        known_by.append({json.loads(text)["table"] for part in texts for text in part})
    assert [len(one) for one in known_by] == [1, 1]
    assert known_by[0] != known_by[1]
