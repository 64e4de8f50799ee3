"""Maps and pictures that are created with a label of their own: the client's functions know that of the process only.

The expressions are made by the client, which knows what a region and dimensions mean to Earth Engine; `door` asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import ee

from gee_scl.requests.contents import posted


class ViewKind(Enum):
    """What is created; the value is the client's name of the resource."""

    MAP = "maps"
    PICTURE = "thumbnails"
    FILM = "videoThumbnails"


def map_body(image: ee.Image, file_format: str | None) -> dict[str, Any]:
    """The body of maps.create, as of Image.getMapId.

    Args:
        image: an RGB image of bytes.
        file_format: such as "png"; None leaves it to the server.
    """
    return _body(image, file_format)


def picture_body(image: ee.Image, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The body of thumbnails.create, as of Image.getThumbURL.

    Args:
        image: an RGB image of bytes.
        parameters: of Image.getThumbURL: crs, region, dimensions and format.
    """
    return _body(_placed(image, parameters), parameters.get("format"))


def film_body(images: ee.ImageCollection, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The body of videoThumbnails.create, as of ImageCollection.getVideoThumbURL.

    Args:
        images: RGB images of bytes.
        parameters: likewise, with framesPerSecond.
    """
    placed = images.map(lambda image: _placed(ee.Image(image), parameters))
    return _body(placed, "gif") | {"videoOptions": {"framesPerSecond": parameters["framesPerSecond"]}}


def created(kind: ViewKind, body: Mapping[str, Any], label: Mapping[str, str]) -> str:
    """Create it, by one request.

    Args:
        kind: of what.
        body: of the request.
        label: what the address says of whom the work is for.

    Returns:
        Its name.
    """
    resource = getattr(ee.data._get_cloud_projects(), kind.value)()
    call = resource.create(parent=ee.data._get_projects_path(), fields="name", body=dict(body), **label)
    return str(ee.data._execute_cloud_call(call)["name"])


def tiles_of_engine(project: str, body: Mapping[str, Any]) -> str:
    """Create a map on an engine that is not the session's, by one request; the address of its tiles.

    Args:
        project: the address of the engine's project.
        body: of the request.
    """
    name = posted(f"{project}/maps", body)["name"]
    return f"{project.partition('/projects/')[0]}/{name}/tiles/{{z}}/{{x}}/{{y}}"


def tiles_of_map(name: str) -> str:
    """The address of a map's tiles, with {x}, {y} and {z}."""
    # A key, where the client has one, ends the address.
    whole, _, key = ee.data.makeThumbUrl({"thumbid": name}).partition(":getPixels")
    return f"{whole}/tiles/{{z}}/{{x}}/{{y}}{key}"


def _placed(image: ee.Image, parameters: Mapping[str, Any]) -> ee.Image:
    place = {name: parameters[name] for name in ("crs", "region", "dimensions") if name in parameters}
    placed: ee.Image = image._apply_spatial_transformations(place)[0]
    return placed


def _body(shown: ee.ComputedObject, file_format: str | None) -> dict[str, Any]:
    spelt = ee._cloud_api_utils.convert_to_image_file_format(file_format)
    return {"expression": ee.serializer.encode(shown, for_cloud_api=True), "fileFormat": spelt}
