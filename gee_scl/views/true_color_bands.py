"""The bands of true colour, and what to say of images that lack them."""

from __future__ import annotations

import ee

from gee_scl.requests.door import Door
from gee_scl.views.view import TRUE_COLOR_BANDS

_BANDS = "bands"


def without_true_color(images: ee.ImageCollection, door: Door) -> str:
    """Say why images cannot be shown in true colour, by one request for their bands.

    Args:
        images: at least one.
        door: asks.

    Returns:
        Such as "1 of 3 images lacks the bands B4, B3, B2"; nothing where all images have the bands.
    """

    def described(image: ee.Image) -> ee.Feature:
        feature: ee.Feature = ee.Feature(None, {_BANDS: ee.Image(image).bandNames().join(",")})
        return feature

    rows = door.rows("Listing the bands", ee.FeatureCollection(images.map(described)))
    lacking = [[band for band in TRUE_COLOR_BANDS if band not in row[_BANDS].split(",")] for row in rows]
    poor = [bands for bands in lacking if bands]
    if not poor:
        return ""
    missing = [band for band in TRUE_COLOR_BANDS if any(band in bands for bands in poor)]
    which = f"{len(poor)} of {len(rows)} images {'lacks' if len(poor) == 1 else 'lack'}"
    return f"{which} the band{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
