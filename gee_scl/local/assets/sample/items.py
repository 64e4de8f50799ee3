"""The images of the sample as STAC items: their names, their properties and their rasters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pystac
from affine import Affine
from numpy.typing import NDArray

from gee_scl.local.assets.sample.acquisitions import ORBITS, Acquisition
from gee_scl.local.assets.sample.landscape import PIXEL, ROWS
from gee_scl.local.assets.sample.notes import NOTE
from gee_scl.local.assets.sample.scene import BASELINE, Baseline
from gee_scl.local.assets.sample.tiles import EPSG, NORTH_EDGE, Tile
from gee_scl.local.raster.geotiff import new_geotiff
from gee_scl.local.raster.grid import Grid

BLOCK: Final = 208
"""Side of the rasters' inner tiles in pixels, a multiple of 16."""


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


@dataclass(frozen=True)
class SampleImage:
    """One tile on one date in one processing baseline, with the names that follow from that."""

    tile: Tile
    acquisition: Acquisition
    baseline: Baseline

    @property
    def reprocessed(self) -> bool:
        """Whether it is the newer of two products of one acquisition."""
        return self.baseline is not BASELINE

    @property
    def platform(self) -> str:
        """The satellite, S2A or S2B."""
        return f"S2{ORBITS[self.acquisition.orbit].satellite}"

    @property
    def strip_start(self) -> datetime:
        """Sensing start of the data strip."""
        # Reprocessing cuts the data strips anew; on Earth Engine this tells the ids of the two products apart.
        return self.acquisition.strip_start - timedelta(seconds=2 * self.reprocessed)

    @property
    def generated(self) -> datetime:
        """When the product was made."""
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
        stamp, number, short = (
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
            **location(self.tile),
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
                f"{self.platform}_MSIL2A_{start}_N{short}_R{orbit.number:03}_T{self.tile.name}_{stamp}_SYNTHETIC.SAFE"
            ),
            "s2:generation_time": _rfc3339(generated),
            "s2:datatake_id": f"G{self.platform}_{start}_{number[1:]}_N{baseline}",
            "s2:datatake_type": "INS-NOBS",
            "s2:datastrip_id": (
                f"{self.platform}_OPER_MSI_L2A_DS_SYN__{stamp}_S{self.strip_start:%Y%m%dT%H%M%S}_N{baseline}"
            ),
            "s2:granule_id": f"{self.platform}_OPER_MSI_L2A_TL_SYN__{stamp}_{number}_T{self.tile.name}_N{baseline}",
            "s2:sequence": str(int(self.reprocessed)),
            "earthsearch:boa_offset_applied": True,
        }


def location(tile: Tile) -> dict[str, Any]:
    """Item properties that say where a tile is, and that nothing was measured there."""
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


def write_raster(folder: Path, band: Band, values: NDArray[Any], image: SampleImage) -> pystac.Asset:
    """Write one GeoTIFF and describe it."""
    pixel = PIXEL * ROWS // values.shape[0]
    transform = Affine(pixel, 0, image.tile.west, 0, -pixel, NORTH_EDGE)
    path = folder / f"{band.file}.tif"
    height, width = values.shape
    grid = Grid(f"EPSG:{EPSG}", transform, 0, 0, width, height)
    tags = {"TIFFTAG_IMAGEDESCRIPTION": f"SYNTHETIC {band.title} of {image.system_index}. {NOTE}"}
    with new_geotiff(
        path, grid, values.dtype, no_data=band.nodata, tags=tags, block=BLOCK, compression="deflate"
    ) as raster:
        raster.write(values, 1)
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
