from __future__ import annotations

import hashlib
import json
import math
import os
import re
import shutil
import sys
import time
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pystac
import pytest
import rasterio
import rasterio.features
import rasterio.warp
import shapely
from pyproj import Geod, Transformer

from gee_scl.local.assets.sample import cache_folder, catalogue, ensure_sample, sample_regions

REFLECTANCE = {"blue": 10, "green": 10, "red": 10, "nir": 10, "swir16": 20, "swir22": 20}


SHARES_BY_CODE = [
    "nodata_pixel",
    "saturated_defective_pixel",
    "dark_features",
    "cloud_shadow",
    "vegetation",
    "not_vegetated",
    "water",
    "unclassified",
    "medium_proba_clouds",
    "high_proba_clouds",
    "thin_cirrus",
    "snow_ice",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    root = tmp_path_factory.getbasetemp()
    # Workers of pytest-xdist share one sample; two that begin together both get the one that is finished first.
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root
    return ensure_sample(root / "shared-cache")


@pytest.fixture(scope="module")
def catalog(folder) -> pystac.Catalog:
    return pystac.Catalog.from_file(str(folder / "catalog.json"))


@pytest.fixture(scope="module")
def images(catalog) -> list[pystac.Item]:
    return list(catalog.get_child("sentinel-2-l2a").get_items())


@pytest.fixture
def one_date(monkeypatch) -> None:
    """A sample of a single date, for the tests of how it gets into its place."""
    monkeypatch.setattr(catalogue, "ACQUISITIONS", catalogue.ACQUISITIONS[:1])


def read(item: pystac.Item, key: str = "scl") -> np.ndarray:
    with rasterio.open(item.assets[key].get_absolute_href()) as raster:
        return raster.read(1)


def on_date(images: list[pystac.Item], date: str, tile: str = "32TPS") -> pystac.Item:
    return next(i for i in images if i.id[4:9] == tile and f"{i.datetime:%Y-%m-%d}" == date)


def system_index(item: pystac.Item) -> str:
    start = re.search(r"_MSIL2A_(\w{15})_", item.properties["s2:product_uri"])[1]
    strip = re.search(r"_S(\w{15})_N", item.properties["s2:datastrip_id"])[1]
    return f"{start}_{strip}_T{item.properties['grid:code'].removeprefix('MGRS-')}"


def pixels_of_region(folder: Path, item: pystac.Item, name: str) -> np.ndarray:
    regions = json.loads(sample_regions(folder).read_text(encoding="utf-8"))["features"]
    geometry = next(region["geometry"] for region in regions if region["properties"]["name"] == name)
    with rasterio.open(item.assets["scl"].get_absolute_href()) as raster:
        shape = rasterio.warp.transform_geom("EPSG:4326", raster.crs, geometry)
        inside = rasterio.features.geometry_mask([shape], raster.shape, raster.transform, invert=True)
        return raster.read(1)[inside]


# --- what is in it ----------------------------------------------------------------------------------------------------


def test_two_tiles_on_24_dates_over_one_year_and_one_image_twice(images):
    moments = sorted({item.datetime for item in images})
    assert len(moments) == 24
    assert len(images) == 2 * 24 + 1
    assert {item.properties["grid:code"] for item in images} == {"MGRS-32TPS", "MGRS-32TQS"}
    assert 330 <= (moments[-1] - moments[0]).days <= 366
    assert all(5 <= (later - earlier).days <= 31 for earlier, later in pairwise(moments))


def test_orbits_alternate_and_a_satellite_returns_to_its_orbit_every_ten_days(images):
    overpasses = sorted({(i.datetime, i.properties["platform"], i.properties["sat:relative_orbit"]) for i in images})
    assert all(first[2] != second[2] for first, second in pairwise(overpasses))
    for satellite in ("sentinel-2a", "sentinel-2b"):
        for orbit in (22, 65):
            days = [moment.date() for moment, *rest in overpasses if rest == [satellite, orbit]]
            assert len(days) >= 2
            assert {(day - days[0]).days % 10 for day in days} == {0}


def test_all_twelve_classes_occur_and_nothing_else(images):
    counts = sum(np.bincount(read(item).ravel(), minlength=256) for item in images)
    assert np.flatnonzero(counts).tolist() == list(range(12))


def test_class_shares_in_the_properties_are_those_of_the_pixels(images):
    for item in images:
        classes = read(item)
        shares = [item.properties[f"s2:{name}_percentage"] for name in SHARES_BY_CODE]
        seen = classes[classes > 0]
        assert shares[0] == pytest.approx(100 * np.mean(classes == 0), abs=1e-6)
        assert shares[1:] == pytest.approx([100 * np.mean(seen == code) for code in range(1, 12)], abs=1e-6)
        assert item.properties["eo:cloud_cover"] == pytest.approx(100 * np.isin(seen, [8, 9, 10]).mean(), abs=2e-6)


def test_rasters_lie_on_the_own_grid_of_their_tile(images):
    # Whole tiles are 109,800 m wide; their north-western corners in the tiling grid of Sentinel-2:
    corners = {"MGRS-32TPS": (600000, 5200020), "MGRS-32TQS": (699960, 5200020)}
    for item in images[:4]:
        west, north = corners[item.properties["grid:code"]]
        for key, pixel in {"scl": 20, **REFLECTANCE}.items():
            with rasterio.open(item.assets[key].get_absolute_href()) as raster:
                assert raster.crs.to_epsg() == 32632
                assert raster.res == (pixel, pixel)
                assert list(raster.transform)[:6] == item.assets[key].extra_fields["proj:transform"]
                assert list(raster.shape) == item.assets[key].extra_fields["proj:shape"]
                assert (raster.bounds.left - west) % 20 == (north - raster.bounds.top) % 20 == 0
                assert west <= raster.bounds.left < raster.bounds.right <= west + 109800
                assert raster.nodata == 0


def test_both_tiles_hold_the_same_classes_where_they_overlap(images):
    for moment in {item.datetime for item in images}:
        pair = [on_date(images, f"{moment:%Y-%m-%d}", tile) for tile in ("32TPS", "32TQS")]
        opened = [rasterio.open(item.assets["scl"].get_absolute_href()) for item in pair]
        left, right = max(r.bounds.left for r in opened), min(r.bounds.right for r in opened)
        assert right - left == 3200
        west, east = (
            raster.read(1, window=raster.window(left, raster.bounds.bottom, right, raster.bounds.top))
            for raster in opened
        )
        for raster in opened:
            raster.close()
        assert west.shape == east.shape == (400, 160)
        assert np.array_equal(west, east)


def test_the_swath_of_orbit_65_ends_within_the_eastern_tile(images):
    for item in images:
        empty = read(item) == 0
        if item.properties["sat:relative_orbit"] == 65 and "32TQS" in item.id:
            assert 0.15 < empty.mean() < 0.5
            assert not (np.diff(empty.astype(int), axis=1) < 0).any(), "everything east of the edge is empty"
            assert shapely.geometry.shape(item.geometry).area < 0.9 * shapely.box(*item.bbox).area
        elif item.properties["sat:relative_orbit"] == 22:
            assert not empty.any()


def test_footprints_surround_the_pixels_that_have_data_and_little_else(images):
    to_degrees = Transformer.from_crs(32632, 4326, always_xy=True)
    cut = [item for item in images if item.properties["sat:relative_orbit"] == 65 and "32TQS" in item.id]
    for item in [*images[:4], *cut[:3]]:
        with rasterio.open(item.assets["scl"].get_absolute_href()) as raster:
            valid = raster.read(1).ravel() > 0
            rows, columns = np.mgrid[: raster.height, : raster.width]
            x, y = raster.transform @ (columns.ravel() + 0.5, rows.ravel() + 0.5)
        inside = shapely.contains_xy(shapely.geometry.shape(item.geometry), *to_degrees.transform(x, y))
        assert inside[valid].all()
        assert (inside == valid).mean() > 0.995


@pytest.mark.parametrize("date", ["2023-06-02", "2023-07-27", "2023-09-20", "2023-11-24"])
def test_shadows_lie_away_from_the_sun_at_one_cloud_height(images, date):
    classes = read(item := on_date(images, date))
    clouds, shadows = np.isin(classes, [7, 8, 9]) - 0.0, (classes == 3) - 0.0
    padded = [2 * side for side in classes.shape]
    spectrum = np.fft.rfft2(shadows - shadows.mean(), padded) * np.fft.rfft2(clouds - clouds.mean(), padded).conj()
    match = np.fft.irfft2(spectrum, padded)
    peak = np.unravel_index(match.argmax(), padded)
    south, east = ((int(shift) + 400) % 800 - 400 for shift in peak)
    direction = math.degrees(math.atan2(east, -south)) % 360
    assert direction == pytest.approx((item.properties["view:sun_azimuth"] + 180) % 360, abs=4)
    height = 20 * math.hypot(south, east) * math.tan(math.radians(item.properties["view:sun_elevation"]))
    assert 800 < height < 3000


def test_the_sun_stands_higher_in_summer_and_in_the_south_east_in_the_morning(images):
    # At 46.4 N the noon sun stands 67.0 degrees high at midsummer and 20.2 at midwinter; at 10:15 UTC it is lower.
    assert 58 < on_date(images, "2023-06-15").properties["view:sun_elevation"] < 67
    assert 15 < on_date(images, "2023-12-17").properties["view:sun_elevation"] < 20.2
    assert all(130 < item.properties["view:sun_azimuth"] < 180 for item in images)


def test_the_lake_grows_in_spring_and_shrinks_until_autumn(folder, images):
    def water(date: str) -> float:
        classes = pixels_of_region(folder, on_date(images, date), "Lake")
        return np.mean(classes[np.isin(classes, [4, 5, 6])] == 6)

    assert water("2023-05-21") > 1.2 * water("2023-01-21")
    assert water("2023-05-21") > 1.2 * water("2023-08-09")
    assert water("2023-08-09") > 1.1 * water("2023-11-07") > 0.2


def test_snow_covers_more_in_winter_than_in_summer(images):
    def snow(date: str) -> float:
        return np.mean(read(on_date(images, date, "32TQS")) == 11)

    assert snow("2023-01-21") > 0.2
    assert snow("2023-04-03") > 2 * snow("2023-06-15")
    assert snow("2023-08-09") < 0.05


def test_fields_are_green_in_early_summer_and_bare_in_winter(folder, images):
    def green(date: str) -> float:
        classes = pixels_of_region(folder, on_date(images, date), "Farmland")
        return np.mean(classes[np.isin(classes, [4, 5])] == 4)

    assert green("2023-05-21") > green("2023-02-15") + 0.1


def test_the_single_field_is_one_cover(folder, images):
    for date in ("2023-08-09", "2023-04-03"):
        classes = pixels_of_region(folder, on_date(images, date), "Single field")
        land = classes[np.isin(classes, [4, 5])]
        assert 100 < land.size < 1000
        assert np.bincount(land).max() > 0.95 * land.size


def test_the_forest_is_vegetation_and_the_town_is_not(folder, images):
    item = on_date(images, "2023-08-09")
    assert np.mean(pixels_of_region(folder, item, "Forest") == 4) > 0.9
    assert np.mean(pixels_of_region(folder, item, "Towns") == 5) > 0.5


def test_reflectance_agrees_with_the_classes(images):
    red, nir, green, swir, classes = ([] for _ in range(5))
    for item in images[::5]:
        bands = {key: read(item, key) for key in REFLECTANCE}
        labels = read(item)
        for key, values in bands.items():
            assert values.dtype == np.uint16
            step = 20 // REFLECTANCE[key]
            assert np.array_equal(values == 0, np.kron(labels == 0, np.ones((step, step))) > 0)
        for stack, key in ((red, "red"), (nir, "nir"), (green, "green"), (swir, "swir16")):
            stack.append(bands[key][:: 20 // REFLECTANCE[key], :: 20 // REFLECTANCE[key]].astype(float).ravel())
        classes.append(labels.ravel())
    red, nir, green, swir, classes = map(np.concatenate, (red, nir, green, swir, classes))

    def median(first: np.ndarray, second: np.ndarray, code: int) -> float:
        chosen = classes == code
        return np.median((first[chosen] - second[chosen]) / (first[chosen] + second[chosen]))

    assert median(nir, red, 4) > 0.5 > 0.4 > median(nir, red, 5) > 0.1
    assert median(green, nir, 6) > 0.3
    assert median(green, swir, 11) > 0.6 > 0.3 > median(green, swir, 9)
    assert np.median(red[classes == 9]) > 5000
    assert np.median(nir[classes == 3]) < 0.6 * np.median(nir[classes == 4])


# --- the duplicate and the partners -----------------------------------------------------------------------------------


def test_one_image_is_there_twice_in_another_baseline(images):
    by_place_and_time: dict[object, list[pystac.Item]] = {}
    for item in images:
        by_place_and_time.setdefault((item.properties["grid:code"], item.datetime), []).append(item)
    [(old, new)] = [sorted(same, key=lambda i: i.id) for same in by_place_and_time.values() if len(same) > 1]
    assert (old.properties["s2:processing_baseline"], new.properties["s2:processing_baseline"]) == ("05.09", "05.10")
    assert old.properties["s2:generation_time"] < new.properties["s2:generation_time"]
    assert system_index(old) != system_index(new)
    assert 0.9 < np.mean(read(old) == read(new)) < 1


def test_cloud_partners_bear_the_system_index_and_one_image_has_none(catalog, images):
    names = {system_index(item) for item in images}
    assert len(names) == len(images)
    for collection in ("cloud-score-plus", "s2cloudless"):
        partners = {item.id for item in catalog.get_child(collection).get_items()}
        assert len(names - partners) == 1
        assert partners < names
        assert (names - partners).pop().startswith("20230521T")


def test_collections_name_their_earth_engine_data_sets(catalog):
    assert {child.id: child.extra_fields["gee:id"] for child in catalog.get_children()} == {
        "sentinel-2-l2a": "COPERNICUS/S2_SR_HARMONIZED",
        "cloud-score-plus": "GOOGLE/CLOUD_SCORE_PLUS/V1/S2_HARMONIZED",
        "s2cloudless": "COPERNICUS/S2_CLOUD_PROBABILITY",
    }


def test_cloud_scores_are_low_and_probabilities_high_under_clouds(catalog, images):
    item = next(i for i in images if i.datetime.month == 6 and i.properties["sat:relative_orbit"] == 65)
    classes, name = read(item), system_index(item)
    score = catalog.get_child("cloud-score-plus").get_item(name)
    for key in ("cs", "cs_cdf"):
        band = score.assets[key].extra_fields["raster:bands"][0]
        counts = read(score, key)
        assert np.array_equal(counts == band["nodata"], classes == 0)
        values = counts * band["scale"]
        assert 0 <= values[classes > 0].min() <= values[classes > 0].max() <= 1
        assert np.median(values[classes == 9]) < 0.3 < 0.7 < np.median(values[classes == 4])
    probability = read(catalog.get_child("s2cloudless").get_item(name), "probability")
    assert np.array_equal(probability == 255, classes == 0)
    assert probability[classes > 0].max() <= 100
    assert np.median(probability[classes == 9]) > 70 > 20 > np.median(probability[classes == 4])


# --- catalogue, regions, labels ---------------------------------------------------------------------------------------


def test_every_item_reads_through_pystac_and_every_file_is_there(folder, catalog):
    files = set()
    for item in catalog.get_items(recursive=True):
        assert shapely.geometry.shape(item.geometry).is_valid
        assert item.bbox == pytest.approx(shapely.geometry.shape(item.geometry).bounds)
        for asset in item.assets.values():
            assert not Path(asset.href).is_absolute()
            files.add(Path(asset.get_absolute_href()).resolve())
    assert all(file.is_file() for file in files)
    assert files == {file.resolve() for file in folder.rglob("*.tif")}


def test_images_have_the_properties_that_earth_search_gives(images):
    for item in images:
        properties = item.properties
        assert set(item.assets) == {"scl", *REFLECTANCE}
        assert properties["earthsearch:boa_offset_applied"] is True
        assert properties["proj:code"] == "EPSG:32632"
        assert (properties["mgrs:utm_zone"], properties["mgrs:latitude_band"]) == (32, "T")
        assert f"MGRS-32T{properties['mgrs:grid_square']}" == properties["grid:code"]
        assert re.fullmatch(r"\d{8}T\d{6}_\d{8}T\d{6}_T32T[PQ]S", system_index(item))
        number = properties["s2:processing_baseline"].replace(".", "")
        assert f"_N{number}_R{properties['sat:relative_orbit']:03}_" in properties["s2:product_uri"]
        assert datetime.fromisoformat(properties["s2:generation_time"]) > item.datetime


def test_six_named_regions_are_valid_and_lie_within_the_tiles(folder, images):
    features = json.loads(sample_regions(folder).read_text(encoding="utf-8"))["features"]
    shapes = {f["properties"]["name"]: shapely.geometry.shape(f["geometry"]) for f in features}
    assert len(shapes) == 6
    tiles = [shapely.geometry.shape(on_date(images, "2023-01-03", tile).geometry) for tile in ("32TPS", "32TQS")]
    both = shapely.union_all(tiles)
    for shape in shapes.values():
        assert shape.is_valid
        assert both.contains(shape)
        outer = [polygon.exterior for polygon in shapely.get_parts(shape)]
        assert all(ring.is_ccw for ring in outer)
        assert max(max(Geod(ellps="WGS84").line_lengths(*ring.xy)) for ring in outer) < 500
    assert tiles[0].intersection(tiles[1]).contains(shapes["Lake"])
    assert len(shapes["Forest"].interiors) == 1
    assert shapes["Towns"].geom_type == "MultiPolygon"


def test_no_vertex_of_a_region_lies_on_the_grid(folder):
    features = json.loads(sample_regions(folder).read_text(encoding="utf-8"))["features"]
    points = np.concatenate([shapely.get_coordinates(shapely.geometry.shape(f["geometry"])) for f in features])
    metres = np.column_stack(Transformer.from_crs(4326, 32632, always_xy=True).transform(*points.T))
    assert not (np.abs(metres / 10 - np.round(metres / 10)) < 0.002).all(axis=1).any()


def test_everything_that_a_user_meets_says_synthetic(folder, catalog, images):
    for entry in (catalog, *catalog.get_children()):
        assert "synthetic" in entry.title.lower()
        assert "synthetic" in entry.description.lower()
        assert entry.extra_fields["gee-scl:synthetic"] is True
    for item in catalog.get_items(recursive=True):
        assert item.properties["gee-scl:synthetic"] is True
        assert "SYNTHETIC" in item.properties["title"]
        assert "synthetic" in item.properties["description"].lower()
        assert all("SYNTHETIC" in asset.title for asset in item.assets.values())
    assert all("SYNTHETIC" in item.properties["s2:product_uri"] for item in images)
    for file in folder.rglob("*.tif"):
        with rasterio.open(file) as raster:
            assert "SYNTHETIC" in raster.tags()["TIFFTAG_IMAGEDESCRIPTION"]
    regions = json.loads(sample_regions(folder).read_text(encoding="utf-8"))
    assert "synthetic" in regions["description"].lower()
    assert all(feature["properties"]["synthetic"] is True for feature in regions["features"])
    assert "SYNTHETIC" in (folder / "README.txt").read_text(encoding="utf-8")


# --- the cache --------------------------------------------------------------------------------------------------------


def test_the_sample_takes_at_most_40_megabytes(folder):
    assert sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) < 40e6


@pytest.mark.long
def test_a_second_generation_holds_identical_pixels_and_texts(folder, tmp_path):
    def fingerprints(root: Path) -> dict[str, str]:
        found = {}
        for file in sorted(root.rglob("*")):
            if file.suffix == ".tif":
                with rasterio.open(file) as raster:
                    content = raster.read(1).tobytes() + repr((raster.transform, raster.tags())).encode()
            elif file.is_file():
                content = file.read_bytes()
            else:
                continue
            found[file.relative_to(root).as_posix()] = hashlib.sha256(content).hexdigest()
        return found

    said: list[str] = []
    again = ensure_sample(tmp_path, said.append)
    assert fingerprints(again) == fingerprints(folder)
    assert said[-1] == "24 of 24 dates"


def test_the_pixels_are_those_of_this_version_on_every_machine(folder):
    # Whoever changes what is generated raises SAMPLE_VERSION, so that samples in users' caches are made anew.
    assert catalogue.SAMPLE_VERSION == "3"
    digest = hashlib.sha256()
    for name in sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*.tif")):
        with rasterio.open(folder / name) as raster:
            digest.update(name.encode() + raster.read(1).astype("<u2").tobytes())
    assert digest.hexdigest() == "f40c3ea258fa94b1abbc66a763dd058c4d86472af5c313fef75d468814bbeacd"


def test_a_sample_that_is_there_is_used_and_nothing_is_said(folder):
    before = (folder / "catalog.json").stat().st_mtime_ns
    assert ensure_sample(folder.parent, pytest.fail) == folder
    assert (folder / "catalog.json").stat().st_mtime_ns == before


@pytest.mark.parametrize("fault", [KeyboardInterrupt, OSError])
def test_an_interrupted_generation_leaves_nothing_behind(tmp_path, one_date, fault):
    def interrupt(text: str) -> None:
        if "dates" in text:
            raise fault

    with pytest.raises(fault):
        ensure_sample(tmp_path, interrupt)
    assert list(tmp_path.iterdir()) == []


def test_while_it_is_being_made_no_folder_has_the_samples_name(tmp_path, one_date):
    seen: list[list[str]] = []
    folder = ensure_sample(tmp_path, lambda _: seen.append([path.name for path in tmp_path.iterdir()]))
    assert all(folder.name not in names for names in seen)
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_of_two_processes_at_the_same_time_both_get_the_sample_of_the_first(folder, tmp_path, one_date):
    first = tmp_path / folder.name

    def other_process_ends(text: str) -> None:
        if "dates" in text:
            shutil.copytree(folder, first)

    assert ensure_sample(tmp_path, other_process_ends) == first
    assert len(list(first.rglob("SCL.tif"))) == 49
    assert list(tmp_path.iterdir()) == [first]


def test_remains_of_killed_processes_and_of_deleted_samples_are_cleared_away(folder, tmp_path, one_date):
    killed, running = tmp_path / f".{folder.name}-killed", tmp_path / f".{folder.name}-running"
    partial = tmp_path / folder.name
    for path in (killed, running, partial / "sentinel-2-l2a"):
        path.mkdir(parents=True)
    os.utime(killed, (time.time() - 7200,) * 2)
    assert (ensure_sample(tmp_path) / "catalog.json").is_file()
    assert {path.name for path in tmp_path.iterdir()} == {folder.name, running.name}


def test_the_cache_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("GEE_SCL_CACHE", str(tmp_path / "chosen"))
    assert cache_folder() == tmp_path / "chosen"
    monkeypatch.delenv("GEE_SCL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "appdata"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for platform, expected in (("linux", "xdg"), ("darwin", "Library/Caches"), ("win32", "appdata")):
        monkeypatch.setattr(sys, "platform", platform)
        assert cache_folder() == tmp_path / expected / "gee-scl"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache_folder() == tmp_path / ".cache" / "gee-scl"
