"""The classification's known failures made visible: false clouds, false snow, and disagreement with other sources."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import ee

from gee_scl.classes.band_schemes import (
    CLEAR_BY_DEFAULT,
    SCL_BY_DEFAULT,
    BandClasses,
    DefaultClasses,
    listed,
)
from gee_scl.classes.schemes import Scheme
from gee_scl.classes.selection import ClassSelection
from gee_scl.expressions.cloud_products import CLOUD_SOURCES, CloudSource, ScoreBand
from gee_scl.expressions.masks import code_mask
from gee_scl.expressions.occurrence import occurrence
from gee_scl.expressions.remap import with_class_properties
from gee_scl.options.arguments import checked
from gee_scl.options.checks import checked_collection, number_between, whole_number
from gee_scl.options.choices import Choice
from gee_scl.scenes.provenance import carry, or_blank, reduced

__all__ = ["always_cloud", "cloud_agreement", "contradicted_snow"]


class Against(Choice):
    """What SCL's clouds are compared with."""

    CLOUD_SCORE = "cloud_score", "Cloud Score+, which grades how visible the surface is, so shadows too"
    CLOUD_PROBABILITY = "cloud_probability", "s2cloudless, which looks for clouds alone"


_SHARE_ROUNDING = 1e-6
"""Observations: a share such as 0.7 has no exact binary form, and must not miss 7 of 10."""

_HALF_DAY = 0.5
"""Days: images nearer than this are of one pass, not neighbours in time."""

AGREEMENT = Scheme.from_lists(
    "agreement",
    [1, 2, 3, 4],
    ["Both cloud", "Only SCL", "Only the other", "Both clear"],
    ["f1f1f1", "d95f02", "7570b3", "66a61e"],
    title="Clouds by SCL and by another source",
)
"""The four outcomes of a comparison of clouds. The three colours are of ColorBrewer's Dark2."""

OUTCOMES = MappingProxyType(
    dict(zip(AGREEMENT.names, ("both_cloud", "only_scl", "only_other", "both_clear"), strict=True))
)
"""Names of classes to names of bands and columns."""

_CLOUD_CLASSES = MappingProxyType(
    {
        Against.CLOUD_SCORE: DefaultClasses(("cloud", "cloud shadow")),
        Against.CLOUD_PROBABILITY: DefaultClasses(("cloud",)),
    }
)
"""What is cloud in SCL, by what it is compared with."""


@checked()
def always_cloud(
    images: ee.ImageCollection,
    share: float = 0.9,
    *,
    classes: ClassSelection = "thick cloud",
    min_observations: int = 10,
    band: str = "SCL",
    scheme: str | Scheme = SCL_BY_DEFAULT,
) -> ee.Image:
    """Find pixels that are "cloud" nearly always: bright roofs, beaches, salt, bright desert.

    Bright deserts and urban structures can be taken for cloud (Zekoll et al. 2021, doi:10.3390/rs13010137). Weather
    moves, they do not. Where it is cloudy nearly always, in the wet tropics for example, compare with the
    surroundings: a real cloud's share changes smoothly from pixel to pixel.

    Args:
        images: with a class band, not masked; a year or more, so that weather averages out.
        share: of all observations, 0 to 1, from which on a pixel is taken for a false cloud.
        classes: the classes that are looked for: 8 and 9 of the SCL by default, so that another raster needs its own.
        min_observations: pixels seen fewer times are masked.
        band: the class band.
        scheme: what its values mean, as in `class_mask`.

    Returns:
        An ee.Image with the band `always_cloud`, 1 or 0, and those of `occurrence` (`percent`, `count`,
        `observations`, here of all observations), with its grid and properties and with `gee_scl:share`.

    Raises:
        ArgumentError: a share outside 0 to 1, less than one observation, or images is no collection.
        ClassError: unknown classes, or none.
        SchemeError: as in `class_mask`.

    A collection that holds no image gives a blank one: counts are 0 everywhere, all else is masked, pixels are of one
    degree, and `gee_scl:images` is 0.

    No request is made. Earth Engine: as `occurrence`, and Image.gte.

    Examples:
        All clouds of the sample move: none of the pixels of its towns is cloud in more than 9 of 24 observations.

        >>> towns = ee.Geometry(fields["features"][5]["geometry"])
        >>> often = gee_scl.always_cloud(gee_scl.collection(tiles="32TPS"))
        >>> often.reduceRegion("max", towns).getInfo()
        {'always_cloud': 0, 'percent': 37.5, 'count': 9, 'observations': 24}

        A mask that leaves false clouds in:

        >>> false = often.select("always_cloud").unmask(0)
        >>> clear = images.map(
        ...     lambda image: image.updateMask(gee_scl.class_mask(image, "thick cloud").And(false.Not()).Not())
        ... )
        >>> clear.size().getInfo()
        18
    """
    share = number_between("share", share, 0, 1)
    fewest = whole_number("min_observations", min_observations, 1)
    often = occurrence(images, classes, clear=None, band=band, scheme=scheme)
    observations = often.select(["observations"])
    reached = often.select(["count"]).add(_SHARE_ROUNDING).gte(observations.multiply(share))
    false_cloud = reached.updateMask(observations.gte(fewest)).rename(["always_cloud"])
    names = ["always_cloud", "percent", "count", "observations"]
    return ee.Image(often.addBands(false_cloud).select(names).set("gee_scl:share", share))


@checked()
def contradicted_snow(
    images: ee.ImageCollection,
    days: float = 16,
    *,
    classes: ClassSelection = "snow",
    clear: ClassSelection = CLEAR_BY_DEFAULT,
    band: str = "SCL",
    scheme: str | Scheme = SCL_BY_DEFAULT,
) -> ee.ImageCollection:
    """Find snow that the neighbours in time deny.

    The snow of an image is contradicted at a pixel that was seen clear within some days before as well as within some
    days after, and never with snow. At the ends of a series, and where clouds hide the neighbours, nothing is
    contradicted. That snow persists is also the test of "Persistence-based temporal filtering for MODIS snow products"
    (2016), whose period of 16 days is the default. Snow that falls and melts between two passes is contradicted as
    well: shorten the days where that is common.

    Args:
        images: with a class band and system:time_start, not masked.
        days: how far neighbours may be away in time. Images less than half a day apart are of one pass.
        classes: the classes that are looked for: snow of the SCL by default, so that another raster needs its own.
        clear: the classes in which the surface is seen, snow among them or not; of another raster all of its scheme by
            default.
        band: the class band.
        scheme: what its values mean, as in `class_mask`.

    Returns:
        An ee.ImageCollection: each image with the one band `contradicted_snow`, 1 where its snow is contradicted, 0
        elsewhere, masked where the class is, on the class band's grid, with its properties and `gee_scl:days`.

    A collection that holds no image gives an empty one.

    Raises:
        ArgumentError: days that are not above half a day, or images is no collection.
        ClassError: unknown classes, or none.
        SchemeError: as in `class_mask`.

    No request is made. Earth Engine: Image.remap, ImageCollection.filterDate, ImageCollection.max, Image.And.

    Examples:
        Snow on a mountain at the end of July, and how many of its pixels were seen without snow twelve days
        before and thirteen after:

        >>> mountain = ee.Geometry(fields["features"][3]["geometry"])
        >>> east = gee_scl.collection(start="2023-07-10", end="2023-08-15", tiles="32TQS")
        >>> july, count = ee.Filter.date("2023-07-27", "2023-07-28"), ee.Reducer.sum().unweighted()
        >>> gee_scl.class_mask(east.filter(july).first(), "snow").reduceRegion(count, mountain).getInfo()
        {'mask': 1846.0}
        >>> gee_scl.contradicted_snow(east).filter(july).first().reduceRegion(count, mountain).getInfo()
        {'contradicted_snow': 177.0}

        The images without it have 177 pixels of snow less:

        >>> repaired = east.combine(gee_scl.contradicted_snow(east)).map(
        ...     lambda image: image.updateMask(image.select("contradicted_snow").Not())
        ... )
        >>> gee_scl.class_mask(repaired.filter(july).first(), "snow").reduceRegion(count, mountain).getInfo()
        {'mask': 1669.0}
    """
    images = checked_collection(images)
    days = number_between("days", days, _HALF_DAY, unit="days")
    of_band = BandClasses.of(scheme, band)
    codes = of_band.codes(classes)
    seen = sorted({*codes, *of_band.seen(clear)})

    def snowy(image: ee.Image) -> ee.Image:
        image = ee.Image(image)
        is_snow = code_mask(image, codes, band=band, name="snow").toUint8()
        return is_snow.updateMask(code_mask(image, seen, band=band))

    def contradicted(image: ee.Image) -> ee.Image:
        image = ee.Image(image)
        mine = code_mask(image, codes, band=band, name="contradicted_snow")
        # A collection without images has no bands to reduce: one without pixels keeps the band.
        nothing = ee.ImageCollection([snowy(image).updateMask(0)])
        date = ee.Date(image.get("system:time_start"))

        def denied(start: float, end: float) -> ee.Image:
            # filterDate leaves its end out: a second more takes it in.
            period = date.advance(start, "day"), date.advance(end, "day").advance(1, "second")
            return images.filterDate(*period).map(snowy).merge(nothing).max().eq(0).unmask(0, False)

        wrong = mine.And(denied(-days, -_HALF_DAY)).And(denied(_HALF_DAY, days))
        named = carry(image, band, wrong.rename(["contradicted_snow"]), ["contradicted_snow"])
        return ee.Image(named.set("gee_scl:days", days))

    return images.map(contradicted)


@checked()
def cloud_agreement(
    images: ee.ImageCollection,
    against: Against | str = "cloud_score",
    *,
    threshold: float | None = None,
    classes: ClassSelection | None = None,
    score_band: ScoreBand | str = "cs_cdf",
    band: str = "SCL",
    scheme: str | Scheme = SCL_BY_DEFAULT,
) -> ee.Image:
    """Map how often SCL and Cloud Score+, or s2cloudless, agree on cloud.

    Args:
        images: Sentinel-2 images with a class band, not masked. Images and pixels that the other source does not grade
            are not compared.
        against: "cloud_score" is Cloud Score+, "cloud_probability" is s2cloudless.
        threshold: of the other source, between clear and cloud: below it Cloud Score+ (0 to 1), above it s2cloudless (0
            to 100) means cloud; None takes that of `CLOUD_SOURCES`.
        classes: what is cloud in SCL; None takes clouds (8, 9, 10), and against Cloud Score+, which grades whether the
            surface is seen, cloud shadow (3) too. Another raster than the SCL needs its own.
        score_band: of Cloud Score+: "cs_cdf" or "cs".
        band: the class band.
        scheme: what its values mean, as in `class_mask`.

    Returns:
        An ee.Image with counts of observations, 0 where there is none, and their agreement, on the grid of the first
        image's class band: `both_cloud`, `only_scl`, `only_other`, `both_clear`, and `agreement`, the percentage of
        observations in which both say the same, masked where none was compared. Properties say what was compared.

    Raises:
        ArgumentError: an unknown source or band, a threshold out of its range, or images is no collection.
        ClassError: unknown classes, or none.
        SchemeError: as in `class_mask`.

    A collection that holds no image gives a blank one: counts are 0 everywhere, `agreement` is masked, pixels are of
    one degree, and `gee_scl:images` is 0.

    No request is made. Earth Engine: Image.linkCollection, Image.remap, ImageCollection.sum.

    Examples:
        A field of 514 pixels on one day: of the 294 that are cloud or its shadow to SCL, Cloud Score+ finds 98 clear.

        >>> field = ee.Geometry(fields["features"][2]["geometry"])
        >>> compared = gee_scl.cloud_agreement(images.filterDate("2023-07-02", "2023-07-03"))
        >>> outcomes = compared.select(["both_cloud", "only_scl", "only_other", "both_clear"])
        >>> outcomes.reduceRegion(ee.Reducer.sum().unweighted(), field).getInfo()
        {'both_cloud': 196.0, 'only_scl': 98.0, 'only_other': 0.0, 'both_clear': 220.0}
    """
    compared = Comparison.checked(against, threshold, classes, score_band, BandClasses.of(scheme, band))
    images = checked_collection(images)
    names = list(OUTCOMES.values())

    def outcomes(image: ee.Image) -> ee.Image:
        return compared.outcome(image).eq(ee.Image.constant(AGREEMENT.values)).rename(names)

    counts = images.map(outcomes).sum().unmask(0, False).toUint16()
    total = counts.reduce(ee.Reducer.sum())
    same = counts.select(["both_cloud"]).add(counts.select(["both_clear"])).toFloat()
    percent = same.divide(total).multiply(100).updateMask(total.gt(0)).rename(["agreement"])
    grid = ee.Image(images.first()).select([band]).projection()
    made = reduced(counts.addBands(percent), images, grid)
    types = {**dict.fromkeys(names, "uint16"), "agreement": "double"}
    return ee.Image(or_blank(made, images, types, names).set(compared.properties))


@dataclass(frozen=True)
class Comparison:
    """What is compared with what."""

    source: CloudSource
    threshold: float
    codes: tuple[int, ...]
    band: str

    @classmethod
    def checked(
        cls,
        against: Against | str,
        threshold: float | None,
        classes: ClassSelection | None,
        score_band: ScoreBand | str,
        of_band: BandClasses,
    ) -> Comparison:
        other = Against.of("against", against)
        score_band = ScoreBand.of("score_band", score_band)
        source = CLOUD_SOURCES[score_band if other is Against.CLOUD_SCORE else "probability"]
        limit = source.threshold if threshold is None else threshold
        limit = number_between("threshold", limit, source.low, source.high)
        codes = of_band.codes(_CLOUD_CLASSES[other] if classes is None else classes)
        return cls(source, limit, codes, of_band.band)

    @property
    def properties(self) -> dict[str, object]:
        return {
            "gee_scl:against": f"{self.source.collection}, {self.source.band}",
            "gee_scl:threshold": self.threshold,
            "gee_scl:classes": listed(self.codes),
        }

    def outcome(self, image: ee.Image) -> ee.Image:
        """Give each pixel that both know a value of `AGREEMENT`."""
        image = ee.Image(image)
        linked = ee.Image(image.linkCollection(ee.ImageCollection(self.source.collection), [self.source.band]))
        clear_by_scl = code_mask(image, self.codes, band=self.band).Not()
        clear_by_other = self.source.is_cloud(linked.select([self.source.band]), self.threshold).Not()
        value = clear_by_scl.multiply(2).add(clear_by_other).add(1).toUint8().rename(["agreement"])
        return with_class_properties(carry(image, self.band, value, ["agreement"]), AGREEMENT, "agreement")
