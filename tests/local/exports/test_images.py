"""Exported images: the files that tasks write, read back with rasterio and compared with the pixels they came from."""

from __future__ import annotations

import inspect
import io
import json
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ee
import numpy as np
import pytest
import rasterio
import rasterio.merge
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from gee_scl.local.context import Context
from gee_scl.local.errors import EvaluationError, NotFoundError
from gee_scl.local.exports.images import GeoTiff, export_grid, write_parts
from gee_scl.local.places import Places, safe_name
from gee_scl.local.raster.clipping import Inside
from gee_scl.local.raster.coverage import centres_inside
from gee_scl.local.raster.image import Image, Tile
from gee_scl.local.server import LocalServer
from gee_scl.local.values import Element
from gee_scl.local.vector.geometry import Geometry
from tests.support.engines import server_over, session_on
from tests.support.local.pixel_images import UTM, byte, joined, real, sheet, window
from tests.support.local.tasks import failed, scl, succeeded

LARGEST = 180 + 60
"""Bytes that a name may have, with a number, offsets and an ending after it."""


class _NoAssets:
    def load(self, asset_id: str) -> Element:
        raise NotFoundError(asset_id)


def context() -> Context:
    """A new one for each evaluation: its time runs from its beginning."""
    return Context(_NoAssets(), workers=2)


@pytest.fixture
def server(sample: Path, tmp_path: Path) -> Iterator[LocalServer]:
    with server_over(sample, exports=tmp_path / "exports") as made, session_on(made.url):
        yield made


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    return tmp_path / "exports" / "drive"


@pytest.fixture
def source(server: LocalServer) -> Any:
    """The file behind `scl()`, open: its index names the only item of its time and tile."""
    found = ee.ImageCollection("COPERNICUS/S2_SR_HARMONIZED").first()
    index, tile = found.get("system:index").getInfo(), found.get("MGRS_TILE").getInfo()
    (path,) = server.engine.catalogue.folder.glob(f"sentinel-2-l2a/*_{tile}_{index[:8]}_*/SCL.tif")
    with rasterio.open(path) as file:
        yield file


def start_grid(source: Any) -> dict[str, Any]:
    return {"crs": source.crs.to_string(), "crsTransform": list(source.transform[:6])}


def written(image: Image, folder: Path, **options: Any) -> dict[str, Path]:
    grid = export_grid(image)
    return write_parts(image, grid, GeoTiff(**options), folder, context(), lambda share: None)


# What the client asks for


def test_an_export_without_a_grid_has_the_images_own_pixels(server: LocalServer, drive: Path, source: Any) -> None:
    status = succeeded(server, ee.batch.Export.image.toDrive(scl(), "own"))
    path = drive / "own.tif"
    assert status["destination_uris"] == [path.as_uri()]
    with rasterio.open(path) as made:
        assert made.crs == source.crs
        assert made.transform == source.transform
        assert made.dtypes == ("uint8",)
        assert made.descriptions == ("SCL",)
        assert made.nodata is None
        assert (made.read(1) == source.read(1)).all()


def test_crs_transform_and_dimensions_give_exactly_that_rectangle(
    server: LocalServer, drive: Path, source: Any
) -> None:
    shifted = source.transform @ Affine.translation(30, 50)
    asked = {"crs": source.crs.to_string(), "crsTransform": list(shifted[:6]), "dimensions": "70x40"}
    succeeded(server, ee.batch.Export.image.toDrive(scl(), "exact", folder="f", **asked))
    with rasterio.open(drive / "f" / "exact.tif") as made:
        assert made.transform == shifted
        assert (made.read(1) == source.read(1)[50:90, 30:100]).all()


def test_a_region_in_another_crs_takes_the_pixels_that_its_bounds_touch(
    server: LocalServer, drive: Path, source: Any
) -> None:
    to_lonlat = Transformer.from_crs(source.crs, "EPSG:4326", always_xy=True)
    x, y = source.transform @ (100.5, 100.5)
    corners = [to_lonlat.transform(x + dx, y + dy) for dx, dy in ((0, 0), (1500, 0), (1500, -900), (0, -900))]
    region = ee.Geometry.Polygon([[list(corner) for corner in corners]])
    succeeded(server, ee.batch.Export.image.toDrive(scl(), "region", region=region, **start_grid(source)))
    with rasterio.open(drive / "region.tif") as made:
        assert made.transform @ (0, 0) == source.transform @ (100, 100)
        # From half a pixel on, 75 and 45 pixels reach into one more each.
        assert (made.width, made.height) == (76, 46)
        # The client clips to the region itself, so that what touches it with less than a centre is masked.
        assert (made.read(1)[1:-1, 1:-1] == source.read(1)[101:145, 101:175]).all()


def test_another_scale_takes_the_nearest_pixel(server: LocalServer, drive: Path, source: Any) -> None:
    box = rasterio.coords.BoundingBox(*source.bounds)
    region = ee.Geometry.Rectangle([box.left, box.bottom, box.right, box.top], source.crs.to_string(), False)
    succeeded(server, ee.batch.Export.image.toDrive(scl(), "coarse", region=region, scale=60))
    with rasterio.open(drive / "coarse.tif") as made:
        rows, columns = np.indices(made.shape)
        x, y = made.transform @ (columns + 0.5, rows + 0.5)
        column, row = (np.floor(v).astype(int) for v in ~source.transform @ (x, y))
        inside = (column < source.width) & (row < source.height)
        expected = np.where(inside, source.read(1)[row.clip(0, 399), column.clip(0, 399)], 0)
        assert made.res == (60, 60)
        assert (made.read(1) == expected).all()


def test_another_crs_takes_the_pixel_that_each_centre_falls_into(server: LocalServer, drive: Path, source: Any) -> None:
    to_lonlat = Transformer.from_crs(source.crs, "EPSG:4326", always_xy=True)
    left, top = to_lonlat.transform(*(source.transform @ (60, 60)))
    transform = Affine(0.0005, 0, left, 0, -0.0005, top)
    asked = {"crs": "EPSG:4326", "crsTransform": list(transform[:6]), "dimensions": "100x80"}
    succeeded(server, ee.batch.Export.image.toDrive(scl(), "lonlat", **asked))
    rows, columns = np.indices((80, 100))
    longitude, latitude = transform @ (columns + 0.5, rows + 0.5)
    to_plane = Transformer.from_crs("EPSG:4326", source.crs, always_xy=True)
    column, row = ~source.transform @ to_plane.transform(longitude, latitude)
    expected = source.read(1)[np.floor(row).astype(int), np.floor(column).astype(int)]
    # Centres within a thousandth of a pixel of an edge may fall to either side.
    clear = (abs(column - column.round()) > 1e-3) & (abs(row - row.round()) > 1e-3)
    with rasterio.open(drive / "lonlat.tif") as made:
        assert made.transform.almost_equals(transform)
        assert made.crs == "EPSG:4326"
        assert clear.mean() > 0.99
        assert (made.read(1)[clear] == expected[clear]).all()


def test_a_cloud_optimized_export_has_overviews_and_its_no_data_value(
    server: LocalServer, drive: Path, source: Any
) -> None:
    water = scl().updateMask(scl().eq(6))
    large = {"crs": source.crs.to_string(), "crsTransform": list((source.transform @ Affine.scale(0.25))[:6])}
    options = {"cloudOptimized": True, "noData": 255}
    task = ee.batch.Export.image.toDrive(water, "cog", dimensions="1600x1600", formatOptions=options, **large)
    succeeded(server, task)
    with rasterio.open(drive / "cog.tif") as made:
        assert made.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert made.overviews(1) == [2, 4]
        assert made.nodata == 255
        fine = source.read(1).repeat(4, 0).repeat(4, 1)
        assert (made.read(1) == np.where(fine == 6, 6, 255)).all()


def test_large_exports_are_split_and_named_by_row_and_column(server: LocalServer, drive: Path, source: Any) -> None:
    task = ee.batch.Export.image.toDrive(scl(), "parts", fileDimensions=[256, 256])
    status = succeeded(server, task)
    names = [
        f"parts-{row}-{column}.tif" for row in ("0000000000", "0000000256") for column in ("0000000000", "0000000256")
    ]
    assert sorted(path.name for path in drive.iterdir()) == names
    assert len(status["destination_uris"]) == 4
    whole, transform = rasterio.merge.merge([drive / name for name in names])
    assert transform == source.transform
    assert (whole[0] == source.read(1)).all()


def test_empty_parts_are_left_out_where_asked(server: LocalServer, drive: Path, source: Any) -> None:
    left, top = source.transform @ (0, 0)
    corner = ee.Geometry.Rectangle([left, top - 2000, left + 2000, top], source.crs.to_string(), False)
    masked = scl().updateMask(ee.Image(1).clip(corner).unmask(0))
    task = ee.batch.Export.image.toDrive(masked, "few", fileDimensions=256, skipEmptyTiles=True)
    succeeded(server, task)
    assert [path.name for path in drive.iterdir()] == ["few-0000000000-0000000000.tif"]


def test_an_empty_image_is_written_as_zeros(server: LocalServer, drive: Path) -> None:
    succeeded(server, ee.batch.Export.image.toDrive(scl().updateMask(0), "empty"))
    with rasterio.open(drive / "empty.tif") as made:
        assert not made.read(1).any()


def test_cloud_storage_prefixes_are_folders(server: LocalServer, tmp_path: Path) -> None:
    task = ee.batch.Export.image.toCloudStorage(scl(), "gcs", bucket="my-bucket", fileNamePrefix="a/b/c")
    succeeded(server, task)
    assert (tmp_path / "exports/gs/my-bucket/a/b/c.tif").is_file()


@pytest.mark.skipif("metadataKeys" not in inspect.getsource(ee.batch), reason="an older client: no metadataKeys")
def test_properties_become_tags_where_asked(server: LocalServer, drive: Path) -> None:
    task = ee.batch.Export.image.toDrive(scl(), "tagged", formatOptions={"metadataKeys": ["MGRS_TILE"]})
    succeeded(server, task)
    with rasterio.open(drive / "tagged.tif") as made:
        assert made.tags()["MGRS_TILE"] == scl().get("MGRS_TILE").getInfo()


# What is refused


def test_too_many_pixels_fail_with_earth_engines_words(server: LocalServer, drive: Path) -> None:
    task = ee.batch.Export.image.toDrive(scl(), "large", maxPixels=159_999)
    assert failed(server, task) == (
        "Export too large: specified 160000 pixels (max: 159999). "
        "Specify higher maxPixels value if you intend to export a large area."
    )
    succeeded(server, ee.batch.Export.image.toDrive(scl(), "large", maxPixels=160_000))
    assert [path.name for path in drive.iterdir()] == ["large.tif"]


def test_a_hundred_million_pixels_are_the_limit_by_default() -> None:
    image = byte(np.zeros((1, 1), np.uint8))
    band = image.bands[0]
    wide = Image(bands=(type(band)(band.name, band.type, band.source, band.projection, (10_001, 10_000)),))
    with pytest.raises(EvaluationError, match=r"specified 100010000 pixels \(max: 100000000\)"):
        export_grid(wide)


def test_an_image_without_bounds_fails(server: LocalServer) -> None:
    assert failed(server, ee.batch.Export.image.toDrive(ee.Image(1), "all")) == "Unable to export unbounded image."


def test_bands_of_different_types_fail_with_earth_engines_words(server: LocalServer) -> None:
    both = scl().addBands(scl().toInt16().rename("wide"))
    assert failed(server, ee.batch.Export.image.toDrive(both, "mixed")) == (
        "Exported bands must have compatible data types; found inconsistent types: Byte and Int16."
    )


def test_a_no_data_value_that_the_pixels_cannot_have_fails(server: LocalServer) -> None:
    task = ee.batch.Export.image.toDrive(scl(), "n", formatOptions={"noData": -9999})
    assert "noData value -9999" in failed(server, task)


def test_parts_that_are_no_multiple_of_256_are_refused(server: LocalServer) -> None:
    with pytest.raises(ee.EEException, match="positive multiples of 256"):
        ee.batch.Export.image.toDrive(scl(), "n", fileDimensions=100).start()


def test_a_band_that_does_not_exist_fails_in_the_task(server: LocalServer, drive: Path) -> None:
    assert "did not match any bands" in failed(server, ee.batch.Export.image.toDrive(scl().select("B99"), "n"))
    assert not drive.exists()


def test_what_the_engine_does_not_write_is_refused_by_name(server: LocalServer) -> None:
    with pytest.raises(ee.EEException, match="TF_RECORD_IMAGE"):
        ee.batch.Export.image.toDrive(scl(), "n", fileFormat="TFRecord").start()


# Names and places


def test_a_second_file_of_one_name_gets_a_number_and_the_first_stays(
    server: LocalServer, drive: Path, source: Any
) -> None:
    succeeded(server, ee.batch.Export.image.toDrive(scl(), "same"))
    succeeded(server, ee.batch.Export.image.toDrive(scl().multiply(0).toByte(), "same"))
    assert sorted(path.name for path in drive.iterdir()) == ["same (1).tif", "same.tif"]
    with rasterio.open(drive / "same.tif") as first:
        assert (first.read(1) == source.read(1)).all()


def test_an_object_that_exists_is_not_replaced(server: LocalServer, tmp_path: Path) -> None:
    task = lambda: ee.batch.Export.image.toCloudStorage(scl(), "o", bucket="b")  # noqa: E731
    succeeded(server, task())
    before = (tmp_path / "exports/gs/b/o.tif").read_bytes()
    assert failed(server, task()).startswith("The object gs://b/o.tif exists.")
    assert (tmp_path / "exports/gs/b/o.tif").read_bytes() == before
    assert [path.name for path in tmp_path.rglob("*.tif")] == ["o.tif"]


NAUGHTY = [
    "../../x",
    "/etc/x",
    "..",
    ".",
    "",
    "a\\..\\b",
    "C:\\x",
    "x" * 400,
    "né ü",
    "\x00\n",
    "con",
    "a/b",
    ".hidden",
]


@pytest.mark.parametrize("name", NAUGHTY)
def test_names_never_lead_out_of_the_exports_folder(server: LocalServer, tmp_path: Path, name: str) -> None:
    for task in (
        ee.batch.Export.image.toDrive(scl(), "d", folder=name, fileNamePrefix=name),
        ee.batch.Export.image.toCloudStorage(scl(), "g", bucket=name or "b", fileNamePrefix=name),
    ):
        succeeded(server, task)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 2
    assert {path.relative_to(tmp_path / "exports").parts[0] for path in files} == {"drive", "gs"}


@given(st.text())
def test_a_safe_name_is_one_plain_part_of_a_path(text: str) -> None:
    name = safe_name(text)
    assert len(Path(name).parts) == 1
    assert name not in (".", "..")
    assert not name.startswith(".")
    assert not set(name) & set('/\\:*?"<>|\x00\n')
    assert len(name.encode()) <= LARGEST
    assert safe_name(name) == name


@given(st.lists(st.sampled_from(["..", ".", "a", "", "~"]), max_size=6))
def test_paths_of_objects_stay_in_their_bucket(parts: list[str]) -> None:
    root = Path("exports").absolute()
    target = Places(root).target({"cloudStorageDestination": {"bucket": "b", "filenamePrefix": "/".join(parts)}}, "d")
    assert (target.folder / target.stem).resolve().is_relative_to(root / "gs" / "b")


# The writer itself


def test_types_and_several_bands_are_kept(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(300, 270)), rng.normal(size=(300, 270))
    mask = rng.random((300, 270)) > 0.3
    image = joined(real(first, name="a"), real(second, mask, name="b"))
    (path,) = written(image, tmp_path).values()
    with rasterio.open(path) as made:
        assert made.dtypes == ("float64", "float64")
        assert made.descriptions == ("a", "b")
        assert made.block_shapes == [(256, 256)] * 2
        assert made.compression.value == "LZW"
        assert (made.read(1) == first).all()
        assert (made.read(2) == np.where(mask, second, 0)).all()
        assert made.transform == UTM.transform


@pytest.mark.parametrize("kind", ["uint8", "int8", "uint16", "int16", "uint32", "int32", "int64"])
def test_each_whole_type_is_written_as_it_is(tmp_path: Path, kind: str) -> None:
    limits = np.iinfo(kind)
    values = np.array([[limits.min, 0, limits.max]], kind)
    (path,) = written(Image(bands=(sheet(values),)), tmp_path).values()
    with rasterio.open(path) as made:
        assert made.dtypes == (kind,)
        assert made.read(1).tolist() == values.tolist()


def test_parts_cover_the_image_once_whatever_their_shape(tmp_path: Path) -> None:
    values = np.random.default_rng(2).integers(0, 255, (520, 800), np.uint8)
    files = written(byte(values), tmp_path, part=(512, 256))
    assert list(files) == [f"-{row:010}-{column:010}.tif" for row in (0, 256, 512) for column in (0, 512)]
    pasted = np.zeros_like(values)
    for ending, path in files.items():
        row, column = int(ending[1:11]), int(ending[12:22])
        with rasterio.open(path) as part:
            pasted[row : row + part.height, column : column + part.width] += part.read(1)
            assert part.transform @ (0, 0) == UTM.transform @ (column, row)
    assert (pasted == values).all()


@pytest.mark.parametrize(("pixel_bytes", "side"), [(1, 46592), (2, 32768), (4, 23296), (13, 13056), (18, 11008)])
def test_files_are_split_where_earth_engine_splits_them(pixel_bytes: int, side: int) -> None:
    """Offsets in the names of parts that users show."""
    from gee_scl.local.exports.images import _side

    assert _side(pixel_bytes, 256) == side


def test_the_request_may_describe_its_grid(server: LocalServer, drive: Path, source: Any) -> None:
    names = ("scaleX", "shearX", "translateX", "shearY", "scaleY", "translateY")
    grid = {
        "crsCode": source.crs.to_string(),
        "affineTransform": dict(zip(names, source.transform[:6], strict=True)),
        "dimensions": {"width": 10, "height": 20},
    }
    options = {"fileFormat": "GEO_TIFF", "driveDestination": {"filenamePrefix": "described"}}
    body = {"expression": json.loads(scl().serialize(for_cloud_api=True)), "fileExportOptions": options, "grid": grid}
    name = server.engine.export_image(body)["name"]
    assert server.engine.operations.wait(name, "20s")["metadata"]["state"] == "SUCCEEDED"
    with rasterio.open(drive / "described.tif") as made:
        assert (made.read(1) == source.read(1)[:20, :10]).all()


@given(st.integers(-30, 60), st.integers(-30, 60), st.integers(1, 60), st.integers(1, 60), st.floats(0, 1))
def test_the_box_of_an_export_masks_as_every_polygon_does(
    column: int, row: int, width: int, height: int, shift: float
) -> None:
    left, top = UTM.transform @ (shift, shift)
    ring = [[left, top], [left + 800, top], [left + 800, top - 800], [left, top - 800], [left, top]]
    box = Geometry.from_geojson({"type": "Polygon", "coordinates": [ring]}, UTM.crs, geodesic=False)
    grid = window(width, height, column, row)
    made = Inside((box,)).read(grid, Tile(lambda: None)).mask
    assert (made == centres_inside(box.shape, grid)).all()


# Download URLs


def downloaded(url: str) -> dict[str, bytes]:
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - the engine's own address
        content = answer.read()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_download_is_an_archive_with_a_file_for_each_band(server: LocalServer, source: Any) -> None:
    both = scl().addBands(scl().multiply(2).rename("twice"))
    transform = list(source.transform[:6])
    url = both.getDownloadURL(
        {"name": "classes", "crs": source.crs.to_string(), "crs_transform": transform, "dimensions": [30, 20]}
    )
    files = downloaded(url)
    assert sorted(files) == ["classes.SCL.tif", "classes.twice.tif"]
    with rasterio.MemoryFile(files["classes.twice.tif"]) as memory, memory.open() as made:
        assert made.transform == source.transform
        assert (made.read(1) == 2 * source.read(1)[:20, :30].astype(int)).all()


def test_a_download_in_one_file_is_what_an_export_writes(server: LocalServer, drive: Path) -> None:
    succeeded(server, ee.batch.Export.image.toDrive(scl(), "own"))
    ((name, content),) = downloaded(scl().getDownloadURL({"filePerBand": False})).items()
    assert name == f"{scl().get('system:index').getInfo()}.tif"
    with rasterio.MemoryFile(content) as memory, memory.open() as made, rasterio.open(drive / "own.tif") as exported:
        assert made.transform == exported.transform
        assert (made.read() == exported.read()).all()


def test_downloads_that_are_too_large_are_refused(server: LocalServer) -> None:
    region = ee.Geometry.Rectangle([600_000, 5_000_000, 700_010, 5_000_100], "EPSG:32632", False)
    with pytest.raises(ee.EEException, match=r"Pixel grid dimensions \(10001x10\) must be less than or equal to 10000"):
        scl().getDownloadURL({"region": region, "scale": 10, "format": "GEO_TIFF"})
