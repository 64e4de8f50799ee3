"""Masks from the scene classification: of any classes, of clouds by presets, and of surfaces."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import ee

from gee_scl.checks import number_between, one_of
from gee_scl.clouds import (
    CLOUD_SOURCES,
    CloudSource,
    Missing,
    ScoreBand,
    check_missing,
    cloud_by,
    without_missing,
)
from gee_scl.errors import ArgumentError
from gee_scl.legend import ClassSelection, SclClass, class_codes
from gee_scl.mask_presets import MaskPreset, get_preset
from gee_scl.morphology import dilate, erode, like, remove_specks, speck_area

__all__ = [
    "bare_soil_mask",
    "class_mask",
    "drop_classes",
    "keep_classes",
    "mask_clouds",
    "masked_share",
    "snow_mask",
    "vegetation_mask",
    "water_mask",
]

_MAX_PIXELS = 1_000_000_000
"""Pixels of a share: a whole tile has 30 million, and Earth Engine's default of 10 million would refuse it."""


def class_mask(image: ee.Image, classes: ClassSelection, *, band: str = "SCL", name: str = "mask") -> ee.Image:
    """1 where a pixel has one of the classes, 0 where it has another.

    Args:
        image: with a band of class codes.
        classes: codes, names, groups or `SclClass`.
        band: the band of class codes.
        name: of the band that comes out.

    Returns:
        An ee.Image with one band, on the grid of the class band and masked where that is (no data). It has the image's
        time, tile and index, and says its classes in `gee_scl:classes`. No request is made; without the band, Earth
        Engine answers the request for it with "Band pattern 'SCL' did not match any bands".

    Raises:
        ClassError: an unknown class, or none.

    Earth Engine: Image.remap.

    Example:
        >>> clouds = gee_scl.class_mask(image, "cloud")
    """
    codes = class_codes(classes)
    image = ee.Image(image)
    made = image.remap(list(codes), [1] * len(codes), 0, band).rename([name])
    return ee.Image(like(made, image).set("gee_scl:classes", _listed(codes)))


def keep_classes(image: ee.Image, classes: ClassSelection, *, band: str = "SCL") -> ee.Image:
    """Masks all pixels but those of some classes, in all bands.

    Args:
        image: with a band of class codes. Bands of another resolution take the class at each of their pixels' centres.
        classes: codes, names, groups or `SclClass`.
        band: the band of class codes.

    Returns:
        The ee.Image, with the classes in `gee_scl:kept_classes`. No request is made.

    Raises:
        ClassError: an unknown class, or none.

    Earth Engine: Image.remap, Image.updateMask.
    """
    image, codes = ee.Image(image), class_codes(classes)
    kept = class_mask(image, codes, band=band)
    return ee.Image(image.updateMask(kept).set("gee_scl:kept_classes", _listed(codes)))


def drop_classes(image: ee.Image, classes: ClassSelection, *, band: str = "SCL") -> ee.Image:
    """Masks the pixels of some classes, in all bands; pixels without a class (no data) go as well.

    Args:
        image: with a band of class codes. Bands of another resolution take the class at each of their pixels' centres.
        classes: codes, names, groups or `SclClass`.
        band: the band of class codes.

    Returns:
        The ee.Image, with the classes in `gee_scl:masked_classes`. No request is made.

    Raises:
        ClassError: an unknown class, or none.

    Earth Engine: Image.remap, Image.updateMask, Image.Not.
    """
    image, codes = ee.Image(image), class_codes(classes)
    kept = class_mask(image, codes, band=band).Not()
    return ee.Image(image.updateMask(kept).set("gee_scl:masked_classes", _listed(codes)))


def mask_clouds(
    images: ee.Image | ee.ImageCollection,
    preset: str | MaskPreset = "standard",
    *,
    shadows: bool | None = None,
    cirrus: bool | None = None,
    snow: bool | None = None,
    unclassified: bool | None = None,
    erosion: float = 0,
    min_area: float = 0,
    dilation: float = 0,
    pinned: bool = False,
    cloud_score: float | None = None,
    score_band: ScoreBand = "cs_cdf",
    cloud_probability: float | None = None,
    missing: Missing = "mask",
    share_over: ee.Geometry | None = None,
    band: str = "SCL",
) -> ee.Image | ee.ImageCollection:
    """Masks clouds, and what else a preset lists, in all bands.

    What is masked is put together in this order: the classes of the preset, as changed by the four choices; cloud by
    Cloud Score+ or s2cloudless, where asked for; erosion; patches smaller than `min_area` removed; dilation.

    Args:
        images: an image, or a collection, with a band of class codes.
        preset: a name in `MASK_PRESETS`, or a `MaskPreset` of your own.
        shadows: cloud shadows (3): True masks them, False does not; None leaves it to the preset, as for the following.
        cirrus: thin cirrus (10).
        snow: snow and ice (11).
        unclassified: unclassified, or low cloud probability (7).
        erosion: metres by which what is masked is shrunk first, to lose thin lines and bright roofs.
        min_area: square metres of the smallest patch that is masked.
        dilation: metres by which it is grown at the end, as clouds' rims are not in their classes. Distances are
            between pixel centres on the grid of the request: see `dilate`.
        pinned: compute erosion, patches and dilation on the class band's own grid, whatever the scale of the request.
        cloud_score: masks also what Cloud Score+ scores below this, 0 to 1; Google's example has 0.60, and says that
            0.50 to 0.65 generally work well.
        score_band: "cs_cdf" or "cs".
        cloud_probability: masks also what s2cloudless gives a larger probability of cloud than this, 0 to 100; services
            take 40 (`CLOUD_SOURCES` says which).
        missing: for an image without a partner in Cloud Score+ or s2cloudless: "mask" masks all of it; "keep" masks it
            by its classes alone; "drop" takes it out of the collection. Each image says in `gee_scl:has_cs_cdf`,
            `gee_scl:has_cs` or `gee_scl:has_probability` whether it has one.
        share_over: sets `gee_scl:masked_share` to the share of this region's pixels that went (see `masked_share`).
        band: the band of class codes.

    Returns:
        What was given, with its bands, under the mask. Properties say what was done: `gee_scl:mask` the preset's name,
        `gee_scl:masked_classes` the codes ("1,3,8,9,10"), and where used `gee_scl:erosion`, `gee_scl:min_area`,
        `gee_scl:dilation`, `gee_scl:cloud_score`, `gee_scl:cloud_probability`. No request is made.

    Raises:
        ArgumentError: an unknown preset or option, a negative distance, a threshold that cannot be, choices that leave
            nothing to mask, or missing="drop" for a single image.

    Earth Engine: Image.remap, Image.updateMask; Image.linkCollection, Image.focalMin, Image.connectedPixelCount,
    Image.focalMax where asked for.

    Example:
        >>> clear = gee_scl.mask_clouds(images, "standard", snow=True, dilation=100)
    """
    chosen = get_preset(preset)
    choices = {"shadows": shadows, "cirrus": cirrus, "snow": snow, "unclassified": unclassified}
    codes = _chosen_codes(chosen, choices)
    shape = {
        "erosion": number_between("erosion", erosion, 0, unit="metres"),
        "min_area": speck_area(min_area),
        "dilation": number_between("dilation", dilation, 0, unit="metres"),
    }
    one_of("score_band", score_band, ("cs", "cs_cdf"))
    grades = _thresholds(
        {"cloud_score": (score_band, cloud_score), "cloud_probability": ("probability", cloud_probability)}
    )
    check_missing(images, missing)
    done: dict[str, object] = {"gee_scl:mask": chosen.name, "gee_scl:masked_classes": _listed(codes)}
    done |= {f"gee_scl:{name}": size for name, size in shape.items() if size}
    done |= {f"gee_scl:{argument}": threshold for argument, (_, threshold) in grades.items()}

    def masked(image: ee.Image) -> ee.Image:
        image = ee.Image(image)
        bad = class_mask(image, codes, band=band)
        flags = {}
        for source, threshold in grades.values():
            cloud, flags[source.flag] = cloud_by(image, source, threshold, missing)
            bad = bad.Or(cloud)
        bad = erode(bad, shape["erosion"], pinned=pinned)
        bad = remove_specks(bad, shape["min_area"], pinned=pinned)
        bad = dilate(bad, shape["dilation"], pinned=pinned)
        clear = ee.Image(image.updateMask(bad.Not()).set({**done, **flags}))
        if share_over is None:
            return clear
        share = masked_share(image, clear, share_over, band=band)
        return ee.Image(clear.set("gee_scl:masked_share", share))

    if not isinstance(images, ee.ImageCollection):
        return masked(ee.Image(images))
    return without_missing(images.map(masked), [source for source, _ in grades.values()], missing)


_CHOICES: Mapping[str, SclClass] = MappingProxyType(
    {
        "shadows": SclClass.CLOUD_SHADOW,
        "cirrus": SclClass.CIRRUS,
        "snow": SclClass.SNOW_ICE,
        "unclassified": SclClass.UNCLASSIFIED,
    }
)
"""The class that each choice of `mask_clouds` adds to a preset or takes from it."""


def _chosen_codes(preset: MaskPreset, choices: Mapping[str, bool | None]) -> tuple[int, ...]:
    codes = set(preset.codes)
    for argument, choice in choices.items():
        if choice is not None and not isinstance(choice, bool):
            raise ArgumentError(argument, choice, "True, False, or None for what the preset has")
        if choice is not None:
            (codes.add if choice else codes.discard)(int(_CHOICES[argument]))
    if not codes:
        raise ArgumentError("preset", preset, "a preset and choices that leave a class to mask")
    return tuple(sorted(codes))


def _thresholds(given: Mapping[str, tuple[str, float | None]]) -> dict[str, tuple[CloudSource, float]]:
    """The sources that are asked for, with their thresholds, by argument."""
    grades = {}
    for argument, (source_band, threshold) in given.items():
        if threshold is not None:
            source = CLOUD_SOURCES[source_band]
            grades[argument] = (source, number_between(argument, threshold, source.low, source.high))
    return grades


def water_mask(image: ee.Image, *, seen_only: bool = True, band: str = "SCL", name: str = "water") -> ee.Image:
    """1 where there is water (6), 0 where there is another surface.

    Args:
        image: with a band of class codes.
        seen_only: masks what is not a classified surface (all but 4, 5, 6 and 11), so that means over time are shares
            of what was seen; False gives 0 under clouds too.
        band: the band of class codes.
        name: of the band that comes out.

    Returns:
        An ee.Image with one band, like `class_mask`.

    Earth Engine: Image.remap.
    """
    return _surface(image, SclClass.WATER, seen_only, band, name)


def snow_mask(image: ee.Image, *, seen_only: bool = True, band: str = "SCL", name: str = "snow") -> ee.Image:
    """1 where there is snow or ice (11), 0 where there is another surface; arguments as in `water_mask`."""
    return _surface(image, SclClass.SNOW_ICE, seen_only, band, name)


def vegetation_mask(
    image: ee.Image, *, seen_only: bool = True, band: str = "SCL", name: str = "vegetation"
) -> ee.Image:
    """1 where there is vegetation (4), 0 where there is another surface; arguments as in `water_mask`."""
    return _surface(image, SclClass.VEGETATION, seen_only, band, name)


def bare_soil_mask(image: ee.Image, *, seen_only: bool = True, band: str = "SCL", name: str = "bare_soil") -> ee.Image:
    """1 where the ground is not vegetated (5), 0 where there is another surface; arguments as in `water_mask`."""
    return _surface(image, SclClass.BARE_SOIL, seen_only, band, name)


def _surface(image: ee.Image, wanted: SclClass, seen_only: bool, band: str, name: str) -> ee.Image:
    if not seen_only:
        return class_mask(image, wanted, band=band, name=name)
    image = ee.Image(image)
    surfaces = class_codes("clear")
    made = image.remap(list(surfaces), [int(code == wanted) for code in surfaces], None, band).rename([name])
    return ee.Image(like(made, image).set("gee_scl:classes", _listed((wanted,))))


def masked_share(
    image: ee.Image,
    masked: ee.Image,
    region: ee.Geometry | None = None,
    *,
    band: str = "SCL",
    crs: str | None = None,
    scale: float | None = None,
) -> ee.Number:
    """How much of an image a mask took away: the share of its valid pixels that are not valid any more, 0 to 1.

    Args:
        image: the image before.
        masked: the image after, such as `mask_clouds` returns.
        region: where pixels are counted, by their centres; the image's footprint by default.
        band: the band whose pixels count, on its own grid.
        crs: "EPSG:n" to count in instead; needed, with `scale`, for composites, whose grid has pixels of one degree.
        scale: metres per pixel to count at instead.

    Returns:
        An ee.Number, an expression like all here: set it as a property of an image, as
        `mask_clouds(share_over=...)` does, or get it by `getInfo`. Null where the image has no valid pixel in the
        region.

    Raises:
        ArgumentError: a scale that is not positive.

    Earth Engine: Image.mask, Image.reduceRegion with Reducer.mean().unweighted().

    Example:
        >>> share = gee_scl.masked_share(image, gee_scl.mask_clouds(image), field)
    """
    before = ee.Image(image).select([band])
    gone = ee.Image(masked).select([band]).mask().Not().updateMask(before.mask()).rename(["share"])
    grid: dict[str, object] = {"crs": before.projection() if crs is None else crs}
    if scale is not None:
        grid["scale"] = number_between("scale", scale, 0.1, unit="metres")
    found = gone.reduceRegion(
        reducer=ee.Reducer.mean().unweighted(),
        geometry=ee.Image(image).geometry() if region is None else region,
        maxPixels=_MAX_PIXELS,
        **grid,
    )
    return ee.Number(found.get("share"))


def _listed(codes: tuple[int, ...]) -> str:
    return ",".join(str(int(code)) for code in codes)
