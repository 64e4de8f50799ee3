"""What a job will cost, before anything is measured: pairs of region and image, requests, bytes and pixels."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Unpack

import ee

from gee_scl.options.arguments import checked
from gee_scl.options.choices import By
from gee_scl.requests.door import Door
from gee_scl.requests.run import Run
from gee_scl.statistics.change_options import ChangeDesign, TransitionOptions
from gee_scl.statistics.options import StatisticsOptions, SurveyDesign

if TYPE_CHECKING:
    import pandas as pd

    from gee_scl.statistics.pieces import SurveyPiece
    from gee_scl.statistics.sections import Section
    from gee_scl.statistics.survey import Survey

__all__ = ["Plan", "plan", "plan_transitions"]

_MANY_REQUESTS = 1000
"""Beyond which a job is rather one for tasks: hours of an open session, and a good part of a free quota."""

_INDEX_BYTES = 45
"""Of an image's index in a request: 38 letters, quotes and what is around them."""

_ROW_BYTES = 250
"""Of a row of an answer, without its groups."""

_GROUP_BYTES = 45
"""Of a class that a region has, in an answer: its number, pixels and area, with their names."""

_GROUPS = 6
"""Classes that a region has, about."""

_LINES = ("regions", "images", "pairs", "requests", "bytes_up", "bytes_down", "pixels")


@dataclass(frozen=True)
class Plan:
    """What a job will cost. It prints as a table.

    Attributes:
        regions: how many there are.
        images: how many there are.
        days: how many days these are of, with by="date"; else None.
        pairs: of a region and an image (or day) that can meet, by tile and footprint: at most so many rows are
            answered, each of all classes.
        saved: further pairs that the checkpoint of the run has already.
        requests: by which the rest is measured, after those that have listed images and regions.
        bytes_up: that these send, about.
        bytes_down: that they are answered with, about, before compression.
        pixels: that are read, regions x images, about: from the boxes of the regions.
        regions_without_image: ids of the regions that no image can meet.
        tiles: for each tile (None where images say none) its images, the regions that they can meet, and their pairs.
        tasks: names of the tasks of an exported table; else none.

        probed_eecu_seconds: what the first request has cost Earth Engine, by its profiler; None where it was not asked
            for, as with probe=True: what was not measured is not guessed.
        probed_pixels: that it has read, about.

    Examples:
        >>> plan = gee_scl.plan(images, fields, id="name")
        >>> print(plan)
        regions     6
        images      18
        pairs       ...
        requests    1
        bytes up    ...
        bytes down  ...
        pixels      1,387,616
        >>> plan.to_frame()["tile"].tolist()
        ['32TPS', '32TQS']
    """

    regions: int
    images: int
    days: int | None
    pairs: int
    saved: int
    requests: int
    bytes_up: int
    bytes_down: int
    pixels: int
    regions_without_image: tuple[object, ...]
    tiles: tuple[tuple[str | None, int, int, int], ...]
    tasks: tuple[str, ...] = ()
    probed_eecu_seconds: float | None = None
    probed_pixels: int = 0

    @property
    def eecu_seconds(self) -> float | None:
        """What the requests will cost at the rate of the first one, by pixels; None where that was not measured."""
        if self.probed_eecu_seconds is None or not self.probed_pixels:
            return None
        return self.probed_eecu_seconds * self.pixels / self.probed_pixels

    @property
    def advice(self) -> str:
        """What is better done otherwise; empty where nothing is."""
        if self.tasks or self.requests <= _MANY_REQUESTS:
            return ""
        return (
            f"{self.requests:,} requests are much for an open session: gee_scl.exports.export_table does the same as a "
            "task, and Run(checkpoint='folder') lets this go on where it ended."
        )

    def to_frame(self) -> pd.DataFrame:
        """The tiles: `tile`, `images`, `regions`, `pairs`."""
        import pandas as pd

        return pd.DataFrame(list(self.tiles), columns=["tile", "images", "regions", "pairs"])

    def _lines(self) -> list[tuple[str, str]]:
        lines = [(name.replace("_", " "), f"{getattr(self, name):,}") for name in _LINES]
        if self.days is not None:
            lines.insert(2, ("days", f"{self.days:,}"))
        if self.saved:
            lines.insert(lines.index(("requests", f"{self.requests:,}")), ("saved pairs", f"{self.saved:,}"))
        if self.tasks:
            ends = dict.fromkeys((self.tasks[0], self.tasks[-1]))
            lines.append(("tasks", f"{len(self.tasks):,} ({' to '.join(ends)})"))
        if self.probed_eecu_seconds is not None and self.eecu_seconds is not None:
            lines.append(("EECU-s measured", f"{self.probed_eecu_seconds:,.3f} (first request)"))
            lines.append(("EECU-s at this rate", f"{self.eecu_seconds:,.1f}"))
        if self.regions_without_image:
            lines.append(("regions without image", f"{len(self.regions_without_image):,}"))
        return lines

    def __str__(self) -> str:
        lines = self._lines()
        width = max(len(name) for name, _ in lines) + 2
        return "\n".join([*(f"{name:{width}}{figure}" for name, figure in lines), *filter(None, [self.advice])])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{html.escape(name)}</th><td style='text-align:right'>{html.escape(figure)}</td></tr>"
            for name, figure in self._lines()
        )
        return f"<table>{rows}</table>" + (f"<p>{html.escape(self.advice)}</p>" if self.advice else "")


@checked()
def plan(
    images: ee.Image | ee.ImageCollection,
    regions: object,
    *,
    probe: bool = False,
    run: Run | None = None,
    **statistics: Unpack[StatisticsOptions],
) -> Plan:
    """Say what `class_statistics` will cost, before it is asked.

    Args:
        images: as in `class_statistics`.
        regions: likewise.
        probe: whether to have the first request answered, by Earth Engine's profiler, which tells what it cost. Its
            rows are kept where the run has a checkpoint.
        run: how the job will run: its limits, and the checkpoint of which the saved pairs are left out.
        **statistics: how it is measured: `StatisticsOptions`.

    Returns:
        A `Plan`, which prints as a table.

    Raises:
        TypeError: an argument that `class_statistics` has not.
        ArgumentError: as in `class_statistics`.
        CollectionError: the collection holds no image; why, one request more finds out.
        CheckpointError: the run's checkpoint cannot be used.
        RequestError: the first request failed, with probe=True.
        NotInitializedError: no session is open.

    Requests: one for the list of images (a page for each 5,000), and one for regions that only the server knows; with
    probe=True the first of the job, and one for its profile.

    Examples:
        >>> gee_scl.plan(images, fields, by="date").pairs
        54

        A job that would be too much does not start:

        >>> careful = gee_scl.Run(max_pixels=1000)
        >>> gee_scl.class_statistics(images, fields, run=careful)
        Traceback (most recent call last):
            ...
        gee_scl.errors.ArgumentError: max_pixels: got 1,000, where ... are planned; allowed: a limit that the job keeps.
        gee_scl.plan(...) says of what, on the command line --plan: take a shorter period or fewer regions, or allow
        more.
    """
    design = SurveyDesign.of("plan", regions, statistics)
    survey = design.survey(images, Door(run))
    sections = survey.sections()
    planned = plan_of(survey, sections)
    return _probed(planned, survey, sections) if probe else planned


@checked()
def plan_transitions(
    before: ee.Image | ee.ImageCollection,
    after: ee.Image | ee.ImageCollection,
    regions: object,
    *,
    probe: bool = False,
    run: Run | None = None,
    **options: Unpack[TransitionOptions],
) -> Plan:
    """Say what `transitions` will cost, before it is asked.

    Args:
        before: as in `transitions`.
        after: likewise.
        regions: likewise.
        probe: as in `plan`.
        run: how the job will run.
        **options: how it is measured: `TransitionOptions`.

    Returns:
        A `Plan`; `pairs` are regions here, `images` those of both periods, and `tiles` those of the first.

    Raises:
        TypeError: an argument that `transitions` has not.
        ArgumentError: as in `transitions`.
        CollectionError: `before` or `after` holds no image; why, one request more finds out.
        CheckpointError: the run's checkpoint cannot be used.
        RequestError: the first request failed, with probe=True.
        NotInitializedError: no session is open.

    Requests: one for the images of either side, and one for regions that only the server knows; with probe=True two
    more, as in `plan`.

    Examples:
        >>> spring = gee_scl.collection(fields, "2023-04-01", "2023-05-01")
        >>> summer = gee_scl.collection(fields, "2023-08-01", "2023-09-01")
        >>> gee_scl.plan_transitions(spring, summer, fields).pairs
        6
    """
    from gee_scl.statistics.change import Change

    change = Change.of(before, after, ChangeDesign.of("plan_transitions", regions, options), Door(run))
    sections = change.sections()
    planned = replace(plan_of(change.survey, sections), images=len(change.scenes))
    return _probed(planned, change.survey, sections) if probe else planned


def _probed(plan: Plan, survey: Survey, sections: Sequence[Section]) -> Plan:
    """A plan with what its first request has cost."""
    from gee_scl.statistics.measuring import probe

    cost = probe(sections, survey.door.run, survey.job)
    return plan if cost is None else replace(plan, probed_eecu_seconds=cost[0], probed_pixels=round(cost[1]))


def plan_of(survey: Survey, sections: Sequence[Section]) -> Plan:
    """The plan of a survey whose pieces are asked for by requests, but for those that the run's checkpoint has.

    Args:
        survey: whose images and regions are counted.
        sections: what is measured.
    """
    from gee_scl.statistics.measuring import opened_checkpoint, planned_pieces

    run = survey.door.run
    every = sum(section.count_pairs() for section in sections)
    with opened_checkpoint(run, survey.job, sections) as checkpoint:
        plan = plan_of_pieces(survey, planned_pieces(sections, run, checkpoint))
    return replace(plan, saved=every - plan.pairs)


def plan_of_pieces(survey: Survey, pieces: Iterable[SurveyPiece]) -> Plan:
    """The plan of pieces of a survey.

    Args:
        survey: whose images and regions are counted.
        pieces: what is asked for.
    """
    counts, meeting = _Counts.of(pieces), survey.meeting
    met = [bool(row.any()) for row in meeting.frames]
    return Plan(
        regions=len(survey.places),
        images=len(survey.scenes),
        days=len(survey.days) if survey.by is By.DATE else None,
        pairs=counts.pairs,
        saved=0,
        requests=counts.requests,
        bytes_up=counts.bytes_up,
        bytes_down=counts.bytes_down,
        pixels=round(counts.pixels),
        regions_without_image=tuple(p.id for p, has_image in zip(survey.places, met, strict=True) if not has_image),
        tiles=tuple(meeting.by_tile()),
    )


@dataclass
class _Counts:
    requests: int = 0
    pairs: int = 0
    pixels: float = 0.0
    bytes_up: int = 0
    bytes_down: int = 0

    @classmethod
    def of(cls, pieces: Iterable[SurveyPiece]) -> _Counts:
        counts, around = cls(), None
        for piece in pieces:
            variable = piece.bytes + _INDEX_BYTES * len(piece.scenes)
            if around is None:
                # What is around outlines and indices is the same in all requests: it is written out once.
                body = json.dumps(ee.serializer.encode(piece.table(), for_cloud_api=True))
                around = max(0, len(body) - variable)
            counts.requests += 1
            counts.pairs += piece.pairs
            counts.pixels += piece.pixels
            counts.bytes_up += variable + around
            counts.bytes_down += piece.pairs * (_ROW_BYTES + _GROUPS * _GROUP_BYTES)
        return counts
