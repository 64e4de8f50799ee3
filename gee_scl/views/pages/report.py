"""One HTML page for regions and a period: pictures, a class map, a series, tables, and how all of it was made."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ee

from gee_scl.classes.band_schemes import SCL_BY_DEFAULT
from gee_scl.classes.schemes import Scheme
from gee_scl.errors import ArgumentError
from gee_scl.options.arguments import checked
from gee_scl.options.checks import checked_moment, whole_number
from gee_scl.options.choices import By, Day
from gee_scl.options.files import check_new, checked_path
from gee_scl.requests.parallel import Progress
from gee_scl.requests.run import Run
from gee_scl.scenes.origin import origin_of
from gee_scl.scenes.scene import by_day, utc_day
from gee_scl.statistics.class_statistics import frame_and_record
from gee_scl.views.drawing.extent import Extent, extent_around
from gee_scl.views.drawing.legend_html import legend_html
from gee_scl.views.pages.missing import missing_statistics
from gee_scl.views.pages.page_pictures import PagePicture, addresses, most_bytes
from gee_scl.views.pages.report_pictures import (
    MAP_TIMES,
    SMALLEST_PICTURE,
    DayImages,
    Drawing,
    chart,
    drawing,
)
from gee_scl.views.pages.report_text import (
    CLOCKS,
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
from gee_scl.views.pages.subject import survey_of
from gee_scl.views.true_color_bands import without_true_color
from gee_scl.views.view import scheme_entries

if TYPE_CHECKING:
    import pandas as pd

    from gee_scl.frames.record import Record
    from gee_scl.views.pages.report_data import DaySummary, Facts

__all__ = ["write_report"]

_MOST_BYTES = 5_000_000
"""Of a page: what a mail takes and a phone opens."""

_LEAST_BYTES = 10_000
"""No page is shorter."""

_MOST_SCENES = 24

_LARGEST_PICTURE = 2000
"""Pixels of the longest side."""

_ROW_BYTES, _CELL_BYTES = 250, 22
"""Of a line of a table, and of each of its classes."""

_PAGE_BYTES = 60_000
"""Of the page without tables, pictures and chart; and 60 for each image that the code names."""

_IMAGE_BYTES = 60


@dataclass(frozen=True)
class _Wishes:
    """What the caller wants of the page.

    Attributes:
        scenes: how many of the clearest days to show.
        size: pixels of the longest side of their pictures.
        max_bytes: of the page.
        title: heading, or None.
        start: first day of the period, or None.
        end: last day, likewise.
        moment: when the page is made.
    """

    scenes: int
    size: int
    max_bytes: int
    title: str | None
    start: str | None
    end: str | None
    moment: str


@checked()
def write_report(
    images: ee.Image | ee.ImageCollection,
    regions: object,
    path: str | Path,
    *,
    scheme: str | Scheme = SCL_BY_DEFAULT,
    band: str = "SCL",
    id: str | None = None,
    layer: str | None = None,
    day: Day | str = "utc",
    start: str | dt.date | None = None,
    end: str | dt.date | None = None,
    title: str | None = None,
    scenes: int = 6,
    size: int = 480,
    max_bytes: int = _MOST_BYTES,
    moment: dt.datetime | None = None,
    overwrite: bool = False,
    run: Run | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write one HTML page that can be sent to somebody, opened offline, read aloud and printed.

    The images of a day are put together first, as `class_statistics` does with by="date". The clearest are
    those on which most of the regions' area is clear, all regions together; if on none of them a tenth is, the page
    says so and shows no scenes. Series and table of days are of all regions together too, summed by area.

    Args:
        images: with a band of class codes and system:time_start; B4, B3 and B2 for true colour: where an image lacks
            one of them, the page shows the classes alone, and says why.
        regions: anything that `class_statistics` takes as regions.
        path: ends in .html or .htm; its folder exists.
        scheme: which codes make which class: a name in `SCHEMES` or a `Scheme`.
        band: the band of class codes. One that is not called SCL has the classes that its image gives for it
            (`with_class_properties`), where no scheme is named; to see that takes a request.
        id: column of the regions that names them; without it they are numbered from 0.
        layer: of a vector file that has several.
        day: whose day a day is: "utc" or "solar", as in `with_period`.
        start: first day, for the text; None takes that of the first image. The images are not filtered by it.
        end: last day, for the text; None takes that of the last image.
        title: heading of the page; None makes one of the regions and the period.
        scenes: how many of the clearest days to show, 0 to 24.
        size: pixels of the longest side of their pictures, at the most. The class map has twice as many. Where the
            page would be too long, they are made smaller before they are asked for.
        max_bytes: of the page: 5 MB are what a mail takes and a phone opens.
        moment: when the page is made, UTC where it does not say otherwise; now by default.
        overwrite: whether an existing file may be replaced.
        run: how the job runs: the limits of its requests, its label, and with on_error="keep" that the page is written
            without what could not be had, which it names.
        progress: called with the number of requests done and to do for the tables; then of pictures done and to do.

    Returns:
        The path.

    Raises:
        ArgumentError: an argument that cannot be used, before any request; or so many regions and days that their
            tables alone would be more than `max_bytes`.
        RegionError: a region that cannot be measured or drawn, by its id.
        SchemeError: the scheme does not exist.
        CollectionError: the collection holds no image (why, one request more finds out), or an image has no time.
            Nothing is written.
        IncompleteError: a part of the statistics, or a picture, could not be had. The error names it and has the rest:
            the frame that was measured, and what was drawn. Nothing is written.
        RequestError: Earth Engine refused a part of the work, which the error names. Nothing is written.
        NotInitializedError: no session is open.
        MissingExtraError: a package that draws or reads is not installed.

    Warns:
        RegionWarning: some regions meet no image; the page lists them.
        UserWarning: something could not be had, with on_error="keep".
        DayWarning: midnight UTC cuts a pass in two.
        BaselineWarning: some images are of before, and some of after a change of the classification.

    Requests: those of `class_statistics`, whose list of images the whole page is made from; one for the list of bands,
    one for outlines that only the server knows, and two for each picture: two pictures a scene (one where there is no
    true colour), and the class map. A picture that is too much for one request, or crosses the
    antimeridian, is put together of parts.

    Examples:
        >>> days = images.limit(4)
        >>> page = gee_scl.write_report(days, fields, "fields.html", id="name", title="Six regions", scenes=1)
        >>> "<h1>Six regions</h1>" in page.read_text("utf-8")
        True
        >>> page.stat().st_size < 1_000_000  # bytes
        True
    """
    from gee_scl.views.pages.templates import write_page

    path = checked_path(path)
    check_new(path, (".html", ".htm"), overwrite=overwrite, argument="path")
    clock = Day.of("day", day)
    first, last = _day_text("start", start), _day_text("end", end)
    wishes = _Wishes(
        whole_number("scenes", scenes, 0, _MOST_SCENES),
        whole_number("size", size, SMALLEST_PICTURE, _LARGEST_PICTURE, "pixels"),
        whole_number("max_bytes", max_bytes, _LEAST_BYTES, unit="bytes"),
        title,
        first,
        last,
        f"{_in_utc(moment):%Y-%m-%d %H:%M} UTC",
    )
    survey = survey_of(images, regions, scheme, band, run, id=id, layer=layer, by=By.DATE, day=clock)
    day_images = DayImages(survey, colorless=without_true_color(survey.collection, survey.door))
    frame, record = frame_and_record(survey, progress=progress)
    facts = _facts(day_images, frame, record, regions)
    write_page(_page(facts, wishes, progress), path, overwrite=overwrite)
    return path


def _in_utc(moment: object) -> dt.datetime:
    if moment is None:
        return dt.datetime.now(dt.UTC)
    if not isinstance(moment, dt.datetime) or moment != moment:  # pandas' NaT is one
        raise ArgumentError("moment", moment, "a datetime.datetime, or None for now")
    return dt.datetime.fromtimestamp(checked_moment(moment, "moment") / 1000, dt.UTC)


def _facts(images: DayImages, frame: pd.DataFrame, record: Record, regions: object) -> Facts:
    from gee_scl.views.drawing.outlines import outlines
    from gee_scl.views.pages.report_data import Facts, numbers

    survey = images.survey
    drawn = outlines(survey.regions, survey.door)
    tiles = {date: [scene.tile for scene in scenes] for date, scenes in by_day(survey.scenes).items()}
    summary = numbers(frame, survey.measure.scheme, [outline.name for outline in drawn], tiles)
    return Facts(images, summary, drawn, origin_of(survey.collection), regions, record, frame)


def _day_text(argument: str, given: object) -> str | None:
    """What the page says of a period's end: the caller's own words, or the day of a moment."""
    return given if given is None or (isinstance(given, str) and given) else utc_day(checked_moment(given, argument))


def _period(facts: Facts, wishes: _Wishes) -> tuple[str, str]:
    """Write the first and the last day, as the page says them."""
    own = (facts.numbers.days[0].date, facts.numbers.days[-1].date)
    first, last = (day or fallback for day, fallback in zip((wishes.start, wishes.end), own, strict=True))
    return first, last


def _page(facts: Facts, wishes: _Wishes, progress: Progress | None) -> str:
    """Write the page. Where its pictures turn out larger than expected, they are asked for once more, smaller."""
    from gee_scl.views.pages.report_data import CLEAR_ENOUGH
    from gee_scl.views.pages.templates import page

    best, period = facts.numbers.clear_days[: wishes.scenes], _period(facts, wishes)
    charts = chart(facts.numbers.together, facts.scheme)
    size = _planned(facts, best, wishes, sum(map(len, charts)))
    while True:
        shown = _pictures(facts, best, size, progress)
        text = page(
            "report.html",
            title=wishes.title or default_title(facts, period),
            when=when(period),
            where=where(facts),
            clock=CLOCKS[facts.survey.day],
            facts=facts,
            numbers=facts.numbers,
            legend=legend_html("", scheme_entries(facts.scheme)),
            headline=headline(facts),
            charts=charts,
            chart_text=chart_text(facts),
            settings=settings(facts, wishes.moment),
            moment=wishes.moment,
            code=code(facts),
            citations=citations(facts),
            clear_enough=CLEAR_ENOUGH,
            requests=facts.survey.door.requests,
            **shown,
        )
        length = len(text.encode())
        if length <= wishes.max_bytes:
            return text
        size = math.floor(size * 0.9 * math.sqrt(wishes.max_bytes / length))
        if size < SMALLEST_PICTURE:
            raise _too_long(facts, wishes)


def _planned(facts: Facts, best: Sequence[DaySummary], wishes: _Wishes, other: int) -> int:
    """Find the size of pictures by which the page stays within its bytes."""
    size = wishes.size
    cells = _ROW_BYTES + _CELL_BYTES * len(facts.scheme.classes)
    rows = len(facts.numbers.days) + len(facts.numbers.regions)
    outlines = sum(len(path) + len(name) + 60 for name, path in _drawing(facts, size).paths)
    room = wishes.max_bytes - other - _PAGE_BYTES - cells * rows - outlines - _IMAGE_BYTES * len(facts.scenes)
    while size >= SMALLEST_PICTURE:
        needed = most_bytes(_wanted(facts, best, size))
        if needed <= room:
            return size
        size = math.floor(size * min(0.97, math.sqrt(max(room, 0) / needed)))
    raise _too_long(facts, wishes)


def _too_long(facts: Facts, wishes: _Wishes) -> ArgumentError:
    contents = f"{len(facts.numbers.regions)} regions and {len(facts.numbers.days)} days"
    hint = "Write a page for each part of them, show fewer scenes, or write tables with class_statistics."
    return ArgumentError("regions", contents, f"what fits into a page of {wishes.max_bytes:,} bytes", hint)


def _extent(facts: Facts, size: int) -> Extent:
    return extent_around([outline.box for outline in facts.outlines], size)


def _drawing(facts: Facts, size: int) -> Drawing:
    return drawing(facts.outlines, _extent(facts, MAP_TIMES * size))


def _mapped(facts: Facts) -> DaySummary:
    """Choose the day of the class map: the clearest; without any clear view, the one of which most is known."""
    clear = facts.numbers.clear_days
    return clear[0] if clear else min(facts.numbers.days, key=lambda day: (day.missing, -day.clear, day.date))


def _wanted(facts: Facts, best: Sequence[DaySummary], size: int) -> list[PagePicture]:
    """List the class map, then for each of the best days its classes and, where there is such, its true colour."""
    images, extent = facts.images, _extent(facts, size)
    mapped = _mapped(facts).date
    class_map = images.classes(mapped, _extent(facts, MAP_TIMES * size))
    wanted = [replace(class_map, name=f"the class map of {mapped}")]
    for day in best:
        wanted.append(images.classes(day.date, extent))
        if not images.colorless:
            wanted.append(images.true_color(day.date, extent))
    return wanted


def _pictures(facts: Facts, best: Sequence[DaySummary], size: int, progress: Progress | None) -> dict[str, Any]:
    """Fetch what the template shows of pictures, with what they say to those who do not see them."""
    wanted = _wanted(facts, best, size)
    first, *rest = shown = addresses(wanted, facts.survey.door, progress, facts.frame)
    each = 1 if facts.images.colorless else 2
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
    lost = [one.name for one, address in zip(wanted, shown, strict=True) if address is None]
    return {
        "lost": [*lost, *missing_statistics(facts.record)],
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
    }
