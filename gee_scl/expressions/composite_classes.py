"""The classes of composites: what they drop, what a good pixel is far from, and how good each class is.

All of it is of the SCL where the caller has said nothing. Of another raster nothing is dropped then, and scores and
clouds are to be named.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from gee_scl.classes.band_schemes import BandClasses, DefaultClasses
from gee_scl.classes.carried import no_scheme
from gee_scl.classes.class_table import SCL_CODES
from gee_scl.classes.mask_presets import masked_codes
from gee_scl.classes.selection import ClassSelection, class_codes
from gee_scl.errors import ArgumentError, Plain
from gee_scl.options.checks import number_between

NOT_CLEAR = DefaultClasses(class_codes(["invalid", "cloud shadow", "cloud"]))
"""What composites drop unless they are told otherwise: 0, 1, 3, 8, 9, 10. 2 and 7 stay, as both hold clear ground."""

CLOUDS = DefaultClasses(("cloud", "cloud shadow"))
"""What a good pixel is far from."""

CLASS_SCORES: Mapping[Any, float] = MappingProxyType(
    {
        **dict.fromkeys(SCL_CODES, 0.0),
        **dict.fromkeys(class_codes("clear"), 1.0),
        **dict.fromkeys(class_codes(["dark area", "uncertain"]), 0.5),
        **dict.fromkeys(class_codes("cirrus"), 0.25),
    }
)
"""How good a pixel of each class is for a composite, 0 to 1: the surface itself 1, dark areas and the unclassified a
half, cirrus, through which the ground shines, a quarter, the rest nothing. An ordering of ours, not a measurement."""


def dropped_by(classes: BandClasses, mask: str | ClassSelection | None) -> tuple[int, ...]:
    """The codes that a composite drops.

    Args:
        classes: of the band.
        mask: as the caller gave it, or the default.

    Raises:
        ClassError: an unknown preset or class.
        SchemeError: nobody has said what the values mean.
    """
    by_default = isinstance(mask, DefaultClasses) and not classes.is_scl
    if by_default and classes.scheme is None:
        raise no_scheme(classes.band, otherwise="mask=None drops nothing.")
    if mask is None or by_default:
        return ()
    return masked_codes(mask, classes)[1]


def clouds_by(classes: BandClasses, clouds: ClassSelection, weight: float) -> ClassSelection:
    """The codes of the clouds of a score; those of the default are the default still.

    Args:
        classes: of the band.
        clouds: as the caller gave them, or the default.
        weight: of the distance to them.

    Raises:
        ArgumentError: the default, for another raster than the SCL, and the distance has a weight.
        ClassError: unknown classes.
    """
    if not isinstance(clouds, DefaultClasses):
        return classes.codes(clouds, "clouds")
    if classes.is_scl:
        return DefaultClasses(classes.codes(clouds, "clouds"))
    if weight:
        raise _of_the_scl("clouds", "distance_weight", classes)
    return clouds


def scores_by(classes: BandClasses, scores: Mapping[Any, float], weight: float) -> Mapping[Any, float]:
    """Scores by code; those of the default are the default still.

    Args:
        classes: of the band.
        scores: as the caller gave them, or the default.
        weight: of the scores.

    Raises:
        ArgumentError: a score outside 0 to 1; the default, for another raster than the SCL, and it has a weight.
        ClassError: unknown classes.
    """
    if scores is CLASS_SCORES:
        if weight and not classes.is_scl:
            raise _of_the_scl("class_scores", "class_weight", classes)
        return scores
    by_code: dict[int, float] = {}
    for named, score in scores.items():
        codes = classes.codes(named, "class_scores")
        by_code |= dict.fromkeys(codes, number_between(f"class_scores[{named}]", score, 0, 1))
    return MappingProxyType(by_code)


def _of_the_scl(argument: str, weight: str, classes: BandClasses) -> ArgumentError:
    """The error of what is of the SCL and was to be used for another raster."""
    allowed = f"classes of scheme {classes.scheme.name!r}" if classes.scheme else "classes"
    return ArgumentError(argument, Plain("those of the SCL"), f"{allowed}, or {weight}=0")
