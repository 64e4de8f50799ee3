"""Properties as Earth Engine's assets take them: keys of letters, digits and underscores, values that are no lists."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import ee

_SYSTEM = "system:"
_OTHER_CHARACTERS = re.compile(r"[^A-Za-z0-9_]")


def with_asset_properties(image: ee.Image, properties: Mapping[str, Any]) -> ee.Image:
    """Give an image the properties that an asset can have.

    A key such as `gee_scl:dilation` becomes `gee_scl_dilation`, and a list the JSON text of it. "Property keys must
    contain only letters, digits, and underscores", says the server, and its guide allows texts and numbers as values
    (https://developers.google.com/earth-engine/guides/manage_assets).

    Args:
        image: to be exported.
        properties: all that it has, as the server describes it; names of the system's own may be missing.
    """
    kept = [name for name, value in properties.items() if _plain(name, value)]
    # What is left out cannot be taken away by name: the client has no way to set a property to nothing.
    bare = ee.Image(ee.Image.constant(0).select([]).addBands(image).copyProperties(image, [*kept, *_OWN]))
    others = {asset_key(name): _value(image, name, value) for name, value in properties.items() if name not in kept}
    finished: ee.Image = bare.set(others) if others else bare
    return finished


_OWN = ("system:time_start", "system:time_end", "system:footprint", "system:index")
"""The system's properties that say what an image is of."""


def asset_key(name: str) -> str:
    """The key of a property of an asset.

    Args:
        name: as images have it.
    """
    return _OTHER_CHARACTERS.sub("_", name)


def _plain(name: str, value: object) -> bool:
    return name.startswith(_SYSTEM) or (asset_key(name) == name and isinstance(value, str | int | float))


def _value(image: ee.Image, name: str, value: Any) -> Any:
    """What the image says itself where that is a text or a number; else what it was described by."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return image.get(name)
    return json.dumps(value, separators=(",", ":"))
