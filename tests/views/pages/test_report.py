"""The report's page as a parser reads it, and its numbers against pandas on the statistics frame."""

from __future__ import annotations

import base64
import datetime as dt
import io
import itertools
import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import ee
import numpy as np
import pandas as pd
import pytest
from PIL import Image

import gee_scl
from gee_scl.local.server import LocalServer
from gee_scl.views.drawing.film import rgb
from gee_scl.views.pages.report import write_report
from tests.support.cut_pass import DAYS, box, cut_pass, line_of, warned_at
from tests.support.engine_log import engine_log
from tests.support.engines import session_on

MADE = dt.datetime(2024, 3, 1, 12, 30, tzinfo=dt.UTC)
CLEAR = [4, 5, 6, 11]
VOID = {"meta", "link", "img", "source", "br", "image", "path", "rect"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    parents: tuple[str, ...]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """Every element of a page, with the text below it."""

    elements: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[Element] = []

    def handle_starttag(self, tag, attrs):
        element = Element(tag, dict(attrs), tuple(e.tag for e in self._open))
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self._open.pop().tag == tag

    def handle_startendtag(self, tag, attrs):
        self.elements.append(Element(tag, dict(attrs), tuple(e.tag for e in self._open)))

    def handle_data(self, data):
        for element in self._open:
            element.text += data

    def all(self, *tags: str) -> list[Element]:
        return [e for e in self.elements if e.tag in tags]

    def rows(self, caption: str) -> list[list[str]]:
        """The cells of the table with this caption's id."""
        tables: list[list[list[str]]] = []
        ids: list[str | None] = []
        for e in self.elements:
            if e.tag == "table":
                tables.append([])
            elif e.tag == "caption":
                ids.append(e.attributes["id"])
            elif e.tag == "tr":
                tables[-1].append([])
            elif e.tag in ("td", "th"):
                tables[-1][-1].append(e.text)
        return tables[ids.index(caption)]


def parsed(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    assert page._open == []
    return page


def square(west: float, south: float, side: float = 0.004, **properties: object) -> dict[str, object]:
    ring = [[west, south], [west + side, south], [west + side, south + side], [west, south + side], [west, south]]
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def features(*members: dict[str, object]) -> dict[str, object]:
    return {"type": "FeatureCollection", "features": list(members)}


@dataclass(frozen=True)
class Written:
    path: Path
    page: Page
    frame: pd.DataFrame


@pytest.fixture(scope="module")
def written(sample: Path, sample_engine: str, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A report on the sample's regions in spring, and the statistics of the same."""
    folder = tmp_path_factory.mktemp("report")
    with session_on(sample_engine):
        regions = sample / "regions.geojson"
        images = gee_scl.collection(regions, "2023-04-01", "2023-07-01")
        path = write_report(images, regions, folder / "spring.html", id="name", scenes=3, size=300, moment=MADE)
        frame = gee_scl.class_statistics(images, regions, id="name", by="date")
    return Written(path, parsed(path), frame)


def shares_together(frame: pd.DataFrame) -> pd.DataFrame:
    """Days x classes: percent of the area of all regions, from pixels alone."""
    per_region = frame.groupby(["region", "date"])[["area_m2", "percent_of_region"]].sum()
    whole = (100 * per_region.area_m2 / per_region.percent_of_region).groupby("region").max().sum()
    return frame.pivot_table(index="date", columns="class_value", values="area_m2", aggfunc="sum") / whole * 100


def test_the_page_is_one_file_that_asks_nobody_for_anything(written):
    page = written.page
    for e in page.elements:
        for name in ("src", "href", "srcset", "data", "action", "poster", "xlink:href"):
            value = e.attributes.get(name)
            if value is None or (e.tag == "a" and name == "href"):
                continue
            assert value.startswith("data:"), (e.tag, name, value[:60])
    text = written.path.read_text(encoding="utf-8")
    assert "url(" not in text
    assert "@import" not in text
    assert page.all("script", "link", "iframe", "object", "form") == []
    (policy,) = [e for e in page.all("meta") if e.attributes.get("http-equiv") == "Content-Security-Policy"]
    assert policy.attributes["content"].startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'")
    assert written.path.stat().st_size < 5_000_000


def test_headings_landmarks_and_language_are_in_order(written):
    page = written.page
    levels = [int(e.tag[1]) for e in page.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert page.all("html")[0].attributes["lang"] == "en"
    assert [len(page.all(tag)) for tag in ("header", "nav", "main", "footer")] == [1, 1, 1, 1]
    ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    for e in page.elements:
        for name in ("aria-labelledby",):
            assert e.attributes.get(name, ids[0]) in ids
    for anchor in page.all("a"):
        if anchor.attributes["href"].startswith("#"):
            assert anchor.attributes["href"][1:] in ids


def test_every_picture_says_date_tiles_clear_share_and_main_classes(written):
    pictures = [e.attributes["alt"] for e in written.page.all("img")]
    assert len(pictures) == 2 * 3 + 1
    for alt in pictures[:-1]:
        assert re.match(
            r"(True colour|Classes), 2023-0[456]-\d\d, tiles 32TPS, 32TQS, \d+ % clear; main classes: \w", alt
        )
    assert pictures[-1].startswith("Stacked areas")
    (chart,) = written.page.all("svg")
    assert chart.attributes["role"] == "img"
    assert chart.attributes["aria-label"].startswith("Class map")


def test_tables_have_captions_scopes_and_are_reached_by_the_keyboard(written):
    page = written.page
    assert len(page.all("table")) == len(page.all("caption")) == 3
    assert all(e.attributes.get("scope") in ("row", "col") for e in page.all("th"))
    scrolled = [e for e in page.all("div") if e.attributes.get("class") == "scroll"]
    assert len(scrolled) == 3
    assert all(e.attributes["tabindex"] == "0" and e.attributes["role"] == "region" for e in scrolled)


def test_the_table_of_days_has_the_numbers_of_the_statistics(written):
    shares = shares_together(written.frame)
    head, *rows = written.page.rows("days-caption")
    assert head[:4] == ["Day", "Tiles", "Clear, %", "No data, %"]
    assert head[4:] == list(gee_scl.SCHEMES["scl"].names)
    assert [row[0] for row in rows] == [f"{day:%Y-%m-%d}" for day in shares.index]
    numbers = np.array([[float(cell) for cell in row[2:]] for row in rows])
    np.testing.assert_allclose(numbers[:, 0], shares[CLEAR].sum(axis=1), atol=0.051)
    np.testing.assert_allclose(numbers[:, 1], 100 - shares.sum(axis=1), atol=0.051)
    np.testing.assert_allclose(numbers[:, 2:], shares.to_numpy(), atol=0.051)


def test_the_table_of_regions_has_the_means_of_the_statistics(written):
    _, *rows = written.page.rows("regions-caption")
    wide = written.frame.pivot_table(index=["region", "date"], columns="class_value", values="percent_of_region")
    for row in rows:
        own = wide.loc[row[0]]
        clear = own[CLEAR].sum(axis=1)
        assert row[2:4] == [str(len(own)), str((clear >= 10).sum())]
        assert float(row[4]) == pytest.approx(clear.mean(), abs=0.051)
        assert row[5] == f"{clear.idxmax():%Y-%m-%d}"
        np.testing.assert_allclose([float(cell) for cell in row[6:]], own.mean(), atol=0.051)
    assert {row[0] for row in rows} == set(written.frame["region"])


def test_the_clearest_days_are_shown_the_clearest_first(written):
    clear = shares_together(written.frame)[CLEAR].sum(axis=1).sort_values(ascending=False)
    shown = [e.text for e in written.page.all("h3")]
    assert shown[:3] == [f"{day:%Y-%m-%d}" for day in clear.index[:3]]
    assert f"Classes on {clear.index[0]:%Y-%m-%d}" in [e.text for e in written.page.all("h2")]


def test_class_pictures_have_no_colour_but_those_of_the_scheme(written):
    colors = {rgb(color) for color in gee_scl.SCHEMES["scl"].palette}
    pictures = [e.attributes["src"] for e in written.page.all("img") if e.attributes.get("class") == "classes"]
    pictures += [e.attributes["href"] for e in written.page.all("image")]
    assert len(pictures) == 4
    for uri in pictures:
        head, data = uri.split(",", 1)
        assert head == "data:image/png;base64"
        seen = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA"))
        assert {tuple(c) for c in np.unique(seen[seen[..., 3] > 0][:, :3], axis=0)} <= colors


def test_regions_are_outlined_and_named_on_the_map(written):
    names = set(written.frame["region"])
    titles = [e.text for e in written.page.all("title") if "svg" in e.parents]
    assert set(titles) == names
    labels = {e.text for e in written.page.all("text")}
    assert "Lake" in labels
    assert re.fullmatch(r"\d+ k?m", next(iter(labels - names)))


def test_settings_say_what_was_done(written):
    text = " ".join(e.text for e in written.page.all("dd"))
    for said in (
        "COPERNICUS/S2_SR_HARMONIZED",
        "system:time_start ≥ 2023-04-01 00:00 UTC",
        "system:time_start < 2023-07-01 00:00 UTC",
        "scenes of which there is a newer one are dropped",
        "4 Vegetation, 5 Bare Soils, 6 Water, 11 Snow / Ice",
        "20 m; images in EPSG:32632",
        "pixels whose centre is in the region",
        "2024-03-01 12:30 UTC",
        f"gee-scl {gee_scl.__version__}",
    ):
        assert said in text


def test_synthetic_pixels_are_named_and_nothing_is_cited_as_measured(written):
    text = written.page.all("body")[0].text
    assert "Synthetic pixels." in text
    assert "They are no Copernicus Sentinel data" in text
    assert "Contains modified Copernicus" not in text
    assert "https://doi.org/10.1016/j.rse.2017.06.031" in [e.attributes["href"] for e in written.page.all("a")]


def test_the_code_on_the_page_makes_the_same_numbers(written, sample, sample_session):
    (code,) = [e.text for e in written.page.all("code")]
    lines = [line for line in code.splitlines() if not line.startswith(("gee_scl.initialize", "gee_scl.write_report"))]
    names: dict[str, object] = {}
    text = "\n".join(lines).replace("'regions.geojson'", repr(str(sample / "regions.geojson")))
    exec(compile(text, "report", "exec"), names)  # noqa: S102 - the code under test
    pd.testing.assert_frame_equal(names["frame"], written.frame)


def test_texts_from_data_are_escaped_wherever_they_stand(sample_session, tmp_path):
    evil = """O'Brien's "field" & <script>alert(1)</script>"""
    regions = features(
        square(11.57, 46.43, name=evil), square(11.58, 46.44, name="</title><img src=x onerror=alert(2)>")
    )
    images = gee_scl.collection(start="2023-04-01", end="2023-04-10")
    path = write_report(images, regions, tmp_path / "a.html", id="name", title=f"About {evil}", scenes=1, size=120)
    page = parsed(path)
    assert page.all("script") == []
    assert all(e.attributes["src"].startswith("data:") for e in page.all("img"))
    assert page.all("title")[0].text == page.all("h1")[0].text == f"About {evil}"
    assert page.rows("regions-caption")[1][0] == evil
    assert evil in [e.text for e in page.all("title")]


def test_one_date_and_one_class_are_enough(sample_session, tmp_path):
    one = gee_scl.Scheme.from_groups("seen", {"Seen": "clear"})
    images = gee_scl.collection(start="2023-04-03", end="2023-04-04")
    page = parsed(
        write_report(images, (11.57, 46.43, 11.58, 46.44), tmp_path / "a.html", scheme=one, size=120, title="One")
    )
    days = page.rows("days-caption")
    assert len(days) == 2
    assert days[0][4:] == ["Seen"]
    assert days[1][2] == days[1][4]


def test_a_single_image_is_a_report_too(sample_session, tmp_path):
    image = gee_scl.collection(start="2023-04-03", end="2023-04-04", tiles="32TPS").first()
    page = parsed(write_report(image, (11.57, 46.43, 11.58, 46.44), tmp_path / "a.html", size=120))
    assert [row[:2] for row in page.rows("days-caption")[1:]] == [["2023-04-03", "32TPS"]]


def test_a_region_that_no_image_meets_is_listed(sample_session, tmp_path):
    regions = features(square(11.57, 46.43, name="Here"), square(2.0, 48.0, name="Far <away>"))
    images = gee_scl.collection((11.57, 46.43, 11.58, 46.44), "2023-04-01", "2023-04-10")
    with pytest.warns(gee_scl.RegionWarning):
        path = write_report(images, regions, tmp_path / "a.html", id="name", scenes=1, size=120)
    page = parsed(path)
    rows = {row[0]: row[1:] for row in page.rows("regions-caption")[1:]}
    assert rows["Far <away>"] == ["–", "0", "no image"]
    assert "1 of 2 regions meet no image and have no numbers: Far <away>." in page.all("body")[0].text


def test_a_period_without_a_clear_view_says_so(sample_session, tmp_path):
    cloudy = gee_scl.collection(start="2023-03-04", end="2023-03-05")
    page = parsed(write_report(cloudy, (11.56, 46.44, 11.60, 46.47), tmp_path / "a.html", size=120))
    assert (
        "No clear view. On no day of the period was 10 % of the regions' area or more clear."
        in page.all("body")[0].text
    )
    assert len(page.all("img")) == 1  # the chart
    assert page.all("image")  # the class map shows the clouds


def test_an_empty_collection_is_refused_and_nothing_written(sample_session, tmp_path):
    nothing = gee_scl.collection(start="1999-01-01", end="1999-02-01")
    with pytest.raises(gee_scl.CollectionError, match="at least one image"):
        write_report(nothing, (11.57, 46.43, 11.58, 46.44), tmp_path / "a.html")
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_replaced_only_when_asked(sample_session, tmp_path):
    path = tmp_path / "a.html"
    path.write_text("mine")
    images, box = gee_scl.collection(start="2023-04-03", end="2023-04-04"), (11.57, 46.43, 11.58, 46.44)
    with pytest.raises(gee_scl.ArgumentError, match="overwrite"):
        write_report(images, box, path)
    assert path.read_text() == "mine"
    write_report(images, box, path, scenes=0, size=120, overwrite=True)
    assert path.read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("name", "options", "argument"),
    [
        ("a.pdf", {}, "path"),
        ("missing/a.html", {}, "path"),
        ("a.html", {"scenes": 25}, "scenes"),
        ("a.html", {"scenes": True}, "scenes"),
        ("a.html", {"size": 10}, "size"),
        ("a.html", {"max_bytes": 10}, "max_bytes"),
        ("a.html", {"day": "local"}, "day"),
        ("a.html", {"scheme": "none such"}, "scheme"),
    ],
)
def test_what_cannot_be_reported_is_refused_before_any_request(sample_session, tmp_path, name, options, argument):
    with engine_log() as log, pytest.raises(gee_scl.ArgumentError) as raised:
        write_report(gee_scl.collection(), (0, 0, 1, 1), tmp_path / name, **options)
    assert log.count() == 0
    assert raised.value.argument == argument


@pytest.mark.long
def test_500_regions_keep_all_their_rows_within_the_bytes(sample_session, tmp_path):
    regions = features(
        *(square(11.55 + 0.004 * (n % 25), 46.43 + 0.002 * (n // 25), 0.0018, name=f"Field {n:03}") for n in range(500))
    )
    images = gee_scl.collection(start="2023-04-03", end="2023-04-04")
    path = write_report(images, regions, tmp_path / "a.html", id="name", scenes=2)
    page = parsed(path)
    assert [row[0] for row in page.rows("regions-caption")[1:]] == [f"Field {n:03}" for n in range(500)]
    assert len([e for e in page.all("title") if "svg" in e.parents]) == 500
    assert 0 < len(page.all("text")) < 100
    assert path.stat().st_size < 5_000_000


@pytest.mark.long
def test_pictures_are_made_smaller_where_the_page_would_be_too_long(sample_session, tmp_path):
    images, box = gee_scl.collection(start="2023-04-03", end="2023-04-04"), (11.55, 46.43, 11.65, 46.48)
    whole = write_report(images, box, tmp_path / "a.html", size=480, scenes=1)
    width = int(parsed(whole).all("img")[0].attributes["width"])
    less = write_report(images, box, tmp_path / "b.html", size=480, scenes=1, max_bytes=400_000)
    assert less.stat().st_size < min(400_000, whole.stat().st_size)
    assert int(parsed(less).all("img")[0].attributes["width"]) < width
    with pytest.raises(gee_scl.ArgumentError, match="what fits into a page"):
        write_report(images, box, tmp_path / "c.html", scenes=1, max_bytes=20_000)


def test_the_page_is_the_same_each_time(sample_session, tmp_path):
    images, box = gee_scl.collection(start="2023-04-03", end="2023-04-04"), (11.57, 46.43, 11.58, 46.44)
    pages = [
        write_report(images, box, tmp_path / f"{n}.html", size=120, scenes=1, moment=MADE).read_text() for n in (1, 2)
    ]
    assert pages[0] == pages[1]


def test_the_time_of_the_page_is_utc_whatever_the_zone(sample_session, tmp_path):
    images, box = gee_scl.collection(start="2023-04-03", end="2023-04-04"), (11.57, 46.43, 11.58, 46.44)
    noon_in_the_east = dt.datetime(2024, 3, 1, 17, 30, tzinfo=dt.timezone(dt.timedelta(hours=5)))
    page = write_report(images, box, tmp_path / "e.html", size=120, scenes=0, moment=noon_in_the_east).read_text()
    assert "2024-03-01 12:30 UTC" in page
    assert "17:30" not in page


@pytest.mark.parametrize(("scenes", "pictures"), [(0, 1), (3, 1 + 2 * 3)])
@pytest.mark.some(1)
def test_a_report_lists_its_images_once(sample, sample_session, tmp_path, scenes, pictures):
    regions = sample / "regions.geojson"
    images = gee_scl.collection(regions, "2023-05-01", "2023-09-01")
    with engine_log() as log:
        path = write_report(images, regions, tmp_path / "a.html", id="name", size=120, scenes=scenes)
        # The images, the bands, one table; two requests for each picture.
        assert log.count() == 1 + 1 + 1 + 2 * pictures
    assert f"<dt>Requests</dt><dd>{3 + 2 * pictures}</dd>" in path.read_text("utf-8")


def test_regions_that_only_the_server_knows_cost_two_more_requests(sample, sample_session, tmp_path):
    regions = ee.FeatureCollection(json.loads((sample / "regions.geojson").read_text("utf-8")))
    images = gee_scl.collection(start="2023-05-01", end="2023-06-01")
    with engine_log() as log:
        write_report(images, regions, tmp_path / "a.html", id="name", size=120, scenes=0)
        assert log.count() == 3 + 2 + 2  # as they are measured, and as they are drawn


@pytest.fixture(scope="module")
def pass_engine(tmp_path_factory):
    with LocalServer(cut_pass(tmp_path_factory.mktemp("pass"))) as server:
        yield server.url


def test_a_cut_pass_is_two_utc_days_and_the_warning_points_at_the_caller(pass_engine, tmp_path):
    with session_on(pass_engine):
        images = gee_scl.collection()
        ask = lambda: write_report(images, box(), tmp_path / "a.html", size=120)  # noqa: E731
        path, places = warned_at(ask)
    page = parsed(path)
    assert [row[:2] for row in page.rows("days-caption")[1:]] == [[DAYS[0], "57MVR"], [DAYS[1], "57MWR"]]
    assert places == [(__file__, line_of(ask))]
    assert "by day (UTC)" in page.all("body")[0].text


def test_a_cut_pass_is_one_solar_day(pass_engine, tmp_path):
    with session_on(pass_engine):
        images = gee_scl.collection()
        path, places = warned_at(lambda: write_report(images, box(), tmp_path / "a.html", size=120, day="solar"))
    page = parsed(path)
    head, row = page.rows("days-caption")
    assert row[:4] == [DAYS[1], "57MVR, 57MWR", "100.0", "0.0"]
    shares = dict(zip(head[4:], map(float, row[4:]), strict=True))
    # 19 columns of the first image, and 21 of the later one, which lies on top.
    assert shares["Water"] == pytest.approx(100 * 19 / 40, abs=3)
    assert shares["Snow / Ice"] == pytest.approx(100 * 21 / 40, abs=3)
    assert places == []
    text = page.all("body")[0].text
    assert "UTC)" not in text
    assert "by day (by the sun of each image's place)" in text
    assert "day='solar'" in page.all("code")[0].text
