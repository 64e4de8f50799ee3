"""Masks from the scene classification: of any classes, and of clouds by presets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import ee

from gee_scl.classes.band_schemes import CLEAR_BY_DEFAULT, SCL_BY_DEFAULT, BandClasses, listed
from gee_scl.classes.class_table import SclClass
from gee_scl.classes.mask_presets import MaskPreset, masked_codes
from gee_scl.classes.schemes import Scheme
from gee_scl.classes.selection import ClassSelection
from gee_scl.errors import ArgumentError
from gee_scl.expressions.cloud_products import (
    CLOUD_SOURCES,
    CloudSource,
    Missing,
    ScoreBand,
    checked_missing,
    cloud_by,
    has_partner,
    without_missing,
)
from gee_scl.expressions.morphology import shaped, speck_area
from gee_scl.options.arguments import checked
from gee_scl.options.checks import checked_scale, number_between
from gee_scl.options.crs import checked_crs
from gee_scl.options.names import band_name
from gee_scl.scenes.provenance import like
from gee_scl.scenes.surroundings import Surroundings

__all__ = ["class_mask", "keep_classes", "mask_clouds", "masked_share"]

_MAX_PIXELS = 1_000_000_000
"""Pixels of a share: a whole tile has 30 million, and Earth Engine's default of 10 million would refuse it."""


@checked()
def class_mask(
    image: ee.Image,
    classes: ClassSelection,
    *,
    seen_only: bool = False,
    band: str = "SCL",
    scheme: str | Scheme = SCL_BY_DEFAULT,
    name: str = "mask",
) -> ee.Image:
    """Mark the pixels of some classes: 1 where a pixel has one of them, 0 where it has another.

    Args:
        image: with a band of class codes.
        classes: codes, names, groups or `SclClass`.
        seen_only: masks what shows neither the classes nor a surface (4, 5, 6, 11; of another raster any class of its
            scheme), so that means over time are shares of what was seen; else there is 0 under clouds too.
        band: the band of class codes.
        scheme: what the band's values mean: a name in `SCHEMES` or a `Scheme`. Names and groups are looked up in it;
            numbers are the band's own codes. By default the SCL for the band of that name; any other band needs one
            for names and groups, such as `Scheme.of` finds, and has its codes taken as they are without.
        name: of the band that comes out.

    Returns:
        An ee.Image with one band, on the grid of the class band and masked where that is (no data). It has the image's
        time, tile and index, and says its classes in `gee_scl:classes`. No request is made; without the band, Earth
        Engine answers the request for it with "Band pattern 'SCL' did not match any bands".

    Raises:
        ClassError: an unknown class, or none.
        SchemeError: the scheme does not exist, or none is given for names of a band that is not called SCL.

    Earth Engine: Image.remap.

    Examples:
        >>> lake = ee.Geometry(fields["features"][0]["geometry"])
        >>> cloud = gee_scl.class_mask(image, "cloud")
        >>> cloud.reduceRegion(ee.Reducer.sum().unweighted(), lake).getInfo()
        {'mask': 5085.0}

        The same pixels as class statistics count in the classes 8, 9 and 10:

        >>> counts = gee_scl.class_statistics(image, lake).set_index("class_value")["pixels"]
        >>> int(counts[[8, 9, 10]].sum())
        5085

        Water is 2871 of the 6128 pixels that are seen; clouds hide more than half of the 13,779 of the whole:

        >>> share = ee.Reducer.mean().unweighted()
        >>> seen = gee_scl.class_mask(image, "water", seen_only=True, name="water")
        >>> round(seen.reduceRegion(share, lake).getInfo()["water"], 3)
        0.469
        >>> round(gee_scl.class_mask(image, "water").reduceRegion(share, lake).getInfo()["mask"], 3)
        0.208

        Of another class raster the names are those of its scheme; here a band that says itself what it holds:

        >>> land = gee_scl.remap(image, "land")
        >>> scheme = gee_scl.Scheme.of(land, "land")
        >>> water = gee_scl.class_mask(land, "Water", band="land", scheme=scheme)
        >>> round(water.reduceRegion(share, lake).getInfo()["mask"], 3)
        0.469
    """
    of_band = BandClasses.of(scheme, band)
    codes = of_band.codes(classes)
    seen = tuple(sorted({*codes, *of_band.seen(CLEAR_BY_DEFAULT)})) if seen_only else None
    return code_mask(image, codes, seen, band=band, name=band_name("name", name))


def code_mask(
    image: ee.Image, codes: Sequence[int], seen: Sequence[int] | None = None, *, band: str, name: str = "mask"
) -> ee.Image:
    """The mask of codes that are known, whatever they mean.

    Args:
        image: with the band.
        codes: that are marked.
        seen: all that is not masked, the codes among them; None masks nothing.
        band: the band of class codes.
        name: of the band that comes out.
    """
    image = ee.Image(image)
    marks = marked(image, codes, band, seen).rename([name])
    return ee.Image(like(marks, image).set("gee_scl:classes", listed(codes)))


def marked(image: ee.Image, codes: Sequence[int], band: str, seen: Sequence[int] | None = None) -> ee.Image:
    """What `code_mask` marks, without a name and properties: of images that are put together and said of no more."""
    known = codes if seen is None else seen
    return image.remap(list(known), [int(code in codes) for code in known], 0 if seen is None else None, band)


@checked()
def keep_classes(
    image: ee.Image, classes: ClassSelection, *, band: str = "SCL", scheme: str | Scheme = SCL_BY_DEFAULT
) -> ee.Image:
    """Mask all pixels but those of some classes, in all bands.

    Args:
        image: with a band of class codes. Bands of another resolution take the class at each of their pixels' centres.
        classes: codes, names, groups or `SclClass`.
        band: the band of class codes.
        scheme: what the band's values mean, as in `class_mask`.

    Returns:
        The ee.Image, with the classes in `gee_scl:kept_classes`. No request is made.

    Raises:
        ClassError: an unknown class, or none.
        SchemeError: as in `class_mask`.

    Earth Engine: Image.remap, Image.updateMask.

    Examples:
        >>> lake = ee.Geometry(fields["features"][0]["geometry"])
        >>> clear = gee_scl.keep_classes(image, "clear")
        >>> clear.select("SCL").reduceRegion(ee.Reducer.frequencyHistogram().unweighted(), lake).getInfo()
        {'SCL': {'4': 1665.0, '5': 1592.0, '6': 2871.0}}
        >>> clear.get("gee_scl:kept_classes").getInfo()
        '4,5,6,11'
    """
    image, codes = ee.Image(image), BandClasses.of(scheme, band).codes(classes)
    kept = code_mask(image, codes, band=band)
    return ee.Image(image.updateMask(kept).set("gee_scl:kept_classes", listed(codes)))


@checked()
def mask_clouds(
    images: ee.Image | ee.ImageCollection,
    mask: str | MaskPreset | ClassSelection = "standard",
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
    score_band: ScoreBand | str = "cs_cdf",
    cloud_probability: float | None = None,
    missing: Missing | str = "mask",
    share_over: ee.Geometry | None = None,
    band: str = "SCL",
    scheme: str | Scheme = SCL_BY_DEFAULT,
) -> ee.Image | ee.ImageCollection:
    """Mask clouds, and what else a preset or a list of classes has, in all bands.

    What is masked is put together in this order: the classes, as changed by the four choices; cloud by Cloud Score+ or
    s2cloudless, where asked for; erosion; patches smaller than `min_area` removed; dilation. Pixels without a class (no
    data) are masked as well.

    Erosion, patches and dilation go by the unmasked classes of the whole pass of each image of a collection: they end
    at no tile, data strip, clip or earlier mask, only at the end of data. Neighbours are looked for in the collection
    that the images were chosen from, whatever they were filtered by; in a list of images, or in mosaics, among these.
    A single image, also as the argument of a mapped function, has its own classes only: give the collection, not
    `images.map(mask_clouds)`.

    Args:
        images: an image, or a collection, with a band of class codes.
        mask: a name in `MASK_PRESETS`, or classes: codes, names, groups or `SclClass`. Bands of another resolution take
            the class at each of their pixels' centres. Presets, and the four choices that follow, are of the SCL: of
            another raster name classes of its scheme.
        shadows: cloud shadows (3): True masks them, False does not; None leaves it to `mask`, as for the following.
        cirrus: thin cirrus (10).
        snow: snow and ice (11).
        unclassified: unclassified, or low cloud probability (7).
        erosion: metres by which what is masked is shrunk first, to lose thin lines and bright roofs.
        min_area: square metres of the smallest patch that is masked.
        dilation: metres by which it is grown at the end, as clouds' rims are not in their classes. Distances are
            between pixel centres on the grid of the request: see `dilate`.
        pinned: compute erosion, patches and dilation on the class band's own grid, whatever the scale of the request.
            At that scale it costs nothing and changes nothing. At a coarser one all pixels of 20 m are computed, 25
            times as many at 100 m; without it 100 m are one pixel at 100 m, and none at 200 m. Not the default, as
            Earth Engine refuses it where a map is zoomed out far.
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
        scheme: what the band's values mean, as in `class_mask`.

    Returns:
        What was given, with its bands, under the mask. Properties say what was done: `gee_scl:masked_classes` the codes
        ("1,3,8,9,10"), `gee_scl:mask` the preset's name where one was named, and where used `gee_scl:erosion`,
        `gee_scl:min_area`, `gee_scl:dilation`, `gee_scl:cloud_score`, `gee_scl:cloud_probability`. With the first three
        `gee_scl:neighbourhood` says what they went by: "pass", "image" (its own classes), or "masked image", where
        pixels were hidden by a mask that could not be undone, as those beneath a mosaic: then nothing is said of
        distances, as what is hidden could not grow. In a mapped function only masks of this package are known of. No
        request is made.

    A collection that holds no image gives an empty one.

    Raises:
        ArgumentError: an unknown option, a negative distance, a threshold that cannot be, choices that leave nothing to
            mask, choices of the SCL for another raster, or missing="drop" for a single image.
        ClassError: an unknown preset or class, or no class.
        SchemeError: as in `class_mask`.

    Earth Engine: Image.remap, Image.updateMask; Image.linkCollection, Image.focalMin, Image.connectedPixelCount,
    Image.focalMax where asked for, and with these ImageCollection.filterDate, ImageCollection.filterBounds and
    ImageCollection.mosaic.

    Examples:
        What is left of a lake: vegetation, bare soil, water and the unclassified.

        >>> lake = ee.Geometry(fields["features"][0]["geometry"])
        >>> clear = gee_scl.mask_clouds(image, "standard")
        >>> clear.select("SCL").reduceRegion(ee.Reducer.frequencyHistogram().unweighted(), lake).getInfo()
        {'SCL': {'4': 1665.0, '5': 1592.0, '6': 2871.0, '7': 514.0}}
        >>> clear.get("gee_scl:masked_classes").getInfo()
        '1,3,8,9,10'

        Classes of one's own choice:

        >>> left = gee_scl.mask_clouds(image, ["cloud", "shadow", "unclassified"])
        >>> left.select("SCL").reduceRegion(ee.Reducer.frequencyHistogram().unweighted(), lake).getInfo()
        {'SCL': {'4': 1665.0, '5': 1592.0, '6': 2871.0}}

        The share of the lake that each image loses, with all that is within 100 m of clouds and shadows:

        >>> tile = images.filter(ee.Filter.eq("MGRS_TILE", "32TPS"))
        >>> clear = gee_scl.mask_clouds(tile, "standard", dilation=100, share_over=lake)
        >>> [round(share, 2) for share in clear.aggregate_array("gee_scl:masked_share").getInfo()]
        [0.77, 0.34, 0.91, 0.74, 0.28, 0.73, 0.55, 0.16, 1.0]

        A preset and a change of it, and Cloud Score+ besides:

        >>> scored = gee_scl.mask_clouds(image, "cloud", snow=True, cloud_score=0.6)
        >>> scored.toDictionary(["gee_scl:cloud_score", "gee_scl:has_cs_cdf", "gee_scl:masked_classes"]).getInfo()
        {'gee_scl:cloud_score': 0.6, 'gee_scl:has_cs_cdf': 1, 'gee_scl:masked_classes': '8,9,10,11'}
    """
    of_band = BandClasses.of(scheme, band)
    preset, codes = masked_codes(mask, of_band)
    choices = {"shadows": shadows, "cirrus": cirrus, "snow": snow, "unclassified": unclassified}
    codes = _changed_codes(codes, choices, of_band)
    if not codes:
        raise ArgumentError("mask", mask, "a mask and choices that leave a class to mask")
    shape = {
        "erosion": number_between("erosion", erosion, 0, unit="metres"),
        "min_area": speck_area(min_area),
        "dilation": number_between("dilation", dilation, 0, unit="metres"),
    }
    score_band = ScoreBand.of("score_band", score_band)
    grades = _thresholds(
        {"cloud_score": (score_band, cloud_score), "cloud_probability": ("probability", cloud_probability)}
    )
    partnerless = checked_missing(images, missing)
    properties: dict[str, object] = {"gee_scl:mask": preset} if preset else {}
    properties |= {"gee_scl:masked_classes": listed(codes)}
    sizes: dict[str, object] = {f"gee_scl:{name}": size for name, size in shape.items() if size}
    properties |= {f"gee_scl:{argument}": threshold for argument, (_, threshold) in grades.items()}
    around = Surroundings.of(images)

    def bad_of(image: ee.Image, partnerless: Missing = Missing.KEEP) -> ee.Image:
        image = ee.Image(image)
        bad = marked(image, codes, band)
        for source, threshold in grades.values():
            bad = bad.Or(cloud_by(image, source, threshold, partnerless))
        return bad

    def masked(image: ee.Image) -> ee.Image:
        image = ee.Image(image)
        said: dict[str, object] = {source.flag: has_partner(image, source) for source, _ in grades.values()}
        if sizes:
            # Where the image has no class, its neighbours may have one; where they have no partner is no cloud.
            good = shaped(around.around(image, band, bad_of), **shape, pinned=pinned).Not()
            good = good.updateMask(image.select([band]).mask())
            for flag in said.values() if partnerless is Missing.MASK else ():
                good = good.And(ee.Image.constant(flag))
            said |= around.said(image, sizes)
        else:
            good = bad_of(image, partnerless).Not()
        clear = ee.Image(image.updateMask(good).set({**properties, **said}))
        if share_over is None:
            return clear
        share = masked_share(image, clear, share_over, band=band)
        return ee.Image(clear.set("gee_scl:masked_share", share))

    if not isinstance(images, ee.ImageCollection):
        return masked(ee.Image(images))
    return without_missing(images.map(masked), [source for source, _ in grades.values()], partnerless)


_CHOICES: Mapping[str, SclClass] = MappingProxyType(
    {
        "shadows": SclClass.CLOUD_SHADOW,
        "cirrus": SclClass.CIRRUS,
        "snow": SclClass.SNOW_ICE,
        "unclassified": SclClass.UNCLASSIFIED,
    }
)
"""The class that each choice of `mask_clouds` adds to a preset or takes from it."""


def _changed_codes(
    masked: tuple[int, ...], choices: Mapping[str, bool | None], of_band: BandClasses
) -> tuple[int, ...]:
    codes = set(masked)
    for argument, choice in choices.items():
        if choice is not None and not isinstance(choice, bool):
            raise ArgumentError(argument, choice, "True, False, or None for what the mask has")
        if choice is not None and not of_band.is_scl:
            allowed = f"None for the band {of_band.band!r}, as the choice is of a class of the SCL"
            raise ArgumentError(argument, choice, allowed, "Name what is masked by `mask`; or say scheme='scl'.")
        if choice is not None:
            (codes.add if choice else codes.discard)(int(_CHOICES[argument]))
    return tuple(sorted(codes))


def _thresholds(thresholds: Mapping[str, tuple[str, float | None]]) -> dict[str, tuple[CloudSource, float]]:
    """The sources that are asked for, with their thresholds, by argument."""
    grades = {}
    for argument, (source_band, threshold) in thresholds.items():
        if threshold is not None:
            source = CLOUD_SOURCES[source_band]
            grades[argument] = (source, number_between(argument, threshold, source.low, source.high))
    return grades


@checked()
def masked_share(
    image: ee.Image,
    masked: ee.Image,
    region: ee.Geometry | None = None,
    *,
    band: str = "SCL",
    crs: object = None,
    scale: float | None = None,
) -> ee.Number:
    """Measure how much of an image a mask took away: the share of its valid pixels that are gone, 0 to 1.

    Args:
        image: the image before.
        masked: the image after, such as `mask_clouds` returns.
        region: where pixels are counted, by their centres; the image's footprint by default.
        band: the band whose pixels count, on its own grid.
        crs: a CRS to count in instead, such as "EPSG:32632", in any form that `class_statistics` takes; needed, with
            `scale`, for composites, whose grid has pixels of one degree.
        scale: metres per pixel to count at instead.

    Returns:
        An ee.Number, an expression, so that no request is made: set it as a property of an image, as
        `mask_clouds(share_over=...)` does, or get it by `getInfo`. Null where the image has no valid pixel in the
        region.

    Raises:
        ArgumentError: a crs that is not known, or a scale that cannot be.

    Earth Engine: Image.mask, Image.reduceRegion with Reducer.mean().unweighted().

    Examples:
        >>> lake = ee.Geometry(fields["features"][0]["geometry"])
        >>> round(gee_scl.masked_share(image, gee_scl.mask_clouds(image), lake).getInfo(), 3)
        0.518
        >>> round(gee_scl.masked_share(image, gee_scl.mask_clouds(image, dilation=100), lake).getInfo(), 3)
        0.769
    """
    before = ee.Image(image).select([band])
    gone = ee.Image(masked).select([band]).mask().Not().updateMask(before.mask()).rename(["share"])
    crs, scale = checked_crs(crs), checked_scale(scale)
    shares = gone.reduceRegion(
        reducer=ee.Reducer.mean().unweighted(),
        geometry=ee.Image(image).geometry() if region is None else region,
        crs=before.projection() if crs is None else crs,
        scale=scale,
        maxPixels=_MAX_PIXELS,
    )
    return ee.Number(shares.get("share"))
