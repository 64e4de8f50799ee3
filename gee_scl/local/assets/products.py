"""How STAC items of known products become Earth Engine images: bands and properties, as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal

from gee_scl.local.values import BYTE, FLOAT, PixelType

UINT16 = PixelType("int", 0, 65535)

SENTINEL2 = "COPERNICUS/S2_SR_HARMONIZED"
CLOUD_SCORE_PLUS = "GOOGLE/CLOUD_SCORE_PLUS/V1/S2_HARMONIZED"
CLOUD_PROBABILITY = "COPERNICUS/S2_CLOUD_PROBABILITY"

BASELINE = "PROCESSING_BASELINE"
DATASTRIP = "DATASTRIP_ID"
GENERATED = "GENERATION_TIME"
GRANULE = "GRANULE_ID"
PRODUCT = "PRODUCT_ID"
TILE = "MGRS_TILE"
"""Earth Engine's names of properties that others follow from."""


@dataclass(frozen=True)
class BandSpec:
    """One Earth Engine band of a product.

    Attributes:
        name: Earth Engine's name.
        assets: STAC asset keys that may hold it, the best first.
        type: Earth Engine's pixel type; None takes the file's. Stored values are scaled only where it is a float type.
        nodata: the stored value that is masked out, "stored" for the one that the metadata or the file names, or None.
        reflectance: whether baseline 04.00 shifted its values by 1,000.
        file_band: which band of the asset's file it is, from 1.
    """

    name: str
    assets: tuple[str, ...]
    type: PixelType | None = UINT16
    nodata: float | Literal["stored"] | None = 0
    reflectance: bool = False
    file_band: int = 1


@dataclass(frozen=True)
class PropertySpec:
    """One Earth Engine property: its name, the STAC properties that hold it, the best first, and how it is written."""

    name: str
    keys: tuple[str, ...]
    write: Callable[[Any], Any]


@dataclass(frozen=True)
class Product:
    """A product: its Earth Engine id, its bands in Earth Engine's order, and its properties."""

    id: str
    bands: tuple[BandSpec, ...]
    properties: tuple[PropertySpec, ...] = ()


def _sized(name: str, native: int) -> tuple[str, ...]:
    """Asset keys of a band that comes in several pixel sizes: Earth Engine has the sensor's own."""
    return f"{name}_{native}m", *(f"{name}_{size}m" for size in (10, 20, 60) if size != native)


def _reflectance(name: str, common: str, native: int) -> BandSpec:
    padded = f"B{name[1:]:0>2}"
    return BandSpec(name, (common, padded, *_sized(padded, native)), reflectance=True)


# Order, types and pixel sizes: the recorded getInfo of three images of the collection.
# Asset keys: Earth Search and stactools-sentinel2 (blue, scl), Planetary Computer (B02, SCL), CDSE (B02_10m, SCL_20m).
_SENTINEL2_BANDS = (
    _reflectance("B1", "coastal", 60),
    _reflectance("B2", "blue", 10),
    _reflectance("B3", "green", 10),
    _reflectance("B4", "red", 10),
    _reflectance("B5", "rededge1", 20),
    _reflectance("B6", "rededge2", 20),
    _reflectance("B7", "rededge3", 20),
    _reflectance("B8", "nir", 10),
    _reflectance("B8A", "nir08", 20),
    _reflectance("B9", "nir09", 60),
    _reflectance("B11", "swir16", 20),
    _reflectance("B12", "swir22", 20),
    BandSpec("AOT", ("aot_10m", "aot", "AOT", *_sized("AOT", 10))),
    BandSpec("WVP", ("wvp_10m", "wvp", "WVP", *_sized("WVP", 10))),
    BandSpec("SCL", ("scl", "SCL", "SCL_20m", "scl_60m", "SCL_60m"), BYTE),
    *(BandSpec(f"TCI_{colour}", ("visual", "TCI_10m"), BYTE, file_band=place) for place, colour in enumerate("RGB", 1)),
    # A probability of 0 is data.
    BandSpec("MSK_CLDPRB", ("cloud", "CLD_20m"), BYTE, nodata=None),
    BandSpec("MSK_SNWPRB", ("snow", "SNW_20m"), BYTE, nodata=None),
)


def _milliseconds(text: str) -> int:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


_TILE = PropertySpec(TILE, ("s2:mgrs_tile", "grid:code"), lambda code: code.removeprefix("MGRS-").zfill(5))

# Names and types: the recorded getInfo. STAC names: Earth Search and Planetary Computer, then CDSE.
_SENTINEL2_PROPERTIES = (
    _TILE,
    PropertySpec("CLOUDY_PIXEL_PERCENTAGE", ("eo:cloud_cover",), float),
    PropertySpec("CLOUD_COVERAGE_ASSESSMENT", ("eo:cloud_cover",), float),
    PropertySpec("SPACECRAFT_NAME", ("platform",), str.title),
    PropertySpec(BASELINE, ("s2:processing_baseline", "processing:version"), str),
    PropertySpec(PRODUCT, ("s2:product_uri",), lambda uri: uri.removesuffix(".SAFE")),
    PropertySpec(GENERATED, ("s2:generation_time", "processing:datetime"), _milliseconds),
    PropertySpec(DATASTRIP, ("s2:datastrip_id", "eopf:datastrip_id"), str),
    PropertySpec("DATATAKE_IDENTIFIER", ("s2:datatake_id", "eopf:datatake_id"), str),
    PropertySpec("DATATAKE_TYPE", ("s2:datatake_type", "eopf:instrument_mode"), str),
    PropertySpec(GRANULE, ("s2:granule_id", "s2:tile_id"), str),
    PropertySpec("REFLECTANCE_CONVERSION_CORRECTION", ("s2:reflectance_conversion_factor",), float),
    PropertySpec("DEGRADED_MSI_DATA_PERCENTAGE", ("s2:degraded_msi_data_percentage",), float),
    PropertySpec("SENSING_ORBIT_NUMBER", ("sat:relative_orbit",), int),
    PropertySpec("SENSING_ORBIT_DIRECTION", ("sat:orbit_state",), str.upper),
    PropertySpec("MEAN_SOLAR_AZIMUTH_ANGLE", ("s2:mean_solar_azimuth", "view:sun_azimuth"), float),
    PropertySpec("MEAN_SOLAR_ZENITH_ANGLE", ("s2:mean_solar_zenith",), float),
    PropertySpec("MEAN_SOLAR_ZENITH_ANGLE", ("view:sun_elevation",), lambda elevation: 90 - elevation),
    PropertySpec("GEE_SCL_SYNTHETIC", ("gee-scl:synthetic",), lambda flag: "true" if flag else None),
    *(
        PropertySpec(f"{name.upper()}_PERCENTAGE", (f"s2:{name}_percentage", key), float)
        for name, key in (
            ("nodata_pixel", "statistics:nodata"),
            ("saturated_defective_pixel", "statistics:saturated_defective"),
            ("dark_features", "statistics:dark_area"),
            ("cloud_shadow", "statistics:cloud_shadow"),
            ("vegetation", "statistics:vegetation"),
            ("not_vegetated", "statistics:not_vegetated"),
            ("water", "statistics:water"),
            ("unclassified", "statistics:unclassified"),
            ("medium_proba_clouds", "statistics:medium_proba_clouds"),
            ("high_proba_clouds", "statistics:high_proba_clouds"),
            ("thin_cirrus", "statistics:thin_cirrus"),
            ("snow_ice", "eo:snow_cover"),
        )
    ),
)

PRODUCTS: Mapping[str, Product] = MappingProxyType(
    {
        product.id: product
        for product in (
            Product(SENTINEL2, _SENTINEL2_BANDS, _SENTINEL2_PROPERTIES),
            Product(
                CLOUD_SCORE_PLUS,
                (BandSpec("cs", ("cs",), FLOAT, "stored"), BandSpec("cs_cdf", ("cs_cdf",), FLOAT, "stored")),
                (_TILE,),
            ),
            Product(CLOUD_PROBABILITY, (BandSpec("probability", ("probability",), BYTE, "stored"),)),
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
