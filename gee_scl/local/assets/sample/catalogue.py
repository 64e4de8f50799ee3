"""The sample as a STAC catalogue: its collections, what is in them, and the words beside them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pystac
import shapely
from numpy.typing import NDArray
from shapely.geometry import mapping

from gee_scl.local.assets.sample.acquisitions import ACQUISITIONS, ORBITS, Acquisition
from gee_scl.local.assets.sample.items import (
    CLASSIFICATION,
    CLEAR,
    CLEAR_RANK,
    PROBABILITY,
    REFLECTANCE,
    Band,
    SampleImage,
    location,
    write_raster,
)
from gee_scl.local.assets.sample.landscape import Landscape, build_landscape
from gee_scl.local.assets.sample.notes import NOTE
from gee_scl.local.assets.sample.regions import regions, sample_regions
from gee_scl.local.assets.sample.scene import BASELINE, REPROCESSED, SIGNIFICANT_BITS, Scene, observe
from gee_scl.local.assets.sample.tiles import TILES, footprint_of

SAMPLE_VERSION: Final = "3"
"""Part of the folder's name: raise it with any change to what is generated, so that old samples are left alone."""

SENTINEL2: Final = "sentinel-2-l2a"
CLOUD_SCORE_PLUS: Final = "cloud-score-plus"
S2CLOUDLESS: Final = "s2cloudless"
"""Ids of the collections."""

DUPLICATE: Final = ("32TPS", datetime(2023, 7, 2, tzinfo=UTC))
"""Tile and day of the image that is there twice, the second time in a newer processing baseline."""
WITHOUT_PARTNERS: Final = ("32TQS", datetime(2023, 5, 21, tzinfo=UTC))
"""Tile and day of the image that has neither a Cloud Score+ nor an s2cloudless partner."""


@dataclass
class _Catalogue:
    """The collections and their items while they are being written, in whatever order."""

    folder: Path
    collections: dict[str, pystac.Collection] = field(default_factory=dict)
    items: list[tuple[str, pystac.Item]] = field(default_factory=list)

    def add_collection(self, name: str, title: str, earth_engine: str, description: str) -> None:
        first, last = ACQUISITIONS[0].strip_start, ACQUISITIONS[-1].strip_start
        bounds = shapely.union_all([footprint_of(tile, edge=False) for tile in TILES]).bounds
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
        self, collection: str, name: str, image: SampleImage, properties: dict[str, Any], rasters: _Rasters
    ) -> None:
        footprint = footprint_of(image.tile, ORBITS[image.acquisition.orbit].edge)
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
            item.add_asset(band.key, write_raster(folder, band, image.tile.cut(values), image))
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


def generate(folder: Path, progress: Callable[[str], None]) -> None:
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
            for number, job in enumerate(jobs, start=1):
                job.result()
                progress(f"{number} of {len(jobs)} dates")
        finally:
            for job in jobs:
                job.cancel()
    sample_regions(folder).write_text(json.dumps(regions(), indent=1), encoding="utf-8")
    (folder / "README.txt").write_text(README, encoding="utf-8")
    catalogue.save()


def _add_date(catalogue: _Catalogue, land: Landscape, acquisition: Acquisition) -> None:
    scene = observe(land, acquisition)
    for tile in TILES:
        _add_image(catalogue, SampleImage(tile, acquisition, BASELINE), scene)
        if (tile.name, acquisition.day) == DUPLICATE:
            _add_image(catalogue, SampleImage(tile, acquisition, REPROCESSED), observe(land, acquisition, REPROCESSED))


def _add_image(catalogue: _Catalogue, image: SampleImage, scene: Scene) -> None:
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
        catalogue.add_item(collection, name, image, {**title, **location(image.tile)}, rasters)


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
