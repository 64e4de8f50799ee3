"""Pieces of a survey: halves give the same rows, and a piece is known again by its identity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ee
import pytest

import gee_scl
from gee_scl.classes.schemes import SCHEMES
from gee_scl.options.choices import By, Day
from gee_scl.regions.as_regions import as_regions
from gee_scl.requests.door import Door
from gee_scl.requests.limits import Limits
from gee_scl.statistics.grid import Grid
from gee_scl.statistics.measure import Measure
from gee_scl.statistics.pieces import SurveyPiece
from gee_scl.statistics.survey import Survey
from tests.support.engines import session_on


@pytest.fixture(scope="module")
def session(sample_engine: str) -> Iterator[None]:
    with session_on(sample_engine):
        yield


def survey(by: By = By.IMAGE, *, scheme: str = "land", end: str = "2023-07-01", **grid: Any) -> Survey:
    images = gee_scl.collection(start="2023-06-01", end=end)
    regions = as_regions(gee_scl.sample_regions(), id="name")
    measure = Measure(SCHEMES[scheme], "SCL")
    return Survey.of(images, regions, measure, Grid.of(grid.get("scale"), grid.get("crs")), Door(), by=by)


def only(pieces: Iterator[SurveyPiece]) -> SurveyPiece:
    (piece,) = pieces
    return piece


def by_pair(rows: list[dict[str, Any]]) -> dict[tuple[Any, Any], dict[str, Any]]:
    """What was measured, by region and image or day; a pixel's area depends a little on the tile it is reckoned in."""
    pairs = {}
    for row in rows:
        when = row["image"] if "image" in row else row["day"]
        measured = {name: value for name, value in row.items() if name.startswith(("pixels_", "area_", "total"))}
        pairs[row["gee_scl_region"], when] = measured
    assert len(pairs) == len(rows)
    return pairs


def assert_same(rows: list[dict[str, Any]], others: list[dict[str, Any]]) -> None:
    measured, expected = by_pair(rows), by_pair(others)
    assert measured.keys() == expected.keys()
    for pair, sums in expected.items():
        assert measured[pair] == pytest.approx(sums, rel=1e-7)


@pytest.mark.parametrize("by", By)
def test_halves_down_to_one_region_on_one_image_give_the_rows_of_the_whole(session: None, by: By) -> None:
    asked = survey(by)
    whole = only(asked.pieces())
    leaves = [whole]
    while any(piece.halves() for piece in leaves):
        leaves = [half for piece in leaves for half in (piece.halves() or [piece])]
    assert {len(piece.places) * len(piece.parts) for piece in leaves} == {1}
    assert len(leaves) == len(whole.places) * len(whole.parts)
    rows = [row for piece in leaves for row in asked.door.rows(piece.name, piece.table())]
    assert_same(rows, asked.door.rows(whole.name, whole.table()))


def test_a_piece_is_halved_by_images_before_regions(session: None) -> None:
    piece = only(survey().pieces())
    assert len(piece.parts) == 4
    halves = piece.halves()
    assert [half.parts for half in halves] == [piece.parts[:2], piece.parts[2:]]
    assert all(half.places == piece.places for half in halves)


def test_a_piece_whose_outlines_are_too_long_is_halved_by_regions(session: None) -> None:
    piece = only(survey().pieces())
    halves = piece.halves(of_regions=True)
    assert [half.places for half in halves] == [piece.places[:3], piece.places[3:]]
    assert all(half.parts == piece.parts for half in halves)


def test_rows_that_nobody_asked_for_are_refused(session: None) -> None:
    asked = survey()
    piece = only(asked.pieces())
    rows = asked.door.rows(piece.name, piece.table())
    assert len(piece.read(rows)) == len(rows)
    for wrong in ([*rows, rows[0]], [{**rows[0], "image": "another"}], [{**rows[0], "gee_scl_region": 99}], [{}]):
        with pytest.raises(gee_scl.RequestError, match="not of what was asked for"):
            piece.read(wrong)


def test_a_piece_names_its_regions_and_images(session: None) -> None:
    piece = only(survey(By.DATE).pieces())
    assert piece.name.startswith("Statistics of 6 regions (")
    assert piece.name.endswith(" on 2 days (2023-06-02 to 2023-06-15)")
    one = piece.halves()[0]
    assert one.name.endswith(" on day 2023-06-02")


def test_solar_days_are_whole_pieces_of_their_own(session: None) -> None:
    images = gee_scl.collection(start="2023-06-01", end="2023-07-01")
    regions = as_regions(gee_scl.sample_regions(), id="name")
    measure = Measure(SCHEMES["land"], "SCL")
    surveys = {
        day: Survey.of(images, regions, measure, Grid(), Door(), by=By.DATE, day=day) for day in (Day.UTC, Day.SOLAR)
    }
    # The sample lies at 11 degrees east and is seen at ten: both clocks have the same days there.
    pieces = {day: only(asked.pieces()) for day, asked in surveys.items()}
    rows = {day: surveys[day].door.rows(piece.name, piece.table()) for day, piece in pieces.items()}
    assert_same(rows[Day.UTC], rows[Day.SOLAR])


def test_an_image_without_bounds_is_measured_in_all_regions(session: None) -> None:
    asked = survey()
    image = ee.Image(1).toByte().rename(["SCL"])
    (section,) = asked.whole_sections(image, 4)
    piece = only(section.pieces(Limits()))
    rows = asked.door.rows(piece.name, piece.table())
    assert len(rows) == 6
    # Code 1 is in no class of "land": the whole area is there, and none of it is of a class.
    for row in rows:
        (group,) = row["groups"]
        pixels, area = group["sum"]
        assert group["group"] == 0
        assert area == pytest.approx(pixels * 400, rel=1e-2)
