"""Cloud Score+ and s2cloudless beside the classes: two other opinions, linked image by image.

Not every image has a partner in them. What becomes of an image without one is said by the caller (`missing`), and each
image says whether it has one (properties `gee_scl:has_cs`, `gee_scl:has_cs_cdf`, `gee_scl:has_probability`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import ee

from gee_scl.classes.class_table import Source
from gee_scl.errors import ArgumentError
from gee_scl.options.arguments import checked
from gee_scl.options.choices import Choice

__all__ = ["with_cloud_probability", "with_cloud_score"]


class Missing(Choice):
    """What becomes of an image without a partner."""

    MASK = "mask", "all of it counts as cloud"
    KEEP = "keep", "none of it counts as cloud"
    DROP = "drop", "it is taken out of the collection"


class ScoreBand(Choice):
    """A band of Cloud Score+."""

    CS = "cs", "how like a clear pixel it is"
    CS_CDF = "cs_cdf", "its rank among all scores of the place; less sensitive to terrain and bright ground"


@dataclass(frozen=True)
class CloudSource:
    """A collection that grades the clouds of Sentinel-2 images.

    Attributes:
        collection: Earth Engine's id.
        band: the band that is linked.
        low: smallest value.
        high: largest value.
        clear_above: whether large values are clear; else they are cloud.
        threshold: the default between clear and cloud, which is itself clear.
        source: where the threshold is from.
    """

    collection: str
    band: str
    low: float
    high: float
    clear_above: bool
    threshold: float
    source: Source

    @property
    def flag(self) -> str:
        """The property that says whether an image has a partner: 1 or 0."""
        return f"gee_scl:has_{self.band}"

    def of_one_type(self, graded: ee.Image) -> ee.Image:
        """The band in its own type, which a filled one, or one without a partner, need not have.

        Images whose bands differ in type cannot be put together.
        """
        return graded.toUint8() if self.high > 1 else graded.toFloat()

    def is_cloud(self, graded: ee.Image, threshold: float) -> ee.Image:
        """Mark where a grade is worse than the threshold: 1, else 0."""
        return graded.lt(threshold) if self.clear_above else graded.gt(threshold)


_CLOUD_SCORE = Source(
    "Cloud Score+",
    "Earth Engine catalogue, Cloud Score+ S2_HARMONIZED V1: the example's CLEAR_THRESHOLD is 0.60, and it says that "
    "values between 0.50 and 0.65 generally work well",
    "https://developers.google.com/earth-engine/datasets/catalog/GOOGLE_CLOUD_SCORE_PLUS_V1_S2_HARMONIZED",
)
_S2CLOUDLESS = Source(
    "s2cloudless",
    "ESA Charter Mapper, S2-Cloudless service: pixels with a probability above 0.4 are cloud. Earth Engine's tutorial "
    "takes 50 %, the example in its catalogue 65 %",
    "https://docs.disasterscharter.org/services/s2-cloudless/service-specs/",
)

CLOUD_SOURCES: Mapping[str, CloudSource] = MappingProxyType(
    {
        source.band: source
        for source in (
            CloudSource("GOOGLE/CLOUD_SCORE_PLUS/V1/S2_HARMONIZED", "cs", 0, 1, True, 0.60, _CLOUD_SCORE),
            CloudSource("GOOGLE/CLOUD_SCORE_PLUS/V1/S2_HARMONIZED", "cs_cdf", 0, 1, True, 0.60, _CLOUD_SCORE),
            CloudSource("COPERNICUS/S2_CLOUD_PROBABILITY", "probability", 0, 100, False, 40, _S2CLOUDLESS),
        )
    }
)
"""What can be linked, by band: `cs` and `cs_cdf` (see `ScoreBand`), and `probability` (of cloud, percent)."""


@checked()
def with_cloud_score(
    images: ee.Image | ee.ImageCollection, *, band: ScoreBand | str = "cs_cdf", missing: Missing | str = "mask"
) -> ee.Image | ee.ImageCollection:
    """Add the band of Cloud Score+ that belongs to each image: 0 cloud to 1 clear.

    Args:
        images: Sentinel-2 images, L2A or L1C.
        band: "cs" or "cs_cdf".
        missing: an image without a partner: "mask" gives it a band that is masked everywhere, so that a threshold masks
            the whole image; "keep" gives it 1 (clear); "drop" takes it out of the collection.

    Returns:
        What was given, with the band, and with the property `gee_scl:has_cs` or `gee_scl:has_cs_cdf` (1 or 0). No
        request is made.

    A collection that holds no image gives an empty one.

    Raises:
        ArgumentError: an unknown band or option, or "drop" for a single image.

    Earth Engine: Image.linkCollection, by system:index ("If a matching image is not found, any new or updated bands
    will be fully masked"), whose linkedProperties tell which images have a partner.

    Examples:
        What Cloud Score+ says of SCL's clouds, and of its water:

        >>> lake = ee.Geometry(fields["features"][0]["geometry"])
        >>> score = gee_scl.with_cloud_score(image).select("cs_cdf")
        >>> for classes in ("cloud", "water"):
        ...     there = score.updateMask(gee_scl.class_mask(image, classes))
        ...     print(classes, round(there.reduceRegion(ee.Reducer.mean().unweighted(), lake).getInfo()["cs_cdf"], 2))
        cloud 0.23
        water 1.0

        One of the sample's 48 images has no partner:

        >>> gee_scl.with_cloud_score(gee_scl.collection(), missing="drop").size().getInfo()
        47
    """
    return _with_band(images, CLOUD_SOURCES[ScoreBand.of("band", band)], checked_missing(images, missing))


@checked()
def with_cloud_probability(
    images: ee.Image | ee.ImageCollection, *, missing: Missing | str = "mask"
) -> ee.Image | ee.ImageCollection:
    """Add the band `probability` of s2cloudless that belongs to each image: 0 clear to 100 cloud.

    Args:
        images: Sentinel-2 images, L2A or L1C.
        missing: an image without a partner: "mask" gives it a band that is masked everywhere, so that a threshold masks
            the whole image; "keep" gives it 0 (clear); "drop" takes it out of the collection.

    Returns:
        What was given, with the band, and with the property `gee_scl:has_probability` (1 or 0). No request is made.

    A collection that holds no image gives an empty one.

    Raises:
        ArgumentError: an unknown option, or "drop" for a single image.

    Earth Engine: Image.linkCollection, by system:index, with linkedProperties.

    Examples:
        What s2cloudless says of SCL's clouds, and of its water, in percent:

        >>> lake = ee.Geometry(fields["features"][0]["geometry"])
        >>> probability = gee_scl.with_cloud_probability(image).select("probability")
        >>> for classes in ("cloud", "water"):
        ...     there = probability.updateMask(gee_scl.class_mask(image, classes))
        ...     print(classes, round(there.reduceRegion(ee.Reducer.mean().unweighted(), lake).getInfo()["probability"]))
        cloud 76
        water 1
    """
    return _with_band(images, CLOUD_SOURCES["probability"], checked_missing(images, missing))


def _with_band(
    images: ee.Image | ee.ImageCollection, source: CloudSource, missing: Missing
) -> ee.Image | ee.ImageCollection:
    clear = source.high if source.clear_above else source.low

    def linked(image: ee.Image) -> ee.Image:
        image = ee.Image(image)
        has_one = has_partner(image, source)
        both = ee.Image(image.linkCollection(ee.ImageCollection(source.collection), [source.band]))
        graded = both.select([source.band])
        if missing is Missing.KEEP:
            # Masked pixels of a partner stay masked: only what has no partner is filled.
            filling = ee.Image.constant(clear).updateMask(ee.Image.constant(has_one.eq(0)))
            graded = graded.unmask(filling, False)
        both = both.addBands(source.of_one_type(graded), None, True)
        return ee.Image(both.set(source.flag, has_one))

    if not isinstance(images, ee.ImageCollection):
        return linked(ee.Image(images))
    return without_missing(images.map(linked), [source], missing)


def has_partner(image: ee.Image, source: CloudSource) -> ee.Number:
    """Say whether an image has a partner: 1 or 0.

    The partner's time is linked to an image that has none, by the join that links the bands: a filter and a count would
    look through the source's list of all images once for each image.
    """
    bare = ee.Image.constant(0).set("system:index", image.get("system:index"))
    linked = bare.linkCollection(ee.ImageCollection(source.collection), linkedProperties=[_OF_PARTNER])
    return ee.Number(ee.Algorithms.If(linked.get(_OF_PARTNER), 1, 0))


def checked_missing(images: object, missing: object) -> Missing:
    """Refuse an unknown option, and "drop" where there is no collection to drop an image from.

    Raises:
        ArgumentError: either.
    """
    choice = Missing.of("missing", missing)
    if choice is Missing.DROP and not isinstance(images, ee.ImageCollection):
        raise ArgumentError(
            "missing", missing, "'mask' or 'keep' for a single image", "Give the collection, not an image inside a map."
        )
    return choice


_OF_PARTNER = "system:time_start"
"""What every image of a source has. "If a matching image is not found, any new or updated properties will be null"
(https://developers.google.com/earth-engine/apidocs/ee-image-linkcollection)."""


def without_missing(images: ee.ImageCollection, sources: list[CloudSource], missing: Missing) -> ee.ImageCollection:
    """Keep the images that have all partners, if the others are to be dropped, by their flags."""
    if missing is Missing.DROP:
        for source in sources:
            images = images.filter(ee.Filter.eq(source.flag, 1))
    return images


def cloud_by(image: ee.Image, source: CloudSource, threshold: float, missing: Missing) -> ee.Image:
    """Mark where a source sees cloud: 1 or 0, nowhere masked.

    Pixels that a partner does not grade count as cloud. An image without a partner is cloud everywhere, or nowhere if
    it is to be kept.
    """
    linked = ee.Image(image.linkCollection(ee.ImageCollection(source.collection), [source.band]))
    unknown = ee.Image.constant(has_partner(image, source) if missing is Missing.KEEP else 1)
    cloud = source.is_cloud(linked.select([source.band]), threshold)
    return cloud.unmask(unknown, False).toUint8()
