"""A map to send to somebody: one HTML file with the classes of each date, which opens anywhere and for ever."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import ee

from gee_scl.classes.legend import SCL_CODES
from gee_scl.classes.schemes import Scheme, get_scheme
from gee_scl.errors import ArgumentError, CollectionError, NotInitializedError, Plain
from gee_scl.options.checks import number_between, one_of
from gee_scl.options.files import check_new
from gee_scl.requests.door import Progress, Tables, in_parallel, request_error
from gee_scl.scenes.collection import as_collection
from gee_scl.session import engine_name
from gee_scl.statistics.class_statistics import class_statistics
from gee_scl.statistics.measurement import Grid, Scene, list_scenes
from gee_scl.views.drawing.extent import WEB_MERCATOR, Extent, extent_around
from gee_scl.views.pages import templates
from gee_scl.views.pages.embedding import CLASS_BYTES, TRUE_COLOR_BYTES, class_png, data_uri, true_color_webp
from gee_scl.views.pages.policy import content_policy
from gee_scl.views.pages.provenance import provenance
from gee_scl.views.thumbnails import picture
from gee_scl.views.view import class_view, scene_name, true_color_view

if TYPE_CHECKING:
    import pandas as pd

    from gee_scl.views.drawing.outlines import Outline

__all__ = ["write_map"]

MAX_BYTES = 20_000_000
"""Of a page: about what mail servers accept, and what a browser opens at once."""

MAX_SIDE = 2048
"""Pixels of a picture's longer side."""

BASEMAP_HOST = "https://tile.openstreetmap.org"
"""Tiles of OpenStreetMap (https://operations.osmfoundation.org/policies/tiles/)."""

_TRUE_COLOR_BANDS = ("B4", "B3", "B2")
_PARALLEL = 8
"""Requests at a time: Earth Engine allows 40 (https://developers.google.com/earth-engine/guides/usage)."""

_BASE64 = 4 / 3
_FRAMEWORK_BYTES = 250_000
"""Of a page without pictures: Leaflet, our script and styles, the texts."""

_VERTEX_BYTES, _SHARE_BYTES = 24, 5
"""Of a vertex of an outline, and of one class's area in one region at one date, as they are written."""

_SCRIPTS = ("vendor/leaflet.js", "map.js")
_STYLES = ("vendor/leaflet.css", "map.css")


@dataclass(frozen=True)
class _Frame:
    """What the page shows at one stop of the time slider.

    Attributes:
        label: what people read.
        key: what the statistics call it.
        image: with the band of codes and, for true colour, the visible bands.
    """

    label: str
    key: str
    image: ee.Image


def write_map(
    path: str | Path,
    images: ee.Image | ee.ImageCollection,
    regions: object,
    *,
    scheme: str | Scheme = "scl",
    band: str = "SCL",
    id: str | None = None,
    by: Literal["date", "image"] = "date",
    size: int = 768,
    true_color: bool = True,
    live: bool = False,
    basemap: bool = False,
    max_dates: int = 120,
    title: str | None = None,
    citation: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write a map of classes through time as one HTML file.

    The page has a time slider, class map and true colour side by side, the regions' outlines, a legend with the share
    of each class in view and in the regions, and names the class, date and place under the pointer. It asks no host
    for anything, unless `live` or `basemap` say so.

    Args:
        path: the file to write, such as "fields.html"; its folder exists.
        images: an image or a collection with a band of class codes.
        regions: what the map shows: anything that `class_statistics` takes.
        scheme: which codes make which class: a name in `SCHEMES` or a `Scheme`.
        band: the band of class codes.
        id: column of the regions that names them; without it they are numbered from 0.
        by: "date" mosaics the images of each UTC day; "image" shows each image for itself.
        size: pixels of the pictures' longer side, 64 to 2048; fewer where pixels would be finer than 10 m.
        true_color: whether to show true colour as well, from the bands B4, B3 and B2.
        live: show map tiles of the engine, in full resolution, in place of the pictures. They load while their ids
            live, at Earth Engine some hours; afterwards the page shows its pictures of the classes.
        basemap: lay tiles of OpenStreetMap below.
        max_dates: refuse more dates than this.
        title: heading of the page; by default the scheme's.
        citation: of the data; by default that of Copernicus Sentinel data, for schemes of the SCL.
        overwrite: whether an existing file may be replaced.
        progress: called with the number of pictures and map ids made, and to make.

    Returns:
        The path. Class colours in the page are exact: those of the scheme, to the bit.

    Raises:
        ArgumentError: an argument that cannot be used, or a page that would be too large, before pictures are made.
        RegionError: a region that cannot be shown or measured.
        SchemeError: the scheme does not exist.
        CollectionError: the collection is empty, or has more dates than `max_dates`.
        RequestError: Earth Engine refused a part of the work.
        NotInitializedError: no session is open.

    Warns:
        RegionWarning: some regions meet no image.

    Requests: those of `class_statistics`; one or two for bands and outlines; two for each picture, so four for a date;
    with `live` two for the classes of a date and one for each of its layers.

    Examples:
        >>> page = gee_scl.write_map("fields.html", images.limit(4), fields, id="name", size=256)
        >>> text = page.read_text("utf-8")
        >>> "Farmland" in text and "2023-05-21" in text
        True
        >>> page.stat().st_size < 500_000  # bytes
        True
    """
    from gee_scl.regions.as_regions import as_regions
    from gee_scl.views.drawing.outlines import outlines

    path = Path(path)
    check_new(path, overwrite=overwrite, argument="path")
    one_of("by", by, ("date", "image"))
    size = int(number_between("size", size, 64, MAX_SIDE, "pixels"))
    number_between("max_dates", max_dates, 1)
    scheme = get_scheme(scheme)
    given = as_regions(regions, id=id)
    if not ee.data.is_initialized():
        raise NotInitializedError
    collection = as_collection(images)
    tables = Tables()
    scenes = list_scenes(collection, band, Grid(), tables)
    frames = list(_frames(collection, scenes, by))
    if len(frames) > max_dates:
        hint = "Choose a shorter period or a smaller max_cloud, or raise max_dates."
        raise CollectionError("images", f"{len(frames)} dates", f"at most max_dates={max_dates}", hint)
    if true_color:
        _check_bands(collection, tables)
    drawn = outlines(given, tables)
    extent = extent_around([outline.box for outline in drawn], size)
    drawn = [outline.simplified(extent) for outline in drawn]
    _check_size(extent, frames, drawn, scheme, photographs=true_color and not live)
    frame = class_statistics(images, regions, scheme=scheme, band=band, id=id, by=by)
    layers = _layers(frames, scheme, band, extent, true_color=true_color, live=live, progress=progress)
    shares = _shares(frame, frames, drawn, scheme, "date" if by == "date" else "image")
    years = sorted({scene.day[:4] for scene in scenes if scene.day})
    synthetic = any(scene.synthetic for scene in scenes)
    text = templates.page(
        "map.html",
        policy=content_policy(_SCRIPTS, _STYLES, image_hosts=_hosts(layers, basemap)),
        title=title or scheme.title,
        period=_period(frames),
        scheme=scheme,
        regions=[outline.name for outline in drawn],
        frames=[frame.label for frame in frames],
        metres=round(extent.metres),
        true_color=true_color,
        live=live,
        basemap=basemap,
        synthetic=synthetic,
        citation=_citation(scheme, years) if citation is None and not synthetic else citation,
        settings=_settings(frame.attrs["gee_scl"], collection, len(scenes), extent),
        data={
            "extent": {name: getattr(extent, name) for name in ("west", "south", "pixel", "width", "height")},
            "classes": [{"name": m.name, "color": m.color, "value": m.value} for m in scheme.classes],
            "frames": layers,
            "basemap": f"{BASEMAP_HOST}/{{z}}/{{x}}/{{y}}.png" if basemap else None,
            **shares,
        },
    )
    templates.write_page(text, path, overwrite=overwrite)
    return path


def _frames(images: ee.ImageCollection, scenes: Sequence[Scene], by: str) -> Iterator[_Frame]:
    if by == "image":
        for scene in sorted(scenes, key=lambda scene: (scene.time or 0, scene.index)):
            chosen = images.filter(ee.Filter.eq("system:index", scene.index)).first()
            yield _Frame(scene_name(scene), scene.index, chosen)
        return
    days = sorted({scene.day for scene in scenes if scene.day is not None})
    if any(scene.day is None for scene in scenes):
        raise CollectionError("images", "an image without system:time_start", "images with it, or by='image'")
    for day in days:
        start = ee.Date(day)
        yield _Frame(day, day, images.filterDate(start, start.advance(1, "day")).mosaic())


def _check_bands(images: ee.ImageCollection, tables: Tables) -> None:
    names = tables.value("Listing the bands", images.first().bandNames())
    missing = [band for band in _TRUE_COLOR_BANDS if band not in names]
    if missing:
        allowed = f"False for images without the bands {', '.join(missing)}"
        raise ArgumentError("true_color", True, allowed)


def _check_size(
    extent: Extent, frames: Sequence[_Frame], drawn: Sequence[Outline], scheme: Scheme, *, photographs: bool
) -> None:
    a_pixel = (CLASS_BYTES + (TRUE_COLOR_BYTES if photographs else 0)) * _BASE64
    pictures = extent.width * extent.height * len(frames) * a_pixel
    vertices = sum(len(ring) for outline in drawn for ring in outline.rings)
    shares = len(frames) * len(drawn) * len(scheme.classes)
    total = _FRAMEWORK_BYTES + pictures + vertices * _VERTEX_BYTES + shares * _SHARE_BYTES
    if total > MAX_BYTES:
        given = f"about {total / 1e6:.0f} MB: {len(frames)} dates of {extent.width} x {extent.height} pixels"
        smaller = int(max(extent.width, extent.height) * ((MAX_BYTES - total + pictures) / pictures) ** 0.5) // 32 * 32
        advice = "Choose fewer dates" + (f", or size={smaller}" if smaller >= 64 else ", or fewer regions")
        raise ArgumentError("size", Plain(given), f"pages up to {MAX_BYTES / 1e6:.0f} MB", advice + ".")


def _layers(
    frames: Sequence[_Frame],
    scheme: Scheme,
    band: str,
    extent: Extent,
    *,
    true_color: bool,
    live: bool,
    progress: Progress | None,
) -> list[dict[str, Any]]:
    """What the page's script shows of each date: addresses of pictures and tiles."""
    jobs: list[tuple[int, str, Callable[[], str]]] = []
    for number, frame in enumerate(frames):
        classes = class_view(frame.image, scheme, band=band).image
        jobs.append((number, "classes", _class_picture(classes, extent)))
        if live:
            # Unasked, tiles without a transparent pixel are JPEGs, in which classes have other colours.
            jobs.append((number, "classTiles", _tiles(classes, frame.label, "png")))
        if true_color:
            colors = true_color_view(frame.image, bands=_TRUE_COLOR_BANDS).image
            job = _tiles(colors, frame.label) if live else _true_color_picture(colors, extent)
            jobs.append((number, "trueColorTiles" if live else "trueColor", job))
    layers: list[dict[str, Any]] = [{"label": frame.label} for frame in frames]
    addresses = in_parallel([job for _, _, job in jobs], progress, _PARALLEL)
    for (number, name, _), address in zip(jobs, addresses, strict=True):
        layers[number][name] = address
    return layers


def _class_picture(image: ee.Image, extent: Extent) -> Callable[[], str]:
    return lambda: data_uri("image/png", class_png(_picture(image, extent)))


def _true_color_picture(image: ee.Image, extent: Extent) -> Callable[[], str]:
    return lambda: data_uri("image/webp", true_color_webp(_picture(image, extent)))


def _picture(image: ee.Image, extent: Extent) -> bytes:
    return picture(image, bounds=extent.bounds, crs=WEB_MERCATOR, size=(extent.width, extent.height), format="png")


def _tiles(image: ee.Image, label: str, file_format: str | None = None) -> Callable[[], str]:
    def address() -> str:
        try:
            found: str = image.getMapId({"format": file_format})["tile_fetcher"].url_format
        except (ee.EEException, ConnectionError, TimeoutError) as error:
            raise request_error(f"The map layer of {label}", error) from error
        return found

    return address


def _hosts(layers: Sequence[Mapping[str, str]], basemap: bool) -> list[str]:
    """The origins that the page may ask for tiles."""
    tiles = {url for layer in layers for name, url in layer.items() if name.endswith("Tiles")}
    origins = {f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, tiles)}
    return sorted(origins) + ([BASEMAP_HOST] if basemap else [])


def _shares(
    frame: pd.DataFrame, frames: Sequence[_Frame], drawn: Sequence[Outline], scheme: Scheme, column: str
) -> dict[str, Any]:
    """The regions, and the square metres of each class by frame and region; None where no image meets the region."""
    keys = frame[column].dt.strftime("%Y-%m-%d") if column == "date" else frame[column]
    areas: dict[tuple[str, str], dict[int, float]] = {}
    seen: dict[tuple[str, str], float] = {}
    columns = (keys, frame["region"], frame["class_value"], frame["area_m2"], frame["percent_of_region"])
    for key, region, value, area, percent in zip(*(column.tolist() for column in columns), strict=True):
        place = key, str(region)
        areas.setdefault(place, {})[value] = area
        seen[place] = seen.get(place, 0.0) + percent
    whole: dict[str, float] = {}
    for (key, region), percent in seen.items():
        if percent > 0:
            area = sum(areas[key, region].values()) / percent * 100
            whole[region] = max(area, whole.get(region, 0.0))
    regions = [{"name": o.name, "rings": o.rings, "area": round(whole.get(o.id, 0.0))} for o in drawn]

    def written(key: str, region: str) -> list[int] | None:
        found = areas.get((key, region))
        return None if found is None else [round(found.get(value, 0.0)) for value in scheme.values]

    return {"regions": regions, "areas": [[written(f.key, o.id) for o in drawn] for f in frames]}


def _period(frames: Sequence[_Frame]) -> str:
    first, last = frames[0].label, frames[-1].label
    return first if last == first else f"{first} to {last}"


def _citation(scheme: Scheme, years: Sequence[str]) -> str | None:
    if scheme.source != SCL_CODES:
        return None
    period = "" if not years else f" {years[0]}" if len(years) == 1 else f" {years[0]}–{years[-1]}"
    return f"Contains modified Copernicus Sentinel data{period}, processed by {engine_name()}."


def _settings(
    done: Mapping[str, Any], collection: ee.ImageCollection, images: int, extent: Extent
) -> list[tuple[str, str]]:
    from gee_scl import __version__

    origin = provenance(collection)
    left_out = ", ".join(map(str, done["left_out"])) or "none"
    return [
        ("Collection", ", ".join(origin.ids) or "computed"),
        ("Filters", "; ".join(origin.filters) or "none"),
        ("Scheme", f"{done['scheme']} (band {done['band']}; codes left out: {left_out})"),
        ("Images", f"{images}, by {'UTC day' if done['by'] == 'date' else 'image'}"),
        ("Shares in regions", f"pixels of {done['scale']:g} m whose centre is inside; CRS: {done['crs']}"),
        (
            "Pictures and shares in view",
            f"{extent.width} x {extent.height} pixels of {extent.metres:.3g} m, nearest neighbour, Web Mercator",
        ),
        ("Processed by", engine_name()),
        ("Written", f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC by gee-scl {__version__}"),
    ]
