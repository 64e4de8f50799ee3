"""Composites: one image out of many, each pixel from its clear observations, with their number, date and class."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, cast

import ee

from gee_scl.classes.band_schemes import SCL_BY_DEFAULT, BandClasses, is_open, listed
from gee_scl.classes.carried import SCL_BAND, no_scheme
from gee_scl.classes.schemes import Scheme, get_scheme
from gee_scl.classes.selection import ClassSelection
from gee_scl.errors import ArgumentError, Plain, SchemeError
from gee_scl.expressions.composite_classes import CLASS_SCORES, CLOUDS, NOT_CLEAR, clouds_by, dropped_by, scores_by
from gee_scl.expressions.masks import code_mask, marked
from gee_scl.expressions.morphology import FARTHEST, metres_to, within
from gee_scl.expressions.remap import pixel_type, with_class_properties
from gee_scl.options.arguments import check_fields, checked
from gee_scl.options.checks import Moment, checked_collection, checked_moment, number_between
from gee_scl.options.choices import Choice, Day, Period
from gee_scl.scenes.periods import PERIODS, day_number, days_from, labels_in_order, local_date, with_period
from gee_scl.scenes.provenance import IMAGES, or_blank, reduced
from gee_scl.scenes.surroundings import Surroundings

__all__ = ["PixelScore", "composite", "monthly_composites"]


class Method(Choice):
    """How a composite's pixel is made or chosen."""

    MEDIAN = "median", "the median of each band by itself"
    MEAN = "mean", "the mean of each band by itself"
    MEDOID = "medoid", "the observation with the least sum of distances to all others"
    NEAR_MEDIAN = "near_median", "the observation nearest to the median of each band"
    MOST_RECENT = "most_recent", "the last observation"
    BEST_PIXEL = "best_pixel", "the observation with the highest PixelScore"


REFLECTANCE = "B.*"
"""Earth Engine's pattern of the reflectance bands, B1 to B12."""

_REFLECTANCE_BANDS = ("B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9", "B11", "B12")
"""Those of surface reflectance, in their order."""

OBSERVATIONS, DATE, CLASS = "observations", "date", "class"

_SCORE = "gee_scl_score"

_MOST_DAYS = 1000
"""More than there are from any day to the next one of its name: so many days are less than a step of a score."""

_LEAP_YEAR = 2000
"""One that has every day of the calendar."""

_SHORTEST_SPREAD = 1.0
"""Days: images are days apart."""

_STEPS = 1_000_000
"""Scores are compared in steps of a millionth, so that the last bits of a sum decide nothing and equals are equal."""


@dataclass(frozen=True)
class PixelScore:
    """What makes a pixel the best one: the weighted sum of three scores from 0 to 1.

    After the best-available-pixel composites of White et al. 2014 (doi:10.1080/07038992.2014.945827), which add up
    scores of this kind; the forms of the scores are simpler here.

    Attributes:
        class_weight: weight of the class's score.
        distance_weight: weight of the distance to the nearest cloud, as a share of `max_distance`; in a composite to
            that of the whole pass, also under masks (see `mask_clouds`).
        day_weight: weight of the day of year, exp(-(days / day_spread)^2 / 2).
        class_scores: 0 to 1 by class; classes that are missing score 0.
        clouds: the classes to keep away from.
        max_distance: metres from where on clouds do no harm, 1 to 10,240. The default is that of the book
            Cloud-Based Remote Sensing with Google Earth Engine, chapter F4.3.
        target_day: the day to be near to, of any year: a moment, of which month and day count, so that it is the same
            date in leap years and others (for 29 February both its neighbours, where there is none), or the day of the
            year, 1 to 366. Days are counted across the year's turn. None leaves the day out. A moment is kept as
            (month, day).
        day_spread: days after which the day's score is 0.61.
        scheme: what the class band's values mean, as in `class_mask`. One of another raster than the SCL needs
            `class_scores` and `clouds` of its own, or `class_weight=0` and `distance_weight=0`.

    Raises:
        ArgumentError: a negative weight, no weight at all, a score outside 0 to 1, a distance or spread not above 0, or
            the default scores or clouds for another raster.
        ClassError: unknown classes.
        SchemeError: the scheme does not exist.

    Examples:
        The best pixels are near to a day: 499 of a field's 514 come from the day itself, the others were cloudy then.

        >>> field = ee.Geometry(fields["features"][2]["geometry"])
        >>> score = gee_scl.PixelScore(target_day="2023-06-15", day_spread=20)
        >>> best = gee_scl.composite(images, "best_pixel", bands=[], score=score)
        >>> counted = best.select("date").reduceRegion(ee.Reducer.frequencyHistogram().unweighted(), field).getInfo()
        >>> {str(pd.Timestamp(int(day), unit="D").date()): pixels for day, pixels in counted["date"].items()}
        {'2023-06-02': 8.0, '2023-06-15': 499.0, '2023-07-02': 7.0}
    """

    class_weight: float = 1.0
    distance_weight: float = 1.0
    day_weight: float = 1.0
    class_scores: Mapping[Any, float] = field(default_factory=lambda: CLASS_SCORES)
    clouds: ClassSelection = CLOUDS
    max_distance: float = 1500.0
    target_day: int | tuple[int, int] | Moment | None = None
    day_spread: float = 30.0
    scheme: str | Scheme = SCL_BY_DEFAULT

    def __post_init__(self) -> None:
        weights = ("class_weight", "distance_weight", "day_weight")
        numbers = [number_between(name, getattr(self, name), 0) for name in weights]
        if not any(numbers):
            raise ArgumentError(", ".join(weights), 0, "at least one above 0")
        number_between("max_distance", self.max_distance, 1, FARTHEST, "metres")
        number_between("day_spread", self.day_spread, _SHORTEST_SPREAD, unit="days")
        check_fields(self)
        classes = BandClasses.of(self.scheme, SCL_BAND)
        object.__setattr__(self, "clouds", clouds_by(classes, self.clouds, self.distance_weight))
        object.__setattr__(self, "class_scores", scores_by(classes, self.class_scores, self.class_weight))
        object.__setattr__(self, "target_day", _calendar_day(self.target_day))

    @checked()
    def image(self, image: ee.Image, *, band: str = "SCL", day: Day | str = "utc") -> ee.Image:
        """Score each pixel, in whole steps of a millionth of the weights' unit.

        With a `target_day` a thousandth of a step is taken off for each day from it, so that of scores that are equal
        in steps, as far from that day, the nearer one is higher.

        Earth Engine: Image.remap, Image.fastDistanceTransform, Date.fromYMD, Image.round, Image.toDouble. Distances
        are measured on the grid that is asked for, to the clouds of the image itself, those under its masks too.
        `composite` measures them to the clouds of the whole pass.

        Args:
            image: with a class band and system:time_start.
            band: the class band. One that is not called SCL needs a `scheme`.
            day: whose day is compared with `target_day`, as in `with_period`.

        Returns:
            A band `score`; masked where the class is.

        Raises:
            SchemeError: the score has no scheme, and the band is not called SCL.

        Examples:
            The class alone: cloud 0, the unclassified a half, the surface 1.

            >>> lake = ee.Geometry(fields["features"][0]["geometry"])
            >>> score = gee_scl.PixelScore(distance_weight=0).image(image).divide(1_000_000)
            >>> for name in ("cloud", "uncertain", "water"):
            ...     there = score.updateMask(gee_scl.class_mask(image, name))
            ...     print(name, there.reduceRegion(ee.Reducer.minMax(), lake).getInfo())
            cloud {'score_min': 0.0, 'score_max': 0.0}
            uncertain {'score_min': 0.5, 'score_max': 0.5}
            water {'score_min': 1.0, 'score_max': 1.0}
        """
        return self._scored(ee.Image(image), band, Day.of("day", day), Surroundings.of(image))

    def _scored(self, image: ee.Image, band: str, day: Day, surroundings: Surroundings) -> ee.Image:
        """Score each pixel, as `image` does.

        Args:
            image: with a class band and system:time_start.
            band: the class band.
            day: whose day is compared.
            surroundings: where clouds are looked for.
        """
        if is_open(self.scheme, band):
            raise no_scheme(band)
        classes = image.select([band])
        codes = list(self.class_scores)
        score = classes.remap(codes, [self.class_scores[code] for code in codes], 0).multiply(self.class_weight)
        if self.distance_weight:
            codes_of_clouds = cast("tuple[int, ...]", self.clouds)  # since it was checked
            clouds = surroundings.around(image, band, lambda one: marked(ee.Image(one), codes_of_clouds, band))
            distance = within(metres_to(clouds, self.max_distance), self.max_distance).divide(self.max_distance)
            score = score.add(distance.multiply(self.distance_weight))
        target = cast("int | tuple[int, int] | None", self.target_day)  # since it was checked
        if self.day_weight and target is not None:
            days = days_from(local_date(image, day), target)
            score = score.add(days.divide(self.day_spread).pow(2).multiply(-0.5).exp().multiply(self.day_weight))
            score = score.multiply(_STEPS).round().subtract(days.divide(_MOST_DAYS))
        else:
            score = score.multiply(_STEPS).round()
        # Of one type: the interval of an image's own constants would be another one for each image.
        return score.toDouble().rename(["score"])


@checked()
def composite(
    images: ee.ImageCollection,
    method: Method | str = "median",
    *,
    bands: str | Sequence[str] | None = None,
    mask: str | ClassSelection | None = NOT_CLEAR,
    band: str = "SCL",
    scheme: str | Scheme = SCL_BY_DEFAULT,
    score: PixelScore | None = None,
    day: Day | str = "utc",
) -> ee.Image:
    """Make one image out of many, each pixel made or chosen from its clear observations.

    A clear observation is a pixel of an image that is not masked in any band asked for, nor in the class band, and
    whose class is not dropped. Images of one pass that overlap are two observations: mosaic the days first where that
    matters.

    - "median", "mean": of each band by itself; no date is chosen, so there are no bands `date` and `class`.
    - "medoid": the observation with the least sum of Euclidean distances, over all `bands`, to all other observations
      (Flood 2013, Equation 1, doi:10.3390/rs5126481). Work grows with the square of the number of images.
    - "near_median": the observation nearest to the median of each band, the common substitute for the medoid where
      there are many images.
    - "most_recent": the last observation.
    - "best_pixel": the observation with the highest `PixelScore`.

    Of equals the earliest is chosen. The graph is of one size, however many images there are.

    Args:
        images: with a class band and system:time_start; masked already, or with `mask`.
        method: how a pixel is made.
        bands: which bands; None for the reflectance bands, an empty list for none where a date is chosen.
        mask: classes to drop, or a name in `MASK_PRESETS`; None where the images are masked already. Of another raster
            than the SCL none are dropped by default.
        band: the class band.
        scheme: what its values mean, as in `class_mask`.
        score: for "best_pixel" only; None for `PixelScore()`. That of another raster needs the scheme too.
        day: whose day `date` and the score's `target_day` are, as in `with_period`.

    Returns:
        The bands, then `observations` (number of clear observations, 0 where there is none), `date` (day chosen, UTC
        unless `day` says otherwise, in days since 1970-01-01) and `class` (code of the observation chosen), which maps
        colour by itself where its meaning is known. The default projection is that of the first of `bands` in the first
        image, or of the class band where none is named, so reductions have pixels of metres, not of one degree.
        Properties: the times of the first and the last image (`system:time_start`, `system:time_end`),
        `gee_scl:composite` and `gee_scl:dropped_classes` ("0,1,3,8,9,10").

    Raises:
        ArgumentError: an unknown method, a score for another method, no bands where some are needed, or
            images is no collection.
        ClassError: an unknown class.
        SchemeError: as in `class_mask`; `mask=None` needs no scheme.

    A collection that holds no image gives a blank composite: `observations` is 0 everywhere, all other bands are masked
    (those of None are Sentinel-2's), pixels are of one degree, and `gee_scl:images` is 0. What asks for it, such as
    `class_statistics`, says so.

    No request is made, so what else the images lack shows in the request for the composite.

    Earth Engine: Image.updateMask, ImageCollection.reduce, ImageCollection.sort, ImageCollection.mosaic,
    Image.setDefaultProjection.

    Examples:
        A median of what is clear; the red of vegetation is dark, and would be brighter with clouds in it:

        >>> field = ee.Geometry(fields["features"][2]["geometry"])
        >>> median = gee_scl.composite(images, "median", bands=["B4", "B8"])
        >>> round(median.reduceRegion("mean", field).getInfo()["B4"])
        761
        >>> round(images.select("B4").median().reduceRegion("mean", field, 10, "EPSG:32632").getInfo()["B4"])
        949

        The last clear look at each pixel, with its date and class:

        >>> recent = gee_scl.composite(images, "most_recent", bands=[])
        >>> recent.select("class").reduceRegion(ee.Reducer.frequencyHistogram().unweighted(), field).getInfo()
        {'class': {'4': 2.0, '5': 512.0}}
        >>> day = recent.select("date").reduceRegion("max", field).getInfo()["date"]
        >>> str(pd.Timestamp(day, unit="D").date())
        '2023-08-09'
    """
    images = checked_collection(images)
    recipe = _recipe(method, bands, mask, BandClasses.of(scheme, band), score, day)
    ends = {
        "system:time_start": images.aggregate_min("system:time_start"),
        "system:time_end": images.aggregate_max("system:time_start"),
    }
    made = ee.Image(_reduced(images, recipe, _grid(images, recipe)).set(ends))
    return _described(or_blank(made, images, recipe.types, [OBSERVATIONS]), recipe)


@checked()
def monthly_composites(
    images: ee.ImageCollection,
    method: Method | str = "median",
    *,
    bands: str | Sequence[str] | None = None,
    mask: str | ClassSelection | None = NOT_CLEAR,
    band: str = "SCL",
    scheme: str | Scheme = SCL_BY_DEFAULT,
    score: PixelScore | None = None,
    day: Day | str = "utc",
) -> ee.ImageCollection:
    """Make a composite of each calendar month that has an image, by time.

    Args:
        images: as in `composite`.
        method: as in `composite`.
        bands: as in `composite`.
        mask: as in `composite`.
        band: as in `composite`.
        scheme: as in `composite`.
        score: as in `composite`.
        day: whose day decides at the end of a month, as in `with_period`; `date` is by the same clock, so that it lies
            in the month.

    Returns:
        Images as of `composite`, all with the projection of the first image of all; `system:index` and `gee_scl:month`
        are "2023-06", `system:time_start` and `system:time_end` the month's ends in UTC, and `gee_scl:images` is the
        number of its images.

    Raises:
        ArgumentError: as in `composite`.
        ClassError: as in `composite`.
        SchemeError: as in `composite`.

    A collection that holds no image gives an empty collection. No request is made.

    Earth Engine: Collection.aggregate_array, List.distinct, List.map, Collection.filter, and what
    `composite` uses.

    Examples:
        >>> months = gee_scl.monthly_composites(images, "median", bands="B8")
        >>> months.aggregate_array("gee_scl:month").getInfo(), months.aggregate_array("gee_scl:images").getInfo()
        (['2023-05', '2023-06', '2023-07', '2023-08'], [4, 4, 6, 4])

        The near infrared of a field, month by month, falls with its harvest in July:

        >>> field = ee.Geometry(fields["features"][2]["geometry"])
        >>> mean = ee.Reducer.mean().unweighted()
        >>> means = months.map(lambda month: month.set("mean", month.reduceRegion(mean, field).get("B8")))
        >>> [round(month) for month in means.aggregate_array("mean").getInfo()]
        [4304, 4102, 2823, 2511]
    """
    images = checked_collection(images)
    recipe = _recipe(method, bands, mask, BandClasses.of(scheme, band), score, day)
    grid = _grid(images, recipe)
    labelled = with_period(images, Period.MONTH, day=day)

    def of_month(label: ee.ComputedObject) -> ee.Image:
        start = ee.Date.parse("yyyy-MM", label)
        members = labelled.filter(ee.Filter.eq(PERIODS[Period.MONTH].property, label))
        properties = {
            "system:index": label,
            PERIODS[Period.MONTH].property: label,
            "system:time_start": start.millis(),
            "system:time_end": start.advance(1, "month").millis(),
            IMAGES: members.size(),
        }
        return ee.Image(_described(_reduced(members, recipe, grid), recipe).set(properties))

    return ee.ImageCollection.fromImages(labels_in_order(labelled, Period.MONTH).map(of_month))


@dataclass(frozen=True)
class _Recipe:
    """The checked arguments of a composite."""

    method: Method
    bands: tuple[str, ...]
    named: bool
    dropped: tuple[int, ...]
    classes: BandClasses
    score: PixelScore | None
    day: Day

    @property
    def band(self) -> str:
        """The class band."""
        return self.classes.band

    @property
    def chooses(self) -> bool:
        """Whether a pixel is that of one observation, with its date and class."""
        return self.method not in (Method.MEDIAN, Method.MEAN)

    @property
    def types(self) -> dict[str, str]:
        """Of the composite's bands, in their order; those of reflectance as Sentinel-2 has them."""
        names = [name for band in self.bands for name in (_REFLECTANCE_BANDS if band == REFLECTANCE else (band,))]
        types = dict.fromkeys(names, "uint16" if self.chooses else "double") | {OBSERVATIONS: "uint16"}
        return {**types, DATE: "int32", CLASS: pixel_type(self.classes.range)} if self.chooses else types


def _recipe(
    method: Method | str,
    bands: str | Sequence[str] | None,
    mask: str | ClassSelection | None,
    classes: BandClasses,
    score: PixelScore | None,
    day: Day | str,
) -> _Recipe:
    method = Method.of("method", method)
    if score is not None and method is not Method.BEST_PIXEL:
        raise ArgumentError("score", score, f"None for method '{method}'", "Only 'best_pixel' looks at scores.")
    names = (REFLECTANCE,) if bands is None else (bands,) if isinstance(bands, str) else tuple(bands)
    if any("," in name for name in names):
        raise ArgumentError("bands", bands, "names of bands", "Several are a list: bands=['B4', 'B3'].")
    if not names and method not in (Method.MOST_RECENT, Method.BEST_PIXEL):
        raise ArgumentError("bands", bands, f"at least one band for method '{method}', or None for all of reflectance")
    if method is Method.BEST_PIXEL:
        score = _score(score, classes)
    return _Recipe(
        method, names, bands is not None and bool(names), dropped_by(classes, mask), classes, score, Day.of("day", day)
    )


def _score(score: PixelScore | None, classes: BandClasses) -> PixelScore:
    """The score by the scheme of the images, where it has none itself."""
    scheme = SCL_BY_DEFAULT if classes.scheme is None else classes.scheme
    if score is None:
        return PixelScore(scheme=scheme)
    own = get_scheme(score.scheme)
    if classes.scheme is not None and (own.source, own.is_scl) != (classes.scheme.source, classes.scheme.is_scl):
        allowed = f"a PixelScore by scheme {classes.scheme.name!r}, or another of the same band"
        raise SchemeError("score", Plain(f"a score by scheme {own.name!r}"), allowed)
    return replace(score, scheme=scheme) if is_open(score.scheme, classes.band) else score


def _grid(images: ee.ImageCollection, recipe: _Recipe) -> ee.Projection:
    """Of the first band only: the bands of one image have several."""
    model = recipe.bands[0] if recipe.named else recipe.band
    return ee.Image(images.first()).select([model]).select([0]).projection()


def _reduced(images: ee.ImageCollection, recipe: _Recipe, grid: ee.Projection) -> ee.Image:
    surroundings = Surroundings.of(images)
    seen = images.map(lambda image: _observation(ee.Image(image), recipe, surroundings))
    observations = seen.select([CLASS]).count().unmask(0, False).toUint16().rename([OBSERVATIONS])
    if recipe.chooses:
        observation = _CHOICES[recipe.method](seen, recipe)
        pixels = observation.select([*recipe.bands]).addBands(observations) if recipe.bands else observations
        pixels = pixels.addBands(observation.select([DATE, CLASS]))
    else:
        values = seen.select([*recipe.bands])
        pixels = (values.median() if recipe.method is Method.MEDIAN else values.mean()).addBands(observations)
    return reduced(pixels, images, grid)


def _described(image: ee.Image, recipe: _Recipe) -> ee.Image:
    """Say of a composite how it was made."""
    properties = {
        "gee_scl:composite": str(recipe.method),
        "gee_scl:dropped_classes": listed(recipe.dropped),
    }
    image, meanings = ee.Image(image.set(properties)), recipe.classes.of_codes
    return with_class_properties(image, meanings, CLASS) if recipe.chooses and meanings else image


def _observation(image: ee.Image, recipe: _Recipe, surroundings: Surroundings) -> ee.Image:
    """The bands of an image that are wanted, with its day and class, and with its score; all under one mask."""
    classes = image.select([recipe.band])
    pixels = classes.rename([CLASS]).addBands(_day(image, recipe.day))
    if recipe.bands:
        pixels = pixels.addBands(image.select([*recipe.bands]))
    if recipe.score is not None:
        pixels = pixels.addBands(recipe.score._scored(image, recipe.band, recipe.day, surroundings).rename([_SCORE]))
    if recipe.dropped:
        pixels = pixels.updateMask(code_mask(image, recipe.dropped, band=recipe.band).Not())
    # The day and the score are masked nowhere else.
    seen = pixels.select([CLASS, *recipe.bands]).mask().reduce(ee.Reducer.min())
    return pixels.updateMask(seen)


def _day(image: ee.Image, day: Day) -> ee.Image:
    """The image's day in days since 1970, of one type for all images."""
    return ee.Image.constant(day_number(local_date(image, day))).toInt32().rename([DATE])


def _most_recent(seen: ee.ImageCollection, recipe: _Recipe) -> ee.Image:
    return seen.sort("system:time_start").mosaic()


def _best_pixel(seen: ee.ImageCollection, recipe: _Recipe) -> ee.Image:
    return _earliest_of_highest(seen)


def _medoid(seen: ee.ImageCollection, recipe: _Recipe) -> ee.Image:
    def scored(image: ee.Image) -> ee.Image:
        image = ee.Image(image)
        point = _point(image, recipe)
        return _with_penalty(image, points.map(lambda other: _distance(point, ee.Image(other))).sum())

    points = seen.map(lambda image: _point(ee.Image(image), recipe))
    return _earliest_of_highest(seen.map(scored))


def _near_median(seen: ee.ImageCollection, recipe: _Recipe) -> ee.Image:
    median = seen.select([*recipe.bands]).median().toDouble()
    return _earliest_of_highest(
        seen.map(lambda image: _with_penalty(ee.Image(image), _distance(_point(ee.Image(image), recipe), median)))
    )


_CHOICES: Mapping[Method, Callable[[ee.ImageCollection, _Recipe], ee.Image]] = MappingProxyType(
    {
        Method.MOST_RECENT: _most_recent,
        Method.BEST_PIXEL: _best_pixel,
        Method.MEDOID: _medoid,
        Method.NEAR_MEDIAN: _near_median,
    }
)


def _point(image: ee.Image, recipe: _Recipe) -> ee.Image:
    """An observation as a point of so many dimensions as there are bands."""
    return image.select([*recipe.bands]).toDouble()


def _distance(point: ee.Image, other: ee.Image) -> ee.Image:
    """Euclidean, over all bands."""
    return point.subtract(other).pow(2).reduce(ee.Reducer.sum()).sqrt()


def _with_penalty(image: ee.Image, penalty: ee.Image) -> ee.Image:
    return image.addBands(penalty.multiply(-_STEPS).round().toDouble().rename([_SCORE]))


def _earliest_of_highest(scored: ee.ImageCollection) -> ee.Image:
    """At each pixel the observation of the highest score.

    Which of equals qualityMosaic and reducers take is not documented; that a mosaic has its last image on top is.
    """
    highest = scored.select([_SCORE]).max()
    winners = scored.map(lambda image: ee.Image(image).updateMask(ee.Image(image).select([_SCORE]).eq(highest)))
    return winners.sort("system:time_start", False).mosaic()


def _calendar_day(target: object) -> int | tuple[int, int] | None:
    """Month and day of a moment, or as they come; a day of the year as it is."""
    allowed = "a date, month and day, a day of year from 1 to 366, or None"
    if target is None:
        return None
    if isinstance(target, int):
        if isinstance(target, bool) or not 1 <= target <= 366:
            raise ArgumentError("target_day", target, allowed)
        return target
    if isinstance(target, tuple):
        try:
            target = dt.date(_LEAP_YEAR, *target)
        except (TypeError, ValueError):
            raise ArgumentError("target_day", target, allowed) from None
    moment = dt.datetime.fromtimestamp(checked_moment(target, "target_day") / 1000, dt.UTC)
    return moment.month, moment.day
