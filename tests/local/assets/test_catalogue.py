"""STAC items as Earth Engine images: expected values by hand, from numpy, and from recorded server output."""

from __future__ import annotations

import json
import os
import re
import socket
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pystac
import pytest
import rasterio
import shapely.geometry
from affine import Affine

from gee_scl.local.answers.encoder import Encoder
from gee_scl.local.assets.catalogue import Catalogue
from gee_scl.local.errors import EngineError, EvaluationError, ForbiddenError, NotFoundError
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Image, Pixels, Tile
from tests.support.local.catalogues import (
    GRID,
    Scene,
    collection_document,
    item_document,
    make_catalogue,
    make_item,
    write_json,
    write_raster,
)

SENTINEL2 = "COPERNICUS/S2_SR_HARMONIZED"
CLOUD_SCORE_PLUS = "GOOGLE/CLOUD_SCORE_PLUS/V1/S2_HARMONIZED"
CLOUD_PROBABILITY = "COPERNICUS/S2_CLOUD_PROBABILITY"

SCL = np.array([[0, 4, 5], [6, 8, 11]], np.uint8)


def images(folder: Path, collection: str = SENTINEL2) -> list[Image]:
    elements = Catalogue(folder).collections()[collection].elements
    assert all(isinstance(element, Image) for element in elements)
    return list(elements)  # type: ignore[arg-type]


def only(folder: Path, collection: str = SENTINEL2) -> Image:
    (image,) = images(folder, collection)
    return image


def pixels(image: Image, name: str) -> Pixels:
    """A band on its own grid."""
    band = next(band for band in image.bands if band.name == name)
    width, height = band.dimensions or (1, 1)
    return Tile(lambda: None).read(
        band.source, Grid(band.projection.crs, band.projection.transform, 0, 0, width, height)
    )


def info(image: Image) -> dict[str, Any]:
    return Encoder(1).encode(image)


# --- what an image is like --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def recorded(shared: Path) -> dict[str, Any]:
    """The first of the images whose getInfo was recorded from the server."""
    text = (shared / "reference" / "getinfo_S2_SR_HARMONIZED_limit3.json").read_text("utf-8")
    return json.loads(text)["value"]["features"][0]


EVERY_BAND = {
    "coastal": 60, "blue": 10, "green": 10, "red": 10, "rededge1": 20, "rededge2": 20, "rededge3": 20, "nir": 10,
    "nir08": 20, "nir09": 60, "swir16": 20, "swir22": 20, "aot": 20, "wvp": 20, "cloud": 20, "snow": 20,
}  # fmt: skip
"""Asset keys of Earth Search, and metres per pixel."""


def full_scene() -> Scene:
    """A scene with every band that Earth Search has, 120 m wide."""
    bands = {
        key: np.ones((120 // size, 120 // size), np.uint8 if key in ("cloud", "snow") else np.uint16)
        for key, size in EVERY_BAND.items()
    }
    bands["visual"] = np.stack([np.full((12, 12), value, np.uint8) for value in (1, 2, 3)])
    properties = {
        "eo:cloud_cover": 1.5,
        "sat:relative_orbit": 22,
        "sat:orbit_state": "descending",
        "view:sun_azimuth": 150.5,
        "view:sun_elevation": 60.25,
        "s2:datatake_id": "GS2A_20230501T100000_041000_N05.09",
        "s2:datatake_type": "INS-NOBS",
        "s2:granule_id": "S2A_OPER_MSI_L2A_TL_TEST_20230501T130000_A041000_T32TPS_N05.09",
        "s2:reflectance_conversion_factor": 0.98,
        "s2:degraded_msi_data_percentage": 0,
        **{f"s2:{name}_percentage": 1.25 for name in ("nodata_pixel", "vegetation", "snow_ice", "thin_cirrus")},
    }
    return Scene(np.full((6, 6), 4, np.uint8), bands=bands, properties=properties)


def test_bands_have_the_recorded_order_and_types(tmp_path: Path, recorded: dict[str, Any]) -> None:
    image = info(only(make_catalogue(tmp_path, [full_scene()])))
    ours = [(band["id"], band["data_type"]) for band in image["bands"]]
    names = {name for name, _ in ours}
    theirs = [(band["id"], band["data_type"]) for band in recorded["bands"] if band["id"] in names]
    assert ours == theirs
    assert len(ours) == 20


def test_the_true_colour_image_has_three_bands(tmp_path: Path) -> None:
    image = only(make_catalogue(tmp_path, [full_scene()]))
    assert [pixels(image, f"TCI_{colour}").values[0, 0] for colour in "RGB"] == [1, 2, 3]


def test_properties_have_recorded_names_and_types(tmp_path: Path, recorded: dict[str, Any]) -> None:
    ours = info(only(make_catalogue(tmp_path, [full_scene()])))["properties"]
    # Names that only later baselines have; their documentation is the catalogue entry.
    later = {"NOT_VEGETATED_PERCENTAGE", "UNCLASSIFIED_PERCENTAGE"}
    assert set(ours) - later <= set(recorded["properties"])
    for name, value in ours.items():
        theirs = recorded["properties"].get(name)
        # The recording lost the quotes of texts that look like numbers, and writes whole numbers without a fraction.
        if theirs is not None and name not in ("PROCESSING_BASELINE", "system:footprint"):
            assert isinstance(value, str) == isinstance(theirs, str), name
            assert isinstance(value, int | float) == isinstance(theirs, int | float), name


def test_property_values_follow_from_the_items(tmp_path: Path) -> None:
    properties = info(only(make_catalogue(tmp_path, [full_scene()])))["properties"]
    expected = {
        "CLOUDY_PIXEL_PERCENTAGE": 1.5,
        "CLOUD_COVERAGE_ASSESSMENT": 1.5,
        "MGRS_TILE": "32TPS",
        "SPACECRAFT_NAME": "Sentinel-2A",
        "PROCESSING_BASELINE": "05.09",
        "PRODUCT_ID": "S2A_MSIL2A_20230501T100000_N0509_R022_T32TPS_20230501T100000",
        "GRANULE_ID": "L2A_T32TPS_A041000_20230501T100000",
        "SENSING_ORBIT_NUMBER": 22,
        "SENSING_ORBIT_DIRECTION": "DESCENDING",
        "MEAN_SOLAR_AZIMUTH_ANGLE": 150.5,
        "MEAN_SOLAR_ZENITH_ANGLE": 29.75,
        "VEGETATION_PERCENTAGE": 1.25,
        # 2023-05-01T10:00:00Z, by date -d
        "GENERATION_TIME": 1682935200000,
        "system:time_start": 1682935200000,
        "system:time_end": 1682935200000,
        "system:index": "20230501T100000_20230501T100000_T32TPS",
    }
    assert {name: properties[name] for name in expected} == expected


def test_no_data_is_masked_and_a_cloud_probability_of_0_is_not(tmp_path: Path) -> None:
    scene = Scene(SCL, bands={"cloud": np.array([[0, 7, 100]], np.uint8), "red": np.array([[0, 1500]], np.uint16)})
    document = make_item(tmp_path, scene)
    item = json.loads(document.read_text())
    item["assets"]["cloud"]["raster:bands"] = [{"nodata": 0, "data_type": "uint8"}]
    write_json(document, item)
    image = only(tmp_path)
    found = pixels(image, "SCL")
    np.testing.assert_array_equal(found.valid, SCL != 0)
    np.testing.assert_array_equal(found.values[found.valid], SCL[SCL != 0])
    np.testing.assert_array_equal(pixels(image, "MSK_CLDPRB").values, [[0, 7, 100]])
    assert pixels(image, "MSK_CLDPRB").valid.all()
    np.testing.assert_array_equal(pixels(image, "B4").valid, [[False, True]])


@pytest.mark.parametrize(
    ("baseline", "properties", "expected"),
    [
        ("03.01", {}, [[900, 1500, 12000]]),
        ("04.00", {}, [[0, 500, 11000]]),
        ("05.11", {"earthsearch:boa_offset_applied": False}, [[0, 500, 11000]]),
        ("05.11", {"earthsearch:boa_offset_applied": True}, [[900, 1500, 12000]]),
    ],
)
def test_reflectance_is_harmonised_from_baseline_0400_on(
    tmp_path: Path, baseline: str, properties: dict[str, Any], expected: list[list[int]]
) -> None:
    red = np.array([[0, 900, 1500, 12000]], np.uint16)
    image = only(make_catalogue(tmp_path, [Scene(SCL, baseline=baseline, bands={"red": red}, properties=properties)]))
    found = pixels(image, "B4")
    np.testing.assert_array_equal(found.valid, [[False, True, True, True]])
    np.testing.assert_array_equal(found.values[:, 1:], expected)
    # Classes are no reflectances.
    np.testing.assert_array_equal(pixels(image, "SCL").values, SCL)


# --- spellings --------------------------------------------------------------------------------------------------------

CDSE_ID = "S2B_MSIL2A_20240628T114349_N0510_R123_T29UNU_20240628T152530"


def cdse_item(folder: Path) -> Path:
    """An item in CDSE's spelling (https://stac.dataspace.copernicus.eu/v1), its files here."""
    assets = {}
    for key, size, value in (("B01_20m", 20, 9), ("B01_60m", 60, 1300), ("B04_10m", 10, 1400), ("SCL_20m", 20, 4)):
        array = np.full((120 // size, 120 // size), value, np.uint8 if key == "SCL_20m" else np.uint16)
        transform = GRID @ Affine.scale(size / 20)
        write_raster(folder / f"{key}.jp2.tif", array, transform)
        assets[key] = {
            "href": f"./{key}.jp2.tif",
            "type": "image/jp2",
            "nodata": 0,
            "data_type": array.dtype.name,
            "proj:code": "EPSG:32632",
            "proj:shape": list(array.shape),
            "proj:transform": list(transform)[:6],
            **({} if key == "SCL_20m" else {"raster:scale": 0.0001, "raster:offset": -0.1}),
        }
    properties = {
        "datetime": "2024-06-28T11:43:49.024000Z",
        "platform": "sentinel-2b",
        "grid:code": "MGRS-29UNU",
        "eo:cloud_cover": 70.13,
        "eo:snow_cover": 0.5,
        "statistics": {"nodata": 12.5, "water": 0.17, "dark_area": 0.25, "saturated_defective": 0.0},
        "sat:relative_orbit": 123,
        "sat:orbit_state": "descending",
        "processing:version": "05.10",
        "processing:datetime": "2024-06-28T15:25:30.000000Z",
        "eopf:datastrip_id": "S2B_OPER_MSI_L2A_DS_2BPS_20240628T152530_S20240628T114344_N05.10",
        "eopf:datatake_id": "GS2B_20240628T114349_038183_N05.10",
        "eopf:instrument_mode": "INS-NOBS",
        "view:sun_elevation": 59.0,
    }
    return write_json(folder / "item.json", item_document(CDSE_ID, properties, assets))


def test_items_of_cdse_are_read(tmp_path: Path) -> None:
    cdse_item(tmp_path)
    image = only(tmp_path)
    assert image.names == ["B1", "B4", "SCL"]
    assert image.index == "20240628T114349_20240628T114344_T29UNU"
    expected = {
        "PRODUCT_ID": CDSE_ID,
        "PROCESSING_BASELINE": "05.10",
        "MGRS_TILE": "29UNU",
        "SPACECRAFT_NAME": "Sentinel-2B",
        "CLOUDY_PIXEL_PERCENTAGE": 70.13,
        "NODATA_PIXEL_PERCENTAGE": 12.5,
        "DARK_FEATURES_PERCENTAGE": 0.25,
        "SATURATED_DEFECTIVE_PIXEL_PERCENTAGE": 0.0,
        "SNOW_ICE_PERCENTAGE": 0.5,
        "DATATAKE_IDENTIFIER": "GS2B_20240628T114349_038183_N05.10",
        "DATATAKE_TYPE": "INS-NOBS",
        "MEAN_SOLAR_ZENITH_ANGLE": 31.0,
        "GENERATION_TIME": 1719588330000,
    }
    assert {name: image.get(name) for name in expected} == expected


def test_a_band_of_several_pixel_sizes_has_the_sensors_own_and_counts(tmp_path: Path) -> None:
    cdse_item(tmp_path)
    image = only(tmp_path)
    assert [band.projection.transform.a for band in image.bands] == [60, 10, 20]
    # Counts as Earth Engine serves them, 1,000 taken off, and not the reflectances that the metadata lead to.
    assert np.unique(pixels(image, "B1").values).tolist() == [300]
    assert np.unique(pixels(image, "B4").values).tolist() == [400]


def test_items_of_planetary_computer_are_read(tmp_path: Path) -> None:
    assets = {}
    for key, value in (("B03", 1500), ("B8A", 2500), ("SCL", 6)):
        array = np.full((6, 6), value, np.uint8 if key == "SCL" else np.uint16)
        write_raster(tmp_path / f"{key}_10m.tif", array)
        place = {"proj:shape": [6, 6], "proj:transform": list(GRID)[:6]}
        assets[key] = {"href": f"./{key}_10m.tif", "type": "image/tiff; application=geotiff", **place}
    properties = {
        "datetime": "2022-06-19T10:10:31.024000Z",
        "platform": "Sentinel-2B",
        "proj:epsg": 32632,
        "s2:mgrs_tile": "32TPS",
        "s2:product_uri": "S2B_MSIL2A_20220619T101031_N0400_R022_T32TPS_20220620T012345.SAFE",
        "s2:processing_baseline": "04.00",
        "s2:datastrip_id": "S2B_OPER_MSI_L2A_DS_ESRI_20220620T012346_S20220619T101559_N04.00",
        "s2:generation_time": "2022-06-20T01:23:45.678Z",
        "s2:mean_solar_zenith": 26.5,
        "s2:mean_solar_azimuth": 145.25,
    }
    write_json(tmp_path / "item.json", item_document("S2B_MSIL2A_R022_T32TPS", properties, assets))
    image = only(tmp_path)
    assert image.names == ["B3", "B8A", "SCL"]
    assert image.index == "20220619T101031_20220619T101559_T32TPS"
    assert image.get("SPACECRAFT_NAME") == "Sentinel-2B"
    assert image.get("MEAN_SOLAR_ZENITH_ANGLE") == 26.5
    assert image.get("MEAN_SOLAR_AZIMUTH_ANGLE") == 145.25
    assert image.get("GENERATION_TIME") == 1655688225678
    assert {band.projection.crs for band in image.bands} == {"EPSG:32632"}
    assert np.unique(pixels(image, "B3").values).tolist() == [500]


def test_an_item_without_projection_metadata_is_placed_by_its_files(tmp_path: Path) -> None:
    document = make_item(tmp_path, Scene(SCL, properties={"proj:code": None}))
    item = json.loads(document.read_text())
    for key in ("proj:shape", "proj:transform"):
        del item["assets"]["scl"][key]
    write_json(document, item)
    (band,) = only(tmp_path).bands
    assert (band.projection.crs, band.projection.transform, band.dimensions) == ("EPSG:32632", GRID, (3, 2))


def test_an_item_without_a_geometry_is_where_its_pixels_are(tmp_path: Path) -> None:
    item = make_item(tmp_path / "item", Scene(SCL))
    document = json.loads(item.read_text("utf-8"))
    expected = shapely.geometry.shape(document.pop("geometry"))
    write_json(item, {**document, "geometry": None})
    footprint = only(tmp_path).get("system:footprint")
    found = shapely.geometry.shape(footprint.to_geojson())
    assert footprint.crs == "EPSG:4326"
    assert found.symmetric_difference(expected).area < 1e-6 * expected.area


def test_a_missing_file_is_an_absent_band(tmp_path: Path) -> None:
    scene = Scene(SCL, bands={"red": np.ones((4, 6), np.uint16)})
    make_catalogue(tmp_path, [scene])
    (tmp_path / scene.name / "red.tif").unlink()
    assert only(tmp_path).names == ["SCL"]


def test_a_scene_without_a_single_file_is_an_image_without_bands(tmp_path: Path) -> None:
    scene = Scene(SCL)
    make_catalogue(tmp_path, [scene])
    (tmp_path / scene.name / "scl.tif").unlink()
    assert only(tmp_path).names == []


def test_a_broken_file_takes_no_other_along(tmp_path: Path) -> None:
    scene = Scene(SCL, bands={"red": np.ones((4, 6), np.uint16)}, properties={"proj:code": None})
    make_catalogue(tmp_path, [scene])
    (tmp_path / scene.name / "red.tif").write_bytes(b"no raster")
    image = only(tmp_path)
    assert image.names == ["B4", "SCL"]
    np.testing.assert_array_equal(pixels(image, "SCL").values, SCL)
    with pytest.raises(EvaluationError, match=re.escape(scene.name)):
        pixels(image, "B4")


# --- where items lie --------------------------------------------------------------------------------------------------


def test_loose_items_are_found_below_a_folder(tmp_path: Path) -> None:
    for number, tile in enumerate(("32TPS", "33UXP"), 1):
        make_item(tmp_path / f"{number}" / "deep", Scene(SCL, tile=tile))
    (tmp_path / "notes.json").write_text('{"type": "Feature"}')
    (tmp_path / "broken.json").write_text("{")
    assert [image.get("MGRS_TILE") for image in images(tmp_path)] == ["32TPS", "33UXP"]


def test_a_folder_of_collection_folders_is_one_catalogue(tmp_path: Path) -> None:
    make_catalogue(tmp_path / "a", [Scene(SCL), Scene(SCL, time="2023-05-06T10:00:00Z")])
    make_catalogue(tmp_path / "b", [Scene(SCL, tile="33UXP")], "sentinel-2-c1-l2a")
    assert len(images(tmp_path)) == 3


def test_a_catalogue_of_collections_is_followed(tmp_path: Path) -> None:
    make_catalogue(tmp_path / "a", [Scene(SCL)])
    links = [{"rel": "child", "href": "./a/collection.json"}]
    root = {"type": "Catalog", "stac_version": "1.0.0", "id": "root", "description": "Made for a test", "links": links}
    write_json(tmp_path / "catalog.json", root)
    assert len(images(tmp_path)) == 1
    assert len(images(tmp_path / "catalog.json")) == 1


def test_documents_are_read_where_they_lie_and_not_where_they_were_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid_network(monkeypatch)
    scene = Scene(SCL)
    document = make_item(tmp_path / "made" / scene.name, scene)
    item = json.loads(document.read_text())
    site = "https://stac.invalid/collections/sentinel-2-l2a"
    item["links"] = [{"rel": "self", "href": f"{site}/items/a"}, {"rel": "collection", "href": site}]
    write_json(document, item)
    links = [{"rel": "self", "href": site}, {"rel": "item", "href": f"./{scene.name}/item.json"}]
    write_json(tmp_path / "made" / "collection.json", collection_document("sentinel-2-l2a", links))
    for folder in (tmp_path / "made", tmp_path / "made" / scene.name):
        np.testing.assert_array_equal(pixels(only(folder), "SCL").values, SCL)


def forbid_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*address: object) -> None:
        raise AssertionError(f"the network was asked for {address}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_addresses_of_pixels_are_not_opened_before_they_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid_network(monkeypatch)
    document = make_item(tmp_path, Scene(SCL, bands={"red": np.ones((4, 6), np.uint16)}))
    item = json.loads(document.read_text())
    # Nothing answers on port 9, so that opening either would fail at once.
    item["assets"]["scl"]["href"] = "http://127.0.0.1:9/scl.tif"
    item["assets"]["red"]["href"] = "s3://bucket/red.tif"
    write_json(document, item)
    image = only(tmp_path)
    assert image.names == ["B4", "SCL"]
    assert [band.source.path for band in image.bands] == [  # type: ignore[attr-defined]
        "/vsis3/bucket/red.tif",
        "/vsicurl/http://127.0.0.1:9/scl.tif",
    ]


def test_the_same_item_id_in_two_collections_is_two_images(tmp_path: Path) -> None:
    make_catalogue(tmp_path / "a", [Scene(SCL, id="one")])
    make_catalogue(tmp_path / "b", [Scene(SCL[:1], id="one")], "my-classes")
    catalogue = Catalogue(tmp_path)
    assert sorted(catalogue.collections()) == [SENTINEL2, "my-classes"]
    assert isinstance(catalogue.load("my-classes/one"), Image)
    assert isinstance(catalogue.load(f"{SENTINEL2}/20230501T100000_20230501T100000_T32TPS"), Image)


def test_an_unknown_collection_serves_its_rasters_as_they_are(tmp_path: Path) -> None:
    values = np.array([[-1, 0], [1, 2]], np.int16)
    write_raster(tmp_path / "height.tif", values, nodata=-1)
    write_raster(tmp_path / "share.tif", np.array([[0.5]], np.float32))
    described = {"raster:bands": [{"scale": 0.01, "offset": 5}], "type": "image/tiff; application=geotiff"}
    assets = {
        "height": {"href": "./height.tif", **described},
        "share": {"href": "./share.tif"},
        "thumbnail": {"href": "./thumbnail.png", "type": "image/png"},
    }
    made = {"datetime": None, "start_datetime": "2021-01-01T00:00:00Z", "end_datetime": "2022-01-01T00:00:00Z"}
    write_json(tmp_path / "item.json", item_document("all", made, assets, collection="terrain"))
    image = only(tmp_path, "terrain")
    assert image.id == "terrain/all"
    assert [(band.name, band.type.precision, band.type.min, band.type.max) for band in image.bands] == [
        ("height", "int", -32768, 32767),
        ("share", "float", None, None),
    ]
    np.testing.assert_array_equal(pixels(image, "height").values, values)
    np.testing.assert_array_equal(pixels(image, "height").valid, values != -1)
    # 2021-01-01 and 2022-01-01
    assert (image.get("system:time_start"), image.get("system:time_end")) == (1609459200000, 1640995200000)


def test_a_collection_names_the_earth_engine_product_that_it_stands_for(tmp_path: Path) -> None:
    write_raster(tmp_path / "item" / "probability.tif", np.array([[0, 40, 255]], np.uint8), nodata=255)
    index = "20230501T100000_20230501T100000_T32TPS"
    assets = {"probability": {"href": "./probability.tif", "raster:bands": [{"nodata": 255, "data_type": "uint8"}]}}
    item = item_document(index, {"datetime": "2023-05-01T10:00:00Z"}, assets, collection="clouds-of-mine")
    item["links"] = [{"rel": "collection", "href": "../collection.json"}]
    write_json(tmp_path / "item" / "item.json", item)
    links = [{"rel": "item", "href": "./item/item.json"}]
    collection = collection_document("clouds-of-mine", links, **{"gee:id": CLOUD_PROBABILITY})
    write_json(tmp_path / "collection.json", collection)
    image = only(tmp_path, CLOUD_PROBABILITY)
    assert (image.index, image.names) == (index, ["probability"])
    np.testing.assert_array_equal(pixels(image, "probability").valid, [[True, True, False]])


def test_partners_are_joined_to_scenes_by_their_index(sample: Path) -> None:
    """The sample's partners: one scene has none."""
    catalogue = Catalogue(sample).collections()
    scenes = {image.index for image in catalogue[SENTINEL2].elements}  # type: ignore[attr-defined]
    for name, bands in ((CLOUD_SCORE_PLUS, ["cs", "cs_cdf"]), (CLOUD_PROBABILITY, ["probability"])):
        partners = [image for image in catalogue[name].elements if isinstance(image, Image)]
        assert {image.index for image in partners} < scenes
        assert len(partners) == len(scenes) - 1
        assert all(image.names == bands for image in partners)


def test_scores_are_scaled_to_0_to_1(tmp_path: Path) -> None:
    write_raster(tmp_path / "cs.tif", np.array([[0, 125, 250, 255]], np.uint8))
    bands = [{"nodata": 255, "data_type": "uint8", "scale": 0.004, "offset": 0}]
    assets = {"cs": {"href": "./cs.tif", "raster:bands": bands}}
    item = item_document("a", {"datetime": "2023-05-01T10:00:00Z"}, assets, collection="cloud-score-plus")
    write_json(tmp_path / "item.json", item)
    found = pixels(only(tmp_path, CLOUD_SCORE_PLUS), "cs")
    np.testing.assert_allclose(found.values[found.valid], [0, 0.5, 1])


# --- names ------------------------------------------------------------------------------------------------------------


def test_an_index_is_made_of_sensing_datastrip_and_tile(tmp_path: Path) -> None:
    """The recorded image 20170328T083601_20170328T084228_T35RNK, from its recorded properties."""
    properties = {
        "s2:product_uri": "S2A_MSIL2A_20170328T083601_N0204_R064_T35RNK_20170328T084228.SAFE",
        "s2:datastrip_id": "S2A_USER_MSI_L2A_DS_MPS__20170328T123128_S20170328T084228_N02.04",
        "s2:granule_id": "S2A_USER_MSI_L2A_TL_MPS__20170328T123128_A009213_T35RNK_N02.04",
    }
    make_catalogue(tmp_path, [Scene(SCL, tile="35RNK", time="2017-03-28T08:42:28.704Z", properties=properties)])
    image = only(tmp_path)
    assert image.id == f"{SENTINEL2}/20170328T083601_20170328T084228_T35RNK"
    assert image.get("GRANULE_ID") == "L2A_T35RNK_A009213_20170328T084228"


def test_an_index_falls_back_on_the_sensing_time(tmp_path: Path) -> None:
    make_catalogue(tmp_path, [Scene(SCL, id="x", properties={"s2:product_uri": None, "s2:datastrip_id": None})])
    assert only(tmp_path).index == "20230501T100000_20230501T100000_T32TPS"


def test_an_item_that_is_named_after_an_image_keeps_its_name(tmp_path: Path) -> None:
    make_catalogue(tmp_path, [Scene(SCL, id="20200101T000001_20200101T000002_T32TPS")])
    assert only(tmp_path).index == "20200101T000001_20200101T000002_T32TPS"


def test_a_reprocessed_product_gets_an_index_of_its_own(tmp_path: Path) -> None:
    later = {"s2:generation_time": "2023-06-07T08:09:10Z"}
    scenes = [
        Scene(SCL, baseline="05.10", properties=later),
        Scene(SCL),
        Scene(SCL, baseline="05.11", properties=later),
    ]
    found = images(make_catalogue(tmp_path, scenes))
    assert [(image.index, image.get("PROCESSING_BASELINE")) for image in found] == [
        ("20230501T100000_20230501T100000_T32TPS", "05.09"),
        ("20230501T100000_20230607T080910_T32TPS", "05.10"),
        ("20230501T100000_20230607T080910_T32TPS_2", "05.11"),
    ]
    assert all(Catalogue(tmp_path).load(str(image.id)).index == image.index for image in found)  # type: ignore[attr-defined]


def test_images_come_in_order_of_time(tmp_path: Path) -> None:
    days = (20, 3, 11)
    found = images(make_catalogue(tmp_path, [Scene(SCL, time=f"2023-05-{day:02}T10:00:00Z") for day in days]))
    assert [image.index[:8] for image in found] == ["20230503", "20230511", "20230520"]


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    catalogue = Catalogue(make_catalogue(tmp_path, [Scene(SCL)]))
    for name in ("COPERNICUS/S2", f"{SENTINEL2}/20200101T000000_20200101T000000_T32TPS", "../../etc/passwd", ""):
        with pytest.raises(NotFoundError, match="does not exist or caller does not have access"):
            catalogue.load(name)


# --- files that are not served ----------------------------------------------------------------------------------------


def outside(tmp_path: Path) -> Path:
    return write_raster(tmp_path / "secret" / "scl.tif", np.full((2, 3), 9, np.uint8))


HREFS = {
    "relative": "../../secret/scl.tif",
    "absolute": "{secret}",
    "file URL": "file://{secret}",
    "file URL in capitals": "FILE://{secret}",
    "virtual file": "/vsisubfile/0_100,{secret}",
    "archive": "zip://{secret}!scl.tif",
    "driver": "vrt://{secret}",
}


@pytest.mark.parametrize("href", HREFS.values(), ids=HREFS)
def test_a_file_outside_the_folder_is_refused_by_name(
    tmp_path: Path, href: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = outside(tmp_path)
    (tmp_path / "served").mkdir()
    # Where the engine runs makes no difference to what is a path.
    monkeypatch.chdir(tmp_path / "served")
    scene = Scene(SCL, bands={"red": np.ones((4, 6), np.uint16)})
    document = make_item(tmp_path / "served" / scene.name, scene)
    item = json.loads(document.read_text())
    item["assets"]["scl"]["href"] = href.format(secret=secret)
    write_json(document, item)
    image = only(tmp_path / "served")
    with pytest.raises(ForbiddenError, match=rf"{re.escape(scene.name)}.* outside its catalogue") as caught:
        pixels(image, "SCL")
    assert caught.value.code == 403
    assert pixels(image, "B4").valid.all()


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own on Windows")
def test_a_symbolic_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    secret = outside(tmp_path)
    scene = Scene(SCL)
    make_catalogue(tmp_path / "served", [scene])
    file = tmp_path / "served" / scene.name / "scl.tif"
    file.unlink()
    file.symlink_to(secret)
    with pytest.raises(ForbiddenError, match="outside its catalogue"):
        pixels(only(tmp_path / "served"), "SCL")


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own on Windows")
def test_a_served_folder_may_be_a_symbolic_link_itself(tmp_path: Path) -> None:
    make_catalogue(tmp_path / "real", [Scene(SCL)])
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    np.testing.assert_array_equal(pixels(only(tmp_path / "link"), "SCL").values, SCL)


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own on Windows")
def test_a_symbolic_link_that_leads_back_is_not_followed(tmp_path: Path) -> None:
    make_item(tmp_path / "a", Scene(SCL))
    (tmp_path / "a" / "again").symlink_to(tmp_path, target_is_directory=True)
    assert len(images(tmp_path)) == 1


# --- what cannot be served --------------------------------------------------------------------------------------------


def test_a_folder_that_is_not_there_or_empty_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="There is no folder 'none'"):
        Catalogue(tmp_path / "none").collections()
    with pytest.raises(EngineError, match="holds no STAC item and no SAFE product"):
        Catalogue(tmp_path).collections()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("eo:cloud_cover", "many"),
        ("s2:generation_time", "yesterday"),
        ("sat:orbit_state", 5),
        ("statistics", "none"),
    ],
)
def test_metadata_that_cannot_be_read_name_their_item(tmp_path: Path, key: str, value: object) -> None:
    scene = Scene(SCL, properties={key: value})
    with pytest.raises(EngineError, match=f"STAC item '{scene.name}' has metadata that cannot be read"):
        Catalogue(make_catalogue(tmp_path, [scene])).collections()


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"type": "Collection", "links": 5}', '{"type": "Catalog"}'])
def test_a_document_that_is_no_stac_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "collection.json").write_text(text)
    with pytest.raises(EngineError, match=r"'collection\.json' cannot be read"):
        Catalogue(tmp_path).collections()


def test_a_link_to_an_item_that_is_gone_is_named(tmp_path: Path) -> None:
    scene = Scene(SCL)
    make_catalogue(tmp_path, [scene])
    (tmp_path / scene.name / "item.json").unlink()
    with pytest.raises(EngineError, match=r"'collection\.json' cannot be read.*item\.json"):
        Catalogue(tmp_path).collections()


# --- recorded products ------------------------------------------------------------------------------------------------


@pytest.mark.real
@pytest.mark.parametrize(("name", "count", "bands"), [
    ("29UNU", 1, ["B2", "B3", "B4", "B8A", "B11", "SCL"]),
    ("31UES", 146, ["SCL"]),
    ("29RKH", 1, ["B4", "B11", "SCL"]),
])  # fmt: skip
def test_recorded_items_are_served(shared: Path, name: str, count: int, bands: list[str]) -> None:
    found = images(shared / "data" / name)
    assert len({image.index for image in found}) == count
    assert all(image.names == bands for image in found)
    assert {image.get("MGRS_TILE") for image in found} == {name}


@pytest.mark.real
def test_recorded_classes_of_many_dates_have_the_listed_counts(shared: Path) -> None:
    counted: Counter[int] = Counter()
    found = images(shared / "data" / "31UDS")
    for image in found:
        scl = pixels(image, "SCL")
        counted.update(scl.values[scl.valid].tolist())
    assert len(found) == 118
    assert dict(counted) == listed_counts(shared, "31UDS")


@pytest.mark.real
def test_a_recorded_item_without_projection_metadata_is_placed_by_its_files(shared: Path) -> None:
    folder = shared / "data" / "29RKH"
    scl = next(band for band in only(folder).bands if band.name == "SCL")
    with rasterio.open(folder / "assets" / "SCL.tif") as file:
        assert scl.projection.transform == file.transform
        assert scl.dimensions == (file.width, file.height)


@pytest.mark.real
def test_a_safe_product_of_which_parts_are_missing_is_served(shared: Path) -> None:
    pytest.importorskip("stactools.sentinel2")
    image = only(shared / "data" / "safe")
    assert image.names == ["SCL"]
    assert image.index == "20221005T115411_20221005T115407_T29UNU"
    assert image.get("GRANULE_ID") == "L2A_T29UNU_A038058_20221005T115407"
    assert image.get("PROCESSING_BASELINE") == "04.00"
    assert image.get("NODATA_PIXEL_PERCENTAGE") == 40.419397
    scl = pixels(image, "SCL")
    codes, counts = np.unique(scl.values[scl.valid], return_counts=True)
    listed = listed_counts(shared, "29UNU")
    assert dict(zip(codes.tolist(), counts.tolist(), strict=True)) == {k: n for k, n in listed.items() if k != 0}
    assert np.count_nonzero(~scl.valid) == listed[0]


def listed_counts(shared: Path, folder: str) -> dict[int, int]:
    """The counts that the data's own description lists for a folder."""
    text = (shared / "data" / "README.md").read_text("utf-8")
    line = next(line for line in text.splitlines() if f"`{folder}/`" in line)
    return {int(code): int(count) for code, count in re.findall(r"\b(\d{1,2}):(\d+)", line)}


@pytest.mark.parametrize("damage", ["empty folder", "no XML", "other XML"])
def test_a_broken_safe_product_is_named(tmp_path: Path, damage: str) -> None:
    pytest.importorskip("stactools.sentinel2")
    product = tmp_path / "S2A_MSIL2A_20221005T115411_N0400_R023_T29UNU_20221005T164454.SAFE"
    product.mkdir()
    if damage != "empty folder":
        (product / "manifest.safe").write_text("no XML" if damage == "no XML" else "<a><dataObjectSection/></a>")
    with pytest.raises(EngineError, match=rf"SAFE product '{product.name}' cannot be read"):
        Catalogue(tmp_path).collections()


def test_every_item_is_still_stac(tmp_path: Path) -> None:
    """The catalogues of these tests are what pystac takes for catalogues."""
    (item,) = pystac.Collection.from_file(str(make_catalogue(tmp_path, [Scene(SCL)]) / "collection.json")).get_items()
    assert item.datetime is not None
    assert item.assets["scl"].get_absolute_href() is not None
