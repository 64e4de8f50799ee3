"""What a report knows: the numbers of its days and regions, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gee_scl.classes.schemes import Scheme
from gee_scl.frames.classes import seen_values
from gee_scl.frames.record import Record, record_of
from gee_scl.frames.regions import region_areas
from gee_scl.scenes.origin import Origin
from gee_scl.scenes.scene import Scene

if TYPE_CHECKING:
    from gee_scl.statistics.survey import Survey
    from gee_scl.views.drawing.outlines import Outline
    from gee_scl.views.pages.report_pictures import DayImages

CLEAR_ENOUGH = 10.0
"""Percent of the regions that must be clear for a day to count as a clear view, as in charts."""

_SQUARE_METRES_PER_HECTARE = 10_000

_MAIN = 1.0
"""Percent from which a class is one of the main ones."""


@dataclass(frozen=True)
class DaySummary:
    """A day over all regions together.

    Attributes:
        date: such as "2023-05-14".
        tiles: MGRS tiles of its images.
        images: how many it has.
        clear: percent of the regions' whole area that is clear.
        missing: percent of it that no class covers.
        shares: percent of it by class value.
    """

    date: str
    tiles: tuple[str, ...]
    images: int
    clear: float
    missing: float
    shares: Mapping[int, float]


@dataclass(frozen=True)
class RegionSummary:
    """A region over all its days. Where no image meets it, or nothing is classified, there are no numbers.

    Attributes:
        name: its id as text; data, to be escaped where it is written.
        hectares: of its whole area on the band's grid, or None.
        days: on which an image meets it.
        clear_days: of these, on which enough of it is clear.
        clear: mean percent of it that is clear, or None.
        best: the day on which most of it is clear, or None.
        shares: mean percent of it by class value; empty where there is none.
    """

    name: str
    hectares: float | None
    days: int
    clear_days: int
    clear: float | None
    best: str | None
    shares: Mapping[int, float]


@dataclass(frozen=True)
class Numbers:
    """All numbers of a report.

    Attributes:
        scheme: what the class values mean.
        days: by date.
        regions: in the order they were given.
        together: a statistics frame of all regions as one.
    """

    scheme: Scheme
    days: tuple[DaySummary, ...]
    regions: tuple[RegionSummary, ...]
    together: pd.DataFrame

    @property
    def clear_days(self) -> list[DaySummary]:
        """Days with a clear view, the clearest first; the earlier first among equals."""
        seen = [day for day in self.days if day.clear >= CLEAR_ENOUGH]
        return sorted(seen, key=lambda day: (-day.clear, day.date))

    @property
    def mean_clear(self) -> float:
        """Mean over the days of the percent that is clear."""
        return float(np.mean([day.clear for day in self.days])) if self.days else 0.0

    @property
    def dominant(self) -> tuple[str, float] | None:
        """The class that covers most, and its mean percent over the days; None where nothing is classified."""
        if not self.days:
            return None
        means = {v: float(np.mean([day.shares[v] for day in self.days])) for v in self.scheme.values}
        value = max(means, key=lambda v: means[v])
        name = dict(zip(self.scheme.values, self.scheme.names, strict=True))[value]
        return (name, means[value]) if means[value] > 0 else None

    def main_classes(self, day: DaySummary, most: int = 3) -> list[tuple[str, float]]:
        """List the classes that cover most on a day, with their percent."""
        names = dict(zip(self.scheme.values, self.scheme.names, strict=True))
        ranked = sorted(day.shares.items(), key=lambda item: -item[1])
        return [(names[value], share) for value, share in ranked[:most] if share >= _MAIN]


@dataclass(frozen=True)
class Facts:
    """All that a report knows before it asks for pictures.

    Attributes:
        images: what pictures are drawn from.
        numbers: of the days and regions.
        outlines: of the regions, in their order.
        origin: what the collection's expression says.
        regions: as the caller wrote them.
        record: how the statistics frame was made.
        frame: that one.
    """

    images: DayImages
    numbers: Numbers
    outlines: Sequence[Outline]
    origin: Origin
    regions: object
    record: Record
    frame: pd.DataFrame

    @property
    def survey(self) -> Survey:
        """The images and regions, as they were listed."""
        return self.images.survey

    @property
    def scenes(self) -> Sequence[Scene]:
        """The images."""
        return self.survey.scenes

    @property
    def scheme(self) -> Scheme:
        """What the class values mean."""
        return self.survey.measure.scheme

    @property
    def id(self) -> str | None:
        """The column that names the regions."""
        return self.survey.regions.id_column

    @property
    def missing(self) -> list[str]:
        """Names of the regions that no image meets."""
        return [str(region) for region in self.record.regions_without_image or ()]

    @property
    def synthetic(self) -> bool:
        """Whether any image was made and not measured."""
        return self.record.synthetic


def numbers(
    frame: pd.DataFrame, scheme: Scheme, names: Sequence[str], tiles: Mapping[str, Sequence[str | None]]
) -> Numbers:
    """Sum up a statistics frame.

    Regions together: areas are summed, so that where regions overlap a place counts as often as there are regions on
    it, and shares are of the whole area of the regions that were ever classified. A region that a day's images do not
    meet counts as not covered on that day.

    Args:
        frame: what `class_statistics` returns with by="date", in the long layout.
        scheme: what it was asked for.
        names: the ids of all regions as text, those that no image meets too.
        tiles: by day the MGRS tiles of its images, one for each image.
    """
    clear = seen_values(scheme, None)
    frame = frame.assign(day=frame["date"].dt.strftime("%Y-%m-%d"))
    areas = region_areas(frame).dropna() if len(frame) else pd.Series(dtype="float64")
    area = _table(frame, "area_m2", scheme).reindex(list(tiles), fill_value=0.0)
    whole = float(areas.sum())
    shares = 100 * area / whole if whole > 0 else area * 0
    days = tuple(
        _day(date, tiles[date], dict(zip(scheme.values, row, strict=True)), clear)
        for date, row in zip(map(str, shares.index), shares.to_numpy(dtype=float).tolist(), strict=True)
    )
    summaries = _regions(frame, scheme, clear, areas)
    nothing = RegionSummary("", None, 0, 0, None, None, {})
    regions = tuple(_renamed(summaries.get(name, nothing), name) for name in names)
    only = f"Region {names[0]}" if names[0].isdigit() else names[0]
    title = only if len(names) == 1 else f"{len(names)} regions together"
    return Numbers(scheme, days, regions, _together(frame, area, shares, scheme, title))


def _day(date: str, tiles: Sequence[str | None], shares: Mapping[int, float], clear: Sequence[int]) -> DaySummary:
    named = tuple(sorted({tile for tile in tiles if tile}))
    seen = sum(shares[value] for value in clear)
    return DaySummary(date, named, len(tiles), seen, max(0.0, 100 - sum(shares.values())), shares)


def _renamed(summary: RegionSummary, name: str) -> RegionSummary:
    return replace(summary, name=name)


def _table(frame: pd.DataFrame, measure: str, scheme: Scheme) -> pd.DataFrame:
    """Sum a measure over the regions, by day and class value."""
    if not len(frame):
        return pd.DataFrame(columns=list(scheme.values), dtype="float64")
    sums = frame.pivot_table(index="day", columns="class_value", values=measure, aggfunc="sum", sort=True)
    return sums.reindex(columns=list(scheme.values)).fillna(0.0)


def _regions(frame: pd.DataFrame, scheme: Scheme, clear: Sequence[int], areas: pd.Series) -> dict[str, RegionSummary]:
    if not len(frame):
        return {}
    summaries: dict[str, RegionSummary] = {}
    for region, rows in frame.groupby("region", sort=False):
        shares = rows.pivot(index="day", columns="class_value", values="percent_of_region")
        shares = shares.reindex(columns=list(scheme.values)).fillna(0.0)
        seen = shares[list(clear)].sum(axis=1)
        summary = RegionSummary(str(region), None, len(shares), int((seen >= CLEAR_ENOUGH).sum()), None, None, {})
        if region in areas.index:
            means = dict(zip(scheme.values, shares.mean().tolist(), strict=True))
            best = str(seen.idxmax()) if seen.max() > 0 else None
            hectares = float(areas.loc[region]) / _SQUARE_METRES_PER_HECTARE
            summary = replace(summary, hectares=hectares, clear=float(seen.mean()), best=best, shares=means)
        summaries[str(region)] = summary
    return summaries


def _together(
    frame: pd.DataFrame, area: pd.DataFrame, shares: pd.DataFrame, scheme: Scheme, title: str
) -> pd.DataFrame:
    """Put the regions together as one, as a statistics frame that charts take."""
    count = len(scheme.values)
    classified = area.sum(axis=1)
    pixels = (
        frame.pivot_table(index="day", columns="class_value", values="pixels", aggfunc="sum") if len(frame) else area
    )
    pixels = pixels.reindex(index=area.index, columns=area.columns).fillna(0)
    together = pd.DataFrame(
        {
            "region": title,
            "date": pd.to_datetime(area.index.repeat(count), utc=True),
            "class_value": np.tile(np.asarray(scheme.values, dtype=np.int64), len(area)),
            "class_name": pd.Categorical.from_codes(
                np.tile(np.arange(count), len(area)), categories=pd.Index(scheme.names)
            ),
            "pixels": pixels.to_numpy().ravel(),
            "area_m2": area.to_numpy().ravel(),
            "percent": (100 * area.div(classified.where(classified > 0), axis=0)).to_numpy().ravel(),
            "percent_of_region": shares.to_numpy().ravel(),
        }
    )
    record = record_of(frame)
    if record is not None:
        record.put_on(together)
    return together
