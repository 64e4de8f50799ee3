"""Class statistics on the synthetic sample: what the frame says, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import ee
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import rasterio.features
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gee_scl
from tests.support.engines import server_over, session_on, session_over
from tests.support.made_catalogue import make_many

# On a single tile or date some of the sample's regions meet no image, which is said: here it is expected.
pytestmark = pytest.mark.filterwarnings("ignore::gee_scl.RegionWarning")

COLUMNS = [
    "region",
    "image",
    "tile",
    "date",
    "class_value",
    "class_name",
    "pixels",
    "area_m2",
    "percent",
    "percent_of_region",
]


@pytest.fixture(scope="module")
def session(sample_engine: str) -> Iterator[None]:
    with session_on(sample_engine):
        yield


@pytest.fixture(scope="module")
def images(session: None) -> ee.ImageCollection:
    return gee_scl.collection(start="2023-06-01", end="2023-08-01")


@pytest.fixture(scope="module")
def regions(sample: Path) -> gpd.GeoDataFrame:
    return gpd.read_file(sample / "regions.geojson")


@pytest.fixture(scope="module")
def frame(images: ee.ImageCollection, regions: gpd.GeoDataFrame) -> pd.DataFrame:
    return gee_scl.class_statistics(images, regions, id="name")


def scl_arrays(sample: Path) -> dict[tuple[str, str], tuple[np.ndarray, rasterio.Affine]]:
    """SCL by tile and time, read from the sample's files; of a reprocessed scene the newest baseline."""
    found: dict[tuple[str, str], tuple[np.ndarray, rasterio.Affine]] = {}
    newest: dict[tuple[str, str], str] = {}
    for path in sample.rglob("*.json"):
        item = json.loads(path.read_text("utf-8"))
        if item.get("collection") != "sentinel-2-l2a" or item.get("type") != "Feature":
            continue
        properties = item["properties"]
        key = properties["grid:code"].removeprefix("MGRS-"), properties["datetime"]
        if newest.get(key, "") < properties["s2:processing_baseline"]:
            newest[key] = properties["s2:processing_baseline"]
            with rasterio.open(path.parent / item["assets"]["scl"]["href"]) as raster:
                found[key] = raster.read(1), raster.transform
    return found


def counts(array: np.ndarray, transform: rasterio.Affine, shape: shapely.Geometry) -> np.ndarray:
    inside = rasterio.features.geometry_mask([shape], array.shape, transform, invert=True)
    return np.bincount(array[inside], minlength=12)[1:]


def test_the_frame_has_the_promised_columns_and_types(frame: pd.DataFrame) -> None:
    assert list(frame.columns) == COLUMNS
    assert str(frame["date"].dtype) == "datetime64[ns, UTC]"
    assert frame["pixels"].dtype == frame["class_value"].dtype == np.int64
    assert isinstance(frame["class_name"].dtype, pd.CategoricalDtype)
    assert list(frame["class_name"].cat.categories) == gee_scl.SCHEMES["scl"].names


def test_every_class_has_its_row_for_each_region_and_image(frame: pd.DataFrame) -> None:
    per_pair = frame.groupby(["region", "image"])["class_value"].apply(list)
    assert set(map(tuple, per_pair)) == {tuple(range(1, 12))}


def test_rows_follow_the_regions_then_time_then_tile(frame: pd.DataFrame, regions: gpd.GeoDataFrame) -> None:
    assert list(frame["region"].unique()) == list(regions["name"])
    for _, rows in frame.groupby("region", sort=False):
        assert rows["date"].is_monotonic_increasing


def test_counts_equal_rasterios_for_every_region_and_image(
    frame: pd.DataFrame, regions: gpd.GeoDataFrame, sample: Path
) -> None:
    arrays = scl_arrays(sample)
    shapes = dict(zip(regions["name"], regions.to_crs("EPSG:32632").geometry, strict=True))
    found = frame.pivot_table(index=["region", "tile", "date"], columns="class_value", values="pixels", observed=True)
    for (name, tile, date), row in found.iterrows():
        key = tile, next(t for g, t in arrays if g == tile and pd.Timestamp(t) == date)
        # An edge of several kilometres bends by decimetres as a great circle: a pixel's centre may lie between.
        assert np.abs(row.to_numpy() - counts(*arrays[key], shapes[name])).sum() <= 2


def test_shares_sum_to_a_hundred_or_there_is_nothing(frame: pd.DataFrame) -> None:
    sums = frame.groupby(["region", "image"])["percent"].sum(min_count=1)
    np.testing.assert_allclose(sums.dropna(), 100)
    empty = frame.groupby(["region", "image"])["pixels"].sum() == 0
    assert frame.set_index(["region", "image"]).loc[empty[empty].index, "percent"].isna().all()


def test_what_no_image_covers_is_missing_from_the_share_of_the_region(frame: pd.DataFrame) -> None:
    covered = frame.groupby(["region", "image"])["percent_of_region"].sum()
    assert (covered <= 100 + 1e-9).all()
    assert covered.loc["Mountain"].min() < 70, "the swath's edge crosses the mountain"


def test_a_day_counts_the_overlap_of_two_tiles_once(
    images: ee.ImageCollection, regions: gpd.GeoDataFrame, frame: pd.DataFrame
) -> None:
    daily = gee_scl.class_statistics(images, regions, id="name", by="date")
    assert list(daily.columns) == [c for c in COLUMNS if c not in ("image", "tile")]
    lake = daily[daily["region"] == "Lake"].groupby("date")["pixels"].sum()
    per_image = frame[frame["region"] == "Lake"].groupby("image")["pixels"].sum()
    assert set(lake) <= set(per_image), "the lake is inside the overlap: a day has as many pixels as one tile"
    assert frame[frame["region"] == "Lake"].groupby("date")["image"].nunique().max() == 2
    assert daily["date"].dt.normalize().equals(daily["date"])


def test_the_reprocessed_duplicate_is_counted_once(session: None, regions: gpd.GeoDataFrame) -> None:
    day = {"start": "2023-07-02", "end": "2023-07-03", "tiles": "32TPS"}
    both = gee_scl.class_statistics(gee_scl.collection(**day, duplicates="keep"), regions, id="name")
    newest = gee_scl.class_statistics(gee_scl.collection(**day), regions, id="name")
    assert both["image"].nunique() == 2
    assert newest["image"].nunique() == 1


def test_the_wide_layout_holds_the_same_numbers(
    images: ee.ImageCollection, regions: gpd.GeoDataFrame, frame: pd.DataFrame
) -> None:
    wide = gee_scl.class_statistics(images, regions, id="name", layout="wide", value="area_m2")
    assert len(wide) == len(frame) / 11
    melted = wide.melt(["region", "image", "tile", "date"], var_name="class_name", value_name="area_m2")
    joined = melted.merge(frame, on=["region", "image", "class_name"], suffixes=("", "_long"))
    np.testing.assert_array_equal(joined["area_m2"], joined["area_m2_long"])


@pytest.mark.parametrize("name", sorted(set(gee_scl.SCHEMES) - {"scl"}))
def test_a_schemes_classes_are_sums_of_their_codes(
    name: str, images: ee.ImageCollection, regions: gpd.GeoDataFrame, frame: pd.DataFrame
) -> None:
    scheme = gee_scl.SCHEMES[name]
    grouped = gee_scl.class_statistics(images, regions, id="name", scheme=name)
    codes = frame.assign(value=frame["class_value"].map(scheme.mapping)).dropna(subset="value")
    expected = codes.groupby(["region", "image", "value"])["pixels"].sum()
    found = grouped.set_index(["region", "image", "class_value"])["pixels"]
    assert found.rename_axis(expected.index.names).sort_index().to_dict() == expected.sort_index().to_dict()


def test_a_remapped_band_works_with_its_own_scheme(images: ee.ImageCollection, regions: gpd.GeoDataFrame) -> None:
    water = images.map(
        lambda image: image.select("SCL").eq(6).add(1).rename("wet").copyProperties(image, image.propertyNames())
    )
    scheme = gee_scl.Scheme.from_lists("wet", [1, 2], ["dry", "wet"], ["ffffff", "0000ff"])
    found = gee_scl.class_statistics(water, regions, id="name", scheme=scheme, band="wet")
    plain = gee_scl.class_statistics(images, regions, id="name")
    wet = found[found["class_value"] == 2].set_index(["region", "image"])["pixels"]
    six = plain[plain["class_value"] == 6].set_index(["region", "image"])["pixels"]
    pd.testing.assert_series_equal(wet, six)


def test_regions_that_only_the_server_knows_give_the_same_frame(
    images: ee.ImageCollection, regions: gpd.GeoDataFrame, frame: pd.DataFrame
) -> None:
    uploaded = ee.FeatureCollection(json.loads(regions.to_json(to_wgs84=True)))
    found = gee_scl.class_statistics(images, uploaded, id="name")
    pd.testing.assert_frame_equal(found, frame)


def test_one_image_is_a_collection_of_one(images: ee.ImageCollection, regions: gpd.GeoDataFrame) -> None:
    image = ee.Image(images.first())
    found = gee_scl.class_statistics(image, regions, id="name")
    assert found["image"].nunique() == 1
    pd.testing.assert_frame_equal(found, gee_scl.class_statistics(images.limit(1), regions, id="name"))


def test_properties_are_carried(images: ee.ImageCollection, regions: gpd.GeoDataFrame) -> None:
    regions = regions.assign(crop=[f"crop {n}" for n in range(len(regions))], hectares=1.5)
    found = gee_scl.class_statistics(images, regions, id="name", keep=["crop", "hectares"])
    assert list(found.columns[:3]) == ["region", "crop", "hectares"]
    assert dict(zip(found["region"], found["crop"], strict=True)) == dict(
        zip(regions["name"], regions["crop"], strict=True)
    )


def test_the_frame_says_how_it_was_made(frame: pd.DataFrame) -> None:
    done = frame.attrs["gee_scl"]
    assert done["scheme"] == "scl"
    assert done["left_out"] == [0]
    assert done["scale"] == 20
    assert done["requests"] == 2
    assert done["synthetic"] is True
    assert json.loads(json.dumps(done))["regions_without_image"] == []


def test_a_region_that_no_image_meets_is_warned_about_and_listed(images: ee.ImageCollection) -> None:
    regions = {"here": shapely.box(11.61, 46.45, 11.62, 46.46), "sea": shapely.box(-30, 40, -29.9, 40.1)}
    given_regions = gpd.GeoDataFrame({"name": list(regions)}, geometry=list(regions.values()), crs="EPSG:4326")
    with pytest.warns(gee_scl.RegionWarning, match="1 of 2 regions meet no image: 'sea'"):
        found = gee_scl.class_statistics(images, given_regions, id="name")
    assert found.attrs["gee_scl"]["regions_without_image"] == ["sea"]
    assert set(found["region"]) == {"here"}


def test_where_no_region_meets_any_image_the_frame_is_empty_with_its_columns(images: ee.ImageCollection) -> None:
    with pytest.warns(gee_scl.RegionWarning):
        found = gee_scl.class_statistics(images, (-30, 40, -29.9, 40.1))
    assert list(found.columns) == COLUMNS
    assert found.empty


def test_scale_and_crs_are_counted_on_as_given(images: ee.ImageCollection, regions: gpd.GeoDataFrame) -> None:
    image = images.limit(1)
    coarse = gee_scl.class_statistics(image, regions, id="name", scale=100)
    native = gee_scl.class_statistics(image, regions, id="name")
    ratio = native.groupby("region")["pixels"].sum() / coarse.groupby("region")["pixels"].sum()
    np.testing.assert_allclose(ratio, 25, rtol=0.15)
    other = gee_scl.class_statistics(image, regions, id="name", crs="EPSG:3035", scale=20)
    np.testing.assert_allclose(
        other.groupby("region")["area_m2"].sum(), native.groupby("region")["area_m2"].sum(), rtol=0.01
    )


def test_a_composite_without_a_grid_is_refused_with_what_to_do(images: ee.ImageCollection) -> None:
    with pytest.raises(gee_scl.CollectionError, match=r"one degree.*setDefaultProjection"):
        gee_scl.class_statistics(images.mosaic(), (11.61, 46.45, 11.62, 46.46))
    counted = gee_scl.class_statistics(images.mosaic(), (11.61, 46.45, 11.62, 46.46), crs="EPSG:32632", scale=20)
    assert counted["pixels"].sum() > 0


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"scheme": "scll"}, gee_scl.SchemeError, "scl"),
        ({"by": "month"}, gee_scl.ArgumentError, "'image' or 'date'"),
        ({"weights": "all"}, gee_scl.ArgumentError, "'centre' or 'fraction'"),
        ({"layout": "tall"}, gee_scl.ArgumentError, "'long' or 'wide'"),
        ({"value": "ha"}, gee_scl.ArgumentError, "area_m2"),
        ({"scale": 0}, gee_scl.ArgumentError, "at least 0.02"),
        ({"scale": float("nan")}, gee_scl.ArgumentError, "at least 0.02"),
        ({"crs": "utm"}, gee_scl.ArgumentError, "EPSG:32632"),
        ({"id": "names"}, gee_scl.RegionError, "Did you mean 'name'"),
        ({"keep": ["names"]}, gee_scl.RegionError, "Did you mean 'name'"),
    ],
)
def test_bad_arguments_are_refused_before_any_request(
    arguments: dict[str, object], error: type[Exception], text: str, images: object, regions: gpd.GeoDataFrame
) -> None:
    with pytest.raises(error, match=text):
        gee_scl.class_statistics(ee.ImageCollection("no/such/collection"), regions, **arguments)


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (shapely.Point(11.5, 46.4), "region 0: a Point"),
        (shapely.LineString([(11.5, 46.4), (11.6, 46.4)]), "region 0: a LineString"),
        (shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1), (0, 0)]), "Self-intersection"),
        (shapely.Polygon([(0, 0), (1, 1), (2, 2), (0, 0)]), "zero area"),
    ],
)
def test_regions_that_cannot_be_measured_are_refused_by_name(
    shape: shapely.Geometry, text: str, images: ee.ImageCollection
) -> None:
    with pytest.raises(gee_scl.RegionError, match=text):
        gee_scl.class_statistics(images, shape)


def test_a_duplicate_id_is_refused_here_and_on_the_server(
    images: ee.ImageCollection, regions: gpd.GeoDataFrame
) -> None:
    twice = regions.assign(name="same")
    with pytest.raises(gee_scl.RegionError, match="same"):
        gee_scl.class_statistics(images, twice, id="name")
    with pytest.raises(gee_scl.RegionError, match="'same' at positions 0 and 1"):
        gee_scl.class_statistics(images, ee.FeatureCollection(json.loads(twice.to_json(to_wgs84=True))), id="name")


def test_a_region_without_area_on_the_server_is_refused_by_name(images: ee.ImageCollection) -> None:
    points = ee.FeatureCollection([ee.Feature(ee.Geometry.Point([11.5, 46.4]), {"name": "well"})])
    with pytest.raises(gee_scl.RegionError, match="'well' without area"):
        gee_scl.class_statistics(images, points, id="name")


def test_a_collection_of_nothing_is_refused(session: None, regions: gpd.GeoDataFrame) -> None:
    with pytest.raises(gee_scl.CollectionError, match="a collection of nothing"):
        gee_scl.class_statistics(gee_scl.collection(start="1999-01-01", end="1999-02-01"), regions)


def test_a_missing_band_is_an_error_that_says_what_to_do(images: ee.ImageCollection, regions: gpd.GeoDataFrame) -> None:
    with pytest.raises(gee_scl.RequestError, match=r"Band pattern 'scl' did not match any bands.*band=") as caught:
        gee_scl.class_statistics(images, regions, band="scl")
    assert caught.value.status == 400


def test_a_chunk_that_fails_is_named_and_keeps_the_servers_text(sample: Path, regions: gpd.GeoDataFrame) -> None:
    from gee_scl.local.context import Limits

    with server_over(sample, limits=Limits(seconds=1e-9)) as server, session_on(server.url):
        images = gee_scl.collection()
        with pytest.raises(gee_scl.RequestError, match=r"Listing the images failed.*Computation timed out"):
            gee_scl.class_statistics(images, regions)


def test_without_a_session_the_error_names_the_call_to_make(regions: gpd.GeoDataFrame) -> None:
    import subprocess
    import sys

    code = "import gee_scl\ntry: gee_scl.collection()\nexcept gee_scl.NotInitializedError as e: print(e)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "gee_scl.initialize(local=True)" in done.stdout


def test_images_of_one_index_are_refused_where_rows_are_of_images(session: str) -> None:
    image = ee.Image(gee_scl.collection().first())
    twice = ee.ImageCollection([image, gee_scl.mask_clouds(image)])
    box = (11.56, 46.42, 11.58, 46.44)
    with pytest.raises(gee_scl.CollectionError, match=r"several images with the system:index '2023.*merge\(\)"):
        gee_scl.class_statistics(twice, box)
    assert len(gee_scl.class_statistics(twice, box, by="date")) == 11
    merged = ee.ImageCollection([image]).merge(twice.limit(1))
    assert gee_scl.class_statistics(merged, box)["image"].nunique() == 2


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.integers(1, 30), few=st.integers(1, 6), size=st.integers(500, 6000))
def test_any_chunking_gives_the_same_frame(
    rows: int, few: int, size: int, images: ee.ImageCollection, regions: gpd.GeoDataFrame, frame: pd.DataFrame
) -> None:
    limits = gee_scl.Limits(rows=rows, regions=few, bytes=size, page=rows)
    found = gee_scl.class_statistics(images, regions, id="name", run=gee_scl.Run(limits=limits))
    assert found.attrs["gee_scl"]["requests"] >= 2
    pd.testing.assert_frame_equal(found, frame)


def test_progress_is_told_to_the_last_request(images: ee.ImageCollection, regions: gpd.GeoDataFrame) -> None:
    told: list[tuple[int, int]] = []
    gee_scl.class_statistics(
        images,
        regions,
        id="name",
        run=gee_scl.Run(limits=gee_scl.Limits(rows=6)),
        progress=lambda done, total: told.append((done, total)),
    )
    assert sorted(done for done, _ in told) == list(range(1, len(told) + 1))
    assert {total for _, total in told} == {len(told)}


@pytest.mark.parametrize("by", ["image", "date"])
def test_an_image_whose_time_is_of_another_day_than_its_index_is_counted(tmp_path: Path, by: str) -> None:
    (tile,) = make_many(tmp_path, 3, 1)
    for path in (tmp_path / tile.name).glob("*.json"):
        item = json.loads(path.read_text(encoding="utf-8"))
        stamp = item["id"].split("_")[2]
        item["properties"]["s2:product_uri"] = f"S2A_MSIL2A_{stamp}_N0400_R065_T31UAA_20210701T130000.SAFE"
        if stamp.startswith("2021"):
            item["properties"]["datetime"] = "2023-03-03T10:00:00Z"
        path.write_text(json.dumps(item), encoding="utf-8")
    square = {"type": "Polygon", "coordinates": [tile.ring(margin=20)]}
    with session_over(tmp_path):
        frame = gee_scl.class_statistics(gee_scl.collection(), square, by=by)
    days = sorted(frame["date"].dt.strftime("%Y-%m-%d").unique())
    assert days == ["2019-01-01", "2019-01-02", "2023-03-03"]
    assert frame.groupby("date")["pixels"].sum().nunique() == 1
