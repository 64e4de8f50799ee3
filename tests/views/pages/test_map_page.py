"""The map page as a file: what is in it, what it can ask for, and what is refused before it is made."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import ee
import numpy as np
import pytest
import rasterio
from PIL import Image
from pyproj import Geod, Transformer
from rasterio.warp import Resampling, reproject

import gee_scl
from gee_scl.views.drawing.extent import extent_around
from gee_scl.views.pages.embedding import class_png, true_color_webp
from gee_scl.views.pages.map_page import BASEMAP_HOST, write_map
from gee_scl.views.pages.policy import content_policy
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
    with gee_scl.local_session(sample_engine):
        return Page(write_map(tmp_path_factory.mktemp("map") / "map.html", images(), AREA))


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
    with gee_scl.local_session(tmp_path):
        collection = gee_scl.collection()
        box = ee.Geometry(collection.first().geometry()).bounds().coordinates().getInfo()[0]
        area = (box[0][0], box[0][1], box[2][0], box[2][1])
        year = ee.Date(collection.first().date()).format("yyyy").getInfo()
        made = Page(write_map(tmp_path / "map.html", collection, area, true_color=False))
    cited = f"Contains modified Copernicus Sentinel data {year}, processed by the local engine of gee-scl."
    assert cited in made.text
    assert "trueColor" not in made.data["frames"][0]


def test_texts_are_escaped(sample_session: str, tmp_path: Path) -> None:
    ring = [[11.6, 46.44], [11.65, 46.44], [11.65, 46.47], [11.6, 46.44]]
    region = {"type": "Feature", "properties": {"n": HOSTILE}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    scheme = gee_scl.Scheme.from_groups("h", {HOSTILE: [4, 5], "Rest": [6]}, title=HOSTILE)
    path = write_map(
        tmp_path / "map.html",
        images(),
        region,
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
    made = Page(write_map(tmp_path / "map.html", images(), AREA, live=True))
    (frame,) = made.data["frames"]
    assert set(frame) == {"label", "classes", "classTiles", "trueColorTiles"}
    assert frame["classTiles"].startswith(f"{sample_session}/")
    assert frame["classTiles"].endswith("/tiles/{z}/{x}/{y}")
    assert f"img-src data: {sample_session};" in made.policy


def test_a_basemap_is_there_only_where_it_is_asked_for(sample_session: str, page: Page, tmp_path: Path) -> None:
    made = Page(write_map(tmp_path / "map.html", images(), AREA, basemap=True, true_color=False))
    assert f"img-src data: {BASEMAP_HOST};" in made.policy
    assert made.data["basemap"] == f"{BASEMAP_HOST}/{{z}}/{{x}}/{{y}}.png"
    assert page.data["basemap"] is None


def test_images_can_be_shown_one_by_one(sample_session: str, tmp_path: Path) -> None:
    box = (11.61, 46.45, 11.63, 46.46)
    done: list[tuple[int, int]] = []
    path = write_map(
        tmp_path / "map.html", images(), box, by="image", true_color=False, progress=lambda *step: done.append(step)
    )
    made = Page(path)
    assert [frame["label"] for frame in made.data["frames"]] == [f"{DAY} 32TPS", f"{DAY} 32TQS"]
    assert done == [(1, 2), (2, 2)]


def test_outlines_that_only_the_server_knows_are_drawn(sample_session: str, tmp_path: Path) -> None:
    west, south, east, north = 11.61, 46.45, 11.63, 46.46
    feature = ee.Feature(ee.Geometry.Rectangle([west, south, east, north], None, False), {"n": "far"})
    made = Page(write_map(tmp_path / "map.html", images(), ee.FeatureCollection([feature]), id="n", true_color=False))
    (region,) = made.data["regions"]
    assert region["name"] == "far"
    assert np.ptp(region["rings"][0], axis=0) == pytest.approx([east - west, north - south], abs=1e-5)
    assert made.data["areas"][0][0] is not None


def test_an_existing_file_is_kept_unless_told_otherwise(sample_session: str, tmp_path: Path) -> None:
    path = tmp_path / "map.html"
    path.write_text("kept")
    with pytest.raises(gee_scl.ArgumentError, match="new file"):
        write_map(path, images(), AREA)
    assert path.read_text() == "kept"
    write_map(path, images(), (11.61, 46.45, 11.63, 46.46), true_color=False, overwrite=True)
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
        write_map(tmp_path / "map.html", images(start, end), sample / "regions.geojson", **arguments)
    assert list(tmp_path.iterdir()) == []


def test_true_colour_needs_its_bands(sample_session: str, tmp_path: Path) -> None:
    with pytest.raises(gee_scl.ArgumentError, match=r"true_color.*B4, B3, B2"):
        write_map(tmp_path / "map.html", images().select(["SCL"]), AREA)


def test_a_session_is_needed(tmp_path: Path) -> None:
    ee.Reset()
    with pytest.raises(gee_scl.NotInitializedError):
        write_map(tmp_path / "map.html", None, AREA)  # type: ignore[arg-type]


# --- The window -------------------------------------------------------------------------------------------------------


def test_the_window_surrounds_the_regions_with_whole_square_pixels() -> None:
    box = (11.0, 46.0, 11.5, 46.2)
    extent = extent_around([box], 768)
    west, south, east, north = extent.bounds
    to_metres = Transformer.from_crs(4326, 3857, always_xy=True)
    left, bottom, right, top = (*to_metres.transform(11.0, 46.0), *to_metres.transform(11.5, 46.2))
    assert west < left < right < east
    assert south < bottom < top < north
    assert (extent.width, max(extent.width, extent.height)) == (768, 768)
    assert (west + east) / 2 == pytest.approx((left + right) / 2)
    assert (south + north) / 2 == pytest.approx((bottom + top) / 2)


def test_pixels_are_no_finer_than_ten_metres_on_the_ground() -> None:
    extent = extent_around([(11.0, 60.0, 11.01, 60.005)], 2048)
    assert extent.metres == pytest.approx(10, rel=1e-3)
    assert extent.pixel == pytest.approx(10 / math.cos(math.radians(60.0025)), rel=1e-3)


@pytest.mark.parametrize("box", [(179, 10, 181, 11), (-170, 10, 170, 11), (10, 80, 11, 86)])
def test_what_web_mercator_cannot_show_in_one_piece_is_refused(box: tuple[float, ...]) -> None:
    with pytest.raises(gee_scl.RegionError):
        extent_around([box], 768)


# --- Pictures ---------------------------------------------------------------------------------------------------------


def test_class_pictures_shrink_and_keep_each_pixel() -> None:
    random = np.random.default_rng(4)
    rgba = np.zeros((60, 70, 4), np.uint8)
    rgba[..., :3] = random.integers(0, 256, (12, 3))[random.integers(0, 12, (60, 70))]
    rgba[..., 3] = 255 * (random.random((60, 70)) > 0.2)
    given = io.BytesIO()
    Image.fromarray(rgba).save(given, "PNG")
    made = class_png(given.getvalue())
    assert len(made) < len(given.getvalue())
    read = np.asarray(Image.open(io.BytesIO(made)).convert("RGBA"))
    seen = rgba[..., 3] == 255
    assert np.array_equal(read[seen], rgba[seen])
    assert np.array_equal(read[..., 3], rgba[..., 3])


def test_pictures_of_more_colours_than_a_palette_holds_stay_as_they_are() -> None:
    rgb = np.arange(300 * 3, dtype=np.uint16).astype(np.uint8).reshape(1, 300, 3)
    rgb[0, :, 0], rgb[0, :, 1] = np.arange(300) % 256, np.arange(300) // 256
    given = io.BytesIO()
    Image.fromarray(rgb).save(given, "PNG")
    assert class_png(given.getvalue()) == given.getvalue()


def test_true_colour_keeps_what_is_transparent() -> None:
    rgba = np.full((32, 32, 4), (90, 120, 60, 255), np.uint8)
    rgba[:10, :, 3] = 0
    given = io.BytesIO()
    Image.fromarray(rgba).save(given, "PNG")
    read = np.asarray(Image.open(io.BytesIO(true_color_webp(given.getvalue()))).convert("RGBA"))
    assert np.array_equal(read[..., 3], rgba[..., 3])
    assert np.abs(read[12:, :, :3].astype(int) - (90, 120, 60)).max() <= 6


def test_a_page_without_scripts_may_run_none() -> None:
    assert "script-src 'none';" in content_policy([], ["map.css"])
