"""Advice can be followed: every error that says what to do is raised here, and what it says is done."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import ee
import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

import gee_scl
from gee_scl import charts, exports, layers, views
from gee_scl.commands.main import command_line, main
from gee_scl.local.server import LocalServer
from gee_scl.session import sample_folder
from tests.support.advice import Advice, all_advice
from tests.support.engines import server_over, session_on

AREA = (11.58, 46.42, 11.6, 46.44)
UTM = {"crs": "EPSG:32632", "scale": 20}

pytestmark = pytest.mark.filterwarnings("ignore")


@dataclass
class World:
    """What advice is tried on: an engine, some images and regions, and a folder."""

    server: LocalServer
    folder: Path

    @cached_property
    def images(self) -> ee.ImageCollection:
        return gee_scl.collection(start="2023-05-01", end="2023-06-01")

    @cached_property
    def image(self) -> ee.Image:
        return ee.Image(self.images.first())

    @cached_property
    def fields(self) -> dict[str, Any]:
        return gee_scl.sample_regions()

    @cached_property
    def table(self) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame.from_features(self.fields["features"], crs=4326)

    @cached_property
    def frame(self) -> pd.DataFrame:
        return gee_scl.class_statistics(self.images, self.fields, id="name", by="date")

    @cached_property
    def rgb(self) -> ee.Image:
        return gee_scl.visualize(self.image)

    @cached_property
    def composite(self) -> ee.Image:
        return gee_scl.composite(self.images, "median", bands=["B4"])

    def path(self, name: str) -> Path:
        return self.folder / name

    def statistics(self, regions: object, images: object = None, **options: Any) -> pd.DataFrame:
        return gee_scl.class_statistics(self.image if images is None else images, regions, **options)

    def tif(self, name: str, array: np.ndarray, **options: Any) -> Path:
        array = np.atleast_3d(array) if array.ndim == 2 else array
        path = self.path(name)
        bands = array.shape[2]
        profile = {"driver": "GTiff", "width": array.shape[1], "height": array.shape[0], "count": bands, **options}
        with rasterio.open(path, "w", dtype=array.dtype, **profile) as file:
            for band in range(bands):
                file.write(array[:, :, band], band + 1)
        return path

    def geojson(self, name: str, regions: object) -> str:
        self.path(name).write_text(json.dumps(regions))
        return str(self.path(name))

    def layered(self) -> Path:
        """A GeoPackage with two layers of regions."""
        path = self.path("fields.gpkg")
        self.table.iloc[:2].to_file(path, layer="north", driver="GPKG")
        self.table.iloc[2:].to_file(path, layer="south", driver="GPKG")
        return path

    def refused(self, text: str, ask: Callable[[], object], route: str = "*") -> object:
        with self.server.fail(route, message=text, status=400):
            return ask()

    def task_failed(self, text: str) -> exports.Task:
        self.server.engine.operations.fail(text)
        return exports.export_image(self.image, f"failed-{len(text)}", to=exports.Drive("f"))


SQUARE = {
    "type": "Polygon",
    "coordinates": [[[11.58, 46.42], [11.6, 46.42], [11.6, 46.44], [11.58, 46.44], [11.58, 46.42]]],
}
BOW_TIE = {
    "type": "Polygon",
    "coordinates": [[[11.58, 46.42], [11.6, 46.44], [11.6, 46.42], [11.58, 46.44], [11.58, 46.42]]],
}
LINE = {"type": "LineString", "coordinates": [[11.58, 46.42], [11.6, 46.44]]}
CAP = {"type": "Polygon", "coordinates": [[[0, 80], [120, 80], [-120, 80], [0, 80]]]}
FLAT = {"type": "Polygon", "coordinates": [[[-120, 46], [120, 46], [120, 46], [-120, 46], [-120, 46]]]}
SCL = gee_scl.SCHEMES["scl"]


def unlike_bands(world: World) -> ee.ImageCollection:
    return ee.ImageCollection([world.image.select(["SCL"]), world.image.select(["SCL", "B4"])])


def utm_table(world: World) -> gpd.GeoDataFrame:
    return world.table.to_crs(32632)


def same_day(world: World) -> pd.DataFrame:
    return gee_scl.class_statistics(world.images, world.fields, id="name")


def unlike_days(world: World) -> pd.DataFrame:
    frame = world.frame
    return frame[~((frame["region"] == "Lake") & (frame["date"] == frame["date"].min()))]


def never_seen(world: World) -> pd.DataFrame:
    frame = world.frame.copy()
    lake = frame["region"] == "Lake"
    frame.loc[lake, ["pixels", "area_m2"]] = 0
    frame.loc[lake, ["percent", "percent_of_region"]] = np.nan
    return frame


def wide_scheme() -> gee_scl.Scheme:
    values = list(range(1, 14))
    return gee_scl.Scheme.from_lists("many", values, [f"Class {v}" for v in values], [f"{v:06x}" for v in values])


def tiles_of_two(world: World, second: dict[str, Any]) -> Path:
    """Two parts of one export, side by side."""
    folder = world.path("parts")
    folder.mkdir(exist_ok=True)
    common = {"crs": "EPSG:32632", "nodata": 0}
    for column, options in ((0, {}), (16, second)):
        transform = rasterio.Affine(20, 0, 600000 + 20 * column, 0, -20, 5200000)
        name = f"parts/scl-{0:010d}-{column:010d}.tif"
        array = np.full((16, 16), 4, options.pop("dtype", "uint8"))
        world.tif(name, array, **{**common, "transform": transform, **options})
    return folder


FOLLOWED: dict[str, tuple[Callable[[World], object], Callable[[World], object]]] = {
    "Add --live.": (
        lambda w: doctor("--local", w.server.url),
        lambda w: doctor("--live", "--local", w.server.url),
    ),
    "Write 'year_": (
        lambda w: gee_scl.remap(w.image, "land", name="1999"),
        lambda w: gee_scl.remap(w.image, "land", name="year_1999").getInfo(),
    ),
    "Put together bands that all images have": (
        lambda w: w.statistics(AREA, unlike_bands(w).mosaic(), **UTM),
        lambda w: w.statistics(AREA, unlike_bands(w).select(["SCL"]).mosaic(), **UTM),
    ),
    "Say what its values mean": (
        lambda w: w.statistics(AREA, w.image.select(["SCL"], ["qa"]), band="qa"),
        lambda w: [
            w.statistics(AREA, w.image.select(["SCL"], ["qa"]), band="qa", scheme="scl"),
            w.statistics(
                AREA,
                gee_scl.remap(w.image, "land").select(["land"], ["qa"]),
                band="qa",
                scheme=gee_scl.SCHEMES["land"].remapped(),
            ),
            w.statistics(
                AREA,
                w.image.select("SCL").eq(6).rename("wet"),
                band="wet",
                scheme=gee_scl.Scheme.from_lists("wet", [0, 1], ["Dry", "Wet"], ["c8b48c", "0000ff"]),
            ),
            gee_scl.mode(
                w.images.map(lambda image: gee_scl.remap(image, "land")),
                band="land",
                scheme=gee_scl.Scheme.of(gee_scl.remap(w.image, "land"), "land"),
            ).getInfo(),
        ],
    ),
    "Name what is masked by `mask`; or say scheme='scl'.": (
        lambda w: gee_scl.mask_clouds(w.image.select(["SCL"], ["qa"]), 3, band="qa", snow=True),
        lambda w: [
            gee_scl.mask_clouds(w.image.select(["SCL"], ["qa"]), [3, 11], band="qa").getInfo(),
            gee_scl.mask_clouds(w.image.select(["SCL"], ["qa"]), 3, band="qa", scheme="scl", snow=True).getInfo(),
        ],
    ),
    "Scheme.from_groups(..., source=this scheme) gathers classes.": (
        lambda w: many_classes().transitions(),
        lambda w: gee_scl.Scheme.from_groups(
            "few", {"low": range(50), "high": range(50, 99)}, source=many_classes()
        ).transitions(),
    ),
    "gee_scl.legend() lists all classes.": (
        lambda w: gee_scl.class_mask(w.image, 3.5),
        lambda w: gee_scl.class_mask(w.image, gee_scl.legend()["earth_engine_name"].tolist()[6:7]),
    ),
    "visualize() has no such limit.": (
        lambda w: gee_scl.Scheme.from_lists("far", [0, 1, 9000], ["a", "b", "c"], ["000000"] * 3).vis_params("x"),
        lambda w: gee_scl.visualize(
            w.image, gee_scl.Scheme.from_lists("far", [0, 1, 9000], ["a", "b", "c"], ["000000"] * 3)
        ).getInfo(),
    ),
    "Turn them into texts first.": (
        lambda w: exports.export_table(
            w.image, w.table.assign(n=[shapely.Point(1, n) for n in range(6)]), "o", keep=["n"]
        ),
        lambda w: exports.export_table(
            w.image, w.table.assign(n=[str(shapely.Point(1, n)) for n in range(6)]), "o", keep=["n"]
        ).wait(),
    ),
    "Write to=gee_scl.exports.": (
        lambda w: exports.export_image(w.image, to="drive"),
        lambda w: exports.export_image(w.image, to=exports.Drive("folder")).wait(),
    ),
    "most_pixels=": (
        lambda w: exports.download_image(w.image, w.path("m.tif"), most_pixels=10),
        lambda w: [
            exports.download_image(w.image, w.path("m.tif"), most_pixels=160_000),
            exports.export_image(w.image, "instead", to=exports.Drive()).wait(),
        ],
    ),
    "Give its CRS alone, as image.projection().crs().getInfo() says it": (
        lambda w: gee_scl.class_statistics(w.image, AREA, crs=w.image.select("SCL").projection()),
        lambda w: gee_scl.class_statistics(
            w.image, AREA, crs=w.image.select("SCL").projection().crs().getInfo(), scale=20
        ),
    ),
    "Give its …: frame.crs.": (
        lambda w: gee_scl.class_statistics(w.image, AREA, crs=w.table, scale=20),
        lambda w: gee_scl.class_statistics(w.image, AREA, crs=w.table.to_crs(3035).crs, scale=20),
    ),
    "Give crs and scale.": (
        lambda w: exports.download_image(
            w.image.select("SCL").setDefaultProjection(ee.Projection("EPSG:32632", [20, 5, 600000, 5, -20, 5200000])),
            w.path("t.tif"),
            region=AREA,
        ),
        lambda w: exports.download_image(
            w.image.select("SCL").setDefaultProjection(ee.Projection("EPSG:32632", [20, 5, 600000, 5, -20, 5200000])),
            w.path("t.tif"),
            region=AREA,
            **UTM,
        ),
    ),
    "Add {time} or {image}.": (
        lambda w: exports.preview_exports(w.images, "{date}"),
        lambda w: [
            exports.preview_exports(w.images, "{date}_{image}"),
            exports.preview_exports(w.images.filter(ee.Filter.eq("MGRS_TILE", "32TPS")), "{date}_{time}"),
        ],
    ),
    "Export one image with export_image.": (
        lambda w: exports.export_collection(w.image),
        lambda w: exports.export_image(w.image, "one").wait(),
    ),
    "run=gee_scl.Run(most_tasks=": (
        lambda w: exports.preview_exports(w.images, run=gee_scl.Run(most_tasks=2)),
        lambda w: exports.preview_exports(w.images, run=gee_scl.Run(most_tasks=4)),
    ),
    "Earth Engine's names have letters": (
        lambda w: exports.export_image(w.image, "???"),
        lambda w: exports.export_image(w.image, "letters-123_").wait(),
    ),
    "existing='keep' leaves it as it is": (
        lambda w: [exports.export_image(w.image, "twice").wait() for _ in range(2)],
        lambda w: [
            exports.export_image(w.image, "twice", existing="keep"),
            exports.export_image(w.image, "twice", existing="replace").wait(),
            exports.export_image(w.image, "another").wait(),
        ],
    ),
    "Give the scheme and no-data value of all parts.": (
        lambda w: gee_scl.add_color_table(tiles_of_two(w, {"nodata": 255})),
        lambda w: gee_scl.add_color_table(tiles_of_two(w, {"nodata": 255}), scheme="scl", nodata=0),
    ),
    "it is the no-data value: give another as nodata=.": (
        lambda w: gee_scl.add_color_table(w.tif("n.tif", np.full((9, 9), 4, "uint8"), nodata=4)),
        lambda w: gee_scl.add_color_table(w.path("n.tif"), nodata=0),
    ),
    "export the band of classes alone.": (
        lambda w: gee_scl.add_color_table(w.tif("two.tif", np.full((9, 9, 2), 4, "uint8"))),
        lambda w: gee_scl.add_color_table(w.tif("two.tif", np.full((9, 9, 1), 4, "uint8"))),
    ),
    "export the classes with image.toUint8()": (
        lambda w: gee_scl.add_color_table(w.tif("f.tif", np.full((9, 9), 4, "float32"))),
        lambda w: gee_scl.add_color_table(w.tif("f.tif", np.full((9, 9), 4, "float32").astype("uint8"))),
    ),
    "unlisted='keep' goes on and leaves the others without colour.": (
        lambda w: gee_scl.add_color_table(w.tif("odd.tif", np.full((9, 9), 77, "uint8")), scheme="scl"),
        lambda w: gee_scl.add_color_table(w.path("odd.tif"), scheme="scl", unlisted="keep"),
    ),
    "Move it away, or give overwrite=True to replace it.": (
        lambda w: (
            w.path("s.qml").write_text("<qgis/>"),
            gee_scl.add_color_table(w.tif("s.tif", np.full((9, 9), 4, "uint8"))),
        ),
        lambda w: gee_scl.add_color_table(w.path("s.tif"), overwrite=True),
    ),
    "Move it elsewhere.": (
        lambda w: (
            w.path("a.tif.aux.xml").write_text("<other/>"),
            gee_scl.add_color_table(w.tif("a.tif", np.full((9, 9), 4, "uint8"))),
        ),
        lambda w: (w.path("a.tif.aux.xml").unlink(), gee_scl.add_color_table(w.path("a.tif"))),
    ),
    "Remove it if it is broken.": (
        lambda w: (
            w.path("b.tif.aux.xml").write_text("<PAM"),
            gee_scl.add_color_table(w.tif("b.tif", np.full((9, 9), 4, "uint8"))),
        ),
        lambda w: (w.path("b.tif.aux.xml").unlink(), gee_scl.add_color_table(w.path("b.tif"))),
    ),
    "scheme=None exports bands as they are": (
        lambda w: exports.download_image(w.images.select("SCL").mean(), w.path("x.tif"), region=AREA, **UTM),
        lambda w: exports.download_image(
            w.images.select("SCL").mean(), w.path("x.tif"), region=AREA, scheme=None, **UTM
        ),
    ),
    "Export a collection with export_collection.": (
        lambda w: exports.export_image(w.images),
        lambda w: exports.wait_all(exports.export_collection(w.images.limit(1), "c{image}")),
    ),
    "Call the function that started it again, with existing='keep'.": (
        lambda w: retried_elsewhere(w),
        lambda w: exports.export_image(w.image, "forgotten", existing="keep").wait(),
    ),
    "put together by merge() get indices of their own": (
        lambda w: gee_scl.class_statistics(ee.ImageCollection([w.image, gee_scl.mask_clouds(w.image)]), AREA),
        lambda w: [
            gee_scl.class_statistics(
                ee.ImageCollection([w.image]).merge(ee.ImageCollection([gee_scl.mask_clouds(w.image)])), AREA
            ),
            gee_scl.class_statistics(ee.ImageCollection([w.image, gee_scl.mask_clouds(w.image)]), AREA, by="date"),
        ],
    ),
    "partial=True reads it": (
        lambda w: exports.read_exported(part_of_two(w)),
        lambda w: exports.read_exported(part_of_two(w), partial=True),
    ),
    "It goes on; wait again.": (
        lambda w: exports.export_image(w.image, "slow", scale=2).wait(timeout=0),
        lambda w: exports.export_image(w.image, "slow", scale=2, existing="keep").wait(),
    ),
    "Repeat that request, or give": (
        lambda w: [unfinished(w), exports.download_image(w.image, w.path("u.tif"), scheme="water")],
        lambda w: [
            exports.download_image(w.image, w.path("u.tif"), scheme="land"),
            w.path("u.tif").unlink(),
            unfinished(w),
            exports.download_image(w.image, w.path("u.tif"), scheme="water", overwrite=True),
        ],
    ),
    "Give the collection, not an image inside a map.": (
        lambda w: gee_scl.with_cloud_score(w.image, missing="drop"),
        lambda w: gee_scl.with_cloud_score(w.images, missing="drop").size().getInfo(),
    ),
    "Or give a color.": (
        lambda w: gee_scl.true_color(w.image, "cloud", scheme="land"),
        lambda w: gee_scl.true_color(w.image, "cloud", scheme="land", color="ff0000").getInfo(),
    ),
    "Larger shapes can be dropped by an opening": (
        lambda w: gee_scl.remove_specks(gee_scl.class_mask(w.image, "cloud"), 1e9),
        lambda w: gee_scl.dilate(gee_scl.erode(gee_scl.class_mask(w.image, "cloud"), 100), 100).getInfo(),
    ),
    "Only 'best_pixel' looks at scores.": (
        lambda w: gee_scl.composite(w.images, "median", score=gee_scl.PixelScore()),
        lambda w: gee_scl.composite(w.images, "best_pixel", bands="B4", score=gee_scl.PixelScore()).getInfo(),
    ),
    "The frame does not hold the colours of a scheme of one's own.": (
        lambda w: charts.bars(
            w.statistics(AREA, scheme=replace(SCL, name="mine", classes=SCL.classes[:2])).assign(class_name="Other")
        ),
        lambda w: charts.bars(w.statistics(AREA, scheme=SCL), scheme=SCL),
    ),
    "ask class_statistics for by='date', or keep one tile.": (
        lambda w: charts.stacked_area(same_day(w), region="Lake"),
        lambda w: [
            charts.stacked_area(w.frame, region="Lake"),
            charts.stacked_area(same_day(w).query("tile == '32TPS'"), region="Lake"),
        ],
    ),
    "ask class_statistics for the long one.": (
        lambda w: charts.bars(w.statistics(AREA, layout="wide")),
        lambda w: charts.bars(w.statistics(AREA)),
    ),
    "bars(rows='region') needs no dates.": (
        lambda w: charts.bars(w.frame.assign(date=pd.NaT), rows="date"),
        lambda w: charts.bars(
            w.statistics(w.fields, gee_scl.composite(w.images, "most_recent", bands=[]), band="class", **UTM),
            rows="region",
        ),
    ),
    "small_multiples draws the areas of each.": (
        lambda w: charts.stacked_area(unlike_days(w)),
        lambda w: [charts.stacked_area(unlike_days(w), region="Lake"), charts.small_multiples(unlike_days(w))],
    ),
    "They were not seen on the same days.": (
        lambda w: charts.clear_calendar(unlike_days(w)),
        lambda w: [charts.clear_calendar(unlike_days(w), region="Lake"), charts.small_multiples(unlike_days(w))],
    ),
    "Never classified, so of unknown area": (
        lambda w: charts.stacked_area(never_seen(w)),
        lambda w: [charts.stacked_area(never_seen(w), region="Towns"), charts.small_multiples(never_seen(w))],
    ),
    "Select with classes= instead.": (
        lambda w: charts.stacked_area(w.frame[w.frame["class_value"] != 4]),
        lambda w: charts.stacked_area(w.frame, classes="water"),
    ),
    "Put it into a collection: ee.ImageCollection([image]).": (
        lambda w: gee_scl.composite(w.image),
        lambda w: gee_scl.composite(ee.ImageCollection([w.image])).getInfo(),
    ),
    "Give … to replace it.": (
        lambda w: [exports.download_image(w.image, w.path("o.tif")) for _ in range(2)],
        lambda w: exports.download_image(w.image, w.path("o.tif"), overwrite=True),
    ),
    "Cut the pole out, or give a polar projection": (
        lambda w: w.statistics(CAP),
        lambda w: gee_scl.class_statistics(w.image, gpd.GeoSeries([shapely.Point(0, 0).buffer(1e6)], crs=3995)),
    ),
    "Give it where they are read.": (
        lambda w: w.statistics(read(w), id="name"),
        lambda w: w.statistics(read(w, id="name")),
    ),
    "Rename it in the regions first": (
        lambda w: w.statistics(w.table.assign(date="sown"), keep=["date"]),
        lambda w: w.statistics(w.table.assign(date="sown").rename(columns={"date": "own_date"}), keep=["own_date"]),
    ),
    "Give one of them as layer=": (
        lambda w: w.statistics(w.layered()),
        lambda w: [
            w.statistics(w.layered(), layer="north"),
            gee_scl.collection(gpd.read_file(w.layered(), layer="north")).size().getInfo(),
            gee_scl.collection(w.layered(), layer="north").size().getInfo(),
            command(w, "stats", str(w.layered()), "--layer", "south"),
        ],
    ),
    "GeoJSON as text goes through json.loads.": (
        lambda w: w.statistics(json.dumps(SQUARE)),
        lambda w: w.statistics(json.loads(json.dumps(SQUARE))),
    ),
    "a band of latitudes is a bounding box.": (
        lambda w: w.statistics(FLAT),
        lambda w: w.statistics((-120, 46, 120, 46.01)),
    ),
    "Repair it with shapely.make_valid": (
        lambda w: w.statistics(BOW_TIE),
        lambda w: w.statistics(shapely.make_valid(shapely.geometry.shape(BOW_TIE), method="structure")),
    ),
    "The coordinates are probably projected: pass a GeoDataFrame with its crs.": (
        lambda w: w.statistics(
            json.loads(utm_table(w).to_json(drop_id=True, to_wgs84=False))["features"][0]["geometry"]
        ),
        lambda w: w.statistics(utm_table(w)),
    ),
    "Buffer points and lines.": (
        lambda w: w.statistics(ee.FeatureCollection([ee.Feature(ee.Geometry.Point(11.6, 46.43))])),
        lambda w: w.statistics(ee.FeatureCollection([ee.Feature(ee.Geometry.Point(11.6, 46.43).buffer(100))])),
    ),
    "Buffer it in a CRS in metres, for example geometry.buffer(10).": (
        lambda w: w.statistics(LINE),
        lambda w: w.statistics(
            gpd.GeoSeries.from_wkt([shapely.geometry.shape(LINE).wkt], crs=4326).to_crs(32632).buffer(10)
        ),
    ),
    "Cast it: ee.FeatureCollection(...).": (
        lambda w: w.statistics(ee.FeatureCollection(w.fields).toList(9)),
        lambda w: w.statistics(ee.FeatureCollection(ee.FeatureCollection(w.fields).toList(9))),
    ),
    "Say which it is, for example frame.set_crs('EPSG:4326').": (
        lambda w: w.statistics(w.table.set_crs(None, allow_override=True)),
        lambda w: w.statistics(w.table.set_crs(None, allow_override=True).set_crs("EPSG:4326")),
    ),
    "West and east may be swapped.": (
        lambda w: w.statistics((11.6, 46.42, 11.58, 46.44)),
        lambda w: w.statistics((11.58, 46.42, 11.6, 46.44)),
    ),
    "Several are a list: ": (
        lambda w: gee_scl.mask_clouds(w.image, "cloud, shadow"),
        lambda w: gee_scl.mask_clouds(w.image, ["cloud", "shadow"]).getInfo(),
    ),
    "An export that was repeated leaves both files": (
        lambda w: repeated(w, "read"),
        lambda w: repeated(w, "read (1)"),
    ),
    "The numbers look projected: pass a GeoDataFrame with its crs.": (
        lambda w: w.statistics((690000, 5140000, 700000, 5150000)),
        lambda w: w.statistics(gpd.GeoDataFrame(geometry=[shapely.box(690000, 5140000, 700000, 5150000)], crs=32632)),
    ),
    "Give a smaller region or a larger scale.": (
        lambda w: w.refused(
            "Export too large: specified 2 pixels (max: 1). Specify higher maxPixels value.",
            lambda: exports.export_image(w.image, "large"),
        ),
        lambda w: [
            exports.export_image(w.image, "small", region=AREA).wait(),
            exports.export_image(w.image, "coarse", scale=60).wait(),
        ],
    ),
    "Delete it, give another name, or ask for existing='replace'.": (
        lambda w: w.refused(
            "Cannot overwrite asset 'x'.", lambda: exports.export_image(w.image, "x", to=exports.Asset())
        ),
        lambda w: exports.export_image(w.image, "x", to=exports.Asset(), existing="replace").wait(),
    ),
    "Give all bands one type: export them with gee_scl.": (
        lambda w: w.refused(
            "Exported bands must have compatible data types; found inconsistent types: Byte and UInt16.",
            lambda: w.statistics(AREA),
        ),
        lambda w: exports.export_image(w.image, "both", band=["SCL", "B4"]).wait(),
    ),
    "Simplify the regions' outlines, or split them.": (
        lambda w: w.refused("Geometry has too many edges (3 > 2).", lambda: w.statistics(AREA)),
        lambda w: w.statistics(w.table.assign(geometry=w.table.simplify(0.001)).explode()),
    ),
    "Simplify the regions' outlines, or upload them as an asset.": (
        lambda w: w.refused("Request payload size exceeds the limit: 10485760 bytes.", lambda: w.statistics(AREA)),
        lambda w: [w.statistics(w.table.simplify(0.001)), w.statistics(uploaded(w))],
    ),
    "Use fewer or smaller regions, a shorter period, or tile_scale=4.": (
        lambda w: w.refused("User memory limit exceeded.", lambda: w.statistics(AREA)),
        lambda w: w.statistics(AREA, tile_scale=4),
    ),
    "Wait until tasks are done, or cancel some.": (
        lambda w: w.refused("Too many tasks already in the queue (3000).", lambda: exports.export_image(w.image, "q")),
        lambda w: [exports.export_image(w.image, "q").cancel(), exports.wait_all(exports.tasks())],
    ),
    "Wait, then ask again": (
        lambda w: w.refused("Too many concurrent aggregations.", lambda: w.statistics(AREA)),
        lambda w: w.statistics(AREA),
    ),
    "ee.Feature(...).geometry() gives it.": (
        lambda w: gee_scl.masked_share(w.image, gee_scl.mask_clouds(w.image), region=ee.Feature(SQUARE)),
        lambda w: gee_scl.masked_share(
            w.image, gee_scl.mask_clouds(w.image), region=ee.Feature(SQUARE).geometry()
        ).getInfo(),
    ),
    "True colour needs the bands B4, B3 and B2": (
        lambda w: gee_scl.thumbnail(views.true_color_view(w.image.select(["B8", "SCL"])), AREA, w.path("c.png")),
        lambda w: [
            gee_scl.thumbnail(
                views.true_color_view(w.image.select(["B8", "SCL"]), bands=("B8", "B8", "B8")), AREA, w.path("c1.png")
            ),
            gee_scl.thumbnail(views.class_view(w.image.select(["B8", "SCL"])), AREA, w.path("c2.png")),
        ],
    ),
    "What is missing may be the first image": (
        lambda w: w.statistics(AREA, ee.Image(gee_scl.collection(start="2030-01-01").first())),
        lambda w: gee_scl.collection(start="2030-01-01").size().getInfo(),
    ),
    "The collection holds no image that it was made of": (
        lambda w: w.statistics(AREA, gee_scl.mode(gee_scl.collection(start="2030-01-01")), band="class", **UTM),
        lambda w: w.statistics(AREA, gee_scl.mode(w.images), band="class", **UTM),
    ),
    "Where some images lack the band, leave them out": (
        lambda w: w.statistics(AREA, ee.ImageCollection([w.image, w.image.select("B4")])),
        lambda w: [
            w.statistics(
                AREA,
                ee.ImageCollection([w.image, w.image.select("B4")]).filter(
                    ee.Filter.listContains("system:band_names", "SCL")
                ),
            ),
            w.statistics(AREA, w.image.select(["SCL"], ["qa"]), band="qa", scheme="scl"),
        ],
    ),
    "Check the asset's id": (
        lambda w: w.statistics(ee.FeatureCollection("projects/gee-scl-local/assets/no-such")),
        lambda w: w.statistics(uploaded(w)),
    ),
    "Leave out reproject(), or give it a larger scale": (
        lambda w: w.refused("Reprojection output too large (9x9 pixels).", lambda: w.statistics(AREA)),
        lambda w: exports.export_image(w.image, "own").wait(),
    ),
    "No region meets an image: check regions and period.": (
        lambda w: exports.export_table(w.images, (0, 0, 1, 1), "none").wait(),
        lambda w: exports.export_table(w.images, AREA, "some").wait(),
    ),
    ": it has not enough memory.": (
        lambda w: w.task_failed("Execution failed; out of memory.").wait(),
        lambda w: exports.export_image(w.image, "smaller", region=AREA).wait(),
    ),
    "Simplify it, or upload it as an asset and give ee.FeatureCollection(its id).": (
        lambda w: gee_scl.with_clear_share(w.images, many_vertices()),
        lambda w: [
            gee_scl.with_clear_share(w.images, many_vertices().simplify(0.01)).size().getInfo(),
            gee_scl.with_clear_share(w.images, uploaded(w)).size().getInfo(),
        ],
    ),
    "Check region, period and max_cloud.": (
        lambda w: w.statistics(AREA, gee_scl.collection(start="2030-01-01")),
        lambda w: w.statistics(AREA, gee_scl.collection(start="2023-05-01", end="2023-05-10")),
    ),
    "Give scale=20 and crs='EPSG:326..', or call setDefaultProjection on the composite.": (
        lambda w: w.statistics(AREA, w.images.select("SCL").mosaic()),
        lambda w: [
            w.statistics(AREA, w.images.select("SCL").mosaic(), scale=20, crs="EPSG:32632"),
            w.statistics(
                AREA, w.images.select("SCL").mosaic().setDefaultProjection(w.image.select("SCL").projection())
            ),
        ],
    ),
    "gee-scl serve has --exports.": (
        lambda w: gee_scl.initialize(local=w.server.url, exports=w.folder),
        lambda w: LocalServer(w.server.engine.catalogue.folder, exports=w.folder).stop(),
    ),
    "Set the environment variable … to such a folder.": (
        lambda w: kept_in(w, w.path("no-folder") / "cache"),
        lambda w: kept_in(w, sample_folder().parent),
    ),
    "rows='date' draws one region.": (
        lambda w: charts.bars(w.frame, rows="region", region="Lake"),
        lambda w: charts.bars(w.frame, rows="date", region="Lake"),
    ),
    "Percentages take less room than hectares.": (
        lambda w: charts.transition_matrix(changes(w), amount="hectares", width=2),
        lambda w: charts.transition_matrix(changes(w), amount="percent", width=3.5),
    ),
    "Show the regions in several parts.": (
        lambda w: gee_scl.write_map(w.images, [(west, 46, west + 1, 47) for west in (-120, 0, 120)], w.path("p.html")),
        lambda w: gee_scl.write_map(w.images, AREA, w.path("p.html"), live=True),
    ),
    "With dates=True no two are alike": (
        lambda w: still(w, "s.gif", dates=False),
        lambda w: [still(w, "t.gif", dates=True), still(w, "s.webp", dates=False)],
    ),
    "gee_scl.layers.new_map() makes one.": (
        lambda w: layers.add_classes("map", w.image),
        lambda w: layers.add_classes(layers.new_map(), w.image),
    ),
    "Give the id= that the statistics were made with.": (
        lambda w: layers.add_class_shares(layers.new_map(), w.frame, w.fields, "water"),
        lambda w: layers.add_class_shares(layers.new_map(), w.frame, w.fields, "water", id="name"),
    ),
    "Choose a shorter period or a smaller max_cloud, or raise max_dates.": (
        lambda w: gee_scl.write_map(w.images, AREA, w.path("d.html"), max_dates=1),
        lambda w: [
            gee_scl.write_map(w.images.limit(1), AREA, w.path("d1.html"), max_dates=1),
            gee_scl.write_map(w.images, AREA, w.path("d2.html"), max_dates=2),
        ],
    ),
    "Choose fewer dates": (
        lambda w: gee_scl.write_map(w.images, AREA, w.path("e.html"), max_bytes=300_000),
        lambda w: gee_scl.write_map(w.images, AREA, w.path("e.html"), max_bytes=300_000, size=224),
    ),
    "Write a page for each part of them": (
        lambda w: gee_scl.write_report(w.images, w.fields, w.path("r.html"), max_bytes=200_000),
        lambda w: [gee_scl.write_report(w.images, AREA, w.path("r.html"), scenes=0), w.statistics(w.fields)],
    ),
    "No more than": (
        lambda w: w.refused(
            TOO_MUCH, lambda: exports.download_image(w.image, w.path("much.tif"), region=AREA), "image.computePixels"
        ),
        lambda w: [
            exports.download_image(w.image, w.path("much.tif"), region=AREA),
            exports.export_image(w.image, "much", region=AREA, to=exports.Drive("f")).wait(),
        ],
    ),
    "As a PNG (format='png') it is put together of parts.": (
        lambda w: too_much_at_once(w, format="jpg"),
        lambda w: too_much_at_once(w, format="png"),
    ),
    "Give a smaller size or region, or put together fewer images": (
        lambda w: w.refused(TOO_MUCH, lambda: gee_scl.thumbnail(w.rgb, AREA), "thumbnails.*"),
        lambda w: [gee_scl.thumbnail(w.rgb, AREA, size=40), gee_scl.thumbnail(w.rgb, (11.58, 46.42, 11.59, 46.43))],
    ),
    "were drawn: the error's pictures has them.": (
        lambda w: a_frame_lost(w, "raise"),
        lambda w: a_frame_lost(w, "keep"),
    ),
    "Put together fewer images, as of a shorter period.": (
        lambda w: w.refused(TOO_MUCH, lambda: rendered(views.View("All", w.rgb)), "maps.create"),
        lambda w: rendered(views.View("One", w.rgb)),
    ),
    "Choose one of them, or make a composite.": (
        lambda w: views.class_view(w.images),
        lambda w: [views.class_view(w.image), views.true_color_view(gee_scl.composite(w.images, "median"))],
    ),
}
"""The beginning, or another part, of each advice: what leads to it, and what it says."""

EXPLAINED = {
    "Delete it, or give another name.": "tests/frames/test_partitions.py",
    "Delete this file: what it held will be asked for again.": "tests/statistics/test_checkpoint.py deletes it",
    "Wait until it is done, or give another folder.": "tests/statistics/test_checkpoint.py waits",
    "What was saved before stays; the same call goes on": "tests/statistics/test_checkpoint.py goes on",
    "The same call goes on from what is saved in": "tests/statistics/test_checkpoint.py goes on",
    "With run=gee_scl.Run(checkpoint='folder') the same call": "tests/statistics/test_checkpoint.py goes on",
    "gee_scl.plan(...) says of what": "tests/statistics/test_plan.py plans it",
    "; the error's frame has what was had.": "tests/statistics/test_checkpoint.py looks at it",
    "Codes that were gathered are lost.": "says why there is no way back",
    "GDAL says:": "another library's words",
    "This is ": "says what the file is",
    "Its pixel size is another": "says what is wrong with a part",
    "Its type or coordinate reference system is another.": "says what is wrong with a part",
    "Started before:": "says what was done",
    "Write a CSV.": "of a workbook's own limits: tests/options/test_workbook.py",
    "Of these, ": "says which images",
    "None was started. Start": "tests/exports/test_queue.py waits for room",
    "It is a …, not one of a map.": "says what the CRS is",
    "It cannot be read:": "another library's words",
    "Simplify it, or split it into several regions.": "of two million vertices: tests/regions/test_outlines.py",
    "Earth Engine's tiles are on the web.": "says why there is nothing to say",
    "for the session that it was made in.": "of Earth Engine: tests/requests/test_tile_host.py",
    "What was fetched is kept": "tests/exports/test_download.py goes on with a download",
    "The end itself is not included.": "says what an end is",
    "Mosaics and composites have none.": "says why",
    "A figure of plotly takes no": "says why",
    "There is nothing to show.": "says why",
    "A folium map is a page": "says why",
    "Such a view has no classes to measure.": "says why",
    "Show the map first": "needs a screen: tests/browser",
    "Check regions, period and --max-cloud.": "of the command that downloads a day",
    "The project's own cap of a day": "of Google's console",
    "Make room in Drive": "of the user's Drive",
    "A mean or median of codes is no class": "tests/statistics/test_bands_of_classes.py",
    "Register the project": "of Google's console",
    "Sign in with the command `earthengine authenticate`": "of Google's accounts: tests/requests",
    "Give a Google Cloud project": "of Google's console",
}
"""Advice with nothing to follow here, and why."""


def read(world: World, **options: Any) -> object:
    from gee_scl.regions.as_regions import as_regions

    return as_regions(world.fields, **options)


def command(world: World, *words: str) -> None:
    assert main([*words, "--local", world.server.url, "--start", "2023-05-01", "--end", "2023-05-10"]) == 0


def doctor(*words: str) -> None:
    options = command_line().parse_args(["doctor", *words])
    options.run(options)


def kept_in(world: World, cache: Path) -> object:
    """The sample, made in another cache or found there."""
    world.path("no-folder").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEE_SCL_CACHE", str(cache))
        return gee_scl.sample_regions()


def retried_elsewhere(world: World) -> exports.Task:
    """A task that has failed, tried again on another machine."""
    world.server.engine.operations.fail("Internal error.", description="forgotten*")
    with pytest.raises(gee_scl.RequestError):
        exports.export_image(world.image, "forgotten").wait()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEE_SCL_CACHE", str(world.path("elsewhere")))
        return next(task for task in exports.tasks() if task.name == "forgotten").retry()


def repeated(world: World, name: str) -> pd.DataFrame:
    """A table that was exported twice, of other images: read as a folder, or as one of the files."""
    folder = world.folder / "exports" / "drive" / "repeated"
    for mask in ("cloud", "cautious"):
        masked = gee_scl.mask_clouds(world.images, mask)
        exports.export_table(masked, AREA, "read", to=exports.Drive("repeated"), existing="replace").wait()
    return exports.read_exported(folder if name == "read" else folder / f"{name}.csv")


def part_of_two(world: World) -> Path:
    """A table in two parts, of which one has not come."""
    folder = world.folder / "exports" / "drive" / "parts"
    run = gee_scl.Run(limits=gee_scl.Limits(request_bytes=22_000))
    export = exports.export_table(
        world.images, world.fields, "part", id="name", to=exports.Drive("parts"), run=run, existing="keep"
    )
    assert len(export) > 1
    export.wait()
    (folder / f"{export[-1].name}.csv").unlink(missing_ok=True)
    return folder


def unfinished(world: World) -> None:
    """A download of the scheme "land" that was stopped by a failure."""
    with world.server.fail("image.computePixels", status=400), pytest.raises(gee_scl.RequestError):
        exports.download_image(world.image, world.path("u.tif"), scheme="land")


def uploaded(world: World) -> ee.FeatureCollection:
    """The regions as a table asset."""
    task = ee.batch.Export.table.toAsset(
        ee.FeatureCollection(world.fields), "fields", "projects/gee-scl-local/assets/fields", overwrite=True
    )
    task.start()
    while task.status()["state"] in ("READY", "RUNNING"):
        pass
    return ee.FeatureCollection("projects/gee-scl-local/assets/fields")


def many_classes() -> gee_scl.Scheme:
    """More than have places of two digits."""
    return gee_scl.Scheme.from_lists("many", range(99), [f"class {value}" for value in range(99)], ["000000"] * 99)


def many_vertices() -> gpd.GeoSeries:
    """An outline of 6 MB: a circle with a wavy rim."""
    turn = np.linspace(0, 2 * np.pi, 300_000, endpoint=False)
    radius = 0.05 + 0.0001 * np.sin(1000 * turn)
    rim = np.column_stack([11.6 + radius * np.cos(turn), 46.43 + radius * np.sin(turn)])
    return gpd.GeoSeries([shapely.Polygon(rim)], crs=4326)


def changes(world: World) -> pd.DataFrame:
    return gee_scl.transitions(world.image, world.image, AREA, scheme="scl")


TOO_MUCH = "User memory limit exceeded."


def too_much_at_once(world: World, **options: Any) -> bytes:
    """A picture that is refused as a whole."""
    with world.server.fail("thumbnails.create", error="memory", times=1):
        return gee_scl.thumbnail(world.rgb, AREA, size=600, **options)


def a_frame_lost(world: World, on_error: str) -> Path:
    """A film whose second frame cannot be had."""
    run = gee_scl.Run(limits=gee_scl.Limits(film_pixels=1, parallel=1), on_error=on_error)
    with world.server.fail("videoThumbnails.create", error="no-band", after=1, times=1):
        return gee_scl.timelapse(world.images, AREA, world.path("lost.gif"), size=40, run=run)


def rendered(view: views.View) -> str:
    """A page with the tiles of a view."""
    m = folium.Map()
    layers.add_view(m, view)
    return str(m.get_root().render())


def still(world: World, name: str, *, dates: bool) -> Path:
    image = world.image.set("GEE_SCL_SYNTHETIC", None)
    days = [image.set("system:time_start", 1683504000000 + day * 86400000) for day in range(14)]
    return gee_scl.timelapse(
        ee.ImageCollection(days), AREA, world.path(name), size=160, dates=dates, frames_per_second=0.02
    )


@pytest.fixture(scope="module")
def world(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("advice")
    with server_over(sample, exports=folder / "exports") as server, session_on(server.url):
        yield World(server, folder)


def part_of(text: str) -> Callable[[Advice], bool]:
    return lambda advice: text in advice.text


@pytest.mark.parametrize("text", FOLLOWED)
@pytest.mark.some(30)
def test_advice_is_given_and_can_be_followed(text: str, world: World) -> None:
    advice = next(filter(part_of(text), all_advice()))
    leads_to_it, is_followed = FOLLOWED[text]
    with pytest.raises(gee_scl.GeeSclError) as caught:
        leads_to_it(world)
    assert advice.pattern.search(str(caught.value)), caught.value
    is_followed(world)


def test_there_is_no_other_advice() -> None:
    tried = [*FOLLOWED, *EXPLAINED]
    untried = [advice for advice in all_advice() if not any(text in advice.text for text in tried)]
    assert untried == []
    gone = [text for text in tried if not any(text in advice.text for advice in all_advice())]
    assert gone == []
    assert (len(all_advice()), len(FOLLOWED)) == (142, 101)
