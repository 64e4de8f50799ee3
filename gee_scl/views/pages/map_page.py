"""A map to send to somebody: one HTML file with the classes of each date, which opens anywhere and for ever."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import ee

from gee_scl.classes.band_schemes import SCL_BY_DEFAULT
from gee_scl.classes.schemes import Scheme
from gee_scl.errors import ArgumentError, CollectionError, Plain
from gee_scl.frames.record import Record
from gee_scl.options.arguments import checked
from gee_scl.options.checks import whole_number
from gee_scl.options.choices import By, Day
from gee_scl.options.files import check_new, checked_path
from gee_scl.requests.parallel import Progress
from gee_scl.requests.run import Run
from gee_scl.scenes.chains import Chain
from gee_scl.scenes.mosaics import images_of_day
from gee_scl.scenes.origin import origin_of
from gee_scl.scenes.scene import by_day, image_of, images_of
from gee_scl.session import engine_name
from gee_scl.statistics.class_statistics import frame_and_record
from gee_scl.views.drawing.extent import Extent, extent_around
from gee_scl.views.pages import templates
from gee_scl.views.pages.missing import missing_statistics
from gee_scl.views.pages.page_pictures import (
    PagePicture,
    PageTiles,
    addresses,
    blank_address,
    most_bytes,
    tile_addresses,
)
from gee_scl.views.pages.policy import content_policy
from gee_scl.views.pages.subject import survey_of
from gee_scl.views.true_color_bands import without_true_color
from gee_scl.views.view import TRUE_COLOR_BANDS, class_view, true_color_view

if TYPE_CHECKING:
    import pandas as pd

    from gee_scl.statistics.survey import Survey
    from gee_scl.views.drawing.outlines import Outline

__all__ = ["write_map"]

_MOST_BYTES = 20_000_000
"""Of a page: about what mail servers accept, and what a browser opens at once."""

_SMALLEST, _LARGEST = 64, 2048
"""Pixels of a picture's longer side."""

BASEMAP_HOST = "https://tile.openstreetmap.org"
"""Tiles of OpenStreetMap (https://operations.osmfoundation.org/policies/tiles/)."""

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

    def classes(self, survey: Survey, extent: Extent) -> PagePicture:
        """Paint its classes in their colours."""
        measure = survey.measure
        shown = class_view(self.image, measure.scheme, band=measure.band).image
        return PagePicture(f"the classes of {self.label}", shown, extent, is_classes=True)

    def true_color(self, extent: Extent) -> PagePicture:
        """Show its true colour."""
        return PagePicture(
            f"the true colour of {self.label}", true_color_view(self.image).image, extent, is_classes=False
        )


@checked()
def write_map(
    images: ee.Image | ee.ImageCollection,
    regions: object,
    path: str | Path,
    *,
    scheme: str | Scheme = SCL_BY_DEFAULT,
    band: str = "SCL",
    id: str | None = None,
    layer: str | None = None,
    by: By | str = "date",
    day: Day | str = "utc",
    size: int = 768,
    true_color: bool = True,
    live: bool = False,
    basemap: bool = False,
    max_dates: int = 120,
    max_bytes: int = _MOST_BYTES,
    title: str | None = None,
    citation: str | None = None,
    overwrite: bool = False,
    run: Run | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write a map of classes through time as one HTML file.

    The page has a time slider, class map and true colour side by side, the regions' outlines, a legend with the share
    of each class in view and in the regions, and names the class, date and place under the pointer. It asks no host
    for anything, unless `live` or `basemap` say so.

    Args:
        images: an image or a collection with a band of class codes.
        regions: what the map shows: anything that `class_statistics` takes.
        path: the file to write, such as "fields.html"; its folder exists.
        scheme: which codes make which class: a name in `SCHEMES` or a `Scheme`.
        band: the band of class codes. One that is not called SCL has the classes that its image gives for it
            (`with_class_properties`), where no scheme is named; to see that takes a request.
        id: column of the regions that names them; without it they are numbered from 0.
        layer: of a vector file that has several.
        by: "date" mosaics the images of each day; "image" shows each image for itself.
        day: whose day that is, "utc" or "solar", as in `with_period`.
        size: pixels of the pictures' longer side, 64 to 2048; fewer where pixels would be finer than 10 m.
        true_color: whether to show true colour as well, from the bands B4, B3 and B2. Where an image lacks one of them,
            the page shows the classes alone, and says why.
        live: show map tiles of the engine, in full resolution, in place of the pictures. They load while their ids
            live, at Earth Engine some hours; afterwards the page shows its pictures of the classes.
        basemap: lay tiles of OpenStreetMap below.
        max_dates: refuse more dates than this.
        max_bytes: refuse a page that would be longer: 20 MB are about what mail servers accept.
        title: heading of the page; by default the scheme's.
        citation: of the data; by default that of Copernicus Sentinel data, for schemes of the SCL.
        overwrite: whether an existing file may be replaced.
        run: how the job runs: the limits of its requests, its label, and with on_error="keep" that the page is written
            without what could not be had, which it names.
        progress: called with the number of pictures and map ids made, and to make.

    Returns:
        The path. Class colours in the page are exact: those of the scheme, to the bit.

    Raises:
        ArgumentError: an argument that cannot be used, or a page that would be too large, before pictures are made.
        RegionError: a region that cannot be shown or measured.
        SchemeError: the scheme does not exist.
        CollectionError: the collection holds no image (why, one request more finds out), or has more dates than
            `max_dates`.
        IncompleteError: a part of the statistics, a picture or the tiles of a date could not be had. The error names it
            and has the rest: the frame that was measured, and what was drawn. Nothing is written.
        RequestError: Earth Engine refused a part of the work.
        NotInitializedError: no session is open.

    Warns:
        RegionWarning: some regions meet no image.
        UserWarning: something could not be had, with on_error="keep".
        DayWarning: with by="date", midnight UTC cuts a pass in two.
        BaselineWarning: some images are of before, and some of after a change of the classification.

    Requests: those of `class_statistics`, whose list of images the whole page is made from; one for the list of bands,
    where true colour is asked for; one for outlines that only the server knows; two for each picture, so four for a
    date; with `live` two for the classes of a date and one for each of its layers. A picture that is too much for one
    request, or crosses the antimeridian, is put together of parts.

    Examples:
        >>> page = gee_scl.write_map(images.limit(4), fields, "fields.html", id="name", size=256)
        >>> text = page.read_text("utf-8")
        >>> "Farmland" in text and "2023-05-21" in text
        True
        >>> page.stat().st_size < 500_000  # bytes
        True
    """
    from gee_scl.views.drawing.outlines import outlines

    path = checked_path(path)
    check_new(path, (".html", ".htm"), overwrite=overwrite, argument="path")
    by, clock = By.of("by", by), Day.of("day", day)
    side = whole_number("size", size, _SMALLEST, _LARGEST, "pixels")
    most_dates = whole_number("max_dates", max_dates, 1)
    longest = whole_number("max_bytes", max_bytes, 1, unit="bytes")
    survey = survey_of(images, regions, scheme, band, run, id=id, layer=layer, by=by, day=clock)
    scheme = survey.measure.scheme
    dates = len(survey.scenes if survey.by is By.IMAGE else survey.days)
    if dates > most_dates:
        hint = "Choose a shorter period or a smaller max_cloud, or raise max_dates."
        raise CollectionError("images", f"{dates} dates", f"at most max_dates={most_dates}", hint)
    colorless = without_true_color(survey.collection, survey.door) if true_color else ""
    true_color = true_color and not colorless
    frames = list(_frames(survey, TRUE_COLOR_BANDS if true_color else ()))
    drawn = outlines(survey.regions, survey.door)
    extent = extent_around([outline.box for outline in drawn], side)
    drawn = [outline.simplified(extent) for outline in drawn]
    pictures = _Pictures(survey, frames, extent, true_color=true_color, live=live)
    _check_size(pictures, drawn, longest)
    frame, record = frame_and_record(survey)
    layers, lost = pictures.layers(progress, frame)
    shares = _shares(frame, frames, drawn, scheme, str(by))
    years = sorted({day[:4] for day in survey.days})
    synthetic = record.synthetic
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
        colorless=colorless,
        lost=[*lost, *missing_statistics(record)],
        live=live,
        basemap=basemap,
        synthetic=synthetic,
        citation=_citation(scheme, years) if citation is None and not synthetic else citation,
        settings=_settings(record, survey.collection, extent),
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


def _frames(survey: Survey, visible: Sequence[str]) -> Iterator[_Frame]:
    if survey.by is By.IMAGE:
        chain = Chain.of(survey.collection)
        for scene in sorted(survey.scenes, key=lambda scene: (scene.time or 0, scene.index)):
            yield _Frame(scene.name, scene.index, image_of(chain, scene))
        return
    # Of a day's images only what is shown is put together: others of their bands may differ.
    shown = survey.collection.select(list(dict.fromkeys([survey.measure.band, *visible])))
    chain = Chain.of(shown)
    for day, members in by_day(survey.scenes).items():
        yield _Frame(day, day, images_of_day(images_of(chain, members), ee.Date(day), survey.day).mosaic())


@dataclass(frozen=True)
class _Pictures:
    """What the page has pictures and tiles of.

    Attributes:
        survey: of the images.
        frames: the stops of the time slider.
        extent: of the pictures.
        true_color: whether they show true colour beside the classes.
        live: whether tiles are shown in place of the pictures.
    """

    survey: Survey
    frames: Sequence[_Frame]
    extent: Extent
    true_color: bool
    live: bool

    def embedded(self) -> Iterator[tuple[int, str, PagePicture]]:
        """List the pictures that are written into the page: of which frame, and under which name."""
        for number, frame in enumerate(self.frames):
            yield number, "classes", frame.classes(self.survey, self.extent)
            if self.true_color and not self.live:
                yield number, "trueColor", frame.true_color(self.extent)

    def tiles(self) -> Iterator[tuple[int, str, PageTiles]]:
        """List the tiles that a live page shows: of which frame, and under which name."""
        for number, frame in enumerate(self.frames if self.live else ()):
            # Unasked, tiles without a transparent pixel are JPEGs, in which classes have other colours.
            classes = frame.classes(self.survey, self.extent)
            yield number, "classTiles", PageTiles(f"the class tiles of {frame.label}", classes.image, "png")
            if self.true_color:
                name = f"the true colour tiles of {frame.label}"
                yield number, "trueColorTiles", PageTiles(name, frame.true_color(self.extent).image, None)

    def layers(self, progress: Progress | None, frame: pd.DataFrame) -> tuple[list[dict[str, Any]], list[str]]:
        """Fetch what the page's script shows of each date: addresses of pictures and tiles.

        Args:
            progress: called with the number of them that are there, and the total.
            frame: what was measured.

        Returns:
            The layers, and the names of what could not be had, which layers show as nothing.

        Raises:
            IncompleteError: something could not be had, unless the run says to keep the rest.
        """
        door, embedded, tiles = self.survey.door, list(self.embedded()), list(self.tiles())
        total = len(embedded) + len(tiles)

        def advance(before: int) -> Progress | None:
            return (lambda done, _: progress(before + done, total)) if callable(progress) else None

        shown = addresses([one for *_, one in embedded], door, advance(0), frame)
        laid = tile_addresses([one for *_, one in tiles], door, advance(len(embedded)), frame)
        wanted = [(number, name, one.name) for number, name, one in embedded]
        wanted += [(number, name, one.name) for number, name, one in tiles]
        layers: list[dict[str, Any]] = [{"label": frame.label} for frame in self.frames]
        lost = []
        for (number, name, what), address in zip(wanted, [*shown, *laid], strict=True):
            if address is not None:
                layers[number][name] = address
                continue
            lost.append(what)
            if name == "classes":
                layers[number][name] = blank_address(self.extent)
        return layers, lost


def _check_size(pictures: _Pictures, drawn: Sequence[Outline], most: int) -> None:
    frames, extent = pictures.frames, pictures.extent
    in_pictures = most_bytes(one for _, _, one in pictures.embedded())
    vertices = sum(len(ring) for outline in drawn for ring in outline.rings)
    shares = len(frames) * len(drawn) * len(pictures.survey.measure.scheme.classes)
    total = _FRAMEWORK_BYTES + in_pictures + vertices * _VERTEX_BYTES + shares * _SHARE_BYTES
    if total > most:
        sizes = f"about {total / 1e6:.0f} MB: {len(frames)} dates of {extent.width} x {extent.height} pixels"
        smaller = int(max(extent.width, extent.height) * (max(most - total + in_pictures, 0) / in_pictures) ** 0.5)
        smaller = smaller // 32 * 32
        advice = "Choose fewer dates" + (f", or size={smaller}" if smaller >= _SMALLEST else ", or fewer regions")
        raise ArgumentError("size", Plain(sizes), f"pages up to {most / 1e6:.0f} MB", f"{advice}.")


def _hosts(layers: Sequence[Mapping[str, str]], basemap: bool) -> list[str]:
    """List the origins that the page may ask for tiles."""
    tiles = {url for layer in layers for name, url in layer.items() if name.endswith("Tiles")}
    origins = {f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, tiles)}
    return sorted(origins) + ([BASEMAP_HOST] if basemap else [])


def _shares(
    frame: pd.DataFrame, frames: Sequence[_Frame], drawn: Sequence[Outline], scheme: Scheme, column: str
) -> dict[str, Any]:
    """Write the regions, and the square metres of each class by frame and region; None where no image is."""
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
        there = areas.get((key, region))
        return None if there is None else [round(there.get(value, 0.0)) for value in scheme.values]

    return {"regions": regions, "areas": [[written(f.key, o.id) for o in drawn] for f in frames]}


def _period(frames: Sequence[_Frame]) -> str:
    first, last = frames[0].label, frames[-1].label
    return first if last == first else f"{first} to {last}"


def _citation(scheme: Scheme, years: Sequence[str]) -> str | None:
    if not scheme.is_scl:
        return None
    period = "" if not years else f" {years[0]}" if len(years) == 1 else f" {years[0]}–{years[-1]}"
    return f"Contains modified Copernicus Sentinel data{period}, processed by {engine_name()}."


def _settings(record: Record, collection: ee.ImageCollection, extent: Extent) -> list[tuple[str, str]]:
    from gee_scl import __version__

    origin = origin_of(collection)
    left_out = ", ".join(map(str, record.left_out)) or "none"
    per = f"{'UTC' if record.day == Day.UTC else 'solar'} day" if record.by == By.DATE else "image"
    return [
        ("Collection", ", ".join(origin.ids) or "computed"),
        ("Filters", "; ".join(origin.filters) or "none"),
        ("Scheme", f"{record.scheme} (band {record.band}; codes left out: {left_out})"),
        ("Images", f"{record.images}, by {per}"),
        ("Shares in regions", f"pixels of {record.scale:g} m whose centre is inside; CRS: the band's own"),
        (
            "Pictures and shares in view",
            f"{extent.width} x {extent.height} pixels of {extent.metres:.3g} m, nearest neighbour, Web Mercator",
        ),
        ("Processed by", engine_name()),
        ("Written", f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC by gee-scl {__version__}"),
    ]
