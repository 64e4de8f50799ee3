"""How STAC items of known products become Earth Engine images: bands and properties, as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from gee_scl.local.values import BYTE, FLOAT, PixelType

UINT16 = PixelType("int", 0, 65535)

SENTINEL2 = "COPERNICUS/S2_SR_HARMONIZED"
CLOUD_SCORE_PLUS = "GOOGLE/CLOUD_SCORE_PLUS/V1/S2_HARMONIZED"
CLOUD_PROBABILITY = "COPERNICUS/S2_CLOUD_PROBABILITY"


@dataclass(frozen=True)
class BandSpec:
    """One Earth Engine band of a product.

    Attributes:
        name: Earth Engine's name.
        assets: STAC asset keys that hold it, in Earth Search's, Planetary Computer's and ESA's spelling.
        type: Earth Engine's pixel type.
        nodata: the stored value that is masked out, or None.
        reflectance: whether baseline 04.00 shifted its values by 1,000.
        file_band: which band of the asset's file it is, from 1.
    """

    name: str
    assets: tuple[str, ...]
    type: PixelType = UINT16
    nodata: float | None = 0
    reflectance: bool = False
    file_band: int = 1


@dataclass(frozen=True)
class Product:
    """A product: its Earth Engine id, its bands in Earth Engine's order, and its properties by STAC name."""

    id: str
    bands: tuple[BandSpec, ...]
    properties: Mapping[str, tuple[str, Callable[[Any], Any]]] = field(default_factory=dict)


def _reflectance(name: str, common: str) -> BandSpec:
    padded = f"B{name[1:]:0>2}"
    return BandSpec(name, (common, padded, *(f"{padded}_{size}m" for size in (10, 20, 60))), reflectance=True)


# Order and types: the recorded getInfo of three images of the collection.
_SENTINEL2_BANDS = (
    _reflectance("B1", "coastal"),
    _reflectance("B2", "blue"),
    _reflectance("B3", "green"),
    _reflectance("B4", "red"),
    _reflectance("B5", "rededge1"),
    _reflectance("B6", "rededge2"),
    _reflectance("B7", "rededge3"),
    _reflectance("B8", "nir"),
    _reflectance("B8A", "nir08"),
    _reflectance("B9", "nir09"),
    _reflectance("B11", "swir16"),
    _reflectance("B12", "swir22"),
    BandSpec("AOT", ("aot", "AOT", "AOT_10m", "AOT_20m", "aot_10m", "aot_20m")),
    BandSpec("WVP", ("wvp", "WVP", "WVP_10m", "WVP_20m", "wvp_10m", "wvp_20m")),
    BandSpec("SCL", ("scl", "SCL", "SCL_20m", "scl_20m", "SCL_60m"), BYTE),
    *(
        BandSpec(f"TCI_{colour}", ("visual", "TCI_10m", "visual_10m"), BYTE, file_band=place)
        for place, colour in enumerate("RGB", 1)
    ),
    # A probability of 0 is data.
    BandSpec("MSK_CLDPRB", ("cloud", "CLD_20m", "cloud_20m"), BYTE, nodata=None),
    BandSpec("MSK_SNWPRB", ("snow", "SNW_20m", "snow_20m"), BYTE, nodata=None),
)


def _milliseconds(text: str) -> int:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def _tile(code: str) -> str:
    return code.removeprefix("MGRS-")


def _spacecraft(platform: str) -> str:
    return platform.replace("sentinel", "Sentinel").replace("2a", "2A").replace("2b", "2B").replace("2c", "2C")


def _as_is(value: Any) -> Any:
    return value


# STAC name: Earth Engine name, and how the value is written there (names: the recorded getInfo).
_SENTINEL2_PROPERTIES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "eo:cloud_cover": ("CLOUDY_PIXEL_PERCENTAGE", float),
    "grid:code": ("MGRS_TILE", _tile),
    "s2:mgrs_tile": ("MGRS_TILE", _as_is),
    "platform": ("SPACECRAFT_NAME", _spacecraft),
    "s2:processing_baseline": ("PROCESSING_BASELINE", str),
    "s2:product_uri": ("PRODUCT_ID", lambda uri: uri.removesuffix(".SAFE")),
    "s2:generation_time": ("GENERATION_TIME", _milliseconds),
    "s2:datastrip_id": ("DATASTRIP_ID", _as_is),
    "s2:datatake_id": ("DATATAKE_IDENTIFIER", _as_is),
    "s2:datatake_type": ("DATATAKE_TYPE", _as_is),
    "s2:granule_id": ("GRANULE_ID", _as_is),
    "s2:reflectance_conversion_factor": ("REFLECTANCE_CONVERSION_CORRECTION", float),
    "s2:degraded_msi_data_percentage": ("DEGRADED_MSI_DATA_PERCENTAGE", float),
    "sat:relative_orbit": ("SENSING_ORBIT_NUMBER", int),
    "sat:orbit_state": ("SENSING_ORBIT_DIRECTION", str.upper),
    "view:sun_azimuth": ("MEAN_SOLAR_AZIMUTH_ANGLE", float),
    "view:sun_elevation": ("MEAN_SOLAR_ZENITH_ANGLE", lambda elevation: 90 - elevation),
    "gee-scl:synthetic": ("GEE_SCL_SYNTHETIC", lambda flag: "true" if flag else None),
    **{
        f"s2:{name}_percentage": (f"{name.upper()}_PERCENTAGE", float)
        for name in (
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
        )
    },
}

PRODUCTS: Mapping[str, Product] = MappingProxyType(
    {
        product.id: product
        for product in (
            Product(SENTINEL2, _SENTINEL2_BANDS, MappingProxyType(_SENTINEL2_PROPERTIES)),
            Product(
                CLOUD_SCORE_PLUS,
                (BandSpec("cs", ("cs",), FLOAT, None), BandSpec("cs_cdf", ("cs_cdf",), FLOAT, None)),
                MappingProxyType({"grid:code": ("MGRS_TILE", _tile)}),
            ),
            Product(CLOUD_PROBABILITY, (BandSpec("probability", ("probability",), BYTE, None),)),
        )
    }
)
"""The products that appear under their Earth Engine ids, with their bands and properties."""

STAC_COLLECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "sentinel-2-l2a": SENTINEL2,
        "sentinel-2-c1-l2a": SENTINEL2,
        "sentinel-s2-l2a-cogs": SENTINEL2,
        "cloud-score-plus": CLOUD_SCORE_PLUS,
        "s2cloudless": CLOUD_PROBABILITY,
    }
)
"""STAC collection ids (Earth Search v0 and v1, Planetary Computer, CDSE) of these products."""
