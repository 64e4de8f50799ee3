"""What the values of a band mean, asked of its images where the caller has not said it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gee_scl.classes.band_schemes import is_open
from gee_scl.classes.carried import SCL_BAND, described_band, no_scheme
from gee_scl.classes.schemes import Scheme, carried_scheme, get_scheme
from gee_scl.errors import CollectionError, Plain
from gee_scl.requests.door import Door


def scheme_of_images(scheme: str | Scheme, images: object, band: str, door: Door, argument: str = "images") -> Scheme:
    """The scheme of a band: the one that was given, that of the SCL, or the one that the first image carries.

    Args:
        scheme: as it was given, or the default.
        images: an image or a collection.
        band: of class codes.
        door: asks nothing for the band that is called SCL, else once.
        argument: the caller's name for the images.

    Raises:
        SchemeError: the scheme does not exist, or none was given and the band carries none.
        CollectionError: the band has fractions.
        RequestError: Earth Engine refused, for example as there is no such band.
    """
    if band == SCL_BAND:
        return get_scheme(scheme)
    description = described_band(images, band, door)
    if description is None:  # what that means is for those to say who list the images
        return get_scheme(scheme)
    require_codes(description["bands"][0], argument)
    if not is_open(scheme, band):
        return get_scheme(scheme)
    carried = carried_scheme(description.get("properties") or {}, band)
    if carried is None:
        raise no_scheme(band)
    return carried


def require_codes(band: Mapping[str, Any], argument: str, instead: str = "") -> None:
    """Refuse a band whose values are no codes.

    Args:
        band: as Earth Engine describes it.
        argument: the caller's name for its image.
        instead: what else the caller can do.

    Raises:
        CollectionError: it has fractions.
    """
    if band["data_type"].get("precision") != "int":
        raise no_codes(argument, str(band["id"]), instead)


def no_codes(argument: str, band: str, instead: str = "") -> CollectionError:
    """The error of a band of fractions where codes are counted."""
    return CollectionError(
        argument,
        Plain(f"fractions in the band {band!r}"),
        "whole numbers, as codes of classes are",
        "A mean or median of codes is no class: gee_scl.mode gives the commonest of many images. Codes that are stored "
        f"as fractions become whole by image.toUint16(). {instead}".rstrip(),
    )
