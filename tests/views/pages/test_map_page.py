"""The map page as a file: what is in it, what it can ask for, and what is refused before it is made."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import ee
import numpy as np
import pytest
import rasterio
import shapely
from PIL import Image
from pyproj import Geod, Transformer
from rasterio.warp import Resampling, reproject

import gee_scl
from gee_scl.local.server import LocalServer
from gee_scl.views.pages.map_page import BASEMAP_HOST, write_map
from tests.support.cut_pass import DAYS, SNOW, WATER, box, cut_pass, line_of, warned_at
from tests.support.engine_log import engine_log
from tests.support.engines import session_on, session_over
from tests.support.local.catalogues import Scene, make_catalogue

AREA = (11.6, 46.44, 11.65, 46.47)
"""In the sample, with the lake."""

DAY, NEXT_DAY = "2023-06-02", "2023-06-03"
HOSTILE = "</script><b onclick='x'>\"&amp;"

ALLOWED_ADDRESSES = {"http://www.w3.org/2000/svg", "https://leafletjs.com", "https://www.openstreetmap.org/copyright"}
"""A name that is never asked for, and links for people."""


class Page(HTMLParser):
    """The elements of a page: their attributes, and what scripts and styles hold."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.contents: list[tuple[str, dict[str, str | None], str]] = []
        self.text: list[str] = []
        self._inside: tuple[str, dict[str, str | None]] | None = None
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._inside = self.elements[-1]

    def handle_endtag(self, tag: str) -> None:
        self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside is None:
            self.text.append(data)
        else:
            self.contents.append((*self._inside, data))

    @property
    def data(self) -> Any:
        """What the page's script is given."""
        return json.loads("".join(text for _, attributes, text in self.contents if attributes.get("id") == "map-data"))

    @property
    def policy(self) -> str:
        """The content security policy."""
        (found,) = (a["content"] for t, a in self.elements if a.get("http-equiv") == "Content-Security-Policy")
        return str(found)


def images(start: str = DAY, end: str = NEXT_DAY) -> ee.ImageCollection:
    return gee_scl.collection(AREA, start, end)


@pytest.fixture(scope="module")
def page(sample_engine: str, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """A page of one date."""
    with session_on(sample_engine):
        return Page(write_map(images(), AREA, tmp_path_factory.mktemp("map") / "map.html"))


def test_it_names_no_address_but_links_and_a_namespace(page: Page) -> None:
    without_comments = re.sub(r"/\*.*?\*/", "", page.source, flags=re.DOTALL)
    assert set(re.findall(r"https?://[^\s\"'<>)\\]+", without_comments)) == ALLOWED_ADDRESSES
    for tag, attributes in page.elements:
        assert tag not in ("link", "iframe", "object", "embed", "base", "form")
        assert not {"src", "srcset", "action"} & set(attributes)


def test_only_its_own_scripts_and_styles_may_run(page: Page) -> None:
    for tag in ("script", "style"):
        texts = [text for t, attributes, text in page.contents if t == tag and "type" not in attributes]
        hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]
        assert len(hashes) == 2
        assert f"{tag}-src " + " ".join(f"'sha256-{digest}'" for digest in hashes) + ";" in page.policy
    assert "default-src 'none'" in page.policy
    assert "img-src data:;" in page.policy
    assert not any(name.startswith("on") or name == "style" for _, attributes in page.elements for name in attributes)


def test_it_has_a_language_a_title_and_a_label_for_each_control(page: Page) -> None:
    assert ("html", {"lang": "en"}) in page.elements
    assert f"Scene classification, {DAY}" in page.text
    labelled = {a["for"] for tag, a in page.elements if tag == "label" and "for" in a}
    for tag, attributes in page.elements:
        if tag in ("input", "select") and attributes.get("type") != "checkbox":
            assert "aria-label" in attributes or attributes["id"] in labelled


def test_pictures_have_the_scheme_s_colours_where_gdal_puts_the_codes(page: Page, sample: Path) -> None:
    extent = page.data["extent"]
    (frame,) = page.data["frames"]
    kind, _, content = frame["classes"].partition(",")
    assert kind == "data:image/png;base64"
    painted = np.asarray(Image.open(io.BytesIO(base64.b64decode(content))).convert("RGBA"))
    assert painted.shape == (extent["height"], extent["width"], 4)
    (path,) = sample.glob(f"sentinel-2-l2a/*_32TPS_{DAY.replace('-', '')}_*/SCL.tif")
    north = extent["south"] + extent["height"] * extent["pixel"]
    window = rasterio.Affine(extent["pixel"], 0, extent["west"], 0, -extent["pixel"], north)
    codes = np.zeros(painted.shape[:2], np.uint8)
    with rasterio.open(path) as raster:
        reproject(
            rasterio.band(raster, 1), codes, dst_transform=window, dst_crs="EPSG:3857", resampling=Resampling.nearest,
            tolerance=0,
        )  # fmt: skip
        east = raster.bounds.right
    # West of the next tile's edge, which lies on top: the landscape is the same there, the file is not.
    columns = np.arange(extent["width"])
    x = Transformer.from_crs(3857, 32632, always_xy=True).transform(
        extent["west"] + (columns + 0.5) * extent["pixel"], np.full(len(columns), (extent["south"] + north) / 2)
    )[0]
    alone = x < east - 3000
    assert alone.sum() > 50
    scheme = gee_scl.SCHEMES["scl"]
    colors = dict(zip(scheme.values, scheme.palette, strict=True))
    expected = np.array([[*bytes.fromhex(colors.get(code, "000000")), 255 * (code in colors)] for code in range(12)])
    same = (painted[:, alone] == expected[codes[:, alone]]).all(axis=-1)
    # Where a pixel's centre is on the border of two, both answers are right.
    assert same.mean() > 0.999


def test_shares_are_those_of_the_statistics(page: Page, sample_session: str) -> None:
    frame = gee_scl.class_statistics(images(), AREA, by="date")
    (region,), ((areas,),) = page.data["regions"], page.data["areas"]
    assert region["name"] == "Region 0"
    assert areas == [round(area) for area in frame["area_m2"]]
    # The box on the ellipsoid, by pyproj; pixels are in or out as a whole.
    west, south, east, north = AREA
    geodesic = abs(
        Geod(ellps="WGS84").polygon_area_perimeter([west, east, east, west], [south, south, north, north])[0]
    )
    assert region["area"] == pytest.approx(geodesic, rel=0.002)


def test_it_says_what_was_done_and_that_the_sample_is_synthetic(page: Page) -> None:
    words = " ".join(page.text)
    for said in ("COPERNICUS/S2_SR_HARMONIZED", "codes left out: 0", "the local engine of gee-scl", "synthetic"):
        assert said in words
    assert "Copernicus Sentinel data" not in words


def test_measured_pixels_are_cited(tmp_path: Path) -> None:
    codes = np.full((40, 40), 4, np.uint8)
    make_catalogue(tmp_path, [Scene(codes)])
    with session_over(tmp_path):
        collection = gee_scl.collection()
        box = ee.Geometry(collection.first().geometry()).bounds().coordinates().getInfo()[0]
        area = (box[0][0], box[0][1], box[2][0], box[2][1])
        year = ee.Date(collection.first().date()).format("yyyy").getInfo()
        made = Page(write_map(collection, area, tmp_path / "map.html", true_color=False))
    cited = f"Contains modified Copernicus Sentinel data {year}, processed by the local engine of gee-scl."
    assert cited in made.text
    assert "trueColor" not in made.data["frames"][0]


def test_texts_are_escaped(sample_session: str, tmp_path: Path) -> None:
    ring = [[11.6, 46.44], [11.65, 46.44], [11.65, 46.47], [11.6, 46.44]]
    region = {"type": "Feature", "properties": {"n": HOSTILE}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    scheme = gee_scl.Scheme.from_groups("h", {HOSTILE: [4, 5], "Rest": [6]}, title=HOSTILE)
    path = write_map(
        images(),
        region,
        tmp_path / "map.html",
        id="n",
        scheme=scheme,
        title=HOSTILE,
        citation=HOSTILE,
        true_color=False,
    )
    made = Page(path)
    assert HOSTILE not in made.source
    assert "b" not in {tag for tag, _ in made.elements}
    assert made.text.count(HOSTILE) >= 4
    assert made.data["regions"][0]["name"] == HOSTILE
    assert made.data["classes"][0]["name"] == HOSTILE


def test_live_pages_may_ask_the_engine_for_tiles_and_nobody_else(sample_session: str, tmp_path: Path) -> None:
    made = Page(write_map(images(), AREA, tmp_path / "map.html", live=True))
    (frame,) = made.data["frames"]
    assert set(frame) == {"label", "classes", "classTiles", "trueColorTiles"}
    assert frame["classTiles"].startswith(f"{sample_session}/")
    assert frame["classTiles"].endswith("/tiles/{z}/{x}/{y}")
    assert f"img-src data: {sample_session};" in made.policy


def test_a_basemap_is_there_only_where_it_is_asked_for(sample_session: str, page: Page, tmp_path: Path) -> None:
    made = Page(write_map(images(), AREA, tmp_path / "map.html", basemap=True, true_color=False))
    assert f"img-src data: {BASEMAP_HOST};" in made.policy
    assert made.data["basemap"] == f"{BASEMAP_HOST}/{{z}}/{{x}}/{{y}}.png"
    assert page.data["basemap"] is None


def test_images_can_be_shown_one_by_one(sample_session: str, tmp_path: Path) -> None:
    box = (11.61, 46.45, 11.63, 46.46)
    done: list[tuple[int, int]] = []
    path = write_map(
        images(), box, tmp_path / "map.html", by="image", true_color=False, progress=lambda *step: done.append(step)
    )
    made = Page(path)
    assert [frame["label"] for frame in made.data["frames"]] == [f"{DAY} 32TPS", f"{DAY} 32TQS"]
    assert done == [(1, 2), (2, 2)]


def test_outlines_that_only_the_server_knows_are_drawn(sample_session: str, tmp_path: Path) -> None:
    west, south, east, north = 11.61, 46.45, 11.63, 46.46
    feature = ee.Feature(ee.Geometry.Rectangle([west, south, east, north], None, False), {"n": "far"})
    made = Page(write_map(images(), ee.FeatureCollection([feature]), tmp_path / "map.html", id="n", true_color=False))
    (region,) = made.data["regions"]
    assert region["name"] == "far"
    assert np.ptp(region["rings"][0], axis=0) == pytest.approx([east - west, north - south], abs=1e-5)
    assert made.data["areas"][0][0] is not None


def test_an_existing_file_is_kept_unless_told_otherwise(sample_session: str, tmp_path: Path) -> None:
    path = tmp_path / "map.html"
    path.write_text("kept")
    with pytest.raises(gee_scl.ArgumentError, match="new file"):
        write_map(images(), AREA, path)
    assert path.read_text() == "kept"
    write_map(images(), (11.61, 46.45, 11.63, 46.46), path, true_color=False, overwrite=True)
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [file.name for file in tmp_path.iterdir()] == ["map.html"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"size": 10}, "size"),
        ({"by": "month"}, "by"),
        ({"max_dates": 0}, "max_dates"),
        ({"scheme": "nothing"}, "scheme"),
        (
            {"size": 2048, "by": "image", "period": ("2023-01-01", "2024-01-01")},
            r"48 dates of 1386 x 878 pixels.*up to 20 MB.*size=960",
        ),
        ({"max_dates": 2, "period": ("2023-05-01", "2023-09-01")}, "9 dates.*max_dates=2"),
        ({"period": ("2019-01-01", "2019-02-01")}, "at least one image"),
        ({"band": "MSK_CLDPRB"}, "MSK_CLDPRB"),
    ],
)
def test_what_cannot_be_shown_is_refused(
    arguments: dict[str, Any], text: str, sample_session: str, sample: Path, tmp_path: Path
) -> None:
    start, end = arguments.pop("period", (DAY, NEXT_DAY))
    with pytest.raises(gee_scl.GeeSclError, match=text):
        write_map(images(start, end), sample / "regions.geojson", tmp_path / "map.html", **arguments)
    assert list(tmp_path.iterdir()) == []


def test_a_session_is_needed(sample_engine: str, tmp_path: Path) -> None:
    with session_on(sample_engine):
        images = gee_scl.collection()
    ee.Reset()
    with pytest.raises(gee_scl.NotInitializedError):
        write_map(images, AREA, tmp_path / "map.html")


@pytest.mark.parametrize(
    ("by", "true_color", "requests"),
    [
        # The images are listed once, the bands where true colour is shown, and two pictures a day of two requests each;
        # statistics ask for one table.
        ("date", True, 1 + 1 + 1 + 9 * 2 * 2),
        ("date", False, 1 + 1 + 9 * 2),
        ("image", True, 1 + 1 + 1 + 18 * 2 * 2),
        ("image", False, 1 + 1 + 18 * 2),
    ],
)
@pytest.mark.some(2)
def test_a_page_lists_its_images_once(
    by: str, true_color: bool, requests: int, sample_session: str, sample: Path, tmp_path: Path
) -> None:
    regions = sample / "regions.geojson"
    summer = gee_scl.collection(regions, "2023-05-01", "2023-09-01")  # nine days of two tiles
    with engine_log() as log:
        write_map(summer, regions, tmp_path / "map.html", id="name", by=by, size=64, true_color=true_color)
        assert log.count() == requests


def test_regions_that_only_the_server_knows_cost_two_more_requests(
    sample_session: str, sample: Path, tmp_path: Path
) -> None:
    regions = ee.FeatureCollection(json.loads((sample / "regions.geojson").read_text("utf-8")))
    with engine_log() as log:
        write_map(images(), regions, tmp_path / "map.html", id="name", size=64)
        assert log.count() == 1 + 1 + 1 + 2 * 2 + 2  # as they are measured, and as they are drawn


def test_limits_are_handed_in(sample_session: str, tmp_path: Path) -> None:
    regions = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {}, "geometry": shapely.box(w, 46.45, w + 0.01, 46.46).__geo_interface__}
            for w in (11.60, 11.62, 11.64)
        ],
    }
    run = gee_scl.Run(limits=gee_scl.Limits(rows=1, regions=1, parallel=1, parallel_pictures=1))
    with engine_log() as log:
        write_map(images(), regions, tmp_path / "map.html", size=64, true_color=False, run=run)
        assert log.count("table:computeFeatures") == 1 + 3  # the list of images, and a table for each region


def test_a_longer_page_than_allowed_is_refused(sample_session: str, tmp_path: Path) -> None:
    with pytest.raises(gee_scl.ArgumentError, match="pages up to 0 MB") as caught:
        write_map(images(), AREA, tmp_path / "map.html", max_bytes=300_000)
    assert caught.value.argument == "size"
    write_map(images(), AREA, tmp_path / "map.html", max_bytes=300_000, size=64)
    assert (tmp_path / "map.html").stat().st_size < 300_000
    with pytest.raises(gee_scl.ArgumentError, match="fewer regions"):
        write_map(images(), AREA, tmp_path / "other.html", max_bytes=1000)


# --- The clock --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pass_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with LocalServer(cut_pass(tmp_path_factory.mktemp("pass"))) as server:
        yield server.url


def test_a_cut_pass_is_two_utc_days_and_the_warning_points_at_the_caller(pass_engine: str, tmp_path: Path) -> None:
    with session_on(pass_engine):
        ask = lambda: write_map(gee_scl.collection(), box(), tmp_path / "map.html", size=64)  # noqa: E731
        path, places = warned_at(ask)
    made = Page(path)
    assert [frame["label"] for frame in made.data["frames"]] == list(DAYS)
    assert places == [(__file__, line_of(ask))]
    assert "2, by UTC day" in " ".join(made.text)


def test_a_cut_pass_is_one_solar_day(pass_engine: str, tmp_path: Path) -> None:
    with session_on(pass_engine):
        images = gee_scl.collection()
        path, places = warned_at(lambda: write_map(images, box(), tmp_path / "map.html", size=64, day="solar"))
        frame = gee_scl.class_statistics(images, box(), by="date", day="solar")
    made = Page(path)
    assert [frame["label"] for frame in made.data["frames"]] == [DAYS[1]]
    assert places == []
    assert "2, by solar day" in " ".join(made.text)
    ((areas,),) = made.data["areas"]
    assert areas == [round(area) for area in frame["area_m2"]]
    scheme = gee_scl.SCHEMES["scl"]
    # 20 of 40 columns are of each image, or 19 where the later one lies on top; 40 rows or less.
    seen = {value: area / 400 for value, area in zip(scheme.values, areas, strict=True) if area}
    assert set(seen) == {WATER, SNOW}
    assert seen[SNOW] / seen[WATER] == pytest.approx(21 / 19, rel=0.06)
