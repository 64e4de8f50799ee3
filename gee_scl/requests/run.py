"""How a job runs: one value in every function that asks for much."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gee_scl.errors import ArgumentError
from gee_scl.options.arguments import check_fields
from gee_scl.options.checks import whole_number
from gee_scl.options.choices import OnError
from gee_scl.options.files import checked_path, in_home
from gee_scl.requests.limits import Limits

DEFAULT_TAG: Final = "gee-scl"

_TAG = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,22}[A-Za-z0-9])?")

_WORKLOAD_TAG = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?")
"""What the client lets pass (earthengine-api 1.7.50), which is less than what
https://developers.google.com/earth-engine/apidocs/ee-data-setworkloadtag says."""


@dataclass(frozen=True)
class Run:
    """How a job runs. A job that starts no task has no use for what is said of tasks.

    Attributes:
        limits: of its requests.
        tag: label of the tasks that it starts, by which `exports.tasks`, `wait_all` and `retry_failed` find them: 1 to
            24 letters, digits and "-", with a letter or digit at both ends.
        priority: of the tasks, 0 to 9999: the highest is first, and 100 is usual. None leaves it to Earth Engine.
        wait_for_room: whether to wait where Earth Engine's queue has no room for a task (it takes 3,000), instead of an
            error.
        most_tasks: refuse to start more with one call.
        max_requests: refuse, before it starts, a job that is planned with more requests than this; None takes any.
        max_pixels: likewise of pixels that it reads, about, regions x images.
        checkpoint: a folder that keeps each answer as it comes, so that the same call goes on where it ended, after a
            crash or an error, and asks only for what is new where images or regions were added. It is made if it is
            not there, and belongs to one job. Images that were made anew since are asked for again where they have
            `system:version` or PRODUCT_ID; arithmetic drops both, and `copyProperties(image)` keeps the second.
        output: a new folder for the frame of `class_statistics`, where it outgrows memory: it is written as it comes,
            in Parquet files by month, and `read_statistics` reads it or parts of it. What the function returns has no
            rows then.
        on_error: "raise" ends a job of which parts could not be had with an `IncompleteError` that carries the rest;
            "keep" returns the rest, with `failures` in its record and a warning. A film or a page is written without
            what could not be had, which the warning, and the page, name.
        workload_tag: label of what the job computes and draws, and of its tasks, by which Google Cloud tells its costs
            apart: 1 to 63 lower-case letters, digits, "-" and "_", with a letter or digit at both ends. None leaves it
            to `ee.data.setWorkloadTag`.

    Examples:
        >>> careful = gee_scl.Run(limits=gee_scl.Limits(parallel=1))  # one request at a time
        >>> frame = gee_scl.class_statistics(images, fields, by="date", run=careful)

        Tasks that are started with a label, before others that wait:

        >>> urgent = gee_scl.Run(tag="fields-2023", priority=200)
        >>> started = exports.export_collection(images.limit(2), run=urgent)
        >>> [task.tag for task in started]
        ['fields-2023', 'fields-2023']
    """

    limits: Limits = field(default_factory=Limits)
    tag: str = DEFAULT_TAG
    priority: int | None = None
    wait_for_room: bool = False
    most_tasks: int = 100
    max_requests: int | None = None
    max_pixels: int | None = None
    checkpoint: str | os.PathLike[str] | None = None
    output: str | os.PathLike[str] | None = None
    on_error: OnError | str = OnError.RAISE
    workload_tag: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.limits, Limits):
            raise ArgumentError("limits", self.limits, "gee_scl.Limits(...)")
        checked_tag(self.tag)
        _check_workload_tag(self.workload_tag)
        check_fields(self, but=("tag", "workload_tag"))
        if self.priority is not None:
            object.__setattr__(self, "priority", whole_number("priority", self.priority, 0, 9999))
        object.__setattr__(self, "most_tasks", whole_number("most_tasks", self.most_tasks, 1))
        for name in ("max_requests", "max_pixels"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, whole_number(name, getattr(self, name), 1))
        for name in ("checkpoint", "output"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _new_folder(getattr(self, name), name))
        if self.output_folder is not None and self.checkpoint is not None and _is_same(self.output_folder, self.folder):
            raise ArgumentError("output", str(self.output), "another folder than that of the checkpoint")
        object.__setattr__(self, "on_error", OnError.of("on_error", self.on_error))

    @property
    def folder(self) -> Path:
        """Of the checkpoint."""
        return Path(self.checkpoint or "")

    @property
    def output_folder(self) -> Path | None:
        """Of the frame; None where it is in memory."""
        return None if self.output is None else Path(self.output)


def checked_run(run: object) -> Run:
    """How a job runs, as a caller says it; None runs it as usual.

    Raises:
        ArgumentError: it is something else.
    """
    if run is not None and not isinstance(run, Run):
        raise ArgumentError("run", run, "a gee_scl.Run, or None")
    return run or Run()


def checked_tag(tag: object, argument: str = "tag") -> str:
    """A label of tasks as a caller gives it.

    Args:
        tag: what came.
        argument: the caller's name for it.

    Raises:
        ArgumentError: not 1 to 24 letters, digits and "-", with a letter or digit at both ends.
    """
    if not isinstance(tag, str) or not _TAG.fullmatch(tag):
        raise ArgumentError(argument, tag, "1 to 24 letters, digits and '-', a letter or digit at both ends")
    return tag


def _new_folder(given: object, argument: str) -> Path:
    """A folder that can be made where it is not there."""
    folder = in_home(checked_path(given, argument), argument)
    if not folder.parent.is_dir():
        raise ArgumentError(argument, str(folder), "a folder in an existing folder")
    return folder


def _is_same(one: Path, other: Path) -> bool:
    return one.absolute().resolve() == other.absolute().resolve()


def _check_workload_tag(tag: object) -> None:
    if tag is not None and not (isinstance(tag, str) and _WORKLOAD_TAG.fullmatch(tag)):
        allowed = "1 to 63 lower-case letters, digits, '-' and '_', a letter or digit at both ends, or None"
        raise ArgumentError("workload_tag", tag, allowed)
