"""The words of a report: headline figures, descriptions of pictures, settings, code, citations."""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING

from gee_scl.classes.schemes import SCHEMES, Scheme
from gee_scl.options.choices import Day, Weights
from gee_scl.regions.boxes import box_around, within_the_world
from gee_scl.scenes.collection import COLLECTION_ID
from gee_scl.session import engine_name, is_local

if TYPE_CHECKING:
    from gee_scl.views.pages.report_data import DaySummary, Facts

_CATALOGUE = "https://developers.google.com/earth-engine/datasets/catalog/"

_MOST_GEOJSON = 4_000
"""Characters of outlines that the code repeats; longer ones are the reader's to put in."""

_CODE_WIDTH = 96


@dataclass(frozen=True)
class Figure:
    """A headline figure."""

    label: str
    value: str
    note: str


@dataclass(frozen=True)
class Citation:
    """A source: its text, and where it is, or nothing."""

    text: str
    url: str = ""


def default_title(facts: Facts, period: tuple[str, str]) -> str:
    """Write a heading of the regions and the period."""
    regions = facts.numbers.regions
    named = facts.id is not None and len(regions) == 1
    who = regions[0].name if named else f"{len(regions)} regions" if len(regions) > 1 else "one region"
    return f"{facts.scheme.title} of {who}, {when(period)}"


def when(period: tuple[str, str]) -> str:
    """Write the first and the last day, or the only one."""
    return period[0] if period[0] == period[1] else f"{period[0]} to {period[1]}"


def where(facts: Facts) -> str:
    """Write the degrees between which the regions lie."""
    west, south, east, north = box_around(outline.box for outline in facts.outlines)
    west, east = within_the_world(west), within_the_world(east)
    latitudes = f"{_degrees(south, 'N', 'S')} to {_degrees(north, 'N', 'S')}"
    return f"{latitudes}, {_degrees(west, 'E', 'W')} to {_degrees(east, 'E', 'W')}"


def _degrees(value: float, positive: str, negative: str) -> str:
    return f"{abs(value):.3f}° {positive if value >= 0 else negative}"


def headline(facts: Facts) -> list[Figure]:
    """Choose the figures at the top of the page."""
    numbers = facts.numbers
    clear = numbers.clear_days
    days = f"of {_count(len(facts.scenes), 'image')}, {len(clear)} with a clear view"
    figures = [
        Figure("Regions", str(len(numbers.regions)), _missing(facts)),
        Figure("Days", str(len(numbers.days)), days),
        Figure("Clear share", f"{numbers.mean_clear:.0f} %", "of the regions' area, mean of the days"),
    ]
    if clear:
        figures.append(Figure("Clearest day", clear[0].date, f"{clear[0].clear:.0f} % clear"))
    if numbers.dominant is not None:
        name, share = numbers.dominant
        figures.append(Figure("Dominant class", name, f"{share:.0f} % of the regions' area, mean of the days"))
    return figures


def _missing(facts: Facts) -> str:
    return f"{len(facts.missing)} that no image meets" if facts.missing else "all met by images"


def described(facts: Facts, day: DaySummary) -> str:
    """Describe a day to those who do not see its pictures: date, tiles, clear share and main classes."""
    tiles = f"{'tile' if len(day.tiles) == 1 else 'tiles'} {', '.join(day.tiles)}, " if day.tiles else ""
    main = ", ".join(f"{name} {share:.0f} %" for name, share in facts.numbers.main_classes(day))
    return f"{day.date}, {tiles}{day.clear:.0f} % clear; main classes: {main or 'none'}"


def chart_text(facts: Facts) -> str:
    """Describe the chart to those who do not see it."""
    numbers = facts.numbers
    first, last = numbers.days[0].date, numbers.days[-1].date
    names = dict(zip(facts.scheme.values, facts.scheme.names, strict=True))
    means = {value: sum(day.shares[value] for day in numbers.days) / len(numbers.days) for value in names}
    ranked = sorted(means.items(), key=lambda item: -item[1])
    shown = ", ".join(f"{names[value]} {share:.0f} %" for value, share in ranked if share >= 0.5)
    period = f"on {first}" if first == last else f"from {first} to {last}"
    return (
        f"Stacked areas of each class's share of the regions' area {period}, with gaps where there was no clear view. "
        f"Means over {_count(len(numbers.days), 'day')}: {shown or 'nothing classified'}. "
        "The table of days has the same numbers."
    )


CLOCKS = {Day.UTC: "UTC", Day.SOLAR: "by the sun of each image's place"}
"""Whose day a day is, as the page says it."""

_WEIGHTS = {
    Weights.CENTRE: "pixels whose centre is in the region, each once",
    Weights.FRACTION: "pixels by the part of them that is in the region",
}


def settings(facts: Facts, moment: str) -> list[tuple[str, list[str]]]:
    """Say what was done, as terms and what they are."""
    record, scheme, scenes = facts.record, facts.scheme, facts.scenes
    times = [scene.time for scene in scenes if scene.time is not None]
    days = facts.numbers.days
    period = when((days[0].date, days[-1].date))
    zones = ", ".join(sorted({scene.crs for scene in scenes}))
    left_out = [code for code in scheme.left_out if code]
    return [
        ("Collection", list(facts.origin.ids) or ["not named in the expression"]),
        ("Filters", list(facts.origin.filters) or ["none that compare a property with a value"]),
        ("Images", [f"{_count(len(times), 'image')} on {_count(len(days), 'day')}, {period}"]),
        ("Band", [record.band]),
        ("Scheme", [f"{scheme.name}: {scheme.title}"]),
        ("Codes left out", [", ".join(map(str, left_out))] if left_out else ["none but no data"]),
        ("Clear classes", [", ".join(_clear(facts))]),
        ("Grid", [f"the band's own, {record.scale:g} m; images in {zones}"]),
        ("Weights", [_WEIGHTS[facts.survey.measure.weights]]),
        ("Areas", ["Earth Engine's pixelArea, on the WGS 84 ellipsoid"]),
        ("Days", [f"{CLOCKS[facts.survey.day]}; the images of a day are mosaicked before they are counted"]),
        ("Computed by", [engine_name()]),
        ("Versions", [f"gee-scl {version('gee-scl')}, earthengine-api {version('earthengine-api')}"]),
        ("Made", [moment]),
    ]


def _clear(facts: Facts) -> Iterator[str]:
    from gee_scl.frames.classes import seen_values

    names = dict(zip(facts.scheme.values, facts.scheme.names, strict=True))
    for value in seen_values(facts.scheme, None):
        yield f"{value} {names[value]}"


def code(facts: Facts) -> str:
    """Write Python that makes the numbers of the page again, as far as its parts are known."""
    regions = _regions_code(facts)
    lines = ["import json", ""] if regions.startswith("json.") else []
    lines += ["import ee", "", "import gee_scl", ""]
    # Only the sample is found by itself.
    opened = "project=..." if not is_local() else "local=True" if facts.synthetic else "local=..."
    lines.append(f"gee_scl.initialize({opened})")
    lines += [*_images_code(facts), f"regions = {regions}"]
    options = "".join(
        [
            "" if facts.id is None else f", id={facts.id!r}",
            "" if facts.scheme is SCHEMES.get("scl") else f", scheme={_scheme_code(facts.scheme)}",
            "" if facts.record.band == "SCL" else f", band={facts.record.band!r}",
            "" if facts.survey.day is Day.UTC else f", day={str(facts.survey.day)!r}",
        ]
    )
    lines.append(f'frame = gee_scl.class_statistics(images, regions, by="date"{options})')
    lines.append(f'gee_scl.write_report(images, regions, "report.html"{options})')
    return "\n".join(lines)


def _images_code(facts: Facts) -> list[str]:
    if not facts.origin.unchanged:
        return ["images = ...  # the collection that was given: more was done to it than to filter it"]
    indices = textwrap.wrap(" ".join(scene.index for scene in facts.scenes), _CODE_WIDTH, break_on_hyphens=False)
    return [
        'indices = """',
        *(f"    {line}" for line in indices),
        '""".split()',
        f"images = ee.ImageCollection({facts.origin.ids[0]!r}).filter(",
        '    ee.Filter.inList("system:index", indices)',
        ")",
    ]


def _regions_code(facts: Facts) -> str:
    regions = facts.regions
    if isinstance(regions, str | os.PathLike):
        return repr(Path(regions).name)
    if isinstance(regions, list | tuple) and len(regions) == 4 and all(isinstance(side, Real) for side in regions):
        return repr(tuple(float(side) for side in regions))
    if isinstance(regions, Mapping):
        try:
            text = json.dumps(regions)
        except (TypeError, ValueError):
            text = ""
        if 0 < len(text) <= _MOST_GEOJSON:
            return f"json.loads({text!r})"
    return "...  # the regions that were given"


def _scheme_code(scheme: Scheme) -> str:
    if SCHEMES.get(scheme.name) == scheme:
        return repr(scheme.name)
    classes = ", ".join(
        f"gee_scl.SchemeClass({member.value}, {member.name!r}, {member.color!r}, {member.codes!r})"
        for member in scheme.classes
    )
    source = "" if scheme.is_scl else f", source={scheme.source!r}, is_scl=False"
    return f"gee_scl.Scheme({scheme.name!r}, {scheme.title!r}, ({classes},){source})"


def citations(facts: Facts) -> list[Citation]:
    """List what to cite. Nothing is cited as measured that was not."""
    sources = []
    is_sentinel = COLLECTION_ID in facts.origin.ids
    if facts.synthetic:
        sources.append(Citation("The pixels are synthetic, made by gee-scl. They are no Copernicus Sentinel data."))
    elif is_sentinel:
        sources.append(Citation(f"Contains modified Copernicus Sentinel data {_years(facts)}."))
    for id in facts.origin.ids:
        is_public = "/" in id and not id.startswith(("projects/", "users/"))
        sources.append(Citation(f"Collection {id}.", _CATALOGUE + id.replace("/", "_") if is_public else ""))
    if facts.scheme.is_scl:
        sources.append(
            Citation(
                "Scene Classification Layer: ESA, S2 MPC (2019): Sen2Cor Configuration and User Manual, "
                "S2-PDGS-MPC-L2A-SUM-V2.8.",
                "https://step.esa.int/thirdparties/sen2cor/2.8.0/docs/",
            )
        )
    sources.append(
        Citation(
            "Gorelick, N., Hancher, M., Dixon, M., Ilyushchenko, S., Thau, D., Moore, R. (2017): Google Earth Engine: "
            "Planetary-scale geospatial analysis for everyone. Remote Sensing of Environment 202, 18–27.",
            "https://doi.org/10.1016/j.rse.2017.06.031",
        )
    )
    return sources


def _years(facts: Facts) -> str:
    first, last = facts.numbers.days[0].date[:4], facts.numbers.days[-1].date[:4]
    return first if first == last else f"{first}–{last}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
