"""The address of map tiles, as maps and pages ask for it."""

from __future__ import annotations

import ee

from gee_scl.errors import RequestError
from gee_scl.requests.door import Door
from gee_scl.requests.work import advised

_FEWER = "Put together fewer images, as of a shorter period."


def tile_address(what: str, image: ee.Image, door: Door, file_format: str | None, project: str | None = None) -> str:
    """Ask for the address of an image's tiles, with {x}, {y} and {z}.

    Args:
        what: is asked for.
        image: an RGB image of bytes.
        door: asks.
        file_format: such as "png"; None leaves it to the server.
        project: the address of that of a local engine which is asked instead of the session's server.

    Raises:
        RequestError: Earth Engine refused.

    Requests: one. Earth Engine: Image.getMapId.
    """
    try:
        return door.tile_address(what, image, file_format, project)
    except RequestError as error:
        raise advised(error, hint=_FEWER) from error.__cause__
