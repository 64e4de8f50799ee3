"""Which scheme a band has where the caller names none: the SCL's for the band of that name, else what it carries.

Earth Engine's images say by three properties what the values of a band mean: `<band>_class_values`,
`<band>_class_names` and `<band>_class_palette`
(https://developers.google.com/earth-engine/apidocs/ee-image-visualize).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from gee_scl.classes.schemes import SCHEMES, Scheme, get_scheme
from gee_scl.errors import Plain, SchemeError

SCL_BAND: Final = "SCL"


class DefaultScheme(str):
    """A built-in scheme where the caller has named none.

    It is meant for the band that is called SCL. Whoever names the same scheme means it, for whatever band.
    """

    __slots__ = ()


SCL_BY_DEFAULT: Final = DefaultScheme("scl")
LAND_BY_DEFAULT: Final = DefaultScheme("land")


def is_open(scheme: object, band: str) -> bool:
    """Whether it is for the band to say what scheme it has, as the caller has not."""
    return isinstance(scheme, DefaultScheme) and band != SCL_BAND


def scheme_for(scheme: str | Scheme, band: str) -> Scheme:
    """The scheme of a band by its name alone, for functions that ask nothing.

    Args:
        scheme: as it was given, or the default.
        band: of class codes.

    Raises:
        SchemeError: the scheme does not exist, or none was given for a band that is not called SCL.
    """
    if is_open(scheme, band):
        raise no_scheme(band)
    return get_scheme(scheme)


def no_scheme(band: str) -> SchemeError:
    """The error of a band of which nobody has said what its values mean."""
    return SchemeError(
        "scheme",
        Plain(f"none for the band {band!r}"),
        "a Scheme, or the name of one, for a band that is not called SCL",
        "Say what its values mean: scheme='scl' for codes of the SCL, SCHEMES[...].remapped() for what remap has made, "
        "Scheme.from_lists(...) for the classes of another raster.",
    )


_KINDS: Final = ("values", "names", "palette")


def class_properties(scheme: Scheme, band: str) -> dict[str, Any]:
    """The properties by which Earth Engine and geemap name and colour the classes of a band, by ascending value.

    Args:
        scheme: the classes.
        band: whose values they are.
    """
    classes = sorted(scheme.classes, key=lambda member: member.value)
    values, names, palette = zip(*((member.value, member.name, member.color) for member in classes), strict=True)
    return listed_properties(band, values, names, palette)


def listed_properties(band: str, values: Sequence[int], names: Sequence[str], palette: Sequence[str]) -> dict[str, Any]:
    """The same of classes that are given by their lists, in one order."""
    return {f"{band}_class_{kind}": list(each) for kind, each in zip(_KINDS, (values, names, palette), strict=True)}


def _listed(content: object) -> object:
    """A list, as images have it, or as the JSON text that assets have in its place."""
    if not isinstance(content, str):
        return content
    try:
        return json.loads(content)
    except ValueError:
        return content


def carried_scheme(properties: Mapping[str, Any], band: str) -> Scheme | None:
    """The scheme that an image's properties give for a band.

    Args:
        properties: of the image.
        band: of class codes.

    Returns:
        The scheme, each value for itself; the SCL's own where the classes are those; None where nothing is said.

    Raises:
        SchemeError: what the properties say is no scheme.
    """
    values, names, palette = (_listed(properties.get(f"{band}_class_{kind}")) for kind in _KINDS)
    if not (isinstance(values, list) and isinstance(names, list) and isinstance(palette, list)):
        return None
    name = next((name for name, own in SCHEMES.items() if own.remapped_band() == band), band)
    scheme = Scheme.from_lists(name, values, names, palette, title=SCHEMES[name].title if name in SCHEMES else "")
    return next((own for own in _OF_THE_SCL if own.classes == scheme.classes), scheme)


_OF_THE_SCL: Final = tuple(scheme for scheme in SCHEMES.values() if scheme.is_identity)
