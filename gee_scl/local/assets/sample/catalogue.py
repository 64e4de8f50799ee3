"""The synthetic sample: a small STAC catalogue of invented Sentinel-2 images, made on first use in the user's cache."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pystac
import rasterio
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.affinity import scale
from shapely.geometry import MultiPolygon, Point, Polygon, box, mapping
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from gee_scl.local.assets.sample.landscape import (
    CLEARING_RADIUS,
    COLUMNS,
    FINE,
    FOREST_CENTRE,
    LAKE_CENTRE,
    LAKE_RADII,
    ROWS,
    TOWNS,
    WEST,
    Landscape,
    build_landscape,
)
from gee_scl.local.assets.sample.scene import (
    ACQUISITIONS,
    BASELINE,
    EDGE_COLUMN,
    EDGE_SLOPE,
    ORBITS,
    PIXEL,
    REPROCESSED,
    SIGNIFICANT_BITS,
    Acquisition,
    Baseline,
    Scene,
    observe,
)

SAMPLE_VERSION: Final = "2"
"""Part of the folder's name: raise it with any change to what is generated, so that old samples are left alone."""
CACHE_VARIABLE: Final = "GEE_SCL_CACHE"
"""Environment variable with the folder to use instead of the user's cache."""

SENTINEL2: Final = "sentinel-2-l2a"
CLOUD_SCORE_PLUS: Final = "cloud-score-plus"
S2CLOUDLESS: Final = "s2cloudless"
"""Ids of the collections."""

EPSG: Final = 32632
WEST_EDGE, NORTH_EDGE = 695160, 5152020
"""Easting and northing of the landscape's north-western corner, metres in UTM zone 32 north."""
CROP: Final = 400
"""Columns and rows of each image at 20 m."""
BLOCK: Final = 208
"""Side of the rasters' inner tiles in pixels, a multiple of 16."""
STALE: Final = timedelta(hours=1)
"""Age from which an unfinished sample is that of a process that has been killed."""

SYNTHETIC: Final = "Synthetic: invented pixels over an invented landscape, no measurement."
NOTE: Final = (
    f"{SYNTHETIC} Made by gee-scl for trying things out and for tests; of no use for statements about any place."
)


@dataclass(frozen=True)
class Tile:
    """One MGRS tile and the crop of it that the sample holds.

    Attributes:
        name: MGRS tile.
        origin: easting and northing of the whole tile's north-western corner in Sentinel-2's tiling grid.
        column: first column of the crop in the landscape.
    """

    name: str
    origin: tuple[int, int]
    column: int

    @property
    def west(self) -> int:
        """Easting of the crop's western edge; lies on the tile's own 20 m grid."""
        return WEST_EDGE + self.column * PIXEL

    def cut(self, values: NDArray[Any]) -> NDArray[Any]:
        """The crop of an array over the whole landscape, whatever its pixel size."""
        finer = values.shape[0] // ROWS
        return values[:, self.column * finer : (self.column + CROP) * finer]


TILES: Final = (
    Tile("32TPS", origin=(600000, 5200020), column=0),
    Tile("32TQS", origin=(699960, 5200020), column=COLUMNS - CROP),
)
DUPLICATE: Final = ("32TPS", datetime(2023, 7, 2, tzinfo=UTC))
"""Tile and day of the image that is there twice, the second time in a newer processing baseline."""
WITHOUT_PARTNERS: Final = ("32TQS", datetime(2023, 5, 21, tzinfo=UTC))
"""Tile and day of the image that has neither a Cloud Score+ nor an s2cloudless partner."""


@dataclass(frozen=True)
class Band:
    """One raster of an item.

    Attributes:
        key: asset key, as Earth Search names it.
        file: file name without its ending.
        title: what it holds.
        nodata: number that stands for no data.
        common_name: STAC's common name of a reflectance band.
        wavelength: centre, micrometres.
        scale: physical value of one count.
    """

    key: str
    file: str
    title: str
    nodata: int = 0
    common_name: str = ""
    wavelength: float = 0.0
    scale: float = 1.0


REFLECTANCE: Final = (
    Band("blue", "B02", "Blue (band 2)", common_name="blue", wavelength=0.49, scale=0.0001),
    Band("green", "B03", "Green (band 3)", common_name="green", wavelength=0.56, scale=0.0001),
    Band("red", "B04", "Red (band 4)", common_name="red", wavelength=0.665, scale=0.0001),
    Band("nir", "B08", "NIR 1 (band 8)", common_name="nir", wavelength=0.842, scale=0.0001),
    Band("swir16", "B11", "SWIR 1 (band 11)", common_name="swir16", wavelength=1.61, scale=0.0001),
    Band("swir22", "B12", "SWIR 2 (band 12)", common_name="swir22", wavelength=2.19, scale=0.0001),
)
CLASSIFICATION: Final = Band("scl", "SCL", "Scene classification map (SCL)")
CLEAR: Final = Band("cs", "cs", "Cloud Score+ cs (0 not clear, 1 clear)", nodata=255, scale=0.004)
CLEAR_RANK: Final = Band("cs_cdf", "cs_cdf", "Cloud Score+ cs_cdf (0 not clear, 1 clear)", nodata=255, scale=0.004)
PROBABILITY: Final = Band("probability", "probability", "Probability of cloud in percent", nodata=255)

SHARES: Final = {
    0: "nodata_pixel",
    1: "saturated_defective_pixel",
    2: "dark_features",
    3: "cloud_shadow",
    4: "vegetation",
    5: "not_vegetated",
    6: "water",
    7: "unclassified",
    8: "medium_proba_clouds",
    9: "high_proba_clouds",
    10: "thin_cirrus",
    11: "snow_ice",
}
"""Name of each class in the properties `s2:<name>_percentage`.

No data is a share of all pixels, the classes are shares of the pixels with data: so a product's own metadata has them
(29UNU of 2022-10-05: vegetation 26.068041 %, which is 4,681,208 of 17,957,653).
"""
CLOUDS: Final = (8, 9, 10)
"""Classes that `eo:cloud_cover` adds up."""


# --- the user's cache -------------------------------------------------------------------------------------------------


def ensure_sample(folder: Path | None = None, progress: Callable[[str], None] | None = None) -> Path:
    """Folder of the synthetic sample, generated first if it is not there yet (some seconds, about 30 MB).

    Safe to call from several processes at once and to interrupt: the folder gets its name only when it is whole.

    Args:
        folder: where to keep it instead of the user's cache.
        progress: told in words how far the generation is; not called if the sample is there.

    Returns:
        The sample's own folder, with `catalog.json` in it.

    Raises:
        OSError: the folder cannot be written.
    """
    parent = (cache_folder() if folder is None else Path(folder)).expanduser()
    sample = parent / f"synthetic-sample-{SAMPLE_VERSION}"
    if _is_whole(sample):
        return sample
    parent.mkdir(parents=True, exist_ok=True)
    if progress:
        progress(f"Generating the synthetic sample (once) in {sample}")
    with _scratch_folder(sample) as scratch:
        _generate(scratch, progress or (lambda _: None))
        _take_name(scratch, sample)
    return sample


def sample_regions(folder: Path) -> Path:
    """GeoJSON file (EPSG:4326) with the sample's six regions, each with a `name`.

    Args:
        folder: the sample's folder, as `ensure_sample` returns it.
    """
    return Path(folder) / "regions.geojson"


def cache_folder() -> Path:
    """Folder for what can be made again: `GEE_SCL_CACHE`, else `gee-scl` in the user's cache on this system."""
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen)
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "gee-scl"


def _is_whole(sample: Path) -> bool:
    return (sample / "catalog.json").is_file()


@contextmanager
def _scratch_folder(sample: Path) -> Iterator[Path]:
    """A folder of our own beside the sample, so that renaming stays within one file system; gone afterwards."""
    prefix = f".{sample.name}-"
    for left in sample.parent.glob(f"{prefix}*"):
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > STALE.total_seconds():
                shutil.rmtree(left, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(prefix=prefix, dir=sample.parent))
    try:
        scratch.chmod(0o755)
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _take_name(scratch: Path, sample: Path) -> None:
    """Rename atomically; if another process was first, its equal sample stays."""
    try:
        scratch.rename(sample)
    except OSError:
        if _is_whole(sample):
            return
        if not sample.is_dir():
            raise
        # A folder without a catalogue: what is left of a sample that somebody has deleted in part.
        remains = scratch.with_name(f"{scratch.name}-remains")
        sample.rename(remains)
        shutil.rmtree(remains, ignore_errors=True)
        scratch.rename(sample)


# --- the catalogue ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Image:
    """One tile on one date in one processing baseline, with the names that follow from that."""

    tile: Tile
    acquisition: Acquisition
    baseline: Baseline

    @property
    def reprocessed(self) -> bool:
        return self.baseline is not BASELINE

    @property
    def platform(self) -> str:
        return f"S2{ORBITS[self.acquisition.orbit].satellite}"

    @property
    def strip_start(self) -> datetime:
        # Reprocessing cuts the data strips anew; on Earth Engine this tells the ids of the two products apart.
        return self.acquisition.strip_start - timedelta(seconds=2 * self.reprocessed)

    @property
    def generated(self) -> datetime:
        return self.acquisition.sensing_start + (timedelta(days=460) if self.reprocessed else timedelta(hours=5))

    @property
    def id(self) -> str:
        """Id as Earth Search forms it."""
        return f"{self.platform}_{self.tile.name}_{self.acquisition.day:%Y%m%d}_{int(self.reprocessed)}_L2A"

    @property
    def system_index(self) -> str:
        """Id as Earth Engine forms it."""
        return f"{self.acquisition.sensing_start:%Y%m%dT%H%M%S}_{self.strip_start:%Y%m%dT%H%M%S}_T{self.tile.name}"

    def properties(self, classes: NDArray[np.uint8]) -> dict[str, Any]:
        """Item properties of Earth Search v1."""
        acquisition, baseline = self.acquisition, self.baseline.name
        orbit, start, generated = (
            ORBITS[acquisition.orbit],
            f"{acquisition.sensing_start:%Y%m%dT%H%M%S}",
            self.generated,
        )
        made, number, short = (
            f"{generated:%Y%m%dT%H%M%S}",
            f"A{acquisition.absolute_orbit:06}",
            baseline.replace(".", ""),
        )
        azimuth, elevation = acquisition.sun
        counts = np.bincount(classes.ravel(), minlength=len(SHARES))
        shares = counts * 100 / max(1, counts[1:].sum())
        shares[0] = counts[0] * 100 / classes.size
        return {
            "title": f"SYNTHETIC Sentinel-2 image {self.system_index}",
            "description": NOTE,
            **_location(self.tile),
            "platform": f"sentinel-2{orbit.satellite.lower()}",
            "constellation": "sentinel-2",
            "instruments": ["msi"],
            "created": _rfc3339(generated),
            "updated": _rfc3339(generated),
            "view:sun_azimuth": azimuth,
            "view:sun_elevation": elevation,
            "sat:orbit_state": "descending",
            "sat:relative_orbit": orbit.number,
            "eo:cloud_cover": round(float(sum(shares[code] for code in CLOUDS)), 6),
            **{f"s2:{name}_percentage": round(float(shares[code]), 6) for code, name in SHARES.items()},
            "s2:degraded_msi_data_percentage": 0,
            "s2:processing_baseline": baseline,
            "s2:product_type": "S2MSI2A",
            "s2:product_uri": (
                f"{self.platform}_MSIL2A_{start}_N{short}_R{orbit.number:03}_T{self.tile.name}_{made}_SYNTHETIC.SAFE"
            ),
            "s2:generation_time": _rfc3339(generated),
            "s2:datatake_id": f"G{self.platform}_{start}_{number[1:]}_N{baseline}",
            "s2:datatake_type": "INS-NOBS",
            "s2:datastrip_id": (
                f"{self.platform}_OPER_MSI_L2A_DS_SYN__{made}_S{self.strip_start:%Y%m%dT%H%M%S}_N{baseline}"
            ),
            "s2:granule_id": f"{self.platform}_OPER_MSI_L2A_TL_SYN__{made}_{number}_T{self.tile.name}_N{baseline}",
            "s2:sequence": str(int(self.reprocessed)),
            "earthsearch:boa_offset_applied": True,
        }


def _location(tile: Tile) -> dict[str, Any]:
    return {
        "gee-scl:synthetic": True,
        "grid:code": f"MGRS-{tile.name}",
        "mgrs:utm_zone": int(tile.name[:2]),
        "mgrs:latitude_band": tile.name[2],
        "mgrs:grid_square": tile.name[3:],
        "proj:epsg": EPSG,
        "proj:code": f"EPSG:{EPSG}",
    }


def _rfc3339(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


@dataclass
class _Catalogue:
    """The collections and their items while they are being written, in whatever order."""

    folder: Path
    collections: dict[str, pystac.Collection] = field(default_factory=dict)
    items: list[tuple[str, pystac.Item]] = field(default_factory=list)

    def add_collection(self, name: str, title: str, earth_engine: str, description: str) -> None:
        first, last = ACQUISITIONS[0].strip_start, ACQUISITIONS[-1].strip_start
        bounds = shapely.union_all([_footprint(tile, edge=False) for tile in TILES]).bounds
        extent = pystac.Extent(pystac.SpatialExtent([list(bounds)]), pystac.TemporalExtent([[first, last]]))
        self.collections[name] = pystac.Collection(
            name,
            f"{NOTE} {description}",
            extent,
            title=f"{title} (SYNTHETIC sample)",
            license="Apache-2.0",
            keywords=["synthetic", "sample"],
            extra_fields={"gee:id": earth_engine, "gee-scl:synthetic": True},
        )

    def add_item(
        self, collection: str, name: str, image: _Image, properties: dict[str, Any], rasters: _Rasters
    ) -> None:
        footprint = _footprint(image.tile, ORBITS[image.acquisition.orbit].edge)
        item = pystac.Item(
            name,
            mapping(footprint),
            list(footprint.bounds),
            image.acquisition.strip_start,
            properties,
            stac_extensions=list(EXTENSIONS),
        )
        folder = self.folder / collection / name
        folder.mkdir(parents=True)
        for band, values in rasters:
            item.add_asset(band.key, _write_raster(folder, band, image.tile.cut(values), image))
        self.items.append((collection, item))

    def save(self) -> None:
        """Write the JSON files, the root last: a folder without it is no sample."""
        root = pystac.Catalog(
            "gee-scl-synthetic-sample", f"{NOTE} Version {SAMPLE_VERSION}.", "SYNTHETIC sample of gee-scl"
        )
        root.extra_fields["gee-scl:synthetic"] = True
        root.add_children(self.collections.values())
        for collection, item in sorted(self.items, key=lambda pair: (pair[1].datetime, pair[1].id)):
            self.collections[collection].add_item(item)
        root.normalize_and_save(str(self.folder), pystac.CatalogType.SELF_CONTAINED)


_Rasters = tuple[tuple[Band, NDArray[Any]], ...]

EXTENSIONS: Final = (
    "https://stac-extensions.github.io/eo/v1.1.0/schema.json",
    "https://stac-extensions.github.io/grid/v1.1.0/schema.json",
    "https://stac-extensions.github.io/mgrs/v1.0.0/schema.json",
    "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
    "https://stac-extensions.github.io/raster/v1.1.0/schema.json",
    "https://stac-extensions.github.io/sat/v1.0.0/schema.json",
    "https://stac-extensions.github.io/view/v1.0.0/schema.json",
)


def _generate(folder: Path, progress: Callable[[str], None]) -> None:
    """Write the whole sample into an empty folder."""
    catalogue = _Catalogue(folder)
    catalogue.add_collection(
        SENTINEL2,
        "Sentinel-2 Level-2A",
        "COPERNICUS/S2_SR_HARMONIZED",
        f"Two overlapping crops of 8 km, {len(ACQUISITIONS)} dates, one image twice. Scene classification at 20 m, six "
        f"reflectance bands at 10 and 20 m, rounded to {SIGNIFICANT_BITS} significant bits. Shares of classes in the "
        "properties are those of the crop.",
    )
    catalogue.add_collection(
        CLOUD_SCORE_PLUS,
        "Cloud Score+",
        "GOOGLE/CLOUD_SCORE_PLUS/V1/S2_HARMONIZED",
        "At 20 m (10 m on Earth Engine), counts of 1/250. One image of the Sentinel-2 collection has no partner here.",
    )
    catalogue.add_collection(
        S2CLOUDLESS,
        "s2cloudless probability",
        "COPERNICUS/S2_CLOUD_PROBABILITY",
        "At 20 m (10 m on Earth Engine), percent. One image of the Sentinel-2 collection has no partner here.",
    )
    land = build_landscape()
    with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 4)) as pool:
        jobs = [pool.submit(_add_date, catalogue, land, acquisition) for acquisition in ACQUISITIONS]
        try:
            for done, job in enumerate(jobs, start=1):
                job.result()
                progress(f"{done} of {len(jobs)} dates")
        finally:
            for job in jobs:
                job.cancel()
    sample_regions(folder).write_text(json.dumps(_regions(), indent=1), encoding="utf-8")
    (folder / "README.txt").write_text(README, encoding="utf-8")
    catalogue.save()


def _add_date(catalogue: _Catalogue, land: Landscape, acquisition: Acquisition) -> None:
    scene = observe(land, acquisition)
    for tile in TILES:
        _add_image(catalogue, _Image(tile, acquisition, BASELINE), scene)
        if (tile.name, acquisition.day) == DUPLICATE:
            _add_image(catalogue, _Image(tile, acquisition, REPROCESSED), observe(land, acquisition, REPROCESSED))


def _add_image(catalogue: _Catalogue, image: _Image, scene: Scene) -> None:
    """Write one image and its partners."""
    name = image.system_index
    bands: _Rasters = ((CLASSIFICATION, scene.classes), *zip(REFLECTANCE, scene.bands, strict=True))
    catalogue.add_item(SENTINEL2, image.id, image, image.properties(image.tile.cut(scene.classes)), bands)
    if (image.tile.name, image.acquisition.day) == WITHOUT_PARTNERS:
        return
    partners: tuple[tuple[str, _Rasters], ...] = (
        (CLOUD_SCORE_PLUS, ((CLEAR, scene.clear), (CLEAR_RANK, scene.clear_rank))),
        (S2CLOUDLESS, ((PROBABILITY, scene.cloud_probability),)),
    )
    for collection, rasters in partners:
        title = {"title": f"SYNTHETIC {collection} of {name}", "description": NOTE}
        catalogue.add_item(collection, name, image, {**title, **_location(image.tile)}, rasters)


def _write_raster(folder: Path, band: Band, values: NDArray[Any], image: _Image) -> pystac.Asset:
    """Write one GeoTIFF and describe it."""
    pixel = PIXEL * ROWS // values.shape[0]
    transform = rasterio.Affine(pixel, 0, image.tile.west, 0, -pixel, NORTH_EDGE)
    path = folder / f"{band.file}.tif"
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=values.shape[0],
        width=values.shape[1],
        count=1,
        dtype=values.dtype,
        crs=f"EPSG:{EPSG}",
        transform=transform,
        nodata=band.nodata,
        tiled=True,
        blockxsize=BLOCK,
        blockysize=BLOCK,
        compress="deflate",
    ) as raster:
        raster.write(values, 1)
        raster.update_tags(TIFFTAG_IMAGEDESCRIPTION=f"SYNTHETIC {band.title} of {image.system_index}. {NOTE}")
    summary: dict[str, Any] = {"nodata": band.nodata, "data_type": str(values.dtype), "spatial_resolution": pixel}
    if band.scale != 1:
        summary |= {"scale": band.scale, "offset": 0}
    fields: dict[str, Any] = {
        "gsd": pixel,
        "raster:bands": [summary],
        "proj:shape": list(values.shape),
        "proj:transform": list(transform)[:6],
    }
    if band.common_name:
        fields["eo:bands"] = [{"name": band.key, "common_name": band.common_name, "center_wavelength": band.wavelength}]
    roles = ["data", "reflectance"] if band.common_name else ["data"]
    return pystac.Asset(
        f"./{path.name}",
        f"SYNTHETIC {band.title} - {pixel}m",
        media_type="image/tiff; application=geotiff",
        roles=roles,
        extra_fields=fields,
    )


# --- places -----------------------------------------------------------------------------------------------------------


def _to_degrees(geometry: BaseGeometry) -> BaseGeometry:
    """From (row, column) of the 20 m grid, given as points (x=column, y=row), to longitude and latitude with 1 cm."""
    transformer = Transformer.from_crs(EPSG, 4326, always_xy=True)

    def place(points: NDArray[np.float64]) -> NDArray[np.float64]:
        easting, northing = WEST_EDGE + points[:, 0] * PIXEL, NORTH_EDGE - points[:, 1] * PIXEL
        return np.round(np.column_stack(transformer.transform(easting, northing)), 7)

    return shapely.transform(geometry, place)


def _oriented(geometry: BaseGeometry) -> BaseGeometry:
    """Outer rings counter-clockwise on the map, as GeoJSON wants them: clockwise here, since rows count southwards."""
    parts = [orient(part, sign=-1.0) for part in shapely.get_parts(geometry)]
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


def _footprint(tile: Tile, edge: bool) -> BaseGeometry:
    """Where an image has data: the crop, up to the edge of the swath."""
    crop: BaseGeometry = box(tile.column, 0, tile.column + CROP, ROWS)
    if edge:
        ends = [(EDGE_COLUMN - (row - ROWS // 2) * EDGE_SLOPE, row) for row in (0, ROWS)]
        crop = crop.intersection(Polygon([(0, 0), *ends, (0, ROWS)]))
    return _to_degrees(_oriented(crop))


def _regions() -> dict[str, Any]:
    """The six regions: vertices off the grid, edges short."""
    (row, column), (height, width) = LAKE_CENTRE, LAKE_RADII
    lake = scale(Point(column + 0.3, row + 0.4).buffer(1), width * 1.32, height * 1.32)
    farmland = Polygon([(22.4, 342.7), (201.6, 262.3), (222.7, 361.4), (61.3, 391.9)])
    corners = [(column / FINE, row / FINE) for row, column in WEST.corners(700, 340)]
    single = Polygon(corners).buffer(-0.4, join_style="mitre")
    mountain = Polygon([(512.3, 12.6), (631.8, 21.7), (634.2, 138.3), (574.4, 167.6), (498.7, 93.2)])
    row, column = FOREST_CENTRE
    middle = Point(column + 0.2, row - 0.3)
    forest = middle.buffer(47.3).difference(middle.buffer(CLEARING_RADIUS + 2.6))
    towns = MultiPolygon([Point(x + 0.4, y + 0.2).buffer(radius * 0.86) for y, x, radius in TOWNS])
    places = (
        ("Lake", "The lake and its shore, within both tiles; it fills in spring and shrinks until autumn.", lake),
        ("Farmland", "A block of arable fields in the west.", farmland),
        ("Single field", "One field of the farmland.", single),
        ("Mountain", "High ground in the north-east, partly behind the edge of the swath of orbit 65.", mountain),
        ("Forest", "The western forest without the clearing in its middle.", forest),
        ("Towns", "The town in the west and the village in the east, in two parts.", towns),
    )
    features = [
        {
            "type": "Feature",
            "properties": {"name": name, "description": text, "synthetic": True, "note": SYNTHETIC},
            "geometry": mapping(_to_degrees(_oriented(shapely.segmentize(shape, LONGEST_EDGE)))),
        }
        for name, text, shape in places
    ]
    return {
        "type": "FeatureCollection",
        "name": "gee-scl synthetic sample: regions",
        "description": NOTE,
        "features": features,
    }


LONGEST_EDGE: Final = 19
"""Pixels of 20 m: so short that geodesic and planar edges of a region agree to millimetres."""

README: Final = f"""\
SYNTHETIC SAMPLE OF GEE-SCL, VERSION {SAMPLE_VERSION}

{NOTE}

catalog.json     a STAC catalogue with three collections:
  {SENTINEL2}     images in the manner of COPERNICUS/S2_SR_HARMONIZED: scene classification and
                     six bands on {len(ACQUISITIONS)} dates of 2023, crops of 8 km of two overlapping MGRS tiles,
                     {" and ".join(tile.name for tile in TILES)}
  {CLOUD_SCORE_PLUS}   in the manner of GOOGLE/CLOUD_SCORE_PLUS/V1/S2_HARMONIZED, but at 20 m
  {S2CLOUDLESS}        in the manner of COPERNICUS/S2_CLOUD_PROBABILITY, but at 20 m
regions.geojson  six regions: lake, farmland, one field, mountain, forest, towns

Twice, in two processing baselines:  {DUPLICATE[0]} of {DUPLICATE[1]:%Y-%m-%d}
Without cloud partners:              {WITHOUT_PARTNERS[0]} of {WITHOUT_PARTNERS[1]:%Y-%m-%d}

Tile names and dates follow the real tiling grid and orbits so that ids look familiar. Nothing else is real.
This folder can be deleted at any time; gee-scl makes it again when it is needed.
"""
