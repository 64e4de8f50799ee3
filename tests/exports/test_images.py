"""Images exported by tasks, read back with rasterio and compared with the pixels they came from."""

from __future__ import annotations

import json
from pathlib import Path

import ee
import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Transformer
from rasterio.crs import CRS
from rasterio.vrt import WarpedVRT

import gee_scl
from gee_scl.errors import ArgumentError, CollectionError, SchemeError
from gee_scl.exports import Asset, CloudStorage, Drive, export_collection, export_image, preview_exports
from gee_scl.exports.raster_files.color_tables import add_color_table
from tests.support.exported import LAND, Bench, bench, codes, regrouped, scene, written
from tests.support.local.catalogues import Scene, make_catalogue

REGION = (11.56, 46.43, 11.6, 46.46)


def test_an_export_to_drive_has_the_bands_own_pixels_grid_and_no_data(session: Bench) -> None:
    image = scene()
    task = export_image(image, to=Drive("Klassen"))
    path = written(task.wait().destinations)
    assert path == session.drive / "Klassen" / "32TPS_2023-05-08_scl.tif"
    with rasterio.open(path) as made, rasterio.open(session.source(image)) as source:
        assert made.dtypes == ("uint8",)
        assert made.nodata == 0
        assert (made.crs, made.transform, made.shape) == (source.crs, source.transform, source.shape)
        np.testing.assert_array_equal(made.read(1), source.read(1))
        assert made.descriptions == ("SCL",)
        assert made.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"


def test_a_scheme_is_exported_as_its_values_and_the_file_knows_it(session: Bench) -> None:
    image = scene()
    path = written(export_image(image, scheme="land").wait().destinations)
    np.testing.assert_array_equal(codes(path), regrouped(codes(session.source(image)), LAND))
    (colored,) = add_color_table(path)
    assert colored.scheme.names == ["Vegetation", "Bare", "Water", "Snow"]
    with rasterio.open(path) as made:
        assert made.colormap(1)[3] == (0, 0, 255, 255)
        assert made.tags()["GEE_SCL_SYNTHETIC"] == "true"


def test_an_export_to_cloud_storage_lies_in_the_bucket_under_its_prefix(session: Bench) -> None:
    path = written(export_image(scene(), to=CloudStorage("bucket", "a/b")).wait().destinations)
    assert path == session.exports / "gs" / "bucket" / "a" / "b" / "32TPS_2023-05-08_scl.tif"


def test_an_asset_has_the_pixels_the_properties_and_the_class_table(session: Bench) -> None:
    image = scene()
    task = export_image(image, to=Asset(), scheme="land")
    task.wait()
    asset = ee.Image(f"projects/gee-scl-local/assets/{task.name}")
    properties = asset.getInfo()["properties"]
    assert properties["land_class_values"] == "[1,2,3,4]"
    assert properties["land_class_names"] == '["Vegetation","Bare","Water","Snow"]'
    assert properties["land_class_palette"] == '["10d22c","ffff52","0000ff","52fff9"]'
    assert properties["gee_scl_scheme"] == "land"
    assert properties["system:time_start"] == image.get("system:time_start").getInfo()
    (document,) = (session.exports / "assets").rglob(f"{task.name}/asset.json")
    assert "MODE" in document.read_text()
    expected = regrouped(codes(session.source(image)), LAND)
    again = gee_scl.class_statistics(asset, (11.6, 46.43, 11.65, 46.46), band="land")
    assert list(again["class_name"]) == ["Vegetation", "Bare", "Water", "Snow"], "its class table is read back"
    counts = asset.reduceRegion(ee.Reducer.frequencyHistogram().unweighted(), maxPixels=1e9).getInfo()["land"]
    values, numbers = np.unique(expected[expected > 0], return_counts=True)
    assert {int(k): v for k, v in counts.items()} == dict(zip(values.tolist(), numbers.tolist(), strict=True))


def test_a_mask_keeps_its_zeros(session: Bench) -> None:
    image = scene()
    task = export_image(gee_scl.class_mask(image, "water"), "water", scheme=None)
    with rasterio.open(written(task.wait().destinations)) as made, rasterio.open(session.source(image)) as source:
        there, mask = source.read(1), made.read(1)
        assert made.dtypes == ("uint8",)
        assert made.nodata == 255
        np.testing.assert_array_equal(mask == 1, there == 6)
        np.testing.assert_array_equal(mask == 255, there == 0)


def test_bands_of_several_types_become_one(session: Bench) -> None:
    image = scene()
    mixed = image.select(["SCL", "B4"]).addBands(image.select("SCL").divide(2).rename("half"))
    with rasterio.open(written(export_image(mixed, "mixed", scheme=None).wait().destinations)) as made:
        assert len(set(made.dtypes)) == 1
        assert made.nodata == -9999
        scl, _, half = made.read()
        source = codes(session.source(image)).astype(float)
        np.testing.assert_array_equal(scl, np.where(source == 0, -9999, source))
        np.testing.assert_array_equal(half, np.where(source == 0, -9999, source / 2))


def test_an_occurrence_of_a_period_is_exported_on_the_grid_that_is_given(session: Bench) -> None:
    images = gee_scl.collection(start="2023-05-01", end="2023-06-15", tiles="32TPS")
    share = gee_scl.occurrence(images, "water")
    task = export_image(share, "share", scheme=None, crs="EPSG:32632", scale=40, region=REGION)
    with rasterio.open(written(task.wait().destinations)) as made:
        assert made.crs.to_epsg() == 32632
        assert made.res == (40, 40)
        assert made.transform.c % 40 == 0
        assert made.read(1).max() <= 100


@pytest.mark.parametrize("crs", ["EPSG:3035", "ESRI:54009"])
def test_an_export_in_another_crs_has_the_pixels_of_gdals_warper_and_a_sensible_name(session: Bench, crs: str) -> None:
    image = scene()
    task = export_image(image, "{crs}_{scheme}", crs=crs, scale=20)
    assert task.name == f"{crs.replace(':', '')}_scl"
    with rasterio.open(written(task.wait().destinations)) as made, rasterio.open(session.source(image)) as source:
        frame = {"crs": made.crs, "transform": made.transform, "width": made.width, "height": made.height}
        with WarpedVRT(source, **frame, src_nodata=0, nodata=0, tolerance=1e-7) as warped:
            np.testing.assert_array_equal(made.read(1), warped.read(1))
        assert (made.read(1) > 0).mean() > 0.4
        assert made.crs == CRS.from_user_input(crs)


def test_a_preview_calls_a_crs_by_its_code(session: Bench) -> None:
    images = gee_scl.collection(start="2023-05-01", end="2023-05-10", tiles="32TPS")
    frame = preview_exports(images, "{date}_{crs}", crs="ESRI:54009", scale=20)
    assert frame[["name", "crs"]].to_numpy().tolist() == [["2023-05-08_ESRI54009", "ESRI:54009"]]


def test_a_composite_without_a_grid_is_refused_with_what_to_give(session: Bench) -> None:
    composite = gee_scl.collection(start="2023-05-01", end="2023-06-15").select("SCL").mode()
    with pytest.raises(ArgumentError, match=r"scale=20 and crs"):
        export_image(composite)
    with pytest.raises(ArgumentError, match="region"):
        export_image(composite, crs="EPSG:32632", scale=20)


def test_a_region_takes_every_pixel_that_it_reaches_into_and_cuts_none(session: Bench) -> None:
    image = scene()
    path = written(export_image(image, region=REGION).wait().destinations)
    with rasterio.open(path) as made, rasterio.open(session.source(image)) as source:
        to_grid = Transformer.from_crs(4326, source.crs, always_xy=True)
        west, south, east, north = to_grid.transform_bounds(*REGION, densify_pts=201)
        left, top = ~source.transform @ (west, north)
        right, bottom = ~source.transform @ (east, south)
        window = ((int(top), int(np.ceil(bottom))), (int(left), int(np.ceil(right))))
        np.testing.assert_array_equal(made.read(1), source.read(1, window=window))
        assert made.transform == source.transform @ Affine.translation(window[1][0], window[0][0])


def test_a_region_in_another_crs_selects_the_same_pixels(session: Bench) -> None:
    from shapely.geometry import box

    geopandas = pytest.importorskip("geopandas")
    image = scene()
    x, y = 700_000, 5_148_000
    lattice = Transformer.from_crs(32632, 3035, always_xy=True)
    corners = lattice.transform_bounds(x, y, x + 1000, y + 800, densify_pts=201)
    frame = geopandas.GeoDataFrame(geometry=[box(*corners)], crs="EPSG:3035")
    path = written(export_image(image, region=frame).wait().destinations)
    back = Transformer.from_crs(3035, 32632, always_xy=True).transform_bounds(*corners, densify_pts=201)
    with rasterio.open(path) as made, rasterio.open(session.source(image)) as source:
        assert made.crs == source.crs
        bounds = made.bounds
        for got, wished in zip(bounds, back, strict=True):
            assert abs(got - wished) <= 20
        window = source.window(*bounds)
        np.testing.assert_array_equal(made.read(1), source.read(1, window=window))


def test_a_region_that_the_image_does_not_meet_is_refused(session: Bench) -> None:
    with pytest.raises(CollectionError, match="does not meet"):
        export_image(scene(), region=(5.0, 40.0, 5.1, 40.1))


def test_a_collection_starts_a_task_for_each_image_with_a_name_of_its_own(session: Bench) -> None:
    images = gee_scl.collection(start="2023-05-01", end="2023-06-10", tiles="32TPS")
    seen: list[tuple[int, int]] = []
    tasks = export_collection(images, progress=lambda done, total: seen.append((done, total)))
    assert [task.name for task in tasks] == [f"32TPS_{day}_scl" for day in ("2023-05-08", "2023-05-21", "2023-06-02")]
    assert seen == [(1, 3), (2, 3), (3, 3)]
    for task in tasks:
        path = written(task.wait().destinations)
        index = task.name.split("_")[1].replace("-", "")
        (source,) = session.server.engine.catalogue.folder.glob(f"sentinel-2-l2a/*_32TPS_{index}_*/SCL.tif")
        np.testing.assert_array_equal(codes(path), codes(source))


def test_a_preview_names_what_would_be_started_and_starts_nothing(session: Bench) -> None:
    images = gee_scl.collection(start="2023-05-01", end="2023-06-01")
    frame = preview_exports(images, by="image", to=Drive(file_dimensions=256))
    days, tiles = ("2023-05-08", "2023-05-21"), ("32TPS", "32TQS")
    assert set(frame["name"]) == {f"{tile}_{day}_scl" for day in days for tile in tiles}
    assert set(frame["pixels"]) == {160_000}
    assert set(frame["megabytes"]) == {0.16}
    assert set(frame["files"]) == {4}
    assert len(gee_scl.exports.tasks()) == 0


def test_an_asset_is_never_cut(session: Bench) -> None:
    images = gee_scl.collection(start="2023-05-01", end="2023-05-10", tiles="32TPS")
    assert list(preview_exports(images, to=Asset())["files"]) == [1]


def test_more_tasks_than_asked_for_are_refused(session: Bench) -> None:
    with pytest.raises(ArgumentError, match=r"most_tasks=48"):
        export_collection(gee_scl.collection(), run=gee_scl.Run(most_tasks=10))


def test_names_that_are_the_same_are_refused_with_what_to_add(session: Bench) -> None:
    with pytest.raises(ArgumentError, match=r"\{time\} or \{image\}"):
        export_collection(gee_scl.collection(start="2023-05-01", end="2023-06-10"), "{scheme}")


def test_days_of_images_without_a_time_are_refused(session: Bench) -> None:
    images = gee_scl.collection(start="2023-05-01", end="2023-05-10")
    timeless = images.map(lambda image: ee.Image(image).set("system:time_start", None))
    with pytest.raises(CollectionError, match=r"system:time_start.*by='image'"):
        export_collection(timeless, by="date")


def test_midnight_utc_that_cuts_a_pass_in_two_is_warned_of(tmp_path: Path) -> None:
    """Two images of one pass, ten seconds before and after midnight."""
    codes_ = np.full((20, 20), 4, np.uint8)
    times = ("2023-05-01T23:59:50Z", "2023-05-02T00:00:10Z")
    scenes = [Scene(codes_, tile, time) for tile, time in zip(("32TPS", "32TQS"), times, strict=True)]
    with bench(make_catalogue(tmp_path / "data", scenes), tmp_path / "exports"):
        with pytest.warns(gee_scl.DayWarning, match="2023-05-01 and of 2023-05-02") as caught:
            frame = preview_exports(gee_scl.collection(), by="date")
        assert list(frame["name"]) == ["32TPS_2023-05-01_scl", "32TQS_2023-05-02_scl"]
        assert Path(caught[0].filename) == Path(__file__)


def test_images_beside_the_region_are_left_out_with_a_warning(session: Bench) -> None:
    images = gee_scl.collection(start="2023-05-01", end="2023-05-10")
    with pytest.warns(UserWarning, match=r"1 images do not meet the region.*32TQS"):
        frame = preview_exports(images, region=REGION)
    assert list(frame["tile"]) == ["32TPS"]


def test_an_empty_collection_is_an_error(session: Bench) -> None:
    with pytest.raises(CollectionError, match="at least one image"):
        export_collection(gee_scl.collection(start="1999-01-01", end="1999-02-01"))


def test_an_image_without_bands_is_an_error(session: Bench) -> None:
    with pytest.raises(CollectionError, match="without bands"):
        export_image(scene().select([]), scheme=None)


def test_an_image_without_data_is_exported_as_no_data_or_not_at_all(session: Bench) -> None:
    empty = scene().updateMask(0)
    path = written(export_image(empty, "empty").wait().destinations)
    assert not codes(path).any()
    assert export_image(empty, "skipped", to=Drive(skip_empty=True)).wait().destinations == ()


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"scheme": "lnad"}, SchemeError, "land"),
        ({"band": ["SCL", "B4"], "scheme": "scl"}, ArgumentError, "one band of class codes"),
        ({"to": Drive(nodata=4)}, ArgumentError, "no class"),
        ({"scale": -1}, ArgumentError, "scale"),
        ({"crs": "utm"}, ArgumentError, "EPSG"),
        ({"existing": "skip"}, ArgumentError, "'keep'"),
        ({"to": "disk"}, ArgumentError, r"Drive\(\.\.\.\)"),
        ({"to": "drive"}, ArgumentError, r"Write to=gee_scl\.exports\.Drive\('folder'\)"),
        ({"to": "cloud"}, ArgumentError, r"Write to=gee_scl\.exports\.CloudStorage\('bucket', 'prefix'\)"),
        ({"to": "asset"}, ArgumentError, r"Write to=gee_scl\.exports\.Asset\('folder'\)"),
        ({"to": Drive(table_format="KML")}, ArgumentError, "table_format"),
        ({"run": "fields-2023"}, ArgumentError, "gee_scl.Run"),
    ],
)
def test_arguments_are_refused_before_a_task_is_started(
    session: Bench, arguments: dict[str, object], error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        export_image(scene(), **arguments)  # type: ignore[arg-type]
    assert len(gee_scl.exports.tasks()) == 0


def test_a_long_name_with_accents_is_made_valid(session: Bench) -> None:
    task = export_image(scene(), "Überlingen am Bodensee: " + "é" * 120)
    path = written(task.wait().destinations)
    assert len(path.stem) == 100
    assert path.stem.startswith("Uberlingen_am_Bodensee_eee")


def test_the_parts_of_a_two_zone_mosaic_join_without_a_seam_or_a_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEE_SCL_CACHE", str(tmp_path / "cache"))
    random = np.random.default_rng(7)
    west, east = (random.integers(0, 12, (500, 500)).astype(np.uint8) for _ in range(2))
    west_grid = Affine(20, 0, 722_000, 0, -20, 5_160_000)
    x, y = Transformer.from_crs(32632, 32633, always_xy=True).transform(727_000, 5_158_000)
    east_grid = Affine(20, 0, round(x / 20) * 20, 0, -20, round(y / 20) * 20)
    scenes = [
        Scene(west, "32TQS", "2023-05-01T10:00:00Z", west_grid, "EPSG:32632"),
        Scene(east, "33TTM", "2023-05-01T10:00:10Z", east_grid, "EPSG:32633"),
    ]
    folder = make_catalogue(tmp_path / "data", scenes)
    with bench(folder, tmp_path / "exports") as made:
        (task,) = export_collection(gee_scl.collection(), by="date", to=Drive("parts", file_dimensions=256))
        parts = task.wait().destinations
        (whole,) = export_collection(gee_scl.collection(), by="date", to=Drive("whole"))
        whole.wait()
        folder = made.drive / "parts"
        vrt = add_color_table(folder)[-1].path
        (single,) = (made.drive / "whole").glob("*.tif")
        with rasterio.open(vrt) as joined, rasterio.open(single) as file:
            assert (joined.crs, joined.transform, joined.shape) == (file.crs, file.transform, file.shape)
            assert len(parts) == -(-file.width // 256) * -(-file.height // 256) > 4
            array = joined.read(1)
            np.testing.assert_array_equal(array, file.read(1))
            # By hand: the later tile on top, in its nearest pixels; below it the other's own.
            frame = {"crs": joined.crs, "transform": joined.transform, "width": joined.width, "height": joined.height}
    expected = np.zeros_like(array)
    for scene_ in scenes:
        with (
            rasterio.open(tmp_path / "data" / scene_.name / "scl.tif") as file,
            WarpedVRT(file, **frame, nodata=0, src_nodata=0, tolerance=1e-7) as warped,
        ):
            there = warped.read(1)
            expected = np.where(there > 0, there, expected)
    np.testing.assert_array_equal(array, expected)


def test_a_request_tells_what_earth_engine_is_asked(session: Bench) -> None:
    """The body as it is sent: what the REST reference of image.export has, and nothing else."""
    from gee_scl.exports.journal import recall

    task = export_image(scene(), "a", to=Drive("f", file_dimensions=512), run=gee_scl.Run(priority=7, tag="mine"))
    sent = recall(task.operation)
    assert sent is not None
    body = json.loads(json.dumps(sent.body))
    assert body["fileExportOptions"] == {
        "fileFormat": "GEO_TIFF",
        "driveDestination": {"folder": "f", "filenamePrefix": "a"},
        "geoTiffOptions": {
            "cloudOptimized": True,
            "noData": {"floatValue": 0},
            "tileDimensions": {"width": 512, "height": 512},
            "metadataKeys": [
                "gee_scl_scheme",
                "gee_scl_title",
                "class_values",
                "class_names",
                "class_palette",
                "GEE_SCL_SYNTHETIC",
            ],
        },
    }
    assert body["maxPixels"] == {"value": "100000000"}
    assert body["priority"] == {"value": 7}
    assert body["workloadTag"] == "mine"
    assert set(body) == {
        "description",
        "expression",
        "fileExportOptions",
        "maxPixels",
        "priority",
        "workloadTag",
    }
