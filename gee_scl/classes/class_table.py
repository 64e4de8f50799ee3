"""The class table of the Scene Classification Layer: codes, names, colours, groups and known confusions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

__all__ = ["SclClass"]


class SclClass(IntEnum):
    """The codes of the SCL band, named after Earth Engine's vocabulary.

    Examples:
        >>> gee_scl.SclClass(6).name, int(gee_scl.SclClass.CLOUD_SHADOW)
        ('WATER', 3)
        >>> [member.name for member in gee_scl.SclClass if "CLOUD" in member.name]
        ['CLOUD_SHADOW', 'CLOUD_MEDIUM_PROBABILITY', 'CLOUD_HIGH_PROBABILITY']
    """

    NO_DATA = 0
    SATURATED_OR_DEFECTIVE = 1
    DARK_AREA = 2
    CLOUD_SHADOW = 3
    VEGETATION = 4
    BARE_SOIL = 5
    WATER = 6
    UNCLASSIFIED = 7
    CLOUD_MEDIUM_PROBABILITY = 8
    CLOUD_HIGH_PROBABILITY = 9
    CIRRUS = 10
    SNOW_ICE = 11


SCL_CODES: tuple[int, ...] = tuple(int(member) for member in SclClass)


@dataclass(frozen=True)
class Source:
    """Where a fact was published.

    Attributes:
        label: short form, as it stands in brackets behind a fact.
        reference: authors, title and place.
        url: address or DOI link.
    """

    label: str
    reference: str
    url: str


@dataclass(frozen=True)
class Confusion:
    """One way in which a class is known to be wrong or ambiguous, and who says so."""

    text: str
    source: Source

    def __str__(self) -> str:
        return f"{self.text} [{self.source.label}]"


@dataclass(frozen=True)
class ClassFacts:
    """Everything that is fixed about one class.

    Attributes:
        code: value in the SCL band.
        earth_engine_name: description in Earth Engine's catalogue.
        esa_name: name in ESA's products since processing baseline 04.00 (2022-01-25).
        earth_engine_color: Earth Engine's colour as 'rrggbb'; None for code 0, which Earth Engine masks out.
        esa_color: colour of ESA and Sentinel Hub as 'rrggbb'.
        description: what the class holds.
        other_names: former and technical names, accepted wherever classes are given.
        confusions: what the class is mistaken for.
    """

    code: SclClass
    earth_engine_name: str
    esa_name: str
    earth_engine_color: str | None
    esa_color: str
    description: str
    other_names: tuple[str, ...] = ()
    confusions: tuple[Confusion, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name of the class: Earth Engine's, ESA's, the enum member's, and the others."""
        return (self.earth_engine_name, self.esa_name, self.code.name, *self.other_names)

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups that hold the class, without the group of all."""
        return tuple(group for group, codes in GROUPS.items() if self.code in codes and group != "all")


# Names and colours: Earth Engine's from the `gee:classes` of the collection's STAC entry, ESA's from Sentinel Hub's
# scene classification page. Only what these and the following say is stated as a confusion.
EARTH_ENGINE = Source(
    "Earth Engine catalogue",
    "Harmonized Sentinel-2 MSI: MultiSpectral Instrument, Level-2A (SR), band SCL",
    "https://developers.google.com/earth-engine/datasets/catalog/COPERNICUS_S2_SR_HARMONIZED",
)
SENTINEL_HUB = Source(
    "Sentinel Hub",
    "Sentinel-2 L2A Scene Classification Map, colour legend",
    "https://custom-scripts.sentinel-hub.com/sentinel-2/scene-classification/",
)
SEN2COR = Source(
    "Sen2Cor 2.8",
    "Sen2Cor 2.8.0, L2A_SceneClass.py, the processor's own source, unofficial mirror",
    "https://github.com/c-core-labs/sen2cor",
)
ZEKOLL_2021 = Source(
    "Zekoll et al. 2021",
    "Zekoll, V. et al. (2021): Comparison of Masking Algorithms for Sentinel-2 Imagery. Remote Sensing 13, 137",
    "https://doi.org/10.3390/rs13010137",
)
TIEDE_2021 = Source(
    "Tiede et al. 2021",
    "Tiede, D. et al. (2021): Investigating ESA Sentinel-2 products' systematic cloud cover overestimation in very "
    "high altitude areas. Remote Sensing of Environment",
    "https://doi.org/10.1016/j.rse.2020.112163",
)
MAGNO_2021 = Source(
    "Magno et al. 2021",
    "Magno, R. et al. (2021): AgroShadow: A New Sentinel-2 Cloud Shadow Detection Tool for Precision Agriculture. "
    "Remote Sensing 13, 1219",
    "https://doi.org/10.3390/rs13061219",
)
CESBIO = Source(
    "CESBIO",
    "CESBIO multitemp blog: Improvements of MAJA cloud masks in production",
    "https://www.cesbio.cnrs.fr/multitemp/?p=12817",
)

_NOT_DILATED = Confusion("stops at the visible edge: clouds are not dilated, their fuzzy rim stays clear", CESBIO)
_HIGH_MOUNTAINS = Confusion("overestimated in very high mountains such as the Andes and the Himalayas", TIEDE_2021)

_TABLE: tuple[ClassFacts, ...] = (
    ClassFacts(
        code=SclClass.NO_DATA,
        earth_engine_name="No Data",
        esa_name="No data (missing data)",
        earth_engine_color=None,
        esa_color="000000",
        description="Outside the swath; masked out by Earth Engine",
    ),
    ClassFacts(
        code=SclClass.SATURATED_OR_DEFECTIVE,
        earth_engine_name="Saturated or defective",
        esa_name="Saturated or defective pixel",
        earth_engine_color="ff0004",
        esa_color="ff0000",
        description="Detector saturated or faulty",
    ),
    ClassFacts(
        code=SclClass.DARK_AREA,
        earth_engine_name="Dark Area Pixels",
        esa_name="Topographic casted shadows",
        earth_engine_color="868686",
        esa_color="2f2f2f",
        description="Shadow of terrain; any dark area before 2022",
        other_names=("Dark features/Shadows", "Dark features", "Cast shadows", "Topographic shadows"),
        confusions=(
            Confusion("means any dark feature before 2022-01-25, terrain shadow only since then", SENTINEL_HUB),
            Confusion("also holds some dark agricultural fields", SEN2COR),
            Confusion("cloud shadow and water in terrain shadow are moved here by the elevation model", SEN2COR),
        ),
    ),
    ClassFacts(
        code=SclClass.CLOUD_SHADOW,
        earth_engine_name="Cloud Shadows",
        esa_name="Cloud shadows",
        earth_engine_color="774b0a",
        esa_color="643200",
        description="Shadow of clouds on the ground",
        confusions=(
            Confusion("missed more often than invented, in a test over Italian farmland", MAGNO_2021),
            Confusion("shadow over mapped water bodies is turned into water", SEN2COR),
        ),
    ),
    ClassFacts(
        code=SclClass.VEGETATION,
        earth_engine_name="Vegetation",
        esa_name="Vegetation",
        earth_engine_color="10d22c",
        esa_color="00a000",
        description="Green vegetation, by vegetation index",
        confusions=(
            Confusion("dark vegetation can stay in dark area or unclassified, where it is set first", SEN2COR),
        ),
    ),
    ClassFacts(
        code=SclClass.BARE_SOIL,
        earth_engine_name="Bare Soils",
        esa_name="Not-vegetated",
        earth_engine_color="ffff52",
        esa_color="ffe65a",
        description="Soil, rock, sand, built-up land",
        confusions=(
            Confusion("bright deserts and urban structures can be taken for cloud", ZEKOLL_2021),
            Confusion("not only soil: unclassified pixels on mapped urban land are put here", SEN2COR),
        ),
    ),
    ClassFacts(
        code=SclClass.WATER,
        earth_engine_name="Water",
        esa_name="Water",
        earth_engine_color="0000ff",
        esa_color="0000ff",
        description="Open water",
        confusions=(
            Confusion("shadow can be taken for water", ZEKOLL_2021),
            Confusion("a static map of water bodies adds dark, shaded and unclassified pixels", SEN2COR),
        ),
    ),
    ClassFacts(
        code=SclClass.UNCLASSIFIED,
        earth_engine_name="Clouds Low Probability / Unclassified",
        esa_name="Unclassified",
        earth_engine_color="818181",
        esa_color="808080",
        description="Left over by all tests, or low cloud probability",
        other_names=("Clouds Low Probability", "Cloud low probability"),
        confusions=(
            Confusion("two things in one code: low cloud probability, and whatever no test took", SEN2COR),
            Confusion("ESA calls it unclassified, Earth Engine a low cloud probability as well", EARTH_ENGINE),
        ),
    ),
    ClassFacts(
        code=SclClass.CLOUD_MEDIUM_PROBABILITY,
        earth_engine_name="Clouds Medium Probability",
        esa_name="Cloud medium probability",
        earth_engine_color="c0c0c0",
        esa_color="c0c0c0",
        description="Cloud of medium probability; thick cirrus",
        confusions=(
            Confusion("bright deserts and urban structures can be taken for cloud", ZEKOLL_2021),
            Confusion("thick cirrus is put here, not into cirrus", SEN2COR),
            _HIGH_MOUNTAINS,
            _NOT_DILATED,
        ),
    ),
    ClassFacts(
        code=SclClass.CLOUD_HIGH_PROBABILITY,
        earth_engine_name="Clouds High Probability",
        esa_name="Cloud high probability",
        earth_engine_color="f1f1f1",
        esa_color="ffffff",
        description="Cloud of high probability",
        confusions=(
            Confusion("bright deserts and urban structures can be taken for cloud", ZEKOLL_2021),
            _HIGH_MOUNTAINS,
            _NOT_DILATED,
        ),
    ),
    ClassFacts(
        code=SclClass.CIRRUS,
        earth_engine_name="Cirrus",
        esa_name="Thin cirrus",
        earth_engine_color="bac5eb",
        esa_color="64c8ff",
        description="Thin high cloud, the ground shines through",
        confusions=(
            _HIGH_MOUNTAINS,
            Confusion("not looked for above 1500 m where the elevation model is used", SEN2COR),
        ),
    ),
    ClassFacts(
        code=SclClass.SNOW_ICE,
        earth_engine_name="Snow / Ice",
        esa_name="Snow or ice",
        earth_engine_color="52fff9",
        esa_color="ff96ff",
        description="Snow and ice",
        confusions=(
            Confusion("thin cloud over snow has no spectrum of its own and goes either way", ZEKOLL_2021),
            Confusion("not looked for at all where the climatology says that there is no snow", SEN2COR),
        ),
    ),
)

CLASSES: Mapping[int, ClassFacts] = MappingProxyType({int(facts.code): facts for facts in _TABLE})
"""The class table, by code."""

GROUPS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        # These five part the 12 classes: each code is in exactly one of them.
        "clear": (4, 5, 6, 11),  # the surface is seen: vegetation, bare soil, water, snow
        "cloud": (8, 9, 10),  # what CLOUD_COVERAGE_PERCENTAGE counts: medium, high, cirrus
        "shadow": (2, 3),  # of terrain and of clouds
        "uncertain": (7,),  # low cloud probability or unclassified
        "invalid": (0, 1),  # no data, saturated or defective
        # These are parts and unions of them.
        "thick cloud": (8, 9),  # cloud without cirrus
        "cloud or shadow": (2, 3, 8, 9, 10),
        "land": (4, 5),  # vegetation, bare soil
        "vegetation": (4,),
        "bare": (5,),
        "water": (6,),
        "snow": (11,),
        "all": SCL_CODES,
    }
)
"""Groups of classes: name to codes.

`clear` 4 5 6 11, `cloud` 8 9 10, `shadow` 2 3, `uncertain` 7 and `invalid` 0 1 part the classes. `thick cloud` is 8 9,
`cloud or shadow` is 2 3 8 9 10, `land` is 4 5, `vegetation` 4, `bare` 5, `water` 6, `snow` 11, `all` is 0 to 11.
"""
