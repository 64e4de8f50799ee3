"""One HTML page for regions and a period: pictures, a class map, a series, door, and how all of it was made."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ee

from gee_scl.classes.schemes import Scheme, get_scheme
from gee_scl.errors import ArgumentError
from gee_scl.options.checks import as_collection, number_between, whole_number
from gee_scl.options.choices import By, Day
from gee_scl.options.files import check_new
from gee_scl.requests.door import Door
from gee_scl.requests.limits import Run
from gee_scl.requests.parallel import Progress
from gee_scl.scenes.scene import by_day
from gee_scl.statistics.class_statistics import frame_and_record
from gee_scl.statistics.grid import Grid
from gee_scl.statistics.measure import Measure
from gee_scl.statistics.survey import Survey
from gee_scl.views.drawing.extent import Extent, extent_around
from gee_scl.views.drawing.legend_html import legend_html
from gee_scl.views.pages.provenance import provenance
from gee_scl.views.pages.report_pictures import (
    MAP_TIMES,
    SMALLEST_PICTURE,
    TRUE_COLOR_BANDS,
    DayImages,
    Drawing,
    Picture,
    chart,
    drawing,
    fetch_all,
    picture_bytes,
)
from gee_scl.views.pages.report_text import (
    chart_text,
    citations,
    code,
    default_title,
    described,
    headline,
    settings,
    when,
    where,
)
from gee_scl.views.view import scheme_entries

if TYPE_CHECKING:
    from gee_scl.views.pages.report_data import DaySummary, Facts

__all__ = ["write_report"]

MOST_BYTES = 5_000_000
"""Of a page: what a mail takes and a phone opens."""

_MOST_SCENES = 24

_ROW_BYTES, _CELL_BYTES = 250, 22
"""Of a line of a table, and of each of its classes."""

_PAGE_BYTES = 60_000
"""Of the page without tables, pictures and chart; and 60 for each image that the code names."""

_IMAGE_BYTES = 60


def write_report(
    images: ee.Image | ee.ImageCollection,
    regions: object,
    path: str | Path,
    *,
    scheme: str | Scheme = "scl",
    band: str = "SCL",
    id: str | None = None,
    day: Day | str = "utc",
    start: str | dt.date | None = None,
    end: str | dt.date | None = None,
    title: str | None = None,
    scenes: int = 6,
    size: int = 480,
    made: dt.datetime | None = None,
    overwrite: bool = False,
    run: Run | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write one HTML page that can be sent to somebody, opened offline, read aloud and printed.

    The images of a day are put together first, as `class_statistics` does with by="date". The clearest are
    those on which most of the regions' area is clear, all regions together; if on none of them a tenth is, the page
    says so and shows no scenes. Series and table of days are of all regions together too, summed by area.

    Args:
        images: with a band of class codes and system:time_start; B4, B3 and B2 for true colour, where they are there.
        regions: anything that `class_statistics` takes as regions.
        path: ends in .html or .htm; its folder exists.
        scheme: which codes make which class: a name in `SCHEMES` or a `Scheme`.
        band: the band of class codes.
        id: column of the regions that names them; without it they are numbered from 0.
        day: whose day a day is: "utc" or "solar", as in `with_period`.
        start: first day, for the text; None takes that of the first image. The images are not filtered by it.
        end: last day, for the text; None takes that of the last image.
        title: heading of the page; None makes one of the regions and the period.
        scenes: how many of the clearest days to show, 0 to 24.
        size: pixels of the longest side of their pictures, at the most. The class map has twice as many. Where the
            page would be more than 5 MB, they are made smaller before they are asked for.
        made: when the page is made; now by default.
        overwrite: whether an existing file may be replaced.
        run: how the job runs: the limits of its requests.
        progress: called with the number of requests done and to do for the tables; then of pictures done and to do.

    Returns:
        The path.

    Raises:
        ArgumentError: an argument that cannot be used, before any request; or so many regions and days that their
            tables alone would be more than 5 MB.
        RegionError: a region that cannot be measured or drawn, by its id.
        SchemeError: the scheme does not exist.
        CollectionError: the collection is empty, or an image has no time. Nothing is written.
        RequestError: Earth Engine refused a part of the work, which the error names. Nothing is written.
        NotInitializedError: no session is open.
        MissingExtraError: a package that draws or reads is not installed.

    Warns:
        RegionWarning: some regions meet no image; the page lists them.

    Requests: those of `class_statistics`, one each for the list of images and for that of bands, one for outlines that
    only the server knows, and two for each picture: two pictures a scene (one where there is no true colour), and the
    class map.

    Examples:
        >>> days = images.limit(4)
        >>> page = gee_scl.write_report(days, fields, "fields.html", id="name", title="Six regions", scenes=1)
        >>> "<h1>Six regions</h1>" in page.read_text("utf-8")
        True
        >>> page.stat().st_size < 1_000_000  # bytes
        True
    """
    from gee_scl.views.pages.templates import write_page

    path = Path(path)
    if path.suffix.lower() not in (".html", ".htm"):
        raise ArgumentError("path", str(path), "a path that ends in .html or .htm")
    check_new(path, overwrite=overwrite, argument="path")
    scenes = whole_number("scenes", scenes, 0, _MOST_SCENES)
    number_between("size", size, SMALLEST_PICTURE, 2000, "pixels")
    clock = Day.of("day", day)
    facts = _measured(images, regions, get_scheme(scheme), band, id, clock, Door(run), progress)
    period = _period(facts, start, end)
    moment = f"{made or dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC"
    text = _written(facts, period, scenes, int(size), title, moment, progress)
    write_page(text, path, overwrite=overwrite)
    return path


def _measured(
    images: object,
    regions: object,
    scheme: Scheme,
    band: str,
    id: str | None,
    day: Day,
    door: Door,
    progress: Progress | None,
) -> Facts:
    from gee_scl.regions.as_regions import as_regions
    from gee_scl.views.drawing.outlines import outlines
    from gee_scl.views.pages.report_data import Facts, numbers

    checked = as_regions(regions, id=id)
    collection = as_collection(images)
    survey = Survey.of(collection, checked, Measure(scheme, band), Grid(), door, by=By.DATE, day=day)
    bands = door.value("Listing the bands", collection.first().bandNames())
    frame, record = frame_and_record(survey, progress=progress)
    drawn = outlines(checked, door)
    tiles = {date: [scene.tile for scene in scenes] for date, scenes in by_day(survey.scenes).items()}
    return Facts(
        DayImages(collection, scheme, band, day, set(TRUE_COLOR_BANDS) <= set(bands), door),
        survey.scenes,
        numbers(frame, scheme, [outline.name for outline in drawn], tiles),
        drawn,
        [str(region) for region in record.regions_without_image or ()],
        provenance(collection),
        regions,
        id,
        record,
        door.requests,
    )


def _period(facts: Facts, start: str | dt.date | None, end: str | dt.date | None) -> tuple[str, str]:
    """The first and the last day, as the page says them."""
    known = (facts.numbers.days[0].date, facts.numbers.days[-1].date)
    given = (moment if moment is None or isinstance(moment, str) else f"{moment:%Y-%m-%d}" for moment in (start, end))
    first, last = (moment or fallback for moment, fallback in zip(given, known, strict=True))
    return first, last


def _written(
    facts: Facts,
    period: tuple[str, str],
    scenes: int,
    size: int,
    title: str | None,
    made: str,
    progress: Progress | None,
) -> str:
    """The page. Where its pictures turn out larger than expected, they are asked for once more, smaller."""
    from gee_scl.views.pages.report_data import CLEAR_ENOUGH
    from gee_scl.views.pages.templates import page

    best = facts.numbers.clear_days[:scenes]
    charts = chart(facts.numbers.together, facts.scheme)
    size = _planned(facts, best, size, sum(map(len, charts)))
    while True:
        shown = _pictures(facts, best, size, progress)
        text = page(
            "report.html",
            title=title or default_title(facts, period),
            when=when(period),
            where=where(facts),
            facts=facts,
            numbers=facts.numbers,
            legend=legend_html("", scheme_entries(facts.scheme)),
            headline=headline(facts),
            charts=charts,
            chart_text=chart_text(facts),
            settings=settings(facts, made),
            made=made,
            code=code(facts),
            citations=citations(facts),
            clear_enough=CLEAR_ENOUGH,
            **shown,
        )
        length = len(text.encode())
        if length <= MOST_BYTES:
            return text
        size = math.floor(size * 0.9 * math.sqrt(MOST_BYTES / length))
        if size < SMALLEST_PICTURE:
            raise _too_long(facts)


def _planned(facts: Facts, best: Sequence[DaySummary], size: int, other: int) -> int:
    """The size of pictures by which the page stays within its bytes."""
    cells = _ROW_BYTES + _CELL_BYTES * len(facts.scheme.classes)
    rows = len(facts.numbers.days) + len(facts.numbers.regions)
    outlines = sum(len(path) + len(name) + 60 for name, path in _drawing(facts, size).paths)
    room = MOST_BYTES - other - _PAGE_BYTES - cells * rows - outlines - _IMAGE_BYTES * len(facts.scenes)
    while size >= SMALLEST_PICTURE:
        needed = picture_bytes((wanted.extent, wanted.is_classes) for wanted in _wanted(facts, best, size))
        if needed <= room:
            return size
        size = math.floor(size * min(0.97, math.sqrt(max(room, 0) / needed)))
    raise _too_long(facts)


def _too_long(facts: Facts) -> ArgumentError:
    given = f"{len(facts.numbers.regions)} regions and {len(facts.numbers.days)} days"
    hint = "Write a page for each part of them, show fewer scenes, or write tables with class_statistics."
    return ArgumentError("regions", given, f"what fits into a page of {MOST_BYTES:,} bytes", hint)


def _extent(facts: Facts, size: int) -> Extent:
    return extent_around([outline.box for outline in facts.outlines], size)


def _drawing(facts: Facts, size: int) -> Drawing:
    return drawing(facts.outlines, _extent(facts, MAP_TIMES * size))


def _mapped(facts: Facts) -> DaySummary:
    """The day of the class map: the clearest; without any clear view, the one of which most is known."""
    clear = facts.numbers.clear_days
    return clear[0] if clear else min(facts.numbers.days, key=lambda day: (day.missing, -day.clear, day.date))


def _wanted(facts: Facts, best: Sequence[DaySummary], size: int) -> list[Picture]:
    """The class map, then for each of the best days its classes and, where there is such, its true colour."""
    images = facts.images
    wanted = [Picture(images.classes(_mapped(facts).date), _extent(facts, MAP_TIMES * size), True)]
    for day in best:
        wanted.append(Picture(images.classes(day.date), _extent(facts, size), True))
        if images.has_true_color:
            wanted.append(Picture(images.true_color(day.date), _extent(facts, size), False))
    return wanted


def _pictures(facts: Facts, best: Sequence[DaySummary], size: int, progress: Progress | None) -> dict[str, Any]:
    """What the template shows of pictures, with what they say to those who do not see them."""
    first, *rest = fetch_all(_wanted(facts, best, size), facts.images.door, progress)
    each = 2 if facts.images.has_true_color else 1
    scenes = []
    for place, day in enumerate(best):
        classes, *true_color = rest[place * each : (place + 1) * each]
        scenes.append(
            {
                "day": day,
                "words": described(facts, day),
                "classes": classes,
                "true_color": true_color[0] if true_color else None,
            }
        )
    day, extent = _mapped(facts), _extent(facts, MAP_TIMES * size)
    entries = tuple(replace(entry, percent=day.shares.get(entry.value or 0)) for entry in scheme_entries(facts.scheme))
    return {
        "scenes": scenes,
        "scene_size": (_extent(facts, size).width, _extent(facts, size).height),
        "map": {
            "day": day,
            "words": described(facts, day),
            "data": first,
            "drawing": drawing(facts.outlines, extent),
            "legend": legend_html("", entries),
            "pixel": extent.metres,
        },
        "requests": facts.requests + 2 * (1 + len(rest)),
    }
