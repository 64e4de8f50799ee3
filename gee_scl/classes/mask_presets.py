"""Which classes a cloud mask takes: the presets, and what other packages mask by default.

`mask_table()` shows both side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from gee_scl.classes.band_schemes import BandClasses
from gee_scl.classes.carried import no_scheme
from gee_scl.classes.class_table import CLASSES, SCL_CODES
from gee_scl.classes.selection import SCL_LABELS, ClassSelection, class_codes, several
from gee_scl.errors import ClassError
from gee_scl.options.arguments import checked
from gee_scl.options.names import Named, name_key, nearest

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MASK_PRESETS", "mask_table"]


@dataclass(frozen=True, repr=False)
class MaskPreset:
    """A named list of classes to mask.

    Attributes:
        name: as `mask_clouds` takes it; empty for classes that were given without a name.
        codes: the classes that are masked, given as codes, names or groups; kept as codes, sorted.
        description: what stays and what goes.
        source: who masks the same.

    Raises:
        ClassError: an unknown class, or none.
    """

    name: str
    codes: tuple[int, ...]
    description: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", class_codes(self.codes, "codes"))

    @property
    def class_names(self) -> tuple[str, ...]:
        """Earth Engine's names of the classes that are masked."""
        return tuple(CLASSES[code].earth_engine_name for code in self.codes)

    def __repr__(self) -> str:
        listed = ", ".join(f"{code} {name}" for code, name in zip(self.codes, self.class_names, strict=True))
        return f"<MaskPreset {self.name!r} masks {listed}>"


MASK_PRESETS: Mapping[str, MaskPreset] = MappingProxyType(
    Named(
        {
            preset.name: preset
            for preset in (
                MaskPreset("high_cloud", (9,), "Only what is cloud with high probability; much cloud stays"),
                MaskPreset("thick_cloud", (8, 9), "Clouds of medium and high probability; cirrus and shadows stay"),
                MaskPreset("cloud", (8, 9, 10), "All clouds, cirrus too; shadows stay"),
                MaskPreset("cloud_and_shadow", (3, 8, 9, 10), "All clouds and their shadows"),
                MaskPreset(
                    "standard",
                    (1, 3, 8, 9, 10),
                    "All clouds, their shadows, and saturated or defective pixels",
                    "Digital Earth Africa; Sentinel Hub's cloud statistics",
                ),
                MaskPreset(
                    "cautious",
                    (0, 1, 2, 3, 7, 8, 9, 10),
                    "Keeps only what was classified as surface: vegetation, bare soil, water, snow",
                ),
                MaskPreset(
                    "not_land",
                    (0, 1, 2, 3, 6, 7, 8, 9, 10, 11),
                    "Keeps only vegetation and bare soil",
                    "sen2r's mask type 'land'",
                ),
            )
        }
    )
)
"""The presets of `mask_clouds`, by name: the classes that each masks (`codes`, `class_names`), what stays and what goes
(`description`), and who masks the same (`source`). Earth Engine masks code 0 by itself, listed or not.

Examples:
    >>> list(gee_scl.MASK_PRESETS)
    ['high_cloud', 'thick_cloud', 'cloud', 'cloud_and_shadow', 'standard', 'cautious', 'not_land']
    >>> gee_scl.MASK_PRESETS["standard"].codes
    (1, 3, 8, 9, 10)
"""


@dataclass(frozen=True)
class PeerDefault:
    """What another package or service masks if it is asked for nothing else.

    Attributes:
        name: the package, and the function or setting where it has several.
        codes: the classes that it masks by the scene classification; none if it masks by other means.
        note: what else it does, in a few words.
        url: where this was read.
    """

    name: str
    codes: tuple[int, ...]
    note: str
    url: str

    @property
    def preset(self) -> MaskPreset | None:
        """The preset that masks the same classes, or the fewest others; code 0 is not compared. None without codes."""
        mine = set(self.codes) - {0}
        if not mine:
            return None
        return min(MASK_PRESETS.values(), key=lambda preset: len(mine ^ (set(preset.codes) - {0})))


PEER_DEFAULTS: tuple[PeerDefault, ...] = (
    PeerDefault(
        "sen2r, s2_mask",
        (0, 1, 8, 9),
        "mask_type 'cloud_medium_proba'; then smoothed by 20 m and buffered by 10 m",
        "https://sen2r.ranghetti.info/reference/s2_mask.html",
    ),
    PeerDefault(
        "Digital Earth Africa, load_ard",
        (1, 3, 8, 9, 10),
        "categories_to_mask_s2; no buffer",
        "https://github.com/digitalearthafrica/deafrica-sandbox-notebooks/blob/HEAD/Tools/deafrica_tools/datahandling.py",
    ),
    PeerDefault(
        "Sentinel Hub, cloud statistics script",
        (1, 3, 8, 9, 10),
        "and s2cloudless; no buffer",
        "https://custom-scripts.sentinel-hub.com/sentinel-2/cloud_statistics/",
    ),
    PeerDefault(
        "rsi, sentinel2_mask_function",
        (0, 1, 3, 8, 9, 10),
        "no buffer",
        "https://github.com/Permian-Global-Research/rsi/blob/HEAD/R/mask_functions.R",
    ),
    PeerDefault(
        "eo-processor, mask_with_scl",
        (0, 1, 2, 3, 8, 9, 10),
        "no buffer",
        "https://bnjam.dev/eo-processor/_sources/api/functions/mask_with_scl.rst.txt",
    ),
    PeerDefault(
        "openEO, mask_scl_dilation",
        (0, 1, 3, 8, 9, 10, 11),
        "all but 2, 4, 5, 6, 7, smoothed over 17 pixels; 3, 8, 9, 10, 11 over many more; distances are in pixels",
        "https://github.com/Open-EO/openeo-python-driver/blob/HEAD/openeo_driver/specs/openeo-processes/experimental/"
        "mask_scl_dilation.json",
    ),
    PeerDefault(
        "sits, Planetary Computer source",
        (0, 1, 2, 3, 8, 9, 10, 11),
        "interp_values: interpolated in time instead; no buffer",
        "https://github.com/e-sensing/sits/blob/HEAD/inst/extdata/sources/config_source_mpc.yml",
    ),
    PeerDefault(
        "eemont, maskClouds",
        (),
        "s2cloudless of at least 60 % and projected shadows, never over SCL water; buffer=250 dilates by 50 m",
        "https://github.com/r-earthengine/ee_extra/blob/HEAD/ee_extra/QA/clouds.py",
    ),
    PeerDefault(
        "geemap, sentinel2_timeseries",
        (),
        "bits 10 and 11 of QA60 (cloud, cirrus)",
        "https://github.com/gee-community/geemap/blob/HEAD/geemap/timelapse.py",
    ),
)
"""What other packages mask by default, as read in their own files."""


def masked_codes(
    mask: str | MaskPreset | ClassSelection, classes: BandClasses, argument: str = "mask"
) -> tuple[str, tuple[int, ...]]:
    """Find what is masked: a preset by its name, or classes.

    Args:
        mask: a name in `MASK_PRESETS`, without regard to case and punctuation; a `MaskPreset`; or classes: a name or
            group that no preset is called by, a code, or an iterable of these. A class of the scheme comes first.
        classes: of the band.
        argument: the caller's name for it.

    Returns:
        The preset's name, which is empty for classes, and the codes.

    Raises:
        ClassError: there is neither a preset nor a class of that name, or nothing was given; a preset of a band that
            has not the classes of the SCL.
        SchemeError: names, and nobody has said what the band's values mean.
    """
    preset = mask if isinstance(mask, MaskPreset) else _preset_called(mask)
    if preset is not None and classes.is_scl and not classes.has_class(mask):
        return preset.name, preset.codes
    if isinstance(mask, MaskPreset):
        if classes.scheme is None:
            raise no_scheme(classes.band, mask)
        allowed = f"names and codes of scheme {classes.scheme.name!r}, as presets are of the SCL"
        raise ClassError(argument, mask, allowed)
    try:
        return "", classes.codes(mask, argument)
    except ClassError as error:
        if not isinstance(mask, str) or not classes.is_scl:
            raise
        allowed = f"a preset ({', '.join(MASK_PRESETS)}) or classes"
        hint = several(mask) or nearest(mask, [*MASK_PRESETS, *SCL_LABELS])
        raise ClassError(argument, error.given, allowed, hint) from None


def _preset_called(name: object) -> MaskPreset | None:
    if not isinstance(name, str):
        return None
    return next((preset for own, preset in MASK_PRESETS.items() if name_key(own) == name_key(name)), None)


@checked()
def mask_table() -> pd.DataFrame:
    """List what the presets mask, and what other packages do.

    Returns:
        One row per preset, then one per package, indexed by `name`. Columns: a bool for each code from 0 to 11, whether
        it is masked; `preset`, the one that comes closest (itself for a preset; empty where none is masked),
        and `differs_by`, the classes by which it does ("+11 -3": masks 11 as well, but not 3; code 0 is not compared,
        as Earth Engine has it masked); `note` and `source`. No request is made.

    Examples:
        >>> table = gee_scl.mask_table()
        >>> table.loc[["standard", "openEO, mask_scl_dilation"], [3, 10, 11, "preset", "differs_by"]]
                                      3    10     11    preset differs_by
        name
        standard                   True  True  False  standard
        openEO, mask_scl_dilation  True  True   True  standard        +11
    """
    import pandas as pd  # takes longer to import than the rest of the package

    rows: list[tuple[str, tuple[int, ...], MaskPreset | None, str, str]] = [
        (p.name, p.codes, p, p.description, p.source) for p in MASK_PRESETS.values()
    ]
    rows += [(p.name, p.codes, p.preset, p.note, p.url) for p in PEER_DEFAULTS]
    frame = pd.DataFrame(
        [[code in codes for code in SCL_CODES] for _, codes, *_ in rows],
        index=pd.Index([name for name, *_ in rows], name="name"),
        columns=list(SCL_CODES),
    )
    frame["preset"] = [preset.name if preset else "" for _, _, preset, *_ in rows]
    frame["differs_by"] = [_difference(codes, preset.codes) if preset else "" for _, codes, preset, *_ in rows]
    frame["note"] = [note for *_, note, _ in rows]
    frame["source"] = [source for *_, source in rows]
    return frame


def _difference(codes: tuple[int, ...], preset: tuple[int, ...]) -> str:
    added, missing = (sorted(set(a) - set(b) - {0}) for a, b in ((codes, preset), (preset, codes)))
    return " ".join([f"+{code}" for code in added] + [f"-{code}" for code in missing])
