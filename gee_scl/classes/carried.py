"""What an image says of the classes of its bands, and how it is asked.

Earth Engine's images say by three properties what the values of a band mean: `<band>_class_values`,
`<band>_class_names` and `<band>_class_palette`
(https://developers.google.com/earth-engine/apidocs/ee-image-visualize).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from gee_scl.errors import Plain, SchemeError
from gee_scl.options.checks import as_collection

if TYPE_CHECKING:
    from gee_scl.requests.door import Door

SCL_BAND: Final = "SCL"

_KINDS: Final = ("values", "names", "palette")

Lists = tuple[list[Any], list[Any], list[Any]]
"""Values, names and colours of classes, in one order."""


def listed_properties(band: str, values: Sequence[int], names: Sequence[str], palette: Sequence[str]) -> dict[str, Any]:
    """The properties of classes that are given by their lists, in one order.

    Args:
        band: whose values they are.
        values: of the classes.
        names: of the classes.
        palette: 'rrggbb' of the classes.
    """
    return {f"{band}_class_{kind}": list(each) for kind, each in zip(_KINDS, (values, names, palette), strict=True)}


def carried_lists(properties: Mapping[str, Any], band: str) -> Lists | None:
    """The classes that an image's properties list for a band; None where they do not.

    Args:
        properties: of the image.
        band: of class codes.
    """
    values, names, palette = (_listed(properties.get(f"{band}_class_{kind}")) for kind in _KINDS)
    if isinstance(values, list) and isinstance(names, list) and isinstance(palette, list):
        return values, names, palette
    return None


def _listed(content: object) -> object:
    """A list, as images have it, or as the JSON text that assets have in its place."""
    if not isinstance(content, str):
        return content
    try:
        return json.loads(content)
    except ValueError:
        return content


def described_band(images: object, band: str, door: Door, argument: str = "images") -> Mapping[str, Any] | None:
    """How Earth Engine describes an image of one band, by one request: its band and its properties.

    Args:
        images: an image, or a collection, of which the first is looked at.
        band: of class codes.
        door: asks.
        argument: the caller's name for the images.

    Returns:
        The description; None of a collection that holds no image.

    Raises:
        ArgumentError: it is neither.
        RequestError: Earth Engine refused, for example as there is no such band.
    """
    first = as_collection(images, argument).limit(1).select([band])
    answer = door.value(f"Looking at the band {band!r}", first).get("features")
    return answer[0] if answer else None


def no_scheme(band: str, given: object = None, otherwise: str = "") -> SchemeError:
    """The error of a band of which nobody has said what its values mean.

    Args:
        band: of class codes.
        given: what was to be looked up, such as a name.
        otherwise: what else the caller can do.
    """
    looked_up = "" if given is None else f", to look {given!r} up in"
    return SchemeError(
        "scheme",
        Plain(f"none for the band {band!r}"),
        f"a Scheme, or the name of one, for a band that is not called SCL{looked_up}",
        f"{otherwise} Say what its values mean: scheme='scl' for codes of the SCL, SCHEMES[...].remapped() for what "
        "remap has made, Scheme.from_lists(...) for the classes of another raster, or "
        f"Scheme.of(image, {band!r}) where the image says it.".strip(),
    )
